//! Files that rules name and that a commit changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use gix::ObjectId;
use gix::bstr::{BString, ByteSlice};
use gix::objs::tree::EntryMode;
use gix::objs::{Find as _, TreeRefIter};

use super::rules::Rules;
use crate::git::{Found, Objects, Repository};
use crate::{Remark, SourceError};

/// A file above that is no configuration that anyone wrote.
const MOST_BYTES: u64 = 1 << 20;

/// A named file and its content; `None` where it is gone or can't be read.
pub(super) type Changed = (String, Option<String>);

/// Compares trees where rules look.
pub(super) struct Trees<'a> {
    repository: &'a Repository,
    objects: Objects<'a>,
    rules: &'a Rules,
    too_large: BTreeSet<String>,
    missing: usize,
}

type Entries = BTreeMap<BString, (EntryMode, ObjectId)>;

impl<'a> Trees<'a> {
    pub(super) fn new(
        repository: &'a Repository,
        alone: &'a Mutex<()>,
        rules: &'a Rules,
    ) -> Trees<'a> {
        let objects = Objects::new(repository, alone);
        Trees { repository, objects, rules, too_large: BTreeSet::new(), missing: 0 }
    }

    /// Named files that differ between the trees, in the order of their paths.
    ///
    /// # Errors
    /// Where a tree or file is missing or damaged.
    pub(super) fn changes(
        &mut self,
        before: Option<ObjectId>,
        after: ObjectId,
        sha: &str,
    ) -> Result<Vec<Changed>, SourceError> {
        let mut changes = Vec::new();
        self.compare(before, Some(after), "", sha, &mut changes)?;
        changes.sort();
        Ok(changes)
    }

    fn compare(
        &mut self,
        before: Option<ObjectId>,
        after: Option<ObjectId>,
        folder: &str,
        sha: &str,
        changes: &mut Vec<Changed>,
    ) -> Result<(), SourceError> {
        if before == after {
            return Ok(());
        }
        let (old, new) = (self.entries(before, sha)?, self.entries(after, sha)?);
        let names: BTreeSet<&BString> = old.keys().chain(new.keys()).collect();
        for name in names {
            let (was, is) = (old.get(name).copied(), new.get(name).copied());
            // A name that is no text can't be in a rule.
            let Some(name) = name.to_str().ok().filter(|_| was != is) else { continue };
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            let trees = [was, is].map(|side| side.filter(|(mode, _)| mode.is_tree()));
            if trees.iter().any(Option::is_some) && self.rules.may_hold(&path) {
                let [was, is] = trees.map(|side| side.map(|(_, id)| id));
                self.compare(was, is, &path, sha, changes)?;
            }
            let files = [was, is].map(|side| side.filter(|(mode, _)| mode.is_blob()));
            if files.iter().any(Option::is_some) && self.rules.is_named(&path) {
                let content = match files[1] {
                    Some((_, id)) => self.content(id, &path)?,
                    None => None,
                };
                changes.push((path, content));
            }
        }
        Ok(())
    }

    fn entries(&self, tree: Option<ObjectId>, sha: &str) -> Result<Entries, SourceError> {
        let Some(id) = tree else { return Ok(Entries::new()) };
        let fail = |error: &dyn std::error::Error| {
            self.repository.object(&format!("the tree {id} of commit {sha}"), error)
        };
        let mut buffer = Vec::new();
        let found = self.objects.try_find(&id, &mut buffer).map_err(|error| fail(&error))?;
        let data = found.ok_or_else(|| fail(&std::io::Error::other("it is missing")))?;
        let mut entries = Entries::new();
        for entry in TreeRefIter::from_bytes(data.data, id.kind()) {
            let entry = entry.map_err(|error| fail(&error))?;
            entries.insert(entry.filename.to_owned(), (entry.mode, entry.oid.to_owned()));
        }
        Ok(entries)
    }

    fn content(&mut self, id: ObjectId, path: &str) -> Result<Option<String>, SourceError> {
        let mut buffer = Vec::new();
        let found = self.objects.large(id, MOST_BYTES, &mut buffer);
        match found.map_err(|error| self.repository.object(&format!("the file {path}"), &error))? {
            Found::Read => Ok(Some(String::from_utf8_lossy(&buffer).into_owned())),
            Found::TooLarge => {
                self.too_large.insert(path.to_owned());
                Ok(None)
            }
            Found::Missing => {
                self.missing += 1;
                Ok(None)
            }
        }
    }

    /// What could not be read.
    pub(super) fn remarks(&self, repository_id: &str) -> Vec<Remark> {
        let mut remarks = Vec::new();
        if let Some(first) = self.too_large.first() {
            remarks.push(Remark {
                text: format!(
                    "{repository_id}: {} files that rules of capabilities name are larger than 1 MiB and were taken for absent, such as {first}; name smaller ones",
                    self.too_large.len()
                ),
                is_gap: true,
            });
        }
        if self.missing > 0 {
            remarks.push(Remark {
                text: format!(
                    "{repository_id}: {} contents of files that rules of capabilities name were never fetched, so uses of capabilities may be missing; fetch the repository as a whole",
                    self.missing
                ),
                is_gap: true,
            });
        }
        remarks
    }
}
