//! Questions to a lake: the session they are asked in.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::prelude::{DataFrame, SessionContext};
use milepost_analytics::{Analytics, Catalogue, Span, facts_session, read_only};
use milepost_events::tables::MetricValue;
use milepost_events::{Row as _, table};
use milepost_lake::Lake;

use crate::exit::Failure;
use crate::globals::Globals;

/// The bundled queries and those beside the configuration.
///
/// # Errors
/// Where a file can't be read or breaks the rules.
pub(crate) fn catalogue(globals: &Globals) -> Result<Arc<Catalogue>, Failure> {
    Ok(Arc::new(Catalogue::load_for(&globals.definition.preset, &globals.config.queries()?)?))
}

/// A session over the lake. Warns where there is none.
///
/// # Errors
/// Where the definition or a query file can't be used.
pub(crate) fn session(
    globals: &Globals,
    lake: &Lake,
    span: Span,
) -> Result<SessionContext, Failure> {
    warn_without_lake(globals, lake);
    open(globals, lake, span)
}

/// Warns where there is no lake, once however many sessions are opened.
pub(crate) fn warn_without_lake(globals: &Globals, lake: &Lake) {
    if !lake.exists() {
        globals.remark_once(&format!(
            "warning: there is no lake at {}; its tables are empty. `milepost ingest` makes one, `--lake` names another",
            lake.root().display()
        ));
    }
}

/// A session over the lake, for a command that needs several and has warned already.
///
/// # Errors
/// Where the definition or a query file can't be used.
pub(crate) fn open(globals: &Globals, lake: &Lake, span: Span) -> Result<SessionContext, Failure> {
    let level_set = globals.config.level_set.as_deref().unwrap_or(Catalogue::DEFAULT_LEVEL_SET);
    let analytics = Analytics {
        facts: lake.facts(&globals.definition.id(), globals.as_of),
        definition: globals.definition.clone(),
        as_of: globals.as_of,
        span,
        level_set: level_set.to_owned(),
        catalogue: catalogue(globals)?,
    };
    Ok(analytics.session()?)
}

/// Runs a query that only reads.
///
/// # Errors
/// Where it is wrong, does more than read, or fails.
pub(crate) async fn ask(
    session: &SessionContext,
    sql: &str,
) -> Result<(SchemaRef, Vec<RecordBatch>), Failure> {
    let fail = |error: datafusion::error::DataFusionError| {
        Failure::failed("the query can't be answered", one_sentence(&error.strip_backtrace()))
    };
    let frame = read_only(session, sql).await.map_err(fail)?;
    let schema: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
    let rows = frame.collect().await.map_err(fail)?;
    Ok((schema, rows))
}

/// Plans a query that only reads.
///
/// # Errors
/// Where it is wrong or does more than read.
pub(crate) async fn planned(session: &SessionContext, sql: &str) -> Result<DataFrame, Failure> {
    read_only(session, sql).await.map_err(|error| {
        Failure::failed("the query can't be answered", one_sentence(&error.strip_backtrace()))
    })
}

/// Runs a query that only reads, with values for its `$NAME`s. A value takes the type of what it is
/// compared with, and is text where that does not say.
///
/// # Errors
/// As [`ask`], and where a parameter has no value or one of another type.
pub(crate) async fn ask_with(
    session: &SessionContext,
    sql: &str,
    parameters: &BTreeMap<String, String>,
) -> Result<(SchemaRef, Vec<RecordBatch>), Failure> {
    let fail = |error: datafusion::error::DataFusionError| {
        Failure::failed("the query can't be answered", one_sentence(&error.strip_backtrace()))
    };
    let frame = planned(session, sql).await?;
    let wanted = frame.logical_plan().get_parameter_types().map_err(fail)?;
    let mut values = Vec::new();
    for (placeholder, kind) in wanted {
        let name = placeholder.trim_start_matches('$');
        let text = parameters.get(name).ok_or_else(|| {
            Failure::Usage(format!(
                "the query has ${name}, which has no value; give --set {name}=VALUE"
            ))
        })?;
        let text = ScalarValue::Utf8(Some(text.clone()));
        let value = match &kind {
            Some(kind) => text.cast_to(kind).map_err(|_| {
                Failure::Usage(format!("the value of ${name} is no {kind}, which the query needs"))
            })?,
            None => text,
        };
        values.push((name.to_owned(), value));
    }
    let frame = match values.is_empty() {
        true => frame,
        false => frame.with_param_values(values).map_err(fail)?,
    };
    let schema: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
    let rows = frame.collect().await.map_err(fail)?;
    Ok((schema, rows))
}

/// The columns of a metric with the types of the table `metric_values`. The engine's own depend on
/// how it planned a query, so that two metrics would not fit into one answer.
pub(crate) fn metric_columns(columns: &Schema) -> SchemaRef {
    let known = table(MetricValue::TABLE);
    let typed = |field: &Field| {
        let column = known.and_then(|known| known.column(field.name()));
        let data_type = column.map_or_else(|| field.data_type(), Field::data_type);
        Field::new(field.name(), data_type.clone(), true)
    };
    Arc::new(Schema::new(columns.fields().iter().map(|field| typed(field)).collect::<Vec<_>>()))
}

/// The same rows in columns of these types.
///
/// # Errors
/// Where a value does not fit.
pub(crate) fn typed(rows: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, Failure> {
    let fail = |error| Failure::failed("failed to put the answers together", error);
    let columns = rows
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| cast(column, field.data_type()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(fail)?;
    RecordBatch::try_new(schema.clone(), columns).map_err(fail)
}

/// The engine's message without its inner names, and what to do where that is known.
pub(crate) fn one_sentence(text: &str) -> String {
    let text = text.replace('\n', " ");
    let mut rest = text.as_str();
    for prefix in ["Error during planning: ", "External error: ", "SQL error: ", "Schema error: "] {
        rest = rest.strip_prefix(prefix).unwrap_or(rest);
    }
    for refused in ["DDL not supported: ", "DML not supported: ", "Statement not supported: "] {
        if let Some(what) = rest.strip_prefix(refused) {
            return format!("queries only read, and {what} does more");
        }
    }
    if let Some((before, _)) = rest.split_once("' not found")
        && let Some(table) = before.strip_prefix("table 'milepost.")
    {
        let table = table.strip_prefix("public.").unwrap_or(table);
        return format!("there is no table `{table}`; `milepost sql 'show tables'` lists them");
    }
    if rest.starts_with("Invalid function 'now'") || rest.starts_with("Invalid function 'current_")
    {
        return "a query has no clock of its own; the as-of is `(select as_of from clock)`"
            .to_owned();
    }
    let parsed = rest.strip_prefix("ParserError(\"").and_then(|rest| rest.strip_suffix("\")"));
    parsed.unwrap_or(rest).trim().to_owned()
}

/// Rows of text columns; NULL is empty.
///
/// # Errors
/// Where the lake can't be read.
pub(crate) async fn texts(
    globals: &Globals,
    lake: &Lake,
    sql: &str,
) -> Result<Vec<Vec<String>>, Failure> {
    let facts = facts_session(lake.facts(&globals.definition.id(), globals.as_of))
        .map_err(|error| Failure::failed("failed to open the lake", error))?;
    told(&facts, sql).await
}

/// The same of a session.
///
/// # Errors
/// Where the query is wrong or fails.
pub(crate) async fn told(session: &SessionContext, sql: &str) -> Result<Vec<Vec<String>>, Failure> {
    let fail = |error| Failure::failed("failed to read the lake", error);
    let (_, rows) = ask(session, sql).await?;
    let mut texts = Vec::new();
    for rows in &rows {
        let columns = rows
            .columns()
            .iter()
            .map(|column| cast(column, &DataType::Utf8))
            .collect::<Result<Vec<_>, _>>()
            .map_err(fail)?;
        for row in 0..rows.num_rows() {
            let value = |column: &arrow::array::ArrayRef| {
                let column = column.as_string::<i32>();
                if column.is_valid(row) { column.value(row).to_owned() } else { String::new() }
            };
            texts.push(columns.iter().map(value).collect());
        }
    }
    Ok(texts)
}

/// The same of a table that the lake may not have yet: then there are none.
///
/// # Errors
/// Where the lake can't be read.
pub(crate) async fn held(
    globals: &Globals,
    lake: &Lake,
    table: &str,
    sql: &str,
) -> Result<Vec<Vec<String>>, Failure> {
    match lake.root().join(table).is_dir() {
        true => texts(globals, lake, sql).await,
        false => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engine_says_becomes_a_sentence_that_says_what_to_do() {
        assert_eq!(
            one_sentence("DML not supported: COPY"),
            "queries only read, and COPY does more"
        );
        assert_eq!(
            one_sentence("Error during planning: table 'milepost.public.nope' not found"),
            "there is no table `nope`; `milepost sql 'show tables'` lists them"
        );
        assert_eq!(
            one_sentence("Error during planning: table 'milepost.metrics.nope' not found"),
            "there is no table `metrics.nope`; `milepost sql 'show tables'` lists them"
        );
        assert_eq!(one_sentence("SQL error: ParserError(\"Expected: x\")"), "Expected: x");
        assert!(
            one_sentence("Error during planning: Invalid function 'now'. Did you")
                .contains("as-of")
        );
    }
}
