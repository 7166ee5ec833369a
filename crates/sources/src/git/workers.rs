//! Comparing commits with their first parents on all cores, while the walk still goes on.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use arrow::array::RecordBatch;
use chrono::{DateTime, Utc};
use gix::ObjectId;
use gix::objs::{CommitRefIter, Find};
use milepost_events::CommitFileColumns;

use super::commits::{Context, ReadCommit};
use super::lines::Comparer;
use super::repository::Repository;
use crate::SourceError;

/// Neighbours in time share most of their trees, so a thread takes this many in a row.
pub(crate) const BLOCK: usize = 256;

/// What comparing needs of a commit.
pub(crate) struct Task {
    id: ObjectId,
    tree: ObjectId,
    parents: Vec<ObjectId>,
    committed_at: Option<DateTime<Utc>>,
}

impl Task {
    pub(crate) fn of(commit: &ReadCommit) -> Task {
        Task {
            id: commit.id,
            tree: commit.tree,
            parents: commit.parents.clone(),
            committed_at: commit.row.committed_at,
        }
    }
}

/// What a commit changed in all; `None` for a merge.
pub(crate) type Totals = Option<(i64, i64, i64)>;

/// What a block of commits changed.
pub(crate) struct Compared {
    pub(crate) files: RecordBatch,
    /// Files, added and removed lines of each commit, in order.
    pub(crate) totals: Vec<Totals>,
}

type Done = (usize, Result<Compared, SourceError>);

/// Commits being compared in the background, block by block.
pub(crate) struct Comparison {
    tasks: Option<Sender<(usize, Vec<Task>)>>,
    given: usize,
    results: Receiver<Done>,
    waiting: BTreeMap<usize, Compared>,
    taken: usize,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    path: PathBuf,
}

/// What the threads share.
struct Shared {
    repository: Repository,
    context: Arc<Context>,
    tasks: Mutex<Receiver<(usize, Vec<Task>)>>,
    stop: Arc<AtomicBool>,
}

impl Comparison {
    /// Starts the threads; they wait for blocks.
    pub(crate) fn start(repository: Repository, context: Arc<Context>) -> Comparison {
        let path = repository.path.clone();
        let stop = Arc::new(AtomicBool::new(false));
        let (tasks, receiver) = channel();
        let (sender, results) = channel();
        let shared = Arc::new(Shared {
            repository,
            context,
            tasks: Mutex::new(receiver),
            stop: stop.clone(),
        });
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = (0..cores)
            .map(|_| {
                let (shared, sender) = (shared.clone(), sender.clone());
                std::thread::spawn(move || shared.work(&sender))
            })
            .collect();
        let waiting = BTreeMap::new();
        Comparison { tasks: Some(tasks), given: 0, results, waiting, taken: 0, stop, threads, path }
    }

    /// Gives the next block of commits to compare.
    pub(crate) fn give(&mut self, block: Vec<Task>) {
        if let Some(tasks) = &self.tasks
            && tasks.send((self.given, block)).is_ok()
        {
            self.given += 1;
        }
    }

    /// Says that no more blocks come.
    pub(crate) fn close(&mut self) {
        self.tasks = None;
    }

    /// What the next block changed, in the order given; `None` after the last.
    ///
    /// # Errors
    /// Where an object is missing or damaged.
    pub(crate) fn next_block(&mut self) -> Result<Option<Compared>, SourceError> {
        if self.taken == self.given {
            return Ok(None);
        }
        loop {
            if let Some(block) = self.waiting.remove(&self.taken) {
                self.taken += 1;
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
        self.close();
        for thread in self.threads.drain(..) {
            // A thread that panicked has already said so; there is nothing left to undo.
            drop(thread.join());
        }
    }
}

impl Shared {
    fn work(&self, results: &Sender<Done>) {
        let local = self.repository.shared.to_thread_local();
        let mut comparer = Comparer::default();
        while let Some((at, block)) = self.take() {
            let result = self.compare(&local, &mut comparer, block);
            if results.send((at, result)).is_err() {
                break;
            }
        }
    }

    fn take(&self) -> Option<(usize, Vec<Task>)> {
        let task = self.tasks.lock().ok()?.recv().ok()?;
        (!self.stop.load(Ordering::Relaxed)).then_some(task)
    }

    fn compare(
        &self,
        local: &gix::Repository,
        comparer: &mut Comparer,
        block: Vec<Task>,
    ) -> Result<Compared, SourceError> {
        let trees: HashMap<ObjectId, ObjectId> =
            block.iter().map(|task| (task.id, task.tree)).collect();
        let mut files = CommitFileColumns::default();
        let totals = block
            .iter()
            .map(|task| {
                if task.parents.len() > 1 {
                    return Ok(None);
                }
                self.compare_one(local, comparer, &trees, task, &mut files).map(Some)
            })
            .collect::<Result<_, SourceError>>()?;
        Ok(Compared { totals, files: files.finish(&self.context.provenance)? })
    }

    fn compare_one(
        &self,
        local: &gix::Repository,
        comparer: &mut Comparer,
        trees: &HashMap<ObjectId, ObjectId>,
        task: &Task,
        files: &mut CommitFileColumns,
    ) -> Result<(i64, i64, i64), SourceError> {
        let fail = |error: gix::Error| {
            self.repository.object(&format!("what commit {} changed", task.id), &error)
        };
        let before = match task.parents.first() {
            Some(parent) => Some(tree_of(local, trees, *parent).map_err(fail)?),
            None => None,
        };
        let changes = comparer.compare(&local.objects, before, task.tree).map_err(fail)?;
        let sha = task.id.to_string();
        let repository_id = &self.context.repository_id;
        let (mut added, mut removed) = (0, 0);
        for change in &changes {
            let (plus, minus) = change.lines.unwrap_or((0, 0));
            added += plus;
            removed += minus;
            let committed_at = task.committed_at;
            files.push(
                repository_id,
                &sha,
                committed_at,
                &change.path,
                change.change,
                change.lines,
            );
        }
        Ok((changes.len() as i64, added, removed))
    }
}

fn tree_of(
    local: &gix::Repository,
    trees: &HashMap<ObjectId, ObjectId>,
    id: ObjectId,
) -> Result<ObjectId, gix::Error> {
    if let Some(tree) = trees.get(&id) {
        return Ok(*tree);
    }
    let mut buffer = Vec::new();
    let data = local.objects.try_find(&id, &mut buffer)?;
    let tree = data.and_then(|data| CommitRefIter::from_bytes(data.data, id.kind()).tree_id().ok());
    let missing = || std::io::Error::other(format!("commit {id} is missing"));
    tree.ok_or_else(|| gix::Error::from_error(missing()))
}
