//! What changed between two windows: the services of one against those of the other.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use datafusion::prelude::SessionContext;

use super::ComparisonRow;
use super::arms::{Arms, Member};
use super::cross_section::{compared, sees_failures};
use super::numbers::{ServiceNumbers, numbers};
use crate::AnalyticsError;

/// Name of the comparison.
pub(super) const COMPARISON: &str = "change";
const LATER: &str = "later";
const EARLIER: &str = "earlier";

/// The later of two windows of the session against the earlier one, which begin at these instants:
/// one row a metric. Services that are in both are taken for independent, which makes a change
/// harder to see and never easier.
///
/// # Errors
/// Where the facts can't be read.
pub async fn change(
    session: &SessionContext,
    later: DateTime<Utc>,
    earlier: DateTime<Utc>,
) -> Result<Vec<ComparisonRow>, AnalyticsError> {
    let sees_failures = sees_failures(session).await?;
    let mut arms = Arms {
        comparison: COMPARISON.to_owned(),
        pairs: vec![(LATER.to_owned(), EARLIER.to_owned())],
        ..Arms::default()
    };
    let mut of_windows: BTreeMap<String, ServiceNumbers> = BTreeMap::new();
    for ((service, window), one) in numbers(session).await? {
        let arm = match window {
            at if at == later.timestamp_micros() => LATER,
            at if at == earlier.timestamp_micros() => EARLIER,
            _ => continue,
        };
        let name = format!("{service}@{arm}");
        let member = Member { arm: arm.to_owned(), stratum: String::new() };
        arms.members.insert(name.clone(), member);
        of_windows.insert(name, one);
    }
    let rows = compared(&arms, &of_windows, &BTreeMap::new(), sees_failures);
    Ok(rows.into_iter().filter(|row| row.stratum == super::words::ALL).collect())
}
