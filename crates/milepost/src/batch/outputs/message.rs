//! A report in a few lines of a channel, in Slack's way of writing.

use milepost_report::page::{Column, Page};
use milepost_report::plain_line;

use super::Parcel;

/// Rows of the headline that a message has; the page has the rest.
const MOST_ROWS: usize = 12;

/// Title, headline, and where the rest is.
pub(super) fn text(parcel: &Parcel<'_>) -> String {
    let page = parcel.page;
    let mut lines = vec![format!("*{}*", safe(&page.title)), safe(&page.subtitle)];
    lines.extend(headline(page));
    lines.extend(page.sentences.iter().map(|sentence| safe(sentence)));
    lines.extend(place(parcel));
    lines.join("\n")
}

/// "• Change lead time: 3.1 d (2026 Q1), no data (2025 Q4), no clear change (What changed)".
fn headline(page: &Page) -> impl Iterator<Item = String> {
    let columns: Vec<&Column> = page.headline.columns.iter().skip(1).collect();
    page.headline.rows.iter().take(MOST_ROWS).map(move |row| {
        let text = |cell: Option<&str>| safe(cell.unwrap_or("no data"));
        let name = text(row.first().and_then(|cell| cell.text.as_deref()));
        let values = row.iter().skip(1).zip(&columns);
        let values: Vec<String> = values
            .map(|(cell, column)| {
                format!("{} ({})", text(cell.text.as_deref()), safe(&column.title))
            })
            .collect();
        format!("• {name}: {}", values.join(", "))
    })
}

/// Where the first file of the report is.
fn place(parcel: &Parcel<'_>) -> Option<String> {
    let (folder, format) = (parcel.report.folder.as_ref()?, parcel.report.formats.first()?);
    let file = parcel.file(*format);
    Some(match &parcel.report.link {
        Some(link) => format!("<{}/{file}|{file}>", safe(link.trim_end_matches('/'))),
        None => format!("The whole report: {}", safe(&folder.join(file).to_string_lossy())),
    })
}

/// A text on one line that is no link and calls nobody.
fn safe(text: &str) -> String {
    plain_line(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
