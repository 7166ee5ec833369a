//! What closed months would say otherwise today: posted in the first open month, never written into
//! a closed one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use milepost_analytics::capitalization::{Capitalization, Case, CostMode, Currency};
use milepost_analytics::effort::{FTE_DIGITS, Fixed, HOURS_DIGITS, Month, Rational, round_parts};
use serde::{Deserialize, Serialize};

use super::record::{Booked, Closed, RowKey, booked};
use super::{Books, Order};
use crate::exit::Failure;
use crate::globals::Globals;

/// A difference to a closed month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Adjustment {
    pub(crate) posted_period: Month,
    pub(crate) original_period: Month,
    #[serde(flatten)]
    pub(crate) key: RowKey,
    fte_units: i64,
    hours_units: i64,
    pub(crate) cause: Cause,
    pub(crate) cause_event_id: Option<String>,
    /// Who approved a decision that caused it, and when.
    pub(crate) approved_by: Option<String>,
    pub(crate) approved_at: Option<DateTime<Utc>>,
    #[serde(skip, default = "none")]
    pub(crate) fte: Fixed,
    #[serde(skip, default = "none")]
    pub(crate) hours: Fixed,
    /// Never kept: pay could be derived from it.
    #[serde(skip)]
    pub(crate) cost: Option<(Fixed, Currency)>,
}

impl Adjustment {
    /// Names the last decision after the closing on the gates of the project or on the work item.
    fn approve(
        &mut self,
        books: &milepost_analytics::capitalization::Books,
        closed_at: DateTime<Utc>,
    ) {
        if self.cause == Cause::LateData {
            return;
        }
        let gates = books.gates.iter().filter(|gate| {
            Some(&gate.project_id) == self.key.project_id.as_ref() && gate.decided_at > closed_at
        });
        let gates = gates.map(|gate| {
            let id = format!("{}/{}", gate.project_id, gate.gate);
            (gate.decided_at, id, gate.approved_by.clone())
        });
        let overrides = books.overrides.iter().filter(|one| {
            one.work_item_id.as_ref() == Some(&self.key.work_item_id)
                && one.decided_at.is_some_and(|at| at > closed_at)
        });
        let overrides = overrides.filter_map(|one| {
            Some((one.decided_at?, one.override_id.clone(), one.approved_by.clone()))
        });
        if let Some((at, id, by)) = gates.chain(overrides).max() {
            self.cause_event_id = Some(id);
            self.approved_by = by;
            self.approved_at = Some(at);
        }
    }
}

fn none() -> Fixed {
    Fixed::new(0, 0)
}

/// Why a closed month reads otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cause {
    /// A trace that was not known, or is known no more.
    LateData,
    /// The traces are the same: terms, gates, overrides or rules changed.
    Decision,
}

impl std::fmt::Display for Cause {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Cause::LateData => "late_data",
            Cause::Decision => "decision",
        })
    }
}

/// The month in which adjustments are posted: the first open one after the first that is closed.
/// `None` where nothing is closed.
pub(crate) fn first_open(closed: &BTreeMap<Month, &Closed>) -> Option<Month> {
    let mut month = *closed.keys().next()?;
    while closed.contains_key(&month) {
        month = month.after();
    }
    Some(month)
}

/// All differences of closed months, less what was posted in later closed ones already.
///
/// # Errors
/// Where the lake can't be read, or a month can't be worked out.
pub(crate) async fn adjustments(
    globals: &Globals,
    period: Month,
    closed: &BTreeMap<Month, &Closed>,
    entity: Option<&str>,
    order: &Order,
) -> Result<Vec<Adjustment>, Failure> {
    if first_open(closed) != Some(period) {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for (month, then) in closed {
        let books = Books { entity: entity.map(str::to_owned), policy: then.policy.clone() };
        let case = super::case(globals, *month, &books).await?;
        let now = worked_out(&case, order)?;
        let posted = closed.values().flat_map(|one| &one.adjustments);
        let posted = posted.filter(|one| one.original_period == *month);
        let mut found = differences(period, *month, then, posted, &now);
        found.iter_mut().for_each(|one| one.approve(&case.books, then.as_of));
        price(&mut found, &now)?;
        all.extend(found);
    }
    Ok(all)
}

fn worked_out(case: &Case, order: &Order) -> Result<Capitalization, Failure> {
    let costs = order.rates.as_ref().map_or(CostMode::None, |read| read.value.clone());
    let reporting = order.reporting.as_ref().map(|(read, _)| read.value.clone());
    case.worked_out("", costs, reporting).map_err(|error| Failure::Failed(error.to_string()))
}

/// What a person's month costs today, by its FTE: a closed month's own costs are nowhere but in its
/// bundle. Cents are given out among a person's differences by largest remainder, so that they add
/// up to nothing where the FTE do.
fn price(found: &mut [Adjustment], now: &Capitalization) -> Result<(), Failure> {
    let people: BTreeSet<String> = found.iter().map(|one| one.key.person_id.clone()).collect();
    for person_id in people {
        let Some((cost, currency, fte)) = cost_of(now, &person_id) else { continue };
        let own = found.iter_mut().filter(|one| one.key.person_id == person_id);
        let mut own: Vec<&mut Adjustment> = own.collect();
        let part = |one: &&mut Adjustment| {
            let units = &Rational::whole(one.fte_units) * &Rational::whole(cost.units);
            let part = units.over(&Rational::whole(fte));
            (
                one.key.clone(),
                part.and_then(|part| part.over(&Rational::whole(10_i64.pow(cost.digits))))
                    .unwrap_or_default(),
            )
        };
        let parts: Vec<_> = own.iter().map(part).collect();
        let costs = round_parts(&parts, cost.digits)
            .map_err(|error| Failure::Failed(format!("adjustments of {person_id}: {error}")))?;
        for (one, cost) in own.iter_mut().zip(costs) {
            one.cost = Some((cost, currency));
        }
    }
    Ok(())
}

/// Cost and FTE of a person's month; `None` where a part of the cost is not known, or it is in
/// several currencies.
fn cost_of(done: &Capitalization, person_id: &str) -> Option<(Fixed, Currency, i128)> {
    let own = || done.detail.iter().filter(|row| row.person_id == person_id);
    let currency = own().next()?.currency?;
    let costs: Option<Vec<Fixed>> =
        own().map(|row| row.cost.filter(|_| row.currency == Some(currency))).collect();
    let units = costs?.iter().map(|cost| cost.units).sum();
    let fte: i128 = own().map(|row| row.fte.units).sum();
    (fte != 0).then_some((Fixed::new(units, currency.digits()), currency, fte))
}

/// Whose adjustments have no cost although rates were given, a sentence each.
pub(crate) fn without_cost(adjustments: &[Adjustment]) -> Vec<String> {
    let people: BTreeSet<(Month, &str)> = adjustments
        .iter()
        .filter(|one| one.cost.is_none())
        .map(|one| (one.original_period, one.key.person_id.as_str()))
        .collect();
    let told = |(month, person_id)| {
        format!(
            "person `{person_id}` has no cost in {month}, so the adjustments of that month carry none"
        )
    };
    people.into_iter().map(told).collect()
}

fn differences<'a>(
    posted_period: Month,
    original_period: Month,
    then: &Closed,
    posted: impl Iterator<Item = &'a Adjustment>,
    now: &Capitalization,
) -> Vec<Adjustment> {
    let mut deltas: BTreeMap<RowKey, (i64, i64)> = BTreeMap::new();
    let mut add = |key: &RowKey, fte: i64, hours: i64| {
        let sums = deltas.entry(key.clone()).or_default();
        sums.0 += fte;
        sums.1 += hours;
    };
    for Booked { key, fte_units, hours_units } in &booked(now) {
        add(key, *fte_units, *hours_units);
    }
    for Booked { key, fte_units, hours_units } in &then.rows {
        add(key, -fte_units, -hours_units);
    }
    for one in posted {
        add(&one.key, -one.fte_units, -one.hours_units);
    }
    let known: BTreeSet<&str> = then.evidence.iter().map(String::as_str).collect();
    let late = now.evidence.iter().filter(|row| !known.contains(row.row_hash.as_str()));
    let mut late_of: BTreeMap<&str, &str> = BTreeMap::new();
    for row in late {
        late_of.entry(&row.person_id).or_insert(&row.source_id);
    }
    let is_same = now.evidence.len() == known.len() && late_of.is_empty();
    deltas
        .into_iter()
        .filter(|(_, delta)| *delta != (0, 0))
        .map(|(key, (fte_units, hours_units))| {
            let event = late_of.get(key.person_id.as_str()).map(|id| (*id).to_owned());
            let is_late = event.is_some() || !is_same;
            Adjustment {
                posted_period,
                original_period,
                fte_units,
                hours_units,
                cause: if is_late { Cause::LateData } else { Cause::Decision },
                cause_event_id: event,
                approved_by: None,
                approved_at: None,
                fte: Fixed::new(fte_units.into(), FTE_DIGITS),
                hours: Fixed::new(hours_units.into(), HOURS_DIGITS),
                cost: None,
                key,
            }
        })
        .collect()
}
