//! Finished metrics as JSON: `GET /api/v1/metrics` and `GET /api/v1/metrics/NAME`, with the rows of
//! `milepost metrics` and `milepost metric`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use clap::ValueEnum as _;
use milepost_report::rows::{Format, write_rows};

use super::web::{self, Site};
use crate::answer::{self, metric_columns, typed};
use crate::commands::metric::{Cut, Subject, query, windows};
use crate::commands::metrics::listed;
use crate::exit::Failure;

/// Paths of the interface.
pub(super) fn routes(site: Arc<Site>) -> Router {
    Router::new()
        .route("/api/v1/metrics", get(all))
        .route("/api/v1/metrics/{name}", get(one))
        .with_state(site)
}

async fn all(State(site): State<Arc<Site>>) -> Response {
    let globals = site.desk.globals();
    let made = site.in_time(async move {
        let rows = listed(&globals)?;
        json(&rows.schema(), &[rows])
    });
    web::json(made.await)
}

async fn one(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    RawQuery(asked): RawQuery,
) -> Response {
    if !site.desk.catalogue().metrics.contains_key(&name) {
        return web::problem(
            StatusCode::NOT_FOUND,
            "there is no such metric; /api/v1/metrics lists them",
        );
    }
    let made = site.in_time(async {
        let asked = Asked::read(asked.as_deref().unwrap_or_default())?;
        let globals = site.desk.globals();
        let span = windows(asked.window.kind(), asked.from, asked.to, &globals)?;
        let session = site.desk.session(span)?;
        let sql = query(site.desk.catalogue(), &name, asked.by, asked.all_statistics)?;
        let (columns, rows) = answer::ask(&session, &sql).await?;
        let schema = metric_columns(&columns);
        let rows = rows.iter().map(|rows| typed(rows, &schema)).collect::<Result<Vec<_>, _>>()?;
        json(&schema, &rows)
    });
    web::json(made.await)
}

fn json(
    schema: &arrow::datatypes::SchemaRef,
    rows: &[arrow::array::RecordBatch],
) -> Result<String, Failure> {
    let mut text = Vec::new();
    write_rows(&mut text, schema, rows, Format::Json)?;
    String::from_utf8(text).map_err(|error| Failure::failed("failed to write the answer", error))
}

/// What is asked of a metric, as the flags of `milepost metric` say it.
struct Asked {
    by: Subject,
    window: Cut,
    from: Option<chrono::NaiveDate>,
    to: Option<chrono::NaiveDate>,
    all_statistics: bool,
}

impl Asked {
    fn read(query: &str) -> Result<Asked, Failure> {
        let mut asked = Asked {
            by: Subject::Service,
            window: Cut::Month,
            from: None,
            to: None,
            all_statistics: false,
        };
        let url = reqwest::Url::parse(&format!("http://localhost/?{query}"))
            .map_err(|_| Failure::Usage("the query can't be read".to_owned()))?;
        for (name, value) in url.query_pairs() {
            let wrong = |may: &str| Failure::Usage(format!("`{name}` can't be `{value}`; {may}"));
            let day = || value.parse().map_err(|_| wrong("write a day such as 2026-01-31"));
            match name.as_ref() {
                "by" => {
                    asked.by = Subject::from_str(&value, false)
                        .map_err(|_| wrong("it is service, team or organization"))?;
                }
                "window" => {
                    asked.window = Cut::from_str(&value, false)
                        .map_err(|_| wrong("it is week, month, quarter, year or all"))?;
                }
                "from" => asked.from = Some(day()?),
                "to" => asked.to = Some(day()?),
                "statistics" if value == "all" => asked.all_statistics = true,
                "statistics" => return Err(wrong("it is all, or left out for the headline")),
                _ => {
                    return Err(Failure::Usage(format!(
                        "there is no `{name}`; there are by, window, from, to and statistics"
                    )));
                }
            }
        }
        Ok(asked)
    }
}
