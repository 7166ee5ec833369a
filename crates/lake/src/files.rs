//! What is on disk, for engines that read files.

use std::path::PathBuf;

use milepost_events::tables_by_contract;

use crate::{Lake, LakeError};

/// A data file that is part of a table now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Table's name.
    pub table: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// Rows in it.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
}

impl Lake {
    /// Every data file that readers see, by table and name. Other files in the tables' folders
    /// are no part of them.
    ///
    /// # Errors
    /// Where a log is damaged.
    pub async fn data_files(&self) -> Result<Vec<StoredFile>, LakeError> {
        let state = self.state()?.unwrap_or_default();
        let mut stored = Vec::new();
        for table in tables_by_contract() {
            let Some(state) = state.tables.get(table.name) else {
                continue;
            };
            let on_disk = self.at_state(table, state).await?;
            stored.extend(on_disk.files().await?.into_iter().map(|file| StoredFile {
                table: table.name,
                path: on_disk.folder().join(&file.path),
                rows: file.rows,
                bytes: file.size as u64,
            }));
        }
        Ok(stored)
    }
}
