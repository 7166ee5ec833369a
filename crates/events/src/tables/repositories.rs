use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// A version-controlled repository whose history was read.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Repository {
    /// `host/owner/name` of the origin remote, the name given with `--repository`, or the
    /// folder's name.
    pub repository_id: String,
    /// The last part of the id: the repository's own name.
    pub name: String,
    /// Where people open it; NULL where there is no origin remote. User names and passwords
    /// are removed.
    pub url: Option<String>,
    /// Short name of the branch `HEAD` points to; NULL while `HEAD` is detached.
    pub default_branch: Option<String>,
    /// Commit `HEAD` points to; NULL in an empty repository.
    pub head_sha: Option<String>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for Repository {
    const TABLE: &'static str = "repositories";
    const KEY: &'static [&'static str] = &["repository_id"];
    const KIND: Kind = Kind::Fact;
    const IS_CATALOGUE: bool = true;
}
