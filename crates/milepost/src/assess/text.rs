//! An assessment and a table of targets in words.

use milepost_analytics::readiness::{
    Assessment, Basis, Colour, FactorRow, Moment, TargetRow, Trend, Verdict,
};
use milepost_report::plain_line;
use milepost_report::units::Unit;

use super::grid::grid;
use crate::explain::indented;

/// The whole assessment: factors, verdict, evidence, and what is missing.
pub(crate) fn assessment(of: &Assessment) -> String {
    let is_residual = of.reading == "residual_need";
    let mut text = head(of, is_residual);
    text += "\n";
    text += &factors(of, is_residual);
    text += "\n";
    text += &verdict(of, is_residual);
    text += &section("Evidence", of.factors.iter().filter_map(evidence));
    text += &section("Missing", of.factors.iter().flat_map(missing));
    if of.known_count == 0 {
        text += "\nNothing is known yet. Begin with `milepost ingest git PATH` or `milepost ingest github OWNER/NAME`, then `milepost ingest files people.csv teams.csv services.csv`.\n";
    }
    text
}

fn head(of: &Assessment, is_residual: bool) -> String {
    let what = if is_residual { "Residual need" } else { "Readiness" };
    let mut text = format!("{what} in {}, {} up to {}", of.quarter, of.start_on, of.end_on);
    if of.is_provisional {
        text += ", provisional: the quarter is in progress";
    }
    text += "\nGreen is high need: a platform is needed now. ";
    text += &format!("Every quarter stands under rules {}.\n", of.rules_id);
    if let Some(start) = &of.start_quarter {
        text +=
            &format!("There is a platform since {start}: what counts is the need that is left.\n");
    }
    text
}

fn factors(of: &Assessment, is_residual: bool) -> String {
    let mut head = vec!["Factor", "Need", "Value", "Before", "Trend", "Basis", "n"];
    if is_residual {
        head.insert(4, "At the start");
    }
    let mut rows = vec![head.into_iter().map(str::to_owned).collect()];
    rows.extend(of.factors.iter().map(|row| cells(row, is_residual)));
    grid(&rows)
}

fn cells(row: &FactorRow, is_residual: bool) -> Vec<String> {
    let title = row.factor.title();
    let mut cells = vec![
        if row.is_counted { title.to_owned() } else { format!("  {title}, not counted") },
        need(row),
        value(row.value, &row.unit),
        standing(row.previous_value, row.previous_colour, &row.unit),
        row.trend.as_deref().map_or("-", sign).to_owned(),
        row.basis.name().replace('_', " "),
        row.sample_size.map_or("-".to_owned(), |count| count.to_string()),
    ];
    if row.is_provisional && row.value.is_some() {
        cells[2] += " so far";
    }
    if is_residual {
        cells.insert(4, standing(row.start_value, row.start_colour, &row.unit));
    }
    cells
}

/// "high (green, borderline)", or why there is no colour.
pub(crate) fn need(row: &FactorRow) -> String {
    match row.colour {
        Some(colour) if row.is_borderline == Some(true) => {
            format!("{} ({}, borderline)", colour.need(), colour.name())
        }
        Some(colour) => format!("{} ({})", colour.need(), colour.name()),
        None => row.reason.as_deref().unwrap_or("unknown").replace('_', " "),
    }
}

pub(crate) fn standing(before: Option<f64>, colour: Option<Colour>, unit: &str) -> String {
    match (colour, before) {
        (Some(colour), Some(before)) => format!("{} {}", colour.name(), value(Some(before), unit)),
        (Some(colour), None) => colour.name().to_owned(),
        _ => "-".to_owned(),
    }
}

pub(crate) fn value(value: Option<f64>, unit: &str) -> String {
    match (value, unit.parse::<Unit>()) {
        (Some(value), Ok(unit)) => unit.text(value),
        (Some(value), Err(_)) => value.to_string(),
        (None, _) => "-".to_owned(),
    }
}

pub(crate) fn sign(name: &str) -> &'static str {
    let all = [Trend::More, Trend::Less, Trend::Same, Trend::About];
    all.into_iter().find(|trend| trend.name() == name).map_or("-", Trend::sign)
}

fn verdict(of: &Assessment, is_residual: bool) -> String {
    let name = of.verdict.name().replace('_', " ");
    let mut text = format!("Verdict: {name} ({} of 7 factors assessed)\n", of.known_count);
    text += &indented(2, &of.words);
    if of.verdict == Verdict::Mixed && !is_residual {
        text += &format!("  Direction: {}\n", of.direction.name());
    }
    for (before, what) in
        [(of.previous_verdict, "Quarter before"), (of.start_verdict, "At the start")]
    {
        if let Some(before) = before.filter(|before| *before != Verdict::InsufficientEvidence) {
            text += &format!("  {what}: {}\n", before.name().replace('_', " "));
        }
    }
    if is_residual {
        text += &indented(
            2,
            "Team size and complexity are why a platform is needed, and stay: what it can take away is in the other factors.",
        );
    }
    if let Some(phase) = &of.phase {
        text += &indented(2, &format!("Next: {phase}"));
    }
    text
}

fn section(title: &str, lines: impl Iterator<Item = String>) -> String {
    let lines: String = lines.collect();
    if lines.is_empty() { lines } else { format!("\n{title}\n{lines}") }
}

/// What a colour is made of, by whose thresholds, and who contributes most.
fn evidence(row: &FactorRow) -> Option<String> {
    row.colour?;
    let mut parts = row.details.clone();
    if let (Some(low), Some(high)) = (row.ci_low, row.ci_high) {
        let ends = [low, high].map(|end| value(Some(end), &row.unit));
        parts.push(format!("95 % interval {} to {}", ends[0], ends[1]));
    }
    if let Some(coverage) = row.coverage_ratio {
        parts.push(format!("coverage {}", Unit::Ratio.text(coverage)));
    }
    match row.is_clear_change {
        Some(true) => parts.push("changed since the quarter before".to_owned()),
        Some(false) => parts.push("no clear change since the quarter before".to_owned()),
        None => {}
    }
    let mut text = indented(2, &format!("{}: {}", row.factor.title(), parts.join("; ")));
    if row.basis != Basis::Manual || row.value.is_some() {
        text += &indented(4, &row.thresholds);
    }
    if !row.contributors.is_empty() {
        text += &indented(4, &format!("most: {}", row.contributors.join(", ")));
    }
    for link in &row.links {
        text += &format!("    {}\n", plain_line(link));
    }
    Some(text)
}

fn missing(row: &FactorRow) -> Vec<String> {
    let told = |missing: &String| indented(2, &format!("{}: {missing}", row.factor.title()));
    row.missing.iter().map(told).collect()
}

/// The guide's table of targets.
pub(crate) fn targets(moment: &Moment, rows: &[TargetRow]) -> String {
    let quarter = moment.quarter;
    let mut text =
        format!("Targets in {quarter}, {} up to {}", quarter.start_on(), quarter.end_on());
    if moment.is_provisional {
        text += ", provisional: the quarter is in progress";
    }
    text += "\n\n";
    let head = ["Target", "Value", "n", "95 % interval", "Aim", "Status"];
    let mut lines = vec![head.into_iter().map(str::to_owned).collect()];
    lines.extend(rows.iter().map(line));
    text + &grid(&lines)
}

fn line(row: &TargetRow) -> Vec<String> {
    let interval = match (row.ci_low, row.ci_high) {
        (None, None) => "-".to_owned(),
        (low, high) => format!(
            "{} to {}",
            low.map_or("?".to_owned(), |low| value(Some(low), &row.unit)),
            high.map_or("?".to_owned(), |high| value(Some(high), &row.unit))
        ),
    };
    let mut aim =
        format!("{} {}", row.direction.replace('_', " "), value(Some(row.target_value), &row.unit));
    if row.whose == "ours" {
        aim += " (ours)";
    }
    let mut status = row.status.words().to_owned();
    if let Some(reason) = &row.reason {
        status += &format!(": {}", reason.replace('_', " "));
    }
    if row.is_excellent == Some(true) {
        status += ", excellent";
    }
    vec![
        row.target.clone(),
        value(row.value, &row.unit),
        row.sample_size.map_or("-".to_owned(), |count| count.to_string()),
        interval,
        aim,
        status,
    ]
}
