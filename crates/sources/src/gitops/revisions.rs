//! Which commit an image was built from, by its tag and digest. No I/O.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::image::Version;
use super::services::{Catalogue, KnownService};
use crate::git::{VersionTag, declared, stable};

/// Shortest commit id that stands for a commit, as git abbreviates it.
const SHORTEST_ID: usize = 7;
const LONGEST_ID: usize = 64;

/// Commits of repositories, by which tags are resolved.
pub(crate) struct Revisions<'a> {
    catalogue: &'a Catalogue,
    repositories: HashMap<&'a str, Repository<'a>>,
}

struct Repository<'a> {
    /// Sorted.
    commits: &'a [String],
    /// Tags as they are, and without a leading `v`, `/` and `+` as images have them; the
    /// commits that go by the name.
    tags: HashMap<String, BTreeSet<&'a str>>,
    versions: Vec<(VersionTag, &'a str)>,
}

impl<'a> Revisions<'a> {
    /// `commits` are the commits of each repository, sorted.
    pub(crate) fn new(
        catalogue: &'a Catalogue,
        commits: &'a BTreeMap<String, Vec<String>>,
    ) -> Revisions<'a> {
        let mut tags: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        for (repository_id, tag, sha) in &catalogue.tags {
            tags.entry(repository_id).or_default().push((tag, sha));
        }
        let ids: BTreeSet<&str> =
            commits.keys().map(String::as_str).chain(tags.keys().copied()).collect();
        let repositories = ids.into_iter().map(|id| {
            let commits = commits.get(id).map_or(&[][..], Vec::as_slice);
            let tags = tags.get(id).map_or(&[][..], Vec::as_slice);
            (id, Repository::new(id, commits, tags))
        });
        Revisions { catalogue, repositories: repositories.collect() }
    }

    /// Commits of all versions of one service, in their order: by a recorded artifact, else by a
    /// tag of the repository, else by a commit id within the tag. `None` where nothing tells.
    pub(crate) fn resolve(
        &self,
        service: &KnownService,
        versions: &[&Version],
    ) -> Vec<Option<String>> {
        let repository = self.repositories.get(service.repository_id.as_str());
        let shapes = repository.map(|repository| repository.shapes(versions)).unwrap_or_default();
        let one = |version: &&Version| {
            let artifact = version.digest.as_ref().and_then(|id| self.catalogue.artifacts.get(id));
            if let Some((_, sha)) = artifact.filter(|(id, _)| *id == service.repository_id) {
                return Some(sha.clone());
            }
            let tag = version.tag.as_deref()?;
            let found = repository.and_then(|repository| {
                let tagged = repository.tagged(tag, service.tag_prefix.as_deref());
                tagged.or_else(|| repository.named(tag, &shapes))
            });
            found.or_else(|| self.resolved(&service.repository_id, tag)).map(str::to_owned)
        };
        versions.iter().map(one).collect()
    }
}

impl Revisions<'_> {
    /// What an earlier read found.
    fn resolved(&self, repository_id: &str, tag: &str) -> Option<&str> {
        let own = |(of, name, _): &&(String, String, String)| of == repository_id && name == tag;
        only(self.catalogue.resolved.iter().filter(own).map(|(.., sha)| sha.as_str()))
    }
}

impl<'a> Repository<'a> {
    fn new(id: &str, commits: &'a [String], given: &[(&'a str, &'a str)]) -> Repository<'a> {
        let mut tags: HashMap<String, BTreeSet<&str>> = HashMap::new();
        for (name, sha) in given {
            tags.entry(as_image_tag(name)).or_default().insert(sha);
        }
        let names: Vec<String> = given.iter().map(|(name, _)| (*name).to_owned()).collect();
        let own_name = id.rsplit('/').next().unwrap_or(id);
        let versions = stable(&names, own_name);
        let versions = versions.into_iter().map(|(at, version)| (version, given[at].1)).collect();
        Repository { commits, tags, versions }
    }

    /// The commit of the tag of that name, with or without a leading `v` and the service's prefix,
    /// else of the only one that is the same release.
    fn tagged(&self, tag: &str, prefix: Option<&str>) -> Option<&'a str> {
        let bare = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
        let names = [tag.to_owned(), bare.to_owned(), format!("v{bare}")];
        let prefix = prefix.map(as_image_tag);
        let prefixed = prefix.iter().flat_map(|prefix| {
            let names = names.iter();
            names.flat_map(move |name| [format!("{prefix}-{name}"), format!("{prefix}{name}")])
        });
        // A service's own tags come first: those without a prefix are the whole repository's.
        let found = prefixed.chain(names.clone()).find_map(|name| self.tags.get(&name));
        if let Some(commits) = found {
            return only(commits.iter().copied());
        }
        let version = declared(tag, "");
        let is_release = stable(&[tag.to_owned()], "").len() == 1 && version.version.len() > 1;
        let same = self.versions.iter().filter(|(known, _)| {
            let known_prefix = known.prefix.as_deref().map(as_image_tag);
            known.version == version.version && (known_prefix.is_none() || known_prefix == prefix)
        });
        if is_release { only(same.map(|(_, sha)| *sha)) } else { None }
    }

    /// The commit whose id stands in the tag, such as in `main-3f2a91c-20240101`.
    fn named(&self, tag: &str, shapes: &HashSet<String>) -> Option<&'a str> {
        let found = ids(tag).filter_map(|(id, shape)| {
            // Seven digits are rather a date or a build, unless all tags look so.
            let may_be = has_letter(id) || shapes.contains(&shape);
            may_be.then(|| self.commit(id)).flatten()
        });
        only(found)
    }

    /// What tags look like in which a commit id was found for sure.
    fn shapes(&self, versions: &[&Version]) -> HashSet<String> {
        let tags = versions.iter().filter_map(|version| version.tag.as_deref());
        let all = tags.flat_map(ids);
        let sure = all.filter(|(id, _)| has_letter(id) && self.commit(id).is_some());
        sure.map(|(_, shape)| shape).collect()
    }

    /// The only commit whose id begins so.
    fn commit(&self, id: &str) -> Option<&'a str> {
        let id = id.to_lowercase();
        let from = self.commits.partition_point(|commit| *commit < id);
        let mut found = self.commits[from..].iter().take_while(|commit| commit.starts_with(&id));
        match (found.next(), found.next()) {
            (Some(one), None) => Some(one),
            _ => None,
        }
    }
}

/// A tag of a repository as an image may have it: `/` and `+` can't be in one.
fn as_image_tag(tag: &str) -> String {
    tag.replace(['/', '+', '@'], "-")
}

/// What may be commit ids in a tag, each with what the tag looks like without it.
fn ids(tag: &str) -> impl Iterator<Item = (&str, String)> {
    let pieces = tag.split(|c: char| !c.is_ascii_alphanumeric());
    pieces.filter_map(move |piece| {
        // `git describe` puts a `g` before the id.
        let id = piece.strip_prefix('g').unwrap_or(piece);
        let is_id = (SHORTEST_ID..=LONGEST_ID).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_id.then(|| {
            let others = tag.replace(id, "*");
            let shape: String =
                others.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
            (id, format!("{shape} {}", id.len()))
        })
    })
}

fn has_letter(id: &str) -> bool {
    id.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// The commit, where all name the same.
fn only<'a>(mut commits: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let first = commits.next()?;
    commits.all(|other| other == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "3f2a91c000000000000000000000000000000000";
    const B: &str = "3f2a91d000000000000000000000000000000000";
    const C: &str = "1234567000000000000000000000000000000000";

    fn resolved(tags: &[(&str, &str)], prefix: Option<&str>, versions: &[&str]) -> Vec<String> {
        let own = |text: &str| text.to_owned();
        let catalogue = Catalogue {
            tags: tags.iter().map(|(tag, sha)| (own("shop"), own(tag), own(sha))).collect(),
            artifacts: [(digest('a'), (own("shop"), own(B))), (digest('b'), (own("x"), own(B)))]
                .into(),
            ..Catalogue::default()
        };
        let commits = BTreeMap::from([(own("shop"), vec![own(C), own(A), own(B)])]);
        let service = KnownService {
            service_id: own("shop"),
            repository_id: own("shop"),
            tag_prefix: prefix.map(own),
        };
        let versions: Vec<Version> = versions
            .iter()
            .map(|text| match text.split_once('@') {
                Some((tag, digest)) => Version::new(Some(tag), Some(digest)),
                None => Version::new(Some(text), None),
            })
            .map(|version| version.expect("a version"))
            .collect();
        let all: Vec<&Version> = versions.iter().collect();
        let found = Revisions::new(&catalogue, &commits).resolve(&service, &all);
        let short = |sha: Option<String>| sha.map_or("-".to_owned(), |sha| sha[..7].to_owned());
        found.into_iter().map(short).collect()
    }

    fn digest(letter: char) -> String {
        format!("sha256:{}", letter.to_string().repeat(64))
    }

    #[test]
    fn a_tag_of_the_repository_names_the_commit_with_or_without_v_and_prefix() {
        let tags = [("v1.2.3", A), ("1.3.0", B), ("release/1.4.0", A), ("v2.0.0-rc.1", B)];
        let images = ["v1.2.3", "1.2.3", "v1.3.0", "1.4.0", "2.0.0-rc.1", "9.9.9", "latest"];
        assert_eq!(
            resolved(&tags, None, &images),
            ["3f2a91c", "3f2a91c", "3f2a91d", "3f2a91c", "3f2a91d", "-", "-"]
        );
        let tags = [("api-1.0.0", A), ("api/v1.1.0", B), ("web-1.2.0", C), ("1.0.0", C)];
        let images = ["1.0.0", "v1.1.0", "1.2.0"];
        assert_eq!(resolved(&tags, Some("api"), &images), ["3f2a91c", "3f2a91d", "-"]);
    }

    #[test]
    fn two_tags_of_one_release_with_two_commits_name_none() {
        let tags = [("release-1.2.3", A), ("rel-1.2.3", B)];
        assert_eq!(resolved(&tags, None, &["1.2.3"]), ["-"]);
    }

    #[test]
    fn a_commit_id_within_the_tag_names_the_commit() {
        let images = [
            "3f2a91c",
            "main-3f2a91c-20240101",
            "sha-3F2A91D",
            "v1.2.3-4-g3f2a91c",
            "3f2a91",
            "deadbee",
            A,
            "main-3f2a91c-3f2a91d",
        ];
        assert_eq!(
            resolved(&[], None, &images),
            ["3f2a91c", "3f2a91c", "3f2a91d", "3f2a91c", "-", "-", "3f2a91c", "-"]
        );
    }

    #[test]
    fn digits_are_a_commit_only_where_ids_of_the_same_form_are() {
        assert_eq!(resolved(&[], None, &["main-1234567"]), ["-"]);
        assert_eq!(resolved(&[], None, &["main-1234567", "main-3f2a91c"]), ["1234567", "3f2a91c"]);
        assert_eq!(resolved(&[], None, &["build-1234567", "main-3f2a91c"]), ["-", "3f2a91c"]);
    }

    #[test]
    fn an_artifact_of_the_repository_decides() {
        let images = [format!("v1@{}", digest('a')), format!("v1@{}", digest('b'))];
        let images: Vec<&str> = images.iter().map(String::as_str).collect();
        assert_eq!(resolved(&[("v1", A)], None, &images), ["3f2a91d", "3f2a91c"]);
    }
}
