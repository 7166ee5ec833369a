//! Who was to work on which day, how much of it, and for whom.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::inputs::{Calendar, Employment, Inputs, Person};
use super::{EffortProblem, Month, Rational};

/// What a day is to a person.
#[derive(Debug)]
pub(super) enum Day<'a> {
    /// Not employed.
    NotEmployed,
    /// Weekend or holiday.
    Free,
    /// It can't be told.
    Unknown(EffortProblem),
    /// To be worked, but for absence.
    Working(WorkingDay<'a>),
}

/// A day to be worked.
#[derive(Debug)]
pub(super) struct WorkingDay<'a> {
    pub(super) employment: &'a Employment,
    pub(super) calendar: &'a Calendar,
    /// Share of full time.
    pub(super) fte: &'a Rational,
    /// Share of the day away.
    pub(super) absent: Rational,
}

impl WorkingDay<'_> {
    pub(super) fn is_worked(&self) -> bool {
        self.absent < Rational::one()
    }
}

/// Calendars by country, those that can be used.
pub(super) struct Calendars<'a>(BTreeMap<&'a str, &'a Calendar>);

impl<'a> Calendars<'a> {
    pub(super) fn new(inputs: &'a Inputs, problems: &mut BTreeSet<EffortProblem>) -> Calendars<'a> {
        let mut usable: BTreeMap<&str, &Calendar> = BTreeMap::new();
        let mut unusable = BTreeSet::new();
        for calendar in &inputs.calendars {
            let country = calendar.country.as_str();
            let first = usable.entry(country).or_insert(calendar);
            let has_hours = calendar.hours_per_day > Rational::zero();
            if !has_hours || !are_alike(first, calendar) {
                unusable.insert(country);
            }
        }
        for country in unusable {
            usable.remove(country);
            problems.insert(EffortProblem::UnusableCalendar { country: country.to_owned() });
        }
        Calendars(usable)
    }

    fn of(&self, country: &str) -> Option<&'a Calendar> {
        self.0.get(country).copied()
    }
}

/// True where two calendars say the same in whatever order.
fn are_alike(a: &Calendar, b: &Calendar) -> bool {
    let weekend = |one: &Calendar| {
        one.weekend.iter().map(|day| day.number_from_monday()).collect::<BTreeSet<_>>()
    };
    let holidays = |one: &Calendar| one.holidays.iter().copied().collect::<BTreeSet<_>>();
    weekend(a) == weekend(b) && holidays(a) == holidays(b) && a.hours_per_day == b.hours_per_day
}

fn is_free(calendar: &Calendar, day: NaiveDate) -> bool {
    calendar.weekend.contains(&day.weekday()) || calendar.holidays.contains(&day)
}

/// Working days of a month by a country's calendar, whoever is employed.
pub(super) fn working_days(calendar: &Calendar, month: Month) -> usize {
    month.days().filter(|day| !is_free(calendar, *day)).count()
}

/// Names the year where a calendar that is used has no holiday in it.
pub(super) fn holidays_known(calendar: &Calendar, month: Month) -> Option<EffortProblem> {
    let year = month.first().year();
    let is_known = calendar.holidays.iter().any(|day| day.year() == year);
    (!is_known).then(|| EffortProblem::NoHolidays { country: calendar.country.clone(), year })
}

/// One person's employments, teams and absences.
pub(super) struct Terms<'a> {
    pub(super) person: &'a Person,
    /// In order, equal ones once.
    employments: BTreeSet<&'a Employment>,
    teams: Vec<(NaiveDate, Option<NaiveDate>, &'a str)>,
    /// Share of the day; `None` where it is unclear.
    absences: BTreeMap<NaiveDate, Option<Rational>>,
}

impl<'a> Terms<'a> {
    pub(super) fn new(person: &'a Person) -> Terms<'a> {
        Terms { person, employments: BTreeSet::new(), teams: Vec::new(), absences: BTreeMap::new() }
    }

    /// What a day is, by the first problem that stands in the way.
    pub(super) fn day(&'a self, day: NaiveDate, calendars: &Calendars<'a>) -> Day<'a> {
        let mut holding = self.employments.iter().filter(|one| one.holds_on(day));
        let Some(&employment) = holding.next() else { return Day::NotEmployed };
        let (person_id, month) = (|| self.person.person_id.clone(), Month::of(day));
        if holding.next().is_some() {
            let person_id = person_id();
            return Day::Unknown(EffortProblem::OverlappingEmployments { person_id, month });
        }
        let Some(country) = &employment.country else {
            return Day::Unknown(EffortProblem::NoCountry { person_id: person_id(), month });
        };
        let Some(calendar) = calendars.of(country) else {
            let (person_id, country) = (person_id(), country.clone());
            return Day::Unknown(EffortProblem::NoCalendar { person_id, country, month });
        };
        let Some(fte) = employment.fte.as_ref().filter(|fte| is_share(fte) && !fte.is_zero())
        else {
            return Day::Unknown(EffortProblem::NoShareOfFullTime {
                person_id: person_id(),
                month,
            });
        };
        if is_free(calendar, day) {
            return Day::Free;
        }
        match self.absences.get(&day) {
            None => {
                Day::Working(WorkingDay { employment, calendar, fte, absent: Rational::zero() })
            }
            Some(Some(absent)) => {
                Day::Working(WorkingDay { employment, calendar, fte, absent: absent.clone() })
            }
            Some(None) => {
                Day::Unknown(EffortProblem::UnclearAbsence { person_id: person_id(), day })
            }
        }
    }

    /// The one team on a day; no one where there are several.
    pub(super) fn team(&self, day: NaiveDate) -> Result<Option<&'a str>, EffortProblem> {
        let teams: BTreeSet<&str> = self
            .teams
            .iter()
            .filter(|(from, to, _)| *from <= day && to.is_none_or(|end| day < end))
            .map(|(_, _, team)| *team)
            .collect();
        if teams.len() > 1 {
            let (person_id, month) = (self.person.person_id.clone(), Month::of(day));
            return Err(EffortProblem::OverlappingMemberships { person_id, month });
        }
        Ok(teams.into_iter().next())
    }

    fn add_absence(&mut self, day: NaiveDate, fraction: Option<&Rational>) {
        let fraction = fraction.filter(|fraction| is_share(fraction)).cloned();
        let known = self.absences.entry(day).or_insert_with(|| fraction.clone());
        if *known != fraction {
            *known = None;
        }
    }
}

fn is_share(value: &Rational) -> bool {
    !value.is_negative() && *value <= Rational::one()
}

/// Terms of all people, by id. Names those who are contradictory or unknown.
pub(super) fn terms<'a>(
    inputs: &'a Inputs,
    problems: &mut BTreeSet<EffortProblem>,
) -> BTreeMap<&'a str, Terms<'a>> {
    let mut all = people(inputs, problems);
    let mut unknown = |person_id: &str| {
        problems.insert(EffortProblem::UnknownPerson { person_id: person_id.to_owned() });
    };
    for employment in &inputs.employments {
        match all.get_mut(employment.person_id.as_str()) {
            Some(terms) => drop(terms.employments.insert(employment)),
            None => unknown(&employment.person_id),
        }
    }
    for one in &inputs.memberships {
        match all.get_mut(one.person_id.as_str()) {
            Some(terms) => terms.teams.push((one.valid_from, one.valid_to, &one.team_id)),
            None => unknown(&one.person_id),
        }
    }
    for absence in &inputs.absences {
        match all.get_mut(absence.person_id.as_str()) {
            Some(terms) => terms.add_absence(absence.day, absence.fraction.as_ref()),
            None => unknown(&absence.person_id),
        }
    }
    all
}

fn people<'a>(
    inputs: &'a Inputs,
    problems: &mut BTreeSet<EffortProblem>,
) -> BTreeMap<&'a str, Terms<'a>> {
    let mut all = BTreeMap::new();
    let mut contradictory = BTreeSet::new();
    for person in &inputs.people {
        let id = person.person_id.as_str();
        let first = all.entry(id).or_insert_with(|| Terms::new(person));
        if first.person != person {
            contradictory.insert(id);
        }
    }
    for id in contradictory {
        all.remove(id);
        problems.insert(EffortProblem::ContradictoryPerson { person_id: id.to_owned() });
    }
    all
}
