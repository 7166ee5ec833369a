//! Images in the values of a Helm chart, which have no fixed form but strong habits.

use super::image::{Version, is_name, reference};
use super::manifests::Named;
use crate::yaml::Node;

/// Keys above an image that name no part of anything.
const NO_PARTS: [&str; 8] =
    ["image", "images", "global", "controller", "deployment", "values", "container", "spec"];

/// Every image in the values, at any depth: `image: {repository, tag, digest}`, `image: name:tag`,
/// and the same under keys such as `workerImage` or below `images`.
pub(crate) fn images(values: &Node, found: &mut Vec<Named>) {
    below(values, &mut Vec::new(), found);
}

/// True for a key, or keys with dots between, whose last word is `image`.
pub(crate) fn is_image(key: &str) -> bool {
    key.to_lowercase().ends_with("image")
}

fn below(node: &Node, keys: &mut Vec<String>, found: &mut Vec<Named>) {
    if let Some(named) = image(node, keys) {
        found.push(named);
        return;
    }
    let is_in_images = keys.last().is_some_and(|key| key == "images");
    let text = |key: &str| node.get(key).and_then(Node::text);
    // A tag beside `image`, which is then a name alone.
    let beside = text("imageTag").or(text("image_tag")).or(text("tag"));
    if text("image").is_none() && node.get("image").is_none_or(|image| image.entries().is_empty()) {
        let tag = text("imageTag").or(text("image_tag"));
        if let Some(version) = Version::new(tag, None) {
            found.push(named(None, Some(version), &keyed(keys, "image")));
        }
    }
    for (key, value) in node.entries() {
        let own = (is_image(key) || is_in_images).then(|| value.text()).flatten();
        match own.and_then(reference) {
            Some((name, version)) => {
                let tag = beside.filter(|_| key == "image");
                let version = version.or_else(|| Version::new(tag, None));
                // A word below `images` is no image unless it looks like one.
                if is_image(key) || version.is_some() {
                    found.push(named(Some(name), version, &keyed(keys, key)));
                }
            }
            None => {
                keys.push(key.clone());
                below(value, keys, found);
                keys.pop();
            }
        }
    }
    for (at, item) in node.items().iter().enumerate() {
        let name = item.get("name").and_then(Node::text);
        keys.push(name.map_or_else(|| at.to_string(), str::to_owned));
        below(item, keys, found);
        keys.pop();
    }
}

/// A map that describes one image.
fn image(node: &Node, keys: &[String]) -> Option<Named> {
    let key = keys.last()?;
    let text = |key: &str| node.get(key).and_then(Node::text);
    let repository = text("repository").filter(|name| is_name(name));
    let is_below_images = keys.len() > 1 && keys[keys.len() - 2] == "images";
    let has_both = repository.is_some() && node.get("tag").is_some();
    if !(is_image(key) || is_below_images || has_both) {
        return None;
    }
    let given = repository.or(text("name").or(text("image")).filter(|name| is_name(name)));
    let name = match (text("registry").filter(|name| is_name(name)), given) {
        (Some(registry), Some(name)) => Some(format!("{registry}/{name}")),
        (None, Some(name)) => Some(name.to_owned()),
        (_, None) => None,
    };
    // `repository: acme/shop:v1` gives the tag as well.
    let (name, own) = match name.as_deref().and_then(reference) {
        Some((name, version)) => (Some(name), version),
        None => (name, None),
    };
    let version = Version::new(text("tag"), text("digest").or(text("sha"))).or(own);
    (name.is_some() || version.is_some()).then(|| named(name, version, keys))
}

fn named(name: Option<String>, version: Option<Version>, keys: &[String]) -> Named {
    let parts = keys.iter().rev();
    let mut parts = parts.filter(|key| !is_image(key) && !NO_PARTS.contains(&key.as_str()));
    let hint = parts.next().filter(|part| is_name(part)).cloned();
    Named { name, version, key: Some(keys.join(".")), hint }
}

fn keyed(keys: &[String], key: &str) -> Vec<String> {
    keys.iter().cloned().chain([key.to_owned()]).collect()
}
