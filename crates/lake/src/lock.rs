//! One writer at a time.

use std::fs::{File, TryLockError};

use crate::{Lake, LakeError};

/// Held while a process writes; the system frees it when the process ends, however it ends.
#[derive(Debug)]
pub struct WriterLock {
    _file: File,
}

impl Lake {
    /// Takes the lake's writer lock, making the directory if need be.
    ///
    /// # Errors
    /// [`LakeError::Locked`] while another process holds it; [`LakeError::Directory`] where the
    /// directory can't be made or written.
    pub fn lock(&self) -> Result<WriterLock, LakeError> {
        let fail = |source| LakeError::Directory { path: self.root.clone(), source };
        std::fs::create_dir_all(&self.root).map_err(fail)?;
        let file = File::create(self.root.join(".writer.lock")).map_err(fail)?;
        match file.try_lock() {
            Ok(()) => Ok(WriterLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LakeError::Locked(self.root.clone())),
            Err(TryLockError::Error(source)) => Err(fail(source)),
        }
    }
}
