use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// A person, bot or AI agent. Never shown in reports.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Person {
    /// Lasting id.
    pub person_id: String,
    /// Name.
    pub name: Option<String>,
    /// Human, bot or AI agent; NULL where not known.
    pub kind: Option<PersonKind>,
    /// Role, such as `engineer` or `manager`; NULL where not known.
    pub role: Option<String>,
    /// First day of work; NULL where not known.
    pub hired_on: Option<NaiveDate>,
    /// Last day of work; NULL while employed or not known.
    pub left_on: Option<NaiveDate>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for Person {
    const TABLE: &'static str = "people";
    const KEY: &'static [&'static str] = &["person_id"];
    const KIND: Kind = Kind::Fact;
    const IS_CATALOGUE: bool = true;
}

/// What stands behind an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PersonKind {
    /// A person.
    Human,
    /// An automation that writes changes on its own.
    Bot,
    /// An AI agent that works on a person's request.
    AiAgent,
}
