//! Writing: one ingest of one source, its cursor last.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;
use chrono::{DateTime, Utc};
use milepost_events::tables::{IngestRun, RawPage};
use milepost_events::{DERIVED_FROM, Row, Table, batch, table};

use crate::delta::{CommitNote, DataFile, FileWriter, TableOnDisk};
use crate::merge::{Merge, Whole, merge};
use crate::state::{LakeState, TableState};
use crate::{Lake, LakeError};

/// A table with this many files gets its small ones put together.
const MANY_FILES: usize = 16;
const SMALL_FILE_BYTES: i64 = 4 << 20;

/// How far a source was read by its last finished ingest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Number of that ingest, from 1.
    pub sequence: i64,
    /// The source's own words for how far; `None` for sources that have no cursor, empty where
    /// all must be read again although the lake has some of it.
    pub cursor: Option<String>,
}

/// What an ingest changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows added, by table; tables without any are left out.
    pub added: BTreeMap<&'static str, usize>,
    /// Rows changed, by table; tables without any are left out.
    pub changed: BTreeMap<&'static str, usize>,
}

impl Written {
    /// Rows added or changed over all tables.
    pub fn rows(&self) -> usize {
        self.added.values().sum::<usize>() + self.changed.values().sum::<usize>()
    }

    /// Counts what another ingest changed as well.
    pub fn add(&mut self, other: Written) {
        for (table, rows) in other.added {
            *self.added.entry(table).or_default() += rows;
        }
        for (table, rows) in other.changed {
            *self.changed.entry(table).or_default() += rows;
        }
    }
}

/// An ingest under way. Nothing is part of the lake before [`finish`](Ingest::finish).
pub struct Ingest<'a> {
    lake: &'a Lake,
    /// What the lake was when the ingest began.
    state: LakeState,
    source: String,
    sequence: i64,
    streams: BTreeMap<&'static str, (TableOnDisk, FileWriter)>,
    rows: BTreeMap<&'static str, Vec<RecordBatch>>,
    wholes: BTreeMap<&'static str, Whole>,
    keeping: BTreeSet<&'static str>,
    raw: Vec<RecordBatch>,
    /// True once a table is further than readers see.
    is_ahead: bool,
}

impl Lake {
    /// How far the source was read, or `None` where it never was.
    ///
    /// # Errors
    /// Where the table of ingests can't be read.
    pub async fn checkpoint(&self, source: &str) -> Result<Option<Checkpoint>, LakeError> {
        let Some(state) = self.state()? else {
            return Ok(None);
        };
        let Some(on_disk) = self.open(known(IngestRun::TABLE), &state).await? else {
            return Ok(None);
        };
        let mut last: Option<Checkpoint> = None;
        for file in on_disk.files().await? {
            let runs = on_disk.read(&file, Some(&["run_id", "cursor"])).await?;
            for row in 0..runs.num_rows() {
                let sequence = text(&runs, "run_id", row)
                    .and_then(|id| id.strip_prefix(source)?.strip_prefix('/')?.parse().ok());
                if let Some(sequence) = sequence
                    && last.as_ref().is_none_or(|last| last.sequence < sequence)
                {
                    let cursor = text(&runs, "cursor", row).map(str::to_owned);
                    last = Some(Checkpoint { sequence, cursor });
                }
            }
        }
        Ok(last)
    }

    /// Every source that an ingest finished of, sorted.
    ///
    /// # Errors
    /// Where the table of ingests can't be read.
    pub async fn sources(&self) -> Result<Vec<String>, LakeError> {
        let mut sources = BTreeSet::new();
        let state = self.state()?.unwrap_or_default();
        if let Some(on_disk) = self.open(known(IngestRun::TABLE), &state).await? {
            for file in on_disk.files().await? {
                let runs = on_disk.read(&file, Some(&["source"])).await?;
                let rows = 0..runs.num_rows();
                sources
                    .extend(rows.filter_map(|row| text(&runs, "source", row).map(str::to_owned)));
            }
        }
        Ok(sources.into_iter().collect())
    }

    /// Begins the ingest after `last` of the source. The caller holds the writer lock.
    ///
    /// # Errors
    /// Where the lake is damaged, of another format, or can't be written.
    pub async fn begin(
        &self,
        source: &str,
        last: Option<&Checkpoint>,
    ) -> Result<Ingest<'_>, LakeError> {
        Ok(Ingest {
            lake: self,
            state: self.state_for_writing().await?,
            source: source.to_owned(),
            sequence: last.map_or(1, |last| last.sequence + 1),
            streams: BTreeMap::new(),
            rows: BTreeMap::new(),
            wholes: BTreeMap::new(),
            keeping: BTreeSet::new(),
            raw: Vec::new(),
            is_ahead: false,
        })
    }
}

impl Ingest<'_> {
    /// The source that is read.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Id of this run in `ingest_runs` and `rejected_records`.
    pub fn run_id(&self) -> String {
        format!("{}/{}", self.source, self.sequence)
    }

    /// Adds rows whose keys the source has never given before. They go to disk as they come.
    ///
    /// # Errors
    /// Where the table can't be opened or the disk refuses the rows.
    pub async fn append(&mut self, name: &'static str, rows: RecordBatch) -> Result<(), LakeError> {
        let rows = self.without_forgotten(rows)?;
        if !self.streams.contains_key(name) && !self.rows.contains_key(name) {
            let on_disk = self.lake.open_for_writing(known(name), &self.state).await?;
            if self.was_interrupted(&on_disk).await? {
                self.rows.insert(name, Vec::new());
            } else {
                let writer = on_disk.writer()?;
                self.streams.insert(name, (on_disk, writer));
            }
        }
        match self.streams.get_mut(name) {
            Some((_, writer)) => writer.write(&rows).await,
            None => self.upsert(name, rows),
        }
    }

    /// Adds rows of which some may be known already, with all of the table's columns or some.
    ///
    /// # Errors
    /// None yet: the rows wait until the end.
    pub fn upsert(&mut self, name: &'static str, rows: RecordBatch) -> Result<(), LakeError> {
        let rows = self.without_forgotten(rows)?;
        self.rows.entry(name).or_default().push(rows);
        Ok(())
    }

    /// Adds rows of which those whose key is known already stay as they are.
    ///
    /// # Errors
    /// None yet: the rows wait until the end.
    pub fn insert(&mut self, name: &'static str, rows: RecordBatch) -> Result<(), LakeError> {
        self.keeping.insert(name);
        self.upsert(name, rows)
    }

    /// Adds all rows that a source has for a repository: those it gave before and does not give
    /// now get their `deleted_at`.
    ///
    /// # Errors
    /// None yet: the rows wait until the end.
    pub fn complete(
        &mut self,
        name: &'static str,
        rows: RecordBatch,
        whole: Whole,
    ) -> Result<(), LakeError> {
        self.wholes.insert(name, whole);
        self.upsert(name, rows)
    }

    /// Keeps records as they came, where anything comes of this ingest: pages that changed
    /// nothing say nothing that the lake does not know.
    ///
    /// # Errors
    /// None yet: the pages wait until the end.
    pub fn keep_raw(&mut self, pages: RecordBatch) -> Result<(), LakeError> {
        self.raw.push(self.without_forgotten(pages)?);
        Ok(())
    }

    /// Commits everything and then the cursor. Writes nothing at all where no row changed and
    /// the cursor is the same.
    ///
    /// # Errors
    /// Where a commit fails. What was committed before stays; the next ingest of the source
    /// recognises it.
    pub async fn finish(
        mut self,
        last: Option<&Checkpoint>,
        cursor: Option<String>,
        at: DateTime<Utc>,
        rejected: usize,
        version: &str,
    ) -> Result<Written, LakeError> {
        let mut written = Written::default();
        for (name, (mut on_disk, writer)) in std::mem::take(&mut self.streams) {
            let rows = writer.rows;
            let files = writer.close().await?;
            if rows > 0 {
                let state = on_disk.commit(&[], files, self.note()).await?;
                self.wrote(put_together(&mut on_disk, state, MANY_FILES).await?, name);
                written.added.insert(name, rows);
            }
        }
        for (name, rows) in std::mem::take(&mut self.rows) {
            // Rows with other columns leave other columns as they are: each kind on its own.
            for alike in rows.chunk_by(|a, b| a.schema() == b.schema()) {
                self.write_merged(known(name), alike, &mut written).await?;
            }
        }
        let is_known = last.is_some_and(|last| last.cursor == cursor);
        if written.rows() == 0 && rejected == 0 && is_known && !self.is_ahead {
            return Ok(written);
        }
        if written.rows() > 0 || rejected > 0 {
            // Not counted among the rows: pages are no events.
            let raw = std::mem::take(&mut self.raw);
            self.write_merged(known(RawPage::TABLE), &raw, &mut Written::default()).await?;
        }
        let run = IngestRun {
            run_id: self.run_id(),
            started_at: at,
            finished_at: at,
            source: self.source.clone(),
            cursor,
            rows_count: written.rows() as i64,
            rejected_count: rejected as i64,
            version: version.to_owned(),
        };
        let run =
            batch(&[run]).map_err(|error| arrow::error::ArrowError::ExternalError(error.into()))?;
        // Not counted among the rows: the run is no event.
        self.write_merged(known(IngestRun::TABLE), &[run], &mut Written::default()).await?;
        self.lake.write_state(&self.state)?;
        Ok(written)
    }

    /// The rows as they may be kept: nobody who was forgotten comes back.
    fn without_forgotten(&self, rows: RecordBatch) -> Result<RecordBatch, LakeError> {
        match self.state.forgotten.is_empty() {
            true => Ok(rows),
            false => Ok(self.state.forgotten.leave_out(&rows)?.0),
        }
    }

    /// Keeps what a table is now for the state that readers will see.
    fn wrote(&mut self, state: TableState, name: &str) {
        self.is_ahead = true;
        if DERIVED_FROM.contains(&name) {
            self.state.derived = None;
        }
        self.state.tables.insert(name.to_owned(), state);
    }

    async fn write_merged(
        &mut self,
        table: &'static Table,
        rows: &[RecordBatch],
        written: &mut Written,
    ) -> Result<(), LakeError> {
        let mut merge = merge(table, rows)?
            .with_whole(self.wholes.get(table.name).cloned())
            .keeping_known(self.keeping.contains(table.name));
        if merge.is_idle() {
            return Ok(());
        }
        let mut on_disk = self.lake.open_for_writing(table, &self.state).await?;
        let (gone, mut kept, changed) = updated_files(&on_disk, &mut merge).await?;
        let inserted = merge.inserted()?;
        if changed == 0 && inserted.num_rows() == 0 {
            // An interrupted run may have written the same already.
            let state = on_disk.state().await?;
            if self.state.tables.get(table.name) != Some(&state) {
                self.wrote(state, table.name);
            }
            return Ok(());
        }
        if inserted.num_rows() > 0 {
            *written.added.entry(table.name).or_default() += inserted.num_rows();
        }
        if changed > 0 {
            *written.changed.entry(table.name).or_default() += changed;
        }
        kept.push(inserted);
        let state = on_disk.replace(&gone, &kept, self.note()).await?;
        self.wrote(put_together(&mut on_disk, state, MANY_FILES).await?, table.name);
        Ok(())
    }

    /// True where an earlier try of this same ingest committed to the table and then ended.
    async fn was_interrupted(&self, on_disk: &TableOnDisk) -> Result<bool, LakeError> {
        let committed = on_disk.sequence(&self.source).await?;
        Ok(committed.is_some_and(|sequence| sequence >= self.sequence))
    }

    fn note(&self) -> CommitNote {
        CommitNote::new(self.source.clone(), self.sequence)
    }
}

/// The files that hold a row to be changed, their rows as they should be, and how many changed.
async fn updated_files(
    on_disk: &TableOnDisk,
    merge: &mut Merge,
) -> Result<(Vec<DataFile>, Vec<RecordBatch>, usize), LakeError> {
    let (mut gone, mut kept, mut changed) = (Vec::new(), Vec::new(), 0);
    for file in on_disk.files().await? {
        let keys = on_disk.read(&file, Some(on_disk.table.key)).await?;
        if !merge.meets(&keys)? {
            continue;
        }
        let (rows, changes) = merge.update(&on_disk.read(&file, None).await?)?;
        if changes > 0 {
            gone.push(file);
            kept.push(rows);
            changed += changes;
        }
    }
    Ok((gone, kept, changed))
}

/// Puts small files together once there are many: each ingest adds one, and a query opens all.
pub(crate) async fn put_together(
    on_disk: &mut TableOnDisk,
    state: TableState,
    many: usize,
) -> Result<TableState, LakeError> {
    let mut files = on_disk.files().await?;
    files.retain(|file| file.size < SMALL_FILE_BYTES);
    if files.len() < many {
        return Ok(state);
    }
    let mut rows = Vec::with_capacity(files.len());
    for file in &files {
        rows.push(on_disk.read(file, None).await?);
    }
    let note = on_disk.note("compaction");
    on_disk.replace(&files, &rows, note).await
}

pub(crate) fn known(name: &'static str) -> &'static Table {
    table(name).unwrap_or_else(|| unreachable!("`{name}` is a table of the contract"))
}

pub(crate) fn text<'a>(rows: &'a RecordBatch, column: &str, row: usize) -> Option<&'a str> {
    use arrow::array::{Array, AsArray};
    let column = rows.column_by_name(column)?.as_string_opt::<i32>()?;
    column.is_valid(row).then(|| column.value(row))
}
