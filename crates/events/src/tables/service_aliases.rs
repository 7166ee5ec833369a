use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// Another system's name for a service.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ServiceAlias {
    /// System that uses the name, such as `pagerduty` or `backstage`.
    pub provider: String,
    /// Its name for the service, such as `PXYZ123` or `component:default/payments`.
    pub alias: String,
    /// Service meant.
    pub service_id: String,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for ServiceAlias {
    const TABLE: &'static str = "service_aliases";
    const KEY: &'static [&'static str] = &["provider", "alias"];
    const KIND: Kind = Kind::Fact;
    const IS_CATALOGUE: bool = true;
}
