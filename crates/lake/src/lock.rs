//! One writer at a time.

use std::fs::{File, TryLockError};
use std::time::Duration;

use crate::disk::make_folders;
use crate::{Lake, LakeError};

/// How often a waiting process looks.
const PAUSE: Duration = Duration::from_millis(100);

/// Held while a process writes; the system frees it when the process ends, however it ends.
#[derive(Debug)]
pub struct WriterLock {
    _file: File,
}

impl Lake {
    /// Takes the lake's writer lock, making the directory if need be, and waits up to `wait` for
    /// another process to give it back.
    ///
    /// # Errors
    /// [`LakeError::Locked`] while another process holds it; otherwise where the directory can't
    /// be made or written.
    pub async fn lock(&self, wait: Duration) -> Result<WriterLock, LakeError> {
        let fail = |source| LakeError::unwritable(&self.root, source);
        make_folders(self.disk.as_ref(), &self.root).map_err(fail)?;
        let file = File::create(self.root.join(".writer.lock")).map_err(fail)?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(WriterLock { _file: file }),
                Err(TryLockError::WouldBlock) if waited < wait => {
                    tokio::time::sleep(PAUSE).await;
                    waited += PAUSE;
                }
                Err(TryLockError::WouldBlock) => return Err(LakeError::Locked(self.root.clone())),
                Err(TryLockError::Error(source)) => return Err(fail(source)),
            }
        }
    }
}
