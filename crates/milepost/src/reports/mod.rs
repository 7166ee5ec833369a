//! Reports: answers gathered into one page each, which `milepost_report` writes in any format.

mod adoption;
mod allocation;
mod annotations;
mod data_quality;
mod dora;
mod gather;
mod golden_path;
mod named;
mod own;
mod publication;
mod readiness;
mod value;
mod written;

use milepost_report::page::{Page, Section, Table};

use crate::answer;
use crate::config::known_page;
use crate::exit::Failure;
use crate::globals::Globals;
pub(crate) use named::Report;
pub(crate) use publication::Publication;
pub(crate) use written::Written;

impl Report {
    /// Gathers what it shows.
    ///
    /// # Errors
    /// Where the lake can't be read.
    pub(crate) async fn page(&self, globals: &Globals) -> Result<Page, Failure> {
        let own = known_page(&globals.config.page, self).map_err(Failure::Usage)?;
        answer::warn_without_lake(globals, &globals.lake);
        let content = match self {
            Report::Dora => dora::content(globals).await?,
            Report::Adoption => adoption::content(globals).await?,
            Report::GoldenPath => golden_path::content(globals).await?,
            Report::Value => value::content(globals).await?,
            Report::Readiness => readiness::content(globals).await?,
            Report::Allocation => allocation::content(globals).await?,
            Report::DataQuality => data_quality::content(globals).await?,
            Report::Own(_) => match own {
                Some(page) => own::content(globals, page).await?,
                None => return Err(Failure::Failed(format!("there is no report `{self}`"))),
            },
        };
        let definition = &globals.definition;
        let mut page = Page {
            title: content.title,
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
        };
        annotations::add(&mut page, globals);
        Ok(page)
    }
}

/// What a report shows of its own.
struct Content {
    title: String,
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
