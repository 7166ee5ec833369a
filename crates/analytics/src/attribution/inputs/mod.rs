//! What attribution reads: facts as typed values, without the rows that a definition or an
//! as-of hides.

mod artifacts;
mod deployments;
mod histories;
mod incidents;
mod people;
mod runs;
mod scopes;
mod services;
mod work_items;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::prelude::SessionContext;

use crate::{AnalyticsError, Definition};

pub(crate) use artifacts::Artifacts;
pub(crate) use deployments::Attempt;
pub(crate) use histories::{History, PullRequest};
pub(crate) use incidents::Incident;
pub(crate) use scopes::Scope;
pub(crate) use services::Services;

/// Everything attribution reads. Instants are microseconds since 1970 UTC.
pub(crate) struct Inputs {
    /// Deployments that are not deleted, all columns, one batch.
    pub(crate) deployments: RecordBatch,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) histories: BTreeMap<String, History>,
    /// By service and repository; the whole repository where there is none.
    pub(crate) scopes: HashMap<(String, String), Scope>,
    pub(crate) artifacts: Artifacts,
    pub(crate) services: Services,
    /// Incidents that are not deleted, all columns, one batch.
    pub(crate) incident_rows: RecordBatch,
    pub(crate) incidents: Vec<Incident>,
    /// When bugs and incidents of a tracker were opened, by their keys.
    pub(crate) bugs: HashMap<String, i64>,
}

/// Reads all facts as of an instant.
///
/// # Errors
/// Where a table can't be read.
pub(crate) async fn read(
    facts: &SessionContext,
    definition: &Definition,
    sight: &mut Sight,
) -> Result<Inputs, AnalyticsError> {
    let services = services::read(facts).await?;
    let mut deployments = rows(facts, "select * from deployments where deleted_at is null").await?;
    if !definition.deployment_rules.is_empty() {
        deployments = runs::with_runs(facts, deployments, definition, &services).await?;
    }
    let attempts = deployments::attempts(&deployments, &services, sight)?;
    let bots = people::bots(facts).await?;
    let bugs = work_items::bugs(facts).await?;
    let mut histories = histories::read(facts, &bots, !bugs.is_empty()).await?;
    histories::pull_requests(facts, &mut histories, &bots).await?;
    let scopes = scopes::read(facts, &histories, &services).await?;
    let artifacts = artifacts::read(facts).await?;
    let incident_rows = rows(facts, "select * from incidents where deleted_at is null").await?;
    let incidents = incidents::incidents(&incident_rows, &services, sight)?;
    Ok(Inputs {
        deployments,
        attempts,
        histories,
        scopes,
        artifacts,
        services,
        incident_rows,
        incidents,
        bugs,
    })
}

/// Decides what the as-of hides and remembers where it would decide otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight {
    as_of: i64,
    /// Latest event in sight.
    pub(crate) latest: Option<i64>,
    /// Earliest one that is hidden.
    pub(crate) hidden: Option<i64>,
}

impl Sight {
    pub(crate) fn at(as_of: DateTime<Utc>) -> Sight {
        Sight { as_of: as_of.timestamp_micros(), latest: None, hidden: None }
    }

    pub(crate) fn sees(&mut self, at: i64) -> bool {
        if at <= self.as_of {
            self.latest = Some(self.latest.map_or(at, |latest| latest.max(at)));
            true
        } else {
            self.hidden = Some(self.hidden.map_or(at, |hidden| hidden.min(at)));
            false
        }
    }

    /// True where the as-of hides what happened then.
    pub(crate) fn hides(&self, at: i64) -> bool {
        at > self.as_of
    }

    /// Takes over what another one with the same as-of remembered.
    pub(crate) fn join(&mut self, other: Sight) {
        self.latest = self.latest.max(other.latest);
        self.hidden = match (self.hidden, other.hidden) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

/// Answer of a query as one batch.
async fn rows(facts: &SessionContext, sql: &str) -> Result<RecordBatch, AnalyticsError> {
    let frame = facts.sql(sql).await?;
    let schema = std::sync::Arc::new(frame.schema().as_arrow().clone());
    let batches = frame.collect().await?;
    // Rows of one repository are read in many pieces; one batch keeps the row numbers simple.
    let schema = batches.first().map_or(schema, RecordBatch::schema);
    Ok(concat_batches(&schema, &batches)?)
}
