//! Every mapping that comes with Milepost, and what is said of those that are wrong.

use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use chrono::DateTime;
use serde_json::{Map, Value};

use super::*;
use crate::json::shipped::file;

/// No repository is known but those of the given services.
fn context(services: &[String]) -> FileContext {
    let only = services.iter().map(|service| (service.clone(), "shop".to_owned())).collect();
    FileContext { observed_at: DateTime::UNIX_EPOCH, only_repository: only }
}

fn converted(mapping: &Mapping, text: &str, services: &[String]) -> Result<Vec<Mapped>, JsonError> {
    let documents: Result<Vec<Value>, _> =
        serde_json::Deserializer::from_str(text).into_iter().collect();
    convert::convert(
        Path::new("sample.json"),
        &documents.expect("JSON"),
        mapping,
        &context(services),
    )
}

/// A value as `expected.json` has it.
fn shown(column: &ArrayRef, row: usize) -> Option<Value> {
    if column.is_null(row) {
        return None;
    }
    Some(match column.data_type() {
        DataType::Int64 => {
            Value::from(column.as_primitive::<arrow::datatypes::Int64Type>().value(row))
        }
        DataType::Float64 => {
            let number = column.as_primitive::<arrow::datatypes::Float64Type>().value(row);
            // JSON writes 9 for 9.0.
            if number.fract() == 0.0 { Value::from(number as i64) } else { Value::from(number) }
        }
        DataType::Boolean => Value::from(column.as_boolean().value(row)),
        DataType::List(_) => {
            let list = column.as_list::<i32>().value(row);
            Value::from_iter(list.as_string::<i32>().iter().flatten())
        }
        DataType::Timestamp(..) => {
            let micros =
                column.as_primitive::<arrow::datatypes::TimestampMicrosecondType>().value(row);
            let at = DateTime::from_timestamp_micros(micros).expect("an instant");
            Value::from(at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
        }
        _ => {
            let text = cast(column, &DataType::Utf8).expect("text");
            Value::from(text.as_string::<i32>().value(row))
        }
    })
}

/// The columns that the mapping gives, row by row, without NULLs.
fn rows(mapping: &Mapping, mapped: &[Mapped]) -> Map<String, Value> {
    let mut tables = Map::new();
    for (table, one) in mapping.tables.iter().zip(mapped) {
        let rows = (0..one.file.rows.num_rows()).map(|row| {
            let names = table.columns.iter().map(|column| column.name.as_str());
            let value = |name: &str| shown(one.file.rows.column_by_name(name)?, row);
            Value::from_iter(names.filter_map(|name| Some((name, value(name)?))))
        });
        let known = tables.entry(table.table.name).or_insert_with(|| Value::Array(Vec::new()));
        known.as_array_mut().expect("rows").extend(rows);
    }
    tables
}

fn expected(name: &str) -> Map<String, Value> {
    let text = file(name, "expected.json").unwrap_or_else(|| panic!("{name} has no expected.json"));
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The services that rows name, all built from one repository each.
fn services(tables: &Map<String, Value>) -> Vec<String> {
    let rows = tables.values().filter_map(Value::as_array).flatten();
    rows.filter_map(|row| row["service_id"].as_str().map(str::to_owned)).collect()
}

#[track_caller]
fn assert_rows(name: &str, expected: &Map<String, Value>, actual: &Map<String, Value>) {
    let tables = |tables: &Map<String, Value>| {
        let mut names: Vec<String> = tables.keys().cloned().collect();
        names.sort();
        names
    };
    assert_eq!(tables(actual), tables(expected), "{name}");
    let none = Vec::new();
    for (table, rows) in actual {
        let (actual, expected) =
            (rows.as_array().unwrap_or(&none), expected[table].as_array().unwrap_or(&none));
        for (at, (one, other)) in actual.iter().zip(expected).enumerate() {
            assert_eq!(one, other, "{name}: row {at} of {table}");
        }
        assert_eq!(actual.len(), expected.len(), "{name}: rows of {table}");
    }
}

#[test]
fn every_mapping_makes_the_rows_beside_its_sample() {
    let names = names();
    assert!(!names.is_empty());
    for name in names {
        let mapping = Mapping::named(name).unwrap_or_else(|error| panic!("{error}"));
        let sample =
            file(name, "sample.json").unwrap_or_else(|| panic!("{name} has no sample.json"));
        let expected = expected(name);
        let mapped = converted(&mapping, sample, &services(&expected))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_rows(name, &expected, &rows(&mapping, &mapped));
        for text in [&mapping.about, &mapping.export, &mapping.verified_with] {
            assert!(!text.is_empty(), "{name} says nothing of itself");
        }
    }
}

const RUNS: &str = r#"
about = "Runs"
export = "tool runs --json"
verified_with = "nothing"
[[tables]]
table = "deployments"
records = "runs"
parts = "steps"
where = "part.state != 'running'"
[tables.columns]
deployment_id = "join('/', [record.app, to_string(part.id)])"
service_id = "record.app"
repository_id = "repository(record.url)"
outcome = "part.state"
finished_at = "instant(part.at)"
[tables.values.outcome]
ok = "succeeded"
"#;

#[test]
fn parts_of_records_become_rows_and_what_does_not_fit_says_why() {
    let mapping = Mapping::parse("tool", RUNS).expect("a mapping");
    let sample = r#"
        {"runs": [{"app": "api", "url": "https://github.com/acme/shop", "steps": [
            {"id": 1, "state": "ok", "at": 1767323045},
            {"id": 2, "state": "running"},
            {"id": 3, "state": "odd", "at": 1767323045}]}]}
        {"runs": [{"app": "api", "steps": [{"id": 4, "state": "ok", "at": 1767323045}]},
                  {"app": null, "steps": [{"id": 5, "state": "ok", "at": 1767323045}]},
                  {"app": "till"}]}"#;
    let mapped = converted(&mapping, sample, &[]).expect("rows");
    assert_eq!(mapped[0].file.rows.num_rows(), 1);
    assert_eq!(mapped[0].left_out, 1);
    let reasons: Vec<_> =
        mapped[0].file.rejected.iter().map(|one| (one.line, one.reason.as_str())).collect();
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    assert!(reasons[0].1.contains("`outcome` is `odd`"), "{reasons:?}");
    assert!(reasons[1].1.contains("`repository_id` is empty"), "{reasons:?}");
    assert!(reasons[2].1.starts_with("`deployment_id`: "), "{reasons:?}");
    assert_eq!([reasons[0].0, reasons[1].0, reasons[2].0], [1, 2, 3]);
    let source = mapped[0].file.rows.column_by_name("source").expect("a source");
    assert_eq!(source.as_string::<i32>().value(0), "tool");
}

#[test]
fn another_tool_s_file_is_refused_as_a_whole() {
    let mapping = Mapping::parse("tool", RUNS).expect("a mapping");
    let error = converted(&mapping, r#"{"items": []}"#, &[]).expect_err("no records");
    assert_eq!(
        error.to_string(),
        "sample.json has no records for the mapping `tool`: `runs` gives none; it reads what \
         `tool runs --json` writes"
    );
    assert!(converted(&mapping, r#"{"runs": []}"#, &[]).is_ok());
    let either = RUNS.replace("records = \"runs\"", "records = \"runs || [run]\"");
    let mapping = Mapping::parse("tool", &either).expect("a mapping");
    assert!(converted(&mapping, r#"{"items": []}"#, &[]).is_err());
}

#[test]
fn a_mapping_that_is_wrong_says_where() {
    let wrong = |from: &str, to: &str| match Mapping::parse("tool", &RUNS.replacen(from, to, 1)) {
        Ok(_) => panic!("`{to}` was taken"),
        Err(error) => error.to_string(),
    };
    let cases = [
        ("\"deployments\"", "\"deployment\"", "nearest: `deployments`"),
        ("service_id =", "servce_id =", "nearest: `service_id`"),
        ("\"runs\"", "\"runs[\"", "`records` of `deployments` is no JMESPath"),
        ("values.outcome", "values.sha", "names `sha`"),
        ("about", "abuot", "abuot"),
    ];
    for (from, to, expected) in cases {
        let text = wrong(from, to);
        assert!(text.contains(expected) && !text.contains('\n'), "{text}");
    }
    let unknown = Mapping::named("jra").err().map(|error| error.to_string()).unwrap_or_default();
    assert!(unknown.contains("nearest: `jira`"), "{unknown}");
}
