//! What the name of an artifact tells: its digest, commit, repository and version.

use crate::git::id_of_url;
use crate::gitops::image_reference;

/// What is known of an artifact by its name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// Repository it was built from.
    pub(super) repository_id: Option<String>,
    /// Commit it was built from.
    pub(super) sha: Option<String>,
    /// Digest such as `sha256:…`.
    pub(super) digest: Option<String>,
    /// Tag, or version that is neither a digest nor a commit.
    pub(super) version: Option<String>,
    /// Name of the image, with its tag where there is one.
    pub(super) reference: Option<String>,
}

/// Hosts on which a repository is `host/owner/name`, whatever a package within it is called.
const HOSTS: [&str; 4] = ["github.com", "gitlab.com", "bitbucket.org", "codeberg.org"];

/// Reads a package URL (`pkg:oci/shop@sha256:…?repository_url=…`), or an image's name.
pub(super) fn named(text: &str) -> Named {
    match text.trim().strip_prefix("pkg:") {
        Some(package) => of_package(package.trim_start_matches('/')),
        None => of_image(text.trim()),
    }
}

fn of_image(text: &str) -> Named {
    if let Some(digest) = Some(text).filter(|text| is_digest(text)) {
        return Named { digest: Some(digest.to_lowercase()), ..Named::default() };
    }
    let Some((name, Some(version))) = image_reference(text) else {
        return Named::default();
    };
    let reference = version.tag.as_ref().map_or(name.clone(), |tag| format!("{name}:{tag}"));
    Named {
        sha: version.tag.as_deref().filter(|tag| is_sha(tag)).map(str::to_lowercase),
        digest: version.digest,
        version: version.tag.filter(|tag| !is_sha(tag)),
        reference: Some(reference),
        ..Named::default()
    }
}

fn of_package(package: &str) -> Named {
    let package = package.split_once('#').map_or(package, |(package, _)| package);
    let (path, qualifiers) = package.split_once('?').unwrap_or((package, ""));
    let qualifier = |name: &str| {
        let pairs = qualifiers.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| decoded(value))
            .next()
    };
    let (path, version) = match path.rsplit_once('@') {
        Some((path, version)) => (path, Some(decoded(version))),
        None => (path, None),
    };
    let (kind, name) = path.split_once('/').unwrap_or((path, ""));
    let (kind, name) = (kind.to_lowercase(), decoded(name));
    let mut named = of_version(version);
    named.digest = named.digest.or_else(|| {
        let checksums = qualifier("checksum")?;
        checksums.split(',').find(|digest| is_digest(digest)).map(str::to_lowercase)
    });
    named.repository_id = of_name(&kind, &name);
    if let Some(url) = qualifier("vcs_url") {
        let (repository_id, sha) = of_vcs_url(&url);
        named.repository_id = repository_id.or(named.repository_id);
        named.sha = sha.or(named.sha);
    }
    let tag = qualifier("tag");
    if let Some(url) = qualifier("repository_url") {
        named.reference = Some(match &tag {
            Some(tag) => format!("{url}:{tag}"),
            None => url,
        });
    }
    named.sha =
        named.sha.or_else(|| tag.as_deref().filter(|tag| is_sha(tag)).map(str::to_lowercase));
    named.version = tag.or(named.version);
    named
}

fn of_version(version: Option<String>) -> Named {
    let mut named = Named::default();
    match version {
        Some(version) if is_digest(&version) => named.digest = Some(version.to_lowercase()),
        Some(version) if is_sha(&version) => named.sha = Some(version.to_lowercase()),
        version => named.version = version.filter(|version| !version.is_empty()),
    }
    named
}

/// The repository that a package is named after.
fn of_name(kind: &str, name: &str) -> Option<String> {
    let host = match kind {
        "github" => "github.com",
        "bitbucket" => "bitbucket.org",
        "gitlab" => "gitlab.com",
        "golang" => {
            let parts: Vec<&str> = name.split('/').take(3).collect();
            let is_hosted = parts.len() == 3 && HOSTS.contains(&parts[0]);
            return is_hosted.then(|| parts.join("/"));
        }
        _ => return None,
    };
    name.contains('/').then(|| format!("{host}/{name}"))
}

/// Repository and commit of `git+https://host/owner/name.git@commit`.
fn of_vcs_url(url: &str) -> (Option<String>, Option<String>) {
    let url = url.strip_prefix("git+").unwrap_or(url);
    match url.rsplit_once('@') {
        Some((url, sha)) if is_sha(sha) => (id_of_url(url), Some(sha.to_lowercase())),
        // What follows `@` after the path is a branch or a tag; before it, a user.
        Some((before, _)) if before.contains("://") && before.matches('/').count() > 2 => {
            (id_of_url(before), None)
        }
        _ => (id_of_url(url), None),
    }
}

/// True for the id of a commit, whole or shortened.
pub(super) fn is_sha(text: &str) -> bool {
    let is_long = matches!(text.len(), 40 | 64);
    let is_short = (7..40).contains(&text.len())
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic());
    (is_long || is_short) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, hex)| {
        algorithm.to_lowercase().starts_with("sha")
            && hex.len() >= 32
            && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// The text with `%40` and the like as what they stand for.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        plain.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "0d4a1185f0a6c6f5b5b9d3d1f2c5a6b7c8d9e0f1";

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn an_image_tells_its_digest_and_where_it_was_pushed() {
        let digest = format!("sha256:{}", "0b".repeat(32));
        let text = format!(
            "pkg:oci/shop@{}?repository_url=ghcr.io/acme/shop&tag=1.4.0",
            digest.replace(':', "%3A")
        );
        let expected = Named {
            digest: some(&digest),
            version: some("1.4.0"),
            reference: some("ghcr.io/acme/shop:1.4.0"),
            ..Named::default()
        };
        assert_eq!(named(&text), expected);
        assert_eq!(named(&format!("ghcr.io/acme/shop:1.4.0@{digest}")), expected);
        assert_eq!(named(&digest).digest, some(&digest));
    }

    #[test]
    fn a_commit_stands_in_the_version_or_in_the_vcs_url() {
        let both = |text: &str| {
            let named = named(text);
            (named.repository_id, named.sha)
        };
        let expected = (some("github.com/acme/shop"), some(SHA));
        assert_eq!(both(&format!("pkg:github/acme/shop@{SHA}")), expected);
        assert_eq!(both(&format!("pkg:golang/github.com/acme/shop/cmd@{SHA}")), expected);
        let url = format!("git%2Bhttps://github.com/acme/shop.git%40{SHA}");
        assert_eq!(both(&format!("pkg:generic/shop@1.2?vcs_url={url}")), expected);
        assert_eq!(
            both("pkg:npm/shop@1.2?vcs_url=git+ssh://git@github.com/acme/shop.git"),
            (some("github.com/acme/shop"), None)
        );
        assert_eq!(
            both("pkg:npm/shop@1.2?vcs_url=https://github.com/acme/shop.git@main"),
            (some("github.com/acme/shop"), None)
        );
        assert_eq!(named("pkg:npm/%40acme/shop@1.2.0").version, some("1.2.0"));
    }

    #[test]
    fn what_is_no_name_tells_nothing() {
        for text in ["", "pkg:", "pkg:oci", "what is this", "pkg:oci/%zz@%"] {
            let named = named(text);
            assert_eq!(
                (named.repository_id, named.sha, named.digest),
                (None, None, None),
                "{text}"
            );
        }
    }
}
