//! One JSON object a line.

use std::fmt;
use std::fs;
use std::marker::PhantomData;
use std::path::Path;

use milepost_events::Table;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::cells::from_json;
use super::fill::Defaults;
use super::layout::layout;
use super::names::shown;
use super::rows::{Row, Rows};
use super::{BYTE_ORDER_MARK, FilesError, TableFile, unreadable};

/// The file's rows and those refused. A column is given where any line has it; lines without it
/// mean NULL.
///
/// # Errors
/// Where the file can't be opened, no line of it is an object, or a name does not fit the table.
pub(super) fn read(
    path: &Path,
    table: &'static Table,
    defaults: &Defaults,
) -> Result<TableFile, FilesError> {
    let bytes = fs::read(path).map_err(|source| unreadable(path, source))?;
    let body = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
    let names = names(path, body)?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    // A file without lines has no columns either, and nothing is wrong with it.
    let positions = if names.is_empty() { Vec::new() } else { layout(path, table, &names)? };
    let mut rows = Rows::new(path, table, &positions, defaults)?;
    for (number, line) in lines(body) {
        let record = || String::from_utf8_lossy(line).into_owned();
        match serde_json::from_slice::<Object<Value>>(line) {
            Ok(object) => rows.push(number, row(table, &object), record)?,
            Err(error) => rows.reject(number, malformed(&error), record()),
        }
    }
    rows.finish()
}

/// The lines that are not blank, with their numbers from 1.
fn lines(body: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    (1..).zip(body.split(|byte| *byte == b'\n')).filter_map(|(number, line)| {
        let line = line.trim_ascii();
        (!line.is_empty()).then_some((number, line))
    })
}

/// The keys of all objects, in the order they first come.
fn names(path: &Path, body: &[u8]) -> Result<Vec<String>, FilesError> {
    let mut names: Vec<String> = Vec::new();
    let (mut is_blank, mut objects) = (true, 0);
    for (_, line) in lines(body) {
        is_blank = false;
        let Ok(Object(entries)) = serde_json::from_slice::<Object<IgnoredAny>>(line) else {
            continue;
        };
        objects += 1;
        for (name, _) in entries {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    if objects == 0 && !is_blank {
        let reason = "no line of it is a JSON object; write one object a line".to_owned();
        return Err(FilesError::Format { path: path.to_owned(), reason });
    }
    Ok(names)
}

fn row(table: &'static Table, Object(entries): &Object<Value>) -> Row {
    let mut row = Row::new(table);
    for (at, (name, value)) in entries.iter().enumerate() {
        if entries[..at].iter().any(|(earlier, _)| earlier == name) {
            row.problem(format!("`{name}` is given twice; keep one"));
        } else if let Ok(position) = table.schema.index_of(name) {
            row.read(position, from_json(table.schema.field(position), value));
        }
    }
    row
}

/// The reason without the parser's own count of lines, which is always 1.
fn malformed(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    let what = shown(what, 120);
    match error.column() {
        0 => format!("it is no JSON object: {what}"),
        column => format!("it is no JSON object: {what} at character {column}"),
    }
}

/// An object's entries in order, keys given twice included.
struct Object<V>(Vec<(String, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Object<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<V>, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

struct Entries<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
    type Value = Object<V>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<V>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Object(entries))
    }
}
