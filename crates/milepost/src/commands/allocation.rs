use chrono::NaiveDate;
use clap::Args;
use milepost_analytics::WindowKind;

use super::metric;
use crate::allocation;
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::OutputArgs;

/// Show what working time went to, by team and month
///
/// Told from commits, pull requests, reviews and tickets in progress; nobody fills in a timesheet. Two
/// questions are asked of the same time: `activity` (roadmap, infrastructure, support, unplanned,
/// maintenance, overhead) and `investment` (new_value, improvement, developer_productivity, ktlo). The
/// shares of a dimension, with `unlabelled` and `unattributed`, add up to 1. Groups of fewer than five
/// people are hidden, and those that would give them away. Columns: subject_kind, subject_id, window_kind,
/// window_start, window_end (UTC), dimension, category, rule_id, value (0 to 1), fte, people_count,
/// coverage_ratio, basis, reason, is_provisional.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost allocation
  milepost allocation --from 2026-04-01 --to 2026-07-01 --format csv
  milepost allocation --by-rule")]
pub(crate) struct AllocationArgs {
    /// First civil day, the first of a month [default: twelve complete months back]
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// First civil day after the span, the first of a month [default: up to the as-of]
    #[arg(long, value_name = "DATE")]
    to: Option<NaiveDate>,
    /// Divide every label's share by the rule that gave it
    #[arg(long)]
    by_rule: bool,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: AllocationArgs, globals: &Globals) -> Result<Exit, Failure> {
    let span = metric::windows(WindowKind::Month, args.from, args.to, globals)?;
    let mut told = allocation::tell(globals, span).await?;
    let is_label = |category: &str| !matches!(category, "unlabelled" | "unattributed" | "all");
    told.rows.retain(|row| row.rule_id.is_some() == (args.by_rule && is_label(&row.category)));
    let batch = milepost_events::answer(&told.rows)
        .map_err(|error| Failure::failed("failed to put rows together", error))?;
    args.output.write(&batch.schema(), &[batch])?;
    for remark in &told.remarks {
        globals.remark(remark);
    }
    Ok(Exit::Done)
}
