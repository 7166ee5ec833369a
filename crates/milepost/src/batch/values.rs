//! The metrics' values as a table of the lake.

use futures::TryStreamExt as _;
use milepost_analytics::{Span, read_only};
use milepost_events::tables::MetricValue;
use milepost_events::{Row as _, table};

use crate::answer::{self, typed};
use crate::exit::Failure;
use crate::globals::Globals;

/// Computes all metrics for all windows and the kinds of subjects that they say something of, and
/// writes them in the place of those of the run before. One metric at a time, and its rows as they
/// come: a large company has millions.
pub(super) async fn write(globals: &Globals) -> Result<(), Failure> {
    let fail = |error| Failure::failed("a metric can't be computed", error);
    let catalogue = answer::catalogue(globals)?;
    let session = answer::session(globals, &globals.lake, Span::everything())?;
    let Some(table) = table(MetricValue::TABLE) else {
        return Ok(());
    };
    let columns: Vec<&str> =
        table.schema.fields().iter().map(|field| field.name().as_str()).collect();
    let (columns, key) = (columns.join(", "), table.key.join(", "));
    let _lock = globals.lake.lock(globals.wait).await?;
    let mut values = globals.lake.replace_values().await?;
    for metric in catalogue.metrics.keys() {
        let sql = format!(
            "select {columns} from metrics.{metric} cross join (select as_of from clock) \
             where coalesce(reason, '') not like 'not_by_%' order by {key}"
        );
        let frame = read_only(&session, &sql).await.map_err(fail)?;
        let mut rows = frame.execute_stream().await.map_err(fail)?;
        while let Some(rows) = rows.try_next().await.map_err(fail)? {
            values.write(&typed(&rows, &table.schema)?).await?;
        }
    }
    Ok(values.finish().await?)
}
