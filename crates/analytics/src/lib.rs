//! From facts to numbers: attribution, the query catalogue, and the session that runs it.
//!
//! This crate knows no source and no storage. It is given a schema of fact tables (the lake's,
//! or one in memory) and opens a [`session()`](Analytics::session) in which the derived tables
//! and the views `metrics.NAME` stand beside them.
//!
//! Attribution decides in Rust which deployment first shipped each change
//! ([`attribution`]); the metrics after that are SQL, one file each, in `queries/`. What compares
//! metrics of two arms of services, with intervals and tests, is in [`statistics`]; what they say of
//! the need for a platform in [`readiness`].

pub mod allocation;
pub mod attribution;
pub mod capitalization;
mod catalogue;
mod columns;
pub mod comparison;
mod cores;
mod definition;
pub mod diagnosis;
mod dictionary;
pub mod effort;
mod interval;
pub mod readiness;
mod session;
pub mod statistics;
mod suppression;
mod trial;
mod windows;
mod wrapper;

use datafusion::error::DataFusionError;

pub use attribution::{Derived, derive};
pub use catalogue::{About, Catalogue, Coverage, Interval, Metric, Named};
pub use definition::{
    ChangeStart, ChangeUnit, Definition, DeploymentRule, FailRateDenominator, PRESETS,
    RecoveryStart, UnresolvedFallback, WeekStart, parse_duration,
};
pub use dictionary::{ColumnEntry, Dictionary, TableEntry, view_columns};
pub use interval::organization_interval;
pub use session::{Analytics, bare_session, facts_session, read_only};
pub use trial::{Trial, trial_script, trial_texts};
pub use windows::{Span, Window, WindowKind, Windows};

/// A question that could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum AnalyticsError {
    /// The definition holds a value that can't be used: mend the configuration.
    #[error("{0}")]
    Definition(String),
    /// A file of `queries/` breaks its rules: mend the file.
    #[error("the query file `{file}` {reason}")]
    Query {
        /// File in question.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The engine refused or failed.
    #[error(transparent)]
    Engine(#[from] DataFusionError),
    /// Rows could not be put together: a fault of the program.
    #[error("failed to build derived rows: {0}")]
    Rows(#[from] milepost_events::EventError),
    /// Columns could not be read as the types they should have.
    #[error("failed to read columns: {0}")]
    Columns(#[from] datafusion::arrow::error::ArrowError),
}
