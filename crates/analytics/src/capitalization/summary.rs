//! Summary rows and control totals: sums of the rounded detail rows, so that files agree.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::currency::Currency;
use super::inputs::{Inputs, Project};
use super::reason::Treatment;
use super::rows::{DetailRow, SCHEMA_VERSION, SummaryRow};
use super::work_type::WorkType;
use crate::effort::{FTE_DIGITS, Fixed, HOURS_DIGITS, TooLarge, UNATTRIBUTED};

/// Columns by which summary rows are told apart and ordered.
type Key<'a> =
    (Option<&'a str>, Option<&'a str>, Treatment, &'static str, Option<&'a str>, Option<Currency>);

/// What detail rows add up to.
#[derive(Debug, Default)]
struct Sum<'a> {
    people: BTreeSet<&'a str>,
    fte: i128,
    hours: i128,
    cost: Option<i128>,
    is_cost_partial: bool,
}

impl<'a> Sum<'a> {
    fn add(&mut self, row: &'a DetailRow) -> Result<(), TooLarge> {
        self.people.insert(&row.person_id);
        add(&mut self.fte, row.fte)?;
        add(&mut self.hours, row.hours)?;
        match row.cost {
            Some(cost) => add(self.cost.get_or_insert_default(), cost)?,
            None => self.is_cost_partial = true,
        }
        Ok(())
    }
}

/// Adds to a sum of units; fails where it leaves 128 bits.
pub(super) fn add(sum: &mut i128, part: Fixed) -> Result<(), TooLarge> {
    *sum = sum.checked_add(part.units).ok_or(TooLarge)?;
    Ok(())
}

/// Summary rows, in order of their key.
pub(super) fn summary(
    inputs: &Inputs<'_>,
    detail: &[DetailRow],
) -> Result<Vec<SummaryRow>, TooLarge> {
    let mut sums: BTreeMap<Key<'_>, (&DetailRow, Sum<'_>)> = BTreeMap::new();
    for row in detail {
        let key = (
            row.entity.as_deref(),
            row.project_id.as_deref(),
            row.treatment,
            row.work_type.as_str(),
            row.cost_center.as_deref(),
            row.currency,
        );
        sums.entry(key).or_insert_with(|| (row, Sum::default())).1.add(row)?;
    }
    let projects: BTreeMap<&str, &Project> =
        inputs.projects.iter().map(|project| (project.project_id.as_str(), project)).collect();
    let rows = sums
        .into_values()
        .map(|(first, sum)| {
            // One that is given twice differently has no name in the detail either.
            let project = first.project_name.as_ref().and(first.project_id.as_deref());
            let project = project.and_then(|id| projects.get(id));
            SummaryRow {
                schema_version: SCHEMA_VERSION,
                run_id: first.run_id.clone(),
                period: first.period,
                entity: first.entity.clone(),
                policy: inputs.policy.name.clone(),
                project_id: first.project_id.clone(),
                project_name: first.project_name.clone(),
                asset_id: project.and_then(|project| project.asset_id.clone()),
                treatment: first.treatment,
                work_type: first.work_type,
                cost_center: first.cost_center.clone(),
                persons: sum.people.len() as u64,
                fte: Fixed::new(sum.fte, FTE_DIGITS),
                hours: Fixed::new(sum.hours, HOURS_DIGITS),
                cost: match (sum.cost, first.currency) {
                    (Some(cost), Some(currency)) if !sum.is_cost_partial => {
                        Some(Fixed::new(cost, currency.digits()))
                    }
                    _ => None,
                },
                currency: first.currency,
                unattributed_flag: first.work_type == WorkType::Unattributed
                    && first.work_item_id == UNATTRIBUTED,
            }
        })
        .collect();
    Ok(rows)
}

/// What all detail rows add up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ControlTotals {
    /// People.
    pub persons: u64,
    /// Detail rows.
    pub detail_rows: u64,
    /// Summary rows.
    pub summary_rows: u64,
    /// Evidence rows.
    pub evidence_rows: u64,
    /// Months of a full-time person.
    pub fte: Fixed,
    /// Of these, capitalized.
    pub capitalized_fte: Fixed,
    /// Hours.
    pub hours: Fixed,
    /// Of these, capitalized.
    pub capitalized_hours: Fixed,
    /// Costs by currency.
    pub costs: BTreeMap<Currency, CostTotals>,
    /// Detail rows without a cost.
    pub rows_without_cost: u64,
}

/// Costs in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CostTotals {
    /// All.
    pub cost: Fixed,
    /// Of these, capitalized.
    pub capitalized: Fixed,
}

/// Control totals of an export.
pub(super) fn totals(
    detail: &[DetailRow],
    summary_rows: u64,
    evidence_rows: u64,
) -> Result<ControlTotals, TooLarge> {
    let mut all = Sum::default();
    let mut capitalized = Sum::default();
    let mut costs: BTreeMap<Currency, CostTotals> = BTreeMap::new();
    let mut rows_without_cost = 0;
    for row in detail {
        let is_capitalized = row.treatment == Treatment::Capitalize;
        all.add(row)?;
        if is_capitalized {
            capitalized.add(row)?;
        }
        let (Some(cost), Some(currency)) = (row.cost, row.currency) else {
            rows_without_cost += 1;
            continue;
        };
        let none = Fixed::new(0, currency.digits());
        let sums = costs.entry(currency).or_insert(CostTotals { cost: none, capitalized: none });
        add(&mut sums.cost.units, cost)?;
        if is_capitalized {
            add(&mut sums.capitalized.units, cost)?;
        }
    }
    Ok(ControlTotals {
        persons: all.people.len() as u64,
        detail_rows: detail.len() as u64,
        summary_rows,
        evidence_rows,
        fte: Fixed::new(all.fte, FTE_DIGITS),
        capitalized_fte: Fixed::new(capitalized.fte, FTE_DIGITS),
        hours: Fixed::new(all.hours, HOURS_DIGITS),
        capitalized_hours: Fixed::new(capitalized.hours, HOURS_DIGITS),
        costs,
        rows_without_cost,
    })
}
