//! Rows that records of GitHub make, by table.

use chrono::{DateTime, Utc};
use milepost_events::tables::{Deployment, Identity, Incident, PipelineRun, PullRequest, Review};
use milepost_events::{Basis, EventError, Provenance, batch};

use super::unit::About;
use crate::network::fields::Fields;
use crate::{TablePart, Write};

/// What rows from here name as their source.
pub(crate) const SOURCE: &str = "github";

/// Rows so far.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) pull_requests: Vec<PullRequest>,
    pub(crate) reviews: Vec<Review>,
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) incidents: Vec<Incident>,
    pub(crate) pipeline_runs: Vec<PipelineRun>,
    pub(crate) identities: Vec<Identity>,
}

impl Rows {
    pub(crate) fn add(&mut self, other: Rows) {
        self.pull_requests.extend(other.pull_requests);
        self.reviews.extend(other.reviews);
        self.deployments.extend(other.deployments);
        self.incidents.extend(other.incidents);
        self.pipeline_runs.extend(other.pipeline_runs);
        self.identities.extend(other.identities);
    }

    /// The rows as they go into the lake, those of the table of `whole` as all there are.
    ///
    /// # Errors
    /// Never for rows that fit their tables.
    pub(crate) fn writes(
        &self,
        whole: Option<(&'static str, TablePart)>,
    ) -> Result<Vec<Write>, EventError> {
        let tables = [
            ("pull_requests", batch(&self.pull_requests)?),
            ("reviews", batch(&self.reviews)?),
            ("deployments", batch(&self.deployments)?),
            ("incidents", batch(&self.incidents)?),
            ("pipeline_runs", batch(&self.pipeline_runs)?),
            ("identities", batch(&self.identities)?),
        ];
        let mut writes = Vec::new();
        for (table, rows) in tables {
            match &whole {
                Some((name, part)) if *name == table => {
                    let part = part.clone();
                    writes.push(Write::Complete { table, rows, source: SOURCE, part });
                }
                _ if rows.num_rows() > 0 => writes.push(Write::Upsert(table, rows)),
                _ => {}
            }
        }
        Ok(writes)
    }
}

impl About {
    pub(crate) fn provenance(
        &self,
        source_id: Option<String>,
        source_url: Option<String>,
    ) -> Provenance {
        Provenance {
            source: SOURCE.to_owned(),
            source_id,
            source_url,
            observed_at: self.observed_at,
            deleted_at: None,
            basis: Basis::Recorded,
        }
    }

    /// The login as a person's identity, and the address that GitHub knows as theirs where it
    /// tells one. Which person has both is decided where people are put together.
    pub(crate) fn identities(&self, login: &str, email: Option<&str>) -> Vec<Identity> {
        let person_id = format!("github:{}", login.to_lowercase());
        let identity = |provider: &str, identifier: &str| Identity {
            provider: provider.to_owned(),
            identifier: identifier.to_lowercase(),
            person_id: person_id.clone(),
            provenance: self.provenance(None, None),
        };
        let login = identity("github", login);
        let email = email.filter(|email| email.contains('@'));
        let email = email.map(|email| identity("github_email", email));
        std::iter::once(login).chain(email).collect()
    }
}

/// The login of an account; `None` where it is gone. An app's has `[bot]` at its end, as the
/// REST API writes it and GraphQL does not.
///
/// # Errors
/// Where the account is something else.
pub(crate) fn login(record: Fields<'_>, account: &str) -> Result<Option<String>, String> {
    let account = record.at(account);
    let Some(login) = account.text("login")?.filter(|login| login != "ghost") else {
        return Ok(None);
    };
    let kind = account.text("__typename")?.or(account.text("type")?);
    let is_bot = kind.is_some_and(|kind| kind == "Bot");
    Ok(Some(if is_bot && !login.ends_with("[bot]") { format!("{login}[bot]") } else { login }))
}

/// True for accounts that no person is behind.
pub(crate) fn is_bot(login: &str) -> bool {
    login.ends_with("[bot]")
}

/// The earlier of two instants that may be missing.
pub(crate) fn earliest(
    instants: impl IntoIterator<Item = Option<DateTime<Utc>>>,
) -> Option<DateTime<Utc>> {
    instants.into_iter().flatten().min()
}
