//! Facts that are missing or contradictory are named, and nothing is guessed for them.

use super::facts::*;
use crate::effort::*;

const P1: &str = "p1";

fn problems_of(inputs: &Inputs) -> (usize, Vec<EffortProblem>) {
    let effort = model(inputs);
    (effort.months.len(), effort.problems)
}

fn blocked(inputs: &Inputs, problem: EffortProblem) {
    assert_eq!(problems_of(inputs), (0, vec![problem]));
}

#[test]
fn a_person_in_a_country_without_calendar_is_named_and_has_no_effort() {
    let mut inputs = one_person();
    inputs.employments[0].country = Some("FR".into());
    let (person_id, country) = (P1.into(), "FR".into());
    blocked(&inputs, EffortProblem::NoCalendar { person_id, country, month: month("2026-06") });
}

#[test]
fn a_person_without_country_is_named_and_has_no_effort() {
    let mut inputs = one_person();
    inputs.employments[0].country = None;
    blocked(&inputs, EffortProblem::NoCountry { person_id: P1.into(), month: month("2026-06") });
}

#[test]
fn a_share_of_full_time_that_is_missing_zero_or_above_one_is_named() {
    for fte in [None, Some(Rational::zero()), Some(ratio(11, 10)), Some(ratio(-1, 2))] {
        let mut inputs = one_person();
        inputs.employments[0].fte = fte;
        let (person_id, month) = (P1.into(), month("2026-06"));
        blocked(&inputs, EffortProblem::NoShareOfFullTime { person_id, month });
    }
}

#[test]
fn employments_that_overlap_by_a_day_leave_that_month_without_effort() {
    let mut inputs = one_person();
    inputs.months = vec![month("2026-05"), month("2026-06")];
    inputs.employments =
        vec![employment(P1, "2020-01-01", Some("2026-06-16")), employment(P1, "2026-06-15", None)];
    let effort = model(&inputs);
    assert_eq!(only(&effort).month, month("2026-05"));
    let (person_id, month) = (P1.into(), month("2026-06"));
    assert_eq!(effort.problems, [EffortProblem::OverlappingEmployments { person_id, month }]);
}

#[test]
fn equal_rows_count_once_and_are_no_contradiction() {
    let mut inputs = worked_example();
    let expected = model(&inputs);
    inputs.people.extend(inputs.people.clone());
    inputs.employments.extend(inputs.employments.clone());
    inputs.absences.extend(inputs.absences.clone());
    inputs.calendars.extend(inputs.calendars.clone());
    inputs.signals.extend(inputs.signals.clone());
    inputs.in_progress.extend(inputs.in_progress.clone());
    assert_eq!(model(&inputs), expected);
}

#[test]
fn several_teams_at_once_are_named_and_leave_the_effort_without_team() {
    let mut inputs = one_person();
    inputs.memberships = vec![membership(P1, "a"), membership(P1, "b")];
    let effort = model(&inputs);
    assert!(only(&effort).slices.iter().all(|slice| slice.team_id.is_none()));
    let (person_id, month) = (P1.into(), month("2026-06"));
    assert_eq!(effort.problems, [EffortProblem::OverlappingMemberships { person_id, month }]);
}

#[test]
fn an_absence_without_share_or_with_two_is_named() {
    let unclear = || EffortProblem::UnclearAbsence { person_id: P1.into(), day: june(2) };
    let mut inputs = one_person();
    inputs.absences = vec![Absence { person_id: P1.into(), day: june(2), fraction: None }];
    blocked(&inputs, unclear());
    inputs.absences =
        vec![absence(P1, june(2), ratio(1, 2)), absence(P1, june(2), Rational::one())];
    blocked(&inputs, unclear());
    inputs.absences = vec![absence(P1, june(2), ratio(3, 2))];
    blocked(&inputs, unclear());
}

#[test]
fn calendars_that_differ_are_not_used() {
    let mut inputs = one_person();
    let mut other = calendar("US");
    other.holidays.push(june(3));
    inputs.calendars.push(other);
    let (count, problems) = problems_of(&inputs);
    assert_eq!(count, 0);
    assert!(problems.contains(&EffortProblem::UnusableCalendar { country: "US".into() }));
}

#[test]
fn a_year_without_holidays_is_named_and_still_computed() {
    let mut inputs = one_person();
    inputs.months = vec![month("2028-06")];
    let problem = EffortProblem::NoHolidays { country: "US".into(), year: 2028 };
    assert_eq!(problems_of(&inputs), (1, vec![problem]));
}

#[test]
fn people_who_are_unknown_or_contradictory_are_named() {
    let mut inputs = one_person();
    inputs.signals = vec![signal("p9", june(2), "A", SignalKind::Commit, 1)];
    let problem = EffortProblem::UnknownPerson { person_id: "p9".into() };
    assert_eq!(problems_of(&inputs), (1, vec![problem]));

    let mut twice = one_person();
    twice.people.push(person(P1, "manager"));
    let (count, problems) = problems_of(&twice);
    assert_eq!(count, 0);
    assert!(problems.contains(&EffortProblem::ContradictoryPerson { person_id: P1.into() }));
}

#[test]
fn activity_outside_of_employment_or_before_the_first_working_day_is_named() {
    let mut inputs = one_person();
    // Saturday 6 is employed, yet has no working day before it.
    inputs.employments = vec![employment(P1, "2026-06-06", None)];
    inputs.signals = vec![
        signal(P1, june(5), "A", SignalKind::Commit, 1),
        signal(P1, june(6), "A", SignalKind::Commit, 1),
    ];
    let month = month("2026-06");
    let expected = vec![
        EffortProblem::ActivityOutsideEmployment { person_id: P1.into(), month },
        EffortProblem::NoEarlierWorkingDay { person_id: P1.into(), month },
    ];
    assert_eq!(problems_of(&inputs), (1, expected));
}

#[test]
fn work_items_can_not_pose_as_time_without_one() {
    let mut inputs = one_person();
    inputs.signals = vec![signal(P1, june(2), "~UNATTRIBUTED", SignalKind::Commit, 1)];
    let problem = EffortProblem::ReservedWorkItem { work_item_id: "~UNATTRIBUTED".into() };
    assert_eq!(problems_of(&inputs), (1, vec![problem]));
}
