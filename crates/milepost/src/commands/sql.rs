use std::collections::BTreeMap;
use std::io::{IsTerminal, Read, stdin};
use std::path::PathBuf;

use clap::Args;
use milepost_analytics::Span;
use milepost_report::rows::Format;

use crate::answer;
use crate::exit::{Exit, Failure};
use crate::globals::Globals;
use crate::output::{OutputArgs, print};
use crate::shell::Shell;
use crate::statements::split;

/// Run queries over the lake, or a shell for them; they can only read
///
/// Several queries in a file or on the standard input are answered in their order, as tables. `$NAME` in
/// a query is the value given with --set NAME=VALUE: it is bound, never made part of the text. Without a
/// query a terminal gets a shell, in which `\?` lists the commands.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost sql
  milepost sql 'select count(*) from commits'
  milepost sql \"select * from metrics.change_lead_time where subject_kind = 'service' and window_kind = 'month'\"
  milepost sql --set team=payments -f lead_times.sql
  milepost sql --format csv -o deployments.csv 'select * from classified_deployments'
  milepost sql 'show tables'")]
pub(crate) struct SqlArgs {
    /// Query [default: standard input, or a shell]
    query: Option<String>,
    /// File with queries
    #[arg(long, short, value_name = "FILE", conflicts_with = "query")]
    file: Option<PathBuf>,
    /// Value of $NAME in the queries; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    set: Vec<(String, String)>,
    #[command(flatten)]
    output: OutputArgs,
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| "write NAME=VALUE, such as team=payments".to_owned())?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    match !name.is_empty() && name.bytes().all(is_name) {
        true => Ok((name.to_owned(), value.to_owned())),
        false => Err(format!("`{name}` is no name; use letters, digits and `_`")),
    }
}

impl SqlArgs {
    /// True where a user is to be asked for queries.
    pub(crate) fn is_shell(&self) -> bool {
        self.query.is_none() && self.file.is_none() && stdin().is_terminal()
    }
}

pub(crate) async fn run(args: SqlArgs, globals: &Globals) -> Result<Exit, Failure> {
    let parameters: BTreeMap<String, String> = args.set.iter().cloned().collect();
    if args.is_shell() {
        return Shell::new(globals, parameters, args.output.format()).run().await;
    }
    let text = text(&args)?;
    let statements = split(&text).0;
    if statements.is_empty() {
        return Err(Failure::Usage(
            "there is no query; give one, such as `milepost sql 'show tables'`".to_owned(),
        ));
    }
    if statements.len() > 1 && (args.output.format() != Format::Table || args.output.is_file()) {
        return Err(Failure::Usage(format!(
            "there are {} queries, and only tables on the terminal hold more than one answer; give one at a time",
            statements.len()
        )));
    }
    let session = answer::session(globals, &globals.lake, Span::everything())?;
    if statements.len() > 1 {
        // None is answered where another can't be.
        for statement in &statements {
            answer::planned(&session, statement).await?;
        }
    }
    for (at, statement) in statements.into_iter().enumerate() {
        let (schema, rows) = answer::ask_with(&session, statement, &parameters).await?;
        if at > 0 {
            print("\n")?;
        }
        args.output.write(&schema, &rows)?;
    }
    Ok(Exit::Done)
}

fn text(args: &SqlArgs) -> Result<String, Failure> {
    match (&args.query, &args.file) {
        (Some(query), _) => Ok(query.clone()),
        (None, Some(file)) => std::fs::read_to_string(file).map_err(|error| {
            Failure::Usage(format!("failed to read the query file {}: {error}", file.display()))
        }),
        (None, None) => {
            let mut query = String::new();
            stdin()
                .read_to_string(&mut query)
                .map_err(|error| Failure::failed("failed to read the query", error))?;
            Ok(query)
        }
    }
}
