//! Dated decisions that open and close a project for capitalization.
//!
//! Decisions are only ever added. What counts is the latest that was made by a given instant, so
//! that a month can be worked out again as it was known then. A decision that opens a project, or
//! opens it again, counts only with the name of who made it; one that closes it always counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::CapitalizationProblem;

macro_rules! gates {
    ($($(#[$doc:meta])+ $name:ident $word:literal,)+) => {
        /// What is decided. Words of tables are those of `as_str`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Gate {
            $($(#[$doc])+ $name,)+
        }

        impl Gate {
            /// All gates.
            pub const ALL: &'static [Gate] = &[$(Gate::$name,)+];

            /// Word in tables.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Gate::$name => $word,)+
                }
            }
        }
    };
}

gates! {
    /// Management with authority authorized it and committed the funds.
    Authorized "authorized",
    /// It is probable that it will be completed and used as intended.
    Probable "probable",
    /// A significant development uncertainty was resolved by coding and testing. Where a project
    /// has no decision on it, none was flagged; a decision without a day flags one.
    UncertaintyResolved "uncertainty_resolved",
    /// The preliminary stage is complete.
    PreliminaryCompleted "preliminary_completed",
    /// Substantially complete and ready for its intended use: closes.
    ReadyForUse "ready_for_use",
    /// Given up: closes.
    Cancelled "cancelled",
    /// IAS 38.57 (a): completing it is technically feasible.
    Ias38TechnicalFeasibility "ias38_technical_feasibility",
    /// IAS 38.57 (b): it is intended to be completed.
    Ias38Intention "ias38_intention",
    /// IAS 38.57 (c): it can be used or sold.
    Ias38Ability "ias38_ability",
    /// IAS 38.57 (d): it will probably bring benefits.
    Ias38Benefits "ias38_benefits",
    /// IAS 38.57 (e): resources to complete it are there.
    Ias38Resources "ias38_resources",
    /// IAS 38.57 (f): its cost can be measured reliably.
    Ias38Measurement "ias38_measurement",
}

impl Gate {
    /// The gate of a word; `None` for words that are none.
    pub fn parse(word: &str) -> Option<Gate> {
        Gate::ALL.iter().find(|gate| gate.as_str() == word).copied()
    }

    /// True for what ends a project's capitalization.
    pub fn closes(self) -> bool {
        matches!(self, Gate::ReadyForUse | Gate::Cancelled)
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Gate {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Gate, D::Error> {
        let word = String::deserialize(from)?;
        Gate::parse(&word).ok_or_else(|| {
            let known: Vec<&str> = Gate::ALL.iter().map(|gate| gate.as_str()).collect();
            D::Error::custom(format!("`{word}` is no gate; there are {}", known.join(", ")))
        })
    }
}

impl Serialize for Gate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GateDecision {
    /// Project.
    pub project_id: String,
    /// Word of the gate.
    pub gate: String,
    /// When it was decided; UTC.
    pub decided_at: DateTime<Utc>,
    /// Day from which it holds; `None` where the decision withdraws it.
    pub fulfilled_on: Option<NaiveDate>,
    /// Who decided.
    pub approved_by: Option<String>,
}

/// Days on which a project's gates were fulfilled, as far as known; `None` where decided not to be.
pub(super) type ProjectGates = BTreeMap<Gate, Option<NaiveDate>>;

/// When a gate was last decided, and the days that were decided then.
type Decided = (DateTime<Utc>, BTreeSet<Option<NaiveDate>>);

/// Gates of every project as known at an instant.
pub(super) fn known_gates<'a>(
    decisions: &'a [GateDecision],
    as_of: DateTime<Utc>,
    problems: &mut BTreeSet<CapitalizationProblem>,
) -> BTreeMap<&'a str, ProjectGates> {
    let mut latest: BTreeMap<(&str, Gate), Decided> = BTreeMap::new();
    for decision in decisions.iter().filter(|decision| decision.decided_at <= as_of) {
        let Some(gate) = usable(decision, problems) else { continue };
        let known = latest
            .entry((&decision.project_id, gate))
            .or_insert_with(|| (decision.decided_at, BTreeSet::new()));
        if known.0 < decision.decided_at {
            *known = (decision.decided_at, BTreeSet::new());
        }
        if known.0 == decision.decided_at {
            known.1.insert(decision.fulfilled_on);
        }
    }
    let mut gates: BTreeMap<&str, ProjectGates> = BTreeMap::new();
    for ((project_id, gate), (_, days)) in latest {
        if days.len() > 1 {
            let project_id = project_id.to_owned();
            problems.insert(CapitalizationProblem::ContradictoryGate { project_id, gate });
        }
        gates.entry(project_id).or_default().insert(gate, most_cautious(gate, &days));
    }
    gates
}

/// The gate of a decision that counts.
fn usable(decision: &GateDecision, problems: &mut BTreeSet<CapitalizationProblem>) -> Option<Gate> {
    let project_id = decision.project_id.clone();
    let Some(gate) = Gate::parse(&decision.gate) else {
        let gate = decision.gate.clone();
        problems.insert(CapitalizationProblem::UnknownGate { project_id, gate });
        return None;
    };
    let opens = gate.closes() != decision.fulfilled_on.is_some();
    let is_signed = decision.approved_by.as_ref().is_some_and(|name| !name.trim().is_empty());
    if opens && !is_signed {
        problems.insert(CapitalizationProblem::GateWithoutApprover { project_id, gate });
        return None;
    }
    Some(gate)
}

/// Of days decided at one instant, the one under which less is capitalized.
fn most_cautious(gate: Gate, days: &BTreeSet<Option<NaiveDate>>) -> Option<NaiveDate> {
    match days.len() {
        1 => days.first().copied().flatten(),
        _ if gate.closes() => days.iter().flatten().min().copied(),
        _ => None,
    }
}
