//! Which tags are releases, of what, and in which order.

use std::sync::LazyLock;

use regex::Regex;

/// A tag read as a version: `api/v1.2.3` is prefix `api` and version 1.2.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VersionTag {
    /// What stands before the version, without separator; `None` where nothing does.
    pub(crate) prefix: Option<String>,
    /// Numeric parts.
    pub(crate) version: Vec<u64>,
}

/// Words before a version that name no service.
const NO_SERVICES: [&str; 7] = ["v", "release", "releases", "version", "rel", "stable", "ver"];

/// Words that mark what is not for production, wherever they stand.
const PRE_RELEASE: [&str; 20] = [
    "alpha",
    "beta",
    "rc",
    "pre",
    "preview",
    "prerelease",
    "nightly",
    "dev",
    "snapshot",
    "canary",
    "test",
    "testing",
    "edge",
    "unstable",
    "next",
    "experimental",
    "wip",
    "draft",
    "milestone",
    "staging",
];

/// The stable version tags among `names`, each with its index: an optional name, an optional
/// `v`, two to four numeric parts, and nothing after but `+build`. A tag of one number such as
/// `v4` moves where longer tags exist and counts only where there are none, and no name before it.
pub(crate) fn stable(names: &[String], repository_name: &str) -> Vec<(usize, VersionTag)> {
    let parsed: Vec<(usize, VersionTag)> = names
        .iter()
        .enumerate()
        .filter_map(|(at, name)| Some((at, parse(name, repository_name, false)?)))
        .collect();
    let has_longer = parsed.iter().any(|(_, tag)| tag.version.len() > 1);
    let is_release =
        |tag: &VersionTag| tag.version.len() > 1 || (!has_longer && tag.prefix.is_none());
    parsed.into_iter().filter(|(_, tag)| is_release(tag)).collect()
}

/// A tag that somebody declared to be a deployment, read as far as it can be: what follows the
/// version is ignored, and a name without a version has none.
pub(crate) fn declared(name: &str, repository_name: &str) -> VersionTag {
    // Where a rule reads a release, a declaration reads the same one.
    let tag = parse(name, repository_name, false).or_else(|| parse(name, repository_name, true));
    tag.unwrap_or(VersionTag { prefix: None, version: Vec::new() })
}

fn parse(name: &str, repository_name: &str, any_suffix: bool) -> Option<VersionTag> {
    const PREFIX: &str = r"(?<prefix>.+?)[-_/@]";
    const WORD: &str = r"(?<word>[A-Za-z]{2,})";
    const VERSION: &str =
        r"(?<version>[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]+(?:_[0-9]+){1,3}|[0-9]+(?:\.[0-9]+){0,3})";
    // A build may look like a version after a prefix; a name without its end may look like a word.
    static STABLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(&format!(r"^(?:{WORD}|{PREFIX})??[vV]?{VERSION}(?:\+.+)?$")).ok()
    });
    static ANY: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(&format!("^(?:{PREFIX}|{WORD})??[vV]?{VERSION}")).ok());
    let pattern = if any_suffix { &ANY } else { &STABLE };
    let found = pattern.as_ref()?.captures(name)?;
    let version = found["version"]
        .split(['.', '_', '-'])
        .map(|part| part.parse().ok())
        .collect::<Option<Vec<u64>>>()?;
    let prefix =
        found.name("prefix").or_else(|| found.name("word")).map_or("", |prefix| prefix.as_str());
    let service = service_prefix(prefix, repository_name);
    let is_release = is_name(prefix) && service.as_deref().is_none_or(has_letter);
    if !any_suffix && !is_release {
        return None;
    }
    Some(VersionTag { prefix: service, version })
}

/// False for what is itself a version, so that the tag has something after its version, and for
/// what is marked as not for production.
fn is_name(prefix: &str) -> bool {
    let is_version = |part: &str| {
        part.contains('.')
            && part
                .trim_start_matches(['v', 'V'])
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    (prefix.is_empty() || has_letter(prefix))
        && !prefix.split(['-', '_', '/', '@']).any(is_version)
        && !has_pre_release_word(prefix)
}

/// The prefix as a service's name: words such as `release` and the repository's own name are none.
fn service_prefix(prefix: &str, repository_name: &str) -> Option<String> {
    let mut name = prefix.trim_end_matches(['-', '_', '/', '@']);
    while let Some((head, last)) = name.rsplit_once(['-', '_', '/', '@']) {
        if !is_no_service(last, "") {
            break;
        }
        name = head;
    }
    (!name.is_empty() && !is_no_service(name, repository_name)).then(|| name.to_owned())
}

fn is_no_service(word: &str, repository_name: &str) -> bool {
    let word = word.to_lowercase();
    NO_SERVICES.contains(&word.as_str()) || word == repository_name.to_lowercase()
}

fn has_letter(name: &str) -> bool {
    name.chars().any(char::is_alphabetic)
}

fn has_pre_release_word(prefix: &str) -> bool {
    prefix
        .split(|c: char| !c.is_ascii_alphabetic())
        .map(str::to_lowercase)
        // The `v` of `rcv1.0` belongs to the version.
        .any(|word| {
            [word.as_str(), word.strip_suffix('v').unwrap_or_default()]
                .iter()
                .any(|word| PRE_RELEASE.contains(word))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> Option<(Option<String>, Vec<u64>)> {
        parse(name, "shop", false).map(|tag| (tag.prefix, tag.version))
    }

    fn some(prefix: &str, version: &[u64]) -> Option<(Option<String>, Vec<u64>)> {
        Some(((!prefix.is_empty()).then(|| prefix.to_owned()), version.to_vec()))
    }

    #[test]
    fn a_version_may_have_a_v_and_a_build() {
        assert_eq!(read("1.2.3"), some("", &[1, 2, 3]));
        assert_eq!(read("v1.2"), some("", &[1, 2]));
        assert_eq!(read("v1.2.3.4"), some("", &[1, 2, 3, 4]));
        assert_eq!(read("v1.2.3+build.7"), some("", &[1, 2, 3]));
        assert_eq!(read("api1.2.3+b-7"), some("api", &[1, 2, 3]));
        assert_eq!(read("2026-01-31"), some("", &[2026, 1, 31]));
        assert_eq!(read("v1.2.3.4.5"), None);
    }

    #[test]
    fn a_prefix_names_a_service() {
        assert_eq!(read("api-1.2.3"), some("api", &[1, 2, 3]));
        assert_eq!(read("services/api/v1.2.3"), some("services/api", &[1, 2, 3]));
        assert_eq!(read("api@1.2.3"), some("api", &[1, 2, 3]));
        assert_eq!(read("cargo-nextest-0.9.50"), some("cargo-nextest", &[0, 9, 50]));
        assert_eq!(read("py-0.20.1"), some("py", &[0, 20, 1]));
        assert_eq!(read("http2-1.0.0"), some("http2", &[1, 0, 0]));
        assert_eq!(read("grep-pcre2-0.1.0"), some("grep-pcre2", &[0, 1, 0]));
        assert_eq!(read("@scope/pkg@1.0.0"), some("@scope/pkg", &[1, 0, 0]));
    }

    #[test]
    fn words_for_releases_and_the_own_name_are_no_services() {
        assert_eq!(read("release-1.2.3"), some("", &[1, 2, 3]));
        assert_eq!(read("release/v1.2.3"), some("", &[1, 2, 3]));
        assert_eq!(read("shop-1.2.3"), some("", &[1, 2, 3]));
        assert_eq!(read("Shop-v1.2.3"), some("", &[1, 2, 3]));
        assert_eq!(read("REL_15_3"), some("", &[15, 3]));
        assert_eq!(read("version1.2"), some("", &[1, 2]));
        assert_eq!(read("release-2024-01-31"), some("", &[2024, 1, 31]));
        assert_eq!(read("api-release-1.2"), some("api", &[1, 2]));
    }

    #[test]
    fn pre_releases_are_no_releases() {
        for name in [
            "v1.2.3-rc1",
            "1.2.3rc1",
            "v1.2.3-beta.2",
            "nightly-1.2.3",
            "1.0-SNAPSHOT",
            "v1.2.3-1",
            "v1.2.3-build-7",
            "rc/1.2.3",
            "api-beta-1.0",
            "rcv1.0",
            "15_3-releases/2.3",
        ] {
            assert_eq!(read(name), None, "{name}");
        }
        assert_eq!(read("predictor-1.0"), some("predictor", &[1, 0]));
    }

    #[test]
    fn a_number_alone_is_a_release_only_where_no_longer_tags_exist() {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let kept = |all: &[&str]| -> Vec<usize> {
            stable(&names(all), "shop").into_iter().map(|(at, _)| at).collect()
        };
        assert_eq!(kept(&["v4", "v4.1.0", "v4.1"]), [1, 2]);
        assert_eq!(kept(&["v1", "v2", "v3"]), [0, 1, 2]);
        assert_eq!(kept(&["v1", "api-1.0", "build-1234"]), [1]);
        assert_eq!(kept(&["v1", "build-1234"]), [0]);
    }

    #[test]
    fn a_declared_tag_may_be_anything() {
        assert_eq!(
            declared("deploy-2024", "shop"),
            VersionTag { prefix: Some("deploy".into()), version: vec![2024] }
        );
        assert_eq!(declared("v1.2.3-rc1", "shop").version, [1, 2, 3]);
        assert_eq!(declared("http2-1.0.0-rc1", "shop").prefix.as_deref(), Some("http2"));
        assert_eq!(declared("REL_15_3", "shop").version, [15, 3]);
        assert_eq!(declared("production", "shop"), VersionTag { prefix: None, version: vec![] });
    }
}
