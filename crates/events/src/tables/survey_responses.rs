use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// One answer to one survey question. Provisional.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SurveyResponse {
    /// Survey.
    pub survey_id: String,
    /// Wave, such as `2026Q3`.
    pub wave: String,
    /// Salted hash, new for every survey: answers can't be followed from survey to survey.
    pub respondent_hash: String,
    /// Question.
    pub question_id: String,
    /// Team of the respondent then.
    pub team_id: Option<String>,
    /// Scale, such as `nps_0_10`, `csat_1_5` or `likert_1_5`.
    pub scale: Option<String>,
    /// Answer on that scale; NULL for "not applicable".
    pub score: Option<f64>,
    /// When it was given; UTC.
    pub answered_at: Option<DateTime<Utc>>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for SurveyResponse {
    const TABLE: &'static str = "survey_responses";
    const KEY: &'static [&'static str] = &["survey_id", "wave", "respondent_hash", "question_id"];
    const KIND: Kind = Kind::Fact;
}
