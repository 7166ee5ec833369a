//! Why a row is capitalized or expensed.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use super::gates::Gate;
use super::work_type::WorkType;

/// Proposed treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// Part of an asset.
    Capitalize,
    /// Of the period.
    Expense,
}

impl Treatment {
    /// Word in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Treatment::Capitalize => "capitalize",
            Treatment::Expense => "expense",
        }
    }
}

/// Why a row is treated as it is. `Display` is the word in tables.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The kind of work builds the asset, and the project's gates were open that day.
    Capitalizable,
    /// The policy capitalizes nothing.
    Policy,
    /// A gate that the policy asks for is not fulfilled.
    GateMissing(Gate),
    /// The day is before the last gate was fulfilled.
    BeforeRecognition,
    /// The day is the one from which the software was ready, or later.
    ReadyForUse,
    /// The day is the one on which the project was given up, or later.
    Cancelled,
    /// The kind of work never builds the asset.
    WorkType(WorkType),
    /// The work item that this one belongs to is expensed.
    ParentExpensed,
    /// The ticket says so.
    TicketField,
    /// Finance decided so.
    Override,
    /// Nothing says what kind of work it is.
    Unclassified,
    /// The work item belongs to no project.
    NoProject,
    /// Nothing is known of the work item's project.
    UnknownProject,
    /// Nothing is known of the work item.
    UnknownWorkItem,
    /// Time away.
    Absence,
    /// Time away, divided as the worked time.
    AbsenceFollows,
    /// Working time without a trace.
    Unattributed,
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Reason::GateMissing(gate) => return write!(out, "gate_missing:{gate}"),
            Reason::WorkType(kind) => return write!(out, "work_type:{kind}"),
            Reason::Capitalizable => "capitalizable",
            Reason::Policy => "policy",
            Reason::BeforeRecognition => "gate:before_recognition",
            Reason::ReadyForUse => "gate:ready_for_use",
            Reason::Cancelled => "gate:cancelled",
            Reason::ParentExpensed => "parent_expensed",
            Reason::TicketField => "ticket_field",
            Reason::Override => "override",
            Reason::Unclassified => "unclassified",
            Reason::NoProject => "no_project",
            Reason::UnknownProject => "unknown_project",
            Reason::UnknownWorkItem => "unknown_work_item",
            Reason::Absence => "absence",
            Reason::AbsenceFollows => "absence_follows_work",
            Reason::Unattributed => "unattributed",
        };
        out.write_str(word)
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
