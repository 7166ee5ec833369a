//! What became of a change in each service of its repository.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use datafusion::prelude::SessionContext;
use serde::Deserialize;

use super::super::ask::{ask, literal};
use super::super::services::ServicePaths;
use super::super::{DeploymentName, NAME_COLUMNS, history};
use super::{ChangeStory, Deployed, Fate, Later};
use crate::AnalyticsError;

/// Later deployments, and paths, that are told.
const TOLD: usize = 10;

/// One fate a service, by service; a change whose commits count one by one may have several.
pub(super) async fn fates(
    session: &SessionContext,
    story: &ChangeStory,
    sha: Option<&str>,
) -> Result<Vec<Fate>, AnalyticsError> {
    let mut fates: Vec<Fate> = Vec::new();
    for deployed in deployed(session, story).await? {
        fates.push(Fate::Deployed(Box::new(deployed)));
    }
    let services = services(session, &story.repository_id).await?;
    let is_told =
        |service: &ServicePaths| fates.iter().any(|fate| fate.service_id() == service.service_id);
    let open: Vec<ServicePaths> =
        services.into_iter().filter(|service| !is_told(service)).collect();
    // A pull request that is not merged is in no deployment, and that says it all.
    if let (Some(sha), false) = (sha, open.is_empty()) {
        let containing = history::containing(session, &story.repository_id, sha).await?;
        let paths = paths(session, story).await?;
        let landed_at = landed_at(story);
        for service in open {
            fates.push(not_deployed(session, &service, &containing, &paths, landed_at).await?);
        }
    }
    fates.sort_by(|a, b| a.service_id().cmp(b.service_id()));
    Ok(fates)
}

async fn deployed(
    session: &SessionContext,
    story: &ChangeStory,
) -> Result<Vec<Deployed>, AnalyticsError> {
    let ids: Vec<String> = std::iter::once(&story.change_id)
        .chain(story.commits.iter().map(|commit| &commit.sha))
        .map(|id| literal(id))
        .collect();
    let sql = format!(
        "select service_id, change_id, deployment_id, change_started_at, merged_at, deployed_at,
                lead_time_seconds, merge_to_deploy_seconds, is_bot, is_revert, is_excluded,
                exclusion_reason, duplicate_of, quality_flags
         from deployed_changes where repository_id = {} and change_id in ({})
         order by service_id, deployed_at, change_id",
        literal(&story.repository_id),
        ids.join(", ")
    );
    let mut rows: Vec<Deployed> = ask(session, &sql).await?;
    for row in &mut rows {
        let sql = format!(
            "select {NAME_COLUMNS} from classified_deployments
             where deployment_id = {} and service_id = {} limit 1",
            literal(&row.deployment_id),
            literal(&row.service_id)
        );
        row.deployment = ask(session, &sql).await?.into_iter().next();
        row.started_with_sha = story
            .commits
            .iter()
            .find(|commit| {
                let at = match commit.cherry_picked_from_sha {
                    Some(_) => commit.committed_at,
                    None => commit.authored_at,
                };
                at.is_some() && at == row.change_started_at
            })
            .map(|commit| commit.sha.clone());
    }
    Ok(rows)
}

/// Services that are connected with the repository, by catalogue or by a deployment.
async fn services(
    session: &SessionContext,
    repository_id: &str,
) -> Result<Vec<ServicePaths>, AnalyticsError> {
    let repository = literal(repository_id);
    let sql = format!(
        "select s.service_id, {repository} as repository_id, r.include_globs, r.exclude_globs
         from (select service_id from service_repositories
               where repository_id = {repository} and deleted_at is null
               union
               select service_id from classified_deployments where repository_id = {repository}) s
         left join service_repositories r
           on r.service_id = s.service_id and r.repository_id = {repository} and r.deleted_at is null
         order by s.service_id"
    );
    ask(session, &sql).await
}

/// Paths that the change's own commits touch, merges left out.
async fn paths(
    session: &SessionContext,
    story: &ChangeStory,
) -> Result<Vec<String>, AnalyticsError> {
    #[derive(Deserialize)]
    struct Path {
        path: String,
        previous_path: Option<String>,
    }
    let own = story.commits.iter().filter(|commit| commit.is_merge != Some(true));
    let shas: Vec<String> = own.map(|commit| literal(&commit.sha)).collect();
    if shas.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select distinct path, previous_path from commit_files
         where deleted_at is null and repository_id = {} and sha in ({})",
        literal(&story.repository_id),
        shas.join(", ")
    );
    let rows: Vec<Path> = ask(session, &sql).await?;
    let mut paths: Vec<String> =
        rows.into_iter().flat_map(|row| [Some(row.path), row.previous_path]).flatten().collect();
    paths.sort();
    paths.dedup();
    Ok(paths)
}

fn landed_at(story: &ChangeStory) -> Option<DateTime<Utc>> {
    let merged = story.pull_request.as_ref().and_then(|found| found.merged_at);
    merged.or_else(|| story.commits.last().and_then(|commit| commit.committed_at))
}

async fn not_deployed(
    session: &SessionContext,
    service: &ServicePaths,
    containing: &HashSet<String>,
    paths: &[String],
    landed_at: Option<DateTime<Utc>>,
) -> Result<Fate, AnalyticsError> {
    let service_id = service.service_id.clone();
    let matcher = service.matcher()?;
    if !service.is_all() && !paths.iter().any(|path| matcher.holds(path)) {
        let touches = paths.iter().take(TOLD).cloned().collect();
        return Ok(Fate::Untouched { service_id, paths: service.written(), touches });
    }
    let sql = format!(
        "select {NAME_COLUMNS} from classified_deployments
         where service_id = {} and repository_id = {}
         order by finished_at, deployment_id",
        literal(&service.service_id),
        literal(&service.repository_id)
    );
    let deployments: Vec<DeploymentName> = ask(session, &sql).await?;
    if !deployments.iter().any(|deployment| deployment.kind.is_some()) {
        return Ok(Fate::NeverDeployed { service_id });
    }
    let holds = |deployment: &DeploymentName| {
        deployment.sha.as_ref().is_some_and(|sha| containing.contains(&sha.to_lowercase()))
    };
    let baseline =
        deployments.iter().find(|one| one.kind.as_deref() == Some("baseline") && holds(one));
    if let Some(baseline) = baseline {
        return Ok(Fate::InBaseline { service_id, deployment: baseline.clone() });
    }
    let is_later = |deployment: &&DeploymentName| match (deployment.finished_at, landed_at) {
        (Some(finished), Some(landed)) => finished >= landed,
        _ => true,
    };
    let later = deployments.iter().rev().filter(is_later).take(TOLD);
    let later = later.map(|deployment| {
        let why = match deployment {
            deployment if deployment.kind.is_none() => "not_deployed",
            deployment if holds(deployment) => "contains",
            deployment if deployment.kind.as_deref() == Some("unresolved") => "commit_unknown",
            _ => "other_line",
        };
        Later { deployment: deployment.clone(), why }
    });
    Ok(Fate::Waiting { service_id, landed_at, later: later.collect() })
}
