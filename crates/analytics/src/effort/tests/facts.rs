//! Small builders of facts, and the worked example that effort and capitalization share.

use chrono::{DateTime, NaiveDate, Utc, Weekday};

use crate::effort::*;

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// A day of June 2026.
pub(crate) fn june(of_month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 6, of_month).expect("a day of June")
}

pub(crate) fn at(day: NaiveDate) -> DateTime<Utc> {
    day.and_hms_opt(12, 0, 0).expect("noon").and_utc()
}

pub(crate) fn month(text: &str) -> Month {
    Month::of(day(&format!("{text}-01")))
}

pub(crate) fn ratio(numerator: i64, denominator: i64) -> Rational {
    Rational::new(numerator, denominator).expect("a denominator")
}

pub(crate) fn person(id: &str, role: &str) -> Person {
    Person { person_id: id.into(), name: Some(id.to_uppercase()), role: Some(role.into()) }
}

pub(crate) fn employment(person_id: &str, from: &str, to: Option<&str>) -> Employment {
    Employment {
        person_id: person_id.into(),
        valid_from: day(from),
        valid_to: to.map(day),
        employee_id: Some(format!("E-{person_id}")),
        employment_type: Some(EmploymentType::Employee),
        entity: Some("Acme Inc".into()),
        country: Some("US".into()),
        fte: Some(Rational::one()),
        cost_center: Some("CC1".into()),
    }
}

pub(crate) fn membership(person_id: &str, team_id: &str) -> Membership {
    Membership {
        team_id: team_id.into(),
        person_id: person_id.into(),
        valid_from: day("2020-01-01"),
        valid_to: None,
    }
}

pub(crate) fn absence(person_id: &str, day: NaiveDate, fraction: Rational) -> Absence {
    Absence { person_id: person_id.into(), day, fraction: Some(fraction) }
}

/// Monday to Friday, eight hours, with Juneteenth and New Year.
pub(crate) fn calendar(country: &str) -> Calendar {
    Calendar {
        country: country.into(),
        weekend: vec![Weekday::Sat, Weekday::Sun],
        holidays: vec![june(19), day("2026-01-01"), day("2025-01-01"), day("2027-01-01")],
        hours_per_day: Rational::whole(8),
    }
}

/// The `nth` signal of its kind on a day.
pub(crate) fn signal(
    person_id: &str,
    on: NaiveDate,
    item: &str,
    kind: SignalKind,
    nth: u32,
) -> Signal {
    let source_id = format!("{}-{person_id}-{item}-{on}-{nth}", kind.as_str());
    Signal {
        person_id: person_id.into(),
        day: on,
        work_item_id: item.into(),
        kind,
        source: "git".into(),
        url: Some(format!("https://code.example/{source_id}")),
        source_id,
        occurred_at: at(on),
        pull_request_id: None,
        same_as: None,
    }
}

pub(crate) fn signals(
    person_id: &str,
    on: NaiveDate,
    item: &str,
    kind: SignalKind,
    count: u32,
) -> Vec<Signal> {
    (1..=count).map(|nth| signal(person_id, on, item, kind, nth)).collect()
}

pub(crate) fn in_progress(
    person_id: &str,
    item: &str,
    first_on: NaiveDate,
    last_on: NaiveDate,
) -> InProgress {
    InProgress {
        person_id: person_id.into(),
        work_item_id: item.into(),
        first_on,
        last_on: Some(last_on),
        source: "jira".into(),
        source_id: format!("{item}@{first_on}"),
        url: None,
    }
}

/// One full-time engineer in June 2026, without a trace.
pub(crate) fn one_person() -> Inputs {
    Inputs {
        months: vec![month("2026-06")],
        people: vec![person("p1", "engineer")],
        employments: vec![employment("p1", "2020-01-01", None)],
        calendars: vec![calendar("US")],
        ..Inputs::default()
    }
}

/// The person-month of the domain reference that is worked to the cent: two days off, an ordinary
/// feature, maintenance, a discovery ticket, and four days that show nothing.
pub(crate) fn worked_example() -> Inputs {
    use SignalKind::{Commit, PullRequestMerged, PullRequestOpened, Review};
    let mut inputs = one_person();
    inputs.absences = [11, 12].map(|n| absence("p1", june(n), Rational::one())).to_vec();
    inputs.in_progress = vec![
        in_progress("p1", "PAY-1", june(1), june(5)),
        in_progress("p1", "PAY-1", june(8), june(10)),
        in_progress("p1", "DISC-3", june(15), june(18)),
        in_progress("p1", "PAY-2", june(22), june(24)),
    ];
    let traces = [
        (2, "PAY-1", Commit, 2),
        (3, "PAY-1", Commit, 1),
        (5, "PAY-1", Commit, 3),
        (9, "PAY-1", Commit, 2),
        (10, "PAY-1", PullRequestOpened, 1),
        (15, "PAY-1", PullRequestMerged, 1),
        (3, "OPS-7", Commit, 1),
        (9, "OPS-7", Commit, 1),
        (16, "OPS-7", Commit, 1),
        (4, "OPS-7", Review, 2),
        (23, "PAY-2", Commit, 2),
        (24, "OPS-7", Commit, 2),
    ];
    inputs.signals = traces
        .into_iter()
        .flat_map(|(n, item, kind, count)| signals("p1", june(n), item, kind, count))
        .collect();
    inputs
}

pub(crate) fn only(effort: &Effort) -> &PersonMonth {
    match effort.months.as_slice() {
        [month] => month,
        other => panic!("{} person-months, and {:?}", other.len(), effort.problems),
    }
}

/// Parts of one day as `(id, days)`.
pub(crate) fn on(month: &PersonMonth, day: NaiveDate) -> Vec<(&str, Rational)> {
    let slices = month.slices.iter().filter(|slice| slice.day == day);
    slices.map(|slice| (slice.work.id(), slice.days.clone())).collect()
}

/// Parts of the month as `(id, days)`, flags aside.
pub(crate) fn whole_days(month: &PersonMonth) -> Vec<(String, Rational)> {
    month.by_work().into_iter().map(|slice| (slice.work.id().to_owned(), slice.days)).collect()
}
