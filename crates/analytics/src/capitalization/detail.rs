//! Detail rows of one person-month: rounded so that they add up, with their costs.

use std::collections::{BTreeMap, BTreeSet};

use super::cost::{self, Cost};
use super::inputs::Inputs;
use super::rows::{DetailRow, Row, RowKey};
use super::treatment::Rules;
use super::{CapitalizationError, CapitalizationProblem};
use crate::effort::{
    FTE_DIGITS, Fixed, HOURS_DIGITS, PersonMonth, Rational, SignalKind, Work, round_parts,
};

/// The rounded numbers of a row.
struct Numbers {
    days: Fixed,
    fte: Fixed,
    hours: Fixed,
}

/// Detail rows of a person-month, in order of ties.
pub(super) fn detail(
    inputs: &Inputs<'_>,
    rules: &Rules<'_>,
    month: &PersonMonth,
    rows: &BTreeMap<RowKey, Row<'_>>,
    problems: &mut BTreeSet<CapitalizationProblem>,
) -> Result<Vec<DetailRow>, CapitalizationError> {
    let numbers = numbers(month, rows)?;
    let costs = costs(inputs, month, rows, problems)?;
    let capacity_fte = Fixed::rounded(&month.capacity_fte, FTE_DIGITS)?;
    let mut detail = Vec::new();
    for ((key, row), numbers) in rows.iter().zip(numbers) {
        let window = row.booked.project_id.map(|id| rules.window(id));
        let cost = costs.get(key);
        let reported = cost.and_then(|cost| cost.reported);
        let (item, employment) = (row.booked.item, row.employment);
        detail.push(DetailRow {
            run_id: inputs.run_id.clone(),
            period: month.month,
            entity: employment.entity.clone(),
            person_id: month.person_id.clone(),
            person_name: month.person_name.clone(),
            employee_id: employment.employee_id.clone(),
            employment_type: employment.employment_type,
            work_country: employment.country.clone(),
            team_id: row.team_id().map(str::to_owned),
            role: month.role.clone(),
            cost_center: employment.cost_center.clone(),
            project_id: row.booked.project_id.map(str::to_owned),
            project_name: row.booked.project.and_then(|project| project.name.clone()),
            epic_key: row.booked.epic_key.map(str::to_owned),
            work_item_id: row.work.id().to_owned(),
            work_item_key: item.and_then(|item| item.key.clone()),
            work_item_title: item.and_then(|item| item.title.clone()),
            work_type: row.booked.classification.work_type,
            treatment: row.treatment,
            reason: row.reason.clone(),
            classification_source: row.booked.classification.source,
            rule_id: row.booked.classification.rule_id.clone(),
            capacity_fte,
            days: numbers.days,
            fte: numbers.fte,
            hours: numbers.hours,
            cost: reported.map(|(cost, _)| cost),
            currency: reported.map(|(_, currency)| currency),
            gap_filled_days: row.gap_filled.len() as u64,
            evidence_count: evidence_count(month, row),
            recognition_on: window.as_ref().and_then(|window| window.recognition_on()),
            ready_for_use_on: window.and_then(|window| window.ready_for_use_on),
            employed_from: employment.valid_from,
            payroll_cost: cost.map(|cost| cost.payroll),
            payroll_currency: cost.map(|cost| cost.payroll_currency),
            exact_days: row.days.clone(),
        });
    }
    Ok(detail)
}

fn numbers(
    month: &PersonMonth,
    rows: &BTreeMap<RowKey, Row<'_>>,
) -> Result<Vec<Numbers>, CapitalizationError> {
    let of = |part: for<'r, 's> fn(&'r Row<'s>) -> &'r Rational, whole: &Rational, digits| {
        let parts: Vec<(&RowKey, Rational)> =
            rows.iter().map(|(key, row)| (key, part(row).clone())).collect();
        let sum: Rational = parts.iter().map(|(_, part)| part).sum();
        if sum != *whole {
            let person_id = month.person_id.clone();
            return Err(CapitalizationError::DoesNotAddUp { person_id });
        }
        Ok(round_parts(&parts, digits)?)
    };
    let days = of(|row| &row.days, &month.capacity_days, FTE_DIGITS)?;
    let fte = of(|row| &row.fte, &month.capacity_fte, FTE_DIGITS)?;
    let hours = of(|row| &row.hours, &month.capacity_hours, HOURS_DIGITS)?;
    let numbers = days.into_iter().zip(fte).zip(hours);
    Ok(numbers.map(|((days, fte), hours)| Numbers { days, fte, hours }).collect())
}

fn costs(
    inputs: &Inputs<'_>,
    month: &PersonMonth,
    rows: &BTreeMap<RowKey, Row<'_>>,
    problems: &mut BTreeSet<CapitalizationProblem>,
) -> Result<BTreeMap<RowKey, Cost>, CapitalizationError> {
    let mut costs = BTreeMap::new();
    for pot in cost::pots(month, rows, &inputs.costs, problems)? {
        costs.extend(cost::divided(&pot, month.month, inputs.reporting.as_ref(), problems)?);
    }
    Ok(costs)
}

/// Traces of a row's work item on the row's days.
fn evidence_count(month: &PersonMonth, row: &Row<'_>) -> u64 {
    let Work::Item(id) = row.work else { return 0 };
    let traces = month.evidence.iter().filter(|one| {
        one.signal != SignalKind::GapFill
            && one.work_item_id == *id
            && row.hours_by_day.contains_key(&one.day)
    });
    traces.count() as u64
}
