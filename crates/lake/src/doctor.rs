//! Looking at everything: logs, checkpoints, every byte of every data file, and every key.

use std::path::{Path, PathBuf};

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::prelude::SessionContext;
use deltalake::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use milepost_events::{Table, tables_by_contract};

use crate::delta::{DataFile, TableOnDisk};
use crate::disk::is_staged;
use crate::log::Log;
use crate::state::{LakeState, TableState};
use crate::{Lake, LakeError, checksum, log};

/// Something in the lake that is not as it should be.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Table in question; `lake.json` for the lake's own file.
    pub table: String,
    /// File or folder in question.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: String,
    /// What a repair does about it.
    pub remedy: Remedy,
}

/// What a repair does about a finding.
#[derive(Debug, Clone, PartialEq)]
pub enum Remedy {
    /// Nothing: no number depends on it.
    Nothing,
    /// Takes checkpoints away, which the log replaces: nothing is lost.
    DropCheckpoints(Vec<PathBuf>),
    /// Takes away commits that no reader saw: nothing is lost that was ever acknowledged.
    DropUnfinished(u64),
    /// Takes away the last commit: what it wrote is lost.
    DropLastCommit(u64),
    /// Takes data files out of the table, with the rows in them.
    DropFiles(Vec<String>),
    /// Sets the whole table aside.
    SetAside,
    /// Writes the file anew from the tables as they are.
    RebuildState,
    /// Takes over what another program wrote.
    TakeOver,
}

impl Finding {
    /// True where numbers would be wrong or can't be computed.
    pub fn is_damage(&self) -> bool {
        self.remedy != Remedy::Nothing
    }

    fn new(table: &str, path: &Path, problem: impl Into<String>, remedy: Remedy) -> Finding {
        let (table, path) = (table.to_owned(), path.to_owned());
        Finding { table, path, problem: problem.into(), remedy }
    }
}

impl Lake {
    /// Everything that is wrong with the lake, damage first for each table.
    ///
    /// # Errors
    /// Where the lake is of another format, or can't be read at all.
    pub async fn examine(&self) -> Result<Vec<Finding>, LakeError> {
        let mut findings = Vec::new();
        let state = match self.state() {
            Ok(state) => state,
            Err(LakeError::Damaged { table, path, problem, .. }) => {
                findings.push(Finding::new(&table, &path, problem, Remedy::RebuildState));
                None
            }
            Err(error) => return Err(error),
        };
        for table in tables_by_contract() {
            findings.extend(self.examine_table(table, state.as_ref()).await?);
        }
        Ok(findings)
    }

    /// What is wrong with one table, the first thing that must be mended first.
    pub(crate) async fn examine_table(
        &self,
        table: &'static Table,
        state: Option<&LakeState>,
    ) -> Result<Vec<Finding>, LakeError> {
        let known = state.and_then(|state| state.tables.get(table.name));
        let folder = self.root.join(table.name);
        let found = |path: &Path, problem: &str, remedy| {
            Ok(vec![Finding::new(table.name, path, problem, remedy)])
        };
        let log = log::log(&log::folder(&folder))
            .map_err(|source| LakeError::Directory { path: folder.clone(), source })?;
        let Some(log) = log.filter(|log| log.head().is_some()) else {
            return match known {
                Some(_) => found(&folder, "its log is missing", Remedy::SetAside),
                None => Ok(Vec::new()),
            };
        };
        if let Some(state) = known
            && let Err(LakeError::Damaged { path, problem, .. }) =
                self.check_checkpoint(table, state)
        {
            let all = log.checkpoints.values().chain(&log.hint).cloned().collect();
            // A log whose beginning was taken away rests on it.
            let remedy = match log.first() {
                0 => Remedy::DropCheckpoints(all),
                _ => Remedy::SetAside,
            };
            return found(&path, &problem, remedy);
        }
        if let Some(finding) = broken_hint(table, &log) {
            return Ok(vec![finding]);
        }
        if let Some(finding) = self.broken_commit(table, &log, known).await {
            return Ok(vec![finding]);
        }
        let on_disk = match known {
            Some(state) => self.at_state(table, state).await,
            None => self.at_version(table, None).await,
        };
        let on_disk = match on_disk {
            Ok(on_disk) => on_disk,
            Err(error @ (LakeError::Schema { .. } | LakeError::Newer { .. })) => return Err(error),
            Err(_) => {
                let problem = "the log does not give the table that was written";
                return found(&log::folder(&folder), problem, Remedy::SetAside);
            }
        };
        let unknown = known.map_or(0, |state| state.version + 1)..;
        for path in log.commits.range(unknown).map(|(_, path)| path) {
            if log::commit(path).is_ok_and(|actions| !log::is_ours(&actions)) {
                return found(path, "another program wrote it", Remedy::TakeOver);
            }
        }
        let mut findings = broken_files(&on_disk).await?;
        if findings.is_empty() {
            findings.extend(doubled_keys(&on_disk).await?);
        }
        findings.extend(leftovers(&on_disk, known).await?);
        Ok(findings)
    }

    async fn broken_commit(
        &self,
        table: &'static Table,
        log: &Log,
        known: Option<&TableState>,
    ) -> Option<Finding> {
        let folder = log::folder(&self.root.join(table.name));
        let seen = known.map(|state| state.version);
        let is_unseen = |version: u64| seen.is_none_or(|seen| version > seen);
        let first_gap = log.gap().map(|version| (version, folder.clone(), "is missing".to_owned()));
        let first_broken = log.commits.iter().find_map(|(version, path)| {
            log::commit(path).err().map(|problem| (*version, path.clone(), problem))
        });
        let (version, path, problem) =
            [first_gap, first_broken].into_iter().flatten().min_by_key(|(version, ..)| *version)?;
        let problem = format!("version {version}: {problem}");
        let remedy = if is_unseen(version) && version > 0 {
            Remedy::DropUnfinished(version)
        } else if is_unseen(version) {
            Remedy::SetAside
        } else if self.is_covered(table, known).await {
            Remedy::Nothing
        } else if seen == Some(version) && log.commits.contains_key(&version) && version > 0 {
            Remedy::DropLastCommit(version)
        } else {
            Remedy::SetAside
        };
        if remedy == Remedy::Nothing {
            return None;
        }
        Some(Finding::new(table.name, &path, problem, remedy))
    }

    /// True where a checkpoint gives the table in spite of the commit.
    async fn is_covered(&self, table: &'static Table, known: Option<&TableState>) -> bool {
        match known {
            Some(state) => self.at_state(table, state).await.is_ok(),
            None => false,
        }
    }
}

/// A hint that names no checkpoint.
fn broken_hint(table: &Table, log: &Log) -> Option<Finding> {
    let hint = log.hint.as_ref().filter(|hint| !names_a_checkpoint(hint, log))?;
    let remedy = Remedy::DropCheckpoints(vec![hint.clone()]);
    Some(Finding::new(table.name, hint, "it names no checkpoint that is there", remedy))
}

fn names_a_checkpoint(hint: &Path, log: &Log) -> bool {
    let named = std::fs::read(hint)
        .ok()
        .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
        .and_then(|hint| hint.get("version")?.as_u64());
    named.is_some_and(|version| log.checkpoints.contains_key(&version))
}

/// Reads a Parquet file to its end and counts its rows.
fn decode(path: &Path) -> Result<usize, String> {
    // The decoder was made for files that are what they say they are.
    let decoded = std::panic::catch_unwind(|| {
        let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(ParquetRecordBatchReaderBuilder::build)
            .map_err(|error| error.to_string())?;
        let mut rows = 0;
        for batch in reader {
            rows += batch.map_err(|error| error.to_string())?.num_rows();
        }
        Ok(rows)
    });
    decoded.unwrap_or_else(|_| Err("it can't be decoded".to_owned()))
}

/// Data files that are not what was written, or hold something else than the log says.
async fn broken_files(on_disk: &TableOnDisk) -> Result<Vec<Finding>, LakeError> {
    let mut findings = Vec::new();
    for file in on_disk.files().await? {
        let path = on_disk.folder().join(&file.path);
        let checked = {
            let (path, file) = (path.clone(), file.clone());
            tokio::task::spawn_blocking(move || examine_file(&path, &file)).await
        };
        let problem = match checked {
            Ok(Ok(())) => continue,
            Ok(Err(problem)) => problem,
            Err(error) => error.to_string(),
        };
        // Without a checksum it was never ours.
        let remedy = match file.checksum {
            Some(_) => Remedy::DropFiles(vec![file.path.clone()]),
            None => Remedy::TakeOver,
        };
        findings.push(Finding::new(on_disk.table.name, &path, problem, remedy));
    }
    Ok(findings)
}

fn examine_file(path: &Path, file: &DataFile) -> Result<(), String> {
    checksum::check(path, file.size as u64, file.checksum.as_deref())?;
    match decode(path)? as u64 {
        rows if rows == file.rows => Ok(()),
        rows => Err(format!("it holds {rows} rows where the log says {}", file.rows)),
    }
}

/// Keys that are in the table more than once, which nothing we write can bring about.
async fn doubled_keys(on_disk: &TableOnDisk) -> Result<Option<Finding>, LakeError> {
    let table = on_disk.table;
    let provider = on_disk.delta.table_provider().await?;
    let session = SessionContext::new();
    session.register_table("t", provider)?;
    let key = table.key.join(", ");
    let sql =
        format!("select count(*) from (select {key} from t group by {key} having count(*) > 1)");
    let rows = session.sql(&sql).await?.collect().await?;
    let count = rows.first().map_or(0, |rows| rows.column(0).as_primitive::<Int64Type>().value(0));
    let problem = format!("{count} keys are in it more than once");
    Ok((count > 0).then(|| Finding::new(table.name, &on_disk.folder(), problem, Remedy::SetAside)))
}

/// Files of the table's folder that no version readers see has: harmless, but they take room.
async fn leftovers(
    on_disk: &TableOnDisk,
    known: Option<&TableState>,
) -> Result<Option<Finding>, LakeError> {
    let folder = on_disk.folder();
    let fail = |source| LakeError::Directory { path: folder.clone(), source };
    let (mut staged, mut unfinished) = (0, 0);
    for folder in [folder.clone(), log::folder(&folder)] {
        for entry in std::fs::read_dir(&folder).map_err(fail)? {
            let name = entry.map_err(fail)?.file_name();
            staged += usize::from(is_staged(&name.to_string_lossy()));
        }
    }
    let log = log::log(&log::folder(&folder)).map_err(fail)?.unwrap_or_default();
    if let Some(seen) = known.map(|state| state.version) {
        unfinished = log.commits.range(seen + 1..).count();
    }
    if staged + unfinished == 0 {
        return Ok(None);
    }
    let problem = format!(
        "{staged} staged files and {unfinished} commits of a run that did not end; the next run goes on from there"
    );
    Ok(Some(Finding::new(on_disk.table.name, &folder, problem, Remedy::Nothing)))
}
