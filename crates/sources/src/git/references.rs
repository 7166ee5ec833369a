//! What the references point to.

use gix::ObjectId;

use super::repository::{Repository, chain};
use crate::{Remark, SourceError};

/// Broken references are named up to this many, then counted.
const MOST_NAMED: usize = 20;

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
    /// References that can't be read, each with the reason: passed over, as git does.
    broken: Vec<String>,
}

impl Tips {
    /// What the references of the repository point to now.
    ///
    /// # Errors
    /// Where `HEAD` or the place of references can't be read.
    pub(crate) fn read(repository: &Repository, all_branches: bool) -> Result<Tips, SourceError> {
        let local = repository.shared.to_thread_local();
        let fail = |error: gix::Error| repository.object("the references", &error);
        let mut head = local.head().map_err(|error| repository.object("HEAD", &error))?;
        let branch = head.referent_name().map(|name| name.shorten().to_string());
        let head = head.try_peel_to_id().map_err(|error| repository.object("HEAD", &error))?;
        let head = head.map(gix::Id::detach);
        let mut tips =
            Tips { branch, head, tags: Vec::new(), branches: Vec::new(), broken: Vec::new() };
        let platform = local.references().map_err(fail)?;
        for tag in platform.tags().map_err(fail)? {
            tips.tag(tag);
        }
        tips.tags.sort_by(|a, b| a.name.cmp(&b.name));
        if all_branches {
            let local_branches = platform.local_branches().map_err(fail)?;
            for branch in local_branches.chain(platform.remote_branches().map_err(fail)?) {
                tips.branch(branch);
            }
            tips.branches.sort();
            tips.branches.dedup();
        }
        Ok(tips)
    }

    /// Every commit that a reference leads to.
    pub(crate) fn commits(&self) -> impl Iterator<Item = ObjectId> + '_ {
        let tags = self.tags.iter().map(|tag| tag.commit);
        self.head.into_iter().chain(tags).chain(self.branches.iter().copied())
    }

    /// Names the references that were passed over.
    pub(crate) fn remark(&self, repository: &Repository) -> Option<Remark> {
        if self.broken.is_empty() {
            return None;
        }
        let named: Vec<&str> = self.broken.iter().take(MOST_NAMED).map(String::as_str).collect();
        let more = self.broken.len() - named.len();
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let text = format!(
            "references of the git repository at {} were passed over, since they can't be read: {}{more}; fetch what they name, or delete them with `git update-ref -d`",
            repository.path.display(),
            named.join(", ")
        );
        Some(Remark { text, is_gap: true })
    }

    fn tag(&mut self, tag: Result<gix::Reference<'_>, gix::Error>) {
        let Some((name, target, commit)) = self.peeled(tag) else { return };
        let (Some(target), Some(commit)) = (target, commit) else { return };
        let name = name.strip_prefix("refs/tags/").unwrap_or(&name).to_owned();
        self.tags.push(Tag { name, target, commit });
    }

    fn branch(&mut self, branch: Result<gix::Reference<'_>, gix::Error>) {
        let Some((name, _, commit)) = self.peeled(branch) else { return };
        match commit {
            Some(commit) => self.branches.push(commit),
            None => self.broken.push(format!("{name} (it names no commit)")),
        }
    }

    /// Full name of the reference, the object it names, and the commit at its end, which is `None`
    /// for a tree or a blob. A symbolic reference may name one that is gone: that is no fault.
    fn peeled(
        &mut self,
        reference: Result<gix::Reference<'_>, gix::Error>,
    ) -> Option<(String, Option<ObjectId>, Option<ObjectId>)> {
        let mut reference = match reference {
            Ok(reference) => reference,
            // The error names the reference.
            Err(error) => {
                self.broken.push(error.to_string());
                return None;
            }
        };
        let name = reference.name().as_bstr().to_string();
        let target = reference.try_id().map(gix::Id::detach);
        let repository = reference.repo;
        let has = |id: ObjectId| repository.has_object(id);
        let end = reference.peel_to_id().and_then(|end| {
            let is_commit = end.header()?.kind().is_commit();
            Ok(is_commit.then(|| end.detach()))
        });
        match end {
            Ok(commit) => Some((name, target, commit)),
            Err(_) if target.is_none() => None,
            Err(error) => {
                self.broken.push(match target.filter(|target| !has(*target)) {
                    Some(target) => format!("{name} (object {target} is missing)"),
                    None => format!("{name} ({})", chain(&error)),
                });
                None
            }
        }
    }
}
