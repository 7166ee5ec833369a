use std::collections::{BTreeMap, BTreeSet};

use milepost_analytics::{WindowKind, comparison};
use milepost_report::page::{Cell, Column, Section, Table};
use milepost_report::units::Scale;

use super::Content;
use super::gather::{self, Value, described, figure, label, quarters, values};
use crate::exit::Failure;
use crate::globals::Globals;

const METRICS: [&str; 5] = [
    "change_lead_time",
    "deployment_frequency",
    "failed_deployment_recovery_time",
    "change_fail_rate",
    "deployment_rework_rate",
];
/// Teams shown; there are commands for the rest.
const MOST_TEAMS: usize = 40;

pub(super) async fn content(globals: &Globals) -> Result<Content, Failure> {
    let (last, before) = quarters(globals);
    let quarterly = gather::session(globals, WindowKind::Quarter)?;
    let monthly = gather::session(globals, WindowKind::Month)?;
    let mut rows = Vec::new();
    let mut figures = Vec::new();
    let mut teams: BTreeMap<String, Vec<(usize, Value)>> = BTreeMap::new();
    let mut starts = (None, None);
    let mut sentences = BTreeSet::new();
    for (at, metric) in METRICS.iter().enumerate() {
        let head = described(globals, metric)?;
        let of_quarters = values(&quarterly, globals, metric, "organization").await?;
        let on = |day| of_quarters.iter().find(|value| value.start_on == day);
        starts = (
            starts.0.or(on(last).and_then(|value| value.window_start)),
            starts.1.or(on(before).and_then(|value| value.window_start)),
        );
        let scale = gather::scale([on(last), on(before)].into_iter().flatten());
        let cell = |value: Option<&Value>| match value {
            Some(value) => value.cell(scale),
            None => Cell::no_data("nothing is known of then"),
        };
        rows.push(vec![Cell::text(head.title.clone()), cell(on(last)), cell(on(before))]);
        sentences.extend(on(last).and_then(coverage));
        let of_months = values(&monthly, globals, metric, "organization").await?;
        figures.extend(figure(&head, &of_months, WindowKind::Month));
        for value in values(&quarterly, globals, metric, "team").await? {
            if value.start_on == last {
                teams.entry(value.subject_id.clone()).or_default().push((at, value));
            }
        }
    }
    if let (Some(later), Some(earlier)) = starts {
        let changes = comparison::change(&quarterly, later, earlier).await?;
        for (row, metric) in rows.iter_mut().zip(METRICS) {
            let words = changes.iter().find(|one| one.metric == metric).map(|one| &one.words);
            row.push(words.map_or_else(|| Cell::no_data("not compared"), Cell::text));
        }
    } else {
        rows.iter_mut().for_each(|row| row.push(Cell::no_data("nothing to compare with")));
    }
    let columns = vec![
        Column::text("Metric"),
        Column::number(label(last, WindowKind::Quarter)),
        Column::number(label(before, WindowKind::Quarter)),
        Column::text("What changed"),
    ];
    if figures.is_empty() {
        sentences.insert("Nothing is known of deployments: `milepost ingest` reads them, and `milepost report data-quality` says what is missing.".to_owned());
    }
    // What has an owner needs no row for the rest.
    let is_empty = |values: &Vec<(usize, Value)>| values.iter().all(|(_, one)| one.value.is_none());
    if teams.get("unowned").is_some_and(is_empty) {
        teams.remove("unowned");
    }
    let organization = (!figures.is_empty()).then(|| Section {
        name: "The organization by month".to_owned(),
        figures,
        ..Section::default()
    });
    let sections = [organization, of_teams(teams, &label(last, WindowKind::Quarter))];
    Ok(Content {
        title: "Software delivery".to_owned(),
        subtitle: format!(
            "The five metrics of DORA, {} against {}",
            label(last, WindowKind::Quarter),
            label(before, WindowKind::Quarter)
        ),
        sentences: sentences.into_iter().collect(),
        headline: Table { title: "In short".to_owned(), columns, rows },
        sections: sections.into_iter().flatten().collect(),
        commands: vec![
            "milepost metric change_lead_time --by team --window quarter".to_owned(),
            "milepost report data-quality".to_owned(),
        ],
    })
}

/// How far a value can be trusted.
fn coverage(value: &Value) -> Option<String> {
    let known = value
        .coverage
        .map(|share| format!("The commit of {:.0} % of the deployments is known", share * 100.0));
    let inferred = (value.basis == "inferred")
        .then(|| "some deployments were inferred, from tags or branches".to_owned());
    let all: Vec<String> = known.into_iter().chain(inferred).collect();
    (!all.is_empty()).then(|| format!("{}.", all.join("; ")))
}

fn of_teams(teams: BTreeMap<String, Vec<(usize, Value)>>, quarter: &str) -> Option<Section> {
    // With one team there is nothing that the organization does not say.
    if teams.len() < 2 {
        return None;
    }
    let more = teams.len().saturating_sub(MOST_TEAMS);
    let of_metric = |at: usize| {
        let all = teams.values().take(MOST_TEAMS).flatten();
        gather::scale(all.filter(|(own, _)| *own == at).map(|(_, value)| value))
    };
    let scales: Vec<Scale> = (0..METRICS.len()).map(of_metric).collect();
    let rows = teams.into_iter().take(MOST_TEAMS).map(|(team, values)| {
        let cells = scales.iter().enumerate().map(|(at, scale)| {
            let value = values.iter().find(|(own, _)| *own == at);
            value.map_or_else(|| Cell::no_data("no row"), |(_, value)| value.cell(*scale))
        });
        std::iter::once(Cell::text(team)).chain(cells).collect()
    });
    let columns = ["Lead time", "Frequency", "Recovery", "Fail rate", "Rework"];
    let columns = std::iter::once(Column::text("Team"))
        .chain(columns.into_iter().map(Column::number))
        .collect();
    let table = Table { title: format!("Teams in {quarter}"), columns, rows: rows.collect() };
    let mut text = vec![
        "Teams as they owned services when it happened. Read a row, not a column: teams do different work, and these numbers are for learning, not for ranking.".to_owned(),
    ];
    if more > 0 {
        text.push(format!("{more} more teams are not shown."));
    }
    Some(Section { name: "Teams".to_owned(), text, tables: vec![table], ..Section::default() })
}
