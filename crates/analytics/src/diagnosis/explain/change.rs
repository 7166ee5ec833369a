//! A change from its commits to production, service by service.

mod fate;
mod find;

use chrono::{DateTime, Utc};
use datafusion::prelude::SessionContext;
use serde::{Deserialize, Serialize};

use super::ask::{ask, literal};
use super::{DeploymentName, Missing};
use crate::AnalyticsError;
use find::Named;

/// A change: a pull request, or a commit of none.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeStory {
    /// What was asked for.
    pub name: String,
    /// The pull request's id, else the sha.
    pub change_id: String,
    /// Repository.
    pub repository_id: String,
    /// Pull request; `None` for a commit of none.
    pub pull_request: Option<PullRequest>,
    /// Its commits, oldest first; the commit that brought it to the base branch is the last.
    pub commits: Vec<CommitLine>,
    /// Page that shows it.
    pub source_url: Option<String>,
    /// What became of it in each service of the repository.
    pub services: Vec<Fate>,
}

/// A pull request in few words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PullRequest {
    /// Its id.
    pub pull_request_id: String,
    /// Its repository.
    #[serde(skip_serializing)]
    repository_id: String,
    /// Title.
    pub title: Option<String>,
    /// `open`, `closed` or `merged`.
    pub state: Option<String>,
    /// When it was opened; UTC.
    pub created_at: Option<DateTime<Utc>>,
    /// When it was merged; UTC.
    pub merged_at: Option<DateTime<Utc>>,
    /// Commit that brought it to the base branch.
    pub merge_sha: Option<String>,
    /// `merge`, `squash` or `rebase`.
    pub merge_method: Option<String>,
    /// Branch commits.
    #[serde(skip_serializing, default)]
    head_shas: Option<Vec<Option<String>>>,
    /// `recorded` or `inferred`.
    pub basis: String,
    /// Page that shows it.
    pub source_url: Option<String>,
}

/// A commit in one line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CommitLine {
    /// Its id.
    pub sha: String,
    /// Subject.
    pub subject: Option<String>,
    /// When it was written; UTC.
    pub authored_at: Option<DateTime<Utc>>,
    /// When it was committed; UTC.
    pub committed_at: Option<DateTime<Utc>>,
    /// True for a merge.
    pub is_merge: Option<bool>,
    /// Commit it undoes.
    pub reverts_sha: Option<String>,
    /// Commit it was picked from.
    pub cherry_picked_from_sha: Option<String>,
}

/// What became of a change in a service.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "fate", rename_all = "snake_case")]
pub enum Fate {
    /// A deployment contained it first.
    Deployed(Box<Deployed>),
    /// The service's first deployment contained it: how long that took nobody knows.
    InBaseline {
        /// Service.
        service_id: String,
        /// That deployment.
        deployment: DeploymentName,
    },
    /// It touches none of the service's paths.
    Untouched {
        /// Service.
        service_id: String,
        /// The service's paths as written.
        paths: String,
        /// Paths that it touches, at most ten.
        touches: Vec<String>,
    },
    /// The service was never deployed to production.
    NeverDeployed {
        /// Service.
        service_id: String,
    },
    /// No deployment contains it.
    Waiting {
        /// Service.
        service_id: String,
        /// When it landed; UTC.
        landed_at: Option<DateTime<Utc>>,
        /// Deployments after it, the latest first, at most ten, with why they do not contain it.
        later: Vec<Later>,
    },
}

impl Fate {
    /// The service it is about.
    pub fn service_id(&self) -> &str {
        match self {
            Fate::Deployed(deployed) => &deployed.service_id,
            Fate::InBaseline { service_id, .. }
            | Fate::Untouched { service_id, .. }
            | Fate::NeverDeployed { service_id }
            | Fate::Waiting { service_id, .. } => service_id,
        }
    }
}

/// A change that reached production.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Deployed {
    /// Service.
    pub service_id: String,
    /// What counts as the change.
    pub change_id: String,
    /// Deployment that contained it first.
    pub deployment_id: String,
    /// That deployment.
    #[serde(default)]
    pub deployment: Option<DeploymentName>,
    /// When work on it began; UTC.
    pub change_started_at: Option<DateTime<Utc>>,
    /// Commit whose time that is; `None` where it is another time.
    #[serde(default)]
    pub started_with_sha: Option<String>,
    /// When it was merged; UTC.
    pub merged_at: Option<DateTime<Utc>>,
    /// When the deployment finished; UTC.
    pub deployed_at: DateTime<Utc>,
    /// Seconds between start and deployment.
    pub lead_time_seconds: Option<i64>,
    /// Seconds between merge and deployment.
    pub merge_to_deploy_seconds: Option<i64>,
    /// True where bots alone wrote it.
    pub is_bot: bool,
    /// True where it undoes an earlier change.
    pub is_revert: bool,
    /// True where lead times leave it out.
    pub is_excluded: bool,
    /// Why.
    pub exclusion_reason: Option<String>,
    /// Change deployed earlier with the same work.
    pub duplicate_of: Option<String>,
    /// What to know before trusting it.
    #[serde(default)]
    pub quality_flags: Vec<String>,
}

/// A deployment after a change that does not contain it.
#[derive(Debug, Clone, Serialize)]
pub struct Later {
    /// The deployment.
    pub deployment: DeploymentName,
    /// Why it does not contain the change: `not_deployed` (see its exclusion reason),
    /// `commit_unknown`, `other_line` (its commit does not descend from the change) or `contains`
    /// (it does, and still the change is not counted as shipped).
    pub why: &'static str,
}

/// Tells a change, found by its pull request (`repository#12`, `#12`) or by a commit's id or its
/// first seven digits or more.
///
/// # Errors
/// Where a query fails.
pub async fn change(
    session: &SessionContext,
    name: &str,
) -> Result<Result<ChangeStory, Missing>, AnalyticsError> {
    let (pull_request, repository_id, sha) = match find::find(session, name).await? {
        Ok(Named::PullRequest(found)) => {
            let sha = found.merge_sha.clone();
            (Some(*found.clone()), found.repository_id, sha)
        }
        Ok(Named::Commit { repository_id, sha, pull_request }) => {
            let merge = pull_request.as_ref().and_then(|found| found.merge_sha.clone());
            (pull_request.map(|found| *found), repository_id, merge.or(Some(sha)))
        }
        Err(missing) => return Ok(Err(missing)),
    };
    let commits = commits(session, &repository_id, pull_request.as_ref(), sha.as_deref()).await?;
    let change_id = match &pull_request {
        Some(pull_request) => pull_request.pull_request_id.clone(),
        None => sha.clone().unwrap_or_default(),
    };
    let source_url = match &pull_request {
        Some(pull_request) => pull_request.source_url.clone(),
        None => None,
    };
    let mut story = ChangeStory {
        name: name.to_owned(),
        change_id,
        repository_id,
        pull_request,
        commits,
        source_url,
        services: Vec::new(),
    };
    story.services = fate::fates(session, &story, sha.as_deref()).await?;
    Ok(Ok(story))
}

async fn commits(
    session: &SessionContext,
    repository_id: &str,
    pull_request: Option<&PullRequest>,
    sha: Option<&str>,
) -> Result<Vec<CommitLine>, AnalyticsError> {
    let heads = pull_request.and_then(|found| found.head_shas.as_ref());
    let mut shas: Vec<String> =
        heads.into_iter().flatten().flatten().map(|sha| literal(sha)).collect();
    shas.extend(sha.map(literal));
    if shas.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select sha, subject, authored_at, committed_at, is_merge, reverts_sha, cherry_picked_from_sha
         from commits where deleted_at is null and repository_id = {} and sha in ({})
         order by sha = {}, authored_at, sha",
        literal(repository_id),
        shas.join(", "),
        literal(sha.unwrap_or_default())
    );
    ask(session, &sql).await
}
