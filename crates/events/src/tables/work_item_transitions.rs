use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// One change of a work item's field. Provisional.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WorkItemTransition {
    /// Changed work item.
    pub work_item_id: String,
    /// When it changed; UTC.
    pub transitioned_at: DateTime<Utc>,
    /// Changed field, such as `status` or `assignee`.
    pub field: String,
    /// Value before; NULL where it was empty.
    pub from_value: Option<String>,
    /// Value after; NULL where it became empty.
    pub to_value: Option<String>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for WorkItemTransition {
    const TABLE: &'static str = "work_item_transitions";
    const KEY: &'static [&'static str] = &["work_item_id", "transitioned_at", "field"];
    const KIND: Kind = Kind::Fact;
}
