//! Calendar months: the periods of effort and of the books.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

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

    /// The month after.
    pub fn after(self) -> Month {
        let next = self.days().last().and_then(|last| last.succ_opt());
        Month::of(next.unwrap_or(self.first))
    }

    /// The month before.
    pub fn before(self) -> Month {
        Month::of(self.first.pred_opt().unwrap_or(self.first))
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

impl FromStr for Month {
    type Err = String;

    /// Reads `2026-06`.
    fn from_str(text: &str) -> Result<Month, String> {
        let wrong = || format!("`{text}` is no month; write one such as 2026-06");
        let (year, month) = text.split_once('-').ok_or_else(wrong)?;
        if year.len() != 4 || month.len() != 2 {
            return Err(wrong());
        }
        let month = year.parse().ok().zip(month.parse().ok());
        month.and_then(|(year, month)| Month::new(year, month)).ok_or_else(wrong)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Month, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
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
    fn a_month_reads_back_and_nothing_else_is_one() {
        assert_eq!("2026-06".parse(), Ok(Month::new(2026, 6).expect("a month")));
        for text in ["2026-6", "2026-13", "2026", "26-06", "2026-06-01", ""] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }

    #[test]
    fn there_is_no_thirteenth_month() {
        assert_eq!(Month::new(2026, 13), None);
    }
}
