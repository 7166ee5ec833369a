use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// A login or address and the person behind it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Identity {
    /// System the identifier is from, such as `git` (addresses, lower case) or `github`
    /// (logins).
    pub provider: String,
    /// Login or address.
    pub identifier: String,
    /// Person behind it.
    pub person_id: String,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for Identity {
    const TABLE: &'static str = "identities";
    const KEY: &'static [&'static str] = &["provider", "identifier"];
    const KIND: Kind = Kind::Fact;
    const IS_CATALOGUE: bool = true;
}
