use std::path::Path;

use clap::{Args, Subcommand};

use super::ingest;
use crate::config::{SourceConfig, schema};
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::ingest::Writer;
use crate::output::print;
use crate::secret;

/// The configuration: whether it can be used, and its shape for editors
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    task: ConfigTask,
}

#[derive(Debug, Subcommand)]
enum ConfigTask {
    Check(CheckArgs),
    Schema(SchemaArgs),
}

/// Check the configuration: its keys and values, files, and secrets; with --online the servers too
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost config check
  milepost config check --online")]
struct CheckArgs {
    /// Ask the servers as well, and say what reading each source would take
    #[arg(long)]
    online: bool,
}

/// Print the JSON Schema of milepost.toml, for editors
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost config schema > milepost.schema.json
  (first line of milepost.toml) #:schema ./milepost.schema.json")]
struct SchemaArgs {}

pub(crate) async fn run(args: ConfigArgs, globals: &Globals) -> Result<Exit, Failure> {
    match args.task {
        ConfigTask::Schema(_) => {
            let schema = serde_json::to_string_pretty(&schema())
                .map_err(|error| Failure::failed("failed to write the schema", error))?;
            print(&(schema + "\n"))?;
            Ok(Exit::Done)
        }
        ConfigTask::Check(args) => check(&args, globals).await,
    }
}

/// The file was read and found sound already, or there would be no `globals`.
async fn check(args: &CheckArgs, globals: &Globals) -> Result<Exit, Failure> {
    let Some(path) = &globals.config.path else {
        return Err(Failure::Usage(
            "there is no configuration; `milepost init` writes one, `--config` names one"
                .to_owned(),
        ));
    };
    globals.remark(&format!("{} is sound: {}", path.display(), sources(&globals.config.source)));
    let mut writer = Writer::new(globals, &globals.lake).that_writes_nothing();
    for source in &globals.config.source {
        if let Err(fault) = offline(source, path, globals) {
            writer.gap(&format!("source {}: {fault}", source.name));
        } else if args.online {
            ingest::configured(source, &mut writer).await?;
        }
    }
    for report in &globals.config.report {
        for fault in report.secrets().filter_map(|name| secret::of_env(name).err()) {
            writer.gap(&format!("report {}: {fault}", report.name.name()));
        }
    }
    for fault in globals.config.serve.secrets().filter_map(|name| secret::of_env(name).err()) {
        writer.gap(&format!("serve: {fault}"));
    }
    match writer.finish().await? {
        Exit::Done => Ok(Exit::Done),
        _ => Ok(Exit::Unsound),
    }
}

fn sources(sources: &[SourceConfig]) -> String {
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    match names.len() {
        0 => "no sources".to_owned(),
        1 => format!("1 source, {}", names[0]),
        count => format!("{count} sources, {}", names.join(", ")),
    }
}

/// What can be said of a source without asking anyone.
fn offline(source: &SourceConfig, config: &Path, globals: &Globals) -> Result<(), String> {
    if let Some(path) = source.source.paths().into_iter().find(|path| !path.exists()) {
        return Err(format!(
            "there is no {}; paths are taken from the folder of {}",
            path.display(),
            config.display()
        ));
    }
    let token = source.source.token().map(|token| token.token(globals.config.is_users_own));
    token.transpose().map(|_| ()).map_err(|failure| failure.to_string())
}
