//! Readers of upstream systems. Each one gives typed events, page after page, from a cursor on.
//!
//! This is the only code that sees repositories, networks and secrets. Parsing is kept in pure
//! functions apart from I/O, so that it can be tested without either. Nothing here knows the
//! lake or SQL, and nothing from a repository is ever executed.

pub mod adoption;
pub mod backstage;
pub mod cloudevents;
pub mod codeowners;
pub mod dated;
pub mod files;
#[cfg(test)]
mod fuzz;
pub mod git;
pub mod github;
pub mod gitops;
pub mod jira;
pub mod json;
mod kept;
mod network;
pub mod pagerduty;
mod records;
mod yaml;

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use chrono::{DateTime, Utc};
pub use kept::{Kept, KeptPage, ReadAgain};
use milepost_events::EventError;
pub use network::{Listener, Patience};
pub use records::Records;

/// An upstream that is read page by page.
pub trait Source {
    /// Stable name under which its cursor is kept, such as `git:github.com/sharkdp/fd`.
    fn name(&self) -> &str;

    /// The next page, or `None` at the end.
    ///
    /// # Errors
    /// Where the upstream can't be read. Of the read only what came with a cursor may be kept then.
    fn next_page(&mut self) -> Result<Option<Page>, SourceError>;

    /// False where nothing is learnt of what is upstream now.
    fn asks_upstream(&self) -> bool {
        true
    }

    /// Reads records again that were kept as they came, with the as-of instant at which they came.
    ///
    /// # Errors
    /// Where they are damaged, or of a source that keeps none.
    fn read_again(
        &self,
        form: &str,
        _body: &str,
        _observed_at: DateTime<Utc>,
    ) -> Result<Page, SourceError> {
        Err(SourceError::Upstream(format!("{} keeps no records of the form {form}", self.name())))
    }

    /// What the user should know of the read, once its last page was given.
    fn remarks(&self) -> Vec<Remark> {
        Vec::new()
    }
}

/// Something that the user of a read should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// One sentence: what, where, and what to do.
    pub text: String,
    /// True where something that was asked for is not there.
    pub is_gap: bool,
}

/// What one read gave.
#[derive(Debug, Default)]
pub struct Page {
    /// Rows for tables.
    pub writes: Vec<Write>,
    /// Records that are no rows, with the reason of each.
    pub refused: Vec<Refused>,
    /// The records as they came, where they can't be had again for free.
    pub raw: Option<RawPage>,
    /// How far the source is read once this page and those before are kept. `None` where a read
    /// that ends here must begin anew.
    pub cursor: Option<String>,
}

/// A record that is no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Table it was meant for.
    pub table: String,
    /// Why: what, where, and what was expected.
    pub reason: String,
    /// The record as it came.
    pub record: String,
}

/// Records as they came from a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawPage {
    /// Which shape they have.
    pub form: String,
    /// A JSON array of them.
    pub body: String,
}

/// Rows for one table and how they relate to what it holds.
#[derive(Debug)]
pub enum Write {
    /// Rows the source never gave before.
    Append(&'static str, RecordBatch),
    /// Rows that may be known already.
    Upsert(&'static str, RecordBatch),
    /// Rows of which those whose key is known already must stay as they are.
    Insert(&'static str, RecordBatch),
    /// All rows of this source in a part of the table: others it gave before are gone upstream.
    Complete {
        /// Table's name.
        table: &'static str,
        /// All rows.
        rows: RecordBatch,
        /// Source in their provenance.
        source: &'static str,
        /// The part.
        part: TablePart,
    },
}

/// A part of a table, told by a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TablePart {
    /// Rows that have this value there.
    Is(&'static str, String),
    /// Rows whose value there begins like this.
    Begins(&'static str, String),
}

/// A source whose rows are known beforehand.
pub struct OnePage {
    name: String,
    page: Option<Page>,
}

impl OnePage {
    /// The source of that name, which gives this page and no more.
    pub fn new(name: &str, page: Page) -> OnePage {
        OnePage { name: name.to_owned(), page: Some(page) }
    }
}

impl Source for OnePage {
    fn name(&self) -> &str {
        &self.name
    }

    fn next_page(&mut self) -> Result<Option<Page>, SourceError> {
        Ok(self.page.take())
    }
}

/// Told how many of how many steps are done.
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// An upstream that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The path is no repository: give another.
    #[error("{path} is no git repository, nor is a folder above it; give the path of one")]
    NoRepository {
        /// Path given.
        path: PathBuf,
    },
    /// The repository can't be opened as it is.
    #[error("failed to open the git repository at {path}: {reason}")]
    Open {
        /// Path given.
        path: PathBuf,
        /// What git's data said.
        reason: String,
    },
    /// The repository has no commit yet: there is nothing to measure.
    #[error(
        "the git repository at {path} has no commits yet; commit something, or give another path"
    )]
    Empty {
        /// Path given.
        path: PathBuf,
    },
    /// Another repository was read under this name before: give this one a name of its own.
    #[error(
        "{path} is another repository than the one read as `{repository_id}` before; name it with --repository"
    )]
    OtherRepository {
        /// Path given.
        path: PathBuf,
        /// Name that both would have.
        repository_id: String,
    },
    /// A tag pattern that can't be understood or matches no tag.
    #[error("{0}")]
    Pattern(String),
    /// A configuration repository that can't be read as one.
    #[error("{0}")]
    Configuration(String),
    /// A server that can't be asked, or does not answer as it should.
    #[error("{0}")]
    Upstream(String),
    /// An object can't be read: the repository is damaged or not complete.
    #[error(
        "failed to read {object} of the git repository at {path}: {reason}; `git fsck` tells more"
    )]
    Object {
        /// Path given.
        path: PathBuf,
        /// Object in question.
        object: String,
        /// What git's data said.
        reason: String,
    },
    /// Rows do not fit their table: a fault of the program.
    #[error(transparent)]
    Event(#[from] EventError),
    /// Columns could not be chosen from rows: a fault of the program.
    #[error("failed to put rows together: {0}")]
    Rows(#[from] arrow::error::ArrowError),
}
