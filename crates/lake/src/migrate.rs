//! Bringing a lake of an earlier version up to date.

use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::transaction::CommitProperties;
use deltalake::kernel::{StructField, StructType};
use milepost_events::{Table, tables_by_contract};

use crate::delta::TableOnDisk;
use crate::repair::take_over;
use crate::state::{FORMAT, LakeState};
use crate::{Lake, LakeError, log};

/// What a migration did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migrated {
    /// Tables that were changed.
    pub tables: Vec<&'static str>,
    /// Format before and now; equal where it was this version's already.
    pub formats: (u32, u32),
}

impl Lake {
    /// Gives the lake this version's format and every table its columns; values of new ones are
    /// NULL. The caller holds the writer lock.
    ///
    /// # Errors
    /// Where the lake is damaged, of a later version, or can't be written.
    pub async fn migrate(&self) -> Result<Migrated, LakeError> {
        let (mut state, from) = match self.state() {
            Ok(Some(state)) => (state, FORMAT),
            Ok(None) => return Ok(Migrated { tables: Vec::new(), formats: (FORMAT, FORMAT) }),
            // Before the first format there was no `lake.json`, and no checksums.
            Err(LakeError::Older { format, .. }) => (LakeState::default(), format),
            Err(error) => return Err(error),
        };
        let before = state.clone();
        let mut tables = Vec::new();
        for table in tables_by_contract() {
            if !log::folder(&self.root.join(table.name)).is_dir() {
                continue;
            }
            if from == FORMAT && !state.tables.contains_key(table.name) {
                continue;
            }
            let known = state.tables.get(table.name).map(|state| state.version);
            let mut on_disk = self.at_version(table, known).await?;
            on_disk.add_columns().await?;
            on_disk.check_columns()?;
            let now = take_over(&mut on_disk).await?;
            if state.tables.get(table.name) != Some(&now) {
                state.tables.insert(table.name.to_owned(), now);
                tables.push(table.name);
            }
        }
        if from != FORMAT || state != before {
            // What was derived may lack columns.
            state.derived = None;
            self.write_state(&state)?;
        }
        Ok(Migrated { tables, formats: (from, FORMAT) })
    }
}

impl TableOnDisk {
    async fn add_columns(&mut self) -> Result<(), LakeError> {
        let table: &Table = self.table;
        let stored = self.schema()?;
        let known: StructType = table.schema.as_ref().try_into_kernel()?;
        let missing: Vec<StructField> = known
            .fields()
            .filter(|field| stored.index_of(field.name()).is_err())
            .cloned()
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let written_by = (log::WRITER.to_owned(), env!("CARGO_PKG_VERSION").into());
        let properties = CommitProperties::default().with_metadata([written_by]);
        self.delta = self
            .delta
            .clone()
            .add_columns()
            .with_fields(missing)
            .with_commit_properties(properties)
            .await
            .map_err(|error| {
                LakeError::table(table.name, "migrate")(error).with_cause(&self.lake)
            })?;
        Ok(())
    }
}
