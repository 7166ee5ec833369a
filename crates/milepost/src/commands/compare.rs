use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Days, NaiveDate, Utc};
use clap::{Args, Subcommand, ValueEnum};
use datafusion::prelude::SessionContext;
use milepost_analytics::comparison::{self, Arms, BalanceRow};
use milepost_analytics::{AnalyticsError, Span, Window, WindowKind, Windows};
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer;
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::OutputArgs;

/// Compare services: golden path against off-road, before against after, AI, or cohorts of your own
///
/// A service is the unit, never a change: `services_a` and `services_b` are what an estimate stands
/// on. Arms are as they were when the period began. An estimate is an association, not an effect;
/// it is NULL with a `reason` where there are fewer than four services in an arm.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost compare golden-path
  milepost compare golden-path --from 2026-01-01 --to 2026-07-01 --balance
  milepost compare before-after --window month
  milepost compare cohort tiers.sql --format csv

A cohort file is a query that gives `service_id` and `cohort`:
  select service_id, case when tier = '1' then 'tier 1' else 'other' end as cohort from services")]
pub(crate) struct CompareArgs {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    /// Services on a golden path against those on none
    GoldenPath(Options),
    /// Services before and after they came onto a golden path, against those that did not
    BeforeAfter(OverTime),
    /// Services whose changes are mostly AI-assisted against those without
    Ai(Options),
    /// Services by a query of your own
    Cohort(Cohort),
}

/// Flags of comparisons within one period.
#[derive(Debug, Args)]
struct Options {
    #[command(flatten)]
    period: Period,
    /// Print how alike the arms were when the period began, instead of the comparison
    #[arg(long)]
    balance: bool,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Args)]
struct Period {
    /// First civil day [default: thirteen weeks before the end]
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// First civil day after it [default: the current week's first]
    #[arg(long, value_name = "DATE")]
    to: Option<NaiveDate>,
}

#[derive(Debug, Args)]
struct Cohort {
    /// File with a query that gives `service_id` and `cohort`
    file: PathBuf,
    #[command(flatten)]
    options: Options,
}

#[derive(Debug, Args)]
struct OverTime {
    /// How time is cut
    #[arg(long, value_enum, default_value = "quarter")]
    window: Cut,
    /// First civil day [default: twelve complete windows back]
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// First civil day after the span [default: up to the as-of]
    #[arg(long, value_name = "DATE")]
    to: Option<NaiveDate>,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Cut {
    Month,
    Quarter,
}

pub(crate) async fn run(args: CompareArgs, globals: &Globals) -> Result<Exit, Failure> {
    match args.kind {
        Kind::GoldenPath(options) => within(&Arm::GoldenPath, &options, globals).await,
        Kind::Ai(options) => within(&Arm::Ai, &options, globals).await,
        Kind::Cohort(Cohort { file, options }) => {
            let sql = std::fs::read_to_string(&file).map_err(|error| unreadable(&file, &error))?;
            within(&Arm::Cohort { file, sql }, &options, globals).await
        }
        Kind::BeforeAfter(args) => before_after(&args, globals).await,
    }
}

/// What arms are made by.
enum Arm {
    GoldenPath,
    Ai,
    Cohort { file: PathBuf, sql: String },
}

async fn within(by: &Arm, options: &Options, globals: &Globals) -> Result<Exit, Failure> {
    let (from_on, to_on) = period(&options.period, globals)?;
    let span = Span { kinds: vec![WindowKind::All], from: Some(from_on), to: Some(to_on) };
    let session = answer::session(globals, &globals.lake, span.clone())?;
    let windows = Windows::cut(&span, None, globals.as_of, &globals.definition, globals.zone);
    let Some(Window { start, end, .. }) = windows.0.first().cloned() else {
        return Err(Failure::Usage(format!(
            "nothing has happened yet between {from_on} and {to_on}; name an earlier period"
        )));
    };
    let arms = arms(by, &session, start, end).await?;
    arms.remarks.iter().for_each(|remark| globals.remark(remark));
    if arms.members.is_empty() {
        globals.remark(nothing(by));
    }
    let balance = comparison::balance(&session, &arms, start).await?;
    if options.balance {
        write(&options.output, &balance)?;
        return Ok(Exit::Done);
    }
    unlike(&balance, globals);
    let rows = comparison::cross_section(&session, &arms).await?;
    write(&options.output, &rows)?;
    Ok(Exit::Done)
}

async fn before_after(args: &OverTime, globals: &Globals) -> Result<Exit, Failure> {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && to <= from
    {
        return Err(Failure::Usage(format!(
            "the span is empty: --to {to} is not after --from {from}"
        )));
    }
    let kind = match args.window {
        Cut::Month => WindowKind::Month,
        Cut::Quarter => WindowKind::Quarter,
    };
    let recent = Span::recent(kind, globals.as_of, &globals.definition, globals.zone);
    let span = Span { kinds: vec![kind], from: args.from.or(recent.from), to: args.to };
    let session = answer::session(globals, &globals.lake, span)?;
    let (rows, remarks) = comparison::before_after(&session).await?;
    remarks.iter().for_each(|remark| globals.remark(remark));
    write(&args.output, &rows)?;
    Ok(Exit::Done)
}

async fn arms(
    by: &Arm,
    session: &SessionContext,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
) -> Result<Arms, Failure> {
    let (file, sql) = match by {
        Arm::GoldenPath => return Ok(comparison::golden_path(session, start, end).await?),
        Arm::Ai => return Ok(comparison::of_ai(session, start).await?),
        Arm::Cohort { file, sql } => (file, sql),
    };
    let arms = comparison::cohorts(session, sql).await;
    arms.map_err(|error| {
        let why = match &error {
            AnalyticsError::Engine(error) => answer::one_sentence(&error.strip_backtrace()),
            error => error.to_string(),
        };
        Failure::Usage(format!("{}: {why}", file.display()))
    })
}

/// Where a cohort file can't be read: what one is.
fn unreadable(file: &Path, error: &Error) -> Failure {
    let place = file.display();
    let what = match error.kind() {
        ErrorKind::NotFound => format!("there is no cohort file {place}"),
        _ => format!("failed to read the cohort file {place}: {error}"),
    };
    Failure::Usage(format!(
        "{what}; name a file with one query that gives the columns service_id and cohort, a row for each service, such as `select service_id, tier as cohort from services`"
    ))
}

/// The first civil day of the period and the one after it.
fn period(given: &Period, globals: &Globals) -> Result<(NaiveDate, NaiveDate), Failure> {
    let recent = Span::recent(WindowKind::Week, globals.as_of, &globals.definition, globals.zone);
    // That is twelve weeks before the current one.
    let this_week = recent.from.and_then(|from| from.checked_add_days(Days::new(12 * 7)));
    let to = given.to.or(this_week).unwrap_or_default();
    let thirteen_weeks = to.checked_sub_days(Days::new(13 * 7));
    let from = given.from.or(thirteen_weeks).unwrap_or_default();
    if to <= from {
        return Err(Failure::Usage(format!(
            "the period is empty: --to {to} is not after --from {from}"
        )));
    }
    Ok((from, to))
}

/// Warns of what makes the arms hard to compare.
fn unlike(balance: &[BalanceRow], globals: &Globals) {
    let differing = balance.iter().filter(|row| row.is_imbalanced == Some(true));
    let named: Vec<String> = differing
        .map(|row| format!("{} ({} against {})", row.characteristic, row.arm_a, row.arm_b))
        .collect();
    if !named.is_empty() {
        let some = named.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        let more =
            if named.len() > 5 { format!(", and {} more", named.len() - 5) } else { String::new() };
        globals.remark(&format!(
            "the arms were unlike when the period began in {some}{more}; `--balance` shows how much, and the rows `adjusted` compare like with like"
        ));
    }
}

fn nothing(by: &Arm) -> &'static str {
    match by {
        Arm::Ai => "no service had five changes in the thirteen weeks before the period",
        Arm::Cohort { .. } => "the query gives no service",
        Arm::GoldenPath => {
            "nothing is known of golden paths; say in [[capability]] of milepost.toml what they are and what shows that a service is on one (docs/golden-paths.md)"
        }
    }
}

fn write<T: Serialize + JsonSchema>(output: &OutputArgs, rows: &[T]) -> Result<(), Failure> {
    let batch = milepost_events::answer(rows)
        .map_err(|error| Failure::failed("failed to put rows together", error))?;
    output.write(&batch.schema(), &[batch])
}
