//! Keeping a lake that is written for years small and quick to open.
//!
//! Small files are put together, and files that no version in reach names are deleted. In reach
//! are what readers see, everything that was replaced in the last seven days, which a reader may
//! still have open, and the versions on which a closed period rests.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use deltalake::kernel::transaction::CommitProperties;
use deltalake::operations::vacuum::{Clock, VacuumMode};
use milepost_events::tables_by_contract;

use crate::delta::TableOnDisk;
use crate::disk::is_staged;
use crate::ingest::put_together;
use crate::state::{LakeState, Seal};
use crate::{Lake, LakeError, log};

/// How long replaced files stay for readers that have them open.
const RETENTION: TimeDelta = TimeDelta::days(7);

/// What maintenance did to one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maintained {
    /// Table's name.
    pub table: &'static str,
    /// Data files before and after.
    pub files: (usize, usize),
    /// Files deleted that no version in reach names.
    pub deleted: usize,
}

impl Lake {
    /// Puts small files together and deletes what no version in reach names. The caller holds the
    /// writer lock.
    ///
    /// # Errors
    /// Where the lake is damaged or can't be written.
    pub async fn maintain(&self, at: DateTime<Utc>) -> Result<Vec<Maintained>, LakeError> {
        let mut state = self.state_for_writing().await?;
        let today = at.date_naive();
        state.seals.retain(|_, seal| seal.kept_until.is_none_or(|until| today <= until));
        let mut all = Vec::new();
        for table in tables_by_contract() {
            if !state.tables.contains_key(table.name) {
                continue;
            }
            let mut on_disk = self.open_for_writing(table, &state).await?;
            let before = on_disk.files().await?.len();
            let now = on_disk.state().await?;
            let now = put_together(&mut on_disk, now, 2).await?;
            let after = on_disk.files().await?.len();
            state.tables.insert(table.name.to_owned(), now);
            // Readers must see the new version before files of the old one may go.
            self.write_state(&state)?;
            let staged = self.remove_staged(&on_disk)?;
            let deleted = on_disk.vacuum(at, RETENTION, &state.versions_of(table.name)).await?;
            state.tables.insert(table.name.to_owned(), on_disk.state().await?);
            self.write_state(&state)?;
            let deleted = deleted + staged;
            all.push(Maintained { table: table.name, files: (before, after), deleted });
        }
        Ok(all)
    }

    /// Keeps the present versions of all tables readable for a closed period. The caller holds
    /// the writer lock.
    ///
    /// # Errors
    /// Where the lake can't be written.
    pub async fn seal(&self, period: &str, kept_until: Option<NaiveDate>) -> Result<(), LakeError> {
        let mut state = self.state_for_writing().await?;
        let versions: BTreeMap<String, u64> =
            state.tables.iter().map(|(name, table)| (name.clone(), table.version)).collect();
        state.seals.insert(period.to_owned(), Seal { kept_until, versions });
        self.write_state(&state)
    }

    /// Removes what processes left staged that ended: the lock says that none is at work.
    fn remove_staged(&self, on_disk: &TableOnDisk) -> Result<usize, LakeError> {
        let folder = on_disk.folder();
        let fail = |source| LakeError::unwritable(&self.root, source);
        let mut removed = 0;
        for folder in [log::folder(&folder), folder] {
            for entry in std::fs::read_dir(&folder).map_err(fail)? {
                let entry = entry.map_err(fail)?;
                if is_staged(&entry.file_name().to_string_lossy()) {
                    self.disk.remove(&entry.path()).map_err(fail)?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }
}

impl LakeState {
    /// Versions of a table that must stay readable.
    pub(crate) fn versions_of(&self, table: &str) -> Vec<u64> {
        let seen = self.tables.get(table).map(|state| state.version);
        let sealed = self.seals.values().filter_map(|seal| seal.versions.get(table).copied());
        seen.into_iter().chain(sealed).collect()
    }
}

impl TableOnDisk {
    /// Deletes files that no kept version names and that were replaced long enough ago.
    pub(crate) async fn vacuum(
        &mut self,
        at: DateTime<Utc>,
        retention: TimeDelta,
        kept: &[u64],
    ) -> Result<usize, LakeError> {
        let written_by = (log::WRITER.to_owned(), env!("CARGO_PKG_VERSION").into());
        let (delta, done) = self
            .delta
            .clone()
            .vacuum()
            .with_mode(VacuumMode::Full)
            .with_clock(Arc::new(At(at)))
            .with_retention_period(retention)
            .with_enforce_retention_duration(false)
            .with_keep_versions(kept)
            .with_commit_properties(CommitProperties::default().with_metadata([written_by]))
            .await
            .map_err(|error| {
                LakeError::table(self.table.name, "clean")(error).with_cause(&self.lake)
            })?;
        self.delta = delta;
        self.delta.update_state().await.map_err(LakeError::table(self.table.name, "read"))?;
        Ok(done.files_deleted.len())
    }
}

/// The as-of as a clock.
#[derive(Debug)]
struct At(DateTime<Utc>);

impl Clock for At {
    fn current_timestamp_millis(&self) -> i64 {
        self.0.timestamp_millis()
    }
}
