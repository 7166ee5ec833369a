use std::path::{Path, PathBuf};

use clap::Args;
use milepost_sources::json::{self, Mapped, Mapping};
use schemars::JsonSchema;
use serde::Deserialize;

use super::files::{file_context, take};
use crate::exit::Failure;
use crate::ingest::Writer;

/// Read what another tool exports as JSON, by a mapping from its records to tables
#[derive(Debug, Clone, Args, Deserialize, JsonSchema)]
#[command(after_help = after_help())]
pub(crate) struct IngestJsonArgs {
    /// Files of JSON documents; `-` for the standard input
    #[arg(required = true, value_name = "FILE")]
    pub(super) paths: Vec<PathBuf>,
    /// Mapping that comes with Milepost, or the path of your own `.toml`
    #[arg(long, value_name = "NAME")]
    map: String,
}

impl IngestJsonArgs {
    /// Takes relative paths from that folder on.
    pub(super) fn within(&mut self, folder: &Path) {
        self.paths.iter_mut().for_each(|path| *path = folder.join(&*path));
        if self.map.ends_with(".toml") {
            self.map = folder.join(&self.map).to_string_lossy().into_owned();
        }
    }
}

fn after_help() -> String {
    format!(
        "Examples:
  milepost ingest json apps.json --map argocd
  kubectl get databases -A -o json | milepost ingest json - --map crossplane
  milepost ingest json export.json --map ./our-tool.toml

Mappings: {}",
        json::names().join(", ")
    )
}

pub(super) async fn run(args: &IngestJsonArgs, writer: &mut Writer<'_>) -> Result<(), Failure> {
    let context = file_context(writer.globals).await?;
    let (name, mapped) = read(args, &context)?;
    let left_out: usize = mapped.iter().map(|one| one.left_out).sum();
    let files: Vec<_> = mapped.into_iter().map(|one| one.file).collect();
    take(&files, &format!("json:{name}"), writer).await?;
    if left_out > 0 {
        writer.globals.remark(&format!(
            "{left_out} records are not what the mapping `{name}` takes (its `where`), such as what still runs"
        ));
    }
    Ok(())
}

/// The mapping's name and what the files became by it.
fn read(
    args: &IngestJsonArgs,
    context: &milepost_sources::files::FileContext,
) -> Result<(String, Vec<Mapped>), Failure> {
    let mapping = Mapping::named(&args.map)?;
    let mapped = json::read(&args.paths, &mapping, context)?;
    Ok((mapping.name, mapped))
}
