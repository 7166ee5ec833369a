//! A text as the entities that stand in it: YAML documents, or JSON as the catalogue's API gives it.

use std::rc::Rc;

use serde_json::{Deserializer, Value};

use crate::yaml::{Node, Unreadable, documents as yaml_documents};

/// Letters of a refused document that are kept.
const MOST_KEPT: usize = 4_000;

/// What stands for one entity.
pub(super) struct Document {
    /// Line on which it begins, in JSON its number; from 1.
    pub(super) line: u64,
    /// As it is written, or its beginning.
    pub(super) raw: String,
    /// The tree, or why there is none.
    pub(super) node: Result<Rc<Node>, String>,
}

/// The documents of a text in their order. One that can't be read takes no other along.
pub(super) fn documents(text: &[u8]) -> Vec<Document> {
    if matches!(text.trim_ascii_start().first(), Some(b'[' | b'{'))
        && let Some(documents) = json(text)
    {
        return documents;
    }
    match std::str::from_utf8(text) {
        Ok(text) => parts(text).flat_map(|(line, part)| yaml(line, part)).collect(),
        Err(_) => {
            let raw = beginning(&String::from_utf8_lossy(text));
            vec![Document { line: 1, raw, node: Err("it is no UTF-8".to_owned()) }]
        }
    }
}

/// Entities of JSON documents: arrays of them, pages with `items`, or single ones. `None` where
/// the text is no JSON; YAML may begin the same way.
fn json(text: &[u8]) -> Option<Vec<Document>> {
    let values = Deserializer::from_slice(text).into_iter::<Value>();
    let values = values.collect::<Result<Vec<_>, _>>().ok()?;
    let entities = values.into_iter().flat_map(|value| match value {
        Value::Array(entities) => entities,
        Value::Object(mut page) if page.get("kind").is_none() => match page.remove("items") {
            Some(Value::Array(entities)) => entities,
            _ => vec![Value::Object(page)],
        },
        entity => vec![entity],
    });
    let document = |(line, entity): (u64, Value)| Document {
        line,
        raw: beginning(&entity.to_string()),
        node: Ok(node(entity)),
    };
    Some((1..).zip(entities).map(document).collect())
}

fn node(value: Value) -> Rc<Node> {
    Rc::new(match value {
        Value::Null => Node::Scalar(None),
        Value::String(text) => Node::Scalar(Some(text)),
        Value::Array(items) => Node::List(items.into_iter().map(node).collect()),
        Value::Object(entries) => {
            Node::Map(entries.into_iter().map(|(key, value)| (key, node(value))).collect())
        }
        other => Node::Scalar(Some(other.to_string())),
    })
}

/// The parts of a text between lines that begin a document, each with its first line's number.
fn parts(text: &str) -> impl Iterator<Item = (u64, &str)> {
    let mut starts = vec![(1, 0)];
    let mut offset = 0;
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let is_start = line.trim_end() == "---" || line.starts_with("--- ");
        if is_start && offset > 0 {
            starts.push((number, offset));
        }
        offset += line.len();
    }
    let ends: Vec<usize> =
        starts.iter().skip(1).map(|(_, start)| *start).chain([text.len()]).collect();
    starts.into_iter().zip(ends).map(move |((line, start), end)| (line, &text[start..end]))
}

fn yaml(line: u64, part: &str) -> Vec<Document> {
    // Only comments or a directive stand before the first document.
    let is_nothing = |line: &str| line.trim().is_empty() || line.starts_with(['#', '%']);
    if part.lines().all(|line| is_nothing(line) || line.trim_end() == "---") {
        return Vec::new();
    }
    let document = |node| Document { line, raw: beginning(part), node };
    match yaml_documents(part) {
        Ok(nodes) => nodes.into_iter().map(|node| document(Ok(node))).collect(),
        Err(Unreadable::Malformed) => vec![document(Err("it is no YAML".to_owned()))],
        Err(Unreadable::TooLarge) => {
            vec![document(Err("it is too large, or stands for too much".to_owned()))]
        }
    }
}

fn beginning(text: &str) -> String {
    match text.char_indices().nth(MOST_KEPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line and name of each, or why it can't be read.
    fn told(text: &str) -> Vec<String> {
        let name = |document: Document| match document.node {
            Ok(node) => {
                let name = node.get("name").and_then(Node::text).unwrap_or("-").to_owned();
                format!("{} {name}", document.line)
            }
            Err(reason) => format!("{} {reason}", document.line),
        };
        documents(text.as_bytes()).into_iter().map(name).collect()
    }

    #[test]
    fn documents_of_yaml_are_told_apart_with_their_lines() {
        assert_eq!(told("name: a\n---\nname: b\n"), ["1 a", "2 b"]);
        assert_eq!(told("%YAML 1.2\n# top\n---\nname: a\n--- # next\nname: b"), ["3 a", "5 b"]);
        assert_eq!(told("---\nname: a\ntext: |\n  x\n  ---\n"), ["1 a"]);
        assert_eq!(told(""), [""; 0]);
    }

    #[test]
    fn a_broken_document_takes_no_other_along() {
        assert_eq!(
            told("name: a\n---\nname: [\n---\nname: c\n"),
            ["1 a", "2 it is no YAML", "4 c"]
        );
        assert_eq!(told("{{ broken }\n"), ["1 it is no YAML"]);
    }

    #[test]
    fn the_answers_of_the_catalogue_are_read() {
        let both = ["1 a", "2 b"];
        assert_eq!(told(r#"[{"name": "a"}, {"name": "b"}]"#), both);
        assert_eq!(told(r#"{"items": [{"name": "a"}, {"name": "b"}], "totalItems": 2}"#), both);
        assert_eq!(told(r#"[{"name": "a"}] [{"name": "b"}]"#), both);
        assert_eq!(told(r#"{"kind": "Location", "items": [], "name": "a"}"#), ["1 a"]);
        assert_eq!(told("{name: a}"), ["1 a"], "YAML as well");
        assert_eq!(told(r#"[3, "x"]"#), ["1 -", "2 -"]);
    }

    #[test]
    fn what_is_no_text_is_refused_and_of_long_ones_the_beginning_is_kept() {
        assert!(documents(b"name: \xff").first().is_some_and(|one| one.node.is_err()));
        let long = format!("name: {}", "x".repeat(9_000));
        assert_eq!(documents(long.as_bytes())[0].raw.chars().count(), MOST_KEPT + 1);
    }
}
