//! Parquet, of which every column must fit the table's type without loss.

use std::fmt;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ::parquet::file::metadata::ParquetMetaData;
use ::parquet::file::serialized_reader::SerializedPageReader;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Field, Float64Type, Int64Type, Schema, TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use milepost_events::Table;

use super::cells::{Cell, day_of, expected, from_text, instant_of, number, whole_of, wrong};
use super::fill::Defaults;
use super::layout::layout;
use super::names::shown;
use super::quiet::caught;
use super::rows::{Row, Rows, fault};
use super::sizes::{check_footer, check_pages, check_texts};
use super::{FilesError, TableFile, unreadable};

/// Said of a value that its column can't hold.
const OUT_OF_RANGE: &str = "out of range";

/// The file's rows and those refused; a row's line is its number from 1.
///
/// # Errors
/// Where the file can't be opened, is no Parquet, or a column's name or type does not fit.
pub(super) fn read(
    path: &Path,
    table: &'static Table,
    defaults: &Defaults,
) -> Result<TableFile, FilesError> {
    let wrong = |reason: String| FilesError::Format { path: path.to_owned(), reason };
    let file = File::open(path).map_err(|source| unreadable(path, source))?;
    check_footer(&file).map_err(wrong)?;
    let pages = file.try_clone().map_err(|source| unreadable(path, source))?;
    let builder = given(|| ParquetRecordBatchReaderBuilder::try_new(file)).map_err(wrong)?;
    given(|| check_columns(pages, builder.metadata())).map_err(wrong)?;
    let fields = builder.schema().fields().clone();
    let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
    let positions = layout(path, table, &names)?;
    let columns: Vec<&Field> =
        positions.iter().map(|position| table.schema.field(*position)).collect();
    for (given, column) in fields.iter().zip(&columns) {
        check_type(path, given, column)?;
    }
    let mut rows = Rows::new(path, table, &positions, defaults)?;
    let mut line = 0;
    let mut batches = given(|| builder.build()).map_err(wrong)?;
    while let Some(batch) = given(|| batches.next().transpose()).map_err(wrong)? {
        let fitted: Result<Vec<ArrayRef>, _> =
            batch.columns().iter().zip(&columns).map(|(array, to)| fitted(array, to)).collect();
        let fitted = fitted.map_err(|source| fault(path, source))?;
        for at in 0..batch.num_rows() {
            line += 1;
            let mut row = Row::new(table);
            for ((position, array), given) in positions.iter().zip(&fitted).zip(batch.columns()) {
                row.read(*position, cell(table.schema.field(*position), array, given, at));
            }
            rows.push(line, row, || as_text(&names, &fitted, at))?;
        }
    }
    rows.finish()
}

/// Refuses columns whose pages claim what can't be.
///
/// # Errors
/// What is wrong with a page.
fn check_columns(file: File, metadata: &ParquetMetaData) -> Result<(), String> {
    let file = Arc::new(file);
    for group in metadata.row_groups() {
        for column in group.columns() {
            let (start, length) = column.byte_range();
            if check_pages(&file, start, length)? {
                let rows = usize::try_from(group.num_rows()).map_err(|error| error.to_string())?;
                let pages = SerializedPageReader::new(file.clone(), column, rows, None);
                check_texts(pages.map_err(|error| error.to_string())?, column.column_descr())?;
            }
        }
    }
    Ok(())
}

/// What a call of the Parquet reader gives. Some damaged files make it panic.
///
/// # Errors
/// What is wrong with the file, in one line.
fn given<T, E: fmt::Display>(call: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match caught(call) {
        Some(given) => given.map_err(|error| shown(&error.to_string(), 300)),
        None => Err("it is damaged; write it again".to_owned()),
    }
}

/// The types to cast through from one to the other; `None` where values could be lost. What
/// ends as text for a column of another type is then read as in CSV, value by value.
fn steps(from: &DataType, to: &DataType) -> Option<Vec<DataType>> {
    use DataType::{
        Boolean, Date32, Dictionary, Float16, Float32, Float64, Int64, List, Null, Timestamp, Utf8,
    };
    match (from, to) {
        (Dictionary(_, value), _) => steps(value, to).map(|mut steps| {
            steps.insert(0, value.as_ref().clone());
            steps
        }),
        (Null, _) => Some(Vec::new()),
        (Int64, Int64) | (Boolean, Boolean) | (Date32, Date32) => Some(Vec::new()),
        (from, Utf8) if from.is_string() || from.is_integer() => Some(vec![Utf8]),
        (from, Int64 | Float64) if from.is_integer() || from.is_decimal() => Some(vec![Utf8]),
        (Float16 | Float32 | Float64, Int64 | Float64) => Some(vec![Float64]),
        (Timestamp(_, Some(_)), Timestamp(..)) => Some(vec![to.clone()]),
        (from, List(_)) if is_list_of_texts(from) => Some(vec![to.clone()]),
        _ => None,
    }
}

fn is_list_of_texts(from: &DataType) -> bool {
    match from {
        DataType::List(element)
        | DataType::LargeList(element)
        | DataType::ListView(element)
        | DataType::LargeListView(element)
        | DataType::FixedSizeList(element, _) => match element.data_type() {
            DataType::Dictionary(_, value) => value.is_string(),
            DataType::Null => true,
            element => element.is_string(),
        },
        _ => false,
    }
}

fn check_type(path: &Path, given: &Field, column: &Field) -> Result<(), FilesError> {
    let reason = match (given.data_type(), column.data_type()) {
        (from, to) if steps(from, to).is_some() => return Ok(()),
        (DataType::Timestamp(_, None), DataType::Timestamp(..)) => {
            "holds instants without a zone; give them one, such as UTC".to_owned()
        }
        (from, to) => format!(
            "has the type {}, but {} is expected",
            shown(&from.to_string(), 60),
            expected(to)
        ),
    };
    Err(FilesError::ColumnType { path: path.to_owned(), column: given.name().clone(), reason })
}

/// The values in the column's type, or as text or floats still to be read value by value.
fn fitted(given: &ArrayRef, column: &Field) -> Result<ArrayRef, ArrowError> {
    if *given.data_type() == DataType::Null {
        return Ok(new_null_array(column.data_type(), given.len()));
    }
    let steps = steps(given.data_type(), column.data_type()).unwrap_or_default();
    steps.iter().try_fold(given.clone(), |array, step| cast(&array, step))
}

fn cell(column: &Field, fitted: &ArrayRef, given: &ArrayRef, at: usize) -> Result<Cell, String> {
    if fitted.is_null(at) {
        let is_lost = given.is_valid(at) && *given.data_type() != DataType::Null;
        // A dictionary's key may be valid and stand for NULL.
        let is_dictionary = matches!(given.data_type(), DataType::Dictionary(..));
        return if is_lost && !is_dictionary {
            Err(wrong(column, OUT_OF_RANGE))
        } else {
            Ok(Cell::Null)
        };
    }
    match (fitted.data_type(), column.data_type()) {
        (DataType::Utf8, DataType::Utf8) => {
            Ok(Cell::Text(fitted.as_string::<i32>().value(at).to_owned()))
        }
        (DataType::Utf8, _) => from_text(column, fitted.as_string::<i32>().value(at)),
        (DataType::Float64, to) => {
            let value = fitted.as_primitive::<Float64Type>().value(at);
            let cell = match to {
                DataType::Int64 => whole_of(value).map(Cell::Whole),
                _ => number(value),
            };
            cell.ok_or_else(|| wrong(column, &value.to_string()))
        }
        (DataType::Int64, _) => Ok(Cell::Whole(fitted.as_primitive::<Int64Type>().value(at))),
        (DataType::Boolean, _) => Ok(Cell::Flag(fitted.as_boolean().value(at))),
        (DataType::Date32, _) => day_of(fitted.as_primitive::<Date32Type>().value(at))
            .ok_or_else(|| wrong(column, OUT_OF_RANGE)),
        (DataType::Timestamp(..), _) => {
            instant_of(fitted.as_primitive::<TimestampMicrosecondType>().value(at))
                .ok_or_else(|| wrong(column, OUT_OF_RANGE))
        }
        (DataType::List(_), _) => texts(column, &fitted.as_list::<i32>().value(at)),
        (other, _) => Err(wrong(column, &format!("of type {other}"))),
    }
}

fn texts(column: &Field, elements: &ArrayRef) -> Result<Cell, String> {
    let texts = elements.as_string::<i32>().iter().map(|text| text.map(str::to_owned));
    let texts: Option<Vec<String>> = texts.collect();
    texts.map(Cell::List).ok_or_else(|| wrong(column, "a list with NULL in it"))
}

/// A row as one JSON object.
fn as_text(names: &[&str], fitted: &[ArrayRef], at: usize) -> String {
    as_json(names, fitted, at).unwrap_or_else(|error| format!("can't be shown: {error}"))
}

fn as_json(names: &[&str], fitted: &[ArrayRef], at: usize) -> Result<String, ArrowError> {
    let mut fields = Vec::with_capacity(names.len());
    let mut row = Vec::with_capacity(names.len());
    for (name, array) in names.iter().zip(fitted) {
        let value = match array.data_type() {
            // Names of zones need a database that Arrow is built without; offsets do not.
            DataType::Timestamp(unit, _) => {
                cast(&array.slice(at, 1), &DataType::Timestamp(*unit, Some("+00:00".into())))?
            }
            _ => array.slice(at, 1),
        };
        fields.push(Field::new(*name, value.data_type().clone(), true));
        row.push(value);
    }
    let row = RecordBatch::try_new(Arc::new(Schema::new(fields)), row)?;
    let mut text = Vec::new();
    let mut writer = arrow_json::LineDelimitedWriter::new(&mut text);
    writer.write(&row)?;
    writer.finish()?;
    Ok(String::from_utf8_lossy(&text).trim_end().to_owned())
}
