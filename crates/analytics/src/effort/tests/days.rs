//! Single rules, each on days that are worked by hand.

use super::facts::*;
use crate::effort::*;

use SignalKind::{Commit, Review, ReviewComment};

fn share_on(inputs: &Inputs, n: u32) -> Vec<(String, Rational)> {
    let effort = model(inputs);
    let parts = on(only(&effort), june(n));
    parts.into_iter().map(|(id, days)| (id.to_owned(), days)).collect()
}

fn parts<const N: usize>(parts: [(&str, Rational); N]) -> Vec<(String, Rational)> {
    parts.map(|(id, days)| (id.to_owned(), days)).to_vec()
}

#[test]
fn three_comments_of_a_pull_request_and_day_count_and_the_rest_do_not() {
    let mut inputs = one_person();
    inputs.signals = signals("p1", june(2), "A", ReviewComment, 7);
    inputs.signals.extend(signals("p1", june(2), "B", Commit, 1));
    // 3 × 1 against 3, not 7 against 3.
    assert_eq!(share_on(&inputs, 2), parts([("A", ratio(1, 2)), ("B", ratio(1, 2))]));
    assert_eq!(only(&model(&inputs)).comments_over_cap, 4);
}

#[test]
fn comments_of_another_pull_request_or_day_have_a_cap_of_their_own() {
    let mut inputs = one_person();
    inputs.signals = signals("p1", june(2), "A", ReviewComment, 6);
    for (place, comment) in inputs.signals.iter_mut().enumerate() {
        comment.pull_request_id = Some(format!("pr{}", place % 2));
    }
    inputs.signals.extend(signals("p1", june(2), "B", Commit, 1));
    // Three of each pull request: 6 against 3.
    assert_eq!(share_on(&inputs, 2), parts([("A", ratio(2, 3)), ("B", ratio(1, 3))]));
}

#[test]
fn a_commit_that_was_squashed_away_counts_once_and_at_its_first_time() {
    let mut inputs = one_person();
    let mut original = signal("p1", june(2), "A", Commit, 1);
    let mut squashed = signal("p1", june(3), "A", Commit, 2);
    original.same_as = Some("patch".into());
    squashed.same_as = Some("patch".into());
    inputs.signals = vec![squashed, original, signal("p1", june(2), "B", Review, 1)];
    assert_eq!(share_on(&inputs, 2), parts([("A", ratio(3, 4)), ("B", ratio(1, 4))]));
    assert_eq!(share_on(&inputs, 3), parts([("~UNATTRIBUTED", Rational::one())]));
}

#[test]
fn a_commit_for_two_tickets_weighs_as_much_as_a_commit_for_one() {
    let mut inputs = one_person();
    let first = signal("p1", june(2), "A", Commit, 1);
    let second = Signal { work_item_id: "B".into(), ..first.clone() };
    inputs.signals = vec![first, second, signal("p1", june(2), "C", Commit, 1)];
    let expected = parts([("A", ratio(1, 4)), ("B", ratio(1, 4)), ("C", ratio(1, 2))]);
    assert_eq!(share_on(&inputs, 2), expected);
}

#[test]
fn weekend_activity_moves_to_the_working_day_before() {
    let mut inputs = one_person();
    // Saturday 6 and Sunday 7 June; Friday 5 has one commit of its own.
    inputs.signals = vec![
        signal("p1", june(5), "A", Commit, 1),
        signal("p1", june(6), "B", Commit, 1),
        signal("p1", june(7), "B", Commit, 1),
    ];
    assert_eq!(share_on(&inputs, 5), parts([("A", ratio(1, 3)), ("B", ratio(2, 3))]));
    assert_eq!(only(&model(&inputs)).moved_signals, 2);
}

#[test]
fn weekend_activity_is_dropped_where_asked_and_counted_as_such() {
    let mut inputs = one_person();
    inputs.options.weekend = WeekendActivity::Drop;
    inputs.signals =
        vec![signal("p1", june(5), "A", Commit, 1), signal("p1", june(6), "B", Commit, 1)];
    assert_eq!(share_on(&inputs, 5), parts([("A", Rational::one())]));
    assert_eq!(only(&model(&inputs)).dropped_signals, 1);
}

#[test]
fn weekend_activity_passes_over_days_with_any_absence_and_holidays() {
    let mut inputs = one_person();
    // Sunday 21; Friday 19 is a holiday, Thursday 18 half a day off, so Wednesday 17.
    inputs.absences = vec![absence("p1", june(18), ratio(1, 2))];
    inputs.signals = vec![signal("p1", june(21), "A", Commit, 1)];
    assert_eq!(share_on(&inputs, 17), parts([("A", Rational::one())]));
}

#[test]
fn weekend_activity_after_a_months_end_belongs_to_the_month_before() {
    let mut inputs = one_person();
    // Saturday 1 August moves to Friday 31 July, whichever month is asked for.
    inputs.months = vec![month("2026-07"), month("2026-08")];
    inputs.signals = vec![signal("p1", day("2026-08-01"), "A", Commit, 1)];
    let effort = model(&inputs);
    let [july, august] = effort.months.as_slice() else { panic!("two months") };
    assert_eq!(on(july, day("2026-07-31")), [("A", Rational::one())]);
    assert!(august.slices.iter().all(|slice| slice.work == Work::Unattributed));
}

#[test]
fn half_a_day_off_leaves_half_a_day_to_divide() {
    let mut inputs = one_person();
    inputs.absences = vec![absence("p1", june(2), ratio(1, 2))];
    inputs.signals = vec![signal("p1", june(2), "A", Commit, 1)];
    assert_eq!(share_on(&inputs, 2), parts([("A", ratio(1, 2)), ("~ABSENCE", ratio(1, 2))]));
}

#[test]
fn a_gap_of_three_working_days_on_one_ticket_in_progress_is_filled_and_flagged() {
    let mut inputs = one_person();
    // In progress Thursday 4 and Wednesday 10; between lie Friday, Monday and Tuesday.
    inputs.in_progress =
        vec![in_progress("p1", "A", june(4), june(4)), in_progress("p1", "A", june(10), june(10))];
    let effort = model(&inputs);
    let month = only(&effort);
    for n in [5, 8, 9] {
        assert_eq!(on(month, june(n)), [("A", Rational::one())]);
    }
    assert_eq!(month.gap_filled_share, ratio(3, 21));
    let filled = month.evidence.iter().filter(|one| one.signal == SignalKind::GapFill).count();
    assert_eq!(filled, 3);
}

#[test]
fn gaps_of_four_days_or_between_different_tickets_stay_unattributed() {
    for (item, back_on) in [("A", june(11)), ("B", june(10))] {
        let mut inputs = one_person();
        inputs.in_progress = vec![
            in_progress("p1", "A", june(4), june(4)),
            in_progress("p1", item, back_on, back_on),
        ];
        for n in [5, 8, 9] {
            let expected = parts([("~UNATTRIBUTED", Rational::one())]);
            assert_eq!(share_on(&inputs, n), expected, "{item} on {n} June");
        }
    }
}

#[test]
fn a_gap_beside_a_day_with_two_work_items_or_none_in_progress_stays_unattributed() {
    let mut inputs = one_person();
    inputs.in_progress =
        vec![in_progress("p1", "A", june(2), june(2)), in_progress("p1", "A", june(4), june(4))];
    assert_eq!(share_on(&inputs, 3), parts([("A", Rational::one())]));
    inputs.signals = vec![signal("p1", june(4), "B", Commit, 1)];
    assert_eq!(share_on(&inputs, 3), parts([("~UNATTRIBUTED", Rational::one())]));

    let mut commits = one_person();
    commits.signals =
        vec![signal("p1", june(2), "A", Commit, 1), signal("p1", june(4), "A", Commit, 1)];
    assert_eq!(share_on(&commits, 3), parts([("~UNATTRIBUTED", Rational::one())]));
}

#[test]
fn a_day_off_in_a_gap_is_not_worked_but_makes_the_gap_longer() {
    let mut inputs = one_person();
    inputs.in_progress =
        vec![in_progress("p1", "A", june(1), june(1)), in_progress("p1", "A", june(5), june(5))];
    inputs.absences = vec![absence("p1", june(3), Rational::one())];
    assert_eq!(share_on(&inputs, 2), parts([("A", Rational::one())]));
    assert_eq!(share_on(&inputs, 3), parts([("~ABSENCE", Rational::one())]));
    inputs.in_progress[1] = in_progress("p1", "A", june(8), june(8));
    assert_eq!(share_on(&inputs, 2), parts([("~UNATTRIBUTED", Rational::one())]));
}

#[test]
fn more_than_a_fifth_without_a_trace_needs_a_look() {
    let mut inputs = one_person();
    inputs.in_progress = vec![in_progress("p1", "A", june(1), june(23))];
    // 24, 25, 26, 29, 30 of 21 working days.
    let effort = model(&inputs);
    assert_eq!(only(&effort).unattributed_share, ratio(5, 21));
    assert!(only(&effort).needs_review);
}

#[test]
fn exactly_a_fifth_without_a_trace_needs_none() {
    let mut inputs = one_person();
    // 24, 25, 26, 29 and 30; the last shows nothing.
    inputs.employments = vec![employment("p1", "2026-06-24", None)];
    inputs.in_progress = vec![in_progress("p1", "A", june(24), june(29))];
    let effort = model(&inputs);
    assert_eq!(only(&effort).unattributed_share, ratio(1, 5));
    assert!(!only(&effort).needs_review);
}

#[test]
fn four_days_a_week_are_four_fifths_of_everything() {
    let mut inputs = one_person();
    inputs.employments[0].fte = Rational::from_column(0.8);
    inputs.signals = vec![signal("p1", june(2), "A", Commit, 1)];
    let effort = model(&inputs);
    let month = only(&effort);
    assert_eq!(month.capacity_fte, ratio(4, 5));
    assert_eq!(month.capacity_hours, ratio(672, 5));
    assert_eq!(on(month, june(2)), [("A", ratio(4, 5))]);
}

#[test]
fn who_joins_or_leaves_has_the_capacity_of_the_days_employed() {
    let mut inputs = one_person();
    // From Monday 15: 15–18, 22–26, 29, 30 are 11 of 21 working days.
    inputs.employments = vec![employment("p1", "2026-06-15", None)];
    assert_eq!(only(&model(&inputs)).capacity_fte, ratio(11, 21));
    inputs.employments = vec![employment("p1", "2020-01-01", Some("2026-06-15"))];
    assert_eq!(only(&model(&inputs)).capacity_fte, ratio(10, 21));
}

#[test]
fn a_contractor_hired_on_the_fifteenth_has_one_whole_month_in_two_employments() {
    let mut inputs = worked_example();
    let mut contractor = employment("p1", "2025-01-01", Some("2026-06-15"));
    contractor.employment_type = Some(EmploymentType::Contractor);
    inputs.employments = vec![employment("p1", "2026-06-15", None), contractor];
    let effort = model(&inputs);
    let month = only(&effort);
    assert_eq!(month.capacity_fte, Rational::one());
    let types: Vec<_> = month.employments.iter().map(|one| one.employment_type).collect();
    assert_eq!(types, [Some(EmploymentType::Contractor), Some(EmploymentType::Employee)]);
    let fte = |place: usize| -> Rational {
        month.slices.iter().filter(|one| one.employment == place).map(|one| &one.fte).sum()
    };
    assert_eq!((fte(0), fte(1)), (ratio(10, 21), ratio(11, 21)));
}

#[test]
fn managers_are_unattributed_whatever_they_commit() {
    let mut inputs = one_person();
    inputs.people = vec![person("p1", "manager")];
    inputs.signals = vec![signal("p1", june(2), "A", Commit, 1)];
    let effort = model(&inputs);
    assert!(
        only(&effort)
            .slices
            .iter()
            .all(|slice| { slice.work == Work::Unattributed && slice.flags.is_manager })
    );
}

#[test]
fn a_manager_who_follows_the_team_spends_each_day_as_the_team_did() {
    let mut inputs = one_person();
    inputs.options.managers = ManagerEffort::TeamFollow;
    inputs.people =
        vec![person("m", "manager"), person("p1", "engineer"), person("p2", "engineer")];
    inputs.employments = ["m", "p1", "p2"].map(|id| employment(id, "2020-01-01", None)).to_vec();
    inputs.employments[2].fte = Some(ratio(1, 2));
    inputs.memberships = ["m", "p1", "p2"].map(|id| membership(id, "t")).to_vec();
    inputs.signals =
        vec![signal("p1", june(2), "A", Commit, 1), signal("p2", june(2), "B", Commit, 1)];
    // A full day on A and half a day on B; on 3 June nobody shows anything.
    let effort = model(&inputs);
    let manager = &effort.months[0];
    assert_eq!(on(manager, june(2)), [("A", ratio(2, 3)), ("B", ratio(1, 3))]);
    assert_eq!(on(manager, june(3)), [("~UNATTRIBUTED", Rational::one())]);
    assert!(manager.slices.iter().all(|slice| slice.flags.is_manager));
}

#[test]
fn a_month_that_is_not_over_has_the_days_that_are_known() {
    let mut inputs = one_person();
    inputs.options.known_until = Some(june(10));
    let effort = model(&inputs);
    // 1–5 and 8–10.
    assert_eq!(only(&effort).capacity_fte, ratio(8, 21));
    assert!(only(&effort).is_provisional);
}
