//! The lake: one Delta table per table of the contract, below one directory.
//!
//! This is the only code that knows the storage format. A writer calls [`Lake::begin`], gives
//! batches, and [`Ingest::finish`]es with a cursor; readers get [`Lake::facts`], a schema whose
//! tables open when a query names them. A lake that does not exist reads as empty tables.
//!
//! Invariants:
//! - A key is in a table once. Writing the same rows again changes nothing.
//! - The cursor is written last. What an interrupted run left behind is recognised by its
//!   sequence number and written over, never doubled.
//! - Tables are created by the first write and their columns never change type.

mod delta;
mod derived;
mod error;
mod ingest;
mod lock;
mod merge;
mod schema;

use std::path::{Path, PathBuf};

pub use derived::{DerivedFrom, StoredDerived};
pub use error::LakeError;
pub use ingest::{Checkpoint, Ingest, Written};
pub use lock::WriterLock;
pub use merge::Whole;
pub use schema::FactSchema;

/// A lake in a directory, which need not exist yet.
#[derive(Debug, Clone)]
pub struct Lake {
    root: PathBuf,
}

impl Lake {
    /// The lake in that directory. Touches nothing.
    pub fn at(root: impl Into<PathBuf>) -> Lake {
        Lake { root: root.into() }
    }

    /// Its directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// True once something was written.
    pub fn exists(&self) -> bool {
        self.root.join("ingest_runs").is_dir()
    }
}
