use clap::Args;
use milepost_sources::cloudevents::{self, SOURCE};
use schemars::JsonSchema;
use serde::Deserialize;

use super::cloudevents::known;
use super::files::{file_context, take};
use crate::exit::Failure;
use crate::ingest::Writer;

/// Read events that were pushed to `milepost serve`; `ingest` without names begins with them
#[derive(Debug, Clone, Args, Deserialize, JsonSchema)]
#[command(after_help = "Examples:
  milepost ingest intake
  milepost ingest intake --dry-run")]
pub(crate) struct IngestIntakeArgs {}

pub(super) async fn run(writer: &mut Writer<'_>) -> Result<(), Failure> {
    if !read(writer).await? {
        writer.globals.remark("intake: nothing waits");
    }
    Ok(())
}

/// Reads what waits and takes it away once it is committed; `false` where nothing waits.
pub(super) async fn read(writer: &mut Writer<'_>) -> Result<bool, Failure> {
    if writer.lake.waiting()?.is_empty() {
        return Ok(false);
    }
    // Another ingest may be reading and taking away the same requests.
    writer.lock().await?;
    let requests = writer.lake.waiting()?;
    let (known, context) = (known(writer.globals).await?, file_context(writer.globals).await?);
    let events = tokio::task::block_in_place(|| cloudevents::read(&requests, &known, &context))?;
    take(&events.files, SOURCE, writer).await?;
    writer.tell(&events.remarks);
    if !writer.is_dry {
        writer.lake.take_away(&requests)?;
    }
    Ok(true)
}
