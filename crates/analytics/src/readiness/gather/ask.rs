//! Questions to the session and what they answer.

use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::SessionContext;

use crate::columns::{Booleans, Numbers, Texts};
use crate::statistics::TimeToEvent;
use crate::{AnalyticsError, read_only};

/// The one row that a query of aggregates gives.
pub(crate) struct Row(Option<RecordBatch>);

impl Row {
    /// A number of it, or `None` for NULL.
    pub(crate) fn number(&self, name: &str) -> Result<Option<f64>, AnalyticsError> {
        match &self.0 {
            Some(batch) => Ok(Numbers::of(batch, name)?.get(0)),
            None => Ok(None),
        }
    }

    /// A number that is a count, 0 for NULL.
    pub(crate) fn count(&self, name: &str) -> Result<i64, AnalyticsError> {
        Ok(self.number(name)?.map_or(0, |number| number.round() as i64))
    }

    /// A text of it, or `None` for NULL.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, AnalyticsError> {
        match &self.0 {
            Some(batch) => Ok(Texts::of(batch, name)?.get(0).map(str::to_owned)),
            None => Ok(None),
        }
    }
}

/// Asks for one row.
pub(crate) async fn one(session: &SessionContext, sql: &str) -> Result<Row, AnalyticsError> {
    let batches = batches(session, sql).await?;
    Ok(Row(batches.into_iter().find(|batch| batch.num_rows() > 0)))
}

/// Rows of `name` and `value`.
pub(crate) async fn named(
    session: &SessionContext,
    sql: &str,
) -> Result<Vec<(String, Option<f64>)>, AnalyticsError> {
    let mut rows = Vec::new();
    for batch in &batches(session, sql).await? {
        let (names, values) = (Texts::of(batch, "name")?, Numbers::of(batch, "value")?);
        for row in 0..batch.num_rows() {
            if let Some(name) = names.get(row) {
                rows.push((name.to_owned(), values.get(row)));
            }
        }
    }
    Ok(rows)
}

/// Names alone.
pub(crate) async fn names(
    session: &SessionContext,
    sql: &str,
) -> Result<Vec<String>, AnalyticsError> {
    let mut all = Vec::new();
    for batch in &batches(session, sql).await? {
        let names = Texts::of(batch, "name")?;
        all.extend((0..batch.num_rows()).filter_map(|row| names.get(row).map(str::to_owned)));
    }
    Ok(all)
}

/// Rows of `value` in seconds and `is_observed`.
pub(crate) async fn times(
    session: &SessionContext,
    sql: &str,
) -> Result<Vec<TimeToEvent>, AnalyticsError> {
    let mut times = Vec::new();
    for batch in &batches(session, sql).await? {
        let (values, observed) =
            (Numbers::of(batch, "value")?, Booleans::of(batch, "is_observed")?);
        for row in 0..batch.num_rows() {
            if let Some(value) = values.get(row) {
                let happened = observed.get(row).unwrap_or(false);
                times.push(TimeToEvent { time: value.max(0.0), happened });
            }
        }
    }
    Ok(times)
}

async fn batches(session: &SessionContext, sql: &str) -> Result<Vec<RecordBatch>, AnalyticsError> {
    Ok(read_only(session, sql).await?.collect().await?)
}

/// "1 team", "2 teams".
pub(crate) fn plural(count: i64, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// An instant in SQL.
pub(crate) fn instant(at: DateTime<Utc>) -> String {
    format!("to_timestamp_micros({})", at.timestamp_micros())
}

/// A civil day in SQL.
pub(crate) fn date(day: NaiveDate) -> String {
    format!("cast('{day}' as date)")
}

/// Words in lower case as a list in SQL, for `in`.
pub(crate) fn list(words: &[String]) -> String {
    let quoted: Vec<String> =
        words.iter().map(|word| format!("'{}'", word.to_lowercase().replace('\'', "''"))).collect();
    if quoted.is_empty() { "''".to_owned() } else { quoted.join(", ") }
}
