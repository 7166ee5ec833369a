//! Commits that an earlier read gave and that nothing reaches any more: a branch was forced back
//! or rebased, a commit amended, a tag deleted. Their rows stay and are marked as deleted.

use std::collections::HashSet;
use std::sync::Arc;

use gix::ObjectId;
use milepost_events::tables::Commit;
use milepost_events::{Provenance, batch};

use super::commits::Context;
use super::references::Tips;
use super::walk::{NewCommits, Reader, beyond};
use super::workers::{BLOCK, Comparison, Task};
use crate::{SourceError, Write};

/// What a mark changes of a commit's row.
const MARKED: [&str; 5] = ["repository_id", "sha", "observed_at", "deleted_at", "basis"];

/// What is lost of what `heads` reached.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    pub(crate) ids: Vec<ObjectId>,
    /// Parents of lost commits that are not lost themselves.
    frontier: Vec<ObjectId>,
}

impl Lost {
    /// What `heads` reached and `tips` do not. Costs nothing where history only went on.
    ///
    /// # Errors
    /// Where a commit is missing or damaged.
    pub(crate) fn find(
        reader: &Reader<'_>,
        heads: &[ObjectId],
        tips: &Tips,
        new: &NewCommits,
    ) -> Result<Lost, SourceError> {
        let mut reached: HashSet<ObjectId> = tips.commits().collect();
        reached.extend(new.commits.iter().flat_map(|new| new.parents.iter().copied()));
        if heads.iter().all(|head| reached.contains(head) || new.get(head).is_some()) {
            return Ok(Lost::default());
        }
        let tips: Vec<ObjectId> = tips.commits().collect();
        let lost = beyond(reader.repository, heads.iter().copied(), &tips)?;
        let ids: Vec<ObjectId> = lost.iter().map(|(id, _)| *id).collect();
        let own: HashSet<ObjectId> = ids.iter().copied().collect();
        let parents = lost.into_iter().flat_map(|(_, parents)| parents);
        Ok(Lost { ids, frontier: parents.filter(|id| !own.contains(id)).collect() })
    }

    /// Commits that reach what is left of what `heads` reached.
    pub(crate) fn left(&self, heads: &[ObjectId]) -> Vec<ObjectId> {
        let lost: HashSet<&ObjectId> = self.ids.iter().collect();
        let left = heads.iter().filter(|head| !lost.contains(head));
        left.chain(&self.frontier).copied().collect()
    }

    /// The marks: rows of commits with nothing but when they were found lost, and of their files.
    ///
    /// # Errors
    /// Where a commit is missing or damaged.
    pub(crate) fn marks(
        &self,
        reader: &Reader<'_>,
        provenance: &Provenance,
    ) -> Result<Vec<Write>, SourceError> {
        if self.ids.is_empty() {
            return Ok(Vec::new());
        }
        let deleted = Provenance { deleted_at: Some(provenance.observed_at), ..provenance.clone() };
        let repository_id = reader.context.repository_id.clone();
        let context = Arc::new(Context::new(repository_id, deleted.clone(), b""));
        let mut comparison = Comparison::start(reader.repository.clone(), context);
        let mut rows: Vec<Commit> = Vec::with_capacity(self.ids.len());
        for block in self.ids.chunks(BLOCK) {
            let mut tasks = Vec::with_capacity(block.len());
            for id in block {
                let commit = reader.read(*id)?;
                tasks.push(Task::of(&commit));
                rows.push(Commit { provenance: deleted.clone(), ..commit.row });
            }
            comparison.give(tasks);
        }
        comparison.close();
        let rows = batch(&rows)?;
        let schema = rows.schema();
        let columns: Vec<usize> =
            MARKED.iter().map(|name| schema.index_of(name)).collect::<Result<_, _>>()?;
        let mut writes = vec![Write::Upsert("commits", rows.project(&columns)?)];
        while let Some(compared) = comparison.next_block()? {
            writes.push(Write::Upsert("commit_files", compared.files));
        }
        Ok(writes)
    }
}
