//! Names of container images.

use std::sync::LazyLock;

use regex::Regex;

/// What is run of an image.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Version {
    /// Tag as written; `None` where only a digest is.
    pub(crate) tag: Option<String>,
    /// Digest such as `sha256:…`; `None` where only a tag is.
    pub(crate) digest: Option<String>,
}

impl Version {
    /// `None` where neither a tag nor a digest is one, as in a template. A digest may stand in the
    /// tag: `v1@sha256:…`.
    pub(crate) fn new(tag: Option<&str>, digest: Option<&str>) -> Option<Version> {
        let (tag, own) = match tag.and_then(|tag| tag.split_once('@')) {
            Some((tag, own)) => (Some(tag), Some(own)),
            None => (tag, None),
        };
        let digest = digest.or(own);
        let tag = tag.filter(|tag| is(&TAG, tag)).map(str::to_owned);
        let digest = digest.filter(|digest| is(&DIGEST, digest)).map(str::to_lowercase);
        (tag.is_some() || digest.is_some()).then_some(Version { tag, digest })
    }
}

static NAME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[A-Za-z0-9][A-Za-z0-9._-]*(:[0-9]+)?(/[A-Za-z0-9._-]+)*$").ok());
static TAG: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$").ok());
static DIGEST: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[A-Za-z0-9]+:[0-9A-Fa-f]{32,128}$").ok());

fn is(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// Reads `registry:port/path/name:tag@digest`, of which only the name must be there. `None` for
/// what is no image's name.
pub(crate) fn reference(text: &str) -> Option<(String, Option<Version>)> {
    let text = text.trim();
    let (text, digest) = match text.split_once('@') {
        Some((text, digest)) => (text, Some(digest)),
        None => (text, None),
    };
    let last = text.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match text[last..].split_once(':') {
        Some((name, tag)) => (&text[..last + name.len()], Some(tag)),
        None => (text, None),
    };
    let is_whole = tag.is_none_or(|tag| is(&TAG, tag)) && digest.is_none_or(|id| is(&DIGEST, id));
    (is_whole && is_name(name)).then(|| (name.to_owned(), Version::new(tag, digest)))
}

/// True for what may name an image, without tag and digest.
pub(crate) fn is_name(text: &str) -> bool {
    is(&NAME, text)
}

/// The name without the registry in front: `ghcr.io/acme/shop` is `acme/shop`.
pub(crate) fn without_registry(name: &str) -> &str {
    match name.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => path,
        _ => name,
    }
}

/// The last part of the name.
pub(crate) fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn read(text: &str) -> Option<(String, Option<String>, Option<String>)> {
        let (name, version) = reference(text)?;
        let (tag, digest) = version.map_or((None, None), |version| (version.tag, version.digest));
        Some((name, tag, digest))
    }

    fn some(
        name: &str,
        tag: &str,
        digest: &str,
    ) -> Option<(String, Option<String>, Option<String>)> {
        let own = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Some((name.to_owned(), own(tag), own(digest)))
    }

    #[test]
    fn a_reference_has_a_name_and_maybe_a_tag_and_a_digest() {
        assert_eq!(read("nginx"), some("nginx", "", ""));
        assert_eq!(read("nginx:1.27"), some("nginx", "1.27", ""));
        assert_eq!(read("ghcr.io/acme/shop:v1.2.3"), some("ghcr.io/acme/shop", "v1.2.3", ""));
        assert_eq!(read("localhost:5000/shop"), some("localhost:5000/shop", "", ""));
        assert_eq!(read("localhost:5000/shop:v1"), some("localhost:5000/shop", "v1", ""));
        assert_eq!(read(&format!("acme/shop@{SHA}")), some("acme/shop", "", SHA));
        assert_eq!(read(&format!("acme/shop:v1@{SHA}")), some("acme/shop", "v1", SHA));
    }

    #[test]
    fn a_digest_may_stand_in_the_tag() {
        let version = Version::new(Some(&format!("v1@{SHA}")), None);
        let expected = Version { tag: Some("v1".into()), digest: Some(SHA.into()) };
        assert_eq!(version, Some(expected));
        assert_eq!(Version::new(Some("{{ x }}@{{ y }}"), None), None);
        assert_eq!(Version::new(Some(""), None), None);
    }

    #[test]
    fn templates_addresses_and_sentences_are_no_references() {
        for text in [
            "",
            "{{ .Values.image }}",
            "${IMAGE}",
            "acme/shop:$(TAG)",
            "acme/shop:{{ .tag }}",
            "https://charts.acme.test",
            "an image",
            "shop:",
            "shop@",
            "shop@sha256:1",
            "/shop",
            "shop:a:b",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_registry_has_a_dot_a_port_or_is_this_machine() {
        assert_eq!(without_registry("ghcr.io/acme/shop"), "acme/shop");
        assert_eq!(without_registry("registry:5000/shop"), "shop");
        assert_eq!(without_registry("localhost/shop"), "shop");
        assert_eq!(without_registry("acme/shop"), "acme/shop");
        assert_eq!(without_registry("shop"), "shop");
    }
}
