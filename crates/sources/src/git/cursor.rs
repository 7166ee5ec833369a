//! How far a repository was read.

use gix::ObjectId;
use serde::{Deserialize, Serialize};

use super::GitOptions;
use super::references::Tips;
use super::repository::Repository;
use crate::SourceError;

/// Lost commits are named up to this many.
const MOST_LOST: usize = 1000;
/// So many of the missing objects tell whether a clone was completed.
const MISSING_SAMPLE: usize = 16;

/// How far a repository was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// Everything that decides what a read gives: references, mailmap and options.
    pub(crate) state: String,
    /// What decides which deployments are deduced.
    pub(crate) deployments: String,
    /// `HEAD` at that time.
    pub(crate) head: Option<String>,
    /// Mailmap of that `HEAD`.
    pub(crate) mailmap: Option<String>,
    /// Commits beyond which all was read and was still reached then.
    pub(crate) heads: Vec<String>,
    /// Commits that were read and that nothing reached any more; `None` where they are too many
    /// to name, or their objects are gone.
    pub(crate) lost: Option<Vec<String>>,
    /// Commits without parents: what makes it the same repository later.
    pub(crate) roots: Vec<String>,
    /// Where history was cut off; empty for a whole clone.
    pub(crate) shallow: String,
    /// Some of the objects that a partial clone had not fetched; empty where none was missing.
    pub(crate) missing: Vec<String>,
}

impl Cursor {
    /// What there is to read now, nothing of it read yet.
    ///
    /// # Errors
    /// Where the list of commits at which history was cut off can't be read.
    pub(crate) fn now(
        repository: &Repository,
        options: &GitOptions,
        tips: &Tips,
        mailmap: Option<ObjectId>,
    ) -> Result<Cursor, SourceError> {
        let tags: Vec<String> =
            tips.tags.iter().map(|tag| format!("{} {}", tag.name, tag.target)).collect();
        let branches: Vec<String> = tips.branches.iter().map(ObjectId::to_string).collect();
        let mut deployments = format!("{:?} {:?}", options.deployments_from, options.tag_prefixes);
        if !options.deployed_elsewhere.is_empty() {
            deployments += &format!(" without {:?}", options.deployed_elsewhere);
        }
        let head = tips.head.map(|head| head.to_string());
        let mailmap = mailmap.map(|id| id.to_string());
        let shallow = repository.shallow()?;
        let state = format!(
            "{head:?} {:?} {mailmap:?} {deployments} {tags:?} {branches:?} {shallow}",
            tips.branch
        );
        Ok(Cursor {
            state: digest(&state),
            deployments,
            head,
            mailmap,
            heads: Vec::new(),
            lost: Some(Vec::new()),
            roots: Vec::new(),
            shallow,
            missing: Vec::new(),
        })
    }

    /// The heads as ids.
    pub(crate) fn heads(&self) -> Vec<ObjectId> {
        self.heads.iter().filter_map(|head| head.parse().ok()).collect()
    }

    /// True where a commit may be in the lake although nothing reached it at the last read.
    pub(crate) fn may_have(&self, mut ids: impl Iterator<Item = ObjectId>) -> bool {
        match &self.lost {
            Some(lost) if lost.is_empty() => false,
            Some(lost) => ids.any(|id| lost.contains(&id.to_string())),
            None => true,
        }
    }

    /// Notes which commits are lost now: those that were and were not read again, and more.
    pub(crate) fn lose(
        &mut self,
        before: Option<&Cursor>,
        more: Option<&[ObjectId]>,
        is_reached: impl Fn(&ObjectId) -> bool,
    ) {
        let before = before.map_or(Some(&[][..]), |before| before.lost.as_deref());
        self.lost = before.zip(more).and_then(|(before, more)| {
            let is_reached = |id: &String| id.parse().is_ok_and(|id| is_reached(&id));
            let mut lost: Vec<String> =
                before.iter().filter(|id| !is_reached(id)).cloned().collect();
            lost.extend(more.iter().map(ObjectId::to_string));
            lost.sort();
            lost.dedup();
            (lost.len() <= MOST_LOST).then_some(lost)
        });
    }

    /// Notes that objects were missing.
    pub(crate) fn miss(&mut self, ids: &[ObjectId]) {
        let room = MISSING_SAMPLE.saturating_sub(self.missing.len());
        self.missing.extend(ids.iter().take(room).map(ObjectId::to_string));
    }

    /// True where what was missing has been fetched since.
    pub(crate) fn is_completed(&self, repository: &Repository) -> bool {
        !self.missing.is_empty() && repository.has_all(&self.missing)
    }
}

/// Short and stable: only ever compared with another one of the same kind.
pub(crate) fn digest(text: &str) -> String {
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    hasher.update(text.as_bytes());
    match hasher.try_finalize() {
        Ok(id) => id.to_string(),
        // A text made to collide is no state that was ever read.
        Err(_) => text.to_owned(),
    }
}
