use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// A pull request (merge request). Inferred ones carry only what the merge says; a recorded one
/// replaces them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PullRequest {
    /// `<repository_id>#<number>`.
    pub pull_request_id: String,
    /// Repository it was merged into.
    pub repository_id: String,
    /// Number on the host.
    pub number: i64,
    /// Title; NULL where the merge does not say it.
    pub title: Option<String>,
    /// Login of the author; NULL when inferred or when the account is gone.
    pub author_login: Option<String>,
    /// `open`, `closed` or `merged`.
    pub state: Option<String>,
    /// True while it is a draft; NULL when inferred.
    pub is_draft: Option<bool>,
    /// When it was opened; UTC. NULL when inferred.
    pub created_at: Option<DateTime<Utc>>,
    /// When it last became ready for review; UTC. NULL when inferred.
    pub ready_at: Option<DateTime<Utc>>,
    /// Earliest author time of its branch commits; UTC. NULL where they are gone (a squash
    /// without a record).
    pub first_commit_at: Option<DateTime<Utc>>,
    /// First review by someone other than the author; UTC. NULL when inferred or not
    /// reviewed.
    pub first_review_at: Option<DateTime<Utc>>,
    /// First approval; UTC. NULL when inferred or not approved.
    pub approved_at: Option<DateTime<Utc>>,
    /// When it was merged; UTC. NULL while it is not.
    pub merged_at: Option<DateTime<Utc>>,
    /// When it was closed or merged; UTC. NULL while open.
    pub closed_at: Option<DateTime<Utc>>,
    /// Commit that brought it to the base branch; NULL while not merged.
    pub merge_sha: Option<String>,
    /// `merge`, `squash` or `rebase`; NULL while not merged.
    pub merge_method: Option<String>,
    /// Its branch commits, sorted by id; NULL where they are not known.
    pub head_shas: Option<Vec<String>>,
    /// Branch it was merged into; NULL where not known.
    pub base_ref: Option<String>,
    /// Branch it came from; NULL where not known.
    pub head_ref: Option<String>,
    /// Labels, sorted; NULL when inferred.
    pub labels: Option<Vec<String>>,
    /// Lines added; NULL where not known.
    pub additions_count: Option<i64>,
    /// Lines removed; NULL where not known.
    pub deletions_count: Option<i64>,
    /// Branch commits; NULL where not known.
    pub commits_count: Option<i64>,
    /// Work items that the title or the branch names.
    pub work_item_keys: Vec<String>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for PullRequest {
    const TABLE: &'static str = "pull_requests";
    const KEY: &'static [&'static str] = &["pull_request_id"];
    const KIND: Kind = Kind::Fact;
}
