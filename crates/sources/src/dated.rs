//! Relations that hold for a time, such as who owns a service, from snapshots that only say what
//! holds now. No I/O.
//!
//! A relation begins with the first snapshot that has it and ends with the first one that does not.
//! What the first snapshot of a subject has is taken to have been so always: when it began nobody
//! knows, and what happened before has no other owner.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

/// A relation and the time it holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    /// What the snapshots are about, such as a service.
    pub subject: String,
    /// What it is related to, such as its owner.
    pub object: String,
    /// First instant.
    pub valid_from: DateTime<Utc>,
    /// First instant after it; `None` while it lasts.
    pub valid_to: Option<DateTime<Utc>>,
}

/// What the lake holds of the relations that a source gave.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// All of them, also those that ended.
    pub intervals: Vec<Interval>,
    /// As-of of the latest snapshot, where that is known.
    pub last_snapshot_at: Option<DateTime<Utc>>,
}

impl Known {
    /// True where a snapshot of that as-of comes after all that is known.
    pub fn is_before(&self, at: DateTime<Utc>) -> bool {
        self.last_snapshot_at.is_none_or(|last| last <= at)
    }
}

/// The intervals that a snapshot begins and ends. `now` holds all relations of each subject that
/// the snapshot is about; of other subjects it says nothing. A snapshot of an earlier as-of than
/// what is known changes nothing: what holds now would end in the past.
pub fn changes(
    known: &Known,
    now: &BTreeMap<String, BTreeSet<String>>,
    at: DateTime<Utc>,
) -> Vec<Interval> {
    if !known.is_before(at) {
        return Vec::new();
    }
    let mut earlier: BTreeMap<&str, Vec<&Interval>> = BTreeMap::new();
    for interval in &known.intervals {
        earlier.entry(&interval.subject).or_default().push(interval);
    }
    let mut changes = Vec::new();
    for (subject, objects) in now {
        let earlier = earlier.get(subject.as_str()).map(Vec::as_slice).unwrap_or_default();
        let is_later = |interval: &&Interval| {
            interval.valid_from > at || interval.valid_to.is_some_and(|end| end > at)
        };
        if !earlier.iter().any(is_later) {
            changes.extend(of_subject(earlier, subject, objects, at));
        }
    }
    changes
}

fn of_subject(
    earlier: &[&Interval],
    subject: &str,
    objects: &BTreeSet<String>,
    at: DateTime<Utc>,
) -> Vec<Interval> {
    let open = || earlier.iter().filter(|interval| interval.valid_to.is_none());
    let ended = open()
        .filter(|interval| !objects.contains(&interval.object))
        .map(|interval| Interval { valid_to: Some(at), ..(*interval).clone() });
    let valid_from = if earlier.is_empty() { DateTime::UNIX_EPOCH } else { at };
    let begun = objects
        .iter()
        .filter(|object| !open().any(|interval| interval.object == **object))
        .map(|object| Interval {
            subject: subject.to_owned(),
            object: object.clone(),
            valid_from,
            valid_to: None,
        });
    ended.chain(begun).collect()
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_set, vec};

    use super::*;
    use crate::fuzz::check;

    /// Each subject with the objects that a snapshot has.
    type Snapshot<'a> = &'a [(&'a str, &'a [&'a str])];

    fn on(day: u32) -> DateTime<Utc> {
        format!("2026-01-{day:02}T00:00:00Z").parse().expect("an instant")
    }

    fn owners(of: Snapshot<'_>) -> BTreeMap<String, BTreeSet<String>> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        of.iter().map(|(subject, names)| ((*subject).to_owned(), owned(names))).collect()
    }

    /// Keeps what a snapshot changes, as the lake does by key.
    fn read(known: &mut Known, now: &BTreeMap<String, BTreeSet<String>>, day: u32) {
        let at = on(day);
        for change in changes(known, now, at) {
            let key = |one: &Interval| (one.subject.clone(), one.object.clone(), one.valid_from);
            known.intervals.retain(|interval| key(interval) != key(&change));
            known.intervals.push(change);
        }
        known.intervals.sort();
        known.last_snapshot_at = known.last_snapshot_at.max(Some(at));
    }

    fn after(snapshots: &[(u32, Snapshot<'_>)]) -> Vec<String> {
        let mut known = Known::default();
        for (day, snapshot) in snapshots {
            read(&mut known, &owners(snapshot), *day);
        }
        let day = |at: DateTime<Utc>| match at == DateTime::UNIX_EPOCH {
            true => "always".to_owned(),
            false => at.format("%d").to_string(),
        };
        let line = |one: &Interval| {
            let end = one.valid_to.map_or("-".to_owned(), day);
            format!("{} {} {} {end}", one.subject, one.object, day(one.valid_from))
        };
        known.intervals.iter().map(line).collect()
    }

    #[test]
    fn the_first_owner_known_owned_it_always_and_a_change_ends_one_and_begins_another() {
        let door: Snapshot<'_> = &[("shop", &["door"])];
        let wall: Snapshot<'_> = &[("shop", &["wall"])];
        assert_eq!(after(&[(3, door), (4, door)]), ["shop door always -"]);
        assert_eq!(after(&[(3, door), (5, wall)]), ["shop door always 05", "shop wall 05 -"]);
        assert_eq!(
            after(&[(3, door), (5, wall), (7, door)]),
            ["shop door always 05", "shop door 07 -", "shop wall 05 07"]
        );
        let both: Snapshot<'_> = &[("shop", &["door", "wall"])];
        assert_eq!(after(&[(3, door), (5, both)]), ["shop door always -", "shop wall 05 -"]);
    }

    #[test]
    fn a_subject_that_a_snapshot_is_not_about_stays_and_one_without_any_ends() {
        let both: Snapshot<'_> = &[("shop", &["door"]), ("till", &["wall"])];
        let rows = after(&[(3, both), (5, &[("till", &[])])]);
        assert_eq!(rows, ["shop door always -", "till wall always 05"]);
    }

    #[test]
    fn an_earlier_snapshot_that_comes_late_changes_nothing() {
        let door: Snapshot<'_> = &[("shop", &["door"])];
        let wall: Snapshot<'_> = &[("shop", &["wall"])];
        let rows = ["shop door always 05", "shop wall 05 -"];
        assert_eq!(after(&[(3, door), (5, wall), (4, door)]), rows);
        // Also where the runs do not tell what was read last.
        let mut known = Known::default();
        read(&mut known, &owners(door), 3);
        read(&mut known, &owners(wall), 5);
        known.last_snapshot_at = None;
        assert_eq!(changes(&known, &owners(door), on(4)), []);
    }

    #[test]
    fn two_snapshots_of_one_instant_end_in_the_second() {
        let door: Snapshot<'_> = &[("shop", &["door"])];
        let wall: Snapshot<'_> = &[("shop", &["wall"])];
        let rows = after(&[(3, door), (5, wall), (5, door)]);
        assert_eq!(rows, ["shop door always 05", "shop door 05 -", "shop wall 05 05"]);
    }

    #[test]
    fn at_every_moment_those_hold_that_the_last_snapshot_before_it_had() {
        let snapshots = vec(btree_set(0..4_u8, 0..3), 1..8);
        check(100, &snapshots, |snapshots| {
            let mut known = Known::default();
            for (day, objects) in (1..).zip(&snapshots) {
                let objects = objects.iter().map(u8::to_string).collect();
                let now = BTreeMap::from([("s".to_owned(), objects)]);
                read(&mut known, &now, day);
                assert_eq!(changes(&known, &now, on(day)), [], "the same again");
            }
            for day in 1..=snapshots.len() as u32 {
                let holds = |one: &&Interval| {
                    one.valid_from <= on(day) && one.valid_to.is_none_or(|end| end > on(day))
                };
                let held: BTreeSet<String> =
                    known.intervals.iter().filter(holds).map(|one| one.object.clone()).collect();
                let first = snapshots.iter().position(|objects| !objects.is_empty());
                // The first owner is taken to have owned it before.
                let day = first.map_or(day, |first| day.max(first as u32 + 1));
                let objects = &snapshots[day as usize - 1];
                assert_eq!(held, objects.iter().map(u8::to_string).collect(), "{known:?}");
            }
        });
    }
}
