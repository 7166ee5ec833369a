//! The last look finds what must never leave, also where the decision went wrong.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::*;
use crate::capitalization::classify::Book;
use crate::capitalization::gates::known_gates;
use crate::capitalization::treatment::{Placed, Rules};
use crate::capitalization::verify::verify;
use crate::capitalization::*;
use crate::effort::tests::facts::june;
use crate::effort::{UNATTRIBUTED, Work};

/// Decides the worked month, lets a fault change it, and looks at it again.
fn with_fault(fault: impl Fn(&mut Placed<'_>)) -> Result<(), CapitalizationError> {
    let effort = worked_effort();
    let mut inputs = worked_export(&effort);
    inputs.gates.push(gate("PAY", "ready_for_use", "2026-06-24"));
    let mut problems = BTreeSet::new();
    let rules = Rules {
        policy: &inputs.policy,
        book: Book::new(&inputs, &mut problems),
        gates: known_gates(&inputs.gates, inputs.as_of, &mut problems),
    };
    let month = &effort.months[0];
    let mut placed = rules.placed(month, &mut BTreeMap::new(), &mut problems);
    placed.iter_mut().for_each(fault);
    verify(&rules, month, &placed)
}

#[test]
fn a_sound_month_passes() {
    assert_eq!(with_fault(|_| {}), Ok(()));
}

#[test]
fn a_day_capitalized_before_recognition_is_found() {
    let breach = with_fault(|one| {
        if one.slice.day == june(2) {
            one.treatment = Treatment::Capitalize;
        }
    });
    let expected = CapitalizationError::OutsideGates {
        person_id: "p1".into(),
        work_item_id: "PAY-1".into(),
        day: june(2),
    };
    assert_eq!(breach, Err(expected));
}

#[test]
fn a_day_capitalized_when_the_software_was_ready_is_found() {
    let breach = with_fault(|one| {
        if one.slice.day == june(24) && one.slice.work.id() == "PAY-2" {
            one.treatment = Treatment::Capitalize;
        }
    });
    let expected = CapitalizationError::OutsideGates {
        person_id: "p1".into(),
        work_item_id: "PAY-2".into(),
        day: june(24),
    };
    assert_eq!(breach, Err(expected));
}

#[test]
fn unattributed_time_that_is_capitalized_is_found() {
    let breach = with_fault(|one| {
        if one.slice.work.id() == UNATTRIBUTED {
            one.treatment = Treatment::Capitalize;
        }
    });
    let expected = CapitalizationError::UnattributedCapitalized { person_id: "p1".into() };
    assert_eq!(breach, Err(expected));
}

#[test]
fn absence_that_is_capitalized_without_a_policy_for_it_is_found() {
    let breach = with_fault(|one| {
        if one.slice.work == Work::Absence {
            one.booked.project_id = Some("PAY");
            one.treatment = Treatment::Capitalize;
        }
    });
    assert!(matches!(breach, Err(CapitalizationError::OutsideGates { .. })));
}

#[test]
fn an_amount_beyond_128_bits_is_an_error_and_never_wraps() {
    let effort = worked_effort();
    let mut inputs = worked_export(&effort);
    inputs.costs = CostMode::Actual(vec![actual("p1", i128::MAX, "USD")]);
    assert!(capitalize(&inputs).is_ok());
    inputs.reporting = Some(Reporting {
        currency: Currency::new("KWD").expect("a currency"),
        rates: vec![ExchangeRate {
            month: inputs.period,
            from: usd(),
            to: Currency::new("KWD").expect("a currency"),
            rate: crate::effort::Rational::one(),
            source: "ECB".into(),
            published_on: june(30),
        }],
    });
    assert!(matches!(capitalize(&inputs), Err(CapitalizationError::Rounding(_))));
}
