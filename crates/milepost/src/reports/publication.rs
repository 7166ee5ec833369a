//! Published reports: what each one showed is kept in the lake, and the next one of that name says
//! what of it reads otherwise since, and why.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use milepost_analytics::WindowKind;
use milepost_events::{Kind, tables_by_contract};
use milepost_lake::Lake;
use milepost_report::page::{Cell, Column, Measured, Page, Section, Table, measured};
use milepost_report::units::{Unit, count};
use serde::{Deserialize, Serialize};

use super::Report;
use super::gather::{described, label};
use crate::exit::Failure;
use crate::globals::Globals;

/// Changes with the shape of [`Shown`].
const SCHEMA_VERSION: u32 = 1;
/// Tables that say whose a service is.
const OWNERSHIP: [&str; 2] = ["service_owners", "services"];
/// Restated values that a page lists; it says how many there are.
const MOST_ROWS: usize = 50;

/// What a report is about to show, on its way into the lake.
pub(crate) struct Publication {
    shown: Shown,
}

/// What a published report showed.
#[derive(Debug, Serialize, Deserialize)]
struct Shown {
    schema_version: u32,
    report: String,
    as_of: DateTime<Utc>,
    /// When it was due; `None` for one that somebody asked for.
    due_at: Option<DateTime<Utc>>,
    timezone: String,
    definition_id: String,
    /// Versions of the tables that it rests on.
    tables: BTreeMap<String, u64>,
    values: Vec<Measured>,
}

/// A value that reads otherwise than it was published.
struct Restated<'a> {
    then: &'a Measured,
    now: &'a Measured,
}

impl Publication {
    /// The page with what was restated since the last published one of that name, and what is to
    /// be kept of it. A report that is delivered once more for the same `due_at` is compared with
    /// the same earlier one.
    ///
    /// # Errors
    /// Where the lake can't be read.
    pub(crate) fn after_last(
        globals: &Globals,
        report: &Report,
        mut page: Page,
        due_at: Option<DateTime<Utc>>,
    ) -> Result<(Page, Publication), Failure> {
        let now = Shown {
            schema_version: SCHEMA_VERSION,
            report: report.name().to_owned(),
            as_of: page.as_of,
            due_at,
            timezone: page.timezone.clone(),
            definition_id: page.definition_id.clone(),
            tables: globals.lake.versions()?,
            values: measured(&page),
        };
        // Where no value of a metric was shown there is nothing to compare.
        let then = last_before(&globals.lake, &now)?.filter(|then| !then.values.is_empty());
        if let Some(then) = then {
            page.sections.push(section(globals, &then, &now)?);
        }
        Ok((page, Publication { shown: now }))
    }

    /// Keeps what was shown.
    ///
    /// # Errors
    /// Where the lake can't be written.
    pub(crate) fn keep(&self, lake: &Lake) -> Result<(), Failure> {
        let text = serde_json::to_string(&self.shown)
            .map_err(|error| Failure::failed("failed to publish the report", error))?;
        Ok(lake.publish(&self.shown.report, &(text + "\n"))?)
    }
}

/// The last published report of the same name that this one follows upon.
fn last_before(lake: &Lake, now: &Shown) -> Result<Option<Shown>, Failure> {
    for path in lake.published(&now.report)?.iter().rev() {
        let then = read(path).map_err(|why| {
            Failure::Failed(format!(
                "failed to read the published report {}: {why}; restore it, or remove it to compare with an earlier one",
                path.display()
            ))
        })?;
        let is_same = now.due_at.is_some() && then.due_at == now.due_at;
        if !is_same && then.as_of <= now.as_of {
            return Ok(Some(then));
        }
    }
    Ok(None)
}

fn read(path: &Path) -> Result<Shown, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

fn section(globals: &Globals, then: &Shown, now: &Shown) -> Result<Section, Failure> {
    let restated = restated(then, now);
    let why = cause(then, now);
    let mut rows = Vec::new();
    for Restated { then, now } in restated.iter().take(MOST_ROWS) {
        rows.push(vec![
            Cell::text(described(globals, &now.metric)?.title),
            Cell::text(subject(now)),
            Cell::text(window(now)),
            said(then),
            said(now),
            Cell::text(why),
        ]);
    }
    let columns = vec![
        Column::text("Metric"),
        Column::text("Of"),
        Column::text("Window"),
        Column::number("Published"),
        Column::number("Now"),
        Column::text("Why"),
    ];
    let as_of = then.as_of.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut text = vec![match restated.len() {
        0 => format!("What was published as of {as_of} reads the same now."),
        1 => format!("1 value that was published as of {as_of} reads otherwise now."),
        more => format!("{more} values that were published as of {as_of} read otherwise now."),
    }];
    if restated.len() > MOST_ROWS {
        text.push(format!("The first {MOST_ROWS} of them are listed."));
    }
    let table = Table { title: "Published values that changed".to_owned(), columns, rows };
    let since = then.as_of.with_timezone(&globals.zone).date_naive();
    Ok(Section {
        name: format!("Restated since {since}"),
        text,
        tables: if restated.is_empty() { Vec::new() } else { vec![table] },
        ..Section::default()
    })
}

/// Values of windows that were over then and read otherwise now.
fn restated<'a>(then: &'a Shown, now: &'a Shown) -> Vec<Restated<'a>> {
    let final_ones = now.values.iter().filter(|value| !value.is_provisional);
    final_ones
        .filter_map(|now| {
            let then = then.values.iter().find(|then| then.is_of_same(now))?;
            let is_restated = !then.is_provisional && !reads_the_same(then, now);
            is_restated.then_some(Restated { then, now })
        })
        .collect()
}

fn reads_the_same(then: &Measured, now: &Measured) -> bool {
    let is_same_value = match (then.value, now.value) {
        (None, None) => true,
        // Text does not keep the last bit of every number.
        (Some(then), Some(now)) => (then - now).abs() <= 1e-12 * then.abs().max(now.abs()),
        _ => false,
    };
    is_same_value && then.sample_size == now.sample_size
}

/// Why values changed, as far as versions tell.
fn cause(then: &Shown, now: &Shown) -> &'static str {
    if then.definition_id != now.definition_id {
        return "definition";
    }
    let is_changed = |name: &str| then.tables.get(name) != now.tables.get(name);
    let mut facts = tables_by_contract()
        .iter()
        .filter(|table| table.kind == Kind::Fact && !OWNERSHIP.contains(&table.name));
    match OWNERSHIP.iter().any(|name| is_changed(name)) && !facts.any(|one| is_changed(one.name)) {
        true => "ownership",
        false => "late data",
    }
}

fn subject(value: &Measured) -> String {
    match value.subject_kind.as_str() {
        "organization" => "the organization".to_owned(),
        kind => format!("{kind} {}", value.subject_id),
    }
}

fn window(value: &Measured) -> String {
    let kind = WindowKind::ALL.into_iter().find(|kind| kind.name() == value.window_kind);
    kind.map_or_else(
        || value.window_start_on.to_string(),
        |kind| label(value.window_start_on, kind),
    )
}

fn said(value: &Measured) -> Cell {
    let unit = value.unit.parse::<Unit>();
    let cell = match (value.value, unit) {
        (Some(value), Ok(unit)) => Cell::text(unit.text(value)),
        (Some(value), Err(_)) => Cell::text(value.to_string()),
        (None, _) => Cell { text: None, note: None, measured: None, path: None },
    };
    match value.sample_size {
        Some(size) => cell.with_note(format!("n={}", count(size))),
        None => cell.with_note("sample size hidden"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(definition: &str, tables: &[(&str, u64)], values: Vec<Measured>) -> Shown {
        Shown {
            schema_version: SCHEMA_VERSION,
            report: "dora".to_owned(),
            as_of: DateTime::UNIX_EPOCH,
            due_at: None,
            timezone: "UTC".to_owned(),
            definition_id: definition.to_owned(),
            tables: tables.iter().map(|(name, version)| ((*name).to_owned(), *version)).collect(),
            values,
        }
    }

    fn value(value: Option<f64>, sample_size: i64, is_provisional: bool) -> Measured {
        Measured {
            metric: "change_lead_time".to_owned(),
            subject_kind: "organization".to_owned(),
            subject_id: "organization".to_owned(),
            window_kind: "quarter".to_owned(),
            window_start_on: chrono::NaiveDate::default(),
            unit: "seconds".to_owned(),
            value,
            sample_size: Some(sample_size),
            is_provisional,
        }
    }

    #[test]
    fn a_value_is_restated_where_it_or_its_sample_changed_and_its_window_was_over() {
        let then = value(Some(60.0), 2, false);
        for (now, is_restated) in [
            (value(Some(60.0), 2, false), false),
            (value(Some(60.000_000_000_000_01), 2, false), false),
            (value(Some(61.0), 2, false), true),
            (value(Some(60.0), 3, false), true),
            (value(None, 0, false), true),
            (value(Some(61.0), 2, true), false),
        ] {
            let (then, now) = (shown("d", &[], vec![then.clone()]), shown("d", &[], vec![now]));
            assert_eq!(!restated(&then, &now).is_empty(), is_restated, "{:?}", now.values);
        }
        let then = shown("d", &[], vec![value(Some(60.0), 2, true)]);
        let now = shown("d", &[], vec![value(Some(61.0), 2, false)]);
        assert!(restated(&then, &now).is_empty(), "the window was not over then");
    }

    #[test]
    fn the_definition_explains_first_then_ownership_alone_then_late_data() {
        let then = shown("d", &[("deployments", 3), ("service_owners", 1)], Vec::new());
        for (definition, tables, expected) in [
            ("e", [("deployments", 4), ("service_owners", 2)], "definition"),
            ("d", [("deployments", 3), ("service_owners", 2)], "ownership"),
            ("d", [("deployments", 4), ("service_owners", 2)], "late data"),
            ("d", [("deployments", 3), ("service_owners", 1)], "late data"),
        ] {
            assert_eq!(cause(&then, &shown(definition, &tables, Vec::new())), expected);
        }
    }
}
