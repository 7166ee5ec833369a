//! Comparing commits on all cores, handing the results back in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use arrow::array::RecordBatch;
use gix::ObjectId;
use gix::objs::{CommitRefIter, Find};
use milepost_events::{CommitFileColumns, batch};

use super::commits::{Context, ReadCommit};
use super::lines::Comparer;
use super::repository::Repository;
use crate::SourceError;

/// Neighbours in time share most of their trees, so a thread takes this many in a row.
const BLOCK: usize = 256;

/// Rows of one block of commits.
pub(crate) struct Block {
    pub(crate) commits: RecordBatch,
    pub(crate) files: RecordBatch,
    /// Commits in the block.
    pub(crate) count: usize,
}

/// Blocks being compared in the background.
pub(crate) struct Comparison {
    results: Receiver<(usize, Result<Block, SourceError>)>,
    waiting: BTreeMap<usize, Block>,
    next: usize,
    blocks: usize,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    path: std::path::PathBuf,
}

struct Work {
    repository: Repository,
    context: Arc<Context>,
    /// Taken out block by block.
    commits: Mutex<Vec<Option<Vec<ReadCommit>>>>,
    /// Trees of the commits being compared, for their children.
    trees: std::collections::HashMap<ObjectId, ObjectId>,
    next: AtomicUsize,
    stop: Arc<AtomicBool>,
}

impl Comparison {
    /// Starts comparing the commits with their first parents.
    pub(crate) fn start(repository: Repository, context: Arc<Context>, commits: Vec<ReadCommit>) -> Comparison {
        let trees = commits.iter().map(|commit| (commit.id, commit.tree)).collect();
        let mut blocks: Vec<Option<Vec<ReadCommit>>> = Vec::new();
        let mut commits = commits.into_iter().peekable();
        while commits.peek().is_some() {
            blocks.push(Some(commits.by_ref().take(BLOCK).collect()));
        }
        let count = blocks.len();
        let path = repository.path.clone();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let stop = Arc::new(AtomicBool::new(false));
        let (sender, results) = sync_channel(2 * cores);
        let work = Arc::new(Work {
            repository,
            context,
            commits: Mutex::new(blocks),
            trees,
            next: AtomicUsize::new(0),
            stop: stop.clone(),
        });
        let threads = (0..cores.min(count))
            .map(|_| {
                let (work, sender) = (work.clone(), sender.clone());
                std::thread::spawn(move || {
                    let local = work.repository.shared.to_thread_local();
                    let mut comparer = Comparer::default();
                    while let Some((at, block)) = work.take() {
                        let result = work.compare(&local, &mut comparer, block);
                        if sender.send((at, result)).is_err() {
                            break;
                        }
                    }
                })
            })
            .collect();
        Comparison { results, waiting: BTreeMap::new(), next: 0, blocks: count, stop, threads, path }
    }

    /// The next block in the order of the commits, or `None` at the end.
    ///
    /// # Errors
    /// Where an object is missing or damaged.
    pub(crate) fn next_block(&mut self) -> Result<Option<Block>, SourceError> {
        if self.next == self.blocks {
            return Ok(None);
        }
        loop {
            if let Some(block) = self.waiting.remove(&self.next) {
                self.next += 1;
                return Ok(Some(block));
            }
            match self.results.recv() {
                Ok((at, block)) => self.waiting.insert(at, block?),
                // Threads end early only by a fault of their own: what they left out must not
                // look like a history that is shorter.
                Err(_) => {
                    return Err(SourceError::Object {
                        path: self.path.clone(),
                        object: "the history".to_owned(),
                        reason: "a reading thread ended before its work was done".to_owned(),
                    });
                }
            };
        }
    }
}

impl Drop for Comparison {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // A thread that waits for room ends once nobody can receive any more.
        while self.results.try_recv().is_ok() {}
        let (_, closed) = sync_channel(0);
        self.results = closed;
        for thread in self.threads.drain(..) {
            // A thread that panicked has already said so; there is nothing left to undo.
            drop(thread.join());
        }
    }
}

impl Work {
    fn take(&self) -> Option<(usize, Vec<ReadCommit>)> {
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        let mut blocks = self.commits.lock().ok()?;
        blocks.get_mut(at)?.take().map(|block| (at, block))
    }

    fn compare(
        &self,
        local: &gix::Repository,
        comparer: &mut Comparer,
        block: Vec<ReadCommit>,
    ) -> Result<Block, SourceError> {
        let mut files = CommitFileColumns::default();
        let mut rows = Vec::with_capacity(block.len());
        for mut commit in block {
            if commit.parents.len() < 2 {
                self.compare_one(local, comparer, &mut commit, &mut files)?;
            }
            rows.push(commit.row);
        }
        Ok(Block {
            count: rows.len(),
            commits: batch(&rows)?,
            files: files.finish(&self.context.provenance)?,
        })
    }

    fn compare_one(
        &self,
        local: &gix::Repository,
        comparer: &mut Comparer,
        commit: &mut ReadCommit,
        files: &mut CommitFileColumns,
    ) -> Result<(), SourceError> {
        let fail = |error: gix::Error| {
            self.repository.object(&format!("what commit {} changed", commit.id), &error)
        };
        let before = match commit.parents.first() {
            Some(parent) => Some(self.tree_of(local, *parent).map_err(fail)?),
            None => None,
        };
        let changes = comparer.compare(&local.objects, before, commit.tree).map_err(fail)?;
        let row = &mut commit.row;
        let (mut added, mut removed) = (0, 0);
        for change in &changes {
            let (plus, minus) = change.lines.unwrap_or((0, 0));
            added += plus;
            removed += minus;
            files.push(&row.repository_id, &row.sha, row.committed_at, &change.path, change.change, change.lines);
        }
        row.files_changed_count = Some(changes.len() as i64);
        row.additions_count = Some(added);
        row.deletions_count = Some(removed);
        Ok(())
    }

    fn tree_of(&self, local: &gix::Repository, id: ObjectId) -> Result<ObjectId, gix::Error> {
        if let Some(tree) = self.trees.get(&id) {
            return Ok(*tree);
        }
        let mut buffer = Vec::new();
        let data = local.objects.try_find(&id, &mut buffer)?;
        let tree = data.and_then(|data| CommitRefIter::from_bytes(data.data, id.kind()).tree_id().ok());
        tree.ok_or_else(|| gix::Error::from_error(std::io::Error::other(format!("commit {id} is missing"))))
    }
}
