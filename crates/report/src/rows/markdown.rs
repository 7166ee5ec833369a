//! A table in GitHub's Markdown, for pull requests and job summaries.

use std::io::Write;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::SchemaRef;

use super::text;
use crate::{ReportError, visible};

pub(super) fn write(
    out: &mut impl Write,
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> Result<(), ReportError> {
    if schema.fields().is_empty() {
        return Ok(());
    }
    let header = schema.fields().iter().map(|field| escaped(field.name()));
    write_line(out, header)?;
    let rule = schema
        .fields()
        .iter()
        .map(|field| if text::is_number(field.data_type()) { "---:" } else { "---" }.to_owned());
    write_line(out, rule)?;
    for batch in batches {
        let columns = text::columns(batch)?;
        for row in 0..batch.num_rows() {
            let cells = columns.iter().map(|column| match column.is_null(row) {
                true => "NULL".to_owned(),
                false => escaped(column.value(row)),
            });
            write_line(out, cells)?;
        }
    }
    Ok(())
}

fn write_line(
    out: &mut impl Write,
    cells: impl Iterator<Item = String>,
) -> Result<(), ReportError> {
    let cells: Vec<String> = cells.collect();
    Ok(writeln!(out, "| {} |", cells.join(" | "))?)
}

/// The text such that GitHub shows it as it is: no cell ends, no markup, no element, no link.
fn escaped(text: &str) -> String {
    let text = visible::one_line(text);
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    let mut before = None;
    while let Some(c) = characters.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // Between letters it is no markup, and column names stay readable.
            '_' if is_word(before) && is_word(characters.peek().copied()) => out.push('_'),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        before = Some(c);
    }
    out
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphanumeric)
}
