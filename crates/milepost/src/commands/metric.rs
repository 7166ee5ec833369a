use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use milepost_analytics::{Catalogue, Span, WindowKind};

use crate::answer::{self, metric_columns, typed};
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::OutputArgs;

/// Print values of metrics, by service and month unless told otherwise
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost metric change_lead_time
  milepost metric deployment_frequency change_fail_rate --by organization --window quarter
  milepost metric change_lead_time --all-statistics --from 2026-01-01 --to 2026-07-01 --format csv")]
pub(crate) struct MetricArgs {
    /// Metrics, as `milepost metrics` lists them
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// What a value is about
    #[arg(long, value_enum, default_value = "service")]
    by: Subject,
    /// How time is cut
    #[arg(long, value_enum, default_value = "month")]
    window: Cut,
    /// First civil day [default: twelve complete windows back; with --to, the first event]
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// First civil day after the span [default: up to the as-of]
    #[arg(long, value_name = "DATE")]
    to: Option<NaiveDate>,
    /// Print all statistics of a metric, not only the headline
    #[arg(long)]
    all_statistics: bool,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    Service,
    Team,
    Organization,
}

impl Subject {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Subject::Service => "service",
            Subject::Team => "team",
            Subject::Organization => "organization",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Cut {
    Week,
    Month,
    Quarter,
    Year,
    All,
}

impl Cut {
    pub(crate) fn kind(self) -> WindowKind {
        match self {
            Cut::Week => WindowKind::Week,
            Cut::Month => WindowKind::Month,
            Cut::Quarter => WindowKind::Quarter,
            Cut::Year => WindowKind::Year,
            Cut::All => WindowKind::All,
        }
    }
}

pub(crate) async fn run(args: MetricArgs, globals: &Globals) -> Result<Exit, Failure> {
    let catalogue = answer::catalogue(globals)?;
    let queries = args
        .names
        .iter()
        .map(|name| query(&catalogue, name, args.by, args.all_statistics))
        .collect::<Result<Vec<_>, _>>()?;
    let session = answer::session(
        globals,
        &globals.lake,
        windows(args.window.kind(), args.from, args.to, globals)?,
    )?;
    let mut schema = None;
    let mut rows = Vec::new();
    for query in queries {
        let (columns, of_one) = answer::ask(&session, &query).await?;
        let schema = schema.get_or_insert_with(|| metric_columns(&columns));
        for batch in &of_one {
            rows.push(typed(batch, schema)?);
        }
    }
    if let Some(schema) = schema {
        args.output.write(&schema, &rows)?;
    }
    Ok(Exit::Done)
}

/// The query for a metric's values.
///
/// # Errors
/// Names the metrics where it is none.
pub(crate) fn query(
    catalogue: &Catalogue,
    name: &str,
    by: Subject,
    all_statistics: bool,
) -> Result<String, Failure> {
    let Some(metric) = catalogue.metrics.get(name) else {
        let known: Vec<&str> = catalogue.metrics.keys().map(String::as_str).collect();
        return Err(Failure::Usage(format!(
            "there is no metric `{name}`; there are {}",
            known.join(", ")
        )));
    };
    let headline = match metric.statistics.first() {
        Some(headline) if !all_statistics => format!("and statistic = '{headline}'"),
        _ => String::new(),
    };
    Ok(format!(
        "select * from metrics.{} where subject_kind = '{}' {headline} \
         order by subject_id, window_start, statistic",
        metric.name,
        by.name()
    ))
}

/// The windows between two civil days, else the recent ones.
pub(crate) fn windows(
    kind: WindowKind,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    globals: &Globals,
) -> Result<Span, Failure> {
    let recent = Span::recent(kind, globals.as_of, &globals.definition, globals.zone);
    let from = match (from, to) {
        (Some(from), Some(to)) if to <= from => {
            return Err(Failure::Usage(format!(
                "the span is empty: --to {to} is not after --from {from}"
            )));
        }
        (None, Some(_)) => None,
        (from, _) => from.or(recent.from),
    };
    Ok(Span { kinds: vec![kind], from, to })
}
