//! Pages that a source gave and no ingest has committed yet.
//!
//! A commit touches several tables, a page of a server's list is small: so pages are written down
//! here as they come, and many of them are committed at once. A run that ended in between is taken
//! up without asking for them again. To lose a spool costs requests, never rows.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Checkpoint, Lake, LakeError};

const FOLDER: &str = ".spool";

/// A page on its way into the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpooledPage {
    /// Which shape its records have.
    pub form: String,
    /// A JSON array of them.
    pub body: String,
    /// How far the source is read once it is kept.
    pub cursor: String,
    /// As-of instant at which it was read; UTC.
    pub observed_at: DateTime<Utc>,
}

/// What the pages follow upon.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Base {
    source: String,
    sequence: i64,
}

/// The pages of one source that wait. The caller holds the writer lock.
#[derive(Debug)]
pub struct Spool {
    path: PathBuf,
    base: Base,
    file: Option<File>,
}

impl Lake {
    /// The spool of a source that was read up to `last`, and the pages that an interrupted run left
    /// in it.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn spool(
        &self,
        source: &str,
        last: Option<&Checkpoint>,
    ) -> Result<(Spool, Vec<SpooledPage>), LakeError> {
        let name = blake3::hash(source.as_bytes()).to_hex();
        let path = self.root.join(FOLDER).join(format!("{name}.ndjson"));
        let sequence = last.map_or(0, |last| last.sequence);
        let base = Base { source: source.to_owned(), sequence };
        let pages = pages(&path, &base).map_err(|source| LakeError::unwritable(&path, source))?;
        let spool = Spool { path, base, file: None };
        match pages.is_empty() {
            true => Ok((spool, pages)),
            // What follows a page that was cut off could not be read.
            false => spool.rewritten(&pages).map(|spool| (spool, pages)),
        }
    }
}

impl Lake {
    /// Drops all pages that wait: they are asked for again.
    ///
    /// # Errors
    /// Where the disk refuses it.
    pub(crate) fn forget_spooled(&self) -> Result<(), LakeError> {
        let folder = self.root.join(FOLDER);
        match std::fs::remove_dir_all(&folder) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(LakeError::unwritable(&folder, source))
            }
            _ => Ok(()),
        }
    }
}

impl Spool {
    /// Writes a page down; it is on the disk when this returns.
    ///
    /// # Errors
    /// Where the disk refuses it.
    pub fn keep(&mut self, page: &SpooledPage) -> Result<(), LakeError> {
        let text = line(page)?;
        self.write(&text).map_err(|source| LakeError::unwritable(&self.path, source))
    }

    /// Forgets the pages: they are committed, and what comes follows upon that.
    ///
    /// # Errors
    /// Where the disk refuses it.
    pub fn committed(self, last: Option<&Checkpoint>) -> Result<Spool, LakeError> {
        drop(self.file);
        match std::fs::remove_file(&self.path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(LakeError::unwritable(&self.path, source))
            }
            _ => {
                let sequence = last.map_or(0, |last| last.sequence);
                let base = Base { sequence, ..self.base };
                Ok(Spool { path: self.path, base, file: None })
            }
        }
    }

    fn rewritten(self, pages: &[SpooledPage]) -> Result<Spool, LakeError> {
        let sequence = self.base.sequence;
        let mut spool = self.committed(Some(&Checkpoint { sequence, cursor: None }))?;
        for page in pages {
            spool.keep(page)?;
        }
        Ok(spool)
    }

    fn write(&mut self, text: &str) -> std::io::Result<()> {
        if self.file.is_none() {
            if let Some(folder) = self.path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut file =
                OpenOptions::new().create(true).write(true).truncate(true).open(&self.path)?;
            file.write_all(serde_json::to_string(&self.base)?.as_bytes())?;
            file.write_all(b"\n")?;
            self.file = Some(file);
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write_all(text.as_bytes())?;
        file.sync_data()
    }
}

fn line(page: &SpooledPage) -> Result<String, LakeError> {
    let text = serde_json::to_string(page)
        .map_err(|error| arrow::error::ArrowError::ExternalError(error.into()))?;
    Ok(text + "\n")
}

/// The whole pages at the beginning of a spool that follows upon `base`.
fn pages(path: &Path, base: &Base) -> std::io::Result<Vec<SpooledPage>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file?,
    };
    let mut lines = BufReader::new(file).split(b'\n');
    let first = lines.next().transpose()?;
    let is_next = first.is_some_and(|first| {
        serde_json::from_slice::<Base>(&first).is_ok_and(|found| found == *base)
    });
    let mut pages = Vec::new();
    while is_next && let Some(line) = lines.next().transpose()? {
        match serde_json::from_slice(&line) {
            Ok(page) => pages.push(page),
            Err(_) => break,
        }
    }
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(cursor: &str) -> SpooledPage {
        SpooledPage {
            form: "rest".to_owned(),
            body: "[]".to_owned(),
            cursor: cursor.to_owned(),
            observed_at: DateTime::UNIX_EPOCH,
        }
    }

    fn at(sequence: i64) -> Option<Checkpoint> {
        Some(Checkpoint { sequence, cursor: None })
    }

    #[test]
    fn pages_of_an_interrupted_run_are_there_up_to_the_one_that_was_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::at(folder.path().to_owned());
        let (mut spool, none) = lake.spool("a", at(3).as_ref()).unwrap();
        assert!(none.is_empty());
        spool.keep(&page("1")).unwrap();
        spool.keep(&page("2")).unwrap();
        let path = spool.path.clone();
        drop(spool);
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.truncate(text.len() - 5);
        std::fs::write(&path, text).unwrap();
        let (mut spool, found) = lake.spool("a", at(3).as_ref()).unwrap();
        assert_eq!(found, [page("1")]);
        spool.keep(&page("3")).unwrap();
        drop(spool);
        assert_eq!(lake.spool("a", at(3).as_ref()).unwrap().1, [page("1"), page("3")]);
    }

    #[test]
    fn pages_that_follow_upon_another_state_are_of_no_use() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::at(folder.path().to_owned());
        let (mut spool, _) = lake.spool("a", None).unwrap();
        spool.keep(&page("1")).unwrap();
        assert!(lake.spool("a", at(1).as_ref()).unwrap().1.is_empty());
        assert!(lake.spool("b", None).unwrap().1.is_empty());
        spool.committed(at(1).as_ref()).unwrap();
        assert!(lake.spool("a", None).unwrap().1.is_empty());
    }
}
