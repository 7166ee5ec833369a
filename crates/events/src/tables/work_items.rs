use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// A ticket, story or task. Provisional.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WorkItem {
    /// The tracker's lasting id.
    pub work_item_id: String,
    /// Key people use, such as `PAY-12`; may change when the item moves.
    pub key: Option<String>,
    /// Issue type in the tracker's word.
    pub kind: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Parent work item; NULL at the top.
    pub parent_id: Option<String>,
    /// Project it belongs to.
    pub project_id: Option<String>,
    /// Person it is assigned to; NULL where nobody is.
    pub assignee_id: Option<String>,
    /// Status in the tracker's word.
    pub status: Option<String>,
    /// `to_do`, `in_progress` or `done`.
    pub status_category: Option<String>,
    /// Kind of work for allocation and capitalization; NULL where not classified.
    pub work_type: Option<String>,
    /// Labels, sorted.
    pub labels: Option<Vec<String>>,
    /// When it was created; UTC.
    pub created_at: Option<DateTime<Utc>>,
    /// When it was done; UTC. NULL while open.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for WorkItem {
    const TABLE: &'static str = "work_items";
    const KEY: &'static [&'static str] = &["work_item_id"];
    const KIND: Kind = Kind::Fact;
}
