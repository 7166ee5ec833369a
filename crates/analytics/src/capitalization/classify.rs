//! What kind of cost a work item is, whatever the day, and which rule says so.
//!
//! The first that says something: an override of finance, the ticket's own fields, the nearest
//! parent with either, the project, the label or issue type; else it is unclassified, which is an
//! expense.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::CapitalizationProblem;
use super::inputs::{Inputs, MappingRule, Override, Project, WorkItem};
use super::reason::{Reason, Treatment};
use super::work_type::{TypeTreatment, WorkType};

/// What classified a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassificationSource {
    /// A decision of finance.
    Override,
    /// The ticket's own fields.
    TicketField,
    /// An epic or initiative above it.
    Parent,
    /// The project.
    ProjectPolicy,
    /// Its label or issue type.
    Mapping,
    /// Nothing.
    Unclassified,
    /// The policy's rule for time that went to no work item.
    Policy,
}

/// A work item's classification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Classification {
    pub(super) work_type: WorkType,
    /// Why it is an expense on any day; `None` where the gates decide.
    pub(super) objection: Option<Reason>,
    pub(super) source: ClassificationSource,
    pub(super) rule_id: String,
}

/// A work item with everything above it: itself first, no one twice.
type Chain<'a> = Vec<&'a WorkItem>;

/// What is known of work items and projects.
pub(super) struct Book<'a> {
    inputs: &'a Inputs<'a>,
    items: BTreeMap<&'a str, &'a WorkItem>,
    projects: BTreeMap<&'a str, &'a Project>,
    overrides: BTreeMap<&'a str, &'a Override>,
}

/// A work item as it is booked.
#[derive(Debug, Clone)]
pub(super) struct Booked<'a> {
    pub(super) item: Option<&'a WorkItem>,
    pub(super) epic_key: Option<&'a str>,
    pub(super) project_id: Option<&'a str>,
    pub(super) project: Option<&'a Project>,
    pub(super) classification: Classification,
}

impl<'a> Book<'a> {
    pub(super) fn new(
        inputs: &'a Inputs<'a>,
        problems: &mut BTreeSet<CapitalizationProblem>,
    ) -> Book<'a> {
        let (items, contradictory) = by_id(&inputs.work_items, |item| &item.work_item_id);
        problems.extend(
            contradictory
                .into_iter()
                .map(|work_item_id| CapitalizationProblem::ContradictoryWorkItem { work_item_id }),
        );
        let (projects, contradictory) = by_id(&inputs.projects, |project| &project.project_id);
        problems.extend(
            contradictory
                .into_iter()
                .map(|project_id| CapitalizationProblem::ContradictoryProject { project_id }),
        );
        Book { inputs, items, projects, overrides: overrides(inputs, problems) }
    }

    /// A work item's project and classification.
    pub(super) fn booked(
        &self,
        work_item_id: &str,
        problems: &mut BTreeSet<CapitalizationProblem>,
    ) -> Booked<'a> {
        let chain = self.chain(work_item_id, problems);
        let Some(item) = chain.first().copied() else {
            let work_item_id = work_item_id.to_owned();
            problems.insert(CapitalizationProblem::UnknownWorkItem { work_item_id });
            return unknown();
        };
        let project_id = chain.iter().find_map(|one| self.project_of(one));
        let project = project_id.and_then(|id| self.projects.get(id).copied());
        let mut classification = self.classify(&chain, project, problems);
        let missing = match (project_id, project) {
            (None, _) => {
                let work_item_id = item.work_item_id.clone();
                problems.insert(CapitalizationProblem::NoProject { work_item_id });
                Some(Reason::NoProject)
            }
            (Some(project_id), None) => {
                let project_id = project_id.to_owned();
                problems.insert(CapitalizationProblem::UnknownProject { project_id });
                Some(Reason::UnknownProject)
            }
            _ => None,
        };
        classification.objection = classification.objection.or(missing);
        Booked { item: Some(item), epic_key: epic_key(&chain), project_id, project, classification }
    }

    fn project_of(&self, item: &'a WorkItem) -> Option<&'a str> {
        let decided = self.overrides.get(item.work_item_id.as_str());
        let decided = decided.and_then(|one| one.project_id.as_deref());
        decided.or(item.project_id.as_deref())
    }

    fn chain(
        &self,
        work_item_id: &str,
        problems: &mut BTreeSet<CapitalizationProblem>,
    ) -> Chain<'a> {
        let mut chain: Chain<'a> = Vec::new();
        let mut seen = BTreeSet::new();
        let mut next = self.items.get(work_item_id).copied();
        while let Some(item) = next {
            let work_item_id = || item.work_item_id.clone();
            chain.push(item);
            seen.insert(item.work_item_id.as_str());
            next = None;
            let Some(parent_id) = &item.parent_id else { break };
            if seen.contains(parent_id.as_str()) {
                let work_item_id = work_item_id();
                problems.insert(CapitalizationProblem::ParentCycle { work_item_id });
            } else if let Some(parent) = self.items.get(parent_id.as_str()) {
                next = Some(*parent);
            } else {
                let (work_item_id, parent_id) = (work_item_id(), parent_id.clone());
                problems.insert(CapitalizationProblem::UnknownParent { work_item_id, parent_id });
            }
        }
        chain
    }

    fn classify(
        &self,
        chain: &[&'a WorkItem],
        project: Option<&'a Project>,
        problems: &mut BTreeSet<CapitalizationProblem>,
    ) -> Classification {
        if let Some(own) = self.own(chain, project, problems) {
            return own;
        }
        let mut above = chain;
        while let Some((_, rest)) = above.split_first() {
            above = rest;
            let Some(parent) = above.first() else { break };
            if let Some(inherited) = self.own(above, project, problems) {
                return Classification {
                    source: ClassificationSource::Parent,
                    rule_id: format!("{}:{}", parent.work_item_id, inherited.rule_id),
                    ..inherited
                };
            }
        }
        self.by_default(chain, project)
    }

    /// What the first of a chain says itself, or finance of it.
    fn own(
        &self,
        chain: &[&'a WorkItem],
        project: Option<&'a Project>,
        problems: &mut BTreeSet<CapitalizationProblem>,
    ) -> Option<Classification> {
        let item = chain.first()?;
        let field = self.ticket_field(chain, project, problems);
        let decided = self.overrides.get(item.work_item_id.as_str());
        let Some((decided, treatment)) = decided.and_then(|one| Some((one, one.treatment?))) else {
            return field;
        };
        let work_type = match field {
            Some(field) => field.work_type,
            None => self.by_default(chain, project).work_type,
        };
        Some(Classification {
            work_type,
            objection: (treatment == Treatment::Expense).then_some(Reason::Override),
            source: ClassificationSource::Override,
            rule_id: decided.override_id.clone(),
        })
    }

    fn ticket_field(
        &self,
        chain: &[&'a WorkItem],
        project: Option<&'a Project>,
        problems: &mut BTreeSet<CapitalizationProblem>,
    ) -> Option<Classification> {
        let (item, above) = chain.split_first()?;
        let source = ClassificationSource::TicketField;
        let said = item.work_type.as_deref();
        let work_type = said.and_then(WorkType::of_ticket);
        if let (Some(word), None) = (said, work_type) {
            let (work_item_id, word) = (item.work_item_id.clone(), word.to_owned());
            problems.insert(CapitalizationProblem::UnknownWorkType { work_item_id, word });
        }
        if let Some(is_capitalizable) = item.is_capitalizable {
            return Some(Classification {
                work_type: work_type.unwrap_or(WorkType::Unclassified),
                objection: (!is_capitalizable).then_some(Reason::TicketField),
                source,
                rule_id: "ticket.capitalizable".to_owned(),
            });
        }
        let rule_id = "ticket.work_type".to_owned();
        said?;
        let Some(work_type) = work_type else {
            let objection = Some(Reason::Unclassified);
            return Some(Classification {
                work_type: WorkType::Unclassified,
                objection,
                source,
                rule_id,
            });
        };
        let objection = match self.inputs.policy.treatment_of(work_type) {
            TypeTreatment::FollowParent if !above.is_empty() => {
                let parent = self.classify(above, project, problems);
                parent.objection.map(|_| Reason::ParentExpensed)
            }
            treatment => objection(work_type, treatment),
        };
        Some(Classification { work_type, objection, source, rule_id })
    }

    /// What project, label or issue type say.
    fn by_default(&self, chain: &[&'a WorkItem], project: Option<&'a Project>) -> Classification {
        let of_type = |work_type, source, rule_id| {
            let treatment = self.inputs.policy.treatment_of(work_type);
            Classification {
                work_type,
                objection: objection(work_type, treatment),
                source,
                rule_id,
            }
        };
        if let Some((project, work_type)) =
            project.and_then(|project| Some((project, project.usual_work_type?)))
        {
            let rule_id = format!("project:{}", project.project_id);
            return of_type(work_type, ClassificationSource::ProjectPolicy, rule_id);
        }
        let rule = chain
            .first()
            .and_then(|item| self.inputs.mapping.iter().find(|rule| is_matched(rule, item)));
        if let Some(rule) = rule {
            return of_type(rule.work_type, ClassificationSource::Mapping, rule.rule_id.clone());
        }
        Classification {
            work_type: WorkType::Unclassified,
            objection: Some(Reason::Unclassified),
            source: ClassificationSource::Unclassified,
            rule_id: String::new(),
        }
    }
}

fn unknown<'a>() -> Booked<'a> {
    let classification = Classification {
        work_type: WorkType::Unclassified,
        objection: Some(Reason::UnknownWorkItem),
        source: ClassificationSource::Unclassified,
        rule_id: String::new(),
    };
    Booked { item: None, epic_key: None, project_id: None, project: None, classification }
}

fn objection(work_type: WorkType, treatment: TypeTreatment) -> Option<Reason> {
    (treatment == TypeTreatment::Expense).then_some(Reason::WorkType(work_type))
}

fn is_matched(rule: &MappingRule, item: &WorkItem) -> bool {
    let has_label = rule.label.as_ref().is_none_or(|label| item.labels.contains(label));
    let is_of_kind = rule.kind.is_none() || rule.kind == item.kind;
    (rule.label.is_some() || rule.kind.is_some()) && has_label && is_of_kind
}

/// Key of the nearest epic above, else of the parent.
fn epic_key<'a>(chain: &[&'a WorkItem]) -> Option<&'a str> {
    let above = chain.get(1..)?;
    let is_epic = |item: &&&WorkItem| {
        item.kind.as_ref().is_some_and(|kind| kind.eq_ignore_ascii_case("epic"))
    };
    above.iter().find(is_epic).or(above.first())?.key.as_deref()
}

/// Rows by id, without those whose rows differ, and the ids of these.
fn by_id<'a, T: PartialEq>(
    rows: &'a [T],
    id: impl Fn(&'a T) -> &'a String,
) -> (BTreeMap<&'a str, &'a T>, BTreeSet<String>) {
    let mut all: BTreeMap<&str, &T> = BTreeMap::new();
    let mut contradictory = BTreeSet::new();
    for row in rows {
        let first = all.entry(id(row)).or_insert(row);
        if *first != row {
            contradictory.insert(id(row).clone());
        }
    }
    all.retain(|id, _| !contradictory.contains(*id));
    (all, contradictory)
}

/// The latest override of every work item that counts.
fn overrides<'a>(
    inputs: &'a Inputs<'_>,
    problems: &mut BTreeSet<CapitalizationProblem>,
) -> BTreeMap<&'a str, &'a Override> {
    let mut latest: BTreeMap<&str, &Override> = BTreeMap::new();
    for one in &inputs.overrides {
        let Some(work_item_id) = usable(one, problems) else { continue };
        if one.decided_at.is_none_or(|decided_at| inputs.as_of < decided_at) {
            continue;
        }
        let known = latest.entry(work_item_id).or_insert(one);
        if (known.decided_at, *known) < (one.decided_at, one) {
            *known = one;
        }
    }
    latest
}

/// Work item of an override that is complete and approved by someone else.
fn usable<'a>(
    one: &'a Override,
    problems: &mut BTreeSet<CapitalizationProblem>,
) -> Option<&'a str> {
    let said =
        |text: &'a Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let override_id = one.override_id.clone();
    let names = said(&one.requested_by).zip(said(&one.approved_by));
    let decides = one.treatment.is_some() || one.project_id.is_some();
    let is_complete = said(&one.reason).is_some() && one.decided_at.is_some() && decides;
    let (Some(work_item_id), Some((requester, approver)), true) =
        (one.work_item_id.as_deref(), names, is_complete)
    else {
        problems.insert(CapitalizationProblem::IncompleteOverride { override_id });
        return None;
    };
    if requester.to_lowercase() == approver.to_lowercase() {
        problems.insert(CapitalizationProblem::SelfApprovedOverride { override_id });
        return None;
    }
    Some(work_item_id)
}
