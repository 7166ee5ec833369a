use chrono::{Duration, NaiveDate};
use clap::Args;
use datafusion::prelude::SessionContext;
use milepost_analytics::readiness::{
    Assessment, FiscalYear, Moment, Observation, Quarter, Question, TargetRow, assess, observe,
    targets,
};
use milepost_analytics::{Span, WindowKind};
use milepost_report::rows::Format;
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer;
use crate::assess::text;
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

/// The quarter that was named, else the last complete one.
fn quarter(given: Option<&str>, year: FiscalYear, globals: &Globals) -> Result<Quarter, Failure> {
    if let Some(text) = given {
        return Quarter::parse(text, year).ok_or_else(|| {
            Failure::Usage(format!("`{text}` is no quarter; write one such as 2026Q3"))
        });
    }
    // The instant that ends a quarter belongs to none after it.
    let last = globals.as_of - Duration::microseconds(1);
    let current = Quarter::of(last.with_timezone(&globals.zone).date_naive(), year);
    let is_over =
        current.moment(globals.as_of, globals.zone).is_some_and(|one| !one.is_provisional);
    Ok(if is_over { current } else { current.earlier(1) })
}

async fn assessed(
    moment: Moment,
    year: FiscalYear,
    globals: &Globals,
) -> Result<Assessment, Failure> {
    let config = &globals.config.readiness;
    let manual = config.answers().map_err(|(_, fault)| Failure::Usage(fault))?;
    let now = observed(moment, globals).await?;
    let before = match earlier(moment.quarter.earlier(1), globals) {
        Some(moment) => Some(observed(moment, globals).await?),
        None => None,
    };
    let start = match globals.config.platform.since {
        Some(since) if since < moment.quarter.end_on() => {
            match earlier(Quarter::of(since, year), globals) {
                Some(start) => Some(observed(start, globals).await?),
                None => None,
            }
        }
        _ => None,
    };
    Ok(assess(&Question {
        rules: &config.rules,
        manual: &manual,
        platform_since: globals.config.platform.since,
        now: &now,
        before: before.as_ref(),
        start: start.as_ref(),
    }))
}

fn earlier(quarter: Quarter, globals: &Globals) -> Option<Moment> {
    quarter.moment(globals.as_of, globals.zone)
}

async fn observed(moment: Moment, globals: &Globals) -> Result<Observation, Failure> {
    let session = session(&moment, globals)?;
    let scheme = globals.config.scheme().map_err(Failure::Usage)?;
    Ok(observe(&session, moment, &globals.config.readiness.rules, &scheme, globals.zone).await?)
}

async fn targets_of(moment: &Moment, globals: &Globals) -> Result<Vec<TargetRow>, Failure> {
    let now = session(moment, globals)?;
    let before = earlier(moment.quarter.earlier(1), globals);
    let before = before.map(|before| session(&before, globals)).transpose()?;
    Ok(targets(&now, before.as_ref(), moment).await?)
}

/// A session of one window, the quarter.
fn session(moment: &Moment, globals: &Globals) -> Result<SessionContext, Failure> {
    let (from, to) = (moment.quarter.start_on(), moment.quarter.end_on());
    let span = Span { kinds: vec![WindowKind::All], from: Some(from), to: Some(to) };
    answer::open(globals, &globals.lake, span)
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
