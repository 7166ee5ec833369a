//! The page in one sentence, which comes first in the file: mail programs show the first text of a
//! message beside its subject.

use super::{Cell, Page, Table};

/// About what fits into a line of a list of mails.
const LONGEST: usize = 180;
const MOST_ROWS: usize = 3;

/// The first numbers of the headline, then what they rest on, as far as there is room.
pub(super) fn preview(page: &Page) -> String {
    let mut told = numbers(&page.headline).unwrap_or_else(|| match has_numbers(&page.headline) {
        true => format!("{}: no data yet.", page.title),
        false => format!("{}: {}.", page.title, page.subtitle),
    });
    for sentence in &page.sentences {
        if told.chars().count() + sentence.chars().count() >= LONGEST {
            break;
        }
        told.push(' ');
        told.push_str(sentence);
    }
    shortened(&told)
}

/// The first rows that have a value, each with its name; `None` where there are none.
fn numbers(table: &Table) -> Option<String> {
    let value_at = table.columns.iter().position(|column| column.is_number)?;
    let rows = table.rows.iter().filter_map(|row| {
        let value = row.get(value_at)?.text.as_deref()?;
        let name: Vec<&str> = row.iter().take(value_at).filter_map(named).collect();
        Some(format!("{} {value}", name.join(", ")))
    });
    let rows: Vec<String> = rows.take(MOST_ROWS).collect();
    let of = table.columns.get(value_at).map_or("", |column| &column.title);
    (!rows.is_empty()).then(|| format!("{of}: {}.", rows.join("; ")))
}

/// True for a headline that is of numbers, be there any or not.
fn has_numbers(table: &Table) -> bool {
    table.columns.is_empty() || table.columns.iter().any(|column| column.is_number)
}

fn named(cell: &Cell) -> Option<&str> {
    cell.text.as_deref()
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONGEST - 1).collect();
    format!("{}…", start.trim_end())
}

#[cfg(test)]
mod tests {
    use super::super::{Cell, Column, Table};
    use super::{numbers, shortened};

    fn table(rows: Vec<Vec<Cell>>) -> Table {
        let columns =
            vec![Column::text("Metric"), Column::number("2026 Q3"), Column::number("2026 Q2")];
        Table { title: "In short".to_owned(), columns, rows }
    }

    #[test]
    fn rows_without_data_are_not_told() {
        let told = numbers(&table(vec![
            vec![Cell::text("Lead time"), Cell::no_data("no changes"), Cell::text("3 d")],
            vec![Cell::text("Frequency"), Cell::text("2 / day"), Cell::text("1 / day")],
            vec![Cell::text("Fail rate"), Cell::text("5 %"), Cell::text("4 %")],
        ]));
        assert_eq!(told.as_deref(), Some("2026 Q3: Frequency 2 / day; Fail rate 5 %."));
    }

    #[test]
    fn a_table_without_numbers_tells_none() {
        assert_eq!(numbers(&table(Vec::new())), None);
    }

    #[test]
    fn a_long_name_is_cut_between_letters() {
        let told = shortened(&"é".repeat(500));
        assert_eq!(told.chars().count(), 180);
        assert!(told.ends_with('…'));
    }
}
