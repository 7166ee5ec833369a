//! The lake: one Delta table per table of the contract, below one directory.
//!
//! This is the only code that knows the storage format. A writer calls [`Lake::begin`], gives
//! batches, and [`Ingest::finish`]es with a cursor; readers get [`Lake::facts`], a schema whose
//! tables open when a query names them. A lake that does not exist reads as empty tables.
//!
//! Invariants:
//! - A key is in a table once. Writing the same rows again changes nothing.
//! - What a successful call wrote is on the disk ([`Disk`]), and readers see it from then on:
//!   `lake.json` names the version of every table, all of one moment.
//! - The cursor is written last. What an interrupted run left behind is recognised by its
//!   sequence number and written over, never doubled.
//! - Nothing is computed from a table whose log or files are not what was written.
//! - Tables are created by the first write and their columns never change type.

mod checksum;
mod delivered;
mod delta;
mod derived;
mod disk;
mod doctor;
mod error;
mod fields;
mod files;
mod forget;
mod ingest;
mod intake;
mod lock;
mod log;
mod maintain;
mod merge;
mod migrate;
mod open;
mod published;
mod repair;
mod schema;
mod seen;
mod spool;
mod state;
mod store;
mod values;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use checksum::Verified;
pub use delivered::Delivery;
pub use derived::DerivedFrom;
pub use disk::{Disk, SystemDisk};
pub use doctor::{Finding, Remedy};
pub use error::LakeError;
pub use files::StoredFile;
pub use forget::Forgot;
pub use ingest::{Checkpoint, Ingest, Written};
pub use intake::Intake;
pub use lock::{BatchLock, WriterLock};
pub use maintain::Maintained;
pub use merge::{TablePart, Whole};
pub use migrate::Migrated;
pub use repair::{Mended, Repair};
pub use schema::FactSchema;
pub use spool::{Spool, SpooledPage};
pub use values::Values;

/// A lake in a directory, which need not exist yet.
#[derive(Debug, Clone)]
pub struct Lake {
    root: PathBuf,
    disk: Arc<dyn Disk>,
    verified: Verified,
}

impl Lake {
    /// The lake in that directory. Touches nothing.
    pub fn at(root: impl Into<PathBuf>) -> Lake {
        Lake::on(root, Arc::new(SystemDisk))
    }

    /// The lake in that directory of another disk than the system's.
    pub fn on(root: impl Into<PathBuf>, disk: Arc<dyn Disk>) -> Lake {
        let root = root.into();
        // A relative place such as `a:b` would be read as an address.
        let root = std::path::absolute(&root).unwrap_or(root);
        Lake { root, disk, verified: Verified::default() }
    }

    /// Its directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// True once something was written.
    pub fn exists(&self) -> bool {
        self.state_path().is_file() || self.has_tables()
    }
}
