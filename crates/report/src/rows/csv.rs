//! RFC 4180, with text that a spreadsheet would run as a formula defused.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, LargeStringArray, LargeStringBuilder, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow_csv::writer::{Terminator, WriterBuilder};

use super::text;
use crate::ReportError;

pub(super) fn write(
    out: &mut impl Write,
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> Result<(), ReportError> {
    if schema.fields().is_empty() {
        return Ok(());
    }
    let header = schema.fields().iter().map(|field| {
        let name = field.name();
        let name = if is_formula(name) { format!("'{name}") } else { name.clone() };
        Field::new(name, DataType::LargeUtf8, true)
    });
    let header = Arc::new(Schema::new(header.collect::<Vec<_>>()));
    // The writer puts the header before its first batch, and there may be none.
    out.write_all(&encoded(&RecordBatch::new_empty(header.clone()), true)?)?;
    for batch in batches {
        let columns = text::columns(batch)?.into_iter().zip(batch.columns());
        let columns = columns.map(|(text, column)| -> ArrayRef {
            match text::is_free_text(column.data_type()) {
                true => Arc::new(guarded(&text)),
                false => Arc::new(text),
            }
        });
        let rows = RecordBatch::try_new(header.clone(), columns.collect())?;
        out.write_all(&encoded(&rows, false)?)?;
    }
    Ok(())
}

/// Encoded apart from the output, whose errors the CSV writer would turn into mere text.
fn encoded(rows: &RecordBatch, with_header: bool) -> Result<Vec<u8>, ReportError> {
    let mut bytes = Vec::new();
    WriterBuilder::new()
        .with_header(with_header)
        .with_line_terminator(Terminator::CRLF)
        .build(&mut bytes)
        .write(rows)?;
    Ok(bytes)
}

fn guarded(text: &LargeStringArray) -> LargeStringArray {
    let mut out = LargeStringBuilder::with_capacity(text.len(), text.value_data().len());
    for value in text {
        match value {
            Some(value) if is_formula(value) => out.append_value(format!("'{value}")),
            other => out.append_option(other),
        }
    }
    out.finish()
}

/// True for text that a spreadsheet takes for a formula, or for one after it has dropped the
/// first character; some read the full-width signs of East Asian keyboards as well.
pub(crate) fn is_formula(text: &str) -> bool {
    const SIGNS: [char; 11] =
        ['=', '+', '-', '@', '\t', '\r', '\0', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    text.starts_with(SIGNS)
}
