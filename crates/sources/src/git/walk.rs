//! Which commits are new, and reading each of them once.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap, HashSet};

use gix::ObjectId;
use gix::objs::Find;

use super::commits::{Context, ReadCommit, read};
use super::repository::Repository;
use crate::SourceError;

/// Reads single commits.
pub(crate) struct Reader<'a> {
    pub(crate) repository: &'a Repository,
    pub(crate) context: &'a Context,
    pub(crate) local: gix::Repository,
    shallow: HashSet<ObjectId>,
    buffer: RefCell<Vec<u8>>,
}

impl<'a> Reader<'a> {
    /// # Errors
    /// Where the list of commits at which history was cut off can't be read.
    pub(crate) fn new(
        repository: &'a Repository,
        context: &'a Context,
    ) -> Result<Reader<'a>, SourceError> {
        let local = repository.shared.to_thread_local();
        let shallow = local
            .shallow_commits()
            .map_err(|error| repository.object("the list of cut-off commits", &error))?
            .map(|commits| commits.iter().copied().collect())
            .unwrap_or_default();
        Ok(Reader { repository, context, local, shallow, buffer: RefCell::default() })
    }

    /// # Errors
    /// Where the commit is missing or damaged.
    pub(crate) fn read(&self, id: ObjectId) -> Result<ReadCommit, SourceError> {
        let object = || format!("commit {id}");
        let mut buffer = self.buffer.borrow_mut();
        let data = self
            .local
            .objects
            .try_find(&id, &mut buffer)
            .map_err(|error| self.repository.object(&object(), &error))?;
        let data = data.filter(|data| data.kind.is_commit()).map(|data| data.data);
        let mut commit = data.and_then(|data| read(self.context, id, data)).ok_or_else(|| {
            let reason = std::io::Error::other("it is missing or damaged");
            self.repository.object(&object(), &reason)
        })?;
        // Where history was cut off, git shows the commit without parents.
        if self.shallow.contains(&id) {
            commit.parents.clear();
            commit.row.parent_shas.clear();
            commit.row.is_merge = false;
        }
        Ok(commit)
    }

    /// The first-parent line from `head` back to its root or to `until`, newest first.
    ///
    /// # Errors
    /// Where a commit is missing or damaged.
    pub(crate) fn line(
        &self,
        new: &NewCommits,
        head: ObjectId,
        until: Option<ObjectId>,
    ) -> Result<Vec<ObjectId>, SourceError> {
        let mut line = Vec::new();
        let mut next = Some(head);
        while let Some(id) = next.filter(|id| Some(*id) != until) {
            line.push(id);
            next = match new.get(&id) {
                Some(commit) => commit.parents.first().copied(),
                None => self.read(id)?.parents.first().copied(),
            };
        }
        Ok(line)
    }
}

/// Commits that were not read before, newest first by the committer's clock, equal ones by id.
pub(crate) struct NewCommits {
    pub(crate) commits: Vec<ReadCommit>,
    /// Place of a commit in `commits`.
    places: HashMap<ObjectId, usize>,
    /// Commits read before that somebody asked for again.
    others: HashMap<ObjectId, ReadCommit>,
}

impl NewCommits {
    pub(crate) fn get(&self, id: &ObjectId) -> Option<&ReadCommit> {
        self.places.get(id).map(|place| &self.commits[*place]).or_else(|| self.others.get(id))
    }

    /// Makes [`get`](Self::get) know commits that were read before.
    ///
    /// # Errors
    /// Where a commit is missing or damaged.
    pub(crate) fn include(
        &mut self,
        reader: &Reader<'_>,
        ids: impl IntoIterator<Item = ObjectId>,
    ) -> Result<(), SourceError> {
        for id in ids {
            if self.get(&id).is_none() {
                self.others.insert(id, reader.read(id)?);
            }
        }
        Ok(())
    }

    /// Commits that no new commit and none of `known` has as an ancestor, sorted: what the next
    /// read need not look behind.
    pub(crate) fn heads(&self, known: &[ObjectId]) -> Vec<ObjectId> {
        let parents: HashSet<ObjectId> =
            self.commits.iter().flat_map(|commit| commit.parents.iter().copied()).collect();
        let mut heads: Vec<ObjectId> = self
            .commits
            .iter()
            .map(|commit| commit.id)
            .chain(known.iter().copied())
            .filter(|id| !parents.contains(id))
            .collect();
        heads.sort();
        heads.dedup();
        heads
    }
}

/// Reads all commits that `tips` reach and `known` do not, and shows each to `found` in order.
///
/// # Errors
/// Where a commit is missing or damaged.
pub(crate) fn new_commits(
    reader: &Reader<'_>,
    tips: impl Iterator<Item = ObjectId>,
    known: &[ObjectId],
    mut found: impl FnMut(&ReadCommit),
) -> Result<NewCommits, SourceError> {
    let mut commits = Vec::new();
    // Newest first by the committer's clock: what is near in time shares most of its objects.
    let mut open = BinaryHeap::new();
    let mut seen: HashSet<ObjectId> = HashSet::new();
    let is_whole = known.is_empty();
    let starts: Vec<ObjectId> =
        if is_whole { tips.collect() } else { ids_beyond(reader.repository, tips, known)? };
    for id in starts {
        if seen.insert(id) {
            open.push(Open(reader.read(id)?));
        }
    }
    while let Some(Open(commit)) = open.pop() {
        if is_whole {
            for parent in &commit.parents {
                if seen.insert(*parent) {
                    open.push(Open(reader.read(*parent)?));
                }
            }
        }
        found(&commit);
        commits.push(commit);
    }
    let places = commits.iter().enumerate().map(|(place, commit)| (commit.id, place)).collect();
    Ok(NewCommits { commits, places, others: HashMap::new() })
}

/// A commit that waits for its turn: the newest first, equal ones by id.
struct Open(ReadCommit);

impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = (&self.0, &other.0);
        a.seconds.cmp(&b.seconds).then_with(|| b.id.cmp(&a.id))
    }
}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Open {}

/// Ids that `tips` reach and `hidden` do not: `git rev-list tips --not hidden`.
///
/// # Errors
/// Where a commit is missing or damaged.
pub(crate) fn ids_beyond(
    repository: &Repository,
    tips: impl Iterator<Item = ObjectId>,
    hidden: &[ObjectId],
) -> Result<Vec<ObjectId>, SourceError> {
    Ok(beyond(repository, tips, hidden)?.into_iter().map(|(id, _)| id).collect())
}

/// The same with the parents of each.
///
/// # Errors
/// Where a commit is missing or damaged.
pub(crate) fn beyond(
    repository: &Repository,
    tips: impl Iterator<Item = ObjectId>,
    hidden: &[ObjectId],
) -> Result<Vec<(ObjectId, Vec<ObjectId>)>, SourceError> {
    let local = repository.shared.to_thread_local();
    let fail = |error: &dyn std::error::Error| repository.object("the history", error);
    let hidden = hidden.iter().copied().filter(|id| local.has_object(id));
    let walk = local.rev_walk(tips).with_hidden(hidden).all().map_err(|error| fail(&error))?;
    walk.map(|info| {
        let info = info.map_err(|error| fail(&error))?;
        Ok((info.id, info.parent_ids.to_vec()))
    })
    .collect()
}
