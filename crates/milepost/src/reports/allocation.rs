//! What working time went to, toil, and the use of AI.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, Months, NaiveDate};
use datafusion::prelude::SessionContext;
use milepost_analytics::{Span, WindowKind};
use milepost_report::page::{Cell, Column, Figure, FigureKind, Point, Section, Table};
use milepost_report::units::{Unit, count};

use super::Content;
use super::gather::{self, described, figure, label, quarters, values};
use crate::allocation::{self, AllocationRow, Told};
use crate::answer;
use crate::exit::Failure;
use crate::globals::Globals;

/// Labels in the order in which they are read.
const ACTIVITIES: [&str; 8] = [
    "roadmap",
    "infrastructure",
    "support",
    "unplanned",
    "maintenance",
    "overhead",
    "unlabelled",
    "unattributed",
];
const INVESTMENTS: [&str; 6] =
    ["new_value", "improvement", "developer_productivity", "ktlo", "unlabelled", "unattributed"];
/// What the guide wants of the roadmap share of a platform team.
const PLATFORM_ROADMAP: (f64, f64) = (0.6, 0.7);

pub(super) async fn content(globals: &Globals) -> Result<Content, Failure> {
    let (last, before) = quarters(globals);
    let until = last.checked_add_months(Months::new(3)).unwrap_or(last);
    let span = Span { kinds: vec![WindowKind::Month], from: Some(before), to: Some(until) };
    let Told { rows, remarks } = allocation::tell(globals, span).await?;
    let quarterly = gather::session(globals, WindowKind::Quarter)?;
    let mut sentences = vec![
        "Time is told from commits, pull requests, reviews and tickets in progress; nobody fills in a timesheet. Shares are of worked time, and what left no trace is said.".to_owned(),
        "Groups of fewer than five people are hidden, and those that would give them away.".to_owned(),
    ];
    sentences.extend(remarks.iter().map(|remark| super::sentence(remark)));
    sentences.extend(too_little(&rows));
    let mut sections = vec![
        of_teams(&rows, until, &platform_teams(&quarterly).await?),
        toil(globals, &quarterly, last).await?,
    ];
    sections.extend(bands(&quarterly, last).await?);
    Ok(Content {
        title: "Where the time goes".to_owned(),
        subtitle: format!(
            "The organization by month, {} and {}",
            label(before, WindowKind::Quarter),
            label(last, WindowKind::Quarter)
        ),
        sentences,
        headline: of_organization("activity", "What people did", &ACTIVITIES, &rows),
        sections: [vec![investments(&rows)], sections].concat(),
        commands: vec![
            "milepost allocation --by-rule".to_owned(),
            "milepost metric toil_proxy --by team".to_owned(),
        ],
    })
}

/// Said above the tables where most of the time has no label.
fn too_little(rows: &[AllocationRow]) -> Option<String> {
    let mut own = rows.iter().filter(|row| is_of(row, ORGANIZATION, "activity"));
    let last = own.rfind(|row| row.people_count.is_some())?;
    let labelled = Unit::Ratio.text(last.coverage_ratio.unwrap_or_default());
    (last.reason == Some("low_coverage")).then(|| {
        format!(
            "Only {labelled} of the worked time of {} has a label, too little to read the shares: tickets with kinds or labels that commits name tell more.",
            last.month()
        )
    })
}

/// Months of the rows, in order.
fn months(rows: &[AllocationRow]) -> Vec<String> {
    let months: BTreeSet<String> = rows.iter().map(AllocationRow::month).collect();
    months.into_iter().collect()
}

fn is_of(row: &AllocationRow, subject: (&str, &str), dimension: &str) -> bool {
    (row.subject_kind, row.subject_id.as_str()) == subject
        && row.dimension == dimension
        && row.rule_id.is_none()
}

const ORGANIZATION: (&str, &str) = ("organization", "organization");

/// The organization's shares: a row for each label, a column for each month.
fn of_organization(dimension: &str, title: &str, labels: &[&str], rows: &[AllocationRow]) -> Table {
    let months = months(rows);
    let own: Vec<&AllocationRow> =
        rows.iter().filter(|row| is_of(row, ORGANIZATION, dimension)).collect();
    let mut columns = vec![Column::text("Share of the worked time")];
    columns.extend(months.iter().map(Column::number));
    let cells = |label: &str| {
        let of_month = |month: &String| cell(&own, label, month);
        let name = Cell::text(label.replace('_', " "));
        std::iter::once(name).chain(months.iter().map(of_month)).collect()
    };
    let mut rows: Vec<Vec<Cell>> = labels.iter().map(|label| cells(label)).collect();
    let of_month = |month: &String| people(&own, month);
    rows.push(std::iter::once(Cell::text("people")).chain(months.iter().map(of_month)).collect());
    Table { title: title.to_owned(), columns, rows }
}

fn cell(rows: &[&AllocationRow], label: &str, month: &str) -> Cell {
    let of_month = |row: &&&AllocationRow| row.month() == month;
    let Some(any) = rows.iter().find(of_month) else { return Cell::no_data("no worked time") };
    let Some(row) = rows.iter().filter(of_month).find(|row| row.category == label) else {
        return Cell::no_data(any.reason.unwrap_or("no worked time").replace('_', " "));
    };
    match row.value {
        Some(share) => Cell::text(Unit::Ratio.text(share)),
        None => Cell::no_data(row.reason.unwrap_or("hidden").replace('_', " ")),
    }
}

/// How many people a month is of, and whether enough of their time has a label.
fn people(rows: &[&AllocationRow], month: &str) -> Cell {
    let row = rows.iter().find(|row| row.month() == month);
    let Some((row, people)) = row.and_then(|row| Some((row, row.people_count?))) else {
        return Cell::no_data("hidden or nobody");
    };
    let labelled = Unit::Ratio.text(row.coverage_ratio.unwrap_or_default());
    let remark = match row.reason {
        Some("low_coverage") => format!("{labelled} labelled, too little"),
        _ => format!("{labelled} labelled"),
    };
    Cell::text(count(people)).with_note(remark)
}

fn investments(rows: &[AllocationRow]) -> Section {
    Section {
        name: "What it is for".to_owned(),
        text: vec!["Chosen work (new value, improvement, developer productivity) against what keeps the lights on (ktlo): the Balance Framework.".to_owned()],
        tables: vec![of_organization("investment", "What the time was for", &INVESTMENTS, rows)],
        figures: roadmap(rows).into_iter().collect(),
    }
}

/// The share of the roadmap by month.
fn roadmap(rows: &[AllocationRow]) -> Option<Figure> {
    let own = rows.iter().filter(|row| is_of(row, ORGANIZATION, "activity"));
    let points: Vec<Point> = own
        .filter(|row| matches!(row.category.as_str(), "roadmap" | "all"))
        .map(|row| Point {
            label: row.month(),
            value: row.value,
            sample_size: row.people_count,
            measured: None,
            is_provisional: row.is_provisional,
            note: row.reason.map(|reason| reason.replace('_', " ")),
        })
        .collect();
    let known: Vec<&Point> = points.iter().filter(|point| point.value.is_some()).collect();
    let (first, last) = (known.first()?, known.last()?);
    let share = |point: &Point| Unit::Ratio.text(point.value.unwrap_or_default());
    Some(Figure {
        title: "Roadmap work, by month".to_owned(),
        question: "How much of the worked time went to what was planned for the product?"
            .to_owned(),
        unit: Unit::Ratio,
        summary: format!(
            "{} in {}, {} in {}; the sample size is the number of people.",
            share(first),
            first.label,
            share(last),
            last.label
        ),
        kind: FigureKind::Line,
        points,
    })
}

fn of_teams(rows: &[AllocationRow], until: NaiveDate, platform: &BTreeSet<String>) -> Section {
    let last = until.checked_sub_months(Months::new(1)).unwrap_or(until);
    let month = format!("{}-{:02}", last.year(), last.month());
    let mut teams: BTreeMap<&str, Vec<&AllocationRow>> = BTreeMap::new();
    for row in rows {
        let is_own = row.subject_kind == "team" && row.month() == month;
        if is_own && is_of(row, ("team", &row.subject_id), "activity") {
            teams.entry(&row.subject_id).or_default().push(row);
        }
    }
    // What has no label is said beside the people; with it the table would not fit a page.
    let labels =
        || ACTIVITIES.iter().filter(|label| !label.starts_with("un") || **label == "unplanned");
    let columns = std::iter::once(Column::text("Team"))
        .chain(std::iter::once(Column::number("people")))
        .chain(labels().map(|label| Column::number(label.replace('_', " "))))
        .collect();
    let cells = |(team, rows): (&&str, &Vec<&AllocationRow>)| {
        let name = Cell::text(team.replace("no_team", "in no team"));
        let name = match remark(platform.contains(*team), rows) {
            Some(remark) => name.with_note(remark),
            None => name,
        };
        let shares = labels().map(|label| cell(rows, label, &month));
        [name, people(rows, &month)].into_iter().chain(shares).collect()
    };
    let rows = teams.iter().map(cells).collect();
    Section {
        name: "Teams".to_owned(),
        text: vec!["Read a row, not a column: teams do different work.".to_owned()],
        tables: vec![Table { title: format!("Teams in {month}"), columns, rows }],
        ..Section::default()
    }
}

/// What the guide says of a platform team's roadmap share.
fn remark(is_platform: bool, rows: &[&AllocationRow]) -> Option<&'static str> {
    let roadmap = rows.iter().find(|row| row.category == "roadmap")?;
    match roadmap.value? {
        _ if !is_platform || roadmap.reason.is_some() => None,
        share if share < PLATFORM_ROADMAP.0 => Some("platform team: below 60 % on the roadmap"),
        share if share > PLATFORM_ROADMAP.1 => {
            Some("platform team: above 70 % on the roadmap, support load may be hidden")
        }
        _ => Some("platform team: 60 to 70 % on the roadmap, as it should be"),
    }
}

async fn platform_teams(session: &SessionContext) -> Result<BTreeSet<String>, Failure> {
    let rows = answer::told(session, "select team_id from platform_teams").await?;
    Ok(rows.into_iter().map(|mut row| row.swap_remove(0)).collect())
}

async fn toil(
    globals: &Globals,
    quarterly: &SessionContext,
    last: NaiveDate,
) -> Result<Section, Failure> {
    let head = described(globals, "toil_proxy")?;
    let monthly = gather::session(globals, WindowKind::Month)?;
    let of_months = values(&monthly, globals, "toil_proxy", "organization").await?;
    let sql = format!(
        "select c.template, c.fact_kind, c.pieces_count, c.per_week, c.teams_count, c.handling_p50_seconds, c.cost_seconds
         from windowed.automation_candidates c
         join windows w on w.window_kind = c.window_kind and w.window_start = c.window_start
         where w.start_on = date '{last}' order by c.cost_seconds desc nulls last, c.template limit 10"
    );
    let number = |text: &str, unit: Unit| match text.parse() {
        Ok(value) => Cell::text(unit.text(value)),
        Err(_) => Cell::no_data("never finished"),
    };
    let rows: Vec<Vec<Cell>> = answer::told(quarterly, &sql)
        .await?
        .iter()
        .map(|row| {
            vec![
                Cell::text(&row[0]).with_note(row[1].replace('_', " ")),
                number(&row[2], Unit::Count),
                Cell::text(
                    row[3].parse().map_or_else(|_| String::new(), |rate: f64| format!("{rate:.1}")),
                ),
                number(&row[4], Unit::Count),
                number(&row[5], Unit::Seconds),
                number(&row[6], Unit::Seconds),
            ]
        })
        .collect();
    let columns = ["Times", "A week", "Teams", "Median wait", "Waited in all"];
    let columns = std::iter::once(Column::text("What"))
        .chain(columns.into_iter().map(Column::number))
        .collect();
    let mut text = vec!["A proxy: pieces of work by hand that leave a record, not hours. Kinds of which four came within some four weeks are listed as worth automating, with how often they came on average.".to_owned()];
    let mut tables = Vec::new();
    if rows.is_empty() {
        text.push(format!(
            "Nothing came four times within 28 days in {}.",
            label(last, WindowKind::Quarter)
        ));
    } else {
        let title = format!("Worth automating, by {}", label(last, WindowKind::Quarter));
        tables.push(Table { title, columns, rows });
    }
    Ok(Section {
        name: "Toil".to_owned(),
        text,
        tables,
        figures: figure(&head, &of_months, WindowKind::Month).into_iter().collect(),
    })
}

/// How developers worked by how much they used AI; nothing where no use is known.
async fn bands(session: &SessionContext, last: NaiveDate) -> Result<Option<Section>, Failure> {
    let sql = format!(
        "select b.band, b.developers_count, b.pull_requests_count, b.cycle_time_p50_seconds, b.revert_ratio, b.rework_ratio, b.reason
         from windowed.ai_bands b
         join windows w on w.window_kind = b.window_kind and w.window_start = b.window_start
         where w.start_on = date '{last}' order by b.band_order"
    );
    let rows = answer::told(session, &sql).await?;
    if rows.iter().all(|row| row[1].is_empty()) {
        return Ok(None);
    }
    let cells = |row: &Vec<String>| {
        let number = |text: &str, unit: Unit| match text.parse() {
            Ok(value) => Cell::text(unit.text(value)),
            Err(_) if row[6].is_empty() => Cell::no_data("nothing to count"),
            Err(_) => Cell::no_data(row[6].replace('_', " ")),
        };
        vec![
            Cell::text(&row[0]),
            number(&row[1], Unit::Count),
            number(&row[2], Unit::Count),
            number(&row[3], Unit::Seconds),
            number(&row[4], Unit::Ratio),
            number(&row[5], Unit::Ratio),
        ]
    };
    let columns = ["Developers", "Pull requests", "Cycle time", "Reverted", "Rework"];
    let columns = std::iter::once(Column::text("Use of AI"))
        .chain(columns.into_iter().map(Column::number))
        .collect();
    let table = Table {
        title: format!(
            "Developers' months by days with an AI tool, {}",
            label(last, WindowKind::Quarter)
        ),
        columns,
        rows: rows.iter().map(cells).collect(),
    };
    Ok(Some(Section {
        name: "Use of AI".to_owned(),
        text: vec!["None is no day with a tool in a month, light 1 to 4, moderate 5 to 11, heavy 12 and more. What differs is associated with use: people choose how much they use, and for which work.".to_owned()],
        tables: vec![table],
        ..Section::default()
    }))
}
