use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Row};

/// A record that could not be read, kept as it came.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RejectedRecord {
    /// Ingest that met it.
    pub run_id: String,
    /// Its number among the run's rejected records, from 1.
    pub ordinal: i64,
    /// Table it was meant for; empty where it names none.
    pub table_name: String,
    /// Why it was refused: what, where, what to do.
    pub reason: String,
    /// The record as it came.
    pub record: String,
}

impl Row for RejectedRecord {
    const TABLE: &'static str = "rejected_records";
    const KEY: &'static [&'static str] = &["run_id", "ordinal"];
    const KIND: Kind = Kind::Ledger;
}
