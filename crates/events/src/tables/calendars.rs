use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// A public holiday. Provisional.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Holiday {
    /// Country, ISO 3166 alpha-2.
    pub country: String,
    /// Day.
    pub holiday_on: NaiveDate,
    /// Holiday's name.
    pub name: Option<String>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for Holiday {
    const TABLE: &'static str = "calendars";
    const KEY: &'static [&'static str] = &["country", "holiday_on"];
    const KIND: Kind = Kind::Fact;
}
