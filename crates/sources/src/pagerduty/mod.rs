//! PagerDuty: incidents, and from their logs when somebody took them on.
//!
//! Incidents are listed by when they were created, the oldest first, so that what comes meanwhile
//! is at the end; one that was open is asked for again at every read until it is closed. PagerDuty
//! gives no more than ten thousand rows of a list: where it ends, the next one begins at the last
//! incident's time. What an incident becomes is the mapping's business, which files are read by
//! as well.

mod counted;
mod incidents;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

pub use counted::{Counted, Reader};
use incidents::Incidents;

use crate::network::rest::{Access, Rest};
use crate::records::Records;
use crate::{Listener, Patience, SourceError};

/// Base of PagerDuty's REST API. Accounts of its European region are elsewhere.
pub const PAGERDUTY_COM: &str = "https://api.pagerduty.com";

/// What a source of it is called begins with this.
pub const PREFIX: &str = "pagerduty:";

const TITLE: &str = "incidents of PagerDuty";
/// Which incidents are read.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Ids of services; empty for all.
    pub services: Vec<String>,
    /// Ids of teams; empty for all.
    pub teams: Vec<String>,
    /// Which of the incidents that are listed count.
    pub counted: Counted,
}

/// What decides how incidents are read.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// Which.
    pub filter: Filter,
    /// What the account is called where several are read; the host's name where not.
    pub account: Option<String>,
    /// Nothing that was created before.
    pub since: Option<DateTime<Utc>>,
    /// As-of instant of the read; UTC.
    pub observed_at: DateTime<Utc>,
}

/// What reading takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Costs {
    /// Incidents that are to be read.
    pub incidents_count: u64,
    /// Requests for them and their logs.
    pub requests_count: u64,
}

/// A connection to PagerDuty.
#[derive(Clone)]
pub struct Pagerduty {
    rest: Arc<Rest>,
}

impl Pagerduty {
    /// Prepares to ask the PagerDuty whose REST API is at `url`. Nothing is sent yet.
    ///
    /// # Errors
    /// Where the address or the token can't be used.
    pub fn connect(
        url: &str,
        token: &SecretString,
        patience: Patience,
        listener: Arc<dyn Listener>,
    ) -> Result<Pagerduty, SourceError> {
        let access = Access {
            tool: "PagerDuty",
            example: "https://api.pagerduty.com or https://api.eu.pagerduty.com",
            url,
            authorization: format!("Token token={}", token.expose_secret()).into(),
            secret: token.clone(),
            accept: "application/vnd.pagerduty+json;version=2",
        };
        let rest = Rest::new(access, patience, listener).map_err(SourceError::Configuration)?;
        Ok(Pagerduty { rest: Arc::new(rest) })
    }

    /// Requests sent so far.
    pub fn requests(&self) -> u64 {
        self.rest.asker().requests()
    }

    /// The name under which the cursor is kept: another one for other services and teams.
    pub fn name(&self, options: &ReadOptions) -> String {
        let host = self.rest.asker().host();
        let mut name = format!("{PREFIX}{}", options.account.as_deref().unwrap_or(host));
        let filter = &options.filter;
        for (kind, ids) in [("services", &filter.services), ("teams", &filter.teams)] {
            let mut ids = ids.clone();
            ids.sort();
            if !ids.is_empty() {
                name += &format!("/{kind}={}", ids.join(","));
            }
        }
        name
    }

    /// The incidents after `cursor`.
    ///
    /// # Errors
    /// Where the options can't be kept: a fault of the program.
    pub fn incidents(
        &self,
        options: &ReadOptions,
        cursor: Option<&str>,
    ) -> Result<Records, SourceError> {
        let form = serde_json::to_string(&options.filter.counted)
            .map_err(|error| SourceError::Upstream(error.to_string()))?;
        Ok(Records {
            name: self.name(options),
            title: TITLE.to_owned(),
            host: self.rest.asker().host().to_owned(),
            form,
            observed_at: options.observed_at,
            stream: Box::new(Incidents::new(self.rest.clone(), options, cursor)),
            reader: Box::new(Reader),
        })
    }

    /// What reading the incidents after `cursor` takes.
    ///
    /// # Errors
    /// Where it can't be asked for.
    pub fn costs(&self, options: &ReadOptions, cursor: Option<&str>) -> Result<Costs, SourceError> {
        let incidents = Incidents::new(self.rest.clone(), options, cursor);
        incidents.costs().map_err(|failed| {
            let host = self.rest.asker().host();
            SourceError::Upstream(format!("{TITLE}: {host} {}", failed.words()))
        })
    }
}
