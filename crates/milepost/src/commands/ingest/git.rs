use std::path::{Path, PathBuf};

use clap::Args;
use milepost_lake::{Lake, Written};
use milepost_sources::git::mirror::{self, Credentials};
use milepost_sources::git::{DeploymentsFrom, GitOptions, GitSource, Opened};
use milepost_sources::gitops::Configuration;
use milepost_sources::{Remark, Source, SourceError};
use schemars::JsonSchema;
use serde::Deserialize;

use super::gitops;
use crate::answer::{held, texts};
use crate::capabilities::ReadHistory;
use crate::exit::Failure;
use crate::globals::Globals;
use crate::ingest::{Start, Writer, pull, pulled_whole, sentence};
use crate::progress::Bar;
use crate::secret::TokenArgs;

/// Read a git repository: commits, and deployments and pull requests deduced from them
#[derive(Debug, Clone, Args, Deserialize, JsonSchema)]
#[command(after_help = "Examples:
  milepost ingest git .
  milepost ingest git /srv/git/shop.git --repository github.com/acme/shop --deployments-from-tags 'release/*'
  milepost ingest git ~/src/shop --gitops ~/src/clusters
  milepost ingest git https://git.acme.test/shop.git --token-env ACME_TOKEN")]
pub(crate) struct IngestGitArgs {
    /// Repository, bare or not, or a folder within one; or the https:// address to fetch it from
    path: PathBuf,
    #[command(flatten)]
    #[serde(flatten)]
    git: GitArgs,
    /// User name to fetch with; most hosts take any beside a token
    #[arg(long, value_name = "NAME", requires = "named_token")]
    user: Option<String>,
    #[command(flatten)]
    #[serde(flatten)]
    pub(super) token: TokenArgs,
}

impl IngestGitArgs {
    /// # Errors
    /// Where keys contradict each other or an address can't be used, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        let git = &self.git;
        let ways = [
            git.deployments_from_tags.is_some(),
            git.deployments_from_branch,
            git.gitops.is_some(),
        ];
        if ways.iter().filter(|is_given| **is_given).count() > 1 {
            return Err(
                "keep one of deployments_from_tags, deployments_from_branch and gitops".to_owned()
            );
        }
        match self.address() {
            Some(address) => mirror::name(address).map(|_| ()).map_err(|error| error.to_string()),
            None => Ok(()),
        }
    }

    /// Takes relative paths from that folder on.
    pub(super) fn within(&mut self, folder: &Path) {
        if self.address().is_none() {
            self.path = folder.join(&self.path);
        }
        self.git.gitops = self.git.gitops.as_ref().map(|path| folder.join(path));
        self.token.within(folder);
    }

    /// The folders that it reads.
    pub(super) fn paths(&self) -> Vec<&Path> {
        let own = self.address().is_none().then_some(self.path.as_path());
        own.into_iter().chain(self.git.gitops.as_deref()).collect()
    }

    /// The address to fetch the repository from, where it is one.
    fn address(&self) -> Option<&str> {
        self.path.to_str().filter(|path| path.contains("://"))
    }

    /// The repository, opened; a mirror of it where it is elsewhere.
    fn open(&self, globals: &Globals) -> Result<Opened, Failure> {
        let mut options = self.git.options(globals);
        let Some(address) = self.address() else {
            return Ok(GitSource::open(&self.path, options)?);
        };
        let secret = self.token.token(globals.config.is_users_own)?;
        let user = self.user.clone().unwrap_or_else(|| "x-access-token".to_owned());
        let credentials = secret.map(|secret| Credentials { user, secret });
        let name = mirror::name(address)?;
        let mirror = fetched(&name, address, credentials.as_ref(), globals)?;
        options.repository_id.get_or_insert(name);
        Ok(GitSource::open(&mirror, options)?)
    }
}

/// Fetches the mirror of a repository into the user's cache and gives its place.
///
/// # Errors
/// Where it can't be fetched.
pub(super) fn fetched(
    name: &str,
    address: &str,
    credentials: Option<&Credentials>,
    globals: &Globals,
) -> Result<PathBuf, SourceError> {
    // A name from the lake or a server must not lead elsewhere.
    if name.split('/').any(|part| matches!(part, "" | "." | "..")) || name.contains('\\') {
        return Err(SourceError::Pattern(format!("`{name}` is no name of a repository")));
    }
    let path = mirrors(&globals.lake).join(format!("{name}.git"));
    let mirror = tokio::task::block_in_place(|| mirror::fetch(address, credentials, &path))?;
    globals.detail(&format!(
        "{name}: the mirror {} takes {} MB",
        mirror.path.display(),
        mirror.size_bytes.div_ceil(1_000_000)
    ));
    Ok(mirror.path)
}

/// Where mirrors are: the user's cache, else beside the lake.
fn mirrors(lake: &Lake) -> PathBuf {
    use etcetera::BaseStrategy;
    let cache = etcetera::choose_base_strategy().map(|strategy| strategy.cache_dir());
    let beside = || lake.root().parent().map_or_else(PathBuf::new, PathBuf::from);
    cache.map_or_else(|_| beside(), |cache| cache.join("milepost")).join("mirrors")
}

/// Flags of commands that read a git repository.
#[derive(Debug, Clone, Args, Deserialize, JsonSchema)]
pub(crate) struct GitArgs {
    /// Name to keep the repository under [default: the origin remote's host/owner/name, else the folder's name]
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
    /// Take the tags that match for deployments; `*` matches also across `/` [default: stable version tags]
    #[arg(long, value_name = "GLOB")]
    deployments_from_tags: Option<String>,
    /// Take every change of the default branch's first-parent line for deployed
    #[arg(long, conflicts_with = "deployments_from_tags")]
    #[serde(default)]
    deployments_from_branch: bool,
    /// Take deployments from the history of this configuration repository: an image's tag or digest that changes in an environment's manifests
    #[arg(long, value_name = "PATH", conflicts_with_all = ["deployments_from_tags", "deployments_from_branch"])]
    gitops: Option<PathBuf>,
    /// Read what all branches reach, not only HEAD and the tags
    #[arg(long)]
    #[serde(default)]
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

pub(super) async fn run(args: &IngestGitArgs, writer: &mut Writer<'_>) -> Result<(), Failure> {
    let opened = args.open(writer.globals)?;
    let configuration = args.git.configuration(writer.globals)?;
    if writer.is_dry {
        let remarks = opened.check()?;
        writer.tell(&remarks);
        let name = opened.source_name();
        writer.globals.remark(&format!("{name} can be read; nothing was written"));
        return Ok(());
    }
    let sentences = git(opened, configuration, writer).await?;
    sentences.iter().for_each(|sentence| writer.globals.remark(sentence));
    Ok(())
}

/// Reads an opened repository into the lake, and the configuration that deploys it where one is
/// given. Gives a sentence for each.
///
/// # Errors
/// Where a repository can't be read, or the lake can't be written.
pub(crate) async fn git(
    mut opened: Opened,
    configuration: Option<Configuration>,
    writer: &mut Writer<'_>,
) -> Result<Vec<String>, Failure> {
    let (globals, lake) = (writer.globals, writer.lake);
    let mut remarks = opened.check()?;
    writer.lock().await?;
    let name = opened.source_name();
    let repository_id = opened.repository_id().to_owned();
    let history =
        ReadHistory { path: opened.path().to_owned(), repository_id: repository_id.clone() };
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
    } else {
        lake.saw(&name, globals.as_of)?;
    }
    drop(bar);
    writer.has_read(history);
    if written.changed.contains_key("commits") {
        remarks.extend(lost(globals, lake, &repository_id).await?);
    }
    let mut sentences = vec![sentence(&name, &written)];
    if let Some(configured) = configured {
        sentences.push(gitops::keep(configured, &mut remarks, writer).await?);
    }
    writer.tell(&remarks);
    Ok(sentences)
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
    let sql = "select tag_prefix, service_id, repository_id from service_repositories \
               where tag_prefix is not null and basis = 'recorded' and deleted_at is null \
               order by tag_prefix, service_id";
    let rows = held(globals, lake, "service_repositories", sql).await?;
    Ok(rows
        .into_iter()
        .filter(|row| row[2] == repository_id)
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect())
}
