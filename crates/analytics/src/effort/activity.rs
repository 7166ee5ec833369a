//! Which signals count, how much, and on which day.
//!
//! A commit that was rebased or squashed counts once, comments beyond the cap do not count, and
//! activity on a day without work goes to an earlier one that has some, as far back as it takes but
//! not out of the employment: time that has no capacity can't hold effort.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::inputs::{InProgress, Options, Signal, SignalKind, WeekendActivity};
use super::terms::{Calendars, Day, Terms};
use super::{EffortProblem, Month, Rational};

/// A signal with what it weighs.
#[derive(Debug, Clone)]
pub(super) struct Weighed<'a> {
    pub(super) signal: &'a Signal,
    pub(super) weight: Rational,
}

/// What was done with signals of a month, by the day of the activity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) moved: u64,
    pub(super) dropped: u64,
    pub(super) over_cap: u64,
}

/// One person's signals, on the days where they count.
#[derive(Debug, Default)]
pub(super) struct Activity<'a> {
    days: BTreeMap<NaiveDate, Vec<Weighed<'a>>>,
    in_progress: BTreeSet<&'a InProgress>,
    counts: BTreeMap<Month, Counts>,
}

impl<'a> Activity<'a> {
    /// Places all of a person's signals.
    pub(super) fn new(
        terms: &'a Terms<'a>,
        signals: &[&'a Signal],
        in_progress: &[&'a InProgress],
        calendars: &Calendars<'a>,
        options: &Options,
        problems: &mut BTreeSet<EffortProblem>,
    ) -> Activity<'a> {
        let mut activity =
            Activity { in_progress: in_progress.iter().copied().collect(), ..Activity::default() };
        for weighed in activity.weighed(signals, options) {
            let day = weighed.signal.day;
            match place(terms, day, calendars, options.weekend) {
                Placed::On(placed) => {
                    activity.days.entry(placed).or_default().push(weighed);
                    activity.count(day).moved += u64::from(placed != day);
                }
                Placed::Dropped => activity.count(day).dropped += 1,
                Placed::Nowhere(problem) => drop(problems.insert(problem)),
            }
        }
        activity
    }

    fn count(&mut self, day: NaiveDate) -> &mut Counts {
        self.counts.entry(Month::of(day)).or_default()
    }

    /// Signals that count, each once.
    fn weighed(&mut self, signals: &[&'a Signal], options: &Options) -> Vec<Weighed<'a>> {
        let mut seen: BTreeMap<(SignalKind, &str), BTreeMap<&str, &'a Signal>> = BTreeMap::new();
        let mut ordered: Vec<&'a Signal> = signals.to_vec();
        ordered.sort_by(|a, b| {
            (a.occurred_at, &a.source_id, a).cmp(&(b.occurred_at, &b.source_id, b))
        });
        for signal in &ordered {
            let same = signal.same_as.as_ref().unwrap_or(&signal.source_id);
            let items = seen.entry((signal.kind, same)).or_default();
            items.entry(&signal.work_item_id).or_insert(signal);
        }
        let over_cap = over_cap(&ordered, options.weights.review_comments_counted);
        let mut weighed = Vec::new();
        for ((kind, same), items) in seen {
            let weight = options.weights.of(kind);
            let Some(weight) = Rational::new(weight, items.len()) else { continue };
            let is_over_cap = kind == SignalKind::ReviewComment && over_cap.contains(same);
            for signal in items.into_values() {
                if is_over_cap {
                    self.count(signal.day).over_cap += 1;
                } else if !weight.is_zero() {
                    weighed.push(Weighed { signal, weight: weight.clone() });
                }
            }
        }
        weighed
    }

    /// Signals that count on a day, in a fixed order; tickets in progress apart.
    pub(super) fn on(&self, day: NaiveDate) -> &[Weighed<'a>] {
        self.days.get(&day).map_or(&[], Vec::as_slice)
    }

    /// Tickets in progress on a day, each once.
    pub(super) fn in_progress_on(&self, day: NaiveDate) -> BTreeMap<&'a str, &'a InProgress> {
        let holding = self.in_progress.iter().rev().filter(|one| one.holds_on(day));
        holding.map(|one| (one.work_item_id.as_str(), *one)).collect()
    }

    pub(super) fn counts(&self, month: Month) -> Counts {
        self.counts.get(&month).copied().unwrap_or_default()
    }
}

/// Comments after the first few of a pull request and day. Given in order of time.
fn over_cap<'a>(ordered: &[&'a Signal], cap: u32) -> BTreeSet<&'a str> {
    let mut counted: BTreeMap<(NaiveDate, &str), BTreeSet<&str>> = BTreeMap::new();
    let mut known = BTreeSet::new();
    let mut over = BTreeSet::new();
    for signal in ordered.iter().filter(|one| one.kind == SignalKind::ReviewComment) {
        let same = signal.same_as.as_ref().unwrap_or(&signal.source_id).as_str();
        if !known.insert(same) {
            continue;
        }
        let thread = signal.pull_request_id.as_ref().unwrap_or(&signal.work_item_id);
        let counted = counted.entry((signal.day, thread)).or_default();
        if counted.len() < cap as usize {
            counted.insert(same);
        } else {
            over.insert(same);
        }
    }
    over
}

enum Placed {
    On(NaiveDate),
    Dropped,
    Nowhere(EffortProblem),
}

/// The day on which activity of a day counts.
fn place<'a>(
    terms: &'a Terms<'a>,
    day: NaiveDate,
    calendars: &Calendars<'a>,
    weekend: WeekendActivity,
) -> Placed {
    match terms.day(day, calendars) {
        Day::Working(working) if working.is_worked() => return Placed::On(day),
        // What can't be told is named where its month is asked for.
        Day::Unknown(_) => return Placed::On(day),
        Day::NotEmployed => {
            let (person_id, month) = (terms.person.person_id.clone(), Month::of(day));
            return Placed::Nowhere(EffortProblem::ActivityOutsideEmployment { person_id, month });
        }
        Day::Working(_) | Day::Free if weekend == WeekendActivity::Drop => return Placed::Dropped,
        Day::Working(_) | Day::Free => {}
    }
    let mut earlier = day;
    while let Some(before) = earlier.pred_opt() {
        earlier = before;
        match terms.day(earlier, calendars) {
            Day::Working(working) if working.absent.is_zero() => return Placed::On(earlier),
            Day::NotEmployed => break,
            Day::Working(_) | Day::Free | Day::Unknown(_) => {}
        }
    }
    let (person_id, month) = (terms.person.person_id.clone(), Month::of(day));
    Placed::Nowhere(EffortProblem::NoEarlierWorkingDay { person_id, month })
}
