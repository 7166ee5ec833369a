//! Every version of the file along the first-parent line.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::diff::tree::recorder::{Change, Location};
use gix::diff::tree::{Recorder, State};

use crate::SourceError;
use crate::git::{Found, Objects, Reader, Repository, tree};

/// Where the file may be, in the order in which it is looked for.
const FOLDERS: [&str; 3] = [".github", "", "docs"];
const NAME: &str = "CODEOWNERS";
/// GitHub does not read larger ones.
const MOST_BYTES: u64 = 3 << 20;

/// The file as a commit left it.
pub(super) struct Version {
    /// When the commit was made, or the latest before it where its clock was behind.
    pub(super) at: DateTime<Utc>,
    /// The tree of the commit.
    pub(super) tree: ObjectId,
    /// The file; `None` where it was taken away.
    pub(super) blob: Option<ObjectId>,
}

/// Reads versions and trees.
pub(super) struct History<'a> {
    repository: &'a Repository,
    objects: Objects<'a>,
    folders: HashMap<ObjectId, Option<ObjectId>>,
    buffer: Vec<u8>,
}

impl<'a> History<'a> {
    /// `alone` is for this reader only.
    pub(super) fn new(repository: &'a Repository, alone: &'a Mutex<()>) -> History<'a> {
        let (folders, buffer) = (HashMap::new(), Vec::new());
        History { repository, objects: Objects::new(repository, alone), folders, buffer }
    }

    /// All versions up to that instant, oldest first, from the first one that has the file.
    ///
    /// # Errors
    /// Where a commit or a tree is missing or damaged.
    pub(super) fn versions(
        &mut self,
        reader: &Reader<'_>,
        head: ObjectId,
        until: DateTime<Utc>,
    ) -> Result<Vec<Version>, SourceError> {
        let mut line = Vec::new();
        let mut next = Some(head);
        while let Some(id) = next {
            let commit = reader.read(id)?;
            next = commit.parents.first().copied();
            line.extend(commit.row.committed_at.map(|at| (at, commit.tree)));
        }
        let mut versions: Vec<Version> = Vec::new();
        for (at, tree) in line.into_iter().rev().filter(|(at, _)| *at <= until) {
            let blob = self.file(tree)?;
            let last = versions.last();
            if last.and_then(|last| last.blob) == blob {
                continue;
            }
            let at = last.map_or(at, |last| last.at.max(at));
            versions.push(Version { at, tree, blob });
        }
        Ok(versions)
    }

    /// The file of a tree, where it has one.
    fn file(&mut self, tree: ObjectId) -> Result<Option<ObjectId>, SourceError> {
        for folder in FOLDERS {
            let folder = match folder {
                "" => Some(tree),
                folder => self.entry(tree, folder, true)?,
            };
            let Some(folder) = folder else { continue };
            let known = self.folders.get(&folder).copied();
            let blob = match known {
                Some(blob) => blob,
                None => self.entry(folder, NAME, false)?,
            };
            self.folders.insert(folder, blob);
            if blob.is_some() {
                return Ok(blob);
            }
        }
        Ok(None)
    }

    /// The folder or file of that name in a tree.
    fn entry(
        &mut self,
        id: ObjectId,
        name: &str,
        is_folder: bool,
    ) -> Result<Option<ObjectId>, SourceError> {
        let fail = |error: &dyn std::error::Error| {
            self.repository.object(&format!("the tree {id}"), error)
        };
        let entries =
            tree(&self.objects, Some(id), &mut self.buffer).map_err(|error| fail(&error))?;
        for entry in entries {
            let entry = entry.map_err(|error| fail(&error))?;
            let is_kind = if is_folder { entry.mode.is_tree() } else { entry.mode.is_blob() };
            if entry.filename == name.as_bytes() && is_kind {
                return Ok(Some(entry.oid.to_owned()));
            }
        }
        Ok(None)
    }

    /// The text of the file; `None` where it is too large, no text, or was never fetched.
    ///
    /// # Errors
    /// Where it is damaged.
    pub(super) fn text(&mut self, blob: ObjectId) -> Result<Option<String>, SourceError> {
        let mut bytes = Vec::new();
        let found = self
            .objects
            .large(blob, MOST_BYTES, &mut bytes)
            .map_err(|error| self.repository.object(&format!("the file {NAME}"), &error))?;
        Ok(match found {
            Found::Read => String::from_utf8(bytes).ok(),
            Found::TooLarge | Found::Missing => None,
        })
    }

    /// Paths of all files of a tree.
    ///
    /// # Errors
    /// Where a tree is missing or damaged.
    pub(super) fn paths(&mut self, id: ObjectId) -> Result<Vec<String>, SourceError> {
        let fail = |error: &dyn std::error::Error| {
            self.repository.object(&format!("the tree {id}"), error)
        };
        let mut recorder = Recorder::default().track_location(Some(Location::Path));
        let mut nothing = Vec::new();
        let empty = tree(&self.objects, None, &mut nothing).map_err(|error| fail(&error))?;
        let whole =
            tree(&self.objects, Some(id), &mut self.buffer).map_err(|error| fail(&error))?;
        gix::diff::tree(empty, whole, &mut State::default(), &self.objects, &mut recorder)
            .map_err(|error| fail(&error))?;
        let file = |change| match change {
            Change::Addition { entry_mode, path, .. } if entry_mode.is_no_tree() => {
                Some(path.to_str_lossy().into_owned())
            }
            _ => None,
        };
        Ok(recorder.records.into_iter().filter_map(file).collect())
    }
}
