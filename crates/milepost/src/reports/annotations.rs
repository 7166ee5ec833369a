//! What the user says happened on which day, beside the numbers of that time.

use chrono::{Months, NaiveDate};
use milepost_report::page::{Cell, Column, Page, Point, Section, Table};

use crate::config::AnnotationConfig;
use crate::globals::Globals;

/// Months before the as-of that notes are shown of.
const MONTHS: u32 = 15;

/// Adds notes to the months that they are of, and lists them at the end.
pub(super) fn add(page: &mut Page, globals: &Globals) {
    let today = globals.as_of.with_timezone(&globals.zone).date_naive();
    let first = today.checked_sub_months(Months::new(MONTHS)).unwrap_or(today);
    let is_shown = |note: &&AnnotationConfig| first <= note.on && note.on <= today;
    let mut notes: Vec<&AnnotationConfig> =
        globals.config.annotation.iter().filter(is_shown).collect();
    if notes.is_empty() {
        return;
    }
    notes.sort_by_key(|note| note.on);
    for figure in page.sections.iter_mut().flat_map(|section| &mut section.figures) {
        for point in &mut figure.points {
            for note in &notes {
                if month(note.on) == point.label {
                    mark(point, note);
                }
            }
        }
    }
    let row = |note: &&AnnotationConfig| {
        vec![Cell::text(note.on.to_string()), Cell::text(note.text.clone())]
    };
    let columns = vec![Column::text("Day"), Column::text("What happened")];
    let table =
        Table { title: "Dated notes".to_owned(), columns, rows: notes.iter().map(row).collect() };
    page.sections.push(Section {
        name: "What happened".to_owned(),
        text: vec!["Dated by whoever keeps the configuration. That something came first does not make it the cause.".to_owned()],
        tables: vec![table],
        ..Section::default()
    });
}

fn month(day: NaiveDate) -> String {
    day.format("%Y-%m").to_string()
}

fn mark(point: &mut Point, note: &AnnotationConfig) {
    let text = format!("{}: {}", note.on, note.text);
    point.note = Some(match point.note.take() {
        Some(before) => format!("{before}; {text}"),
        None => text,
    });
}
