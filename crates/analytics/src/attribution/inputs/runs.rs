//! Pipeline runs that the definition's rules take for deployments.

use std::collections::HashSet;

use chrono::DateTime;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::{cast, concat_batches};
use datafusion::arrow::error::ArrowError;
use datafusion::prelude::SessionContext;
use milepost_events::tables::{Deployment, Outcome};
use milepost_events::{Basis, Provenance, batch};

use super::{Services, rows};
use crate::columns::{Instants, Texts};
use crate::definition::{Matcher, Run};
use crate::{AnalyticsError, Definition};

/// The deployments and, after them, the runs that a rule takes for one. A run that a source also
/// gave as a deployment is left to that.
pub(super) async fn with_runs(
    facts: &SessionContext,
    deployments: RecordBatch,
    definition: &Definition,
    services: &Services,
) -> Result<RecordBatch, AnalyticsError> {
    let rules = definition.deployment_rules.iter().map(Matcher::new);
    let rules = rules.collect::<Result<Vec<_>, _>>()?;
    let sql = "select * from pipeline_runs where deleted_at is null order by pipeline_run_id";
    let runs = rows(facts, sql).await?;
    let known = Texts::of(&deployments, "deployment_id")?;
    let known: HashSet<&str> =
        (0..deployments.num_rows()).filter_map(|row| known.get(row)).collect();
    let mut found = of_runs(&runs, &rules, services)?;
    found.retain(|deployment| !known.contains(deployment.deployment_id.as_str()));
    let found = batch(&found)?;
    let schema = deployments.schema();
    let columns = schema.fields().iter().map(|field| {
        let column = found.column_by_name(field.name()).ok_or_else(|| {
            ArrowError::SchemaError(format!("deployments have no column `{}`", field.name()))
        })?;
        cast(column, field.data_type())
    });
    let found = RecordBatch::try_new(schema.clone(), columns.collect::<Result<_, _>>()?)?;
    Ok(concat_batches(&schema, [&deployments, &found])?)
}

fn of_runs(
    rows: &RecordBatch,
    rules: &[Matcher<'_>],
    services: &Services,
) -> Result<Vec<Deployment>, AnalyticsError> {
    let text = |name| Texts::of(rows, name);
    let (id, repository, name) = (text("pipeline_run_id")?, text("repository_id")?, text("name")?);
    let (path, sha, branch) = (text("path")?, text("sha")?, text("branch")?);
    let (event, outcome) = (text("event")?, text("outcome")?);
    let (source, source_id, url) = (text("source")?, text("source_id")?, text("source_url")?);
    let instant = |name| Instants::of(rows, name);
    let (started, finished) = (instant("started_at")?, instant("finished_at")?);
    let observed = instant("observed_at")?;
    let at = |micros: Option<i64>| micros.and_then(DateTime::from_timestamp_micros);
    let own = |text: Option<&str>| text.map(str::to_owned);
    let mut found = Vec::new();
    for row in 0..rows.num_rows() {
        let run = Run {
            repository_id: repository.get(row),
            name: name.get(row),
            path: path.get(row),
            branch: branch.get(row),
            event: event.get(row),
        };
        let Some(matcher) = rules.iter().find(|matcher| matcher.holds(run)) else { continue };
        let (Some(id), Some(repository_id)) = (id.get(row), run.repository_id) else { continue };
        let outcome_word = outcome.get(row);
        let Ok(outcome) = outcome_word.map(ended).transpose() else { continue };
        let service = matcher.rule.service.as_deref();
        let service = service.or_else(|| services.only_of(repository_id)).unwrap_or(repository_id);
        found.push(Deployment {
            deployment_id: id.to_owned(),
            service_id: service.to_owned(),
            repository_id: repository_id.to_owned(),
            environment: Some(matcher.rule.environment.to_lowercase()),
            source_environment: None,
            sha: own(sha.get(row)),
            r#ref: own(branch.get(row)),
            artifact_digest: None,
            config_digest: None,
            created_at: None,
            started_at: at(started.get(row)),
            finished_at: at(finished.get(row)),
            outcome,
            source_outcome: own(outcome_word),
            rollout_id: None,
            target: None,
            deployed_by: None,
            is_planned: None,
            declared_kind: None,
            fixes_deployment_id: None,
            approving_team_ids: None,
            manual_steps_count: None,
            provenance: Provenance {
                source: source.get(row).unwrap_or_default().to_owned(),
                source_id: own(source_id.get(row)),
                source_url: own(url.get(row)),
                observed_at: at(observed.get(row)).unwrap_or_default(),
                deleted_at: None,
                basis: Basis::Recorded,
            },
        });
    }
    Ok(found)
}

/// A run that was skipped, or waits for somebody.
struct NoAttempt;

fn ended(word: &str) -> Result<Outcome, NoAttempt> {
    match word.to_lowercase().as_str() {
        "success" | "succeeded" | "successful" | "passed" | "completed" => Ok(Outcome::Succeeded),
        "failure" | "failed" | "error" | "timed_out" | "startup_failure" => Ok(Outcome::Failed),
        "cancelled" | "canceled" | "aborted" => Ok(Outcome::Cancelled),
        _ => Err(NoAttempt),
    }
}
