use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// A build result and the commit it was built from. Provisional.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Artifact {
    /// Content digest, such as `sha256:…`.
    pub artifact_digest: String,
    /// Name and tag it was pushed under.
    pub reference: Option<String>,
    /// Repository it was built from.
    pub repository_id: Option<String>,
    /// Commit it was built from.
    pub sha: Option<String>,
    /// When it was built; UTC.
    pub built_at: Option<DateTime<Utc>>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for Artifact {
    const TABLE: &'static str = "artifacts";
    const KEY: &'static [&'static str] = &["artifact_digest"];
    const KIND: Kind = Kind::Fact;
}
