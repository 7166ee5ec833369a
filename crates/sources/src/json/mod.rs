//! Tables from the JSON that other tools export, by mappings.
//!
//! A [`Mapping`] is data: where in a document the records are, which of their values becomes
//! which column, and what the tool's words mean. A tool that is not known yet takes a file, not
//! code. What a mapping gives is completed and checked as rows of any file are.

mod convert;
mod functions;
mod mapping;
mod shipped;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use serde_json::Value;

pub(crate) use functions::of_text as instant_of;
pub use mapping::{Mapping, MappingError};
pub use shipped::names;

use crate::files::{FileContext, FilesError, TableFile, content, place};

/// Documents that can't be taken. Nothing of the whole call may be kept then.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// The file is no JSON: export it again.
    #[error("{path} is no JSON: {reason}; export it again")]
    Json {
        /// Path in question.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// There is nothing in the document that the mapping is about: another file or mapping is
    /// meant.
    #[error(
        "{path} has no records for the mapping `{mapping}`: {places} gives none; \
         it reads what `{export}` writes"
    )]
    NoRecords {
        /// Path in question.
        path: PathBuf,
        /// Name of the mapping.
        mapping: String,
        /// Where records were looked for.
        places: String,
        /// How the right file is made.
        export: String,
    },
    /// The file can't be read, or its rows can't be put together.
    #[error(transparent)]
    Files(#[from] FilesError),
}

/// What the records of one file became.
#[derive(Debug)]
pub struct Mapped {
    /// Rows of one table.
    pub file: TableFile,
    /// Records that the mapping leaves out, such as those that still run.
    pub left_out: usize,
}

/// Reads files, `-` for the standard input, each one JSON document or several one after the
/// other.
///
/// # Errors
/// Where a file can't be read, is no JSON, or holds nothing that the mapping is about.
pub fn read(
    paths: &[PathBuf],
    mapping: &Mapping,
    context: &FileContext,
) -> Result<Vec<Mapped>, JsonError> {
    let mut read = Vec::new();
    for path in paths {
        let documents = documents(path)?;
        read.extend(convert::convert(&place(path), &documents, mapping, context)?);
    }
    Ok(read)
}

fn documents(path: &Path) -> Result<Vec<Value>, JsonError> {
    let wrong = |reason: String| JsonError::Json { path: place(path), reason };
    let content = content(path)?;
    let documents = serde_json::Deserializer::from_slice(&content).into_iter::<Value>();
    let documents = documents.collect::<Result<Vec<_>, _>>();
    let documents = documents.map_err(|error| wrong(error.to_string()))?;
    if documents.is_empty() {
        return Err(wrong("it is empty".to_owned()));
    }
    Ok(documents)
}
