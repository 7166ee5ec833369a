//! Which rule classifies a work item, and what is named where none can.

use super::facts::*;
use crate::capitalization::Treatment::{Capitalize, Expense};
use crate::capitalization::*;
use crate::effort::tests::facts::{absence, in_progress, june, one_person, signal};
use crate::effort::{Effort, Rational, SignalKind, model};

/// One day, on one work item.
fn one_day() -> Effort {
    let mut facts = one_person();
    facts.signals = vec![signal("p1", june(2), "W", SignalKind::Commit, 1)];
    model(&facts)
}

fn open_project<'a>(effort: &'a Effort, work_items: Vec<WorkItem>) -> Inputs<'a> {
    Inputs {
        work_items,
        projects: vec![project("P")],
        gates: vec![gate("P", "authorized", "2026-01-05"), gate("P", "probable", "2026-01-05")],
        ..june_export(effort)
    }
}

fn child(id: &str, parent_id: &str, work_type: Option<&str>) -> WorkItem {
    WorkItem { parent_id: Some(parent_id.into()), ..item(id, None, work_type) }
}

/// `(treatment, reason, source, rule)` of the only work item.
fn classified(inputs: &Inputs<'_>) -> (Treatment, String, ClassificationSource, String) {
    let export = export(inputs);
    let row = row(&export, "W");
    (row.treatment, row.reason.to_string(), row.classification_source, row.rule_id.clone())
}

fn result(
    treatment: Treatment,
    reason: &str,
    source: ClassificationSource,
    rule_id: &str,
) -> (Treatment, String, ClassificationSource, String) {
    (treatment, reason.to_owned(), source, rule_id.to_owned())
}

#[test]
fn each_source_of_a_classification_goes_before_the_next() {
    use ClassificationSource::*;
    let effort = one_day();
    let mut inputs = open_project(&effort, vec![item("W", Some("P"), None)]);
    assert_eq!(classified(&inputs), result(Expense, "unclassified", Unclassified, ""));

    inputs.mapping = vec![MappingRule {
        rule_id: "m1".into(),
        label: Some("feature".into()),
        kind: None,
        work_type: WorkType::NewFunctionality,
    }];
    inputs.work_items[0].labels = vec!["feature".into()];
    assert_eq!(classified(&inputs), result(Capitalize, "capitalizable", Mapping, "m1"));

    inputs.projects[0].usual_work_type = Some(WorkType::Maintenance);
    let expected = result(Expense, "work_type:maintenance", ProjectPolicy, "project:P");
    assert_eq!(classified(&inputs), expected);

    inputs.work_items[0].parent_id = Some("E".into());
    inputs.work_items.push(item("E", Some("P"), Some("new_functionality")));
    let expected = result(Capitalize, "capitalizable", Parent, "E:ticket.work_type");
    assert_eq!(classified(&inputs), expected);

    inputs.work_items[0].work_type = Some("support".into());
    let expected = result(Expense, "work_type:support", TicketField, "ticket.work_type");
    assert_eq!(classified(&inputs), expected);

    inputs.work_items[0].is_capitalizable = Some(true);
    let expected = result(Capitalize, "capitalizable", TicketField, "ticket.capitalizable");
    assert_eq!(classified(&inputs), expected);

    inputs.overrides = vec![overriding("o1", "W", Expense)];
    assert_eq!(classified(&inputs), result(Expense, "override", Override, "o1"));
}

#[test]
fn an_override_of_an_epic_holds_for_what_says_nothing_itself() {
    let effort = one_day();
    let items = vec![child("W", "E", None), item("E", Some("P"), Some("maintenance"))];
    let mut inputs = open_project(&effort, items);
    inputs.overrides = vec![overriding("o1", "E", Capitalize)];
    let expected = result(Capitalize, "capitalizable", ClassificationSource::Parent, "E:o1");
    assert_eq!(classified(&inputs), expected);
}

#[test]
fn an_override_never_opens_a_gate() {
    let effort = one_day();
    let mut inputs =
        open_project(&effort, vec![item("W", Some("P"), Some("refactor_no_new_function"))]);
    inputs.overrides = vec![overriding("o1", "W", Capitalize)];
    assert_eq!(classified(&inputs).0, Capitalize);
    inputs.gates.pop();
    let (treatment, reason, ..) = classified(&inputs);
    assert_eq!((treatment, reason.as_str()), (Expense, "gate_missing:probable"));
}

#[test]
fn an_override_counts_only_if_someone_else_approved_it_and_it_is_complete() {
    let effort = one_day();
    let mut inputs = open_project(&effort, vec![item("W", Some("P"), Some("new_functionality"))]);
    let good = overriding("o1", "W", Expense);
    inputs.overrides = vec![Override { approved_by: Some(" ANN".into()), ..good.clone() }];
    assert_eq!(classified(&inputs).0, Capitalize);
    let own = CapitalizationProblem::SelfApprovedOverride { override_id: "o1".into() };
    assert_eq!(export(&inputs).problems, [own]);
    let incomplete = [
        Override { reason: None, ..good.clone() },
        Override { approved_by: None, ..good.clone() },
        Override { requested_by: Some("".into()), ..good.clone() },
        Override { decided_at: None, ..good.clone() },
        Override { work_item_id: None, ..good.clone() },
        Override { treatment: None, ..good.clone() },
    ];
    for one in incomplete {
        inputs.overrides = vec![one];
        assert_eq!(classified(&inputs).0, Capitalize);
        let problem = CapitalizationProblem::IncompleteOverride { override_id: "o1".into() };
        assert_eq!(export(&inputs).problems, [problem]);
    }
}

#[test]
fn the_latest_override_known_at_the_instant_counts() {
    let effort = one_day();
    let mut inputs = open_project(&effort, vec![item("W", Some("P"), Some("new_functionality"))]);
    let later = Override {
        decided_at: Some(instant("2026-07-02T00:00:00Z")),
        ..overriding("o2", "W", Capitalize)
    };
    let unknown = Override {
        decided_at: Some(instant("2026-08-02T00:00:00Z")),
        ..overriding("o3", "W", Expense)
    };
    inputs.overrides = vec![unknown, later, overriding("o1", "W", Expense)];
    let expected = result(Capitalize, "capitalizable", ClassificationSource::Override, "o2");
    assert_eq!(classified(&inputs), expected);
}

#[test]
fn an_override_can_put_a_work_item_under_another_project() {
    let effort = one_day();
    let mut inputs = open_project(&effort, vec![item("W", None, Some("new_functionality"))]);
    let put =
        Override { project_id: Some("P".into()), treatment: None, ..overriding("o", "W", Expense) };
    inputs.overrides = vec![put];
    let export = export(&inputs);
    assert_eq!(row(&export, "W").project_id.as_deref(), Some("P"));
    assert_eq!(row(&export, "W").treatment, Capitalize);
    assert_eq!(export.problems, []);
}

#[test]
fn tests_and_reviews_follow_what_they_belong_to() {
    let effort = one_day();
    for (parent, expected) in [
        ("new_functionality", (Capitalize, "capitalizable")),
        ("maintenance", (Expense, "parent_expensed")),
    ] {
        let items =
            vec![child("W", "E", Some("testing_pre_release")), item("E", Some("P"), Some(parent))];
        let (treatment, reason, ..) = classified(&open_project(&effort, items));
        assert_eq!((treatment, reason.as_str()), expected);
    }
    let alone = vec![item("W", Some("P"), Some("code_review"))];
    assert_eq!(classified(&open_project(&effort, alone)).0, Capitalize);
}

#[test]
fn kinds_of_work_that_never_build_an_asset_are_expensed_in_an_open_project() {
    let effort = one_day();
    for kind in [
        "minor_enhancement_inseparable",
        "maintenance",
        "bug_post_release",
        "security_patch",
        "refactor_no_new_function",
        "performance_no_new_function",
        "planning",
        "research_spike",
        "requirements",
        "vendor_selection",
        "training",
        "data_conversion",
        "support",
        "on_call",
        "incident",
        "admin",
        "meeting_general",
        "hiring",
    ] {
        let items = vec![item("W", Some("P"), Some(kind))];
        let (treatment, reason, ..) = classified(&open_project(&effort, items));
        assert_eq!((treatment, reason), (Expense, format!("work_type:{kind}")));
    }
}

#[test]
fn a_kind_of_work_that_is_none_is_named_and_expensed() {
    let effort = one_day();
    let inputs = open_project(&effort, vec![item("W", Some("P"), Some("unattributed"))]);
    assert_eq!(classified(&inputs).1, "unclassified");
    let problem = CapitalizationProblem::UnknownWorkType {
        work_item_id: "W".into(),
        word: "unattributed".into(),
    };
    assert_eq!(export(&inputs).problems, [problem]);
}

#[test]
fn work_items_and_projects_that_are_missing_are_named_and_expensed() {
    let effort = one_day();
    let mut inputs = open_project(&effort, Vec::new());
    assert_eq!(classified(&inputs).1, "unknown_work_item");
    let id = || "W".to_owned();
    let unknown = CapitalizationProblem::UnknownWorkItem { work_item_id: id() };
    assert_eq!(export(&inputs).problems, [unknown]);

    inputs.work_items = vec![item("W", None, Some("new_functionality"))];
    assert_eq!(classified(&inputs).1, "no_project");
    let without = CapitalizationProblem::NoProject { work_item_id: id() };
    assert_eq!(export(&inputs).problems, [without]);

    inputs.work_items = vec![item("W", Some("Q"), Some("new_functionality"))];
    assert_eq!(classified(&inputs).1, "unknown_project");
    let unknown = CapitalizationProblem::UnknownProject { project_id: "Q".into() };
    assert_eq!(export(&inputs).problems, [unknown]);
}

#[test]
fn parents_that_are_missing_or_lead_back_are_named_and_end_the_search() {
    let effort = one_day();
    let missing = open_project(&effort, vec![child("W", "E", Some("new_functionality"))]);
    let problems = export(&missing).problems;
    let unknown =
        CapitalizationProblem::UnknownParent { work_item_id: "W".into(), parent_id: "E".into() };
    assert!(problems.contains(&unknown));

    let cycle = open_project(&effort, vec![child("W", "E", None), child("E", "W", None)]);
    let lead_back = CapitalizationProblem::ParentCycle { work_item_id: "E".into() };
    assert!(export(&cycle).problems.contains(&lead_back));
}

#[test]
fn absence_follows_the_worked_split_only_where_the_policy_says_so() {
    let mut facts = one_person();
    // Ten days on the project, nine without a trace, two away.
    facts.in_progress = vec![in_progress("p1", "W", june(1), june(12))];
    facts.absences = [29, 30].map(|n| absence("p1", june(n), Rational::one())).to_vec();
    let effort = model(&facts);
    let mut inputs = open_project(&effort, vec![item("W", Some("P"), Some("new_functionality"))]);
    let expensed = ("~ABSENCE".to_owned(), Expense, "absence".to_owned(), Rational::whole(2));
    assert!(days(&export(&inputs)).contains(&expensed));

    inputs.policy.absence = AbsenceRule::Follow;
    let split: Vec<_> =
        days(&export(&inputs)).into_iter().filter(|row| row.0 == "~ABSENCE").collect();
    let part = |treatment, numerator| {
        let days = Rational::new(numerator, 19).expect("a denominator");
        ("~ABSENCE".to_owned(), treatment, "absence_follows_work".to_owned(), days)
    };
    // 2 × 10/19 and 2 × 9/19.
    assert_eq!(split, [part(Capitalize, 20), part(Expense, 18)]);
}
