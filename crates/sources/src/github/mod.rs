//! GitHub: github.com or a company's own.
//!
//! [`Github`] is the connection. It finds repositories ([`repository`]) and gives a [`Unit`] for
//! each kind of record of one: [`pull_requests`], [`deployments`], … A unit is a
//! [`Source`](crate::Source) of its own with its own cursor, so that one that fails holds up no
//! other. Commits do not come from the API: they are read from a mirror.
//!
//! [`client`] is the only place that sends anything. What records mean is pure.

mod client;
mod copilot;
mod costs;
mod deployments;
mod descent;
mod graphql;
mod incidents;
mod lists;
mod pull_requests;
mod releases;
mod repository;
mod rows;
mod teams;
mod unit;
mod workflow_runs;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

pub use client::GithubAuth;
use client::{Client, Failed};
pub use copilot::{COPILOT, CopilotCosts, CopilotReader};
pub use costs::Costs;
use deployments::Deployments;
use descent::Span;
use incidents::Incidents;
use pull_requests::PullRequests;
use releases::Releases;
pub use repository::{FoundRepository, KnownRepositories, is_repository_name};
pub use teams::FoundTeams;
use unit::About;
pub use unit::{Reader, Unit};
use workflow_runs::WorkflowRuns;

use crate::network::download::Downloads;
use crate::records::Records;
use crate::{Listener, Patience, SourceError};

/// Base of github.com's REST API.
pub const GITHUB_COM: &str = "https://api.github.com";

/// A connection to a GitHub. Clones share its limits.
#[derive(Clone)]
pub struct Github {
    client: Arc<Client>,
    patience: Patience,
    listener: Arc<dyn Listener>,
}

/// What decides how a repository's records are read.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// The repository in all tables.
    pub repository_id: String,
    /// Service that records are about which name none.
    pub service_id: String,
    /// Prefixes of tags and the services they mean; of two for one prefix the first counts.
    pub tag_prefixes: Vec<(String, String)>,
    /// Nothing older is read: of pull requests by their last update, of all else by its beginning.
    pub since: Option<DateTime<Utc>>,
    /// As-of instant of the read; UTC.
    pub observed_at: DateTime<Utc>,
}

impl Github {
    /// Prepares to ask the GitHub at `url`, the base of its REST API. Nothing is sent yet.
    ///
    /// # Errors
    /// Where the address or the key can't be used.
    pub fn connect(
        url: &str,
        auth: GithubAuth,
        patience: Patience,
        listener: Arc<dyn Listener>,
    ) -> Result<Github, SourceError> {
        let client = Client::new(url, auth, patience, listener.clone());
        let client = Arc::new(client.map_err(SourceError::Configuration)?);
        Ok(Github { client, patience, listener })
    }

    /// The host in the names of its repositories, such as `github.com`.
    pub fn host(&self) -> String {
        self.client.host()
    }

    /// Requests sent so far.
    pub fn requests(&self) -> u64 {
        self.client.requests()
    }

    /// Requests left in this hour, of how many; `None` where the server keeps no count.
    pub fn left(&self) -> Option<(i64, i64)> {
        self.client.left()
    }

    /// The repositories that `name` means: `owner/name`, or `owner/*` for all of an owner but
    /// forks. A repository that was renamed is found under its old name.
    ///
    /// # Errors
    /// Where there is none, or it can't be asked for.
    pub fn repositories(&self, name: &str) -> Result<Vec<FoundRepository>, SourceError> {
        repository::find(&self.client, name).map_err(|failed| self.failed(name, &failed))
    }

    /// The teams of an organization, and who is in them.
    ///
    /// # Errors
    /// Where they can't be asked for.
    pub fn teams(&self, organization: &str) -> Result<FoundTeams, SourceError> {
        let found = teams::find(&self.client, organization);
        found.map_err(|failed| self.failed(&format!("teams of {organization}"), &failed))
    }

    /// What reading it will take, its releases included where they are wanted.
    ///
    /// # Errors
    /// Where it can't be asked for.
    pub fn costs(
        &self,
        repository: &FoundRepository,
        with_releases: bool,
    ) -> Result<Costs, SourceError> {
        let costs = costs::costs(&self.client, repository, with_releases);
        costs.map_err(|failed| self.failed(&repository.full_name, &failed))
    }

    /// Its pull requests, after `cursor`.
    pub fn pull_requests(
        &self,
        repository: &FoundRepository,
        options: &ReadOptions,
        cursor: Option<&str>,
    ) -> Unit {
        let stream = PullRequests::new(&repository.full_name, options.span(), cursor);
        self.unit(repository, options, stream)
    }

    /// Its deployments, after `cursor`.
    pub fn deployments(
        &self,
        repository: &FoundRepository,
        options: &ReadOptions,
        cursor: Option<&str>,
    ) -> Unit {
        let stream = Deployments::new(&repository.full_name, options.span(), cursor);
        self.unit(repository, options, stream)
    }

    /// Its runs of workflows, after `cursor`.
    pub fn workflow_runs(
        &self,
        repository: &FoundRepository,
        options: &ReadOptions,
        cursor: Option<&str>,
    ) -> Unit {
        let stream = WorkflowRuns::new(repository, options.since, options.observed_at, cursor);
        self.unit(repository, options, stream)
    }

    /// Its releases, as deployments.
    pub fn releases(&self, repository: &FoundRepository, options: &ReadOptions) -> Unit {
        let stream = Releases::new(&self.host(), repository, &options.tag_prefixes);
        self.unit(repository, options, stream)
    }

    /// The incidents among its issues.
    pub fn incidents(
        &self,
        repository: &FoundRepository,
        options: &ReadOptions,
        labels: &[String],
    ) -> Unit {
        let stream = Incidents::new(&repository.full_name, labels);
        self.unit(repository, options, stream)
    }

    /// The name under which the cursor of an organization's Copilot reports is kept.
    pub fn copilot_name(&self, organization: &str) -> String {
        Unit::name_of(&format!("{}/{organization}", self.host()), COPILOT)
    }

    /// The usage reports of Copilot of an organization, after `cursor`, by days. Nothing older than
    /// `since` is read.
    ///
    /// # Errors
    /// Where nothing can be fetched.
    pub fn copilot(
        &self,
        organization: &str,
        since: Option<DateTime<Utc>>,
        observed_at: DateTime<Utc>,
        cursor: Option<&str>,
    ) -> Result<Records, SourceError> {
        let days = self.copilot_days(organization, since, observed_at, cursor)?;
        Ok(Records {
            name: self.copilot_name(organization),
            title: copilot::title(organization),
            host: self.host(),
            form: copilot::FORM.to_owned(),
            observed_at,
            stream: Box::new(days),
            reader: Box::new(CopilotReader),
        })
    }

    /// What reading the usage reports of Copilot after `cursor` takes.
    ///
    /// # Errors
    /// Where they can't be asked for.
    pub fn copilot_costs(
        &self,
        organization: &str,
        since: Option<DateTime<Utc>>,
        observed_at: DateTime<Utc>,
        cursor: Option<&str>,
    ) -> Result<CopilotCosts, SourceError> {
        let costs = self.copilot_days(organization, since, observed_at, cursor)?.costs();
        costs.map_err(|failed| self.failed(&copilot::title(organization), &failed))
    }

    fn copilot_days(
        &self,
        organization: &str,
        since: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
        cursor: Option<&str>,
    ) -> Result<copilot::Days, SourceError> {
        let (patience, listener) = (self.patience, self.listener.clone());
        let downloads = Downloads::new(self.client.server(), patience, listener);
        let downloads = downloads.map_err(SourceError::Configuration)?;
        let client = self.client.clone();
        Ok(copilot::Days::new(client, downloads, organization, since, now, cursor))
    }

    /// The token to fetch that address with; `None` where it may not go there, or there is none.
    ///
    /// # Errors
    /// Where the token of an app can't be had.
    pub fn token_for(&self, address: &str) -> Result<Option<SecretString>, SourceError> {
        match address.parse().is_ok_and(|address| self.client.owns(&address)) {
            true => self.client.token().map_err(|failed| self.failed(address, &failed)),
            false => Ok(None),
        }
    }

    fn unit(
        &self,
        repository: &FoundRepository,
        options: &ReadOptions,
        stream: impl unit::Stream + 'static,
    ) -> Unit {
        let about = options.about(&self.host());
        Unit::new(Reader::new(&repository.full_name, about, stream), &self.client)
    }

    fn failed(&self, what: &str, failed: &Failed) -> SourceError {
        SourceError::Upstream(format!("{what}: {} {}", self.host(), failed.words()))
    }
}

impl ReadOptions {
    fn span(&self) -> Span {
        Span { since: self.since, now: self.observed_at }
    }

    fn about(&self, host: &str) -> About {
        About {
            host: host.to_owned(),
            repository_id: self.repository_id.clone(),
            service_id: self.service_id.clone(),
            observed_at: self.observed_at,
        }
    }
}

impl Reader {
    /// What reads records of that kind again; `None` where nothing does.
    pub fn of_kind(kind: &str, options: &ReadOptions) -> Option<Reader> {
        let (host, name) = options.repository_id.split_once('/')?;
        let about = options.about(host);
        Some(match kind {
            "pull_requests" => {
                Reader::new(name, about, PullRequests::new(name, options.span(), None))
            }
            "deployments" => Reader::new(name, about, Deployments::new(name, options.span(), None)),
            "releases" => {
                let stream = Releases::again(&options.tag_prefixes);
                Reader::new(name, about, stream)
            }
            "incidents" => Reader::new(name, about, Incidents::new(name, &[])),
            "workflow_runs" => Reader::new(name, about, WorkflowRuns::again(name)),
            _ => return None,
        })
    }
}
