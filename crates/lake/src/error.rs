//! What can go wrong, by what the caller does next.

use std::path::PathBuf;

use datafusion::error::DataFusionError;
use deltalake::DeltaTableError;

/// A lake that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// Another process writes to the lake: wait or come back later.
    #[error("the lake {0} is being written by another process; wait for it to end")]
    Locked(PathBuf),
    /// The directory can't be used: choose another or mend its permissions.
    #[error("failed to use the directory {path}: {source}")]
    Directory {
        /// Directory in question.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
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
    /// Rows on disk do not have the columns this version knows.
    #[error(
        "the table `{table}` has a column `{column}` of another type than this version of Milepost writes"
    )]
    Schema {
        /// Table in question.
        table: String,
        /// First column that differs.
        column: String,
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
}
