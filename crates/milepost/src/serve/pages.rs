//! Pages for browsers: what there is, how fresh it is, and the reports as they are now.

use std::sync::Arc;

use arrow::array::RecordBatch;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use milepost_report::page::{self, Cell, Column, Page, Section, Table};
use milepost_report::rows::texts;

use super::web::{self, Site};
use crate::commands::metrics::listed;
use crate::commands::status::freshness;
use crate::exit::Failure;
use crate::globals::Globals;
use crate::reports::{Report, Written};

/// Paths of the pages.
pub(super) fn routes(site: Arc<Site>) -> Router {
    Router::new().route("/", get(front)).route("/reports/{name}", get(report)).with_state(site)
}

async fn front(State(site): State<Arc<Site>>) -> Response {
    let globals = site.desk.globals();
    let made = site.in_time(async move { Ok(page::render(&contents(&globals).await?)?) }).await;
    web::html(made)
}

async fn report(State(site): State<Arc<Site>>, Path(name): Path<String>) -> Response {
    let Ok(report) = name.parse::<Report>() else {
        return web::problem(StatusCode::NOT_FOUND, "there is no such report");
    };
    let globals = site.desk.globals();
    let is_known = globals.config.page.iter().any(|own| own.name == name);
    if matches!(report, Report::Own(_)) && !is_known {
        return web::problem(StatusCode::NOT_FOUND, "there is no such report; / lists them");
    }
    let made = site.in_time(async move {
        let page = report.page(&globals).await?;
        Written::Html.text(&report, &page)
    });
    web::html(made.await)
}

async fn contents(globals: &Globals) -> Result<Page, Failure> {
    let definition = &globals.definition;
    let ours = Report::OURS.iter().map(|one| (one.name().to_owned(), one.says().to_owned()));
    let own = globals.config.page.iter().map(|page| (page.name.clone(), page.title.clone()));
    let link = |(name, says): (String, String)| {
        vec![Cell::text(name.clone()).to(format!("/reports/{name}")), Cell::text(says)]
    };
    let headline = Table {
        title: "Reports".to_owned(),
        columns: vec![Column::text("Report"), Column::text("What it says")],
        rows: ours.chain(own).map(link).collect(),
    };
    Ok(Page {
        title: "Milepost".to_owned(),
        subtitle: "Engineering metrics".to_owned(),
        as_of: globals.as_of,
        timezone: definition.timezone.clone(),
        definition: definition.options(),
        definition_id: definition.id(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        sources: Vec::new(),
        sentences: Vec::new(),
        headline,
        sections: vec![fresh(globals).await?, metrics(globals)?],
        commands: Vec::new(),
    })
}

async fn fresh(globals: &Globals) -> Result<Section, Failure> {
    let (_, rows) = freshness(globals).await?;
    let columns = ["kind", "name", "rows_count", "last_changed_at", "latest_event_at"];
    let titles = ["Kind", "Name", "Rows", "Last changed (UTC)", "Latest event (UTC)"];
    let mut table = Table {
        title: "Sources and tables".to_owned(),
        columns: vec![Column::text(titles[1]), Column::text(titles[0])],
        rows: Vec::new(),
    };
    table.columns.push(Column::number(titles[2]));
    table.columns.extend([Column::text(titles[3]), Column::text(titles[4])]);
    for batch in &rows {
        let told = told(batch, &columns)?;
        table.rows.extend(told.into_iter().map(|mut row| {
            row.swap(0, 1);
            row.into_iter().map(cell).collect()
        }));
    }
    Ok(Section { name: "Freshness".to_owned(), tables: vec![table], ..Section::default() })
}

fn metrics(globals: &Globals) -> Result<Section, Failure> {
    let rows = listed(globals)?;
    let columns = ["metric", "question", "unit", "better", "excludes", "reference"];
    let titles = ["Metric", "Question", "Unit", "Better", "Leaves out", "Source"];
    let link = |row: Vec<Option<String>>| {
        let path = row[0].as_ref().map(|name| format!("/api/v1/metrics/{name}"));
        let mut cells: Vec<Cell> = row.into_iter().map(cell).collect();
        if let (Some(path), Some(first)) = (path, cells.first_mut()) {
            *first = first.clone().to(path);
        }
        cells
    };
    let table = Table {
        title: "Metrics".to_owned(),
        columns: titles.map(Column::text).to_vec(),
        rows: told(&rows, &columns)?.into_iter().map(link).collect(),
    };
    Ok(Section { name: "Catalogue".to_owned(), tables: vec![table], ..Section::default() })
}

fn cell(text: Option<String>) -> Cell {
    Cell::text(text.unwrap_or_default())
}

/// These columns of the rows, as text.
fn told(rows: &RecordBatch, columns: &[&str]) -> Result<Vec<Vec<Option<String>>>, Failure> {
    let schema = rows.schema();
    let places: Vec<usize> = columns.iter().filter_map(|name| schema.index_of(name).ok()).collect();
    let rows = rows
        .project(&places)
        .map_err(|error| Failure::failed("failed to put the page together", error))?;
    Ok(texts(&rows)?)
}
