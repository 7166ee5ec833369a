//! Rows from records that other readers took apart: objects whose names are columns.

use std::path::Path;

use milepost_events::Table;
use serde_json::{Map, Value};

use super::cells::from_json;
use super::fill::Defaults;
use super::layout::layout;
use super::rows::{Row, Rows};
use super::{FileContext, FilesError, TableFile};

/// What became of one record.
pub(crate) struct Record {
    /// Number of the record in its file, from 1.
    pub(crate) number: u64,
    /// Values by column, or why the record is no row.
    pub(crate) row: Result<Map<String, Value>, String>,
    /// The record as it was written.
    pub(crate) raw: String,
}

/// The rows that records of a table make. `columns` are those that they give: where a record
/// lacks one of them its value is NULL, while all other columns keep the value they have.
///
/// # Errors
/// Where a name is no column of the table, or a column is missing without which no row is
/// complete.
pub(crate) fn of_records(
    path: &Path,
    table: &'static Table,
    columns: &[&str],
    records: Vec<Record>,
    context: &FileContext,
) -> Result<TableFile, FilesError> {
    let positions = layout(path, table, columns)?;
    let defaults = Defaults::new(context);
    let mut rows = Rows::new(path, table, &positions, &defaults)?;
    for Record { number, row, raw } in records {
        match row {
            Ok(values) => {
                let mut row = Row::new(table);
                for (name, position) in columns.iter().zip(&positions) {
                    let value = values.get(*name).unwrap_or(&Value::Null);
                    row.read(*position, from_json(table.schema.field(*position), value));
                }
                rows.push(number, row, || raw)?;
            }
            Err(reason) => rows.reject(number, reason, raw),
        }
    }
    rows.finish()
}
