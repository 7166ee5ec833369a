use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// One adoptable part of the platform. Provisional.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Capability {
    /// Capability.
    pub capability_id: String,
    /// Name for people.
    pub name: Option<String>,
    /// Golden paths it is part of.
    pub golden_path_ids: Option<Vec<String>>,
    /// Team that offers it.
    pub owner_team_id: Option<String>,
    /// First day it could be adopted.
    pub released_on: Option<NaiveDate>,
    /// First day it should not be adopted any more; NULL while supported.
    pub deprecated_on: Option<NaiveDate>,
    /// First day without it; NULL while it has no end.
    pub sunset_on: Option<NaiveDate>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for Capability {
    const TABLE: &'static str = "capabilities";
    const KEY: &'static [&'static str] = &["capability_id"];
    const KIND: Kind = Kind::Fact;
    const IS_CATALOGUE: bool = true;
}
