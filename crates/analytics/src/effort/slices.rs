//! What the model gives: person-months made of day slices, exact to the last fraction.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::inputs::{Employment, Person, SignalKind, Work};
use super::{EffortProblem, Month, Rational};

/// How a slice came about, where not by traces of its own day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct Flags {
    /// The day shows nothing; the days around it do.
    pub is_gap_filled: bool,
    /// A manager's day: unattributed, or as the team's.
    pub is_manager: bool,
}

/// A part of one person's day that went to one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DaySlice {
    /// Civil day in the reporting zone.
    pub day: NaiveDate,
    /// Place in [`PersonMonth::employments`].
    pub employment: usize,
    /// Team on that day; `None` where there is none, or several.
    pub team_id: Option<String>,
    /// What it went to.
    pub work: Work,
    /// How that is known.
    pub flags: Flags,
    /// In working days of a full-time person.
    pub days: Rational,
    /// In months of a full-time person: days over the month's working days in the country.
    pub fte: Rational,
    /// In hours of the country's working day.
    pub hours: Rational,
}

/// A trace that a day slice rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Evidence {
    /// Day on which it counts, which is not that of `occurred_at` where activity was moved.
    pub day: NaiveDate,
    /// Work item.
    pub work_item_id: String,
    /// Kind.
    pub signal: SignalKind,
    /// Its id in the system it was read from; empty for a filled gap.
    pub source_id: String,
    /// System it was read from; empty for a filled gap.
    pub source: String,
    /// Where to look at it.
    pub url: Option<String>,
    /// When it happened; UTC. `None` for tickets in progress and filled gaps.
    pub occurred_at: Option<DateTime<Utc>>,
    /// Weight, after division among the work items of its source.
    pub weight: Rational,
    /// Share of what was worked that day that it stands for.
    pub day_share: Rational,
}

/// Where one person's month went. The slices add up to the capacity exactly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonMonth {
    /// Person.
    pub person_id: String,
    /// Name for people.
    pub person_name: Option<String>,
    /// Role.
    pub role: Option<String>,
    /// Month.
    pub month: Month,
    /// True where the month was not over when the facts were read.
    pub is_provisional: bool,
    /// Terms that held on working days of the month, in order.
    pub employments: Vec<Employment>,
    /// Working days while employed, times the share of full time.
    pub capacity_days: Rational,
    /// The same over the month's working days; 1 for a full month at full time.
    pub capacity_fte: Rational,
    /// The same in hours.
    pub capacity_hours: Rational,
    /// By day, then what it went to, then flags.
    pub slices: Vec<DaySlice>,
    /// By day, work item, kind and source.
    pub evidence: Vec<Evidence>,
    /// Unattributed share of the capacity.
    pub unattributed_share: Rational,
    /// Share of the capacity in filled gaps.
    pub gap_filled_share: Rational,
    /// True where more is unattributed than the options allow without a look.
    pub needs_review: bool,
    /// Signals of days of this month that count on an earlier day.
    pub moved_signals: u64,
    /// Signals of days of this month that do not count, as it was a day without work.
    pub dropped_signals: u64,
    /// Review comments of this month beyond the cap.
    pub comments_over_cap: u64,
}

/// All slices of a person-month for one thing with the same flags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonthSlice {
    /// What it went to.
    pub work: Work,
    /// How that is known.
    pub flags: Flags,
    /// In working days of a full-time person.
    pub days: Rational,
    /// In months of a full-time person.
    pub fte: Rational,
    /// In hours.
    pub hours: Rational,
}

impl PersonMonth {
    pub(super) fn new(person: &Person, month: Month) -> PersonMonth {
        PersonMonth {
            person_id: person.person_id.clone(),
            person_name: person.name.clone(),
            role: person.role.clone(),
            month,
            is_provisional: false,
            employments: Vec::new(),
            capacity_days: Rational::zero(),
            capacity_fte: Rational::zero(),
            capacity_hours: Rational::zero(),
            slices: Vec::new(),
            evidence: Vec::new(),
            unattributed_share: Rational::zero(),
            gap_filled_share: Rational::zero(),
            needs_review: false,
            moved_signals: 0,
            dropped_signals: 0,
            comments_over_cap: 0,
        }
    }

    /// The month's slices without their days, in order of what they went to, then flags.
    pub fn by_work(&self) -> Vec<MonthSlice> {
        let mut all: BTreeMap<(&Work, Flags), MonthSlice> = BTreeMap::new();
        for slice in &self.slices {
            let sum = all.entry((&slice.work, slice.flags)).or_insert_with(|| MonthSlice {
                work: slice.work.clone(),
                flags: slice.flags,
                days: Rational::zero(),
                fte: Rational::zero(),
                hours: Rational::zero(),
            });
            sum.days += &slice.days;
            sum.fte += &slice.fte;
            sum.hours += &slice.hours;
        }
        all.into_values().collect()
    }

    /// Works the shares out of the slices.
    pub(super) fn weigh(&mut self, review_above: &Rational) {
        self.unattributed_share = self.share(|slice| slice.work == Work::Unattributed);
        self.gap_filled_share = self.share(|slice| slice.flags.is_gap_filled);
        self.needs_review = self.unattributed_share > *review_above;
    }

    /// Days that pass a test, over the capacity in days.
    fn share(&self, is_meant: impl Fn(&DaySlice) -> bool) -> Rational {
        let meant: Rational =
            self.slices.iter().filter(|slice| is_meant(slice)).map(|slice| &slice.days).sum();
        // A person-month has at least one working day of some share of full time.
        meant.over(&self.capacity_days).unwrap_or_default()
    }
}

/// Effort of all people in all months asked for, and what stood in the way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Effort {
    /// By month, then person. Without those who had no working day, and those whom a problem names
    /// with that month.
    pub months: Vec<PersonMonth>,
    /// In order, each once.
    pub problems: Vec<EffortProblem>,
}
