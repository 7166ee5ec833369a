//! What a reviewer looks at before signing: shares and changes that are unusual. Nothing here
//! changes a row.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::currency::Currency;
use super::inputs::Inputs;
use super::reason::Treatment;
use super::rows::DetailRow;
use super::summary::add;
use crate::effort::{FTE_DIGITS, Fixed, Rational, TooLarge, UNATTRIBUTED, scale};

/// Findings about an export. Shares are of FTE, and `None` where there is nothing to divide by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reasonableness {
    /// Share without a trace.
    pub unattributed_share: Option<Rational>,
    /// Share in filled gaps.
    pub gap_filled_share: Option<Rational>,
    /// Share of what is capitalized whose work item has no merged pull request.
    pub capitalized_without_merged_pull_request_share: Option<Rational>,
    /// Projects whose FTE changed by more than a quarter from the month before.
    pub changed_projects: Vec<ProjectChange>,
    /// People more than 95 % of whose month is capitalized.
    pub mostly_capitalized: Vec<String>,
    /// People of whose month more is unattributed than allowed without a look.
    pub needs_review: Vec<String>,
    /// Projects with a capitalized cost under the policy's minimum.
    pub below_minimum_cost: Vec<String>,
    /// What is capitalized outside of gates: always zero, as there is no export otherwise.
    pub capitalized_outside_gates_fte: Fixed,
}

/// A project whose size changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectChange {
    /// Project.
    pub project_id: String,
    /// FTE of the month before.
    pub previous_fte: Fixed,
    /// FTE of the month.
    pub fte: Fixed,
    /// Change over the month before, 0.3 being 30 % more. `None` where there was nothing.
    pub change_ratio: Option<Rational>,
}

/// Findings about rows.
pub(super) fn reasonableness(
    inputs: &Inputs<'_>,
    detail: &[DetailRow],
) -> Result<Reasonableness, TooLarge> {
    let months = || inputs.effort.months.iter().filter(|month| month.month == inputs.period);
    let whole: Rational = months().map(|month| &month.capacity_fte).sum();
    let slices = || months().flat_map(|month| &month.slices);
    let share = |part: Rational| part.over(&whole);
    let unattributed =
        slices().filter(|one| one.work.id() == UNATTRIBUTED).map(|one| &one.fte).sum();
    let gap_filled = slices().filter(|one| one.flags.is_gap_filled).map(|one| &one.fte).sum();
    let needs_review =
        months().filter(|month| month.needs_review).map(|month| month.person_id.clone());
    Ok(Reasonableness {
        unattributed_share: share(unattributed),
        gap_filled_share: share(gap_filled),
        capitalized_without_merged_pull_request_share: without_merge(inputs, detail),
        changed_projects: changed_projects(inputs, detail)?,
        mostly_capitalized: mostly_capitalized(detail),
        needs_review: needs_review.collect(),
        below_minimum_cost: below_minimum_cost(inputs, detail)?,
        capitalized_outside_gates_fte: Fixed::new(0, FTE_DIGITS),
    })
}

fn is_capitalized(row: &&DetailRow) -> bool {
    row.treatment == Treatment::Capitalize
}

fn without_merge(inputs: &Inputs<'_>, detail: &[DetailRow]) -> Option<Rational> {
    let merged: BTreeSet<&str> = inputs
        .work_items
        .iter()
        .filter(|item| item.has_merged_pull_request)
        .map(|item| item.work_item_id.as_str())
        .collect();
    let units = |rows: &mut dyn Iterator<Item = &DetailRow>| {
        Rational::whole(rows.map(|row| row.fte.units).sum::<i128>())
    };
    let whole = units(&mut detail.iter().filter(is_capitalized));
    let without = units(
        &mut detail
            .iter()
            .filter(is_capitalized)
            .filter(|row| !merged.contains(row.work_item_id.as_str())),
    );
    without.over(&whole)
}

fn changed_projects(
    inputs: &Inputs<'_>,
    detail: &[DetailRow],
) -> Result<Vec<ProjectChange>, TooLarge> {
    if inputs.previous_fte.is_empty() {
        return Ok(Vec::new());
    }
    let mut now: BTreeMap<&str, i128> =
        inputs.previous_fte.keys().map(|project_id| (project_id.as_str(), 0)).collect();
    for row in detail {
        if let Some(project_id) = &row.project_id {
            *now.entry(project_id).or_default() += row.fte.units;
        }
    }
    let mut changed = Vec::new();
    for (project_id, units) in now {
        let none = Rational::zero();
        let before = inputs.previous_fte.get(project_id).unwrap_or(&none);
        let fte = Rational::whole(units).over(&scale(FTE_DIGITS)).unwrap_or_default();
        let change_ratio = (&fte - before).over(before);
        // Four times the change against one: no fraction to build.
        let is_large = change_ratio.as_ref().is_none_or(|change| {
            let fourfold = change * &Rational::whole(4);
            fourfold > Rational::one() || fourfold < Rational::whole(-1)
        });
        if is_large && (units != 0 || !before.is_zero()) {
            changed.push(ProjectChange {
                project_id: project_id.to_owned(),
                previous_fte: Fixed::rounded(before, FTE_DIGITS)?,
                fte: Fixed::new(units, FTE_DIGITS),
                change_ratio,
            });
        }
    }
    Ok(changed)
}

fn mostly_capitalized(detail: &[DetailRow]) -> Vec<String> {
    let mut people: BTreeMap<&str, (i128, i128)> = BTreeMap::new();
    for row in detail {
        let (capitalized, all) = people.entry(&row.person_id).or_default();
        *all += row.fte.units;
        if is_capitalized(&row) {
            *capitalized += row.fte.units;
        }
    }
    let is_most = |(_, (capitalized, all)): &(&str, (i128, i128))| capitalized * 100 > all * 95;
    people.into_iter().filter(is_most).map(|(id, _)| id.to_owned()).collect()
}

fn below_minimum_cost(inputs: &Inputs<'_>, detail: &[DetailRow]) -> Result<Vec<String>, TooLarge> {
    let Some(minimum) = inputs.policy.minimum_cost else { return Ok(Vec::new()) };
    let mut costs: BTreeMap<(&str, Option<Currency>, u32), i128> = BTreeMap::new();
    for row in detail.iter().filter(is_capitalized) {
        if let (Some(project_id), Some(cost)) = (&row.project_id, row.cost) {
            add(costs.entry((project_id, row.currency, cost.digits)).or_default(), cost)?;
        }
    }
    let below: BTreeSet<&str> = costs
        .into_iter()
        .filter(|((_, _, digits), units)| {
            *units < i128::from(minimum).saturating_mul(10_i128.saturating_pow(*digits))
        })
        .map(|((project_id, ..), _)| project_id)
        .collect();
    Ok(below.into_iter().map(str::to_owned).collect())
}
