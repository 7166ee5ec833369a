use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// An impairment of a service.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Incident {
    /// The incident tool's id.
    pub incident_id: String,
    /// Impaired service; one row per service.
    pub service_id: String,
    /// Normalised environment; NULL means production.
    pub environment: Option<String>,
    /// Severity in the tool's own word.
    pub severity: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// When users began to feel it; UTC. NULL where nobody recorded it.
    pub impact_started_at: Option<DateTime<Utc>>,
    /// When it was noticed; UTC.
    pub detected_at: Option<DateTime<Utc>>,
    /// When the record was opened; UTC.
    pub created_at: Option<DateTime<Utc>>,
    /// When someone took it on; UTC.
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// When users stopped feeling it; UTC. NULL where nobody recorded it.
    pub mitigated_at: Option<DateTime<Utc>>,
    /// When it was closed; UTC. NULL while open.
    pub resolved_at: Option<DateTime<Utc>>,
    /// What caused it; NULL where nobody said.
    pub cause: Option<Cause>,
    /// Deployment that caused it; NULL where nobody linked one.
    pub caused_by_deployment_id: Option<String>,
    /// True for a bug users met; NULL where nobody said.
    pub is_user_facing_bug: Option<bool>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for Incident {
    const TABLE: &'static str = "incidents";
    const KEY: &'static [&'static str] = &["incident_id", "service_id"];
    const KIND: Kind = Kind::Fact;
}

/// What caused an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Cause {
    /// A change to the service.
    Change,
    /// Something outside the service.
    External,
    /// Load, quota or hardware.
    Capacity,
    /// Looked for and not found.
    Unknown,
}
