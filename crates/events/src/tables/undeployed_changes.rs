use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Row};

/// A change on the default branch that no production deployment of its service contains yet. A
/// service that was never deployed has none: nobody can tell what it waits for.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UndeployedChange {
    /// Service it waits to reach.
    pub service_id: String,
    /// Repository it was made in.
    pub repository_id: String,
    /// Pull request's id where one is known and the unit is `pull_request`, else the
    /// commit's sha.
    pub change_id: String,
    /// `pull_request` or `commit`: what `change_id` names.
    pub change_unit: String,
    /// Commit that carries it on the default branch.
    pub sha: String,
    /// When work on it began, by the definition's start clock; UTC. NULL where not known.
    pub change_started_at: Option<DateTime<Utc>>,
    /// When it was merged; UTC. NULL for a direct push.
    pub merged_at: Option<DateTime<Utc>>,
    /// When it came onto the default branch: `merged_at`, for a direct push the committer's
    /// time; UTC. NULL where not known.
    pub landed_at: Option<DateTime<Utc>>,
    /// True where bots alone wrote it.
    pub is_bot: bool,
    /// True where it reverts an earlier change.
    pub is_revert: bool,
    /// True where the definition leaves it out of lead times.
    pub is_excluded: bool,
    /// Why `is_excluded`: `bot`, `revert` or `duplicate`; NULL where it is not.
    pub exclusion_reason: Option<String>,
    /// What to know before trusting it, sorted; empty where nothing is odd.
    pub quality_flags: Vec<String>,
    /// Hash of the definition it was derived under.
    pub definition_id: String,
}

impl Row for UndeployedChange {
    const TABLE: &'static str = "undeployed_changes";
    const KEY: &'static [&'static str] = &["service_id", "repository_id", "change_id"];
    const KIND: Kind = Kind::Derived;
}
