//! The user's own reports, and dated notes.

use chrono::NaiveDate;
use milepost_report::units::Unit;
use schemars::JsonSchema;
use serde::Deserialize;

use super::day;
use crate::reports::Report;

/// A report of the user's own: queries, charts and text.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageConfig {
    /// Its name for `report` and `[[report]]`: letters, digits and `-`.
    pub(crate) name: String,
    /// Heading.
    pub(crate) title: String,
    /// Sentences at the top.
    #[serde(default)]
    pub(crate) text: Vec<String>,
    /// What it shows, in order.
    pub(crate) part: Vec<PartConfig>,
}

/// A part of such a report.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartConfig {
    /// Heading.
    pub(crate) title: String,
    /// Sentences below it.
    #[serde(default)]
    pub(crate) text: Vec<String>,
    /// Query that only reads, whose rows are a table.
    #[serde(default)]
    pub(crate) query: Option<String>,
    /// Drawing of the rows.
    #[serde(default)]
    pub(crate) chart: Option<ChartConfig>,
}

/// A drawing of a query's rows, in their order.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChartConfig {
    /// Column of the labels, such as a window.
    pub(crate) label: String,
    /// Column of the values.
    pub(crate) value: String,
    /// Column of the sample sizes.
    pub(crate) sample_size: String,
    /// Unit of the values: seconds, ratio, count, count_per_day, score or cost.
    pub(crate) unit: String,
    /// `bars` for what adds up, else a line.
    #[serde(default)]
    pub(crate) bars: bool,
}

/// Something that happened on a day, to be read beside the numbers.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnnotationConfig {
    /// Day.
    #[serde(deserialize_with = "needed")]
    #[schemars(with = "NaiveDate")]
    pub(crate) on: NaiveDate,
    /// What happened.
    pub(crate) text: String,
}

fn needed<'de, D: serde::Deserializer<'de>>(from: D) -> Result<NaiveDate, D::Error> {
    day(from)?.ok_or_else(|| serde::de::Error::custom("a day is needed, such as 2026-01-31"))
}

impl PageConfig {
    fn check(&self) -> Result<(), String> {
        let name = &self.name;
        match name.parse::<Report>()? {
            Report::Own(_) => {}
            ours => {
                return Err(format!(
                    "the report `{ours}` is Milepost's own; name the `[[page]]` otherwise"
                ));
            }
        }
        if self.part.is_empty() {
            return Err(format!("the `[[page]]` `{name}` shows nothing; add a `[[page.part]]`"));
        }
        for part in &self.part {
            let Some(chart) = &part.chart else { continue };
            if part.query.is_none() {
                return Err(format!(
                    "`{}` of the `[[page]]` `{name}` has a chart of no query",
                    part.title
                ));
            }
            chart.unit().map_err(|unit| {
                let known: Vec<&str> = Unit::ALL.iter().map(|unit| unit.name()).collect();
                format!(
                    "`{unit}` of the `[[page]]` `{name}` is no unit; there are {}",
                    known.join(", ")
                )
            })?;
        }
        Ok(())
    }
}

impl ChartConfig {
    /// # Errors
    /// The word, where it is no unit.
    pub(crate) fn unit(&self) -> Result<Unit, String> {
        self.unit.parse().map_err(|_| self.unit.clone())
    }
}

/// What the types alone can't say of pages.
///
/// # Errors
/// What is wrong, in words.
pub(super) fn check(pages: &[PageConfig]) -> Result<(), String> {
    for (at, page) in pages.iter().enumerate() {
        page.check()?;
        if pages[..at].iter().any(|other| other.name == page.name) {
            return Err(format!("two pages are named `{}`; rename one", page.name));
        }
    }
    Ok(())
}

/// The page that a report is; `None` for one of ours.
///
/// # Errors
/// Where there is no such page.
pub(crate) fn known<'a>(
    pages: &'a [PageConfig],
    report: &Report,
) -> Result<Option<&'a PageConfig>, String> {
    let Report::Own(name) = report else { return Ok(None) };
    pages.iter().find(|page| page.name == *name).map(Some).ok_or_else(|| {
        let ours = Report::OURS;
        let names =
            ours.iter().map(Report::name).chain(pages.iter().map(|page| page.name.as_str()));
        format!("there is no report `{name}`; there are {}", names.collect::<Vec<_>>().join(", "))
    })
}
