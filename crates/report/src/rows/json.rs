//! A JSON array of objects, one row per line.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow_json::writer::{JsonFormat, WriterBuilder};

use super::text;
use crate::ReportError;

/// `[`, the rows with a comma and a line end between them, `]`.
#[derive(Debug, Default)]
struct RowPerLine;

impl JsonFormat for RowPerLine {
    fn start_stream<W: Write>(&self, out: &mut W) -> Result<(), ArrowError> {
        Ok(out.write_all(b"[")?)
    }

    fn start_row<W: Write>(&self, out: &mut W, is_first_row: bool) -> Result<(), ArrowError> {
        Ok(out.write_all(if is_first_row { b"" } else { b",\n" })?)
    }

    fn end_stream<W: Write>(&self, out: &mut W) -> Result<(), ArrowError> {
        Ok(out.write_all(b"]\n")?)
    }
}

pub(super) fn write(
    out: &mut impl Write,
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> Result<(), ReportError> {
    write_objects::<RowPerLine>(out, schema, batches)
}

/// Writes every row as an object, between whatever the format puts around rows.
pub(super) fn write_objects<F: JsonFormat>(
    out: &mut impl Write,
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> Result<(), ReportError> {
    let names = unique_names(schema);
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, F>(out);
    for batch in batches {
        writer.write(&for_json(batch, &names)?)?;
    }
    Ok(writer.finish()?)
}

/// The batch with names that occur once, and as text whatever JSON has no type for.
fn for_json(batch: &RecordBatch, names: &[String]) -> Result<RecordBatch, ReportError> {
    let schema = batch.schema();
    let mut fields: Vec<Field> = Vec::with_capacity(names.len());
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(names.len());
    for ((column, field), name) in batch.columns().iter().zip(schema.fields()).zip(names) {
        let column = json_column(field, column)?;
        fields.push(Field::new(name, column.data_type().clone(), true));
        columns.push(column);
    }
    let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let schema = Arc::new(Schema::new(fields));
    Ok(RecordBatch::try_new_with_options(schema, columns, &rows)?)
}

fn json_column(field: &FieldRef, column: &ArrayRef) -> Result<ArrayRef, ReportError> {
    let data_type = text::value_type(column.data_type());
    if data_type.is_temporal() || matches!(data_type, DataType::Union(..)) {
        return Ok(Arc::new(text::column_text(field, column)?));
    }
    if data_type.is_nested() {
        return Ok(text::in_utc(column)?);
    }
    Ok(column.clone())
}

/// The columns' names, a repeated one with the first free of `:1`, `:2`, … after it.
fn unique_names(schema: &SchemaRef) -> Vec<String> {
    let given: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let mut names: Vec<String> = Vec::with_capacity(given.len());
    for (place, name) in given.iter().enumerate() {
        let mut unique = (*name).to_owned();
        if given[..place].contains(name) {
            let is_taken = |candidate: &str| {
                given.contains(&candidate) || names.iter().any(|name| name == candidate)
            };
            let mut number = 1;
            while number == 1 || is_taken(&unique) {
                unique = format!("{name}:{number}");
                number += 1;
            }
        }
        names.push(unique);
    }
    names
}
