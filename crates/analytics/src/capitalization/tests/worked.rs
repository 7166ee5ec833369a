//! The worked example of the domain reference, to the cent.

use super::facts::*;
use crate::capitalization::*;
use crate::effort::tests::facts::{june, ratio};
use crate::effort::{EffortProblem, Fixed, Rational};

#[test]
fn the_worked_month_gives_every_row_to_the_cent() {
    let effort = worked_effort();
    let export = export(&worked_export(&effort));
    let rows: Vec<String> = export
        .detail
        .iter()
        .map(|row| {
            let cost = row.cost.expect("a cost");
            let (item, treatment, reason) = (&row.work_item_id, row.treatment, &row.reason);
            let (days, fte, hours) = (&row.exact_days, row.fte, row.hours);
            let treatment = treatment.as_str();
            format!("{item} {treatment} {reason} {days} {fte} {hours} {cost}")
        })
        .collect();
    // In order of project, then work item; time of no project first.
    let expected = [
        "~ABSENCE expense absence 2 0.0952 16.00 1428.57",
        "~UNATTRIBUTED expense unattributed 4 0.1905 32.00 2857.14",
        "DISC-3 expense work_type:planning 14/5 0.1333 22.40 2000.00",
        "OPS-7 expense work_type:maintenance 1099/440 0.1190 19.98 1784.09",
        "PAY-1 capitalize capitalizable 2399/440 0.2596 43.62 3894.48",
        "PAY-1 expense gate:before_recognition 2 0.0952 16.00 1428.57",
        "PAY-2 capitalize capitalizable 9/4 0.1072 18.00 1607.15",
    ];
    assert_eq!(rows, expected);
    assert_eq!(export.problems, []);
}

#[test]
fn the_worked_month_adds_up_and_capitalizes_what_was_worked_out() {
    let effort = worked_effort();
    let totals = export(&worked_export(&effort)).totals;
    assert_eq!(totals.persons, 1);
    assert_eq!(totals.fte.to_string(), "1.0000");
    assert_eq!(totals.hours.to_string(), "168.00");
    assert_eq!(totals.capitalized_fte.to_string(), "0.3668");
    assert_eq!(totals.capitalized_hours.to_string(), "61.62");
    let costs = totals.costs.get(&usd()).expect("dollars");
    assert_eq!(costs.cost.to_string(), "15000.00");
    assert_eq!(costs.capitalized.to_string(), "5501.63");
    assert_eq!(totals.rows_without_cost, 0);
}

#[test]
fn a_detail_row_names_project_dates_rule_and_evidence() {
    let effort = worked_effort();
    let export = export(&worked_export(&effort));
    let row = row(&export, "PAY-2");
    assert_eq!(row.project_name.as_deref(), Some("Project PAY"));
    assert_eq!(row.recognition_on, Some(june(3)));
    assert_eq!(row.ready_for_use_on, None);
    assert_eq!(row.classification_source, ClassificationSource::TicketField);
    assert_eq!(row.rule_id, "ticket.work_type");
    // In progress on 22, 23 and 24; two commits.
    assert_eq!(row.evidence_count, 5);
    assert_eq!(row.work_country.as_deref(), Some("US"));
    assert_eq!(row.days.to_string(), "2.2500");
    assert_eq!(row.capacity_fte.to_string(), "1.0000");
}

#[test]
fn the_summary_adds_up_detail_rows_by_project_treatment_and_kind_of_work() {
    let effort = worked_effort();
    let export = export(&worked_export(&effort));
    let summary: Vec<String> = export
        .summary
        .iter()
        .map(|row| {
            let project = row.project_id.as_deref().unwrap_or("-");
            let (treatment, kind) = (row.treatment.as_str(), row.work_type);
            let cost = row.cost.expect("a cost");
            format!("{project} {treatment} {kind} {} {} {cost}", row.fte, row.unattributed_flag)
        })
        .collect();
    let expected = [
        "- expense absence 0.0952 false 1428.57",
        "- expense unattributed 0.1905 true 2857.14",
        "DISC expense planning 0.1333 false 2000.00",
        "OPS expense maintenance 0.1190 false 1784.09",
        "PAY capitalize new_functionality 0.3668 false 5501.63",
        "PAY expense new_functionality 0.0952 false 1428.57",
    ];
    assert_eq!(summary, expected);
    assert_eq!(export.summary[4].asset_id.as_deref(), Some("A-PAY"));
}

#[test]
fn evidence_rows_have_distinct_hashes_that_do_not_depend_on_the_run() {
    let effort = worked_effort();
    let first = export(&worked_export(&effort));
    let again = export(&Inputs { run_id: "other".into(), ..worked_export(&effort) });
    let hashes = |export: &Capitalization| {
        export.evidence.iter().map(|row| row.row_hash.clone()).collect::<Vec<_>>()
    };
    assert_eq!(hashes(&first), hashes(&again));
    let distinct: std::collections::BTreeSet<_> = hashes(&first).into_iter().collect();
    assert_eq!(distinct.len(), 34);
}

#[test]
fn the_worked_month_is_reasonable_but_for_what_is_pointed_out() {
    let effort = worked_effort();
    let mut inputs = worked_export(&effort);
    inputs.work_items[0].has_merged_pull_request = true;
    // PAY was 0.5 and is 0.4620; OPS was 0.05 and is 0.1190, 138 % more; OLD is gone.
    inputs.previous_fte = [
        ("PAY", ratio(1, 2)),
        ("OPS", ratio(1, 20)),
        ("DISC", ratio(1333, 10_000)),
        ("OLD", ratio(1, 10)),
    ]
    .map(|(id, fte)| (id.to_owned(), fte))
    .into();
    let found = export(&inputs).reasonableness;
    assert_eq!(found.unattributed_share, Some(ratio(4, 21)));
    assert_eq!(found.gap_filled_share, Some(Rational::zero()));
    // PAY-2's 1072 of 3668.
    assert_eq!(found.capitalized_without_merged_pull_request_share, Some(ratio(1072, 3668)));
    let changed: Vec<_> = found
        .changed_projects
        .iter()
        .map(|one| (one.project_id.as_str(), one.change_ratio.clone()))
        .collect();
    assert_eq!(changed, [("OLD", Some(ratio(-1, 1))), ("OPS", Some(ratio(69, 50)))]);
    assert_eq!(found.mostly_capitalized, Vec::<String>::new());
    assert_eq!(found.capitalized_outside_gates_fte, Fixed::new(0, 4));
}

#[test]
fn a_person_above_95_percent_capitalized_and_a_project_below_the_minimum_are_pointed_out() {
    let mut facts = crate::effort::tests::facts::one_person();
    facts.in_progress =
        vec![crate::effort::tests::facts::in_progress("p1", "PAY-1", june(1), june(30))];
    let effort = crate::effort::model(&facts);
    let mut inputs = worked_export(&effort);
    inputs.gates =
        vec![gate("PAY", "authorized", "2026-05-15"), gate("PAY", "probable", "2026-05-15")];
    inputs.policy.minimum_cost = Some(15_001);
    let found = export(&inputs).reasonableness;
    assert_eq!(found.mostly_capitalized, ["p1"]);
    assert_eq!(found.below_minimum_cost, ["PAY"]);
    assert_eq!(found.unattributed_share, Some(Rational::zero()));
}

#[test]
fn a_month_that_is_not_over_is_provisional_and_whoever_has_no_effort_is_named() {
    let mut facts = crate::effort::tests::facts::worked_example();
    facts.options.known_until = Some(june(10));
    facts.people.push(crate::effort::tests::facts::person("p2", "engineer"));
    let mut abroad = crate::effort::tests::facts::employment("p2", "2020-01-01", None);
    abroad.country = None;
    facts.employments.push(abroad);
    let effort = crate::effort::model(&facts);
    let export = export(&worked_export(&effort));
    assert!(export.is_provisional);
    // Eight of 21 working days: 0.38095…
    assert_eq!(export.totals.fte.to_string(), "0.3810");
    let period = export.detail[0].period;
    let unknown = EffortProblem::NoCountry { person_id: "p2".into(), month: period };
    assert_eq!(export.effort_problems, [unknown]);
}
