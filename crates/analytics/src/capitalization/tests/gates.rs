//! Gates by day, as known at an instant, under each policy.

use super::facts::*;
use crate::capitalization::Treatment::{Capitalize, Expense};
use crate::capitalization::*;
use crate::effort::tests::facts::{at, day, in_progress, june, one_person};
use crate::effort::{Effort, Rational, model};

/// A month in which every working day went to one new feature.
fn busy() -> Effort {
    let mut facts = one_person();
    facts.in_progress = vec![in_progress("p1", "PAY-1", june(1), june(30))];
    model(&facts)
}

fn with_gates<'a>(effort: &'a Effort, gates: Vec<GateDecision>) -> Inputs<'a> {
    Inputs {
        work_items: vec![item("PAY-1", Some("PAY"), Some("new_functionality"))],
        projects: vec![project("PAY")],
        gates,
        ..june_export(effort)
    }
}

/// `(treatment, reason, whole days)` of the month.
fn split(inputs: &Inputs<'_>) -> Vec<(Treatment, String, Rational)> {
    let rows = days(&export(inputs)).into_iter();
    rows.map(|(_, treatment, reason, days)| (treatment, reason, days)).collect()
}

fn part(treatment: Treatment, reason: &str, days: i32) -> (Treatment, String, Rational) {
    (treatment, reason.to_owned(), Rational::whole(days))
}

fn open() -> Vec<GateDecision> {
    vec![gate("PAY", "authorized", "2026-01-05"), gate("PAY", "probable", "2026-01-05")]
}

#[test]
fn a_month_splits_before_recognition_and_from_the_day_of_readiness_on() {
    let effort = busy();
    let mut gates = open();
    gates.push(gate("PAY", "probable", "2026-06-03"));
    gates.push(gate("PAY", "ready_for_use", "2026-06-24"));
    // 1, 2 before; 3–5, 8–12, 15–18, 22, 23 within; 24, 25, 26, 29, 30 after.
    let expected = [
        part(Capitalize, "capitalizable", 14),
        part(Expense, "gate:before_recognition", 2),
        part(Expense, "gate:ready_for_use", 5),
    ];
    assert_eq!(split(&with_gates(&effort, gates)), expected);
}

#[test]
fn nothing_is_capitalized_from_the_day_of_cancellation_on() {
    let effort = busy();
    let mut gates = open();
    gates.push(gate("PAY", "cancelled", "2026-06-30"));
    let expected = [part(Capitalize, "capitalizable", 20), part(Expense, "gate:cancelled", 1)];
    assert_eq!(split(&with_gates(&effort, gates)), expected);
}

#[test]
fn a_missing_gate_expenses_everything_and_is_named() {
    let effort = busy();
    let gates = vec![gate("PAY", "authorized", "2026-01-05")];
    let expected = [part(Expense, "gate_missing:probable", 21)];
    assert_eq!(split(&with_gates(&effort, gates)), expected);
}

#[test]
fn a_flagged_uncertainty_closes_the_project_until_it_is_resolved() {
    let effort = busy();
    let mut gates = open();
    let mut flag = gate("PAY", "uncertainty_resolved", "2026-02-02");
    flag.fulfilled_on = None;
    gates.push(flag);
    let unresolved = [part(Expense, "gate_missing:uncertainty_resolved", 21)];
    assert_eq!(split(&with_gates(&effort, gates.clone())), unresolved);
    gates.push(gate("PAY", "uncertainty_resolved", "2026-06-29"));
    let resolved =
        [part(Capitalize, "capitalizable", 2), part(Expense, "gate:before_recognition", 19)];
    assert_eq!(split(&with_gates(&effort, gates)), resolved);
}

#[test]
fn stages_need_the_preliminary_stage_to_be_complete_and_ignore_uncertainty() {
    let effort = busy();
    let mut gates = open();
    let mut flag = gate("PAY", "uncertainty_resolved", "2026-02-02");
    flag.fulfilled_on = None;
    gates.push(flag);
    let mut inputs = with_gates(&effort, gates);
    inputs.policy = policy("us_gaap_350_40_stages");
    let missing = [part(Expense, "gate_missing:preliminary_completed", 21)];
    assert_eq!(split(&inputs), missing);
    inputs.gates.push(gate("PAY", "preliminary_completed", "2026-06-30"));
    let complete =
        [part(Capitalize, "capitalizable", 1), part(Expense, "gate:before_recognition", 20)];
    assert_eq!(split(&inputs), complete);
}

#[test]
fn ias_38_needs_all_six_and_begins_with_the_last() {
    const SIX: [&str; 6] = [
        "ias38_technical_feasibility",
        "ias38_intention",
        "ias38_ability",
        "ias38_benefits",
        "ias38_resources",
        "ias38_measurement",
    ];
    let effort = busy();
    let six: Vec<GateDecision> = SIX.iter().map(|name| gate("PAY", name, "2026-06-02")).collect();
    let mut inputs = with_gates(&effort, six.clone());
    inputs.policy = policy("ifrs_ias38");
    let expected =
        [part(Capitalize, "capitalizable", 20), part(Expense, "gate:before_recognition", 1)];
    assert_eq!(split(&inputs), expected);
    for (place, name) in SIX.iter().enumerate() {
        let mut five = six.clone();
        five.remove(place);
        inputs.gates = five;
        assert_eq!(split(&inputs), [part(Expense, &format!("gate_missing:{name}"), 21)]);
    }
}

#[test]
fn expense_all_capitalizes_nothing_however_open_the_gates() {
    let effort = busy();
    let mut inputs = with_gates(&effort, open());
    inputs.policy = policy("expense_all");
    inputs.overrides = vec![overriding("o", "PAY-1", Capitalize)];
    assert_eq!(split(&inputs), [part(Expense, "policy", 21)]);
}

#[test]
fn a_decision_made_after_the_instant_asked_for_is_not_known() {
    let effort = busy();
    let mut gates = open();
    let mut late = gate("PAY", "probable", "2026-06-10");
    late.decided_at = instant("2026-07-20T00:00:00Z");
    gates.push(late);
    let mut inputs = with_gates(&effort, gates);
    assert_eq!(split(&inputs), [part(Capitalize, "capitalizable", 21)]);
    inputs.as_of = instant("2026-08-01T00:00:00Z");
    // 1–5, 8, 9 are before the tenth.
    let expected =
        [part(Capitalize, "capitalizable", 14), part(Expense, "gate:before_recognition", 7)];
    assert_eq!(split(&inputs), expected);
}

#[test]
fn a_decision_that_opens_without_a_name_does_not_count_and_one_that_closes_does() {
    let effort = busy();
    let mut gates = open();
    gates[1].approved_by = Some(" ".into());
    let inputs = with_gates(&effort, gates);
    assert_eq!(split(&inputs), [part(Expense, "gate_missing:probable", 21)]);
    let problem = CapitalizationProblem::GateWithoutApprover {
        project_id: "PAY".into(),
        gate: Gate::Probable,
    };
    assert_eq!(export(&inputs).problems, [problem]);

    let mut gates = open();
    gates.push(GateDecision { approved_by: None, ..gate("PAY", "cancelled", "2026-06-01") });
    assert_eq!(split(&with_gates(&effort, gates)), [part(Expense, "gate:cancelled", 21)]);
}

#[test]
fn contradictory_decisions_of_one_instant_count_cautiously_and_are_named() {
    let effort = busy();
    let mut gates = open();
    gates.push(GateDecision { fulfilled_on: Some(day("2026-03-01")), ..gates[1].clone() });
    let inputs = with_gates(&effort, gates);
    assert_eq!(split(&inputs), [part(Expense, "gate_missing:probable", 21)]);
    let contradictory =
        |gate| CapitalizationProblem::ContradictoryGate { project_id: "PAY".into(), gate };
    assert_eq!(export(&inputs).problems, [contradictory(Gate::Probable)]);

    let mut gates = open();
    gates.push(gate("PAY", "ready_for_use", "2026-06-03"));
    let decided_at = at(june(3));
    gates.push(GateDecision { decided_at, ..gate("PAY", "ready_for_use", "2026-06-10") });
    let expected = [part(Capitalize, "capitalizable", 2), part(Expense, "gate:ready_for_use", 19)];
    assert_eq!(split(&with_gates(&effort, gates)), expected);
}

#[test]
fn a_gate_that_is_none_is_named() {
    let effort = busy();
    let mut gates = open();
    gates.push(gate("PAY", "approved", "2026-06-03"));
    let problem =
        CapitalizationProblem::UnknownGate { project_id: "PAY".into(), gate: "approved".into() };
    assert_eq!(export(&with_gates(&effort, gates)).problems, [problem]);
}

#[test]
fn words_of_gates_and_kinds_of_work_read_back() {
    for gate in Gate::ALL {
        assert_eq!(Gate::parse(gate.as_str()), Some(*gate));
    }
    let of_tickets =
        WorkType::ALL.iter().filter(|kind| WorkType::of_ticket(kind.as_str()) == Some(**kind));
    // All but absence, unattributed and unclassified.
    assert_eq!(of_tickets.count(), WorkType::ALL.len() - 3);
    assert!(POLICIES.iter().all(|name| Policy::named(name).is_some_and(|one| one.name == *name)));
    assert_eq!(Policy::named("gaap"), None);
}
