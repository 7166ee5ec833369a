use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use clap::Args;
use milepost_analytics::Metric;

use crate::answer;
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::OutputArgs;

/// List the metrics: what each asks, counts and leaves out
#[derive(Debug, Args)]
#[command(after_help = "Example:
  milepost metrics --format markdown")]
pub(crate) struct MetricsArgs {
    #[command(flatten)]
    output: OutputArgs,
}

type Column = (&'static str, fn(&Metric) -> String);

const COLUMNS: [Column; 13] = [
    ("metric", |metric| metric.name.clone()),
    ("title", |metric| metric.title.clone()),
    ("question", |metric| metric.question.clone()),
    ("unit", |metric| metric.unit.clone()),
    ("better", |metric| metric.better.clone()),
    ("statistics", |metric| metric.statistics.join(", ")),
    ("population", |metric| metric.population.clone()),
    ("excludes", |metric| metric.excludes.clone()),
    ("reference", |metric| metric.reference.clone()),
    ("about", |metric| metric.about.name().to_owned()),
    ("by", |metric| metric.by.join(", ")),
    ("interval", |metric| metric.interval.name().to_owned()),
    ("coverage", |metric| metric.coverage.name().to_owned()),
];

pub(crate) fn run(args: MetricsArgs, globals: &Globals) -> Result<Exit, Failure> {
    let rows = listed(globals)?;
    args.output.write(&rows.schema(), &[rows])?;
    Ok(Exit::Done)
}

/// What each metric says of itself, a row for each.
///
/// # Errors
/// Where a query file can't be used.
pub(crate) fn listed(globals: &Globals) -> Result<RecordBatch, Failure> {
    let catalogue = answer::catalogue(globals)?;
    let fields: Vec<Field> =
        COLUMNS.iter().map(|(name, _)| Field::new(*name, DataType::Utf8, false)).collect();
    let schema = Arc::new(Schema::new(fields));
    let columns = COLUMNS
        .iter()
        .map(|(_, value)| {
            let values = catalogue.metrics.values().map(|metric| Some(value(metric)));
            Arc::new(values.collect::<StringArray>()) as ArrayRef
        })
        .collect();
    RecordBatch::try_new(schema, columns)
        .map_err(|error| Failure::failed("failed to list the metrics", error))
}
