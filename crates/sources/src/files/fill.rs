//! What a row leaves out and what it says in other words.

use std::collections::HashMap;

use arrow::array::{Array, AsArray, RecordBatch};
use chrono::{DateTime, Utc};
use milepost_events::tables::{Deployment, ServiceRepository};
use milepost_events::{Row as _, Table, allowed_words};

use super::cells::Cell;
use super::layout::DEPLOYMENT_TIMES;
use super::names::{environment, listed, outcome, shown};
use super::rows::Row;
use super::{FileContext, TableFile};

/// What the rows of one call are completed from.
pub(super) struct Defaults {
    /// For rows that do not say when they were observed.
    pub(super) observed_at: DateTime<Utc>,
    /// A service's only repository; `None` for a service that has several.
    repositories: HashMap<String, Option<String>>,
}

impl Defaults {
    pub(super) fn new(context: &FileContext) -> Defaults {
        let repositories = context
            .only_repository
            .iter()
            .map(|(service, only)| {
                (service.clone(), Some(only.clone()).filter(|only| !only.is_empty()))
            })
            .collect();
        Defaults { observed_at: context.observed_at, repositories }
    }

    /// Learns the mapping that the call itself brings, so that a folder can be taken at once:
    /// its deployments may lean on its `service_repositories`.
    pub(super) fn learn(&mut self, file: &TableFile) {
        if file.table.name != ServiceRepository::TABLE {
            return;
        }
        let (services, repositories) =
            (texts(&file.rows, "service_id"), texts(&file.rows, "repository_id"));
        let deleted = file.rows.column_by_name("deleted_at");
        for (at, (service, repository)) in services.zip(repositories).enumerate() {
            if deleted.is_some_and(|deleted| deleted.is_valid(at)) {
                continue;
            }
            self.repositories
                .entry(service.to_owned())
                .and_modify(|only| {
                    if only.as_deref() != Some(repository) {
                        *only = None;
                    }
                })
                .or_insert_with(|| Some(repository.to_owned()));
        }
    }
}

fn texts<'a>(rows: &'a RecordBatch, column: &str) -> impl Iterator<Item = &'a str> {
    let column = rows.column_by_name(column).and_then(|column| column.as_string_opt::<i32>());
    column.into_iter().flatten().flatten()
}

/// Columns that rows of the table have although the file does not give them.
pub(super) fn is_filled(table: &Table, column: &str, is_given: impl Fn(&str) -> bool) -> bool {
    let is_deployments = table.name == Deployment::TABLE;
    match column {
        "source" | "observed_at" | "basis" => true,
        "environment" | "source_outcome" => is_deployments,
        "source_environment" => is_deployments && is_given("environment"),
        _ => table.key.contains(&column),
    }
}

/// Completes a row in place, with a problem where it can't be.
pub(super) fn complete(row: &mut Row, is_given: impl Fn(&str) -> bool, defaults: &Defaults) {
    if row.table.name == Deployment::TABLE {
        complete_deployment(row, is_given, defaults);
    } else if let Some(word) = row.text("environment").map(environment) {
        row.put("environment", Cell::Text(word));
    }
}

fn complete_deployment(row: &mut Row, is_given: impl Fn(&str) -> bool, defaults: &Defaults) {
    fill_repository(row, defaults);
    fill_environment(row, &is_given);
    fill_outcome(row, &is_given);
    if DEPLOYMENT_TIMES.iter().all(|name| row.is_blank(name)) {
        row.problem(format!("one of {} is needed, but all are empty", listed(&DEPLOYMENT_TIMES)));
    }
}

fn fill_repository(row: &mut Row, defaults: &Defaults) {
    if !row.is_blank("repository_id") {
        return;
    }
    // Without a service the row is refused for that.
    let Some(service) = row.text("service_id") else {
        return;
    };
    let name = shown(service, 60);
    match defaults.repositories.get(service) {
        Some(Some(only)) => row.put("repository_id", Cell::Text(only.clone())),
        Some(None) => row.problem(format!(
            "`repository_id` is empty, but the service `{name}` has several repositories; \
             name one"
        )),
        None => row.problem(format!(
            "`repository_id` is empty, and the service `{name}` is not known to have exactly \
             one repository; name it, or give it in `service_repositories`"
        )),
    }
}

/// The tool's own word counts where it is all there is: a row that says `staging` there must
/// never be taken for production.
fn fill_environment(row: &mut Row, is_given: impl Fn(&str) -> bool) {
    let written = row.text("environment").map(str::to_owned);
    if let Some(written) = &written
        && !is_given("source_environment")
    {
        row.put("source_environment", Cell::Text(written.clone()));
    }
    let word = written.or_else(|| row.text("source_environment").map(str::to_owned));
    let word = word.map_or_else(|| "production".to_owned(), |word| environment(&word));
    row.put("environment", Cell::Text(word));
}

fn fill_outcome(row: &mut Row, is_given: impl Fn(&str) -> bool) {
    let words = row.table.column("outcome").and_then(allowed_words).unwrap_or_default();
    let Some(written) = row.text("outcome").map(str::to_owned) else {
        row.problem(format!("`outcome` is empty, but one of {} is needed", listed(&words)));
        return;
    };
    if !is_given("source_outcome") {
        row.put("source_outcome", Cell::Text(written.clone()));
    }
    // A word without a meaning stays as it is written, for the reason to show it.
    let word = outcome(&written);
    if words.contains(&word.as_str()) {
        row.put("outcome", Cell::Text(word));
    }
}
