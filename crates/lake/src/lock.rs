//! One writer at a time, and one scheduled batch.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
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

/// Held while a process works off a scheduled batch; freed as a [`WriterLock`] is.
#[derive(Debug)]
pub struct BatchLock {
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
        let file = self.hold(".writer.lock", wait, LakeError::Locked).await?;
        Ok(WriterLock { _file: file })
    }

    /// Takes the lock of scheduled batches, as [`lock`](Self::lock) does: who holds it may take the
    /// writer lock for one step after the other, and no other batch comes between them.
    ///
    /// # Errors
    /// [`LakeError::BatchLocked`] while another process holds it; otherwise as
    /// [`lock`](Self::lock).
    pub async fn lock_batch(&self, wait: Duration) -> Result<BatchLock, LakeError> {
        let file = self.hold(".batch.lock", wait, LakeError::BatchLocked).await?;
        Ok(BatchLock { _file: file })
    }

    async fn hold(
        &self,
        name: &str,
        wait: Duration,
        locked: impl Fn(PathBuf) -> LakeError,
    ) -> Result<File, LakeError> {
        let fail = |source| LakeError::unwritable(&self.root, source);
        make_folders(self.disk.as_ref(), &self.root).map_err(fail)?;
        let file = File::create(self.root.join(name)).map_err(fail)?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if waited < wait => {
                    tokio::time::sleep(PAUSE).await;
                    waited += PAUSE;
                }
                Err(TryLockError::WouldBlock) => return Err(locked(self.root.clone())),
                Err(TryLockError::Error(source)) => return Err(fail(source)),
            }
        }
    }
}
