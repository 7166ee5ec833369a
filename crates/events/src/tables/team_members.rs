use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// Who was in which team, and when.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TeamMember {
    /// Team.
    pub team_id: String,
    /// Member.
    pub person_id: String,
    /// First instant of the membership; UTC. 1970-01-01 for those who are in the first snapshot of
    /// a team: when they joined nobody knows, and they are taken to have been in it before.
    pub valid_from: DateTime<Utc>,
    /// First instant after it; UTC. NULL while it lasts.
    pub valid_to: Option<DateTime<Utc>>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for TeamMember {
    const TABLE: &'static str = "team_members";
    const KEY: &'static [&'static str] = &["team_id", "person_id", "valid_from"];
    const KIND: Kind = Kind::Fact;
    const IS_CATALOGUE: bool = true;
}
