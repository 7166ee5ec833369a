//! Work that reached a service twice, such as a fix on a release branch that is also on the main
//! one.

use std::collections::HashMap;

use super::changes::Change;
use super::graph::{Graph, Place};

/// The commits of one repository that hold the same work as another, in groups.
#[derive(Debug, Default)]
pub(crate) struct Twins {
    groups: HashMap<Place, u32>,
}

impl Twins {
    /// Commits are twins where one names the other as what it was picked from, or where their
    /// work is equal.
    pub(crate) fn of(graph: &Graph) -> Twins {
        let mut first_with: HashMap<u64, Place> = HashMap::new();
        let mut same: HashMap<Place, Place> = HashMap::new();
        for place in graph.places() {
            let facts = graph.facts(place);
            if let Some(original) = facts.picked_from {
                join(&mut same, place, original);
            }
            if let Some(work) = facts.work {
                let first = *first_with.entry(work).or_insert(place);
                if first != place {
                    join(&mut same, place, first);
                }
            }
        }
        let members: Vec<Place> = same.keys().copied().collect();
        let groups = members.into_iter().map(|place| (place, root(&same, place)));
        Twins { groups: groups.collect() }
    }

    /// Marks the changes whose work an earlier one of the same service had brought already. The
    /// changes must be in the order in which they were deployed. Work that comes again on top
    /// of itself, after a revert, is no duplicate.
    pub(crate) fn mark<'c>(&self, graph: &Graph, changes: impl Iterator<Item = &'c mut Change>) {
        let mut brought: HashMap<u32, Vec<(Place, String)>> = HashMap::new();
        for change in changes {
            let earlier = change.own.iter().map(|place| {
                let group = self.groups.get(place)?;
                let known = brought
                    .get(group)?
                    .iter()
                    .find(|(known, _)| known != place && !graph.is_ancestor(*known, *place))?;
                Some(known.1.clone())
            });
            let earlier: Option<Vec<String>> = earlier.collect();
            change.duplicate_of = earlier.and_then(|mut ids| ids.drain(..).next());
            if change.duplicate_of.is_some() {
                change.flags.push("duplicate");
                continue;
            }
            for place in &change.own {
                if let Some(group) = self.groups.get(place) {
                    brought.entry(*group).or_default().push((*place, change.change_id.clone()));
                }
            }
        }
    }
}

/// Makes two groups one, under the smaller root so that the order of joining decides nothing.
fn join(same: &mut HashMap<Place, Place>, a: Place, b: Place) {
    same.entry(a).or_insert(a);
    same.entry(b).or_insert(b);
    let (a, b) = (root(same, a), root(same, b));
    same.insert(a.max(b), a.min(b));
}

fn root(same: &HashMap<Place, Place>, mut place: Place) -> Place {
    while let Some(next) = same.get(&place).filter(|next| **next != place) {
        place = *next;
    }
    place
}
