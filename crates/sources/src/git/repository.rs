//! Opening a repository without trusting it, and what its references point to.

use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;
use gix::{ObjectId, ThreadSafeRepository};

use crate::SourceError;

/// Decoded objects, trees above all, kept per thread.
const OBJECT_CACHE_BYTES: usize = 16 << 20;
/// Bases of deltas kept per thread.
const PACK_CACHE_BYTES: usize = 32 << 20;

/// A repository being read, and nothing outside it: no configuration of the user or the system,
/// no hooks, no filters.
#[derive(Clone)]
pub(crate) struct Repository {
    pub(crate) path: PathBuf,
    pub(crate) shared: ThreadSafeRepository,
}

/// A tag and the commit it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    /// Short name, without `refs/tags/`.
    pub(crate) name: String,
    /// What the reference points to: a tag object or the commit itself.
    pub(crate) target: ObjectId,
    /// Commit at its end.
    pub(crate) commit: ObjectId,
}

/// What the references point to.
#[derive(Debug, Clone)]
pub(crate) struct Tips {
    /// Short name of the branch that `HEAD` is on; `None` while detached.
    pub(crate) branch: Option<String>,
    /// Commit of `HEAD`; `None` before the first commit.
    pub(crate) head: Option<ObjectId>,
    /// Tags that lead to a commit, by name.
    pub(crate) tags: Vec<Tag>,
    /// Commits of all other branches, if they were asked for.
    pub(crate) branches: Vec<ObjectId>,
}

impl Tips {
    /// Every commit that a reference leads to.
    pub(crate) fn commits(&self) -> impl Iterator<Item = ObjectId> + '_ {
        let tags = self.tags.iter().map(|tag| tag.commit);
        self.head.into_iter().chain(tags).chain(self.branches.iter().copied())
    }
}

impl Repository {
    /// Opens the repository at `path` or in the nearest folder above it.
    ///
    /// # Errors
    /// Where there is none, or it can't be opened as it is.
    pub(crate) fn open(path: &Path) -> Result<Repository, SourceError> {
        let options = || {
            gix::open::Options::isolated().config_overrides([
                format!("core.deltaBaseCacheLimit={PACK_CACHE_BYTES}"),
                format!("gitoxide.objects.cacheLimit={OBJECT_CACHE_BYTES}"),
            ])
        };
        if !path.is_dir() {
            return Err(SourceError::NoRepository { path: path.to_owned() });
        }
        let trust = gix::sec::trust::Mapping { full: options(), reduced: options() };
        let shared = ThreadSafeRepository::discover_opts(path, Default::default(), trust).map_err(
            |error| {
                if is_not_found(&error) {
                    SourceError::NoRepository { path: path.to_owned() }
                } else {
                    SourceError::Open { path: path.to_owned(), reason: chain(&error) }
                }
            },
        )?;
        Ok(Repository { path: path.to_owned(), shared })
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

    /// What the references point to now.
    ///
    /// # Errors
    /// Where a reference or what it points to can't be read.
    pub(crate) fn tips(&self, all_branches: bool) -> Result<Tips, SourceError> {
        let local = self.shared.to_thread_local();
        let fail = |error: gix::Error| self.object("the references", &error);
        let mut head = local.head().map_err(fail)?;
        let branch = head.referent_name().map(|name| name.shorten().to_string());
        let head = head.try_peel_to_id().map_err(fail)?.map(gix::Id::detach);
        let platform = local.references().map_err(fail)?;
        let mut tags = Vec::new();
        for reference in platform.tags().map_err(fail)? {
            let mut reference = reference.map_err(|error| self.object("the tags", &error))?;
            let name = reference.name().shorten().to_string();
            let Some(target) = reference.try_id().map(gix::Id::detach) else {
                continue;
            };
            let peeled = reference.peel_to_id().map_err(fail)?.detach();
            // A tag may also name a tree or a blob, which no commit walk reaches.
            if local.find_header(peeled).is_ok_and(|header| header.kind().is_commit()) {
                tags.push(Tag { name, target, commit: peeled });
            }
        }
        tags.sort_by(|a, b| a.name.cmp(&b.name));
        let mut branches = Vec::new();
        if all_branches {
            let local_branches = platform.local_branches().map_err(fail)?;
            for reference in local_branches.chain(platform.remote_branches().map_err(fail)?) {
                let mut reference =
                    reference.map_err(|error| self.object("the branches", &error))?;
                // A symbolic branch may name one that is gone, which git passes over too.
                let is_symbolic = reference.try_id().is_none();
                match reference.peel_to_id() {
                    Ok(id) => branches.push(id.detach()),
                    Err(_) if is_symbolic => {}
                    Err(error) => return Err(fail(error)),
                }
            }
            branches.sort();
            branches.dedup();
        }
        Ok(Tips { branch, head, tags, branches })
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

    pub(crate) fn object(&self, object: &str, error: &dyn std::error::Error) -> SourceError {
        SourceError::Object {
            path: self.path.clone(),
            object: object.to_owned(),
            reason: format!("{}{}", chain(error), self.hint()),
        }
    }
}

impl Repository {
    /// What may explain a missing object.
    fn hint(&self) -> &'static str {
        let local = self.shared.to_thread_local();
        let is_partial = local.config_snapshot().string("extensions.partialClone").is_some();
        if is_partial {
            " (this is a partial clone: `git fetch --refetch` without a filter completes it)"
        } else {
            ""
        }
    }
}

fn origin(repository: &gix::Repository) -> Option<String> {
    let url = repository.config_snapshot().string("remote.origin.url")?;
    Some(url.to_str_lossy().into_owned())
}

/// `host/owner/name`, or `None` for a path on this machine.
fn id_of_url(url: &str) -> Option<String> {
    let url = gix::url::parse(url.as_bytes().as_bstr()).ok()?;
    let host = url.host()?.to_lowercase();
    let path = url.path.to_str_lossy();
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (!path.is_empty()).then(|| format!("{host}/{path}"))
}

fn folder_name(repository: &gix::Repository, given: &Path) -> String {
    let folder = repository.workdir().unwrap_or_else(|| repository.git_dir());
    let folder = std::fs::canonicalize(folder).unwrap_or_else(|_| given.to_owned());
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
