//! Which services used which capabilities, and when, as files in the history of their repository
//! show it: nobody has to have kept a record.
//!
//! The first-parent line of `HEAD` is walked from where the last read ended. Only trees that may
//! hold a file which a rule names are compared ([`trees`]), and only such files are read. What
//! they show after each commit becomes periods ([`periods`]): a service adopts a capability with
//! the commit that brings the last file it takes, uses another version from the commit that
//! changes it, and leaves with the commit that takes it away.
//!
//! A read that goes on gives the rows of one read: the cursor holds all that decides them.

mod periods;
mod rules;
mod trees;

use std::path::Path;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use gix::ObjectId;
use milepost_events::{Basis, Provenance, batch};
use serde::{Deserialize, Serialize};

use crate::git::{Context, Reader, Repository, Tips, digest};
use crate::{Page, Remark, Source, SourceError, TablePart, Write};
use periods::State;
pub use rules::{CapabilityRule, FileRule, RuleError, Rules, ServicePart};
use trees::Trees;

/// What rows from here name as their source.
const SOURCE: &str = "capabilities";
const TABLE: &str = "capability_adoptions";
/// Changes with how rules are read, so that what was read otherwise is read again.
const READING: u32 = 1;

/// The history of a repository, nothing of it read yet.
pub struct History {
    repository: Repository,
    repository_id: String,
    observed_at: DateTime<Utc>,
}

/// How far a history was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Cursor {
    /// Of everything but history that decides what a read gives.
    rules: String,
    head: String,
    is_shallow: bool,
    /// True where a commit seemed to be made after the read: what it dates is not settled yet.
    is_unsettled: bool,
    state: State,
}

impl History {
    /// Opens the repository at `path` or above it, which the tables call `repository_id`.
    ///
    /// # Errors
    /// Where there is none or it can't be opened.
    pub fn open(
        path: &Path,
        repository_id: &str,
        observed_at: DateTime<Utc>,
    ) -> Result<History, SourceError> {
        let repository = Repository::open(path)?;
        Ok(History { repository, repository_id: repository_id.to_owned(), observed_at })
    }

    /// Name under which the cursor is kept.
    pub fn source_name(&self) -> String {
        format!("{SOURCE}:{}", self.repository_id)
    }

    /// Reads what is new since `cursor`, or all where the rules, the services or the history are
    /// not what they were; `None` where nothing is new.
    ///
    /// # Errors
    /// Where the repository has no commit, or an object is missing or damaged.
    pub fn read(
        self,
        cursor: Option<&str>,
        rules: &Rules,
    ) -> Result<Option<Adoptions>, SourceError> {
        let before: Option<Cursor> = cursor.and_then(|text| serde_json::from_str(text).ok());
        let Some(head) = Tips::read(&self.repository, false)?.head else {
            return Err(SourceError::Empty { path: self.repository.path.clone() });
        };
        let is_shallow = !self.repository.shallow()?.is_empty();
        let told = digest(&format!("{READING} {}", rules.identity()));
        let before = before.filter(|last| last.rules == told && last.is_shallow == is_shallow);
        let is_unsettled = before.as_ref().is_some_and(|last| last.is_unsettled);
        let tip = head.to_string();
        if before.as_ref().is_some_and(|last| last.head == tip) {
            return Ok(None);
        }
        let context = Context::new(self.repository_id.clone(), self.provenance(), &[]);
        let reader = Reader::new(&self.repository, &context)?;
        let until = before.as_ref().and_then(|last| ObjectId::from_hex(last.head.as_bytes()).ok());
        let mut line = line(&reader, head, until)?;
        // History that does not lead back to where the last read ended was rewritten. A commit that
        // is older than what was read before shows that a clock was wrong then.
        let is_next = line.reaches_back
            && !is_unsettled
            && before.as_ref().is_some_and(|last| line.is_later_than(last.state.at()));
        let begin = before.filter(|_| is_next);
        if begin.is_none() && line.reaches_back {
            line = self::line(&reader, head, None)?;
        }
        let is_unsettled = !line.is_until(self.observed_at);
        let misdated = line.settle(self.observed_at);
        let is_whole = begin.is_none();
        let mut state = begin.map_or_else(|| State::new(rules), |last| last.state);
        let alone = Mutex::new(());
        let mut trees = Trees::new(&self.repository, &alone, rules);
        let rows = self.play(&line, &mut trees, &mut state, rules)?;
        let rows = batch(&rows)?;
        let write = match is_whole {
            true => Write::Complete {
                table: TABLE,
                rows,
                source: SOURCE,
                part: TablePart::Is("source_id", self.repository_id.clone()),
            },
            false => Write::Upsert(TABLE, rows),
        };
        let mut remarks = trees.remarks(&self.repository_id);
        if is_whole && is_shallow {
            remarks.push(self.cut_off());
        }
        if misdated > 0 {
            remarks.push(self.misdated(misdated));
        }
        let cursor = Cursor { rules: told, head: tip, is_shallow, is_unsettled, state };
        let cursor = serde_json::to_string(&cursor).ok();
        let page = Page { writes: vec![write], cursor, ..Page::default() };
        Ok(Some(Adoptions { name: self.source_name(), page: Some(page), remarks }))
    }

    fn play(
        &self,
        line: &Line,
        trees: &mut Trees<'_>,
        state: &mut State,
        rules: &Rules,
    ) -> Result<Vec<milepost_events::tables::CapabilityAdoption>, SourceError> {
        let mut rows = periods::Rows::new(self.provenance());
        let mut tree = line.before;
        for step in &line.commits {
            let changes = trees.changes(tree, step.tree, &step.sha)?;
            tree = Some(step.tree);
            if !changes.is_empty() {
                state.step(step, changes, rules, &mut rows);
            }
        }
        Ok(rows.into_rows())
    }

    fn cut_off(&self) -> Remark {
        let text = format!(
            "{}: history was cut off, so what its services used before then is not known, and what they used then seems to begin there; fetch the whole history",
            self.repository_id
        );
        Remark { text, is_gap: true }
    }

    fn misdated(&self, commits: usize) -> Remark {
        let text = format!(
            "{}: {commits} commits have a later time than commits after them, so that uses of capabilities are dated by those after them",
            self.repository_id
        );
        Remark { text, is_gap: false }
    }

    fn provenance(&self) -> Provenance {
        Provenance {
            source: SOURCE.to_owned(),
            // The repository that shows them, for when it does not any more.
            source_id: Some(self.repository_id.clone()),
            source_url: None,
            observed_at: self.observed_at,
            deleted_at: None,
            basis: Basis::Inferred,
        }
    }
}

/// A commit of the line.
struct Step {
    tree: ObjectId,
    sha: String,
    at: Option<DateTime<Utc>>,
}

/// Clocks that differ by so little are as they are everywhere.
const CLOCKS_DIFFER: chrono::Duration = chrono::Duration::hours(24);

impl Line {
    /// True where no commit is older than that instant.
    fn is_later_than(&self, at: Option<DateTime<Utc>>) -> bool {
        let times = || self.commits.iter().filter_map(|step| step.at);
        at.is_none_or(|at| times().all(|time| time >= at))
    }

    /// True where no commit is later than that instant.
    fn is_until(&self, at: DateTime<Utc>) -> bool {
        self.commits.iter().filter_map(|step| step.at).all(|time| time <= at)
    }

    /// Makes no commit later than one after it, nor than the read, and gives how many were by more
    /// than a day: one wrong clock must not date everything that follows.
    fn settle(&mut self, observed_at: DateTime<Utc>) -> usize {
        let (mut latest, mut misdated) = (observed_at, 0);
        for step in self.commits.iter_mut().rev() {
            let at = step.at.unwrap_or(latest);
            misdated += usize::from(at - latest > CLOCKS_DIFFER);
            latest = latest.min(at);
            step.at = Some(latest);
        }
        misdated
    }
}

/// The first-parent line from some commit on.
struct Line {
    /// Oldest first.
    commits: Vec<Step>,
    /// Tree of the commit before them.
    before: Option<ObjectId>,
    /// True where the commit was met that should come before them.
    reaches_back: bool,
}

/// The line from `head` back to `until`, or to its root where it does not meet that.
fn line(reader: &Reader<'_>, head: ObjectId, until: Option<ObjectId>) -> Result<Line, SourceError> {
    let mut line = Line { commits: Vec::new(), before: None, reaches_back: false };
    let mut next = Some(head);
    while let Some(id) = next {
        let commit = reader.read(id)?;
        if Some(id) == until {
            line.before = Some(commit.tree);
            line.reaches_back = true;
            break;
        }
        next = commit.parents.first().copied();
        let at = commit.row.committed_at;
        line.commits.push(Step { tree: commit.tree, sha: id.to_string(), at });
    }
    line.commits.reverse();
    Ok(line)
}

/// Uses of capabilities that a history shows.
pub struct Adoptions {
    name: String,
    page: Option<Page>,
    remarks: Vec<Remark>,
}

impl Source for Adoptions {
    fn name(&self) -> &str {
        &self.name
    }

    fn next_page(&mut self) -> Result<Option<Page>, SourceError> {
        Ok(self.page.take())
    }

    fn remarks(&self) -> Vec<Remark> {
        self.remarks.clone()
    }
}
