use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use milepost_events::table;
use milepost_sources::git::remote_of;

use crate::config::NAME;
use crate::exit::{Exit, Failure};
use crate::globals::Globals;

/// How deep folders are looked through.
const DEPTH: usize = 2;
/// No more repositories are listed; the rest is for its user to add.
const MOST: usize = 50;

/// Look around and write a commented milepost.toml
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost init
  milepost init ~/src -o ~/metrics/milepost.toml")]
pub(crate) struct InitArgs {
    /// Folder to look through
    #[arg(default_value = ".")]
    path: PathBuf,
    /// File to write; one that exists is never replaced
    #[arg(long, short, value_name = "FILE", default_value = NAME)]
    output: PathBuf,
}

pub(crate) fn run(args: InitArgs, globals: &Globals) -> Result<Exit, Failure> {
    let place = args.output.display();
    if !args.path.is_dir() {
        return Err(Failure::Usage(format!("{} is no folder", args.path.display())));
    }
    let root = std::fs::canonicalize(&args.path).map_err(|error| {
        Failure::failed(&format!("failed to read {}", args.path.display()), error)
    })?;
    let mut found = Found::default();
    found.look(&root, 0);
    let text = found.configuration();
    // Never over an existing file, and not in two steps: somebody else may write it meanwhile.
    let made = std::fs::File::options().write(true).create_new(true).open(&args.output);
    let mut file = made.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::Usage(format!(
            "{place} exists already and is left as it is; write another with -o, or remove it first"
        )),
        _ => Failure::failed(&format!("failed to write {place}"), error),
    })?;
    std::io::Write::write_all(&mut file, text.as_bytes())
        .map_err(|error| Failure::failed(&format!("failed to write {place}"), error))?;
    globals.remark(&format!(
        "{place} written: {} found. Look through it, then `milepost config check` and `milepost ingest`",
        found.summary()
    ));
    Ok(Exit::Done)
}

/// What a folder holds that can be read.
#[derive(Default)]
struct Found {
    /// Repositories, and the names of their remotes where they have one.
    repositories: Vec<(PathBuf, Option<String>)>,
    catalogues: Vec<PathBuf>,
    owners: Vec<PathBuf>,
    tables: Vec<PathBuf>,
}

impl Found {
    fn look(&mut self, folder: &Path, depth: usize) {
        if let Some(remote) = remote_of(folder) {
            self.repositories.push((folder.to_owned(), remote));
            let has = |path: &str| folder.join(path).is_file();
            if [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"].iter().any(|path| has(path))
            {
                self.owners.push(folder.to_owned());
            }
        }
        if folder.join("catalog-info.yaml").is_file() {
            self.catalogues.push(folder.join("catalog-info.yaml"));
        }
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        let mut paths: Vec<PathBuf> =
            entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            let is_hidden = name.is_none_or(|name| name.starts_with('.'));
            if path.is_dir() && !path.is_symlink() && !is_hidden && depth < DEPTH {
                self.look(&path, depth + 1);
            } else if is_table(&path) {
                self.tables.push(path);
            }
        }
    }

    fn summary(&self) -> String {
        let count = |count: usize, one: &str| format!("{count} {one}");
        [
            count(self.repositories.len(), "git repositories"),
            count(self.catalogues.len(), "catalogue files"),
            count(self.owners.len(), "CODEOWNERS"),
            count(self.tables.len(), "tables in files"),
        ]
        .join(", ")
    }

    fn configuration(&self) -> String {
        let mut text = HEAD.to_owned();
        for (path, _) in self.repositories.iter().take(MOST) {
            _ = write!(text, "\n[[source]]\nkind = \"git\"\npath = {}\n", quoted(path));
        }
        let left = self.repositories.len().saturating_sub(MOST);
        if left > 0 {
            _ = write!(
                text,
                "\n# {left} more repositories are not listed; `kind = \"github\"` reads many at once.\n"
            );
        }
        if self.repositories.is_empty() {
            text += "\n# [[source]]\n# kind = \"git\"\n# path = \"../shop\"\n";
        }
        text += &self.github();
        for path in &self.owners {
            _ = write!(text, "\n[[source]]\nkind = \"codeowners\"\npath = {}\n", quoted(path));
        }
        if !self.catalogues.is_empty() {
            let paths: Vec<String> = self.catalogues.iter().map(|path| quoted(path)).collect();
            _ = write!(
                text,
                "\n# Services, owners and teams, from the catalogue of Backstage.\n[[source]]\nkind = \"backstage\"\npaths = [{}]\n",
                paths.join(", ")
            );
        }
        if !self.tables.is_empty() {
            let paths: Vec<String> = self.tables.iter().map(|path| quoted(path)).collect();
            _ = write!(
                text,
                "\n# Rows of tables; a file's stem is its table.\n[[source]]\nkind = \"files\"\npaths = [{}]\n",
                paths.join(", ")
            );
        }
        text + TAIL
    }

    /// Repositories of GitHub, to be read with a token.
    fn github(&self) -> String {
        let on_github = self.repositories.iter().filter_map(|(_, remote)| {
            remote.as_deref()?.strip_prefix("github.com/").map(|name| format!("\"{name}\""))
        });
        let names: Vec<String> = on_github.take(MOST).collect();
        let names = if names.is_empty() { "\"acme/*\"".to_owned() } else { names.join(", ") };
        format!(
            "\n# Pull requests with reviews, deployments and incidents of GitHub. Needs a token.\n\
             # [[source]]\n# kind = \"github\"\n# repositories = [{names}]\n# token_env = \"GITHUB_TOKEN\"\n# since = 2025-01-01\n"
        )
    }
}

/// True for a file whose stem is a table that people may write.
fn is_table(path: &Path) -> bool {
    let text =
        |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).map(str::to_owned);
    let is_read = text(path.extension())
        .is_some_and(|end| matches!(end.as_str(), "csv" | "ndjson" | "parquet"));
    let is_fact =
        |stem: String| table(&stem).is_some_and(|table| table.kind == milepost_events::Kind::Fact);
    is_read && path.is_file() && text(path.file_stem()).is_some_and(is_fact)
}

/// A path as TOML writes texts, which is how JSON writes them.
fn quoted(path: &Path) -> String {
    serde_json::Value::String(path.to_string_lossy().into_owned()).to_string()
}

const HEAD: &str = "\
# The configuration of Milepost. `milepost config check` checks it; the file
# docs/milepost.example.toml of the project shows everything that can stand here.

# Where the tables are kept, from this file on.
lake = \".milepost/lake\"

# Sources are read in this order by `milepost ingest`, or one by name. Reading again adds only what
# is new. Commits, and what follows from them: pull requests from merges, deployments from tags.
";

const TAIL: &str = "
# Which facts count. Every option has a default; `milepost sql 'select * from definition'` shows them.
# [definition]
# timezone = \"Europe/Berlin\"
# production_environments = \"^(prod|production|live)\"
";
