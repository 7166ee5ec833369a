//! What each deployment did to production, and which commits it shipped first.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use milepost_events::tables::DeploymentKind;
use regex::Regex;

use super::graph::{Graph, Place};
use super::inputs::{Attempt, Scope};
use crate::Definition;

/// A deployment attempt with what it did.
#[derive(Debug, Clone)]
pub(crate) struct Classified {
    pub(crate) attempt: Attempt,
    pub(crate) kind: Option<DeploymentKind>,
    pub(crate) is_counted: bool,
    pub(crate) is_change_to_production: bool,
    pub(crate) is_rework: bool,
    /// Commits that no earlier deployment of the service contained, merges too, of other parts
    /// of the repository too; empty for a baseline.
    pub(crate) new: Vec<Place>,
    /// Commit it deployed, where it is known.
    pub(crate) place: Option<Place>,
    pub(crate) flags: Vec<&'static str>,
}

/// Classifies the attempts of one service in one production environment, from one repository.
pub(crate) fn classify(
    mut attempts: Vec<Attempt>,
    graph: Option<&Graph>,
    scope: &Scope,
    definition: &Definition,
) -> Vec<Classified> {
    let parts = merge_rollouts(&mut attempts);
    sort(&mut attempts, graph);
    let first_recorded = attempts
        .iter()
        .filter(|attempt| !attempt.is_inferred && is_deployment(attempt))
        .map(|attempt| attempt.at)
        .min();
    let has_inferred_before = attempts.iter().any(|attempt| {
        attempt.is_inferred && first_recorded.is_some_and(|first| attempt.at < first)
    });
    let mut state =
        State { marked: vec![false; graph.map_or(0, Graph::len)], live: None, is_first: true };
    let mut is_changed_over = false;
    attempts
        .into_iter()
        .map(|attempt| {
            if !is_deployment(&attempt) {
                return not_counted(attempt, &[]);
            }
            if attempt.is_inferred && first_recorded.is_some_and(|first| attempt.at >= first) {
                return not_counted(attempt, &["superseded_by_recorded"]);
            }
            let is_change_over = !attempt.is_inferred && has_inferred_before && !is_changed_over;
            is_changed_over |= is_change_over;
            let mut one = state.step(attempt, graph, scope);
            if is_change_over {
                one.flags.push("recorded_from_here");
            }
            count(&mut one, definition);
            one
        })
        .chain(parts)
        .collect()
}

/// Leaves one attempt of each rollout, at the time of its last success and `partial` where one
/// of its parts did not succeed, and gives back the other parts.
fn merge_rollouts(attempts: &mut Vec<Attempt>) -> Vec<Classified> {
    let mut rollouts: BTreeMap<String, Vec<Attempt>> = BTreeMap::new();
    let mut alone = Vec::new();
    for attempt in std::mem::take(attempts) {
        match attempt.rollout_id.clone() {
            Some(rollout) => rollouts.entry(rollout).or_default().push(attempt),
            None => alone.push(attempt),
        }
    }
    let mut others = Vec::new();
    for mut parts in rollouts.into_values() {
        let is_whole = parts.iter().all(|part| part.outcome.as_deref() == Some("succeeded"));
        parts.sort_by_key(|part| (is_deployment(part), part.at, part.deployment_id.clone()));
        if let Some(mut last) = parts.pop() {
            if !is_whole && is_deployment(&last) {
                last.outcome = Some("partial".to_owned());
            }
            alone.push(last);
        }
        others.extend(parts.into_iter().map(|part| not_counted(part, &["part_of_rollout"])));
    }
    *attempts = alone;
    others
}

/// An attempt that is not counted: failed, cancelled, still running, or not to production.
pub(crate) fn not_counted(attempt: Attempt, flags: &[&'static str]) -> Classified {
    let mut flags = flags.to_vec();
    if attempt.is_time_fallback {
        flags.push("time_fallback");
    }
    Classified {
        attempt,
        kind: None,
        is_counted: false,
        is_change_to_production: false,
        is_rework: false,
        new: Vec::new(),
        place: None,
        flags,
    }
}

/// The regular expression of the definition, without case.
pub(crate) fn production(definition: &Definition) -> Result<Regex, crate::AnalyticsError> {
    Regex::new(&format!("(?i:{})", definition.production_environments)).map_err(|error| {
        crate::AnalyticsError::Definition(format!(
            "`production_environments` can't be used: {error}"
        ))
    })
}

fn is_deployment(attempt: &Attempt) -> bool {
    matches!(attempt.outcome.as_deref(), Some("succeeded" | "partial"))
}

struct State {
    /// Commits deployed so far: everything the frontier reaches.
    marked: Vec<bool>,
    live: Option<(Place, Option<String>)>,
    is_first: bool,
}

impl State {
    fn step(&mut self, attempt: Attempt, graph: Option<&Graph>, scope: &Scope) -> Classified {
        let place = graph.zip(attempt.sha.as_deref()).and_then(|(graph, sha)| graph.place(sha));
        let mut one = not_counted(attempt, &[]);
        one.place = place;
        let (Some(graph), Some(place)) = (graph, place) else {
            one.kind = Some(declared(&mut one, DeploymentKind::Unresolved));
            return one;
        };
        let is_shipped = self.marked[place as usize];
        let config = one.attempt.config_digest.clone();
        let kind = if self.is_first {
            graph.reach(place, &mut self.marked);
            DeploymentKind::Baseline
        } else if is_shipped {
            self.known(graph, place, &config, one.attempt.is_inferred)
        } else {
            one.new = graph.reach(place, &mut self.marked);
            let is_change =
                one.new.iter().any(|place| !graph.facts(*place).is_merge && scope.holds(*place));
            if is_change { DeploymentKind::Change } else { DeploymentKind::NoChange }
        };
        let kind = declared(&mut one, kind);
        one.kind = Some(kind);
        self.is_first = false;
        // A tag on an older line does not take production back: nobody said it did.
        if !(one.attempt.is_inferred && kind == DeploymentKind::NoChange && is_shipped) {
            self.live = Some((place, config));
        }
        one
    }

    /// A commit that was deployed before.
    fn known(
        &self,
        graph: &Graph,
        place: Place,
        config: &Option<String>,
        is_inferred: bool,
    ) -> DeploymentKind {
        let Some((live, live_config)) = &self.live else {
            return DeploymentKind::NoChange;
        };
        if is_inferred {
            DeploymentKind::NoChange
        } else if *live == place && live_config == config {
            DeploymentKind::Redeploy
        } else if *live == place {
            DeploymentKind::ConfigChange
        } else if graph.is_ancestor(*live, place) {
            DeploymentKind::RollForward
        } else {
            DeploymentKind::Rollback
        }
    }
}

/// The kind that the deploy tool declared wins over the inferred one.
fn declared(one: &mut Classified, inferred: DeploymentKind) -> DeploymentKind {
    let kind = match one.attempt.declared_kind.as_deref() {
        Some("baseline") => DeploymentKind::Baseline,
        Some("change") => DeploymentKind::Change,
        Some("redeploy") => DeploymentKind::Redeploy,
        Some("config_change") => DeploymentKind::ConfigChange,
        Some("rollback") => DeploymentKind::Rollback,
        Some("roll_forward") => DeploymentKind::RollForward,
        Some("no_change") => DeploymentKind::NoChange,
        Some(_) => {
            one.flags.push("kind_unknown");
            inferred
        }
        None => inferred,
    };
    if kind != inferred {
        one.flags.push("kind_conflict");
    }
    kind
}

fn count(one: &mut Classified, definition: &Definition) {
    use DeploymentKind::{Change, ConfigChange, NoChange, Redeploy, RollForward, Unresolved};
    let is_partial = one.attempt.outcome.as_deref() == Some("partial");
    let Some(kind) = one.kind else { return };
    one.is_counted = match kind {
        Redeploy => definition.frequency_counts_redeploys,
        NoChange => definition.frequency_counts_no_change,
        _ => true,
    };
    one.is_change_to_production =
        is_partial || matches!(kind, Change | ConfigChange | RollForward | Unresolved);
}

/// By time; at the same instant ancestors first, then by version, then by id.
fn sort(attempts: &mut [Attempt], graph: Option<&Graph>) {
    let generation = |attempt: &Attempt| {
        let place = graph.zip(attempt.sha.as_deref()).and_then(|(graph, sha)| graph.place(sha));
        graph.zip(place).map(|(graph, place)| graph.generation(place))
    };
    attempts.sort_by(|a, b| {
        let version = |attempt: &Attempt| attempt.from.clone().unwrap_or_default();
        a.at.cmp(&b.at)
            .then_with(|| generation(a).cmp(&generation(b)))
            .then_with(|| natural(&version(a), &version(b)))
            .then_with(|| a.deployment_id.cmp(&b.deployment_id))
    });
}

/// Compares text with the numbers in it as numbers: `v1.9` before `v1.10`.
fn natural(a: &str, b: &str) -> Ordering {
    let (a, b) = (parts(a), parts(b));
    a.cmp(&b)
}

fn parts(text: &str) -> Vec<(u64, String)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let words = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (word, after) = after.split_at(words);
        parts.push((number.parse().unwrap_or(0), word.to_owned()));
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert_eq!(natural("v1.9.0", "v1.10.0"), Ordering::Less);
        assert_eq!(natural("v2", "v1.10.0"), Ordering::Greater);
        assert_eq!(natural("v1", "v1"), Ordering::Equal);
    }
}
