//! Fields of a record whose shape its vendor may change: what is absent, `null` or of a new kind
//! is told apart, and numbers may come as text.

use chrono::{DateTime, Utc};
use serde_json::Value;

/// A record, or a part of one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a Value);

impl<'a> Fields<'a> {
    /// The part under a dotted path; absent parts are `null`.
    pub(crate) fn at(self, path: &str) -> Fields<'a> {
        const NOTHING: &Value = &Value::Null;
        Fields(path.split('.').fold(self.0, |value, name| value.get(name).unwrap_or(NOTHING)))
    }

    /// True where there is nothing.
    pub(crate) fn is_null(self) -> bool {
        self.0.is_null()
    }

    /// A text that may be missing; a number counts as its digits.
    ///
    /// # Errors
    /// Where it is something else.
    pub(crate) fn text(self, path: &str) -> Result<Option<String>, String> {
        match self.at(path).0 {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text.clone())),
            Value::Number(number) => Ok(Some(number.to_string())),
            other => Err(format!("`{path}` is no text: {}", shown(other))),
        }
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// Where it is missing, empty or something else.
    pub(crate) fn needed(self, path: &str) -> Result<String, String> {
        let text = self.text(path)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| format!("`{path}` is missing"))
    }

    /// A whole number that may be missing.
    ///
    /// # Errors
    /// Where it is something else.
    pub(crate) fn integer(self, path: &str) -> Result<Option<i64>, String> {
        let fail = |value: &Value| format!("`{path}` is no whole number: {}", shown(value));
        match self.at(path).0 {
            Value::Null => Ok(None),
            value @ Value::Number(number) => number.as_i64().map(Some).ok_or_else(|| fail(value)),
            value @ Value::String(text) => text.parse().map(Some).map_err(|_| fail(value)),
            other => Err(fail(other)),
        }
    }

    /// A truth value that may be missing.
    ///
    /// # Errors
    /// Where it is something else.
    pub(crate) fn truth(self, path: &str) -> Result<Option<bool>, String> {
        match self.at(path).0 {
            Value::Null => Ok(None),
            Value::Bool(truth) => Ok(Some(*truth)),
            other => Err(format!("`{path}` is neither true nor false: {}", shown(other))),
        }
    }

    /// An instant that may be missing.
    ///
    /// # Errors
    /// Where it is something else.
    pub(crate) fn instant(self, path: &str) -> Result<Option<DateTime<Utc>>, String> {
        let Some(text) = self.text(path)?.filter(|text| !text.is_empty()) else { return Ok(None) };
        DateTime::parse_from_rfc3339(&text)
            .map(|instant| Some(instant.to_utc()))
            .map_err(|_| format!("`{path}` is no instant: {text}"))
    }

    /// The elements of a list; a missing one has none.
    ///
    /// # Errors
    /// Where it is something else.
    pub(crate) fn list(self, path: &str) -> Result<Vec<Fields<'a>>, String> {
        match self.at(path).0 {
            Value::Null => Ok(Vec::new()),
            Value::Array(elements) => Ok(elements.iter().map(Fields).collect()),
            other => Err(format!("`{path}` is no list: {}", shown(other))),
        }
    }
}

fn shown(value: &Value) -> String {
    let mut text: String = value.to_string().chars().take(60).collect();
    if text.len() < value.to_string().len() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_may_be_text_and_keep_every_digit() {
        let record = json!({"id": 9_007_199_254_740_993_i64, "number": "12", "title": null});
        let fields = Fields(&record);
        assert_eq!(fields.needed("id"), Ok("9007199254740993".to_owned()));
        assert_eq!(fields.integer("number"), Ok(Some(12)));
        assert_eq!(fields.text("title"), Ok(None));
        assert_eq!(fields.text("absent.deeper"), Ok(None));
    }

    #[test]
    fn what_is_of_another_kind_is_named() {
        let record = json!({"at": "yesterday", "labels": {"a": 1}, "id": [1], "n": 1.5});
        let fields = Fields(&record);
        assert_eq!(fields.instant("at"), Err("`at` is no instant: yesterday".to_owned()));
        assert_eq!(fields.list("labels").err(), Some("`labels` is no list: {\"a\":1}".to_owned()));
        assert_eq!(fields.needed("id"), Err("`id` is no text: [1]".to_owned()));
        assert_eq!(fields.integer("n"), Err("`n` is no whole number: 1.5".to_owned()));
        assert_eq!(fields.needed("nothing"), Err("`nothing` is missing".to_owned()));
    }
}
