//! Opening a table: as the lake's state has it for readers, at the head of its log for the writer.
//! Either way nothing is opened that is not what was written.

use std::sync::Arc;

use arrow::datatypes::DataType;
use deltalake::kernel::StructType;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::transaction::CommitProperties;
use deltalake::protocol::SaveMode;
use deltalake::{DeltaTable, DeltaTableBuilder, ensure_table_uri};
use milepost_events::Table;

use crate::delta::TableOnDisk;
use crate::disk::make_folders;
use crate::state::{LakeState, TableState};
use crate::store::DurableStore;
use crate::{Lake, LakeError, checksum, log};

impl Lake {
    /// The table in that state, or `None` where nothing was ever written to it.
    ///
    /// # Errors
    /// [`LakeError::Damaged`] where the log or a data file is not what was written.
    pub(crate) async fn open(
        &self,
        table: &'static Table,
        state: &LakeState,
    ) -> Result<Option<TableOnDisk>, LakeError> {
        let Some(state) = state.tables.get(table.name) else {
            return Ok(None);
        };
        let on_disk = self.at_state(table, state).await?;
        on_disk.verify_files().await?;
        Ok(Some(on_disk))
    }

    /// The table at the head of its log, made first where it is not there yet. The caller holds
    /// the writer lock.
    ///
    /// # Errors
    /// As [`open`](Self::open), or where it can't be made.
    pub(crate) async fn open_for_writing(
        &self,
        table: &'static Table,
        state: &LakeState,
    ) -> Result<TableOnDisk, LakeError> {
        let known = state.tables.get(table.name);
        let folder = self.root.join(table.name);
        let damaged = |problem: &str| LakeError::damaged(table.name, &folder, problem);
        let log = log::log(&log::folder(&folder))
            .map_err(|source| LakeError::Directory { path: folder.clone(), source })?
            .filter(|log| log.head().is_some());
        let Some(log) = log else {
            return match known {
                Some(_) => Err(damaged("its log is missing")),
                None => self.create(table).await,
            };
        };
        if let Some(version) = log.gap() {
            return Err(damaged(&format!("version {version} of its log is missing")));
        }
        let mut on_disk = match known {
            Some(state) => self.at_state(table, state).await?,
            None => self.at_version(table, None).await?,
        };
        // What an interrupted run left has no state yet.
        let unknown = known.map_or(0, |state| state.version + 1)..;
        for path in log.commits.range(unknown).map(|(_, path)| path) {
            let problem = match log::commit(path) {
                Ok(actions) if log::is_ours(&actions) => continue,
                Ok(_) => "another program wrote it".to_owned(),
                Err(problem) => problem,
            };
            return Err(LakeError::damaged(table.name, path, problem));
        }
        on_disk.delta.load().await.map_err(LakeError::table(table.name, "read"))?;
        on_disk.check_columns()?;
        Ok(on_disk)
    }

    /// The table at the version of that state, whose log gives that state.
    pub(crate) async fn at_state(
        &self,
        table: &'static Table,
        state: &TableState,
    ) -> Result<TableOnDisk, LakeError> {
        self.check_checkpoint(table, state)?;
        let on_disk =
            self.at_version(table, Some(state.version)).await.map_err(|error| match error {
                LakeError::Table { source, .. } => self.broken_log(table, source.as_ref()),
                error => error,
            })?;
        if on_disk.state().await?.is_same_table(state) {
            on_disk.check_columns()?;
            return Ok(on_disk);
        }
        Err(self.broken_log(table, &"it is not what was written"))
    }

    /// Compares the checkpoint that will be read with what was written: Delta decodes it on
    /// trust.
    pub(crate) fn check_checkpoint(
        &self,
        table: &Table,
        state: &TableState,
    ) -> Result<(), LakeError> {
        let folder = log::folder(&self.root.join(table.name));
        let log = log::log(&folder)
            .map_err(|source| LakeError::Directory { path: folder.clone(), source })?
            .unwrap_or_default();
        let problem = match (log.checkpoint(state.version), &state.checkpoint) {
            (None, None) => return Ok(()),
            (None, Some(known)) => (folder.join(&known.name), "it is missing"),
            (Some(path), None) => (path.clone(), "Milepost did not write it"),
            (Some(path), Some(known)) => match checksum::of_file(path) {
                Ok((_, found)) if found == known.checksum && log::name(path) == known.name => {
                    return Ok(());
                }
                _ => (path.clone(), "its content is not what was written"),
            },
        };
        Err(LakeError::damaged(table.name, &problem.0, problem.1))
    }

    pub(crate) async fn at_version(
        &self,
        table: &'static Table,
        version: Option<u64>,
    ) -> Result<TableOnDisk, LakeError> {
        let mut delta = self.handle(table)?;
        let loaded = match version {
            Some(version) => delta.load_version(version).await,
            None => delta.load().await,
        };
        loaded.map_err(LakeError::table(table.name, "read"))?;
        Ok(self.on_disk(table, delta))
    }

    /// Names the file of a log that is to blame, as far as a quick look tells.
    fn broken_log(&self, table: &Table, said: &dyn std::fmt::Display) -> LakeError {
        let folder = log::folder(&self.root.join(table.name));
        let Ok(Some(log)) = log::log(&folder) else {
            return LakeError::damaged(table.name, &folder, "it is missing");
        };
        if let Some(version) = log.gap() {
            return LakeError::damaged(
                table.name,
                &folder,
                format!("version {version} is missing"),
            );
        }
        for path in log.commits.values() {
            if let Err(problem) = log::commit(path) {
                return LakeError::damaged(table.name, path, problem);
            }
        }
        let said = said.to_string().replace('\n', " ");
        match log.checkpoints.values().next_back() {
            Some(path) => LakeError::damaged(table.name, path, said),
            None => LakeError::damaged(table.name, &folder, said),
        }
    }

    async fn create(&self, table: &'static Table) -> Result<TableOnDisk, LakeError> {
        let folder = self.root.join(table.name);
        // Tables without it would look like a lake of an earlier format.
        if !self.state_path().exists() {
            self.write_state(&LakeState::default())?;
        }
        make_folders(self.disk.as_ref(), &log::folder(&folder))
            .map_err(|source| LakeError::unwritable(&self.root, source))?;
        let columns: StructType = table.schema.as_ref().try_into_kernel()?;
        let written_by = (log::WRITER.to_owned(), env!("CARGO_PKG_VERSION").into());
        let delta = self
            .handle(table)?
            .create()
            .with_columns(columns.fields().cloned())
            .with_comment(table.doc.clone())
            .with_configuration([
                // The log is never expired: it is small, and it says how every number came about.
                ("delta.enableExpiredLogCleanup", Some("false")),
                ("delta.checkpointInterval", Some("20")),
            ])
            .with_commit_properties(CommitProperties::default().with_metadata([written_by]))
            .with_save_mode(SaveMode::Ignore)
            .await
            .map_err(|error| {
                LakeError::table(table.name, "create")(error).with_cause(&self.root)
            })?;
        Ok(self.on_disk(table, delta))
    }

    fn on_disk(&self, table: &'static Table, delta: DeltaTable) -> TableOnDisk {
        TableOnDisk { table, delta, lake: self.root.clone(), verified: self.verified.clone() }
    }

    fn handle(&self, table: &'static Table) -> Result<DeltaTable, LakeError> {
        let path = self.root.join(table.name);
        let Some(place) = path.to_str() else {
            let source = std::io::Error::other("its name is not UTF-8, which Delta can't address");
            return Err(LakeError::Directory { path: self.root.clone(), source });
        };
        let store = Arc::new(DurableStore::on(self.disk.clone()));
        ensure_table_uri(place)
            .and_then(|url| {
                let builder = DeltaTableBuilder::from_url(url.clone())?;
                builder.with_storage_backend(store, url).build()
            })
            .map_err(LakeError::table(table.name, "read"))
    }
}

impl TableOnDisk {
    /// Checks that the table has exactly the columns that this version knows, in a dialect of
    /// Delta that it writes.
    pub(crate) fn check_columns(&self) -> Result<(), LakeError> {
        let refuse =
            |problem: String| Err(LakeError::Schema { table: self.table.name.to_owned(), problem });
        let fail = LakeError::table(self.table.name, "read");
        let protocol = self.delta.snapshot().map_err(fail)?.protocol();
        let (reader, writer) = (protocol.min_reader_version(), protocol.min_writer_version());
        if (reader, writer) != (1, 2) {
            return refuse(format!(
                "was changed by another program to Delta's reader version {reader} and writer version {writer}; Milepost writes 1 and 2 only: restore the table, or read it with that program"
            ));
        }
        let (stored, known) = (self.schema()?, &self.table.schema);
        for (at, column) in stored.fields().iter().enumerate() {
            let name = column.name();
            match known.fields().get(at) {
                Some(known) if known.name() != name => {
                    return refuse(format!(
                        "has a column `{name}` where this version of Milepost has `{}`; use a later version",
                        known.name()
                    ));
                }
                Some(known) if !same_type(known.data_type(), column.data_type()) => {
                    return refuse(format!(
                        "has a column `{name}` of another type than this version of Milepost writes; use the version that wrote it"
                    ));
                }
                Some(_) => {}
                None => {
                    return refuse(format!(
                        "has a column `{name}` that this version of Milepost does not know; use a later version"
                    ));
                }
            }
        }
        match known.fields().get(stored.fields().len()) {
            Some(column) => refuse(format!(
                "was made before its column `{}`; `milepost lake migrate --lake {}` adds it",
                column.name(),
                self.lake.display()
            )),
            None => Ok(()),
        }
    }
}

fn same_type(known: &DataType, stored: &DataType) -> bool {
    match (known, stored) {
        (DataType::List(known), DataType::List(stored)) => known.data_type() == stored.data_type(),
        _ => known == stored,
    }
}
