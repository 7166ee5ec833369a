//! Rows of an export. Money, hours and FTE are fixed numbers that add up; writing them as CSV is
//! another's work.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::classify::{Booked, ClassificationSource};
use super::currency::Currency;
use super::reason::{Reason, Treatment};
use super::treatment::Placed;
use super::work_type::WorkType;
use crate::effort::{
    Employment, EmploymentType, Fixed, Month, PersonMonth, Rational, SignalKind, Work,
};

/// Version of the columns of all rows; they are only ever added to.
pub const SCHEMA_VERSION: u32 = 1;

/// One row of `cap_summary.csv`: what the detail rows with its first columns add up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SummaryRow {
    /// Version of the columns.
    pub schema_version: u32,
    /// Run.
    pub run_id: String,
    /// Month.
    pub period: Month,
    /// Company.
    pub entity: Option<String>,
    /// Policy.
    pub policy: String,
    /// Project; `None` for time that went to none.
    pub project_id: Option<String>,
    /// Its name.
    pub project_name: Option<String>,
    /// Its asset.
    pub asset_id: Option<String>,
    /// Treatment.
    pub treatment: Treatment,
    /// Kind of work.
    pub work_type: WorkType,
    /// Cost centre of the people.
    pub cost_center: Option<String>,
    /// People.
    pub persons: u64,
    /// Months of a full-time person, four digits.
    pub fte: Fixed,
    /// Hours, two digits.
    pub hours: Fixed,
    /// Cost; `None` where a part of it is unknown, and where costs stay with finance.
    pub cost: Option<Fixed>,
    /// Currency of the cost. Rows in another currency are apart.
    pub currency: Option<Currency>,
    /// True where it is time without a trace.
    pub unattributed_flag: bool,
}

/// One row of `cap_detail.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DetailRow {
    /// Run.
    pub run_id: String,
    /// Month.
    pub period: Month,
    /// Company.
    pub entity: Option<String>,
    /// Person.
    pub person_id: String,
    /// Name.
    pub person_name: Option<String>,
    /// Number in the payroll.
    pub employee_id: Option<String>,
    /// Employee or contractor. Someone who was both has rows of both.
    pub employment_type: Option<EmploymentType>,
    /// Country where the work was done.
    pub work_country: Option<String>,
    /// Team; `None` where there was none on some day of the row, or several.
    pub team_id: Option<String>,
    /// Role.
    pub role: Option<String>,
    /// Cost centre of the person.
    pub cost_center: Option<String>,
    /// Project.
    pub project_id: Option<String>,
    /// Its name.
    pub project_name: Option<String>,
    /// Nearest epic above, else the parent.
    pub epic_key: Option<String>,
    /// Work item, `~ABSENCE` or `~UNATTRIBUTED`.
    pub work_item_id: String,
    /// Its key.
    pub work_item_key: Option<String>,
    /// Its title.
    pub work_item_title: Option<String>,
    /// Kind of work.
    pub work_type: WorkType,
    /// Treatment.
    pub treatment: Treatment,
    /// Why.
    pub reason: Reason,
    /// What classified it.
    pub classification_source: ClassificationSource,
    /// Which of its rules; empty where nothing classified it.
    pub rule_id: String,
    /// Capacity of the person-month, four digits.
    pub capacity_fte: Fixed,
    /// Days of a full-time person, four digits.
    pub days: Fixed,
    /// Months of a full-time person, four digits.
    pub fte: Fixed,
    /// Hours, two digits.
    pub hours: Fixed,
    /// Cost in the currency of the export; `None` where unknown or with finance.
    pub cost: Option<Fixed>,
    /// Its currency.
    pub currency: Option<Currency>,
    /// Days of the row that are filled gaps.
    pub gap_filled_days: u64,
    /// Traces it rests on.
    pub evidence_count: u64,
    /// Day from which its project's work can be capitalized; `None` where a gate is missing.
    pub recognition_on: Option<NaiveDate>,
    /// Day on which its project was ready for use; `None` while it is not.
    pub ready_for_use_on: Option<NaiveDate>,
    /// First day of the employment.
    pub employed_from: NaiveDate,
    /// Cost in the currency of the payroll.
    pub payroll_cost: Option<Fixed>,
    /// Currency of the payroll.
    pub payroll_currency: Option<Currency>,
    /// Days before rounding.
    pub exact_days: Rational,
}

/// One row of `cap_evidence.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceRow {
    /// Run.
    pub run_id: String,
    /// Month.
    pub period: Month,
    /// Person.
    pub person_id: String,
    /// Day on which it counts.
    pub day: NaiveDate,
    /// Work item.
    pub work_item_id: String,
    /// Kind.
    pub signal: SignalKind,
    /// System it was read from; empty for a filled gap.
    pub source_system: String,
    /// Its id there; empty for a filled gap.
    pub source_id: String,
    /// Where to look at it.
    pub url: Option<String>,
    /// When it happened; UTC.
    pub occurred_at: Option<DateTime<Utc>>,
    /// Weight.
    pub weight: Rational,
    /// Share of what was worked that day.
    pub day_share: Rational,
    /// True for a filled gap.
    pub gap_filled: bool,
    /// SHA-256 of the other columns but the run, in hexadecimal digits.
    pub row_hash: String,
}

/// What tells rows of one person-month apart, in the order in which ties are broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowKey {
    work: Work,
    treatment: Treatment,
    /// As it is printed, whose bytes decide.
    reason: String,
    project_id: Option<String>,
    employment: usize,
}

/// A row before rounding.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) booked: Booked<'a>,
    pub(super) treatment: Treatment,
    pub(super) reason: Reason,
    pub(super) work: &'a Work,
    pub(super) employment: &'a Employment,
    pub(super) days: Rational,
    pub(super) fte: Rational,
    pub(super) hours: Rational,
    pub(super) hours_by_day: BTreeMap<NaiveDate, Rational>,
    pub(super) teams: BTreeSet<Option<&'a str>>,
    pub(super) gap_filled: BTreeSet<NaiveDate>,
}

impl Row<'_> {
    /// The one team of all its days.
    pub(super) fn team_id(&self) -> Option<&str> {
        let mut teams = self.teams.iter();
        teams.next().copied().flatten().filter(|_| teams.next().is_none())
    }
}

/// Rows of a person-month before rounding.
pub(super) fn rows<'a>(month: &'a PersonMonth, placed: &[Placed<'a>]) -> BTreeMap<RowKey, Row<'a>> {
    let mut rows: BTreeMap<RowKey, Row<'a>> = BTreeMap::new();
    for one in placed {
        let Some(employment) = month.employments.get(one.slice.employment) else { continue };
        let key = RowKey {
            work: one.slice.work.clone(),
            treatment: one.treatment,
            reason: one.reason.to_string(),
            project_id: one.booked.project_id.map(str::to_owned),
            employment: one.slice.employment,
        };
        let row = rows.entry(key).or_insert_with(|| Row {
            booked: one.booked.clone(),
            treatment: one.treatment,
            reason: one.reason.clone(),
            work: &one.slice.work,
            employment,
            days: Rational::zero(),
            fte: Rational::zero(),
            hours: Rational::zero(),
            hours_by_day: BTreeMap::new(),
            teams: BTreeSet::new(),
            gap_filled: BTreeSet::new(),
        });
        let hours = &one.slice.hours * &one.share;
        *row.hours_by_day.entry(one.slice.day).or_default() += &hours;
        row.days += &(&one.slice.days * &one.share);
        row.fte += &(&one.slice.fte * &one.share);
        row.hours += &hours;
        row.teams.insert(one.slice.team_id.as_deref());
        if one.slice.flags.is_gap_filled {
            row.gap_filled.insert(one.slice.day);
        }
    }
    rows
}
