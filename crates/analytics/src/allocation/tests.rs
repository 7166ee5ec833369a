//! Shares against hand-worked months, rules one by one, and what holds for any company.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::effort::tests::companies::{ITEMS, any_shuffled_company};
use crate::effort::tests::facts::*;
use crate::effort::{Effort, Inputs, Rational, model};

/// People of teams, all alike: ten days on `A`, four on `B`, the other seven without a trace.
fn teams(sizes: &[(&str, usize)]) -> Effort {
    let mut inputs = Inputs { people: Vec::new(), employments: Vec::new(), ..one_person() };
    for (team, size) in sizes {
        for n in 0..*size {
            let id = format!("{team}{n}");
            inputs.people.push(person(&id, "engineer"));
            inputs.employments.push(employment(&id, "2020-01-01", None));
            inputs.memberships.push(membership(&id, team));
            inputs.in_progress.push(in_progress(&id, "A", june(1), june(12)));
            inputs.in_progress.push(in_progress(&id, "B", june(15), june(18)));
        }
    }
    model(&inputs)
}

fn rule(rule_id: &str, condition: Condition, category: Category) -> Rule {
    Rule { rule_id: rule_id.into(), condition, categories: vec![category] }
}

fn of_kind(id: &str, kind: &str) -> Traits {
    Traits { work_item_id: id.into(), kind: Some(kind.into()), ..Traits::default() }
}

fn kinds() -> (Vec<Traits>, Vec<Rule>) {
    let traits = vec![of_kind("A", "Story"), of_kind("B", "Bug")];
    let rules = vec![
        rule("r1", Condition::Kind("Story".into()), Category::NewValue),
        rule("r2", Condition::Kind("Bug".into()), Category::Ktlo),
        rule("r3", Condition::Kind("Story".into()), Category::Roadmap),
    ];
    (traits, rules)
}

fn figures(all: &[Allocation], group: &Group, dimension: Dimension) -> Figures {
    let is_meant = |one: &&Allocation| one.group == *group && one.dimension == dimension;
    all.iter().find(is_meant).and_then(|one| one.figures.clone()).expect("figures")
}

#[test]
fn shares_are_of_worked_time_with_coverage_and_the_rule_that_gave_each() {
    let (traits, rules) = kinds();
    let all = allocate(&teams(&[("t", 5)]), &traits, &rules).expect("rules");
    let investment = figures(&all, &Group::Team("t".into()), Dimension::Investment);
    assert_eq!(investment.people, 5);
    assert_eq!(investment.fte, ratio(5, 1));
    assert_eq!(investment.shares[&Category::NewValue].share, ratio(10, 21));
    assert_eq!(investment.shares[&Category::NewValue].by_rule["r1"], ratio(10, 21));
    assert_eq!(investment.shares[&Category::Ktlo].share, ratio(4, 21));
    assert_eq!(investment.shares[&Category::Improvement].share, Rational::zero());
    assert_eq!(investment.unattributed, ratio(7, 21));
    assert_eq!(investment.coverage, ratio(14, 21));
    assert!(investment.is_grey, "two thirds are below 70 %");
}

#[test]
fn the_dimensions_know_nothing_of_each_other() {
    let (traits, rules) = kinds();
    let all = allocate(&teams(&[("t", 5)]), &traits, &rules).expect("rules");
    let activity = figures(&all, &Group::Organization, Dimension::Activity);
    assert_eq!(activity.shares[&Category::Roadmap].share, ratio(10, 21));
    assert_eq!(activity.unlabelled, ratio(4, 21));
    assert_eq!(activity.coverage, ratio(10, 21));
    assert!(!activity.shares.contains_key(&Category::NewValue));
}

#[test]
fn time_away_is_no_part_of_the_whole() {
    let mut inputs = Inputs { people: Vec::new(), employments: Vec::new(), ..one_person() };
    for n in 0..5 {
        let id = format!("p{n}");
        inputs.people.push(person(&id, "engineer"));
        inputs.employments.push(employment(&id, "2020-01-01", None));
        inputs.absences.push(absence(&id, june(2), Rational::one()));
        inputs.in_progress.push(in_progress(&id, "A", june(1), june(30)));
    }
    let (traits, rules) = kinds();
    let all = allocate(&model(&inputs), &traits, &rules).expect("rules");
    let whole = figures(&all, &Group::Organization, Dimension::Investment);
    assert_eq!(whole.shares[&Category::NewValue].share, Rational::one());
    assert_eq!(whole.fte, ratio(5 * 20, 21));
    assert!(!whole.is_grey);
}

#[test]
fn a_team_of_four_is_hidden_and_takes_the_next_smallest_with_it() {
    let (traits, rules) = kinds();
    let effort = teams(&[("a", 4), ("b", 6), ("c", 5)]);
    let all = allocate(&effort, &traits, &rules).expect("rules");
    let hidden: Vec<_> = all
        .iter()
        .filter(|one| one.dimension == Dimension::Activity)
        .map(|one| (one.group.clone(), one.suppression, one.figures.is_some()))
        .collect();
    let team = |id: &str| Group::Team(id.to_owned());
    let expected = [
        (Group::Organization, None, true),
        (team("a"), Some(Suppression::TooFewPeople), false),
        (team("b"), None, true),
        (team("c"), Some(Suppression::HidesSmallerGroup), false),
    ];
    assert_eq!(hidden, expected);
}

#[test]
fn an_organization_of_four_is_hidden_as_a_whole() {
    let (traits, rules) = kinds();
    let all = allocate(&teams(&[("a", 4)]), &traits, &rules).expect("rules");
    assert!(all.iter().all(|one| one.suppression == Some(Suppression::TooFewPeople)));
    assert!(all.iter().all(|one| one.figures.is_none()));
}

/// The label of a work item by one rule alone.
fn is_labelled(condition: Condition, item: &Traits) -> bool {
    let rules = [rule("r", condition, Category::Unplanned)];
    let rules = rules::Rules::new(&rules).expect("rules");
    rules.label(Dimension::Activity, item).is_some()
}

fn names(all: &[&str]) -> BTreeSet<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}

#[test]
fn every_condition_matches_what_it_says_and_not_what_is_unknown() {
    let none = Traits::default();
    let item = Traits {
        fields: [("Team".to_owned(), "Core".to_owned())].into(),
        labels: vec!["hotfix".into()],
        epic_key: Some("E-1".into()),
        project_id: Some("P".into()),
        repositories: names(&["acme/infra"]),
        services: names(&["infra-dns"]),
        ..of_kind("W", "Incident")
    };
    let field = |value: &str| Condition::Field { name: "Team".into(), value: value.into() };
    for (right, wrong) in [
        (field("Core"), field("Cores")),
        (Condition::Kind("Incident".into()), Condition::Kind("Bug".into())),
        (Condition::Label("hotfix".into()), Condition::Label("hot".into())),
        (Condition::Epic("E-1".into()), Condition::Epic("E-2".into())),
        (Condition::Project("P".into()), Condition::Project("Q".into())),
        (Condition::Repository("acme/*".into()), Condition::Repository("*".into())),
        (Condition::Service("infra-*".into()), Condition::Service("dns".into())),
    ] {
        assert!(is_labelled(right.clone(), &item), "{right:?}");
        assert!(!is_labelled(wrong.clone(), &item), "{wrong:?}");
        assert!(!is_labelled(right.clone(), &none), "{right:?} of nothing");
    }
}

#[test]
fn paths_match_only_where_everything_touched_does() {
    let terraform = || Condition::Path("terraform/**".into());
    let touching = |paths: &[&str]| Traits { paths: names(paths), ..Traits::default() };
    assert!(is_labelled(terraform(), &touching(&["terraform/a.tf", "terraform/x/b.tf"])));
    assert!(!is_labelled(terraform(), &touching(&["terraform/a.tf", "src/main.rs"])));
    assert!(!is_labelled(terraform(), &touching(&[])));
    let workflows = Condition::Path(".github/workflows/**".into());
    assert!(is_labelled(workflows, &touching(&[".github/workflows/ci.yml"])));
}

#[test]
fn words_of_trackers_match_in_any_case() {
    let item = Traits { labels: vec!["Hotfix".into()], ..of_kind("W", "incident") };
    assert!(is_labelled(Condition::Label("hotfix".into()), &item));
    assert!(is_labelled(Condition::Kind("Incident".into()), &item));
}

#[test]
fn one_rule_may_label_in_both_dimensions() {
    let both = Rule {
        rule_id: "r".into(),
        condition: Condition::Kind("Bug".into()),
        categories: vec![Category::Ktlo, Category::Maintenance],
    };
    let rules = [both];
    let rules = rules::Rules::new(&rules).expect("rules");
    let label = |dimension| rules.label(dimension, &of_kind("W", "Bug"));
    assert_eq!(label(Dimension::Investment), Some((Category::Ktlo, "r")));
    assert_eq!(label(Dimension::Activity), Some((Category::Maintenance, "r")));
}

#[test]
fn the_first_rule_that_matches_decides() {
    let rules = [
        rule("r1", Condition::Label("x".into()), Category::Overhead),
        rule("r2", Condition::Kind("Bug".into()), Category::Support),
        rule("r3", Condition::Kind("Bug".into()), Category::Maintenance),
    ];
    let rules = rules::Rules::new(&rules).expect("rules");
    let label = rules.label(Dimension::Activity, &of_kind("W", "Bug"));
    assert_eq!(label, Some((Category::Support, "r2")));
}

#[test]
fn rules_that_can_not_be_used_are_refused_by_name() {
    let effort = Effort::default();
    let broken = [rule("r", Condition::Path("a/{b".into()), Category::Support)];
    let error = RuleError::Glob { rule_id: "r".into(), glob: "a/{b".into() };
    assert_eq!(allocate(&effort, &[], &broken), Err(error));
    let twice = ["r", "r"].map(|id| rule(id, Condition::Kind("Bug".into()), Category::Support));
    let error = RuleError::RepeatedId { rule_id: "r".into() };
    assert_eq!(allocate(&effort, &[], &twice), Err(error));
}

#[test]
fn a_work_item_described_twice_differently_is_unlabelled() {
    let (mut traits, rules) = kinds();
    traits.push(of_kind("A", "Bug"));
    let all = allocate(&teams(&[("t", 5)]), &traits, &rules).expect("rules");
    let whole = figures(&all, &Group::Organization, Dimension::Investment);
    assert_eq!(whole.unlabelled, ratio(10, 21));
}

#[test]
fn words_of_labels_read_back() {
    for category in Category::ALL {
        assert_eq!(Category::parse(category.as_str()), Some(*category));
    }
    assert_eq!(Category::parse("toil"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn shares_coverage_and_what_is_unknown_add_up_to_one_and_order_changes_no_byte(
        (facts, shuffled) in any_shuffled_company(),
        kinds in prop::collection::vec(0..3_usize, ITEMS.len()),
    ) {
        const KINDS: [&str; 3] = ["Story", "Bug", "Epic"];
        let (_, rules) = self::kinds();
        let mut traits: Vec<Traits> =
            ITEMS.iter().zip(kinds).map(|(id, kind)| of_kind(id, KINDS[kind])).collect();
        let effort = model(&facts);
        let all = allocate(&effort, &traits, &rules).expect("rules");
        for figures in all.iter().filter_map(|one| one.figures.as_ref()) {
            let labelled: Rational = figures.shares.values().map(|one| &one.share).sum();
            prop_assert_eq!(&labelled, &figures.coverage);
            let whole = &(&labelled + &figures.unattributed) + &figures.unlabelled;
            prop_assert_eq!(whole, Rational::one());
            prop_assert!(figures.people >= MINIMUM_PEOPLE as u64);
        }
        traits.reverse();
        let other = model(&shuffled);
        let other = allocate(&other, &traits, &rules).expect("rules");
        prop_assert_eq!(format!("{all:?}"), format!("{other:?}"));
    }
}
