use std::io::{IsTerminal, Read, stdin};
use std::path::PathBuf;

use clap::Args;
use milepost_analytics::Span;

use crate::answer;
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::OutputArgs;

/// Run one query over the lake; it can only read
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost sql 'select count(*) from commits'
  milepost sql \"select * from metrics.change_lead_time where subject_kind = 'service' and window_kind = 'month'\"
  milepost sql --format csv -o deployments.csv 'select * from classified_deployments'
  milepost sql 'show tables'")]
pub(crate) struct SqlArgs {
    /// Query [default: standard input]
    query: Option<String>,
    /// File with the query
    #[arg(long, short, value_name = "FILE", conflicts_with = "query")]
    file: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: SqlArgs, globals: &Globals) -> Result<Exit, Failure> {
    let query = query(&args)?;
    let session = answer::session(globals, &globals.lake, Span::everything())?;
    let (schema, rows) = answer::ask(&session, &query).await?;
    args.output.write(&schema, &rows)?;
    Ok(Exit::Done)
}

fn query(args: &SqlArgs) -> Result<String, Failure> {
    let query = match (&args.query, &args.file) {
        (Some(query), _) => query.clone(),
        (None, Some(file)) => std::fs::read_to_string(file).map_err(|error| {
            Failure::Usage(format!("failed to read the query file {}: {error}", file.display()))
        })?,
        (None, None) if stdin().is_terminal() => String::new(),
        (None, None) => {
            let mut query = String::new();
            stdin()
                .read_to_string(&mut query)
                .map_err(|error| Failure::failed("failed to read the query", error))?;
            query
        }
    };
    if query.trim().is_empty() {
        return Err(Failure::Usage(
            "there is no query; give one, such as `milepost sql 'show tables'`".to_owned(),
        ));
    }
    Ok(query)
}
