//! How entities name each other: `[kind:][namespace/]name`, whatever the case.

/// The namespace that goes without saying.
const DEFAULT: &str = "default";
/// Letters a name may have.
const LONGEST: usize = 63;

/// A name of an entity, its parts as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Reference {
    /// `None` where it can't name any entity.
    pub(super) fn new(kind: &str, namespace: &str, name: &str) -> Option<Reference> {
        let is_part = |text: &&str| is_name(text);
        let [kind, namespace, name] =
            [kind, namespace, name].map(|text| Some(text).filter(is_part));
        Some(Reference {
            kind: kind?.to_owned(),
            namespace: namespace?.to_owned(),
            name: name?.to_owned(),
        })
    }

    /// Reads a reference to an entity that is of that kind where nothing else is said, in the
    /// namespace of the one that names it.
    pub(super) fn parse(text: &str, kind: &str, namespace: &str) -> Option<Reference> {
        let text = text.trim();
        let (kind, rest) = text.split_once(':').unwrap_or((kind, text));
        let (namespace, name) = rest.split_once('/').unwrap_or((namespace, rest));
        Reference::new(kind, namespace, name)
    }

    /// The same for all spellings: `component:default/payments`.
    pub(super) fn key(&self) -> String {
        format!("{}:{}/{}", self.kind, self.namespace, self.name).to_lowercase()
    }

    /// Name among those of its kind: without the namespace that goes without saying.
    pub(super) fn id(&self) -> String {
        match self.is_in_default() {
            true => self.name.clone(),
            false => format!("{}/{}", self.namespace, self.name),
        }
    }

    pub(super) fn is_in_default(&self) -> bool {
        self.namespace.eq_ignore_ascii_case(DEFAULT)
    }

    pub(super) fn is(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }
}

/// Letters and digits, between them also `-`, `_` and `.`.
fn is_name(text: &str) -> bool {
    let is_end = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    let is_inner = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    text.len() <= LONGEST
        && is_end(text.chars().next())
        && is_end(text.chars().next_back())
        && text.chars().all(is_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Option<String> {
        Reference::parse(text, "group", "default").map(|reference| reference.key())
    }

    #[test]
    fn parts_that_are_left_out_go_without_saying() {
        let payments = Some("group:default/payments".to_owned());
        for text in ["payments", "Payments", "group:payments", " Group:Default/payments "] {
            assert_eq!(key(text), payments, "{text}");
        }
        assert_eq!(key("ops/payments"), Some("group:ops/payments".to_owned()));
        assert_eq!(key("user:ann.lee"), Some("user:default/ann.lee".to_owned()));
        let inner = Reference::parse("payments", "group", "ops").expect("a reference");
        assert_eq!(
            (inner.key().as_str(), inner.id().as_str()),
            ("group:ops/payments", "ops/payments")
        );
    }

    #[test]
    fn what_can_name_no_entity_is_none() {
        let long = "x".repeat(64);
        for text in ["", "a b", "-a", "a-", "a/b/c", "$text:./owner", "group:", &long] {
            assert_eq!(key(text), None, "{text}");
        }
    }
}
