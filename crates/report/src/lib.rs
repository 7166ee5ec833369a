//! Answers become text: rows in six formats, the page that `quickstart` writes, and units.
//!
//! Whoever calls hands over finished values; nothing here queries, computes a metric, prints,
//! reads the environment or knows the time. The same input gives the same bytes. Units become
//! text here and nowhere else, see [`units`].

#![forbid(unsafe_code)]

mod error;
pub mod page;
pub mod rows;
pub mod sheet;
pub mod units;
mod visible;

pub use error::ReportError;
pub use visible::lines as plain;
pub use visible::one_line as plain_line;
