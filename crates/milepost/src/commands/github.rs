use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use clap::Args;
use milepost_lake::Lake;
use milepost_sources::git::mirror::{self, Credentials};
use milepost_sources::git::{DeploymentsFrom, GitOptions, GitSource};
use milepost_sources::github::{
    FoundRepository, GITHUB_COM, Github, GithubAuth, IncidentLabels, KnownRepositories,
    ReadOptions, Unit,
};
use milepost_sources::{Patience, Remark, Source};

use super::ingest::{finish, read_git, texts};
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::ingest::{Pulled, Start, pull, sentence};
use crate::progress::Told;
use crate::secret;

/// Read repositories of GitHub: pull requests, reviews, deployments, incidents, and commits from
/// a mirror
///
/// What was read is kept page by page: an interrupted read goes on where it ended. A repository or
/// a kind of record that can't be read holds up no other (exit 3, all named). Commits come from
/// bare mirrors in the user's cache.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  GITHUB_TOKEN=… milepost ingest github acme/shop
  milepost ingest github 'acme/*' --since 2026-01-01
  milepost ingest github acme/shop --api-url https://github.acme.test/api/v3 --token-env ACME_TOKEN")]
pub(super) struct IngestGithubArgs {
    /// Repositories, as owner/name; owner/* for all of an owner but forks
    #[arg(required = true, value_name = "OWNER/NAME")]
    repositories: Vec<String>,
    /// Base of the REST API of a GitHub of your own
    #[arg(long, value_name = "URL", default_value = GITHUB_COM)]
    api_url: String,
    /// Environment variable that holds the token [default: GITHUB_TOKEN, then GH_TOKEN, for github.com only]
    #[arg(long, value_name = "NAME")]
    token_env: Option<String>,
    /// Read nothing older: of pull requests by their last update
    #[arg(long, value_name = "DATE")]
    since: Option<NaiveDate>,
    /// Label of issues that are incidents; may come several times [default: incident]
    #[arg(long = "incident-label", value_name = "LABEL")]
    incident_labels: Vec<String>,
    /// Read runs of workflows too
    #[arg(long)]
    workflow_runs: bool,
    /// Do not fetch the repositories: no commits
    #[arg(long)]
    no_clone: bool,
    /// Never wait longer than this at once for a limit of the server
    #[arg(long, value_name = "SECONDS", default_value_t = 3900)]
    max_wait: u64,
}

/// What to read of a GitHub.
#[derive(Debug, Clone)]
pub(super) struct GithubSource {
    pub(super) repositories: Vec<String>,
    pub(super) url: String,
    pub(super) auth: GithubAuth,
    pub(super) since: Option<NaiveDate>,
    pub(super) incident_labels: IncidentLabels,
    pub(super) workflow_runs: bool,
    pub(super) clones: bool,
    pub(super) patience: Patience,
}

pub(super) async fn run(args: IngestGithubArgs, globals: &Globals) -> Result<Exit, Failure> {
    let lake = &globals.lake;
    let _lock = lake.lock(globals.wait).await?;
    let is_github_com = args.api_url == GITHUB_COM;
    let token = match &args.token_env {
        Some(name) => Some(secret::of_env(name)?),
        None if is_github_com => secret::of_any_env(&["GITHUB_TOKEN", "GH_TOKEN"]),
        None => None,
    };
    let source = GithubSource {
        repositories: args.repositories,
        url: args.api_url,
        auth: token.map_or(GithubAuth::Anonymous, GithubAuth::Token),
        since: args.since,
        incident_labels: match args.incident_labels.is_empty() {
            true => IncidentLabels::default(),
            false => IncidentLabels { any_of: args.incident_labels },
        },
        workflow_runs: args.workflow_runs,
        clones: !args.no_clone,
        patience: Patience { longest_wait: Duration::from_secs(args.max_wait) },
    };
    let remarks = read(&source, globals, lake).await?;
    finish(&remarks, globals, lake).await
}

/// Reads all repositories into the lake; the caller holds its lock and finishes. Gives what could
/// not be read.
///
/// # Errors
/// Where the lake can't be written, or the source can't be used at all.
pub(super) async fn read(
    source: &GithubSource,
    globals: &Globals,
    lake: &Lake,
) -> Result<Vec<Remark>, Failure> {
    let told = Arc::new(Told::new(globals));
    let github = Github::connect(&source.url, source.auth.clone(), source.patience, told.clone())?;
    let mut reading = Reading { source, github, globals, lake, told, remarks: Vec::new() };
    for name in &source.repositories {
        let found = tokio::task::block_in_place(|| reading.github.repositories(name));
        match found {
            Ok(found) => {
                for repository in found {
                    reading.repository(&repository).await?;
                }
            }
            Err(error) => reading.gap(error.to_string()),
        }
    }
    reading.told.clear();
    if let Some((left, limit)) = reading.github.left() {
        let requests = reading.github.requests();
        globals.detail(&format!("{requests} requests sent, {left} of {limit} left this hour"));
    }
    Ok(reading.remarks)
}

struct Reading<'a> {
    source: &'a GithubSource,
    github: Github,
    globals: &'a Globals,
    lake: &'a Lake,
    told: Arc<Told>,
    remarks: Vec<Remark>,
}

impl Reading<'_> {
    fn gap(&mut self, text: String) {
        self.remarks.push(Remark { text, is_gap: true });
    }

    async fn repository(&mut self, repository: &FoundRepository) -> Result<(), Failure> {
        let known = known(&self.github.host(), self.globals, self.lake).await?;
        let repository_id = known.id(&self.github.host(), repository);
        let plain = format!("{}/{}", self.github.host(), repository.full_name);
        if repository_id != plain {
            self.globals.remark(&format!(
                "{plain} is kept as {repository_id}, the name it was first read under or the only one free"
            ));
        }
        self.row(repository, &repository_id).await?;
        if self.source.clones {
            self.commits(repository, &repository_id).await?;
        }
        let options = ReadOptions {
            service_id: service(&repository_id, self.globals, self.lake).await?,
            repository_id,
            since: self
                .source
                .since
                .and_then(|day| day.and_hms_opt(0, 0, 0))
                .map(|at| at.and_utc()),
            observed_at: self.globals.as_of,
        };
        for kind in kinds(self.source.workflow_runs) {
            let name = Unit::name_of(&options.repository_id, kind);
            let start = Start::at_last_page(self.lake, &name).await?;
            let cursor = start.cursor();
            let github = &self.github;
            let mut unit = match *kind {
                "pull_requests" => github.pull_requests(repository, &options, cursor),
                "deployments" => github.deployments(repository, &options, cursor),
                "workflow_runs" => github.workflow_runs(repository, &options, cursor),
                _ => github.incidents(repository, &options, &self.source.incident_labels),
            };
            let pulled = pull(self.lake, &mut unit, start, self.globals.as_of).await?;
            self.tell(&name, pulled);
            self.remarks.extend(unit.remarks());
        }
        Ok(())
    }

    fn tell(&mut self, name: &str, pulled: Pulled) {
        self.told.clear();
        self.globals.remark(&sentence(name, &pulled.written));
        if pulled.refused > 0 {
            pulled.reasons.iter().for_each(|reason| self.globals.remark(reason));
            let refused = pulled.refused;
            self.gap(format!(
                "{name}: {refused} records were refused; all are in the table rejected_records"
            ));
        }
        if let Some(failure) = pulled.failure {
            self.gap(failure.to_string());
        }
    }

    /// The repository's own row.
    async fn row(&mut self, found: &FoundRepository, repository_id: &str) -> Result<(), Failure> {
        let name = Unit::name_of(repository_id, "repository");
        let last = self.lake.checkpoint(&name).await?;
        let write = found.write(repository_id, self.globals.as_of)?;
        let mut source = milepost_sources::OnePage::new(&name, vec![write]);
        pull(self.lake, &mut source, Start::after(last), self.globals.as_of).await?;
        Ok(())
    }

    /// Its history, from a mirror.
    async fn commits(
        &mut self,
        repository: &FoundRepository,
        repository_id: &str,
    ) -> Result<(), Failure> {
        let Some(url) = &repository.clone_url else { return Ok(()) };
        let path = mirrors(self.lake).join(format!("{repository_id}.git"));
        let fetched = tokio::task::block_in_place(|| {
            let secret = self.github.token_for(url)?;
            let credentials =
                secret.map(|secret| Credentials { user: "x-access-token".to_owned(), secret });
            mirror::fetch(url, credentials.as_ref(), &path)
        });
        let mirror = match fetched {
            Ok(mirror) => mirror,
            Err(error) => {
                self.gap(error.to_string());
                return Ok(());
            }
        };
        self.globals.detail(&format!(
            "{repository_id}: the mirror {} takes {} MB",
            mirror.path.display(),
            mirror.size_bytes / 1_000_000
        ));
        let options = GitOptions {
            repository_id: Some(repository_id.to_owned()),
            deployments_from: DeploymentsFrom::VersionTags,
            all_branches: false,
            observed_at: self.globals.as_of,
            tag_prefixes: Vec::new(),
            deployed_elsewhere: Vec::new(),
        };
        let read = match GitSource::open(&mirror.path, options) {
            Ok(opened) => read_git(opened, None, self.globals, self.lake).await,
            Err(error) => Err(error.into()),
        };
        match read {
            Ok((sentences, remarks)) => {
                self.told.clear();
                sentences.iter().for_each(|sentence| self.globals.remark(sentence));
                self.remarks.extend(remarks);
            }
            Err(Failure::Locked(text)) => return Err(Failure::Locked(text)),
            Err(failure) => self.gap(failure.to_string()),
        }
        Ok(())
    }
}

fn kinds(workflow_runs: bool) -> &'static [&'static str] {
    match workflow_runs {
        true => &["pull_requests", "deployments", "incidents", "workflow_runs"],
        false => &["pull_requests", "deployments", "incidents"],
    }
}

/// Where mirrors are: the user's cache, else beside the lake.
fn mirrors(lake: &Lake) -> PathBuf {
    use etcetera::BaseStrategy;
    let cache = etcetera::choose_base_strategy().map(|strategy| strategy.cache_dir());
    cache
        .map(|cache| cache.join("milepost"))
        .unwrap_or_else(|_| lake.root().parent().map_or_else(PathBuf::new, PathBuf::from))
        .join("mirrors")
}

/// The repositories of that host that the lake has, by their numbers.
async fn known(host: &str, globals: &Globals, lake: &Lake) -> Result<KnownRepositories, Failure> {
    let mut known = KnownRepositories::default();
    if !lake.root().join("repositories").is_dir() {
        return Ok(known);
    }
    let sql = "select repository_id, source_id from repositories \
               where source = 'github' and source_id is not null order by repository_id";
    for row in texts(globals, lake, sql).await? {
        if row[0].starts_with(&format!("{host}/")) {
            known.ids.insert(row[1].clone(), row[0].clone());
        }
    }
    Ok(known)
}

/// The service that the repository is for: its only one, else its own.
async fn service(repository_id: &str, globals: &Globals, lake: &Lake) -> Result<String, Failure> {
    if !lake.root().join("service_repositories").is_dir() {
        return Ok(repository_id.to_owned());
    }
    let sql = "select repository_id, min(service_id) from service_repositories \
               where deleted_at is null group by repository_id having count(distinct service_id) = 1";
    let rows = texts(globals, lake, sql).await?;
    let only = rows.into_iter().find(|row| row[0] == repository_id).map(|row| row[1].clone());
    Ok(only.unwrap_or_else(|| repository_id.to_owned()))
}
