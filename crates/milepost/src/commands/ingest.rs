use std::collections::HashMap;
use std::path::PathBuf;

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use clap::{Args, Subcommand};
use milepost_analytics::facts_session;
use milepost_events::batch;
use milepost_events::tables::RejectedRecord;
use milepost_lake::{Checkpoint, Lake, Written};
use milepost_sources::files::{self, FileContext, TableFile};
use milepost_sources::git::{DeploymentsFrom, GitOptions, GitSource};
use milepost_sources::gitops::Configuration;
use milepost_sources::{Remark, Source};

use super::backstage::{self, IngestBackstageArgs};
use super::cloudevents::{self, IngestCloudeventsArgs};
use super::codeowners::{self, IngestCodeownersArgs};
use super::github::{self, IngestGithubArgs};
use super::gitops::{self, IngestGitopsArgs};
use super::json::{self, IngestJsonArgs};
use crate::answer;
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::ingest::{Pulled, Start, pull, refresh, sentence};
use crate::progress::Bar;

/// Read events into the lake; reading again adds only what is new
#[derive(Debug, Args)]
pub(crate) struct IngestArgs {
    #[command(subcommand)]
    source: IngestSource,
}

#[derive(Debug, Subcommand)]
enum IngestSource {
    Git(IngestGitArgs),
    Github(IngestGithubArgs),
    Gitops(IngestGitopsArgs),
    Files(IngestFilesArgs),
    Cloudevents(IngestCloudeventsArgs),
    Json(IngestJsonArgs),
    Backstage(IngestBackstageArgs),
    Codeowners(IngestCodeownersArgs),
}

/// Read a git repository: commits, and deployments and pull requests deduced from them
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost ingest git .
  milepost ingest git /srv/git/shop.git --repository github.com/acme/shop --deployments-from-tags 'release/*'
  milepost ingest git ~/src/shop --gitops ~/src/clusters")]
struct IngestGitArgs {
    /// Repository, bare or not, or a folder within one
    path: PathBuf,
    #[command(flatten)]
    git: GitArgs,
}

/// Flags of commands that read a git repository.
#[derive(Debug, Clone, Args)]
pub(crate) struct GitArgs {
    /// Name to keep the repository under [default: the origin remote's host/owner/name, else the folder's name]
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
    /// Take the tags that match for deployments; `*` matches also across `/` [default: stable version tags]
    #[arg(long, value_name = "GLOB")]
    deployments_from_tags: Option<String>,
    /// Take every change of the default branch's first-parent line for deployed
    #[arg(long, conflicts_with = "deployments_from_tags")]
    deployments_from_branch: bool,
    /// Take deployments from the history of this configuration repository: an image's tag or digest that changes in an environment's manifests
    #[arg(long, value_name = "PATH", conflicts_with_all = ["deployments_from_tags", "deployments_from_branch"])]
    gitops: Option<PathBuf>,
    /// Read what all branches reach, not only HEAD and the tags
    #[arg(long)]
    all_branches: bool,
}

impl GitArgs {
    pub(crate) fn options(&self, globals: &Globals) -> GitOptions {
        GitOptions {
            repository_id: self.repository.clone(),
            deployments_from: match (&self.deployments_from_tags, self.deployments_from_branch) {
                (Some(pattern), _) => DeploymentsFrom::Tags(pattern.clone()),
                (None, true) => DeploymentsFrom::Branch,
                (None, false) => DeploymentsFrom::VersionTags,
            },
            all_branches: self.all_branches,
            observed_at: globals.as_of,
            tag_prefixes: Vec::new(),
            deployed_elsewhere: Vec::new(),
        }
    }

    /// The configuration repository that deployments come from.
    ///
    /// # Errors
    /// Where it is none or can't be opened.
    pub(crate) fn configuration(
        &self,
        globals: &Globals,
    ) -> Result<Option<Configuration>, Failure> {
        let open = |path: &PathBuf| Configuration::open(path, None, globals.as_of);
        Ok(self.gitops.as_ref().map(open).transpose()?)
    }
}

/// Read rows of tables from CSV, NDJSON or Parquet files; a file's stem is its table
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost ingest files incidents.csv deployments.ndjson
  milepost ingest files exports/")]
struct IngestFilesArgs {
    /// Files, or directories of files
    #[arg(required = true)]
    paths: Vec<PathBuf>,
}

pub(crate) async fn run(args: IngestArgs, globals: &Globals) -> Result<Exit, Failure> {
    match args.source {
        IngestSource::Git(args) => {
            let opened = GitSource::open(&args.path, args.git.options(globals))?;
            let configuration = args.git.configuration(globals)?;
            let (sentences, exit) = git(opened, configuration, globals, &globals.lake).await?;
            sentences.iter().for_each(|sentence| globals.remark(sentence));
            Ok(exit)
        }
        IngestSource::Github(args) => github::run(args, globals).await,
        IngestSource::Gitops(args) => gitops::run(args, globals).await,
        IngestSource::Files(args) => from_files(&args.paths, globals).await,
        IngestSource::Cloudevents(args) => cloudevents::run(args, globals).await,
        IngestSource::Json(args) => json::run(args, globals).await,
        IngestSource::Backstage(args) => backstage::run(args, globals).await,
        IngestSource::Codeowners(args) => codeowners::run(args, globals).await,
    }
}

/// Reads an opened repository into the lake, and the configuration that deploys it where one is
/// given; brings the derived tables up to it, and tells what was left out. Gives a sentence for
/// each source.
///
/// # Errors
/// Where a repository can't be read, or the lake is locked or can't be written.
pub(crate) async fn git(
    opened: milepost_sources::git::Opened,
    configuration: Option<Configuration>,
    globals: &Globals,
    lake: &Lake,
) -> Result<(Vec<String>, Exit), Failure> {
    let _lock = lake.lock(globals.wait).await?;
    let (sentences, remarks) = read_git(opened, configuration, globals, lake).await?;
    let exit = finish(&remarks, globals, lake).await?;
    Ok((sentences, exit))
}

/// Reads an opened repository into the lake; the caller holds its lock and finishes. Gives a
/// sentence for each source and what was left out.
///
/// # Errors
/// Where a repository can't be read, or the lake can't be written.
pub(super) async fn read_git(
    mut opened: milepost_sources::git::Opened,
    configuration: Option<Configuration>,
    globals: &Globals,
    lake: &Lake,
) -> Result<(Vec<String>, Vec<Remark>), Failure> {
    let mut remarks = opened.check()?;
    let name = opened.source_name();
    let repository_id = opened.repository_id().to_owned();
    let last = lake.checkpoint(&name).await?;
    opened.set_tag_prefixes(tag_prefixes(globals, lake, opened.repository_id()).await?);
    // Before anything is written: what the configuration deploys has no deployments from tags.
    let configured = match configuration {
        None => None,
        Some(configuration) => {
            let application = opened.application()?;
            let configured =
                gitops::survey(configuration, Some(&application), globals, lake).await?;
            opened.set_deployed_elsewhere(configured.services.clone());
            Some(configured)
        }
    };
    let bar = Bar::new(globals, "reading commits");
    let cursor = last.as_ref().and_then(|last| last.cursor.as_deref());
    let source = tokio::task::block_in_place(|| opened.read(cursor, bar.callback()))?;
    let mut written = Written::default();
    if let Some(mut source) = source {
        written = pulled_whole(pull(lake, &mut source, Start::after(last), globals.as_of).await?)?;
        remarks.extend(source.remarks());
    }
    drop(bar);
    if written.changed.contains_key("commits") {
        remarks.extend(lost(globals, lake, &repository_id).await?);
    }
    let mut sentences = vec![sentence(&name, &written)];
    if let Some(configured) = configured {
        sentences.push(gitops::keep(configured, &mut remarks, globals, lake).await?);
    }
    Ok((sentences, remarks))
}

/// What a source gave that is read to its end or not at all.
///
/// # Errors
/// Where it ended before.
pub(super) fn pulled_whole(pulled: Pulled) -> Result<Written, Failure> {
    match pulled.failure {
        Some(failure) => Err(failure.into()),
        None => Ok(pulled.written),
    }
}

/// Tells what was left out and brings the derived tables up to the facts.
///
/// # Errors
/// Where the lake can't be read or written.
pub(super) async fn finish(
    remarks: &[Remark],
    globals: &Globals,
    lake: &Lake,
) -> Result<Exit, Failure> {
    remarks.iter().for_each(|remark| globals.remark(&remark.text));
    refresh(globals, lake).await?;
    let has_gaps = remarks.iter().any(|remark| remark.is_gap);
    Ok(if has_gaps { Exit::Gaps } else { Exit::Done })
}

/// Says how many commits this ingest found that nothing reaches any more.
async fn lost(
    globals: &Globals,
    lake: &Lake,
    repository_id: &str,
) -> Result<Option<Remark>, Failure> {
    let sql = format!(
        "select count(*) from commits where repository_id = '{}' and deleted_at = to_timestamp_micros({})",
        repository_id.replace('\'', "''"),
        globals.as_of.timestamp_micros()
    );
    let rows = texts(globals, lake, &sql).await?;
    let count = rows.first().map_or("0", |row| row[0].as_str());
    let (which, they) = match count {
        "0" => return Ok(None),
        "1" => ("1 commit that was read earlier is".to_owned(), "it stays"),
        count => (format!("{count} commits that were read earlier are"), "they stay"),
    };
    let text = format!(
        "{which} reached by nothing that is read now (history was rewritten, or a tag or branch is gone); {they}, marked as deleted"
    );
    Ok(Some(Remark { text, is_gap: false }))
}

/// Tag prefixes that the catalogue maps to services, recorded ones only.
async fn tag_prefixes(
    globals: &Globals,
    lake: &Lake,
    repository_id: &str,
) -> Result<Vec<(String, String)>, Failure> {
    if !lake.root().join("service_repositories").is_dir() {
        return Ok(Vec::new());
    }
    let sql = "select tag_prefix, service_id, repository_id from service_repositories \
               where tag_prefix is not null and basis = 'recorded' and deleted_at is null \
               order by tag_prefix, service_id";
    let rows = texts(globals, lake, sql).await?;
    Ok(rows
        .into_iter()
        .filter(|row| row[2] == repository_id)
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect())
}

async fn from_files(paths: &[PathBuf], globals: &Globals) -> Result<Exit, Failure> {
    let files = files::read(paths, &file_context(globals).await?)?;
    take(&files, "files", globals).await
}

/// What rows of files are completed from.
///
/// # Errors
/// Where the lake can't be read.
pub(super) async fn file_context(globals: &Globals) -> Result<FileContext, Failure> {
    let only_repository = only_repositories(globals, &globals.lake).await?;
    Ok(FileContext { observed_at: globals.as_of, only_repository })
}

/// Keeps what a source made of files, brings the derived tables up to it, and tells what was
/// refused.
///
/// # Errors
/// Where the lake is locked or can't be written.
pub(super) async fn take(
    files: &[TableFile],
    source: &str,
    globals: &Globals,
) -> Result<Exit, Failure> {
    let lake = &globals.lake;
    let _lock = lake.lock(globals.wait).await?;
    let last = lake.checkpoint(source).await?;
    let written = keep(files, source, globals, last.as_ref()).await?;
    refresh(globals, lake).await?;
    globals.remark(&sentence(source, &written));
    for file in files.iter().filter(|file| file.duplicates_count > 0) {
        globals.remark(&format!(
            "{}: {} rows came again under the same key; the last of each counts",
            file.path.display(),
            file.duplicates_count
        ));
    }
    Ok(tell_refused(files, globals))
}

/// Names the first records that were refused, and where all of them are.
fn tell_refused(files: &[TableFile], globals: &Globals) -> Exit {
    let refused: usize = files.iter().map(|file| file.rejected.len()).sum();
    if refused == 0 {
        return Exit::Done;
    }
    for (file, one) in
        files.iter().flat_map(|file| file.rejected.iter().map(move |one| (file, one))).take(5)
    {
        globals.remark(&format!("{}:{}: {}", file.path.display(), one.line, one.reason));
    }
    globals.remark(&format!("{refused} rows were refused; all are in the table rejected_records"));
    Exit::Gaps
}

async fn keep(
    files: &[TableFile],
    source: &str,
    globals: &Globals,
    last: Option<&Checkpoint>,
) -> Result<Written, Failure> {
    let mut ingest = globals.lake.begin(source, last).await?;
    let run_id = ingest.run_id();
    let mut rejected = Vec::new();
    for file in files {
        ingest.upsert(file.table.name, file.rows.clone())?;
        for one in &file.rejected {
            rejected.push(RejectedRecord {
                run_id: run_id.clone(),
                ordinal: rejected.len() as i64 + 1,
                table_name: one.table_name.clone(),
                reason: format!("{}:{}: {}", file.path.display(), one.line, one.reason),
                record: one.record.clone(),
            });
        }
    }
    let count = rejected.len();
    if count > 0 {
        let rows = batch(&rejected)
            .map_err(|error| Failure::failed("failed to keep the refused rows", error))?;
        ingest.upsert("rejected_records", rows)?;
    }
    let version = env!("CARGO_PKG_VERSION");
    Ok(ingest.finish(last, None, globals.as_of, count, version).await?)
}

/// The repository of every service that has just one, under all its names; an empty text where
/// it has several.
async fn only_repositories(
    globals: &Globals,
    lake: &Lake,
) -> Result<HashMap<String, String>, Failure> {
    if !lake.root().join("service_repositories").is_dir() {
        return Ok(HashMap::new());
    }
    let sql = "with named as (
                 select service_id, service_id as name from service_repositories
                 union select service_id, alias from service_aliases where deleted_at is null)
               select name, case when count(distinct repository_id) = 1
                                 then min(repository_id) else '' end
               from service_repositories join named using (service_id)
               where deleted_at is null group by name";
    let rows = texts(globals, lake, sql).await?;
    Ok(rows.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect())
}

/// Rows of text columns; NULL is empty.
///
/// # Errors
/// Where the lake can't be read.
pub(super) async fn texts(
    globals: &Globals,
    lake: &Lake,
    sql: &str,
) -> Result<Vec<Vec<String>>, Failure> {
    let fail = |error| Failure::failed("failed to read the lake", error);
    let facts = facts_session(lake.facts(&globals.definition.id(), globals.as_of))
        .map_err(|error| Failure::failed("failed to open the lake", error))?;
    let (_, rows) = answer::ask(&facts, sql).await?;
    let mut texts = Vec::new();
    for rows in &rows {
        let columns = rows
            .columns()
            .iter()
            .map(|column| cast(column, &DataType::Utf8))
            .collect::<Result<Vec<_>, _>>()
            .map_err(fail)?;
        for row in 0..rows.num_rows() {
            let value = |column: &arrow::array::ArrayRef| {
                let column = column.as_string::<i32>();
                if column.is_valid(row) { column.value(row).to_owned() } else { String::new() }
            };
            texts.push(columns.iter().map(value).collect());
        }
    }
    Ok(texts)
}
