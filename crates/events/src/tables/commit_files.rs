use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// One file that a commit changed, compared with its first parent, renames not followed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CommitFile {
    /// Repository of the commit.
    pub repository_id: String,
    /// Commit that made the change.
    pub sha: String,
    /// Path from the repository's root; bytes that are no UTF-8 are replaced, or written as
    /// `\xe4` where two names of the commit would become one.
    pub path: String,
    /// Earlier path of a renamed file; NULL where renames are not followed.
    pub previous_path: Option<String>,
    /// What happened to the file.
    pub change: FileChange,
    /// Lines added; NULL for a binary file, and where they are not known: a side is missing from
    /// a partial clone, or both have millions of lines.
    pub additions_count: Option<i64>,
    /// Lines removed; NULL where `additions_count` is.
    pub deletions_count: Option<i64>,
    /// True where either side has a NUL byte in its first 8,000 bytes, or is larger than 100 MiB.
    pub is_binary: bool,
    /// Commit's own time, kept here so that files can be read by time alone; UTC.
    pub committed_at: Option<DateTime<Utc>>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for CommitFile {
    const TABLE: &'static str = "commit_files";
    const KEY: &'static [&'static str] = &["repository_id", "sha", "path"];
    const KIND: Kind = Kind::Fact;
}

/// What happened to a file in a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum FileChange {
    /// The file is new.
    Added,
    /// Its content or its mode changed.
    Modified,
    /// The file is gone.
    Deleted,
    /// It moved, where a source follows renames.
    Renamed,
}
