//! Questions to a lake: the session they are asked in.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::prelude::SessionContext;
use milepost_analytics::{Analytics, Catalogue, Span, read_only};
use milepost_lake::Lake;

use crate::exit::Failure;
use crate::globals::Globals;

/// The bundled queries and those beside the configuration.
///
/// # Errors
/// Where a file can't be read or breaks the rules.
pub(crate) fn catalogue(globals: &Globals) -> Result<Arc<Catalogue>, Failure> {
    Ok(Arc::new(Catalogue::load(&globals.config.queries()?)?))
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
    if !lake.exists() {
        globals.remark(&format!(
            "warning: there is no lake at {}; its tables are empty. `milepost ingest` makes one, `--lake` names another",
            lake.root().display()
        ));
    }
    let analytics = Analytics {
        facts: lake.facts(&globals.definition.id(), globals.as_of),
        definition: globals.definition.clone(),
        as_of: globals.as_of,
        span,
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

/// The engine's message without its inner names.
fn one_sentence(text: &str) -> String {
    let text = text.replace('\n', " ");
    let mut rest = text.as_str();
    for prefix in ["Error during planning: ", "External error: ", "SQL error: ", "Schema error: "] {
        rest = rest.strip_prefix(prefix).unwrap_or(rest);
    }
    rest.trim().to_owned()
}
