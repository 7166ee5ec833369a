//! The attempts that a deployment's states tell of.
//!
//! The first state that ends an attempt counts: GitHub marks a deployment inactive when the next
//! one succeeds, which says nothing of how or when it ended. A success after a failure under the
//! same id is a further attempt.

use chrono::{DateTime, Utc};
use milepost_events::tables::{Deployment, Outcome};
use serde_json::Value;

use crate::files::environment;
use crate::github::rows::login;
use crate::github::unit::About;
use crate::network::fields::Fields;

/// A state and when it began.
struct State {
    word: String,
    at: Option<DateTime<Utc>>,
    environment: Option<String>,
}

/// One attempt to deploy.
#[derive(Default)]
struct Attempt {
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
    outcome: Option<Outcome>,
    word: Option<String>,
    environment: Option<String>,
}

/// True where no further state is to be expected.
pub(super) fn has_ended(record: &Value) -> bool {
    states(Fields(record)).is_ok_and(|states| {
        states.iter().any(|state| outcome(&state.word).is_some() || state.word == "inactive")
    })
}

/// One row for each attempt.
///
/// # Errors
/// Why the record is no deployment, in words for `rejected_records`.
pub(super) fn deployments(record: Fields<'_>, about: &About) -> Result<Vec<Deployment>, String> {
    let is_rest = !record.at("deployment").is_null();
    let told = if is_rest { record.at("deployment") } else { record };
    let name = |rest: &'static str, graphql: &'static str| if is_rest { rest } else { graphql };
    let number = told.needed(name("id", "databaseId"))?;
    let created_at = told.instant(name("created_at", "createdAt"))?;
    let created_at = created_at.ok_or("the time of its creation is missing")?;
    let source_environment = told
        .text(name("original_environment", "originalEnvironment"))?
        .or(told.text("environment")?)
        .filter(|environment| !environment.is_empty());
    let sha = told.needed(name("sha", "commitOid"))?;
    let reference = told.text(name("ref", "ref.name"))?.filter(|reference| *reference != sha);
    let deployed_by = login(told, "creator")?;
    let service_id = service(told)?.unwrap_or_else(|| about.service_id.clone());
    let url = format!("https://{}/deployments/{number}", about.repository_id);
    let attempts = attempts(states(record)?);
    Ok((1..)
        .zip(attempts)
        .map(|(attempt, told)| {
            let id = format!("{}/deployments/{number}", about.repository_id);
            let source_environment = told.environment.or_else(|| source_environment.clone());
            Deployment {
                deployment_id: if attempt == 1 { id } else { format!("{id}#{attempt}") },
                service_id: service_id.clone(),
                repository_id: about.repository_id.clone(),
                environment: source_environment.as_deref().map(environment),
                source_environment,
                sha: Some(sha.clone()),
                r#ref: reference.clone(),
                artifact_digest: None,
                config_digest: None,
                created_at: Some(created_at),
                started_at: told.started_at,
                finished_at: told.finished_at,
                outcome: told.outcome,
                source_outcome: told.word,
                rollout_id: None,
                target: None,
                deployed_by: deployed_by.clone(),
                is_planned: None,
                declared_kind: None,
                fixes_deployment_id: None,
                approving_team_ids: None,
                manual_steps_count: None,
                provenance: about.provenance(Some(number.clone()), Some(url.clone())),
            }
        })
        .collect())
}

fn states(record: Fields<'_>) -> Result<Vec<State>, String> {
    let list = match record.at("statuses.nodes").is_null() {
        true => record.list("statuses")?,
        false => record.list("statuses.nodes")?,
    };
    let mut states = Vec::new();
    for state in list {
        states.push(State {
            word: state.needed("state")?.to_lowercase(),
            at: state.instant("createdAt")?.or(state.instant("created_at")?),
            environment: state.text("environment")?.filter(|word| !word.is_empty()),
        });
    }
    // At one instant a state that ends comes after one that goes on.
    states.sort_by_key(|state| (state.at, outcome(&state.word).is_some()));
    Ok(states)
}

fn attempts(states: Vec<State>) -> Vec<Attempt> {
    let mut attempts = vec![Attempt::default()];
    for state in states {
        let has_ended = attempts.last().is_some_and(|attempt| attempt.outcome.is_some());
        let outcome = outcome(&state.word);
        let begins_anew = match attempts.last().and_then(|attempt| attempt.outcome) {
            Some(Outcome::Failed) => outcome.is_some() || state.word == "in_progress",
            _ => false,
        };
        if begins_anew {
            attempts.push(Attempt::default());
        } else if has_ended {
            continue;
        }
        let Some(attempt) = attempts.last_mut() else { continue };
        if state.word == "in_progress" {
            attempt.started_at = attempt.started_at.or(state.at);
        }
        if outcome.is_some() {
            attempt.outcome = outcome;
            attempt.finished_at = state.at;
        }
        attempt.word = Some(state.word);
        attempt.environment = state.environment.or(attempt.environment.take());
    }
    // A failure that is told again is no second attempt.
    attempts.dedup_by(|later, earlier| {
        later.outcome == Some(Outcome::Failed)
            && earlier.outcome == Some(Outcome::Failed)
            && later.started_at.is_none()
    });
    attempts
}

fn outcome(word: &str) -> Option<Outcome> {
    match word {
        "success" => Some(Outcome::Succeeded),
        "failure" | "error" => Some(Outcome::Failed),
        _ => None,
    }
}

/// The service that the deployment's payload names: an object, or the text of one.
fn service(told: Fields<'_>) -> Result<Option<String>, String> {
    let payload = told.at("payload");
    let named = |payload: Fields<'_>| payload.text("service").ok().flatten();
    let service = match payload.0 {
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            // GraphQL gives the text of a text.
            Ok(Value::String(inner)) => {
                serde_json::from_str(&inner).ok().and_then(|inner: Value| named(Fields(&inner)))
            }
            Ok(object) => named(Fields(&object)),
            Err(_) => None,
        },
        Value::Object(_) => named(payload),
        _ => None,
    };
    Ok(service.filter(|service| !service.is_empty()))
}
