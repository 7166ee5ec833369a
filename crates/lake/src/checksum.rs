//! Data files are what they were when they were written, or nothing is computed from them.

use std::collections::HashSet;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

/// Key of a data file's checksum among its tags in the log.
pub(crate) const TAG: &str = "milepost.blake3";

/// Files that were compared with their checksums before. Their names are never used again, so
/// once is enough for a process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Verified(Arc<Mutex<HashSet<PathBuf>>>);

impl Verified {
    pub(crate) fn knows(&self, path: &Path) -> bool {
        self.0.lock().contains(path)
    }

    pub(crate) fn remember(&self, path: PathBuf) {
        self.0.lock().insert(path);
    }
}

/// Size and checksum of a file as it is on the disk.
///
/// # Errors
/// Where it can't be read.
pub(crate) fn of_file(path: &Path) -> std::io::Result<(u64, String)> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok((hasher.count(), hasher.finalize().to_hex().to_string()))
}

/// Compares a file with what the log says of it.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn check(path: &Path, size: u64, checksum: Option<&str>) -> Result<(), String> {
    let found = match std::fs::metadata(path) {
        Ok(found) => found.len(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Err("it is missing".to_owned()),
        Err(error) => return Err(error.to_string()),
    };
    if found != size {
        return Err(format!("it has {found} bytes where {size} were written"));
    }
    let Some(checksum) = checksum else {
        return Err("the log has no checksum of it".to_owned());
    };
    match of_file(path) {
        Ok((_, found)) if found == checksum => Ok(()),
        Ok(_) => Err("its content is not what was written".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
