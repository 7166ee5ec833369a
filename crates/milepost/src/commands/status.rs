use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use clap::Args;
use milepost_analytics::{Span, WindowKind, parse_duration};
use milepost_events::{Kind, Table, tables_by_contract};

use crate::answer;
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::OutputArgs;

/// Show how fresh the data is: what each source last brought, and how far each table reaches
///
/// Of a source `last_read_at` is the last read that came to its end, `last_changed_at` the last one
/// that found anything new, `rows_count` all rows that it ever added or changed, `rejected_count`
/// what its last read refused, `rejected_reason` why it refused the first of them (the table
/// `rejected_records` has all), and `cursor` where the next
/// one begins, cut after 60 characters (`ingest_runs` has all of it). Of a table `last_changed_at`
/// is when its newest row was observed, `latest_event_at` the latest event in it up to the as-of.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost status
  milepost status --format json
  milepost status --max-age 26h")]
pub(crate) struct StatusArgs {
    /// Fail (exit 4) where a source was last read longer ago, such as 26h or 7d
    #[arg(long, value_name = "AGE", value_parser = age)]
    max_age: Option<Duration>,
    #[command(flatten)]
    output: OutputArgs,
}

fn age(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "write 60min, 26h or 7d".to_owned())
}

/// What ingests say of sources, as columns of the answer.
const SOURCES: &str = "select 'source' as kind, s.source as name, s.rows_count, s.last_changed_at,
       arrow_cast(null, 'Timestamp(Microsecond, Some(\"UTC\"))') as latest_event_at,
       s.rejected_count, s.cursor, r.rejected_reason
from (select source, sum(rows_count) as rows_count, max(finished_at) as last_changed_at,
             last_value(rejected_count order by finished_at, length(run_id), run_id) as rejected_count,
             last_value(cursor order by finished_at, length(run_id), run_id) as cursor,
             last_value(run_id order by finished_at, length(run_id), run_id) as run_id
      from ingest_runs group by source) s
left join (select run_id, first_value(reason order by ordinal) as rejected_reason
           from rejected_records group by run_id) r on r.run_id = s.run_id";

pub(crate) async fn run(args: StatusArgs, globals: &Globals) -> Result<Exit, Failure> {
    let (schema, rows) = freshness(globals).await?;
    args.output.write(&schema, &rows)?;
    match args.max_age {
        Some(age) => too_old(&globals.lake.seen(), &globals.lake.sources().await?, age, globals),
        None => Ok(Exit::Done),
    }
}

/// How fresh the data is, a row for each source and table.
///
/// # Errors
/// Where the lake can't be read.
pub(crate) async fn freshness(globals: &Globals) -> Result<(SchemaRef, Vec<RecordBatch>), Failure> {
    let whole = Span { kinds: vec![WindowKind::All], from: None, to: None };
    let session = answer::session(globals, &globals.lake, whole)?;
    let tables: Vec<String> = facts().map(reach).collect();
    let seen = globals.lake.seen();
    let sql = format!(
        "select coalesce(told.kind, 'source') as kind, coalesce(told.name, seen.name) as name,
                rows_count, last_changed_at, latest_event_at, rejected_count, last_read_at,
                case when length(cursor) > 60 then concat(left(cursor, 59), '…') else cursor end as cursor,
                rejected_reason
         from ({SOURCES} union all {}) told
         full join ({}) seen on told.kind = 'source' and told.name = seen.name
         where told.name is null or told.kind = 'source' or rows_count > 0
         order by kind, name",
        tables.join(" union all "),
        reads(&seen)
    );
    answer::ask(&session, &sql).await
}

/// When sources were last read, as a query.
fn reads(seen: &BTreeMap<String, DateTime<Utc>>) -> String {
    let row = |name: &str, at: &str| {
        format!(
            "select '{}' as name, arrow_cast({at}, 'Timestamp(Microsecond, Some(\"UTC\"))') as last_read_at",
            name.replace('\'', "''")
        )
    };
    let rows: Vec<String> =
        seen.iter().map(|(name, at)| row(name, &format!("'{}'", at.to_rfc3339()))).collect();
    match rows.is_empty() {
        true => row("", "null") + " where false",
        false => rows.join(" union all "),
    }
}

/// Names the sources that were last read longer ago.
fn too_old(
    seen: &BTreeMap<String, DateTime<Utc>>,
    sources: &[String],
    age: Duration,
    globals: &Globals,
) -> Result<Exit, Failure> {
    let unfinished: Vec<&String> =
        sources.iter().filter(|name| !seen.contains_key(*name)).collect();
    for name in &unfinished {
        globals.remark(&format!("{name} was never read to its end"));
    }
    let old: Vec<_> = seen.iter().filter(|(_, at)| globals.as_of - **at > age).collect();
    for (name, at) in &old {
        globals.remark(&format!(
            "{name} was last read at {}",
            at.to_rfc3339_opts(SecondsFormat::Secs, true)
        ));
    }
    if seen.is_empty() {
        globals.remark("no source was read yet");
    }
    Ok(if old.is_empty() && unfinished.is_empty() && !seen.is_empty() {
        Exit::Done
    } else {
        Exit::Unsound
    })
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
         arrow_cast(null, 'Int64') as rejected_count, arrow_cast(null, 'Utf8') as cursor, \
         arrow_cast(null, 'Utf8') as rejected_reason \
         from {0} where deleted_at is null",
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
