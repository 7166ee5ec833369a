use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// Which part of which repository a service is built from.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ServiceRepository {
    /// Service.
    pub service_id: String,
    /// Repository.
    pub repository_id: String,
    /// Paths that belong to the service, `*` within and `**` across folders; NULL means the
    /// whole repository.
    pub include_globs: Option<Vec<String>>,
    /// Paths that do not; NULL means none.
    pub exclude_globs: Option<Vec<String>>,
    /// Prefix of the service's version tags in this repository; NULL means none.
    pub tag_prefix: Option<String>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for ServiceRepository {
    const TABLE: &'static str = "service_repositories";
    const KEY: &'static [&'static str] = &["service_id", "repository_id"];
    const KIND: Kind = Kind::Fact;
    const IS_CATALOGUE: bool = true;
}
