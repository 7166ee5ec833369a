use std::path::PathBuf;

use clap::Args;
use milepost_sources::json::{self, Mapped, Mapping};

use super::ingest::{file_context, take};
use crate::exit::{Exit, Failure};
use crate::globals::Globals;

/// Read what another tool exports as JSON, by a mapping from its records to tables
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(super) struct IngestJsonArgs {
    /// Files of JSON documents; `-` for the standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Mapping that comes with Milepost, or the path of your own `.toml`
    #[arg(long, value_name = "NAME")]
    map: String,
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

pub(super) async fn run(args: IngestJsonArgs, globals: &Globals) -> Result<Exit, Failure> {
    let context = file_context(globals).await?;
    let (name, mapped) = read(&args, &context)?;
    let left_out: usize = mapped.iter().map(|one| one.left_out).sum();
    let files: Vec<_> = mapped.into_iter().map(|one| one.file).collect();
    let exit = take(&files, &format!("json:{name}"), globals).await?;
    if left_out > 0 {
        globals.remark(&format!(
            "{left_out} records are not what the mapping `{name}` takes (its `where`), such as what still runs"
        ));
    }
    Ok(exit)
}

/// The mapping's name and what the files became by it.
fn read(
    args: &IngestJsonArgs,
    context: &milepost_sources::files::FileContext,
) -> Result<(String, Vec<Mapped>), Failure> {
    let mapping = Mapping::named(&args.map)?;
    let mapped = json::read(&args.files, &mapping, context)?;
    Ok((mapping.name, mapped))
}
