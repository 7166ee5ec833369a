//! What one period says of each service: the numbers that arms are compared by.
//!
//! The service is the unit, never the change: changes of one service are alike, so that counting
//! them as independent would be far too sure.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::SessionContext;

use crate::columns::{Counts, Instants, Numbers, Texts};
use crate::{AnalyticsError, read_only};

/// A service with fewer changes says too little of its median.
const FEWEST_CHANGES: i64 = 5;

/// Numbers of a service in a window.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct ServiceNumbers {
    /// Median lead time in seconds, of at least five counted changes.
    pub(super) lead_time: Option<f64>,
    /// Counted changes.
    pub(super) changes: u64,
    /// Median recovery time in seconds.
    pub(super) recovery: Option<f64>,
    /// Recovered failures.
    pub(super) recoveries: u64,
    /// Deployments that frequency counts, on whole days in production.
    pub(super) deployments: u64,
    /// Days on which it was live.
    pub(super) days: f64,
    /// Changes to production, and how many of them failed.
    pub(super) changes_to_production: u64,
    /// Failures among them.
    pub(super) failures: u64,
    /// Deployments that frequency counts, each rework or not.
    pub(super) reworkable: u64,
    /// Deployments that were rework.
    pub(super) reworks: u64,
    /// Deployments whose commit is known; of [`deployments_seen`](Self::deployments_seen).
    pub(super) resolved: u64,
    /// Counted deployments, however their commit is known.
    pub(super) deployments_seen: u64,
    /// Incidents that a deployment is known to have caused; of [`incidents`](Self::incidents).
    pub(super) linked_incidents: u64,
    /// Counted incidents that a deployment may have caused: what others broke, and load, has none that
    /// could be known.
    pub(super) incidents: u64,
    /// Counted incidents, whatever caused them.
    pub(super) recorded_incidents: u64,
    /// True where any incident of it was ever recorded: whether the others had none, or nobody
    /// wrote them down, can't be told.
    pub(super) is_watched: bool,
}

/// A service in a window, which is told by its first instant in microseconds since 1970.
pub(super) type ServiceWindow = (String, i64);

/// The numbers of every service that did anything, in each window of the session, which has windows
/// of one kind only.
///
/// # Errors
/// Where the facts can't be read.
pub(super) async fn numbers(
    session: &SessionContext,
) -> Result<BTreeMap<ServiceWindow, ServiceNumbers>, AnalyticsError> {
    let mut services: BTreeMap<ServiceWindow, ServiceNumbers> = BTreeMap::new();
    for row in rows(session, &medians("changes")).await? {
        let service = services.entry(row.place).or_default();
        service.changes = row.count;
        service.lead_time = row.value.filter(|_| row.count >= FEWEST_CHANGES as u64);
    }
    for row in rows(session, &medians("recovered_failures")).await? {
        let service = services.entry(row.place).or_default();
        (service.recovery, service.recoveries) = (row.value, row.count);
    }
    for row in rows(session, &sums("deployments")).await? {
        services.entry(row.place).or_default().deployments = row.count;
    }
    for row in rows(session, &sums("changes_to_production")).await? {
        let service = services.entry(row.place).or_default();
        (service.changes_to_production, service.failures) = (row.count, whole(row.value));
    }
    for row in rows(session, &sums("reworks")).await? {
        let service = services.entry(row.place).or_default();
        (service.reworkable, service.reworks) = (row.count, whole(row.value));
    }
    for row in rows(session, EXPOSURES).await? {
        services.entry(row.place).or_default().days = row.value.unwrap_or_default();
    }
    for row in rows(session, RESOLVED).await? {
        let service = services.entry(row.place).or_default();
        (service.deployments_seen, service.resolved) = (row.count, whole(row.value));
    }
    for row in rows(session, LINKED).await? {
        let service = services.entry(row.place).or_default();
        (service.incidents, service.linked_incidents) = (row.count, whole(row.value));
    }
    for row in rows(session, RECORDED).await? {
        services.entry(row.place).or_default().recorded_incidents = row.count;
    }
    let watched = watched(session).await?;
    for ((service, _), one) in &mut services {
        one.is_watched = watched.contains(service);
    }
    Ok(services)
}

/// Services of which any incident was ever recorded.
async fn watched(session: &SessionContext) -> Result<BTreeSet<String>, AnalyticsError> {
    let sql = "select distinct service_id from classified_incidents where service_id is not null";
    let mut watched = BTreeSet::new();
    for batch in read_only(session, sql).await?.collect().await? {
        let services = Texts::of(&batch, "service_id")?;
        watched
            .extend((0..batch.num_rows()).filter_map(|row| services.get(row).map(str::to_owned)));
    }
    Ok(watched)
}

/// Lead times in seconds of the counted changes of each service.
///
/// # Errors
/// Where the facts can't be read.
pub(super) async fn lead_times(
    session: &SessionContext,
) -> Result<BTreeMap<String, Vec<f64>>, AnalyticsError> {
    let sql = "select service_id, window_start, value, 1 as facts from populations.changes \
               where subject_kind = 'service' and exclusion_reason is null";
    let mut services: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for row in rows(session, sql).await? {
        services.entry(row.place.0).or_default().extend(row.value);
    }
    Ok(services)
}

const EXPOSURES: &str =
    "select subject_id as service_id, window_start, cast(days as double) as value, 1 as facts
from windowed.exposures where subject_kind = 'service'";

const RESOLVED: &str = "select service_id, window_start,
       cast(count(distinct case when kind <> 'unresolved' then deployment_id end) as double) as value,
       count(distinct deployment_id) as facts
from windowed.deployments where subject_kind = 'service' and is_counted group by service_id, window_start";

const LINKED: &str = "select service_id, window_start, cast(count(linked_deployment_id) as double) as value,
       count(*) as facts
from windowed.incidents where subject_kind = 'service' and is_counted
  and (linked_deployment_id is not null or coalesce(cause, 'unknown') not in ('external', 'capacity'))
group by service_id, window_start";

const RECORDED: &str = "select service_id, window_start, cast(null as double) as value, count(*) as facts
from windowed.incidents where subject_kind = 'service' and is_counted group by service_id, window_start";

fn medians(population: &str) -> String {
    format!(
        "select service_id, window_start, percentile_cont(0.5) within group (order by value) as value,
                count(*) as facts
         from populations.{population}
         where subject_kind = 'service' and exclusion_reason is null group by service_id, window_start"
    )
}

fn sums(population: &str) -> String {
    format!(
        "select service_id, window_start, cast(sum(value) as double) as value, count(*) as facts
         from populations.{population}
         where subject_kind = 'service' and exclusion_reason is null group by service_id, window_start"
    )
}

/// A number of a service and how many facts it stands on.
struct Row {
    place: ServiceWindow,
    value: Option<f64>,
    count: u64,
}

async fn rows(session: &SessionContext, sql: &str) -> Result<Vec<Row>, AnalyticsError> {
    let batches = read_only(session, sql).await?.collect().await?;
    let mut rows = Vec::new();
    for batch in &batches {
        append(&mut rows, batch)?;
    }
    Ok(rows)
}

fn append(rows: &mut Vec<Row>, batch: &RecordBatch) -> Result<(), AnalyticsError> {
    let (services, windows, values, facts) = (
        Texts::of(batch, "service_id")?,
        Instants::of(batch, "window_start")?,
        Numbers::of(batch, "value")?,
        Counts::of(batch, "facts")?,
    );
    for row in 0..batch.num_rows() {
        let (Some(service), Some(window)) = (services.get(row), windows.get(row)) else { continue };
        let count = facts.get(row).and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
        rows.push(Row { place: (service.to_owned(), window), value: values.get(row), count });
    }
    Ok(())
}

/// A sum of zeros and ones.
fn whole(value: Option<f64>) -> u64 {
    value.map_or(0, |value| value.round().max(0.0) as u64)
}
