//! One Delta table on disk: create, read files, commit.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchReader, new_null_array};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::SchemaRef;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake::kernel::{Action, Add, Remove, Transaction};
use deltalake::parquet::arrow::ProjectionMask;
use deltalake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::writer::{DeltaWriter, RecordBatchWriter};
use deltalake::{DeltaTable, DeltaTableError, Path as StorePath};
use futures::{StreamExt, TryStreamExt};
use milepost_events::Table;
use serde_json::Value;

use crate::checksum::{self, Verified};
use crate::state::{StoredCheckpoint, TableState};
use crate::{LakeError, log};

/// How often a commit is tried.
const ATTEMPTS: u32 = 4;

/// A table of the lake with the state of its log when it was opened.
pub(crate) struct TableOnDisk {
    pub(crate) table: &'static Table,
    pub(crate) delta: DeltaTable,
    /// Directory of the lake.
    pub(crate) lake: PathBuf,
    pub(crate) verified: Verified,
}

/// A data file that is part of the table.
#[derive(Debug, Clone)]
pub(crate) struct DataFile {
    pub(crate) path: String,
    pub(crate) remove: Remove,
    pub(crate) size: i64,
    pub(crate) rows: u64,
    pub(crate) checksum: Option<String>,
    statistics: Option<String>,
}

/// What goes into the log beside the files.
#[derive(Debug, Clone)]
pub(crate) struct CommitNote {
    /// Application and its sequence number: what tells this commit from all others.
    pub(crate) transaction: (String, i64),
    pub(crate) metadata: HashMap<String, Value>,
}

impl CommitNote {
    pub(crate) fn new(application: impl Into<String>, sequence: i64) -> CommitNote {
        CommitNote { transaction: (application.into(), sequence), metadata: HashMap::new() }
    }
}

/// What became of a commit whose answer was an error.
enum Outcome {
    Committed,
    Nothing,
    Another,
}

impl TableOnDisk {
    pub(crate) fn version(&self) -> u64 {
        self.delta.version().map_or(0, |version| version)
    }

    /// A note for a commit of the lake's own, of which none but the next can be.
    pub(crate) fn note(&self, purpose: &str) -> CommitNote {
        CommitNote::new(format!("milepost.{purpose}"), self.version() as i64 + 1)
    }

    /// Folder of the table.
    pub(crate) fn folder(&self) -> PathBuf {
        self.lake.join(self.table.name)
    }

    /// The highest sequence number that `application` committed, or `None`.
    pub(crate) async fn sequence(&self, application: &str) -> Result<Option<i64>, LakeError> {
        let fail = || LakeError::table(self.table.name, "read");
        self.delta
            .snapshot()
            .map_err(fail())?
            .transaction_version(self.delta.log_store().as_ref(), application)
            .await
            .map_err(fail())
    }

    /// All files that are part of the table, in the order of their names.
    pub(crate) async fn files(&self) -> Result<Vec<DataFile>, LakeError> {
        let fail = || LakeError::table(self.table.name, "read");
        let log = self.delta.log_store();
        let snapshot = self.delta.snapshot().map_err(fail())?;
        let mut files: Vec<DataFile> = snapshot
            .snapshot()
            .file_views(log.as_ref(), None)
            .map_ok(|view| DataFile {
                path: view.path().into_owned(),
                remove: view.remove_action(true),
                size: view.size(),
                rows: view.num_records().unwrap_or_default() as u64,
                checksum: checksum_of(&view),
                statistics: view.stats(),
            })
            .try_collect()
            .await
            .map_err(fail())?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// What makes the table up, in short.
    pub(crate) async fn state(&self) -> Result<TableState, LakeError> {
        let files = self.files().await?;
        let schema = self.schema()?;
        let mut hasher = blake3::Hasher::new();
        for field in schema.fields() {
            hasher.update(format!("{} {:?}\n", field.name(), field.data_type()).as_bytes());
        }
        for file in &files {
            let line = format!(
                "{} {} {} {:?} {:?}\n",
                file.path, file.size, file.rows, file.checksum, file.statistics
            );
            hasher.update(line.as_bytes());
        }
        Ok(TableState {
            version: self.version(),
            rows: files.iter().map(|file| file.rows).sum(),
            digest: hasher.finalize().to_hex().to_string(),
            checkpoint: self.checkpoint()?,
        })
    }

    /// The newest checkpoint up to the version that is open, as it is on the disk.
    fn checkpoint(&self) -> Result<Option<StoredCheckpoint>, LakeError> {
        let folder = log::folder(&self.folder());
        let fail = |source| LakeError::Directory { path: folder.clone(), source };
        let log = log::log(&folder).map_err(fail)?.unwrap_or_default();
        let Some(path) = log.checkpoint(self.version()) else {
            return Ok(None);
        };
        let (_, checksum) = checksum::of_file(path).map_err(fail)?;
        Ok(Some(StoredCheckpoint { name: log::name(path), checksum }))
    }

    pub(crate) fn schema(&self) -> Result<SchemaRef, LakeError> {
        let snapshot = self.delta.snapshot().map_err(LakeError::table(self.table.name, "read"))?;
        Ok(snapshot.snapshot().arrow_schema())
    }

    /// Compares all data files with their checksums.
    ///
    /// # Errors
    /// [`LakeError::Damaged`] at the first one that is not as it was written.
    pub(crate) async fn verify_files(&self) -> Result<(), LakeError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let checks = self.files().await?.into_iter().map(|file| self.verify(file));
        futures::stream::iter(checks).buffered(cores).try_collect().await
    }

    async fn verify(&self, file: DataFile) -> Result<(), LakeError> {
        let path = self.folder().join(&file.path);
        if self.verified.knows(&path) {
            return Ok(());
        }
        let checked = {
            let path = path.clone();
            tokio::task::spawn_blocking(move || {
                checksum::check(&path, file.size as u64, file.checksum.as_deref())
            })
            .await
        };
        match checked {
            Ok(Ok(())) => {
                self.verified.remember(path);
                Ok(())
            }
            Ok(Err(problem)) => Err(LakeError::damaged(self.table.name, &path, problem)),
            Err(error) => Err(LakeError::damaged(self.table.name, &path, error.to_string())),
        }
    }

    /// Rows of one file with the given columns, or all columns of the table.
    pub(crate) async fn read(
        &self,
        file: &DataFile,
        columns: Option<&[&str]>,
    ) -> Result<RecordBatch, LakeError> {
        self.verify(file.clone()).await?;
        self.read_unverified(file, columns).await
    }

    /// The same of a file that may have no checksum.
    pub(crate) async fn read_unverified(
        &self,
        file: &DataFile,
        columns: Option<&[&str]>,
    ) -> Result<RecordBatch, LakeError> {
        let fail = || LakeError::table(self.table.name, "read");
        let store = self.delta.log_store().object_store(None);
        let path = StorePath::parse(&file.path)
            .map_err(|error| fail()(DeltaTableError::generic(error.to_string())))?;
        let bytes = store
            .get_opts(&path, Default::default())
            .await
            .map_err(|error| fail()(error.into()))?;
        let bytes = bytes.bytes().await.map_err(|error| fail()(error.into()))?;
        let mut builder = ParquetRecordBatchReaderBuilder::try_new(bytes)
            .map_err(|error| fail()(error.into()))?;
        if let Some(columns) = columns {
            let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
            builder = builder.with_projection(mask);
        }
        let reader = builder.build().map_err(|error| fail()(error.into()))?;
        let schema = reader.schema();
        let batches = reader.collect::<Result<Vec<RecordBatch>, _>>()?;
        let rows = concat_batches(&schema, &batches)?;
        match columns {
            Some(_) => Ok(rows),
            None => conform(&rows, &self.table.schema),
        }
    }

    /// Writes the batches as one file and replaces `gone` with it, in one commit.
    pub(crate) async fn replace(
        &mut self,
        gone: &[DataFile],
        rows: &[RecordBatch],
        note: CommitNote,
    ) -> Result<TableState, LakeError> {
        let mut writer = self.writer()?;
        for batch in rows {
            writer.write(batch).await?;
        }
        let added = writer.close().await?;
        self.commit(gone, added, note).await
    }

    /// A writer whose files become part of the table only by [`commit`](Self::commit).
    pub(crate) fn writer(&self) -> Result<FileWriter, LakeError> {
        let writer = RecordBatchWriter::for_table(&self.delta)
            .map_err(LakeError::table(self.table.name, "write"))?;
        let (schema, lake) = (writer.arrow_schema(), self.lake.clone());
        Ok(FileWriter { table: self.table, lake, schema, writer, rows: 0 })
    }

    /// Makes files part of the table and others not, in one commit, and gives what the table is
    /// then. The caller holds the writer lock.
    ///
    /// # Errors
    /// Where the disk refuses, or somebody else wrote in spite of the lock. Then nothing of it is
    /// part of the table.
    pub(crate) async fn commit(
        &mut self,
        gone: &[DataFile],
        added: Vec<Add>,
        note: CommitNote,
    ) -> Result<TableState, LakeError> {
        let added = added.into_iter().map(|add| self.sealed(add)).collect::<Result<Vec<_>, _>>()?;
        let expected = self.expected(gone, &added).await?;
        let base = self.version();
        for attempt in 1.. {
            let Err(error) = self.try_commit(gone, &added, &note).await else {
                break;
            };
            // An error may be an answer that got lost.
            match self.outcome(base + 1, &note)? {
                Outcome::Committed => break,
                Outcome::Another => {
                    let (lake, table) = (self.lake.clone(), self.table.name.to_owned());
                    return Err(LakeError::Conflict { lake, table });
                }
                Outcome::Nothing if attempt == ATTEMPTS || error.is_final() => return Err(error),
                Outcome::Nothing => tokio::time::sleep(pause(attempt)).await,
            }
        }
        self.delta.update_state().await.map_err(LakeError::table(self.table.name, "read"))?;
        let found: BTreeSet<String> =
            self.files().await?.into_iter().map(|file| file.path).collect();
        if self.version() != base + 1 || found != expected {
            let problem = "the disk did not keep what was written to it";
            return Err(LakeError::damaged(self.table.name, &log::folder(&self.folder()), problem));
        }
        self.state().await
    }

    async fn try_commit(
        &self,
        gone: &[DataFile],
        added: &[Add],
        note: &CommitNote,
    ) -> Result<(), LakeError> {
        let fail = || LakeError::table(self.table.name, "commit to");
        let removed = gone.iter().map(|file| Action::Remove(file.remove.clone()));
        let actions = removed.chain(added.iter().cloned().map(Action::Add)).collect();
        let mut metadata = note.metadata.clone();
        metadata.insert(log::WRITER.to_owned(), env!("CARGO_PKG_VERSION").into());
        let (application, sequence) = &note.transaction;
        let properties = CommitProperties::default()
            .with_metadata(metadata)
            .with_application_transaction(Transaction::new(application, *sequence))
            // Two writers never go on side by side: what another one wrote may hold our keys.
            .with_max_retries(0);
        let mode = if gone.is_empty() { SaveMode::Append } else { SaveMode::Overwrite };
        let operation = DeltaOperation::Write { mode, partition_by: None, predicate: None };
        let snapshot = self.delta.snapshot().map_err(fail())?.snapshot();
        CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(snapshot), self.delta.log_store(), operation)
            .await
            .map(drop)
            .map_err(|error| fail()(error).with_cause(&self.lake))
    }

    fn outcome(&self, version: u64, note: &CommitNote) -> Result<Outcome, LakeError> {
        let folder = log::folder(&self.folder());
        let path = folder.join(format!("{version:020}.json"));
        if !path.exists() {
            return Ok(Outcome::Nothing);
        }
        let actions = log::commit(&path)
            .map_err(|problem| LakeError::damaged(self.table.name, &path, problem))?;
        let (application, sequence) = &note.transaction;
        Ok(if log::carries(&actions, application, *sequence) {
            Outcome::Committed
        } else {
            Outcome::Another
        })
    }

    /// The file with the checksum of what is on disk now, if that is what was written.
    fn sealed(&self, mut add: Add) -> Result<Add, LakeError> {
        let path = self.folder().join(&add.path);
        let (size, checksum) = checksum::of_file(&path).map_err(|source| {
            LakeError::damaged(self.table.name, &path, format!("it was just written: {source}"))
        })?;
        if size != add.size as u64 {
            let problem = format!("the disk kept {size} of {} bytes", add.size);
            return Err(LakeError::damaged(self.table.name, &path, problem));
        }
        add.tags.get_or_insert_default().insert(checksum::TAG.to_owned(), Some(checksum));
        self.verified.remember(path);
        Ok(add)
    }

    async fn expected(
        &self,
        gone: &[DataFile],
        added: &[Add],
    ) -> Result<BTreeSet<String>, LakeError> {
        let gone: BTreeSet<&str> = gone.iter().map(|file| file.path.as_str()).collect();
        let files = self.files().await?.into_iter().map(|file| file.path);
        let kept = files.filter(|path| !gone.contains(path.as_str()));
        Ok(kept.chain(added.iter().map(|add| add.path.clone())).collect())
    }
}

#[expect(deprecated, reason = "the one way to a file's tags")]
fn checksum_of(view: &deltalake::kernel::LogicalFileView) -> Option<String> {
    view.add_action().tags?.remove(checksum::TAG)?
}

/// Longer from time to time, and never the same for two that wait for each other.
fn pause(attempt: u32) -> Duration {
    use std::hash::{BuildHasher, RandomState};
    let jitter = RandomState::new().hash_one(attempt) % 50;
    Duration::from_millis((50 << attempt) + jitter)
}

/// Encodes batches into Parquet as they come, so that a long history is never held in memory.
pub(crate) struct FileWriter {
    table: &'static Table,
    lake: PathBuf,
    writer: RecordBatchWriter,
    schema: SchemaRef,
    pub(crate) rows: usize,
}

impl FileWriter {
    pub(crate) async fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        self.rows += batch.num_rows();
        let batch = conform(batch, &self.schema)?;
        self.writer.write(batch).await.map_err(|error| failed(self.table, &self.lake, error))
    }

    pub(crate) async fn close(mut self) -> Result<Vec<Add>, LakeError> {
        if self.rows == 0 {
            return Ok(Vec::new());
        }
        self.writer.flush().await.map_err(|error| failed(self.table, &self.lake, error))
    }
}

fn failed(table: &Table, lake: &Path, error: DeltaTableError) -> LakeError {
    LakeError::table(table.name, "write")(error).with_cause(lake)
}

/// The batch with exactly the columns of `schema`: missing ones are NULL, list element names and
/// column comments follow the schema.
pub(crate) fn conform(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, LakeError> {
    let columns = schema
        .fields()
        .iter()
        .map(|field| match batch.column_by_name(field.name()) {
            Some(column) if column.data_type() == field.data_type() => Ok(column.clone()),
            Some(column) => cast(column, field.data_type()),
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        })
        .collect::<Result<Vec<ArrayRef>, _>>()?;
    Ok(RecordBatch::try_new(schema.clone(), columns)?)
}
