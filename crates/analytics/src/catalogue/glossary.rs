//! What columns of views mean: `queries/columns.csv`, a vocabulary that all views share, with what
//! a name means otherwise in single ones.

use std::collections::BTreeMap;

use super::QUERIES;

/// Meanings by view and column; the view is empty for what holds everywhere.
#[derive(Debug, Clone, Default)]
pub(crate) struct Glossary(BTreeMap<(String, String), String>);

impl Glossary {
    /// The one that comes with the program.
    pub(crate) fn bundled() -> Glossary {
        let file = QUERIES.get_file("columns.csv");
        let text = file.and_then(|file| file.contents_utf8()).unwrap_or_default();
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let rows = rows.records().filter_map(Result::ok);
        let meaning = |row: csv::StringRecord| {
            let [view, column, doc] =
                [0, 1, 2].map(|at| row.get(at).unwrap_or_default().to_owned());
            ((view, column), doc)
        };
        Glossary(rows.map(meaning).collect())
    }

    /// Names of all columns.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(|(_, column)| column.as_str())
    }

    /// What a column of a view means; `None` where nobody wrote it down.
    pub(crate) fn doc(&self, view: &str, column: &str) -> Option<&str> {
        let of = |view: &str| self.0.get(&(view.to_owned(), column.to_owned()));
        of(view).or_else(|| of("")).map(String::as_str)
    }
}
