//! Generated companies: a few people over two months with everything that makes months uneven.

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::facts::*;
use crate::effort::*;

const KINDS: [SignalKind; 5] = [
    SignalKind::Commit,
    SignalKind::PullRequestOpened,
    SignalKind::PullRequestMerged,
    SignalKind::Review,
    SignalKind::ReviewComment,
];

pub(crate) const ITEMS: [&str; 6] = ["I0", "I1", "I2", "I3", "I4", "I5"];

/// A day from the middle of May to the middle of August 2026.
fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0..90_u64).prop_map(|after| day("2026-05-15") + Days::new(after))
}

fn any_person() -> impl Strategy<Value = usize> {
    0..5_usize
}

fn id(person: usize) -> String {
    format!("p{person}")
}

fn any_signal() -> impl Strategy<Value = Signal> {
    (any_person(), any_day(), 0..ITEMS.len(), 0..KINDS.len(), 0..4_u32).prop_map(
        |(person, on, item, kind, nth)| signal(&id(person), on, ITEMS[item], KINDS[kind], nth),
    )
}

fn any_in_progress() -> impl Strategy<Value = InProgress> {
    (any_person(), any_day(), 0..ITEMS.len(), 0..12_u64).prop_map(|(person, on, item, length)| {
        in_progress(&id(person), ITEMS[item], on, on + Days::new(length))
    })
}

fn any_absence() -> impl Strategy<Value = Absence> {
    (any_person(), any_day(), 1..=4_i64)
        .prop_map(|(person, on, quarters)| absence(&id(person), on, ratio(quarters, 4)))
}

/// Terms of one person: joined, and perhaps from some day a contractor no longer or gone.
fn any_employments(person: usize) -> impl Strategy<Value = Vec<Employment>> {
    let fte = prop_oneof![Just(ratio(1, 1)), Just(ratio(4, 5)), Just(ratio(1, 3))];
    (any_day(), any_day(), fte, any::<bool>(), 0..3_u8).prop_map(
        move |(a, b, fte, is_abroad, shape)| {
            let (from, to) = (a.min(b), a.max(b) + Days::new(1));
            let mut first = employment(&id(person), "2026-01-01", None);
            first.valid_from = if shape == 0 { from } else { first.valid_from };
            first.valid_to = (shape != 2).then_some(to);
            first.fte = Some(fte);
            first.country = Some(if is_abroad { "FR" } else { "US" }.into());
            first.employment_type = Some(EmploymentType::Contractor);
            let second =
                Employment { valid_from: to, ..employment(&id(person), "2026-01-01", None) };
            if shape == 1 { vec![first, second] } else { vec![first] }
        },
    )
}

/// A company without contradictions.
pub(crate) fn any_company() -> impl Strategy<Value = Inputs> {
    let employments: Vec<_> = (0..5).map(any_employments).collect();
    let facts = (
        prop::collection::vec(any_signal(), 0..120),
        prop::collection::vec(any_in_progress(), 0..20),
        prop::collection::vec(any_absence(), 0..12),
    );
    (employments, facts, any::<bool>(), any::<bool>()).prop_map(
        |(employments, (signals, in_progress, absences), drops, follows)| {
            let mut france = calendar("FR");
            france.hours_per_day = Rational::whole(7);
            france.holidays.push(day("2026-07-14"));
            let mut inputs = Inputs {
                months: vec![month("2026-06"), month("2026-07")],
                people: (0..5)
                    .map(|n| person(&id(n), if n == 4 { "manager" } else { "engineer" }))
                    .collect(),
                employments: employments.into_iter().flatten().collect(),
                memberships: (0..5).map(|n| membership(&id(n), "t")).collect(),
                calendars: vec![calendar("US"), france],
                absences,
                signals,
                in_progress,
                options: Options::default(),
            };
            inputs.absences.sort();
            inputs.absences.dedup_by(|a, b| (&a.person_id, a.day) == (&b.person_id, b.day));
            if drops {
                inputs.options.weekend = WeekendActivity::Drop;
            }
            if follows {
                inputs.options.managers = ManagerEffort::TeamFollow;
            }
            inputs
        },
    )
}

/// A company, and the same with all rows in another order.
pub(crate) fn any_shuffled_company() -> impl Strategy<Value = (Inputs, Inputs)> {
    any_company().prop_flat_map(|inputs| {
        let shuffled = (
            Just(inputs.people.clone()).prop_shuffle(),
            Just(inputs.employments.clone()).prop_shuffle(),
            Just(inputs.calendars.clone()).prop_shuffle(),
            Just(inputs.absences.clone()).prop_shuffle(),
            Just(inputs.signals.clone()).prop_shuffle(),
            Just(inputs.in_progress.clone()).prop_shuffle(),
        );
        (Just(inputs), shuffled).prop_map(
            |(inputs, (people, employments, calendars, absences, signals, in_progress))| {
                let mut other = inputs.clone();
                other.months.reverse();
                other.memberships.reverse();
                let other = Inputs {
                    people,
                    employments,
                    calendars,
                    absences,
                    signals,
                    in_progress,
                    ..other
                };
                (inputs, other)
            },
        )
    })
}
