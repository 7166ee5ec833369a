//! Many facts about one row as one row, in the order in which they happened.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use milepost_events::tables::{Deployment, ServiceRepository};
use milepost_events::{Row as _, Table, table};
use serde_json::Value;

use super::fact::Fact;
use super::{Known, SOURCE};
use crate::files::{FileContext, FilesError, Record, Rejected, TableFile, of_records};

/// A fact and the event that tells it.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// File of the event.
    pub(super) path: PathBuf,
    /// The event's number in it, from 1.
    pub(super) number: u64,
    /// The event as it is written.
    pub(super) raw: String,
    /// What it tells.
    pub(super) fact: Fact,
}

/// A record that is no row, and its file.
pub(super) type Refused = (PathBuf, Rejected);

/// Rows that differ in their columns or tables are put together apart.
type Shape = (bool, &'static str, Vec<String>);

/// The rows that all facts make together, and the facts that are none.
///
/// # Errors
/// Where rows can't be put together: a fault of the program.
pub(super) fn rows(
    mut told: Vec<Told>,
    known: &Known,
    context: &FileContext,
) -> Result<(Vec<TableFile>, Vec<Refused>), FilesError> {
    let context = taught(&told, context);
    resolve(&mut told, known);
    for told in &mut told {
        told.fact = told.fact.clone().with_source();
    }
    let (sound, refused) = checked(told, &context)?;
    let mut files = Vec::new();
    for (shape, alike) in by_shape(merged(sound, known)) {
        if let Some(table) = table(shape.1) {
            files.push(put_together(table, &shape.2, alike, &context)?);
        }
    }
    Ok((files, refused))
}

impl Fact {
    /// Says where the row is from, unless the event does.
    fn with_source(mut self) -> Fact {
        self.columns.entry("source").or_insert_with(|| Value::from(SOURCE));
        self
    }

    fn shape(&self) -> Shape {
        // Other rows may lean on the repositories of services.
        let is_late = self.table != ServiceRepository::TABLE;
        let mut columns: Vec<String> = self.columns.keys().cloned().collect();
        columns.sort();
        (is_late, self.table, columns)
    }

    fn text(&self, column: &str) -> &str {
        self.columns.get(column).and_then(Value::as_str).unwrap_or_default()
    }

    fn key(&self) -> Vec<String> {
        let key = table(self.table).map_or(&[][..], |table| table.key);
        key.iter().map(|column| self.columns.get(*column).map_or_else(String::new, plain)).collect()
    }
}

/// A value of a key as text, whether it is written as text or as a number.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The context with the repositories that the events themselves give services.
fn taught(told: &[Told], context: &FileContext) -> FileContext {
    let mut context = context.clone();
    let mappings = told.iter().map(|told| &told.fact).filter(|fact| {
        let is_gone = fact.columns.get("deleted_at").is_some_and(|at| !at.is_null());
        fact.table == ServiceRepository::TABLE && !is_gone
    });
    for fact in mappings {
        let (service, repository) = (fact.text("service_id"), fact.text("repository_id"));
        context
            .only_repository
            .entry(service.to_owned())
            .and_modify(|only| {
                if only != repository {
                    only.clear();
                }
            })
            .or_insert_with(|| repository.to_owned());
    }
    context
}

/// Puts deployments' ids where facts name them by their events.
fn resolve(told: &mut [Told], known: &Known) {
    let mut deployments: HashMap<String, String> = known.deployments.clone();
    for fact in told.iter().map(|told| &told.fact) {
        let (event_id, id) = (fact.text("source_id"), fact.text("deployment_id"));
        if fact.table == Deployment::TABLE && !event_id.is_empty() && !id.is_empty() {
            deployments.insert(event_id.to_owned(), id.to_owned());
        }
    }
    for fact in told.iter_mut().map(|told| &mut told.fact) {
        let is_known = |event_id: &String| deployments.get(event_id);
        let found = fact
            .references
            .iter()
            .find_map(|reference| Some((reference.column, is_known(&reference.event_id)?.clone())));
        let first = fact.references.first();
        let chosen =
            found.or_else(|| first.map(|reference| (reference.column, reference.fallback.clone())));
        if let Some((column, id)) = chosen {
            fact.columns.insert(column.to_owned(), Value::from(id));
        }
    }
}

/// The facts that are rows each on its own, and the others with their reasons: what is wrong with
/// one event must not take along what others say of the same row.
fn checked(
    told: Vec<Told>,
    context: &FileContext,
) -> Result<(Vec<Told>, Vec<Refused>), FilesError> {
    let mut reasons: BTreeMap<u64, Rejected> = BTreeMap::new();
    let mut alike: BTreeMap<Shape, Vec<u64>> = BTreeMap::new();
    for (at, told) in (0..).zip(&told) {
        alike.entry(told.fact.shape()).or_default().push(at);
    }
    for (shape, members) in alike {
        let Some(table) = table(shape.1) else {
            continue;
        };
        let record = |at: &u64| record(*at, &told[*at as usize]);
        let records = members.iter().map(record).collect();
        match read(table, &shape.2, records, context) {
            Ok(file) => reasons.extend(file.rejected.into_iter().map(|one| (one.line, one))),
            Err(error) => {
                let reason = reason(error)?;
                for at in members {
                    let (table_name, reason) = (table.name.to_owned(), reason.clone());
                    let record = told[at as usize].raw.clone();
                    reasons.insert(at, Rejected { table_name, line: at, reason, record });
                }
            }
        }
    }
    let (mut sound, mut refused) = (Vec::new(), Vec::new());
    for (at, told) in (0..).zip(told) {
        match reasons.remove(&at) {
            None => sound.push(told),
            Some(one) => refused.push((told.path, Rejected { line: told.number, ..one })),
        }
    }
    Ok((sound, refused))
}

/// What is wrong with the columns, without a file's name.
///
/// # Errors
/// Where it is not the columns.
fn reason(error: FilesError) -> Result<String, FilesError> {
    match error {
        FilesError::UnknownColumn { table, columns, .. } => {
            Ok(format!("it has columns that `{table}` does not: {columns}"))
        }
        FilesError::MissingColumn { table, missing, needed, .. } => {
            Ok(format!("it lacks {missing}; every row of `{table}` needs {needed}"))
        }
        error => Err(error),
    }
}

fn record(number: u64, told: &Told) -> Record {
    Record { number, row: Ok(told.fact.columns.clone()), raw: told.raw.clone() }
}

fn read(
    table: &'static Table,
    columns: &[String],
    records: Vec<Record>,
    context: &FileContext,
) -> Result<TableFile, FilesError> {
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    of_records(&PathBuf::new(), table, &columns, records, context)
}

/// Of each row one fact with all that is said of it. A later event overrides what it gives, but
/// for weak columns: of those the first value stays, unless another event gives them for good.
fn merged(mut told: Vec<Told>, known: &Known) -> Vec<Told> {
    // Of events at one instant the order must not be that of the files.
    told.sort_by_cached_key(|told| {
        (told.fact.at, Value::Object(told.fact.columns.clone()).to_string())
    });
    let mut rows: BTreeMap<(&'static str, Vec<String>), Told> = BTreeMap::new();
    for mut one in told {
        let key = (one.fact.table, one.fact.key());
        let in_lake = known.told.get(&(key.0.to_owned(), key.1.clone()));
        let row = rows.get(&key).map(|row| &row.fact.columns);
        let is_settled = |column: &str| {
            in_lake.is_some_and(|columns| columns.contains(column))
                || row.is_some_and(|columns| columns.contains_key(column))
        };
        let weak: Vec<&str> =
            one.fact.weak.iter().copied().filter(|column| is_settled(column)).collect();
        one.fact.columns.retain(|column, _| !weak.contains(&column.as_str()));
        match rows.entry(key) {
            Entry::Vacant(free) => {
                free.insert(one);
            }
            Entry::Occupied(mut row) => row.get_mut().fact.columns.extend(one.fact.columns),
        }
    }
    rows.into_values().collect()
}

fn by_shape(told: Vec<Told>) -> BTreeMap<Shape, Vec<Told>> {
    let mut alike: BTreeMap<Shape, Vec<Told>> = BTreeMap::new();
    for one in told {
        alike.entry(one.fact.shape()).or_default().push(one);
    }
    alike
}

fn put_together(
    table: &'static Table,
    columns: &[String],
    alike: Vec<Told>,
    context: &FileContext,
) -> Result<TableFile, FilesError> {
    let records = alike.iter().map(|one| record(one.number, one)).collect();
    let mut file = read(table, columns, records, context)?;
    file.path = alike.into_iter().next().map_or_else(PathBuf::new, |first| first.path);
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::*;

    fn told(at: &str, columns: &Value, weak: &[&'static str]) -> Told {
        let mut fact = Fact::new("incidents", Some(at));
        fact.columns = columns.as_object().expect("columns").clone();
        fact.columns.insert("incident_id".to_owned(), json!("i"));
        fact.columns.insert("service_id".to_owned(), json!("s"));
        fact.weak = weak.to_vec();
        Told { path: PathBuf::from("f"), number: 1, raw: String::new(), fact }
    }

    fn row(told: Vec<Told>, known: &Known) -> Value {
        let mut rows = merged(told, known);
        assert_eq!(rows.len(), 1);
        let mut columns = rows.remove(0).fact.columns;
        columns.remove("incident_id");
        columns.remove("service_id");
        Value::Object(columns)
    }

    const EARLY: &str = "2026-01-05T12:00:00Z";
    const LATE: &str = "2026-01-05T15:00:00+02:00";

    #[test]
    fn a_later_event_overrides_what_it_gives_whatever_the_order() {
        let early = told(EARLY, &json!({"cause": "unknown", "title": "a"}), &[]);
        let late = told(LATE, &json!({"cause": "change"}), &[]);
        let expected = json!({"cause": "change", "title": "a"});
        let known = Known::default();
        assert_eq!(row(vec![early.clone(), late.clone()], &known), expected);
        assert_eq!(row(vec![late, early], &known), expected);
    }

    #[test]
    fn a_weak_value_replaces_nothing() {
        let vague = told(LATE, &json!({"title": "vague"}), &["title"]);
        let sure = told(EARLY, &json!({"title": "sure"}), &[]);
        let known = Known::default();
        assert_eq!(row(vec![vague.clone(), sure.clone()], &known), json!({"title": "sure"}));
        assert_eq!(row(vec![vague.clone()], &known), json!({"title": "vague"}));
        let key = ("incidents".to_owned(), vec!["i".to_owned(), "s".to_owned()]);
        let title = HashSet::from(["title".to_owned()]);
        let known = Known { told: HashMap::from([(key, title)]), ..Known::default() };
        assert_eq!(row(vec![vague], &known), json!({}));
        assert_eq!(row(vec![sure], &known), json!({"title": "sure"}));
    }
}
