//! Which deployments failed, what showed it, and when service was restored.

use std::collections::{BTreeMap, HashMap};

use milepost_events::tables::{DeploymentKind, LinkMethod};

use super::classify::Classified;
use super::graph::{Graph, Place};
use super::inputs::{Incident, Scope};
use crate::{Definition, RecoveryStart};

const SECOND: i64 = 1_000_000;

/// A failed deployment.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) failed_at: i64,
    pub(crate) recovered_at: Option<i64>,
    pub(crate) recovery_seconds: Option<i64>,
    pub(crate) incident_id: Option<String>,
    pub(crate) method: LinkMethod,
    impact_started_at: Option<i64>,
}

/// Failed deployments of one service by id, and marks the deployments that repaired them. The
/// first rule that fires names the method: an explicit link, a rollback, a deployed revert, a
/// partial outcome.
pub(crate) fn failures(
    deployments: &mut [Classified],
    incidents: &[&Incident],
    graph: Option<&Graph>,
    scope: &Scope,
    definition: &Definition,
) -> BTreeMap<String, Failure> {
    let mut found = Found { failures: BTreeMap::new() };
    by_incident(deployments, incidents, &mut found);
    by_fix(deployments, &mut found);
    by_rollback(deployments, definition, &mut found);
    if let Some(graph) = graph {
        by_revert(deployments, graph, scope, definition, &mut found);
    }
    by_outcome(deployments, &mut found);
    let mut failures = found.failures;
    for failure in failures.values_mut() {
        let start = match (definition.recovery_start, failure.impact_started_at) {
            (RecoveryStart::Impact, Some(impact)) => failure.failed_at.max(impact),
            _ => failure.failed_at,
        };
        failure.recovery_seconds = failure
            .recovered_at
            .filter(|end| *end >= start)
            .map(|end| (end - start).div_euclid(SECOND));
    }
    failures
}

struct Found {
    failures: BTreeMap<String, Failure>,
}

impl Found {
    fn add(&mut self, deployment: &Classified, method: LinkMethod, recovered_at: Option<i64>) {
        self.failures.entry(deployment.attempt.deployment_id.clone()).or_insert(Failure {
            failed_at: deployment.attempt.at,
            recovered_at,
            recovery_seconds: None,
            incident_id: None,
            method,
            impact_started_at: None,
        });
    }
}

/// Incidents that name the deployment that caused them. Many on one deployment are one failure,
/// which lasts until the last of them ends.
fn by_incident(deployments: &[Classified], incidents: &[&Incident], found: &mut Found) {
    for deployment in deployments.iter().filter(|one| one.kind.is_some()) {
        let id = deployment.attempt.deployment_id.as_str();
        let mut linked: Vec<&&Incident> = incidents
            .iter()
            .filter(|incident| !incident.is_external && incident.caused_by.as_deref() == Some(id))
            .collect();
        linked.sort_by_key(|incident| (incident.began_at, &incident.incident_id));
        let Some(first) = linked.first() else { continue };
        let ends: Option<Vec<i64>> = linked.iter().map(|incident| incident.ended_at).collect();
        found.add(deployment, LinkMethod::Explicit, ends.and_then(|ends| ends.into_iter().max()));
        if let Some(failure) = found.failures.get_mut(id) {
            failure.incident_id = Some(first.incident_id.clone());
            failure.impact_started_at = first.impact_started_at;
        }
    }
}

/// Deployments that name the one they repair.
fn by_fix(deployments: &mut [Classified], found: &mut Found) {
    for at in 0..deployments.len() {
        let Some(fixed) = deployments[at].attempt.fixes_deployment_id.clone() else { continue };
        if deployments[at].kind.is_none() {
            continue;
        }
        let end = deployments[at].attempt.at;
        deployments[at].is_rework = deployments[at].attempt.is_planned != Some(true);
        let failed =
            deployments.iter().find(|one| one.kind.is_some() && one.attempt.deployment_id == fixed);
        if let Some(failed) = failed {
            found.add(failed, LinkMethod::Explicit, Some(end));
        }
    }
}

/// An unplanned rollback says that what it took away had failed.
fn by_rollback(deployments: &mut [Classified], definition: &Definition, found: &mut Found) {
    let window = definition.failure_window.num_seconds() * SECOND;
    for at in 0..deployments.len() {
        let rollback = &deployments[at];
        let is_unplanned = rollback.attempt.is_planned != Some(true);
        if rollback.kind != Some(DeploymentKind::Rollback) || !is_unplanned {
            continue;
        }
        let end = rollback.attempt.at;
        let failed = deployments[..at]
            .iter()
            .rev()
            .find(|one| one.is_change_to_production)
            .filter(|one| end - one.attempt.at <= window);
        if let Some(failed) = failed {
            found.add(failed, LinkMethod::Rollback, Some(end));
        }
        deployments[at].is_rework = true;
    }
}

/// A deployed revert says that the deployment which first shipped the reverted change had failed.
fn by_revert(
    deployments: &mut [Classified],
    graph: &Graph,
    scope: &Scope,
    definition: &Definition,
    found: &mut Found,
) {
    let window = definition.failure_window.num_seconds() * SECOND;
    let mut shipped: HashMap<Place, usize> = HashMap::new();
    for at in 0..deployments.len() {
        for place in &deployments[at].new {
            shipped.insert(*place, at);
        }
        // A revert elsewhere in the repository says nothing about this service.
        let own = deployments[at].new.iter().filter(|place| scope.holds(**place));
        let reverted = own.filter_map(|place| graph.facts(*place).reverts);
        let failed: Vec<usize> = reverted
            .filter_map(|place| shipped.get(&place).copied())
            .filter(|failed| *failed != at)
            .filter(|failed| deployments[at].attempt.at - deployments[*failed].attempt.at <= window)
            .collect();
        for failed in failed {
            let end = deployments[at].attempt.at;
            found.add(&deployments[failed], LinkMethod::Revert, Some(end));
            deployments[at].is_rework = deployments[at].attempt.is_planned != Some(true);
        }
    }
}

/// A deployment that finished on some targets only; the next whole one restores service.
fn by_outcome(deployments: &[Classified], found: &mut Found) {
    for (at, one) in deployments.iter().enumerate() {
        if one.kind.is_some() && one.attempt.outcome.as_deref() == Some("partial") {
            let next = deployments[at + 1..].iter().find(|next| {
                next.kind.is_some() && next.attempt.outcome.as_deref() == Some("succeeded")
            });
            found.add(one, LinkMethod::Outcome, next.map(|next| next.attempt.at));
        }
    }
}
