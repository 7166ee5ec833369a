//! Why an answer could not be written.

use std::io;

use arrow::error::ArrowError;
use parquet::errors::ParquetError;

/// Why an answer could not be written, split by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A word that names none of the valid choices: a usage error.
    #[error("failed to read {name:?} as {what}; choose one of {choices}")]
    UnknownName {
        /// What was to be named: "a format", "a unit".
        what: &'static str,
        /// The word given.
        name: String,
        /// The valid words, separated by commas.
        choices: String,
    },
    /// The output refused bytes. A closed pipe ends up here, and only here.
    #[error("failed to write the output: {0}")]
    Write(#[from] io::Error),
    /// A column's type, or a value in it, cannot be shown in the format asked for.
    #[error("failed to show the column `{column}`: {reason}")]
    Column {
        /// The column's name.
        column: String,
        /// What is wrong with it, and what to do where something can be done.
        reason: String,
    },
    /// Rows that do not fit their schema. Always a fault of the program.
    #[error("failed to encode the rows: {0}")]
    Encode(#[source] ArrowError),
    /// A figure could not be drawn.
    #[error("failed to draw the figure `{title}`: {reason}")]
    Figure {
        /// The figure's title.
        title: String,
        /// What the drawing library says.
        reason: String,
    },
    /// The page's template could not be filled in. Always a fault of the program.
    #[error("failed to fill in the page: {0}")]
    Template(#[from] minijinja::Error),
}

impl From<ArrowError> for ReportError {
    fn from(error: ArrowError) -> Self {
        match error {
            ArrowError::IoError(_, source) => ReportError::Write(source),
            other => ReportError::Encode(other),
        }
    }
}

impl From<ParquetError> for ReportError {
    fn from(error: ParquetError) -> Self {
        match error {
            ParquetError::External(source) => match source.downcast::<io::Error>() {
                Ok(source) => ReportError::Write(*source),
                Err(source) => ReportError::Encode(ArrowError::ExternalError(source)),
            },
            other => ReportError::Encode(other.into()),
        }
    }
}
