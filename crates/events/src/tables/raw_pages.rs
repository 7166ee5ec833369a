use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Row};

/// Records as a server sent them, so that they can be read again without asking for them again.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RawPage {
    /// Ingest that read them.
    pub run_id: String,
    /// Number among the run's pages, from 1.
    pub ordinal: i64,
    /// Source that read them, as in `ingest_runs`.
    pub source: String,
    /// Which shape they have, such as `graphql` or `rest`.
    pub form: String,
    /// As-of instant of the ingest; UTC.
    pub observed_at: DateTime<Utc>,
    /// A JSON array of the records.
    pub body: String,
}

impl Row for RawPage {
    const TABLE: &'static str = "raw_pages";
    const KEY: &'static [&'static str] = &["run_id", "ordinal"];
    const KIND: Kind = Kind::Ledger;
}
