//! Columns of any type become columns of text, a NULL staying a NULL.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayData, ArrayRef, LargeStringArray, LargeStringBuilder, RecordBatch,
    RecordBatchOptions, make_array,
};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use arrow_json::writer::{EncoderOptions, make_encoder};

use crate::ReportError;

/// An instant in UTC, with a fraction only where it has one.
const INSTANT: &str = "%Y-%m-%dT%H:%M:%S%.fZ";

/// UTC as an offset: Arrow knows names of zones only with its data base of zones built in.
const UTC: &str = "+00:00";

/// The schema and the batches made to agree: engines differ about what may be NULL and about
/// metadata, while a column's type is what the first batch has.
pub(super) fn agreed(
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> Result<(SchemaRef, Vec<RecordBatch>), ReportError> {
    let fields = schema.fields().iter().enumerate().map(|(place, field)| {
        let columns: Vec<&ArrayRef> =
            batches.iter().filter_map(|batch| batch.columns().get(place)).collect();
        let has_null = columns.iter().any(|column| column.is_nullable());
        let data_type = columns.first().map_or(field.data_type(), |column| column.data_type());
        let field = field.as_ref().clone().with_data_type(data_type.clone());
        let is_nullable = field.is_nullable() || has_null;
        field.with_nullable(is_nullable)
    });
    let schema =
        Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()));
    let with_schema = |batch: &RecordBatch| {
        let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(schema.clone(), batch.columns().to_vec(), &rows)
    };
    let batches = batches.iter().map(with_schema).collect::<Result<_, _>>()?;
    Ok((schema, batches))
}

/// True for a column whose values line up on their right.
pub(super) fn is_number(data_type: &DataType) -> bool {
    value_type(data_type).is_numeric()
}

/// True for a column that holds what somebody wrote, not what was measured.
pub(super) fn is_free_text(data_type: &DataType) -> bool {
    let data_type = value_type(data_type);
    !(data_type.is_numeric() || data_type.is_temporal() || *data_type == DataType::Boolean)
}

/// The type of the values, which a dictionary or run keeps apart from the rows.
pub(super) fn value_type(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, value) => value_type(value),
        DataType::RunEndEncoded(_, values) => value_type(values.data_type()),
        other => other,
    }
}

/// Every column of the batch as text.
pub(super) fn columns(batch: &RecordBatch) -> Result<Vec<LargeStringArray>, ReportError> {
    let schema = batch.schema();
    let columns = batch.columns().iter().zip(schema.fields());
    columns.map(|(column, field)| column_text(field, column)).collect()
}

/// One column as text: what has parts as JSON, everything else in its own shortest form.
pub(super) fn column_text(
    field: &FieldRef,
    column: &ArrayRef,
) -> Result<LargeStringArray, ReportError> {
    let text = in_utc(column).and_then(|column| match value_type(column.data_type()) {
        DataType::Union(..) => plain(&column),
        data_type if data_type.is_nested() => json(field.name(), &column),
        _ => plain(&column),
    });
    text.map_err(|source| ReportError::Column {
        column: field.name().clone(),
        reason: source.to_string(),
    })
}

fn plain(column: &ArrayRef) -> Result<LargeStringArray, ArrowError> {
    let options =
        FormatOptions::new().with_display_error(false).with_timestamp_tz_format(Some(INSTANT));
    let formatter = ArrayFormatter::try_new(column.as_ref(), &options)?;
    let nulls = column.logical_nulls();
    let mut text = LargeStringBuilder::new();
    for row in 0..column.len() {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            text.append_null();
        } else {
            text.append_value(formatter.value(row).try_to_string()?);
        }
    }
    Ok(text.finish())
}

fn json(name: &str, column: &ArrayRef) -> Result<LargeStringArray, ArrowError> {
    let field = Arc::new(Field::new(name, column.data_type().clone(), true));
    let options = EncoderOptions::default()
        .with_explicit_nulls(true)
        .with_timestamp_tz_format(INSTANT.to_owned());
    let mut encoder = make_encoder(&field, column.as_ref(), &options)?;
    let nulls = column.logical_nulls();
    let mut text = LargeStringBuilder::new();
    let mut bytes = Vec::new();
    for row in 0..column.len() {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            text.append_null();
            continue;
        }
        bytes.clear();
        encoder.encode(row, &mut bytes);
        text.append_value(String::from_utf8_lossy(&bytes));
    }
    Ok(text.finish())
}

/// The column with every instant in it, also inside lists and structs, marked as one in UTC.
///
/// The numbers stay: they count from 1970 in UTC whatever zone is written beside them. A cast
/// would instead turn an instant it cannot place into NULL.
pub(super) fn in_utc(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    if utc_type(column.data_type()) == *column.data_type() {
        return Ok(column.clone());
    }
    Ok(make_array(relabelled(&column.to_data())?))
}

fn relabelled(data: &ArrayData) -> Result<ArrayData, ArrowError> {
    let wanted = utc_type(data.data_type());
    if wanted == *data.data_type() {
        return Ok(data.clone());
    }
    let children = data.child_data().iter().map(relabelled).collect::<Result<_, _>>()?;
    data.clone().into_builder().data_type(wanted).child_data(children).build()
}

fn utc_type(data_type: &DataType) -> DataType {
    let inside = |field: &FieldRef| -> FieldRef {
        Arc::new(field.as_ref().clone().with_data_type(utc_type(field.data_type())))
    };
    match data_type {
        DataType::Timestamp(unit, _) => DataType::Timestamp(*unit, Some(UTC.into())),
        DataType::List(item) => DataType::List(inside(item)),
        DataType::LargeList(item) => DataType::LargeList(inside(item)),
        DataType::ListView(item) => DataType::ListView(inside(item)),
        DataType::LargeListView(item) => DataType::LargeListView(inside(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(inside(item), *size),
        DataType::Map(entries, is_sorted) => DataType::Map(inside(entries), *is_sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inside).collect()),
        DataType::RunEndEncoded(ends, values) => {
            DataType::RunEndEncoded(ends.clone(), inside(values))
        }
        DataType::Dictionary(key, value) => {
            DataType::Dictionary(key.clone(), Box::new(utc_type(value)))
        }
        other => other.clone(),
    }
}
