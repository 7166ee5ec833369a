//! Rows of one table become an Arrow batch.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder, new_null_array,
};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow_json::ReaderBuilder;
use chrono::{DateTime, Utc};

use schemars::JsonSchema;
use serde::Serialize;

use crate::table::columns_of;
use crate::{Provenance, Row, table, tables::CommitFile};

/// Rows that do not fit their table. Always a fault of the program, never of its input.
#[derive(Debug, thiserror::Error)]
#[error("failed to build rows of `{table}`")]
pub struct EventError {
    table: &'static str,
    #[source]
    source: ArrowError,
}

/// The rows as one batch with the table's schema, in the order given.
///
/// # Errors
/// Where a value does not fit its column, such as an instant outside the years 1677 to 2262.
pub fn batch<R: Row>(rows: &[R]) -> Result<RecordBatch, EventError> {
    columns(rows, schema_of::<R>()).map_err(|source| EventError { table: R::TABLE, source })
}

/// Rows of an answer as one batch: the same types and names for the same fields as in tables.
///
/// # Errors
/// Where a value does not fit its column.
pub fn answer<T: Serialize + JsonSchema>(rows: &[T]) -> Result<RecordBatch, EventError> {
    columns(rows, columns_of::<T>()).map_err(|source| EventError { table: "an answer", source })
}

fn columns<T: Serialize>(rows: &[T], schema: SchemaRef) -> Result<RecordBatch, ArrowError> {
    let mut decoder = ReaderBuilder::new(schema.clone()).with_strict_mode(true).build_decoder()?;
    decoder.serialize(rows)?;
    Ok(decoder.flush()?.unwrap_or_else(|| RecordBatch::new_empty(schema)))
}

fn schema_of<R: Row>() -> SchemaRef {
    table(R::TABLE)
        .map(|table| table.schema.clone())
        .unwrap_or_else(|| crate::Table::of::<R>().schema)
}

/// Collects rows of `commit_files` column by column: the one table with millions of rows, where
/// a value per row and field would cost more than reading them from git.
pub struct CommitFileColumns {
    repository_id: StringBuilder,
    sha: StringBuilder,
    path: StringBuilder,
    change: StringBuilder,
    additions_count: Int64Builder,
    deletions_count: Int64Builder,
    is_binary: BooleanBuilder,
    committed_at: TimestampMicrosecondBuilder,
}

impl Default for CommitFileColumns {
    fn default() -> Self {
        CommitFileColumns {
            repository_id: StringBuilder::new(),
            sha: StringBuilder::new(),
            path: StringBuilder::new(),
            change: StringBuilder::new(),
            additions_count: Int64Builder::new(),
            deletions_count: Int64Builder::new(),
            is_binary: BooleanBuilder::new(),
            committed_at: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
        }
    }
}

impl CommitFileColumns {
    /// Adds one row: which commit, its time, the path and what happened to it, the lines added
    /// and removed where they are known, and whether the file is binary.
    pub fn push(
        &mut self,
        (repository_id, sha): (&str, &str),
        committed_at: Option<DateTime<Utc>>,
        (path, change): (&str, &'static str),
        lines: Option<(i64, i64)>,
        is_binary: bool,
    ) {
        self.repository_id.append_value(repository_id);
        self.sha.append_value(sha);
        self.path.append_value(path);
        self.change.append_value(change);
        self.additions_count.append_option(lines.map(|(added, _)| added));
        self.deletions_count.append_option(lines.map(|(_, removed)| removed));
        self.is_binary.append_value(is_binary);
        self.committed_at.append_option(committed_at.map(|at| at.timestamp_micros()));
    }

    /// The rows so far as one batch, all of the same provenance.
    ///
    /// # Errors
    /// Where the columns do not match the table: a fault of the program.
    pub fn finish(&mut self, provenance: &Provenance) -> Result<RecordBatch, EventError> {
        let fail = |source| EventError { table: CommitFile::TABLE, source };
        let schema = schema_of::<CommitFile>();
        let own: Vec<(&str, ArrayRef)> = vec![
            ("repository_id", Arc::new(self.repository_id.finish())),
            ("sha", Arc::new(self.sha.finish())),
            ("path", Arc::new(self.path.finish())),
            ("change", Arc::new(self.change.finish())),
            ("additions_count", Arc::new(self.additions_count.finish())),
            ("deletions_count", Arc::new(self.deletions_count.finish())),
            ("is_binary", Arc::new(self.is_binary.finish())),
            ("committed_at", Arc::new(self.committed_at.finish())),
        ];
        let rows = own[0].1.len();
        let one = provenance_row(provenance, rows).map_err(fail)?;
        let columns = schema
            .fields()
            .iter()
            .map(|field| {
                let name = field.name().as_str();
                own.iter()
                    .find(|(own_name, _)| *own_name == name)
                    .map(|(_, column)| column.clone())
                    .or_else(|| one.column_by_name(name).cloned())
                    .unwrap_or_else(|| new_null_array(field.data_type(), rows))
            })
            .collect();
        RecordBatch::try_new(schema, columns).map_err(fail)
    }
}

/// The provenance repeated over `rows` rows, as columns.
fn provenance_row(provenance: &Provenance, rows: usize) -> Result<RecordBatch, ArrowError> {
    let fields: Vec<_> = schema_of::<CommitFile>()
        .fields()
        .iter()
        .filter(|field| PROVENANCE.contains(&field.name().as_str()))
        .cloned()
        .collect();
    let schema = Arc::new(arrow::datatypes::Schema::new(fields));
    let mut decoder = ReaderBuilder::new(schema.clone()).build_decoder()?;
    decoder.serialize(&[provenance])?;
    let Some(one) = decoder.flush()? else {
        return Ok(RecordBatch::new_empty(schema));
    };
    let first = arrow::array::UInt32Array::from(vec![0; rows]);
    let columns = one
        .columns()
        .iter()
        .map(|column| arrow::compute::take(column, &first, None))
        .collect::<Result<_, _>>()?;
    RecordBatch::try_new(schema, columns)
}

const PROVENANCE: [&str; 6] =
    ["source", "source_id", "source_url", "observed_at", "deleted_at", "basis"];
