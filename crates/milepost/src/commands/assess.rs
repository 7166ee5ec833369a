use chrono::NaiveDate;
use clap::Args;
use milepost_analytics::readiness::{Moment, TargetRow};
use milepost_report::rows::Format;
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer;
use crate::assess::{assessed, quarter, targets_of, text};
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::OutputArgs;

/// Assess whether a platform is needed now, by the seven factors of the guide
///
/// One row for each factor. Green means high need: a platform is needed now. `basis` says what a
/// colour stands on: measured, proxy, survey, manual (an answer in [[readiness.manual]]) or
/// not_assessed, then with a `reason`. Thresholds stand in `[readiness]` of milepost.toml; earlier
/// quarters are always worked out anew under today's, whose hash is `rules_id`. With `platform.since`
/// the factors tell what need is left. Figures of fewer than five people are never shown.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost assess
  milepost assess --quarter 2026Q3 --format json -o readiness.json
  milepost assess --targets")]
pub(crate) struct AssessArgs {
    /// Quarter, of the fiscal year where one is configured [default: the last complete one]
    #[arg(long, value_name = "QUARTER")]
    quarter: Option<String>,
    /// Compare metrics with the targets of the guide instead
    #[arg(long)]
    targets: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: AssessArgs, globals: &Globals) -> Result<Exit, Failure> {
    let year = globals.config.readiness.fiscal_year().map_err(Failure::Usage)?;
    let quarter = quarter(args.quarter.as_deref(), year, globals)?;
    let Some(moment) = quarter.moment(globals.as_of, globals.zone) else {
        return Err(Failure::Usage(format!(
            "{quarter} begins on {}; nothing of it has happened yet",
            quarter.start_on()
        )));
    };
    answer::warn_without_lake(globals, &globals.lake);
    if args.targets {
        let rows = targets_of(&moment, globals).await?;
        return match args.output.format() {
            Format::Table => {
                args.output.write_text(&text::targets(&moment, &rows)).map(|()| Exit::Done)
            }
            Format::Json => json(&args.output, &Targets::of(&moment, &rows)),
            _ => write(&args.output, &rows),
        };
    }
    let assessment = assessed(moment, year, globals).await?;
    match args.output.format() {
        Format::Table => {
            args.output.write_text(&text::assessment(&assessment)).map(|()| Exit::Done)
        }
        Format::Json => json(&args.output, &assessment),
        _ => write(&args.output, &assessment.factors),
    }
}

/// The targets as an object.
#[derive(Serialize)]
struct Targets<'a> {
    schema_version: u32,
    quarter: String,
    start_on: NaiveDate,
    end_on: NaiveDate,
    is_provisional: bool,
    targets: &'a [TargetRow],
}

impl Targets<'_> {
    fn of<'a>(moment: &Moment, targets: &'a [TargetRow]) -> Targets<'a> {
        let quarter = moment.quarter;
        Targets {
            schema_version: 1,
            quarter: quarter.to_string(),
            start_on: quarter.start_on(),
            end_on: quarter.end_on(),
            is_provisional: moment.is_provisional,
            targets,
        }
    }
}

fn json(output: &OutputArgs, value: &impl Serialize) -> Result<Exit, Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::failed("failed to write JSON", error))?;
    output.write_text(&(text + "\n"))?;
    Ok(Exit::Done)
}

fn write<T: Serialize + JsonSchema>(output: &OutputArgs, rows: &[T]) -> Result<Exit, Failure> {
    let batch = milepost_events::answer(rows)
        .map_err(|error| Failure::failed("failed to put rows together", error))?;
    output.write(&batch.schema(), &[batch])?;
    Ok(Exit::Done)
}
