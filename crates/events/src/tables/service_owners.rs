use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// Which team owned a service, and when.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ServiceOwner {
    /// Owned service.
    pub service_id: String,
    /// Owning team.
    pub team_id: String,
    /// First instant of the ownership; UTC. 1970-01-01 for owners that the first snapshot of a
    /// service names: when they began nobody knows, and they are taken to have owned it before.
    pub valid_from: DateTime<Utc>,
    /// First instant after it; UTC. NULL while it lasts.
    pub valid_to: Option<DateTime<Utc>>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for ServiceOwner {
    const TABLE: &'static str = "service_owners";
    const KEY: &'static [&'static str] = &["service_id", "team_id", "valid_from"];
    const KIND: Kind = Kind::Fact;
    const IS_CATALOGUE: bool = true;
}
