//! Which groups of people are too small to be shown.
//!
//! A group of fewer than five could be read as its members. Nor may it follow from what is shown:
//! whoever knows the whole and all other groups knows the hidden one. So the hidden groups together
//! hold enough people, or the next smallest is hidden with them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// People of whom a figure is shown.
pub const MINIMUM_PEOPLE: usize = 5;

/// Why a group is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Suppression {
    /// It has fewer than [`MINIMUM_PEOPLE`] people.
    TooFewPeople,
    /// Smaller ones could be worked out from it and the whole.
    HidesSmallerGroup,
}

/// The hidden ones of groups that make up a whole, with the reason. Ties of size go to the smaller
/// key. A person of several groups counts in each, but once among the hidden.
pub(super) fn hidden<K: Ord + Clone>(
    groups: &BTreeMap<K, BTreeSet<&str>>,
) -> BTreeMap<K, Suppression> {
    let mut by_size: Vec<(&K, &BTreeSet<&str>)> = groups.iter().collect();
    by_size.sort_by_key(|(_, people)| people.len());
    let mut hidden = BTreeMap::new();
    let mut hidden_people: BTreeSet<&str> = BTreeSet::new();
    for (key, people) in by_size {
        let is_small = people.len() < MINIMUM_PEOPLE;
        let is_alone = hidden.len() == 1 || hidden_people.len() < MINIMUM_PEOPLE;
        if is_small {
            hidden.insert(key.clone(), Suppression::TooFewPeople);
        } else if !hidden.is_empty() && is_alone {
            hidden.insert(key.clone(), Suppression::HidesSmallerGroup);
        } else {
            break;
        }
        hidden_people.extend(people);
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 20] = [
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r",
        "s", "t",
    ];

    /// Groups of such sizes, none of whom share anybody, by place.
    fn of_sizes(sizes: &[usize]) -> Vec<(usize, Suppression)> {
        let mut names = NAMES.iter().copied();
        let groups: BTreeMap<usize, BTreeSet<&str>> = sizes
            .iter()
            .enumerate()
            .map(|(place, size)| (place, names.by_ref().take(*size).collect()))
            .collect();
        hidden(&groups).into_iter().collect()
    }

    #[test]
    fn groups_of_five_are_shown() {
        assert_eq!(of_sizes(&[5, 6, 7]), []);
    }

    #[test]
    fn a_single_small_group_takes_the_next_smallest_with_it() {
        let expected = [(1, Suppression::TooFewPeople), (2, Suppression::HidesSmallerGroup)];
        assert_eq!(of_sizes(&[7, 4, 6]), expected);
    }

    #[test]
    fn two_small_groups_of_enough_people_are_hidden_alone() {
        let expected = [(0, Suppression::TooFewPeople), (1, Suppression::TooFewPeople)];
        assert_eq!(of_sizes(&[2, 3, 6]), expected);
    }

    #[test]
    fn two_small_groups_that_together_are_too_few_take_another_with_them() {
        let expected = [
            (0, Suppression::TooFewPeople),
            (1, Suppression::TooFewPeople),
            (2, Suppression::HidesSmallerGroup),
        ];
        assert_eq!(of_sizes(&[1, 3, 6, 7]), expected);
    }

    #[test]
    fn of_equal_groups_the_first_is_taken() {
        let expected = [(0, Suppression::TooFewPeople), (1, Suppression::HidesSmallerGroup)];
        assert_eq!(of_sizes(&[1, 6, 6]), expected);
    }
}
