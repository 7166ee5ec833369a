//! Which commit a deployment deployed.

use super::graph::Place;
use super::inputs::{Artifacts, Attempt, History};

/// A commit and how it was found: a flag to keep, `None` where the deployment simply named it.
pub(crate) type Found = (Place, Option<&'static str>);

/// Shortest abbreviation that git itself prints.
const SHORTEST: usize = 7;

/// The commit, by the first that names one: its id, whole or abbreviated, the artifact's build,
/// the tag, an id within the tag.
pub(crate) fn resolve(
    attempt: &Attempt,
    history: &History,
    artifacts: &Artifacts,
) -> Option<Found> {
    let by_digest = || {
        let digest = attempt.artifact_digest.as_deref()?;
        let place = history.graph.place(artifacts.of_digest(digest)?)?;
        Some((place, Some("sha_from_artifact")))
    };
    match attempt.sha.as_deref() {
        Some(sha) => by_id(sha, history).or_else(by_digest),
        None => by_digest().or_else(|| by_tag(attempt, history, artifacts)),
    }
}

fn by_id(sha: &str, history: &History) -> Option<Found> {
    if let Some(place) = history.graph.place(sha) {
        return Some((place, None));
    }
    let is_short = (SHORTEST..40).contains(&sha.len()) && is_hex(sha);
    let place = history.graph.abbreviated(sha).filter(|_| is_short)?;
    Some((place, Some("sha_abbreviated")))
}

fn by_tag(attempt: &Attempt, history: &History, artifacts: &Artifacts) -> Option<Found> {
    let tag = attempt.from.as_deref()?;
    let tag = tag.strip_prefix("refs/tags/").unwrap_or(tag);
    let plain = tag.strip_prefix('v').unwrap_or(tag);
    let known = [tag.to_owned(), plain.to_owned(), format!("v{plain}")];
    if let Some(place) = known.iter().find_map(|tag| *history.tags.get(tag)?) {
        return Some((place, Some("sha_from_tag")));
    }
    let built = artifacts.of_tag(&attempt.repository_id, tag);
    if let Some(place) = built.and_then(|sha| history.graph.place(sha)) {
        return Some((place, Some("sha_from_artifact")));
    }
    within(tag, history).map(|place| (place, Some("sha_from_tag")))
}

/// The one commit that a part of the tag names, as in `main-3f2a91c-20260101`.
fn within(tag: &str, history: &History) -> Option<Place> {
    let parts = tag.to_lowercase();
    let parts = parts.split(|c: char| !c.is_ascii_alphanumeric());
    // A date or a build's number is no commit, even where one happens to begin so.
    let ids = parts.filter(|part| {
        let part = part.strip_prefix('g').filter(|rest| is_hex(rest)).unwrap_or(part);
        (SHORTEST..=40).contains(&part.len())
            && is_hex(part)
            && part.bytes().any(|byte| byte.is_ascii_alphabetic())
    });
    let mut places: Vec<Place> = ids
        .filter_map(|part| {
            let part = part.strip_prefix('g').filter(|rest| is_hex(rest)).unwrap_or(part);
            history.graph.abbreviated(part)
        })
        .collect();
    places.dedup();
    (places.len() == 1).then(|| places.remove(0))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::graph::tests::graph;

    fn history() -> History {
        History {
            graph: graph(&[
                ("3f2a91c000000000000000000000000000000000", &[]),
                ("3f2a91d000000000000000000000000000000000", &[]),
                ("2026010100000000000000000000000000000000", &[]),
            ]),
            tags: [("v1.4.2".to_owned(), Some(0)), ("main".to_owned(), None)].into(),
            ..History::default()
        }
    }

    fn found(sha: Option<&str>, from: Option<&str>) -> Option<(String, Option<&'static str>)> {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let attempt = Attempt { sha: own(sha), from: own(from), ..Attempt::default() };
        let history = history();
        let found = resolve(&attempt, &history, &Artifacts::default());
        found.map(|(place, flag)| (history.graph.sha(place)[..7].to_owned(), flag))
    }

    #[test]
    fn an_abbreviated_id_is_enough_where_it_is_unique() {
        assert_eq!(
            found(Some("3f2a91c"), None),
            Some(("3f2a91c".to_owned(), Some("sha_abbreviated")))
        );
        assert_eq!(found(Some("3f2a91"), None), None);
        assert_eq!(found(Some("4f2a91c"), None), None);
    }

    #[test]
    fn a_tag_names_a_commit_with_or_without_its_v() {
        let tag = Some(("2026010".to_owned(), Some("sha_from_tag")));
        for from in ["v1.4.2", "1.4.2", "refs/tags/v1.4.2"] {
            assert_eq!(found(None, Some(from)), tag, "{from}");
        }
        assert_eq!(found(None, Some("1.4.3")), None);
        assert_eq!(found(None, Some("main")), None);
    }

    #[test]
    fn an_id_within_a_tag_is_found_and_a_date_is_not_taken_for_one() {
        let id = Some(("3f2a91c".to_owned(), Some("sha_from_tag")));
        assert_eq!(found(None, Some("main-3f2a91c-20260101")), id);
        assert_eq!(found(None, Some("1.2.0-4-g3f2a91c")), id);
        assert_eq!(found(None, Some("build-20260101")), None);
        assert_eq!(found(None, Some("3f2a91c-3f2a91d")), None);
    }
}
