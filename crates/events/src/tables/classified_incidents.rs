use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Incident, LinkMethod};
use crate::{Kind, Row};

/// An incident with the deployment it was linked to, and what of it counts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ClassifiedIncident {
    /// All of the incident.
    #[serde(flatten)]
    pub incident: Incident,
    /// When it began: `impact_started_at`, else `detected_at`, else `created_at`; UTC.
    pub began_at: Option<DateTime<Utc>>,
    /// True where metrics count it: in production, severe enough, its times not contradictory.
    pub is_counted: bool,
    /// Why not: `not_production`, `below_min_severity`, `start_unknown` or
    /// `resolved_before_opened`; NULL where it is counted.
    pub exclusion_reason: Option<String>,
    /// Deployment of its service that it shows to have failed; NULL where none was linked.
    pub linked_deployment_id: Option<String>,
    /// How the link was found; NULL without one.
    pub link_method: Option<LinkMethod>,
    /// `resolved_at` less `began_at`, whole seconds; NULL while it is open and where that is
    /// negative.
    pub time_to_restore_seconds: Option<i64>,
    /// What to know before trusting it, sorted; empty where nothing is odd.
    pub quality_flags: Vec<String>,
    /// Hash of the definition it was derived under.
    pub definition_id: String,
}

impl Row for ClassifiedIncident {
    const TABLE: &'static str = "classified_incidents";
    const KEY: &'static [&'static str] = &["incident_id", "service_id"];
    const KIND: Kind = Kind::Derived;
}
