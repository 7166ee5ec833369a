use std::path::{Path, PathBuf};

use clap::Args;
use milepost_lake::Lake;
use milepost_sources::git::GitSource;
use sha2::{Digest, Sha256};

use super::ingest::git::{GitArgs, git};
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::ingest::Writer;
use crate::output::print;
use crate::quickstart::{Overview, page, text};

/// Read a git repository, deduce what it can tell, and report the DORA metrics
///
/// Needs no token, configuration or server. Release tags are taken for deployments, merges for
/// pull requests, reverts for failures. Nothing is written to the repository: the lake and the
/// page are kept in the user's cache.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost quickstart
  milepost quickstart ~/src/shop --deployments-from-tags 'release/*'
  milepost quickstart ~/src/shop --gitops ~/src/clusters
  milepost quickstart /srv/git/shop.git -o shop.html")]
pub(crate) struct QuickstartArgs {
    /// Repository, bare or not, or a folder within one
    #[arg(default_value = ".")]
    path: PathBuf,
    #[command(flatten)]
    git: GitArgs,
    /// File for the page [default: beside the lake in the user's cache]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) async fn run(args: QuickstartArgs, globals: &Globals) -> Result<Exit, Failure> {
    let opened = GitSource::open(&args.path, args.git.options(globals))?;
    let configuration = args.git.configuration(globals)?;
    let repository_id = opened.repository_id().to_owned();
    let folder = cache_folder(&repository_id, &args.path)?;
    let lake = Lake::at(globals.given_lake.clone().unwrap_or_else(|| folder.join("lake")));
    let mut writer = Writer::new(globals, &lake);
    let sentences = git(opened, configuration, &mut writer).await?;
    let exit = writer.finish().await?;
    sentences.iter().for_each(|sentence| globals.detail(sentence));
    let overview = Overview::read(globals, &lake, &repository_id).await?;
    let path = args.output.unwrap_or_else(|| folder.join("report.html"));
    write_page(&path, &page::render(globals, &overview, &lake)?)?;
    print(&text::render(globals, &overview, &lake, &path))?;
    Ok(exit)
}

/// A folder in the user's cache that belongs to this repository at this place.
fn cache_folder(repository_id: &str, path: &Path) -> Result<PathBuf, Failure> {
    use etcetera::BaseStrategy;
    let cache = etcetera::choose_base_strategy()
        .map_err(|error| {
            Failure::failed("failed to find the user's cache; give --lake and -o", error)
        })?
        .cache_dir();
    let place = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let hash = Sha256::digest(format!("{repository_id}\n{}", place.display()).as_bytes());
    let hash: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let name: String = repository_id
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' })
        .collect();
    Ok(cache.join("milepost").join(format!("{}-{hash}", name.trim_start_matches('.'))))
}

fn write_page(path: &Path, html: &str) -> Result<(), Failure> {
    let fail =
        |error| Failure::failed(&format!("failed to write the page {}", path.display()), error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    std::fs::write(path, html).map_err(fail)
}
