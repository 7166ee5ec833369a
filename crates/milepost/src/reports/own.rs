//! Reports of the user's own: each part a text, a query's rows, and a drawing of them.

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::prelude::SessionContext;
use milepost_analytics::Span;
use milepost_report::page::{Cell, Column, Figure, FigureKind, Point, Section, Table};
use milepost_report::rows::texts;
use milepost_report::units::count;

use super::Content;
use crate::answer;
use crate::config::{ChartConfig, PageConfig, PartConfig};
use crate::exit::Failure;
use crate::globals::Globals;

/// Rows that a table shows.
const MOST_ROWS: usize = 200;

pub(super) async fn content(globals: &Globals, page: &PageConfig) -> Result<Content, Failure> {
    let session = answer::session(globals, &globals.lake, Span::everything())?;
    let mut sections = Vec::new();
    for part in &page.part {
        sections.push(section(&session, page, part).await?);
    }
    Ok(Content {
        title: page.title.clone(),
        subtitle: "A report of this configuration".to_owned(),
        sentences: page.text.clone(),
        headline: Table { title: String::new(), columns: Vec::new(), rows: Vec::new() },
        sections,
        commands: Vec::new(),
    })
}

async fn section(
    session: &SessionContext,
    page: &PageConfig,
    part: &PartConfig,
) -> Result<Section, Failure> {
    let mut section =
        Section { name: part.title.clone(), text: part.text.clone(), ..Section::default() };
    let Some(query) = &part.query else { return Ok(section) };
    let named = |failure: Failure| match failure {
        Failure::Failed(why) => Failure::Failed(format!(
            "failed to make `{}` of the page `{}`: {why}",
            part.title, page.name
        )),
        other => other,
    };
    let (schema, batches) = answer::ask(session, query).await.map_err(named)?;
    let rows = cells(&batches)?;
    if let Some(chart) = &part.chart {
        section.figures.push(figure(part, chart, &schema, &rows)?);
    }
    if rows.len() > MOST_ROWS {
        section.text.push(format!("The first {MOST_ROWS} of {} rows.", count(rows.len() as i64)));
    }
    section.tables.push(table(&schema, &rows));
    Ok(section)
}

/// Values as text; `None` for NULL.
type Row = Vec<Option<String>>;

fn cells(batches: &[RecordBatch]) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for batch in batches {
        rows.extend(texts(batch)?);
    }
    Ok(rows)
}

fn table(schema: &SchemaRef, rows: &[Row]) -> Table {
    let column = |field: &arrow::datatypes::FieldRef| {
        let title = field.name().replace('_', " ");
        if field.data_type().is_numeric() { Column::number(title) } else { Column::text(title) }
    };
    let cell = |value: &Option<String>| match value {
        Some(text) => Cell::text(text.clone()),
        None => Cell::no_data("NULL"),
    };
    Table {
        title: "Rows".to_owned(),
        columns: schema.fields().iter().map(column).collect(),
        rows: rows.iter().take(MOST_ROWS).map(|row| row.iter().map(cell).collect()).collect(),
    }
}

fn figure(
    part: &PartConfig,
    chart: &ChartConfig,
    schema: &SchemaRef,
    rows: &[Row],
) -> Result<Figure, Failure> {
    let at = |name: &str| {
        schema.index_of(name).map_err(|_| {
            Failure::Usage(format!("the query of `{}` gives no column `{name}`", part.title))
        })
    };
    let (label, value) = (at(&chart.label)?, at(&chart.value)?);
    let size = at(&chart.sample_size)?;
    if !matches!(schema.field(value).data_type(), kind if kind.is_numeric() || *kind == DataType::Null)
    {
        return Err(Failure::Usage(format!("`{}` of `{}` is no number", chart.value, part.title)));
    }
    let unit = chart.unit().map_err(|unit| Failure::Usage(format!("`{unit}` is no unit")))?;
    let points: Vec<Point> = rows
        .iter()
        .map(|row| Point {
            label: row[label].clone().unwrap_or_default(),
            value: row[value].as_ref().and_then(|text| text.parse().ok()),
            sample_size: row[size].as_ref().and_then(|text| text.parse().ok()),
            measured: None,
            is_provisional: false,
            note: None,
        })
        .collect();
    let known = points.iter().filter(|point| point.value.is_some()).count();
    Ok(Figure {
        title: part.title.clone(),
        question: part.text.first().cloned().unwrap_or_default(),
        unit,
        summary: format!("{known} of {} have data.", points.len()),
        kind: if chart.bars { FigureKind::Bars } else { FigureKind::Line },
        points,
    })
}
