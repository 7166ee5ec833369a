//! The commits of one repository as integers.

use std::collections::HashSet;

use super::index::Index;

/// Place of a commit in its graph.
pub(crate) type Place = u32;

/// What attribution needs of a commit. Instants are microseconds since 1970 UTC.
#[derive(Debug, Clone, Default)]
pub(crate) struct CommitFacts {
    pub(crate) authored_at: Option<i64>,
    pub(crate) committed_at: Option<i64>,
    pub(crate) is_merge: bool,
    pub(crate) is_bot: bool,
    /// The message says it was picked from another commit, whether or not that is known.
    pub(crate) is_pick: bool,
    /// Commit it was picked from, where that is known.
    pub(crate) picked_from: Option<Place>,
    /// The message says it reverts something, whether or not that is known.
    pub(crate) is_revert: bool,
    /// Commit it reverts, where that is known.
    pub(crate) reverts: Option<Place>,
    /// Equal for commits that hold the same work; `None` where nothing tells.
    pub(crate) work: Option<u64>,
}

/// A commit on its way into a graph, other commits still by their ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewCommit<'a> {
    pub(crate) sha: &'a str,
    pub(crate) parents: Vec<&'a str>,
    pub(crate) reverts: Option<&'a str>,
    pub(crate) picked_from: Option<&'a str>,
    pub(crate) facts: CommitFacts,
}

/// The commits of one repository.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// Ids by place. Places follow commit time and then id: the order of arrival decides nothing,
    /// and commits that are near each other in history are near in memory.
    shas: Vec<Box<str>>,
    by_sha: Index,
    /// Parents of all commits one after the other, and where those of each begin.
    parents: Vec<Place>,
    begins: Vec<u32>,
    facts: Vec<CommitFacts>,
    /// Length of the longest line to a root: every ancestor has a smaller one.
    generations: Vec<u32>,
}

impl Graph {
    /// Builds the graph. Parents that are not among the commits are left out.
    pub(crate) fn new(mut commits: Vec<NewCommit<'_>>) -> Graph {
        let mut order: Vec<(Option<i64>, &str, usize)> = commits
            .iter()
            .enumerate()
            .map(|(at, commit)| (commit.facts.committed_at, commit.sha, at))
            .collect();
        order.sort_unstable();
        let shas: Vec<Box<str>> = order.iter().map(|(_, sha, _)| (*sha).into()).collect();
        let order: Vec<usize> = order.into_iter().map(|(.., at)| at).collect();
        let by_sha = Index::new(&shas);
        let mut graph = Graph { shas, by_sha, begins: vec![0], ..Graph::default() };
        for at in order {
            let commit = std::mem::take(&mut commits[at]);
            let known: Vec<Place> =
                commit.parents.iter().filter_map(|sha| graph.place(sha)).collect();
            graph.parents.extend(known);
            graph.begins.push(graph.parents.len() as u32);
            let place = |sha: Option<&str>| sha.and_then(|sha| graph.place(sha));
            let (reverts, picked_from) = (place(commit.reverts), place(commit.picked_from));
            graph.facts.push(CommitFacts { reverts, picked_from, ..commit.facts });
        }
        graph.generations = graph.measure();
        graph
    }

    /// The commit with that full id.
    pub(crate) fn place(&self, sha: &str) -> Option<Place> {
        let mut found = self.by_sha.from(sha, &self.shas);
        found.next().filter(|place| *self.shas[*place as usize] == *sha)
    }

    /// The one commit whose id begins so; `None` where several do.
    pub(crate) fn abbreviated(&self, prefix: &str) -> Option<Place> {
        let mut found = self.by_sha.from(prefix, &self.shas);
        let mut alike = || found.next().filter(|place| self.sha(*place).starts_with(prefix));
        let first = alike()?;
        alike().is_none().then_some(first)
    }

    pub(crate) fn sha(&self, place: Place) -> &str {
        &self.shas[place as usize]
    }

    pub(crate) fn facts(&self, place: Place) -> &CommitFacts {
        &self.facts[place as usize]
    }

    pub(crate) fn parents(&self, place: Place) -> &[Place] {
        let at = place as usize;
        &self.parents[self.begins[at] as usize..self.begins[at + 1] as usize]
    }

    pub(crate) fn generation(&self, place: Place) -> u32 {
        self.generations[place as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.shas.len()
    }

    pub(crate) fn places(&self) -> impl Iterator<Item = Place> {
        0..self.len() as Place
    }

    /// The commit and its ancestors by first parents, newest first.
    pub(crate) fn first_parents(&self, from: Place) -> impl Iterator<Item = Place> {
        // Bounded: files may say that a commit is its own ancestor.
        std::iter::successors(Some(from), |place| self.parents(*place).first().copied())
            .take(self.len())
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
            open.extend_from_slice(self.parents(place));
        }
        reached.sort_unstable();
        reached
    }

    /// True where `ancestor` is `of` or one of its ancestors.
    pub(crate) fn is_ancestor(&self, ancestor: Place, of: Place) -> bool {
        let floor = self.generation(ancestor);
        let mut seen = HashSet::new();
        let mut open = vec![of];
        while let Some(place) = open.pop() {
            if place == ancestor {
                return true;
            }
            if self.generation(place) > floor && seen.insert(place) {
                open.extend_from_slice(self.parents(place));
            }
        }
        false
    }

    /// What `one` reaches and `other` does not.
    pub(crate) fn beyond(&self, one: Place, other: Place) -> Vec<Place> {
        let mut marked = vec![false; self.len()];
        self.reach(other, &mut marked);
        self.reach(one, &mut marked)
    }

    fn measure(&self) -> Vec<u32> {
        let mut generations = vec![0; self.len()];
        let mut is_open = vec![false; self.len()];
        for start in self.places() {
            let mut open = vec![start];
            while let Some(&place) = open.last() {
                if generations[place as usize] > 0 {
                    open.pop();
                    continue;
                }
                let parents = self.parents(place);
                let known = open.len();
                is_open[place as usize] = true;
                // A parent that is open itself closes a circle, which no history has.
                let unknown =
                    |at: &&Place| generations[**at as usize] == 0 && !is_open[**at as usize];
                open.extend(parents.iter().filter(unknown));
                if open.len() == known {
                    let oldest = parents.iter().map(|at| generations[*at as usize]).max();
                    generations[place as usize] = oldest.unwrap_or(0) + 1;
                    open.pop();
                }
            }
        }
        generations
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A graph of commits with their parents.
    pub(crate) fn graph(edges: &[(&str, &[&str])]) -> Graph {
        let commits = edges.iter().map(|(sha, parents)| NewCommit {
            sha,
            parents: parents.to_vec(),
            ..NewCommit::default()
        });
        Graph::new(commits.collect())
    }

    #[test]
    fn reaching_gives_only_what_was_not_reached_before() {
        let graph = graph(&[("d", &["b", "c"]), ("c", &["a"]), ("b", &["a"]), ("a", &[])]);
        let place = |sha| graph.place(sha).expect("a commit");
        let mut marked = vec![false; graph.len()];
        assert_eq!(graph.reach(place("b"), &mut marked), [place("a"), place("b")]);
        assert_eq!(graph.reach(place("d"), &mut marked), [place("c"), place("d")]);
        assert!(graph.reach(place("c"), &mut marked).is_empty());
    }

    #[test]
    fn what_lies_beyond_another_commit_is_what_that_one_does_not_reach() {
        let graph = graph(&[("d", &["b", "c"]), ("c", &["a"]), ("b", &["a"]), ("a", &[])]);
        let place = |sha| graph.place(sha).expect("a commit");
        assert_eq!(graph.beyond(place("d"), place("b")), [place("c"), place("d")]);
        assert_eq!(graph.beyond(place("b"), place("c")), [place("b")]);
        assert!(graph.beyond(place("a"), place("d")).is_empty());
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
        let line: Vec<Place> = graph.first_parents(place("d")).collect();
        assert_eq!(line, [place("d"), place("b"), place("a")]);
    }

    #[test]
    fn ids_that_begin_alike_are_told_apart() {
        let ids = ["12345678", "123456780", "12345678ab", "1234567", "2"];
        let graph = graph(&ids.map(|id| (id, [].as_slice())));
        for id in ids {
            assert_eq!(graph.place(id).map(|place| graph.sha(place)), Some(id));
        }
        assert_eq!([graph.place("12345678a"), graph.place("")], [None, None]);
    }

    #[test]
    fn a_circle_of_parents_ends() {
        let graph = graph(&[("a", &["b"]), ("b", &["a"]), ("c", &["c"])]);
        let mut marked = vec![false; graph.len()];
        assert_eq!(graph.reach(0, &mut marked), [0, 1]);
        assert_eq!(graph.first_parents(2).count(), 3);
    }

    #[test]
    fn an_abbreviated_id_names_a_commit_only_where_it_is_the_one() {
        let graph = graph(&[("abc1", &[]), ("abc2", &[]), ("bcd1", &[])]);
        assert_eq!(graph.abbreviated("bc"), graph.place("bcd1"));
        assert_eq!(graph.abbreviated("abc"), None);
        assert_eq!(graph.abbreviated("abc2"), graph.place("abc2"));
        assert_eq!(graph.abbreviated("ff"), None);
    }
}
