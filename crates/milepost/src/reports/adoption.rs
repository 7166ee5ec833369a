use milepost_analytics::{Span, WindowKind};
use milepost_report::page::{Cell, Column, Section, Table};

use super::Content;
use super::gather::{self, described, figure, label, quarters, values};
use crate::answer;
use crate::exit::Failure;
use crate::globals::Globals;

/// Metrics with what the platform engineering guide aims at; empty where it names nothing.
const METRICS: [(&str, &str); 11] = [
    ("golden_path_adoption", ""),
    ("team_adoption", "80 % of teams"),
    ("golden_path_coverage", "80 % of changes"),
    ("adoption_retention", ""),
    ("active_use", ""),
    ("self_service_completion_rate", "90 % of common tasks"),
    ("support_tickets_per_100_developers", "drops over time"),
    ("satisfaction", "above 4 of 5"),
    ("nps", "above 30"),
    ("time_to_first_deployment", "within a day"),
    ("time_to_first_deployment_people", "within a day"),
];
/// Those that are drawn.
const DRAWN: [&str; 4] = [
    "golden_path_adoption",
    "golden_path_coverage",
    "self_service_completion_rate",
    "support_tickets_per_100_developers",
];

pub(super) async fn content(globals: &Globals) -> Result<Content, Failure> {
    let (last, before) = quarters(globals);
    let quarterly = gather::session(globals, WindowKind::Quarter)?;
    let monthly = gather::session(globals, WindowKind::Month)?;
    let (mut rows, mut figures) = (Vec::new(), Vec::new());
    for (metric, aim) in METRICS {
        let head = described(globals, metric)?;
        let of_quarters = values(&quarterly, globals, metric, "organization").await?;
        let on = |day| of_quarters.iter().find(|value| value.start_on == day);
        let scale = gather::scale([on(last), on(before)].into_iter().flatten());
        let cell = |day| match on(day) {
            Some(value) => value.cell(scale),
            None => Cell::no_data("nothing is known of then"),
        };
        rows.push(vec![Cell::text(head.title.clone()), cell(last), cell(before), Cell::text(aim)]);
        if DRAWN.contains(&metric) {
            let of_months = values(&monthly, globals, metric, "organization").await?;
            figures.extend(figure(&head, &of_months, WindowKind::Month));
        }
    }
    let columns = vec![
        Column::text("Metric"),
        Column::number(label(last, WindowKind::Quarter)),
        Column::number(label(before, WindowKind::Quarter)),
        Column::text("The guide's aim"),
    ];
    let over_time = Section { name: "Over time".to_owned(), figures, ..Section::default() };
    let mut sections = vec![over_time];
    sections.extend(standing(globals).await?);
    Ok(Content {
        title: "Platform adoption".to_owned(),
        subtitle: format!("Who uses the platform, at the end of {}", label(last, WindowKind::Quarter)),
        sentences: vec![
            "A service counts that is in production and was deployed within 180 days. Exempt services stay in the denominator.".to_owned(),
            "Figures of people and surveys are hidden for groups under five.".to_owned(),
        ],
        headline: Table { title: "In short".to_owned(), columns, rows },
        sections,
        commands: vec!["milepost adoption --services".to_owned(), "milepost adoption --matrix".to_owned()],
    })
}

/// How teams and services stand to each capability now.
async fn standing(globals: &Globals) -> Result<Vec<Section>, Failure> {
    let whole = Span { kinds: vec![WindowKind::All], from: None, to: None };
    let session = answer::session(globals, &globals.lake, whole)?;
    let by_capability = "select coalesce(golden_path_id, '–') as p, coalesce(capability_id, 'whole path') as c,
                services_count, adopted_count, partial_count, exempt_count, off_road_count, adoption_ratio
         from windowed.adoption where subject_kind = 'organization' and window_kind = 'all'
         order by p, capability_id nulls first";
    let rows = answer::told(&session, by_capability).await?;
    let rows: Vec<Vec<Cell>> = rows.iter().map(|row| capability(row)).collect();
    let columns = ["Services", "Adopted", "Partial", "Exempt", "Off road"];
    let mut all = vec![Column::text("Golden path"), Column::text("Capability")];
    all.extend(columns.into_iter().map(Column::number));
    all.push(Column::number("Adopted share"));
    let table = Table { title: "Services by capability".to_owned(), columns: all, rows };
    let drift =
        "select service_id, capability_id, version, newest_version, versions_behind, deprecated_on
         from windowed.service_adoption
         where coalesce(versions_behind, 0) > 0 or is_past_deprecation
         order by versions_behind desc nulls last, service_id, capability_id limit 50";
    let rows = answer::told(&session, drift).await?;
    let rows: Vec<Vec<Cell>> = rows.iter().map(|row| drifted(row)).collect();
    let columns = vec![
        Column::text("Service"),
        Column::text("Capability"),
        Column::text("Version"),
        Column::text("Newest in use"),
        Column::number("Versions behind"),
        Column::text("Deprecated on"),
    ];
    let drift =
        Table { title: "Behind the newest version, or past deprecation".to_owned(), columns, rows };
    let mut sections = vec![Section {
        name: "Capabilities".to_owned(),
        tables: vec![table],
        ..Section::default()
    }];
    if !drift.rows.is_empty() {
        let name = "Version drift".to_owned();
        sections.push(Section { name, tables: vec![drift], ..Section::default() });
    }
    Ok(sections)
}

fn drifted(row: &[String]) -> Vec<Cell> {
    let cells = row.iter().enumerate().map(|(at, text)| match (at, text.is_empty()) {
        (_, false) => Cell::text(text.clone()),
        // The capability is not deprecated.
        (5, true) => Cell::text("–"),
        (_, true) => Cell::no_data("not recorded"),
    });
    cells.collect()
}

fn capability(row: &[String]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = row[..7].iter().map(Cell::text).collect();
    cells.push(match row[7].parse::<f64>() {
        Ok(share) => Cell::text(milepost_report::units::Unit::Ratio.text(share)),
        Err(_) => Cell::no_data("no service counts"),
    });
    cells
}
