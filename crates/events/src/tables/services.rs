use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// A deployed unit that is measured: one row of the catalogue.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Service {
    /// Name that every table uses.
    pub service_id: String,
    /// Name for people.
    pub name: Option<String>,
    /// Criticality tier; NULL where the catalogue has none.
    pub tier: Option<String>,
    /// Main language; NULL where the catalogue has none.
    pub language: Option<String>,
    /// `experimental`, `production` or `deprecated`; NULL where the catalogue has none.
    pub lifecycle: Option<String>,
    /// System it is part of; NULL where the catalogue has none.
    pub system: Option<String>,
    /// Clouds it runs on; NULL where not recorded.
    pub clouds: Option<Vec<String>>,
    /// Compliance regimes it is under; NULL where not recorded.
    pub compliance_tags: Option<Vec<String>>,
    /// When it was created; UTC.
    pub created_at: Option<DateTime<Utc>>,
    /// When it went live; UTC. NULL means since its first counted deployment.
    pub production_since: Option<DateTime<Utc>>,
    /// When it was switched off; UTC. NULL while live.
    pub retired_at: Option<DateTime<Utc>>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for Service {
    const TABLE: &'static str = "services";
    const KEY: &'static [&'static str] = &["service_id"];
    const KIND: Kind = Kind::Fact;
    const IS_CATALOGUE: bool = true;
}
