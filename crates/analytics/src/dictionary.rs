//! What there is to ask for: every table and view with its columns, what they mean, and what it
//! is made of. The same for every lake, so it is read off an empty one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider};
use datafusion::datasource::MemTable;
use datafusion::error::Result;
use datafusion::prelude::SessionContext;
use milepost_events::tables::MetricValue;
use milepost_events::{Row as _, column_doc, table, tables_by_contract};

use crate::catalogue::glossary::Glossary;
use crate::session::every_metric;
use crate::{Analytics, AnalyticsError, Catalogue, Definition, Span};

/// Tables that hold what people answered, used, earn or are away for: figures of few people could
/// be got from them. What is made of one of them is no less telling, but for metrics, which hide
/// small groups.
const ABOUT_PEOPLE: [&str; 7] = [
    "absences",
    "ai_usage",
    "employments",
    "raw_pages",
    "rejected_records",
    "survey_responses",
    "capitalization_overrides",
];

/// Columns that name a person, wherever they occur.
const PERSONAL: [&str; 20] = [
    "acting_id",
    "approved_by",
    "assignee_id",
    "author_email",
    "author_login",
    "author_name",
    "co_author_emails",
    "committer_email",
    "committer_name",
    "deployed_by",
    "developer_id",
    "employee_id",
    "from_value",
    "identifier",
    "login",
    "person_id",
    "person_name",
    "requested_by",
    "reviewer_login",
    "to_value",
];

/// Names of the columns that views have.
pub fn view_columns() -> std::collections::BTreeSet<String> {
    Glossary::bundled().columns().map(str::to_owned).collect()
}

/// The same in single tables: view and column.
const PERSONAL_IN: [(&str, &str); 10] = [
    ("identities", "source_id"),
    ("identities", "source_url"),
    ("people", "name"),
    ("people", "source_id"),
    ("people", "source_url"),
    ("person_names", "name"),
    ("populations.ai_costs", "fact_id"),
    ("populations.joiners", "fact_id"),
    ("team_members", "source_id"),
    ("team_members", "source_url"),
];

fn is_personal(view: &str, column: &str) -> bool {
    PERSONAL.contains(&column) || PERSONAL_IN.contains(&(view, column))
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnEntry {
    /// Name.
    pub name: String,
    /// Type.
    pub data_type: DataType,
    /// What it means: unit, zone and when it is NULL.
    pub doc: String,
    /// True where its values name persons.
    pub is_personal: bool,
}

/// A table or view.
#[derive(Debug, Clone, PartialEq)]
pub struct TableEntry {
    /// Schema, `public` or another.
    pub schema: &'static str,
    /// Name within it.
    pub name: String,
    /// What a row is.
    pub doc: String,
    /// True where it is worked out from others when it is asked for.
    pub is_view: bool,
    /// Columns in order.
    pub columns: Vec<ColumnEntry>,
    /// Tables and views that its query names, each with its schema but for `public`.
    pub reads: BTreeSet<String>,
    /// Tables of the lake that it rests on in the end.
    pub rests_on: BTreeSet<String>,
    /// True where figures of few people could be got from it.
    pub is_about_people: bool,
}

impl TableEntry {
    /// `deployments`, `metrics.change_fail_rate`.
    pub fn full_name(&self) -> String {
        full_name(self.schema, &self.name)
    }
}

/// All tables and views, by schema and name.
#[derive(Debug, Clone, PartialEq)]
pub struct Dictionary {
    /// The lake's tables first, in the order of the contract.
    pub tables: Vec<TableEntry>,
}

impl Dictionary {
    /// Reads the queries off. Needs no lake.
    ///
    /// # Errors
    /// Where a query can't be planned.
    pub async fn of(catalogue: &Arc<Catalogue>) -> std::result::Result<Dictionary, AnalyticsError> {
        let session = Analytics {
            facts: nothing()?,
            definition: Definition::default(),
            as_of: DateTime::<Utc>::UNIX_EPOCH,
            span: Span { kinds: Vec::new(), from: None, to: None },
            level_set: Catalogue::DEFAULT_LEVEL_SET.to_owned(),
            catalogue: catalogue.clone(),
        }
        .session()?;
        let mut tables = facts();
        for (schema, name, sql) in queries(catalogue) {
            tables.push(view(&session, catalogue, schema, name, sql).await?);
        }
        let mut dictionary = Dictionary { tables };
        dictionary.trace();
        Ok(dictionary)
    }

    /// The entry of a table or view; `None` where there is none.
    pub fn entry(&self, schema: &str, name: &str) -> Option<&TableEntry> {
        self.tables.iter().find(|entry| entry.schema == schema && entry.name == name)
    }

    /// All of it as the page `docs/dictionary.md`.
    pub fn page(&self) -> String {
        let mut page = String::from(
            "# Data dictionary\n\n<!-- Generated: scripts/test says how to renew it. -->\n\n\
             What `milepost sql`, `milepost serve` and files of the lake hold. Over the Postgres protocol the same texts \
             are the comments of tables and columns (`\\d+ NAME` in psql). Columns marked † name persons: \
             `serve` shows pseudonyms in their place. Tables marked ‡ tell of persons: `serve` refuses them. A user \
             with `people = true` sees both.\n\n\
             Instants are UTC. `_at` is an instant, `_on` a day, `_seconds` whole seconds, `_ratio` 0 to 1.\n\n\
             - [Tables of the lake](#tables-of-the-lake)\n- [Metrics](#metrics)\n- [Views](#views)\n\n\
             ## Tables of the lake\n",
        );
        for entry in self.tables.iter().filter(|entry| !entry.is_view) {
            page += &told(entry);
        }
        page += "\n## Metrics\n\nEach is the view `metrics.NAME`; `metrics.all` holds all of them. `milepost explain metric \
                 NAME` shows the rows behind a value.\n\n| metric | what it says | rests on |\n|---|---|---|\n";
        for entry in self.tables.iter().filter(|entry| entry.schema == "metrics") {
            let tables: Vec<&str> = entry.rests_on.iter().map(String::as_str).collect();
            page += &format!("| `{}` | {} | {} |\n", entry.name, entry.doc, tables.join(", "));
        }
        page += "\nAll have these columns:\n\n";
        if let Some(one) = self.tables.iter().find(|entry| entry.schema == "metrics") {
            page += &columns(one);
        }
        page += "\n## Views\n";
        for entry in &self.tables {
            if entry.is_view && entry.schema != "metrics" {
                page += &told(entry);
                let reads: Vec<&str> = entry.reads.iter().map(String::as_str).collect();
                if !reads.is_empty() {
                    page += &format!("\nMade of {}.\n", reads.join(", "));
                }
            }
        }
        page
    }

    /// Follows every view down to the lake's tables.
    fn trace(&mut self) {
        let reads: BTreeMap<String, BTreeSet<String>> =
            self.tables.iter().map(|entry| (entry.full_name(), entry.reads.clone())).collect();
        let is_fact = |name: &str| table(name).is_some();
        for entry in &mut self.tables {
            let mut seen = BTreeSet::new();
            let mut ahead = vec![entry.full_name()];
            while let Some(name) = ahead.pop() {
                if seen.insert(name.clone()) {
                    ahead.extend(reads.get(&name).into_iter().flatten().cloned());
                }
            }
            let tells = seen.iter().any(|name| ABOUT_PEOPLE.contains(&name.as_str()));
            entry.is_about_people = tells && entry.schema != "metrics";
            entry.rests_on = seen.into_iter().filter(|name| is_fact(name)).collect();
        }
    }
}

/// An entry as a part of the page.
fn told(entry: &TableEntry) -> String {
    let mark = if entry.is_about_people { " ‡" } else { "" };
    format!("\n### `{}`{mark}\n\n{}\n\n{}", entry.full_name(), entry.doc, columns(entry))
}

fn columns(entry: &TableEntry) -> String {
    let mut text = String::from("| column | type | what it means |\n|---|---|---|\n");
    for column in &entry.columns {
        let mark = if column.is_personal { " †" } else { "" };
        let doc = column.doc.replace('|', "\\|").replace('\n', " ");
        text += &format!("| `{}`{mark} | {} | {doc} |\n", column.name, word(&column.data_type));
    }
    text
}

/// A type in the words of SQL.
fn word(of: &DataType) -> &'static str {
    match of {
        DataType::Boolean => "boolean",
        DataType::Date32 => "date",
        DataType::Timestamp(..) => "timestamptz",
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => "bigint",
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => "bigint",
        DataType::Float32 | DataType::Float64 => "double",
        DataType::Decimal128(..) => "numeric",
        DataType::List(_) => "text[]",
        _ => "text",
    }
}

fn full_name(schema: &str, name: &str) -> String {
    match schema {
        "public" => name.to_owned(),
        schema => format!("{schema}.{name}"),
    }
}

/// The tables of the contract without a row.
fn nothing() -> Result<Arc<dyn SchemaProvider>> {
    let schema = MemorySchemaProvider::new();
    for table in tables_by_contract() {
        let empty = MemTable::try_new(table.schema.clone(), vec![Vec::new()])?;
        schema.register_table(table.name.to_owned(), Arc::new(empty))?;
    }
    Ok(Arc::new(schema))
}

fn facts() -> Vec<TableEntry> {
    let column = |view: &str, field: &datafusion::arrow::datatypes::FieldRef| ColumnEntry {
        name: field.name().clone(),
        data_type: field.data_type().clone(),
        doc: column_doc(field).to_owned(),
        is_personal: is_personal(view, field.name()),
    };
    let entry = |table: &milepost_events::Table| TableEntry {
        schema: "public",
        name: table.name.to_owned(),
        doc: table.doc.clone(),
        is_view: false,
        columns: table.columns().iter().map(|field| column(table.name, field)).collect(),
        reads: BTreeSet::new(),
        rests_on: BTreeSet::new(),
        is_about_people: false,
    };
    tables_by_contract().iter().map(entry).collect()
}

/// All queries with their schemas and names, and those of the engine's own tables without one.
fn queries(catalogue: &Catalogue) -> Vec<(&'static str, &str, Option<&str>)> {
    let mut all = vec![
        ("public", "clock", None),
        ("public", "definition", None),
        ("public", "windows", None),
    ];
    for (schema, queries) in [
        ("public", &catalogue.entities),
        ("populations", &catalogue.populations),
        ("windowed", &catalogue.windowed),
        ("seeds", &catalogue.seeds),
    ] {
        all.extend(queries.iter().map(|(name, sql)| (schema, name.as_str(), Some(sql.as_str()))));
    }
    let metrics = catalogue.metrics.values();
    all.extend(metrics.map(|metric| ("metrics", metric.name.as_str(), Some(metric.sql.as_str()))));
    all.push(("metrics", "all", None));
    all
}

async fn view(
    session: &SessionContext,
    catalogue: &Catalogue,
    schema: &'static str,
    name: &str,
    sql: Option<&str>,
) -> Result<TableEntry> {
    let reads = match (schema, name) {
        ("metrics", "all") => {
            catalogue.metrics.keys().map(|metric| format!("metrics.{metric}")).collect()
        }
        _ => reads(session, catalogue, name, sql)?,
    };
    // All metrics have the columns of the contract: planning each would say nothing more.
    let columns = match schema {
        "metrics" => metric_columns(),
        schema => {
            let catalog = session.catalog("milepost").and_then(|catalog| catalog.schema(schema));
            let table = match catalog {
                Some(schema) => schema.table(name).await?,
                None => None,
            };
            let columns = table.map(|table| table.schema());
            columns.map_or_else(Vec::new, |columns| documented(&full_name(schema, name), &columns))
        }
    };
    Ok(TableEntry {
        schema,
        name: name.to_owned(),
        doc: doc(catalogue, schema, name, sql),
        is_view: true,
        columns,
        reads,
        rests_on: BTreeSet::new(),
        is_about_people: false,
    })
}

/// Names in a query's `from` clauses; for a metric also of its population.
fn reads(
    session: &SessionContext,
    catalogue: &Catalogue,
    name: &str,
    sql: Option<&str>,
) -> Result<BTreeSet<String>> {
    let Some(sql) = sql else { return Ok(BTreeSet::new()) };
    let state = session.state();
    let dialect = state.config().options().sql_parser.dialect;
    let statement = state.sql_to_statement(sql, &dialect)?;
    let references = state.resolve_table_references(&statement)?;
    let mut names: BTreeSet<String> = references
        .iter()
        .map(|reference| full_name(reference.schema().unwrap_or("public"), reference.table()))
        .collect();
    if let Some(metric) = catalogue.metrics.get(name).filter(|metric| metric.sql == sql) {
        names.insert(format!("populations.{}", metric.population));
        names.extend(["subjects".to_owned(), "windows".to_owned()]);
    }
    Ok(names)
}

fn metric_columns() -> Vec<ColumnEntry> {
    let values = table(MetricValue::TABLE);
    let doc = |name: &str| values.and_then(|values| values.column(name)).map_or("", column_doc);
    let column = |field: &datafusion::arrow::datatypes::FieldRef| ColumnEntry {
        name: field.name().clone(),
        data_type: field.data_type().clone(),
        doc: doc(field.name()).to_owned(),
        is_personal: false,
    };
    every_metric::columns().fields().iter().map(column).collect()
}

fn documented(view: &str, columns: &SchemaRef) -> Vec<ColumnEntry> {
    let glossary = Glossary::bundled();
    let column = |field: &datafusion::arrow::datatypes::FieldRef| ColumnEntry {
        name: field.name().clone(),
        data_type: field.data_type().clone(),
        doc: glossary.doc(view, field.name()).unwrap_or_default().to_owned(),
        is_personal: is_personal(view, field.name()),
    };
    columns.fields().iter().map(column).collect()
}

fn doc(catalogue: &Catalogue, schema: &str, name: &str, sql: Option<&str>) -> String {
    match (schema, name, sql) {
        ("metrics", "all", _) => "Values of all metrics.".to_owned(),
        ("metrics", name, _) => {
            let metric = catalogue.metrics.get(name);
            metric.map_or_else(String::new, |metric| {
                format!(
                    "{}: {} In {}, {} is better. Leaves out {}. Source: {}.",
                    metric.title,
                    metric.question,
                    metric.unit,
                    metric.better,
                    metric.excludes,
                    metric.reference
                )
            })
        }
        ("public", "clock", _) => "The as-of, in one row.".to_owned(),
        ("public", "definition", _) => {
            "The options of the definition, in one row; all are text.".to_owned()
        }
        ("public", "windows", _) => "Windows of time that the session offers.".to_owned(),
        ("seeds", "levels", _) => "Bounds of the levels of metrics.".to_owned(),
        ("seeds", "student_t", _) => {
            "97.5 % quantiles of Student's t distribution, by degrees of freedom.".to_owned()
        }
        (_, _, sql) => sql.map(crate::catalogue::comment).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn dictionary() -> Dictionary {
        let catalogue = Arc::new(Catalogue::load(&[]).expect("a catalogue"));
        Dictionary::of(&catalogue).await.expect("a dictionary")
    }

    #[tokio::test]
    async fn every_table_view_and_column_says_what_it_is() {
        for entry in dictionary().await.tables {
            let name = entry.full_name();
            assert!(!entry.doc.is_empty(), "{name} says nothing");
            assert!(!entry.columns.is_empty(), "{name} has no columns");
            for column in &entry.columns {
                assert!(!column.doc.is_empty(), "{name}.{} says nothing", column.name);
            }
        }
    }

    #[tokio::test]
    async fn the_page_of_the_dictionary_is_in_step() {
        let page = dictionary().await.page();
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/dictionary.md");
        if std::env::var_os("MILEPOST_RENEW").is_some() {
            std::fs::write(path, &page).expect("a writable page");
        }
        let written = std::fs::read_to_string(path).expect("docs/dictionary.md");
        assert_eq!(page, written, "run `MILEPOST_RENEW=1 cargo nextest run the_page_of`");
    }

    #[tokio::test]
    async fn a_metric_is_traced_to_the_tables_of_the_lake() {
        let dictionary = dictionary().await;
        let of = |schema, name| &dictionary.entry(schema, name).expect("an entry").rests_on;
        assert!(of("metrics", "change_lead_time").contains("deployed_changes"));
        assert!(of("metrics", "satisfaction").contains("survey_responses"));
        assert!(!of("metrics", "change_lead_time").contains("survey_responses"));
    }

    #[tokio::test]
    async fn what_is_made_of_answers_of_people_is_about_people_but_metrics_are_not() {
        let dictionary = dictionary().await;
        let is = |schema, name| dictionary.entry(schema, name).expect("an entry").is_about_people;
        assert!(is("public", "survey_responses") && is("populations", "satisfaction_answers"));
        assert!(is("public", "ai_days") && !is("populations", "changes"));
        assert!(!is("metrics", "satisfaction") && !is("public", "deployments"));
    }
}
