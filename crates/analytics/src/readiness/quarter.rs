//! Quarters of the calendar or of a fiscal year.

use chrono::{DateTime, Datelike, Duration, Months, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::windows::midnight;

/// When fiscal years begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FiscalYear {
    /// First month, 1 to 12; 1 is the calendar's.
    pub first_month: u32,
    /// True where a year has the name of the calendar year in which it ends.
    pub is_named_by_end: bool,
}

impl Default for FiscalYear {
    fn default() -> FiscalYear {
        FiscalYear { first_month: 1, is_named_by_end: false }
    }
}

/// A quarter such as `2026Q3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quarter {
    /// Quarters since the year 0.
    index: i32,
    year: FiscalYear,
}

impl Quarter {
    /// Reads `2026Q3`; `None` where it is no quarter.
    pub fn parse(text: &str, year: FiscalYear) -> Option<Quarter> {
        let (of, number) = text.trim().split_once(['Q', 'q'])?;
        let of = of.trim_end_matches('-');
        let (of, number): (i32, i32) = (of.parse().ok()?, number.parse().ok()?);
        let fits = (1..=4).contains(&number) && (1900..=9000).contains(&of);
        fits.then_some(Quarter { index: of * 4 + number - 1, year })
    }

    /// The quarter that holds a civil day.
    pub fn of(day: NaiveDate, year: FiscalYear) -> Quarter {
        let months = day.year() * 12 + day.month0() as i32 - Quarter::offset(year);
        Quarter { index: months.div_euclid(3), year }
    }

    /// Months from the beginning of a calendar year to that of the fiscal year of its name.
    fn offset(year: FiscalYear) -> i32 {
        let begins = year.first_month as i32 - 1;
        if year.is_named_by_end && begins > 0 { begins - 12 } else { begins }
    }

    /// So many quarters earlier.
    pub fn earlier(self, quarters: i32) -> Quarter {
        Quarter { index: self.index - quarters, ..self }
    }

    /// First civil day.
    pub fn start_on(self) -> NaiveDate {
        let months = self.index * 3 + Quarter::offset(self.year);
        let month = months.rem_euclid(12) as u32 + 1;
        NaiveDate::from_ymd_opt(months.div_euclid(12), month, 1).unwrap_or_default()
    }

    /// First civil day after it.
    pub fn end_on(self) -> NaiveDate {
        self.start_on() + Months::new(3)
    }

    /// What can be seen of it as of an instant; `None` where it has not begun.
    pub fn moment(self, as_of: DateTime<Utc>, zone: Tz) -> Option<Moment> {
        let (start, end) = (midnight(self.start_on(), zone), midnight(self.end_on(), zone));
        if as_of <= start {
            return None;
        }
        let seen = end.min(as_of);
        let at = seen - Duration::microseconds(1);
        let elapsed = (seen - start).num_seconds() as f64 / (end - start).num_seconds() as f64;
        Some(Moment {
            quarter: self,
            start,
            end,
            at,
            last_on: at.with_timezone(&zone).date_naive(),
            is_provisional: as_of < end,
            elapsed,
            zone,
        })
    }
}

impl std::fmt::Display for Quarter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}Q{}", self.index.div_euclid(4), self.index.rem_euclid(4) + 1)
    }
}

/// A quarter as far as it can be seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Quarter.
    pub quarter: Quarter,
    /// First instant; UTC.
    pub start: DateTime<Utc>,
    /// First instant after it; UTC.
    pub end: DateTime<Utc>,
    /// Last instant of it that is seen: nothing later counts; UTC.
    pub at: DateTime<Utc>,
    /// Civil day of that instant.
    pub last_on: NaiveDate,
    /// True while it is in progress.
    pub is_provisional: bool,
    /// Share of it that is over, above 0 up to 1.
    pub elapsed: f64,
    zone: Tz,
}

impl Moment {
    /// The last instant and civil day of an earlier quarter.
    pub(crate) fn end_of(&self, earlier: i32) -> (DateTime<Utc>, NaiveDate) {
        let end_on = self.quarter.earlier(earlier).end_on();
        (midnight(end_on, self.zone) - Duration::microseconds(1), end_on - Duration::days(1))
    }

    /// First instant of an earlier quarter.
    pub(crate) fn start_of(&self, earlier: i32) -> DateTime<Utc> {
        midnight(self.quarter.earlier(earlier).start_on(), self.zone)
    }
}
