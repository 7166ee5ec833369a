//! What events tell: values for columns of a table, or why they can't.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// What one event, or a part of it, says of one row.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    /// Table it is for.
    pub(super) table: &'static str,
    /// Values by column, only those that the event gives.
    pub(super) columns: Map<String, Value>,
    /// Columns whose value counts only where no other event gives one.
    pub(super) weak: Vec<&'static str>,
    /// Deployments that it names by the ids of their events.
    pub(super) references: Vec<Reference>,
    /// When the event happened; UTC.
    pub(super) at: Option<DateTime<Utc>>,
}

/// A deployment that an event names by the id of the event that told of it.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    /// Column for the deployment's id.
    pub(super) column: &'static str,
    /// Id of the other event.
    pub(super) event_id: String,
    /// Id of the deployment where that event is not known.
    pub(super) fallback: String,
}

/// Why something is no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// Table it was meant for; empty where it names none.
    pub(super) table: String,
    /// What is wrong and what to do.
    pub(super) reason: String,
}

impl Refusal {
    pub(super) fn new(table: &str, reason: impl Into<String>) -> Refusal {
        Refusal { table: table.to_owned(), reason: reason.into() }
    }
}

/// What became of one event.
#[derive(Debug)]
pub(super) enum Told {
    /// Rows, and parts that are none.
    Facts(Vec<Result<Fact, Refusal>>),
    /// Nothing that Milepost keeps: the event's type.
    Unread(String),
}

impl Told {
    pub(super) fn refused(table: &str, reason: impl Into<String>) -> Told {
        Told::Facts(vec![Err(Refusal::new(table, reason))])
    }
}

impl Fact {
    /// A fact of the table that an event of that time (RFC 3339) tells.
    pub(super) fn new(table: &'static str, time: Option<&str>) -> Fact {
        let at = time.and_then(|time| DateTime::parse_from_rfc3339(time).ok());
        Fact {
            table,
            columns: Map::new(),
            weak: Vec::new(),
            references: Vec::new(),
            at: at.map(|at| at.to_utc()),
        }
    }

    /// The fact with a column's value, where there is one.
    pub(super) fn with(mut self, column: &str, value: Option<impl Into<Value>>) -> Fact {
        if let Some(value) = value {
            self.columns.insert(column.to_owned(), value.into());
        }
        self
    }

    /// The same for a value that others know better.
    pub(super) fn with_weak(
        mut self,
        column: &'static str,
        value: Option<impl Into<Value>>,
    ) -> Fact {
        if value.is_some() {
            self.weak.push(column);
        }
        self.with(column, value)
    }
}

/// The text at a place such as `/subject/id`, numbers as they are written; `None` where it is
/// blank.
pub(super) fn text(value: &Value, pointer: &str) -> Option<String> {
    let text = match value.pointer(pointer)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// An id that is unique over all sources. The standards make ids unique within a source only; a
/// UUID is so everywhere, and who refers to it need not know the source.
pub(super) fn unique_id(source: &str, id: &str) -> String {
    if is_uuid(id) { id.to_owned() } else { format!("{source}#{id}") }
}

fn is_uuid(text: &str) -> bool {
    let is_digit = |at: usize, byte: u8| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(|(at, byte)| is_digit(at, byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_unique_over_sources() {
        let uuid = "271069a8-fc18-44f1-b38f-9d70a1695819";
        assert_eq!(unique_id("/ci", uuid), uuid);
        assert_eq!(unique_id("/ci", "42"), "/ci#42");
        assert_eq!(
            unique_id("/ci", "271069a8-fc18-44f1-b38f-9d70a169581x"),
            "/ci#271069a8-fc18-44f1-b38f-9d70a169581x"
        );
    }
}
