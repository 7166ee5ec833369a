use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder};
use clap::Args;
use milepost_analytics::diagnosis::{Diagnosis, Finding, Severity};
use milepost_analytics::readiness::GoalResult;
use milepost_report::plain_line;
use milepost_report::rows::Format;
use milepost_report::units::count;

use crate::checks::{self, Checked};
use crate::exit::{Exit, Failure};
use crate::explain::{counted, indented, short, verdict};
use crate::globals::Globals;
use crate::goals;
use crate::output::OutputArgs;

/// Check the data: what is missing, what contradicts itself, and why a metric is empty
///
/// Ends with exit code 4 where a number is missing or wrong because of something that can be
/// mended, or where a `[[goal]]` of milepost.toml is missed; one without data is told and not missed.
/// Contradictory rows are left out and counted; they are a problem from a tenth of all
/// rows on.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  milepost check
  milepost check --format csv -o findings.csv")]
pub(crate) struct CheckArgs {
    /// Print all findings of a kind, not only the first ones
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Findings of one check that a text shows.
const SHOWN: usize = 5;

pub(crate) async fn run(args: CheckArgs, globals: &Globals) -> Result<Exit, Failure> {
    let Checked { diagnosis, goals } = checks::all(globals).await?;
    match args.output.format() {
        Format::Table => args.output.write_text(&text(globals, &diagnosis, &goals, args.all))?,
        _ => {
            let rows = rows(&diagnosis.findings)?;
            args.output.write(&rows.schema(), std::slice::from_ref(&rows))?;
        }
    }
    Ok(if diagnosis.has_problem() { Exit::Unsound } else { Exit::Done })
}

fn rows(findings: &[Finding]) -> Result<RecordBatch, Failure> {
    let text = |value: &dyn Fn(&Finding) -> Option<String>| -> ArrayRef {
        Arc::new(findings.iter().map(value).collect::<StringArray>())
    };
    let mut examples = ListBuilder::new(StringBuilder::new());
    for finding in findings {
        examples.append_value(finding.examples.iter().map(Some));
    }
    let counts: Int64Array = findings.iter().map(|finding| Some(finding.count)).collect();
    RecordBatch::try_from_iter_with_nullable([
        ("check", text(&|finding| Some(finding.check.clone())), false),
        ("severity", text(&|finding| Some(finding.severity.name().to_owned())), false),
        ("subject", text(&|finding| finding.subject.clone()), true),
        ("count", Arc::new(counts) as ArrayRef, false),
        ("message", text(&|finding| Some(finding.message.clone())), false),
        ("suggestion", text(&|finding| finding.suggestion.clone()), true),
        ("examples", Arc::new(examples.finish()) as ArrayRef, false),
    ])
    .map_err(|error| Failure::failed("failed to put the findings together", error))
}

fn text(globals: &Globals, diagnosis: &Diagnosis, goals: &[GoalResult], shows_all: bool) -> String {
    let mut text = summary(globals, diagnosis);
    let of = |severity| {
        let findings = diagnosis.findings.iter().filter(|finding| finding.severity == severity);
        told(&findings.collect::<Vec<_>>())
    };
    let (problems, remarks) = (of(Severity::Problem), of(Severity::Remark));
    text += &section("Problems", &problems, shows_all);
    text += &section("Remarks", &remarks, shows_all);
    text += &goals::met(goals);
    text += &metrics(diagnosis);
    text += &format!("\n{}\n", verdict(problems.len(), remarks.len()));
    text
}

fn summary(globals: &Globals, diagnosis: &Diagnosis) -> String {
    let seen = &diagnosis.seen;
    format!(
        "{} found, {} in production, {} matched a commit, {} counted\n\
         {} of {}, {}, {}, {}; as of {}\n",
        counted(seen.deployments, "deployments"),
        count(seen.in_production),
        count(seen.matched),
        count(seen.counted),
        counted(seen.commits, "commits"),
        counted(seen.repositories.len() as i64, "repositories"),
        counted(seen.pull_requests, "pull requests"),
        counted(seen.incidents, "incidents"),
        counted(seen.services, "services"),
        globals.as_of.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
    )
}

/// What findings say, each sentence once with everything it is about.
struct Told<'a> {
    finding: &'a Finding,
    metrics: Vec<&'a str>,
}

fn told<'a>(findings: &[&'a Finding]) -> Vec<Told<'a>> {
    let mut all: Vec<Told<'a>> = Vec::new();
    for finding in findings {
        let metric = finding.subject.as_deref().filter(|_| finding.check == "empty_metric");
        match all.iter_mut().find(|told| told.finding.message == finding.message) {
            Some(told) => told.metrics.extend(metric),
            None => all.push(Told { finding, metrics: metric.into_iter().collect() }),
        }
    }
    all
}

fn section(title: &str, told: &[Told<'_>], shows_all: bool) -> String {
    if told.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{title}\n");
    let mut last = ("", 0);
    for (at, one) in told.iter().enumerate() {
        let check = one.finding.check.as_str();
        last = if last.0 == check { (check, last.1 + 1) } else { (check, 1) };
        if shows_all || check == "empty_metric" || last.1 <= SHOWN {
            text += &sentence(one);
        }
        let ends = told.get(at + 1).is_none_or(|next| next.finding.check != check);
        if ends && !shows_all && check != "empty_metric" && last.1 > SHOWN {
            text += &format!("  … and {} more of {check} (--all)\n", last.1 - SHOWN);
        }
    }
    text
}

fn sentence(told: &Told<'_>) -> String {
    let finding = told.finding;
    let mut text = match told.metrics.is_empty() {
        true => indented(2, &finding.message),
        false => {
            indented(2, &format!("{} empty:", told.metrics.join(", ")))
                + &indented(4, &finding.message)
        }
    };
    if !finding.examples.is_empty() {
        let more = if (finding.examples.len() as i64) < finding.count { ", …" } else { "" };
        let examples: Vec<&str> = finding.examples.iter().map(|id| short(id)).collect();
        text += &indented(4, &format!("such as {}{more}", examples.join(", ")));
    }
    if let Some(suggestion) = &finding.suggestion {
        text += &indented(4, &format!("→ {suggestion}"));
    }
    text
}

/// Metrics with values, those that all services have in one line.
fn metrics(diagnosis: &Diagnosis) -> String {
    let with_value = diagnosis.metrics.iter().filter(|metric| metric.with_value > 0);
    let (whole, partly): (Vec<_>, Vec<_>) =
        with_value.partition(|metric| metric.with_value == metric.services());
    let mut text = String::new();
    if !whole.is_empty() || !partly.is_empty() {
        text += "\nMetrics with a value\n";
    }
    if !whole.is_empty() {
        let names: Vec<&str> = whole.iter().map(|metric| metric.name.as_str()).collect();
        text += &indented(2, &format!("of every service: {}", names.join(", ")));
    }
    for metric in partly {
        let when = if metric.is_of_months { " in single months" } else { "" };
        text += &format!(
            "  {} of {} services{when}: {}; the others: {}\n",
            count(metric.with_value),
            count(metric.services()),
            plain_line(&metric.name),
            plain_line(&metric.reasons_in_words()),
        );
    }
    text
}
