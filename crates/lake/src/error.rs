//! What can go wrong, by what the caller does next.

use std::error::Error;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use datafusion::error::DataFusionError;
use deltalake::DeltaTableError;

/// A lake that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// Another process writes to the lake: wait or come back later.
    #[error(
        "the lake {0} is being written by another process; run the command again later, or with --wait SECONDS"
    )]
    Locked(PathBuf),
    /// Another process works off the batch of the lake: wait or come back later.
    #[error(
        "another `milepost run` works on the lake {0}; run the command again later, or with --wait SECONDS"
    )]
    BatchLocked(PathBuf),
    /// Somebody wrote to a table while this process did, in spite of the lock: come back later.
    #[error(
        "the table `{table}` of the lake {lake} was written by another program meanwhile; run the command again"
    )]
    Conflict {
        /// Directory of the lake.
        lake: PathBuf,
        /// Table in question.
        table: String,
    },
    /// The directory can't be used: choose another or mend its permissions.
    #[error("failed to use the directory {path}: {source}")]
    Directory {
        /// Directory in question.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no room: free some, or raise the quota.
    #[error(
        "the disk with the lake {lake} is full ({source}); make room and run the command again: what was written before is whole"
    )]
    Full {
        /// Directory of the lake.
        lake: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The directory may be read only.
    #[error(
        "the lake {lake} can't be written ({source}); make it writable, or give another with --lake"
    )]
    ReadOnly {
        /// Directory of the lake.
        lake: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What is on disk is not what was written: nothing is computed from it.
    #[error(
        "{table} is damaged: {path}: {problem}; `milepost doctor --lake {lake}` says more, and with --repair mends what it can"
    )]
    Damaged {
        /// Directory of the lake.
        lake: PathBuf,
        /// Table in question; `lake.json` for the lake's own file.
        table: String,
        /// File, or folder, in question.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Nobody knows any more what was delivered: decide whether it may come twice.
    #[error(
        "{0} is damaged, which says what reports were delivered; restore it, or remove it: then the reports that are due are delivered again"
    )]
    Delivered(PathBuf),
    /// The lake was written by a later version: get that one.
    #[error(
        "the lake {lake} has format {format}, written by Milepost {written_by}; this version reads format 1: use that version or a later one"
    )]
    Newer {
        /// Directory of the lake.
        lake: PathBuf,
        /// Its format.
        format: u32,
        /// Version of Milepost that wrote it.
        written_by: String,
    },
    /// The lake was written by an earlier version: bring it up to date.
    #[error(
        "the lake {lake} has format {format} of an earlier version; `milepost lake migrate --lake {lake}` brings it up to date"
    )]
    Older {
        /// Directory of the lake.
        lake: PathBuf,
        /// Its format.
        format: u32,
    },
    /// A table on disk could not be read or written.
    #[error("failed to {doing} the table `{table}`: {source}")]
    Table {
        /// Table in question.
        table: String,
        /// `read`, `create`, `write` or `commit to`.
        doing: &'static str,
        /// What the storage format said.
        source: Box<DeltaTableError>,
    },
    /// Columns on disk are not those that this version knows.
    #[error("the table `{table}` {problem}")]
    Schema {
        /// Table in question.
        table: String,
        /// What differs, and what to do.
        problem: String,
    },
    /// A query over the lake failed.
    #[error("failed to read the lake: {0}")]
    Query(#[from] DataFusionError),
    /// Rows could not be put together: a fault of the program.
    #[error("failed to merge rows: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
}

impl LakeError {
    pub(crate) fn table(
        table: &str,
        doing: &'static str,
    ) -> impl FnOnce(DeltaTableError) -> LakeError {
        let table = table.to_owned();
        move |source| LakeError::Table { table, doing, source: Box::new(source) }
    }

    /// `path` is the table's folder or lies in it, or is the lake's own file.
    pub(crate) fn damaged(table: &str, path: &Path, problem: impl Into<String>) -> LakeError {
        let within = path.ancestors().find(|folder| folder.ends_with(table)).unwrap_or(path);
        LakeError::Damaged {
            lake: within.parent().unwrap_or(path).to_owned(),
            table: table.to_owned(),
            path: path.to_owned(),
            problem: problem.into(),
        }
    }

    /// A write into the lake that the system refused.
    pub(crate) fn unwritable(lake: &Path, source: std::io::Error) -> LakeError {
        let lake = lake.to_owned();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                LakeError::Full { lake, source }
            }
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => {
                LakeError::ReadOnly { lake, source }
            }
            _ => LakeError::Directory { path: lake, source },
        }
    }

    /// The same error, but where the system is behind it in its own words.
    pub(crate) fn with_cause(self, lake: &Path) -> LakeError {
        let LakeError::Table { source, .. } = &self else {
            return self;
        };
        let Some(cause) = system_error(source.as_ref()) else {
            return self;
        };
        match LakeError::unwritable(lake, cause) {
            LakeError::Directory { .. } => self,
            told => told,
        }
    }

    /// True where trying again can't help: no room, no right.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, LakeError::Full { .. } | LakeError::ReadOnly { .. })
    }
}

/// What the system said, however deep it lies in an error.
fn system_error(error: &(dyn Error + 'static)) -> Option<std::io::Error> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(code) =
            error.downcast_ref::<std::io::Error>().and_then(std::io::Error::raw_os_error)
        {
            return Some(std::io::Error::from_raw_os_error(code));
        }
        // An `io::Error` that wraps another error leaves it out of its chain.
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}
