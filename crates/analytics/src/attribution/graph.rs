//! The commits of one repository as integers, parents before children.

use std::collections::HashMap;

/// Place of a commit in its graph.
pub(crate) type Place = u32;

/// What attribution needs of a commit.
#[derive(Debug, Clone, Default)]
pub(crate) struct CommitFacts {
    pub(crate) authored_at: Option<i64>,
    pub(crate) committed_at: Option<i64>,
    pub(crate) is_merge: bool,
    pub(crate) is_bot: bool,
    pub(crate) is_pick: bool,
    pub(crate) reverts: Option<Place>,
    /// The message says it reverts something, whether or not that is known.
    pub(crate) is_revert: bool,
}

/// The commits of one repository.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    places: HashMap<String, Place>,
    shas: Vec<String>,
    parents: Vec<Vec<Place>>,
    facts: Vec<CommitFacts>,
    /// Length of the longest line to a root: every ancestor has a smaller one.
    generations: Vec<u32>,
}

impl Graph {
    /// Builds the graph. Parents that are not among the commits are left out.
    pub(crate) fn new(commits: Vec<(String, Vec<String>, Option<String>, CommitFacts)>) -> Graph {
        let places: HashMap<String, Place> =
            commits.iter().enumerate().map(|(at, (sha, ..))| (sha.clone(), at as Place)).collect();
        let mut graph = Graph { places, ..Graph::default() };
        for (sha, parents, reverts, facts) in commits {
            graph.shas.push(sha);
            graph.parents.push(parents.iter().filter_map(|sha| graph.place(sha)).collect());
            let reverts = reverts.and_then(|sha| graph.place(&sha));
            graph.facts.push(CommitFacts { reverts, ..facts });
        }
        graph.generations = generations(&graph.parents);
        graph
    }

    pub(crate) fn place(&self, sha: &str) -> Option<Place> {
        self.places.get(sha).copied()
    }

    pub(crate) fn sha(&self, place: Place) -> &str {
        &self.shas[place as usize]
    }

    pub(crate) fn facts(&self, place: Place) -> &CommitFacts {
        &self.facts[place as usize]
    }

    pub(crate) fn generation(&self, place: Place) -> u32 {
        self.generations[place as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.shas.len()
    }

    /// Marks all that `tip` reaches and was not marked, and returns it in ascending order.
    pub(crate) fn reach(&self, tip: Place, marked: &mut [bool]) -> Vec<Place> {
        let mut reached = Vec::new();
        let mut open = vec![tip];
        while let Some(place) = open.pop() {
            if std::mem::replace(&mut marked[place as usize], true) {
                continue;
            }
            reached.push(place);
            open.extend_from_slice(&self.parents[place as usize]);
        }
        reached.sort_unstable();
        reached
    }

    /// True where `ancestor` is `of` or one of its ancestors.
    pub(crate) fn is_ancestor(&self, ancestor: Place, of: Place) -> bool {
        let floor = self.generation(ancestor);
        let mut seen = std::collections::HashSet::new();
        let mut open = vec![of];
        while let Some(place) = open.pop() {
            if place == ancestor {
                return true;
            }
            if self.generation(place) > floor && seen.insert(place) {
                open.extend_from_slice(&self.parents[place as usize]);
            }
        }
        false
    }
}

fn generations(parents: &[Vec<Place>]) -> Vec<u32> {
    let mut generations = vec![0; parents.len()];
    for start in 0..parents.len() as Place {
        let mut open = vec![start];
        while let Some(&place) = open.last() {
            if generations[place as usize] > 0 {
                open.pop();
                continue;
            }
            let unknown: Vec<Place> = parents[place as usize]
                .iter()
                .copied()
                .filter(|parent| generations[*parent as usize] == 0)
                .collect();
            if unknown.is_empty() {
                let oldest =
                    parents[place as usize].iter().map(|at| generations[*at as usize]).max();
                generations[place as usize] = oldest.unwrap_or(0) + 1;
                open.pop();
            } else {
                open.extend(unknown);
            }
        }
    }
    generations
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        let commits = edges.iter().map(|(sha, parents)| {
            let parents = parents.iter().map(|&sha| sha.to_owned()).collect();
            ((*sha).to_owned(), parents, None, CommitFacts::default())
        });
        Graph::new(commits.collect())
    }

    #[test]
    fn reaching_gives_only_what_was_not_reached_before() {
        let graph = graph(&[("d", &["b", "c"]), ("c", &["a"]), ("b", &["a"]), ("a", &[])]);
        let place = |sha| graph.place(sha).expect("a commit");
        let mut marked = vec![false; graph.len()];
        assert_eq!(graph.reach(place("b"), &mut marked), [place("b"), place("a")]);
        assert_eq!(graph.reach(place("d"), &mut marked), [place("d"), place("c")]);
        assert!(graph.reach(place("c"), &mut marked).is_empty());
    }

    #[test]
    fn ancestors_are_older_generations() {
        let graph =
            graph(&[("d", &["b", "c"]), ("c", &["a"]), ("b", &["a"]), ("a", &[]), ("x", &[])]);
        let place = |sha| graph.place(sha).expect("a commit");
        assert!(graph.is_ancestor(place("a"), place("d")));
        assert!(graph.is_ancestor(place("d"), place("d")));
        assert!(!graph.is_ancestor(place("b"), place("c")));
        assert!(!graph.is_ancestor(place("x"), place("d")));
        assert_eq!([graph.generation(place("a")), graph.generation(place("d"))], [1, 3]);
    }
}
