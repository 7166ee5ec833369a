use std::collections::HashSet;
use std::path::PathBuf;

use clap::Args;
use milepost_sources::cloudevents::{self, Known, SOURCE};
use schemars::JsonSchema;
use serde::Deserialize;

use super::files::{file_context, take};
use crate::answer::held;
use crate::exit::Failure;
use crate::globals::Globals;
use crate::ingest::Writer;

/// Read events of pipelines and incident tools: CloudEvents, CDEvents, OpenTelemetry traces
#[derive(Debug, Clone, Args, Deserialize, JsonSchema)]
#[command(after_help = "Examples:
  milepost ingest cloudevents events.ndjson
  milepost ingest cloudevents 2026-01-*.json
  collect-events | milepost ingest cloudevents -")]
pub(crate) struct IngestCloudeventsArgs {
    /// Files of JSON: an event, an array of them, or one after the other; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub(super) paths: Vec<PathBuf>,
}

pub(super) async fn run(
    args: &IngestCloudeventsArgs,
    writer: &mut Writer<'_>,
) -> Result<(), Failure> {
    let (known, context) = (known(writer.globals).await?, file_context(writer.globals).await?);
    let read = || cloudevents::read(&args.paths, &known, &context);
    let events = tokio::task::block_in_place(read)?;
    take(&events.files, SOURCE, writer).await?;
    writer.tell(&events.remarks);
    Ok(())
}

/// What the lake holds that decides what events mean.
pub(super) async fn known(globals: &Globals) -> Result<Known, Failure> {
    let mut known = Known::default();
    let sql = "select source_id, deployment_id from deployments \
               where source = 'cloudevents' and source_id is not null";
    for row in held(globals, &globals.lake, "deployments", sql).await? {
        known.deployments.insert(row[0].clone(), row[1].clone());
    }
    let sql = "select incident_id, service_id, title, severity from incidents";
    for row in held(globals, &globals.lake, "incidents", sql).await? {
        let columns = given(&["title", "severity"], &row[2..]);
        known.told.insert(("incidents".to_owned(), row[..2].to_vec()), columns);
    }
    let sql = "select pull_request_id, state from pull_requests where basis = 'recorded'";
    for row in held(globals, &globals.lake, "pull_requests", sql).await? {
        let columns = given(&["state"], &row[1..]);
        known.told.insert(("pull_requests".to_owned(), row[..1].to_vec()), columns);
    }
    Ok(known)
}

/// The names whose values are not empty.
fn given(names: &[&str], values: &[String]) -> HashSet<String> {
    let named = names.iter().zip(values).filter(|(_, value)| !value.is_empty());
    named.map(|(name, _)| (*name).to_owned()).collect()
}
