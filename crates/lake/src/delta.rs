//! One Delta table on disk: open, create, read files, commit.

use std::collections::HashMap;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchReader, new_null_array};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::SchemaRef;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake::kernel::{Action, Add, Remove, StructType, Transaction};
use deltalake::parquet::arrow::ProjectionMask;
use deltalake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::writer::{DeltaWriter, RecordBatchWriter};
use deltalake::{DeltaTable, DeltaTableBuilder, DeltaTableError, Path, ensure_table_uri};
use futures::TryStreamExt;
use milepost_events::Table;
use serde_json::Value;

use crate::{Lake, LakeError};

/// A table of the lake with the state of its log when it was opened.
pub(crate) struct TableOnDisk {
    pub(crate) table: &'static Table,
    pub(crate) delta: DeltaTable,
}

/// A data file that is part of the table.
pub(crate) struct DataFile {
    path: String,
    remove: Remove,
    pub(crate) size: i64,
}

/// What goes into the log beside the files.
#[derive(Default)]
pub(crate) struct CommitNote {
    pub(crate) transaction: Option<(String, i64)>,
    pub(crate) metadata: HashMap<String, Value>,
}

impl Lake {
    /// The table as it is on disk, or `None` where nothing was written to it yet.
    pub(crate) async fn open(
        &self,
        table: &'static Table,
    ) -> Result<Option<TableOnDisk>, LakeError> {
        if !self.root.join(table.name).join("_delta_log").is_dir() {
            return Ok(None);
        }
        let mut delta = self.handle(table)?;
        delta.load().await.map_err(LakeError::table(table.name, "read"))?;
        let on_disk = TableOnDisk { table, delta };
        on_disk.check_schema()?;
        Ok(Some(on_disk))
    }

    /// The table as it is on disk, made first where it is not there yet.
    pub(crate) async fn open_or_create(
        &self,
        table: &'static Table,
    ) -> Result<TableOnDisk, LakeError> {
        if let Some(on_disk) = self.open(table).await? {
            return Ok(on_disk);
        }
        let path = self.root.join(table.name);
        std::fs::create_dir_all(&path)
            .map_err(|source| LakeError::Directory { path: path.clone(), source })?;
        let fail = || LakeError::table(table.name, "create");
        let columns: StructType = table.schema.as_ref().try_into_kernel()?;
        let delta = self
            .handle(table)?
            .create()
            .with_columns(columns.fields().cloned())
            .with_comment(table.doc.clone())
            // The log is never expired: it is small, and it says how every number came about.
            .with_configuration([("delta.enableExpiredLogCleanup", Some("false"))])
            .with_save_mode(SaveMode::Ignore)
            .await
            .map_err(fail())?;
        Ok(TableOnDisk { table, delta })
    }

    fn handle(&self, table: &'static Table) -> Result<DeltaTable, LakeError> {
        let path = self.root.join(table.name);
        ensure_table_uri(path.to_string_lossy())
            .and_then(DeltaTableBuilder::from_url)
            .and_then(DeltaTableBuilder::build)
            .map_err(LakeError::table(table.name, "read"))
    }
}

impl TableOnDisk {
    fn check_schema(&self) -> Result<(), LakeError> {
        let stored = self
            .delta
            .snapshot()
            .map_err(LakeError::table(self.table.name, "read"))?
            .snapshot()
            .arrow_schema();
        for column in stored.fields() {
            let known = self.table.column(column.name());
            if known.is_some_and(|known| !same_type(known.data_type(), column.data_type())) {
                return Err(LakeError::Schema {
                    table: self.table.name.to_owned(),
                    column: column.name().clone(),
                });
            }
        }
        Ok(())
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
            })
            .try_collect()
            .await
            .map_err(fail())?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Rows of one file with the given columns, or all columns of the table.
    pub(crate) async fn read(
        &self,
        file: &DataFile,
        columns: Option<&[&str]>,
    ) -> Result<RecordBatch, LakeError> {
        let fail = || LakeError::table(self.table.name, "read");
        let store = self.delta.log_store().object_store(None);
        let path = Path::parse(&file.path)
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
    ) -> Result<(), LakeError> {
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
        Ok(FileWriter { table: self.table, schema: writer.arrow_schema(), writer, rows: 0 })
    }

    pub(crate) async fn commit(
        &mut self,
        gone: &[DataFile],
        added: Vec<Add>,
        note: CommitNote,
    ) -> Result<(), LakeError> {
        let fail = || LakeError::table(self.table.name, "commit to");
        let removed = gone.iter().map(|file| Action::Remove(file.remove.clone()));
        let actions: Vec<Action> = removed.chain(added.into_iter().map(Action::Add)).collect();
        let mut properties = CommitProperties::default().with_metadata(note.metadata);
        if let Some((application, sequence)) = note.transaction {
            properties =
                properties.with_application_transaction(Transaction::new(application, sequence));
        }
        let mode = if gone.is_empty() { SaveMode::Append } else { SaveMode::Overwrite };
        let operation = DeltaOperation::Write { mode, partition_by: None, predicate: None };
        let log = self.delta.log_store();
        let table_data = self.delta.snapshot().map_err(fail())?.snapshot();
        CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(table_data), log, operation)
            .await
            .map_err(fail())?;
        self.delta.update_state().await.map_err(fail())
    }
}

/// Encodes batches into Parquet as they come, so that a long history is never held in memory.
pub(crate) struct FileWriter {
    table: &'static Table,
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
        self.writer.write(batch).await.map_err(LakeError::table(self.table.name, "write"))
    }

    pub(crate) async fn close(mut self) -> Result<Vec<Add>, LakeError> {
        if self.rows == 0 {
            return Ok(Vec::new());
        }
        self.writer.flush().await.map_err(LakeError::table(self.table.name, "write"))
    }
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

fn same_type(known: &arrow::datatypes::DataType, stored: &arrow::datatypes::DataType) -> bool {
    use arrow::datatypes::DataType::List;
    match (known, stored) {
        (List(known), List(stored)) => known.data_type() == stored.data_type(),
        _ => known == stored,
    }
}
