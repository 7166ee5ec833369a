//! Rollouts: attempts on several targets that are one deployment.

use std::collections::BTreeMap;

use chrono::Duration;

use super::inputs::Attempt;

const MICROSECONDS: i64 = 1_000_000;

/// Attempts that stand for themselves or their rollout, and those that are part of one.
#[derive(Debug, Default)]
pub(crate) struct Rollouts {
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) parts: Vec<Attempt>,
}

/// Leaves one attempt of each rollout, at the time of its last success, `partial` where one of
/// its targets did not succeed in the end.
///
/// A rollout is what shares a `rollout_id`; else what puts the same commit and configuration on
/// different targets, each within the window of the one before.
pub(crate) fn merge(attempts: Vec<Attempt>, window: Duration) -> Rollouts {
    let mut named: BTreeMap<String, Vec<Attempt>> = BTreeMap::new();
    let mut targeted = Vec::new();
    let mut rollouts = Rollouts::default();
    for attempt in attempts {
        match (&attempt.rollout_id, &attempt.target) {
            (Some(rollout), _) => named.entry(rollout.clone()).or_default().push(attempt),
            (None, Some(_)) => targeted.push(attempt),
            (None, None) => rollouts.attempts.push(attempt),
        }
    }
    for parts in named.into_values().chain(by_time(targeted, window)) {
        rollouts.add(parts);
    }
    rollouts
}

/// What a deployment without a rollout's id puts into place.
type Content = (Option<String>, Option<String>, Option<String>, Option<String>);

fn by_time(mut attempts: Vec<Attempt>, window: Duration) -> Vec<Vec<Attempt>> {
    let window = window.num_seconds().saturating_mul(MICROSECONDS);
    attempts.sort_by(|a, b| (a.at, &a.deployment_id).cmp(&(b.at, &b.deployment_id)));
    let mut open: BTreeMap<Content, Vec<Attempt>> = BTreeMap::new();
    let mut closed = Vec::new();
    for attempt in attempts {
        let Attempt { sha, artifact_digest, from, config_digest, .. } = &attempt;
        let content = (sha.clone(), artifact_digest.clone(), from.clone(), config_digest.clone());
        let parts = open.entry(content).or_default();
        let is_near = parts.last().is_none_or(|last| attempt.at - last.at <= window);
        // A second success on the same target is another deployment.
        let is_again =
            parts.iter().any(|part| part.target == attempt.target && part.is_deployment());
        if !is_near || is_again {
            closed.push(std::mem::take(parts));
        }
        parts.push(attempt);
    }
    closed.extend(open.into_values());
    closed
}

impl Rollouts {
    fn add(&mut self, mut parts: Vec<Attempt>) {
        parts.sort_by(|a, b| {
            let key = |part: &Attempt| (part.is_deployment(), part.at, part.deployment_id.clone());
            key(a).cmp(&key(b))
        });
        let is_whole = is_whole(&parts);
        if let Some(mut last) = parts.pop() {
            if !is_whole && last.is_deployment() {
                last.outcome = Some("partial".to_owned());
            }
            last.parts = parts.iter().map(|part| part.deployment_id.clone()).collect();
            // What failed and was done again on the same target is an attempt of its own.
            let is_repeated = |part: &Attempt, all: &[Attempt]| {
                let is_later = |other: &Attempt| other.target == part.target && other.at > part.at;
                part.target.is_some()
                    && !part.is_deployment()
                    && (is_later(&last) || all.iter().any(is_later))
            };
            let (again, others): (Vec<_>, Vec<_>) =
                parts.iter().cloned().partition(|part| is_repeated(part, &parts));
            parts = others;
            self.attempts.extend(again);
            self.attempts.push(last);
        }
        self.parts.append(&mut parts);
    }
}

/// True where every target that ended came to a success in the end. A part without a target is
/// one of its own; one that still runs says nothing yet.
fn is_whole(parts: &[Attempt]) -> bool {
    let mut last: BTreeMap<&str, &Attempt> = BTreeMap::new();
    for part in parts.iter().filter(|part| part.outcome.is_some()) {
        let target = part.target.as_deref().unwrap_or(&part.deployment_id);
        let known = last.entry(target).or_insert(part);
        if (known.at, &known.deployment_id) <= (part.at, &part.deployment_id) {
            *known = part;
        }
    }
    last.values().all(|part| part.outcome.as_deref() == Some("succeeded"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(id: &str, minute: i64, target: &str, outcome: &str) -> Attempt {
        Attempt {
            deployment_id: id.to_owned(),
            sha: Some("aa".to_owned()),
            target: Some(target.to_owned()),
            outcome: Some(outcome.to_owned()),
            at: minute * 60 * MICROSECONDS,
            ..Attempt::default()
        }
    }

    fn merged(attempts: Vec<Attempt>) -> Vec<(String, String)> {
        let rollouts = merge(attempts, Duration::minutes(60));
        let outcome = |one: Attempt| (one.deployment_id, one.outcome.unwrap_or_default());
        let mut merged: Vec<_> = rollouts.attempts.into_iter().map(outcome).collect();
        merged.sort();
        merged
    }

    fn is(id: &str, outcome: &str) -> (String, String) {
        (id.to_owned(), outcome.to_owned())
    }

    #[test]
    fn targets_within_the_window_of_each_other_are_one_deployment() {
        let regions = vec![
            attempt("eu", 0, "eu", "succeeded"),
            attempt("us", 60, "us", "succeeded"),
            attempt("ap", 120, "ap", "succeeded"),
            attempt("late", 181, "sa", "succeeded"),
        ];
        assert_eq!(merged(regions), [is("ap", "succeeded"), is("late", "succeeded")]);
    }

    #[test]
    fn a_target_that_did_not_succeed_in_the_end_makes_it_partial() {
        let failed = vec![attempt("eu", 0, "eu", "succeeded"), attempt("us", 9, "us", "failed")];
        assert_eq!(merged(failed.clone()), [is("eu", "partial")]);
        let mended = [failed, vec![attempt("us2", 20, "us", "succeeded")]].concat();
        assert_eq!(merged(mended), [is("us", "failed"), is("us2", "succeeded")]);
    }

    #[test]
    fn the_same_target_again_is_another_deployment() {
        let again = vec![attempt("a", 0, "eu", "succeeded"), attempt("b", 5, "eu", "succeeded")];
        assert_eq!(merged(again), [is("a", "succeeded"), is("b", "succeeded")]);
    }
}
