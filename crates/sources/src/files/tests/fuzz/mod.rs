//! Targets for files; see `crate::fuzz`.

mod parquet;
mod text;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Date32Type, Field, TimestampMicrosecondType};
use milepost_events::{Kind, Table, allowed_words, tables_by_contract};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::*;
use crate::fuzz;

/// What texts are made of.
const PIECES: [&str; 24] = [
    "a",
    "b",
    "api",
    "r",
    "Ann Arbor",
    "production",
    "prod-eu",
    "succeeded",
    "success",
    "5",
    "-1",
    "0.5",
    "true",
    "2026-01-31",
    "2026-01-31T12:00:00Z",
    ",",
    ";",
    "\"",
    "\"\"",
    "'",
    "\\",
    "[\"a\"]",
    "{}",
    "NULL",
];

/// Rows for a table, in no format yet.
#[derive(Clone)]
struct Sheet {
    table: &'static Table,
    columns: Vec<&'static Field>,
    rows: Vec<Vec<Value>>,
}

impl std::fmt::Debug for Sheet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let csv = String::from_utf8_lossy(&self.csv()).into_owned();
        write!(formatter, "{}: {csv:?}", self.table.name)
    }
}

impl Sheet {
    fn name(&self, extension: &str) -> String {
        format!("{}.{extension}", self.table.name)
    }

    fn csv(&self) -> Vec<u8> {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(self.columns.iter().map(|column| column.name())).expect("a header");
        for row in &self.rows {
            let fields = row.iter().map(|value| match value {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                other => other.to_string(),
            });
            writer.write_record(fields).expect("a row");
        }
        writer.into_inner().expect("text")
    }

    fn ndjson(&self) -> Vec<u8> {
        let lines = self.rows.iter().map(|row| {
            let names = self.columns.iter().map(|column| column.name().clone());
            let object: Map<String, Value> = names.zip(row.iter().cloned()).collect();
            format!("{}\n", Value::Object(object))
        });
        lines.collect::<String>().into_bytes()
    }
}

fn sheet() -> impl Strategy<Value = Sheet> {
    let facts: Vec<&'static Table> =
        tables_by_contract().iter().filter(|table| table.kind == Kind::Fact).collect();
    let columns = |table: &'static Table| {
        let columns: Vec<&'static Field> =
            table.columns().iter().map(std::convert::AsRef::as_ref).collect();
        let kept = vec(any::<bool>(), columns.len());
        (Just(columns).prop_shuffle(), kept).prop_map(move |(columns, kept)| {
            let is_needed = |name: &str| {
                table.key.contains(&name)
                    || table.name == "deployments" && ["outcome", "finished_at"].contains(&name)
            };
            let kept = columns.into_iter().zip(kept);
            let kept = kept.filter(|(column, kept)| *kept || is_needed(column.name()));
            (table, kept.map(|(column, _)| column).collect::<Vec<_>>())
        })
    };
    select(facts).prop_flat_map(columns).prop_flat_map(|(table, columns)| {
        let row: Vec<BoxedStrategy<Value>> =
            columns.iter().map(|column| value(table, column)).collect();
        vec(row, 0..8).prop_map(move |rows| Sheet { table, columns: columns.clone(), rows })
    })
}

/// Values of the column, most of them right; no empty text, which CSV can't tell from none.
fn value(table: &Table, column: &'static Field) -> BoxedStrategy<Value> {
    let right = match column.data_type() {
        DataType::Utf8 => match allowed_words(column) {
            Some(words) => select(words).prop_map(|word| json!(word)).boxed(),
            None => fuzz::text(&PIECES, 6)
                .prop_filter("empty", |text| !text.is_empty())
                .prop_map(|text| json!(text))
                .boxed(),
        },
        DataType::Int64 => prop_oneof![0_i64..100, any::<i64>()].prop_map(|n| json!(n)).boxed(),
        DataType::Float64 => {
            // With more digits the JSON parser may be a bit off, the last one.
            let exact = prop_oneof![0_i64..1_000_000, -(1_i64 << 53)..1_i64 << 53];
            exact.prop_map(|n| json!(n as f64 / 1e6)).boxed()
        }
        DataType::Boolean => any::<bool>().prop_map(|flag| json!(flag)).boxed(),
        DataType::Date32 => day().prop_map(|day| json!(day)).boxed(),
        DataType::Timestamp(..) => instant().prop_map(|at| json!(at)).boxed(),
        DataType::List(_) => {
            vec(fuzz::text(&PIECES, 3), 0..4).prop_map(|texts| json!(texts)).boxed()
        }
        other => panic!("no value of {other}"),
    };
    let wrong = match column.data_type() {
        DataType::Utf8 => "[ -~]{1,70}".prop_map(|text| json!(text)).boxed(),
        DataType::Int64 | DataType::Float64 => {
            select(vec![json!(1.5), json!(u64::MAX), json!(-1e300), json!(7.0)]).boxed()
        }
        DataType::Boolean => Just(json!("maybe")).boxed(),
        DataType::List(_) => {
            select(vec![json!([null]), json!({}), json!([1.5]), json!([7])]).boxed()
        }
        _ => fuzz::text(&PIECES, 2)
            .prop_filter("empty", |text| !text.is_empty())
            .prop_map(|text| json!(text))
            .boxed(),
    };
    let gaps = if table.key.contains(&column.name().as_str()) { 1 } else { 6 };
    prop_oneof![40 => right, gaps => Just(Value::Null), 1 => wrong].boxed()
}

fn day() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => "20[0-3][0-9]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])",
        1 => "[0-9]{4}-[0-1][0-9]-[0-3][0-9]",
        1 => select(&["0000-01-01", "+999-01-01", "9999-12-31", "-001-01-01", "2026-02-29"][..])
            .prop_map(str::to_owned),
    ]
}

fn instant() -> impl Strategy<Value = String> {
    const ODD: [&str; 8] = [
        "0000-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:60Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31 12:00:00Z",
        "2026-01-31T12:00:00−01:00",
        "2026-01-31T12:00:00.Z",
    ];
    prop_oneof![
        9 => "20[0-3][0-9]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T[01][0-9]:[0-5][0-9]:[0-5][0-9]\
              (\\.[0-9]{1,12})?(Z|z|[+-](0[0-9]|1[0-4]):[0-5][0-9])",
        1 => "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](Z|[+-][0-9]{2}:[0-9]{2})",
        1 => select(&ODD[..]).prop_map(str::to_owned),
    ]
}

/// What holds of whatever a file gave, of which `records` records or rows were written.
fn is_sound(file: &TableFile, records: usize) {
    let told = file.rows.num_rows() + file.rejected.len() + file.duplicates_count;
    assert_eq!(told, records, "{:?}", file.rejected);
    for rejected in &file.rejected {
        assert_eq!(rejected.table_name, file.table.name);
        is_one_line(&rejected.reason);
    }
    assert!(file.rejected.is_sorted_by_key(|rejected| rejected.line));
    for (field, array) in file.rows.schema().fields().iter().zip(file.rows.columns()) {
        let name = field.name();
        if file.table.key.contains(&name.as_str()) {
            assert_eq!(array.null_count(), 0, "{name}");
        }
        // What prints and parses it knows years of four digits alone.
        match field.data_type() {
            DataType::Timestamp(..) => {
                for micros in array.as_primitive::<TimestampMicrosecondType>().iter().flatten() {
                    assert!(
                        (FIRST..LAST).contains(&micros.div_euclid(1_000_000)),
                        "{name}: {micros}"
                    );
                }
            }
            DataType::Date32 => {
                for days in array.as_primitive::<Date32Type>().iter().flatten() {
                    assert!((FIRST..LAST).contains(&(i64::from(days) * 86_400)), "{name}: {days}");
                }
            }
            _ => {}
        }
    }
}

/// The first second of year 1 and the one after year 9999, since 1970.
const FIRST: i64 = -62_135_596_800;
const LAST: i64 = 253_402_300_800;

/// One line that a terminal shows as it is, and that somebody reads to its end.
fn is_one_line(text: &str) {
    assert!(!text.contains(char::is_control), "{text:?}");
    assert!(text.chars().count() < 2_000, "{} letters: {text:?}", text.len());
}

/// What the file gave, or its error: one clear line that names it.
fn read_or_refused(folder: &Folder, name: &str, content: &[u8]) -> Option<TableFile> {
    let path = folder.write(name, content);
    match read(&[path], &context()) {
        Ok(mut files) => files.pop(),
        Err(error) => {
            let told = error.to_string();
            assert!(told.contains(name), "{told:?}");
            is_one_line(&told);
            None
        }
    }
}
