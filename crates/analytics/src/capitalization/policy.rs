//! Accounting policies as data.
//!
//! What a policy asks for is taken from firms' summaries of ASC 350-40 (before and after ASU
//! 2025-06) and IAS 38, not from the codification. The engine proposes a classification; the
//! judgement is the company's.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::gates::{Gate, ProjectGates};
use super::reason::Reason;
use super::work_type::{TypeTreatment, WorkType};

/// From which day a project's work can be capitalized.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recognition {
    /// Never.
    Never,
    /// From the last day on which all of these were fulfilled.
    WhenAll {
        /// Gates every project needs.
        required: Vec<Gate>,
        /// Gates that only projects with a decision on them need.
        required_if_flagged: Vec<Gate>,
    },
}

/// What becomes of time away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AbsenceRule {
    /// It is expensed.
    Expense,
    /// It is divided as the worked time of the same person and month, unattributed time included.
    /// Not where the cost rate already carries it.
    Follow,
}

/// What becomes of working time without a trace. There is no other choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnattributedRule {
    /// It is expensed.
    Expense,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Name in exports.
    pub name: String,
    /// From when a project's work can be capitalized. It ends with `ready_for_use` or `cancelled`.
    pub recognition: Recognition,
    /// What each kind of work is by default; kinds that are not in it are expensed.
    pub work_types: BTreeMap<WorkType, TypeTreatment>,
    /// Time away.
    pub absence: AbsenceRule,
    /// Working time without a trace.
    pub unattributed: UnattributedRule,
    /// Cost of a project in the period, in whole units of the currency of the export, under which
    /// its capitalization is pointed out. `None`: never.
    pub minimum_cost: Option<u64>,
}

/// Names of the policies that are shipped.
pub const POLICIES: [&str; 4] =
    ["us_gaap_350_40_stages", "us_gaap_350_40_asu_2025_06", "ifrs_ias38", "expense_all"];

impl Policy {
    /// A shipped policy; `None` for names that are none of [`POLICIES`].
    pub fn named(name: &str) -> Option<Policy> {
        use Gate::{
            Authorized, Ias38Ability, Ias38Benefits, Ias38Intention, Ias38Measurement,
            Ias38Resources, Ias38TechnicalFeasibility, PreliminaryCompleted, Probable,
            UncertaintyResolved,
        };
        let when_all = |required: &[Gate], required_if_flagged: &[Gate]| Recognition::WhenAll {
            required: required.to_vec(),
            required_if_flagged: required_if_flagged.to_vec(),
        };
        let recognition = match name {
            "us_gaap_350_40_stages" => when_all(&[PreliminaryCompleted, Authorized, Probable], &[]),
            "us_gaap_350_40_asu_2025_06" => {
                when_all(&[Authorized, Probable], &[UncertaintyResolved])
            }
            "ifrs_ias38" => {
                let six = [
                    Ias38TechnicalFeasibility,
                    Ias38Intention,
                    Ias38Ability,
                    Ias38Benefits,
                    Ias38Resources,
                    Ias38Measurement,
                ];
                when_all(&six, &[])
            }
            "expense_all" => Recognition::Never,
            _ => return None,
        };
        Some(Policy {
            name: name.to_owned(),
            recognition,
            work_types: WorkType::of_tickets().map(|kind| (kind, kind.usual_treatment())).collect(),
            absence: AbsenceRule::Expense,
            unattributed: UnattributedRule::Expense,
            minimum_cost: None,
        })
    }

    pub(super) fn treatment_of(&self, kind: WorkType) -> TypeTreatment {
        self.work_types.get(&kind).copied().unwrap_or(TypeTreatment::Expense)
    }

    /// When a project with such gates is open.
    pub(super) fn window(&self, gates: &ProjectGates) -> Window {
        let day_of = |gate: Gate| gates.get(&gate).copied().flatten();
        let opening = match &self.recognition {
            Recognition::Never => Err(Reason::Policy),
            Recognition::WhenAll { required, required_if_flagged } => {
                let flagged = required_if_flagged.iter().filter(|gate| gates.contains_key(gate));
                let days: Result<Vec<NaiveDate>, Reason> = required
                    .iter()
                    .chain(flagged)
                    .map(|gate| day_of(*gate).ok_or(Reason::GateMissing(*gate)))
                    .collect();
                // Without a gate to ask for, nobody ever decided to capitalize.
                days.and_then(|days| days.into_iter().max().ok_or(Reason::Policy))
            }
        };
        Window {
            opening,
            ready_for_use_on: day_of(Gate::ReadyForUse),
            cancelled_on: day_of(Gate::Cancelled),
        }
    }
}

/// Days on which a project's work can be capitalized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    opening: Result<NaiveDate, Reason>,
    pub(super) ready_for_use_on: Option<NaiveDate>,
    cancelled_on: Option<NaiveDate>,
}

impl Window {
    pub(super) fn recognition_on(&self) -> Option<NaiveDate> {
        self.opening.as_ref().ok().copied()
    }

    /// Why work on a day can't be capitalized; nothing where it can.
    pub(super) fn objection(&self, day: NaiveDate) -> Option<Reason> {
        match &self.opening {
            Err(reason) => Some(reason.clone()),
            Ok(opening) if day < *opening => Some(Reason::BeforeRecognition),
            Ok(_) if self.cancelled_on.is_some_and(|end| end <= day) => Some(Reason::Cancelled),
            Ok(_) if self.ready_for_use_on.is_some_and(|end| end <= day) => {
                Some(Reason::ReadyForUse)
            }
            Ok(_) => None,
        }
    }
}
