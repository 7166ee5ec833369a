//! One value of one row, read from text or JSON as its column's type asks.

use std::ops::Range;

use arrow::datatypes::{DataType, Date32Type, Field};
use chrono::{DateTime, NaiveDate};
use serde_json::Value;

use super::names::shown;

/// Seconds since 1970 of the years 1 to 9999: Arrow prints and parses no others.
const SECONDS: Range<i64> = -62_135_596_800..253_402_300_800;

/// A value in the type of its column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// No value.
    Null,
    /// Of a text column.
    Text(String),
    /// Of an integer column.
    Whole(i64),
    /// Of a floating-point column; finite.
    Number(f64),
    /// Of a boolean column.
    Flag(bool),
    /// Of an instant column; microseconds since 1970 in UTC.
    Instant(i64),
    /// Of a date column; days since 1970.
    Day(i32),
    /// Of a column of lists.
    List(Vec<String>),
}

impl Cell {
    /// True for no value and for text that is empty or blank.
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Cell::Null => true,
            Cell::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }
}

/// The value that a text such as a CSV field means; empty means NULL.
///
/// # Errors
/// A sentence that names the column, the value and what is expected.
pub(super) fn from_text(column: &Field, text: &str) -> Result<Cell, String> {
    if text.is_empty() {
        return Ok(Cell::Null);
    }
    let cell = match column.data_type() {
        DataType::Utf8 => Some(Cell::Text(text.to_owned())),
        DataType::Int64 => whole(text).map(Cell::Whole),
        DataType::Float64 => text.parse().ok().and_then(number),
        DataType::Boolean => flag(text),
        DataType::Date32 => day(text),
        DataType::Timestamp(..) => instant(text),
        DataType::List(_) => match serde_json::from_str(text) {
            Ok(Value::Array(elements)) => list(&elements),
            _ => None,
        },
        _ => None,
    };
    cell.ok_or_else(|| wrong(column, text))
}

/// The value that a JSON value means.
///
/// # Errors
/// A sentence that names the column, the value and what is expected.
pub(super) fn from_json(column: &Field, value: &Value) -> Result<Cell, String> {
    let cell = match (column.data_type(), value) {
        (_, Value::Null) => Some(Cell::Null),
        (DataType::Utf8, Value::String(text)) => Some(Cell::Text(text.clone())),
        (DataType::Utf8, Value::Number(number)) => exact(number).map(Cell::Text),
        (DataType::Int64, Value::Number(number)) => {
            number.as_i64().or_else(|| whole_of(number.as_f64()?)).map(Cell::Whole)
        }
        (DataType::Float64, Value::Number(value)) => value.as_f64().and_then(number),
        (DataType::Boolean, Value::Bool(value)) => Some(Cell::Flag(*value)),
        (DataType::Date32, Value::String(text)) => day(text),
        (DataType::Timestamp(..), Value::String(text)) => instant(text),
        (DataType::List(_), Value::Array(elements)) => list(elements),
        _ => None,
    };
    cell.ok_or_else(|| wrong(column, &value.to_string()))
}

/// The sentence for a value that does not fit its column.
pub(super) fn wrong(column: &Field, value: &str) -> String {
    unexpected(column, value, expected(column.data_type()))
}

/// The sentence for a value of a column where `expected` should be.
pub(super) fn unexpected(column: &Field, value: &str, expected: &str) -> String {
    const SHOWN: usize = 60;
    format!("`{}` is `{}`, but {expected} is expected", column.name(), shown(value, SHOWN))
}

/// What a value of the type looks like.
pub(super) fn expected(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Int64 => "a whole number such as `12`",
        DataType::Float64 => "a number such as `0.5`",
        DataType::Boolean => "`true` or `false`",
        DataType::Date32 => "a date such as `2026-01-31`",
        DataType::Timestamp(..) => {
            "an RFC 3339 instant with its zone, such as `2026-01-31T12:00:00Z`,"
        }
        DataType::List(_) => "an array of texts such as `[\"a\",\"b\"]`",
        _ => "text",
    }
}

/// The number, where it is one at all.
pub(super) fn number(value: f64) -> Option<Cell> {
    value.is_finite().then_some(Cell::Number(value))
}

/// The integer that a floating-point number stands for without loss. Tools that know no integer
/// column with gaps write `5` as `5.0`.
pub(super) fn whole_of(value: f64) -> Option<i64> {
    // From 2^53 on a float stands for several integers.
    const FIRST_INEXACT: f64 = 9_007_199_254_740_992.0;
    (value.fract() == 0.0 && value.abs() < FIRST_INEXACT).then_some(value as i64)
}

fn whole(text: &str) -> Option<i64> {
    let digits = match text.split_once('.') {
        Some((digits, fraction)) if !fraction.is_empty() => {
            fraction.bytes().all(|digit| digit == b'0').then_some(digits)?
        }
        Some(_) => return None,
        None => text,
    };
    digits.parse().ok()
}

/// Spreadsheets save `true` as `TRUE`, other tools as `True`.
fn flag(text: &str) -> Option<Cell> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(Cell::Flag(true)),
        "false" => Some(Cell::Flag(false)),
        _ => None,
    }
}

fn day(text: &str) -> Option<Cell> {
    // The parser alone would also take `2026-1-5` and years of any length.
    if text.len() != "2026-01-31".len() {
        return None;
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    day_of(Date32Type::from_naive_date(date))
}

fn instant(text: &str) -> Option<Cell> {
    let at = DateTime::parse_from_rfc3339(text).ok()?;
    instant_of(at.timestamp_micros())
}

/// The instant of so many microseconds since 1970; `None` in years that can't be shown.
pub(super) fn instant_of(micros: i64) -> Option<Cell> {
    SECONDS.contains(&micros.div_euclid(1_000_000)).then_some(Cell::Instant(micros))
}

/// The day so many days after 1970 began; `None` in years that can't be shown.
pub(super) fn day_of(days: i32) -> Option<Cell> {
    SECONDS.contains(&(i64::from(days) * 86_400)).then_some(Cell::Day(days))
}

fn list(elements: &[Value]) -> Option<Cell> {
    let texts = elements.iter().map(|element| match element {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => exact(number),
        _ => None,
    });
    texts.collect::<Option<Vec<_>>>().map(Cell::List)
}

/// The digits of an integer; `None` for fractions and for numbers too long to be kept exactly.
fn exact(number: &serde_json::Number) -> Option<String> {
    let signed = number.as_i64().map(|value| value.to_string());
    signed.or_else(|| number.as_u64().map(|value| value.to_string()))
}
