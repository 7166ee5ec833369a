//! Calendar months: the periods of effort and of the books.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use serde::{Serialize, Serializer};

/// A calendar month. Prints as `2026-06`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    first: NaiveDate,
}

impl Month {
    /// The month of a year, January being 1; `None` where there is none such.
    pub fn new(year: i32, month: u32) -> Option<Month> {
        NaiveDate::from_ymd_opt(year, month, 1).map(|first| Month { first })
    }

    /// The month a day lies in.
    pub fn of(day: NaiveDate) -> Month {
        // Every month has a first day, so the alternative never happens.
        Month { first: day.with_day(1).unwrap_or(day) }
    }

    /// Its first day.
    pub fn first(self) -> NaiveDate {
        self.first
    }

    /// Its days in order.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        self.first.iter_days().take_while(move |day| Month::of(*day) == self)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.first.format("%Y-%m"))
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leap_february_has_29_days_and_prints_with_two_digits() {
        let month = Month::new(2028, 2).expect("a month");
        assert_eq!(month.days().count(), 29);
        assert_eq!(month.to_string(), "2028-02");
        assert!(month.days().all(|day| Month::of(day) == month));
    }

    #[test]
    fn there_is_no_thirteenth_month() {
        assert_eq!(Month::new(2026, 13), None);
    }
}
