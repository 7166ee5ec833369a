//! What a working day shows: its traces, and how they divide it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::Rational;
use super::activity::Activity;
use super::inputs::{Options, SignalKind, Weights, Work};
use super::slices::{Evidence, Flags};
use super::terms::{Calendars, Day, Terms};

/// A part of the worked part of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) work: Work,
    pub(super) flags: Flags,
    /// Share of what was worked that day.
    pub(super) share: Rational,
}

impl Part {
    pub(super) fn unattributed(flags: Flags) -> Part {
        Part { work: Work::Unattributed, flags, share: Rational::one() }
    }
}

/// A signal or a ticket in progress, on the day where it counts.
#[derive(Debug)]
struct Trace<'a> {
    work_item_id: &'a str,
    kind: SignalKind,
    source: &'a str,
    source_id: &'a str,
    url: Option<&'a str>,
    occurred_at: Option<DateTime<Utc>>,
    weight: Rational,
}

fn traces<'a>(activity: &Activity<'a>, day: NaiveDate, weights: &Weights) -> Vec<Trace<'a>> {
    let signals = activity.on(day).iter().map(|one| Trace {
        work_item_id: &one.signal.work_item_id,
        kind: one.signal.kind,
        source: &one.signal.source,
        source_id: &one.signal.source_id,
        url: one.signal.url.as_deref(),
        occurred_at: Some(one.signal.occurred_at),
        weight: one.weight.clone(),
    });
    let weight = Rational::whole(weights.in_progress);
    let in_progress = activity.in_progress_on(day).into_values().map(|one| Trace {
        work_item_id: &one.work_item_id,
        kind: SignalKind::InProgress,
        source: &one.source,
        source_id: &one.source_id,
        url: one.url.as_deref(),
        occurred_at: None,
        weight: weight.clone(),
    });
    signals.chain(in_progress).filter(|trace| !trace.weight.is_zero()).collect()
}

/// One person's days, seen through what is known of them.
pub(super) struct Sight<'a> {
    pub(super) terms: &'a Terms<'a>,
    pub(super) activity: &'a Activity<'a>,
    pub(super) calendars: &'a Calendars<'a>,
    pub(super) options: &'a Options,
}

impl<'a> Sight<'a> {
    /// How a worked day divides, and what shows it: shares by weight, exactly; else the ticket of
    /// a filled gap; else unattributed.
    pub(super) fn divide(&self, day: NaiveDate) -> (Vec<Part>, Vec<Evidence>) {
        let traces = traces(self.activity, day, &self.options.weights);
        let whole: Rational = traces.iter().map(|trace| &trace.weight).sum();
        let mut shares: BTreeMap<&str, Rational> = BTreeMap::new();
        let mut evidence = Vec::new();
        for trace in traces {
            let Some(share) = trace.weight.over(&whole) else { continue };
            *shares.entry(trace.work_item_id).or_default() += &share;
            evidence.push(seen(day, trace, share));
        }
        if shares.is_empty() {
            return match self.gap(day) {
                Some(item) => filled(day, item),
                None => (vec![Part::unattributed(Flags::default())], Vec::new()),
            };
        }
        let part = |(item, share): (&str, Rational)| Part {
            work: Work::Item(item.to_owned()),
            flags: Flags::default(),
            share,
        };
        (shares.into_iter().map(part).collect(), evidence)
    }

    /// Ticket of a day without traces that lies in a short gap: the nearest days with traces on
    /// both sides show one work item only, the same, in progress on both. Whole days off count to
    /// the gap's length.
    fn gap(&self, day: NaiveDate) -> Option<&'a str> {
        let earlier = day.iter_days().rev().skip(1);
        let later = day.iter_days().skip(1);
        let (before, back) = self.nearest(earlier)?;
        let (after, ahead) = self.nearest(later)?;
        (before == after && back + ahead < self.options.longest_gap).then_some(before)
    }

    /// Single ticket of the nearest day with traces, and the working days without on the way.
    fn nearest(&self, days: impl Iterator<Item = NaiveDate>) -> Option<(&'a str, u32)> {
        let mut passed = 0;
        for day in days {
            if self.options.known_until.is_some_and(|last| last < day) {
                return None;
            }
            match self.terms.day(day, self.calendars) {
                Day::Free => continue,
                Day::NotEmployed | Day::Unknown(_) => return None,
                Day::Working(working) => {
                    let traces = traces(self.activity, day, &self.options.weights);
                    if working.is_worked() && !traces.is_empty() {
                        return self.single(day, &traces).map(|item| (item, passed));
                    }
                }
            }
            passed += 1;
            if passed >= self.options.longest_gap {
                return None;
            }
        }
        None
    }

    fn single(&self, day: NaiveDate, traces: &[Trace<'a>]) -> Option<&'a str> {
        let item = traces.first()?.work_item_id;
        let is_alone = traces.iter().all(|trace| trace.work_item_id == item);
        let is_in_progress = self.activity.in_progress_on(day).contains_key(item);
        (is_alone && is_in_progress).then_some(item)
    }
}

fn seen(day: NaiveDate, trace: Trace<'_>, day_share: Rational) -> Evidence {
    Evidence {
        day,
        work_item_id: trace.work_item_id.to_owned(),
        signal: trace.kind,
        source: trace.source.to_owned(),
        source_id: trace.source_id.to_owned(),
        url: trace.url.map(str::to_owned),
        occurred_at: trace.occurred_at,
        weight: trace.weight,
        day_share,
    }
}

fn filled(day: NaiveDate, item: &str) -> (Vec<Part>, Vec<Evidence>) {
    let flags = Flags { is_gap_filled: true, is_manager: false };
    let part = Part { work: Work::Item(item.to_owned()), flags, share: Rational::one() };
    let evidence = Evidence {
        day,
        work_item_id: item.to_owned(),
        signal: SignalKind::GapFill,
        source: String::new(),
        source_id: String::new(),
        url: None,
        occurred_at: None,
        weight: Rational::zero(),
        day_share: Rational::one(),
    };
    (vec![part], vec![evidence])
}
