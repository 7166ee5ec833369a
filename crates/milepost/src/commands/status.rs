use clap::Args;
use milepost_analytics::{Span, WindowKind};
use milepost_events::{Kind, Table, tables_by_contract};

use crate::answer;
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::OutputArgs;

/// Show how fresh the data is: what each source last brought, and how far each table reaches
///
/// Of a source `last_changed_at` is the last read that found anything new, `rows_count` all rows that
/// it ever added or changed, refused records among them, and `rejected_count` what its last read
/// refused. Of a table
/// `last_changed_at` is when its newest row was observed, `latest_event_at` the latest event in
/// it up to the as-of.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost status
  milepost status --format json")]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    output: OutputArgs,
}

/// Sources as columns of the answer.
const SOURCES: &str = "select 'source' as kind, source as name, sum(rows_count) as rows_count,
       max(finished_at) as last_changed_at,
       arrow_cast(null, 'Timestamp(Microsecond, Some(\"UTC\"))') as latest_event_at,
       last_value(rejected_count order by finished_at, run_id) as rejected_count
from ingest_runs group by source";

pub(crate) async fn run(args: StatusArgs, globals: &Globals) -> Result<Exit, Failure> {
    let whole = Span { kinds: vec![WindowKind::All], from: None, to: None };
    let session = answer::session(globals, &globals.lake, whole)?;
    let tables: Vec<String> = facts().map(reach).collect();
    let sql = format!(
        "select kind, name, rows_count, last_changed_at, latest_event_at, rejected_count
         from ({SOURCES} union all {}) where rows_count > 0 or rejected_count > 0
         order by kind, name",
        tables.join(" union all ")
    );
    let (schema, rows) = answer::ask(&session, &sql).await?;
    args.output.write(&schema, &rows)?;
    Ok(Exit::Done)
}

fn facts() -> impl Iterator<Item = &'static Table> {
    tables_by_contract().iter().filter(|table| table.kind == Kind::Fact)
}

/// How far a table reaches, as columns of the answer.
fn reach(table: &Table) -> String {
    let utc = "'Timestamp(Microsecond, Some(\"UTC\"))'";
    let latest = match event_time(table.name) {
        Some(at) => format!(
            "max(case when arrow_cast({at}, {utc}) <= (select as_of from clock) \
             then arrow_cast({at}, {utc}) end)"
        ),
        None => format!("arrow_cast(null, {utc})"),
    };
    format!(
        "select 'table' as kind, '{0}' as name, count(*) as rows_count, \
         max(observed_at) as last_changed_at, {latest} as latest_event_at, \
         arrow_cast(null, 'Int64') as rejected_count from {0} where deleted_at is null",
        table.name
    )
}

/// When a row's latest event was; `None` for tables that tell of no events.
fn event_time(table: &str) -> Option<&'static str> {
    Some(match table {
        "commits" => "committed_at",
        "deployments" => "coalesce(finished_at, started_at, created_at)",
        "incidents" => {
            "coalesce(resolved_at, mitigated_at, created_at, detected_at, impact_started_at)"
        }
        "pull_requests" => "coalesce(merged_at, closed_at, created_at)",
        "pipeline_runs" => "coalesce(finished_at, started_at)",
        "self_service_runs" => "coalesce(finished_at, requested_at)",
        "work_items" | "support_tickets" => "coalesce(resolved_at, created_at)",
        "reviews" => "submitted_at",
        "work_item_transitions" => "transitioned_at",
        "survey_responses" => "answered_at",
        "ai_usage" => "used_on",
        "capability_adoptions" => "valid_from",
        _ => return None,
    })
}
