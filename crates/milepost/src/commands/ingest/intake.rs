use std::path::PathBuf;

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
    for requests in portions(writer.lake.waiting()?) {
        let (known, context) = (known(writer.globals).await?, file_context(writer.globals).await?);
        let read = || cloudevents::read(&requests, &known, &context);
        let events = tokio::task::block_in_place(read)?;
        take(&events.files, SOURCE, writer).await?;
        writer.tell(&events.remarks);
        if !writer.is_dry {
            writer.lake.take_away(&requests)?;
        }
    }
    Ok(true)
}

/// What is read, committed and taken away together: as much as memory surely holds.
const PORTION_BYTES: u64 = 16 << 20;

/// The requests in their order, cut so that what was never ingested for weeks is read bit by bit.
fn portions(requests: Vec<PathBuf>) -> Vec<Vec<PathBuf>> {
    let mut portions: Vec<Vec<PathBuf>> = Vec::new();
    let mut left = 0;
    for path in requests {
        let size = std::fs::metadata(&path).map_or(0, |file| file.len()).max(1);
        match portions.last_mut().filter(|_| size <= left) {
            Some(portion) => portion.push(path),
            None => {
                portions.push(vec![path]);
                left = PORTION_BYTES;
            }
        }
        left = left.saturating_sub(size);
    }
    portions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_cut_into_portions_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = (0..5)
            .map(|number| {
                let path = folder.path().join(number.to_string());
                std::fs::File::create(&path).unwrap().set_len(6 << 20).unwrap();
                path
            })
            .collect();
        let portions = portions(paths.clone());
        assert_eq!(portions.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
        assert_eq!(portions.concat(), paths);
    }
}
