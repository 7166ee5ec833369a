use std::fs::File;

use ::parquet::arrow::ArrowWriter;
use arrow::datatypes::{DataType, Field};
use milepost_events::{Kind, Table, allowed_words, tables_by_contract};
use serde_json::{Map, Value, json};

use super::*;

/// A valid value of the column.
fn value(column: &Field) -> Value {
    if column.name() == "environment" {
        return json!("production");
    }
    match column.data_type() {
        DataType::Utf8 => match allowed_words(column) {
            Some(words) => json!(words[0]),
            None => json!(format!("some \"{}\", é", column.name())),
        },
        DataType::Int64 => json!(9_007_199_254_740_993_i64),
        DataType::Float64 => json!(0.1),
        DataType::Boolean => json!(true),
        DataType::Date32 => json!("2026-01-31"),
        DataType::Timestamp(..) => json!("2026-01-31T12:00:00.123456Z"),
        DataType::List(_) => json!(["a", "b,\n\"c\""]),
        other => panic!("no value of {other}"),
    }
}

fn record(table: &Table) -> Map<String, Value> {
    table.columns().iter().map(|field| (field.name().clone(), value(field))).collect()
}

fn csv_of(record: &Map<String, Value>) -> Vec<u8> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(record.keys()).expect("a header");
    let fields = record.values().map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    writer.write_record(fields).expect("a row");
    writer.into_inner().expect("text")
}

pub(super) fn parquet_of(rows: &RecordBatch) -> Vec<u8> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let open = File::create(file.path()).expect("open");
    let mut writer = ArrowWriter::try_new(open, rows.schema(), None).expect("a writer");
    writer.write(rows).expect("written");
    writer.close().expect("closed");
    std::fs::read(file.path()).expect("bytes")
}

fn facts() -> impl Iterator<Item = &'static Table> {
    tables_by_contract().iter().filter(|table| table.kind == Kind::Fact)
}

#[test]
fn a_row_of_every_table_is_the_same_in_every_format() {
    for table in facts() {
        let record = record(table);
        let csv = taken(&format!("{}.csv", table.name), csv_of(&record));
        assert_eq!(csv.rejected, [], "{}", table.name);
        assert_eq!(csv.rows.num_rows(), 1, "{}", table.name);
        assert_eq!(csv.rows.schema(), table.schema, "{}", table.name);
        for column in csv.rows.columns() {
            assert_eq!(column.null_count(), 0, "{}", table.name);
        }
        let json = Value::Object(record).to_string();
        let ndjson = taken(&format!("{}.ndjson", table.name), json);
        assert_eq!(ndjson.rows, csv.rows, "{}", table.name);
        let parquet = taken(&format!("{}.parquet", table.name), parquet_of(&csv.rows));
        assert_eq!(parquet.rows, csv.rows, "{}", table.name);
    }
}

#[test]
fn a_row_of_every_table_needs_no_more_than_the_key() {
    for table in facts().filter(|table| table.name != "deployments") {
        let mut record = record(table);
        record.retain(|name, _| table.key.contains(&name.as_str()));
        let csv = taken(&format!("{}.csv", table.name), csv_of(&record));
        assert_eq!(csv.rejected, [], "{}", table.name);
        let expected: Vec<&str> = table
            .schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .filter(|name| {
                table.key.contains(name) || ["source", "observed_at", "basis"].contains(name)
            })
            .collect();
        assert_eq!(column_names(&csv.rows), expected, "{}", table.name);
        let parquet = taken(&format!("{}.parquet", table.name), parquet_of(&csv.rows));
        assert_eq!(parquet.rows, csv.rows, "{}", table.name);
    }
}

#[test]
fn a_row_of_every_table_may_have_nothing_beside_the_key() {
    for table in facts().filter(|table| table.name != "deployments") {
        let mut record = record(table);
        for (name, value) in &mut record {
            if !table.key.contains(&name.as_str()) {
                *value = Value::Null;
            }
        }
        let ndjson =
            taken(&format!("{}.ndjson", table.name), Value::Object(record.clone()).to_string());
        assert_eq!(ndjson.rejected, [], "{}", table.name);
        record.values_mut().filter(|value| value.is_null()).for_each(|value| *value = json!(""));
        let csv = taken(&format!("{}.csv", table.name), csv_of(&record));
        assert_eq!(csv.rows, ndjson.rows, "{}", table.name);
        let parquet = taken(&format!("{}.parquet", table.name), parquet_of(&csv.rows));
        assert_eq!(parquet.rows, csv.rows, "{}", table.name);
    }
}
