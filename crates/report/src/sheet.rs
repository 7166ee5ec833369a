//! CSV for finance: RFC 4180 with every column's kind known, so that text is defused and numbers are
//! never touched.

use crate::rows::is_formula;

/// How a sheet is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// RFC 4180 in UTF-8.
    #[default]
    Rfc4180,
    /// The same with a byte order mark, without which Excel takes UTF-8 for something else.
    Excel,
}

/// A value of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// Free text; empty for NULL. What a spreadsheet would run as a formula gets a leading `'`.
    Text(String),
    /// Digits, a date, a truth value: written as it is; empty for NULL.
    Plain(String),
}

impl Field {
    /// Free text that may be missing.
    pub fn text(value: Option<&str>) -> Field {
        Field::Text(value.unwrap_or_default().to_owned())
    }

    /// A number, date or truth value that may be missing.
    pub fn plain(value: Option<impl std::fmt::Display>) -> Field {
        Field::Plain(value.map(|value| value.to_string()).unwrap_or_default())
    }

    fn written(&self, out: &mut String) {
        let (text, is_text) = match self {
            Field::Text(text) => (text, true),
            Field::Plain(text) => (text, false),
        };
        let guard = if is_text && is_formula(text) { "'" } else { "" };
        if text.contains([',', '"', '\r', '\n']) {
            out.push('"');
            out.push_str(guard);
            out.push_str(&text.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(guard);
            out.push_str(text);
        }
    }
}

/// A table of fields, in the order in which it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows, a field per column.
    pub rows: Vec<Vec<Field>>,
}

impl Sheet {
    /// A sheet of columns that are always the same.
    pub fn new(columns: &[&str], rows: Vec<Vec<Field>>) -> Sheet {
        Sheet { columns: columns.iter().map(|name| (*name).to_owned()).collect(), rows }
    }

    /// The sheet as CSV, with its header even when it is empty.
    pub fn csv(&self, profile: Profile) -> String {
        let mut out = String::new();
        if profile == Profile::Excel {
            out.push('\u{feff}');
        }
        let head: Vec<Field> = self.columns.iter().cloned().map(Field::Text).collect();
        line(&head, &mut out);
        for row in &self.rows {
            line(row, &mut out);
        }
        out
    }
}

fn line(row: &[Field], out: &mut String) {
    for (at, field) in row.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        field.written(out);
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(field: Field) -> String {
        let mut out = String::new();
        field.written(&mut out);
        out
    }

    #[test]
    fn a_formula_in_text_is_defused_and_a_negative_number_is_not_touched() {
        let title = Field::Text("=HYPERLINK(\"http://x\",\"y\")".to_owned());
        assert_eq!(written(title), "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
        assert_eq!(written(Field::Plain("-3.50".to_owned())), "-3.50");
        for text in ["+1", "-x", "@x", "\tx", "\u{ff1d}x", "\u{ff0b}x", "\u{ff0d}x", "\u{ff20}x"] {
            assert_eq!(written(Field::Text(text.to_owned())), format!("'{text}"));
        }
        assert_eq!(written(Field::Text("\rx".to_owned())), "\"'\rx\"");
        assert_eq!(written(Field::Text("\0x".to_owned())), "'\0x");
    }

    #[test]
    fn lines_end_with_cr_lf_and_breaks_within_a_field_are_quoted() {
        let row = vec![Field::Text("Ünï\ncode, x".to_owned()), Field::Plain(String::new())];
        let sheet = Sheet::new(&["a", "b"], vec![row]);
        assert_eq!(sheet.csv(Profile::Rfc4180), "a,b\r\n\"Ünï\ncode, x\",\r\n");
        assert_eq!(sheet.csv(Profile::Excel), "\u{feff}a,b\r\n\"Ünï\ncode, x\",\r\n");
    }
}
