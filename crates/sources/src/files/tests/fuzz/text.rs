//! CSV and NDJSON.

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Int64Type};
use proptest::collection::vec;
use proptest::prelude::*;

use super::super::every_table::parquet_of;
use super::*;
use crate::fuzz::{check, damaged, damages};

const HURTS: [&[u8]; 32] = [
    b"\"",
    b"\"\"",
    b"\",\"",
    b",",
    b",,",
    b";",
    b"\t",
    b"\n",
    b"\r\n",
    b"\n\n",
    b"\r",
    b"\r\r\n",
    b"\n\"",
    b"\"\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xc3",
    b"\0",
    b"{",
    b"}",
    b"{}",
    b"{}\n",
    b"[",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    b":",
    b"null",
    b"1e999",
    b"-0",
    b"\\u0000",
    b"\\ud800",
    b"deployment_id,service_id,outcome,finished_at\n",
    b"\"team_id\":\"t\",",
];

/// Lines as editors count them; in NDJSON a `\r` alone ends none.
fn lines_of(file: &TableFile, content: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content));
    let is_csv = file.path.extension().is_some_and(|extension| extension == "csv");
    let text = if is_csv { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.into() };
    text.split('\n').map(str::to_owned).collect()
}

/// Every record kept apart stands on its line.
fn stand_on_their_lines(file: &TableFile, content: &[u8]) {
    let lines = lines_of(file, content);
    for rejected in &file.rejected {
        let line = &lines[rejected.line as usize - 1];
        let first = rejected.record.split(['\r', '\n']).next().expect("a text");
        assert!(line.contains(first), "line {}: {line:?}, {first:?}", rejected.line);
        assert!(!rejected.record.is_empty());
    }
}

fn csv_records(content: &[u8]) -> usize {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let mut reader = ::csv::ReaderBuilder::new().flexible(true).from_reader(content);
    reader.byte_records().count()
}

fn ndjson_records(content: &[u8]) -> usize {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    content.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count()
}

#[test]
fn rows_are_the_same_in_every_format_and_as_they_were_written() {
    let folder = Folder::new();
    check(200, &sheet(), |sheet| {
        let csv = read_or_refused(&folder, &sheet.name("csv"), &sheet.csv()).expect("taken");
        is_sound(&csv, sheet.rows.len());
        stand_on_their_lines(&csv, &sheet.csv());
        let parquet = read_or_refused(&folder, &sheet.name("parquet"), &parquet_of(&csv.rows));
        let parquet = parquet.expect("taken");
        for (field, array) in csv.rows.schema().fields().iter().zip(csv.rows.columns()) {
            assert_eq!(parquet.rows.column_by_name(field.name()), Some(array));
        }
        if sheet.rows.is_empty() {
            return;
        }
        let json = read_or_refused(&folder, &sheet.name("ndjson"), &sheet.ndjson()).expect("taken");
        assert_eq!(json.rows, csv.rows);
        assert_eq!(json.rejected.len(), csv.rejected.len());
        assert_eq!(json.duplicates_count, csv.duplicates_count);
        if json.duplicates_count == 0 {
            are_as_written(&json, &sheet);
        }
    });
}

/// The rows taken hold the texts, numbers and flags that were written.
fn are_as_written(file: &TableFile, sheet: &Sheet) {
    // These mean the same in other words, or are filled in.
    const OTHER_WORDS: [&str; 5] =
        ["environment", "outcome", "source_outcome", "source", "repository_id"];
    let refused: Vec<usize> = file.rejected.iter().map(|one| one.line as usize - 1).collect();
    let taken = (0..sheet.rows.len()).filter(|at| !refused.contains(at));
    for (row, at) in taken.enumerate() {
        for (column, written) in sheet.columns.iter().zip(&sheet.rows[at]) {
            let name = column.name().as_str();
            if OTHER_WORDS.contains(&name) || name.starts_with("source") || written.is_null() {
                continue;
            }
            let array = file.rows.column_by_name(name).expect("the column");
            let read = match column.data_type() {
                DataType::Utf8 if name == "basis" => continue,
                DataType::Utf8 => json!(array.as_string::<i32>().value(row)),
                DataType::Boolean => json!(array.as_boolean().value(row)),
                DataType::Int64 if written.is_i64() => {
                    json!(array.as_primitive::<Int64Type>().value(row))
                }
                _ => continue,
            };
            assert_eq!(read, *written, "{name}");
        }
    }
}

#[test]
fn damaged_csv_loses_no_record() {
    let folder = Folder::new();
    check(400, &(sheet(), damages(&HURTS, 4)), |(sheet, damages)| {
        let content = damaged(&sheet.csv(), &damages);
        if let Some(file) = read_or_refused(&folder, &sheet.name("csv"), &content) {
            is_sound(&file, csv_records(&content));
            stand_on_their_lines(&file, &content);
        }
    });
}

#[test]
fn damaged_ndjson_loses_no_record() {
    let folder = Folder::new();
    check(400, &(sheet(), damages(&HURTS, 4)), |(sheet, damages)| {
        let content = damaged(&sheet.ndjson(), &damages);
        if let Some(file) = read_or_refused(&folder, &sheet.name("ndjson"), &content) {
            is_sound(&file, ndjson_records(&content));
            stand_on_their_lines(&file, &content);
        }
    });
}

#[test]
fn any_bytes_are_rows_or_one_error() {
    let folder = Folder::new();
    let bytes = (vec(any::<u8>(), 0..300), damages(&HURTS, 30));
    check(400, &bytes, |(bytes, damages)| {
        let content = damaged(&bytes, &damages);
        let with_head = [b"team_id,name,deleted_at\n".as_slice(), &content].concat();
        for content in [&content, &with_head] {
            if let Some(file) = read_or_refused(&folder, "teams.csv", content) {
                is_sound(&file, csv_records(content));
                stand_on_their_lines(&file, content);
            }
            if let Some(file) = read_or_refused(&folder, "teams.ndjson", content) {
                is_sound(&file, ndjson_records(content));
                stand_on_their_lines(&file, content);
            }
        }
    });
}
