//! What the lake keeps of closed months: FTE and hours and digests, and nothing from which pay could
//! be worked out. Records are only ever added.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SubsecRound as _, Utc};
use milepost_analytics::capitalization::{Capitalization, Policy, Treatment};
use milepost_analytics::effort::Month;
use milepost_lake::Lake;
use serde::{Deserialize, Serialize};

use super::adjustments::Adjustment;
use crate::clock;
use crate::exit::Failure;

const SERIES: &str = "periods";
const SCHEMA_VERSION: u32 = 1;

/// What was done to a month.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) schema_version: u32,
    pub(crate) period: Month,
    /// Employing company whose books they are; `None` for all of them together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) entity: Option<String>,
    /// As-of of the command.
    pub(crate) at: DateTime<Utc>,
    /// When it was done, by the machine's clock.
    pub(crate) recorded_at: DateTime<Utc>,
    /// Who asked for it; names are asserted, not authenticated.
    pub(crate) by: Vec<String>,
    #[serde(flatten)]
    pub(crate) deed: Deed,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub(crate) enum Deed {
    Closed(Box<Closed>),
    Reopened { reason: String },
}

/// A month as it was closed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Closed {
    /// Policy, with all that it said.
    pub(crate) policy: Policy,
    /// As-of of its facts.
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) run_id: String,
    /// SHA-256 of the manifest.
    pub(crate) digest: String,
    /// Versions of the lake's tables then.
    pub(crate) tables: BTreeMap<String, u64>,
    pub(crate) rows: Vec<Booked>,
    /// Hashes of the evidence.
    pub(crate) evidence: Vec<String>,
    /// Adjustments of earlier months that were posted in it.
    pub(crate) adjustments: Vec<Adjustment>,
}

/// What makes one row of a closed month.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct RowKey {
    pub(crate) person_id: String,
    pub(crate) project_id: Option<String>,
    pub(crate) work_item_id: String,
    pub(crate) treatment: Treatment,
}

/// FTE and hours of a row, in units of their last digit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Booked {
    #[serde(flatten)]
    pub(crate) key: RowKey,
    pub(crate) fte_units: i64,
    pub(crate) hours_units: i64,
}

/// Sums of an export by what makes a row.
pub(crate) fn booked(done: &Capitalization) -> Vec<Booked> {
    let mut all: BTreeMap<RowKey, (i64, i64)> = BTreeMap::new();
    for row in &done.detail {
        let key = RowKey {
            person_id: row.person_id.clone(),
            project_id: row.project_id.clone(),
            work_item_id: row.work_item_id.clone(),
            treatment: row.treatment,
        };
        let sums = all.entry(key).or_default();
        // A month of a person has some ten thousand units: no sum of them needs more.
        sums.0 += i64::try_from(row.fte.units).unwrap_or_default();
        sums.1 += i64::try_from(row.hours.units).unwrap_or_default();
    }
    let row = |(key, (fte_units, hours_units))| Booked { key, fte_units, hours_units };
    all.into_iter().map(row).collect()
}

impl Record {
    pub(crate) fn new(
        (period, entity): (Month, Option<String>),
        at: DateTime<Utc>,
        by: Vec<String>,
        deed: Deed,
    ) -> Record {
        let recorded_at = clock::now().trunc_subsecs(0);
        Record { schema_version: SCHEMA_VERSION, period, entity, at, recorded_at, by, deed }
    }

    /// Adds it to the lake. It is on the disk when this returns.
    ///
    /// # Errors
    /// Where the lake can't be written.
    pub(crate) fn keep(&self, lake: &Lake) -> Result<(), Failure> {
        let text = serde_json::to_string(self)
            .map_err(|error| Failure::failed("failed to record the period", error))?;
        Ok(lake.publish(SERIES, &(text + "\n"))?)
    }
}

/// All records, the oldest first.
///
/// # Errors
/// Where one can't be read.
pub(crate) fn all(lake: &Lake) -> Result<Vec<Record>, Failure> {
    let mut records = Vec::new();
    for path in lake.published(SERIES)? {
        let read = std::fs::read_to_string(&path).map_err(|error| error.to_string());
        let record = read.and_then(|text| serde_json::from_str(&text).map_err(|e| e.to_string()));
        records.push(record.map_err(|why| {
            Failure::Failed(format!("failed to read the record {}: {why}", path.display()))
        })?);
    }
    Ok(records)
}

/// The months whose books are closed now, with the record that closed them.
pub(crate) fn closed<'a>(
    records: &'a [Record],
    entity: Option<&str>,
) -> BTreeMap<Month, &'a Closed> {
    let mut months = BTreeMap::new();
    for record in records.iter().filter(|record| record.entity.as_deref() == entity) {
        match &record.deed {
            Deed::Closed(closed) => months.insert(record.period, closed.as_ref()),
            Deed::Reopened { .. } => months.remove(&record.period),
        };
    }
    months
}

/// Books are closed either by entity or of all entities together, since a month that is closed in
/// both would be booked twice.
///
/// # Errors
/// Where months are closed in the other way.
pub(crate) fn check_cut(records: &[Record], entity: Option<&str>) -> Result<(), Failure> {
    let others: BTreeSet<Option<&str>> = records
        .iter()
        .map(|record| record.entity.as_deref())
        .filter(|other| other.is_some() != entity.is_some())
        .filter(|other| !closed(records, *other).is_empty())
        .collect();
    match others.first() {
        None => Ok(()),
        Some(Some(other)) => Err(Failure::Failed(format!(
            "months of the entity `{other}` are closed, so books are closed by entity; name one with --entity"
        ))),
        Some(None) => Err(Failure::Failed(
            "months of all entities together are closed, so none is closed with --entity"
                .to_owned(),
        )),
    }
}
