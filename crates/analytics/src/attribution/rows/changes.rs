//! Rows of deployed and of waiting changes. There may be millions, so they are put together
//! column by column.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};

use super::{Shipped, Writer, columns, lists};
use crate::AnalyticsError;
use crate::attribution::changes::Change;

const SECOND: i64 = 1_000_000;
/// Before this, 1971, no commit was made with git or imported honestly: the clock was wrong.
const FIRST_CREDIBLE: i64 = 365 * 86_400 * SECOND;

/// A change with where it belongs.
pub(super) struct Item<'a> {
    service_id: &'a str,
    repository_id: &'a str,
    change: &'a Change,
    exclusion: Option<&'static str>,
    deployment_id: Option<&'a str>,
    deployed_at: Option<i64>,
    lead_time_seconds: Option<i64>,
    merge_to_deploy_seconds: Option<i64>,
    flags: Vec<&'static str>,
}

impl<'a> Item<'a> {
    pub(super) fn deployed(writer: &Writer<'_>, service_id: &'a str, shipped: &'a Shipped) -> Self {
        let Shipped { repository_id, change, deployment_id, deployed_at } = shipped;
        let mut item = Item::waiting(writer, service_id, repository_id, change);
        item.deployment_id = Some(deployment_id);
        item.deployed_at = Some(*deployed_at);
        item.lead_time_seconds = item.lead_time(*deployed_at);
        item.merge_to_deploy_seconds = change
            .merged_at
            .and_then(|at| item.seconds(at, *deployed_at, "negative_merge_to_deploy"));
        item
    }

    pub(super) fn waiting(
        writer: &Writer<'_>,
        service_id: &'a str,
        repository_id: &'a str,
        change: &'a Change,
    ) -> Self {
        Item {
            service_id,
            repository_id,
            change,
            exclusion: change.exclusion(writer.definition),
            deployment_id: None,
            deployed_at: None,
            lead_time_seconds: None,
            merge_to_deploy_seconds: None,
            flags: change.flags.clone(),
        }
    }

    fn lead_time(&mut self, deployed_at: i64) -> Option<i64> {
        match self.change.started_at {
            None => {
                self.flags.push("start_unknown");
                None
            }
            Some(at) if at < FIRST_CREDIBLE => {
                self.flags.push("clock_suspect");
                None
            }
            Some(at) => self.seconds(at, deployed_at, "negative_lead_time"),
        }
    }

    fn seconds(&mut self, from: i64, to: i64, flag: &'static str) -> Option<i64> {
        if from > to {
            self.flags.push(flag);
            return None;
        }
        Some((to - from).div_euclid(SECOND))
    }
}

/// The rows of one of the two tables.
pub(super) fn rows(
    writer: &Writer<'_>,
    table: &str,
    items: &[Item<'_>],
) -> Result<RecordBatch, AnalyticsError> {
    columns(table, |name| Ok(Some(column(writer, items, name)?)))
}

fn column(writer: &Writer<'_>, items: &[Item<'_>], name: &str) -> Result<ArrayRef, AnalyticsError> {
    Ok(match name {
        "service_id" => texts(items, |one| Some(one.service_id)),
        "repository_id" => texts(items, |one| Some(one.repository_id)),
        "change_id" => texts(items, |one| Some(&one.change.change_id)),
        "change_unit" => texts(items, |one| Some(unit(one.change))),
        "sha" => texts(items, |one| {
            let history = writer.history(one.repository_id)?;
            Some(history.graph.sha(one.change.carrier))
        }),
        "deployment_id" => texts(items, |one| one.deployment_id),
        "change_started_at" => instants(items, |one| one.change.started_at),
        "merged_at" => instants(items, |one| one.change.merged_at),
        "landed_at" => instants(items, |one| one.change.landed_at),
        "deployed_at" => instants(items, |one| one.deployed_at),
        "lead_time_seconds" => counts(items, |one| one.lead_time_seconds),
        "merge_to_deploy_seconds" => counts(items, |one| one.merge_to_deploy_seconds),
        "is_bot" => booleans(items, |one| one.change.is_bot),
        "is_revert" => booleans(items, |one| one.change.is_revert),
        "is_excluded" => booleans(items, |one| one.exclusion.is_some()),
        "exclusion_reason" => texts(items, |one| one.exclusion),
        "duplicate_of" => texts(items, |one| one.change.duplicate_of.as_deref()),
        "quality_flags" => lists(items.iter().map(|one| one.flags.as_slice())),
        "definition_id" => texts(items, |_| Some(writer.definition_id)),
        name => return Err(super::unknown(&format!("column `{name}`")).into()),
    })
}

fn unit(change: &Change) -> &'static str {
    if change.is_pull_request { "pull_request" } else { "commit" }
}

fn texts<'a>(items: &'a [Item<'a>], of: impl Fn(&'a Item<'a>) -> Option<&'a str>) -> ArrayRef {
    Arc::new(items.iter().map(of).collect::<StringArray>())
}

fn instants(items: &[Item<'_>], of: impl Fn(&Item<'_>) -> Option<i64>) -> ArrayRef {
    let instants: TimestampMicrosecondArray = items.iter().map(of).collect();
    Arc::new(instants.with_timezone("UTC"))
}

fn counts(items: &[Item<'_>], of: impl Fn(&Item<'_>) -> Option<i64>) -> ArrayRef {
    Arc::new(items.iter().map(of).collect::<Int64Array>())
}

fn booleans(items: &[Item<'_>], of: impl Fn(&Item<'_>) -> bool) -> ArrayRef {
    Arc::new(items.iter().map(|one| Some(of(one))).collect::<BooleanArray>())
}
