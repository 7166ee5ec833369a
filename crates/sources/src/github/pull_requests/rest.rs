//! Pull requests through the REST API, for servers without GraphQL: each one takes three more
//! requests.

use serde_json::{Value, json};

use super::told::{BranchCommit, Reviewed, Told};
use crate::github::client::{Client, Failed};
use crate::github::descent::Listed;
use crate::github::lists::{all, page_of};
use crate::github::rows::login;
use crate::network::fields::Fields;

/// Shape of the records, as kept pages name it.
pub(super) const FORM: &str = "rest";

/// One page of the list.
///
/// # Errors
/// Where it can't be had.
pub(super) fn list(client: &Client, full_name: &str, page: Option<&str>) -> Result<Listed, Failed> {
    let first =
        format!("/repos/{full_name}/pulls?state=all&sort=updated&direction=desc&per_page=100");
    page_of(client, page.unwrap_or(&first))
}

/// Makes each record whole: what the list leaves out, its commits and its reviews.
///
/// # Errors
/// Where they can't be had.
pub(super) fn complete(
    client: &Client,
    full_name: &str,
    records: &mut [Value],
) -> Result<(), Failed> {
    for record in records {
        let listed = record.take();
        // Without a number there is nothing to ask for; the record is refused later.
        let Some(number) = Fields(&listed).integer("number").ok().flatten() else {
            *record = json!({"pull": listed});
            continue;
        };
        let path = format!("/repos/{full_name}/pulls/{number}");
        *record = json!({
            "pull": client.json(&path)?,
            "commits": all(client, &format!("{path}/commits?per_page=100"), None)?,
            "reviews": all(client, &format!("{path}/reviews?per_page=100"), None)?,
        });
    }
    Ok(())
}

/// Reads a record.
///
/// # Errors
/// Why it is none, in words for `rejected_records`.
pub(super) fn told(record: Fields<'_>) -> Result<Told, String> {
    let pull = record.at("pull");
    let mut labels = Vec::new();
    for label in pull.list("labels")? {
        labels.push(label.needed("name")?);
    }
    let mut told = Told {
        number: pull.integer("number")?.ok_or("`number` is missing")?,
        id: pull.needed("id")?,
        url: pull.text("html_url")?,
        title: pull.text("title")?,
        author: login(pull, "user")?,
        is_draft: pull.truth("draft")?,
        created_at: Some(pull.instant("created_at")?.ok_or("`created_at` is missing")?),
        merged_at: pull.instant("merged_at")?,
        closed_at: pull.instant("closed_at")?,
        merge_sha: pull.text("merge_commit_sha")?,
        base_ref: pull.text("base.ref")?,
        head_ref: pull.text("head.ref")?,
        labels,
        additions: pull.integer("additions")?,
        deletions: pull.integer("deletions")?,
        commits_count: pull.integer("commits")?,
        ..Told::default()
    };
    for commit in record.list("commits")? {
        let message = commit.text("commit.message")?;
        told.commits.push(BranchCommit {
            sha: commit.needed("sha")?,
            authored_at: commit.instant("commit.author.date")?,
            headline: message.and_then(|text| text.lines().next().map(str::to_owned)),
            email: commit.text("commit.author.email")?,
            login: login(commit, "author")?,
        });
    }
    for review in record.list("reviews")? {
        told.reviews.push(Reviewed {
            id: review.needed("id")?,
            reviewer: login(review, "user")?,
            state: review.needed("state")?,
            comments: None,
            submitted_at: review.instant("submitted_at")?,
        });
    }
    Ok(told)
}
