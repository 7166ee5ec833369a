use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use chrono::{Duration, NaiveDate};
use clap::{Args, Subcommand};
use datafusion::prelude::SessionContext;
use milepost_analytics::diagnosis::explain::{self, MetricStory, Missing, Question};
use milepost_analytics::diagnosis::words;
use milepost_analytics::{Span, WindowKind, Windows};
use milepost_report::rows::Format;
use serde::Serialize;

use super::metric::{Cut, Subject};
use crate::answer;
use crate::exit::{Exit, Failure};
use crate::explain::{Section, change, deployment, incident, metric, text};
use crate::globals::Globals;
use crate::output::OutputArgs;
use crate::quickstart::text::quoted;

/// Show what is behind a value, a change, a deployment or an incident
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Metric(MetricArgs),
    Change(ChangeArgs),
    Deployment(DeploymentArgs),
    Incident(IncidentArgs),
}

/// Show the definition, the SQL and the facts behind one value, and what was left out and why
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost explain metric change_lead_time --subject shop --window-start 2026-01-01
  milepost explain metric change_fail_rate --subject organization --window all
  milepost explain metric change_fail_rate --subject team:door --window-start 2026-01-01
  milepost explain metric deployment_frequency --by team --subject door --window quarter --window-start 2026-01-01 --format csv")]
struct MetricArgs {
    /// Metric, as `milepost metrics` lists it
    #[arg(value_name = "NAME")]
    name: String,
    /// Service or team, also as goals name them: `service:NAME`, `team:NAME` or `organization`
    #[arg(long)]
    subject: Option<String>,
    /// First civil day of the window
    #[arg(long, value_name = "DATE")]
    window_start: Option<NaiveDate>,
    /// What the value is about [default: what the subject says, else service]
    #[arg(long, value_enum)]
    by: Option<Subject>,
    /// How time is cut
    #[arg(long, value_enum, default_value = "month")]
    window: Cut,
    /// List all facts, not only the first ones
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Tell a change from its commits to production, or why it is not there
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost explain change '#12'
  milepost explain change shop#12
  milepost explain change 3f2a9c1")]
struct ChangeArgs {
    /// Pull request (`repository#12`, `#12`), or a commit's id or its first 7 digits or more
    id: String,
    #[command(flatten)]
    output: OutputArgs,
}

/// Tell what a deployment shipped, whether it counts, and whether it failed
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost explain deployment v1.2.0
  milepost explain deployment shop@v1.2.0 --all")]
struct DeploymentArgs {
    /// Deployment's id, or its tag where only one has it
    id: String,
    /// List all changes, not only the first ones
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Tell whether an incident counts and which deployment it is linked to, or why to none
#[derive(Debug, Args)]
#[command(after_help = "Example:
  milepost explain incident INC-17")]
struct IncidentArgs {
    /// Incident's id
    id: String,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: ExplainArgs, globals: &Globals) -> Result<Exit, Failure> {
    match args.what {
        What::Metric(args) => of_metric(args, globals).await,
        What::Change(args) => {
            let found = explain::change(&session(globals)?, &args.id).await?;
            let story = found.map_err(|missing| not_found(&missing))?;
            let start = globals.definition.options();
            let start = start.iter().find(|(name, _)| name == "change_start");
            let start = start.map_or_else(String::new, |(name, value)| words::option(name, value));
            tell(&args.output, "change", &story, &change::sections(&story, &start))
        }
        What::Deployment(args) => {
            let session = session(globals)?;
            let found = explain::deployment(&session, &globals.definition, &args.id).await?;
            let story = found.map_err(|missing| not_found(&missing))?;
            let shows_all = args.all || args.output.format() != Format::Table;
            let sections = deployment::sections(&story, shows_all);
            tell(&args.output, "deployment", &story, &sections)
        }
        What::Incident(args) => {
            let session = session(globals)?;
            let found = explain::incident(&session, &globals.definition, &args.id).await?;
            let story = found.map_err(|missing| not_found(&missing))?;
            tell(&args.output, "incident", &story, &incident::sections(&story))
        }
    }
}

fn session(globals: &Globals) -> Result<SessionContext, Failure> {
    answer::session(globals, &globals.lake, Span::everything())
}

/// What an explanation is as JSON.
#[derive(Serialize)]
struct Told<'a, T> {
    schema_version: u32,
    explains: &'static str,
    #[serde(flatten)]
    story: &'a T,
}

fn json<T: Serialize>(
    output: &OutputArgs,
    explains: &'static str,
    story: &T,
) -> Result<Exit, Failure> {
    let told = Told { schema_version: 1, explains, story };
    let text = serde_json::to_string_pretty(&told)
        .map_err(|error| Failure::failed("failed to write JSON", error))?;
    output.write_text(&format!("{text}\n"))?;
    Ok(Exit::Done)
}

/// Text, JSON, or the sentences as rows.
fn tell<T: Serialize>(
    output: &OutputArgs,
    explains: &'static str,
    story: &T,
    sections: &[Section],
) -> Result<Exit, Failure> {
    match output.format() {
        Format::Table => output.write_text(&text(sections))?,
        Format::Json => return json(output, explains, story),
        _ => {
            let lines = sections.iter().flat_map(|section| {
                section.lines.iter().map(|line| (section.title.as_str(), line.text()))
            });
            let (titles, lines): (Vec<&str>, Vec<&str>) = lines.unzip();
            let rows = RecordBatch::try_from_iter([
                ("section", Arc::new(StringArray::from(titles)) as ArrayRef),
                ("sentence", Arc::new(StringArray::from(lines)) as ArrayRef),
            ])
            .map_err(|error| Failure::failed("failed to put the sentences together", error))?;
            output.write(&rows.schema(), std::slice::from_ref(&rows))?;
        }
    }
    Ok(Exit::Done)
}

fn not_found(missing: &Missing) -> Failure {
    let Missing { what, name, candidates, .. } = missing;
    let listed = candidates.join(", ");
    Failure::Usage(match (&missing.known_but, missing.is_ambiguous, candidates.is_empty()) {
        (Some(why), ..) => format!("`{name}` can't be explained: {why}"),
        (None, true, _) => format!("`{name}` may mean several: {listed}"),
        (None, false, true) => format!("there is no {what} `{name}` in the lake"),
        (None, false, false) => {
            format!("there is no {what} `{name}` in the lake; there is {listed}")
        }
    })
}

async fn of_metric(args: MetricArgs, globals: &Globals) -> Result<Exit, Failure> {
    let catalogue = answer::catalogue(globals)?;
    let Some(asked) = catalogue.metrics.get(&args.name) else {
        let known: Vec<&str> = catalogue.metrics.keys().map(String::as_str).collect();
        return Err(Failure::Usage(format!(
            "there is no metric `{}`; there are {}",
            args.name,
            known.join(", ")
        )));
    };
    let kind = args.window.kind();
    let (by, subject_id) = subject(&args)?;
    let question = Question {
        subject_kind: by.name().to_owned(),
        subject_id: subject_id.to_owned(),
        window_kind: kind.name().to_owned(),
        start_on: args.window_start,
    };
    aligned(&args, kind, globals)?;
    let span = Span { kinds: vec![kind], from: args.window_start, to: None };
    let session = answer::session(globals, &globals.lake, span)?;
    let found = explain::metric(&session, asked, &globals.definition, &question).await?;
    let story = found.map_err(|missing| not_found(&missing))?;
    match args.output.format() {
        Format::Table => {
            let again = again(&args, globals, &story).await?;
            let told = text(&metric::sections(&story, &again, args.all)) + &metric::sql(&story);
            args.output.write_text(&milepost_report::plain(&told))?;
        }
        Format::Json => return json(&args.output, "metric", &story),
        _ => {
            let rows = metric::rows(&story)?;
            args.output.write(&rows.schema(), std::slice::from_ref(&rows))?;
        }
    }
    Ok(Exit::Done)
}

/// What the value is about, and its name. A name that begins like a kind is told by `--by`.
fn subject(args: &MetricArgs) -> Result<(Subject, &str), Failure> {
    let Some(given) = args.subject.as_deref() else {
        return match args.by.unwrap_or(Subject::Service) {
            Subject::Organization => Ok((Subject::Organization, "organization")),
            by => Err(Failure::Usage(format!("give the {} with --subject", by.name()))),
        };
    };
    Ok(match (args.by, given.split_once(':')) {
        (None, Some(("team", name))) => (Subject::Team, name),
        (None, Some(("service", name))) => (Subject::Service, name),
        (None, None) if given == "organization" => (Subject::Organization, given),
        (by, _) => (by.unwrap_or(Subject::Service), given),
    })
}

/// Refuses a day on which no window of the kind begins: its number would be of a part of one.
fn aligned(args: &MetricArgs, kind: WindowKind, globals: &Globals) -> Result<(), Failure> {
    let Some(start) = args.window_start else {
        return match kind {
            WindowKind::All => Ok(()),
            _ => Err(Failure::Usage(format!(
                "give the first day of the {} with --window-start",
                kind.name()
            ))),
        };
    };
    if kind == WindowKind::All {
        return Ok(());
    }
    let around = Span { kinds: vec![kind], from: Some(start - Duration::days(400)), to: None };
    let windows = Windows::cut(&around, None, globals.as_of, &globals.definition, globals.zone);
    let holding = windows.0.iter().find(|window| window.start_on <= start && start < window.end_on);
    match holding {
        Some(window) if window.start_on != start => Err(Failure::Usage(format!(
            "no {} starts on {start}; the one that holds it starts on {}",
            kind.name(),
            window.start_on
        ))),
        Some(_) => Ok(()),
        None => Err(Failure::Usage(format!("the {} from {start} is after the as-of", kind.name()))),
    }
}

/// Commands that give the value and its facts again. `milepost sql` has the windows from the first
/// event on; for an earlier one there is `milepost metric`.
async fn again(
    args: &MetricArgs,
    globals: &Globals,
    story: &MetricStory,
) -> Result<Vec<String>, Failure> {
    let Some(headline) = story.values.first() else { return Ok(Vec::new()) };
    let mut flags = format!(
        " --as-of {} --lake {}",
        globals.as_of.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
        quoted(&absolute(globals.lake.root()))
    );
    if let Some(config) = &globals.config.path {
        flags += &format!(" --config {}", quoted(&absolute(config)));
    }
    if globals.definition.timezone != globals.config.definition.timezone {
        flags += &format!(" --timezone {}", quoted(&globals.definition.timezone));
    }
    let everything = session(globals)?;
    let window = format!(
        "select window_start from windows where window_kind = '{}' and window_start = '{}'",
        headline.window_kind,
        headline.window_start.to_rfc3339()
    );
    let (_, rows) = answer::ask(&everything, &window).await?;
    if rows.iter().any(|rows| rows.num_rows() > 0) {
        return Ok(vec![
            format!("milepost sql{flags} {}", in_quotes(&story.value_query)),
            format!("milepost sql{flags} {}", in_quotes(&story.facts_query)),
        ]);
    }
    let from = args.window_start.map_or_else(String::new, |from| format!(" --from {from}"));
    Ok(vec![format!(
        "milepost metric {} --by {} --window {} --all-statistics{from}{flags}",
        story.metric, headline.subject_kind, headline.window_kind
    )])
}

/// The path from anywhere.
fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// A query as a shell reads it back: in double quotes, where nothing in it means more there.
fn in_quotes(query: &str) -> String {
    match query.contains(['"', '$', '`', '\\', '!']) {
        true => quoted(query),
        false => format!("\"{query}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_can_be_pasted_whatever_names_it_holds() {
        assert_eq!(in_quotes("select 'a'"), "\"select 'a'\"");
        assert_eq!(in_quotes("select '$(rm)'"), "'select '\\''$(rm)'\\'''");
    }

    #[test]
    fn a_name_that_leads_nowhere_says_what_there_is() {
        let mut missing = Missing {
            what: "service",
            name: "shpo".to_owned(),
            is_ambiguous: false,
            candidates: vec!["shop".to_owned()],
            known_but: None,
        };
        let said = |missing: &Missing| match not_found(missing) {
            Failure::Usage(text) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(said(&missing), "there is no service `shpo` in the lake; there is shop");
        missing.is_ambiguous = true;
        assert_eq!(said(&missing), "`shpo` may mean several: shop");
    }
}
