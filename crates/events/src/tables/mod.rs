//! One file per table: its row type, its key, and what every column means.

mod absences;
mod ai_usage;
mod artifacts;
mod calendars;
mod capabilities;
mod capability_adoptions;
mod capitalization_overrides;
mod classified_deployments;
mod classified_incidents;
mod commit_files;
mod commits;
mod deployed_changes;
mod deployments;
mod employments;
mod failed_deployments;
mod identities;
mod incidents;
mod ingest_runs;
mod metric_values;
mod people;
mod pipeline_runs;
mod project_gates;
mod projects;
mod pull_requests;
mod raw_pages;
mod rejected_records;
mod repositories;
mod reviews;
mod self_service_runs;
mod service_aliases;
mod service_owners;
mod service_repositories;
mod services;
mod support_tickets;
mod survey_invitations;
mod survey_responses;
mod team_members;
mod teams;
mod undeployed_changes;
mod work_item_transitions;
mod work_items;

pub use absences::Absence;
pub use ai_usage::AiUsage;
pub use artifacts::Artifact;
pub use calendars::Holiday;
pub use capabilities::Capability;
pub use capability_adoptions::{AdoptionStatus, CapabilityAdoption};
pub use capitalization_overrides::CapitalizationOverride;
pub use classified_deployments::{ClassifiedDeployment, DeploymentKind};
pub use classified_incidents::ClassifiedIncident;
pub use commit_files::{CommitFile, FileChange};
pub use commits::Commit;
pub use deployed_changes::DeployedChange;
pub use deployments::{Deployment, Outcome};
pub use employments::Employment;
pub use failed_deployments::{FailedDeployment, LinkMethod};
pub use identities::Identity;
pub use incidents::{Cause, Incident};
pub use ingest_runs::IngestRun;
pub use metric_values::MetricValue;
pub use people::{Person, PersonKind};
pub use pipeline_runs::PipelineRun;
pub use project_gates::ProjectGate;
pub use projects::Project;
pub use pull_requests::PullRequest;
pub use raw_pages::RawPage;
pub use rejected_records::RejectedRecord;
pub use repositories::Repository;
pub use reviews::Review;
pub use self_service_runs::SelfServiceRun;
pub use service_aliases::ServiceAlias;
pub use service_owners::ServiceOwner;
pub use service_repositories::ServiceRepository;
pub use services::Service;
pub use support_tickets::SupportTicket;
pub use survey_invitations::SurveyInvitation;
pub use survey_responses::SurveyResponse;
pub use team_members::TeamMember;
pub use teams::Team;
pub use undeployed_changes::UndeployedChange;
pub use work_item_transitions::WorkItemTransition;
pub use work_items::WorkItem;

use crate::table::Table;

/// All tables, in the order of the contract.
pub(crate) fn all() -> Vec<Table> {
    vec![
        Table::of::<Repository>(),
        Table::of::<Commit>(),
        Table::of::<CommitFile>(),
        Table::of::<PullRequest>(),
        Table::of::<Review>(),
        Table::of::<Deployment>(),
        Table::of::<Incident>(),
        Table::of::<WorkItem>(),
        Table::of::<WorkItemTransition>(),
        Table::of::<Service>(),
        Table::of::<ServiceRepository>(),
        Table::of::<ServiceAlias>(),
        Table::of::<Artifact>(),
        Table::of::<PipelineRun>(),
        Table::of::<ServiceOwner>(),
        Table::of::<Team>(),
        Table::of::<TeamMember>(),
        Table::of::<Person>(),
        Table::of::<Identity>(),
        Table::of::<Employment>(),
        Table::of::<Capability>(),
        Table::of::<CapabilityAdoption>(),
        Table::of::<SelfServiceRun>(),
        Table::of::<SupportTicket>(),
        Table::of::<SurveyResponse>(),
        Table::of::<SurveyInvitation>(),
        Table::of::<AiUsage>(),
        Table::of::<Absence>(),
        Table::of::<Holiday>(),
        Table::of::<Project>(),
        Table::of::<ProjectGate>(),
        Table::of::<CapitalizationOverride>(),
        Table::of::<IngestRun>(),
        Table::of::<RejectedRecord>(),
        Table::of::<RawPage>(),
        Table::of::<ClassifiedDeployment>(),
        Table::of::<DeployedChange>(),
        Table::of::<UndeployedChange>(),
        Table::of::<FailedDeployment>(),
        Table::of::<ClassifiedIncident>(),
        Table::of::<MetricValue>(),
    ]
}
