use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use clap::Args;
use milepost_sources::files::{self, FileContext, TableFile};
use milepost_sources::{OnePage, Page, Refused, Write};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::answer::held;
use crate::exit::Failure;
use crate::globals::Globals;
use crate::ingest::{Start, Writer, pull, pulled_whole, sentence};

/// Read rows of tables from CSV, NDJSON or Parquet files; a file's stem is its table
#[derive(Debug, Clone, Args, Deserialize, JsonSchema)]
#[command(after_help = "Examples:
  milepost ingest files incidents.csv deployments.ndjson
  milepost ingest files exports/")]
pub(crate) struct IngestFilesArgs {
    /// Files, or directories of files
    #[arg(required = true)]
    pub(super) paths: Vec<PathBuf>,
}

pub(super) async fn run(args: &IngestFilesArgs, writer: &mut Writer<'_>) -> Result<(), Failure> {
    let files = files::read(&args.paths, &file_context(writer.globals).await?)?;
    take(&files, "files", writer).await
}

/// What rows of files are completed from.
///
/// # Errors
/// Where the lake can't be read.
pub(super) async fn file_context(globals: &Globals) -> Result<FileContext, Failure> {
    let only_repository = only_repositories(globals).await?;
    Ok(FileContext { observed_at: globals.as_of, only_repository })
}

/// Keeps what a source made of files, and tells what was refused.
///
/// # Errors
/// Where the lake is locked or can't be written.
pub(super) async fn take(
    files: &[TableFile],
    source: &str,
    writer: &mut Writer<'_>,
) -> Result<(), Failure> {
    if writer.is_dry {
        would_take(files, source, writer);
        return Ok(());
    }
    writer.lock().await?;
    let (globals, lake) = (writer.globals, writer.lake);
    let start = Start::after(lake.checkpoint(source).await?);
    let mut page = OnePage::new(source, page(files));
    let written = pulled_whole(pull(lake, &mut page, start, globals.as_of).await?)?;
    globals.remark(&sentence(source, &written));
    for file in files.iter().filter(|file| file.duplicates_count > 0) {
        globals.remark(&format!(
            "{}: {} rows came again under the same key; the last of each counts",
            file.path.display(),
            file.duplicates_count
        ));
    }
    tell_refused(files, writer);
    Ok(())
}

/// Says how many rows there are, and what is wrong with the others.
fn would_take(files: &[TableFile], source: &str, writer: &mut Writer<'_>) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for file in files {
        *counts.entry(file.table.name).or_default() += file.rows.num_rows();
    }
    let counts: Vec<String> =
        counts.iter().map(|(table, rows)| format!("{rows} {table}")).collect();
    writer.globals.remark(&format!("{source} has {}; nothing was written", counts.join(", ")));
    tell_refused(files, writer);
}

fn page(files: &[TableFile]) -> Page {
    let refused = files.iter().flat_map(|file| {
        file.rejected.iter().map(|one| Refused {
            table: one.table_name.clone(),
            reason: format!("{}:{}: {}", file.path.display(), one.line, one.reason),
            record: one.record.clone(),
        })
    });
    Page {
        writes: files
            .iter()
            .map(|file| Write::Upsert(file.table.name, file.rows.clone()))
            .collect(),
        refused: refused.collect(),
        ..Page::default()
    }
}

/// Names the first records that were refused, and where all of them are.
fn tell_refused(files: &[TableFile], writer: &mut Writer<'_>) {
    let refused: usize = files.iter().map(|file| file.rejected.len()).sum();
    if refused == 0 {
        return;
    }
    for (file, one) in
        files.iter().flat_map(|file| file.rejected.iter().map(move |one| (file, one))).take(5)
    {
        writer.globals.remark(&format!("{}:{}: {}", file.path.display(), one.line, one.reason));
    }
    let where_to = if writer.is_dry { "" } else { "; all are in the table rejected_records" };
    writer.gap(&format!("{refused} rows were refused{where_to}"));
}

/// The repository of every service that has just one, under all its names; an empty text where
/// it has several.
async fn only_repositories(globals: &Globals) -> Result<HashMap<String, String>, Failure> {
    let sql = "with named as (
                 select service_id, service_id as name from service_repositories
                 union select service_id, alias from service_aliases where deleted_at is null)
               select name, case when count(distinct repository_id) = 1
                                 then min(repository_id) else '' end
               from service_repositories join named using (service_id)
               where deleted_at is null group by name";
    let rows = held(globals, &globals.lake, "service_repositories", sql).await?;
    Ok(rows.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect())
}
