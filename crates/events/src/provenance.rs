use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

/// Whether somebody recorded a fact or Milepost deduced it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Basis {
    /// A system or a person wrote it down when it happened.
    Recorded,
    /// Milepost deduced it from other facts, such as a deployment from a release tag.
    Inferred,
}

/// The columns that every fact has: where it came from and how far to trust it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Provenance {
    /// Source that gave the row, such as `git` or `files`.
    pub source: String,
    /// The vendor's own id; NULL where the key is that id or there is none.
    pub source_id: Option<String>,
    /// Page that shows it; NULL where there is none.
    pub source_url: Option<String>,
    /// As-of instant of the ingest that first saw the row as it is now; UTC.
    pub observed_at: DateTime<Utc>,
    /// When it was found deleted upstream; UTC. NULL while it exists.
    pub deleted_at: Option<DateTime<Utc>>,
    /// Recorded, or inferred by Milepost.
    pub basis: Basis,
}
