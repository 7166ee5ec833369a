//! The first-parent line of a branch, and what each of its commits changed in the manifests.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::diff::tree::recorder::{Change, Location};
use gix::diff::tree::{Recorder, State};
use gix::objs::tree::EntryMode;

use super::environment::Environment;
use super::manifests::{Manifest, manifest};
use super::replay::{Brought, Replay};
use crate::git::{Found, Objects, Reader, Repository, tree};
use crate::yaml::{MOST_BYTES, Unreadable, documents};
use crate::{Progress, SourceError};

/// A commit of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) sha: String,
    pub(crate) committed_at: Option<DateTime<Utc>>,
    pub(crate) author_email: String,
}

/// An image that a commit brought into an environment.
#[derive(Debug, Clone)]
pub(crate) struct Deployed {
    pub(crate) commit: Rc<Commit>,
    pub(crate) brought: Brought,
}

/// What was read, and what could not be.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) commits: usize,
    /// Paths of manifests that were read.
    pub(crate) files: BTreeSet<String>,
    /// Paths that hold templates instead of YAML.
    pub(crate) templated: BTreeSet<String>,
    /// Paths that could not be read, with the first commit in which they could not.
    pub(crate) malformed: BTreeMap<String, String>,
    /// Those whose newest content can't be read.
    pub(crate) malformed_now: BTreeSet<String>,
    /// Paths that were too large.
    pub(crate) too_large: BTreeSet<String>,
    /// Contents that a partial clone has not fetched.
    pub(crate) missing: Vec<ObjectId>,
}

/// The line of one branch.
pub(crate) struct Line {
    /// Oldest first: the tree of each commit with the commit.
    commits: Vec<(ObjectId, Rc<Commit>)>,
    /// True where history was cut off before the oldest.
    is_cut: bool,
}

impl Line {
    /// # Errors
    /// Where a commit is missing or damaged.
    pub(crate) fn read(reader: &Reader<'_>, head: ObjectId) -> Result<Line, SourceError> {
        let mut commits = Vec::new();
        let mut next = Some(head);
        while let Some(id) = next {
            let commit = reader.read(id)?;
            next = commit.parents.first().copied();
            let row = Commit {
                sha: id.to_string(),
                committed_at: commit.row.committed_at,
                author_email: commit.row.author_email,
            };
            commits.push((commit.tree, Rc::new(row)));
        }
        let shallow = reader.repository.shallow()?;
        let oldest = commits.last().map(|(_, commit)| commit.sha.clone()).unwrap_or_default();
        commits.reverse();
        Ok(Line { commits, is_cut: shallow.split(' ').any(|id| id == oldest) })
    }

    /// Id of the oldest commit.
    pub(crate) fn root(&self) -> Option<&str> {
        self.commits.first().map(|(_, commit)| commit.sha.as_str())
    }

    pub(crate) fn len(&self) -> usize {
        self.commits.len()
    }
}

/// Replays lines; each commit costs what it changed.
pub(crate) struct Player<'a> {
    repository: &'a Repository,
    objects: Objects<'a>,
    state: State,
    trees: (Vec<u8>, Vec<u8>),
    blob: Vec<u8>,
    pub(crate) tally: Tally,
}

impl<'a> Player<'a> {
    /// `alone` is for this reader only.
    pub(crate) fn new(repository: &'a Repository, alone: &'a Mutex<()>) -> Player<'a> {
        Player {
            repository,
            objects: Objects::new(repository, alone),
            state: State::default(),
            trees: Default::default(),
            blob: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// Everything that the commits of the line deployed, in their order, and how the manifests
    /// are after them. What was there where history was cut off is not known to be deployed then.
    ///
    /// # Errors
    /// Where a tree is missing, or an object damaged.
    pub(crate) fn play(
        &mut self,
        line: &Line,
        branch: Option<Environment>,
        progress: &Progress,
    ) -> Result<(Vec<Deployed>, Replay), SourceError> {
        let mut replay = Replay::new(branch);
        let mut deployed = Vec::new();
        let mut before = None;
        for (at, (tree, commit)) in line.commits.iter().enumerate() {
            let changes = self.changes(before, *tree, commit)?;
            before = Some(*tree);
            let brought = if changes.is_empty() { Vec::new() } else { replay.step(changes) };
            if at > 0 || !line.is_cut {
                let one = |brought| Deployed { commit: commit.clone(), brought };
                deployed.extend(brought.into_iter().map(one));
            }
            if at % 64 == 0 {
                progress(at as u64, line.commits.len() as u64);
            }
        }
        self.tally.commits += line.len();
        Ok((deployed, replay))
    }

    /// Manifests that differ between the trees, with what they say in the later one. Those that
    /// can't be read are left out: what they said before stays.
    fn changes(
        &mut self,
        before: Option<ObjectId>,
        after: ObjectId,
        commit: &Commit,
    ) -> Result<Vec<(String, Option<Manifest>)>, SourceError> {
        if before == Some(after) {
            return Ok(Vec::new());
        }
        let fail = |error: &dyn std::error::Error| {
            self.repository.object(&format!("the tree of commit {}", commit.sha), error)
        };
        let mut recorder = Recorder::default().track_location(Some(Location::Path));
        let old = tree(&self.objects, before, &mut self.trees.0).map_err(|error| fail(&error))?;
        let new =
            tree(&self.objects, Some(after), &mut self.trees.1).map_err(|error| fail(&error))?;
        gix::diff::tree(old, new, &mut self.state, &self.objects, &mut recorder)
            .map_err(|error| fail(&error))?;
        let mut changes = Vec::new();
        for record in recorder.records {
            let (path, old, new) = sides(record);
            let Some(path) = path.to_str().ok().filter(|path| is_manifest(path)) else { continue };
            let is_file = |mode: EntryMode| mode.is_blob();
            match (old.filter(|mode| is_file(*mode)), new.filter(|(mode, _)| is_file(*mode))) {
                (_, Some((_, id))) => {
                    if let Some(manifest) = self.manifest(path, id, commit)? {
                        changes.push((path.to_owned(), Some(manifest)));
                    }
                }
                (Some(_), None) => {
                    self.tally.malformed_now.remove(path);
                    changes.push((path.to_owned(), None));
                }
                (None, None) => {}
            }
        }
        Ok(changes)
    }

    /// What a file says; `None` where it can't be read.
    fn manifest(
        &mut self,
        path: &str,
        id: ObjectId,
        commit: &Commit,
    ) -> Result<Option<Manifest>, SourceError> {
        let mut blob = std::mem::take(&mut self.blob);
        let found = self
            .objects
            .large(id, MOST_BYTES as u64, &mut blob)
            .map_err(|error| self.repository.object(&format!("the file {path}"), &error));
        let said = match found? {
            Found::Missing => {
                self.tally.missing.push(id);
                None
            }
            Found::TooLarge => {
                self.tally.too_large.insert(path.to_owned());
                None
            }
            Found::Read => self.said(path, &blob, commit),
        };
        self.blob = blob;
        Ok(said)
    }

    fn said(&mut self, path: &str, content: &[u8], commit: &Commit) -> Option<Manifest> {
        self.tally.malformed_now.remove(path);
        self.tally.files.insert(path.to_owned());
        match read(path, content) {
            Ok(manifest) => return Some(manifest),
            Err(Unreadable::TooLarge) => {
                self.tally.too_large.insert(path.to_owned());
            }
            Err(Unreadable::Malformed) if content.contains_str("{{") => {
                self.tally.templated.insert(path.to_owned());
            }
            Err(Unreadable::Malformed) => {
                let first = self.tally.malformed.entry(path.to_owned());
                first.or_insert_with(|| commit.sha.clone());
                self.tally.malformed_now.insert(path.to_owned());
            }
        }
        None
    }
}

/// What the content of a manifest says.
///
/// # Errors
/// Where it is no YAML or too large.
pub(crate) fn read(path: &str, content: &[u8]) -> Result<Manifest, Unreadable> {
    // Nothing that is understood goes without the word.
    if !content.contains_str("mage") {
        return Ok(Manifest::default());
    }
    let text = content.to_str().map_err(|_| Unreadable::Malformed)?;
    Ok(manifest(path, &documents(text)?))
}

type Side = (EntryMode, ObjectId);

fn sides(record: Change) -> (gix::bstr::BString, Option<EntryMode>, Option<Side>) {
    match record {
        Change::Addition { entry_mode, oid, path, .. } => (path, None, Some((entry_mode, oid))),
        Change::Deletion { entry_mode, path, .. } => (path, Some(entry_mode), None),
        Change::Modification { previous_entry_mode, entry_mode, oid, path, .. } => {
            (path, Some(previous_entry_mode), Some((entry_mode, oid)))
        }
    }
}

/// True for YAML and JSON outside of hidden folders, which hold what tools are told.
fn is_manifest(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let end = file.rsplit_once('.').map_or("", |(_, end)| end);
    let is_read = matches!(end, "yaml" | "yml" | "json") || file == "Kustomization";
    is_read && !path.split('/').any(|part| part.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_yaml_and_json_that_is_not_hidden() {
        for path in ["a.yaml", "a/b.yml", "a/b.json", "a/Kustomization"] {
            assert!(is_manifest(path), "{path}");
        }
        for path in
            ["a.tf", "yaml", ".github/workflows/ci.yaml", "a/.b/c.yml", ".ci.yml", "a.yaml.gotmpl"]
        {
            assert!(!is_manifest(path), "{path}");
        }
    }
}
