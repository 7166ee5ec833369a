//! The rows of an export as sheets, with the columns that finance relies on.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use milepost_analytics::capitalization::{Capitalization, DetailRow, EvidenceRow, SummaryRow};
use milepost_analytics::effort::{EmploymentType, Fixed, Rational, RoundingError, round_parts};
use milepost_report::sheet::{Field, Sheet};

use super::adjustments::Adjustment;
use crate::exit::Failure;

/// Digits of weights and shares.
const SHARE_DIGITS: u32 = 6;

/// Columns of the detail that tell of money.
pub(super) const COST_COLUMNS: [&str; 4] = ["cost", "currency", "payroll_cost", "payroll_currency"];

fn text(value: &Option<String>) -> Field {
    Field::text(value.as_deref())
}

fn plain(value: impl std::fmt::Display) -> Field {
    Field::Plain(value.to_string())
}

pub(super) fn summary(done: &Capitalization) -> Sheet {
    let row = |row: &SummaryRow| {
        vec![
            plain(row.schema_version),
            plain(&row.run_id),
            plain(row.period),
            text(&row.entity),
            plain(&row.policy),
            text(&row.project_id),
            text(&row.project_name),
            text(&row.asset_id),
            plain(row.treatment.as_str()),
            plain(row.work_type),
            text(&row.cost_center),
            plain(row.persons),
            plain(row.fte),
            plain(row.hours),
            Field::plain(row.cost),
            Field::plain(row.currency),
            plain(row.unattributed_flag),
        ]
    };
    Sheet::new(
        &[
            "schema_version",
            "run_id",
            "period",
            "entity",
            "policy",
            "project_id",
            "project_name",
            "asset_id",
            "treatment",
            "work_type",
            "cost_center",
            "persons",
            "fte",
            "hours",
            "cost",
            "currency",
            "unattributed_flag",
        ],
        done.summary.iter().map(row).collect(),
    )
}

pub(super) fn detail(done: &Capitalization) -> Sheet {
    Sheet::new(
        &[
            "run_id",
            "period",
            "entity",
            "person_id",
            "person_name",
            "employee_id",
            "employment_type",
            "work_country",
            "team_id",
            "role",
            "cost_center",
            "project_id",
            "project_name",
            "epic_key",
            "work_item_id",
            "work_item_key",
            "work_item_title",
            "work_type",
            "treatment",
            "reason",
            "classification_source",
            "rule_id",
            "capacity_fte",
            "days",
            "fte",
            "hours",
            "cost",
            "currency",
            "gap_filled_days",
            "evidence_count",
            "recognition_on",
            "ready_for_use_on",
            "employed_from",
            "payroll_cost",
            "payroll_currency",
            "exact_days_numerator",
            "exact_days_denominator",
        ],
        done.detail.iter().map(of_detail).collect(),
    )
}

fn of_detail(row: &DetailRow) -> Vec<Field> {
    // Two whole numbers: a spreadsheet takes 3/2 for a day in March.
    let exact = row.exact_days.to_string();
    let exact = exact.split_once('/').unwrap_or((&exact, "1"));
    vec![
        plain(&row.run_id),
        plain(row.period),
        text(&row.entity),
        Field::text(Some(&row.person_id)),
        text(&row.person_name),
        text(&row.employee_id),
        Field::plain(row.employment_type.map(|one| match one {
            EmploymentType::Employee => "employee",
            EmploymentType::Contractor => "contractor",
        })),
        text(&row.work_country),
        text(&row.team_id),
        text(&row.role),
        text(&row.cost_center),
        text(&row.project_id),
        text(&row.project_name),
        text(&row.epic_key),
        Field::text(Some(&row.work_item_id)),
        text(&row.work_item_key),
        text(&row.work_item_title),
        plain(row.work_type),
        plain(row.treatment.as_str()),
        plain(&row.reason),
        plain(super::word(&row.classification_source)),
        Field::text(Some(&row.rule_id)),
        plain(row.capacity_fte),
        plain(row.days),
        plain(row.fte),
        plain(row.hours),
        Field::plain(row.cost),
        Field::plain(row.currency),
        plain(row.gap_filled_days),
        plain(row.evidence_count),
        Field::plain(row.recognition_on),
        Field::plain(row.ready_for_use_on),
        plain(row.employed_from),
        Field::plain(row.payroll_cost),
        Field::plain(row.payroll_currency),
        plain(exact.0),
        plain(exact.1),
    ]
}

/// # Errors
/// Where a share has more digits than 128 bits hold.
pub(super) fn evidence(done: &Capitalization) -> Result<Sheet, Failure> {
    let fail = |error: RoundingError| Failure::failed("failed to write the evidence", error);
    let mut shares: BTreeMap<usize, Fixed> = BTreeMap::new();
    for day in by_day(&done.evidence).into_values() {
        let parts: Vec<(usize, Rational)> =
            day.iter().map(|at| (*at, done.evidence[*at].day_share.clone())).collect();
        shares.extend(day.into_iter().zip(round_parts(&parts, SHARE_DIGITS).map_err(fail)?));
    }
    let row = |(at, row): (usize, &EvidenceRow)| -> Result<Vec<Field>, Failure> {
        let weight =
            Fixed::rounded(&row.weight, SHARE_DIGITS).map_err(|error| fail(error.into()))?;
        Ok(vec![
            plain(&row.run_id),
            plain(row.period),
            Field::text(Some(&row.person_id)),
            plain(row.day),
            Field::text(Some(&row.work_item_id)),
            plain(row.signal.as_str()),
            Field::text(Some(&row.source_system)),
            Field::text(Some(&row.source_id)),
            text(&row.url),
            Field::plain(row.occurred_at.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ"))),
            plain(weight),
            Field::plain(shares.get(&at)),
            plain(row.gap_filled),
            plain(&row.row_hash),
        ])
    };
    Ok(Sheet::new(
        &[
            "run_id",
            "period",
            "person_id",
            "day",
            "work_item_id",
            "signal",
            "source_system",
            "source_id",
            "url",
            "occurred_at",
            "weight",
            "day_share",
            "gap_filled",
            "row_hash",
        ],
        done.evidence.iter().enumerate().map(row).collect::<Result<_, _>>()?,
    ))
}

/// Rows of each person's day: their shares are rounded together, so that they add up.
fn by_day(rows: &[EvidenceRow]) -> BTreeMap<(&str, NaiveDate), Vec<usize>> {
    let mut days: BTreeMap<(&str, NaiveDate), Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        days.entry((&row.person_id, row.day)).or_default().push(at);
    }
    days
}

pub(super) fn adjustments(run_id: &str, rows: &[Adjustment]) -> Sheet {
    let row = |row: &Adjustment| {
        vec![
            plain(run_id),
            plain(row.posted_period),
            plain(row.original_period),
            Field::text(Some(&row.key.person_id)),
            text(&row.key.project_id),
            Field::text(Some(&row.key.work_item_id)),
            plain(row.key.treatment.as_str()),
            plain(row.fte),
            plain(row.hours),
            Field::plain(row.cost.map(|(cost, _)| cost)),
            Field::plain(row.cost.map(|(_, currency)| currency)),
            plain(row.cause),
            Field::text(row.cause_event_id.as_deref()),
            Field::text(row.approved_by.as_deref()),
            Field::plain(row.approved_at.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ"))),
        ]
    };
    Sheet::new(
        &[
            "run_id",
            "posted_period",
            "original_period",
            "person_id",
            "project_id",
            "work_item_id",
            "treatment",
            "delta_fte",
            "delta_hours",
            "delta_cost",
            "currency",
            "cause",
            "cause_event_id",
            "approved_by",
            "approved_at",
        ],
        rows.iter().map(row).collect(),
    )
}
