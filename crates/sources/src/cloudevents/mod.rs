//! Events as pipelines and incident tools send them: CloudEvents, and within or without them
//! CDEvents, traces of pipelines, and rows of tables under Milepost's own types.
//!
//! An event tells a part of a row, such as when an incident was resolved. Events of one row are
//! put together in the order in which they happened, and columns that none of them gives keep
//! their value in the lake: events may come again, late, and split over calls. Nothing here
//! writes or knows the lake.

mod cdevents;
mod changes;
mod documents;
mod envelope;
mod fact;
mod merge;
mod otel;
mod own;
mod purl;
mod pushed;
mod repositories;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use milepost_events::tables::RejectedRecord;
use milepost_events::{Row as _, table};

use crate::Remark;
use crate::files::{FileContext, FilesError, Rejected, TableFile, content, place, shown};
use documents::{Document, documents};
use fact::Told;
pub use pushed::{Refusal, pushed};

/// Name of the source, also in the provenance of its rows.
pub const SOURCE: &str = "cloudevents";

/// How many types a remark names.
const NAMED: usize = 5;

/// What the lake holds that decides what events mean.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Ids of deployments by the ids of the events that told of them.
    pub deployments: HashMap<String, String>,
    /// Columns that have a value, by table and key in the key's order: what one event knows only
    /// vaguely does not replace them.
    pub told: HashMap<(String, Vec<String>), HashSet<String>>,
}

/// What the events of a call gave.
#[derive(Debug)]
pub struct Events {
    /// Rows, each key once, and the events that are none.
    pub files: Vec<TableFile>,
    /// What the user should know.
    pub remarks: Vec<Remark>,
}

/// Reads the events of files; `-` is the standard input.
///
/// # Errors
/// Where a file can't be read, or is no JSON at all. Then no file of the call is taken.
pub fn read(paths: &[PathBuf], known: &Known, context: &FileContext) -> Result<Events, FilesError> {
    let mut gathered = Gathered::default();
    for path in paths {
        let text = content(path)?;
        let Some(documents) = documents(&text) else {
            let reason = "it is no JSON; write events as JSON objects, one after the other or in \
                          an array"
                .to_owned();
            return Err(FilesError::Format { path: place(path), reason });
        };
        for (number, document) in (1..).zip(documents) {
            gathered.take(path, number, document);
        }
    }
    gathered.events(known, context)
}

/// What the documents read so far tell.
#[derive(Default)]
struct Gathered {
    told: Vec<merge::Told>,
    refused: Vec<(PathBuf, Rejected)>,
    /// How many events of a type were not read.
    unread: BTreeMap<String, usize>,
}

impl Gathered {
    fn take(&mut self, path: &Path, number: u64, document: Document) {
        let told = match document.value {
            Ok(value) => envelope::told(&value),
            Err(reason) => Told::refused("", reason),
        };
        let facts = match told {
            Told::Facts(facts) => facts,
            Told::Unread(kind) => {
                *self.unread.entry(kind).or_default() += 1;
                return;
            }
        };
        let path = place(path);
        for fact in facts {
            let (path, raw) = (path.clone(), document.raw.clone());
            match fact {
                Ok(fact) => self.told.push(merge::Told { path, number, raw, fact }),
                Err(refusal) => {
                    let (table_name, reason) = (refusal.table, refusal.reason);
                    let one = Rejected { table_name, line: number, reason, record: raw };
                    self.refused.push((path, one));
                }
            }
        }
    }

    fn events(self, known: &Known, context: &FileContext) -> Result<Events, FilesError> {
        let (mut files, more) = merge::rows(self.told, known, context)?;
        let mut refused = self.refused;
        refused.extend(more);
        files.extend(refusals(refused));
        Ok(Events { files, remarks: unread(&self.unread).into_iter().collect() })
    }
}

/// Events that are no rows, a file each, in the order of the events.
fn refusals(refused: Vec<(PathBuf, Rejected)>) -> Vec<TableFile> {
    let mut by_path: BTreeMap<PathBuf, Vec<Rejected>> = BTreeMap::new();
    for (path, one) in refused {
        by_path.entry(path).or_default().push(one);
    }
    let Some(table) = table(RejectedRecord::TABLE) else {
        return Vec::new();
    };
    let file = |(path, mut rejected): (PathBuf, Vec<Rejected>)| {
        rejected.sort_by_key(|one| one.line);
        let rows = RecordBatch::new_empty(table.schema.clone());
        TableFile { path, table, rows, rejected, duplicates_count: 0 }
    };
    by_path.into_iter().map(file).collect()
}

/// How many events were of types that are not read, in one sentence; `None` for none.
fn unread(types: &BTreeMap<String, usize>) -> Option<Remark> {
    let count: usize = types.values().sum();
    let events = match count {
        0 => return None,
        1 => "1 event of a type that is".to_owned(),
        count => format!("{count} events of types that are"),
    };
    let mut named: Vec<String> = types.keys().take(NAMED).map(|kind| shown(kind, 80)).collect();
    if types.len() > NAMED {
        named.push(format!("and {} more", types.len() - NAMED));
    }
    Some(Remark { text: format!("{events} not read: {}", named.join(", ")), is_gap: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_are_not_read_are_counted_and_named() {
        let mut types = BTreeMap::new();
        assert_eq!(unread(&types), None);
        types.insert("a".to_owned(), 1);
        let text = |types: &BTreeMap<String, usize>| unread(types).map(|remark| remark.text);
        assert_eq!(text(&types).as_deref(), Some("1 event of a type that is not read: a"));
        types.extend(["b", "c", "d", "e", "f", "g"].map(|kind| (kind.to_owned(), 2)));
        let expected = "13 events of types that are not read: a, b, c, d, e, and 2 more";
        assert_eq!(text(&types).as_deref(), Some(expected));
    }
}
