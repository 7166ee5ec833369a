//! Bugs and incidents of a tracker.

use std::collections::HashMap;

use datafusion::prelude::SessionContext;

use super::rows;
use crate::AnalyticsError;
use crate::columns::{Instants, Texts};

/// When bugs and incidents were opened, by their keys.
pub(super) async fn bugs(facts: &SessionContext) -> Result<HashMap<String, i64>, AnalyticsError> {
    let sql = "select key, min(created_at) as created_at from work_items \
               where key is not null and deleted_at is null \
               and lower(kind) in ('bug', 'defect', 'incident', 'hotfix', 'outage') group by key";
    let rows = rows(facts, sql).await?;
    let (key, created) = (Texts::of(&rows, "key")?, Instants::of(&rows, "created_at")?);
    let bugs = (0..rows.num_rows())
        .filter_map(|row| Some((key.get(row)?.to_owned(), created.get(row)?)))
        .collect();
    Ok(bugs)
}
