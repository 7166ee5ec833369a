use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// One commit that the default branch or a tag reaches. Immutable, but for names that a later
/// mailmap corrects; one that nothing reaches any more, because history was rewritten, gets its
/// `deleted_at`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Commit {
    /// Repository the commit was read from.
    pub repository_id: String,
    /// Full object id in hexadecimal.
    pub sha: String,
    /// Parents in git's order; empty for a root commit.
    pub parent_shas: Vec<String>,
    /// Author as the mailmap of `HEAD` names them; bytes that are no UTF-8 are replaced.
    pub author_name: String,
    /// Author's address as the mailmap of `HEAD` has it.
    pub author_email: String,
    /// When the author says they wrote it; UTC. NULL where the commit has no such line, or no time
    /// in it that git reads, or one after the year 9999.
    pub authored_at: Option<DateTime<Utc>>,
    /// Committer as the mailmap names them.
    pub committer_name: String,
    /// Committer's address as the mailmap has it.
    pub committer_email: String,
    /// When the commit object was made, by the committer's clock; UTC. NULL where `authored_at`
    /// would be.
    pub committed_at: Option<DateTime<Utc>>,
    /// First paragraph of the message on one line, as `git log --format=%s` prints it; cut with
    /// `…` after 4,095 characters.
    pub subject: String,
    /// True with two or more parents.
    pub is_merge: bool,
    /// Files that differ from the first parent (from the empty tree for a root); NULL for a
    /// merge, and where a tree is missing from a partial clone.
    pub files_changed_count: Option<i64>,
    /// Lines added over all text files; NULL for a merge, and where those of a file are not known.
    pub additions_count: Option<i64>,
    /// Lines removed over all text files; NULL where `additions_count` is.
    pub deletions_count: Option<i64>,
    /// Commit this one says it reverts; NULL where it says nothing.
    pub reverts_sha: Option<String>,
    /// Commit this one says it was picked from; NULL where it says nothing.
    pub cherry_picked_from_sha: Option<String>,
    /// Identity of the change apart from its place; only where a duplicate is possible,
    /// else NULL.
    pub patch_id: Option<String>,
    /// Work items the message names, such as `PAY-12`; empty where it names none.
    pub work_item_keys: Vec<String>,
    /// Addresses of the `Co-authored-by` trailers, lower case, in order; empty where there
    /// are none.
    pub co_author_emails: Vec<String>,
    /// AI tools that left a mark on the commit, sorted; empty means no mark, not no use.
    pub ai_tools: Vec<String>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for Commit {
    const TABLE: &'static str = "commits";
    const KEY: &'static [&'static str] = &["repository_id", "sha"];
    const KIND: Kind = Kind::Fact;
}
