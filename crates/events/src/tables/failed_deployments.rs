use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Row};

/// A deployment that reached production and then needed immediate intervention.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FailedDeployment {
    /// Failed deployment.
    pub deployment_id: String,
    /// Its service.
    pub service_id: String,
    /// When it finished, and so began to harm; UTC.
    pub failed_at: DateTime<Utc>,
    /// When service was restored; UTC. NULL while it is not.
    pub recovered_at: Option<DateTime<Utc>>,
    /// `recovered_at` less the start that the definition names, whole seconds; NULL while
    /// not recovered.
    pub recovery_seconds: Option<i64>,
    /// Incident that showed the failure; NULL where something else did.
    pub incident_id: Option<String>,
    /// What showed the failure.
    pub link_method: LinkMethod,
    /// Deployment that repaired it, where one did; NULL where an incident's end says when service
    /// was restored, and while it is not.
    pub remediated_by_deployment_id: Option<String>,
    /// Hash of the definition it was derived under.
    pub definition_id: String,
}

impl Row for FailedDeployment {
    const TABLE: &'static str = "failed_deployments";
    const KEY: &'static [&'static str] = &["deployment_id", "service_id"];
    const KIND: Kind = Kind::Derived;
}

/// What showed that a deployment failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum LinkMethod {
    /// An incident or a fix names it.
    Explicit,
    /// A later unplanned rollback took it away.
    Rollback,
    /// A deployed revert undid one of its changes.
    Revert,
    /// It finished on some targets only.
    Outcome,
    /// An incident began soon after it.
    Heuristic,
}
