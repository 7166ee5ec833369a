//! What keeps an export from being right: facts that are missing or contradict each other, which
//! are named and never guessed; and breaches after which there is no export at all.

use serde::Serialize;

use super::gates::Gate;
use crate::effort::{Month, RoundingError, TooLarge};

/// Something that is missing or contradictory. The effort stays in the export, as an expense; where
/// its cost can't be told, that is empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum CapitalizationProblem {
    /// Effort on a work item that is not among the work items.
    #[error("nothing is known of the work item `{work_item_id}`")]
    UnknownWorkItem {
        /// Work item.
        work_item_id: String,
    },
    /// Two rows of a work item differ: neither is used.
    #[error("the work item `{work_item_id}` is given twice with different data")]
    ContradictoryWorkItem {
        /// Work item.
        work_item_id: String,
    },
    /// Neither a work item nor anything above it has a project.
    #[error("the work item `{work_item_id}` belongs to no project")]
    NoProject {
        /// Work item.
        work_item_id: String,
    },
    /// A work item's project is not among the projects.
    #[error("nothing is known of the project `{project_id}`")]
    UnknownProject {
        /// Project.
        project_id: String,
    },
    /// Two rows of a project differ: neither is used.
    #[error("the project `{project_id}` is given twice with different data")]
    ContradictoryProject {
        /// Project.
        project_id: String,
    },
    /// A work item's parent is not among the work items: what is above it is unknown.
    #[error("nothing is known of `{parent_id}`, the parent of the work item `{work_item_id}`")]
    UnknownParent {
        /// Work item.
        work_item_id: String,
        /// Its parent.
        parent_id: String,
    },
    /// A work item is above itself: what is above it is not used.
    #[error("the parents of the work item `{work_item_id}` lead back to one of them")]
    ParentCycle {
        /// Work item.
        work_item_id: String,
    },
    /// A ticket says a kind of work that is none.
    #[error("`{word}`, said of the work item `{work_item_id}`, is no kind of work")]
    UnknownWorkType {
        /// Work item.
        work_item_id: String,
        /// Its word.
        word: String,
    },
    /// A decision on a gate that is none.
    #[error("the project `{project_id}` has a decision on `{gate}`, which is no gate")]
    UnknownGate {
        /// Project.
        project_id: String,
        /// Its word.
        gate: String,
    },
    /// A decision that opens a project without saying who made it: it does not count.
    #[error("a decision on the gate `{gate}` of the project `{project_id}` has no approver")]
    GateWithoutApprover {
        /// Project.
        project_id: String,
        /// Gate.
        gate: Gate,
    },
    /// Two decisions at one instant: the one under which less is capitalized counts.
    #[error("the project `{project_id}` has contradictory decisions on the gate `{gate}`")]
    ContradictoryGate {
        /// Project.
        project_id: String,
        /// Gate.
        gate: Gate,
    },
    /// An override without work item, reason, names or time, or with nothing to decide.
    #[error("the override `{override_id}` is incomplete")]
    IncompleteOverride {
        /// Override.
        override_id: String,
    },
    /// An override that its requester approved: it does not count.
    #[error("the override `{override_id}` was approved by who requested it")]
    SelfApprovedOverride {
        /// Override.
        override_id: String,
    },
    /// A person-month without a cost, in whole or for one type of employment.
    #[error("person `{person_id}` has effort without a cost in {month}")]
    MissingCost {
        /// Person.
        person_id: String,
        /// Month.
        month: Month,
    },
    /// Costs of one person-month that differ, or one of the whole month beside one of a part.
    #[error("person `{person_id}` has contradictory costs in {month}")]
    ContradictoryCost {
        /// Person.
        person_id: String,
        /// Month.
        month: Month,
    },
    /// A cost that no effort stands for.
    #[error("person `{person_id}` has a cost without effort in {month}")]
    CostWithoutEffort {
        /// Person.
        person_id: String,
        /// Month.
        month: Month,
    },
    /// A day without a rate; the person-month has no cost.
    #[error("person `{person_id}` has a day without a rate in {month}")]
    MissingRate {
        /// Person.
        person_id: String,
        /// Month.
        month: Month,
    },
    /// Two rates that fit a day equally well; the person-month has no cost.
    #[error("person `{person_id}` has a day with contradictory rates in {month}")]
    ContradictoryRate {
        /// Person.
        person_id: String,
        /// Month.
        month: Month,
    },
    /// Rates of a person-month in several currencies; it has no cost.
    #[error("person `{person_id}` has rates in several currencies in {month}")]
    SeveralCurrencies {
        /// Person.
        person_id: String,
        /// Month.
        month: Month,
    },
    /// No exchange rate, or contradictory ones; the costs have no amount.
    #[error("there is no single exchange rate from {from} to {to} in {month}")]
    NoExchangeRate {
        /// Currency of the payroll.
        from: String,
        /// Currency of the export.
        to: String,
        /// Month.
        month: Month,
    },
}

/// A breach after which there is no export.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CapitalizationError {
    /// Something is capitalized on a day on which its project's gates were closed.
    #[error(
        "failed to prepare the export: work of `{person_id}` on `{work_item_id}` would be \
         capitalized on {day}, outside of the gates of its project"
    )]
    OutsideGates {
        /// Person.
        person_id: String,
        /// Work item.
        work_item_id: String,
        /// Day.
        day: chrono::NaiveDate,
    },
    /// Time without a trace is capitalized.
    #[error(
        "failed to prepare the export: unattributed time of `{person_id}` would be capitalized"
    )]
    UnattributedCapitalized {
        /// Person.
        person_id: String,
    },
    /// Rows do not add up to what they divide.
    #[error("failed to prepare the export: the rows of `{person_id}` do not add up")]
    DoesNotAddUp {
        /// Person.
        person_id: String,
    },
    /// A number can't be rounded.
    #[error("failed to prepare the export: {0}")]
    Rounding(#[from] RoundingError),
}

impl From<TooLarge> for CapitalizationError {
    fn from(error: TooLarge) -> CapitalizationError {
        CapitalizationError::Rounding(error.into())
    }
}
