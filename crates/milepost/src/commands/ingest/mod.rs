//! One file a kind of source.

mod backstage;
mod cloudevents;
mod codeowners;
mod copilot;
pub(super) mod files;
pub(super) mod git;
mod github;
mod gitops;
mod intake;
mod jira;
mod json;
mod pagerduty;
mod replay;
mod server;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use schemars::JsonSchema;
use serde::Deserialize;

use backstage::IngestBackstageArgs;
use cloudevents::IngestCloudeventsArgs;
use codeowners::IngestCodeownersArgs;
use files::IngestFilesArgs;
use git::IngestGitArgs;
use github::IngestGithubArgs;
use gitops::IngestGitopsArgs;
use intake::IngestIntakeArgs;
use jira::IngestJiraArgs;
use json::IngestJsonArgs;
use pagerduty::IngestPagerdutyArgs;

use crate::config::SourceConfig;
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::ingest::Writer;
use crate::secret::TokenArgs;

/// Read events into the lake; reading again adds only what is new
#[derive(Debug, Args)]
#[command(
    subcommand_value_name = "KIND",
    subcommand_help_heading = "Kinds of sources, read without a configuration",
    after_help = "Examples:
  milepost ingest
  milepost ingest acme-github surveys
  milepost ingest git ."
)]
pub(crate) struct IngestArgs {
    /// Sources of the configuration, by name [default: all of them]
    #[arg(value_name = "SOURCE")]
    names: Vec<String>,
    /// Read again what was kept of earlier answers of servers, without asking anyone
    #[arg(long, conflicts_with_all = ["names", "dry_run"])]
    replay: bool,
    /// Say what would be read and what it would cost, and write nothing
    #[arg(long, global = true)]
    dry_run: bool,
    #[command(subcommand)]
    source: Option<IngestSource>,
}

/// Where events come from.
#[derive(Debug, Clone, Subcommand, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum IngestSource {
    Git(IngestGitArgs),
    Github(IngestGithubArgs),
    Pagerduty(IngestPagerdutyArgs),
    Jira(IngestJiraArgs),
    Gitops(IngestGitopsArgs),
    Files(IngestFilesArgs),
    Cloudevents(IngestCloudeventsArgs),
    Json(IngestJsonArgs),
    Backstage(IngestBackstageArgs),
    Codeowners(IngestCodeownersArgs),
    Intake(IngestIntakeArgs),
}

impl IngestSource {
    /// The words for all kinds.
    pub(crate) const KINDS: [&str; 11] = [
        "git",
        "github",
        "pagerduty",
        "jira",
        "gitops",
        "files",
        "cloudevents",
        "json",
        "backstage",
        "codeowners",
        "intake",
    ];

    /// What the types alone can't say of a configured source.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(crate) fn check(&self) -> Result<(), String> {
        match self {
            IngestSource::Git(args) => args.check(),
            IngestSource::Github(args) => args.check(),
            IngestSource::Pagerduty(args) => args.check(),
            IngestSource::Jira(args) => args.check(),
            _ => Ok(()),
        }
    }

    /// The word for its kind.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            IngestSource::Git(_) => "git",
            IngestSource::Github(_) => "github",
            IngestSource::Pagerduty(_) => "pagerduty",
            IngestSource::Jira(_) => "jira",
            IngestSource::Gitops(_) => "gitops",
            IngestSource::Files(_) => "files",
            IngestSource::Cloudevents(_) => "cloudevents",
            IngestSource::Json(_) => "json",
            IngestSource::Backstage(_) => "backstage",
            IngestSource::Codeowners(_) => "codeowners",
            IngestSource::Intake(_) => "intake",
        }
    }

    /// The files and folders that it reads.
    pub(crate) fn paths(&self) -> Vec<&Path> {
        match self {
            IngestSource::Git(args) => args.paths(),
            IngestSource::Github(_)
            | IngestSource::Pagerduty(_)
            | IngestSource::Jira(_)
            | IngestSource::Intake(_) => Vec::new(),
            IngestSource::Gitops(args) => vec![args.path.as_path()],
            IngestSource::Files(args) => as_paths(&args.paths),
            IngestSource::Cloudevents(args) => as_paths(&args.paths),
            IngestSource::Json(args) => as_paths(&args.paths),
            IngestSource::Backstage(args) => as_paths(&args.paths),
            IngestSource::Codeowners(args) => vec![args.path.as_path()],
        }
    }

    /// Where its token is, for sources that have one.
    pub(crate) fn token(&self) -> Option<&TokenArgs> {
        match self {
            IngestSource::Git(args) => Some(&args.token),
            IngestSource::Github(args) => Some(&args.token),
            IngestSource::Pagerduty(args) => Some(&args.token),
            IngestSource::Jira(args) => Some(&args.token),
            _ => None,
        }
    }

    /// Takes its relative paths from that folder on.
    pub(crate) fn within(&mut self, folder: &Path) {
        let all = |paths: &mut Vec<PathBuf>| {
            paths.iter_mut().for_each(|path| *path = folder.join(&*path));
        };
        match self {
            IngestSource::Git(args) => args.within(folder),
            IngestSource::Github(args) => args.token.within(folder),
            IngestSource::Pagerduty(args) => args.token.within(folder),
            IngestSource::Jira(args) => args.token.within(folder),
            IngestSource::Gitops(args) => args.path = folder.join(&args.path),
            IngestSource::Files(args) => all(&mut args.paths),
            IngestSource::Cloudevents(args) => all(&mut args.paths),
            IngestSource::Json(args) => args.within(folder),
            IngestSource::Backstage(args) => all(&mut args.paths),
            IngestSource::Codeowners(args) => args.path = folder.join(&args.path),
            IngestSource::Intake(_) => {}
        }
    }

    async fn read(&self, writer: &mut Writer<'_>) -> Result<(), Failure> {
        match self {
            IngestSource::Git(args) => git::run(args, writer).await,
            IngestSource::Github(args) => github::run(args, writer).await,
            IngestSource::Pagerduty(args) => pagerduty::run(args, writer).await,
            IngestSource::Jira(args) => jira::run(args, writer).await,
            IngestSource::Gitops(args) => gitops::run(args, writer).await,
            IngestSource::Files(args) => files::run(args, writer).await,
            IngestSource::Cloudevents(args) => cloudevents::run(args, writer).await,
            IngestSource::Json(args) => json::run(args, writer).await,
            IngestSource::Backstage(args) => backstage::run(args, writer).await,
            IngestSource::Codeowners(args) => codeowners::run(args, writer).await,
            IngestSource::Intake(_) => intake::run(writer).await,
        }
    }
}

fn as_paths(paths: &[PathBuf]) -> Vec<&Path> {
    paths.iter().map(PathBuf::as_path).collect()
}

pub(crate) async fn run(args: IngestArgs, globals: &Globals) -> Result<Exit, Failure> {
    let mut writer = Writer::new(globals, &globals.lake);
    if let (Some(source), Some(name)) = (&args.source, args.names.first()) {
        return Err(Failure::Usage(format!(
            "`{name}` before `{}` is the name of a source; read one of the configuration by its name, or one without a configuration by its kind",
            source.kind()
        )));
    }
    if args.dry_run {
        writer = writer.that_writes_nothing();
    }
    match &args.source {
        Some(source) => source.read(&mut writer).await?,
        None if args.replay => replay::run(&mut writer).await?,
        None => {
            let waits = args.names.is_empty() && !globals.lake.waiting()?.is_empty();
            if waits {
                Planned::Pushed.read(&mut writer).await?;
            }
            if !waits || !globals.config.source.is_empty() {
                for source in chosen(&args.names, globals)? {
                    configured(source, &mut writer).await?;
                }
            }
        }
    }
    writer.finish().await
}

/// Something that an ingest of everything reads.
pub(crate) enum Planned<'a> {
    /// What was pushed, which needs no configuration.
    Pushed,
    /// A source of the configuration.
    Source(&'a SourceConfig),
}

/// All that there is to read, in order.
///
/// # Errors
/// Where the lake can't be read.
pub(crate) fn planned(globals: &Globals) -> Result<Vec<Planned<'_>>, Failure> {
    let waits = !globals.lake.waiting()?.is_empty();
    let pushed = waits.then_some(Planned::Pushed);
    Ok(pushed.into_iter().chain(globals.config.source.iter().map(Planned::Source)).collect())
}

impl Planned<'_> {
    /// What it is called in sentences.
    pub(crate) fn name(&self) -> String {
        match self {
            Planned::Pushed => "pushed events".to_owned(),
            Planned::Source(source) => format!("source {}", source.name),
        }
    }

    /// Reads it. One that can't be read holds up no other.
    ///
    /// # Errors
    /// Where the lake can't be written.
    pub(crate) async fn read(&self, writer: &mut Writer<'_>) -> Result<(), Failure> {
        match self {
            Planned::Pushed => {
                let read = intake::read(writer).await.map(|_| ());
                or_gap("intake", read, writer)
            }
            Planned::Source(source) => configured(source, writer).await,
        }
    }
}

/// Reads a source of the configuration. One that can't be read holds up no other.
pub(super) async fn configured(
    source: &SourceConfig,
    writer: &mut Writer<'_>,
) -> Result<(), Failure> {
    let read = source.source.read(writer).await;
    or_gap(&format!("source {}", source.name), read, writer)
}

/// Names what could not be read as a gap, so that the rest is read all the same.
fn or_gap(name: &str, read: Result<(), Failure>, writer: &mut Writer<'_>) -> Result<(), Failure> {
    match read {
        Err(Failure::Failed(text) | Failure::Usage(text)) => {
            writer.gap(&format!("{name}: {text}"));
            Ok(())
        }
        read => read,
    }
}

/// The sources of the configuration that are named; all of them where none is.
fn chosen<'a>(names: &[String], globals: &'a Globals) -> Result<Vec<&'a SourceConfig>, Failure> {
    let sources = &globals.config.source;
    if sources.is_empty() {
        let place = match &globals.config.path {
            Some(path) => format!("the configuration {} has no [[source]]", path.display()),
            None => "there is no configuration".to_owned(),
        };
        return Err(Failure::Usage(format!(
            "{place}; `milepost init` writes one, and `milepost ingest --help` shows what can be read without"
        )));
    }
    if let Some(name) = names.iter().find(|name| sources.iter().all(|one| one.name != **name)) {
        let known: Vec<&str> = sources.iter().map(|one| one.name.as_str()).collect();
        return Err(Failure::Usage(format!(
            "the configuration has no source `{name}`; it has {}",
            known.join(", ")
        )));
    }
    let is_chosen = |one: &&SourceConfig| names.is_empty() || names.contains(&one.name);
    Ok(sources.iter().filter(is_chosen).collect())
}
