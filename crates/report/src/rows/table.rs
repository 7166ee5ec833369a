//! Aligned columns for a terminal.

use std::borrow::Cow;
use std::io::Write;

use arrow::array::{Array, LargeStringArray, RecordBatch};
use arrow::datatypes::SchemaRef;
use unicode_width::UnicodeWidthStr;

use super::text;
use crate::{ReportError, visible};

const NULL: &str = "NULL";
const GAP: &str = "  ";

pub(super) fn write(
    out: &mut impl Write,
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> Result<(), ReportError> {
    if schema.fields().is_empty() {
        return Ok(());
    }
    let batches = batches.iter().map(text::columns).collect::<Result<Vec<_>, _>>()?;
    let widths = widths(schema, &batches);
    aligned(out, schema, &batches, &widths)
}

/// The same, or where a row is wider than a terminal a line for each of its values.
pub(super) fn write_within(
    out: &mut impl Write,
    schema: &SchemaRef,
    batches: &[RecordBatch],
    width: usize,
) -> Result<(), ReportError> {
    if schema.fields().is_empty() {
        return Ok(());
    }
    let batches = batches.iter().map(text::columns).collect::<Result<Vec<_>, _>>()?;
    let widths = widths(schema, &batches);
    let whole = widths.iter().sum::<usize>() + GAP.len() * (widths.len() - 1);
    match whole <= width {
        true => aligned(out, schema, &batches, &widths),
        false => records(out, schema, &batches),
    }
}

/// A line for each value, and a line between rows.
fn records(
    out: &mut impl Write,
    schema: &SchemaRef,
    batches: &[Vec<LargeStringArray>],
) -> Result<(), ReportError> {
    let names: Vec<Cow<'_, str>> =
        schema.fields().iter().map(|field| visible::one_line(field.name())).collect();
    let width = names.iter().map(|name| UnicodeWidthStr::width(name.as_ref())).max().unwrap_or(0);
    let mut number = 0;
    for columns in batches {
        for row in 0..columns.first().map_or(0, Array::len) {
            number += 1;
            writeln!(out, "-- {number}")?;
            for (name, column) in names.iter().zip(columns) {
                let mut line = String::new();
                append(&mut line, name, width, false);
                append(&mut line, &cell(column, row), 0, false);
                writeln!(out, "{line}")?;
            }
        }
    }
    if number == 0 {
        writeln!(out, "{}\n(no rows)", names.join(GAP))?;
    }
    Ok(())
}

fn aligned(
    out: &mut impl Write,
    schema: &SchemaRef,
    batches: &[Vec<LargeStringArray>],
    widths: &[usize],
) -> Result<(), ReportError> {
    let is_number: Vec<bool> =
        schema.fields().iter().map(|field| text::is_number(field.data_type())).collect();
    let mut write_line = |cells: &mut dyn Iterator<Item = Cow<'_, str>>| {
        let mut line = String::new();
        for ((cell, width), is_number) in cells.zip(widths).zip(&is_number) {
            append(&mut line, &cell, *width, *is_number);
        }
        writeln!(out, "{}", line.trim_end())
    };
    write_line(&mut schema.fields().iter().map(|field| visible::one_line(field.name())))?;
    write_line(&mut widths.iter().map(|width| Cow::Owned("-".repeat(*width))))?;
    for columns in batches {
        for row in 0..columns.first().map_or(0, Array::len) {
            write_line(&mut columns.iter().map(|column| cell(column, row)))?;
        }
    }
    Ok(())
}

/// What a cell shows. The text "NULL" is quoted, so that the bare word always means no value.
fn cell(column: &LargeStringArray, row: usize) -> Cow<'_, str> {
    if column.is_null(row) {
        return Cow::Borrowed(NULL);
    }
    match column.value(row) {
        NULL => Cow::Owned(format!("\"{NULL}\"")),
        value => visible::one_line(value),
    }
}

fn widths(schema: &SchemaRef, batches: &[Vec<LargeStringArray>]) -> Vec<usize> {
    let width_below = |place: usize, name: &str| {
        let cells = batches.iter().filter_map(|columns| columns.get(place));
        let widest = cells.flat_map(|column| {
            (0..column.len()).map(move |row| UnicodeWidthStr::width(cell(column, row).as_ref()))
        });
        widest.max().unwrap_or(0).max(UnicodeWidthStr::width(visible::one_line(name).as_ref()))
    };
    let fields = schema.fields().iter().enumerate();
    fields.map(|(place, field)| width_below(place, field.name())).collect()
}

fn append(line: &mut String, cell: &str, width: usize, is_number: bool) {
    if !line.is_empty() {
        line.push_str(GAP);
    }
    let padding = " ".repeat(width.saturating_sub(UnicodeWidthStr::width(cell)));
    let (before, after) = if is_number { (padding.as_str(), "") } else { ("", padding.as_str()) };
    line.push_str(before);
    line.push_str(cell);
    line.push_str(after);
}
