//! Everything that an export of one month is made of, but what time costs: as one value that can be
//! written down, sealed, and worked out again elsewhere to the byte.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::gather::Books;
use super::{
    Capitalization, CapitalizationError, CostMode, Inputs, MappingRule, Policy, Reporting,
    capitalize,
};
use crate::effort::{self, Month, Rational, model};

/// The facts and choices of an export. Rates are never among them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Month.
    pub period: Month,
    /// Decisions made later are not known; UTC.
    pub as_of: DateTime<Utc>,
    /// Name of the policy.
    pub policy: String,
    /// What the effort is told from; of the month and the one before.
    pub effort: effort::Inputs,
    /// Work items, projects, decisions.
    pub books: Books,
    /// Kinds of work by label and issue type; the first that matches.
    pub mapping: Vec<MappingRule>,
}

impl Case {
    /// The same facts in one order, so that equal cases are equal bytes.
    #[must_use]
    pub fn in_order(self) -> Case {
        Case { effort: self.effort.in_order(), books: self.books.in_order(), ..self }
    }

    /// The case as it is written down.
    ///
    /// # Errors
    /// Never for a case that was made of facts.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// SHA-256 of the text, in hexadecimal digits.
    ///
    /// # Errors
    /// As [`text`](Self::text).
    pub fn digest(&self) -> Result<String, serde_json::Error> {
        let digest = Sha256::digest(self.text()?.as_bytes());
        Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Works the export out. `None` where the policy is none of those that are shipped.
    pub fn worked_out(
        &self,
        run_id: &str,
        costs: CostMode,
        reporting: Option<Reporting>,
    ) -> Option<Result<Capitalization, CapitalizationError>> {
        let policy = Policy::named(&self.policy)?;
        let effort = model(&self.effort);
        let inputs = |period, costs, reporting, previous_fte| Inputs {
            run_id: run_id.to_owned(),
            period,
            as_of: self.as_of,
            policy: policy.clone(),
            effort: &effort,
            work_items: self.books.work_items.clone(),
            projects: self.books.projects.clone(),
            gates: self.books.gates.clone(),
            overrides: self.books.overrides.clone(),
            mapping: self.mapping.clone(),
            costs,
            reporting,
            previous_fte,
        };
        let before = inputs(self.period.before(), CostMode::None, None, BTreeMap::new());
        let previous = match capitalize(&before) {
            Ok(previous) => by_project(&previous),
            Err(error) => return Some(Err(error)),
        };
        let mut result = capitalize(&inputs(self.period, costs, reporting, previous));
        if let Ok(done) = &mut result {
            done.effort_problems.retain(|one| one.month().is_none_or(|month| month == self.period));
        }
        Some(result)
    }
}

fn by_project(done: &Capitalization) -> BTreeMap<String, Rational> {
    let mut all: BTreeMap<String, Rational> = BTreeMap::new();
    for row in &done.detail {
        let Some(project_id) = &row.project_id else { continue };
        let fte = Rational::new(row.fte.units, 10_i64.pow(row.fte.digits)).unwrap_or_default();
        *all.entry(project_id.clone()).or_default() += &fte;
    }
    all
}
