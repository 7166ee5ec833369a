//! Answers of servers that were kept, read again: a reader that was mended needs no server.

use chrono::DateTime;
use milepost_sources::github::{COPILOT, CopilotReader, Unit};
use milepost_sources::{Kept, KeptPage, Source, jira, pagerduty};

use super::github;
use crate::answer::held;
use crate::exit::Failure;
use crate::ingest::{Start, Writer, pull, sentence};

/// # Errors
/// Where the lake can't be read or written.
pub(super) async fn run(writer: &mut Writer<'_>) -> Result<(), Failure> {
    writer.lock().await?;
    let (globals, lake) = (writer.globals, writer.lake);
    let sql = "select source, run_id from raw_pages group by source, run_id \
               order by source, min(observed_at), run_id";
    let runs = held(globals, lake, "raw_pages", sql).await?;
    if runs.is_empty() {
        globals.remark("no answer of a server is kept yet; there is nothing to read again");
    }
    for row in runs {
        let (name, run_id) = (&row[0], &row[1]);
        let pages = pages(run_id, writer).await?;
        let last = lake.checkpoint(name).await?;
        let cursor = last.as_ref().and_then(|last| last.cursor.clone());
        let Some(mut source) = kept(name, pages, cursor, writer).await? else { continue };
        let pulled = pull(lake, &mut source, Start::after(last), globals.as_of).await?;
        globals.remark(&sentence(run_id, &pulled.written));
        if let Some(failure) = pulled.failure {
            writer.gap(&failure.to_string());
        }
    }
    Ok(())
}

/// The pages as a source; `None`, and a gap, where nothing reads them any more.
async fn kept(
    name: &str,
    pages: Vec<KeptPage>,
    cursor: Option<String>,
    writer: &mut Writer<'_>,
) -> Result<Option<impl Source + Send + use<>>, Failure> {
    if name.starts_with(pagerduty::PREFIX) {
        return Ok(Some(Kept::new(name, pagerduty::Reader, pages, cursor)));
    }
    if name.starts_with(jira::PREFIX) {
        return Ok(Some(Kept::new(name, jira::Reader, pages, cursor)));
    }
    let Some((repository_id, kind)) = Unit::parts_of(name) else { return Ok(None) };
    if kind == COPILOT {
        return Ok(Some(Kept::new(name, CopilotReader, pages, cursor)));
    }
    match github::reader(repository_id, kind, writer).await? {
        Some(reader) => Ok(Some(Kept::new(name, reader, pages, cursor))),
        None => {
            writer.gap(&format!("{name}: nothing reads any more what was kept of it"));
            Ok(None)
        }
    }
}

/// The pages that a run kept.
async fn pages(run_id: &str, writer: &Writer<'_>) -> Result<Vec<KeptPage>, Failure> {
    let sql = format!(
        "select form, observed_at, body from raw_pages where run_id = '{}' order by ordinal",
        run_id.replace('\'', "''")
    );
    let rows = held(writer.globals, writer.lake, "raw_pages", &sql).await?;
    let page = |row: Vec<String>| {
        let [form, at, body] = <[String; 3]>::try_from(row).ok()?;
        Some((form, DateTime::parse_from_rfc3339(&at).ok()?.to_utc(), body))
    };
    Ok(rows.into_iter().filter_map(page).collect())
}
