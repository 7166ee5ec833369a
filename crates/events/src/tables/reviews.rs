use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// One review of a pull request.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Review {
    /// The host's id.
    pub review_id: String,
    /// Reviewed pull request.
    pub pull_request_id: String,
    /// Login of the reviewer; NULL when the account is gone.
    pub reviewer_login: Option<String>,
    /// `approved`, `changes_requested`, `commented` or `dismissed`.
    pub state: Option<String>,
    /// Comments in the review.
    pub comments_count: Option<i64>,
    /// When it was sent; UTC. NULL while pending.
    pub submitted_at: Option<DateTime<Utc>>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for Review {
    const TABLE: &'static str = "reviews";
    const KEY: &'static [&'static str] = &["review_id"];
    const KIND: Kind = Kind::Fact;
}
