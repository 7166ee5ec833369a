//! A text as the JSON documents that stand in it one after the other.

use serde_json::{Deserializer, Value};

/// One event, or a part of the text that is no JSON.
pub(super) struct Document {
    /// The event, or what the parser says.
    pub(super) value: Result<Value, String>,
    /// As it is written.
    pub(super) raw: String,
}

/// The documents of a text in their order, an array as its elements; `None` where there is text
/// but nothing of it is a JSON object or array.
///
/// After a document that is broken the next line that begins with `{` or `[` is tried, so that a
/// line cut off in the middle does not take the ones after it along.
pub(super) fn documents(text: &[u8]) -> Option<Vec<Document>> {
    let mut documents = Vec::new();
    let mut begin = 0;
    while begin < text.len() {
        match broken_at(&text[begin..], &mut documents) {
            None => break,
            Some((offset, reason)) => {
                let start = begin + offset;
                let end = next_start(text, start);
                let raw = String::from_utf8_lossy(text[start..end].trim_ascii()).into_owned();
                documents.push(Document { value: Err(reason), raw });
                begin = end;
            }
        }
    }
    let is_json = |document: &Document| {
        document.value.as_ref().is_ok_and(|value| value.is_object() || value.is_array())
    };
    (documents.is_empty() || documents.iter().any(is_json)).then_some(documents)
}

/// Takes documents until one is broken, and says where it begins and why; `None` at the end.
fn broken_at(text: &[u8], documents: &mut Vec<Document>) -> Option<(usize, String)> {
    let mut stream = Deserializer::from_slice(text).into_iter::<Value>();
    let mut begin = 0;
    while let Some(next) = stream.next() {
        match next {
            Ok(Value::Array(elements)) => documents.extend(elements.into_iter().map(whole)),
            Ok(value) => documents.push(whole(value)),
            Err(error) => return Some((begin, reason(&error))),
        }
        begin = stream.byte_offset();
    }
    None
}

fn whole(value: Value) -> Document {
    Document { raw: value.to_string(), value: Ok(value) }
}

/// Where the next line after `start` begins that may be a document, else the end.
fn next_start(text: &[u8], start: usize) -> usize {
    // The document itself may begin after line breaks.
    let blank = text[start..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let from = (start + blank + 1).min(text.len());
    let found =
        (from..text.len()).find(|at| matches!(text[*at], b'{' | b'[') && text[at - 1] == b'\n');
    found.unwrap_or(text.len())
}

/// The parser's sentence without its place, which counts from the last document on.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    format!("it is no JSON: {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Option<Vec<String>> {
        let documents = documents(text.as_bytes())?;
        Some(
            documents
                .into_iter()
                .map(|document| match document.value {
                    Ok(value) => value.to_string(),
                    Err(_) => format!("broken {}", document.raw),
                })
                .collect(),
        )
    }

    fn texts(texts: &[&str]) -> Option<Vec<String>> {
        Some(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn one_document_many_and_a_batch_are_told_apart() {
        let both = texts(&["{\"a\":1}", "{\"b\":2}"]);
        assert_eq!(shape("{\"a\":\n 1}"), texts(&["{\"a\":1}"]));
        assert_eq!(shape("{\"a\":1}\n\n{\"b\":2}\n"), both);
        assert_eq!(shape("{\"a\":1}{\"b\":2}"), both);
        assert_eq!(shape("[{\"a\":1},\n{\"b\":2}]"), both);
        assert_eq!(shape(""), texts(&[]));
    }

    #[test]
    fn a_broken_line_does_not_take_the_next_ones_along() {
        assert_eq!(
            shape("{\"a\":1}\n{\"x\":\n{\"b\":2}\nnot json\n{\"c\":3}"),
            texts(&["{\"a\":1}", "broken {\"x\":", "{\"b\":2}", "broken not json", "{\"c\":3}"])
        );
    }

    #[test]
    fn what_is_no_json_at_all_has_no_documents() {
        assert_eq!(shape("deployment_id,service_id\n1,shop\n"), None);
        assert_eq!(shape("12"), None);
    }
}
