//! Mending what can be mended. Nothing is deleted: what is taken out is set aside, below
//! `set-aside` in the lake.

use std::path::Path;

use chrono::{DateTime, Utc};
use milepost_events::tables::IngestRun;
use milepost_events::{Kind, Row, Table, tables_by_contract};

use crate::delta::TableOnDisk;
use crate::doctor::{Finding, Remedy};
use crate::ingest::known;
use crate::state::LakeState;
use crate::{Lake, LakeError, log};

pub(crate) const ASIDE: &str = "set-aside";
/// What is mended brings the next thing to light, but not without end.
const ROUNDS: usize = 1000;

/// One thing that was mended.
#[derive(Debug, Clone, PartialEq)]
pub struct Mended {
    /// What was wrong.
    pub finding: Finding,
    /// What was done, and where what was taken out lies now.
    pub done: String,
    /// Rows that are gone until they are read again; `None` where nobody can tell how many, 0
    /// where none is.
    pub lost_rows: Option<u64>,
}

/// What a repair did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Repair {
    /// In the order it was done.
    pub mended: Vec<Mended>,
    /// Sources that read everything again at their next ingest, because rows are gone.
    pub read_again: Vec<String>,
}

impl Lake {
    /// Mends what [`examine`](Lake::examine) finds. The caller holds the writer lock.
    ///
    /// # Errors
    /// Where the lake is of another format or can't be written.
    pub async fn repair(&self, at: DateTime<Utc>) -> Result<Repair, LakeError> {
        let mut repair = Repair::default();
        let mut rebuild = None;
        let mut state = match self.state() {
            Ok(state) => state.unwrap_or_default(),
            Err(LakeError::Damaged { table, path, problem, .. }) => {
                let remedy = Remedy::RebuildState;
                rebuild = Some(Finding { table, path, problem, remedy });
                LakeState::default()
            }
            Err(error) => return Err(error),
        };
        let before = state.clone();
        for table in tables_by_contract() {
            for _ in 0..ROUNDS {
                let seen = rebuild.is_none().then_some(&state);
                let findings = self.examine_table(table, seen).await?;
                let Some(finding) = findings.into_iter().find(Finding::is_damage) else {
                    break;
                };
                let mended = self.mend(table, finding, &mut state).await?;
                repair.mended.push(match rebuild {
                    // What readers saw is unknown.
                    Some(_) => {
                        Mended { lost_rows: mended.lost_rows.filter(|rows| *rows > 0), ..mended }
                    }
                    None => mended,
                });
            }
            if rebuild.is_some() && log::folder(&self.root.join(table.name)).is_dir() {
                let on_disk = self.at_version(table, None).await?;
                state.tables.insert(table.name.to_owned(), on_disk.state().await?);
            }
        }
        let is_unfinished = |one: &Mended| matches!(one.finding.remedy, Remedy::DropUnfinished(_));
        if repair.mended.iter().any(is_unfinished)
            && let Some(version) = self.unseen(IngestRun::TABLE, &state)?
        {
            // The run's cursor must not outlive the rows it stands for.
            self.drop_commits(known(IngestRun::TABLE), version)?;
        }
        if let Some(finding) = rebuild {
            let done = "written anew from the tables as they are; that they are the newest can't be proven, and closed periods have to be closed again";
            repair.mended.push(Mended { finding, done: done.to_owned(), lost_rows: Some(0) });
        }
        if repair.mended.is_empty() && state == before {
            return Ok(repair);
        }
        state.derived = None;
        self.write_state(&state)?;
        if repair.mended.iter().any(|mended| {
            mended.lost_rows != Some(0)
                && tables_by_contract()
                    .iter()
                    .any(|table| table.name == mended.finding.table && table.kind != Kind::Derived)
        }) {
            repair.read_again = self.forget_cursors(at).await?;
        }
        Ok(repair)
    }

    async fn mend(
        &self,
        table: &'static Table,
        finding: Finding,
        state: &mut LakeState,
    ) -> Result<Mended, LakeError> {
        let folder = self.root.join(table.name);
        let rows = state.tables.get(table.name).map(|state| state.rows);
        let mut lost_rows = Some(0);
        let done = match &finding.remedy {
            Remedy::Nothing | Remedy::RebuildState => String::new(),
            Remedy::DropCheckpoints(paths) => {
                for path in paths.iter().filter(|path| path.exists()) {
                    self.set_aside(table, path)?;
                }
                if let Some(state) = state.tables.get_mut(table.name) {
                    state.checkpoint = None;
                }
                "set aside; the log says the same, and nothing is lost".to_owned()
            }
            Remedy::DropUnfinished(version) => {
                self.drop_commits(table, *version)?;
                "set aside with what came after it: no reader saw it, and the next run writes it again"
                    .to_owned()
            }
            Remedy::DropLastCommit(version) => {
                self.drop_commits(table, *version)?;
                let on_disk = self.at_version(table, None).await?;
                let now = on_disk.state().await?;
                lost_rows = match rows {
                    // A commit that replaced rows may leave as many as before.
                    Some(rows) if rows > now.rows => Some(rows - now.rows),
                    _ => None,
                };
                state.tables.insert(table.name.to_owned(), now);
                format!("set aside; the table is at version {} again", version - 1)
            }
            Remedy::DropFiles(paths) => {
                let mut on_disk = self.at_version(table, None).await?;
                let gone: Vec<_> = on_disk
                    .files()
                    .await?
                    .into_iter()
                    .filter(|file| paths.contains(&file.path))
                    .collect();
                lost_rows = Some(gone.iter().map(|file| file.rows).sum());
                let now = on_disk.commit(&gone, Vec::new(), on_disk.note("repair")).await?;
                state.tables.insert(table.name.to_owned(), now);
                for path in paths.iter().map(|path| folder.join(path)).filter(|path| path.exists())
                {
                    self.set_aside(table, &path)?;
                }
                "taken out of the table and set aside".to_owned()
            }
            Remedy::SetAside => {
                lost_rows = rows;
                state.tables.remove(table.name);
                if folder.exists() {
                    self.set_aside(table, &folder)?;
                }
                "the whole table is set aside".to_owned()
            }
            Remedy::TakeOver => {
                let mut on_disk = self.at_version(table, None).await?;
                let now = take_over(&mut on_disk).await?;
                state.tables.insert(table.name.to_owned(), now);
                "taken over as it is".to_owned()
            }
        };
        Ok(Mended { finding, done, lost_rows })
    }

    /// Moves commits from that version on, and checkpoints that rest on them.
    fn drop_commits(&self, table: &Table, version: u64) -> Result<(), LakeError> {
        let folder = log::folder(&self.root.join(table.name));
        let log = log::log(&folder)
            .map_err(|source| LakeError::Directory { path: folder, source })?
            .unwrap_or_default();
        for path in log.commits.range(version..).map(|(_, path)| path) {
            self.set_aside(table, path)?;
        }
        let rest = log.checkpoints.range(version..).map(|(_, path)| path);
        for path in rest.chain(&log.hint) {
            self.set_aside(table, path)?;
        }
        Ok(())
    }

    /// Moves a file or folder of a table to where nothing reads it.
    fn set_aside(&self, table: &Table, path: &Path) -> Result<(), LakeError> {
        let folder = self.root.join(ASIDE).join(table.name);
        let moved = std::fs::create_dir_all(&folder).and_then(|()| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let mut target = folder.join(&name);
            for number in 1.. {
                if !target.exists() {
                    break;
                }
                target = folder.join(format!("{name}.{number}"));
            }
            self.disk.rename(path, &target)?;
            self.disk.sync(&folder)?;
            path.parent().map_or(Ok(()), |parent| self.disk.sync(parent))
        });
        moved.map_err(|source| LakeError::unwritable(&self.root, source))
    }

    /// Makes every source read everything again, and names them.
    async fn forget_cursors(&self, at: DateTime<Utc>) -> Result<Vec<String>, LakeError> {
        let mut sources = self.sources().await?;
        sources.sort();
        for source in &sources {
            let last = self.checkpoint(source).await?;
            let ingest = self.begin(source, last.as_ref()).await?;
            // A cursor that says nothing: what is there is not new to the lake.
            ingest
                .finish(last.as_ref(), Some(String::new()), at, 0, env!("CARGO_PKG_VERSION"))
                .await?;
        }
        Ok(sources)
    }
}

/// Writes the files that have no checksum again, as ours.
pub(crate) async fn take_over(
    on_disk: &mut TableOnDisk,
) -> Result<crate::state::TableState, LakeError> {
    let foreign: Vec<_> =
        on_disk.files().await?.into_iter().filter(|file| file.checksum.is_none()).collect();
    if foreign.is_empty() {
        return on_disk.state().await;
    }
    let mut rows = Vec::with_capacity(foreign.len());
    for file in &foreign {
        rows.push(on_disk.read_unverified(file, None).await?);
    }
    on_disk.replace(&foreign, &rows, on_disk.note("repair")).await
}
