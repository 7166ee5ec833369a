//! What there is, counted once.

use std::collections::BTreeMap;

use datafusion::prelude::SessionContext;
use serde::Deserialize;

use super::ask::{ask, one};
use crate::{AnalyticsError, Definition};

/// What there is up to the as-of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Commits read.
    pub commits: i64,
    /// Repositories of which commits were read, by id with their commits.
    pub repositories: BTreeMap<String, i64>,
    /// Pull requests.
    pub pull_requests: i64,
    /// Incidents.
    pub incidents: i64,
    /// Services that the catalogue knows or that were deployed.
    pub services: i64,
    /// Deployments and attempts, whatever their environment.
    pub deployments: i64,
    /// Recorded or inferred ones that the as-of hides or that have no time at all.
    pub out_of_sight: i64,
    /// Those to production, failed attempts too.
    pub in_production: i64,
    /// Those of them that reached it.
    pub deployed: i64,
    /// Those of them whose commit is known.
    pub matched: i64,
    /// Those that deployment frequency counts.
    pub counted: i64,
    /// Changes that a deployment shipped first.
    pub changes: i64,
    /// Expression for production.
    pub pattern: String,
    /// Attempts by environment that is not production; without one under "".
    pub other_environments: BTreeMap<String, i64>,
    /// Pipeline runs by name.
    pub pipeline_runs: BTreeMap<String, i64>,
}

#[derive(Deserialize)]
struct Environment {
    environment: Option<String>,
    attempts: i64,
    deployed: i64,
    matched: i64,
    counted: i64,
}

#[derive(Deserialize)]
struct Repository {
    repository_id: String,
    commits: i64,
}

#[derive(Default, Deserialize)]
struct Totals {
    pull_requests: i64,
    incidents: i64,
    services: i64,
    out_of_sight: i64,
    changes: i64,
}

const ENVIRONMENTS: &str = "select environment, count(*) as attempts,
       count(kind) as deployed,
       count(case when kind <> 'unresolved' then 1 end) as matched,
       count(case when is_counted then 1 end) as counted
from classified_deployments group by environment order by environment";

const REPOSITORIES: &str = "select repository_id, count(*) as commits from commits cross join clock
where deleted_at is null and coalesce(committed_at, as_of) <= as_of group by repository_id order by repository_id";

#[derive(Deserialize)]
struct Run {
    name: String,
    runs: i64,
}

const RUNS: &str = "select coalesce(name, path, 'without a name') as name, count(*) as runs
from pipeline_runs where deleted_at is null group by 1 order by 1";

const TOTALS: &str = "select
  (select count(*) from pull_requests cross join clock where deleted_at is null
     and coalesce(created_at, merged_at, closed_at, as_of) <= as_of) as pull_requests,
  (select count(distinct incident_id) from incidents cross join clock where deleted_at is null
     and coalesce(impact_started_at, detected_at, created_at) <= as_of) as incidents,
  (select count(*) from known_services k
     left join services s on s.service_id = k.service_id and s.deleted_at is null
     left join (select distinct service_id from classified_deployments where kind is not null) d
       on d.service_id = k.service_id
     cross join clock c
     where d.service_id is not null
        or coalesce(least(s.created_at, s.production_since), c.as_of) <= c.as_of) as services,
  (select count(*) from deployments cross join clock where deleted_at is null
     and coalesce(coalesce(finished_at, started_at, created_at) > as_of, true)) as out_of_sight,
  (select count(*) from deployed_changes) as changes";

impl Seen {
    pub(super) async fn read(
        session: &SessionContext,
        definition: &Definition,
    ) -> Result<Seen, AnalyticsError> {
        let production = definition.production()?;
        let totals: Totals = one(session, TOTALS).await?;
        let mut seen = Seen {
            pull_requests: totals.pull_requests,
            incidents: totals.incidents,
            services: totals.services,
            changes: totals.changes,
            out_of_sight: totals.out_of_sight,
            pattern: definition.production_environments.clone(),
            ..Seen::default()
        };
        for repository in ask::<Repository>(session, REPOSITORIES).await? {
            seen.commits += repository.commits;
            seen.repositories.insert(repository.repository_id, repository.commits);
        }
        for row in ask::<Environment>(session, ENVIRONMENTS).await? {
            let environment = row.environment.unwrap_or_default();
            seen.deployments += row.attempts;
            if production.is_match(&environment) {
                seen.in_production += row.attempts;
                seen.deployed += row.deployed;
                seen.matched += row.matched;
                seen.counted += row.counted;
            } else {
                seen.other_environments.insert(environment, row.attempts);
            }
        }
        for run in ask::<Run>(session, RUNS).await? {
            seen.pipeline_runs.insert(run.name, run.runs);
        }
        Ok(seen)
    }
}
