use milepost_analytics::comparison::{self, BalanceRow, ComparisonRow};
use milepost_analytics::{Span, Window, WindowKind, Windows};
use milepost_report::page::{Cell, Column, Section, Table};

use super::Content;
use super::gather::{described, label, quarters, session};
use crate::answer;
use crate::exit::Failure;
use crate::globals::Globals;

pub(super) async fn content(globals: &Globals) -> Result<Content, Failure> {
    let (last, _) = quarters(globals);
    let to = last.checked_add_months(chrono::Months::new(3));
    let span = Span { kinds: vec![WindowKind::All], from: Some(last), to };
    let of_quarter = answer::session(globals, &globals.lake, span.clone())?;
    let windows = Windows::cut(&span, None, globals.as_of, &globals.definition, globals.zone);
    let (mut rows, mut balance, mut sentences) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(Window { start, end, .. }) = windows.0.first() {
        let arms = comparison::golden_path(&of_quarter, *start, *end).await?;
        sentences.extend(arms.remarks.iter().map(|remark| format!("{remark}.")));
        if arms.members.is_empty() {
            sentences.push("Nothing is known of golden paths: say in `[[capability]]` of `milepost.toml` what they are and what shows that a service is on one.".to_owned());
        }
        balance = comparison::balance(&of_quarter, &arms, *start).await?;
        rows = comparison::cross_section(&of_quarter, &arms).await?;
    }
    sentences.push("An estimate is an association: teams choose to adopt. A service is the unit; arms are as they were when the quarter began.".to_owned());
    let (over_time, remarks) =
        comparison::before_after(&session(globals, WindowKind::Quarter)?).await?;
    let sections = vec![
        Section {
            name: "Before and after".to_owned(),
            text: remarks.iter().map(|remark| super::sentence(remark)).collect(),
            tables: vec![findings("Services that came onto a golden path, against the others", &over_time, globals)?],
            ..Section::default()
        },
        Section {
            name: "Were they alike?".to_owned(),
            text: vec!["What services of both arms were when the quarter began. Beyond 0.25 standard deviations a difference in the result may be this one.".to_owned()],
            tables: vec![alike(&balance)],
            ..Section::default()
        },
    ];
    Ok(Content {
        title: "Golden path against off-road".to_owned(),
        subtitle: format!("Services in {}", label(last, WindowKind::Quarter)),
        sentences,
        headline: findings("In short", &rows, globals)?,
        sections,
        commands: vec![
            "milepost compare golden-path".to_owned(),
            "milepost compare before-after --window month".to_owned(),
        ],
    })
}

/// Findings about all services, each beside the one within tiers and languages.
fn findings(title: &str, rows: &[ComparisonRow], globals: &Globals) -> Result<Table, Failure> {
    let mut cells = Vec::new();
    for row in rows.iter().filter(|row| row.stratum == "all") {
        let same = |other: &&ComparisonRow| {
            other.stratum == "adjusted" && other.metric == row.metric && other.arm_a == row.arm_a
        };
        let adjusted = rows.iter().find(same).map(|other| match other.estimate {
            Some(_) => Cell::text(amount(other)).with_note(interval(other)),
            None => Cell::no_data(other.reason.clone().unwrap_or_default().replace('_', " ")),
        });
        cells.push(vec![
            Cell::text(described(globals, &row.metric)?.title),
            Cell::text(row.words.clone()),
            match row.estimate {
                Some(_) => Cell::text(amount(row)).with_note(interval(row)),
                None => Cell::no_data(row.reason.clone().unwrap_or_default().replace('_', " ")),
            },
            adjusted.unwrap_or_else(|| Cell::no_data("not adjusted")),
            Cell::text(format!("{} / {}", row.services_a, row.services_b))
                .with_note(arms(&row.arm_a, &row.arm_b)),
        ]);
    }
    let columns = vec![
        Column::text("Metric"),
        Column::text("Finding"),
        Column::number("Estimate"),
        Column::number("Like with like"),
        Column::number("Services"),
    ];
    Ok(Table { title: title.to_owned(), columns, rows: cells })
}

/// The arms of a comparison in the order of their numbers.
fn arms(first: &str, second: &str) -> String {
    format!("{first} / {second}").replace('_', " ")
}

fn amount(row: &ComparisonRow) -> String {
    comparison::amount(row.estimate.unwrap_or_default(), &row.unit)
}

fn interval(row: &ComparisonRow) -> String {
    match (row.ci_low, row.ci_high) {
        (Some(low), Some(high)) => format!(
            "{} to {}",
            comparison::amount(low, &row.unit),
            comparison::amount(high, &row.unit)
        ),
        _ => "no interval".to_owned(),
    }
}

fn alike(balance: &[BalanceRow]) -> Table {
    let number = |value: Option<f64>, reason: &Option<String>| match value {
        Some(value) => Cell::text(format!("{value:.2}")),
        None => Cell::no_data(reason.clone().unwrap_or_default().replace('_', " ")),
    };
    let rows = balance.iter().map(|row| {
        let difference = number(row.standardized_difference, &row.reason);
        let arms = arms(&row.arm_a, &row.arm_b);
        vec![
            Cell::text(row.characteristic.clone()),
            Cell::text(arms).with_note(format!("n={} / {}", row.services_a, row.services_b)),
            number(row.value_a, &row.reason),
            number(row.value_b, &row.reason),
            match row.is_imbalanced {
                Some(true) => difference.with_note("unlike"),
                _ => difference,
            },
        ]
    });
    let columns = vec![
        Column::text("Trait"),
        Column::text("Arms"),
        Column::number("First"),
        Column::number("Second"),
        Column::number("Difference in deviations"),
    ];
    Table { title: "Balance".to_owned(), columns, rows: rows.collect() }
}
