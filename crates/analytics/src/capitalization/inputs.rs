//! What an export is made of, beside the effort.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::cost::{CostMode, Reporting};
use super::gates::GateDecision;
use super::policy::Policy;
use super::reason::Treatment;
use super::work_type::WorkType;
use crate::effort::{Effort, Month, Rational};

/// A ticket, or what stands in for one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct WorkItem {
    /// Work item.
    pub work_item_id: String,
    /// Key people use.
    pub key: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Issue type in the tracker's word.
    pub kind: Option<String>,
    /// Parent; `None` at the top.
    pub parent_id: Option<String>,
    /// Project; `None` where the nearest parent with one says it.
    pub project_id: Option<String>,
    /// Kind of work that the ticket says, in our words.
    pub work_type: Option<String>,
    /// What the ticket says of itself; `None` where it does not.
    pub is_capitalizable: Option<bool>,
    /// Labels.
    pub labels: Vec<String>,
    /// True where a pull request linked to it was merged by the end of the period.
    pub has_merged_pull_request: bool,
}

/// A project that work is capitalized under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Project {
    /// Project.
    pub project_id: String,
    /// Name for people.
    pub name: Option<String>,
    /// Asset in the books.
    pub asset_id: Option<String>,
    /// Kind of work of its work items that say nothing themselves.
    pub usual_work_type: Option<WorkType>,
}

/// Finance's decision on one work item, and on those below it that say nothing themselves. It can
/// change what kind of cost it is and whose, never open a gate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Override {
    /// Override.
    pub override_id: String,
    /// Work item.
    pub work_item_id: Option<String>,
    /// Project it is put under; `None` leaves it where it is.
    pub project_id: Option<String>,
    /// Treatment; `None` leaves it as it is.
    pub treatment: Option<Treatment>,
    /// Why.
    pub reason: Option<String>,
    /// Who asked for it.
    pub requested_by: Option<String>,
    /// Who approved it: someone else.
    pub approved_by: Option<String>,
    /// When it was approved; UTC.
    pub decided_at: Option<DateTime<Utc>>,
}

/// Kind of work by label or issue type. Both where both are given; none matches nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappingRule {
    /// Rule.
    pub rule_id: String,
    /// A label it has.
    pub label: Option<String>,
    /// Its issue type, in the tracker's word.
    pub kind: Option<String>,
    /// Kind of work.
    pub work_type: WorkType,
}

/// Everything an export of one month is made of. Only the order of the mapping rules means
/// anything.
#[derive(Debug, Clone)]
pub struct Inputs<'a> {
    /// Run that prints the export.
    pub run_id: String,
    /// Month.
    pub period: Month,
    /// Decisions made later are not known.
    pub as_of: DateTime<Utc>,
    /// Policy.
    pub policy: Policy,
    /// Effort; months other than the period's are left out.
    pub effort: &'a Effort,
    /// Work items, parents included.
    pub work_items: Vec<WorkItem>,
    /// Projects.
    pub projects: Vec<Project>,
    /// Decisions on gates.
    pub gates: Vec<GateDecision>,
    /// Decisions of finance.
    pub overrides: Vec<Override>,
    /// Kinds of work by label and issue type; the first that matches.
    pub mapping: Vec<MappingRule>,
    /// What time costs.
    pub costs: CostMode,
    /// Currency of the export; `None` leaves the payroll's.
    pub reporting: Option<Reporting>,
    /// FTE of every project in the month before, for the comparison; empty where unknown.
    pub previous_fte: BTreeMap<String, Rational>,
}
