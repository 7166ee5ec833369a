//! A report as one value, and the formats that it is written in: HTML in one file that needs
//! nothing else, Markdown, JSON, and rows.
//!
//! The HTML has no script and fetches nothing, so it prints, previews in mail and opens from a disk.
//! Every figure is a drawing and the table of its data; what is missing is a gap with its
//! reason, never a zero. The same [`Page`] gives the same bytes.

mod cells;
mod chart;
mod markdown;
mod measured;
mod preview;
mod render;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::units::Unit;

pub use cells::{CellRow, cells};
pub use markdown::render as markdown;
pub use measured::{Measured, measured};
pub use render::render;

/// Changes with the shape of [`Page`] as JSON.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything the page shows. Texts may come from anywhere: they are escaped when rendered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Page {
    /// The main heading, such as the repository's name.
    pub title: String,
    /// One line below it.
    pub subtitle: String,
    /// The instant up to which events count.
    pub as_of: DateTime<Utc>,
    /// The zone the windows are cut in, by its IANA name.
    pub timezone: String,
    /// The options of the definition and their values.
    pub definition: Vec<(String, String)>,
    /// The hash of the definition.
    pub definition_id: String,
    /// The version of Milepost.
    pub version: String,
    /// What was read: names and values, such as the head and how many commits and tags.
    pub sources: Vec<(String, String)>,
    /// What was inferred and what is missing, a sentence each.
    pub sentences: Vec<String>,
    /// The numbers in short.
    pub headline: Table,
    /// What follows, part by part.
    pub sections: Vec<Section>,
    /// Commands to go on with, ready to be pasted.
    pub commands: Vec<String>,
}

/// A table of texts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// Its heading.
    pub title: String,
    /// The columns from left to right; the first one names the row.
    pub columns: Vec<Column>,
    /// The rows, a cell per column.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// What it is called.
    pub title: String,
    /// True where the cells are numbers, which line up on their right.
    pub is_number: bool,
}

impl Column {
    /// A column of words.
    pub fn text(title: impl Into<String>) -> Column {
        Column { title: title.into(), is_number: false }
    }

    /// A column of numbers.
    pub fn number(title: impl Into<String>) -> Column {
        Column { title: title.into(), is_number: true }
    }
}

/// A cell of a [`Table`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// What it says. `None` reads "no data".
    pub text: Option<String>,
    /// A remark in small below it, such as the sample size or why there is no data. `None` where
    /// there is nothing to add.
    pub note: Option<String>,
    /// The value of a metric that it shows; `None` for all other cells.
    #[serde(skip)]
    pub measured: Option<Measured>,
    /// Path on the same server that its text leads to; a page in a file has none.
    #[serde(skip)]
    pub path: Option<String>,
}

impl Cell {
    /// A cell that says this and no more.
    pub fn text(text: impl Into<String>) -> Cell {
        Cell { text: Some(text.into()), note: None, measured: None, path: None }
    }

    /// A cell without data, and the reason.
    pub fn no_data(reason: impl Into<String>) -> Cell {
        Cell { text: None, note: Some(reason.into()), measured: None, path: None }
    }

    /// The same cell with a remark.
    #[must_use]
    pub fn with_note(self, note: impl Into<String>) -> Cell {
        Cell { note: Some(note.into()), ..self }
    }

    /// The same cell, which leads to a path of the same server, such as `/reports/dora`.
    #[must_use]
    pub fn to(self, path: impl Into<String>) -> Cell {
        Cell { path: Some(path.into()), ..self }
    }

    /// The same cell, which shows that value.
    #[must_use]
    pub fn of(self, measured: Measured) -> Cell {
        Cell { measured: Some(measured), ..self }
    }
}

/// A part of a page.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Section {
    /// Its heading, such as a service's name.
    pub name: String,
    /// What is to be said, a sentence or two each.
    pub text: Vec<String>,
    /// Its tables.
    pub tables: Vec<Table>,
    /// Its figures, in the order they are read.
    pub figures: Vec<Figure>,
}

/// A metric over time, drawn and as a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figure {
    /// What is shown, such as "Deployment frequency".
    pub title: String,
    /// The question it answers.
    pub question: String,
    /// The unit of the values. The page chooses how it is told.
    pub unit: Unit,
    /// One sentence with the finding; also what a screen reader says instead of the drawing.
    pub summary: String,
    /// How it is drawn.
    pub kind: FigureKind,
    /// The values in the order of time.
    pub points: Vec<Point>,
}

/// How a [`Figure`] is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureKind {
    /// A bar per window: for what adds up, such as a frequency.
    Bars,
    /// A line with a dot per window, broken where there is no data: for medians and ratios.
    Line,
}

/// One window of a [`Figure`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// The window's name, such as "2026-03". Short ones fit below the axis.
    pub label: String,
    /// The value in the figure's unit. `None` (and what is not finite) where there is no data.
    pub value: Option<f64>,
    /// How many facts the value rests on. `None` where that is hidden.
    pub sample_size: Option<i64>,
    /// True where the window is not over yet, or was cut.
    pub is_provisional: bool,
    /// Why there is no value, or a remark on it. `None` where there is nothing to say.
    pub note: Option<String>,
    /// The same value with what it is of; `None` where that is not known.
    #[serde(skip)]
    pub measured: Option<Measured>,
}

#[cfg(test)]
mod tests;
