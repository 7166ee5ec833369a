//! Jira, Atlassian's own or a company's: work items, their changes of status and assignee, and the
//! incidents among them.
//!
//! Issues are walked by their last update, the oldest first: what changes meanwhile moves to the
//! end, where the walk comes to it. What an issue becomes is the mapping's business, which files
//! are read by as well.

mod issues;
mod rules;

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

use issues::Issues;
pub use rules::{Reader, Rules};

use crate::network::rest::{Access, Rest};
use crate::records::Records;
use crate::{Listener, Patience, SourceError};

/// What a source of it is called begins with this.
pub const PREFIX: &str = "jira:";

const TITLE: &str = "issues of Jira";

/// How to prove who asks.
#[derive(Debug, Clone)]
pub enum JiraAuth {
    /// A user's address and a token of theirs, as Atlassian's own Jira wants it.
    Basic {
        /// The address.
        user: String,
        /// The token.
        token: SecretString,
    },
    /// A personal access token, as a company's own Jira wants it.
    Bearer(SecretString),
}

/// Which Jira it is: they are asked in different ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// Atlassian's own.
    Cloud,
    /// A company's own: Data Center.
    Server,
}

/// Which issues are read, and how.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// Keys of projects; empty for all that the token may see.
    pub projects: Vec<String>,
    /// A further condition in JQL.
    pub jql: Option<String>,
    /// Which issues are incidents, and where they say what.
    pub rules: Rules,
    /// Nothing that was last updated before.
    pub since: Option<DateTime<Utc>>,
    /// As-of instant of the read; UTC.
    pub observed_at: DateTime<Utc>,
}

/// What reading takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Costs {
    /// Issues that are to be read, about.
    pub issues_count: u64,
    /// Requests for them and their changes.
    pub requests_count: u64,
}

/// A connection to a Jira.
#[derive(Clone)]
pub struct Jira {
    rest: Arc<Rest>,
    edition: Edition,
}

impl Jira {
    /// Prepares to ask the Jira at `url`, as it is opened in a browser. Nothing is sent yet.
    ///
    /// # Errors
    /// Where the address or the token can't be used.
    pub fn connect(
        url: &str,
        edition: Edition,
        auth: &JiraAuth,
        patience: Patience,
        listener: Arc<dyn Listener>,
    ) -> Result<Jira, SourceError> {
        let (authorization, secret) = match auth {
            JiraAuth::Basic { user, token } => {
                let pair = BASE64_STANDARD.encode(format!("{user}:{}", token.expose_secret()));
                (format!("Basic {pair}"), token)
            }
            JiraAuth::Bearer(token) => (format!("Bearer {}", token.expose_secret()), token),
        };
        let access = Access {
            tool: "Jira",
            example: "https://SITE.atlassian.net or https://jira.HOST",
            url,
            authorization: authorization.into(),
            secret: secret.clone(),
            accept: "application/json",
        };
        let rest = Rest::new(access, patience, listener).map_err(SourceError::Configuration)?;
        Ok(Jira { rest: Arc::new(rest), edition })
    }

    /// Requests sent so far.
    pub fn requests(&self) -> u64 {
        self.rest.asker().requests()
    }

    /// The name under which the cursor is kept: another one for other projects and conditions.
    pub fn name(&self, options: &ReadOptions) -> String {
        let mut name = format!("{PREFIX}{}", self.rest.asker().host());
        let mut projects = options.projects.clone();
        projects.sort();
        if !projects.is_empty() {
            name += &format!("/{}", projects.join(","));
        }
        if let Some(jql) = &options.jql {
            name += &format!("/{jql}");
        }
        name
    }

    /// The issues that were updated after `cursor`.
    ///
    /// # Errors
    /// Where the rules can't be kept: a fault of the program.
    pub fn issues(
        &self,
        options: &ReadOptions,
        cursor: Option<&str>,
    ) -> Result<Records, SourceError> {
        let form = serde_json::to_string(&options.rules)
            .map_err(|error| SourceError::Upstream(error.to_string()))?;
        Ok(Records {
            name: self.name(options),
            title: TITLE.to_owned(),
            host: self.rest.asker().host().to_owned(),
            form,
            observed_at: options.observed_at,
            stream: Box::new(Issues::new(self.rest.clone(), self.edition, options, cursor)),
            reader: Box::new(Reader),
        })
    }

    /// What reading the issues after `cursor` takes.
    ///
    /// # Errors
    /// Where it can't be asked for.
    pub fn costs(&self, options: &ReadOptions, cursor: Option<&str>) -> Result<Costs, SourceError> {
        let issues = Issues::new(self.rest.clone(), self.edition, options, cursor);
        issues.costs().map_err(|failed| {
            let host = self.rest.asker().host();
            SourceError::Upstream(format!("{TITLE}: {host} {}", failed.words()))
        })
    }
}
