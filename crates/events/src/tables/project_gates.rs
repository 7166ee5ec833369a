use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// A dated decision that opens or closes capitalization. Append-only. Provisional.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProjectGate {
    /// Project.
    pub project_id: String,
    /// `authorized`, `probable`, `uncertainty_resolved`, `preliminary_completed`,
    /// `ready_for_use`, `cancelled`, or one of the six of IAS 38.
    pub gate: String,
    /// When it was decided; UTC.
    pub decided_at: DateTime<Utc>,
    /// Day from which it holds; NULL where the decision withdraws it.
    pub fulfilled_on: Option<NaiveDate>,
    /// Who decided.
    pub approved_by: Option<String>,
    /// Where the decision is written down.
    pub evidence_url: Option<String>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for ProjectGate {
    const TABLE: &'static str = "project_gates";
    const KEY: &'static [&'static str] = &["project_id", "gate", "decided_at"];
    const KIND: Kind = Kind::Fact;
}
