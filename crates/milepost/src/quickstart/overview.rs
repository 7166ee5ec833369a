//! The numbers and counts behind the quickstart's report.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::prelude::SessionContext;
use milepost_analytics::{Catalogue, Span, WindowKind};
use milepost_lake::Lake;

use crate::answer;
use crate::exit::Failure;
use crate::globals::Globals;

/// The five metrics of DORA, in the order of the report.
const METRICS: [&str; 5] = [
    "deployment_frequency",
    "change_lead_time",
    "change_fail_rate",
    "failed_deployment_recovery_time",
    "deployment_rework_rate",
];
/// Services shown; a repository with more has a command to see the rest.
const SHOWN_SERVICES: usize = 5;

/// One value of a metric.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measurement {
    /// `None` without a denominator: `reason` says why.
    pub(crate) value: Option<f64>,
    pub(crate) sample_size: i64,
    pub(crate) reason: Option<String>,
    /// First civil day of its window.
    pub(crate) start_on: String,
    pub(crate) is_provisional: bool,
}

/// A metric of a service over the spans and months shown.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) title: String,
    pub(crate) question: String,
    pub(crate) unit: String,
    /// One measurement a span.
    pub(crate) spans: Vec<Measurement>,
    /// One measurement a month.
    pub(crate) months: Vec<Measurement>,
}

/// Everything the report shows.
#[derive(Debug, Clone)]
pub(crate) struct Overview {
    pub(crate) repository_id: String,
    /// Names of the spans.
    pub(crate) spans: Vec<String>,
    /// Rows by service, the busiest first.
    pub(crate) services: Vec<(String, Vec<Row>)>,
    /// Services with deployments that are not shown.
    pub(crate) more_services: usize,
    pub(crate) counts: Counts,
}

/// What was found in the repository.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    pub(crate) commits: i64,
    pub(crate) head: String,
    pub(crate) branch: String,
    pub(crate) pull_requests: i64,
    pub(crate) merges: i64,
    pub(crate) squashes: i64,
    pub(crate) deployments: i64,
    /// Also those that the as-of hides.
    pub(crate) known_deployments: i64,
    pub(crate) counted: i64,
    pub(crate) first_ref: String,
    pub(crate) last_ref: String,
    pub(crate) last_deployed_on: String,
    pub(crate) changes: i64,
    pub(crate) excluded: i64,
    pub(crate) squashed_starts: i64,
    pub(crate) deployed_reverts: i64,
    pub(crate) failures: i64,
    pub(crate) incidents: i64,
    pub(crate) is_from_branch: bool,
    /// True where a configuration repository tells of deployments.
    pub(crate) is_configured: bool,
}

impl Overview {
    /// # Errors
    /// Where the lake can't be read.
    pub(crate) async fn read(
        globals: &Globals,
        lake: &Lake,
        repository_id: &str,
    ) -> Result<Overview, Failure> {
        let catalogue = answer::catalogue(globals)?;
        let whole = Span { kinds: vec![WindowKind::All], from: None, to: None };
        let recent = Span {
            kinds: vec![WindowKind::Month, WindowKind::All],
            ..Span::recent(WindowKind::Month, globals.as_of, &globals.definition, globals.zone)
        };
        let since = recent.from.map_or_else(String::new, |from| format!("since {from}"));
        let whole = answer::session(globals, lake, whole)?;
        let recent = answer::session(globals, lake, recent)?;
        let counts = counts(&whole, repository_id).await?;
        let (shown, more_services) = busiest(&whole, repository_id).await?;
        let (whole, recent) = (measurements(&whole).await?, measurements(&recent).await?);
        let services = shown
            .into_iter()
            .map(|service| {
                let rows = rows(&catalogue, &service, &recent, &whole);
                (service, rows)
            })
            .collect();
        Ok(Overview {
            repository_id: repository_id.to_owned(),
            spans: vec![since, "whole history".to_owned()],
            services,
            more_services,
            counts,
        })
    }
}

/// Measurements by service, metric and window kind.
type Measured = BTreeMap<(String, String, String), Vec<Measurement>>;

async fn measurements(session: &SessionContext) -> Result<Measured, Failure> {
    let mut measured = Measured::new();
    for metric in METRICS {
        let sql = format!(
            "select subject_id, metric, window_kind, value, sample_size, reason, is_provisional, \
                    cast(cast(cast(window_start as timestamptz) as date) as varchar) as start_on \
             from metrics.{metric} \
             where subject_kind = 'service' and statistic in ('p50', 'rate', 'ratio') \
             order by subject_id, window_start"
        );
        let (_, batches) = answer::ask(session, &sql).await?;
        for rows in &batches {
            for row in 0..rows.num_rows() {
                let key = (
                    text(rows, "subject_id", row),
                    text(rows, "metric", row),
                    text(rows, "window_kind", row),
                );
                let value = number::<Float64Type>(rows, "value", row);
                measured.entry(key).or_default().push(Measurement {
                    value,
                    sample_size: number::<Int64Type>(rows, "sample_size", row).unwrap_or(0),
                    reason: Some(text(rows, "reason", row)).filter(|reason| !reason.is_empty()),
                    start_on: text(rows, "start_on", row),
                    is_provisional: text(rows, "is_provisional", row) == "true",
                });
            }
        }
    }
    Ok(measured)
}

fn rows(catalogue: &Catalogue, service: &str, recent: &Measured, whole: &Measured) -> Vec<Row> {
    METRICS
        .iter()
        .filter_map(|name| catalogue.metrics.get(*name))
        .map(|metric| {
            let of = |measured: &Measured, kind: &str| {
                let key = (service.to_owned(), metric.name.clone(), kind.to_owned());
                measured.get(&key).cloned().unwrap_or_default()
            };
            let over_all = |measured: &Measured| {
                of(measured, "all").into_iter().next().unwrap_or_else(Measurement::never_deployed)
            };
            Row {
                title: metric.title.clone(),
                question: metric.question.clone(),
                unit: metric.unit.clone(),
                spans: vec![over_all(recent), over_all(whole)],
                months: of(recent, "month"),
            }
        })
        .collect()
}

impl Measurement {
    /// Before the first deployment there is no window to measure.
    fn never_deployed() -> Measurement {
        Measurement {
            value: None,
            sample_size: 0,
            reason: Some("never_deployed".to_owned()),
            start_on: String::new(),
            is_provisional: false,
        }
    }
}

/// Services of the repository, those with most counted deployments first, and how many more
/// there are than are shown.
async fn busiest(
    session: &SessionContext,
    repository_id: &str,
) -> Result<(Vec<String>, usize), Failure> {
    let id = repository_id.replace('\'', "''");
    let sql = format!(
        "select r.service_id from service_repositories r \
         left join (select service_id, count(*) as deployments from classified_deployments \
                    where is_counted group by service_id) d on d.service_id = r.service_id \
         where r.repository_id = '{id}' and r.deleted_at is null \
         order by coalesce(d.deployments, 0) desc, r.service_id"
    );
    let (_, batches) = answer::ask(session, &sql).await?;
    let services: Vec<String> = batches
        .iter()
        .flat_map(|rows| (0..rows.num_rows()).map(|row| text(rows, "service_id", row)))
        .collect();
    let more = services.len().saturating_sub(SHOWN_SERVICES);
    Ok((services.into_iter().take(SHOWN_SERVICES).collect(), more))
}

async fn counts(session: &SessionContext, repository_id: &str) -> Result<Counts, Failure> {
    let id = repository_id.replace('\'', "''");
    let of = |table: &str| format!("from {table} where repository_id = '{id}'");
    let one = |sql: String| async move {
        let (_, batches) = answer::ask(session, &sql).await?;
        let values = batches.into_iter().find(|rows| rows.num_rows() > 0);
        Ok::<_, Failure>(values.map_or_else(BTreeMap::new, |rows| first_row(&rows)))
    };
    let repository = one(format!(
        "select coalesce(head_sha, '') as head, coalesce(default_branch, '') as branch {}",
        of("repositories")
    ))
    .await?;
    let commits = one(format!(
        "select count(*) as commits {} and committed_at <= (select as_of from clock)",
        of("commits")
    ))
    .await?;
    let pulls = one(format!(
        "select count(*) as pulls, count(case when merge_method = 'merge' then 1 end) as merges, \
                count(case when merge_method = 'squash' then 1 end) as squashes {} and deleted_at is null and merged_at <= (select as_of from clock)",
        of("pull_requests")
    ))
    .await?;
    let deployments = one(format!(
        "select count(*) as deployments, count(case when is_counted then 1 end) as counted, \
                coalesce(first_value(ref order by finished_at, deployment_id), '') as first_ref, \
                coalesce(last_value(ref order by finished_at, deployment_id), '') as last_ref, \
                coalesce(cast(cast(max(finished_at) as date) as varchar), '') as last_on, \
                coalesce(bool_and(deployment_id = concat(service_id, '@', sha)), false) as from_branch, \
                coalesce(bool_or(source = 'gitops'), false) as configured {}",
        of("classified_deployments")
    ))
    .await?;
    let known =
        one(format!("select count(*) as known {} and deleted_at is null", of("deployments")))
            .await?;
    let changes = one(format!(
        "select count(*) as changes, \
                count(case when is_excluded or lead_time_seconds is null then 1 end) as excluded, \
                count(case when array_has(quality_flags, 'squash_no_pr') then 1 end) as squashed, \
                count(case when is_revert then 1 end) as reverts {}",
        of("deployed_changes")
    ))
    .await?;
    let services = format!("(select service_id {})", of("service_repositories"));
    let failures = one(format!(
        "select (select count(*) from failed_deployments where service_id in {services}) as failures, \
                (select count(*) from incidents where deleted_at is null and service_id in {services}) as incidents"
    ))
    .await?;
    let number = |of: &BTreeMap<String, String>, name: &str| -> i64 {
        of.get(name).and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    let word =
        |of: &BTreeMap<String, String>, name: &str| of.get(name).cloned().unwrap_or_default();
    Ok(Counts {
        commits: number(&commits, "commits"),
        head: word(&repository, "head"),
        branch: word(&repository, "branch"),
        pull_requests: number(&pulls, "pulls"),
        merges: number(&pulls, "merges"),
        squashes: number(&pulls, "squashes"),
        deployments: number(&deployments, "deployments"),
        known_deployments: number(&known, "known"),
        counted: number(&deployments, "counted"),
        first_ref: word(&deployments, "first_ref"),
        last_ref: word(&deployments, "last_ref"),
        last_deployed_on: word(&deployments, "last_on"),
        is_from_branch: word(&deployments, "from_branch") == "true",
        is_configured: word(&deployments, "configured") == "true",
        changes: number(&changes, "changes"),
        excluded: number(&changes, "excluded"),
        squashed_starts: number(&changes, "squashed"),
        deployed_reverts: number(&changes, "reverts"),
        failures: number(&failures, "failures"),
        incidents: number(&failures, "incidents"),
    })
}

fn first_row(rows: &RecordBatch) -> BTreeMap<String, String> {
    let schema = rows.schema();
    let names = schema.fields().iter().map(|field| field.name().clone());
    names.map(|name| (name.clone(), text(rows, &name, 0))).collect()
}

/// The value as text; NULL is empty.
fn text(rows: &RecordBatch, column: &str, row: usize) -> String {
    let column = rows.column_by_name(column).and_then(|column| cast(column, &DataType::Utf8).ok());
    column.map_or_else(String::new, |column| {
        let column = column.as_string::<i32>();
        if column.is_valid(row) { column.value(row).to_owned() } else { String::new() }
    })
}

fn number<T: arrow::datatypes::ArrowPrimitiveType>(
    rows: &RecordBatch,
    column: &str,
    row: usize,
) -> Option<T::Native> {
    let column = rows.column_by_name(column)?;
    let column = cast(column, &T::DATA_TYPE).ok()?;
    let column = column.as_primitive::<T>();
    column.is_valid(row).then(|| column.value(row))
}
