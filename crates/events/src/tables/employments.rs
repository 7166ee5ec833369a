use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// How a person was employed, and when. Provisional.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Employment {
    /// Person.
    pub person_id: String,
    /// First instant of the terms; UTC.
    pub valid_from: DateTime<Utc>,
    /// Number in the payroll.
    pub employee_id: Option<String>,
    /// `employee` or `contractor`.
    pub employment_type: Option<String>,
    /// Employing company.
    pub entity: Option<String>,
    /// Country of work, ISO 3166 alpha-2.
    pub country: Option<String>,
    /// Share of full time, 0 to 1.
    pub fte_ratio: Option<f64>,
    /// Cost centre.
    pub cost_center: Option<String>,
    /// First instant after the terms; UTC. NULL while they last.
    pub valid_to: Option<DateTime<Utc>>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for Employment {
    const TABLE: &'static str = "employments";
    const KEY: &'static [&'static str] = &["person_id", "valid_from"];
    const KIND: Kind = Kind::Fact;
}
