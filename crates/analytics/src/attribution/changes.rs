//! Changes: what commits are one piece of work, when it began, and when it landed.

use std::collections::HashMap;

use super::graph::{Graph, Place};
use super::inputs::{History, PullRequest, Scope};
use crate::{ChangeStart, ChangeUnit, Definition};

/// A change. Instants are microseconds since 1970 UTC.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) change_id: String,
    pub(crate) is_pull_request: bool,
    /// Commit that carries it.
    pub(crate) carrier: Place,
    /// Commits whose work it is.
    pub(crate) own: Vec<Place>,
    pub(crate) started_at: Option<i64>,
    pub(crate) merged_at: Option<i64>,
    /// When it came onto the deployed line.
    pub(crate) landed_at: Option<i64>,
    pub(crate) is_bot: bool,
    pub(crate) is_revert: bool,
    /// Its pull request says that it mends production.
    pub(crate) is_hotfix: bool,
    pub(crate) work_items: Vec<String>,
    /// Change deployed earlier that holds the same work.
    pub(crate) duplicate_of: Option<String>,
    pub(crate) flags: Vec<&'static str>,
}

impl Change {
    /// Why the definition leaves it out of lead times, `None` where it does not.
    pub(crate) fn exclusion(&self, definition: &Definition) -> Option<&'static str> {
        if self.is_bot && !definition.include_bots {
            Some("bot")
        } else if self.is_revert && !definition.include_reverts {
            Some("revert")
        } else {
            self.duplicate_of.as_ref().map(|_| "duplicate")
        }
    }
}

/// The pull requests of a repository by their commits.
pub(crate) struct ByCommit<'a> {
    history: &'a History,
    /// Several where one merge brought a stack of them.
    merges: HashMap<Place, Vec<&'a PullRequest>>,
    members: HashMap<Place, &'a PullRequest>,
}

impl<'a> ByCommit<'a> {
    pub(crate) fn new(history: &'a History) -> ByCommit<'a> {
        let mut merges: HashMap<Place, Vec<&PullRequest>> = HashMap::new();
        let mut members = HashMap::new();
        // A roll-up holds the commits of others: those with fewer commits are asked first.
        let mut by_size: Vec<&PullRequest> = history.pull_requests.iter().collect();
        by_size.sort_by_key(|pull_request| pull_request.commits.len());
        for pull_request in by_size {
            merges.entry(pull_request.merge).or_default().push(pull_request);
            for place in &pull_request.commits {
                members.entry(*place).or_insert(pull_request);
            }
        }
        ByCommit { history, merges, members }
    }

    /// The changes of a service that these commits bring, in the order in which they landed.
    pub(crate) fn changes(
        &self,
        commits: &[Place],
        scope: &Scope,
        definition: &Definition,
    ) -> Vec<Change> {
        let by_commit = definition.change_unit == ChangeUnit::Commit;
        let mut changes = Vec::new();
        for place in commits {
            match self.merges.get(place).filter(|_| !by_commit) {
                Some(pull_requests) => {
                    for pull_request in pull_requests {
                        let own = self.own_commits(pull_request);
                        if own.iter().any(|place| scope.holds(*place)) {
                            changes.push(self.of_pull_request(pull_request, own, definition));
                        }
                    }
                }
                None => {
                    let facts = self.history.graph.facts(*place);
                    let is_alone = by_commit || !self.members.contains_key(place);
                    if !facts.is_merge && is_alone && scope.holds(*place) {
                        changes.push(self.of_commit(*place, definition));
                    }
                }
            }
        }
        changes.sort_by(|a, b| (a.landed_at, &a.change_id).cmp(&(b.landed_at, &b.change_id)));
        changes
    }

    /// Commits whose work the pull request is: its branch's, else the squash itself, without
    /// those that a rolled-up pull request claims for itself.
    fn own_commits(&self, pull_request: &PullRequest) -> Vec<Place> {
        let graph = &self.history.graph;
        let own: Vec<Place> = pull_request
            .commits
            .iter()
            .copied()
            .filter(|place| {
                !graph.facts(*place).is_merge
                    && self.members.get(place).is_none_or(|owner| owner.id == pull_request.id)
            })
            .collect();
        if own.is_empty() && !graph.facts(pull_request.merge).is_merge {
            return vec![pull_request.merge];
        }
        own
    }

    fn of_pull_request(
        &self,
        pull_request: &PullRequest,
        own: Vec<Place>,
        definition: &Definition,
    ) -> Change {
        let graph = &self.history.graph;
        let facts = |place: &Place| graph.facts(*place);
        let is_squash = pull_request.commits.is_empty() && pull_request.first_commit_at.is_none();
        let first = own
            .iter()
            .filter(|place| pull_request.commits.contains(place))
            .filter_map(|place| started(graph, *place))
            .min()
            .or(pull_request.first_commit_at)
            .or_else(|| started(graph, pull_request.merge));
        let merged_at = pull_request.merged_at.or(facts(&pull_request.merge).committed_at);
        let started_at = match definition.change_start {
            ChangeStart::FirstCommit => first,
            ChangeStart::Commit => started(graph, pull_request.merge),
            ChangeStart::Opened => pull_request.created_at,
            ChangeStart::Merged => merged_at,
        };
        let mut flags = Vec::new();
        if is_squash && definition.change_start == ChangeStart::FirstCommit {
            flags.push("squash_no_pr");
        }
        let reverts = own.iter().filter(|place| facts(place).is_revert).count();
        let is_revert = facts(&pull_request.merge).is_revert
            || (!own.is_empty() && reverts == own.len())
            || pull_request.title.starts_with("Revert \"");
        let is_squashed = own == [pull_request.merge];
        let is_bot = (!own.is_empty() && own.iter().all(|place| facts(place).is_bot))
            || (pull_request.is_by_bot && is_squashed);
        let mut work_items = pull_request.work_items.clone();
        work_items.extend(own.iter().flat_map(|place| self.work_items(*place)));
        Change {
            change_id: pull_request.id.clone(),
            is_pull_request: true,
            carrier: pull_request.merge,
            own,
            started_at,
            merged_at,
            landed_at: merged_at,
            is_bot,
            is_revert,
            is_hotfix: pull_request.is_hotfix,
            work_items,
            duplicate_of: None,
            flags,
        }
    }

    fn of_commit(&self, place: Place, definition: &Definition) -> Change {
        let graph = &self.history.graph;
        let facts = graph.facts(place);
        let merged = || self.merges.get(&place).and_then(|merged| merged.first());
        let pull_request = self.members.get(&place).or_else(merged);
        let merged_at = pull_request.and_then(|pull_request| pull_request.merged_at);
        let started_at = match definition.change_start {
            ChangeStart::FirstCommit | ChangeStart::Commit => started(graph, place),
            ChangeStart::Opened => pull_request.and_then(|pull_request| pull_request.created_at),
            ChangeStart::Merged => merged_at.or(facts.committed_at),
        };
        Change {
            change_id: graph.sha(place).to_owned(),
            is_pull_request: false,
            carrier: place,
            own: vec![place],
            started_at,
            merged_at,
            landed_at: merged_at.or(facts.committed_at),
            is_bot: facts.is_bot,
            is_revert: facts.is_revert,
            is_hotfix: pull_request.is_some_and(|pull_request| pull_request.is_hotfix),
            work_items: self.work_items(place).collect(),
            duplicate_of: None,
            flags: Vec::new(),
        }
    }

    fn work_items(&self, place: Place) -> impl Iterator<Item = String> + use<'_> {
        self.history.work_items.get(&place).into_iter().flatten().cloned()
    }
}

/// When work on a commit began. A pick keeps its original's author time, which would be absurd:
/// it began when it was picked.
fn started(graph: &Graph, place: Place) -> Option<i64> {
    let facts = graph.facts(place);
    if facts.is_pick { facts.committed_at } else { facts.authored_at }
}
