use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// A day, or part of one, that a person was away. Provisional.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Absence {
    /// Person.
    pub person_id: String,
    /// Day.
    pub absent_on: NaiveDate,
    /// Share of the day, 0 to 1.
    pub fraction: Option<f64>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for Absence {
    const TABLE: &'static str = "absences";
    const KEY: &'static [&'static str] = &["person_id", "absent_on"];
    const KIND: Kind = Kind::Fact;
}
