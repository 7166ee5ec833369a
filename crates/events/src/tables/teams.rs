use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// A team. Teams form a tree.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Team {
    /// Team.
    pub team_id: String,
    /// Name for people.
    pub name: Option<String>,
    /// Team above; NULL at the top.
    pub parent_team_id: Option<String>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for Team {
    const TABLE: &'static str = "teams";
    const KEY: &'static [&'static str] = &["team_id"];
    const KIND: Kind = Kind::Fact;
    const IS_CATALOGUE: bool = true;
}
