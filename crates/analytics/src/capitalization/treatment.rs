//! Every slice of a day with its treatment: what the work is decides first, then the project's
//! gates on that very day, so that one work item's month divides before and after recognition.

use std::collections::{BTreeMap, BTreeSet};

use super::CapitalizationProblem;
use super::classify::{Book, Booked, Classification, ClassificationSource};
use super::gates::ProjectGates;
use super::policy::{AbsenceRule, Policy, Window};
use super::reason::{Reason, Treatment};
use super::work_type::WorkType;
use crate::effort::{DaySlice, PersonMonth, Rational, Work};

/// A part of a day with its treatment.
#[derive(Debug, Clone)]
pub(super) struct Placed<'a> {
    pub(super) slice: &'a DaySlice,
    pub(super) booked: Booked<'a>,
    pub(super) treatment: Treatment,
    pub(super) reason: Reason,
    /// Share of the slice; less than all only where absence follows work.
    pub(super) share: Rational,
}

/// What the treatment of a slice depends on.
pub(super) struct Rules<'a> {
    pub(super) policy: &'a Policy,
    pub(super) book: Book<'a>,
    pub(super) gates: BTreeMap<&'a str, ProjectGates>,
}

impl<'a> Rules<'a> {
    /// When a project is open; one without any decision has none of its gates.
    pub(super) fn window(&self, project_id: &str) -> Window {
        let none = ProjectGates::new();
        self.policy.window(self.gates.get(project_id).unwrap_or(&none))
    }

    /// All slices of a person-month, each with its treatment.
    pub(super) fn placed(
        &self,
        month: &'a PersonMonth,
        booked: &mut BTreeMap<&'a str, Booked<'a>>,
        problems: &mut BTreeSet<CapitalizationProblem>,
    ) -> Vec<Placed<'a>> {
        let mut placed = Vec::new();
        let mut away = Vec::new();
        for slice in &month.slices {
            match &slice.work {
                Work::Item(id) => {
                    let booked =
                        booked.entry(id).or_insert_with(|| self.book.booked(id, problems)).clone();
                    placed.push(self.of_item(slice, booked));
                }
                Work::Unattributed => {
                    placed.push(expensed(slice, WorkType::Unattributed, Reason::Unattributed))
                }
                Work::Absence => away.push(slice),
            }
        }
        let followed = match self.policy.absence {
            AbsenceRule::Expense => Vec::new(),
            AbsenceRule::Follow => worked_split(&placed),
        };
        for slice in away {
            if followed.is_empty() {
                placed.push(expensed(slice, WorkType::Absence, Reason::Absence));
            }
            placed.extend(followed.iter().map(|part| part.of(slice)));
        }
        placed
    }

    fn of_item(&self, slice: &'a DaySlice, booked: Booked<'a>) -> Placed<'a> {
        let window = booked.project_id.map(|id| self.window(id));
        let objection = booked.classification.objection.clone().or_else(|| match window {
            Some(window) => window.objection(slice.day),
            None => Some(Reason::NoProject),
        });
        let treatment =
            if objection.is_none() { Treatment::Capitalize } else { Treatment::Expense };
        let reason = objection.unwrap_or(Reason::Capitalizable);
        Placed { slice, booked, treatment, reason, share: Rational::one() }
    }
}

/// A row of no work item.
fn of_no_item<'a>(work_type: WorkType, reason: &Reason) -> Booked<'a> {
    let classification = Classification {
        work_type,
        objection: Some(reason.clone()),
        source: ClassificationSource::Policy,
        rule_id: format!("policy.{work_type}"),
    };
    Booked { item: None, epic_key: None, project_id: None, project: None, classification }
}

fn expensed<'a>(slice: &'a DaySlice, work_type: WorkType, reason: Reason) -> Placed<'a> {
    let booked = of_no_item(work_type, &reason);
    Placed { slice, booked, treatment: Treatment::Expense, reason, share: Rational::one() }
}

/// A part of the worked month, for time away to follow.
struct Followed<'a> {
    booked: Booked<'a>,
    treatment: Treatment,
    share: Rational,
}

impl<'a> Followed<'a> {
    fn of(&self, slice: &'a DaySlice) -> Placed<'a> {
        Placed {
            slice,
            booked: self.booked.clone(),
            treatment: self.treatment,
            reason: Reason::AbsenceFollows,
            share: self.share.clone(),
        }
    }
}

/// How a person's worked month divides by project and treatment; nothing where none was worked.
fn worked_split<'a>(placed: &[Placed<'a>]) -> Vec<Followed<'a>> {
    let mut parts: BTreeMap<(Option<&str>, Treatment), (Booked<'a>, Rational)> = BTreeMap::new();
    for one in placed {
        let key = (one.booked.project_id, one.treatment);
        let (_, days) = parts.entry(key).or_insert_with(|| {
            let (project_id, project) = (one.booked.project_id, one.booked.project);
            let booked = of_no_item(WorkType::Absence, &Reason::AbsenceFollows);
            (Booked { project_id, project, ..booked }, Rational::zero())
        });
        *days += &one.slice.days;
    }
    let whole: Rational = parts.values().map(|(_, days)| days).sum();
    parts
        .into_iter()
        .filter_map(|((_, treatment), (booked, days))| {
            Some(Followed { booked, treatment, share: days.over(&whole)? })
        })
        .collect()
}
