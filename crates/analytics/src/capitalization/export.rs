//! One month's export, put together.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::classify::Book;
use super::gates::known_gates;
use super::inputs::Inputs;
use super::reasonableness::{Reasonableness, reasonableness};
use super::rows::{DetailRow, EvidenceRow, SummaryRow, rows};
use super::summary::{ControlTotals, summary, totals};
use super::treatment::Rules;
use super::verify::verify;
use super::{CapitalizationError, CapitalizationProblem, cost, detail, evidence};
use crate::effort::EffortProblem;

/// A month's proposed capitalization, with everything that an auditor asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Capitalization {
    /// By entity, project, treatment, kind of work and cost centre.
    pub summary: Vec<SummaryRow>,
    /// By person, project, work item, treatment, reason and employment.
    pub detail: Vec<DetailRow>,
    /// By person, day, work item, signal and source.
    pub evidence: Vec<EvidenceRow>,
    /// What the rows add up to.
    pub totals: ControlTotals,
    /// What a reviewer looks at.
    pub reasonableness: Reasonableness,
    /// What is missing or contradictory, in order, each once.
    pub problems: Vec<CapitalizationProblem>,
    /// What the effort lacks, of every month it was asked for: whom it names with this month has no
    /// row here.
    pub effort_problems: Vec<EffortProblem>,
    /// True where the month was not over when its facts were read.
    pub is_provisional: bool,
}

/// Sentence that every export carries.
pub fn disclaimer(policy: &str) -> String {
    format!(
        "Proposed classification under policy {policy}; accounting judgements belong to the company."
    )
}

/// Proposes how a month's effort is treated.
///
/// Fails where the result would break a promise: something capitalized outside of its gates or
/// without a trace, or rows that do not add up.
pub fn capitalize(inputs: &Inputs<'_>) -> Result<Capitalization, CapitalizationError> {
    let mut problems = BTreeSet::new();
    let rules = Rules {
        policy: &inputs.policy,
        book: Book::new(inputs, &mut problems),
        gates: known_gates(&inputs.gates, inputs.as_of, &mut problems),
    };
    let mut detail_rows = Vec::new();
    let mut evidence_rows = Vec::new();
    let mut people = BTreeSet::new();
    let mut booked = BTreeMap::new();
    let mut is_provisional = false;
    for month in inputs.effort.months.iter().filter(|month| month.month == inputs.period) {
        people.insert(month.person_id.as_str());
        is_provisional |= month.is_provisional;
        let placed = rules.placed(month, &mut booked, &mut problems);
        verify(&rules, month, &placed)?;
        let rows = rows(month, &placed);
        detail_rows.extend(detail::detail(inputs, &rules, month, &rows, &mut problems)?);
        evidence_rows.extend(evidence::evidence(&inputs.run_id, month));
    }
    cost::without_effort(&inputs.costs, inputs.period, &people, &mut problems);
    detail_rows.sort_by(|a, b| key(a).cmp(&key(b)));
    evidence_rows.sort_by(|a, b| evidence_key(a).cmp(&evidence_key(b)));
    let summary = summary(inputs, &detail_rows)?;
    let totals = totals(&detail_rows, summary.len() as u64, evidence_rows.len() as u64)?;
    Ok(Capitalization {
        reasonableness: reasonableness(inputs, &detail_rows)?,
        summary,
        detail: detail_rows,
        evidence: evidence_rows,
        totals,
        problems: problems.into_iter().collect(),
        effort_problems: inputs.effort.problems.clone(),
        is_provisional,
    })
}

/// Key columns of the detail, and the employment, of which a person may have several.
fn key(row: &DetailRow) -> impl Ord + '_ {
    (
        &row.person_id,
        &row.project_id,
        &row.work_item_id,
        row.treatment,
        row.reason.to_string(),
        row.employed_from,
    )
}

fn evidence_key(row: &EvidenceRow) -> impl Ord + '_ {
    (
        &row.person_id,
        row.day,
        &row.work_item_id,
        row.signal.as_str(),
        &row.source_id,
        &row.source_system,
        &row.url,
        &row.row_hash,
    )
}
