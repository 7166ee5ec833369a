//! Shares of worked time by team, month and label.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::categories::{Category, Dimension};
use super::rules::{Rule, RuleError, Rules, Traits};
use super::suppression::{MINIMUM_PEOPLE, Suppression, hidden};
use crate::effort::{DaySlice, Effort, Month, Rational, Work};

/// Whose time it is. Ordered with the whole first, then by team, with those of none last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Everybody.
    Organization,
    /// A team, on the days on which people were in it.
    Team(String),
    /// People in no team, or in several at once.
    NoTeam,
}

/// A group's month in one dimension. Time away is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Allocation {
    /// Whose.
    pub group: Group,
    /// Month.
    pub month: Month,
    /// Dimension.
    pub dimension: Dimension,
    /// Why nothing is shown; `None` where it is.
    pub suppression: Option<Suppression>,
    /// Figures; `None` where the group is hidden.
    pub figures: Option<Figures>,
}

/// What a group's time went to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// People with working time in the month.
    pub people: u64,
    /// Worked months of full-time people, time away not included.
    pub fte: Rational,
    /// Every label of the dimension, with its share of the worked time.
    pub shares: BTreeMap<Category, Share>,
    /// Share without a trace.
    pub unattributed: Rational,
    /// Share of work items that no rule labels.
    pub unlabelled: Rational,
    /// What is labelled: 1 less the two above.
    pub coverage: Rational,
    /// True below 70 % of coverage: too little is known to read the shares.
    pub is_grey: bool,
}

/// Share of a label.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Share {
    /// Share of the worked time, unattributed included in the whole.
    pub share: Rational,
    /// The rules that gave the label, with their shares.
    pub by_rule: BTreeMap<String, Rational>,
}

/// What is added up for a group.
#[derive(Default)]
struct Sum<'a> {
    fte: Rational,
    unattributed: Rational,
    labels: BTreeMap<(Dimension, Category, &'a str), Rational>,
    unlabelled: BTreeMap<Dimension, Rational>,
}

/// How the worked time of every group divides, in both dimensions and every month of the effort.
/// Groups without worked time have no row. The order of `traits` means nothing, that of `rules` is
/// theirs. A work item without traits, or whose traits are given twice differently, is unlabelled.
///
/// Fails where a rule can't be used.
pub fn allocate(
    effort: &Effort,
    traits: &[Traits],
    rules: &[Rule],
) -> Result<Vec<Allocation>, RuleError> {
    let rules = Rules::new(rules)?;
    let labels = labels(traits, &rules);
    let mut people: BTreeMap<Month, BTreeMap<Group, BTreeSet<&str>>> = BTreeMap::new();
    let mut sums: BTreeMap<(Group, Month), Sum<'_>> = BTreeMap::new();
    for month in &effort.months {
        for slice in month.slices.iter().filter(|slice| slice.work != Work::Absence) {
            for group in [Group::Organization, group_of(slice)] {
                let members = people.entry(month.month).or_default();
                members.entry(group.clone()).or_default().insert(&month.person_id);
                sums.entry((group, month.month)).or_default().add(slice, &labels);
            }
        }
    }
    let hidden: BTreeMap<Month, BTreeMap<Group, Suppression>> =
        people.iter().map(|(month, groups)| (*month, hidden_groups(groups))).collect();
    let mut allocations = Vec::new();
    for ((group, month), sum) in &sums {
        let suppression = hidden.get(month).and_then(|hidden| hidden.get(group)).copied();
        let members = people.get(month).and_then(|groups| groups.get(group));
        let members = members.map_or(0, BTreeSet::len) as u64;
        for dimension in Dimension::ALL {
            let is_shown = suppression.is_none();
            allocations.push(Allocation {
                group: group.clone(),
                month: *month,
                dimension,
                suppression,
                figures: is_shown.then(|| sum.figures(dimension, members)),
            });
        }
    }
    Ok(allocations)
}

/// The hidden groups of a month. The whole is no part of itself.
fn hidden_groups(groups: &BTreeMap<Group, BTreeSet<&str>>) -> BTreeMap<Group, Suppression> {
    let mut parts = groups.clone();
    let whole = parts.remove(&Group::Organization).unwrap_or_default();
    let mut hidden = hidden(&parts);
    if whole.len() < MINIMUM_PEOPLE {
        hidden.insert(Group::Organization, Suppression::TooFewPeople);
    }
    hidden
}

fn group_of(slice: &DaySlice) -> Group {
    slice.team_id.clone().map_or(Group::NoTeam, Group::Team)
}

type Labels<'a> = BTreeMap<&'a str, BTreeMap<Dimension, (Category, &'a str)>>;

fn labels<'a>(traits: &'a [Traits], rules: &Rules<'a>) -> Labels<'a> {
    let mut known: BTreeMap<&str, &Traits> = BTreeMap::new();
    let mut contradictory = BTreeSet::new();
    for item in traits {
        let id = item.work_item_id.as_str();
        if *known.entry(id).or_insert(item) != item {
            contradictory.insert(id);
        }
    }
    known.retain(|id, _| !contradictory.contains(id));
    let of = |item: &Traits| {
        let label = |dimension| Some((dimension, rules.label(dimension, item)?));
        Dimension::ALL.into_iter().filter_map(label).collect()
    };
    known.into_iter().map(|(id, item)| (id, of(item))).collect()
}

impl<'a> Sum<'a> {
    fn add(&mut self, slice: &DaySlice, labels: &Labels<'a>) {
        self.fte += &slice.fte;
        let Work::Item(id) = &slice.work else {
            self.unattributed += &slice.fte;
            return;
        };
        for dimension in Dimension::ALL {
            match labels.get(id.as_str()).and_then(|labels| labels.get(&dimension)) {
                Some((category, rule_id)) => {
                    *self.labels.entry((dimension, *category, *rule_id)).or_default() += &slice.fte;
                }
                None => *self.unlabelled.entry(dimension).or_default() += &slice.fte,
            }
        }
    }

    fn figures(&self, dimension: Dimension, people: u64) -> Figures {
        // A group has a row because it has worked time.
        let share = |part: &Rational| part.over(&self.fte).unwrap_or_default();
        let mut shares: BTreeMap<Category, Share> = Category::ALL
            .iter()
            .filter(|category| category.dimension() == dimension)
            .map(|category| (*category, Share::default()))
            .collect();
        for ((of, category, rule_id), fte) in &self.labels {
            if *of == dimension {
                let sum = shares.entry(*category).or_default();
                sum.share += &share(fte);
                sum.by_rule.insert((*rule_id).to_owned(), share(fte));
            }
        }
        let unattributed = share(&self.unattributed);
        let unlabelled = self.unlabelled.get(&dimension).map(share).unwrap_or_default();
        let coverage = &(&Rational::one() - &unattributed) - &unlabelled;
        let is_grey = &coverage * &Rational::whole(10) < Rational::whole(7);
        let fte = self.fte.clone();
        Figures { people, fte, shares, unattributed, unlabelled, coverage, is_grey }
    }
}
