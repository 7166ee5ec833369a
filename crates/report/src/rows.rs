//! Rows of an answer in the format that was asked for.
//!
//! Every format names the columns even where there are no rows. Instants are RFC 3339 in UTC,
//! with a fraction only where they have one; an instant without a zone is one in UTC.

mod csv;
mod json;
mod markdown;
mod ndjson;
mod parquet;
mod table;
mod text;

use std::fmt;
use std::io::{BufWriter, Write};
use std::str::FromStr;

use arrow::array::{Array, LargeStringArray, RecordBatch};
use arrow::datatypes::SchemaRef;

use crate::ReportError;
pub(crate) use csv::is_formula;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Aligned columns for a terminal. NULL reads `NULL`; a text of just that is quoted.
    Table,
    /// RFC 4180 with a header and CRLF. NULL is an empty field, a list a JSON array.
    Csv,
    /// A JSON array with one object per row, NULLs kept.
    Json,
    /// One JSON object per line, NULLs kept.
    Ndjson,
    /// A table in GitHub's Markdown.
    Markdown,
    /// Apache Parquet, the columns' types kept.
    Parquet,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 6] = [
        Format::Table,
        Format::Csv,
        Format::Json,
        Format::Ndjson,
        Format::Markdown,
        Format::Parquet,
    ];

    /// The word that names the format: `table`, `csv`, `json`, `ndjson`, `markdown` or `parquet`.
    pub fn name(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Csv => "csv",
            Format::Json => "json",
            Format::Ndjson => "ndjson",
            Format::Markdown => "markdown",
            Format::Parquet => "parquet",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = ReportError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Format::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            ReportError::UnknownName {
                what: "a format",
                name: name.to_owned(),
                choices: Format::ALL.map(Format::name).join(", "),
            }
        })
    }
}

/// Writes the rows of all batches, in their order, and flushes `out`.
///
/// The columns' names are the schema's; two columns may have the same name.
///
/// # Errors
/// [`ReportError::Write`] where `out` refuses bytes, [`ReportError::Column`] where a column
/// cannot be shown in this format, [`ReportError::Encode`] where a batch does not fit the schema.
pub fn write_rows(
    out: &mut (dyn Write + Send),
    schema: &SchemaRef,
    batches: &[RecordBatch],
    format: Format,
) -> Result<(), ReportError> {
    let (schema, batches) = text::agreed(schema, batches)?;
    let mut out = BufWriter::new(out);
    match format {
        Format::Table => table::write(&mut out, &schema, &batches)?,
        Format::Csv => csv::write(&mut out, &schema, &batches)?,
        Format::Json => json::write(&mut out, &schema, &batches)?,
        Format::Ndjson => ndjson::write(&mut out, &schema, &batches)?,
        Format::Markdown => markdown::write(&mut out, &schema, &batches)?,
        Format::Parquet => parquet::write(&mut out, &schema, &batches)?,
    }
    Ok(out.flush()?)
}

/// Writes the rows for a terminal of this width: aligned, or where a row is wider a line for each
/// of its values.
///
/// # Errors
/// As [`write_rows`].
pub fn write_within(
    out: &mut (dyn Write + Send),
    schema: &SchemaRef,
    batches: &[RecordBatch],
    width: usize,
) -> Result<(), ReportError> {
    let (schema, batches) = text::agreed(schema, batches)?;
    let mut out = BufWriter::new(out);
    table::write_within(&mut out, &schema, &batches, width)?;
    Ok(out.flush()?)
}

/// Rows as text, as CSV has them; NULL is `None`.
///
/// # Errors
/// Where a column has a type that no format can write.
pub fn texts(batch: &RecordBatch) -> Result<Vec<Vec<Option<String>>>, ReportError> {
    let columns = text::columns(batch)?;
    let row = |row| {
        let value =
            |column: &LargeStringArray| column.is_valid(row).then(|| column.value(row).to_owned());
        columns.iter().map(value).collect()
    };
    Ok((0..batch.num_rows()).map(row).collect())
}

#[cfg(test)]
mod tests;
