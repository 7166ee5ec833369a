//! A metric's value in sentences, and its facts as rows.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use milepost_analytics::diagnosis::explain::{FactRow, Measured, MetricStory};
use milepost_analytics::diagnosis::words;
use milepost_report::units::{Unit, ratio};

use super::{Section, counted, instant, short};
use crate::exit::Failure;

/// Facts that count and that a text shows.
const SHOWN: usize = 20;
/// The same of facts that are left out, for each reason.
const SHOWN_LEFT_OUT: usize = 5;

/// The definition and the SQL come last: they are the longest. `again` are commands to paste.
pub(crate) fn sections(story: &MetricStory, again: &[String], shows_all: bool) -> Vec<Section> {
    let mut sections = vec![value(story)];
    let is_blind = story.values.first().is_some_and(is_blind);
    let title = if is_blind { "Would count, if failures could be seen" } else { "What made it" };
    let mut made = Section::new(format!(
        "{title}: {}{}",
        counted(story.counted.len() as i64, things(story)),
        in_the_share(story)
    ));
    let most = if shows_all { usize::MAX } else { SHOWN };
    list(&mut made, &story.counted.iter().collect::<Vec<_>>(), story, most);
    sections.push(made);
    sections.push(left_out(story, shows_all));
    sections.push(asked(story));
    sections.push(definition(story));
    let mut section = Section::new("Again");
    section.list(again.iter().cloned());
    sections.push(section);
    sections
}

/// The metric's query as written, to follow the sections.
pub(crate) fn sql(story: &MetricStory) -> String {
    let mut text = format!("\nSQL of {}\n", story.metric);
    for line in story.sql.lines().filter(|line| !line.starts_with("--")) {
        text += &format!("  {line}\n");
    }
    text
}

fn is_blind(value: &Measured) -> bool {
    value.reason.as_deref() == Some("no_failure_source")
}

/// What the facts are.
fn things(story: &MetricStory) -> &'static str {
    let mut facts = story.counted.iter().chain(&story.left_out);
    match facts.next().map(|fact| fact.fact_kind.as_str()) {
        Some("change") => "changes",
        Some("deployment") => "deployments",
        Some("failure") => "failed deployments",
        Some("incident") => "incidents",
        _ => "facts",
    }
}

/// How many facts a ratio is a share of, and how many are in the share.
fn in_the_share(story: &MetricStory) -> String {
    if story.unit != "ratio" {
        return String::new();
    }
    let shared = story.counted.iter().filter(|fact| fact.value.is_some_and(|value| value != 0.0));
    format!(", {} of them in the share", shared.count())
}

fn shown(unit: &str, value: f64) -> String {
    unit.parse::<Unit>().map_or_else(|_| value.to_string(), |unit| unit.text(value))
}

fn value(story: &MetricStory) -> Section {
    let Some(headline) = story.values.first() else { return Section::new(story.title.clone()) };
    let mut section = Section::new(format!(
        "{} of {}: {} from {} to {}",
        story.title,
        headline.subject_id,
        match headline.window_kind.as_str() {
            "all" => "everything",
            kind => kind,
        },
        instant(headline.window_start),
        instant(headline.window_end)
    ));
    let what = match headline.value {
        Some(value) => format!("{} ({}), ", shown(&story.unit, value), headline.statistic),
        None => format!(
            "no value: {}; ",
            words::reason(headline.reason.as_deref().unwrap_or("no_data"))
        ),
    };
    let hidden = || "hidden".to_owned();
    section.say(format!(
        "{what}sample size {}, {} left out",
        headline.sample_size.map_or_else(hidden, |size| size.to_string()),
        headline.excluded_count.map_or_else(hidden, |count| count.to_string())
    ));
    let others: Vec<String> = story.values[1..]
        .iter()
        .map(|other| match other.value {
            Some(value) => format!("{} {}", other.statistic, shown(&story.unit, value)),
            None => format!("{} none", other.statistic),
        })
        .collect();
    if !others.is_empty() {
        section.say(others.join(", "));
    }
    for line in trust(headline) {
        section.say(line);
    }
    if let Some(fault) = &story.fault {
        section.say(format!(
            "FAULT: the number and the facts behind it do not add up: {fault}. Do not use it; report it."
        ));
    }
    section
}

fn trust(value: &Measured) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(coverage) = value.coverage_ratio {
        lines.push(format!(
            "coverage {}: the share of its counted deployments whose commit is known",
            ratio(coverage)
        ));
    }
    match value.basis.as_deref() {
        Some("inferred") => lines.push(
            "basis inferred: at least one deployment was deduced, such as from a tag".to_owned(),
        ),
        Some(basis) => lines.push(format!("basis {basis}")),
        None => {}
    }
    if let (Some(level), Some(set)) = (&value.level, &value.level_set) {
        lines.push(format!("level {level} of {set}"));
    }
    if value.is_provisional {
        lines.push("provisional: the window is not over, or only a part of one".to_owned());
    }
    lines
}

/// Facts as aligned rows, cut where they are too many.
fn list(section: &mut Section, facts: &[&FactRow], story: &MetricStory, most: usize) {
    let width = facts.iter().take(most).map(|fact| short(&fact.fact_id).chars().count()).max();
    let is_of_one = facts.windows(2).all(|pair| pair[0].service_id == pair[1].service_id);
    let rows = facts.iter().take(most);
    section.list(rows.map(|fact| line(fact, story, width.unwrap_or(0), is_of_one)));
    if facts.len() > most {
        section.say(format!("… and {} more (--all)", facts.len() - most));
    }
}

fn line(fact: &FactRow, story: &MetricStory, width: usize, is_of_one: bool) -> String {
    let at = fact.at.map_or_else(|| "at an unknown time".to_owned(), instant);
    let mut parts = vec![at, format!("{:<width$}", short(&fact.fact_id))];
    match (story.unit.as_str(), fact.value) {
        ("seconds", Some(value)) => parts.push(shown(&story.unit, value)),
        ("ratio", Some(value)) if fact.exclusion_reason.is_none() => {
            parts.push(if value == 0.0 { "            " } else { "in the share" }.to_owned());
        }
        _ => {}
    }
    parts.extend(fact.service_id.clone().filter(|_| !is_of_one));
    parts.extend(fact.r#ref.clone().filter(|name| *name != fact.fact_id));
    parts.extend(fact.title.clone());
    parts.extend(fact.url.clone());
    parts.join("  ")
}

fn left_out(story: &MetricStory, shows_all: bool) -> Section {
    let mut section = Section::new(format!("Left out: {}", story.left_out.len()));
    for (reason, count) in &story.left_out_by_reason {
        section.say(format!("{count}: {}", words::exclusion(reason)));
        let of_reason = |fact: &&FactRow| fact.exclusion_reason.as_ref() == Some(reason);
        let of_reason: Vec<&FactRow> = story.left_out.iter().filter(of_reason).collect();
        let most = if shows_all { usize::MAX } else { SHOWN_LEFT_OUT };
        list(&mut section, &of_reason, story, most);
    }
    section
}

fn asked(story: &MetricStory) -> Section {
    let mut section = Section::new("What it asks");
    section.say(story.question.clone());
    let statistics: Vec<&str> = story.values.iter().map(|value| value.statistic.as_str()).collect();
    section.say(format!("unit {}; statistics {}", story.unit, statistics.join(", ")));
    section.say(format!("counts {}", story.population.replace('_', " ")));
    section.say(format!("leaves out {}", story.excludes));
    section.say(format!("source: {}", story.reference));
    section
}

fn definition(story: &MetricStory) -> Section {
    let mut section = Section::new(format!("Definition {}", story.definition_id));
    for option in &story.definition {
        section.say(format!("{} = {}: {}", option.name, option.value, option.meaning));
    }
    section
}

/// The facts, those that count first.
///
/// # Errors
/// Never for facts.
pub(crate) fn rows(story: &MetricStory) -> Result<RecordBatch, Failure> {
    let facts: Vec<&FactRow> = story.counted.iter().chain(&story.left_out).collect();
    let text = |value: &dyn Fn(&FactRow) -> Option<String>| -> ArrayRef {
        Arc::new(facts.iter().map(|fact| value(fact)).collect::<StringArray>())
    };
    let at: TimestampMicrosecondArray =
        facts.iter().map(|fact| fact.at.map(|at| at.timestamp_micros())).collect();
    let values: Float64Array = facts.iter().map(|fact| fact.value).collect();
    RecordBatch::try_from_iter_with_nullable([
        ("fact_kind", text(&|fact| Some(fact.fact_kind.clone())), false),
        ("fact_id", text(&|fact| Some(fact.fact_id.clone())), false),
        ("service_id", text(&|fact| fact.service_id.clone()), true),
        ("repository_id", text(&|fact| fact.repository_id.clone()), true),
        ("at", Arc::new(at.with_timezone("UTC")) as ArrayRef, true),
        ("value", Arc::new(values) as ArrayRef, true),
        ("exclusion_reason", text(&|fact| fact.exclusion_reason.clone()), true),
        ("title", text(&|fact| fact.title.clone()), true),
        ("ref", text(&|fact| fact.r#ref.clone()), true),
        ("url", text(&|fact| fact.url.clone()), true),
    ])
    .map_err(|error| Failure::failed("failed to put the facts together", error))
}
