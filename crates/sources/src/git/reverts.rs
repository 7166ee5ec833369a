//! Which commit a revert undoes, where the message does not give its whole id.

use std::collections::HashMap;

use gix::ObjectId;
use gix::hash::Prefix;
use milepost_events::tables::PullRequest;

use super::walk::{NewCommits, Reader};
use super::{message, pull_requests};
use crate::SourceError;

/// A revert that names no commit is looked for among this many earlier commits of its line: a
/// bound, so that the answer does not depend on how much of the history was read at once.
const LOOK_BACK: usize = 1000;

/// Completes `reverts_sha` and `cherry_picked_from_sha` of the new commits: shortened ids become
/// whole, and a revert by number or by subject gets the id of the commit it means. What can't be
/// found becomes NULL.
///
/// # Errors
/// Where a commit can't be read.
pub(crate) fn resolve(
    reader: &Reader<'_>,
    new: &mut NewCommits,
    pull_requests: &[PullRequest],
) -> Result<(), SourceError> {
    let numbers: HashMap<i64, &str> = pull_requests
        .iter()
        .filter_map(|pull_request| Some((pull_request.number, pull_request.merge_sha.as_deref()?)))
        .collect();
    for at in 0..new.commits.len() {
        let commit = &new.commits[at];
        let picked =
            commit.row.cherry_picked_from_sha.as_deref().and_then(|sha| whole(reader, sha));
        let reverted = match commit.row.reverts_sha.as_deref() {
            Some(sha) => whole(reader, sha),
            None => implied(reader, new, at, &numbers)?,
        };
        let row = &mut new.commits[at].row;
        row.cherry_picked_from_sha = picked;
        row.reverts_sha = reverted;
    }
    Ok(())
}

/// A whole id is kept even where the commit is not here; a shortened one must name one commit.
fn whole(reader: &Reader<'_>, sha: &str) -> Option<String> {
    if ObjectId::from_hex(sha.as_bytes()).is_ok() {
        return Some(sha.to_lowercase());
    }
    let prefix = Prefix::from_hex(sha).ok()?;
    let found = reader.local.objects.lookup_prefix(prefix, None).ok()??;
    found.ok().map(|id| id.to_string())
}

fn implied(
    reader: &Reader<'_>,
    new: &NewCommits,
    at: usize,
    numbers: &HashMap<i64, &str>,
) -> Result<Option<String>, SourceError> {
    let commit = &new.commits[at];
    let subject = message::reverted_subject(&commit.row.subject);
    if subject.is_none() && commit.reverts_number.is_none() {
        return Ok(None);
    }
    if let Some(sha) = commit.reverts_number.and_then(|number| numbers.get(&number)) {
        return Ok(Some((*sha).to_owned()));
    }
    let mut next = commit.parents.first().copied();
    for _ in 0..LOOK_BACK {
        let Some(id) = next else { break };
        let read;
        let earlier = match new.get(&id) {
            Some(earlier) => earlier,
            None => {
                read = reader.read(id)?;
                &read
            }
        };
        let numbers = pull_requests::numbers(earlier);
        if is_meant(&earlier.row.subject, &numbers, subject, commit.reverts_number) {
            return Ok(Some(earlier.row.sha.clone()));
        }
        next = earlier.parents.first().copied();
    }
    Ok(None)
}

/// True where the earlier commit brought in the reverted number, or its subject is the quoted one.
fn is_meant(earlier: &str, numbers: &[i64], quoted: Option<&str>, number: Option<i64>) -> bool {
    if let Some(number) = number {
        return numbers.contains(&number);
    }
    quoted.is_some_and(|quoted| {
        earlier == quoted
            // A squash appends its own number to the title that the revert quotes.
            || earlier.strip_prefix(quoted).is_some_and(|rest| rest.starts_with(" (#") && rest.ends_with(')'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revert_is_matched_by_number_before_subject() {
        assert!(is_meant("feat: a door (#12)", &[12], Some("feat: a door"), Some(12)));
        assert!(!is_meant("feat: a door (#11)", &[11], Some("feat: a door"), Some(12)));
    }

    #[test]
    fn a_revert_by_subject_may_leave_out_the_number() {
        assert!(is_meant("feat: a door (#12)", &[12], Some("feat: a door"), None));
        assert!(is_meant("feat: a door", &[], Some("feat: a door"), None));
        assert!(!is_meant("feat: a doorbell", &[], Some("feat: a door"), None));
    }
}
