use std::collections::HashSet;
use std::path::PathBuf;

use clap::Args;
use milepost_sources::cloudevents::{self, Known, SOURCE};

use super::ingest::{file_context, take, texts};
use crate::exit::{Exit, Failure};
use crate::globals::Globals;

/// Read events of pipelines and incident tools: CloudEvents, CDEvents, OpenTelemetry traces
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost ingest cloudevents events.ndjson
  milepost ingest cloudevents 2026-01-*.json
  collect-events | milepost ingest cloudevents -")]
pub(super) struct IngestCloudeventsArgs {
    /// Files of JSON: an event, an array of them, or one after the other; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    paths: Vec<PathBuf>,
}

pub(super) async fn run(args: IngestCloudeventsArgs, globals: &Globals) -> Result<Exit, Failure> {
    let (known, context) = (known(globals).await?, file_context(globals).await?);
    let read = || cloudevents::read(&args.paths, &known, &context);
    let events = tokio::task::block_in_place(read)?;
    let exit = take(&events.files, SOURCE, globals).await?;
    events.remarks.iter().for_each(|remark| globals.remark(&remark.text));
    Ok(exit)
}

/// What the lake holds that decides what events mean.
async fn known(globals: &Globals) -> Result<Known, Failure> {
    let mut known = Known::default();
    let sql = "select source_id, deployment_id from deployments \
               where source = 'cloudevents' and source_id is not null";
    for row in held(globals, "deployments", sql).await? {
        known.deployments.insert(row[0].clone(), row[1].clone());
    }
    let sql = "select incident_id, service_id, title, severity from incidents";
    for row in held(globals, "incidents", sql).await? {
        let columns = given(&["title", "severity"], &row[2..]);
        known.told.insert(("incidents".to_owned(), row[..2].to_vec()), columns);
    }
    let sql = "select pull_request_id, state from pull_requests where basis = 'recorded'";
    for row in held(globals, "pull_requests", sql).await? {
        let columns = given(&["state"], &row[1..]);
        known.told.insert(("pull_requests".to_owned(), row[..1].to_vec()), columns);
    }
    Ok(known)
}

/// The rows of a query of a table, none where the lake does not have it.
///
/// # Errors
/// Where the lake can't be read.
pub(super) async fn held(
    globals: &Globals,
    table: &str,
    sql: &str,
) -> Result<Vec<Vec<String>>, Failure> {
    let lake = &globals.lake;
    match lake.root().join(table).is_dir() {
        true => texts(globals, lake, sql).await,
        false => Ok(Vec::new()),
    }
}

/// The names whose values are not empty.
fn given(names: &[&str], values: &[String]) -> HashSet<String> {
    let named = names.iter().zip(values).filter(|(_, value)| !value.is_empty());
    named.map(|(name, _)| (*name).to_owned()).collect()
}
