use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// A project that work is capitalized under. Provisional.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Project {
    /// Project.
    pub project_id: String,
    /// Name for people.
    pub name: Option<String>,
    /// Asset in the books.
    pub asset_id: Option<String>,
    /// Cost centre.
    pub cost_center: Option<String>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for Project {
    const TABLE: &'static str = "projects";
    const KEY: &'static [&'static str] = &["project_id"];
    const KIND: Kind = Kind::Fact;
}
