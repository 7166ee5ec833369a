//! Documents become rows by a mapping.

use std::path::Path;

use jmespath::{Expression, Rcvar, ToJmespath};
use serde_json::{Map, Value, json};

use super::mapping::{ColumnMapping, Mapping, TableMapping};
use super::{JsonError, Mapped};
use crate::files::{FileContext, FilesError, Record, of_records};

/// The rows of every table of the mapping.
pub(super) fn convert(
    path: &Path,
    documents: &[Value],
    mapping: &Mapping,
    context: &FileContext,
) -> Result<Vec<Mapped>, JsonError> {
    let (mapped, is_any_found) = map(path, documents, mapping, context)?;
    if is_any_found {
        return Ok(mapped);
    }
    let places = mapping.tables.iter().map(|table| format!("`{}`", table.records.as_str()));
    Err(JsonError::NoRecords {
        path: path.to_owned(),
        mapping: mapping.name.clone(),
        places: places.collect::<Vec<_>>().join(", "),
        export: mapping.export.clone(),
    })
}

/// The same, and whether there was any place for records.
pub(super) fn map(
    path: &Path,
    documents: &[Value],
    mapping: &Mapping,
    context: &FileContext,
) -> Result<(Vec<Mapped>, bool), FilesError> {
    let mut mapped = Vec::new();
    let mut is_any_found = false;
    for table in &mapping.tables {
        let mut found = Found::default();
        for document in documents {
            is_any_found |= found.take(document, table, &mapping.name);
        }
        let mut columns: Vec<&str> =
            table.columns.iter().map(|column| column.name.as_str()).collect();
        if !columns.contains(&"source") {
            columns.push("source");
        }
        let file = of_records(path, table.table, &columns, found.records, context)?;
        mapped.push(Mapped { file, left_out: found.left_out });
    }
    Ok((mapped, is_any_found))
}

/// Records found so far.
#[derive(Default)]
struct Found {
    count: u64,
    records: Vec<Record>,
    left_out: usize,
}

impl Found {
    /// Takes the records of a document; false where it has no place for any.
    fn take(&mut self, document: &Value, table: &TableMapping, source: &str) -> bool {
        let Ok(Some(records)) = array(&table.records, document) else { return false };
        for record in records {
            self.count += 1;
            let parts = match &table.parts {
                None => Ok(vec![record.clone()]),
                Some(parts) => array(parts, &record).map(|parts| {
                    let part = |part: Value| json!({ "record": record, "part": part });
                    parts.into_iter().flatten().map(part).collect()
                }),
            };
            match parts {
                Ok(parts) => parts.iter().for_each(|part| self.part(part, table, source)),
                Err(reason) => self.keep(Err(format!("`parts`: {reason}")), &record),
            }
        }
        true
    }

    fn part(&mut self, part: &Value, table: &TableMapping, source: &str) {
        match is_wanted(table, part) {
            Ok(true) => self.keep(row(table, part, source), part),
            Ok(false) => self.left_out += 1,
            Err(reason) => self.keep(Err(reason), part),
        }
    }

    fn keep(&mut self, row: Result<Map<String, Value>, String>, record: &Value) {
        self.records.push(Record { number: self.count, row, raw: record.to_string() });
    }
}

fn is_wanted(table: &TableMapping, part: &Value) -> Result<bool, String> {
    let Some(condition) = &table.condition else { return Ok(true) };
    let answer = search(condition, part).map_err(|reason| format!("`where`: {reason}"))?;
    Ok(answer.is_truthy())
}

fn row(table: &TableMapping, part: &Value, source: &str) -> Result<Map<String, Value>, String> {
    let mut row = Map::from_iter([("source".to_owned(), Value::from(source))]);
    let mut problems = Vec::new();
    for column in &table.columns {
        match value(column, part) {
            Ok(value) => {
                row.insert(column.name.clone(), value);
            }
            Err(reason) => problems.push(format!("`{}`: {reason}", column.name)),
        }
    }
    if problems.is_empty() { Ok(row) } else { Err(problems.join("; ")) }
}

fn value(column: &ColumnMapping, part: &Value) -> Result<Value, String> {
    let value = search(&column.value, part)?;
    let value = serde_json::to_value(&*value).map_err(|error| error.to_string())?;
    let word = match &value {
        Value::String(word) => Some(word.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    let meant = word.and_then(|word| column.words.get(&word));
    Ok(meant.map_or(value, |meant| Value::from(meant.as_str())))
}

/// The answer's elements; `None` where it is NULL, or holds nothing but NULL, as `[incident]` does
/// of a document without one.
fn array(expression: &Expression<'_>, data: &Value) -> Result<Option<Vec<Value>>, String> {
    let answer = search(expression, data)?;
    if answer.is_null() {
        return Ok(None);
    }
    match serde_json::to_value(&*answer) {
        Ok(Value::Array(mut elements)) => {
            let count = elements.len();
            elements.retain(|element| !element.is_null());
            Ok((count == 0 || !elements.is_empty()).then_some(elements))
        }
        _ => Err("it gives no array".to_owned()),
    }
}

fn search(expression: &Expression<'_>, data: &Value) -> Result<Rcvar, String> {
    let data = data.to_jmespath().map_err(|error| one_line(&error))?;
    expression.search(data).map_err(|error| one_line(&error))
}

fn one_line(error: &jmespath::JmespathError) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
