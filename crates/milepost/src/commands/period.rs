use std::path::PathBuf;

use clap::{Args, Subcommand};
use milepost_analytics::effort::{FTE_DIGITS, Fixed, HOURS_DIGITS, Month};
use schemars::JsonSchema;
use serde::Serialize;

use super::export::{How, exported, tell};
use crate::capitalization::adjustments::first_open;
use crate::capitalization::record::{self, Closed, Deed, Record};
use crate::capitalization::sample::sample;
use crate::capitalization::verify::verify;
use crate::capitalization::{self, Export};
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::{OutputArgs, print};

/// Close months of the books, and check what was closed
#[derive(Debug, Args)]
pub(crate) struct PeriodArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Close(CloseArgs),
    Reopen(ReopenArgs),
    Status(StatusArgs),
    Verify(VerifyArgs),
    Sample(SampleArgs),
}

/// Close a month: write a sealed bundle of all inputs and outputs, and print its digest
///
/// The lake keeps FTE, hours and digests of it, no cost and no rate. Keep the digest elsewhere:
/// `period verify DIR --expect DIGEST` shows that the bundle is the one that was closed. What becomes
/// known later is posted as adjustments in the first open month.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost period close --period 2026-06 --out june --by 'Dana Cruz' --rates rates.csv")]
struct CloseArgs {
    /// Month, such as 2026-06
    #[arg(long, value_name = "MONTH")]
    period: Month,
    /// Folder to write, empty or new
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Who closes it; asserted, not authenticated
    #[arg(long, value_name = "NAME")]
    by: String,
    #[command(flatten)]
    how: How,
}

/// Open a closed month again, by two people
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost period reopen --period 2026-06 --by 'Dana Cruz' --by 'Kim Vale' --reason 'wrong gate of PAY'")]
struct ReopenArgs {
    /// Month, such as 2026-06
    #[arg(long, value_name = "MONTH")]
    period: Month,
    /// Employing company whose books were closed
    #[arg(long, value_name = "NAME")]
    entity: Option<String>,
    /// Who opens it, twice: two different people; asserted, not authenticated
    #[arg(long, value_name = "NAME", required = true)]
    by: Vec<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// List what was closed and opened again
///
/// Columns: period, state, at (as-of of the command), by, policy, run_id, digest, persons_count, fte, hours,
/// reason, recorded_at (by the machine's clock), entity. One row for each closing and reopening; the last one of a month
/// and entity is its state.
#[derive(Debug, Args)]
struct StatusArgs {
    #[command(flatten)]
    output: OutputArgs,
}

/// Check a bundle, without a lake: that it is whole, and that its rows follow from its inputs
///
/// Ends with 4 where something does not hold.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost period verify june --expect 4f6c…
  milepost period verify june --rates rates.csv")]
struct VerifyArgs {
    /// Folder of the bundle
    #[arg(value_name = "DIR")]
    bundle: PathBuf,
    /// Digest that was printed when the month was closed
    #[arg(long, value_name = "DIGEST")]
    expect: Option<String>,
    /// File of costs or rates that the bundle was made with
    #[arg(long, value_name = "FILE")]
    rates: Option<PathBuf>,
}

/// Draw rows of a bundle's detail for an audit, each with links to what it rests on
///
/// The same seed draws the same rows. Columns: those of `cap_detail.csv` without the run, and urls.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost period sample june --seed 7 --format csv -o sample.csv")]
struct SampleArgs {
    /// Folder of the bundle, or of an export
    #[arg(value_name = "DIR")]
    bundle: PathBuf,
    /// Seed: any text
    #[arg(long, value_name = "TEXT")]
    seed: String,
    /// Rows to draw
    #[arg(long, value_name = "COUNT", default_value = "25")]
    rows: usize,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: PeriodArgs, globals: &Globals) -> Result<Exit, Failure> {
    match args.what {
        What::Close(args) => close(args, globals).await,
        What::Reopen(args) => reopen(args, globals).await,
        What::Status(args) => status(&args, globals),
        What::Verify(args) => verified(&args),
        What::Sample(args) => {
            let (schema, rows) = sample(&args.bundle, &args.seed, args.rows)?;
            args.output.write(&schema, &[rows])?;
            Ok(Exit::Done)
        }
    }
}

async fn close(args: CloseArgs, globals: &Globals) -> Result<Exit, Failure> {
    let period = args.period;
    let by = named(&[args.by])?;
    let seal = sealing()?;
    if !globals.lake.exists() {
        return Err(Failure::Failed(format!(
            "there is no lake at {} to close a month of",
            globals.lake.root().display()
        )));
    }
    let lock = globals.lake.lock(globals.wait).await?;
    let records = record::all(&globals.lake)?;
    let entity = args.how.entity.as_deref();
    record::check_cut(&records, entity)?;
    let closed = record::closed(&records, entity);
    if let Some(closed) = closed.get(&period) {
        return Err(Failure::Failed(format!(
            "{period} is closed already, under digest {}; `milepost period reopen` opens it",
            closed.digest
        )));
    }
    if let Some(open) = first_open(&closed).filter(|open| *open < period) {
        return Err(Failure::Failed(format!(
            "{open} is open; months are closed in their order, so close it first"
        )));
    }
    let is_used = std::fs::read_dir(&args.out).is_ok_and(|mut entries| entries.next().is_some());
    if is_used {
        return Err(Failure::Usage(format!(
            "{} is not empty: a bundle has a folder of its own",
            args.out.display()
        )));
    }
    let export = exported(period, &args.how, None, Some(seal), globals).await?;
    if export.done.is_provisional
        || globals.as_of.with_timezone(&globals.zone).date_naive() <= last(period)
    {
        return Err(Failure::Failed(format!(
            "{period} is not over as of {}; a month is closed after its end",
            globals.as_of.format("%Y-%m-%dT%H:%M:%SZ")
        )));
    }
    capitalization::write(&args.out, &export.files)?;
    record(&export, period, by, globals)?.keep(&globals.lake)?;
    drop(lock);
    let exit = tell(&export, &args.out.display().to_string(), globals)?;
    print(&format!("{}\n", export.digest))?;
    Ok(exit)
}

/// Digits that nobody can guess: the lake keeps a digest of what they are in, and rates must not be
/// found by trying them out.
fn sealing() -> Result<String, Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::failed("failed to draw a number for the seal", error))?;
    Ok(capitalization::hex(&bytes))
}

fn last(period: Month) -> chrono::NaiveDate {
    period.days().last().unwrap_or(period.first())
}

fn record(
    export: &Export,
    period: Month,
    by: Vec<String>,
    globals: &Globals,
) -> Result<Record, Failure> {
    let closed = Closed {
        policy: export.policy.clone(),
        as_of: globals.as_of,
        run_id: export.manifest.run_id.clone(),
        digest: export.digest.clone(),
        tables: globals.lake.versions()?,
        rows: record::booked(&export.done),
        evidence: export.done.evidence.iter().map(|row| row.row_hash.clone()).collect(),
        adjustments: export.adjustments.clone(),
    };
    let entity = export.manifest.run.entity.clone();
    Ok(Record::new((period, entity), globals.as_of, by, Deed::Closed(Box::new(closed))))
}

/// Names that say something.
fn named(names: &[String]) -> Result<Vec<String>, Failure> {
    let one_blank = |name: &String| name.split_whitespace().collect::<Vec<_>>().join(" ");
    let names: Vec<String> = names.iter().map(one_blank).collect();
    match names.iter().any(String::is_empty) {
        true => Err(Failure::Usage("--by needs a name".to_owned())),
        false => Ok(names),
    }
}

async fn reopen(args: ReopenArgs, globals: &Globals) -> Result<Exit, Failure> {
    let by = named(&args.by)?;
    let is_two = matches!(&by[..], [one, other] if one.to_lowercase() != other.to_lowercase());
    if !is_two {
        return Err(Failure::Usage(
            "a closed month is opened by two different people: give --by twice".to_owned(),
        ));
    }
    if args.reason.trim().is_empty() {
        return Err(Failure::Usage("--reason is empty; say why the month is opened".to_owned()));
    }
    let _lock = globals.lake.lock(globals.wait).await?;
    let records = record::all(&globals.lake)?;
    let closed = record::closed(&records, args.entity.as_deref());
    if !closed.contains_key(&args.period) {
        let whose = args.entity.map(|entity| format!(" for {entity}")).unwrap_or_default();
        return Err(Failure::Failed(format!("{} is not closed{whose}", args.period)));
    }
    if let Some(later) = closed.keys().find(|month| **month > args.period) {
        return Err(Failure::Failed(format!(
            "{later} is closed after {}; open that first, since it may hold adjustments of it",
            args.period
        )));
    }
    let deed = Deed::Reopened { reason: args.reason };
    Record::new((args.period, args.entity), globals.as_of, by, deed).keep(&globals.lake)?;
    globals.remark(&format!("{} is open again", args.period));
    Ok(Exit::Done)
}

/// A closing or reopening.
#[derive(Debug, Serialize, JsonSchema)]
struct PeriodRow {
    period: String,
    state: &'static str,
    at: chrono::DateTime<chrono::Utc>,
    by: String,
    policy: Option<String>,
    run_id: Option<String>,
    digest: Option<String>,
    persons_count: Option<i64>,
    fte: Option<f64>,
    hours: Option<f64>,
    reason: Option<String>,
    /// When it was done, by the machine's clock.
    recorded_at: chrono::DateTime<chrono::Utc>,
    /// Employing company; NULL for all of them together.
    entity: Option<String>,
}

fn status(args: &StatusArgs, globals: &Globals) -> Result<Exit, Failure> {
    let records = record::all(&globals.lake)?;
    let rows: Vec<PeriodRow> = records.iter().map(row).collect();
    if rows.is_empty() {
        globals.remark("no month was ever closed; `milepost period close` closes one");
    }
    let batch = milepost_events::answer(&rows)
        .map_err(|error| Failure::failed("failed to put rows together", error))?;
    args.output.write(&batch.schema(), &[batch])?;
    Ok(Exit::Done)
}

fn row(record: &Record) -> PeriodRow {
    let (state, closed, reason) = match &record.deed {
        Deed::Closed(closed) => ("closed", Some(closed), None),
        Deed::Reopened { reason } => ("open", None, Some(reason.clone())),
    };
    let persons = |closed: &Closed| {
        let people: std::collections::BTreeSet<&str> =
            closed.rows.iter().map(|row| row.key.person_id.as_str()).collect();
        i64::try_from(people.len()).unwrap_or(i64::MAX)
    };
    let sum = |of: fn(&record::Booked) -> i64, digits: u32| {
        let units = |closed: &Closed| closed.rows.iter().map(of).sum::<i64>();
        closed.and_then(|closed| Fixed::new(units(closed).into(), digits).to_string().parse().ok())
    };
    PeriodRow {
        period: record.period.to_string(),
        state,
        at: record.at,
        by: record.by.join(", "),
        policy: closed.map(|closed| closed.policy.name.clone()),
        run_id: closed.map(|closed| closed.run_id.clone()),
        digest: closed.map(|closed| closed.digest.clone()),
        persons_count: closed.map(|closed| persons(closed)),
        fte: sum(|row| row.fte_units, FTE_DIGITS),
        hours: sum(|row| row.hours_units, HOURS_DIGITS),
        reason,
        recorded_at: record.recorded_at,
        entity: record.entity.clone(),
    }
}

fn verified(args: &VerifyArgs) -> Result<Exit, Failure> {
    let verdict = verify(&args.bundle, args.expect.as_deref(), args.rates.as_deref())?;
    let mut text = String::new();
    for fault in &verdict.faults {
        text += &format!("does not hold: {fault}\n");
    }
    text += &format!("run     {}\ndigest  {}\n", verdict.run_id, verdict.digest);
    text += &format!("files   {}\nrows    {}\n", verdict.files, verdict.again);
    text += match (verdict.faults.is_empty(), args.expect.is_some(), verdict.is_again) {
        (false, ..) => "not whole\n",
        (true, true, _) => "whole: the bundle is the one that was expected\n",
        (true, false, true) => {
            "whole; whether it is the one that was closed, only --expect can tell\n"
        }
        (true, false, false) => {
            "the files are those of the manifest; no more can be said without --expect\n"
        }
    };
    print(&text)?;
    Ok(match (verdict.faults.is_empty(), verdict.is_again || args.expect.is_some()) {
        (false, _) => Exit::Unsound,
        (true, true) => Exit::Done,
        (true, false) => Exit::Gaps,
    })
}
