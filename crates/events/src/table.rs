//! A table's name, key and Arrow schema, derived from its row type.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Serialize;
use serde_json::Value;

use crate::{FieldSources, tables};

const DOC: &str = "comment";
const WORDS: &str = "words";

/// Who writes a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Sources write it; it carries the columns of [`Provenance`](crate::Provenance).
    Fact,
    /// The ingest loop writes it about its own work.
    Ledger,
    /// Attribution writes it, as a whole, from facts.
    Derived,
    /// `run` writes it, as a whole, from metrics. Nothing is computed from it.
    Answer,
}

/// A row of a table. The fields are its columns in order.
pub trait Row: Serialize + JsonSchema {
    /// Table's name.
    const TABLE: &'static str;
    /// Columns that identify a row.
    const KEY: &'static [&'static str];
    /// Who writes it.
    const KIND: Kind;
    /// True where several sources describe the same row, so that each field has a source of its
    /// own; such a table ends with the column of [`FieldSources`].
    const IS_CATALOGUE: bool = false;
}

/// A table of the contract.
#[derive(Debug, Clone)]
pub struct Table {
    /// Name in SQL and on disk.
    pub name: &'static str,
    /// Columns that identify a row; never NULL.
    pub key: &'static [&'static str],
    /// Who writes it.
    pub kind: Kind,
    /// True where each field of a row has a source of its own ([`FieldSources`]).
    pub is_catalogue: bool,
    /// What a row is.
    pub doc: String,
    /// Columns. Only key columns are not nullable: a file may leave out any other.
    pub schema: SchemaRef,
    /// The same columns with their comments, which the engine's plans must not carry.
    columns: Fields,
}

impl Table {
    pub(crate) fn of<R: Row>() -> Table {
        let root = root_schema::<R>();
        let mut fields = fields(&root, R::KEY);
        if R::IS_CATALOGUE {
            fields.extend(self::fields(&root_schema::<FieldSources>(), R::KEY));
        }
        let fields: Fields = fields.into();
        Table {
            name: R::TABLE,
            key: R::KEY,
            kind: R::KIND,
            is_catalogue: R::IS_CATALOGUE,
            doc: text(&root, "description"),
            schema: Arc::new(Schema::new(plain(&fields))),
            columns: fields,
        }
    }

    /// The column of that name, or `None`.
    pub fn column(&self, name: &str) -> Option<&Field> {
        self.columns.find(name).map(|(_, column)| column.as_ref())
    }

    /// Columns in order, with what [`column_doc`] and [`allowed_words`] tell of them.
    pub fn columns(&self) -> &Fields {
        &self.columns
    }
}

/// Facts that the derived tables follow from; all others may change without them.
pub const DERIVED_FROM: [&str; 14] = [
    "repositories",
    "commits",
    "commit_files",
    "pull_requests",
    "deployments",
    "incidents",
    "work_items",
    "services",
    "service_repositories",
    "service_aliases",
    "artifacts",
    "pipeline_runs",
    "people",
    "identities",
];

/// All tables, in the order of the contract.
pub fn tables_by_contract() -> &'static [Table] {
    static TABLES: LazyLock<Vec<Table>> = LazyLock::new(tables::all);
    &TABLES
}

/// The table of that name, or `None`.
pub fn table(name: &str) -> Option<&'static Table> {
    tables_by_contract().iter().find(|table| table.name == name)
}

/// What a column means: unit, zone and when it is NULL.
pub fn column_doc(column: &Field) -> &str {
    column.metadata().get(DOC).map_or("", String::as_str)
}

/// The only words a column may hold, or `None` where any text will do.
pub fn allowed_words(column: &Field) -> Option<Vec<&str>> {
    let words = column.metadata().get(WORDS)?;
    Some(words.split(' ').collect())
}

/// Columns for the fields of an answer's row.
pub(crate) fn columns_of<T: JsonSchema>() -> SchemaRef {
    let fields: Fields = fields(&root_schema::<T>(), &[]).into();
    Arc::new(Schema::new(plain(&fields)))
}

fn root_schema<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value()
}

fn fields(root: &Value, key: &[&str]) -> Vec<Field> {
    let columns = root["properties"].as_object().into_iter().flatten();
    columns.map(|(name, column)| field(name, column, key.contains(&name.as_str()))).collect()
}

fn plain(fields: &Fields) -> Fields {
    fields.iter().map(|field| field.as_ref().clone().with_metadata(HashMap::new())).collect()
}

fn field(name: &str, column: &Value, is_key: bool) -> Field {
    let mut metadata = HashMap::from([(DOC.to_owned(), text(column, "description"))]);
    if let Some(words) = words(column) {
        metadata.insert(WORDS.to_owned(), words.join(" "));
    }
    Field::new(name, data_type(column), !is_key).with_metadata(metadata)
}

fn data_type(column: &Value) -> DataType {
    match (json_type(column), column["format"].as_str()) {
        ("string", Some("date-time")) => {
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        }
        ("string", Some("date")) => DataType::Date32,
        ("integer", _) => DataType::Int64,
        ("number", _) => DataType::Float64,
        ("boolean", _) => DataType::Boolean,
        ("array", _) => DataType::List(Arc::new(Field::new("element", DataType::Utf8, true))),
        _ => DataType::Utf8,
    }
}

/// The type's name without the `null` of an `Option`.
fn json_type(column: &Value) -> &str {
    match &column["type"] {
        Value::Array(types) => {
            types.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or("string")
        }
        Value::String(name) => name,
        _ => "string",
    }
}

/// The words of an enumeration, whichever of JSON Schema's shapes it took.
fn words(column: &Value) -> Option<Vec<String>> {
    let alternatives =
        ["enum", "oneOf", "anyOf"].iter().find_map(|shape| column[shape].as_array())?;
    let mut found = Vec::new();
    for alternative in alternatives {
        match alternative {
            Value::String(word) => found.push(word.clone()),
            Value::Object(_) => match alternative["const"].as_str() {
                Some(word) => found.push(word.to_owned()),
                None => found.extend(words(alternative).into_iter().flatten()),
            },
            _ => {}
        }
    }
    (!found.is_empty()).then_some(found)
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or("").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_says_what_it_means() {
        for table in tables_by_contract() {
            assert!(!table.doc.is_empty(), "{} has no description", table.name);
            for column in table.columns() {
                let doc = column_doc(column);
                assert!(!doc.is_empty(), "{}.{} has no description", table.name, column.name());
            }
        }
    }

    #[test]
    fn every_instant_says_its_zone() {
        for table in tables_by_contract() {
            for column in table.columns().iter().filter(|c| c.name().ends_with("_at")) {
                assert!(
                    column_doc(column).contains("UTC"),
                    "{}.{} does not say its zone",
                    table.name,
                    column.name()
                );
            }
        }
    }

    #[test]
    fn suffixes_carry_the_type() {
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        for table in tables_by_contract() {
            for column in table.schema.fields() {
                let expected = match column.name().rsplit('_').next() {
                    Some("at") => utc.clone(),
                    Some("on") => DataType::Date32,
                    Some("seconds" | "count") => DataType::Int64,
                    Some("ratio") => DataType::Float64,
                    Some("id" | "sha" | "url") => DataType::Utf8,
                    _ => continue,
                };
                assert_eq!(column.data_type(), &expected, "{}.{}", table.name, column.name());
            }
        }
    }

    #[test]
    fn keys_are_columns_and_never_null() {
        for table in tables_by_contract() {
            for key in table.key {
                let column = table.column(key);
                assert!(column.is_some_and(|c| !c.is_nullable()), "{}.{key}", table.name);
            }
        }
    }

    #[test]
    fn facts_carry_their_provenance_last() {
        for table in tables_by_contract().iter().filter(|table| table.kind == Kind::Fact) {
            let mut names: Vec<&str> =
                table.schema.fields().iter().map(|f| f.name().as_str()).collect();
            if table.is_catalogue {
                assert_eq!(names.pop(), Some("field_sources"), "{}", table.name);
            }
            let tail = &names[names.len() - 6..];
            assert_eq!(
                tail,
                ["source", "source_id", "source_url", "observed_at", "deleted_at", "basis"],
                "{}",
                table.name
            );
        }
    }

    #[test]
    fn enumerations_keep_their_words() {
        let outcome = table("deployments").and_then(|t| t.column("outcome")).expect("a column");
        assert_eq!(
            allowed_words(outcome),
            Some(vec!["succeeded", "failed", "partial", "cancelled"])
        );
        let sha = table("deployments").and_then(|t| t.column("sha")).expect("a column");
        assert_eq!(allowed_words(sha), None);
    }
}
