//! What was found out, as rows of the derived tables.

mod changes;

use std::sync::Arc;

use chrono::DateTime;
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondArray, UInt64Array,
};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::error::ArrowError;
use milepost_events::tables::{
    ClassifiedDeployment, ClassifiedIncident, DeployedChange, DeploymentKind, FailedDeployment,
    LinkMethod, UndeployedChange,
};
use milepost_events::{Row, batch, table};

use super::Derived;
use super::classify::Classified;
use super::failures::Failure;
use super::incidents::Judged;
use super::inputs::{History, Inputs, Sight};
use super::service::{Attributed, Shipped};
use crate::columns::Instants;
use crate::cores::on_all_cores;
use crate::{AnalyticsError, Definition};
use changes::Item;

/// The derived tables of all services.
pub(super) fn derived(
    inputs: &Inputs,
    mut attributed: Vec<Attributed>,
    mut classified: Vec<Classified>,
    definition: &Definition,
    mut sight: Sight,
) -> Result<Derived, AnalyticsError> {
    let definition_id = definition.id();
    let rows = Writer { inputs, definition, definition_id: &definition_id };
    for one in &mut attributed {
        classified.append(&mut one.classified);
    }
    let (mut changes, mut waiting, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    let mut judged = Vec::new();
    for one in &attributed {
        sight.join(one.sight);
        let id = one.service_id.as_str();
        changes.extend(one.shipped.iter().map(|shipped| Item::deployed(&rows, id, shipped)));
        let of_service = one.undeployed.iter();
        waiting.extend(
            of_service
                .map(|(repository_id, change)| Item::waiting(&rows, id, repository_id, change)),
        );
        let of_service = one.failures.iter();
        failed.extend(of_service.map(|(failed, failure)| rows.failure(id, failed, failure)));
        judged.extend_from_slice(&one.judged);
    }
    classified.sort_by(|a, b| by_ids(a).cmp(&by_ids(b)));
    Ok(Derived {
        tables: vec![
            (ClassifiedDeployment::TABLE, rows.classified(&classified)?),
            (DeployedChange::TABLE, changes::rows(&rows, DeployedChange::TABLE, &changes)?),
            (UndeployedChange::TABLE, changes::rows(&rows, UndeployedChange::TABLE, &waiting)?),
            (FailedDeployment::TABLE, batch(&failed)?),
            (ClassifiedIncident::TABLE, rows.incidents(&judged, sight)?),
        ],
        holds_from: sight.latest.and_then(DateTime::from_timestamp_micros),
        holds_until: sight.hidden.and_then(DateTime::from_timestamp_micros),
    })
}

fn by_ids(one: &Classified) -> (&str, &str, &str) {
    let attempt = &one.attempt;
    (&attempt.deployment_id, &attempt.service_id, &attempt.repository_id)
}

struct Writer<'a> {
    inputs: &'a Inputs,
    definition: &'a Definition,
    definition_id: &'a str,
}

impl Writer<'_> {
    fn history(&self, repository_id: &str) -> Option<&History> {
        self.inputs.histories.get(repository_id)
    }

    fn failure(&self, service_id: &str, id: &str, failure: &Failure) -> FailedDeployment {
        let instant = DateTime::from_timestamp_micros;
        FailedDeployment {
            deployment_id: id.to_owned(),
            service_id: service_id.to_owned(),
            failed_at: instant(failure.failed_at).unwrap_or_default(),
            recovered_at: failure.recovered_at.and_then(instant),
            recovery_seconds: failure.recovery_seconds,
            incident_id: failure.incident_id.clone(),
            link_method: failure.method,
            remediated_by_deployment_id: failure.remedy.clone(),
            definition_id: self.definition_id.to_owned(),
        }
    }

    /// All columns of the deployments beside what was found out about them.
    fn classified(&self, classified: &[Classified]) -> Result<RecordBatch, AnalyticsError> {
        let of: Vec<usize> = classified.iter().map(|one| one.attempt.row).collect();
        let booleans = |value: fn(&Classified) -> bool| -> ArrayRef {
            Arc::new(classified.iter().map(|one| Some(value(one))).collect::<BooleanArray>())
        };
        let texts = |value: &dyn Fn(&Classified) -> Option<String>| -> ArrayRef {
            Arc::new(classified.iter().map(value).collect::<StringArray>())
        };
        beside(ClassifiedDeployment::TABLE, &self.inputs.deployments, &of, |name| {
            Ok(Some(match name {
                "service_id" => texts(&|one| Some(one.attempt.service_id.clone())),
                "outcome" => texts(&|one| one.attempt.outcome.clone()),
                "finished_at" => self.finished(classified)?,
                "kind" => texts(&|one| one.kind.map(|kind| kind_word(kind).to_owned())),
                "is_counted" => booleans(|one| one.is_counted),
                "is_change_to_production" => booleans(|one| one.is_change_to_production),
                "is_rework" => booleans(|one| one.is_rework),
                "quality_flags" => lists(classified.iter().map(|one| one.flags.as_slice())),
                "resolved_sha" => texts(&|one| self.resolved_sha(one)),
                "exclusion_reason" => texts(&|one| one.exclusion.map(str::to_owned)),
                "new_commits_count" => {
                    let counts = classified.iter().map(|one| self.new_commits(one));
                    Arc::new(counts.collect::<Int64Array>())
                }
                "definition_id" => texts(&|_| Some(self.definition_id.to_owned())),
                _ => return Ok(None),
            }))
        })
    }

    fn resolved_sha(&self, one: &Classified) -> Option<String> {
        let history = self.history(&one.attempt.repository_id)?;
        one.place.map(|place| history.graph.sha(place).to_owned())
    }

    fn new_commits(&self, one: &Classified) -> Option<i64> {
        let history = self.history(&one.attempt.repository_id)?;
        let is_known = one.place.is_some() && one.kind != Some(DeploymentKind::Baseline);
        let key = (one.attempt.service_id.clone(), one.attempt.repository_id.clone());
        let scope = self.inputs.scopes.get(&key);
        let own = one.new.iter().filter(|place| {
            !history.graph.facts(**place).is_merge && scope.is_none_or(|scope| scope.holds(**place))
        });
        is_known.then(|| own.count() as i64)
    }

    /// The finish; for a deployment without one what stands in for it, for an attempt its own.
    fn finished(&self, classified: &[Classified]) -> Result<ArrayRef, AnalyticsError> {
        let own = Instants::of(&self.inputs.deployments, "finished_at")?;
        let instants: TimestampMicrosecondArray = classified
            .iter()
            .map(|one| match one.kind {
                Some(_) => Some(one.attempt.at),
                None => own.get(one.attempt.row),
            })
            .collect();
        Ok(Arc::new(instants.with_timezone("UTC")))
    }

    /// All columns of the incidents beside what became of them.
    fn incidents(&self, judged: &[Judged], sight: Sight) -> Result<RecordBatch, AnalyticsError> {
        let of: Vec<usize> = judged.iter().map(|one| one.incident.row).collect();
        let texts = |value: &dyn Fn(&Judged) -> Option<String>| -> ArrayRef {
            Arc::new(judged.iter().map(value).collect::<StringArray>())
        };
        beside(ClassifiedIncident::TABLE, &self.inputs.incident_rows, &of, |name| {
            Ok(Some(match name {
                "service_id" => texts(&|one| Some(one.incident.service_id.clone())),
                // What had not happened yet at the as-of is not told.
                "detected_at" | "created_at" | "acknowledged_at" | "mitigated_at"
                | "resolved_at" => {
                    let known = Instants::of(&self.inputs.incident_rows, name)?;
                    let seen = of.iter().map(|row| known.get(*row).filter(|at| !sight.hides(*at)));
                    Arc::new(seen.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
                }
                "began_at" => {
                    let began = judged.iter().map(|one| one.incident.began_at);
                    Arc::new(began.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
                }
                "is_counted" => {
                    let counted = judged.iter().map(|one| Some(one.exclusion.is_none()));
                    Arc::new(counted.collect::<BooleanArray>())
                }
                "exclusion_reason" => texts(&|one| one.exclusion.map(str::to_owned)),
                "linked_deployment_id" => {
                    texts(&|one| one.link.as_ref().map(|link| link.deployment_id.clone()))
                }
                "link_method" => {
                    texts(&|one| one.link.as_ref().map(|link| method_word(link.method).to_owned()))
                }
                "time_to_restore_seconds" => {
                    Arc::new(judged.iter().map(|one| one.restore_seconds).collect::<Int64Array>())
                }
                "quality_flags" => lists(judged.iter().map(|one| one.flags.as_slice())),
                "definition_id" => texts(&|_| Some(self.definition_id.to_owned())),
                _ => return Ok(None),
            }))
        })
    }
}

/// Rows of facts with columns of their own: those that `own` gives, all others from the fact.
fn beside(
    name: &str,
    facts: &RecordBatch,
    of: &[usize],
    own: impl Fn(&str) -> Result<Option<ArrayRef>, AnalyticsError> + Sync,
) -> Result<RecordBatch, AnalyticsError> {
    let of = UInt64Array::from_iter_values(of.iter().map(|row| *row as u64));
    columns(name, |name| {
        if let Some(column) = own(name)? {
            return Ok(Some(column));
        }
        let fact = facts.column_by_name(name);
        Ok(fact.map(|column| take(column, &of, None)).transpose()?)
    })
}

/// Rows of a table out of its columns.
fn columns(
    name: &str,
    column: impl Fn(&str) -> Result<Option<ArrayRef>, AnalyticsError> + Sync,
) -> Result<RecordBatch, AnalyticsError> {
    let schema = &table(name).ok_or_else(|| unknown(&format!("table `{name}`")))?.schema;
    let columns = on_all_cores(schema.fields().iter().collect(), |field| {
        let missing = || unknown(&format!("column `{}`", field.name()));
        let column = column(field.name())?.ok_or_else(missing)?;
        Ok::<ArrayRef, AnalyticsError>(cast(&column, field.data_type())?)
    });
    let columns = columns.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}

fn unknown(what: &str) -> ArrowError {
    ArrowError::SchemaError(format!("there is no {what}"))
}

fn lists<'a>(flags: impl Iterator<Item = &'a [&'static str]>) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for flags in flags {
        let mut flags = flags.to_vec();
        flags.sort_unstable();
        flags.dedup();
        flags.iter().for_each(|flag| lists.values().append_value(flag));
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

fn method_word(method: LinkMethod) -> &'static str {
    match method {
        LinkMethod::Explicit => "explicit",
        LinkMethod::Rollback => "rollback",
        LinkMethod::Revert => "revert",
        LinkMethod::Outcome => "outcome",
        LinkMethod::Heuristic => "heuristic",
    }
}
