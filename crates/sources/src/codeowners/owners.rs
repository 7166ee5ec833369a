//! Whose a service is by the files that it is made of. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::rules::{Ownership, Rules};

/// A service, and which files of the repository are its.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) service_id: String,
    /// `None` for all files.
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Part {
    /// # Errors
    /// Where a glob can't be read; the reason is a sentence.
    pub(super) fn new(
        service_id: &str,
        include: &[String],
        exclude: &[String],
    ) -> Result<Part, String> {
        let include = (!include.is_empty()).then(|| globs(include)).transpose()?;
        Ok(Part { service_id: service_id.to_owned(), include, exclude: globs(exclude)? })
    }

    fn holds(&self, path: &str) -> bool {
        self.include.as_ref().is_none_or(|include| include.is_match(path))
            && !self.exclude.is_match(path)
    }
}

fn globs(texts: &[String]) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for text in texts {
        let glob = GlobBuilder::new(text).literal_separator(true).build();
        set.add(glob.map_err(|error| format!("`{text}` is no glob: {error}"))?);
    }
    set.build().map_err(|error| error.to_string())
}

/// The teams of each service: those that own most of its files that any team owns. People own no
/// service, and what is meant to have no owner gives none.
pub(super) fn owners(
    parts: &[Part],
    rules: &Rules,
    paths: &[String],
    teams: &BTreeMap<String, String>,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut counts: BTreeMap<&str, BTreeMap<BTreeSet<String>, usize>> =
        parts.iter().map(|part| (part.service_id.as_str(), BTreeMap::new())).collect();
    for path in paths {
        let Ownership::Owned(owners) = rules.of(path) else { continue };
        let owning: BTreeSet<String> =
            owners.iter().filter_map(|owner| team(owner, teams)).collect();
        if owning.is_empty() {
            continue;
        }
        for part in parts.iter().filter(|part| part.holds(path)) {
            let counts = counts.entry(&part.service_id).or_default();
            *counts.entry(owning.clone()).or_default() += 1;
        }
    }
    let most = |counts: BTreeMap<BTreeSet<String>, usize>| {
        // Of as many the first by name.
        let best = counts.into_iter().rev().max_by_key(|(_, count)| *count);
        best.map(|(teams, _)| teams).unwrap_or_default()
    };
    counts.into_iter().map(|(service, counts)| (service.to_owned(), most(counts))).collect()
}

/// The team that `@org/team` means: one that is known under that name or without the `org`, else
/// `org/team`. `None` for people.
fn team(owner: &str, teams: &BTreeMap<String, String>) -> Option<String> {
    let name = owner.strip_prefix('@')?;
    let (_, slug) = name.split_once('/')?;
    let known = [name, slug].into_iter().find_map(|name| teams.get(&name.to_lowercase()));
    Some(known.cloned().unwrap_or_else(|| name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn owned(rules: &str, include: &[&str], paths: &[&str]) -> String {
        let part = Part::new("s", &texts(include), &texts(&["**/*.md"])).expect("globs");
        let teams = BTreeMap::from([("wall".to_owned(), "Wall".to_owned())]);
        let owners = owners(&[part], &Rules::parse(rules), &texts(paths), &teams);
        owners["s"].iter().cloned().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_service_is_the_teams_that_own_most_of_its_files() {
        let rules = "* @acme/door\n/api/ @acme/wall\n/api/x @acme/door @ann\n";
        let paths = ["a", "b", "c", "api/1", "api/2", "api/x"];
        assert_eq!(owned(rules, &[], &paths), "acme/door");
        assert_eq!(owned(rules, &["api/**"], &paths), "Wall");
        assert_eq!(owned("* @acme/b @acme/a\n", &[], &["x"]), "acme/a acme/b");
        // As many of each: the first by name.
        assert_eq!(owned("/a @acme/b\n/b @acme/a\n", &[], &["a", "b"]), "acme/a");
    }

    #[test]
    fn people_and_nobody_own_no_service_and_excluded_files_do_not_count() {
        assert_eq!(owned("* @ann bo@acme.test\n", &[], &["x"]), "");
        assert_eq!(owned("* @acme/door\n/a\n", &[], &["a"]), "");
        assert_eq!(owned("*.md @acme/door\n", &[], &["x.md"]), "");
        // One file with a team is more than many without any.
        assert_eq!(owned("* @ann\n/a @acme/door\n", &[], &["a", "b", "c"]), "acme/door");
    }
}
