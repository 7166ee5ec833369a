use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// A request for help to the platform team. Provisional.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SupportTicket {
    /// The help desk's id.
    pub ticket_id: String,
    /// Team that asked.
    pub team_id: Option<String>,
    /// Category.
    pub category: Option<String>,
    /// `simple` or `complex`.
    pub complexity: Option<String>,
    /// When it was opened; UTC.
    pub created_at: Option<DateTime<Utc>>,
    /// When it was closed; UTC. NULL while open.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for SupportTicket {
    const TABLE: &'static str = "support_tickets";
    const KEY: &'static [&'static str] = &["ticket_id"];
    const KIND: Kind = Kind::Fact;
}
