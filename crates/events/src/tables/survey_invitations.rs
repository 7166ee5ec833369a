use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// How many were asked: the denominator of a response rate. Provisional.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SurveyInvitation {
    /// Survey.
    pub survey_id: String,
    /// Wave.
    pub wave: String,
    /// Invited team.
    pub team_id: String,
    /// People invited.
    pub invited_count: Option<i64>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for SurveyInvitation {
    const TABLE: &'static str = "survey_invitations";
    const KEY: &'static [&'static str] = &["survey_id", "wave", "team_id"];
    const KIND: Kind = Kind::Fact;
}
