use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate};
use clap::Args;
use milepost_sources::dated::{Interval, Known};
use milepost_sources::git::mirror::Credentials;
use milepost_sources::git::{DeploymentsFrom, GitOptions, GitSource};
use milepost_sources::github::{
    Costs, FoundRepository, GITHUB_COM, Github, GithubAuth, KnownRepositories, ReadOptions, Reader,
    Unit, is_repository_name,
};
use milepost_sources::{OnePage, Page, Patience, Source};
use schemars::JsonSchema;
use serde::Deserialize;

use super::copilot;
use super::git::{fetched, git};
use super::server::{LONGEST_WAIT, longest_wait, start_of, tell};
use crate::answer::held;
use crate::exit::Failure;
use crate::globals::Globals;
use crate::ingest::{Pulled, Start, Writer, pull};
use crate::progress::Told;
use crate::secret::{self, TokenArgs};

/// Read repositories of GitHub: pull requests, reviews, deployments, incidents, and commits from
/// a mirror
///
/// What was read is kept page by page: an interrupted read goes on where it ended. A repository or
/// a kind of record that can't be read holds up no other (exit 3, all named). Commits come from
/// bare mirrors in the user's cache.
#[derive(Debug, Clone, Args, Deserialize, JsonSchema)]
#[command(after_help = "Examples:
  GITHUB_TOKEN=… milepost ingest github acme/shop
  milepost ingest github 'acme/*' --since 2026-01-01
  milepost ingest github acme/shop --api-url https://github.acme.test/api/v3 --token-env ACME_TOKEN")]
pub(crate) struct IngestGithubArgs {
    /// Repositories, as owner/name; owner/* for all of an owner but forks
    #[arg(required = true, value_name = "OWNER/NAME")]
    repositories: Vec<String>,
    /// Base of the REST API of a GitHub of your own
    #[arg(long, value_name = "URL", default_value = GITHUB_COM)]
    #[serde(default = "github_com")]
    api_url: String,
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) token: TokenArgs,
    /// Number of a GitHub App to ask as; its private key takes the place of the token
    #[arg(long, value_name = "NUMBER", requires = "installation_id")]
    app_id: Option<u64>,
    /// Number of the app's installation
    #[arg(long, value_name = "NUMBER", requires = "app_id")]
    installation_id: Option<u64>,
    /// Read nothing older: of pull requests by their last update
    #[arg(long, value_name = "DATE")]
    #[serde(default, deserialize_with = "crate::config::day")]
    since: Option<NaiveDate>,
    /// Label of issues that are incidents; may come several times
    #[arg(long = "incident-label", value_name = "LABEL", default_value = "incident")]
    #[serde(default = "incident")]
    incident_labels: Vec<String>,
    /// Take releases for deployments to production, where nothing else records deployments
    #[arg(long)]
    #[serde(default)]
    deployments_from_releases: bool,
    /// Read runs of workflows too
    #[arg(long)]
    #[serde(default)]
    workflow_runs: bool,
    /// Read teams of the organizations and who is in them too
    #[arg(long)]
    #[serde(default)]
    teams: bool,
    /// Read the organizations' usage reports of Copilot too
    #[arg(long)]
    #[serde(default)]
    copilot: bool,
    /// Do not fetch the repositories: no commits
    #[arg(long)]
    #[serde(default)]
    no_clone: bool,
    /// Never wait longer than this at once for a limit of the server
    #[arg(long, value_name = "SECONDS", default_value_t = LONGEST_WAIT)]
    #[serde(default = "longest_wait")]
    max_wait: u64,
}

fn github_com() -> String {
    GITHUB_COM.to_owned()
}

fn incident() -> Vec<String> {
    vec!["incident".to_owned()]
}

impl IngestGithubArgs {
    /// # Errors
    /// Where a key is missing beside another, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(name) = self.repositories.iter().find(|name| !is_repository_name(name)) {
            return Err(format!(
                "`{name}` is no name of a repository; write owner/name, or owner/* for all of an owner"
            ));
        }
        if self.app_id.is_some() != self.installation_id.is_some() {
            return Err("an app needs both app_id and installation_id".to_owned());
        }
        if self.incident_labels.is_empty() {
            return Err("incident_labels is empty; leave it out for `incident`".to_owned());
        }
        Ok(())
    }

    /// How to prove who asks. A token of the usual environment variables is one for github.com, and
    /// goes nowhere else.
    fn auth(&self, globals: &Globals) -> Result<GithubAuth, Failure> {
        let token = self.token.token(globals.config.is_users_own)?;
        if let (Some(app_id), Some(installation_id)) = (self.app_id, self.installation_id) {
            let private_key = token.ok_or_else(|| {
                Failure::Usage(
                    "a GitHub App needs its private key; name it with token_file or token_env"
                        .to_owned(),
                )
            })?;
            return Ok(GithubAuth::App { app_id, installation_id, private_key });
        }
        let usual = || match self.api_url.trim_end_matches('/') == GITHUB_COM {
            true => secret::of_any_env(&["GITHUB_TOKEN", "GH_TOKEN"]),
            false => None,
        };
        Ok(token.or_else(usual).map_or(GithubAuth::Anonymous, GithubAuth::Token))
    }
}

pub(super) async fn run(args: &IngestGithubArgs, writer: &mut Writer<'_>) -> Result<(), Failure> {
    args.check().map_err(Failure::Usage)?;
    let globals = writer.globals;
    let told = Arc::new(Told::new(globals));
    let patience = Patience { longest_wait: Duration::from_secs(args.max_wait) };
    let github = Github::connect(&args.api_url, args.auth(globals)?, patience, told.clone())?;
    writer.lock().await?;
    let mut reading = Reading { args, github, told, writer };
    for name in &args.repositories {
        let found = tokio::task::block_in_place(|| reading.github.repositories(name));
        match found {
            Ok(found) => {
                for repository in found {
                    match reading.writer.is_dry {
                        true => reading.costs(&repository),
                        false => reading.repository(&repository).await?,
                    }
                }
            }
            Err(error) => reading.gap(&error.to_string()),
        }
    }
    let owners = args.repositories.iter().filter_map(|name| name.split('/').next());
    for owner in owners.collect::<BTreeSet<_>>() {
        if args.teams && !reading.writer.is_dry {
            reading.teams(owner).await?;
        }
        if args.copilot {
            let Reading { github, told, writer, .. } = &mut reading;
            copilot::reports(github, owner, start_of(args.since), told, writer).await?;
        }
    }
    reading.told.clear();
    if let Some((left, limit)) = reading.github.left() {
        let requests = reading.github.requests();
        globals.detail(&format!("{requests} requests sent, {left} of {limit} left this hour"));
    }
    Ok(())
}

struct Reading<'r, 'w> {
    args: &'r IngestGithubArgs,
    github: Github,
    told: Arc<Told>,
    writer: &'r mut Writer<'w>,
}

impl Reading<'_, '_> {
    fn gap(&mut self, text: &str) {
        self.told.clear();
        self.writer.gap(text);
    }

    /// Says what reading a repository would take.
    fn costs(&mut self, repository: &FoundRepository) {
        let costs = match tokio::task::block_in_place(|| {
            self.github.costs(repository, self.args.deployments_from_releases)
        }) {
            Ok(costs) => costs,
            Err(error) => return self.gap(&error.to_string()),
        };
        let limit = self.github.left().map_or(String::new(), |(left, limit)| {
            let minutes = (costs.requests_count * 60).div_ceil(limit.max(1) as u64);
            format!(", {minutes} min of a limit of {limit} an hour ({left} left now)")
        });
        let mirror = match costs.mirror_bytes.filter(|_| !self.args.no_clone) {
            Some(bytes) => format!("; a mirror of about {} MB", bytes.div_ceil(1_000_000)),
            None => String::new(),
        };
        let Costs { pull_requests_count, deployments_count, .. } = costs;
        let records = match costs.releases_count {
            Some(releases) => format!(
                "{pull_requests_count} pull requests, {deployments_count} deployments and {releases} releases"
            ),
            None => {
                format!("{pull_requests_count} pull requests and {deployments_count} deployments")
            }
        };
        self.writer.globals.remark(&format!(
            "{}: {records}, about {} requests to read all of them{limit}{mirror}; nothing was written",
            repository.full_name, costs.requests_count,
        ));
    }

    async fn repository(&mut self, repository: &FoundRepository) -> Result<(), Failure> {
        let known = known(&self.github.host(), self.writer).await?;
        let repository_id = known.id(&self.github.host(), repository);
        let plain = format!("{}/{}", self.github.host(), repository.full_name);
        if repository_id != plain {
            self.writer.globals.remark(&format!(
                "{plain} is kept as {repository_id}, the name it was first read under or the only one free"
            ));
        }
        self.row(repository, &repository_id).await?;
        if !self.args.no_clone {
            self.commits(repository, &repository_id).await?;
        }
        let options = ReadOptions {
            service_id: service(&repository_id, self.writer).await?,
            tag_prefixes: tag_prefixes(&repository_id, self.writer).await?,
            repository_id,
            since: start_of(self.args.since),
            observed_at: self.writer.globals.as_of,
        };
        for kind in kinds(self.args) {
            let name = Unit::name_of(&options.repository_id, kind);
            let start = Start::at_last_page(self.writer.lake, &name).await?;
            let cursor = start.cursor();
            let github = &self.github;
            let mut unit = match kind {
                "pull_requests" => github.pull_requests(repository, &options, cursor),
                "deployments" => github.deployments(repository, &options, cursor),
                "releases" => github.releases(repository, &options),
                "workflow_runs" => github.workflow_runs(repository, &options, cursor),
                _ => github.incidents(repository, &options, &self.args.incident_labels),
            };
            let pulled =
                pull(self.writer.lake, &mut unit, start, self.writer.globals.as_of).await?;
            self.tell(&name, pulled);
            self.writer.tell(&unit.remarks());
        }
        Ok(())
    }

    fn tell(&mut self, name: &str, pulled: Pulled) {
        tell(name, pulled, &self.told, self.writer);
    }

    /// The teams of an organization, dated by comparing with the reads before.
    async fn teams(&mut self, organization: &str) -> Result<(), Failure> {
        let found = match tokio::task::block_in_place(|| self.github.teams(organization)) {
            Ok(found) => found,
            Err(error) => {
                self.gap(&error.to_string());
                return Ok(());
            }
        };
        let host = self.github.host();
        let name = format!("github:{host}/{organization}/teams");
        let known = members(organization, &name, self.writer).await?;
        let page = found.page(&host, &known, self.writer.globals.as_of)?;
        let start = Start::after(self.writer.lake.checkpoint(&name).await?);
        let mut source = OnePage::new(&name, page);
        let pulled = pull(self.writer.lake, &mut source, start, self.writer.globals.as_of).await?;
        self.tell(&name, pulled);
        Ok(())
    }

    /// The repository's own row.
    async fn row(&mut self, found: &FoundRepository, repository_id: &str) -> Result<(), Failure> {
        let name = Unit::name_of(repository_id, "repository");
        let last = self.writer.lake.checkpoint(&name).await?;
        let write = found.write(repository_id, self.writer.globals.as_of)?;
        let page = Page { writes: vec![write], cursor: Some(String::new()), ..Page::default() };
        let mut source = OnePage::new(&name, page);
        pull(self.writer.lake, &mut source, Start::after(last), self.writer.globals.as_of).await?;
        Ok(())
    }

    /// Its history, from a mirror.
    async fn commits(
        &mut self,
        repository: &FoundRepository,
        repository_id: &str,
    ) -> Result<(), Failure> {
        let Some(url) = &repository.clone_url else { return Ok(()) };
        let fetched = self.github.token_for(url).and_then(|secret| {
            let credentials =
                secret.map(|secret| Credentials { user: "x-access-token".to_owned(), secret });
            fetched(repository_id, url, credentials.as_ref(), self.writer.globals)
        });
        let mirror = match fetched {
            Ok(mirror) => mirror,
            Err(error) => {
                self.gap(&error.to_string());
                return Ok(());
            }
        };
        let options = GitOptions {
            repository_id: Some(repository_id.to_owned()),
            deployments_from: DeploymentsFrom::VersionTags,
            all_branches: false,
            observed_at: self.writer.globals.as_of,
            tag_prefixes: Vec::new(),
            deployed_elsewhere: Vec::new(),
        };
        let read = match GitSource::open(&mirror, options) {
            Ok(opened) if opened.is_empty() => {
                self.told.clear();
                self.writer.globals.remark(&format!("git:{repository_id}: no commits yet"));
                return Ok(());
            }
            Ok(opened) => git(opened, None, self.writer).await,
            Err(error) => Err(error.into()),
        };
        self.told.clear();
        match read {
            Ok(sentences) => {
                sentences.iter().for_each(|sentence| self.writer.globals.remark(sentence));
            }
            Err(Failure::Locked(text)) => return Err(Failure::Locked(text)),
            Err(failure) => self.gap(&failure.to_string()),
        }
        Ok(())
    }
}

fn kinds(args: &IngestGithubArgs) -> Vec<&'static str> {
    let mut kinds = vec!["pull_requests", "deployments", "incidents"];
    kinds.extend(args.deployments_from_releases.then_some("releases"));
    kinds.extend(args.workflow_runs.then_some("workflow_runs"));
    kinds
}

/// The repositories of that host that the lake has, by their numbers.
async fn known(host: &str, writer: &Writer<'_>) -> Result<KnownRepositories, Failure> {
    let mut known = KnownRepositories::default();
    let sql = "select repository_id, source_id from repositories \
               where source_id is not null and deleted_at is null \
               and array_has(field_sources, 'source_id=github') order by repository_id";
    for row in held(writer.globals, writer.lake, "repositories", sql).await? {
        if row[0].starts_with(&format!("{host}/")) {
            known.ids.insert(row[1].clone(), row[0].clone());
        }
    }
    Ok(known)
}

/// Who was in which team of the organization by earlier reads, and when the last one was.
async fn members(organization: &str, source: &str, writer: &Writer<'_>) -> Result<Known, Failure> {
    let sql = "select team_id, person_id, valid_from, valid_to from team_members \
               where deleted_at is null and array_to_string(field_sources, ' ') like '%*=github@%'";
    let instant = |text: &str| DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    let rows = held(writer.globals, writer.lake, "team_members", sql).await?;
    let own = rows.into_iter().filter(|row| row[0].starts_with(&format!("{organization}/")));
    let intervals = own.filter_map(|row| {
        let valid_from = instant(&row[2])?;
        let (subject, object) = (row[0].clone(), row[1].clone());
        Some(Interval { subject, object, valid_from, valid_to: instant(&row[3]) })
    });
    let last_snapshot_at = writer.lake.seen().get(source).copied();
    Ok(Known { intervals: intervals.collect(), last_snapshot_at })
}

/// The service that the repository is for: its only one, else its own.
async fn service(repository_id: &str, writer: &Writer<'_>) -> Result<String, Failure> {
    let sql = "select repository_id, min(service_id) from service_repositories \
               where deleted_at is null group by repository_id having count(distinct service_id) = 1";
    let rows = held(writer.globals, writer.lake, "service_repositories", sql).await?;
    let only = rows.into_iter().find(|row| row[0] == repository_id).map(|row| row[1].clone());
    Ok(only.unwrap_or_else(|| repository_id.to_owned()))
}

/// The services that prefixes of its tags mean: as the catalogue says, else as they were found in
/// its history, so that a release and its tag are one deployment.
async fn tag_prefixes(
    repository_id: &str,
    writer: &Writer<'_>,
) -> Result<Vec<(String, String)>, Failure> {
    let sql = "select tag_prefix, service_id, repository_id from service_repositories \
               where tag_prefix is not null and deleted_at is null \
               order by tag_prefix, case when basis = 'recorded' then 0 else 1 end, service_id";
    let rows = held(writer.globals, writer.lake, "service_repositories", sql).await?;
    let own = rows.into_iter().filter(|row| row[2] == repository_id);
    Ok(own.map(|row| (row[0].clone(), row[1].clone())).collect())
}

/// What reads again records of that kind of a repository; `None` where nothing does.
///
/// # Errors
/// Where the lake can't be read.
pub(super) async fn reader(
    repository_id: &str,
    kind: &str,
    writer: &Writer<'_>,
) -> Result<Option<Reader>, Failure> {
    let options = ReadOptions {
        service_id: service(repository_id, writer).await?,
        tag_prefixes: tag_prefixes(repository_id, writer).await?,
        repository_id: repository_id.to_owned(),
        since: None,
        observed_at: writer.globals.as_of,
    };
    Ok(Reader::of_kind(kind, &options))
}
