//! Which changes a deployment shipped, and how long each took.

use std::collections::HashMap;

use milepost_events::tables::DeploymentKind;

use super::classify::Classified;
use super::graph::{Graph, Place};
use super::inputs::{History, PullRequest, Scope};
use crate::{ChangeStart, ChangeUnit, Definition};

const SECOND: i64 = 1_000_000;
/// Before this, 1971, no commit was made with git or imported honestly: the clock was wrong.
const FIRST_CREDIBLE: i64 = 365 * 86_400 * SECOND;

/// A change and the first deployment that contained it.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) change_id: String,
    pub(crate) is_pull_request: bool,
    pub(crate) sha: String,
    pub(crate) started_at: Option<i64>,
    pub(crate) merged_at: Option<i64>,
    pub(crate) lead_time_seconds: Option<i64>,
    pub(crate) merge_to_deploy_seconds: Option<i64>,
    pub(crate) is_bot: bool,
    pub(crate) is_revert: bool,
    pub(crate) is_excluded: bool,
    pub(crate) flags: Vec<&'static str>,
}

/// The pull requests of a repository by their commits.
pub(crate) struct ByCommit<'a> {
    history: &'a History,
    merges: HashMap<Place, &'a PullRequest>,
    members: HashMap<Place, &'a PullRequest>,
}

impl<'a> ByCommit<'a> {
    pub(crate) fn new(history: &'a History) -> ByCommit<'a> {
        let mut merges = HashMap::new();
        let mut members = HashMap::new();
        // A roll-up holds the commits of others: those with fewer commits are asked first.
        let mut by_size: Vec<&PullRequest> = history.pull_requests.iter().collect();
        by_size.sort_by_key(|pull_request| pull_request.commits.len());
        for pull_request in by_size {
            merges.entry(pull_request.merge).or_insert(pull_request);
            for place in &pull_request.commits {
                members.entry(*place).or_insert(pull_request);
            }
        }
        ByCommit { history, merges, members }
    }

    /// The changes that the deployment shipped first.
    pub(crate) fn shipped(
        &self,
        deployment: &Classified,
        scope: &Scope,
        definition: &Definition,
    ) -> Vec<Change> {
        // A declared baseline ships an age nobody knows, as an inferred one does.
        if deployment.kind == Some(DeploymentKind::Baseline) {
            return Vec::new();
        }
        let by_commit = definition.change_unit == ChangeUnit::Commit;
        let mut changes = Vec::new();
        for place in &deployment.new {
            match self.merges.get(place).filter(|_| !by_commit) {
                Some(pull_request) => {
                    let own = self.own_commits(pull_request);
                    if own.iter().any(|place| scope.holds(*place)) {
                        changes.push(self.of_pull_request(
                            pull_request,
                            &own,
                            deployment,
                            definition,
                        ));
                    }
                }
                None => {
                    let facts = self.history.graph.facts(*place);
                    let is_alone = by_commit || !self.members.contains_key(place);
                    if !facts.is_merge && is_alone && scope.holds(*place) {
                        changes.push(self.of_commit(*place, deployment, definition));
                    }
                }
            }
        }
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
        own: &[Place],
        deployment: &Classified,
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
        let is_bot = !own.is_empty() && own.iter().all(|place| facts(place).is_bot);
        Change {
            change_id: pull_request.id.clone(),
            is_pull_request: true,
            sha: graph.sha(pull_request.merge).to_owned(),
            started_at,
            merged_at,
            lead_time_seconds: None,
            merge_to_deploy_seconds: None,
            is_bot,
            is_revert,
            is_excluded: false,
            flags,
        }
        .timed(deployment.attempt.at, definition)
    }

    fn of_commit(&self, place: Place, deployment: &Classified, definition: &Definition) -> Change {
        let graph = &self.history.graph;
        let facts = graph.facts(place);
        let pull_request = self.members.get(&place).or_else(|| self.merges.get(&place));
        let merged_at = pull_request.and_then(|pull_request| pull_request.merged_at);
        let started_at = match definition.change_start {
            ChangeStart::FirstCommit | ChangeStart::Commit => started(graph, place),
            ChangeStart::Opened => pull_request.and_then(|pull_request| pull_request.created_at),
            ChangeStart::Merged => merged_at.or(facts.committed_at),
        };
        Change {
            change_id: graph.sha(place).to_owned(),
            is_pull_request: false,
            sha: graph.sha(place).to_owned(),
            started_at,
            merged_at,
            lead_time_seconds: None,
            merge_to_deploy_seconds: None,
            is_bot: facts.is_bot,
            is_revert: facts.is_revert,
            is_excluded: false,
            flags: Vec::new(),
        }
        .timed(deployment.attempt.at, definition)
    }
}

impl Change {
    fn timed(mut self, deployed_at: i64, definition: &Definition) -> Change {
        self.lead_time_seconds = match self.started_at {
            None => {
                self.flags.push("start_unknown");
                None
            }
            Some(at) if at < FIRST_CREDIBLE => {
                self.flags.push("clock_suspect");
                None
            }
            Some(at) => self.seconds(at, deployed_at, "negative_lead_time"),
        };
        self.merge_to_deploy_seconds =
            self.merged_at.and_then(|at| self.seconds(at, deployed_at, "negative_merge_to_deploy"));
        self.is_excluded = (self.is_bot && !definition.include_bots)
            || (self.is_revert && !definition.include_reverts);
        self.flags.sort_unstable();
        self
    }

    fn seconds(&mut self, from: i64, to: i64, flag: &'static str) -> Option<i64> {
        if from > to {
            self.flags.push(flag);
            return None;
        }
        Some((to - from).div_euclid(SECOND))
    }
}

/// When work on a commit began. A pick keeps its original's author time, which would be absurd:
/// it began when it was picked.
fn started(graph: &Graph, place: Place) -> Option<i64> {
    let facts = graph.facts(place);
    if facts.is_pick { facts.committed_at } else { facts.authored_at }
}
