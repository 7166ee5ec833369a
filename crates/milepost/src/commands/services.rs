use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use clap::Args;
use datafusion::prelude::SessionContext;
use milepost_analytics::diagnosis::{UnmatchedName, unmatched};
use milepost_analytics::{Span, WindowKind};

use crate::answer;
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::OutputArgs;

/// List the services, or the names in facts that lead to none
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost services
  milepost services --unmatched --format csv -o names.csv")]
pub(crate) struct ServicesArgs {
    /// List every name that is no service's, how often it is used, and which service is probably
    /// meant
    #[arg(long)]
    unmatched: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Every service that the catalogue knows or that was deployed, with what leads to it.
const SERVICES: &str = "with known as (
    select service_id from services where deleted_at is null
    union select service_id from service_repositories where deleted_at is null
    union select service_id from classified_deployments
  ), repositories as (
    select service_id, array_agg(distinct repository_id order by repository_id) as repository_ids
    from service_repositories where deleted_at is null group by service_id
  ), aliases as (
    select service_id, array_agg(distinct alias order by alias) as aliases
    from service_aliases where deleted_at is null group by service_id
  ), deployed as (
    select service_id, count(*) filter (where is_counted) as deployments_count,
           max(case when is_counted then finished_at end) as last_deployed_at
    from classified_deployments group by service_id
  )
  select known.service_id, services.name, services.tier, repository_ids, aliases,
         coalesce(deployments_count, 0) as deployments_count, last_deployed_at
  from known
  left join services on services.service_id = known.service_id and services.deleted_at is null
  left join repositories on repositories.service_id = known.service_id
  left join aliases on aliases.service_id = known.service_id
  left join deployed on deployed.service_id = known.service_id
  order by known.service_id";

pub(crate) async fn run(args: ServicesArgs, globals: &Globals) -> Result<Exit, Failure> {
    let whole = Span { kinds: vec![WindowKind::All], from: None, to: None };
    let session = answer::session(globals, &globals.lake, whole)?;
    if args.unmatched {
        return list_unmatched(&args.output, &session, globals).await;
    }
    let (schema, rows) = answer::ask(&session, SERVICES).await?;
    args.output.write(&schema, &rows)?;
    Ok(Exit::Done)
}

async fn list_unmatched(
    output: &OutputArgs,
    session: &SessionContext,
    globals: &Globals,
) -> Result<Exit, Failure> {
    let names = unmatched(session).await?;
    let text = |value: &dyn Fn(&UnmatchedName) -> Option<String>| -> ArrayRef {
        Arc::new(names.iter().map(value).collect::<StringArray>())
    };
    let counts: Int64Array = names.iter().map(|one| Some(one.rows_count)).collect();
    let rows = RecordBatch::try_from_iter_with_nullable([
        ("name", text(&|one| Some(one.name.clone())), false),
        ("source", text(&|one| Some(one.source.clone())), false),
        ("table_name", text(&|one| Some(one.table_name.clone())), false),
        ("rows_count", Arc::new(counts) as ArrayRef, false),
        ("likely_service_id", text(&|one| one.likely_service_id.clone()), true),
    ])
    .map_err(|error| Failure::failed("failed to put the names together", error))?;
    output.write(&rows.schema(), std::slice::from_ref(&rows))?;
    if !names.is_empty() {
        globals.remark(
            "a row of service_aliases.csv (provider, alias, service_id) says which service a name means",
        );
    }
    Ok(Exit::Done)
}
