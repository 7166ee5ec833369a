//! What holds for the export of any company.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::prelude::*;

use super::facts::*;
use crate::capitalization::*;
use crate::effort::tests::companies::{ITEMS, any_company, any_shuffled_company};
use crate::effort::tests::facts::{at, day, month};
use crate::effort::{Effort, FTE_DIGITS, Fixed, HOURS_DIGITS, Rational, UNATTRIBUTED, model};

const KINDS: [&str; 5] =
    ["new_functionality", "maintenance", "testing_pre_release", "planning", "no_such_kind"];

/// Books of a company: projects, gates, kinds of work, overrides and costs.
#[derive(Debug, Clone)]
struct Books {
    work_items: Vec<WorkItem>,
    gates: Vec<GateDecision>,
    overrides: Vec<Override>,
    costs: Vec<ActualCost>,
    follows: bool,
    policy: usize,
}

fn any_gate() -> impl Strategy<Value = GateDecision> {
    let days = 0..120_u64;
    (0..2_u8, 0..Gate::ALL.len(), days.clone(), prop::option::weighted(0.9, days)).prop_map(
        |(project, gate, decided, on)| GateDecision {
            project_id: format!("P{project}"),
            gate: Gate::ALL[gate].as_str().into(),
            decided_at: at(day("2026-03-15") + chrono::Days::new(decided)),
            fulfilled_on: on.map(|on| day("2026-03-15") + chrono::Days::new(on)),
            approved_by: (decided % 7 != 0).then(|| "cfo".into()),
        },
    )
}

fn any_item(place: usize) -> impl Strategy<Value = WorkItem> {
    let parent = prop::option::weighted(0.3, 0..ITEMS.len());
    (prop::option::weighted(0.7, 0..2_u8), prop::option::of(0..KINDS.len()), parent).prop_map(
        move |(project, kind, parent)| WorkItem {
            parent_id: parent.map(|parent| ITEMS[parent].into()),
            project_id: project.map(|project| format!("P{project}")),
            ..item(ITEMS[place], None, kind.map(|kind| KINDS[kind]))
        },
    )
}

fn any_books() -> impl Strategy<Value = Books> {
    let items: Vec<_> = (0..ITEMS.len()).map(any_item).collect();
    // Projects that are open from the start, so that much is capitalized.
    let gates = prop::collection::vec(any_gate(), 0..12).prop_map(|mut gates| {
        for gate in Gate::ALL {
            if !matches!(gate, Gate::ReadyForUse | Gate::Cancelled) {
                gates.push(super::facts::gate("P0", gate.as_str(), "2026-03-01"));
            }
        }
        gates
    });
    let overrides = prop::collection::vec((0..ITEMS.len(), any::<bool>()), 0..3);
    let amounts = prop::collection::vec(prop::option::weighted(0.9, -50..2_000_000_i128), 5);
    (items, gates, overrides, amounts, any::<bool>(), 0..POLICIES.len()).prop_map(
        |(work_items, gates, overrides, amounts, follows, policy)| Books {
            work_items,
            gates,
            overrides: overrides
                .into_iter()
                .enumerate()
                .map(|(place, (on, capitalizes))| {
                    let treatment =
                        if capitalizes { Treatment::Capitalize } else { Treatment::Expense };
                    overriding(&format!("o{place}"), ITEMS[on], treatment)
                })
                .collect(),
            costs: amounts
                .into_iter()
                .enumerate()
                .filter_map(|(n, amount)| Some(actual(&format!("p{n}"), amount?, "USD")))
                .collect(),
            follows,
            policy,
        },
    )
}

fn inputs<'a>(effort: &'a Effort, books: &Books) -> Inputs<'a> {
    let mut policy = policy(POLICIES[books.policy]);
    if books.follows {
        policy.absence = AbsenceRule::Follow;
    }
    Inputs {
        policy,
        work_items: books.work_items.clone(),
        projects: ["P0", "P1"].map(project).to_vec(),
        gates: books.gates.clone(),
        overrides: books.overrides.clone(),
        costs: CostMode::Actual(books.costs.clone()),
        ..june_export(effort)
    }
}

/// The day of a gate as the latest signed decision says, told by brute force.
fn told(books: &Books, project_id: &str, gate: Gate) -> Option<Vec<Option<NaiveDate>>> {
    let closes = matches!(gate, Gate::ReadyForUse | Gate::Cancelled);
    let counted: Vec<&GateDecision> = books
        .gates
        .iter()
        .filter(|one| one.project_id == project_id && one.gate == gate.as_str())
        .filter(|one| one.approved_by.is_some() || closes == one.fulfilled_on.is_some())
        .filter(|one| one.decided_at <= instant("2026-07-10T00:00:00Z"))
        .collect();
    let last = counted.iter().map(|one| one.decided_at).max()?;
    Some(counted.iter().filter(|one| one.decided_at == last).map(|one| one.fulfilled_on).collect())
}

/// First and last day on which anything of a project may be capitalized.
fn bounds(books: &Books, project_id: &str) -> Option<(NaiveDate, NaiveDate)> {
    use Gate::*;
    let required: &[Gate] = match POLICIES[books.policy] {
        "us_gaap_350_40_stages" => &[PreliminaryCompleted, Authorized, Probable],
        "us_gaap_350_40_asu_2025_06" => &[Authorized, Probable],
        "ifrs_ias38" => &[
            Ias38TechnicalFeasibility,
            Ias38Intention,
            Ias38Ability,
            Ias38Benefits,
            Ias38Resources,
            Ias38Measurement,
        ],
        _ => return None,
    };
    let mut from = day("2000-01-01");
    for gate in required {
        from = from.max(*told(books, project_id, *gate)?.iter().flatten().max()?);
    }
    let closed = [ReadyForUse, Cancelled]
        .into_iter()
        .filter_map(|gate| told(books, project_id, gate))
        .flatten()
        .flatten()
        .min();
    Some((from, closed.unwrap_or(day("2100-01-01"))))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_person_month_adds_up_in_fte_hours_days_and_cost(
        facts in any_company(),
        books in any_books(),
    ) {
        let effort = model(&facts);
        let export = export(&inputs(&effort, &books));
        for one in effort.months.iter().filter(|one| one.month == month("2026-06")) {
            let rows: Vec<&DetailRow> =
                export.detail.iter().filter(|row| row.person_id == one.person_id).collect();
            let sum = |part: fn(&DetailRow) -> Fixed| -> i128 {
                rows.iter().map(|row| part(row).units).sum()
            };
            let capacity = |whole, digits| Fixed::rounded(whole, digits).expect("small").units;
            prop_assert_eq!(sum(|row| row.fte), capacity(&one.capacity_fte, FTE_DIGITS));
            prop_assert_eq!(sum(|row| row.hours), capacity(&one.capacity_hours, HOURS_DIGITS));
            prop_assert_eq!(sum(|row| row.days), capacity(&one.capacity_days, FTE_DIGITS));
            let cost = books.costs.iter().find(|cost| cost.person_id == one.person_id);
            match cost {
                Some(cost) => {
                    prop_assert_eq!(sum(|row| row.cost.expect("a cost")), cost.amount);
                }
                None => prop_assert!(rows.iter().all(|row| row.cost.is_none())),
            }
        }
        let summary: i128 = export.summary.iter().map(|row| row.fte.units).sum();
        prop_assert_eq!(summary, export.totals.fte.units);
    }

    #[test]
    fn nothing_is_capitalized_outside_its_gates_and_nothing_without_a_trace(
        facts in any_company(),
        books in any_books(),
    ) {
        let effort = model(&facts);
        let export = export(&inputs(&effort, &books));
        // Days on which each person worked on each work item.
        let mut worked: BTreeMap<(&str, &str), BTreeMap<NaiveDate, Rational>> = BTreeMap::new();
        for one in effort.months.iter().filter(|one| one.month == month("2026-06")) {
            for slice in &one.slices {
                let days = worked.entry((&one.person_id, slice.work.id())).or_default();
                *days.entry(slice.day).or_default() += &slice.days;
            }
        }
        let mut capitalized: BTreeMap<(&str, &str, &str), Rational> = BTreeMap::new();
        for row in export.detail.iter().filter(|row| row.treatment == Treatment::Capitalize) {
            prop_assert_ne!(row.work_item_id.as_str(), UNATTRIBUTED);
            prop_assert!(row.work_item_id != "~ABSENCE" || books.follows);
            let project_id = row.project_id.as_deref().expect("a project");
            prop_assert!(bounds(&books, project_id).is_some());
            if row.work_item_id != "~ABSENCE" {
                let key = (row.person_id.as_str(), row.work_item_id.as_str(), project_id);
                *capitalized.entry(key).or_default() += &row.exact_days;
            }
        }
        for ((person, item, project_id), days) in capitalized {
            let (from, to) = bounds(&books, project_id).expect("bounds");
            let inside: Rational = worked[&(person, item)]
                .iter()
                .filter(|(day, _)| from <= **day && **day < to)
                .map(|(_, days)| days)
                .sum();
            prop_assert_eq!(days, inside);
        }
    }

    #[test]
    fn the_order_of_the_input_changes_no_byte_of_an_export(
        (facts, shuffled) in any_shuffled_company(),
        books in any_books(),
    ) {
        let mut other = books.clone();
        other.work_items.reverse();
        other.gates.reverse();
        other.overrides.reverse();
        other.costs.reverse();
        let text = |facts, books: &Books| {
            let effort = model(facts);
            format!("{:?}", export(&inputs(&effort, books)))
        };
        prop_assert_eq!(text(&facts, &books), text(&shuffled, &other));
    }
}
