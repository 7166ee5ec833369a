//! Tables from files: `deployments.csv`, `incidents.ndjson`, `services.parquet`.
//!
//! The way for everything that has no source of its own yet. A file's name is its table, its
//! columns are those of the table, and a row that does not fit is kept apart with its reason
//! while the rest of the file goes on. A call is taken as a whole or, where a name or a type is
//! wrong, not at all. Nothing here writes, knows the lake, or guesses what a name may mean.

mod cells;
mod columns;
mod csv;
mod error;
mod fill;
mod input;
mod layout;
mod names;
mod ndjson;
mod parquet;
mod quiet;
mod records;
mod rows;
mod sizes;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use chrono::{DateTime, Utc};
use milepost_events::tables::ServiceRepository;
use milepost_events::{Kind, Row as _, Table, table, tables_by_contract};

pub use error::FilesError;
pub(crate) use input::{content, place};
pub(crate) use names::{environment, listed, nearest, shown};
pub(crate) use records::{Record, of_records};

use fill::Defaults;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What the files of a call do not say themselves.
#[derive(Debug, Clone)]
pub struct FileContext {
    /// The call's as-of instant, in UTC: `observed_at` of rows that give none.
    pub observed_at: DateTime<Utc>,
    /// The repository of every service that is known to have exactly one, by `service_id`. A
    /// service that is not here takes the only one that the call's own `service_repositories`
    /// give it; one that is known to have several may be here with an empty text, so that a file
    /// which names one of them does not make it look like the only one.
    pub only_repository: HashMap<String, String>,
}

/// What one file gave.
#[derive(Debug, Clone)]
pub struct TableFile {
    /// The file.
    pub path: PathBuf,
    /// The table it is named after; always a fact, but for records that belong to no table:
    /// `rejected_records`, without rows.
    pub table: &'static Table,
    /// Rows in the file's order, each key once. The columns are those of the table, in its order
    /// and types, without the ones that the file does not give: those keep their value. The key,
    /// `source`, `observed_at` and `basis` are always there; for deployments `environment` and
    /// `source_outcome` too.
    pub rows: RecordBatch,
    /// Records that are no rows, in the file's order.
    pub rejected: Vec<Rejected>,
    /// Rows left out because their key comes again further down.
    pub duplicates_count: usize,
}

/// A record that is no row of its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Table it was meant for; empty where it names none.
    pub table_name: String,
    /// Line on which it begins, from 1; in Parquet the number of the row, among events that of the
    /// event, both from 1.
    pub line: u64,
    /// Why: column, value and what is expected.
    pub reason: String,
    /// The record as it is written; a row of Parquet as a JSON object.
    pub record: String,
}

/// Reads files, and all files of the folders among `paths`, in the order given; a folder's by
/// name, without its own folders.
///
/// A file is taken where its name ends in `.csv`, `.ndjson`, `.jsonl` or `.parquet`; others in a
/// folder are let alone.
///
/// # Errors
/// Where a path can't be read, is of no such kind, is named after no table of facts, or has a
/// column that is unknown, missing or of a wrong type. Then no file of the call is taken.
pub fn read(paths: &[PathBuf], context: &FileContext) -> Result<Vec<TableFile>, FilesError> {
    let mut inputs: Vec<Input> = Vec::new();
    for path in paths {
        for input in expanded(path)? {
            if inputs.iter().all(|earlier| earlier.path != input.path) {
                inputs.push(input);
            }
        }
    }
    let mut defaults = Defaults::new(context);
    let mut read: Vec<(usize, TableFile)> = Vec::with_capacity(inputs.len());
    // Deployments may need the repositories that another file of the call names.
    for is_early in [true, false] {
        for (at, input) in inputs.iter().enumerate() {
            if (input.table.name == ServiceRepository::TABLE) == is_early {
                let file = input.read(&defaults)?;
                defaults.learn(&file);
                read.push((at, file));
            }
        }
    }
    read.sort_by_key(|(at, _)| *at);
    Ok(read.into_iter().map(|(_, file)| file).collect())
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Csv,
    Ndjson,
    Parquet,
}

impl Format {
    fn of(path: &Path) -> Option<Format> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Some(Format::Csv),
            "ndjson" | "jsonl" => Some(Format::Ndjson),
            "parquet" => Some(Format::Parquet),
            _ => None,
        }
    }
}

/// A file to be read.
struct Input {
    path: PathBuf,
    format: Format,
    table: &'static Table,
}

impl Input {
    fn of(path: PathBuf, format: Format) -> Result<Input, FilesError> {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        match table(&stem) {
            Some(table) if table.kind == Kind::Fact => Ok(Input { path, format, table }),
            Some(table) => Err(FilesError::NotGiven { path, table: table.name }),
            None => {
                let facts = tables_by_contract().iter().filter(|table| table.kind == Kind::Fact);
                let nearest = names::nearest(&stem, facts.map(|table| table.name));
                let nearest = names::listed(&nearest);
                Err(FilesError::UnknownTable { path, stem, nearest })
            }
        }
    }

    fn read(&self, defaults: &Defaults) -> Result<TableFile, FilesError> {
        match self.format {
            Format::Csv => csv::read(&self.path, self.table, defaults),
            Format::Ndjson => ndjson::read(&self.path, self.table, defaults),
            Format::Parquet => parquet::read(&self.path, self.table, defaults),
        }
    }
}

/// The file itself, or the files in the folder.
fn expanded(path: &Path) -> Result<Vec<Input>, FilesError> {
    const WANTED: &str = "`.csv`, `.ndjson`, `.jsonl` or `.parquet`";
    let wrong = |reason: String| FilesError::Format { path: path.to_owned(), reason };
    let about = path.metadata().map_err(|source| unreadable(path, source))?;
    if !about.is_dir() {
        let format =
            Format::of(path).ok_or_else(|| wrong(format!("its name does not end in {WANTED}")))?;
        return Ok(vec![Input::of(path.to_owned(), format)?]);
    }
    let mut found = Vec::new();
    for entry in path.read_dir().map_err(|source| unreadable(path, source))? {
        let entry = entry.map_err(|source| unreadable(path, source))?.path();
        if let Some(format) = Format::of(&entry)
            && !entry.is_dir()
        {
            found.push((entry, format));
        }
    }
    if found.is_empty() {
        return Err(wrong(format!("no file in it ends in {WANTED}; give another folder")));
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found.into_iter().map(|(entry, format)| Input::of(entry, format)).collect()
}

fn unreadable(path: &Path, source: io::Error) -> FilesError {
    FilesError::Read { path: path.to_owned(), source }
}
