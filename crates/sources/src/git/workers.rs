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
use gix::objs::Find;
use milepost_events::CommitFileColumns;

use super::commits::{Context, ReadCommit};
use super::header;
use super::lines::{Comparer, Lines};
use super::objects::{Objects, missing};
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

/// What a commit changed in all.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Totals {
    /// `None` for a merge, and where a tree was never fetched.
    pub(crate) files: Option<i64>,
    /// Lines added and removed; `None` also where those of a file are not known.
    pub(crate) lines: Option<(i64, i64)>,
}

/// What a block of commits changed.
pub(crate) struct Compared {
    pub(crate) files: RecordBatch,
    /// Of each commit, in order.
    pub(crate) totals: Vec<Totals>,
    /// Objects that were never fetched.
    pub(crate) missing: Vec<ObjectId>,
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
    /// Held by the thread that holds large objects.
    alone: Mutex<()>,
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
            alone: Mutex::default(),
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
        let objects = Objects::new(&self.repository, &self.alone);
        let mut comparer = Comparer::default();
        while let Some((at, block)) = self.take() {
            let result = self.compare(&objects, &mut comparer, block);
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
        objects: &Objects<'_>,
        comparer: &mut Comparer,
        block: Vec<Task>,
    ) -> Result<Compared, SourceError> {
        let trees: HashMap<ObjectId, ObjectId> =
            block.iter().map(|task| (task.id, task.tree)).collect();
        let mut files = CommitFileColumns::default();
        let mut missing = Vec::new();
        let totals = block
            .iter()
            .map(|task| {
                if task.parents.len() > 1 {
                    return Ok(Totals::default());
                }
                let totals = self.compare_one(objects, comparer, &trees, task, &mut files);
                missing.extend(objects.take_missing());
                totals
            })
            .collect::<Result<_, SourceError>>()?;
        Ok(Compared { totals, files: files.finish(&self.context.provenance)?, missing })
    }

    fn compare_one(
        &self,
        objects: &Objects<'_>,
        comparer: &mut Comparer,
        trees: &HashMap<ObjectId, ObjectId>,
        task: &Task,
        files: &mut CommitFileColumns,
    ) -> Result<Totals, SourceError> {
        let fail = |error: gix::Error| {
            self.repository.object(&format!("what commit {} changed", task.id), &error)
        };
        let before = match task.parents.first() {
            Some(parent) => Some(tree_of(objects, trees, *parent).map_err(fail)?),
            None => None,
        };
        let Some(changes) = comparer.compare(objects, before, task.tree).map_err(fail)? else {
            return Ok(Totals::default());
        };
        let sha = task.id.to_string();
        let mut sums = Some((0, 0));
        for change in &changes {
            let lines = match change.lines {
                Lines::Counted(added, removed) => Some((added, removed)),
                Lines::Binary | Lines::Unknown => None,
            };
            sums = match change.lines {
                Lines::Counted(added, removed) => {
                    sums.map(|sums| (sums.0 + added, sums.1 + removed))
                }
                Lines::Binary => sums,
                Lines::Unknown => None,
            };
            files.push(
                (&self.context.repository_id, &sha),
                task.committed_at,
                (&change.path, change.change),
                lines,
                change.lines == Lines::Binary,
            );
        }
        Ok(Totals { files: Some(changes.len() as i64), lines: sums })
    }
}

fn tree_of(
    objects: &Objects<'_>,
    trees: &HashMap<ObjectId, ObjectId>,
    id: ObjectId,
) -> Result<ObjectId, gix::Error> {
    if let Some(tree) = trees.get(&id) {
        return Ok(*tree);
    }
    let mut buffer = Vec::new();
    let data = objects.try_find(&id, &mut buffer)?;
    let tree = data.and_then(|data| header::parse(data.data).tree);
    tree.ok_or_else(|| missing(id))
}
