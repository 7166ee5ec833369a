use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use milepost_analytics::capitalization::{Currency, Policy, Reporting};
use milepost_analytics::effort::{Month, Rational};
use milepost_report::sheet::Profile;

use crate::answer;
use crate::capitalization::adjustments::{self, adjustments};
use crate::capitalization::costs::{self, Read};
use crate::capitalization::{self, Books, Export, Order, Pivot, record};
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::OutputArgs;

/// Write files for others: finance's capitalization of a month, or a whole table
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Capitalization(CapitalizationArgs),
    Table(TableArgs),
}

/// Write a month's proposed capitalization: summary, detail, evidence, adjustments, manifest, review
///
/// Proposes; accounting judgements belong to the company. Effort is told from traces of work
/// (docs/capitalization.md). Costs stay with finance unless `--rates` names a file: either months' costs
/// (`person_id,month,amount,currency[,employment_type]`) or rates of an hour
/// (`person_id,role,valid_from,valid_to,rate,currency`, empty for everybody). It is read now and never kept.
/// Ends with 3 where something is missing, which it names.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost export capitalization --period 2026-06 --policy us_gaap_350_40_asu_2025_06 --out june
  milepost export capitalization --period 2026-06 --out june --rates rates.csv --payroll-total '412000.00 USD'
  milepost export capitalization --period 2026-06 --out june --profile excel --pivot person")]
pub(crate) struct CapitalizationArgs {
    /// Month, such as 2026-06
    #[arg(long, value_name = "MONTH")]
    pub(super) period: Month,
    /// Folder to write
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) how: How,
    /// Write FTE in wide form as well
    #[arg(long, value_enum)]
    pivot: Option<Pivot>,
}

/// What an export and a close have in common.
#[derive(Debug, Args)]
pub(super) struct How {
    /// Policy [default: the configuration's]
    #[arg(long, value_name = "NAME")]
    policy: Option<String>,
    /// Employing company whose books these are [default: all of them together]
    #[arg(long, value_name = "NAME")]
    pub(super) entity: Option<String>,
    /// File of costs or rates
    #[arg(long, value_name = "FILE")]
    rates: Option<PathBuf>,
    /// Currency of the export, with --exchange-rates [default: the payroll's]
    #[arg(long, value_name = "CODE", requires = "exchange_rates")]
    currency: Option<String>,
    /// File of exchange rates: `month,from,to,rate,source,published_on`
    #[arg(long, value_name = "FILE", requires = "currency")]
    exchange_rates: Option<PathBuf>,
    /// Total of the payroll that the costs must add up to, such as '412000.00 USD'
    #[arg(long, value_name = "AMOUNT", requires = "rates")]
    payroll_total: Option<String>,
    /// How CSV is written
    #[arg(long, value_enum, default_value = "rfc4180")]
    profile: ProfileArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ProfileArg {
    /// RFC 4180 in UTF-8
    Rfc4180,
    /// The same with a byte order mark
    Excel,
}

/// Write a table as Parquet or CSV
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost export table deployments --format parquet -o deployments.parquet
  milepost export table incidents --format csv")]
pub(crate) struct TableArgs {
    /// Table, as `milepost sql 'show tables'` lists it
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: ExportArgs, globals: &Globals) -> Result<Exit, Failure> {
    match args.what {
        What::Capitalization(args) => capitalization(args, globals).await,
        What::Table(args) => table(args, globals).await,
    }
}

async fn capitalization(args: CapitalizationArgs, globals: &Globals) -> Result<Exit, Failure> {
    answer::warn_without_lake(globals, &globals.lake);
    let export = exported(args.period, &args.how, args.pivot, None, globals).await?;
    capitalization::write(&args.out, &export.files)?;
    let records = record::all(&globals.lake)?;
    let entity = args.how.entity.as_deref();
    if let Some(closed) = record::closed(&records, entity).get(&args.period) {
        globals.remark(&format!(
            "{} is closed under run {}: this export says what is known now, and differences are posted in the first open month",
            args.period, closed.run_id
        ));
    }
    tell(&export, &args.out.display().to_string(), globals)
}

/// Works a month out as it is known now.
pub(super) async fn exported(
    period: Month,
    how: &How,
    pivot: Option<Pivot>,
    seal: Option<String>,
    globals: &Globals,
) -> Result<Export, Failure> {
    let today = globals.as_of.with_timezone(&globals.zone).date_naive();
    if today < period.first() {
        return Err(Failure::Usage(format!("{period} has not begun; nothing of it can be told")));
    }
    let policy = how.policy(globals)?;
    let order = Order { seal, ..how.order(pivot)? };
    let books = Books { entity: how.entity.clone(), policy };
    let case = capitalization::case(globals, period, &books).await?;
    let records = record::all(&globals.lake)?;
    let entity = how.entity.as_deref();
    let closed = record::closed(&records, entity);
    let posted = adjustments(globals, period, &closed, entity, &order).await?;
    capitalization::export(&case, order, &posted)
}

/// Says what was written and what is missing.
pub(super) fn tell(export: &Export, place: &str, globals: &Globals) -> Result<Exit, Failure> {
    let totals = &export.done.totals;
    globals.remark(&format!(
        "wrote {place}: {} people, {} FTE, {} hours, of which {} FTE and {} hours are proposed to be capitalized; run {}",
        totals.persons,
        totals.fte,
        totals.hours,
        totals.capitalized_fte,
        totals.capitalized_hours,
        export.manifest.run_id
    ));
    if totals.persons == 0 {
        globals.remark("nobody has effort in this month: it needs `people` with `identities`, `employments` with country and share of full time, and `calendars` (docs/capitalization.md)");
    }
    for gap in capitalization::told_gaps(&export.done, &export.gaps) {
        globals.remark(&format!("missing: {gap}"));
    }
    let without_cost = match export.has_costs {
        true => adjustments::without_cost(&export.adjustments),
        false => Vec::new(),
    };
    for gap in &without_cost {
        globals.remark(&format!("missing: {gap}"));
    }
    let is_whole = export.gaps.is_empty() && without_cost.is_empty();
    Ok(if is_whole { Exit::Done } else { Exit::Gaps })
}

impl How {
    fn policy(&self, globals: &Globals) -> Result<Policy, Failure> {
        let configured = globals.config.capitalization.policy.as_ref();
        let name = self.policy.as_ref().or(configured).ok_or_else(|| {
            Failure::Usage(format!(
                "no policy is named; give --policy or `policy` in [capitalization], one of {}",
                milepost_analytics::capitalization::POLICIES.join(", ")
            ))
        })?;
        globals.config.capitalization.policy(name).map_err(Failure::Usage)
    }

    fn order(&self, pivot: Option<Pivot>) -> Result<Order, Failure> {
        let rates = self.rates.as_deref().map(costs::rates).transpose()?;
        let reporting = match (&self.currency, &self.exchange_rates) {
            (Some(code), Some(path)) => {
                let currency = currency(code)?;
                let Read { value: rates, sha256 } = costs::exchange_rates(path)?;
                let bytes = std::fs::read(path).map_err(|error| {
                    Failure::failed(&format!("failed to read {}", path.display()), error)
                })?;
                Some((Read { value: Reporting { currency, rates }, sha256 }, bytes))
            }
            _ => None,
        };
        let payroll = self.payroll_total.as_deref().map(payroll).transpose()?;
        let profile = match self.profile {
            ProfileArg::Rfc4180 => Profile::Rfc4180,
            ProfileArg::Excel => Profile::Excel,
        };
        Ok(Order { rates, reporting, payroll, profile, pivot, seal: None })
    }
}

fn currency(code: &str) -> Result<Currency, Failure> {
    Currency::new(code)
        .ok_or_else(|| Failure::Usage(format!("`{code}` is no currency of ISO 4217, such as USD")))
}

fn payroll(text: &str) -> Result<(Currency, i128), Failure> {
    let wrong = || {
        Failure::Usage(format!("`{text}` is no amount with a currency, such as '412000.00 USD'"))
    };
    let (amount, code) = text.split_once(' ').ok_or_else(wrong)?;
    let currency = currency(code.trim())?;
    let amount = Rational::from_decimal(amount).ok_or_else(wrong)?;
    let units = costs::minor_units(&amount, currency).map_err(Failure::Usage)?;
    Ok((currency, units))
}

async fn table(args: TableArgs, globals: &Globals) -> Result<Exit, Failure> {
    answer::warn_without_lake(globals, &globals.lake);
    let known = milepost_events::tables_by_contract();
    if known.iter().all(|table| table.name != args.name) {
        let names: Vec<&str> = known.iter().map(|table| table.name).collect();
        return Err(Failure::Usage(format!(
            "there is no table `{}`; there are {}",
            args.name,
            names.join(", ")
        )));
    }
    let span = milepost_analytics::Span { kinds: Vec::new(), from: None, to: None };
    let session = answer::open(globals, &globals.lake, span)?;
    let (schema, rows) = answer::ask(&session, &format!("select * from \"{}\"", args.name)).await?;
    args.output.write(&schema, &rows)?;
    Ok(Exit::Done)
}
