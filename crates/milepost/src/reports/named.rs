//! Which report is meant: one of ours, or a page of the configuration.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};

/// A report that can be asked for, on the command line and in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Report {
    /// The five metrics of DORA: last quarter against the one before, by month and by team.
    Dora,
    /// Who uses the platform: golden paths, self-service, support, satisfaction.
    Adoption,
    /// Services on a golden path against those on none, and before against after.
    GoldenPath,
    /// One page to say aloud: six numbers, what changed, and a worth by your own assumptions.
    Value,
    /// The quarterly assessment of the need for a platform, with the guide's targets.
    Readiness,
    /// What working time went to, toil, and the use of AI.
    Allocation,
    /// What is missing or contradictory in the data, and why metrics are empty.
    DataQuality,
    /// A `[[page]]` of the configuration.
    Own(String),
}

impl Report {
    /// All of ours, in the order in which they are read.
    pub(crate) const OURS: [Report; 7] = [
        Report::Dora,
        Report::Adoption,
        Report::GoldenPath,
        Report::Value,
        Report::Readiness,
        Report::Allocation,
        Report::DataQuality,
    ];

    /// Its name on the command line and in names of files.
    pub(crate) fn name(&self) -> &str {
        match self {
            Report::Dora => "dora",
            Report::Adoption => "adoption",
            Report::GoldenPath => "golden-path",
            Report::Value => "value",
            Report::Readiness => "readiness",
            Report::Allocation => "allocation",
            Report::DataQuality => "data-quality",
            Report::Own(name) => name,
        }
    }
}

impl Report {
    /// What it says, in a few words; a page of the configuration has a title of its own.
    pub(crate) fn says(&self) -> &'static str {
        match self {
            Report::Dora => "The five metrics of DORA, by month and by team",
            Report::Adoption => {
                "Who uses the platform: golden paths, self-service, support, satisfaction"
            }
            Report::GoldenPath => "Services on a golden path against those on none",
            Report::Value => "Six numbers to say aloud, and what changed",
            Report::Readiness => "The quarterly assessment of the need for a platform",
            Report::Allocation => "What working time went to, toil, and the use of AI",
            Report::DataQuality => "What is missing or contradictory, and why metrics are empty",
            Report::Own(_) => "",
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for Report {
    type Err = String;

    fn from_str(name: &str) -> Result<Report, String> {
        if let Some(ours) = Report::OURS.into_iter().find(|report| report.name() == name) {
            return Ok(ours);
        }
        // It names files and folders.
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !is_plain || name.is_empty() || name.len() > 60 {
            return Err(format!(
                "`{name}` is no name of a report; letters, digits and `-` make one, such as payments-weekly"
            ));
        }
        Ok(Report::Own(name.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Report {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Report, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Report {
    fn schema_name() -> Cow<'static, str> {
        "Report".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}
