//! A report in a few lines of a channel, in Slack's way of writing.

use milepost_report::page::{Cell, Table};
use milepost_report::plain_line;

use super::Parcel;

/// Rows of the headline that a message has; the page has the rest.
const MOST_ROWS: usize = 12;

/// Title, headline, and where the rest is.
pub(super) fn text(parcel: &Parcel<'_>) -> String {
    let page = parcel.page;
    let mut lines = vec![format!("*{}*", safe(&page.title)), safe(&page.subtitle)];
    lines.extend(headline(&page.headline));
    lines.extend(page.sentences.iter().map(|sentence| safe(sentence)));
    lines.extend(place(parcel));
    lines.join("\n")
}

/// "• Change lead time: 2026 Q1: 3.1 d (n=12); 2025 Q4: no data (no changes)".
fn headline(table: &Table) -> impl Iterator<Item = String> {
    table.rows.iter().take(MOST_ROWS).map(|row| {
        let values = row.iter().zip(&table.columns).skip(1);
        let values: Vec<String> = values
            .map(|(cell, column)| format!("{}: {}", safe(&column.title), said(cell)))
            .collect();
        let name = row.first().and_then(|cell| cell.text.as_deref()).unwrap_or_default();
        format!("• {}: {}", safe(name), values.join("; "))
    })
}

/// A value with its sample size, or why there is none.
fn said(cell: &Cell) -> String {
    let value = safe(cell.text.as_deref().unwrap_or("no data"));
    match &cell.note {
        Some(note) => format!("{value} ({})", safe(note)),
        None => value,
    }
}

/// Where the first file of the report is.
fn place(parcel: &Parcel<'_>) -> Option<String> {
    let file = parcel.file(*parcel.report.formats.first()?);
    let (folder, bucket) = (&parcel.report.folder, &parcel.report.bucket);
    let whole = match (&parcel.report.link, folder, bucket) {
        (_, None, None) => return None,
        (Some(link), ..) => {
            return Some(format!("<{}/{file}|{file}>", safe(link.trim_end_matches('/'))));
        }
        (None, Some(folder), _) => folder.join(file).to_string_lossy().into_owned(),
        (None, None, Some(bucket)) => format!("{}/{file}", bucket.trim_end_matches('/')),
    };
    Some(format!("The whole report: {}", safe(&whole)))
}

/// A text on one line that is no link and calls nobody.
fn safe(text: &str) -> String {
    plain_line(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use milepost_report::page::Column;

    use super::*;

    #[test]
    fn a_row_says_its_values_with_their_sample_sizes_and_links_nowhere() {
        let row = vec![
            Cell::text("<!channel>"),
            Cell::text("3.1 d").with_note("n=12"),
            Cell::no_data("no changes"),
        ];
        let columns = ["Metric", "2026 Q1", "2025 Q4"].map(Column::text).into();
        let table = Table { title: String::new(), columns, rows: vec![row] };
        let said: Vec<String> = headline(&table).collect();
        let expected = "• &lt;!channel&gt;: 2026 Q1: 3.1 d (n=12); 2025 Q4: no data (no changes)";
        assert_eq!(said, [expected]);
    }
}
