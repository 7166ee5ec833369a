//! What a record tells of a pull request, whichever way it was asked for, and the rows it makes.

use chrono::{DateTime, Utc};
use milepost_events::tables::{PullRequest, Review};

use crate::git::work_item_keys;
use crate::github::rows::{Rows, earliest, is_bot};
use crate::github::unit::About;

/// A pull request as GitHub tells of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) number: i64,
    pub(super) id: String,
    pub(super) url: Option<String>,
    pub(super) title: Option<String>,
    pub(super) author: Option<String>,
    pub(super) is_draft: Option<bool>,
    pub(super) created_at: Option<DateTime<Utc>>,
    /// Whether it ever was a draft; `None` where that is not told.
    pub(super) was_draft: Option<bool>,
    /// When it last left the state of a draft; `None` where it never was one or is one.
    pub(super) ready_at: Option<DateTime<Utc>>,
    pub(super) merged_at: Option<DateTime<Utc>>,
    pub(super) closed_at: Option<DateTime<Utc>>,
    pub(super) merge_sha: Option<String>,
    /// Parents of the merge commit, where they are told.
    pub(super) merge_parents: Option<i64>,
    /// First line of the merge commit's message, where it is told.
    pub(super) merge_headline: Option<String>,
    pub(super) base_ref: Option<String>,
    pub(super) head_ref: Option<String>,
    pub(super) labels: Vec<String>,
    pub(super) additions: Option<i64>,
    pub(super) deletions: Option<i64>,
    pub(super) commits_count: Option<i64>,
    pub(super) commits: Vec<BranchCommit>,
    pub(super) reviews: Vec<Reviewed>,
}

/// A commit of the branch, in the branch's order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct BranchCommit {
    pub(super) sha: String,
    pub(super) authored_at: Option<DateTime<Utc>>,
    pub(super) headline: Option<String>,
    pub(super) email: Option<String>,
    pub(super) login: Option<String>,
}

/// A review of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reviewed {
    pub(super) id: String,
    pub(super) reviewer: Option<String>,
    pub(super) state: String,
    pub(super) comments: Option<i64>,
    pub(super) submitted_at: Option<DateTime<Utc>>,
}

impl Told {
    /// Adds the rows it makes.
    pub(super) fn add(self, about: &About, rows: &mut Rows) {
        let pull_request_id = format!("{}#{}", about.repository_id, self.number);
        for commit in &self.commits {
            if let Some(login) = &commit.login {
                rows.identities.extend(about.identities(login, commit.email.as_deref()));
            }
        }
        let logins = self.reviews.iter().map(|review| &review.reviewer).chain([&self.author]);
        for login in logins.flatten() {
            rows.identities.extend(about.identities(login, None));
        }
        rows.pull_requests.push(self.pull_request(&pull_request_id, about));
        rows.reviews.extend(self.reviews.into_iter().map(|review| Review {
            review_id: format!("{}/{}", about.host, review.id),
            pull_request_id: pull_request_id.clone(),
            reviewer_login: review.reviewer,
            state: Some(review.state.to_lowercase()),
            comments_count: review.comments,
            submitted_at: review.submitted_at,
            provenance: about.provenance(Some(review.id), self.url.clone()),
        }));
    }

    fn pull_request(&self, pull_request_id: &str, about: &About) -> PullRequest {
        let is_merged = self.merged_at.is_some();
        let named: Vec<&str> =
            [&self.title, &self.head_ref].into_iter().flatten().map(String::as_str).collect();
        let mut head_shas: Vec<String> =
            self.commits.iter().map(|commit| commit.sha.clone()).collect();
        head_shas.sort();
        head_shas.dedup();
        let mut labels = self.labels.clone();
        labels.sort();
        PullRequest {
            pull_request_id: pull_request_id.to_owned(),
            repository_id: about.repository_id.clone(),
            number: self.number,
            title: self.title.clone(),
            author_login: self.author.clone(),
            state: Some(state(is_merged, self.closed_at.is_some()).to_owned()),
            is_draft: self.is_draft,
            created_at: self.created_at,
            ready_at: self.ready_at.or(match (self.is_draft, self.was_draft) {
                (Some(false), Some(false)) => self.created_at,
                _ => None,
            }),
            first_commit_at: earliest(self.commits.iter().map(|commit| commit.authored_at)),
            first_review_at: self.first_review(|_| true),
            approved_at: self.first_review(|review| review.state.eq_ignore_ascii_case("approved")),
            merged_at: self.merged_at,
            closed_at: self.closed_at.or(self.merged_at),
            // Before the merge GitHub names a commit that only tries it out.
            merge_sha: self.merge_sha.clone().filter(|_| is_merged),
            merge_method: self.merge_method().map(str::to_owned),
            head_shas: (!head_shas.is_empty()).then_some(head_shas),
            base_ref: self.base_ref.clone(),
            head_ref: self.head_ref.clone(),
            labels: Some(labels),
            additions_count: self.additions,
            deletions_count: self.deletions,
            commits_count: self.commits_count,
            work_item_keys: work_item_keys(&named.join("\n")),
            provenance: about.provenance(Some(self.id.clone()), self.url.clone()),
        }
    }

    /// The first review by another person than the author.
    fn first_review(&self, counts: impl Fn(&Reviewed) -> bool) -> Option<DateTime<Utc>> {
        let by_others = self.reviews.iter().filter(|review| match &review.reviewer {
            Some(reviewer) => Some(reviewer) != self.author.as_ref() && !is_bot(reviewer),
            None => true,
        });
        earliest(by_others.filter(|review| counts(review)).map(|review| review.submitted_at))
    }

    /// How it was merged, as far as its commits tell: GitHub does not say. A merge has two
    /// parents; a rebase leaves the branch's last message on the base, a squash writes its own.
    fn merge_method(&self) -> Option<&'static str> {
        self.merged_at?;
        if self.merge_parents? > 1 {
            return Some("merge");
        }
        let (headline, last) = (self.merge_headline.as_ref()?, self.commits.last()?);
        let is_complete = self.commits_count == Some(self.commits.len() as i64);
        if !is_complete {
            return None;
        }
        let has_number = headline.ends_with(&format!("(#{})", self.number));
        match last.headline.as_ref() == Some(headline) && !has_number {
            true => Some("rebase"),
            false => Some("squash"),
        }
    }
}

fn state(is_merged: bool, is_closed: bool) -> &'static str {
    match (is_merged, is_closed) {
        (true, _) => "merged",
        (false, true) => "closed",
        (false, false) => "open",
    }
}
