//! From a name as people write it to a pull request or a commit.

use datafusion::prelude::SessionContext;
use serde::Deserialize;

use super::super::ask::{ask, literal};
use super::super::{Id, Missing};
use super::PullRequest;
use crate::AnalyticsError;

/// Digits of a commit's id that are enough to name it.
const SHORTEST: usize = 7;
const PULL_REQUEST: &str =
    "select pull_request_id, repository_id, title, state, created_at, merged_at,
       merge_sha, merge_method, head_shas, basis, source_url
from pull_requests where deleted_at is null";

/// What a name means.
pub(super) enum Named {
    /// A pull request.
    PullRequest(Box<PullRequest>),
    /// A commit, and the pull request whose work it is.
    Commit { repository_id: String, sha: String, pull_request: Option<Box<PullRequest>> },
}

pub(super) async fn find(
    session: &SessionContext,
    name: &str,
) -> Result<Result<Named, Missing>, AnalyticsError> {
    if let Some((repository, number)) = name.rsplit_once('#') {
        return by_number(session, name, repository, number).await;
    }
    let is_sha = name.len() >= SHORTEST && name.chars().all(|c| c.is_ascii_hexdigit());
    if is_sha {
        return by_sha(session, name).await;
    }
    let mut missing = Missing::unknown("change", name, std::iter::empty());
    missing.known_but = Some(format!(
        "a change is named by its pull request (`repository#12` or `#12`) or by {SHORTEST} or more digits of a commit"
    ));
    Ok(Err(missing))
}

async fn by_number(
    session: &SessionContext,
    name: &str,
    repository: &str,
    number: &str,
) -> Result<Result<Named, Missing>, AnalyticsError> {
    let number: i64 = number.parse().unwrap_or(-1);
    // `fd#12` is enough for `github.com/sharkdp/fd#12`.
    let of_repository = match repository {
        "" => String::new(),
        repository => format!(
            " and (repository_id = {} or right(repository_id, {}) = {})",
            literal(repository),
            repository.chars().count() + 1,
            literal(&format!("/{repository}"))
        ),
    };
    let sql =
        format!("{PULL_REQUEST} and number = {number}{of_repository} order by pull_request_id");
    let mut found: Vec<PullRequest> = ask(session, &sql).await?;
    match found.len() {
        1 => Ok(Ok(Named::PullRequest(Box::new(found.remove(0))))),
        0 => {
            let near = format!(
                "select pull_request_id as id from pull_requests where deleted_at is null{of_repository}
                 order by abs(number - ({number})), pull_request_id limit 3"
            );
            let near: Vec<Id> = ask(session, &near).await?;
            let mut missing = Missing::unknown("pull request", name, std::iter::empty());
            missing.candidates = near.into_iter().map(|row| row.id).collect();
            Ok(Err(missing))
        }
        _ => {
            let candidates = found.into_iter().map(|row| row.pull_request_id).collect();
            Ok(Err(Missing::ambiguous("pull request", name, candidates)))
        }
    }
}

#[derive(Deserialize)]
struct Commit {
    repository_id: String,
    sha: String,
}

async fn by_sha(
    session: &SessionContext,
    name: &str,
) -> Result<Result<Named, Missing>, AnalyticsError> {
    let prefix = name.to_lowercase();
    let starting = |prefix: &str, limit: usize| {
        format!(
            "select repository_id, sha from commits where deleted_at is null and starts_with(sha, {})
             order by sha, repository_id limit {limit}",
            literal(prefix)
        )
    };
    let mut found: Vec<Commit> = ask(session, &starting(&prefix, 6)).await?;
    match found.len() {
        1 => {
            let Commit { repository_id, sha } = found.remove(0);
            let pull_request = of_commit(session, &repository_id, &sha).await?.map(Box::new);
            Ok(Ok(Named::Commit { repository_id, sha, pull_request }))
        }
        0 => {
            let near: Vec<Commit> = ask(session, &starting(&prefix[..4], 3)).await?;
            let mut missing = Missing::unknown("commit", name, std::iter::empty());
            missing.candidates = near.into_iter().map(|row| row.sha).collect();
            Ok(Err(missing))
        }
        _ => {
            let candidates =
                found.into_iter().map(|row| format!("{} of {}", row.sha, row.repository_id));
            Ok(Err(Missing::ambiguous("commit", name, candidates.collect())))
        }
    }
}

/// The pull request whose work the commit is, where pull requests are what is counted: of several,
/// a roll-up among them, the one with the fewest commits.
async fn of_commit(
    session: &SessionContext,
    repository_id: &str,
    sha: &str,
) -> Result<Option<PullRequest>, AnalyticsError> {
    let sha = literal(sha);
    let sql = format!(
        "{PULL_REQUEST} and repository_id = {} and (merge_sha = {sha} or array_has(head_shas, {sha}))
           and (select change_unit from definition) = 'pull_request'
         order by case when merge_sha = {sha} then 0 else coalesce(array_length(head_shas), 0) end,
                  pull_request_id limit 1",
        literal(repository_id)
    );
    Ok(ask(session, &sql).await?.into_iter().next())
}
