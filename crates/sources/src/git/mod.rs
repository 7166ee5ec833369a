//! A git repository: its commits with line counts, and what can be deduced from them.
//!
//! One read walks the commits that `HEAD` and the tags reach and the last read did not
//! ([`walk`]), compares each with its first parent on all cores ([`workers`], [`lines`]) and
//! hands the rows on block by block. The last page holds what follows from the whole: pull
//! requests ([`pull_requests`]), deployments and services ([`deployments`]), people
//! ([`authors`]), and the cursor.
//!
//! What an earlier read gave and nothing reaches any more is marked ([`lost`]); what a clone
//! leaves out, or can't be read without harm to the rest, is told as a [`Remark`].
//!
//! Git is never started as a process, and of the configuration only what says where objects
//! are is honoured. Objects are read within bounds ([`objects`]).

mod application;
mod authors;
mod commits;
mod cursor;
mod deployments;
#[cfg(test)]
mod fuzz;
mod header;
mod incomplete;
mod lines;
mod lost;
mod message;
pub mod mirror;
mod objects;
mod people;
mod pull_requests;
mod references;
mod repository;
mod reverts;
pub(crate) mod tags;
mod walk;
mod workers;

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use chrono::{DateTime, Utc};
use gix::ObjectId;
use gix::objs::Find;
use milepost_events::tables::{Commit, Repository as RepositoryRow};
use milepost_events::{Basis, Provenance, batch};

use crate::{Page, Progress, Remark, Source, SourceError, TablePart, Write};
pub use application::Application;
pub(crate) use authors::kind as person_kind;
pub(crate) use commits::Context;
use cursor::Cursor;
pub(crate) use cursor::digest;
pub use deployments::DeploymentsFrom;
use deployments::{Inferred, Origin, from_branch, from_tags};
pub(crate) use incomplete::remarks as clone_remarks;
pub(crate) use lines::tree;
use lost::Lost;
pub(crate) use message::work_item_keys;
pub(crate) use objects::{Found, Objects};
pub(crate) use references::Tips;
pub(crate) use repository::{Repository, id_of_url};
pub(crate) use tags::{VersionTag, declared, stable};
pub(crate) use walk::Reader;
use walk::{NewCommits, new_commits};
use workers::{BLOCK, Comparison, Task};

/// What rows from here name as their source.
const SOURCE: &str = "git";

/// What to read of a repository, and how.
#[derive(Debug, Clone)]
pub struct GitOptions {
    /// Name to keep the repository under; `None` for the origin remote's or the folder's.
    pub repository_id: Option<String>,
    /// What to take for a deployment.
    pub deployments_from: DeploymentsFrom,
    /// Reads what all branches reach, not only `HEAD` and the tags.
    pub all_branches: bool,
    /// As-of instant of the read, for `observed_at`; UTC.
    pub observed_at: DateTime<Utc>,
    /// Services that the catalogue maps tag prefixes to, prefix first.
    pub tag_prefixes: Vec<(String, String)>,
    /// Services whose deployments are known from elsewhere: tags give none of them.
    pub deployed_elsewhere: Vec<String>,
}

/// A repository being read.
pub struct GitSource {
    name: String,
    progress: Progress,
    comparison: Comparison,
    /// Rows of the commits being compared, in the same order.
    rows: std::vec::IntoIter<Commit>,
    /// What follows from the whole; `None` once it was given.
    last_page: Option<Page>,
    keeping: Keeping,
    /// How far this read goes.
    cursor: Cursor,
    repository: Repository,
    repository_id: String,
    /// Commits of which not all lines are known.
    unknown: u64,
    done: u64,
    total: u64,
}

/// How the commits of a read relate to those in the lake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeping {
    /// None of them can be there.
    New,
    /// Some may be there.
    Known,
    /// They are all there are: others are gone.
    Whole,
}

impl GitSource {
    /// Opens the repository at `path` or above it. Its name there is `git:<repository_id>`.
    ///
    /// # Errors
    /// Where there is none or it can't be opened.
    pub fn open(path: &Path, options: GitOptions) -> Result<Opened, SourceError> {
        let repository = Repository::open(path)?;
        let repository_id = options.repository_id.clone().unwrap_or_else(|| repository.id());
        Ok(Opened { repository, repository_id, options })
    }
}

/// The name that the remote of the repository in exactly this folder gives it, if it has one;
/// `None` where the folder is no repository.
pub fn remote_of(folder: &Path) -> Option<Option<String>> {
    let is_repository = folder.join(".git").exists()
        || (folder.join("HEAD").is_file() && folder.join("objects").is_dir());
    if !is_repository {
        return None;
    }
    Some(
        Repository::open(folder)
            .ok()?
            .url()
            .map(|url| url.trim_start_matches("https://").to_owned()),
    )
}

/// An opened repository, nothing of it read yet.
pub struct Opened {
    repository: Repository,
    repository_id: String,
    options: GitOptions,
}

impl Opened {
    /// True where the repository has no commit.
    pub fn is_empty(&self) -> bool {
        self.tips().is_ok_and(|tips| tips.commits().next().is_none())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.repository.path
    }

    /// The repository's id in all tables.
    pub fn repository_id(&self) -> &str {
        &self.repository_id
    }

    /// Name under which the cursor is kept.
    pub fn source_name(&self) -> String {
        format!("git:{}", self.repository_id)
    }

    /// Services that the catalogue maps tag prefixes to, prefix first.
    pub fn set_tag_prefixes(&mut self, tag_prefixes: Vec<(String, String)>) {
        self.options.tag_prefixes = tag_prefixes;
    }

    /// Names services whose deployments are known from elsewhere.
    pub fn set_deployed_elsewhere(&mut self, services: Vec<String>) {
        self.options.deployed_elsewhere = services;
    }

    /// Checks that there is something to read and that a tag pattern matches, before anything
    /// is written. Tells which references have to be passed over.
    ///
    /// # Errors
    /// Where the repository has no commit, the tag pattern matches nothing, or `HEAD` can't be
    /// read.
    pub fn check(&self) -> Result<Vec<Remark>, SourceError> {
        let tips = self.tips()?;
        if tips.commits().next().is_none() {
            return Err(SourceError::Empty { path: self.repository.path.clone() });
        }
        deployments::check(&self.options.deployments_from, &tips.tags)?;
        Ok(tips.remark(&self.repository).into_iter().collect())
    }

    fn tips(&self) -> Result<Tips, SourceError> {
        Tips::read(&self.repository, self.options.all_branches)
    }

    /// Begins to read what is new since `cursor`, or all without one. `None` where nothing is.
    ///
    /// # Errors
    /// Where the repository has no commit, the tag pattern matches nothing, or an object can't
    /// be read.
    pub fn read(
        self,
        cursor: Option<&str>,
        progress: Progress,
    ) -> Result<Option<GitSource>, SourceError> {
        // A cursor of an earlier version that can't be understood means: read all again.
        let before: Option<Cursor> = cursor.and_then(|text| serde_json::from_str(text).ok());
        let tips = self.tips()?;
        let mailmap = self.mailmap(&tips)?;
        let mailmap_id = mailmap.as_ref().map(|(id, _)| *id);
        let now = Cursor::now(&self.repository, &self.options, &tips, mailmap_id)?;
        let is_completed = before.as_ref().is_some_and(|last| last.is_completed(&self.repository));
        if !is_completed && before.as_ref().is_some_and(|before| before.state == now.state) {
            return Ok(None);
        }
        if let Some(before) = &before {
            self.check_same(before, &now)?;
        }
        let last = before.clone().filter(|last| {
            let is_alike = !is_completed && last.shallow == now.shallow;
            is_alike && self.repository.has_all(&last.heads)
        });
        let keeping = match cursor {
            None => Keeping::New,
            // A shallow clone does not tell what is gone.
            Some(_) if now.shallow.is_empty() => Keeping::Whole,
            Some(_) => Keeping::Known,
        };
        let context = Arc::new(Context::new(
            self.repository_id.clone(),
            self.provenance(Basis::Recorded),
            mailmap.as_ref().map_or(&[][..], |(_, text)| text),
        ));
        self.start(context, Plan { tips, before, last, now, keeping }, progress).map(Some)
    }

    fn start(
        self,
        context: Arc<Context>,
        plan: Plan,
        progress: Progress,
    ) -> Result<GitSource, SourceError> {
        let Plan { tips, before, last, mut now, mut keeping } = plan;
        let known = last.as_ref().map(Cursor::heads).unwrap_or_default();
        let reader = Reader::new(&self.repository, &context)?;
        let mut comparison = Comparison::start(self.repository.clone(), context.clone());
        let (mut block, mut found) = (Vec::with_capacity(BLOCK), 0);
        let mut new = new_commits(&reader, tips.commits(), &known, |commit| {
            block.push(Task::of(commit));
            if block.len() == BLOCK {
                comparison.give(std::mem::take(&mut block));
                found += BLOCK as u64;
                progress(0, found);
            }
        })?;
        if !block.is_empty() {
            comparison.give(block);
        }
        comparison.close();
        let lost = self.lost(&reader, before.as_ref(), &tips, &new)?;
        let left = lost.as_ref().map(|lost| lost.left(&known)).unwrap_or_default();
        now.heads = new.heads(&left).iter().map(ObjectId::to_string).collect();
        now.roots = roots(&new, last.as_ref());
        now.lose(before.as_ref(), lost.as_ref().map(|lost| &lost.ids[..]), |id| {
            new.get(id).is_some()
        });
        let mut page = self.whole(&reader, &mut new, &tips, last.as_ref(), &now)?;
        if let Some(last) = &last {
            let may_be_known = last.may_have(new.commits.iter().map(|commit| commit.id));
            keeping = if may_be_known { Keeping::Known } else { Keeping::New };
            now.missing.clone_from(&last.missing);
            page.writes.extend(self.corrections(&reader, &tips, last, &now, lost.as_ref())?);
        }
        let total = new.commits.len() as u64;
        let rows: Vec<Commit> = new.commits.into_iter().map(|commit| commit.row).collect();
        Ok(GitSource {
            name: self.source_name(),
            progress,
            comparison,
            rows: rows.into_iter(),
            last_page: Some(page),
            keeping,
            cursor: now,
            repository: self.repository.clone(),
            repository_id: self.repository_id.clone(),
            unknown: 0,
            done: 0,
            total,
        })
    }

    /// What changes of commits that were read before: marks of those that are lost, and names.
    fn corrections(
        &self,
        reader: &Reader<'_>,
        tips: &Tips,
        last: &Cursor,
        now: &Cursor,
        lost: Option<&Lost>,
    ) -> Result<Vec<Write>, SourceError> {
        let mut writes = Vec::new();
        if let Some(lost) = lost {
            writes.extend(lost.marks(reader, &self.provenance(Basis::Recorded))?);
        }
        if last.mailmap != now.mailmap {
            writes.extend(people::renamed(reader, tips, &self.provenance(Basis::Inferred))?);
        }
        Ok(writes)
    }

    /// What the last read reached and nothing reaches now; `None` where its commits are gone.
    fn lost(
        &self,
        reader: &Reader<'_>,
        before: Option<&Cursor>,
        tips: &Tips,
        new: &NewCommits,
    ) -> Result<Option<Lost>, SourceError> {
        match before {
            None => Ok(Some(Lost::default())),
            Some(before) if self.repository.has_all(&before.heads) => {
                Lost::find(reader, &before.heads(), tips, new).map(Some)
            }
            Some(_) => Ok(None),
        }
    }

    /// Everything that follows from the history as a whole.
    fn whole(
        &self,
        reader: &Reader<'_>,
        new: &mut NewCommits,
        tips: &Tips,
        last: Option<&Cursor>,
        now: &Cursor,
    ) -> Result<Page, SourceError> {
        let provenance = self.provenance(Basis::Inferred);
        let mut page = Page::default();
        page.writes.push(Write::Upsert("repositories", batch(&[self.row(tips)])?));
        let last_head =
            last.and_then(|last| last.head.as_deref()).and_then(|head| head.parse().ok());
        let line = match tips.head {
            Some(head) => reader.line(new, head, last_head)?,
            None => Vec::new(),
        };
        let base_ref = tips.branch.as_deref();
        let is_whole = last.is_none();
        let pull_requests =
            pull_requests::pull_requests(reader, new, &line, base_ref, &provenance, is_whole)?;
        reverts::resolve(reader, new, &pull_requests)?;
        // Where the line goes back to its root, the last read's head is not on it any more.
        let is_continued = last_head.is_some()
            && (line.is_empty() && tips.head == last_head
                || line
                    .last()
                    .and_then(|id| new.get(id))
                    .is_some_and(|oldest| oldest.parents.first().copied() == last_head));
        let rows = batch(&pull_requests)?;
        page.writes.push(if is_continued {
            // A number that comes again later is a mention of the pull request, not another one.
            Write::Insert("pull_requests", rows)
        } else {
            complete("pull_requests", rows, &self.repository_id)
        });
        let is_same = is_continued && last.is_some_and(|last| last.deployments == now.deployments);
        self.deployed(reader, new, tips, &line, is_same, &mut page)?;
        page.writes.extend(people::people(&new.commits, &provenance)?);
        Ok(page)
    }

    fn deployed(
        &self,
        reader: &Reader<'_>,
        new: &NewCommits,
        tips: &Tips,
        line: &[ObjectId],
        is_same: bool,
        page: &mut Page,
    ) -> Result<(), SourceError> {
        let origin = Origin {
            repository_id: &self.repository_id,
            provenance: &self.provenance(Basis::Inferred),
            tag_prefixes: &self.options.tag_prefixes,
            deployed_elsewhere: &self.options.deployed_elsewhere,
        };
        let mut is_all = true;
        let inferred = match (&self.options.deployments_from, tips.head) {
            (DeploymentsFrom::VersionTags, _) => from_tags(reader, new, &tips.tags, None, &origin)?,
            (DeploymentsFrom::Tags(pattern), _) => {
                from_tags(reader, new, &tips.tags, Some(pattern), &origin)?
            }
            (DeploymentsFrom::Branch, None) => Inferred::default(),
            (DeploymentsFrom::Branch, Some(head)) => {
                is_all = !is_same;
                let whole = if is_all { reader.line(new, head, None)? } else { line.to_vec() };
                from_branch(reader, new, &whole, tips.branch.as_deref().unwrap_or("HEAD"), &origin)?
            }
        };
        let rows = batch(&inferred.deployments)?;
        page.writes.push(if is_all {
            complete("deployments", rows, &self.repository_id)
        } else {
            Write::Upsert("deployments", rows)
        });
        page.writes.push(Write::Complete {
            table: "services",
            rows: batch(&inferred.services)?,
            source: SOURCE,
            part: TablePart::Is("source_id", self.repository_id.clone()),
        });
        let rows = batch(&inferred.service_repositories)?;
        page.writes.push(complete("service_repositories", rows, &self.repository_id));
        Ok(())
    }

    fn row(&self, tips: &Tips) -> RepositoryRow {
        let name = self.repository_id.rsplit('/').next().unwrap_or(&self.repository_id);
        RepositoryRow {
            repository_id: self.repository_id.clone(),
            name: name.to_owned(),
            url: self.repository.url(),
            default_branch: tips.branch.clone(),
            head_sha: tips.head.map(|head| head.to_string()),
            provenance: self.provenance(Basis::Recorded),
        }
    }

    fn provenance(&self, basis: Basis) -> Provenance {
        Provenance {
            source: SOURCE.to_owned(),
            source_id: None,
            source_url: None,
            observed_at: self.options.observed_at,
            deleted_at: None,
            basis,
        }
    }

    /// Id and text of `.mailmap` in `HEAD`'s tree: the working tree may hold anything. `None` also
    /// where it was never fetched.
    fn mailmap(&self, tips: &Tips) -> Result<Option<(ObjectId, Vec<u8>)>, SourceError> {
        let Some(head) = tips.head else {
            return Ok(None);
        };
        let local = self.repository.shared.to_thread_local();
        let fail = |error: gix::Error| self.repository.object("the mailmap of HEAD", &error);
        let commit = local.find_commit(head).map_err(fail)?;
        let tree = match commit.tree() {
            Err(error) if self.repository.is_partial && error.is_not_found() => return Ok(None),
            tree => tree.map_err(fail)?,
        };
        let Some(entry) = tree.find_entry(".mailmap").filter(|entry| entry.mode().is_blob()) else {
            return Ok(None);
        };
        let id = entry.object_id();
        let mut text = Vec::new();
        match local.objects.try_find(&id, &mut text).map_err(fail)? {
            Some(_) => Ok(Some((id, text))),
            None => Ok(None),
        }
    }

    /// Refuses to read another repository under the name of one that was read before: its rows
    /// would push out the other's.
    fn check_same(&self, last: &Cursor, now: &Cursor) -> Result<(), SourceError> {
        let is_whole = last.shallow.is_empty() && now.shallow.is_empty();
        let local = self.repository.shared.to_thread_local();
        let has = |id: &String| id.parse().is_ok_and(|id: ObjectId| local.has_object(id));
        if !is_whole || last.roots.is_empty() || last.roots.iter().any(has) {
            return Ok(());
        }
        Err(SourceError::OtherRepository {
            path: self.repository.path.clone(),
            repository_id: self.repository_id.clone(),
        })
    }
}

/// What is to be read.
struct Plan {
    tips: Tips,
    /// The last read.
    before: Option<Cursor>,
    /// The same where this one goes on from there; `None` where all is read again.
    last: Option<Cursor>,
    now: Cursor,
    keeping: Keeping,
}

impl Source for GitSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn next_page(&mut self) -> Result<Option<Page>, SourceError> {
        let Some(compared) = self.comparison.next_block()? else {
            return Ok(self
                .last_page
                .take()
                .map(|page| Page { cursor: serde_json::to_string(&self.cursor).ok(), ..page }));
        };
        self.cursor.miss(&compared.missing);
        let mut rows: Vec<Commit> = self.rows.by_ref().take(compared.totals.len()).collect();
        for (row, totals) in rows.iter_mut().zip(compared.totals) {
            row.files_changed_count = totals.files;
            row.additions_count = totals.lines.map(|(added, _)| added);
            row.deletions_count = totals.lines.map(|(_, removed)| removed);
            self.unknown += u64::from(!row.is_merge && totals.lines.is_none());
        }
        self.done += rows.len() as u64;
        (self.progress)(self.done, self.total);
        // Files first: a commit's row says that its files are there.
        let writes =
            vec![self.write("commit_files", compared.files), self.write("commits", batch(&rows)?)];
        Ok(Some(Page { writes, ..Page::default() }))
    }

    fn remarks(&self) -> Vec<Remark> {
        let mut remarks = incomplete::remarks(&self.repository);
        if self.repository.is_partial && self.unknown > 0 {
            remarks.push(incomplete::partial(&self.repository, self.unknown));
        }
        remarks
    }
}

impl GitSource {
    fn write(&self, table: &'static str, rows: RecordBatch) -> Write {
        match self.keeping {
            Keeping::New => Write::Append(table, rows),
            // Files that were never fetched are not gone.
            Keeping::Whole if !(self.repository.is_partial && table == "commit_files") => {
                complete(table, rows, &self.repository_id)
            }
            Keeping::Known | Keeping::Whole => Write::Upsert(table, rows),
        }
    }
}

/// All rows that this source has of the repository.
fn complete(table: &'static str, rows: RecordBatch, repository_id: &str) -> Write {
    let part = TablePart::Is("repository_id", repository_id.to_owned());
    Write::Complete { table, rows, source: SOURCE, part }
}

/// Commits without parents that were met so far, sorted.
fn roots(new: &NewCommits, last: Option<&Cursor>) -> Vec<String> {
    let met = new.commits.iter().filter(|commit| commit.parents.is_empty());
    let mut roots: Vec<String> = met.map(|commit| commit.row.sha.clone()).collect();
    roots.extend(last.into_iter().flat_map(|last| last.roots.iter().cloned()));
    roots.sort();
    roots.dedup();
    roots
}
