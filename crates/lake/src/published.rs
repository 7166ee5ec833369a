//! What was published: texts in series, each kept as it was for as long as the lake is.
//!
//! A text is a file of its own that no later one replaces, so that what was once shown can always
//! be told from what is shown now.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use milepost_events::{Kind, table};

use crate::disk::{make_folders, write_whole};
use crate::{Lake, LakeError};

const FOLDER: &str = ".published";
const ENDING: &str = ".json";

impl Lake {
    /// Versions of all tables that answers are computed from, by name.
    ///
    /// # Errors
    /// Where the lake's state can't be read.
    pub fn versions(&self) -> Result<BTreeMap<String, u64>, LakeError> {
        let tables = self.state()?.unwrap_or_default().tables;
        let is_read = |name: &str| table(name).is_some_and(|table| table.kind != Kind::Answer);
        let read = tables.into_iter().filter(|(name, _)| is_read(name));
        Ok(read.map(|(name, table)| (name, table.version)).collect())
    }

    /// Adds a text to a series, whose name is one of a folder. It is on the disk when this
    /// returns.
    ///
    /// # Errors
    /// Where the disk refuses it.
    pub fn publish(&self, series: &str, text: &str) -> Result<(), LakeError> {
        let folder = self.root.join(FOLDER).join(series);
        make_folders(self.disk.as_ref(), &folder)
            .map_err(|source| LakeError::unwritable(&folder, source))?;
        let last = files(&folder).map_err(|source| LakeError::unwritable(&folder, source))?;
        let mut next = last.last().and_then(|path| number(path)).unwrap_or(0) + 1;
        loop {
            let path = folder.join(format!("{next:06}{ENDING}"));
            match write_whole(self.disk.as_ref(), &path, &[text], true) {
                // Another process published meanwhile.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => next += 1,
                written => return written.map_err(|source| LakeError::unwritable(&path, source)),
            }
        }
    }

    /// Files of a series, the oldest first.
    ///
    /// # Errors
    /// Where they can't be listed.
    pub fn published(&self, series: &str) -> Result<Vec<PathBuf>, LakeError> {
        let folder = self.root.join(FOLDER).join(series);
        let listed = self.disk.reads(&folder).and_then(|()| files(&folder));
        listed.map_err(|source| LakeError::Directory { path: folder, source })
    }
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let paths: Vec<PathBuf> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    // What a process that died was writing has another name.
    let mut numbered: Vec<(u64, PathBuf)> =
        paths.into_iter().filter_map(|path| Some((number(&path)?, path))).collect();
    numbered.sort();
    Ok(numbered.into_iter().map(|(_, path)| path).collect())
}

fn number(path: &Path) -> Option<u64> {
    let digits = path.file_name()?.to_str()?.strip_suffix(ENDING)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_a_series_are_kept_in_their_order_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::at(folder.path());
        assert!(lake.published("dora").unwrap().is_empty());
        for text in ["one", "two", "two"] {
            lake.publish("dora", text).unwrap();
        }
        lake.publish("adoption", "other").unwrap();
        // What a process that died left half written.
        std::fs::write(folder.path().join(".published/dora/000009.json#77"), "{").unwrap();
        let paths = lake.published("dora").unwrap();
        let texts: Vec<String> =
            paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
        assert_eq!(texts, ["one", "two", "two"]);
    }
}
