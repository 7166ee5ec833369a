//! Rows of one file: completed, checked, and put together into a batch.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, UInt64Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use arrow::row::{OwnedRow, RowConverter, SortField};
use milepost_events::{Table, allowed_words};

use super::cells::{Cell, unexpected};
use super::columns::Column;
use super::fill::{Defaults, complete, is_filled};
use super::names::listed;
use super::{FilesError, Rejected, TableFile};

/// One row on its way from a file into columns.
pub(super) struct Row {
    pub(super) table: &'static Table,
    cells: Vec<Cell>,
    problems: Vec<String>,
}

impl Row {
    pub(super) fn new(table: &'static Table) -> Row {
        let cells = vec![Cell::Null; table.schema.fields().len()];
        Row { table, cells, problems: Vec::new() }
    }

    /// Sets the value at a position of the table's schema, or notes why it can't be read.
    pub(super) fn read(&mut self, position: usize, cell: Result<Cell, String>) {
        match cell {
            Ok(cell) => self.cells[position] = cell,
            Err(reason) => self.problem(reason),
        }
    }

    /// Sets a column's value.
    pub(super) fn put(&mut self, column: &str, cell: Cell) {
        if let Ok(position) = self.table.schema.index_of(column) {
            self.cells[position] = cell;
        }
    }

    /// A column's text, or `None` where it is blank or the table has no such column.
    pub(super) fn text(&self, column: &str) -> Option<&str> {
        match self.cells.get(self.table.schema.index_of(column).ok()?) {
            Some(Cell::Text(text)) if !text.trim().is_empty() => Some(text),
            _ => None,
        }
    }

    /// True where a column has no value, or only blank text.
    pub(super) fn is_blank(&self, column: &str) -> bool {
        let position = self.table.schema.index_of(column);
        position.is_ok_and(|position| self.cells[position].is_blank())
    }

    /// Notes a reason to refuse the row.
    pub(super) fn problem(&mut self, reason: String) {
        self.problems.push(reason);
    }
}

/// What every value of a column must keep to.
struct Rule {
    column: &'static Field,
    words: Option<Vec<&'static str>>,
    is_key: bool,
    /// For rows that give no value.
    default: Option<Cell>,
}

impl Rule {
    fn of(column: &'static Field, table: &Table, defaults: &Defaults) -> Rule {
        let default = match column.name().as_str() {
            "source" => Some(Cell::Text("files".to_owned())),
            "basis" => Some(Cell::Text("recorded".to_owned())),
            "observed_at" => Some(Cell::Instant(defaults.observed_at.timestamp_micros())),
            _ => None,
        };
        let is_key = table.key.contains(&column.name().as_str());
        Rule { column, words: allowed_words(column), is_key, default }
    }

    fn broken(&self, cell: &Cell) -> Option<String> {
        let name = self.column.name();
        if self.is_key && cell.is_blank() {
            return Some(format!("`{name}` is empty, but it is part of the key; give a value"));
        }
        match (cell, &self.words) {
            (Cell::Text(text), Some(words)) if !words.contains(&text.as_str()) => {
                let expected = format!("one of {}", listed(words));
                Some(unexpected(self.column, text, &expected))
            }
            (Cell::Whole(count), _) if *count < 0 && name.ends_with("_count") => {
                Some(unexpected(self.column, &count.to_string(), "a count, 0 or more,"))
            }
            (Cell::Number(ratio), _)
                if !(0.0..=1.0).contains(ratio) && name.ends_with("_ratio") =>
            {
                Some(unexpected(self.column, &ratio.to_string(), "a ratio from 0 to 1"))
            }
            _ => None,
        }
    }
}

/// The rows of one file.
pub(super) struct Rows<'a> {
    path: &'a Path,
    table: &'static Table,
    defaults: &'a Defaults,
    /// Which columns of the table the file gives.
    given: Vec<bool>,
    rules: Vec<Rule>,
    columns: Vec<Column>,
    rejected: Vec<Rejected>,
}

impl<'a> Rows<'a> {
    /// No rows yet, of a file that gives the columns at these positions of the table's schema.
    ///
    /// # Errors
    /// Where the table has a column of a type unknown here.
    pub(super) fn new(
        path: &'a Path,
        table: &'static Table,
        positions: &[usize],
        defaults: &'a Defaults,
    ) -> Result<Rows<'a>, FilesError> {
        let fields = table.columns();
        let columns = fields.iter().map(|field| Column::of(field)).collect::<Result<_, _>>();
        Ok(Rows {
            path,
            table,
            defaults,
            given: (0..fields.len()).map(|position| positions.contains(&position)).collect(),
            rules: fields.iter().map(|field| Rule::of(field, table, defaults)).collect(),
            columns: columns.map_err(|source| fault(path, source))?,
            rejected: Vec::new(),
        })
    }

    /// Takes a row, or rejects it with all that is wrong with it; `record` gives its raw text.
    ///
    /// # Errors
    /// Where a value is of another type than its column: a fault of the program.
    pub(super) fn push(
        &mut self,
        line: u64,
        mut row: Row,
        record: impl FnOnce() -> String,
    ) -> Result<(), FilesError> {
        if row.problems.is_empty() {
            self.complete(&mut row);
        }
        // After a problem the row is not complete, and every gap would be one more.
        if row.problems.is_empty() {
            let broken =
                self.rules.iter().zip(&row.cells).filter_map(|(rule, cell)| rule.broken(cell));
            row.problems = broken.collect();
        }
        if !row.problems.is_empty() {
            self.reject(line, row.problems.join("; "), record());
            return Ok(());
        }
        for (column, cell) in self.columns.iter_mut().zip(row.cells) {
            column.append(cell).map_err(|source| fault(self.path, source))?;
        }
        Ok(())
    }

    /// Keeps a record that can't be a row.
    pub(super) fn reject(&mut self, line: u64, reason: String, record: String) {
        let table_name = self.table.name.to_owned();
        self.rejected.push(Rejected { table_name, line, reason, record });
    }

    /// All rows taken, of each key the last.
    ///
    /// # Errors
    /// Where the columns do not make a batch: a fault of the program.
    pub(super) fn finish(mut self) -> Result<TableFile, FilesError> {
        let rows = self.batch().and_then(|rows| last_of_each_key(self.table, &rows));
        let (rows, duplicates_count) = rows.map_err(|source| fault(self.path, source))?;
        Ok(TableFile {
            path: self.path.to_owned(),
            table: self.table,
            rows,
            rejected: self.rejected,
            duplicates_count,
        })
    }

    fn complete(&self, row: &mut Row) {
        for (rule, cell) in self.rules.iter().zip(&mut row.cells) {
            if let Some(default) = &rule.default
                && cell.is_blank()
            {
                *cell = default.clone();
            }
        }
        complete(row, |name| self.is_given(name), self.defaults);
    }

    fn is_given(&self, name: &str) -> bool {
        self.table.schema.index_of(name).is_ok_and(|position| self.given[position])
    }

    /// The columns that the file gives and those filled in, in the table's order. The others
    /// stay away, so that the lake keeps their values.
    fn batch(&mut self) -> Result<RecordBatch, ArrowError> {
        let table = self.table;
        let mut fields = Vec::new();
        let mut arrays: Vec<ArrayRef> = Vec::new();
        for (position, field) in table.schema.fields().iter().enumerate() {
            let array = self.columns[position].finish();
            if self.given[position] || is_filled(table, field.name(), |name| self.is_given(name)) {
                fields.push(field.clone());
                arrays.push(array);
            }
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
    }
}

/// The rows without those whose key comes again below, and how many those were.
fn last_of_each_key(table: &Table, rows: &RecordBatch) -> Result<(RecordBatch, usize), ArrowError> {
    let keys: Vec<ArrayRef> =
        table.key.iter().filter_map(|key| rows.column_by_name(key).cloned()).collect();
    let sorts = keys.iter().map(|key| SortField::new(key.data_type().clone())).collect();
    let keys = RowConverter::new(sorts)?.convert_columns(&keys)?;
    let mut last: HashMap<OwnedRow, u64> = HashMap::with_capacity(rows.num_rows());
    for (at, key) in (0..).zip(keys.iter()) {
        last.insert(key.owned(), at);
    }
    if last.len() == rows.num_rows() {
        return Ok((rows.clone(), 0));
    }
    let mut kept: Vec<u64> = last.into_values().collect();
    kept.sort_unstable();
    let duplicates = rows.num_rows() - kept.len();
    Ok((take_record_batch(rows, &UInt64Array::from(kept))?, duplicates))
}

pub(super) fn fault(path: &Path, source: ArrowError) -> FilesError {
    FilesError::Rows { path: path.to_owned(), source }
}
