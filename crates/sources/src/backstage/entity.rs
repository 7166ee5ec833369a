//! One entity: what is the same for all kinds, and how it is related to others.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::reference::Reference;
use crate::yaml::Node;

/// Values that stand elsewhere. They are never fetched: the reference stays in their place.
const ELSEWHERE: [&str; 3] = ["$text", "$json", "$yaml"];

/// An entity of the catalogue.
#[derive(Debug, Clone)]
pub(super) struct Entity {
    pub(super) reference: Reference,
    pub(super) title: Option<String>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
    /// Lower case.
    pub(super) tags: Vec<String>,
    node: Rc<Node>,
}

impl Entity {
    /// # Errors
    /// Where it is none; the reason is a sentence.
    pub(super) fn read(node: &Rc<Node>) -> Result<Entity, String> {
        if !matches!(node.as_ref(), Node::Map(_)) {
            return Err("it is no entity, but a list or a single value".to_owned());
        }
        let needed = |keys: &[&str]| match node.at(keys).and_then(Node::text) {
            Some(text) => Ok(text),
            None => Err(format!("it is no entity, for it lacks `{}`", keys.join("."))),
        };
        needed(&["apiVersion"])?;
        let (kind, name) = (needed(&["kind"])?, needed(&["metadata", "name"])?);
        let namespace = node.at(&["metadata", "namespace"]).and_then(Node::text);
        let namespace = namespace.unwrap_or("default");
        let reference = Reference::new(kind, namespace, name).ok_or_else(|| {
            format!(
                "`{}` is no name of an entity: kind, namespace and name have up to 63 letters and \
                 digits each, between them also `-`, `_` and `.`",
                crate::files::shown(&format!("{kind}:{namespace}/{name}"), 80)
            )
        })?;
        let tags = node.at(&["metadata", "tags"]).map(Node::items).unwrap_or_default();
        Ok(Entity {
            reference,
            title: text(node, &["metadata", "title"]),
            labels: texts(node, "labels"),
            annotations: texts(node, "annotations"),
            tags: tags.iter().filter_map(|tag| Some(tag.text()?.to_lowercase())).collect(),
            node: node.clone(),
        })
    }

    /// A text at the end of keys; for one that stands elsewhere the reference to it.
    pub(super) fn text(&self, keys: &[&str]) -> Option<String> {
        text(&self.node, keys)
    }

    /// Texts of the list at the end of keys; `None` where there is no such list.
    pub(super) fn list(&self, keys: &[&str]) -> Option<Vec<String>> {
        match self.node.at(keys)? {
            Node::List(items) => {
                Some(items.iter().filter_map(|item| item.text().map(str::to_owned)).collect())
            }
            _ => None,
        }
    }

    pub(super) fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// True where the catalogue itself says what it is related to, as its API does.
    pub(super) fn has_relations(&self) -> bool {
        matches!(self.node.get("relations"), Some(Node::List(_)))
    }

    /// What the catalogue says it is related to in that way.
    pub(super) fn related(&self, relation: &str) -> Vec<Reference> {
        let relations = self.node.get("relations").map(Node::items).unwrap_or_default();
        let named =
            relations.iter().filter(|one| one.get("type").and_then(Node::text) == Some(relation));
        named.filter_map(|one| target(one, &self.reference.namespace)).collect()
    }

    /// A reference of the entity's own description, or the text that is none.
    pub(super) fn refers(&self, text: &str, kind: &str) -> Result<Reference, String> {
        let reference = Reference::parse(text, kind, &self.reference.namespace);
        reference.ok_or_else(|| text.to_owned())
    }
}

/// The entity at the other end, as the API of any age writes it.
fn target(relation: &Node, namespace: &str) -> Option<Reference> {
    if let Some(text) = relation.get("targetRef").and_then(Node::text) {
        return Reference::parse(text, "", namespace);
    }
    let part = |name: &str| relation.at(&["target", name]).and_then(Node::text);
    Reference::new(part("kind")?, part("namespace").unwrap_or(namespace), part("name")?)
}

fn text(node: &Node, keys: &[&str]) -> Option<String> {
    let node = node.at(keys)?;
    let elsewhere = ELSEWHERE
        .iter()
        .find_map(|name| Some(format!("{name}: {}", node.get(name).and_then(Node::text)?)));
    elsewhere.or_else(|| node.text().map(|text| text.trim().to_owned()))
}

fn texts(node: &Node, name: &str) -> BTreeMap<String, String> {
    let entries = node.at(&["metadata", name]).map(Node::entries).unwrap_or_default();
    entries
        .iter()
        .filter_map(|(key, value)| Some((key.clone(), value.text()?.to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::documents;

    fn entity(text: &str) -> Result<Entity, String> {
        Entity::read(&documents(text).expect("YAML")[0])
    }

    #[test]
    fn what_is_no_entity_says_why() {
        let whole = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: a}\n";
        assert_eq!(entity(whole).expect("an entity").reference.key(), "component:default/a");
        for (text, reason) in [
            ("[a]", "a list or a single value"),
            ("kind: Component", "it lacks `apiVersion`"),
            ("apiVersion: x\nmetadata: {name: a}", "it lacks `kind`"),
            (
                "apiVersion: x\nkind: Component\nmetadata: {name: {a: b}}",
                "it lacks `metadata.name`",
            ),
            (
                "apiVersion: x\nkind: Component\nmetadata: {name: a b}",
                "`Component:default/a b` is no name",
            ),
        ] {
            let error = entity(text).expect_err(text);
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn a_value_that_stands_elsewhere_stays_a_reference() {
        let entity = entity(
            "apiVersion: x\nkind: Component\nmetadata: {name: a}\n\
             spec: {lifecycle: {$text: 'https://acme.test/l.txt'}, system: s}\n",
        );
        let entity = entity.expect("an entity");
        let lifecycle = entity.text(&["spec", "lifecycle"]);
        assert_eq!(lifecycle.as_deref(), Some("$text: https://acme.test/l.txt"));
        assert_eq!(entity.text(&["spec", "system"]).as_deref(), Some("s"));
    }

    #[test]
    fn relations_are_read_in_both_forms_of_the_api() {
        let entity = entity(
            "apiVersion: x\nkind: Component\nmetadata: {name: a}\nrelations:\n\
             - {type: ownedBy, targetRef: 'group:default/door'}\n\
             - {type: ownedBy, target: {kind: group, namespace: ops, name: wall}}\n\
             - {type: partOf, targetRef: 'system:default/s'}\n",
        );
        let entity = entity.expect("an entity");
        let owners: Vec<String> = entity.related("ownedBy").iter().map(Reference::key).collect();
        assert_eq!(owners, ["group:default/door", "group:ops/wall"]);
        assert!(entity.has_relations());
    }
}
