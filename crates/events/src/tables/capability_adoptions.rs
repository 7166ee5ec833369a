use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// Dated evidence of a service's use of a capability. Provisional.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CapabilityAdoption {
    /// Service.
    pub service_id: String,
    /// Capability.
    pub capability_id: String,
    /// First instant of the status; UTC.
    pub valid_from: DateTime<Utc>,
    /// Status from then on.
    pub status: Option<AdoptionStatus>,
    /// Why it is so, for exemptions above all.
    pub reason: Option<String>,
    /// Adopted version; NULL where it has none.
    pub version: Option<String>,
    /// First instant after the status; UTC. NULL while it lasts.
    pub valid_to: Option<DateTime<Utc>>,
    /// What showed it, such as a path or a run.
    pub evidence: Option<String>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for CapabilityAdoption {
    const TABLE: &'static str = "capability_adoptions";
    const KEY: &'static [&'static str] = &["service_id", "capability_id", "valid_from"];
    const KIND: Kind = Kind::Fact;
}

/// How a service stands to a capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum AdoptionStatus {
    /// It uses the capability.
    Adopted,
    /// It uses part of it.
    Partial,
    /// It does the same in its own way.
    OffRoad,
    /// It was allowed not to.
    Exempt,
}
