use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// Finance's decision on one work item, against the rules. Append-only. Provisional.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CapitalizationOverride {
    /// Override.
    pub override_id: String,
    /// Work item it is about.
    pub work_item_id: Option<String>,
    /// Project it is put under.
    pub project_id: Option<String>,
    /// `capitalize` or `expense`.
    pub treatment: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Who asked for it.
    pub requested_by: Option<String>,
    /// Who approved it; not the one who asked.
    pub approved_by: Option<String>,
    /// When it was approved; UTC.
    pub decided_at: Option<DateTime<Utc>>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for CapitalizationOverride {
    const TABLE: &'static str = "capitalization_overrides";
    const KEY: &'static [&'static str] = &["override_id"];
    const KIND: Kind = Kind::Fact;
}
