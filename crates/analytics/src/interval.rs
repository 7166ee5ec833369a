//! How sure the organization's own values are, where services are the sample.
//!
//! Changes of one service are alike, so that counting them as independent would be far too sure. A
//! median is bootstrapped over services; a share has the ratio estimator's interval over services;
//! a frequency varies from week to week, which is what its interval is made of.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use datafusion::prelude::SessionContext;
use sha2::{Digest, Sha256};

use crate::columns::{Instants, Numbers, Texts};
use crate::statistics::{
    Interval, Reason, Seed, Share, bootstrap_quantile, clustered_share_interval, mean_with_interval,
};
use crate::{AnalyticsError, Metric, read_only};

const WEEK: i64 = 7 * 24 * 3600 * 1_000_000;

/// A counted fact.
struct Fact {
    service_id: String,
    at: i64,
    value: f64,
}

/// The 95 % interval of a metric's headline value for the organization in the window that begins
/// and ends at these instants, in the metric's unit; or why there is none. Of metrics whose rows
/// have an interval of their own, that one is to be used.
///
/// # Errors
/// Where the facts can't be read.
pub async fn organization_interval(
    session: &SessionContext,
    metric: &Metric,
    (start, end): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Result<Interval, Reason>, AnalyticsError> {
    let facts = facts(session, metric, start).await?;
    let headline = metric.statistics.first().map(String::as_str);
    Ok(match (metric.unit.as_str(), headline) {
        (_, Some("p50")) => of_median(&metric.name, &facts),
        ("ratio", _) => of_share(&facts),
        ("count_per_day", _) => of_frequency(&facts, start, end),
        _ => Err(Reason::NoObservations),
    })
}

async fn facts(
    session: &SessionContext,
    metric: &Metric,
    start: DateTime<Utc>,
) -> Result<Vec<Fact>, AnalyticsError> {
    let sql = format!(
        "select service_id, at, value from populations.{}
         where subject_kind = 'organization' and exclusion_reason is null and service_id is not null
           and window_start = to_timestamp_micros({})
         order by service_id, at, fact_id",
        metric.population,
        start.timestamp_micros()
    );
    let mut facts = Vec::new();
    for rows in &read_only(session, &sql).await?.collect().await? {
        let (services, at) = (Texts::of(rows, "service_id")?, Instants::of(rows, "at")?);
        let values = Numbers::of(rows, "value")?;
        for row in 0..rows.num_rows() {
            let (Some(service), Some(at)) = (services.get(row), at.get(row)) else { continue };
            let Some(value) = values.get(row) else { continue };
            facts.push(Fact { service_id: service.to_owned(), at, value });
        }
    }
    Ok(facts)
}

fn by_service(facts: &[Fact]) -> BTreeMap<&str, Vec<f64>> {
    let mut services: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for fact in facts {
        services.entry(&fact.service_id).or_default().push(fact.value);
    }
    services
}

fn of_median(metric: &str, facts: &[Fact]) -> Result<Interval, Reason> {
    let services: Vec<Vec<f64>> = by_service(facts).into_values().collect();
    let mut digest = Sha256::new();
    for value in services.iter().flatten() {
        digest.update(value.to_bits().to_be_bytes());
    }
    let digest: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    bootstrap_quantile(&services, 0.5, Seed::new(&digest, metric, "level"))
}

fn of_share(facts: &[Fact]) -> Result<Interval, Reason> {
    let share = |values: &Vec<f64>| Share {
        events: values.iter().filter(|value| **value > 0.0).count() as u64,
        trials: values.len() as u64,
    };
    let services: Vec<Share> = by_service(facts).values().map(share).collect();
    clustered_share_interval(&services)
}

/// Weeks that fit into the window, from its start; what is after the last whole one is left out.
fn of_frequency(
    facts: &[Fact],
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Result<Interval, Reason> {
    let (start, end) = (start.timestamp_micros(), end.timestamp_micros());
    let weeks = usize::try_from((end - start) / WEEK).unwrap_or_default();
    let mut counts = vec![0.0; weeks];
    for fact in facts {
        let week = usize::try_from((fact.at - start).div_euclid(WEEK)).unwrap_or(usize::MAX);
        if let Some(count) = counts.get_mut(week) {
            *count += 1.0;
        }
    }
    let mean = mean_with_interval(&counts)?;
    let Interval { low, high } = mean.interval?;
    Ok(Interval { low: low.max(0.0) / 7.0, high: high / 7.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(service: &str, day: i64, value: f64) -> Fact {
        Fact { service_id: service.to_owned(), at: day * 24 * 3600 * 1_000_000, value }
    }

    fn day(day: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(day * 24 * 3600, 0).expect("a day")
    }

    fn near(interval: Interval, low: f64, high: f64) {
        let is_near = (interval.low - low).abs() < 1e-6 && (interval.high - high).abs() < 1e-6;
        assert!(is_near, "{interval:?} is not {low} to {high}");
    }

    #[test]
    fn a_frequency_has_students_interval_of_its_weeks() {
        // Weeks of 1, 2 and 3: mean 2, deviation 1, so 2 ± 4.302653 / √3, over 7 days.
        let facts = [0, 7, 8, 14, 15, 16].map(|on| fact("a", on, 1.0));
        let interval = of_frequency(&facts, day(0), day(22)).expect("an interval");
        near(interval, 0.0, (2.0 + 4.302_652_73 / 3_f64.sqrt()) / 7.0);
    }

    #[test]
    fn the_rest_of_a_week_at_the_end_counts_in_none() {
        let facts = [0, 7, 8, 14, 15, 16, 21].map(|on| fact("a", on, 1.0));
        let interval = of_frequency(&facts, day(0), day(22)).expect("an interval");
        near(interval, 0.0, (2.0 + 4.302_652_73 / 3_f64.sqrt()) / 7.0);
    }

    #[test]
    fn a_median_is_resampled_by_service() {
        // Of two services with one change each there are four resamples: 1, 2, 2 and 3.
        let facts = [fact("a", 0, 1.0), fact("b", 0, 3.0)];
        near(of_median("m", &facts).expect("an interval"), 1.075, 2.925);
    }

    #[test]
    fn one_service_says_nothing_of_others() {
        let facts = [fact("a", 0, 1.0), fact("a", 1, 0.0)];
        assert_eq!(of_median("m", &facts), Err(Reason::TooFewServices));
        assert_eq!(of_share(&facts), Err(Reason::TooFewServices));
    }
}
