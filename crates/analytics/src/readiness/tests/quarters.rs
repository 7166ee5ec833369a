//! Quarters of the calendar and of fiscal years.

use chrono_tz::Tz;

use super::super::{FiscalYear, Quarter};

fn days(text: &str, year: FiscalYear) -> String {
    let quarter = Quarter::parse(text, year).expect("a quarter");
    format!("{} to {}", quarter.start_on(), quarter.end_on())
}

#[test]
fn a_quarter_is_the_calendars_unless_a_fiscal_year_begins_elsewhere() {
    let calendar = FiscalYear::default();
    let april = FiscalYear { first_month: 4, is_named_by_end: false };
    let october = FiscalYear { first_month: 10, is_named_by_end: true };
    assert_eq!(days("2026Q3", calendar), "2026-07-01 to 2026-10-01");
    assert_eq!(days("2026-q4", calendar), "2026-10-01 to 2027-01-01");
    assert_eq!(days("2026Q3", april), "2026-10-01 to 2027-01-01");
    assert_eq!(days("2026Q4", april), "2027-01-01 to 2027-04-01");
    // The fiscal year 2026 that ends in September 2026 began in October 2025.
    assert_eq!(days("2026Q1", october), "2025-10-01 to 2026-01-01");
    for text in ["2026Q5", "2026Q0", "Q3", "2026", "2026Q", "20x6Q1"] {
        assert_eq!(Quarter::parse(text, calendar), None, "{text}");
    }
}

#[test]
fn a_day_is_in_the_quarter_that_begins_before_and_ends_after_it() {
    for (first_month, is_named_by_end) in [(1, false), (2, true), (4, false), (12, true)] {
        let year = FiscalYear { first_month, is_named_by_end };
        for text in ["2025-01-31", "2025-02-01", "2025-11-30", "2025-12-01", "2026-03-31"] {
            let day = text.parse().expect("a day");
            let quarter = Quarter::of(day, year);
            assert!(quarter.start_on() <= day && day < quarter.end_on(), "{quarter} {day}");
            assert_eq!(Quarter::parse(&quarter.to_string(), year), Some(quarter));
            assert_eq!(quarter.earlier(1).end_on(), quarter.start_on());
        }
    }
}

#[test]
fn a_quarter_in_progress_is_provisional_and_one_to_come_has_nothing_to_see() {
    let quarter = Quarter::parse("2026Q1", FiscalYear::default()).expect("a quarter");
    let moment = |as_of: &str| quarter.moment(as_of.parse().expect("an instant"), Tz::UTC);
    // 45 of 90 days.
    let half = moment("2026-02-15T00:00:00Z").expect("it has begun");
    assert!(half.is_provisional && (half.elapsed - 0.5).abs() < 1e-9);
    assert_eq!(half.last_on.to_string(), "2026-02-14");
    let whole = moment("2026-06-01T00:00:00Z").expect("it has begun");
    assert!(!whole.is_provisional && whole.elapsed == 1.0);
    assert_eq!(whole.last_on.to_string(), "2026-03-31");
    assert!(moment("2026-01-01T00:00:00Z").is_none());
}
