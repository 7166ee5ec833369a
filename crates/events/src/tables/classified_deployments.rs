use schemars::JsonSchema;
use serde::Serialize;

use super::Deployment;
use crate::{Kind, Row};

/// A deployment, failed attempts too, with what it did to production. Its `finished_at` is never
/// NULL for a deployment that counts: where the source gave no finish it is the start, else the
/// creation, flagged `time_fallback`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ClassifiedDeployment {
    /// All of the deployment.
    #[serde(flatten)]
    pub deployment: Deployment,
    /// What it did to production; NULL for an attempt that is no deployment.
    pub kind: Option<DeploymentKind>,
    /// True where deployment frequency counts it.
    pub is_counted: bool,
    /// True where change fail rate has it in its denominator.
    pub is_change_to_production: bool,
    /// True where it was unplanned and made because of a failure.
    pub is_rework: bool,
    /// What to know before trusting it, sorted; empty where nothing is odd.
    pub quality_flags: Vec<String>,
    /// Commit that it deployed, found through `sha`, the artifact or the tag; NULL where none of
    /// them names a commit that is known.
    pub resolved_sha: Option<String>,
    /// Why frequency does not count it: `failed`, `cancelled`, `partial`, `still_running`,
    /// `not_production`, `part_of_rollout`, `superseded_by_recorded`, `redeploy` or `no_change`;
    /// NULL where it is counted.
    pub exclusion_reason: Option<String>,
    /// Commits that it shipped first of this service, merges left out; NULL where it can't be
    /// known: a baseline, an unresolved one, an attempt.
    pub new_commits_count: Option<i64>,
    /// Hash of the definition it was derived under.
    pub definition_id: String,
}

impl Row for ClassifiedDeployment {
    const TABLE: &'static str = "classified_deployments";
    const KEY: &'static [&'static str] = &["deployment_id", "service_id", "repository_id"];
    const KIND: Kind = Kind::Derived;
}

/// What a deployment did to production.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum DeploymentKind {
    /// The first one known: everything before it is of unknown age.
    Baseline,
    /// It shipped commits that were never deployed before.
    Change,
    /// Same commit and configuration as what was live.
    Redeploy,
    /// Same commit, other configuration.
    ConfigChange,
    /// It went back to commits deployed before.
    Rollback,
    /// It went forward again to commits deployed before.
    RollForward,
    /// It shipped nothing new of this service.
    NoChange,
    /// Its commit is not known.
    Unresolved,
}
