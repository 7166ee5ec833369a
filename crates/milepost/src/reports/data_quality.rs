use milepost_analytics::diagnosis::{Finding, Severity, diagnose};
use milepost_analytics::{Span, WindowKind};
use milepost_report::page::{Cell, Column, Section, Table};
use milepost_report::units::count;

use super::Content;
use super::gather::session as session_of;
use crate::answer;
use crate::exit::Failure;
use crate::explain::verdict;
use crate::globals::Globals;

pub(super) async fn content(globals: &Globals) -> Result<Content, Failure> {
    let whole = Span { kinds: vec![WindowKind::All], from: None, to: None };
    let session = answer::session(globals, &globals.lake, whole)?;
    let recent = session_of(globals, WindowKind::Month)?;
    let catalogue = answer::catalogue(globals)?;
    let diagnosis = diagnose(&session, &recent, &catalogue, &globals.definition).await?;
    let seen = &diagnosis.seen;
    let counts = [
        ("Deployments found", seen.deployments),
        ("Deployments in production", seen.in_production),
        ("Deployments matched to a commit", seen.matched),
        ("Deployments counted", seen.counted),
        ("Commits", seen.commits),
        ("Pull requests", seen.pull_requests),
        ("Incidents", seen.incidents),
        ("Services", seen.services),
    ];
    let rows = counts.map(|(name, value)| vec![Cell::text(name), Cell::text(count(value))]);
    let columns = vec![Column::text("What"), Column::number("Count")];
    let of = |severity| -> Vec<&Finding> {
        diagnosis.findings.iter().filter(|finding| finding.severity == severity).collect()
    };
    let (problems, remarks) = (of(Severity::Problem), of(Severity::Remark));
    let sentence = verdict(problems.len(), remarks.len());
    let sections = [("Problems", problems), ("Remarks", remarks)]
        .into_iter()
        .filter(|(_, findings)| !findings.is_empty())
        .map(|(name, findings)| Section {
            name: name.to_owned(),
            tables: vec![table(name, &findings)],
            ..Section::default()
        });
    Ok(Content {
        title: "Data quality".to_owned(),
        subtitle: "What is missing or contradictory, and why metrics are empty".to_owned(),
        sentences: vec![sentence],
        headline: Table { title: "What was found".to_owned(), columns, rows: rows.into() },
        sections: sections.collect(),
        commands: vec!["milepost check --all".to_owned(), "milepost status".to_owned()],
    })
}

fn table(name: &str, findings: &[&Finding]) -> Table {
    let rows = findings.iter().map(|finding| {
        vec![
            Cell::text(finding.subject.clone().unwrap_or_else(|| "the lake".to_owned())),
            Cell::text(finding.message.clone()),
            Cell::text(count(finding.count)),
            finding.suggestion.clone().map_or_else(|| Cell::text("–"), Cell::text),
        ]
    });
    let columns = vec![
        Column::text("About"),
        Column::text("What is the case"),
        Column::number("Cases"),
        Column::text("What would help"),
    ];
    Table { title: name.to_owned(), columns, rows: rows.collect() }
}
