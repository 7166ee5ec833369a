//! The quarterly assessment as a page: the verdict, the seven factors, what they stand on, targets.

use milepost_analytics::readiness::{Assessment, Basis, FactorRow, TargetRow, Verdict};
use milepost_report::page::{Cell, Column, Section, Table};
use milepost_report::units::count;

use super::Content;
use crate::assess::text::{need, sign, standing, value};
use crate::assess::{assessed, quarter, targets_of};
use crate::exit::Failure;
use crate::globals::Globals;

pub(super) async fn content(globals: &Globals) -> Result<Content, Failure> {
    let year = globals.config.readiness.fiscal_year().map_err(Failure::Usage)?;
    let quarter = quarter(None, year, globals)?;
    let Some(moment) = quarter.moment(globals.as_of, globals.zone) else {
        return Err(Failure::Usage(format!("nothing of {quarter} has happened yet")));
    };
    let of = assessed(moment, year, globals).await?;
    let goals = targets_of(&moment, globals).await?;
    let is_residual = of.reading == "residual_need";
    Ok(Content {
        title: if is_residual {
            "Residual need for the platform"
        } else {
            "Readiness for a platform"
        }
        .to_owned(),
        subtitle: format!("{}, {} up to {}", of.quarter, of.start_on, of.end_on),
        sentences: sentences(&of, is_residual),
        headline: factors(&of, is_residual),
        sections: vec![evidence(&of), missing(&of), targets(&goals)],
        commands: vec![
            format!("milepost assess --quarter {}", of.quarter),
            format!("milepost assess --quarter {} --targets", of.quarter),
        ],
    })
}

fn sentences(of: &Assessment, is_residual: bool) -> Vec<String> {
    let name = |verdict: Verdict| verdict.name().replace('_', " ");
    let mut all = vec![
        format!("Verdict: {} ({} of 7 factors assessed).", name(of.verdict), of.known_count),
        of.words.clone(),
    ];
    if of.verdict == Verdict::Mixed && !is_residual {
        all.push(format!("Direction: {}.", of.direction.name()));
    }
    let verdicts = [
        ("In the quarter before", of.previous_verdict),
        ("When the platform started", of.start_verdict),
    ];
    for (when, verdict) in verdicts {
        if let Some(verdict) = verdict.filter(|one| *one != Verdict::InsufficientEvidence) {
            all.push(format!("{when}: {}.", name(verdict)));
        }
    }
    if is_residual {
        all.push("There is a platform: what counts is the need that is left. Team size and complexity are why it is needed, and stay.".to_owned());
    }
    if let Some(phase) = &of.phase {
        all.push(format!("Next: {phase}"));
    }
    if of.is_provisional {
        all.push("Provisional: the quarter is in progress.".to_owned());
    }
    all.push(format!(
        "Green is high need: a platform is needed now. Every quarter stands under rules {}.",
        of.rules_id
    ));
    all
}

fn factors(of: &Assessment, is_residual: bool) -> Table {
    let mut columns = vec![
        Column::text("Factor"),
        Column::text("Need"),
        Column::number("Value"),
        Column::number("Before"),
    ];
    if is_residual {
        columns.push(Column::number("At the start"));
    }
    columns.extend([Column::text("Trend"), Column::text("Basis")]);
    let rows = of.factors.iter().map(|row| cells(row, is_residual)).collect();
    Table { title: "Seven factors".to_owned(), columns, rows }
}

fn cells(row: &FactorRow, is_residual: bool) -> Vec<Cell> {
    let title = Cell::text(row.factor.title());
    let title = if row.is_counted { title } else { title.with_note("not counted: there are data") };
    let previous = standing(row.previous_value, row.previous_colour, &row.unit);
    let mut cells = vec![title, of_need(row), of_value(row), before(previous)];
    if is_residual {
        cells.push(before(standing(row.start_value, row.start_colour, &row.unit)));
    }
    cells.push(match row.trend.as_deref() {
        Some(trend) => Cell::text(sign(trend)),
        None => Cell::no_data("nothing to compare with"),
    });
    cells.push(Cell::text(row.basis.name().replace('_', " ")));
    cells
}

fn of_need(row: &FactorRow) -> Cell {
    match row.colour {
        Some(_) => Cell::text(need(row)),
        None => Cell::no_data(need(row)),
    }
}

fn of_value(row: &FactorRow) -> Cell {
    let Some(number) = row.value else {
        return Cell::no_data(
            row.reason.as_deref().unwrap_or("answered by hand").replace('_', " "),
        );
    };
    let mut notes: Vec<String> =
        row.sample_size.map(|size| format!("n={}", count(size))).into_iter().collect();
    if let (Some(low), Some(high)) = (row.ci_low, row.ci_high) {
        let ends = [low, high].map(|end| value(Some(end), &row.unit));
        notes.push(format!("95 % interval {} to {}", ends[0], ends[1]));
    }
    if row.is_provisional {
        notes.push("so far".to_owned());
    }
    let cell = Cell::text(value(Some(number), &row.unit));
    if notes.is_empty() { cell } else { cell.with_note(notes.join(", ")) }
}

fn before(text: String) -> Cell {
    if text == "-" { Cell::no_data("not assessed") } else { Cell::text(text) }
}

/// What every colour is made of, by whose thresholds.
fn evidence(of: &Assessment) -> Section {
    let cells = |row: &FactorRow| {
        let mut details = row.details.clone();
        match row.is_clear_change {
            Some(true) => details.push("changed since the quarter before".to_owned()),
            Some(false) => details.push("no clear change since the quarter before".to_owned()),
            None => {}
        }
        let links = row.links.iter().map(String::as_str);
        let most = row.contributors.iter().map(String::as_str).chain(links).collect::<Vec<_>>();
        vec![
            Cell::text(row.factor.title()),
            Cell::text(details.join("; ")),
            if row.basis == Basis::Manual && row.value.is_none() {
                Cell::no_data("answered by hand")
            } else {
                Cell::text(row.thresholds.clone())
            },
            if most.is_empty() {
                Cell::no_data("nobody stands out")
            } else {
                Cell::text(most.join(", "))
            },
        ]
    };
    let rows = of.factors.iter().filter(|row| row.colour.is_some()).map(cells).collect();
    let columns = ["Factor", "Made of", "Thresholds", "Most of it"].map(Column::text).to_vec();
    Section {
        name: "What they stand on".to_owned(),
        tables: vec![Table { title: "Evidence".to_owned(), columns, rows }],
        ..Section::default()
    }
}

/// What data is missing, and how to get it.
fn missing(of: &Assessment) -> Section {
    let told = |row: &FactorRow| {
        let title = row.factor.title();
        row.missing.iter().map(move |missing| format!("{title}: {missing}.")).collect::<Vec<_>>()
    };
    let mut text: Vec<String> = of.factors.iter().flat_map(told).collect();
    if text.is_empty() {
        text.push("Nothing: every factor stands on data.".to_owned());
    }
    Section { name: "What is missing".to_owned(), text, ..Section::default() }
}

fn targets(rows: &[TargetRow]) -> Section {
    let cells = |row: &TargetRow| {
        let number = match row.value {
            Some(_) => {
                let size = row
                    .sample_size
                    .map_or("sample size hidden".to_owned(), |size| format!("n={}", count(size)));
                let spread = match (row.ci_low, row.ci_high) {
                    (Some(low), Some(high)) => format!(
                        ", 95 % interval {} to {}",
                        value(Some(low), &row.unit),
                        value(Some(high), &row.unit)
                    ),
                    _ => String::new(),
                };
                Cell::text(value(row.value, &row.unit)).with_note(size + &spread)
            }
            None => Cell::no_data(row.reason.as_deref().unwrap_or("no data").replace('_', " ")),
        };
        let aim = Cell::text(format!(
            "{} {}",
            row.direction.replace('_', " "),
            value(Some(row.target_value), &row.unit)
        ));
        vec![
            Cell::text(row.target.clone()),
            number,
            if row.whose == "ours" {
                aim.with_note("ours: the guide gives no number")
            } else {
                aim
            },
            Cell::text(row.status.words()),
        ]
    };
    let columns = vec![
        Column::text("Target"),
        Column::number("Value"),
        Column::number("Aim"),
        Column::text("Met"),
    ];
    let rows = rows.iter().map(cells).collect();
    Section {
        name: "The guide's targets".to_owned(),
        tables: vec![Table { title: "Targets and today's values".to_owned(), columns, rows }],
        ..Section::default()
    }
}
