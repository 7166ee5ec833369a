//! Which of the table's columns a file gives.

use std::path::Path;

use milepost_events::tables::Deployment;
use milepost_events::{Row as _, Table};

use super::FilesError;
use super::names::{listed, nearest, shown};

/// How many unknown columns an error names: what is no table at all may have thousands.
const SHOWN: usize = 5;

/// Any one of these tells when a deployment happened.
pub(super) const DEPLOYMENT_TIMES: [&str; 3] = ["finished_at", "started_at", "created_at"];

/// The positions in the table's schema of the columns a file names, in the file's order.
///
/// # Errors
/// Where a name is no column of the table, or given twice, or where a column is missing without
/// which no row is complete.
pub(super) fn layout(
    path: &Path,
    table: &'static Table,
    names: &[&str],
) -> Result<Vec<usize>, FilesError> {
    let mut positions = Vec::with_capacity(names.len());
    let mut unknown = Vec::new();
    for (at, name) in names.iter().enumerate() {
        match table.schema.index_of(name) {
            Ok(position) => positions.push(position),
            Err(_) => unknown.push((at, *name)),
        }
    }
    if !unknown.is_empty() {
        let more = unknown.len().saturating_sub(SHOWN);
        let mut columns: Vec<String> =
            unknown.into_iter().take(SHOWN).map(|(at, name)| described(table, at, name)).collect();
        if more > 0 {
            columns.push(format!("and {more} more"));
        }
        let columns = columns.join("; ");
        return Err(FilesError::UnknownColumn {
            path: path.to_owned(),
            table: table.name,
            columns,
        });
    }
    if let Some(twice) = twice(names) {
        let reason = format!("it has the column `{twice}` twice; keep one");
        return Err(FilesError::Format { path: path.to_owned(), reason });
    }
    check_required(path, table, names)?;
    Ok(positions)
}

fn described(table: &'static Table, at: usize, name: &str) -> String {
    let columns = table.schema.fields().iter().map(|field| field.name().as_str());
    let nearest = listed(&nearest(name, columns));
    match name.trim() {
        "" => format!("number {} has no name; name it or take it out", at + 1),
        _ => format!("`{}` (nearest: {nearest})", shown(name, 60)),
    }
}

fn twice<'a>(names: &[&'a str]) -> Option<&'a str> {
    let again = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
    again.map(|(_, name)| *name)
}

fn check_required(path: &Path, table: &'static Table, names: &[&str]) -> Result<(), FilesError> {
    let is_deployments = table.name == Deployment::TABLE;
    // A deployment's repository can be looked up by its service.
    let required =
        if is_deployments { &["deployment_id", "service_id", "outcome"] } else { table.key };
    let lacking: Vec<&str> =
        required.iter().filter(|name| !names.contains(name)).copied().collect();
    let is_timeless = is_deployments && !DEPLOYMENT_TIMES.iter().any(|name| names.contains(name));
    if lacking.is_empty() && !is_timeless {
        return Ok(());
    }
    let times = format!("one of {}", listed(&DEPLOYMENT_TIMES));
    let mut missing: Vec<String> = lacking.iter().map(|name| format!("`{name}`")).collect();
    let mut needed = listed(required);
    if is_timeless {
        missing.push(times.clone());
    }
    if is_deployments {
        needed = format!("{needed} and {times}");
    }
    Err(FilesError::MissingColumn {
        path: path.to_owned(),
        table: table.name,
        missing: missing.join(", "),
        needed,
    })
}
