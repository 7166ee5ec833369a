//! The few things the lake needs of a disk to write durably.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Result, Seek, SeekFrom, Write};
use std::path::Path;

/// Writing, step by step. The system's disk is one; tests put one in its place that fails, lies
/// or loses at a crash whatever was not synced.
pub trait Disk: Debug + Send + Sync + 'static {
    /// Told before a file is read or a folder listed.
    ///
    /// # Errors
    /// Where it can't be read.
    fn reads(&self, path: &Path) -> Result<()>;

    /// Makes one folder, whose parent exists.
    ///
    /// # Errors
    /// Where it can't be made; not where it is there already.
    fn make_folder(&self, path: &Path) -> Result<()>;

    /// Writes bytes at a place of a file. A write at 0 begins the file anew.
    ///
    /// # Errors
    /// Where not all of them could be written.
    fn write_at(&self, path: &Path, offset: u64, bytes: &[u8]) -> Result<()>;

    /// Waits until a file's content, or a folder's list of names, is on the disk.
    ///
    /// # Errors
    /// Where the disk does not take it.
    fn sync(&self, path: &Path) -> Result<()>;

    /// Gives a file another name as well.
    ///
    /// # Errors
    /// Where the name is taken, among others.
    fn link(&self, from: &Path, to: &Path) -> Result<()>;

    /// Gives a file another name, taking it from whatever had it.
    ///
    /// # Errors
    /// Where there is no such file, among others.
    fn rename(&self, from: &Path, to: &Path) -> Result<()>;

    /// Takes a file away.
    ///
    /// # Errors
    /// Where there is no such file, among others.
    fn remove(&self, path: &Path) -> Result<()>;
}

/// The disk as the system offers it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn reads(&self, _: &Path) -> Result<()> {
        Ok(())
    }

    fn make_folder(&self, path: &Path) -> Result<()> {
        match fs::create_dir(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            made => made,
        }
    }

    fn write_at(&self, path: &Path, offset: u64, bytes: &[u8]) -> Result<()> {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(offset == 0).open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        file.write_all(bytes)
    }

    fn sync(&self, path: &Path) -> Result<()> {
        File::open(path)?.sync_all()
    }

    fn link(&self, from: &Path, to: &Path) -> Result<()> {
        fs::hard_link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> Result<()> {
        fs::remove_file(path)
    }
}

/// Makes a folder with all above it, each of them on the disk when this returns.
///
/// # Errors
/// Where one of them can't be made.
pub(crate) fn make_folders(disk: &dyn Disk, path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        make_folders(disk, parent)?;
    }
    disk.make_folder(path)?;
    disk.sync(parent.unwrap_or(Path::new(".")))
}

/// Writes a whole file so that after a crash it is there as a whole or not at all.
///
/// # Errors
/// Where the disk refuses a step. [`ErrorKind::AlreadyExists`] where `is_new` and the name is
/// taken.
pub(crate) fn write_whole(
    disk: &dyn Disk,
    path: &Path,
    chunks: &[impl AsRef<[u8]>],
    is_new: bool,
) -> Result<()> {
    let staged = staged(path);
    let mut offset = 0;
    let written = chunks.iter().try_for_each(|chunk| {
        let chunk = chunk.as_ref();
        let at = offset;
        offset += chunk.len() as u64;
        disk.write_at(&staged, at, chunk)
    });
    // A file without a chunk is a file all the same.
    let written = written.and_then(|()| match chunks.is_empty() {
        true => disk.write_at(&staged, 0, &[]),
        false => Ok(()),
    });
    written.and_then(|()| settle(disk, &staged, path, is_new)).inspect_err(|_| {
        // What is left of it is in nobody's way.
        drop(disk.remove(&staged));
    })
}

/// Puts a staged file in its place, content first.
///
/// # Errors
/// As [`write_whole`].
pub(crate) fn settle(disk: &dyn Disk, staged: &Path, path: &Path, is_new: bool) -> Result<()> {
    disk.sync(staged)?;
    if is_new {
        disk.link(staged, path)?;
        // The commit stands whether or not its other name goes.
        drop(disk.remove(staged));
    } else {
        disk.rename(staged, path)?;
    }
    match path.parent() {
        Some(folder) => disk.sync(folder),
        None => Ok(()),
    }
}

/// Where a file is written before it gets its name. Object stores on disks pass over names that
/// end in `#` and digits, and no two processes share a number.
pub(crate) fn staged(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!("#{}", std::process::id()));
    name.into()
}

/// True for the name of a file that a process left staged when it ended.
pub(crate) fn is_staged(name: &str) -> bool {
    name.rsplit_once('#').is_some_and(|(_, digits)| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}
