//! The derived tables: written as a whole, with what they were made from.

use std::collections::HashMap;

use arrow::array::RecordBatch;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::delta::CommitNote;
use crate::ingest::known;
use crate::merge::sorted;
use crate::{Lake, LakeError};

const NOTE: &str = "milepost.derived";
/// Raised whenever the same facts and definition give other derived rows: what an earlier version of the
/// program derived then answers nothing.
const DERIVATION: u32 = 2;

/// What the derived tables were made from, apart from the facts, which are those of the same
/// state of the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DerivedFrom {
    /// Hash of the definition.
    pub definition_id: String,
    /// The rows are the same for every as-of from here on; UTC. `None`: since ever.
    pub holds_from: Option<DateTime<Utc>>,
    /// First as-of at which they differ, because another event comes into sight; UTC. `None`:
    /// no fact lies in the future.
    pub holds_until: Option<DateTime<Utc>>,
    /// Which derivation made the rows; set when they are written.
    #[serde(default)]
    pub derivation: u32,
}

impl DerivedFrom {
    /// True where the rows answer for this definition at this as-of.
    pub fn answers(&self, definition_id: &str, as_of: DateTime<Utc>) -> bool {
        self.derivation == DERIVATION
            && self.definition_id == definition_id
            && self.holds_from.is_none_or(|from| from <= as_of)
            && self.holds_until.is_none_or(|until| as_of < until)
    }
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
        let from = DerivedFrom { derivation: DERIVATION, ..from };
        let mut state = self.state_for_writing().await?;
        // Also in the log, for whoever reads the tables without Milepost.
        let note = serde_json::to_value(&from)
            .map_err(|error| arrow::error::ArrowError::ExternalError(error.into()))?;
        for (name, rows) in tables {
            let mut on_disk = self.open_for_writing(known(name), &state).await?;
            let gone = on_disk.files().await?;
            let rows = sorted(on_disk.table, &rows)?;
            let metadata = HashMap::from([(NOTE.to_owned(), note.clone())]);
            let note = CommitNote { metadata, ..on_disk.note("derived") };
            let written = on_disk.replace(&gone, &[rows], note).await?;
            state.tables.insert(name.to_owned(), written);
        }
        state.derived = Some(from);
        self.write_state(&state)
    }

    /// What the derived tables were made from, or `None` where they are missing, were written by
    /// an ingest that did not end, or are older than the facts.
    ///
    /// # Errors
    /// Where the lake's state can't be read.
    pub fn stored_derived(&self) -> Result<Option<DerivedFrom>, LakeError> {
        Ok(self.state()?.and_then(|state| state.derived))
    }
}
