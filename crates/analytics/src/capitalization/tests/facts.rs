//! Builders of what an export is made of.

use chrono::{DateTime, Utc};

use crate::capitalization::*;
use crate::effort::tests::facts::{at, day, month};
use crate::effort::{self, Effort, Rational};

pub(super) const ASU: &str = "us_gaap_350_40_asu_2025_06";

pub(super) fn policy(name: &str) -> Policy {
    Policy::named(name).expect("a shipped policy")
}

pub(super) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

pub(super) fn usd() -> Currency {
    Currency::new("USD").expect("a currency")
}

pub(super) fn item(id: &str, project_id: Option<&str>, work_type: Option<&str>) -> WorkItem {
    WorkItem {
        work_item_id: id.into(),
        key: Some(id.into()),
        title: Some(format!("Title of {id}")),
        project_id: project_id.map(str::to_owned),
        work_type: work_type.map(str::to_owned),
        ..WorkItem::default()
    }
}

pub(super) fn project(id: &str) -> Project {
    Project {
        project_id: id.into(),
        name: Some(format!("Project {id}")),
        asset_id: Some(format!("A-{id}")),
        usual_work_type: None,
    }
}

/// A signed decision, made at noon of the day it holds from.
pub(super) fn gate(project_id: &str, gate: &str, on: &str) -> GateDecision {
    GateDecision {
        project_id: project_id.into(),
        gate: gate.into(),
        decided_at: at(day(on)),
        fulfilled_on: Some(day(on)),
        approved_by: Some("cfo".into()),
    }
}

pub(super) fn overriding(id: &str, work_item_id: &str, treatment: Treatment) -> Override {
    Override {
        override_id: id.into(),
        work_item_id: Some(work_item_id.into()),
        project_id: None,
        treatment: Some(treatment),
        reason: Some("reviewed".into()),
        requested_by: Some("ann".into()),
        approved_by: Some("bob".into()),
        decided_at: Some(instant("2026-07-01T00:00:00Z")),
    }
}

pub(super) fn actual(person_id: &str, amount: i128, code: &str) -> ActualCost {
    ActualCost {
        person_id: person_id.into(),
        month: month("2026-06"),
        employment_type: None,
        amount,
        currency: Currency::new(code).expect("a currency"),
    }
}

/// June 2026 under the policy after ASU 2025-06, without items, costs or gates.
pub(super) fn june_export(effort: &Effort) -> Inputs<'_> {
    Inputs {
        run_id: "run".into(),
        period: month("2026-06"),
        as_of: instant("2026-07-10T00:00:00Z"),
        policy: policy(ASU),
        effort,
        work_items: Vec::new(),
        projects: Vec::new(),
        gates: Vec::new(),
        overrides: Vec::new(),
        mapping: Vec::new(),
        costs: CostMode::None,
        reporting: None,
        previous_fte: Default::default(),
    }
}

/// The worked example's projects and costs.
pub(super) fn worked_export(effort: &Effort) -> Inputs<'_> {
    Inputs {
        work_items: vec![
            item("PAY-1", Some("PAY"), Some("new_functionality")),
            item("PAY-2", Some("PAY"), Some("new_functionality")),
            item("OPS-7", Some("OPS"), Some("maintenance")),
            item("DISC-3", Some("DISC"), Some("planning")),
        ],
        projects: ["PAY", "OPS", "DISC"].map(project).to_vec(),
        gates: vec![gate("PAY", "authorized", "2026-05-15"), gate("PAY", "probable", "2026-06-03")],
        costs: CostMode::Actual(vec![actual("p1", 1_500_000, "USD")]),
        ..june_export(effort)
    }
}

/// Days of each row, as `(work item, treatment, reason, days)`, in order of work items.
pub(super) fn days(export: &Capitalization) -> Vec<(String, Treatment, String, Rational)> {
    let mut rows: Vec<_> = export
        .detail
        .iter()
        .map(|row| {
            let reason = row.reason.to_string();
            (row.work_item_id.clone(), row.treatment, reason, row.exact_days.clone())
        })
        .collect();
    rows.sort();
    rows
}

pub(super) fn row<'a>(export: &'a Capitalization, id: &str) -> &'a DetailRow {
    let mut rows = export.detail.iter().filter(|row| row.work_item_id == id);
    let first = rows.next().expect("a row");
    assert!(rows.next().is_none(), "several rows of {id}");
    first
}

pub(super) fn export(inputs: &Inputs<'_>) -> Capitalization {
    capitalize(inputs).expect("an export")
}

pub(super) fn worked_effort() -> Effort {
    effort::model(&effort::tests::facts::worked_example())
}
