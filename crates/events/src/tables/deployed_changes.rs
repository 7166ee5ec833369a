use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Row};

/// A change and the first production deployment that contained it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeployedChange {
    /// Service it reached.
    pub service_id: String,
    /// Repository it was made in.
    pub repository_id: String,
    /// Pull request's id where one is known and the unit is `pull_request`, else the
    /// commit's sha.
    pub change_id: String,
    /// `pull_request` or `commit`: what `change_id` names.
    pub change_unit: String,
    /// Commit that carries it on the deployed line: the merge or squash of a pull request,
    /// or the commit itself.
    pub sha: String,
    /// First production deployment that contained it.
    pub deployment_id: String,
    /// When work on it began, by the definition's start clock; UTC. NULL where not known.
    pub change_started_at: Option<DateTime<Utc>>,
    /// When it was merged; UTC. NULL for a direct push.
    pub merged_at: Option<DateTime<Utc>>,
    /// When that deployment finished; UTC.
    pub deployed_at: DateTime<Utc>,
    /// `deployed_at` less `change_started_at`, whole seconds; NULL, with a flag, where that
    /// is negative or the start is not known.
    pub lead_time_seconds: Option<i64>,
    /// `deployed_at` less `merged_at`, whole seconds; NULL for a direct push, or with a
    /// flag where that is negative.
    pub merge_to_deploy_seconds: Option<i64>,
    /// True where bots alone wrote it.
    pub is_bot: bool,
    /// True where it reverts an earlier change.
    pub is_revert: bool,
    /// True where the definition leaves it out of lead times.
    pub is_excluded: bool,
    /// What to know before trusting it, sorted; empty where nothing is odd.
    pub quality_flags: Vec<String>,
    /// When it came onto the deployed line: `merged_at`, for a direct push the committer's
    /// time; UTC. NULL where not known.
    pub landed_at: Option<DateTime<Utc>>,
    /// Why `is_excluded`: `bot`, `revert` or `duplicate`; NULL where it is not.
    pub exclusion_reason: Option<String>,
    /// Change deployed earlier that holds the same work, such as the original of a backport;
    /// NULL where there is none.
    pub duplicate_of: Option<String>,
    /// Hash of the definition it was derived under.
    pub definition_id: String,
}

impl Row for DeployedChange {
    const TABLE: &'static str = "deployed_changes";
    const KEY: &'static [&'static str] = &["service_id", "repository_id", "change_id"];
    const KIND: Kind = Kind::Derived;
}
