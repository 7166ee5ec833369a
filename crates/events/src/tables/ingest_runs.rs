use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Row};

/// One ingest that changed something. Written last: a source without its row here is read
/// again.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct IngestRun {
    /// `<source>/<sequence>`.
    pub run_id: String,
    /// The run's as-of instant; UTC.
    pub started_at: DateTime<Utc>,
    /// The run's as-of instant: the clock is read once; UTC.
    pub finished_at: DateTime<Utc>,
    /// What was read, such as `git:github.com/sharkdp/fd`.
    pub source: String,
    /// How far it was read, as JSON; NULL for sources that have no cursor.
    pub cursor: Option<String>,
    /// Rows added or changed over all tables.
    pub rows_count: i64,
    /// Records refused.
    pub rejected_count: i64,
    /// Milepost version that wrote it.
    pub version: String,
}

impl Row for IngestRun {
    const TABLE: &'static str = "ingest_runs";
    const KEY: &'static [&'static str] = &["run_id"];
    const KIND: Kind = Kind::Ledger;
}
