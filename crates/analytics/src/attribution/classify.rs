//! What each deployment did to production, and which commits it shipped first.

use std::cmp::Ordering;

use milepost_events::tables::DeploymentKind;

use super::graph::{Graph, Place};
use super::inputs::{Artifacts, Attempt, History, Scope};
use super::{resolve, rollouts};
use crate::{Definition, FailRateDenominator, UnresolvedFallback};

/// A deployment attempt with what it did.
#[derive(Debug, Clone)]
pub(crate) struct Classified {
    pub(crate) attempt: Attempt,
    pub(crate) kind: Option<DeploymentKind>,
    pub(crate) is_counted: bool,
    /// Why it is not counted; `None` where it is.
    pub(crate) exclusion: Option<&'static str>,
    pub(crate) is_change_to_production: bool,
    pub(crate) is_rework: bool,
    /// Commits that no earlier deployment of the service contained, merges too, of other parts
    /// of the repository too; empty for a baseline, and where some targets did not get them.
    pub(crate) new: Vec<Place>,
    /// Commit it deployed, where it is known.
    pub(crate) place: Option<Place>,
    pub(crate) flags: Vec<&'static str>,
}

impl Classified {
    /// An attempt that is not counted: failed, cancelled, still running, or not to production.
    pub(crate) fn not_counted(attempt: Attempt, exclusion: &'static str) -> Classified {
        let mut flags = Vec::new();
        if attempt.is_time_fallback {
            flags.push("time_fallback");
        }
        if attempt.started_at.is_some_and(|started| started > attempt.at) {
            flags.push("finished_before_started");
        }
        Classified {
            attempt,
            kind: None,
            is_counted: false,
            exclusion: Some(exclusion),
            is_change_to_production: false,
            is_rework: false,
            new: Vec::new(),
            place: None,
            flags,
        }
    }

    pub(crate) fn id(&self) -> &str {
        &self.attempt.deployment_id
    }

    /// True where the id is its own or that of a part of its rollout.
    pub(crate) fn is_named(&self, id: &str) -> bool {
        self.id() == id || self.attempt.parts.iter().any(|part| part == id)
    }
}

/// The deployments of a service to one production environment, from one repository.
pub(crate) struct Line<'a> {
    pub(crate) repository_id: &'a str,
    /// The repository's history, where it was read.
    pub(crate) history: Option<&'a History>,
    pub(crate) scope: &'a Scope,
    /// In order of time, then those that are parts of others.
    pub(crate) deployments: Vec<Classified>,
    /// Commits that any of them contained.
    pub(crate) deployed: Vec<bool>,
}

impl Line<'_> {
    pub(crate) fn graph(&self) -> Option<&Graph> {
        self.history.map(|history| &history.graph)
    }
}

/// What a line of deployments is classified with.
pub(crate) struct Setting<'a> {
    pub(crate) history: Option<&'a History>,
    pub(crate) scope: &'a Scope,
    pub(crate) artifacts: &'a Artifacts,
    pub(crate) definition: &'a Definition,
    /// From when on recorded deployments take the place of inferred ones.
    pub(crate) recorded_from: Option<i64>,
}

/// Classifies attempts in order of time, and gives the commits that any of them contained.
pub(crate) fn classify(
    attempts: Vec<Attempt>,
    setting: &Setting<'_>,
) -> (Vec<Classified>, Vec<bool>) {
    let rollouts = rollouts::merge(attempts, setting.definition.rollout_merge_window);
    let mut attempts = rollouts.attempts;
    sort(&mut attempts, setting);
    let is_superseded = |attempt: &Attempt| {
        attempt.is_inferred && setting.recorded_from.is_some_and(|first| attempt.at >= first)
    };
    let mut state = State::new(setting);
    let has_inferred_before =
        attempts.iter().any(|attempt| attempt.is_inferred && !is_superseded(attempt));
    let mut is_changed_over = false;
    let mut classified = Vec::with_capacity(attempts.len() + rollouts.parts.len());
    for attempt in attempts {
        if !attempt.is_deployment() {
            let why = ended(&attempt);
            classified.push(Classified::not_counted(attempt, why));
            continue;
        }
        if is_superseded(&attempt) {
            let mut one = Classified::not_counted(attempt, "superseded_by_recorded");
            one.flags.push("superseded_by_recorded");
            classified.push(one);
            continue;
        }
        let is_change_over = !attempt.is_inferred && has_inferred_before && !is_changed_over;
        is_changed_over |= is_change_over;
        let mut one = state.step(attempt);
        if is_change_over {
            one.flags.push("recorded_from_here");
        }
        count(&mut one, setting.definition);
        classified.push(one);
    }
    flag_same_instants(&mut classified);
    classified.extend(rollouts.parts.into_iter().map(|part| {
        let mut one = Classified::not_counted(part, "part_of_rollout");
        one.flags.push("part_of_rollout");
        one
    }));
    (classified, state.deployed)
}

fn why_unresolved(attempt: &Attempt, is_read: bool) -> &'static str {
    let names_nothing =
        attempt.sha.is_none() && attempt.from.is_none() && attempt.artifact_digest.is_none();
    match (is_read, names_nothing) {
        (false, _) => "repository_not_read",
        (true, true) => "sha_missing",
        (true, false) => "sha_unknown",
    }
}

/// How an attempt ended that put nothing into production.
fn ended(attempt: &Attempt) -> &'static str {
    match attempt.outcome.as_deref() {
        None => "still_running",
        Some("cancelled") => "cancelled",
        Some(_) => "failed",
    }
}

struct State<'a> {
    setting: &'a Setting<'a>,
    /// Commits deployed so far: everything the frontier reaches.
    deployed: Vec<bool>,
    live: Option<(Place, Option<String>)>,
    is_first: bool,
    /// Latest commit time up to each commit of the default branch, oldest first.
    landed: Option<Vec<(i64, Place)>>,
}

impl<'a> State<'a> {
    fn new(setting: &'a Setting<'a>) -> State<'a> {
        let commits = setting.history.map_or(0, |history| history.graph.len());
        State { setting, deployed: vec![false; commits], live: None, is_first: true, landed: None }
    }

    fn step(&mut self, attempt: Attempt) -> Classified {
        let mut one = Classified::not_counted(attempt, "");
        one.exclusion = None;
        let history = self.setting.history;
        let found = history.and_then(|history| self.find(&one.attempt, history));
        let (Some(history), Some((place, flag))) = (history, found) else {
            one.flags.push(why_unresolved(&one.attempt, history.is_some()));
            one.kind = Some(declared(&mut one, DeploymentKind::Unresolved));
            return one;
        };
        let graph = &history.graph;
        one.flags.extend(flag);
        one.attempt.sha = Some(graph.sha(place).to_owned());
        one.place = Some(place);
        let is_whole = !one.attempt.is_incomplete();
        let is_shipped = self.deployed[place as usize];
        let config = one.attempt.config_digest.clone();
        let kind = if self.is_first {
            self.reach(graph, place, is_whole);
            DeploymentKind::Baseline
        } else if is_shipped {
            self.known(graph, place, &config, one.attempt.is_inferred)
        } else {
            one.new = self.reach(graph, place, is_whole);
            let kind = self.shipped(graph, &mut one);
            if !is_whole {
                one.new.clear();
            }
            kind
        };
        let kind = declared(&mut one, kind);
        one.kind = Some(kind);
        self.is_first &= !is_whole;
        // A tag on an older line does not take production back: nobody said it did.
        if !(one.attempt.is_inferred && kind == DeploymentKind::NoChange && is_shipped) {
            // Who does not tell the configuration does not say that it changed.
            let known = self.live.take().filter(|(live, _)| *live == place);
            self.live = Some((place, config.or(known.and_then(|(_, config)| config))));
        }
        one
    }

    /// Commits that were not deployed before; from now on they are, where all targets have them.
    fn reach(&mut self, graph: &Graph, place: Place, is_whole: bool) -> Vec<Place> {
        match is_whole {
            true => graph.reach(place, &mut self.deployed),
            false => graph.reach(place, &mut self.deployed.clone()),
        }
    }

    fn find(&mut self, attempt: &Attempt, history: &History) -> Option<resolve::Found> {
        resolve::resolve(attempt, history, self.setting.artifacts).or_else(|| {
            let fallback = self.setting.definition.unresolved_fallback;
            let is_wanted = fallback == UnresolvedFallback::TimeWindow;
            let place = is_wanted.then(|| self.landed_by(attempt, history)).flatten()?;
            Some((place, Some("mapped_by_time")))
        })
    }

    /// Last commit of the default branch that was there when the deployment began.
    fn landed_by(&mut self, attempt: &Attempt, history: &History) -> Option<Place> {
        let head = history.head?;
        let landed = self.landed.get_or_insert_with(|| {
            let mut line: Vec<Place> = history.graph.first_parents(head).collect();
            line.reverse();
            let mut latest = i64::MIN;
            let times = line.into_iter().map(|place| {
                latest = latest.max(history.graph.facts(place).committed_at.unwrap_or(latest));
                (latest, place)
            });
            times.collect()
        });
        let began_at = attempt.started_at.unwrap_or(attempt.at);
        let after = landed.partition_point(|(at, _)| *at <= began_at);
        after.checked_sub(1).map(|at| landed[at].1)
    }

    /// A commit that was never deployed before.
    fn shipped(&self, graph: &Graph, one: &mut Classified) -> DeploymentKind {
        let mut own = one
            .new
            .iter()
            .map(|place| (graph.facts(*place), self.setting.scope.holds(*place)))
            .filter(|(facts, is_own)| !facts.is_merge && *is_own)
            .peekable();
        if own.peek().is_none() {
            return DeploymentKind::NoChange;
        }
        if own.all(|(facts, _)| facts.is_bot) {
            one.flags.push("bot_only");
        }
        DeploymentKind::Change
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
        } else if *live == place {
            match (live_config, config) {
                (Some(live), Some(config)) if live != config => DeploymentKind::ConfigChange,
                _ => DeploymentKind::Redeploy,
            }
        } else if !self.changes(graph, *live, place) {
            DeploymentKind::NoChange
        } else if graph.is_ancestor(*live, place) {
            DeploymentKind::RollForward
        } else {
            DeploymentKind::Rollback
        }
    }

    /// True where going from one commit to another adds or takes away anything of this service:
    /// in a repository of many, others may be all that moved.
    fn changes(&self, graph: &Graph, live: Place, place: Place) -> bool {
        let holds_own = |places: Vec<Place>| places.iter().any(|at| self.setting.scope.holds(*at));
        matches!(self.setting.scope, Scope::All)
            || holds_own(graph.beyond(live, place))
            || holds_own(graph.beyond(place, live))
    }
}

/// The kind that the deploy tool declared wins over the inferred one.
fn declared(one: &mut Classified, inferred: DeploymentKind) -> DeploymentKind {
    let word = one.attempt.declared_kind.as_deref().map(|word| word.to_lowercase());
    let kind = match word.as_deref() {
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
    // Where the commit is not known there is nothing to disagree with.
    if kind != inferred && inferred != DeploymentKind::Unresolved {
        one.flags.push("kind_conflict");
    }
    kind
}

fn count(one: &mut Classified, definition: &Definition) {
    use DeploymentKind::{Change, ConfigChange, NoChange, Redeploy, RollForward, Unresolved};
    let is_partial = one.attempt.is_partial();
    let Some(kind) = one.kind else { return };
    one.exclusion = match kind {
        _ if one.attempt.is_incomplete() => Some("partial"),
        Redeploy if !definition.frequency_counts_redeploys => Some("redeploy"),
        NoChange if !definition.frequency_counts_no_change => Some("no_change"),
        _ => None,
    };
    one.is_counted = one.exclusion.is_none();
    one.is_change_to_production = is_partial
        || matches!(kind, Change | ConfigChange | RollForward | Unresolved)
        || (definition.fail_rate_denominator == FailRateDenominator::All && one.is_counted);
}

/// Two deployments of one line at the same instant: their order is a guess.
fn flag_same_instants(classified: &mut [Classified]) {
    for at in 1..classified.len() {
        let is_deployment = |one: &Classified| one.kind.is_some();
        let (before, one) = (&classified[at - 1], &classified[at]);
        if before.attempt.at == one.attempt.at && is_deployment(before) && is_deployment(one) {
            for at in [at - 1, at] {
                if !classified[at].flags.contains(&"same_instant") {
                    classified[at].flags.push("same_instant");
                }
            }
        }
    }
}

/// By time; at the same instant ancestors first, then by version, then by id.
fn sort(attempts: &mut [Attempt], setting: &Setting<'_>) {
    attempts.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.deployment_id.cmp(&b.deployment_id)));
    let generation = |attempt: &Attempt| {
        let history = setting.history?;
        let (place, _) = resolve::resolve(attempt, history, setting.artifacts)?;
        Some(history.graph.generation(place))
    };
    for same in attempts.chunk_by_mut(|a, b| a.at == b.at).filter(|same| same.len() > 1) {
        same.sort_by_cached_key(|attempt| {
            let version = attempt.from.as_deref().map(natural).unwrap_or_default();
            (generation(attempt), version, attempt.deployment_id.clone())
        });
    }
}

/// Text with the numbers in it as numbers: `v1.9` before `v1.10`.
fn natural(text: &str) -> Vec<(u64, String)> {
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

/// Deployments in the order of their times, over all lines of a service.
pub(crate) fn by_time(a: &Classified, b: &Classified) -> Ordering {
    (a.attempt.at, a.id()).cmp(&(b.attempt.at, b.id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        assert!(natural("v1.9.0") < natural("v1.10.0"));
        assert!(natural("v2") > natural("v1.10.0"));
        assert_eq!(natural("v1"), natural("v1"));
    }
}
