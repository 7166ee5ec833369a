use schemars::JsonSchema;
use serde::Serialize;

/// The column at the end of the tables that several sources describe. The lake writes it.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct FieldSources {
    /// Whose the row and its values are: `*=SOURCE@INSTANT` for each source that gives the row,
    /// with the as-of instant (UTC) at which it was first seen as that source gives it, and
    /// `COLUMN=SOURCE` for each value. NULL in rows written before there was the column, which
    /// are all `source`'s.
    pub field_sources: Option<Vec<String>>,
}
