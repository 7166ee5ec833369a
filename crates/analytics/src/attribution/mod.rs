//! Attribution: facts become the three derived tables.
//!
//! Per service and production environment, deployments are walked in order of time with two
//! things kept: what is live, and everything that was ever deployed. What a deployment reaches
//! and none before it did is what it shipped. The rules are those of DORA's definitions as the
//! `definition` table chooses among them.

mod changes;
mod classify;
mod failures;
mod graph;
mod inputs;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, ListBuilder, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondArray, UInt64Array,
};
use datafusion::arrow::compute::{cast, take};
use datafusion::prelude::SessionContext;
use milepost_events::tables::{
    ClassifiedDeployment, ClassifiedIncident, DeployedChange, DeploymentKind, FailedDeployment,
    UndeployedChange,
};
use milepost_events::{Row, batch, table};

use crate::{AnalyticsError, Definition};
use changes::{ByCommit, Change};
use classify::{Classified, classify, not_counted, production};
use failures::{Failure, failures};
use inputs::{Attempt, History, Inputs, Scope};

/// The derived tables, and for which as-of instants they are the same.
#[derive(Debug)]
pub struct Derived {
    /// Rows by table.
    pub tables: Vec<(&'static str, RecordBatch)>,
    /// Latest event that they show; UTC. `None` without any.
    pub holds_from: Option<DateTime<Utc>>,
    /// First as-of at which another event comes into sight; UTC. `None`: none is to come.
    pub holds_until: Option<DateTime<Utc>>,
}

/// Derives the tables from the facts of a session, as of an instant.
///
/// # Errors
/// Where facts can't be read or the definition can't be used.
pub async fn derive(
    facts: &SessionContext,
    definition: &Definition,
    as_of: DateTime<Utc>,
) -> Result<Derived, AnalyticsError> {
    let inputs = inputs::read(facts, as_of).await?;
    let production = production(definition)?;
    let mut lines: BTreeMap<(String, String, String), Vec<Attempt>> = BTreeMap::new();
    let mut others = Vec::new();
    for attempt in &inputs.attempts {
        match attempt.environment.as_deref().filter(|name| production.is_match(name)) {
            Some(environment) => lines
                .entry((
                    attempt.service_id.clone(),
                    environment.to_lowercase(),
                    attempt.repository_id.clone(),
                ))
                .or_default()
                .push(attempt.clone()),
            None => others.push(not_counted(attempt.clone(), &["not_production"])),
        }
    }
    let mut rows = Rows::default();
    let histories = inputs.histories.iter().map(|(id, history)| (id, ByCommit::new(history)));
    let by_commit: HashMap<&String, ByCommit<'_>> = histories.collect();
    for ((service_id, _, repository_id), attempts) in lines {
        let history = inputs.histories.get(&repository_id);
        let key = (service_id, repository_id);
        let scope = inputs.scopes.get(&key).unwrap_or(&Scope::All);
        rows.add(&inputs, &key, attempts, history, by_commit.get(&key.1), scope, definition)?;
    }
    rows.classified.append(&mut others);
    rows.finish(&inputs, definition)
}

#[derive(Default)]
struct Rows {
    classified: Vec<Classified>,
    changes: BTreeMap<(String, String, String), DeployedChange>,
    failures: BTreeMap<(String, String), FailedDeployment>,
}

impl Rows {
    #[expect(clippy::too_many_arguments, reason = "one line of deployments has this many inputs")]
    fn add(
        &mut self,
        inputs: &Inputs,
        (service_id, repository_id): &(String, String),
        attempts: Vec<Attempt>,
        history: Option<&History>,
        by_commit: Option<&ByCommit<'_>>,
        scope: &Scope,
        definition: &Definition,
    ) -> Result<(), AnalyticsError> {
        let graph = history.map(|history| &history.graph);
        let mut classified = classify(attempts, graph, scope, definition);
        let incidents: Vec<_> =
            inputs.incidents.iter().filter(|incident| incident.service_id == *service_id).collect();
        let failed = failures(&mut classified, &incidents, graph, scope, definition);
        for (deployment_id, failure) in failed {
            let row = failed_row(&deployment_id, service_id, &failure, definition);
            // A part of the deployment from another repository may have shown it already.
            self.failures.entry((deployment_id, service_id.clone())).or_insert(row);
        }
        for deployment in &classified {
            let Some(by_commit) = by_commit else { continue };
            for change in by_commit.shipped(deployment, scope, definition) {
                let key = (service_id.clone(), repository_id.clone(), change.change_id.clone());
                let row = change_row(service_id, repository_id, deployment, change, definition);
                // Of several production environments the first to have it counts.
                let known = self.changes.entry(key).or_insert_with(|| row.clone());
                if row.deployed_at < known.deployed_at {
                    *known = row;
                }
            }
        }
        self.classified.append(&mut classified);
        Ok(())
    }

    fn finish(mut self, inputs: &Inputs, definition: &Definition) -> Result<Derived, AnalyticsError> {
        self.classified.sort_by(|a, b| {
            let key = |one: &Classified| {
                (
                    one.attempt.deployment_id.clone(),
                    one.attempt.service_id.clone(),
                    one.attempt.repository_id.clone(),
                )
            };
            key(a).cmp(&key(b))
        });
        let changes: Vec<DeployedChange> = self.changes.into_values().collect();
        let failures: Vec<FailedDeployment> = self.failures.into_values().collect();
        Ok(Derived {
            tables: vec![
                (ClassifiedDeployment::TABLE, classified_rows(inputs, &self.classified, definition)?),
                (DeployedChange::TABLE, batch(&changes)?),
                (FailedDeployment::TABLE, batch(&failures)?),
                (UndeployedChange::TABLE, batch::<UndeployedChange>(&[])?),
                (ClassifiedIncident::TABLE, batch::<ClassifiedIncident>(&[])?),
            ],
            holds_from: inputs.latest.and_then(DateTime::from_timestamp_micros),
            holds_until: inputs.hidden.and_then(DateTime::from_timestamp_micros),
        })
    }
}

fn change_row(
    service_id: &str,
    repository_id: &str,
    deployment: &Classified,
    change: Change,
    definition: &Definition,
) -> DeployedChange {
    let instant = DateTime::from_timestamp_micros;
    DeployedChange {
        service_id: service_id.to_owned(),
        repository_id: repository_id.to_owned(),
        change_id: change.change_id,
        change_unit: if change.is_pull_request { "pull_request" } else { "commit" }.to_owned(),
        sha: change.sha,
        deployment_id: deployment.attempt.deployment_id.clone(),
        change_started_at: change.started_at.and_then(instant),
        merged_at: change.merged_at.and_then(instant),
        deployed_at: instant(deployment.attempt.at).unwrap_or_default(),
        lead_time_seconds: change.lead_time_seconds,
        merge_to_deploy_seconds: change.merge_to_deploy_seconds,
        is_bot: change.is_bot,
        is_revert: change.is_revert,
        is_excluded: change.is_excluded,
        quality_flags: change.flags.iter().map(|&flag| flag.to_owned()).collect(),
        landed_at: None,
        exclusion_reason: None,
        duplicate_of: None,
        definition_id: definition.id(),
    }
}

fn failed_row(
    deployment_id: &str,
    service_id: &str,
    failure: &Failure,
    definition: &Definition,
) -> FailedDeployment {
    let instant = DateTime::from_timestamp_micros;
    FailedDeployment {
        deployment_id: deployment_id.to_owned(),
        service_id: service_id.to_owned(),
        failed_at: instant(failure.failed_at).unwrap_or_default(),
        recovered_at: failure.recovered_at.and_then(instant),
        recovery_seconds: failure.recovery_seconds,
        incident_id: failure.incident_id.clone(),
        link_method: failure.method,
        remediated_by_deployment_id: None,
        definition_id: definition.id(),
    }
}

/// All columns of the deployments beside what was found out about them.
fn classified_rows(
    inputs: &Inputs,
    classified: &[Classified],
    definition: &Definition,
) -> Result<RecordBatch, AnalyticsError> {
    let schema = table(ClassifiedDeployment::TABLE)
        .map(|table| table.schema.clone())
        .unwrap_or_else(|| inputs.deployments.schema());
    let of = UInt64Array::from_iter_values(classified.iter().map(|one| one.attempt.row as u64));
    let booleans = |value: fn(&Classified) -> bool| -> ArrayRef {
        Arc::new(classified.iter().map(|one| Some(value(one))).collect::<BooleanArray>())
    };
    let columns = schema
        .fields()
        .iter()
        .map(|field| -> Result<ArrayRef, AnalyticsError> {
            let column: ArrayRef = match field.name().as_str() {
                "finished_at" => finished(inputs, classified)?,
                "kind" => Arc::new(
                    classified.iter().map(|one| one.kind.map(kind_word)).collect::<StringArray>(),
                ),
                "is_counted" => booleans(|one| one.is_counted),
                "is_change_to_production" => booleans(|one| one.is_change_to_production),
                "is_rework" => booleans(|one| one.is_rework),
                "quality_flags" => flags(classified),
                "resolved_sha" | "exclusion_reason" | "new_commits_count" => {
                    datafusion::arrow::array::new_null_array(field.data_type(), classified.len())
                }
                "definition_id" => Arc::new(StringArray::from(vec![
                    definition.id();
                    classified.len()
                ])),
                name => {
                    let column = inputs.deployments.column_by_name(name).ok_or_else(|| {
                        datafusion::arrow::error::ArrowError::SchemaError(format!(
                            "deployments have no column `{name}`"
                        ))
                    })?;
                    take(column, &of, None)?
                }
            };
            Ok(cast(&column, field.data_type())?)
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new(schema, columns)?)
}

/// The finish; for a deployment without one what stands in for it, for an attempt its own.
fn finished(inputs: &Inputs, classified: &[Classified]) -> Result<ArrayRef, AnalyticsError> {
    let own = crate::columns::Instants::of(&inputs.deployments, "finished_at")?;
    let instants: TimestampMicrosecondArray = classified
        .iter()
        .map(|one| if one.kind.is_some() { Some(one.attempt.at) } else { own.get(one.attempt.row) })
        .collect();
    Ok(Arc::new(instants.with_timezone("UTC")))
}

fn flags(classified: &[Classified]) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for one in classified {
        let mut flags = one.flags.clone();
        flags.sort_unstable();
        for flag in flags {
            lists.values().append_value(flag);
        }
        lists.append(true);
    }
    Arc::new(lists.finish())
}

fn kind_word(kind: DeploymentKind) -> &'static str {
    match kind {
        DeploymentKind::Baseline => "baseline",
        DeploymentKind::Change => "change",
        DeploymentKind::Redeploy => "redeploy",
        DeploymentKind::ConfigChange => "config_change",
        DeploymentKind::Rollback => "rollback",
        DeploymentKind::RollForward => "roll_forward",
        DeploymentKind::NoChange => "no_change",
        DeploymentKind::Unresolved => "unresolved",
    }
}
