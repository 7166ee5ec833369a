//! What a deployment did, and what is made of it.

use chrono::{DateTime, Utc};
use datafusion::prelude::SessionContext;
use serde::{Deserialize, Serialize};

use super::ask::{ask, literal};
use super::{DeploymentName, Id, Missing, NAME_COLUMNS};
use crate::{AnalyticsError, Definition};

/// A deployment; one of several services has a part for each.
#[derive(Debug, Clone, Serialize)]
pub struct DeploymentStory {
    /// Its id.
    pub deployment_id: String,
    /// Its parts by service and repository.
    pub parts: Vec<DeploymentPart>,
}

/// A deployment of one service from one repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeploymentPart {
    /// Deployed service.
    pub service_id: String,
    /// Repository.
    pub repository_id: String,
    /// Environment as Milepost calls it.
    pub environment: Option<String>,
    /// Environment in the tool's own word.
    pub source_environment: Option<String>,
    /// True where the definition takes the environment for production.
    #[serde(default)]
    pub is_production: bool,
    /// How it ended.
    pub outcome: Option<String>,
    /// How it ended, in the tool's own word.
    pub source_outcome: Option<String>,
    /// Finish; UTC.
    pub finished_at: Option<DateTime<Utc>>,
    /// Tag or branch.
    pub r#ref: Option<String>,
    /// Commit that the tool named.
    pub sha: Option<String>,
    /// Artifact that the tool named.
    pub artifact_digest: Option<String>,
    /// Commit that it deployed, where known.
    pub resolved_sha: Option<String>,
    /// Why its commit is not known; `None` where it is, and for an attempt.
    pub unresolved: Option<Unresolved>,
    /// Subject of that commit.
    pub subject: Option<String>,
    /// What it did to production.
    pub kind: Option<String>,
    /// Kind that the tool declared.
    pub declared_kind: Option<String>,
    /// What was live before it; `None` for the first.
    pub before: Option<DeploymentName>,
    /// Commits that it shipped first.
    pub new_commits_count: Option<i64>,
    /// Changes that it shipped first.
    #[serde(default)]
    pub shipped: Vec<Shipped>,
    /// True where frequency counts it.
    pub is_counted: bool,
    /// Why not.
    pub exclusion_reason: Option<String>,
    /// True where the fail rate has it in its denominator.
    pub is_change_to_production: bool,
    /// True where it was unplanned and made because of a failure.
    pub is_rework: bool,
    /// False where someone declared it unplanned.
    pub is_planned: Option<bool>,
    /// Deployment that it says it repairs.
    pub fixes_deployment_id: Option<String>,
    /// Its failure; `None` where none is known.
    pub failed: Option<Failure>,
    /// Deployments whose failure it ended.
    #[serde(default)]
    pub repaired: Vec<String>,
    /// What to know before trusting it.
    #[serde(default)]
    pub quality_flags: Vec<String>,
    /// `recorded` or `inferred`.
    pub basis: String,
    /// Page that shows it.
    pub source_url: Option<String>,
}

/// Why the commit of a deployment is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unresolved {
    /// It names neither a commit, a tag nor an artifact.
    NothingNamed,
    /// No commit of the repository was read.
    RepositoryNotRead,
    /// What it names is none of the commits read; how many there are.
    NotAmongCommits(i64),
}

/// A change that a deployment shipped first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Shipped {
    /// Its id.
    pub change_id: String,
    /// Title or subject.
    pub title: Option<String>,
    /// From its start to the deployment, seconds; `None` where that can't be.
    pub lead_time_seconds: Option<i64>,
    /// Why it is left out of lead times.
    pub exclusion_reason: Option<String>,
    /// True where it undoes an earlier change.
    pub is_revert: bool,
    /// What to know before trusting it.
    #[serde(default)]
    pub quality_flags: Vec<String>,
}

/// A failure of a deployment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failure {
    /// What showed it.
    pub link_method: String,
    /// Incident that showed it.
    pub incident_id: Option<String>,
    /// When it began to harm; UTC.
    pub failed_at: DateTime<Utc>,
    /// When service was restored; UTC.
    pub recovered_at: Option<DateTime<Utc>>,
    /// Seconds until then, by the definition's start.
    pub recovery_seconds: Option<i64>,
    /// Deployment that repaired it.
    pub remediated_by_deployment_id: Option<String>,
}

/// Tells a deployment, found by its id, its tag, or the id's end.
///
/// # Errors
/// Where a query fails.
pub async fn deployment(
    session: &SessionContext,
    definition: &Definition,
    name: &str,
) -> Result<Result<DeploymentStory, Missing>, AnalyticsError> {
    let id = match find(session, name).await? {
        Ok(id) => id,
        Err(missing) => return Ok(Err(missing)),
    };
    let production = definition.production()?;
    let columns = "service_id, repository_id, environment, source_environment, outcome, source_outcome, \
                   finished_at, ref, sha, artifact_digest, resolved_sha, kind, declared_kind, \
                   new_commits_count, is_counted, exclusion_reason, is_change_to_production, is_rework, \
                   is_planned, fixes_deployment_id, quality_flags, basis, source_url";
    let sql = format!(
        "select {columns} from classified_deployments where deployment_id = {} order by service_id, repository_id",
        literal(&id)
    );
    let mut parts: Vec<DeploymentPart> = ask(session, &sql).await?;
    for part in &mut parts {
        part.is_production = production.is_match(part.environment.as_deref().unwrap_or(""));
        complete(session, &id, part).await?;
    }
    Ok(Ok(DeploymentStory { deployment_id: id, parts }))
}

async fn find(
    session: &SessionContext,
    name: &str,
) -> Result<Result<String, Missing>, AnalyticsError> {
    let text = literal(name);
    let exact = format!(
        "select distinct deployment_id as id from classified_deployments where deployment_id = {text}"
    );
    let by_tag = format!(
        "select distinct deployment_id as id from classified_deployments
         where ref = {text} order by id limit 6"
    );
    for sql in [exact, by_tag] {
        let found: Vec<Id> = ask(session, &sql).await?;
        match found.len() {
            0 => {}
            1 => return Ok(Ok(found.into_iter().map(|row| row.id).collect())),
            _ => {
                let ids = found.into_iter().map(|row| row.id).collect();
                return Ok(Err(Missing::ambiguous("deployment", name, ids)));
            }
        }
    }
    let hidden = format!(
        "select distinct deployment_id as id from deployments where deployment_id = {text}"
    );
    if !ask::<Id>(session, &hidden).await?.is_empty() {
        let mut missing = Missing::ambiguous("deployment", name, Vec::new());
        missing.known_but = Some(
            "it is known, but it is after the as-of, has no time at all, or was deleted upstream"
                .to_owned(),
        );
        return Ok(Err(missing));
    }
    let all = "select deployment_id as id from classified_deployments
               union select ref from classified_deployments where ref is not null order by id";
    let all: Vec<Id> = ask(session, all).await?;
    Ok(Err(Missing::unknown("deployment", name, all.iter().map(|row| row.id.as_str()))))
}

async fn complete(
    session: &SessionContext,
    id: &str,
    part: &mut DeploymentPart,
) -> Result<(), AnalyticsError> {
    let service = literal(&part.service_id);
    let repository = literal(&part.repository_id);
    let deployment = literal(id);
    part.before = before(session, id, part).await?;
    part.shipped = ask(
        session,
        &format!(
            "select f.change_id, coalesce(p.title, c.subject) as title, f.lead_time_seconds,
                    coalesce(f.exclusion_reason, case when f.is_excluded and f.is_bot then 'bot'
                      when f.is_excluded and f.is_revert then 'revert' end) as exclusion_reason,
                    f.is_revert, f.quality_flags
             from deployed_changes f
             left join pull_requests p on p.pull_request_id = f.change_id
             left join commits c on c.repository_id = f.repository_id and c.sha = f.sha
             where f.deployment_id = {deployment} and f.service_id = {service} and f.repository_id = {repository}
             order by f.change_started_at, f.change_id"
        ),
    )
    .await?;
    let failed: Vec<Failure> = ask(
        session,
        &format!(
            "select link_method, incident_id, failed_at, recovered_at, recovery_seconds, remediated_by_deployment_id
             from failed_deployments where deployment_id = {deployment} and service_id = {service}"
        ),
    )
    .await?;
    part.failed = failed.into_iter().next();
    let repaired: Vec<Id> = ask(
        session,
        &format!(
            "select deployment_id as id from failed_deployments
             where remediated_by_deployment_id = {deployment} and service_id = {service} order by failed_at, id"
        ),
    )
    .await?;
    part.repaired = repaired.into_iter().map(|row| row.id).collect();
    commit(session, part).await
}

/// The commit's subject, or why there is none.
async fn commit(session: &SessionContext, part: &mut DeploymentPart) -> Result<(), AnalyticsError> {
    #[derive(Deserialize)]
    struct Commits {
        commits: i64,
        subject: Option<String>,
    }
    let sha = part.resolved_sha.as_ref().or(part.sha.as_ref());
    let sql = format!(
        "select count(*) as commits, max(case when sha = {} then subject end) as subject
         from commits where deleted_at is null and repository_id = {}",
        literal(&sha.map_or_else(String::new, |sha| sha.to_lowercase())),
        literal(&part.repository_id)
    );
    let Some(row) = ask::<Commits>(session, &sql).await?.into_iter().next() else { return Ok(()) };
    part.subject = row.subject;
    if part.kind.as_deref() == Some("unresolved") {
        let names_nothing =
            part.sha.is_none() && part.artifact_digest.is_none() && part.r#ref.is_none();
        part.unresolved = Some(match row.commits {
            0 => Unresolved::RepositoryNotRead,
            _ if names_nothing => Unresolved::NothingNamed,
            commits => Unresolved::NotAmongCommits(commits),
        });
    }
    Ok(())
}

/// The deployment of the same service, environment and repository that came last before it.
async fn before(
    session: &SessionContext,
    id: &str,
    part: &DeploymentPart,
) -> Result<Option<DeploymentName>, AnalyticsError> {
    let (Some(at), Some(environment)) = (part.finished_at, &part.environment) else {
        return Ok(None);
    };
    let sql = format!(
        "select {NAME_COLUMNS} from classified_deployments
         where service_id = {} and repository_id = {} and lower(environment) = {}
           and kind is not null and deployment_id <> {} and finished_at < '{}'
         order by finished_at desc, deployment_id desc limit 1",
        literal(&part.service_id),
        literal(&part.repository_id),
        literal(&environment.to_lowercase()),
        literal(id),
        at.to_rfc3339()
    );
    Ok(ask(session, &sql).await?.into_iter().next())
}
