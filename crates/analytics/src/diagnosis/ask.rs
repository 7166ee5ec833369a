//! Rows of a query as typed values.

use datafusion::arrow::error::ArrowError;
use datafusion::prelude::SessionContext;
use serde::de::DeserializeOwned;

use crate::{AnalyticsError, read_only};

/// The rows of a query; a column that is NULL is left out, so that it must be an `Option`.
pub(super) async fn ask<T: DeserializeOwned>(
    session: &SessionContext,
    sql: &str,
) -> Result<Vec<T>, AnalyticsError> {
    let rows = read_only(session, sql).await?.collect().await?;
    let mut writer = arrow_json::ArrayWriter::new(Vec::new());
    for batch in &rows {
        writer.write(batch)?;
    }
    writer.finish()?;
    let rows = serde_json::from_slice(&writer.into_inner());
    rows.map_err(|error| ArrowError::JsonError(error.to_string()).into())
}

/// The one row of a query that aggregates.
pub(super) async fn one<T: DeserializeOwned + Default>(
    session: &SessionContext,
    sql: &str,
) -> Result<T, AnalyticsError> {
    Ok(ask(session, sql).await?.into_iter().next().unwrap_or_default())
}

/// A text as a literal of SQL.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
