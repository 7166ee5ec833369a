//! The last look before anything leaves: nothing is capitalized outside of its gates, and nothing
//! that shows no trace. It reads the gates anew, so that a mistake in how treatments are decided
//! does not pass because it is made twice.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::CapitalizationError;
use super::gates::{Gate, ProjectGates};
use super::policy::{AbsenceRule, Policy, Recognition};
use super::reason::Treatment;
use super::treatment::{Placed, Rules};
use crate::effort::{PersonMonth, Work};

/// Fails where something is capitalized that can't be.
pub(super) fn verify(
    rules: &Rules<'_>,
    month: &PersonMonth,
    placed: &[Placed<'_>],
) -> Result<(), CapitalizationError> {
    let none = ProjectGates::new();
    let mut open: BTreeSet<&str> = BTreeSet::new();
    let capitalized = || placed.iter().filter(|one| one.treatment == Treatment::Capitalize);
    let outside = |one: &Placed<'_>| CapitalizationError::OutsideGates {
        person_id: month.person_id.clone(),
        work_item_id: one.slice.work.id().to_owned(),
        day: one.slice.day,
    };
    for one in capitalized() {
        match (&one.slice.work, one.booked.project_id) {
            (Work::Unattributed, _) => {
                let person_id = month.person_id.clone();
                return Err(CapitalizationError::UnattributedCapitalized { person_id });
            }
            (Work::Item(_), Some(project_id))
                if is_open(
                    rules.policy,
                    rules.gates.get(project_id).unwrap_or(&none),
                    one.slice.day,
                ) =>
            {
                open.insert(project_id);
            }
            (Work::Item(_), _) => return Err(outside(one)),
            (Work::Absence, _) => {}
        }
    }
    let follows = rules.policy.absence == AbsenceRule::Follow;
    let is_backed = |one: &&Placed<'_>| {
        one.slice.work != Work::Absence
            || (follows && one.booked.project_id.is_some_and(|id| open.contains(id)))
    };
    match capitalized().find(|one| !is_backed(one)) {
        Some(one) => Err(outside(one)),
        None => Ok(()),
    }
}

fn is_open(policy: &Policy, gates: &ProjectGates, day: NaiveDate) -> bool {
    let Recognition::WhenAll { required, required_if_flagged } = &policy.recognition else {
        return false;
    };
    let is_reached = |gate: &Gate| matches!(gates.get(gate), Some(Some(on)) if *on <= day);
    let is_unflagged = |gate: &Gate| !gates.contains_key(gate);
    !required.is_empty()
        && required.iter().all(is_reached)
        && required_if_flagged.iter().all(|gate| is_unflagged(gate) || is_reached(gate))
        && ![Gate::ReadyForUse, Gate::Cancelled].iter().any(is_reached)
}
