//! Attribution: facts become the derived tables.
//!
//! Services are independent of each other ([`service`]). Per production environment and
//! repository of one, deployments are walked in order of time with two things kept: what is live,
//! and everything that was ever deployed ([`classify`]). What a deployment reaches and none before
//! it did is what it shipped ([`changes`]); what none reaches waits ([`undeployed`]). Incidents,
//! rollbacks and reverts show which deployments failed ([`incidents`], [`failures`]). The rules
//! are those of DORA's definitions as the `definition` table chooses among them.

mod changes;
mod classify;
mod duplicates;
mod failures;
mod graph;
mod incidents;
mod index;
mod inputs;
mod resolve;
mod reworks;
mod rollouts;
mod rows;
mod service;
mod undeployed;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::SessionContext;

use crate::cores::on_all_cores;
use crate::{AnalyticsError, Definition};
use changes::ByCommit;
use classify::Classified;
use duplicates::Twins;
use incidents::Judge;
use inputs::{Attempt, Incident, Inputs, Sight};
use service::{Service, Shared, attribute};

/// The derived tables, and for which as-of instants they are the same.
#[derive(Debug)]
pub struct Derived {
    /// Rows by table.
    pub tables: Vec<(&'static str, RecordBatch)>,
    /// Latest event that they show; UTC. `None` without any.
    pub holds_from: Option<DateTime<Utc>>,
    /// First as-of at which another event comes into sight; UTC. `None`: none is to come.
    pub holds_until: Option<DateTime<Utc>>,
}

/// Derives the tables from the facts of a session, as of an instant.
///
/// # Errors
/// Where facts can't be read or the definition can't be used.
pub async fn derive(
    facts: &SessionContext,
    definition: &Definition,
    as_of: DateTime<Utc>,
) -> Result<Derived, AnalyticsError> {
    let mut sight = Sight::at(as_of);
    let mut inputs = inputs::read(facts, definition, &mut sight).await?;
    let attempts = std::mem::take(&mut inputs.attempts);
    let incidents = std::mem::take(&mut inputs.incidents);
    derive_from(&inputs, attempts, incidents, definition, sight)
}

fn derive_from(
    inputs: &Inputs,
    attempts: Vec<Attempt>,
    incidents: Vec<Incident>,
    definition: &Definition,
    sight: Sight,
) -> Result<Derived, AnalyticsError> {
    let production = definition.production()?;
    let is_production = |attempt: &Attempt| {
        attempt.environment.as_deref().is_some_and(|name| production.is_match(name))
    };
    let (attempts, others): (Vec<_>, Vec<_>) = attempts.into_iter().partition(is_production);
    let deployed: Vec<(String, String)> = attempts
        .iter()
        .chain(&others)
        .map(|one| (one.deployment_id.clone(), one.service_id.clone()))
        .collect();
    let deployed = deployed.iter().map(|(id, service)| (id.as_str(), service.as_str())).collect();
    let histories = || inputs.histories.iter().map(|(id, history)| (id.as_str(), history));
    let shared = Shared {
        inputs,
        definition,
        by_commit: histories().map(|(id, history)| (id, ByCommit::new(history))).collect(),
        twins: histories().map(|(id, history)| (id, Twins::of(&history.graph))).collect(),
        judge: Judge::new(definition, &inputs.services, deployed)?,
        recorded_from: recorded_from(inputs, &attempts),
        sight,
    };
    let attributed =
        on_all_cores(services(attempts, incidents), |service| attribute(service, &shared));
    let others = others.into_iter().map(|attempt| {
        let mut one = Classified::not_counted(attempt, "not_production");
        one.flags.push("not_production");
        one
    });
    rows::derived(inputs, attributed, others.collect(), definition, sight)
}

/// First recorded production deployment from every repository.
fn recorded_from<'a>(inputs: &'a Inputs, attempts: &[Attempt]) -> HashMap<&'a str, i64> {
    let mut first: HashMap<&str, i64> = HashMap::new();
    for one in attempts.iter().filter(|one| !one.is_inferred && one.is_deployment()) {
        if let Some((repository_id, _)) = inputs.histories.get_key_value(&one.repository_id) {
            let known = first.entry(repository_id).or_insert(one.at);
            *known = one.at.min(*known);
        }
    }
    first
}

fn services(attempts: Vec<Attempt>, incidents: Vec<Incident>) -> Vec<Service> {
    let mut services: BTreeMap<String, Service> = BTreeMap::new();
    for attempt in attempts {
        let service = services.entry(attempt.service_id.clone()).or_default();
        service.attempts.push(attempt);
    }
    for incident in incidents {
        let service = services.entry(incident.service_id.clone()).or_default();
        service.incidents.push(incident);
    }
    services.into_iter().map(|(service_id, service)| Service { service_id, ..service }).collect()
}
