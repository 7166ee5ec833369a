//! Attribution of one service: everything that is derived about it follows from its own
//! deployments, incidents and repositories, and from nothing of another service.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use milepost_events::tables::DeploymentKind;

use super::changes::{ByCommit, Change};
use super::classify::{Classified, Line, Setting, by_time, classify};
use super::duplicates::Twins;
use super::failures::{Failure, Failures};
use super::incidents::{Judge, Judged};
use super::inputs::{Attempt, Incident, Inputs, Scope, Sight};
use super::reworks::is_rework;
use super::undeployed::undeployed;
use crate::Definition;

/// What all services share.
pub(crate) struct Shared<'a> {
    pub(crate) inputs: &'a Inputs,
    pub(crate) definition: &'a Definition,
    pub(crate) by_commit: HashMap<&'a str, ByCommit<'a>>,
    pub(crate) twins: HashMap<&'a str, Twins>,
    pub(crate) judge: Judge<'a>,
    /// First recorded production deployment from every repository, whichever service's.
    pub(crate) recorded_from: HashMap<&'a str, i64>,
    pub(crate) sight: Sight,
}

/// A service with its attempts to production and its incidents.
#[derive(Debug, Default)]
pub(crate) struct Service {
    pub(crate) service_id: String,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) incidents: Vec<Incident>,
}

/// A change and the first deployment that contained it.
#[derive(Debug, Clone)]
pub(crate) struct Shipped {
    pub(crate) repository_id: Arc<str>,
    pub(crate) change: Change,
    pub(crate) deployment_id: Arc<str>,
    pub(crate) deployed_at: i64,
}

/// What is derived about one service.
#[derive(Debug)]
pub(crate) struct Attributed {
    pub(crate) service_id: String,
    pub(crate) classified: Vec<Classified>,
    pub(crate) shipped: Vec<Shipped>,
    /// By repository.
    pub(crate) undeployed: Vec<(String, Change)>,
    pub(crate) failures: BTreeMap<String, Failure>,
    pub(crate) judged: Vec<Judged>,
    pub(crate) sight: Sight,
}

/// Attributes one service.
pub(crate) fn attribute(service: Service, shared: &Shared<'_>) -> Attributed {
    let Service { service_id, mut attempts, incidents } = service;
    mark_harmful(&mut attempts, &incidents, &shared.judge);
    let recorded_from = recorded_from(&service_id, &attempts, shared);
    let mut lines: Vec<Line<'_>> = grouped(attempts)
        .into_iter()
        .map(|((_, repository_id), attempts)| {
            line(&service_id, &repository_id, attempts, recorded_from, shared)
        })
        .collect();
    let mut sight = shared.sight;
    let (shipped, hotfixes) = shipped(&lines, shared);
    let (shipped, undeployed) = with_duplicates(shipped, &lines, shared, &mut sight);
    let judged = judged(&lines, &incidents, shared);
    let failures = Failures::of(&lines, &judged, shared.definition);
    for one in lines.iter_mut().flat_map(|line| &mut line.deployments) {
        one.is_rework = failures.reworks.contains(one.id()) || hotfixes.contains(one.id());
    }
    let classified = lines.into_iter().flat_map(|line| line.deployments).collect();
    let failures = failures.found;
    Attributed { service_id, classified, shipped, undeployed, failures, judged, sight }
}

/// A failed attempt that an incident names did reach production.
fn mark_harmful(attempts: &mut [Attempt], incidents: &[Incident], judge: &Judge<'_>) {
    let named: BTreeSet<&str> = incidents
        .iter()
        .filter(|incident| judge.can_blame(incident))
        .filter_map(|incident| incident.caused_by.as_deref())
        .collect();
    for attempt in attempts.iter_mut().filter(|one| one.outcome.as_deref() == Some("failed")) {
        attempt.is_harmful = named.contains(attempt.deployment_id.as_str());
    }
}

/// When recorded deployments take over from inferred ones: with the service's first one, or for
/// a repository that stands for itself with the first of any service built from it.
fn recorded_from(service_id: &str, attempts: &[Attempt], shared: &Shared<'_>) -> Option<i64> {
    let own = attempts.iter().filter(|one| !one.is_inferred && one.is_deployment());
    let own = own.map(|one| one.at).min();
    let of_repository = shared.recorded_from.get(service_id).copied();
    own.into_iter().chain(of_repository).min()
}

/// Environment and repository.
type Key = (String, String);

/// Attempts by environment and repository. Which production environment a tag reached is a
/// guess: where a tool records others, its first one goes on from what was inferred.
fn grouped(attempts: Vec<Attempt>) -> BTreeMap<Key, Vec<Attempt>> {
    let mut lines: BTreeMap<Key, Vec<Attempt>> = BTreeMap::new();
    let mut inferred: BTreeMap<Key, Vec<Attempt>> = BTreeMap::new();
    for attempt in attempts {
        let environment = attempt.environment.as_deref().unwrap_or_default().to_lowercase();
        let of = if attempt.is_inferred { &mut inferred } else { &mut lines };
        of.entry((environment, attempt.repository_id.clone())).or_default().push(attempt);
    }
    for (key, attempts) in inferred {
        let first = |attempts: &Vec<Attempt>| attempts.iter().map(|one| one.at).min();
        let of_repository = lines.iter().filter(|((_, repository_id), _)| *repository_id == key.1);
        let heir = of_repository.min_by_key(|(_, attempts)| first(attempts));
        let heir = match lines.contains_key(&key) {
            true => key,
            false => heir.map_or(key, |(heir, _)| heir.clone()),
        };
        lines.entry(heir).or_default().extend(attempts);
    }
    lines
}

fn line<'a>(
    service_id: &str,
    repository_id: &str,
    attempts: Vec<Attempt>,
    recorded_from: Option<i64>,
    shared: &Shared<'a>,
) -> Line<'a> {
    let inputs = shared.inputs;
    let known = inputs.histories.get_key_value(repository_id);
    let scope = inputs.scopes.get(&(service_id.to_owned(), repository_id.to_owned()));
    let setting = Setting {
        history: known.map(|(_, history)| history),
        scope: scope.unwrap_or(&Scope::All),
        artifacts: &inputs.artifacts,
        definition: shared.definition,
        recorded_from,
    };
    let (mut deployments, deployed) = classify(attempts, &setting);
    if inputs.services.are_listed() && !inputs.services.lists(service_id) {
        for one in deployments.iter_mut().filter(|one| !one.attempt.is_inferred) {
            one.flags.push("service_not_listed");
        }
    }
    Line {
        repository_id: known.map_or("", |(repository_id, _)| repository_id),
        history: setting.history,
        scope: setting.scope,
        deployments,
        deployed,
    }
}

/// The changes of all lines with the first deployment that had each, and the deployments that
/// are rework by what they shipped.
fn shipped(lines: &[Line<'_>], shared: &Shared<'_>) -> (Vec<Shipped>, BTreeSet<String>) {
    let mut shipped: Vec<Shipped> = Vec::new();
    let mut reworks = BTreeSet::new();
    for line in lines {
        let Some(by_commit) = shared.by_commit.get(line.repository_id) else { continue };
        let repository_id: Arc<str> = line.repository_id.into();
        let mut before = None;
        for one in line.deployments.iter().filter(|one| one.kind.is_some()) {
            // A declared baseline ships an age nobody knows, as an inferred one does.
            let is_baseline = one.kind == Some(DeploymentKind::Baseline);
            let new = if is_baseline { &[] } else { one.new.as_slice() };
            let changes = by_commit.changes(new, line.scope, shared.definition);
            if is_rework(one, before, &changes, &shared.inputs.bugs) {
                reworks.insert(one.id().to_owned());
            }
            // What completes a rollout mends what came up before that began.
            if !one.attempt.is_incomplete() {
                before = Some(one);
            }
            let is_mapped_by_time = one.flags.contains(&"mapped_by_time");
            let deployment_id: Arc<str> = one.id().into();
            shipped.extend(changes.into_iter().map(|mut change| {
                change.flags.extend(is_mapped_by_time.then_some("mapped_by_time"));
                Shipped {
                    repository_id: Arc::clone(&repository_id),
                    change,
                    deployment_id: Arc::clone(&deployment_id),
                    deployed_at: one.attempt.at,
                }
            }));
        }
    }
    if lines.len() > 1 {
        keep_first(&mut shipped);
    }
    (shipped, reworks)
}

/// Of several production environments the first to have a change counts.
fn keep_first(shipped: &mut Vec<Shipped>) {
    let of = |one: &Shipped| (Arc::clone(&one.repository_id), one.change.change_id.clone());
    let when = |one: &Shipped| (one.deployed_at, Arc::clone(&one.deployment_id));
    let mut first: HashMap<(Arc<str>, String), (i64, Arc<str>)> = HashMap::new();
    for one in shipped.iter() {
        let known = first.entry(of(one)).or_insert_with(|| when(one));
        if when(one) < *known {
            *known = when(one);
        }
    }
    shipped.retain(|one| first.get(&of(one)) == Some(&when(one)));
}

/// Marks what came twice, and finds what waits, repository by repository.
fn with_duplicates(
    mut shipped: Vec<Shipped>,
    lines: &[Line<'_>],
    shared: &Shared<'_>,
    sight: &mut Sight,
) -> (Vec<Shipped>, Vec<(String, Change)>) {
    shipped.sort_by(|a, b| in_order(a).cmp(&in_order(b)));
    let mut by_repository: BTreeMap<&str, Vec<&Line<'_>>> = BTreeMap::new();
    for line in lines {
        by_repository.entry(line.repository_id).or_default().push(line);
    }
    let mut waiting = Vec::new();
    for (repository_id, lines) in by_repository {
        let Some(by_commit) = shared.by_commit.get(repository_id) else { continue };
        let mut undeployed = undeployed(&lines, by_commit, shared.definition, sight);
        let graph = lines.first().and_then(|line| line.graph());
        if let (Some(graph), Some(twins)) = (graph, shared.twins.get(repository_id)) {
            let own = shipped.iter_mut().filter(|one| *one.repository_id == *repository_id);
            twins.mark(graph, own.map(|one| &mut one.change).chain(&mut undeployed));
        }
        waiting.extend(undeployed.into_iter().map(|change| (repository_id.to_owned(), change)));
    }
    (shipped, waiting)
}

/// The order in which changes reached production.
fn in_order(one: &Shipped) -> (i64, Option<i64>, &str, &str) {
    (one.deployed_at, one.change.landed_at, &one.change.change_id, &one.repository_id)
}

fn judged(lines: &[Line<'_>], incidents: &[Incident], shared: &Shared<'_>) -> Vec<Judged> {
    let mut deployments: Vec<&Classified> =
        lines.iter().flat_map(|line| &line.deployments).collect();
    deployments.sort_by(|a, b| by_time(a, b));
    incidents.iter().map(|incident| shared.judge.judge(incident, &deployments)).collect()
}
