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
    /// Policy, with all that it says.
    pub policy: Policy,
    /// Employing company that the books are of; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
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

    /// Works the export out.
    ///
    /// # Errors
    /// As [`capitalize`].
    pub fn worked_out(
        &self,
        run_id: &str,
        costs: CostMode,
        reporting: Option<Reporting>,
    ) -> Result<Capitalization, CapitalizationError> {
        let whole = model(&self.effort);
        let effort = match &self.entity {
            Some(entity) => whole.of_entity(entity, &self.effort),
            None => whole,
        };
        let inputs = |period, costs, reporting, previous_fte| Inputs {
            run_id: run_id.to_owned(),
            period,
            as_of: self.as_of,
            policy: self.policy.clone(),
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
        let previous = by_project(&capitalize(&before)?);
        let mut done = capitalize(&inputs(self.period, costs, reporting, previous))?;
        done.effort_problems.retain(|one| one.month().is_none_or(|month| month == self.period));
        Ok(done)
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
