//! The report as a self-contained page.

use milepost_lake::Lake;
use milepost_report::page::{
    Cell, Column, Figure, FigureKind, Page, Point, Section, Table, render as write,
};
use milepost_report::units::{Unit, count};

use super::overview::Row;
use super::text::{cell, commands, reason, sentences};
use super::{Measurement, Overview};
use crate::exit::Failure;
use crate::globals::Globals;

/// # Errors
/// Where a figure can't be drawn.
pub(crate) fn render(
    globals: &Globals,
    overview: &Overview,
    lake: &Lake,
) -> Result<String, Failure> {
    let counts = &overview.counts;
    let page = Page {
        title: overview.repository_id.clone(),
        subtitle: "DORA metrics from plain git history".to_owned(),
        as_of: globals.as_of,
        timezone: globals.definition.timezone.clone(),
        definition: globals.definition.options(),
        definition_id: globals.definition.id(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        sources: vec![
            ("Branch".to_owned(), counts.branch.clone()),
            ("Head".to_owned(), counts.head.clone()),
            ("Commits".to_owned(), count(counts.commits)),
            ("Deployments".to_owned(), count(counts.deployments)),
            ("Pull requests".to_owned(), count(counts.pull_requests)),
        ],
        sentences: sentences(overview),
        headline: headline(overview),
        sections: overview
            .services
            .iter()
            .map(|(name, rows)| Section {
                name: name.clone(),
                figures: figures(rows),
                ..Section::default()
            })
            .collect(),
        commands: commands(overview, lake),
    };
    Ok(write(&page)?)
}

fn headline(overview: &Overview) -> Table {
    // The page is called as a repository that is one service.
    let has_services = overview.services.len() > 1;
    let mut columns = Vec::new();
    if has_services {
        columns.push(Column::text("Service"));
    }
    columns.push(Column::text("Metric"));
    columns.extend(overview.spans.iter().map(|span| Column::number(span.clone())));
    let rows = overview
        .services
        .iter()
        .flat_map(|(service, rows)| {
            rows.iter().map(move |row| {
                let mut cells = Vec::new();
                if has_services {
                    cells.push(Cell::text(service.clone()));
                }
                cells.push(Cell::text(row.title.clone()));
                cells.extend(row.spans.iter().map(|measurement| {
                    match cell(&row.unit, measurement) {
                        (Some(value), note) => Cell::text(value).with_note(note),
                        (None, reason) => Cell::no_data(reason),
                    }
                }));
                cells
            })
        })
        .collect();
    Table { title: "In short".to_owned(), columns, rows }
}

fn figures(rows: &[Row]) -> Vec<Figure> {
    rows.iter()
        .filter_map(|row| {
            let unit: Unit = row.unit.parse().ok()?;
            let kind = match unit {
                Unit::CountPerDay => FigureKind::Bars,
                _ => FigureKind::Line,
            };
            Some(Figure {
                title: format!("{}, by month", row.title),
                question: row.question.clone(),
                unit,
                summary: summary(row, unit),
                kind,
                points: row.months.iter().map(point).collect(),
            })
        })
        .collect()
}

fn point(measurement: &Measurement) -> Point {
    Point {
        label: measurement.start_on.get(..7).unwrap_or(&measurement.start_on).to_owned(),
        value: measurement.value,
        sample_size: Some(measurement.sample_size),
        is_provisional: measurement.is_provisional,
        note: measurement.reason.as_deref().map(reason),
        measured: None,
    }
}

fn summary(row: &Row, unit: Unit) -> String {
    let with_value: Vec<&Measurement> =
        row.months.iter().filter(|month| month.value.is_some()).collect();
    let Some(last) = with_value.last() else {
        let why = row.months.last().and_then(|month| month.reason.as_deref()).unwrap_or("no_data");
        return format!("No month has data: {}.", reason(why));
    };
    let samples: i64 = row.months.iter().map(|month| month.sample_size).sum();
    format!(
        "{} of {} months have data (n={} in all); the latest, {}, shows {}.",
        with_value.len(),
        row.months.len(),
        count(samples),
        last.start_on.get(..7).unwrap_or(&last.start_on),
        unit.text(last.value.unwrap_or_default()),
    )
}
