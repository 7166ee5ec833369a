//! The page as Markdown, such as for the summary of a pipeline's run.

use std::fmt::Write as _;

use super::render::NO_DATA;
use super::{Cell, Figure, Page, Section, Table};
use crate::visible;

/// Writes the page. Texts are escaped, so that a name is never markup.
pub fn render(page: &Page) -> String {
    let mut out = String::new();
    _ = write!(out, "# {}\n\n{}\n", text(&page.title), text(&page.subtitle));
    let when = page.as_of.format("%Y-%m-%dT%H:%M:%SZ");
    _ = write!(out, "\nAs of {when}, windows in {}.\n", text(&page.timezone));
    table(&mut out, &page.headline, "##");
    if !page.sentences.is_empty() {
        out.push_str("\n## What this rests on\n\n");
        for sentence in &page.sentences {
            _ = writeln!(out, "- {}", text(sentence));
        }
    }
    page.sections.iter().for_each(|one| section(&mut out, one));
    out.push_str("\n## Where this comes from\n\n");
    for (name, value) in &page.sources {
        _ = writeln!(out, "- {}: {}", text(name), text(value));
    }
    _ = write!(
        out,
        "- Definition: {}\n- Milepost {}\n",
        text(&page.definition_id),
        text(&page.version)
    );
    out
}

fn section(out: &mut String, section: &Section) {
    _ = write!(out, "\n## {}\n", text(&section.name));
    for sentence in &section.text {
        _ = write!(out, "\n{}\n", text(sentence));
    }
    section.tables.iter().for_each(|one| table(out, one, "###"));
    section.figures.iter().for_each(|one| figure(out, one));
}

fn figure(out: &mut String, figure: &Figure) {
    _ = write!(out, "\n### {}\n\n{}\n\n", text(&figure.title), text(&figure.summary));
    out.push_str("| window | value | sample size | remark |\n|---|---:|---:|---|\n");
    for point in &figure.points {
        let value =
            point.measured().map_or_else(|| NO_DATA.to_owned(), |value| figure.unit.text(value));
        let provisional = point.is_provisional.then_some("provisional");
        let remarks = provisional.into_iter().chain(point.note.as_deref());
        let remark = remarks.collect::<Vec<_>>().join("; ");
        _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            text(&point.label),
            text(&value),
            point.sample_size.map_or_else(|| "hidden".to_owned(), |size| size.to_string()),
            text(&remark)
        );
    }
}

fn table(out: &mut String, table: &Table, level: &str) {
    _ = write!(out, "\n{level} {}\n\n|", text(&table.title));
    for column in &table.columns {
        _ = write!(out, " {} |", text(&column.title));
    }
    out.push_str("\n|");
    for column in &table.columns {
        out.push_str(if column.is_number { "---:|" } else { "---|" });
    }
    out.push('\n');
    for row in &table.rows {
        out.push('|');
        row.iter().for_each(|cell| _ = write!(out, " {} |", said(cell)));
        out.push('\n');
    }
}

fn said(cell: &Cell) -> String {
    let value = text(cell.text.as_deref().unwrap_or(NO_DATA));
    match &cell.note {
        Some(note) => format!("{value} ({})", text(note)),
        None => value,
    }
}

/// A text on one line in which nothing is markup.
fn text(text: &str) -> String {
    let mut safe = String::new();
    for letter in visible::one_line(text).chars() {
        match letter {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' | '~' => {
                safe.push('\\');
                safe.push(letter);
            }
            letter => safe.push(letter),
        }
    }
    safe
}
