//! Reports: answers gathered into one page each, which `milepost_report` writes in any format.

mod adoption;
mod allocation;
mod data_quality;
mod dora;
mod gather;
mod golden_path;
mod publication;
mod readiness;
mod value;
mod written;

use milepost_report::page::{Page, Section, Table};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::answer;
use crate::exit::Failure;
use crate::globals::Globals;
pub(crate) use publication::Publication;
pub(crate) use written::Written;

/// A report that can be asked for, on the command line and in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Report {
    /// The five metrics of DORA: last quarter against the one before, by month and by team
    Dora,
    /// Who uses the platform: golden paths, self-service, support, satisfaction
    Adoption,
    /// Services on a golden path against those on none, and before against after
    GoldenPath,
    /// One page to say aloud: six numbers, what changed, and a worth by your own assumptions
    Value,
    /// The quarterly assessment of the need for a platform, with the guide's targets
    Readiness,
    /// What working time went to, toil, and the use of AI
    Allocation,
    /// What is missing or contradictory in the data, and why metrics are empty
    DataQuality,
}

impl Report {
    /// All of them, in the order in which they are read.
    pub(crate) const ALL: [Report; 7] = [
        Report::Dora,
        Report::Adoption,
        Report::GoldenPath,
        Report::Value,
        Report::Readiness,
        Report::Allocation,
        Report::DataQuality,
    ];

    /// Its name on the command line and in names of files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Report::Dora => "dora",
            Report::Adoption => "adoption",
            Report::GoldenPath => "golden-path",
            Report::Value => "value",
            Report::Readiness => "readiness",
            Report::Allocation => "allocation",
            Report::DataQuality => "data-quality",
        }
    }

    /// Gathers what it shows.
    ///
    /// # Errors
    /// Where the lake can't be read.
    pub(crate) async fn page(self, globals: &Globals) -> Result<Page, Failure> {
        answer::warn_without_lake(globals, &globals.lake);
        let content = match self {
            Report::Dora => dora::content(globals).await?,
            Report::Adoption => adoption::content(globals).await?,
            Report::GoldenPath => golden_path::content(globals).await?,
            Report::Value => value::content(globals).await?,
            Report::Readiness => readiness::content(globals).await?,
            Report::Allocation => allocation::content(globals).await?,
            Report::DataQuality => data_quality::content(globals).await?,
        };
        let definition = &globals.definition;
        Ok(Page {
            title: content.title.to_owned(),
            subtitle: content.subtitle,
            as_of: globals.as_of,
            timezone: definition.timezone.clone(),
            definition: definition.options(),
            definition_id: definition.id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            sources: gather::sources(globals).await?,
            sentences: content.sentences,
            headline: content.headline,
            sections: content.sections,
            commands: content.commands,
        })
    }
}

/// What a report shows of its own.
struct Content {
    title: &'static str,
    subtitle: String,
    /// What the numbers rest on, and what is missing.
    sentences: Vec<String>,
    headline: Table,
    sections: Vec<Section>,
    /// Commands that show more.
    commands: Vec<String>,
}

/// A remark as a sentence.
fn sentence(remark: &str) -> String {
    let mut letters = remark.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
