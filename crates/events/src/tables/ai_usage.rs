use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// A person's day with an AI tool. Provisional.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AiUsage {
    /// Person.
    pub person_id: String,
    /// Day, as the tool's vendor cuts it.
    pub used_on: NaiveDate,
    /// Tool.
    pub tool: String,
    /// True where they used it at all.
    pub is_active: Option<bool>,
    /// Prompts and requests.
    pub interactions_count: Option<i64>,
    /// Accepted suggestions.
    pub acceptances_count: Option<i64>,
    /// Lines the tool added: usage, never output.
    pub lines_added_count: Option<i64>,
    /// Cost in `currency`, in its major unit; NULL where the vendor does not say.
    pub cost: Option<f64>,
    /// ISO 4217 code of the cost.
    pub currency: Option<String>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for AiUsage {
    const TABLE: &'static str = "ai_usage";
    const KEY: &'static [&'static str] = &["person_id", "used_on", "tool"];
    const KIND: Kind = Kind::Fact;
}
