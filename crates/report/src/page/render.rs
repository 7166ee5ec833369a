//! The page's template filled in.
//!
//! Every text is escaped by the template engine and cleared of characters that cannot be seen;
//! only the drawings, which escape their own labels, go in as they are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, HtmlEscape, UndefinedBehavior, escape_formatter};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::preview::preview;
use super::{Cell, Column, Figure, Page, Point, Section, Table, chart};
use crate::units::{self, Scale, Unit};
use crate::{ReportError, visible};

const TEMPLATE: &str = "page.html";
/// The style sheet. The page allows it, and no other style, by its hash.
const STYLE: &str = include_str!("../../templates/page.css");
const LONGEST_WORD: usize = 28;
pub(super) const NO_DATA: &str = "no data";

/// Renders the page as one HTML file.
///
/// # Errors
/// [`ReportError::Figure`] where a figure cannot be drawn, [`ReportError::Template`] where the
/// template is at fault.
pub fn render(page: &Page) -> Result<String, ReportError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    environment.set_syntax(syntax.build()?);
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() => Ok(out.write_str(&escaped(text))?),
        _ => escape_formatter(out, state, value),
    });
    environment.add_filter("code", code);
    environment.add_test("long", is_long);
    environment.add_template(TEMPLATE, include_str!("../../templates/page.html"))?;
    Ok(environment.get_template(TEMPLATE)?.render(Serde(PageView::of(page)?))?)
}

/// Escapes as the engine does, but leaves the slash alone: it ends nothing between quotes or tags,
/// and paths and rates stay findable in the file. A percent sign stays on the line of its number.
fn escaped(text: &str) -> String {
    let safe = HtmlEscape(&visible::lines(text)).to_string().replace("&#x2f;", "/");
    safe.replace(" %", "\u{a0}%")
}

/// True where a word is so long that a column can't be made wide enough for it.
fn is_long(text: &str) -> bool {
    text.split_whitespace().any(|word| word.chars().count() > LONGEST_WORD)
}

/// A text with what stands between backticks set as code. Escaped like any other.
fn code(text: &str) -> Value {
    let parts: Vec<&str> = text.split('`').collect();
    // A backtick without its partner is none of ours.
    if parts.len().is_multiple_of(2) {
        return Value::from(text);
    }
    let parts = parts.into_iter().enumerate().map(|(place, part)| match place % 2 {
        0 => escaped(part),
        _ => format!("<code>{}</code>", escaped(part)),
    });
    Value::from_safe_string(parts.collect())
}

#[derive(Serialize)]
struct PageView<'a> {
    style: Value,
    style_hash: Value,
    preview: String,
    title: &'a str,
    subtitle: &'a str,
    as_of: String,
    as_of_machine: String,
    timezone: &'a str,
    definition: &'a [(String, String)],
    definition_id: &'a str,
    version: &'a str,
    sources: &'a [(String, String)],
    sentences: &'a [String],
    headline: TableView<'a>,
    sections: Vec<SectionView<'a>>,
    commands: &'a [String],
}

#[derive(Serialize)]
struct TableView<'a> {
    title: &'a str,
    columns: Vec<ColumnView<'a>>,
    rows: Vec<Vec<CellView<'a>>>,
}

#[derive(Serialize)]
struct ColumnView<'a> {
    title: &'a str,
    is_number: bool,
}

#[derive(Serialize)]
struct CellView<'a> {
    /// What its column is called.
    label: &'a str,
    text: &'a str,
    is_missing: bool,
    is_empty: bool,
    is_number: bool,
    note: Option<&'a str>,
    path: Option<&'a str>,
}

#[derive(Serialize)]
struct SectionView<'a> {
    id: String,
    name: &'a str,
    text: &'a [String],
    is_empty: bool,
    tables: Vec<TableView<'a>>,
    figures: Vec<FigureView<'a>>,
}

#[derive(Serialize)]
struct FigureView<'a> {
    id: String,
    title: &'a str,
    question: &'a str,
    summary: &'a str,
    has_values: bool,
    reason: &'a str,
    has_provisional: bool,
    /// The attributes and the content of the drawing; empty where there is nothing to draw.
    attributes: Value,
    content: Value,
    points: Vec<PointView<'a>>,
}

#[derive(Serialize)]
struct PointView<'a> {
    label: &'a str,
    value: String,
    is_missing: bool,
    is_provisional: bool,
    sample_size: String,
    note: Option<&'a str>,
}

impl<'a> PageView<'a> {
    fn of(page: &'a Page) -> Result<PageView<'a>, ReportError> {
        let sections = page.sections.iter().enumerate();
        let sections = sections
            .map(|(place, section)| SectionView::of(section, format!("section-{}", place + 1)));
        Ok(PageView {
            style: Value::from_safe_string(STYLE.to_owned()),
            style_hash: Value::from_safe_string(STANDARD.encode(Sha256::digest(STYLE))),
            preview: preview(page),
            title: &page.title,
            subtitle: &page.subtitle,
            as_of: told(page.as_of),
            as_of_machine: page.as_of.format("%Y-%m-%dT%H:%M:%S%.fZ").to_string(),
            timezone: &page.timezone,
            definition: &page.definition,
            definition_id: &page.definition_id,
            version: &page.version,
            sources: &page.sources,
            sentences: &page.sentences,
            headline: TableView::of(&page.headline),
            sections: sections.collect::<Result<_, ReportError>>()?,
            commands: &page.commands,
        })
    }
}

impl<'a> SectionView<'a> {
    fn of(section: &'a Section, id: String) -> Result<SectionView<'a>, ReportError> {
        let figures = section.figures.iter().enumerate();
        let figures = figures
            .map(|(place, figure)| FigureView::of(figure, format!("{id}-figure-{}", place + 1)));
        Ok(SectionView {
            name: &section.name,
            text: &section.text,
            is_empty: section.text.is_empty()
                && section.tables.is_empty()
                && section.figures.is_empty(),
            tables: section.tables.iter().map(TableView::of).collect(),
            figures: figures.collect::<Result<_, _>>()?,
            id,
        })
    }
}

impl<'a> TableView<'a> {
    fn of(table: &'a Table) -> TableView<'a> {
        let columns = table.columns.iter();
        let rows = table.rows.iter().map(|row| {
            let cells = row.iter().enumerate();
            cells.map(|(place, cell)| CellView::of(cell, table.columns.get(place))).collect()
        });
        TableView {
            title: &table.title,
            columns: columns
                .map(|column| ColumnView { title: &column.title, is_number: column.is_number })
                .collect(),
            rows: rows.collect(),
        }
    }
}

impl<'a> CellView<'a> {
    fn of(cell: &'a Cell, column: Option<&'a Column>) -> CellView<'a> {
        CellView {
            label: column.map_or("", |column| &column.title),
            text: cell.text.as_deref().unwrap_or(NO_DATA),
            is_missing: cell.text.is_none(),
            is_empty: cell.text.as_deref() == Some("") && cell.note.is_none(),
            is_number: column.is_some_and(|column| column.is_number),
            note: cell.note.as_deref(),
            // Nothing but a path of the same server: no other place, and no script.
            path: cell
                .path
                .as_deref()
                .filter(|path| path.starts_with('/') && !path.starts_with("//")),
        }
    }
}

impl<'a> FigureView<'a> {
    fn of(figure: &'a Figure, id: String) -> Result<FigureView<'a>, ReportError> {
        let measured = || figure.points.iter().filter_map(Point::measured);
        let has_values = measured().next().is_some();
        let largest = measured().map(f64::abs).fold(0.0, f64::max);
        let scale = figure.unit.scale(largest);
        let (mut attributes, mut content) = (String::new(), String::new());
        if has_values {
            let drawing = chart::draw(figure, scale)?;
            (attributes, content) = (drawing.attributes, drawing.content);
        }
        let reason = figure.points.iter().rev().find_map(|point| point.note.as_deref());
        Ok(FigureView {
            id,
            title: &figure.title,
            question: &figure.question,
            summary: &figure.summary,
            has_values,
            reason: reason.unwrap_or_default(),
            has_provisional: figure.points.iter().any(|point| point.is_provisional),
            attributes: Value::from_safe_string(attributes),
            content: Value::from_safe_string(content),
            points: figure
                .points
                .iter()
                .map(|point| PointView::of(point, figure.unit, scale))
                .collect(),
        })
    }
}

impl<'a> PointView<'a> {
    fn of(point: &'a Point, unit: Unit, scale: Scale) -> PointView<'a> {
        let value = point.measured().map(|value| unit.text_on(scale, value));
        PointView {
            label: &point.label,
            is_missing: value.is_none(),
            value: value.unwrap_or_else(|| NO_DATA.to_owned()),
            is_provisional: point.is_provisional,
            sample_size: point.sample_size.map_or_else(|| "hidden".to_owned(), units::count),
            note: point.note.as_deref(),
        }
    }
}

impl Point {
    /// The value, unless it is missing or no number.
    pub(super) fn measured(&self) -> Option<f64> {
        self.value.filter(|value| value.is_finite())
    }
}

fn told(instant: DateTime<Utc>) -> String {
    instant.format("%-d %B %Y, %H:%M UTC").to_string()
}
