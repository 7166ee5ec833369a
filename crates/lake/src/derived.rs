//! The derived tables: written as a whole, with what they were made from.

use std::collections::{BTreeMap, HashMap};

use arrow::array::RecordBatch;
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use milepost_events::{Kind, tables_by_contract};
use serde::{Deserialize, Serialize};

use crate::delta::{CommitNote, TableOnDisk};
use crate::ingest::known;
use crate::merge::sorted;
use crate::{Lake, LakeError};

const NOTE: &str = "milepost.derived";

/// What a derived table was made from, apart from the facts' versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DerivedFrom {
    /// Hash of the definition.
    pub definition_id: String,
    /// The rows are the same for every as-of from here on; UTC. `None`: since ever.
    pub holds_from: Option<DateTime<Utc>>,
    /// First as-of at which they differ, because another event comes into sight; UTC. `None`:
    /// no fact lies in the future.
    pub holds_until: Option<DateTime<Utc>>,
}

impl DerivedFrom {
    /// True where the rows answer for this definition at this as-of.
    pub fn answers(&self, definition_id: &str, as_of: DateTime<Utc>) -> bool {
        self.definition_id == definition_id
            && self.holds_from.is_none_or(|from| from <= as_of)
            && self.holds_until.is_none_or(|until| as_of < until)
    }
}

/// What is written beside the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredDerived {
    /// Definition and as-of.
    pub from: DerivedFrom,
    /// Versions of the fact tables they were made from.
    versions: BTreeMap<String, i64>,
}

impl Lake {
    /// Replaces the derived tables. The caller holds the writer lock.
    ///
    /// # Errors
    /// Where a table can't be written.
    pub async fn write_derived(
        &self,
        tables: Vec<(&'static str, RecordBatch)>,
        from: DerivedFrom,
    ) -> Result<(), LakeError> {
        let note = StoredDerived { from, versions: self.fact_versions()? };
        let note = serde_json::to_value(note)
            .map_err(|error| arrow::error::ArrowError::ExternalError(error.into()))?;
        for (name, rows) in tables {
            let mut on_disk = self.open_or_create(known(name)).await?;
            let gone = on_disk.files().await?;
            let rows = sorted(on_disk.table, &rows)?;
            let metadata = HashMap::from([(NOTE.to_owned(), note.clone())]);
            on_disk.replace(&gone, &[rows], CommitNote { transaction: None, metadata }).await?;
        }
        Ok(())
    }

    /// What the derived tables were made from, or `None` where they are missing, were written by
    /// an ingest that did not end, or are older than the facts.
    ///
    /// # Errors
    /// Where a table can't be read.
    pub async fn stored_derived(&self) -> Result<Option<DerivedFrom>, LakeError> {
        let mut notes = Vec::new();
        for table in tables_by_contract().iter().filter(|table| table.kind == Kind::Derived) {
            let Some(on_disk) = self.open(table).await? else {
                return Ok(None);
            };
            notes.push(note(&on_disk).await?);
        }
        let versions = self.fact_versions()?;
        let first = notes.first().cloned().flatten();
        let is_whole = notes.iter().all(|note| *note == first);
        Ok(first.filter(|note| is_whole && note.versions == versions).map(|note| note.from))
    }

    /// Version of every fact table, by the names in its log: nothing is read.
    fn fact_versions(&self) -> Result<BTreeMap<String, i64>, LakeError> {
        let mut versions = BTreeMap::new();
        for table in tables_by_contract().iter().filter(|table| table.kind == Kind::Fact) {
            let log = self.root().join(table.name).join("_delta_log");
            let names = match std::fs::read_dir(&log) {
                Ok(names) => names,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(source) => return Err(LakeError::Directory { path: log, source }),
            };
            let version = names
                .filter_map(|name| {
                    name.ok()?.file_name().to_str()?.strip_suffix(".json")?.parse::<i64>().ok()
                })
                .max();
            if let Some(version) = version {
                versions.insert(table.name.to_owned(), version);
            }
        }
        Ok(versions)
    }
}

async fn note(on_disk: &TableOnDisk) -> Result<Option<StoredDerived>, LakeError> {
    let history: Vec<_> = on_disk
        .delta
        .history(Some(1))
        .try_collect()
        .await
        .map_err(LakeError::table(on_disk.table.name, "read"))?;
    Ok(history
        .into_iter()
        .next()
        .and_then(|commit| commit.info.get(NOTE).cloned())
        .and_then(|note| serde_json::from_value(note).ok()))
}
