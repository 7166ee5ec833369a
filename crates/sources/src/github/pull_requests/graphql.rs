//! Pull requests through GraphQL: commits and reviews come along, so that a page of pull
//! requests is one question.

use serde_json::Value;

use super::told::{BranchCommit, Reviewed, Told};
use crate::github::client::{Client, Failed};
use crate::github::descent::Listed;
use crate::github::graphql::{self, Connection, Pace};
use crate::github::rows::login;
use crate::network::fields::Fields;

/// Shape of the records, as kept pages name it.
pub(super) const FORM: &str = "graphql";

const SIZE: u32 = 25;

const COMMITS: &str = "totalCount pageInfo{hasNextPage endCursor} \
    nodes{commit{oid authoredDate messageHeadline author{email user{login}}}}";
const REVIEWS: &str = "totalCount pageInfo{hasNextPage endCursor} \
    nodes{id databaseId fullDatabaseId state submittedAt author{__typename login} comments{totalCount}}";

/// One page of the list; `None` where the server answers no such question.
///
/// # Errors
/// Where it can't be had.
pub(super) fn list(
    client: &Client,
    full_name: &str,
    page: Option<&str>,
    pace: &mut Pace,
) -> Result<Option<Listed>, Failed> {
    let of_it = format!(
        "id databaseId number title url isDraft createdAt updatedAt mergedAt closedAt \
         author{{__typename login}} baseRefName headRefName additions deletions \
         labels(first:50){{nodes{{name}}}} \
         mergeCommit{{oid messageHeadline parents(first:2){{totalCount}}}} \
         timelineItems(last:1,itemTypes:[READY_FOR_REVIEW_EVENT])\
         {{nodes{{... on ReadyForReviewEvent{{createdAt}}}}}} \
         commits(first:100){{{COMMITS}}} reviews(first:50){{{REVIEWS}}}"
    );
    let connection =
        Connection { name: "pullRequests", order: "UPDATED_AT", of_it: &of_it, usual_size: SIZE };
    graphql::list(client, full_name, &connection, page, pace)
}

/// Asks for the commits and reviews that did not fit into the list. Gives the numbers of those of
/// whose commits GitHub lists no more.
///
/// # Errors
/// Where they can't be had.
pub(super) fn complete(client: &Client, records: &mut [Value]) -> Result<Vec<i64>, Failed> {
    let mut cut = Vec::new();
    for record in records {
        for (part, of_it) in [("commits", COMMITS), ("reviews", REVIEWS)] {
            graphql::rest_of(client, record, "PullRequest", part, of_it)?;
        }
        let commits = Fields(record).at("commits");
        let listed = commits.list("nodes").map(|nodes| nodes.len() as i64).unwrap_or_default();
        let total = commits.integer("totalCount").ok().flatten().unwrap_or_default();
        if listed < total {
            cut.extend(record["number"].as_i64());
        }
    }
    Ok(cut)
}

/// Reads a record.
///
/// # Errors
/// Why it is none, in words for `rejected_records`.
pub(super) fn told(record: Fields<'_>) -> Result<Told, String> {
    let number = record.integer("number")?.ok_or("`number` is missing")?;
    let mut labels = Vec::new();
    for label in record.list("labels.nodes")? {
        labels.push(label.needed("name")?);
    }
    let mut ready_at = None;
    for event in record.list("timelineItems.nodes")? {
        ready_at = event.instant("createdAt")?;
    }
    let mut told = Told {
        number,
        id: record.needed("databaseId").or_else(|_| record.needed("id"))?,
        url: record.text("url")?,
        title: record.text("title")?,
        author: login(record, "author")?,
        is_draft: record.truth("isDraft")?,
        created_at: Some(record.instant("createdAt")?.ok_or("`createdAt` is missing")?),
        merged_at: record.instant("mergedAt")?,
        closed_at: record.instant("closedAt")?,
        merge_sha: record.text("mergeCommit.oid")?,
        merge_parents: record.integer("mergeCommit.parents.totalCount")?,
        merge_headline: record.text("mergeCommit.messageHeadline")?,
        base_ref: record.text("baseRefName")?,
        head_ref: record.text("headRefName")?,
        labels,
        additions: record.integer("additions")?,
        deletions: record.integer("deletions")?,
        commits_count: record.integer("commits.totalCount")?,
        ..Told::default()
    };
    told.was_draft = Some(ready_at.is_some() || told.is_draft == Some(true));
    told.ready_at = ready_at.filter(|_| told.is_draft != Some(true));
    for node in record.list("commits.nodes")? {
        let commit = node.at("commit");
        told.commits.push(BranchCommit {
            sha: commit.needed("oid")?,
            authored_at: commit.instant("authoredDate")?,
            headline: commit.text("messageHeadline")?,
            email: commit.text("author.email")?,
            login: login(commit, "author.user")?,
        });
    }
    for review in record.list("reviews.nodes")? {
        told.reviews.push(Reviewed {
            // Numbers have outgrown the second of these.
            id: review
                .needed("fullDatabaseId")
                .or_else(|_| review.needed("databaseId"))
                .or_else(|_| review.needed("id"))?,
            reviewer: login(review, "author")?,
            state: review.needed("state")?,
            comments: review.integer("comments.totalCount")?,
            submitted_at: review.instant("submittedAt")?,
        });
    }
    Ok(told)
}
