//! Which deployments failed, what showed it, and when service was restored.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use milepost_events::tables::{DeploymentKind, LinkMethod};

use super::classify::{Classified, Line};
use super::graph::{Graph, Place};
use super::incidents::Judged;
use crate::{Definition, RecoveryStart};

const SECOND: i64 = 1_000_000;

/// A failed deployment. Instants are microseconds since 1970 UTC.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) failed_at: i64,
    pub(crate) recovered_at: Option<i64>,
    pub(crate) recovery_seconds: Option<i64>,
    pub(crate) incident_id: Option<String>,
    pub(crate) method: LinkMethod,
    /// Deployment that repaired it, where one did.
    pub(crate) remedy: Option<String>,
    impact_started_at: Option<i64>,
}

/// What shows failures of one service.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    /// Failed deployments by id.
    pub(crate) found: BTreeMap<String, Failure>,
    /// Deployments that were made because of a failure.
    pub(crate) reworks: BTreeSet<String>,
}

impl Failures {
    /// The failed deployments of one service. The first rule that fires names the method: an
    /// incident or a fix that names it, a rollback, a deployed revert, an outcome, and where the
    /// definition wants it an incident soon after it.
    pub(crate) fn of(lines: &[Line<'_>], incidents: &[Judged], definition: &Definition) -> Self {
        let mut failures = Failures::default();
        failures.by_incident(lines, incidents, LinkMethod::Explicit);
        failures.by_fix(lines);
        for line in lines {
            failures.by_rollback(line, definition);
        }
        for line in lines {
            failures.by_revert(line, definition);
        }
        for line in lines {
            failures.by_outcome(line);
        }
        failures.by_incident(lines, incidents, LinkMethod::Heuristic);
        failures.measure(definition);
        failures
    }

    fn add(&mut self, failed: &Classified, method: LinkMethod, remedy: Option<&Classified>) {
        self.found.entry(failed.id().to_owned()).or_insert_with(|| Failure {
            failed_at: failed.attempt.at,
            recovered_at: remedy.map(|remedy| remedy.attempt.at),
            recovery_seconds: None,
            incident_id: None,
            method,
            remedy: remedy.map(|remedy| remedy.id().to_owned()),
            impact_started_at: None,
        });
    }

    /// Incidents that are linked to a deployment. Many on one are one failure, which lasts until
    /// the last of them ends.
    fn by_incident(&mut self, lines: &[Line<'_>], incidents: &[Judged], method: LinkMethod) {
        let mut linked: BTreeMap<&str, Vec<&Judged>> = BTreeMap::new();
        for one in incidents {
            if let Some(link) = one.link.as_ref().filter(|link| link.method == method) {
                linked.entry(&link.deployment_id).or_default().push(one);
            }
        }
        for failed in deployments(lines) {
            let Some(linked) = linked.get_mut(failed.id()) else { continue };
            if self.found.contains_key(failed.id()) {
                continue;
            }
            linked.sort_by_key(|one| (one.incident.began_at, &one.incident.incident_id));
            let Some(first) = linked.first() else { continue };
            let ends: Option<Vec<i64>> = linked.iter().map(|one| one.incident.ended_at).collect();
            self.add(failed, method, None);
            if let Some(failure) = self.found.get_mut(failed.id()) {
                failure.recovered_at = ends.and_then(|ends| ends.into_iter().max());
                failure.incident_id = Some(first.incident.incident_id.clone());
                failure.impact_started_at = first.incident.impact_started_at;
            }
        }
    }

    /// Deployments that name the one they repair.
    fn by_fix(&mut self, lines: &[Line<'_>]) {
        for fix in deployments(lines) {
            let Some(fixed) = fix.attempt.fixes_deployment_id.as_deref() else { continue };
            self.rework(fix);
            if let Some(failed) = deployments(lines).find(|one| one.is_named(fixed)) {
                self.add(failed, LinkMethod::Explicit, Some(fix));
            }
        }
    }

    /// An unplanned rollback says that what it took away had failed: the newest change that was
    /// live and is not in what it went back to.
    fn by_rollback(&mut self, line: &Line<'_>, definition: &Definition) {
        let window = definition.failure_window.num_seconds().saturating_mul(SECOND);
        let mut live: Option<Place> = None;
        for (at, one) in line.deployments.iter().enumerate() {
            if one.kind == Some(DeploymentKind::Rollback) && one.attempt.is_planned != Some(true) {
                let recent = line.deployments[..at].iter().rev();
                let mut recent =
                    recent.take_while(|before| one.attempt.at - before.attempt.at <= window);
                let taken_away = recent.find(|before| {
                    before.is_change() && was_taken_away(before, live, one.place, line.graph())
                });
                if let Some(failed) = taken_away {
                    self.add(failed, LinkMethod::Rollback, Some(one));
                }
                self.rework(one);
            }
            if one.kind.is_some() {
                live = one.place.or(live);
            }
        }
    }

    /// A deployed revert says that the deployment which first shipped the reverted change had
    /// failed.
    fn by_revert(&mut self, line: &Line<'_>, definition: &Definition) {
        let Some(graph) = line.graph() else { return };
        let window = definition.failure_window.num_seconds().saturating_mul(SECOND);
        let mut shipped: HashMap<Place, usize> = HashMap::new();
        for (at, one) in line.deployments.iter().enumerate() {
            shipped.extend(one.new.iter().map(|place| (*place, at)));
            // A revert elsewhere in the repository says nothing about this service.
            let own = one.new.iter().filter(|place| line.scope.holds(**place));
            let reverted = own.filter_map(|place| graph.facts(*place).reverts);
            // Taking a revert back says that the revert was in the way, not that it broke anything.
            let reverted = reverted.filter(|place| !graph.facts(*place).is_revert);
            for failed in reverted.filter_map(|place| shipped.get(&place).copied()) {
                let failed = &line.deployments[failed];
                if failed.id() == one.id() || one.attempt.at - failed.attempt.at > window {
                    continue;
                }
                self.add(failed, LinkMethod::Revert, Some(one));
                self.rework(one);
            }
        }
    }

    /// A deployment that finished on some targets only; the next whole one restores service.
    fn by_outcome(&mut self, line: &Line<'_>) {
        let deployments: Vec<&Classified> =
            line.deployments.iter().filter(|one| one.kind.is_some()).collect();
        for (at, one) in deployments.iter().enumerate() {
            if one.attempt.outcome.as_deref() == Some("partial") {
                let next = deployments[at + 1..].iter().find(|next| !next.attempt.is_partial());
                self.add(one, LinkMethod::Outcome, next.copied());
            }
        }
    }

    fn rework(&mut self, one: &Classified) {
        if one.attempt.is_planned != Some(true) {
            self.reworks.insert(one.id().to_owned());
        }
    }

    fn measure(&mut self, definition: &Definition) {
        for failure in self.found.values_mut() {
            let start = match (definition.recovery_start, failure.impact_started_at) {
                (RecoveryStart::Impact, Some(impact)) => failure.failed_at.max(impact),
                _ => failure.failed_at,
            };
            failure.recovery_seconds = failure
                .recovered_at
                .filter(|end| *end >= start)
                .map(|end| (end - start).div_euclid(SECOND));
        }
    }
}

impl Classified {
    /// True where it brought something to production that it can have broken.
    fn is_change(&self) -> bool {
        use DeploymentKind::{Change, ConfigChange, RollForward, Unresolved};
        self.attempt.is_partial()
            || matches!(self.kind, Some(Change | ConfigChange | RollForward | Unresolved))
    }
}

fn deployments<'l>(lines: &'l [Line<'_>]) -> impl Iterator<Item = &'l Classified> {
    lines.iter().flat_map(|line| &line.deployments).filter(|one| one.kind.is_some())
}

/// True where a deployment was live before a rollback and is not in what that went back to.
/// Where one of the commits is not known only their order tells.
fn was_taken_away(
    before: &Classified,
    live: Option<Place>,
    restored: Option<Place>,
    graph: Option<&Graph>,
) -> bool {
    let (Some(graph), Some(place), Some(restored)) = (graph, before.place, restored) else {
        return true;
    };
    let was_live = live.is_none_or(|live| graph.is_ancestor(place, live));
    was_live && !graph.is_ancestor(place, restored)
}
