//! From facts to person-months: `day_slice_v1`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::activity::Activity;
use super::inputs::{InProgress, Inputs, ManagerEffort, Signal, Work};
use super::slices::{DaySlice, Effort, Evidence, Flags, PersonMonth};
use super::terms::{Calendars, Day, Terms, WorkingDay, holidays_known, terms, working_days};
use super::traces::{Part, Sight};
use super::{EffortProblem, Month, Rational};

/// A working day before it is put together: how it divides may still wait for the team.
struct Planned<'a> {
    day: NaiveDate,
    working: WorkingDay<'a>,
    team_id: Option<&'a str>,
    parts: Vec<Part>,
    evidence: Vec<Evidence>,
}

impl Planned<'_> {
    /// Capacity of the day in working days of a full-time person.
    fn capacity(&self) -> Rational {
        self.working.fte.clone()
    }

    fn worked(&self) -> Rational {
        self.working.fte * &(&Rational::one() - &self.working.absent)
    }
}

/// A person-month before it is put together.
struct Plan<'a> {
    terms: &'a Terms<'a>,
    activity: &'a Activity<'a>,
    month: Month,
    is_manager: bool,
    is_provisional: bool,
    days: Vec<Planned<'a>>,
}

/// Where everyone's time went, in the months asked for.
pub fn model(inputs: &Inputs) -> Effort {
    let mut problems = BTreeSet::new();
    let calendars = Calendars::new(inputs, &mut problems);
    let terms = terms(inputs, &mut problems);
    let activities = activities(inputs, &terms, &calendars, &mut problems);
    let mut plans = Vec::new();
    let months: BTreeSet<Month> = inputs.months.iter().copied().collect();
    for month in months {
        for (id, terms) in &terms {
            let Some(activity) = activities.get(id) else { continue };
            let sight = Sight { terms, activity, calendars: &calendars, options: &inputs.options };
            match plan(&sight, month, &mut problems) {
                Ok(plan) if plan.days.is_empty() => {}
                Ok(plan) => plans.push(plan),
                Err(blocking) => problems.extend(blocking),
            }
        }
    }
    if inputs.options.managers == ManagerEffort::TeamFollow {
        follow_teams(&mut plans);
    }
    let months = plans.into_iter().map(|plan| put_together(plan, inputs)).collect();
    Effort { months, problems: problems.into_iter().collect() }
}

/// Signals of every person, placed.
fn activities<'a>(
    inputs: &'a Inputs,
    terms: &'a BTreeMap<&'a str, Terms<'a>>,
    calendars: &Calendars<'a>,
    problems: &mut BTreeSet<EffortProblem>,
) -> BTreeMap<&'a str, Activity<'a>> {
    let mut facts: BTreeMap<&str, (Vec<&Signal>, Vec<&InProgress>)> =
        terms.keys().map(|id| (*id, Default::default())).collect();
    let mut place = |person_id: &str, work_item_id: &str| {
        let mut problem = None;
        if work_item_id.starts_with('~') {
            let work_item_id = work_item_id.to_owned();
            problem = Some(EffortProblem::ReservedWorkItem { work_item_id });
        } else if !terms.contains_key(person_id) {
            problem = Some(EffortProblem::UnknownPerson { person_id: person_id.to_owned() });
        }
        let is_usable = problem.is_none();
        problems.extend(problem);
        is_usable
    };
    for signal in &inputs.signals {
        if place(&signal.person_id, &signal.work_item_id)
            && let Some((signals, _)) = facts.get_mut(signal.person_id.as_str())
        {
            signals.push(signal);
        }
    }
    for one in &inputs.in_progress {
        if place(&one.person_id, &one.work_item_id)
            && let Some((_, in_progress)) = facts.get_mut(one.person_id.as_str())
        {
            in_progress.push(one);
        }
    }
    let options = &inputs.options;
    let activity = |(id, (signals, in_progress)): (&'a str, (Vec<_>, Vec<_>))| {
        let terms = terms.get(id)?;
        Some((id, Activity::new(terms, &signals, &in_progress, calendars, options, problems)))
    };
    facts.into_iter().filter_map(activity).collect()
}

/// One person's working days of a month, or everything that makes them unknowable.
fn plan<'a>(
    sight: &Sight<'a>,
    month: Month,
    problems: &mut BTreeSet<EffortProblem>,
) -> Result<Plan<'a>, BTreeSet<EffortProblem>> {
    let options = sight.options;
    let role = sight.terms.person.role.as_ref();
    let is_manager = role.is_some_and(|role| options.manager_roles.contains(role));
    let is_known = |day: &NaiveDate| options.known_until.is_none_or(|last| *day <= last);
    let mut plan = Plan {
        terms: sight.terms,
        activity: sight.activity,
        month,
        is_manager,
        is_provisional: !month.days().all(|day| is_known(&day)),
        days: Vec::new(),
    };
    let mut blocking = BTreeSet::new();
    for day in month.days().filter(is_known) {
        match sight.terms.day(day, sight.calendars) {
            Day::NotEmployed | Day::Free => {}
            Day::Unknown(problem) => drop(blocking.insert(problem)),
            Day::Working(working) => {
                problems.extend(holidays_known(working.calendar, month));
                plan.days.push(planned(sight, day, working, is_manager, problems));
            }
        }
    }
    if blocking.is_empty() { Ok(plan) } else { Err(blocking) }
}

fn planned<'a>(
    sight: &Sight<'a>,
    day: NaiveDate,
    working: WorkingDay<'a>,
    is_manager: bool,
    problems: &mut BTreeSet<EffortProblem>,
) -> Planned<'a> {
    let team_id = match sight.terms.team(day) {
        Ok(team) => team,
        Err(problem) => {
            problems.insert(problem);
            None
        }
    };
    let (parts, evidence) = if !working.is_worked() {
        (Vec::new(), Vec::new())
    } else if is_manager {
        let flags = Flags { is_gap_filled: false, is_manager };
        (vec![Part::unattributed(flags)], Vec::new())
    } else {
        sight.divide(day)
    };
    Planned { day, working, team_id, parts, evidence }
}

/// Divides managers' days as the days of the others of their team, weighted by what they worked.
/// A day on which no other of the team worked stays unattributed.
fn follow_teams(plans: &mut [Plan<'_>]) {
    let mut teams: BTreeMap<(String, NaiveDate), BTreeMap<Work, Rational>> = BTreeMap::new();
    for day in plans.iter().filter(|plan| !plan.is_manager).flat_map(|plan| &plan.days) {
        let Some(team) = day.team_id else { continue };
        let parts = teams.entry((team.to_owned(), day.day)).or_default();
        for part in &day.parts {
            *parts.entry(part.work.clone()).or_default() += &(&part.share * &day.worked());
        }
    }
    for day in plans.iter_mut().filter(|plan| plan.is_manager).flat_map(|plan| &mut plan.days) {
        let Some(team) = day.team_id else { continue };
        let Some(parts) = teams.get(&(team.to_owned(), day.day)) else { continue };
        let whole: Rational = parts.values().sum();
        let flags = Flags { is_gap_filled: false, is_manager: true };
        let part = |(work, worked): (&Work, &Rational)| {
            let share = worked.over(&whole)?;
            Some(Part { work: work.clone(), flags, share })
        };
        let followed: Vec<Part> = parts.iter().filter_map(part).collect();
        if !followed.is_empty() && day.working.is_worked() {
            day.parts = followed;
        }
    }
}

fn put_together(plan: Plan<'_>, inputs: &Inputs) -> PersonMonth {
    let mut month = PersonMonth::new(plan.terms.person, plan.month);
    month.is_provisional = plan.is_provisional;
    let counts = plan.activity.counts(plan.month);
    month.moved_signals = counts.moved;
    month.dropped_signals = counts.dropped;
    month.comments_over_cap = counts.over_cap;
    for mut day in plan.days {
        month.evidence.append(&mut day.evidence);
        add_day(&mut month, &day);
    }
    month.evidence.sort();
    month.slices.sort_by(|a, b| (a.day, &a.work, a.flags).cmp(&(b.day, &b.work, b.flags)));
    month.weigh(&inputs.options.review_above);
    month
}

/// Adds a day's capacity and its slices, time away first divided off.
fn add_day(month: &mut PersonMonth, day: &Planned<'_>) {
    let employment = day.working.employment;
    // Days come in order, and one employment holds on each.
    if month.employments.last() != Some(employment) {
        month.employments.push(employment.clone());
    }
    let in_month = Rational::whole(working_days(day.working.calendar, month.month));
    let mut add = |work: &Work, flags: Flags, days: Rational| {
        if days.is_zero() {
            return;
        }
        month.slices.push(DaySlice {
            day: day.day,
            employment: month.employments.len().saturating_sub(1),
            team_id: day.team_id.map(str::to_owned),
            work: work.clone(),
            flags,
            // This is one of the month's working days, so there is one.
            fte: days.over(&in_month).unwrap_or_default(),
            hours: &days * &day.working.calendar.hours_per_day,
            days,
        });
    };
    let worked = day.worked();
    add(&Work::Absence, Flags::default(), &day.capacity() - &worked);
    for part in &day.parts {
        add(&part.work, part.flags, &part.share * &worked);
    }
    let capacity = day.capacity();
    month.capacity_fte += &capacity.over(&in_month).unwrap_or_default();
    month.capacity_hours += &(&capacity * &day.working.calendar.hours_per_day);
    month.capacity_days += &capacity;
}
