//! `lake.json`: what the lake is, in one small file that is replaced as a whole.
//!
//! A table's log alone cannot tell that its end is missing, so the version of every table is kept
//! here with a digest of what makes it up. Readers open exactly these versions: a run that was
//! interrupted shows nothing of itself, and all tables of one question are of one moment.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::PathBuf;

use chrono::NaiveDate;
use milepost_events::tables::IngestRun;
use milepost_events::{Row, tables_by_contract};
use serde::{Deserialize, Serialize};

use crate::derived::DerivedFrom;
use crate::disk::{make_folders, write_whole};
use crate::forget::Forgotten;
use crate::{Lake, LakeError, log};

const NAME: &str = "lake.json";
/// Layout of the lake that this version reads and writes.
pub(crate) const FORMAT: u32 = 1;

/// What readers see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LakeState {
    format: u32,
    /// Version of Milepost that wrote last.
    written_by: String,
    /// Tables with rows or without; those not named were never written.
    pub(crate) tables: BTreeMap<String, TableState>,
    /// What the derived tables were made from; `None` where facts changed since.
    pub(crate) derived: Option<DerivedFrom>,
    /// Versions that stay readable, by the closed period that rests on them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) seals: BTreeMap<String, Seal>,
    /// Whom the lake must not name.
    #[serde(default, skip_serializing_if = "Forgotten::is_empty")]
    pub(crate) forgotten: Forgotten,
    /// Of everything above; empty while it is computed.
    digest: String,
}

/// One state of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TableState {
    /// Version in the table's log.
    pub(crate) version: u64,
    /// Rows in all its files.
    pub(crate) rows: u64,
    /// Of its columns and files: names, sizes, checksums and statistics.
    pub(crate) digest: String,
    /// The newest checkpoint up to that version, which is read instead of the commits before it.
    pub(crate) checkpoint: Option<StoredCheckpoint>,
}

/// A checkpoint as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredCheckpoint {
    /// Name of the file.
    pub(crate) name: String,
    pub(crate) checksum: String,
}

impl TableState {
    /// True for the same rows, whichever files of the log tell of them.
    pub(crate) fn is_same_table(&self, other: &TableState) -> bool {
        (self.version, self.rows, &self.digest) == (other.version, other.rows, &other.digest)
    }
}

/// A period that was closed on certain versions of the tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seal {
    /// Last day on which the versions must be there; `None` for no end.
    pub(crate) kept_until: Option<NaiveDate>,
    /// Versions by table.
    pub(crate) versions: BTreeMap<String, u64>,
}

impl Default for LakeState {
    fn default() -> LakeState {
        LakeState {
            format: FORMAT,
            written_by: env!("CARGO_PKG_VERSION").to_owned(),
            tables: BTreeMap::new(),
            derived: None,
            seals: BTreeMap::new(),
            forgotten: Forgotten::default(),
            digest: String::new(),
        }
    }
}

impl LakeState {
    fn text(&self) -> Result<String, serde_json::Error> {
        let mut bare = LakeState { digest: String::new(), ..self.clone() };
        bare.digest = blake3::hash(serde_json::to_string(&bare)?.as_bytes()).to_hex().to_string();
        serde_json::to_string_pretty(&bare)
    }

    fn is_whole(&self) -> bool {
        let again = self.text().and_then(|text| serde_json::from_str::<LakeState>(&text));
        again.is_ok_and(|again| again.digest == self.digest)
    }
}

/// Read alone first: the rest may look different in another format.
#[derive(Deserialize)]
struct Format {
    format: u32,
    written_by: String,
}

impl Lake {
    pub(crate) fn state_path(&self) -> PathBuf {
        self.root.join(NAME)
    }

    /// The lake's state, or `None` where nothing was ever written.
    ///
    /// # Errors
    /// Where the file is damaged, or the lake is of another format.
    pub(crate) fn state(&self) -> Result<Option<LakeState>, LakeError> {
        let path = self.state_path();
        let text = self.disk.reads(&path).and_then(|()| std::fs::read(&path));
        let text = match text {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return if self.has_tables() { Err(self.older(0)) } else { Ok(None) };
            }
            Err(source) => return Err(LakeError::Directory { path, source }),
        };
        let damaged = || LakeError::damaged(NAME, &path, "it is not as it was written");
        let format: Format = serde_json::from_slice(&text).map_err(|_| damaged())?;
        if format.format > FORMAT {
            return Err(LakeError::Newer {
                lake: self.root.clone(),
                format: format.format,
                written_by: format.written_by,
            });
        }
        if format.format < FORMAT {
            return Err(self.older(format.format));
        }
        let state: LakeState = serde_json::from_slice(&text).map_err(|_| damaged())?;
        if state.is_whole() { Ok(Some(state)) } else { Err(damaged()) }
    }

    /// Replaces the state. The caller holds the writer lock.
    pub(crate) fn write_state(&self, state: &LakeState) -> Result<(), LakeError> {
        let state = LakeState { written_by: env!("CARGO_PKG_VERSION").to_owned(), ..state.clone() };
        let mut text =
            state.text().map_err(|error| arrow::error::ArrowError::ExternalError(error.into()))?;
        text.push('\n');
        let path = self.state_path();
        make_folders(self.disk.as_ref(), &self.root)
            .and_then(|()| write_whole(self.disk.as_ref(), &path, &[&text], false))
            .map_err(|source| LakeError::unwritable(&self.root, source))?;
        match std::fs::read_to_string(&path) {
            Ok(kept) if kept == text => Ok(()),
            _ => {
                let problem = "the disk did not keep what was written to it";
                Err(LakeError::damaged(NAME, &path, problem))
            }
        }
    }

    /// The state to be changed. The caller holds the writer lock.
    ///
    /// A run that ended after its cursor was written and before the state was is taken up: the
    /// cursor must never be seen without the rows it stands for.
    pub(crate) async fn state_for_writing(&self) -> Result<LakeState, LakeError> {
        let state = self.state()?.unwrap_or_default();
        match self.unseen(IngestRun::TABLE, &state)? {
            None => Ok(state),
            Some(_) => self.acknowledge(state).await,
        }
    }

    /// The first version of the table that has rows and that readers do not see, if there is one.
    pub(crate) fn unseen(&self, table: &str, state: &LakeState) -> Result<Option<u64>, LakeError> {
        let folder = log::folder(&self.root.join(table));
        let log = log::log(&folder)
            .map_err(|source| LakeError::Directory { path: folder, source })?
            .unwrap_or_default();
        // Version 0 makes the table.
        let next = state.tables.get(table).map_or(1, |state| state.version + 1);
        Ok(log.head().filter(|head| *head >= next).map(|_| next))
    }

    async fn acknowledge(&self, mut state: LakeState) -> Result<LakeState, LakeError> {
        for table in tables_by_contract() {
            if log::folder(&self.root.join(table.name)).is_dir() {
                let on_disk = self.open_for_writing(table, &state).await?;
                state.tables.insert(table.name.to_owned(), on_disk.state().await?);
            }
        }
        state.derived = None;
        self.write_state(&state)?;
        Ok(state)
    }

    pub(crate) fn has_tables(&self) -> bool {
        tables_by_contract()
            .iter()
            .any(|table| self.root.join(table.name).join("_delta_log").is_dir())
    }

    fn older(&self, format: u32) -> LakeError {
        LakeError::Older { lake: self.root.clone(), format }
    }
}
