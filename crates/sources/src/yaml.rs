//! YAML, and JSON with it, as a tree of bounded size: a few lines with aliases may stand for more
//! than there is memory.

use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle};

/// Larger files are passed over: manifests that people keep have some kilobytes.
pub(crate) const MOST_BYTES: usize = 1 << 20;
/// Nodes of one file, those that an alias stands for counted each time.
const MOST_NODES: usize = 200_000;
/// Levels below a document.
const MOST_LEVELS: usize = 64;

/// A value of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// A text as it is written: `1.10` stays `1.10`. `None` for null.
    Scalar(Option<String>),
    /// Values in their order.
    List(Vec<Rc<Node>>),
    /// Keys that are texts, with their values, in their order; merged ones come last.
    Map(Vec<(String, Rc<Node>)>),
}

impl Node {
    /// The value under a key; of several the last one written.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        let entry = self.entries().iter().rev().find(|(name, _)| name == key);
        entry.map(|(_, value)| value.as_ref())
    }

    /// The value at the end of several keys.
    pub(crate) fn at(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// A text that is not empty.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Node::Scalar(Some(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Keys and values; none for what is no map.
    pub(crate) fn entries(&self) -> &[(String, Rc<Node>)] {
        match self {
            Node::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Values of a list; none for what is no list.
    pub(crate) fn items(&self) -> &[Rc<Node>] {
        match self {
            Node::List(items) => items,
            _ => &[],
        }
    }
}

/// Why a text gave no tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is no YAML.
    Malformed,
    /// It stands for more than is looked at.
    TooLarge,
}

/// Reads all documents of a text.
///
/// # Errors
/// Where it is no YAML or too large; nothing of it is told then.
pub(crate) fn documents(text: &str) -> Result<Vec<Rc<Node>>, Unreadable> {
    if text.len() > MOST_BYTES {
        return Err(Unreadable::TooLarge);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|_| Unreadable::Malformed)?;
        builder.take(event)?;
    }
    Ok(builder.documents)
}

/// A value with what it takes.
#[derive(Clone)]
struct Built {
    node: Rc<Node>,
    nodes: usize,
    levels: usize,
}

/// A list or a map that has not ended.
struct Open {
    anchor: usize,
    is_map: bool,
    /// Values; in a map keys and values by turns.
    values: Vec<Built>,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Built>,
    documents: Vec<Rc<Node>>,
    nodes: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<(), Unreadable> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let is_null = style == ScalarStyle::Plain
                    && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL");
                let node = Node::Scalar((!is_null).then(|| text.into_owned()));
                self.put(Built { node: Rc::new(node), nodes: 1, levels: 1 }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.begin(anchor, false),
            Event::MappingStart(anchor, _) => self.begin(anchor, true),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.put(closed(&open), open.anchor),
                None => Err(Unreadable::Malformed),
            },
            // An alias within what it names has nothing to stand for yet.
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(built) => self.put(built, 0),
                None => Err(Unreadable::Malformed),
            },
            _ => Ok(()),
        }
    }

    fn begin(&mut self, anchor: usize, is_map: bool) -> Result<(), Unreadable> {
        if self.open.len() >= MOST_LEVELS {
            return Err(Unreadable::TooLarge);
        }
        self.open.push(Open { anchor, is_map, values: Vec::new() });
        Ok(())
    }

    fn put(&mut self, built: Built, anchor: usize) -> Result<(), Unreadable> {
        self.nodes = self.nodes.saturating_add(built.nodes);
        // Merged keys are not counted when they are met: each value has its own bound as well.
        if self.nodes > MOST_NODES || built.nodes > MOST_NODES || built.levels > MOST_LEVELS {
            return Err(Unreadable::TooLarge);
        }
        if anchor != 0 {
            self.anchors.insert(anchor, built.clone());
        }
        match self.open.last_mut() {
            Some(open) => open.values.push(built),
            None => self.documents.push(built.node),
        }
        Ok(())
    }
}

fn closed(open: &Open) -> Built {
    let values = &open.values;
    let nodes = values.iter().fold(1_usize, |sum, value| sum.saturating_add(value.nodes));
    let levels = 1 + values.iter().map(|value| value.levels).max().unwrap_or(0);
    let node = match open.is_map {
        true => map(values),
        false => Node::List(values.iter().map(|value| value.node.clone()).collect()),
    };
    Built { node: Rc::new(node), nodes, levels }
}

/// A map of keys and values by turns. What `<<` names gives the keys that the map itself lacks.
fn map(values: &[Built]) -> Node {
    let mut entries: Vec<(String, Rc<Node>)> = Vec::with_capacity(values.len() / 2);
    let mut merged: Vec<(String, Rc<Node>)> = Vec::new();
    for pair in values.chunks_exact(2) {
        let (key, value) = (&pair[0].node, &pair[1].node);
        match key.as_ref() {
            Node::Scalar(Some(name)) if name == "<<" => {
                merged.extend_from_slice(value.entries());
                for item in value.items() {
                    merged.extend_from_slice(item.entries());
                }
            }
            Node::Scalar(name) => entries.push((name.clone().unwrap_or_default(), value.clone())),
            _ => {}
        }
    }
    for (name, value) in merged {
        if !entries.iter().any(|(own, _)| *own == name) {
            entries.push((name, value));
        }
    }
    Node::Map(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Rc<Node> {
        let documents = documents(text).expect("YAML");
        assert_eq!(documents.len(), 1, "{text}");
        documents[0].clone()
    }

    fn text_at<'a>(node: &'a Node, keys: &[&str]) -> Option<&'a str> {
        node.at(keys).and_then(Node::text)
    }

    #[test]
    fn scalars_stay_as_they_are_written() {
        let node = one("a: 1.10\nb: 0123456\nc: 1e3\nd: \"x\"\ne:\nf: ~\ng: 'null'\n");
        for (key, text) in
            [("a", Some("1.10")), ("b", Some("0123456")), ("c", Some("1e3")), ("d", Some("x"))]
        {
            assert_eq!(text_at(&node, &[key]), text, "{key}");
        }
        assert_eq!(text_at(&node, &["e"]), None);
        assert_eq!(text_at(&node, &["f"]), None);
        assert_eq!(text_at(&node, &["g"]), Some("null"));
    }

    #[test]
    fn documents_comments_anchors_and_merged_keys_are_read() {
        let all = documents("# one\na: &x {t: 1, u: 2}\nb: *x\nc: {<<: *x, t: 3}\n---\n- 1\n- 2\n");
        let all = all.expect("YAML");
        assert_eq!(all.len(), 2);
        assert_eq!(text_at(&all[0], &["b", "t"]), Some("1"));
        assert_eq!(text_at(&all[0], &["c", "t"]), Some("3"));
        assert_eq!(text_at(&all[0], &["c", "u"]), Some("2"));
        assert_eq!(all[1].items().len(), 2);
    }

    #[test]
    fn json_is_yaml() {
        let node = one(r#"{"spec": {"image": "a/b:1", "list": [1, null, true]}}"#);
        assert_eq!(text_at(&node, &["spec", "image"]), Some("a/b:1"));
    }

    #[test]
    fn aliases_that_stand_for_too_much_are_refused() {
        // Nine levels of nine aliases: 9^9 values from 500 bytes.
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let before = vec![format!("*a{}", level - 1); 9].join(", ");
            text += &format!("a{level}: &a{level} [{before}]\n");
        }
        assert_eq!(documents(&text), Err(Unreadable::TooLarge));
        let merged: String = (1..40)
            .map(|n| format!("m{n}: &m{n} {{<<: [*m{0}, *m{0}], k{n}: *m{0}}}\n", n - 1))
            .collect();
        assert_eq!(documents(&format!("m0: &m0 {{a: b}}\n{merged}")), Err(Unreadable::TooLarge));
    }

    #[test]
    fn too_deep_too_long_and_aliases_of_themselves_are_refused() {
        assert_eq!(documents(&"[".repeat(70)), Err(Unreadable::TooLarge));
        assert_eq!(documents(&"a".repeat(MOST_BYTES + 1)), Err(Unreadable::TooLarge));
        assert_eq!(documents("a: &a [*a]"), Err(Unreadable::Malformed));
        let chain: String = (1..70).map(|n| format!("c{n}: &c{n} [*c{}]\n", n - 1)).collect();
        assert_eq!(documents(&format!("c0: &c0 [x]\n{chain}")), Err(Unreadable::TooLarge));
    }

    #[test]
    fn what_is_no_yaml_is_refused() {
        for text in ["a: [1, 2", "{{ if .Values.a }}\na: b\n{{ end }}", "a: b: c", "\ta: b\n- c"] {
            assert_eq!(documents(text), Err(Unreadable::Malformed), "{text}");
        }
        assert_eq!(documents("").expect("nothing"), []);
    }
}
