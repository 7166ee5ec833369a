//! Opening a repository without trusting it.
//!
//! No configuration of the user or the system counts, and no file that the repository's own
//! includes. Where git data itself is elsewhere it is read there, as git does: a linked working
//! tree, a submodule, alternates, a link to another folder. All that can come of it are commits.

use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;
use gix::{ObjectId, ThreadSafeRepository};

use super::objects::{LARGE_BYTES, SMALL_BYTES};
use crate::SourceError;

/// Decoded objects, trees above all, kept per thread.
const OBJECT_CACHE_BYTES: usize = 16 << 20;
/// Bases of deltas kept per thread.
const PACK_CACHE_BYTES: usize = 32 << 20;

/// Extensions of git's format that change nothing for who only reads commits, in lower case.
/// `objectFormat` is checked by gix, `refStorage` below.
const KNOWN_EXTENSIONS: [&str; 9] = [
    "noop",
    "noop-v1",
    "partialclone",
    "preciousobjects",
    "worktreeconfig",
    "relativeworktrees",
    "objectformat",
    "compatobjectformat",
    "refstorage",
];

/// A repository being read, and nothing outside it: no configuration of the user or the system,
/// no hooks, no filters.
#[derive(Clone)]
pub(crate) struct Repository {
    pub(crate) path: PathBuf,
    /// Reads objects up to [`LARGE_BYTES`].
    pub(crate) shared: ThreadSafeRepository,
    /// Reads objects up to [`SMALL_BYTES`].
    pub(crate) small: ThreadSafeRepository,
    /// True where objects may be missing because they were never fetched.
    pub(crate) is_partial: bool,
}

impl Repository {
    /// Opens the repository at `path` or in the nearest folder above it.
    ///
    /// # Errors
    /// Where there is none, or it can't be opened as it is.
    pub(crate) fn open(path: &Path) -> Result<Repository, SourceError> {
        if !path.is_dir() {
            return Err(SourceError::NoRepository { path: path.to_owned() });
        }
        let refused = |reason| SourceError::Open { path: path.to_owned(), reason };
        let open = |largest| {
            let trust =
                gix::sec::trust::Mapping { full: options(largest), reduced: options(largest) };
            ThreadSafeRepository::discover_opts(path, Default::default(), trust).map_err(|error| {
                if is_not_found(&error) {
                    SourceError::NoRepository { path: path.to_owned() }
                } else {
                    refused(chain(&error))
                }
            })
        };
        let (shared, small) = (open(LARGE_BYTES)?, open(SMALL_BYTES)?);
        let local = shared.to_thread_local();
        if let Some(reason) = unsupported(&local) {
            return Err(refused(reason));
        }
        let is_partial = is_partial(&local);
        Ok(Repository { path: path.to_owned(), shared, small, is_partial })
    }

    /// `host/owner/name` of the origin remote, else the folder's name.
    pub(crate) fn id(&self) -> String {
        let local = self.shared.to_thread_local();
        origin(&local)
            .and_then(|url| id_of_url(&url))
            .unwrap_or_else(|| folder_name(&local, &self.path))
    }

    /// Where people open the repository: the origin remote as a web address without user name
    /// and password, or `None` where it has no host.
    pub(crate) fn url(&self) -> Option<String> {
        let url = origin(&self.shared.to_thread_local())?;
        id_of_url(&url).map(|id| format!("https://{id}"))
    }

    /// Where history was cut off, as text; empty for a whole clone.
    ///
    /// # Errors
    /// Where the list can't be read.
    pub(crate) fn shallow(&self) -> Result<String, SourceError> {
        let commits = self.shared.to_thread_local().shallow_commits();
        let commits =
            commits.map_err(|error| self.object("the list of cut-off commits", &error))?;
        let mut ids: Vec<String> =
            commits.iter().flat_map(|commits| commits.iter()).map(ToString::to_string).collect();
        ids.sort();
        Ok(ids.join(" "))
    }

    /// True where all these ids name objects that are here.
    pub(crate) fn has_all(&self, ids: &[String]) -> bool {
        let local = self.shared.to_thread_local();
        ids.iter().all(|id| id.parse().is_ok_and(|id: ObjectId| local.has_object(id)))
    }

    pub(crate) fn object(&self, object: &str, error: &dyn std::error::Error) -> SourceError {
        SourceError::Object {
            path: self.path.clone(),
            object: object.to_owned(),
            reason: chain(error),
        }
    }
}

/// How to open: objects that take more than `largest` bytes are refused. Replacements are not
/// applied: they are one clone's own view, and an id would name something else in the next one.
fn options(largest: usize) -> gix::open::Options {
    gix::open::Options::isolated().config_overrides([
        format!("core.deltaBaseCacheLimit={PACK_CACHE_BYTES}"),
        format!("gitoxide.objects.cacheLimit={OBJECT_CACHE_BYTES}"),
        format!("gitoxide.objects.allocLimit={largest}"),
        "core.useReplaceRefs=false".to_owned(),
    ])
}

/// Why the repository can't be read, by the name of what it uses.
fn unsupported(repository: &gix::Repository) -> Option<String> {
    let config = repository.config_snapshot();
    let storage = config.string("extensions.refStorage");
    if let Some(storage) = storage.filter(|storage| !storage.eq_ignore_ascii_case(b"files")) {
        return Some(format!(
            "its references are kept as `{storage}`, which can't be read; read a `git clone --ref-format=files` of it, or convert them with `git refs migrate --ref-format=files`"
        ));
    }
    if config.integer("core.repositoryFormatVersion").unwrap_or(0) < 1 {
        return None;
    }
    let sections = config.plumbing().sections_by_name("extensions")?;
    let unknown = sections
        .flat_map(|section| section.value_names().collect::<Vec<_>>())
        .map(|name| name.to_lowercase())
        .find(|name| !KNOWN_EXTENSIONS.contains(&name.as_str()))?;
    Some(format!(
        "it uses the extension `{unknown}`, which is not known; read a clone of it without"
    ))
}

/// True for a clone made with `--filter`: by its remotes, its packs, or as older versions say it.
fn is_partial(repository: &gix::Repository) -> bool {
    let config = repository.config_snapshot();
    let is_promised = |section: &gix::config::file::SectionRef<'_>| {
        section.value("partialclonefilter").is_some()
            || section.value("promisor").is_some_and(|value| value != "false")
    };
    let remotes = config.plumbing().sections_by_name("remote");
    remotes.is_some_and(|mut remotes| remotes.any(|remote| is_promised(&remote)))
        || config.string("extensions.partialClone").is_some()
        || has_promised_pack(&repository.objects.store_ref().path().join("pack"))
}

fn has_promised_pack(packs: &Path) -> bool {
    std::fs::read_dir(packs).is_ok_and(|packs| {
        packs.flatten().any(|pack| pack.path().extension().is_some_and(|end| end == "promisor"))
    })
}

fn origin(repository: &gix::Repository) -> Option<String> {
    let url = repository.config_snapshot().string("remote.origin.url")?;
    Some(url.to_str_lossy().into_owned())
}

/// `host/owner/name`, or `None` for a path on this machine.
pub(crate) fn id_of_url(url: &str) -> Option<String> {
    let url = gix::url::parse(url.as_bytes().as_bstr()).ok()?;
    let host = url.host()?.to_lowercase();
    let path = url.path.to_str_lossy();
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (!path.is_empty()).then(|| format!("{host}/{path}"))
}

/// The name of the folder that the repository was found in. A working tree that the
/// configuration claims to be elsewhere gives no name.
fn folder_name(repository: &gix::Repository, given: &Path) -> String {
    let whole = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (given, git_dir) = (whole(given), whole(repository.git_dir()));
    let worktree = repository
        .workdir()
        .map(whole)
        .filter(|worktree| given.starts_with(worktree) || git_dir.starts_with(worktree));
    let folder = match (&worktree, git_dir.parent()) {
        (Some(worktree), _) => worktree,
        (None, Some(parent)) if git_dir.ends_with(".git") => parent,
        (None, _) => &git_dir,
    };
    let name =
        folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let name = name.strip_suffix(".git").unwrap_or(&name);
    if name.is_empty() { "repository".to_owned() } else { name.to_owned() }
}

fn is_not_found(error: &gix::Error) -> bool {
    let text = chain(error).to_lowercase();
    ["could not find a git repository", "no git repository", "not a git repository", "not found"]
        .iter()
        .any(|known| text.contains(known))
}

/// The error with everything that caused it, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_gives_the_id_however_it_is_written() {
        let id = Some("github.com/sharkdp/fd".to_owned());
        assert_eq!(id_of_url("https://github.com/sharkdp/fd.git"), id);
        assert_eq!(id_of_url("https://user:secret@GitHub.com/sharkdp/fd"), id);
        assert_eq!(id_of_url("git@github.com:sharkdp/fd.git"), id);
        assert_eq!(id_of_url("ssh://git@github.com/sharkdp/fd/"), id);
        assert_eq!(id_of_url("/srv/git/fd.git"), None);
        assert_eq!(id_of_url("../fd"), None);
    }
}
