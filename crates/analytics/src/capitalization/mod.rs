//! Software capitalization: which part of the effort builds an asset, under a named policy.
//!
//! The engine prepares evidence and proposes a split; it does not decide accounting. A work item's
//! kind and its project's gates decide, day by day: a month divides before and after recognition,
//! and before and after the software is ready for use. Every row says why, and which rule said so.
//!
//! - A policy is data ([`Policy`]); what the standards ask for is taken from firms' summaries.
//! - Time without a trace is never capitalized, and nothing is outside of its gates: an export that
//!   would break this fails, by a check that shares no code with the decision.
//! - Money is in minor units of its currency, and every division adds up to its total.
//! - What is missing is a [`CapitalizationProblem`]: the effort stays, as an expense, and a cost
//!   that can't be told is empty, never zero.
//! - Only the order of the mapping rules means anything.

mod case;
mod classify;
mod cost;
mod currency;
mod detail;
mod evidence;
mod export;
mod gates;
mod gather;
mod inputs;
mod policy;
mod problem;
mod reason;
mod reasonableness;
mod rows;
mod summary;
#[cfg(test)]
mod tests;
mod treatment;
mod verify;
mod work_type;

pub use case::Case;
pub use classify::ClassificationSource;
pub use cost::{ActualCost, CostMode, ExchangeRate, RateScope, Reporting, StandardRate};
pub use currency::Currency;
pub use export::{Capitalization, capitalize, disclaimer};
pub use gates::{Gate, GateDecision};
pub use gather::{Books, books};
pub use inputs::{Inputs, MappingRule, Override, Project, WorkItem};
pub use policy::{AbsenceRule, POLICIES, Policy, Recognition, UnattributedRule};
pub use problem::{CapitalizationError, CapitalizationProblem};
pub use reason::{Reason, Treatment};
pub use reasonableness::{ProjectChange, Reasonableness};
pub use rows::{DetailRow, EvidenceRow, SCHEMA_VERSION, SummaryRow};
pub use summary::{ControlTotals, CostTotals};
pub use work_type::{TypeTreatment, WorkType};
