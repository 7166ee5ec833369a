//! Every rule of files, by format where the format matters.

mod csv;
mod every_table;
mod fuzz;
mod ndjson;
mod parquet;
mod paths;
mod rules;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use chrono::DateTime;

use super::{FileContext, FilesError, Rejected, TableFile, read};

const HEAD: &str = "deployment_id,service_id,repository_id,outcome,finished_at";

/// A folder of one test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).expect("written");
        path
    }
}

/// Observed on 1 February 2026; the service `api` has the repository `r`.
fn context() -> FileContext {
    FileContext {
        observed_at: DateTime::from_timestamp(1_769_904_000, 0).expect("an instant"),
        only_repository: HashMap::from([("api".to_owned(), "r".to_owned())]),
    }
}

fn taken(name: &str, content: impl AsRef<[u8]>) -> TableFile {
    let folder = Folder::new();
    let path = folder.write(name, content);
    let mut files = read(&[path], &context()).expect("taken");
    assert_eq!(files.len(), 1);
    files.remove(0)
}

/// The whole text of the refusal, without the folder.
fn refused(name: &str, content: impl AsRef<[u8]>) -> String {
    let folder = Folder::new();
    let path = folder.write(name, content);
    sentence(&folder, read(&[path], &context()))
}

fn sentence(folder: &Folder, result: Result<Vec<TableFile>, FilesError>) -> String {
    let error = result.expect_err("refused");
    error.to_string().replace(&format!("{}/", folder.path().display()), "")
}

fn only_rejected(file: &TableFile) -> &Rejected {
    assert_eq!(file.rejected.len(), 1, "{:?}", file.rejected);
    &file.rejected[0]
}

fn column_names(rows: &RecordBatch) -> Vec<String> {
    rows.schema().fields().iter().map(|field| field.name().clone()).collect()
}

fn texts(file: &TableFile, column: &str) -> Vec<Option<String>> {
    let column = file.rows.column_by_name(column).expect("the column");
    column.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
}

fn text(file: &TableFile, column: &str) -> Option<String> {
    assert_eq!(file.rows.num_rows(), 1, "{:?}", file.rejected);
    texts(file, column).remove(0)
}

fn whole(file: &TableFile, column: &str) -> Option<i64> {
    let column = file.rows.column_by_name(column).expect("the column");
    column.as_primitive::<Int64Type>().iter().next().expect("a row")
}

/// The first row's instant in RFC 3339.
fn instant(file: &TableFile, column: &str) -> Option<String> {
    let column = file.rows.column_by_name(column).expect("the column");
    let column = column.as_primitive::<TimestampMicrosecondType>();
    let micros = column.is_valid(0).then(|| column.value(0))?;
    DateTime::from_timestamp_micros(micros).map(|at| at.to_rfc3339())
}

/// The first row's list.
fn list(file: &TableFile, column: &str) -> Option<Vec<String>> {
    let column = file.rows.column_by_name(column).expect("the column").as_list::<i32>();
    let elements = column.is_valid(0).then(|| column.value(0))?;
    Some(elements.as_string::<i32>().iter().flatten().map(str::to_owned).collect())
}
