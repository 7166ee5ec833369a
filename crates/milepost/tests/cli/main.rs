//! The program as its users meet it: flags in, bytes and exit codes out.
//!
//! Expected values are worked by hand, in a comment beside them, or are what the real `git` says
//! of the same repository; never what Milepost printed earlier.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "tests start the program and the real git, and fail by panicking"
)]

mod acme;
mod adoption;
mod allocation;
mod assess;
mod attribution;
mod backstage;
mod books;
mod capabilities;
mod capitalization;
mod catalogue_files;
mod check;
mod cloudevents;
mod codeowners;
mod commands;
mod company;
mod compare;
mod configuration;
mod dates;
mod definitions;
mod deployment_rules;
mod disks;
mod doctor;
mod dora;
mod explain;
mod fake_github;
mod fake_mail;
mod fake_tools;
mod forget;
mod git_facts;
mod git_places;
mod github;
mod github_copilot;
mod github_releases;
mod gitops;
mod goals;
mod hostile;
mod incidents;
mod incremental;
mod inference;
mod intake;
mod interruptions;
mod jira;
mod json;
mod links;
mod monorepo;
mod pagerduty;
mod publication;
mod pull_requests;
mod quickstart;
mod recorded;
mod refusals;
mod reports;
mod repository;
mod rewritten;
mod run;
mod server;
mod services;
mod shop;
mod small_lake;
mod sql;
mod status;
mod tag_services;
mod teams;
mod told_reports;
mod usage;
mod wild;
mod windows;
mod wire;
mod worked_example;
mod worked_month;
mod world;
