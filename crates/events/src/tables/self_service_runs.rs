use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// One use of a self-service action. Provisional.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SelfServiceRun {
    /// The portal's id.
    pub run_id: String,
    /// Action used.
    pub action_id: Option<String>,
    /// What it was used on.
    pub target: Option<String>,
    /// Capability it belongs to.
    pub capability_id: Option<String>,
    /// Who used it.
    pub person_id: Option<String>,
    /// Their team then.
    pub team_id: Option<String>,
    /// Service it was for.
    pub service_id: Option<String>,
    /// When it was asked for; UTC.
    pub requested_at: Option<DateTime<Utc>>,
    /// When it ended; UTC. NULL while running.
    pub finished_at: Option<DateTime<Utc>>,
    /// How it ended, in the portal's word.
    pub outcome: Option<String>,
    /// True where someone had to help.
    pub is_human_assisted: Option<bool>,
    /// Ticket it led to; NULL where none.
    pub ticket_id: Option<String>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for SelfServiceRun {
    const TABLE: &'static str = "self_service_runs";
    const KEY: &'static [&'static str] = &["run_id"];
    const KIND: Kind = Kind::Fact;
}
