//! What can't be followed over an adoption: windows before anything was recorded, and services without a
//! before or an after.

use std::collections::{BTreeMap, BTreeSet};

use super::before_after::Turn;
use super::numbers::{ServiceNumbers, ServiceWindow};
use crate::statistics::Adopter;

/// More names make a remark that nobody reads.
const MOST_NAMED: usize = 5;

/// The windows from the first one on in which any deployment is known. That none is known before it says
/// that nobody wrote them down, not that services which are older deployed nothing.
pub(super) fn known(
    windows: Vec<(i64, i64)>,
    numbers: &BTreeMap<ServiceWindow, ServiceNumbers>,
) -> Vec<(i64, i64)> {
    let deployed = numbers.iter().filter(|(_, one)| one.deployments_seen > 0);
    let first = deployed.map(|((_, start), _)| *start).min();
    windows.into_iter().filter(|(start, _)| first.is_some_and(|first| *start >= first)).collect()
}

/// Services that came onto the path and can't be followed over it.
#[derive(Default)]
pub(super) struct Unfollowed {
    /// Those that were live in no window before the one in which they came.
    pub(super) without_before: BTreeSet<String>,
    /// The same of windows after it.
    without_after: BTreeSet<String>,
}

impl Unfollowed {
    /// Finds them among services that turned, over windows with the numbers of each.
    pub(super) fn of(
        turns: &BTreeMap<String, Turn>,
        windows: &[(i64, i64)],
        numbers: &BTreeMap<ServiceWindow, ServiceNumbers>,
    ) -> Unfollowed {
        let mut unfollowed = Unfollowed::default();
        let end = windows.last().map(|(_, end)| *end);
        for (service, turn) in turns {
            let Some(at) = turn.adopted_at.filter(|at| end.is_some_and(|end| *at < end)) else {
                continue;
            };
            let is_live = |window: &&(i64, i64)| {
                let one = numbers.get(&(service.clone(), window.0));
                one.is_some_and(|one| one.days > 0.0)
            };
            let is_on = |(start, end): &(i64, i64)| {
                *start > at && turn.left_at.is_none_or(|left| *end <= left)
            };
            if !windows.iter().filter(is_live).any(|(_, end)| *end <= at) {
                unfollowed.without_before.insert(service.clone());
            } else if !windows.iter().filter(is_live).any(is_on) {
                unfollowed.without_after.insert(service.clone());
            }
        }
        unfollowed
    }

    /// What the reader should know of them.
    pub(super) fn remarks(&self) -> Vec<String> {
        let began = named(&self.without_before, "began on it: no before is known");
        let late =
            named(&self.without_after, "came onto it too late, or left too soon, for an after");
        began.into_iter().chain(late).collect()
    }
}

/// True for a service with a number before its adoption and after it, and for one that does not adopt.
pub(super) fn is_seen_around(service: &Adopter) -> bool {
    let Some(place) = service.adopted_in else { return true };
    let (before, after) = service.outcomes.split_at(place.min(service.outcomes.len()));
    let is_told = |outcomes: &[Option<f64>]| outcomes.iter().any(Option::is_some);
    is_told(before) && is_told(after.get(1..).unwrap_or_default())
}

/// How many services there are, what is told of them, and some of their names.
fn named(services: &BTreeSet<String>, what: &str) -> Option<String> {
    let count = services.len();
    let things = if count == 1 { "service" } else { "services" };
    let names: Vec<&str> = services.iter().map(String::as_str).take(MOST_NAMED).collect();
    let more = if count > MOST_NAMED {
        format!(", and {} more", count - MOST_NAMED)
    } else {
        String::new()
    };
    (count > 0).then(|| format!("{count} {things} {what} ({}{more})", names.join(", ")))
}
