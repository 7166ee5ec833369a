//! Formats that a report is written in.

use clap::ValueEnum;
use milepost_report::page::{self, Page, SCHEMA_VERSION};
use milepost_report::rows::{Format, write_rows};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Report;
use crate::exit::Failure;

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Written {
    /// One page that needs nothing else.
    Html,
    /// Text with tables.
    Markdown,
    /// The page as a value.
    Json,
    /// A row for each value.
    Csv,
}

impl Written {
    /// What names of its files end in.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Written::Html => "html",
            Written::Markdown => "md",
            Written::Json => "json",
            Written::Csv => "csv",
        }
    }

    /// What browsers are told that its files are.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Written::Html => "text/html; charset=utf-8",
            Written::Markdown => "text/markdown; charset=utf-8",
            Written::Json => "application/json",
            Written::Csv => "text/csv; charset=utf-8",
        }
    }

    /// The page in this format.
    ///
    /// # Errors
    /// Where it can't be written so.
    pub(crate) fn text(self, report: &Report, page: &Page) -> Result<String, Failure> {
        match self {
            Written::Html => Ok(page::render(page)?),
            Written::Markdown => Ok(page::markdown(page)),
            Written::Json => json(report, page),
            Written::Csv => csv(page),
        }
    }
}

fn json(report: &Report, page: &Page) -> Result<String, Failure> {
    let fail = |error| Failure::failed("failed to write the report", error);
    let page = serde_json::to_value(page).map_err(fail)?;
    let whole = serde_json::json!({
        "schema_version": SCHEMA_VERSION, "report": report.name(), "page": page
    });
    Ok(serde_json::to_string_pretty(&whole).map_err(fail)? + "\n")
}

fn csv(page: &Page) -> Result<String, Failure> {
    let rows = milepost_events::answer(&page::cells(page))
        .map_err(|error| Failure::failed("failed to put rows together", error))?;
    let mut bytes = Vec::new();
    write_rows(&mut bytes, &rows.schema(), &[rows], Format::Csv)?;
    String::from_utf8(bytes).map_err(|error| Failure::failed("failed to write the report", error))
}
