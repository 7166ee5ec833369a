//! Typed columns, built row by row.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, ListBuilder,
    StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, TimeUnit};
use arrow::error::ArrowError;

use super::cells::Cell;

/// A column under construction.
pub(super) enum Column {
    Text(StringBuilder),
    Whole(Int64Builder),
    Number(Float64Builder),
    Flag(BooleanBuilder),
    Instant(TimestampMicrosecondBuilder),
    Day(Date32Builder),
    List(ListBuilder<StringBuilder>),
}

impl Column {
    /// An empty column for the field.
    ///
    /// # Errors
    /// Where the table has a type that no table had when this was written.
    pub(super) fn of(field: &Field) -> Result<Column, ArrowError> {
        Ok(match field.data_type() {
            DataType::Utf8 => Column::Text(StringBuilder::new()),
            DataType::Int64 => Column::Whole(Int64Builder::new()),
            DataType::Float64 => Column::Number(Float64Builder::new()),
            DataType::Boolean => Column::Flag(BooleanBuilder::new()),
            DataType::Date32 => Column::Day(Date32Builder::new()),
            DataType::Timestamp(TimeUnit::Microsecond, zone) => {
                Column::Instant(TimestampMicrosecondBuilder::new().with_timezone_opt(zone.clone()))
            }
            DataType::List(element) => {
                Column::List(ListBuilder::new(StringBuilder::new()).with_field(element.clone()))
            }
            other => {
                let what = format!("`{}` has the type {other}, unknown to files", field.name());
                return Err(ArrowError::NotYetImplemented(what));
            }
        })
    }

    /// Adds one value.
    ///
    /// # Errors
    /// Where the value is of another type than the column.
    pub(super) fn append(&mut self, cell: Cell) -> Result<(), ArrowError> {
        match (self, cell) {
            (Column::Text(texts), Cell::Text(text)) => texts.append_value(text),
            (Column::Whole(numbers), Cell::Whole(number)) => numbers.append_value(number),
            (Column::Number(numbers), Cell::Number(number)) => numbers.append_value(number),
            (Column::Flag(flags), Cell::Flag(flag)) => flags.append_value(flag),
            (Column::Instant(instants), Cell::Instant(micros)) => instants.append_value(micros),
            (Column::Day(days), Cell::Day(day)) => days.append_value(day),
            (Column::List(lists), Cell::List(texts)) => {
                lists.append_value(texts.into_iter().map(Some));
            }
            (column, Cell::Null) => column.append_null(),
            (_, cell) => {
                let what = format!("{cell:?} is of another type than its column");
                return Err(ArrowError::SchemaError(what));
            }
        }
        Ok(())
    }

    /// The values so far; the column is empty afterwards.
    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Column::Text(texts) => Arc::new(texts.finish()),
            Column::Whole(numbers) => Arc::new(numbers.finish()),
            Column::Number(numbers) => Arc::new(numbers.finish()),
            Column::Flag(flags) => Arc::new(flags.finish()),
            Column::Instant(instants) => Arc::new(instants.finish()),
            Column::Day(days) => Arc::new(days.finish()),
            Column::List(lists) => Arc::new(lists.finish()),
        }
    }

    fn append_null(&mut self) {
        match self {
            Column::Text(texts) => texts.append_null(),
            Column::Whole(numbers) => numbers.append_null(),
            Column::Number(numbers) => numbers.append_null(),
            Column::Flag(flags) => flags.append_null(),
            Column::Instant(instants) => instants.append_null(),
            Column::Day(days) => days.append_null(),
            Column::List(lists) => lists.append_null(),
        }
    }
}
