//! Mappings as they are written: TOML with JMESPath expressions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jmespath::Expression;
use milepost_events::{Kind, Table, table, tables_by_contract};
use serde::Deserialize;
use serde_json::Value;

use super::convert::map;
use super::functions::compile;
use super::shipped;
use crate::files::{FileContext, FilesError, TableFile, listed, nearest};

/// A mapping that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// No mapping has that name: give one of those that there are, or a file of your own.
    #[error(
        "there is no mapping `{name}`; nearest: {nearest}; there are {all}, and a file of your \
         own is given by its path, such as `./tool.toml`"
    )]
    Unknown {
        /// Name in question.
        name: String,
        /// Nearest names.
        nearest: String,
        /// All names.
        all: String,
    },
    /// The mapping's file can't be read.
    #[error("failed to read the mapping {path}: {source}")]
    Read {
        /// File in question.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The mapping is wrong: mend it.
    #[error("the mapping `{name}` can't be used: {reason}")]
    Wrong {
        /// Name or path of the mapping.
        name: String,
        /// What is wrong, and where.
        reason: String,
    },
}

/// How records of a tool become rows.
pub struct Mapping {
    /// Its name, which rows have as their source.
    pub name: String,
    /// What it gives, in a few words.
    pub about: String,
    /// How the file is made that it reads.
    pub export: String,
    /// What it was checked against.
    pub verified_with: String,
    pub(super) tables: Vec<TableMapping>,
}

/// How records become rows of one table.
pub(super) struct TableMapping {
    pub(super) table: &'static Table,
    /// The records of a document.
    pub(super) records: Expression<'static>,
    /// The parts of a record that are rows each.
    pub(super) parts: Option<Expression<'static>>,
    /// True for what becomes a row.
    pub(super) condition: Option<Expression<'static>>,
    pub(super) columns: Vec<ColumnMapping>,
}

/// How a value of a record becomes one of a column.
pub(super) struct ColumnMapping {
    pub(super) name: String,
    pub(super) value: Expression<'static>,
    /// What the tool's words mean.
    pub(super) words: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    about: String,
    export: String,
    verified_with: String,
    tables: Vec<WrittenTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTable {
    table: String,
    records: String,
    parts: Option<String>,
    #[serde(rename = "where")]
    condition: Option<String>,
    columns: BTreeMap<String, String>,
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, String>>,
}

impl Mapping {
    /// The mapping of that name, or the one in the file of that path.
    ///
    /// # Errors
    /// Where there is none or it can't be used.
    pub fn named(name: &str) -> Result<Mapping, MappingError> {
        if let Some(text) = shipped::text(name) {
            return Mapping::parse(name, text);
        }
        if !name.ends_with(".toml") {
            let names = shipped::names();
            let nearest = nearest(name, names.iter().copied());
            return Err(MappingError::Unknown {
                name: name.to_owned(),
                nearest: listed(&nearest),
                all: listed(&names),
            });
        }
        let text = std::fs::read_to_string(name)
            .map_err(|source| MappingError::Read { path: name.into(), source })?;
        let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
        Mapping::parse(&stem, &text)
    }

    /// Reads a mapping from its text.
    ///
    /// # Errors
    /// Where it is no mapping, or an expression, a table or a column is wrong.
    pub(super) fn parse(name: &str, text: &str) -> Result<Mapping, MappingError> {
        let wrong = |reason: String| MappingError::Wrong { name: name.to_owned(), reason };
        let written: Written =
            toml::from_str(text).map_err(|error| wrong(error.to_string().replace('\n', " ")))?;
        let Written { about, export, verified_with, tables } = written;
        if tables.is_empty() {
            return Err(wrong("it has no `[[tables]]`".to_owned()));
        }
        let tables = tables.into_iter().map(TableMapping::of).collect::<Result<_, _>>();
        let tables = tables.map_err(wrong)?;
        Ok(Mapping { name: name.to_owned(), about, export, verified_with, tables })
    }
}

/// A shipped mapping as a source needs it that asks the tool itself, with options of its own.
impl Mapping {
    /// Only what it makes of these tables.
    pub(crate) fn only(mut self, tables: &[&str]) -> Mapping {
        self.tables.retain(|one| tables.contains(&one.table.name));
        self
    }

    /// Takes every record: which of them count was decided already.
    pub(crate) fn taking_all(mut self) -> Mapping {
        self.tables.iter_mut().for_each(|one| one.condition = None);
        self
    }

    /// Another expression for a column.
    ///
    /// # Errors
    /// Where it is none.
    pub(crate) fn with(mut self, column: &str, expression: &str) -> Result<Mapping, MappingError> {
        for table in &mut self.tables {
            let value = compile(&format!("`{column}`"), expression)
                .map_err(|reason| MappingError::Wrong { name: self.name.clone(), reason })?;
            table.columns.retain(|one| one.name != column);
            let words = BTreeMap::new();
            table.columns.push(ColumnMapping { name: column.to_owned(), value, words });
        }
        Ok(self)
    }

    /// The rows that it makes of documents. One without any records has none.
    ///
    /// # Errors
    /// Where a column is no column of its table.
    pub(crate) fn rows(
        &self,
        documents: &[Value],
        context: &FileContext,
    ) -> Result<Vec<TableFile>, FilesError> {
        let (mapped, _) = map(Path::new(&self.name), documents, self, context)?;
        Ok(mapped.into_iter().map(|one| one.file).collect())
    }
}

impl TableMapping {
    fn of(written: WrittenTable) -> Result<TableMapping, String> {
        let WrittenTable { table: name, records, parts, condition, columns, mut values } = written;
        let facts = || tables_by_contract().iter().filter(|table| table.kind == Kind::Fact);
        let table = table(&name).filter(|table| table.kind == Kind::Fact).ok_or_else(|| {
            let nearest = nearest(&name, facts().map(|table| table.name));
            format!("there is no table `{name}` of facts; nearest: {}", listed(&nearest))
        })?;
        let at = |place: &str| format!("`{place}` of `{name}`");
        let mut mapped = Vec::new();
        for (column, expression) in columns {
            if table.column(&column).is_none() {
                let columns = table.schema.fields().iter().map(|field| field.name().as_str());
                let nearest = listed(&nearest(&column, columns));
                return Err(format!("`{name}` has no column `{column}`; nearest: {nearest}"));
            }
            let value = compile(&at(&column), &expression)?;
            let words = values.remove(&column).unwrap_or_default();
            mapped.push(ColumnMapping { name: column, value, words });
        }
        if let Some(column) = values.keys().next() {
            return Err(format!("`values` of `{name}` names `{column}`, which `columns` does not"));
        }
        let optional = |place: &str, written: Option<String>| {
            written.map(|written| compile(&at(place), &written)).transpose()
        };
        Ok(TableMapping {
            table,
            records: compile(&at("records"), &records)?,
            parts: optional("parts", parts)?,
            condition: optional("where", condition)?,
            columns: mapped,
        })
    }
}
