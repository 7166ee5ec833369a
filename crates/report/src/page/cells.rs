//! The page as rows: every value of its tables and figures with where it stands.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Page, Section, Table};

/// A value of a page.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CellRow {
    /// Section that it stands in; empty for the headline.
    pub section: String,
    /// Table or figure.
    pub title: String,
    /// Row of the table, or window of the figure.
    pub row: String,
    /// Column of the table; empty for figures.
    pub column: String,
    /// What a table says; `None` where it says that there is no data, and for figures.
    pub text: Option<String>,
    /// What a figure shows, in `unit`; `None` where there is no data, and for tables.
    pub value: Option<f64>,
    /// Unit of the value.
    pub unit: Option<String>,
    /// How many facts a figure's value rests on.
    pub sample_size: Option<i64>,
    /// Remark, such as why there is no data.
    pub note: Option<String>,
}

/// All values of a page, from top to bottom.
pub fn cells(page: &Page) -> Vec<CellRow> {
    let mut rows = Vec::new();
    of_table(&mut rows, "", &page.headline);
    page.sections.iter().for_each(|section| of_section(&mut rows, section));
    rows
}

fn of_section(rows: &mut Vec<CellRow>, section: &Section) {
    section.tables.iter().for_each(|table| of_table(rows, &section.name, table));
    for figure in &section.figures {
        rows.extend(figure.points.iter().map(|point| CellRow {
            section: section.name.clone(),
            title: figure.title.clone(),
            row: point.label.clone(),
            column: String::new(),
            text: None,
            value: point.measured(),
            unit: Some(figure.unit.name().to_owned()),
            sample_size: point.sample_size,
            note: point.note.clone(),
        }));
    }
}

fn of_table(rows: &mut Vec<CellRow>, section: &str, table: &Table) {
    for (number, row) in table.rows.iter().enumerate() {
        // Several rows may have the same name.
        let name = row.first().and_then(|cell| cell.text.clone());
        let name = name.unwrap_or_else(|| (number + 1).to_string());
        rows.extend(row.iter().zip(&table.columns).skip(1).map(|(cell, column)| CellRow {
            section: section.to_owned(),
            title: table.title.clone(),
            row: name.clone(),
            column: column.title.clone(),
            text: cell.text.clone(),
            value: None,
            unit: None,
            sample_size: None,
            note: cell.note.clone(),
        }));
    }
}
