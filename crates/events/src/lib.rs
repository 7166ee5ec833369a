//! The vocabulary that writers and readers of the lake share.
//!
//! Every table is one row type in [`tables`]: its fields are the columns, their doc comments are
//! the columns' documentation, and the Arrow schema is derived from both, so that it is stated
//! once. This crate reads and writes nothing.
//!
//! Suffixes carry the unit: `_at` an instant in UTC, `_on` a civil date, `_seconds` whole
//! seconds, `_ratio` 0 to 1, `_count` a number of things, `_id` text. A name without a suffix has
//! no unit.

mod batch;
mod field_sources;
pub mod persons;
mod provenance;
mod table;
pub mod tables;

pub use batch::{CommitFileColumns, EventError, answer, batch};
pub use field_sources::FieldSources;
pub use provenance::{Basis, Provenance};
pub use table::{
    DERIVED_FROM, Kind, Row, Table, allowed_words, column_doc, table, tables_by_contract,
};
