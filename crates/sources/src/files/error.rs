use std::io;
use std::path::PathBuf;

use arrow::error::ArrowError;

/// Files that can't be taken. Nothing of the whole call may be kept then.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The system refuses the file or folder: mend the path or its permissions.
    #[error("failed to read {path}: {source}")]
    Read {
        /// Path in question.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not what its name says: write it again, or name it otherwise.
    #[error("failed to read {path}: {reason}")]
    Format {
        /// File or folder in question.
        path: PathBuf,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The file's name is that of no table: rename it.
    #[error("{path} is named after no table, for there is no `{stem}`; nearest: {nearest}")]
    UnknownTable {
        /// File in question.
        path: PathBuf,
        /// Its name without the extension.
        stem: String,
        /// Nearest names that would do.
        nearest: String,
    },
    /// The table is Milepost's own: give the facts it is made from instead.
    #[error(
        "{path} is named after `{table}`, which Milepost writes itself; rename it, or leave it out"
    )]
    NotGiven {
        /// File in question.
        path: PathBuf,
        /// Table in question.
        table: &'static str,
    },
    /// The file has columns that the table does not: rename them or take them out.
    #[error("{path} has columns that `{table}` does not: {columns}")]
    UnknownColumn {
        /// File in question.
        path: PathBuf,
        /// Its table.
        table: &'static str,
        /// The columns, each with the nearest names that would do.
        columns: String,
    },
    /// The file lacks columns without which no row of it is complete: add them.
    #[error("{path} lacks {missing}; every row of `{table}` needs {needed}")]
    MissingColumn {
        /// File in question.
        path: PathBuf,
        /// Its table.
        table: &'static str,
        /// The columns it lacks.
        missing: String,
        /// All that the table needs.
        needed: String,
    },
    /// A column has a type that does not fit without loss: write it in another one.
    #[error("column `{column}` of {path} {reason}")]
    ColumnType {
        /// File in question.
        path: PathBuf,
        /// Column in question.
        column: String,
        /// What it holds, and what to write.
        reason: String,
    },
    /// Rows could not be put together: a fault of the program.
    #[error("failed to put the rows of {path} together: {source}")]
    Rows {
        /// File in question.
        path: PathBuf,
        /// What the column format said.
        source: ArrowError,
    },
}
