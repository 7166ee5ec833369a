//! Events that were pushed and that no ingest has read yet, a file for each request.
//!
//! Whoever takes a request in does not write to the tables, so that it never waits for an ingest
//! and needs no writer lock. An ingest reads the files in the order of their names, commits, and
//! only then takes them away: what is interrupted in between is read again, into the same rows.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::disk::{Disk, make_folders, write_whole};
use crate::{Lake, LakeError};

const FOLDER: &str = ".intake";
const ENDING: &str = ".ndjson";

/// Where requests are kept until they are read.
#[derive(Debug)]
pub struct Intake {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    next: AtomicU64,
}

impl Lake {
    /// The place for requests, made where it is not there yet.
    ///
    /// # Errors
    /// Where it can't be made or read.
    pub fn intake(&self) -> Result<Intake, LakeError> {
        let folder = self.root.join(FOLDER);
        make_folders(self.disk.as_ref(), &folder)
            .map_err(|source| LakeError::unwritable(&folder, source))?;
        let last = self.waiting()?.last().and_then(|path| number(path)).unwrap_or(0);
        Ok(Intake { folder, disk: self.disk.clone(), next: AtomicU64::new(last + 1) })
    }

    /// Files of requests that wait, in the order in which they came. The caller that is going to
    /// take them away holds the writer lock.
    ///
    /// # Errors
    /// Where they can't be listed.
    pub fn waiting(&self) -> Result<Vec<PathBuf>, LakeError> {
        let folder = self.root.join(FOLDER);
        let listed = self.disk.reads(&folder).and_then(|()| list(&folder));
        listed.map_err(|source| LakeError::Directory { path: folder, source })
    }

    /// Takes files of requests away whose events are committed. The caller holds the writer lock.
    ///
    /// # Errors
    /// Where the disk refuses it.
    pub fn take_away(&self, requests: &[PathBuf]) -> Result<(), LakeError> {
        for path in requests {
            self.disk.remove(path).map_err(|source| LakeError::unwritable(path, source))?;
        }
        Ok(())
    }
}

impl Intake {
    /// Keeps the lines of a request. They are on the disk when this returns.
    ///
    /// # Errors
    /// Where the disk refuses it. What comes again for that may be kept twice, which does no harm.
    pub fn keep(&self, lines: &str) -> Result<(), LakeError> {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let path = self.folder.join(format!("{number:020}{ENDING}"));
            match write_whole(self.disk.as_ref(), &path, &[lines], true) {
                // Another process takes requests in as well.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                kept => return kept.map_err(|source| LakeError::unwritable(&path, source)),
            }
        }
    }
}

fn list(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        // What a process that died was writing has another name.
        if number(&path).is_some() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn number(path: &Path) -> Option<u64> {
    let digits = path.file_name()?.to_str()?.strip_suffix(ENDING)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(lake: &Lake) -> Vec<String> {
        let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
        lake.waiting().unwrap().iter().map(read).collect()
    }

    #[test]
    fn requests_wait_in_their_order_until_they_are_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::at(folder.path().join("lake"));
        assert!(texts(&lake).is_empty(), "a lake that does not exist has none");
        let intake = lake.intake().unwrap();
        for number in 1..=11 {
            intake.keep(&format!("{number}\n")).unwrap();
        }
        let expected: Vec<String> = (1..=11).map(|number| format!("{number}\n")).collect();
        assert_eq!(texts(&lake), expected);
        lake.take_away(&lake.waiting().unwrap()[..10]).unwrap();
        assert_eq!(texts(&lake), ["11\n"]);
        lake.intake().unwrap().keep("12\n").unwrap();
        assert_eq!(texts(&lake), ["11\n", "12\n"], "another process goes on behind them");
    }

    #[test]
    fn two_processes_that_take_requests_in_lose_none() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::at(folder.path());
        let (one, other) = (lake.intake().unwrap(), lake.intake().unwrap());
        for _ in 0..5 {
            one.keep("one\n").unwrap();
            other.keep("other\n").unwrap();
        }
        let mut found = texts(&lake);
        found.sort();
        assert_eq!(found, [["one\n"; 5], ["other\n"; 5]].concat());
    }

    #[test]
    fn what_a_dead_process_left_half_written_is_no_request() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::at(folder.path());
        lake.intake().unwrap().keep("whole\n").unwrap();
        std::fs::write(lake.root.join(FOLDER).join("00000000000000000009.ndjson.part"), "{")
            .unwrap();
        assert_eq!(texts(&lake), ["whole\n"]);
    }
}
