//! Pull requests as the merge and squash commits of the usual hosts and bots tell them.

use std::collections::HashSet;
use std::sync::LazyLock;

use gix::ObjectId;
use milepost_events::Provenance;
use milepost_events::tables::PullRequest;
use regex::{Captures, Regex};

use super::commits::ReadCommit;
use super::message;
use super::repository::Repository;
use super::walk::{NewCommits, Reader, ids_beyond};
use crate::SourceError;

/// What a subject says about the pull requests it brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Merged {
    numbers: Vec<i64>,
    title: Title,
    head_ref: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Title {
    /// The subject itself carries it.
    Subject(String),
    /// It is the first line of the body.
    Body,
}

/// The pull requests that `line` brought in: the commits of a branch's first-parent line, newest
/// first. A commit between merges that carries a number is a squash of that pull request.
///
/// A merge's branch commits are `git rev-list merge^2 --not merge^1`, those of a rolled-up pull
/// request without the commits that the roll-up was based on.
///
/// # Errors
/// Where a commit is missing or damaged.
pub(crate) fn pull_requests(
    reader: &Reader<'_>,
    new: &mut NewCommits,
    line: &[ObjectId],
    base_ref: Option<&str>,
    provenance: &Provenance,
    is_whole: bool,
) -> Result<Vec<PullRequest>, SourceError> {
    let mut found = Vec::new();
    let mut numbers = HashSet::new();
    let mut visited = HashSet::new();
    for id in line.iter().rev() {
        if !is_whole {
            new.include(reader, [*id])?;
        }
        let Some(parents) = new.get(id).map(|commit| commit.parents.clone()) else { continue };
        let branches = if is_whole {
            unvisited_branches(new, *id, &parents, &mut visited)
        } else {
            let branches = branches_beyond(reader.repository, &parents)?;
            new.include(reader, branches.iter().flatten().copied())?;
            branches
        };
        let Some(commit) = new.get(id) else { continue };
        if parents.len() > 1 {
            rolled_up(reader.repository, new, commit, &branches, &mut found)?;
        }
        if let Some(merged) = merged(commit) {
            brought_in(commit, &merged, &branches, &mut found);
        }
    }
    // A number that comes again is a pick or a mention of the first.
    found.retain(|(_, number, _)| numbers.insert(*number));
    Ok(found
        .into_iter()
        .filter_map(|(id, number, part)| {
            Some(row(new.get(&id)?, number, part, new, base_ref, provenance))
        })
        .collect())
}

/// What belongs to one number: title, branch and commits.
struct Part {
    title: Option<String>,
    head_ref: Option<String>,
    /// `None` for a squash, whose branch is gone.
    commits: Option<Vec<ObjectId>>,
}

fn brought_in(
    commit: &ReadCommit,
    merged: &Merged,
    branches: &[Vec<ObjectId>],
    found: &mut Vec<(ObjectId, i64, Part)>,
) {
    for (at, number) in merged.numbers.iter().enumerate() {
        let title = match &merged.title {
            Title::Subject(title) => Some(title.clone()),
            Title::Body => commit.title.clone(),
        };
        let commits = match (commit.parents.len() > 1, merged.numbers.len() == branches.len()) {
            (false, _) => None,
            // A batch merge has one branch for each number, in the same order.
            (true, true) => branches.get(at).cloned(),
            (true, false) => Some(branches.concat()),
        };
        let title = title.filter(|title| !title.is_empty());
        found.push((
            commit.id,
            *number,
            Part { title, head_ref: merged.head_ref.clone(), commits },
        ));
    }
}

/// The commits that each further parent of a merge brought in, asked of the repository.
fn branches_beyond(
    repository: &Repository,
    parents: &[ObjectId],
) -> Result<Vec<Vec<ObjectId>>, SourceError> {
    (1..parents.len())
        .map(|at| ids_beyond(repository, [parents[at]].into_iter(), &parents[..at]))
        .collect()
}

/// The same while the whole line is walked from its beginning: what no earlier commit reached.
fn unvisited_branches(
    new: &NewCommits,
    id: ObjectId,
    parents: &[ObjectId],
    visited: &mut HashSet<ObjectId>,
) -> Vec<Vec<ObjectId>> {
    if let Some(first) = parents.first() {
        unvisited(new, *first, visited);
    }
    let branches = parents.iter().skip(1).map(|tip| unvisited(new, *tip, visited)).collect();
    visited.insert(id);
    branches
}

/// All that `tip` reaches and no earlier call did, and marks it.
fn unvisited(new: &NewCommits, tip: ObjectId, visited: &mut HashSet<ObjectId>) -> Vec<ObjectId> {
    let mut reached = Vec::new();
    let mut open = vec![tip];
    while let Some(id) = open.pop() {
        if visited.contains(&id) {
            continue;
        }
        if let Some(commit) = new.get(&id) {
            visited.insert(id);
            open.extend(commit.parents.iter().copied());
            reached.push(id);
        }
    }
    reached
}

/// Pull requests that a bot merged into a roll-up, which itself was merged as one.
fn rolled_up(
    repository: &Repository,
    new: &NewCommits,
    commit: &ReadCommit,
    branches: &[Vec<ObjectId>],
    found: &mut Vec<(ObjectId, i64, Part)>,
) -> Result<(), SourceError> {
    let Some(base) = commit.parents.first() else {
        return Ok(());
    };
    for id in branches.iter().flatten() {
        let Some(inner) = new.get(id).filter(|inner| inner.parents.len() > 1) else {
            continue;
        };
        if !inner.row.subject.starts_with("Rollup merge of #") {
            continue;
        }
        let Some(merged) = merged(inner) else { continue };
        let hidden = [*base, inner.parents[0]];
        let tips = inner.parents[1..].iter().copied();
        let commits = ids_beyond(repository, tips, &hidden)?;
        brought_in(inner, &merged, &[commits], found);
    }
    Ok(())
}

fn row(
    commit: &ReadCommit,
    number: i64,
    part: Part,
    new: &NewCommits,
    base_ref: Option<&str>,
    provenance: &Provenance,
) -> PullRequest {
    let merge = &commit.row;
    let is_merge = commit.parents.len() > 1;
    // A merge of the base branch into the pull request is no work on it.
    let own: Option<Vec<&ReadCommit>> = part.commits.as_ref().map(|ids| {
        ids.iter().filter_map(|id| new.get(id)).filter(|own| own.parents.len() < 2).collect()
    });
    let head_shas = own.as_ref().map(|own| {
        let mut shas: Vec<String> = own.iter().map(|own| own.row.sha.clone()).collect();
        shas.sort();
        shas
    });
    let named = [part.title.as_deref(), part.head_ref.as_deref()].map(Option::unwrap_or_default);
    PullRequest {
        pull_request_id: format!("{}#{number}", merge.repository_id),
        repository_id: merge.repository_id.clone(),
        number,
        author_login: None,
        state: Some("merged".to_owned()),
        is_draft: None,
        created_at: None,
        ready_at: None,
        first_commit_at: own.and_then(|own| own.iter().filter_map(|own| own.row.authored_at).min()),
        first_review_at: None,
        approved_at: None,
        merged_at: merge.committed_at,
        closed_at: merge.committed_at,
        merge_sha: Some(merge.sha.clone()),
        merge_method: Some(if is_merge { "merge" } else { "squash" }.to_owned()),
        commits_count: head_shas.as_ref().map(|shas| shas.len() as i64),
        head_shas,
        base_ref: base_ref.map(str::to_owned),
        work_item_keys: message::work_item_keys(&named.join("\n")),
        title: part.title,
        head_ref: part.head_ref,
        labels: None,
        additions_count: None,
        deletions_count: None,
        provenance: provenance.clone(),
    }
}

/// Numbers of the pull requests that the commit brought in, as its message tells.
pub(crate) fn numbers(commit: &ReadCommit) -> Vec<i64> {
    merged(commit).map(|merged| merged.numbers).unwrap_or_default()
}

fn merged(commit: &ReadCommit) -> Option<Merged> {
    if commit.parents.len() > 1 {
        by_merge(&commit.row.subject).or_else(|| by_merge_request(commit))
    } else {
        by_squash(&commit.row.subject)
    }
}

/// GitLab's merges, whose body names the number.
fn by_merge_request(commit: &ReadCommit) -> Option<Merged> {
    static BRANCH: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^Merge branch '(?<head>[^']+)'").ok());
    let head_ref = BRANCH.as_ref().and_then(|branch| branch.captures(&commit.row.subject));
    Some(Merged {
        numbers: vec![commit.merge_request?],
        title: Title::Body,
        head_ref: head_ref.map(|found| found["head"].to_owned()),
    })
}

/// Subjects of merge commits.
fn by_merge(subject: &str) -> Option<Merged> {
    static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        [
            // GitHub, Bitbucket Server
            r"^Merge pull request #(?<n>\d+) (?:from|in) (?:[^\s/]+/)?(?<head>\S+)",
            // Gitea, Forgejo
            r"^Merge pull request '(?<title>.*)' \(#(?<n>\d+)\)(?: from (?<head>\S+))?",
            // Bitbucket Cloud
            r"^Merged in (?<head>\S+) \(pull request #(?<n>\d+)\)",
            // Bitbucket Server
            r"^Pull request #(?<n>\d+):? ?(?<title>.*)$",
            // Azure DevOps
            r"^Merged PR (?<n>\d+):? ?(?<title>.*)$",
            // homu, bors and their roll-ups
            r"^Auto merge of #(?<n>\d+) - (?:[^\s:]+:)?(?<head>[^\s,]+)",
            r"^Rollup merge of #(?<n>\d+) - (?:[^\s:]+:)?(?<head>[^\s,]+)",
            // bors-ng, one number or several
            r"^Merge (?<n>#\d+(?: #\d+)*)$",
            // a merge whose title carries the number, as GitHub's setting allows
            r"^(?<title>.+) \(#(?<n>\d+)\)$",
            r"^(?<title>.+) \(!(?<n>\d+)\)$",
            r"^Merge (?:branch|remote-tracking branch) .*\(#(?<n>\d+)\)",
        ]
        .iter()
        .filter_map(|pattern| Regex::new(pattern).ok())
        .collect()
    });
    PATTERNS.iter().find_map(|pattern| pattern.captures(subject)).and_then(|found| read(&found))
}

/// Subjects of squashed pull requests.
fn by_squash(subject: &str) -> Option<Merged> {
    static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        [
            // GitHub, Gitea
            r"^(?<title>.+) \(#(?<n>\d+)\)$",
            // GitLab, where the setting asks for it
            r"^(?<title>.+) \(!(?<n>\d+)\)$",
            // Bitbucket Cloud
            r"^(?<title>.+) \(pull request #(?<n>\d+)\)$",
            // Azure DevOps
            r"^Merged PR (?<n>\d+): ?(?<title>.*)$",
        ]
        .iter()
        .filter_map(|pattern| Regex::new(pattern).ok())
        .collect()
    });
    PATTERNS.iter().find_map(|pattern| pattern.captures(subject)).and_then(|found| read(&found))
}

fn read(found: &Captures<'_>) -> Option<Merged> {
    let numbers: Vec<i64> = found["n"]
        .split(' ')
        .filter_map(|number| number.trim_start_matches('#').parse().ok())
        .collect();
    let title = match found.name("title") {
        Some(title) => Title::Subject(title.as_str().trim().to_owned()),
        None => Title::Body,
    };
    let head_ref = found.name("head").map(|head| head.as_str().to_owned());
    (!numbers.is_empty()).then_some(Merged { numbers, title, head_ref })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge(subject: &str) -> Option<(Vec<i64>, Option<String>)> {
        by_merge(subject).map(|merged| (merged.numbers, merged.head_ref))
    }

    #[test]
    fn merges_of_the_usual_hosts_are_read() {
        let head = |name: &str| Some(name.to_owned());
        assert_eq!(
            merge("Merge pull request #12 from ann/fix/door"),
            Some((vec![12], head("fix/door")))
        );
        assert_eq!(
            merge("Merge pull request 'Add a door' (#7) from ann/door into main"),
            Some((vec![7], head("ann/door")))
        );
        assert_eq!(
            merge("Merged in fix/door (pull request #3)"),
            Some((vec![3], head("fix/door")))
        );
        assert_eq!(merge("Pull request #5: Add a door"), Some((vec![5], None)));
        assert_eq!(merge("Merged PR 91: Add a door"), Some((vec![91], None)));
        assert_eq!(merge("Auto merge of #4242 - ann:door, r=bo"), Some((vec![4242], head("door"))));
        assert_eq!(merge("Rollup merge of #8 - ann:door, r=bo"), Some((vec![8], head("door"))));
        assert_eq!(merge("Merge #1 #2"), Some((vec![1, 2], None)));
        assert_eq!(merge("Merge branch 'main' into door"), None);
    }

    #[test]
    fn squashes_carry_their_number_at_the_end() {
        let squash =
            |subject: &str| by_squash(subject).map(|merged| (merged.numbers, merged.title));
        let title = |text: &str| Title::Subject(text.to_owned());
        assert_eq!(squash("feat: a door (#12)"), Some((vec![12], title("feat: a door"))));
        assert_eq!(
            squash("Revert \"feat: a door (#12)\" (#13)"),
            Some((vec![13], title("Revert \"feat: a door (#12)\"")))
        );
        assert_eq!(squash("fix (#12) at last"), None);
        assert_eq!(squash("a door (!9)"), Some((vec![9], title("a door"))));
    }
}
