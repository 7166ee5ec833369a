//! One page for who reviews a month before signing it.

use std::collections::BTreeMap;

use milepost_analytics::capitalization::{Capitalization, Case, Treatment, disclaimer};
use milepost_analytics::effort::{FTE_DIGITS, Fixed, HOURS_DIGITS, Rational};
use milepost_report::page::{self, Cell, Column, Page, Section, Table};

use super::manifest::Payroll;
use crate::exit::Failure;

/// Gaps that the page lists; the manifest has all.
const MOST_GAPS: usize = 40;

pub(super) fn page(
    case: &Case,
    run_id: &str,
    done: &Capitalization,
    gaps: &[String],
    payroll: Option<&Payroll>,
) -> Result<String, Failure> {
    let page = Page {
        title: "Software capitalization".to_owned(),
        subtitle: format!("{}, for review", case.period),
        as_of: case.as_of,
        timezone: "UTC".to_owned(),
        definition: definition(case),
        definition_id: run_id.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        sources: vec![("Run".to_owned(), run_id.to_owned())],
        sentences: sentences(case, done, payroll),
        headline: totals(done),
        sections: vec![missing(gaps), reasonableness(done), projects(done)],
        commands: Vec::new(),
    };
    Ok(page::render(&page)?)
}

fn definition(case: &Case) -> Vec<(String, String)> {
    let policy = ("policy".to_owned(), case.policy.name.clone());
    let entity = case.entity.iter().map(|entity| ("entity".to_owned(), entity.clone()));
    std::iter::once(policy).chain(entity).collect()
}

fn sentences(case: &Case, done: &Capitalization, payroll: Option<&Payroll>) -> Vec<String> {
    let mut all = vec![disclaimer(&case.policy.name)];
    if done.is_provisional {
        all.push("Provisional: the month was not over when its facts were read.".to_owned());
    }
    all.extend(payroll.map(Payroll::sentence));
    all.push("Effort is told from traces of work by the model day_slice_v1; names of approvers are as given, not authenticated.".to_owned());
    all
}

fn totals(done: &Capitalization) -> Table {
    let all = &done.totals;
    let mut rows = vec![
        row("People", all.persons.to_string(), String::new()),
        row("FTE", all.fte.to_string(), all.capitalized_fte.to_string()),
        row("Hours", all.hours.to_string(), all.capitalized_hours.to_string()),
    ];
    rows.extend(all.costs.iter().map(|(currency, costs)| {
        row(&format!("Cost in {currency}"), costs.cost.to_string(), costs.capitalized.to_string())
    }));
    let columns =
        vec![Column::text("Control total"), Column::number("All"), Column::number("Capitalized")];
    Table { title: "Control totals".to_owned(), columns, rows }
}

fn row(name: &str, all: String, capitalized: String) -> Vec<Cell> {
    let of = |text: String| {
        if text.is_empty() { Cell::no_data("not told by person") } else { Cell::text(text) }
    };
    vec![Cell::text(name), of(all), of(capitalized)]
}

fn percent(share: &Option<Rational>) -> Cell {
    let hundred = Rational::whole(100);
    let share = share.as_ref().and_then(|share| Fixed::rounded(&(share * &hundred), 1).ok());
    share.map_or_else(
        || Cell::no_data("nothing to divide by"),
        |share| Cell::text(format!("{share} %")),
    )
}

fn reasonableness(done: &Capitalization) -> Section {
    let of = &done.reasonableness;
    let listed = |names: &[String]| match names {
        [] => Cell::text("none"),
        names => Cell::text(names.len().to_string()).with_note(names.join(", ")),
    };
    let changed: Vec<String> = of
        .changed_projects
        .iter()
        .map(|one| format!("{} {} to {}", one.project_id, one.previous_fte, one.fte))
        .collect();
    let rows = vec![
        vec![Cell::text("Time without a trace"), percent(&of.unattributed_share)],
        vec![Cell::text("Time in filled gaps"), percent(&of.gap_filled_share)],
        vec![
            Cell::text("Capitalized without a merged pull request"),
            percent(&of.capitalized_without_merged_pull_request_share),
        ],
        vec![Cell::text("Projects whose FTE changed by more than 25 %"), listed(&changed)],
        vec![Cell::text("People more than 95 % capitalized"), listed(&of.mostly_capitalized)],
        vec![
            Cell::text("People with more than the usual share without a trace"),
            listed(&of.needs_review),
        ],
        vec![
            Cell::text("Projects capitalized below the minimum cost"),
            listed(&of.below_minimum_cost),
        ],
        vec![
            Cell::text("FTE capitalized outside of gates"),
            Cell::text(of.capitalized_outside_gates_fte.to_string()),
        ],
    ];
    let columns = vec![Column::text("Look at"), Column::number("Found")];
    Section {
        name: "Reasonableness".to_owned(),
        tables: vec![Table { title: "What a reviewer looks at".to_owned(), columns, rows }],
        ..Section::default()
    }
}

/// FTE and hours in units of their last digit, and costs by currency.
type Sums<'a> = (i128, i128, BTreeMap<&'a str, Fixed>);

/// What the rows of a project add up to, what is capitalized first.
fn projects(done: &Capitalization) -> Section {
    let mut sums: BTreeMap<(Treatment, String), Sums<'_>> = BTreeMap::new();
    for row in &done.summary {
        let project = row.project_name.as_deref().or(row.project_id.as_deref());
        let name = project.map_or_else(|| row.work_type.to_string(), str::to_owned);
        let sum = sums.entry((row.treatment, name)).or_default();
        sum.0 += row.fte.units;
        sum.1 += row.hours.units;
        if let (Some(cost), Some(currency)) = (row.cost, row.currency) {
            let all = sum.2.entry(currency.code()).or_insert(Fixed::new(0, cost.digits));
            all.units += cost.units;
        }
    }
    let rows = sums.into_iter().map(|((treatment, name), (fte, hours, costs))| {
        let costs: Vec<String> =
            costs.iter().map(|(currency, cost)| format!("{cost} {currency}")).collect();
        vec![
            Cell::text(name),
            Cell::text(treatment.as_str()),
            Cell::text(Fixed::new(fte, FTE_DIGITS).to_string()),
            Cell::text(Fixed::new(hours, HOURS_DIGITS).to_string()),
            if costs.is_empty() {
                Cell::no_data("stays with finance")
            } else {
                Cell::text(costs.join(", "))
            },
        ]
    });
    let columns = vec![
        Column::text("Project, or what had none"),
        Column::text("Treatment"),
        Column::number("FTE"),
        Column::number("Hours"),
        Column::number("Cost"),
    ];
    let table = Table { title: "Summary".to_owned(), columns, rows: rows.collect() };
    Section {
        name: "By project".to_owned(),
        text: vec!["By entity and cost centre in cap_summary.csv.".to_owned()],
        tables: vec![table],
        ..Section::default()
    }
}

fn missing(gaps: &[String]) -> Section {
    let mut text: Vec<String> = gaps.iter().take(MOST_GAPS).map(|gap| format!("{gap}.")).collect();
    match gaps.len() {
        0 => text.push("Nothing.".to_owned()),
        more if more > MOST_GAPS => {
            text.push(format!("And {} more, in the manifest.", more - MOST_GAPS));
        }
        _ => {}
    }
    Section { name: "What is missing or contradictory".to_owned(), text, ..Section::default() }
}
