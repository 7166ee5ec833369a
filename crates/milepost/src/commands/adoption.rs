use arrow::array::RecordBatch;
use chrono::{Duration, NaiveDate};
use clap::Args;
use datafusion::prelude::SessionContext;
use milepost_analytics::{Span, WindowKind};

use super::metric::{self, Cut, Subject};
use crate::answer;
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::OutputArgs;

/// Show how far capabilities and golden paths of the platform are adopted
///
/// One row for each team and the organization, and each golden path as a whole (`capability_id` is
/// empty) and each capability of it; a capability of no path has an empty `golden_path_id`. Services
/// count that are in production and were deployed within 180 days, or are live by the catalogue.
/// Columns: subject_kind, subject_id, golden_path_id, capability_id, services_count, adopted_count,
/// partial_count, exempt_count, off_road_count, adoption_ratio (adopted to all services), ci_low,
/// ci_high (Wilson, 95 %), reason (why there is no ratio). With a window, window_start and window_end
/// stand before them (UTC) and a row tells of the window's end.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost adoption
  milepost adoption --by organization --window quarter
  milepost adoption --services --format csv -o services.csv
  milepost adoption --matrix")]
pub(crate) struct AdoptionArgs {
    /// What a row is about [default: teams and the organization]
    #[arg(long, value_enum, conflicts_with_all = ["services", "matrix"])]
    by: Option<Subject>,
    /// One row for each service and capability: its status and since when, its version, how many newer
    /// ones are in use, deprecation and sunset, why it is exempt, what showed it, and in
    /// `exclusion_reason` why it does not count above
    #[arg(long, conflicts_with = "matrix")]
    services: bool,
    /// One row for each team and capability: its services that use it, its uses of it by self-service in
    /// 90 days, and of the capability `reach_ratio` (teams that use it to all) and `evenness` of use (1:
    /// all teams alike, 0: one team). Uses by fewer than five people are left out (`group_too_small`)
    #[arg(long)]
    matrix: bool,
    /// Tell of the ends of windows instead of the as-of
    #[arg(long, value_enum)]
    window: Option<Cut>,
    /// First civil day [default: twelve complete windows back]
    #[arg(long, value_name = "DATE", requires = "window")]
    from: Option<NaiveDate>,
    /// First civil day after the span [default: up to the as-of]
    #[arg(long, value_name = "DATE", requires = "window")]
    to: Option<NaiveDate>,
    #[command(flatten)]
    output: OutputArgs,
}

const STANDING: &str = "subject_kind, subject_id, golden_path_id, capability_id, services_count, \
    adopted_count, partial_count, exempt_count, off_road_count, adoption_ratio, ci_low, ci_high, reason";

const SERVICES: &str = "service_id, capability_id, golden_path_ids, status, since, version, \
    newest_version, versions_behind, deprecated_on, sunset_on, is_past_deprecation, exemption_reason, \
    evidence, basis, exclusion_reason";

const MATRIX: &str = "team_id, capability_id, services_count, using_services_count, uses_count, \
    is_using, reach_ratio, evenness, reason";

pub(crate) async fn run(args: AdoptionArgs, globals: &Globals) -> Result<Exit, Failure> {
    let session = answer::session(globals, &globals.lake, span(&args, globals)?)?;
    let (schema, rows) = answer::ask(&session, &query(&args)).await?;
    args.output.write(&schema, &rows)?;
    if rows.iter().all(|rows| rows.num_rows() == 0) {
        globals.remark(what_is_missing(&session).await?);
    }
    Ok(Exit::Done)
}

/// The windows; without any the as-of alone, whatever events there are.
fn span(args: &AdoptionArgs, globals: &Globals) -> Result<Span, Failure> {
    match args.window {
        Some(window) => metric::windows(window.kind(), args.from, args.to, globals),
        None => {
            // Midnight belongs to the day that it ends, as in all windows.
            let last = globals.as_of - Duration::microseconds(1);
            let day = last.with_timezone(&globals.zone).date_naive();
            Ok(Span { kinds: vec![WindowKind::All], from: Some(day), to: None })
        }
    }
}

fn query(args: &AdoptionArgs) -> String {
    let (columns, view, order) = if args.services {
        (SERVICES, "service_adoption", "service_id, capability_id")
    } else if args.matrix {
        (MATRIX, "capability_use", "capability_id, team_id")
    } else {
        let order = "case subject_kind when 'organization' then 1 when 'team' then 2 else 3 end, \
                     subject_id, golden_path_id nulls last, capability_id nulls first";
        (STANDING, "adoption", order)
    };
    let only = match args.by {
        _ if args.services || args.matrix => String::new(),
        Some(by) => format!("where subject_kind = '{}'", by.name()),
        None => "where subject_kind in ('organization', 'team')".to_owned(),
    };
    let (windows, first) = match args.window {
        Some(_) => ("window_start, window_end, ", ", window_start"),
        None => ("", ""),
    };
    format!("select {windows}{columns} from windowed.{view} {only} order by {order}{first}")
}

/// What to do where there is nothing to show.
async fn what_is_missing(session: &SessionContext) -> Result<&'static str, Failure> {
    let sql = "select capability_id from capabilities where deleted_at is null limit 1";
    let (_, capabilities) = answer::ask(session, sql).await?;
    let (_, services) =
        answer::ask(session, "select service_id from known_services limit 1").await?;
    let is_empty = |rows: &[RecordBatch]| rows.iter().all(|rows| rows.num_rows() == 0);
    Ok(if is_empty(&capabilities) {
        "no capabilities are defined: `[[capability]]` in milepost.toml finds their use in repositories \
         (docs/golden-paths.md), and `milepost ingest files capabilities.csv capability_adoptions.csv` \
         adds what is known by hand (`capability_id`, `golden_path_ids`; `service_id`, `capability_id`, `valid_from`, `status`)"
    } else if is_empty(&services) {
        "there is no service: `milepost ingest git PATH` or `milepost ingest files services.csv` adds some"
    } else {
        "no team that owns a service in production is known: `milepost ingest files service_owners.csv` \
         says who owns what"
    })
}
