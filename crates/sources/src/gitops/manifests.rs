//! Which images a manifest names: kustomizations, Helm values, workloads, and what Argo CD and
//! Flux are told to render.

use super::image::{Version, is_name, reference};
use super::values;
use crate::yaml::{Node, documents};

/// An image as one place of a manifest names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// Image's name; `None` where the place gives a version alone.
    pub(crate) name: Option<String>,
    /// `None` where the place gives a name alone.
    pub(crate) version: Option<Version>,
    /// Where in a file of values it stands, such as `api.image`; `None` elsewhere.
    pub(crate) key: Option<String>,
    /// Name of what the version is of, where the image's own is not found.
    pub(crate) hint: Option<String>,
}

impl Named {
    pub(crate) fn whole(name: String, version: Option<Version>) -> Named {
        Named { name: Some(name), version, key: None, hint: None }
    }
}

/// What one file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// Images, in their order.
    pub(crate) images: Vec<Named>,
    /// True where the versions hold for manifests beside and below the file.
    pub(crate) is_kustomization: bool,
}

/// What the documents of the file at `path` say.
pub(crate) fn manifest(path: &str, documents: &[impl AsRef<Node>]) -> Manifest {
    let file = path.rsplit('/').next().unwrap_or(path);
    let mut manifest = Manifest::default();
    for document in documents {
        let node = document.as_ref();
        let text = |key: &str| node.get(key).and_then(Node::text);
        match text("kind") {
            _ if is_kustomization(file) => {
                manifest.is_kustomization = true;
                kustomization(node, &mut manifest.images);
            }
            Some("Kustomization" | "Component") => {
                manifest.is_kustomization = true;
                kustomization(node, &mut manifest.images);
            }
            Some("HelmRelease") => {
                let hint = node.at(&["metadata", "name"]).and_then(Node::text);
                let values = node.at(&["spec", "values"]);
                release(values, hint, &mut manifest.images);
            }
            Some("Application" | "ApplicationSet") => application(node, &mut manifest.images),
            Some(_) => containers(node, &mut manifest.images),
            None if is_no_values(file) => {}
            None => values::images(node, &mut manifest.images),
        }
    }
    manifest
}

fn is_kustomization(file: &str) -> bool {
    matches!(file, "kustomization.yaml" | "kustomization.yml" | "Kustomization")
}

/// Files without a `kind` that are no values.
fn is_no_values(file: &str) -> bool {
    matches!(file, "Chart.yaml" | "Chart.lock" | "requirements.yaml" | "requirements.lock")
}

/// `images` of a kustomization, or of `spec` in Flux's.
fn kustomization(node: &Node, found: &mut Vec<Named>) {
    for place in [Some(node), node.get("spec")].into_iter().flatten() {
        for item in place.get("images").map_or(&[][..], Node::items) {
            let text = |key: &str| item.get(key).and_then(Node::text);
            let Some(name) = text("newName").or(text("name")).filter(|name| is_name(name)) else {
                continue;
            };
            let version = Version::new(text("newTag"), text("digest"));
            found.push(Named::whole(name.to_owned(), version));
        }
    }
    for chart in node.get("helmCharts").map_or(&[][..], Node::items) {
        let hint = chart.get("releaseName").or(chart.get("name")).and_then(Node::text);
        release(chart.get("valuesInline"), hint, found);
    }
}

fn release(values: Option<&Node>, hint: Option<&str>, found: &mut Vec<Named>) {
    let from = found.len();
    if let Some(values) = values {
        values::images(values, found);
    }
    for named in &mut found[from..] {
        named.hint = named.hint.take().or(hint.map(str::to_owned));
        // These values are of this release, not of files beside this one.
        named.key = None;
    }
}

/// `image` of every entry below `containers` and the like, at any depth.
fn containers(node: &Node, found: &mut Vec<Named>) {
    for (key, value) in node.entries() {
        if matches!(key.as_str(), "containers" | "initContainers" | "ephemeralContainers") {
            let images = value.items().iter().filter_map(|item| item.get("image")?.text());
            let images = images.filter_map(reference);
            found.extend(images.map(|(name, version)| Named::whole(name, version)));
        } else {
            containers(value, found);
        }
    }
    node.items().iter().for_each(|item| containers(item, found));
}

/// What Argo CD gives to Helm and kustomize.
fn application(node: &Node, found: &mut Vec<Named>) {
    let name = node.at(&["metadata", "name"]).and_then(Node::text);
    let specs = [node.get("spec"), node.at(&["spec", "template", "spec"])];
    for spec in specs.into_iter().flatten() {
        let several = spec.get("sources").map_or(&[][..], Node::items);
        let sources = spec.get("source").into_iter().chain(several.iter().map(AsRef::as_ref));
        for source in sources {
            let images = source.at(&["kustomize", "images"]).map_or(&[][..], Node::items);
            for image in images.iter().filter_map(|image| image.text()) {
                let new = image.split_once('=').map_or(image, |(_, new)| new);
                found.extend(reference(new).map(|(name, version)| Named::whole(name, version)));
            }
            if let Some(helm) = source.get("helm") {
                let chart = source.get("chart").and_then(Node::text);
                helm_source(helm, chart.or(name), found);
            }
        }
    }
}

fn helm_source(helm: &Node, hint: Option<&str>, found: &mut Vec<Named>) {
    release(helm.get("valuesObject"), hint, found);
    if let Some(Ok(inline)) = helm.get("values").and_then(Node::text).map(documents) {
        inline.iter().for_each(|values| release(Some(values), hint, found));
    }
    let parameters = helm.get("parameters").map_or(&[][..], Node::items);
    let pair = |item: &Node| {
        Some((item.get("name")?.text()?.to_owned(), item.get("value")?.text()?.to_owned()))
    };
    let parameters: Vec<(String, String)> =
        parameters.iter().filter_map(|item| pair(item)).collect();
    let value = |name: String| {
        parameters.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    };
    for (parameter, tag) in &parameters {
        let Some(image) = parameter.strip_suffix(".tag").filter(|key| values::is_image(key)) else {
            continue;
        };
        let version = Version::new(Some(tag), value(format!("{image}.digest")));
        let repository = value(format!("{image}.repository")).filter(|name| is_name(name));
        let part = image.rsplit('.').nth(1).map(str::to_owned);
        if version.is_some() {
            found.push(Named {
                name: repository.map(str::to_owned),
                version,
                key: None,
                hint: part.or(hint.map(str::to_owned)),
            });
        }
    }
}
