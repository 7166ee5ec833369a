use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// One attempt to put a revision of a service into an environment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Deployment {
    /// The deploy tool's id; `<service_id>@<tag>` when inferred from a tag;
    /// `<configuration repository>@<its commit>:<environment>[/<target>]:<service_id>[:<tag>]` from
    /// a configuration repository.
    pub deployment_id: String,
    /// Deployed service.
    pub service_id: String,
    /// Repository the revision is from; the image's name where a configuration repository tells of
    /// a service whose repository is not known.
    pub repository_id: String,
    /// Normalised environment: `production`, or the tool's word in lower case.
    pub environment: Option<String>,
    /// Environment in the tool's own word; NULL when inferred.
    pub source_environment: Option<String>,
    /// Deployed commit; NULL where the tool does not say.
    pub sha: Option<String>,
    /// Tag or branch it was deployed from, an image's tag too; NULL where the tool does not say.
    pub r#ref: Option<String>,
    /// Digest of the deployed artifact; NULL where there is none.
    pub artifact_digest: Option<String>,
    /// Digest of the deployed configuration; NULL where there is none, as always from a
    /// configuration repository, of which only images are read.
    pub config_digest: Option<String>,
    /// When it was asked for; UTC.
    pub created_at: Option<DateTime<Utc>>,
    /// When it began; UTC.
    pub started_at: Option<DateTime<Utc>>,
    /// When it first reached an outcome; UTC. NULL while running.
    pub finished_at: Option<DateTime<Utc>>,
    /// How it ended; NULL while running.
    pub outcome: Option<Outcome>,
    /// Outcome in the tool's own word; NULL when inferred.
    pub source_outcome: Option<String>,
    /// Groups the parts of one rollout; NULL where the tool has none.
    pub rollout_id: Option<String>,
    /// Region, cluster or host; NULL where there is one only.
    pub target: Option<String>,
    /// Login that started it, or the address of the author of the configuration's commit; NULL
    /// where not known.
    pub deployed_by: Option<String>,
    /// False where someone declared it unplanned; NULL where nobody said.
    pub is_planned: Option<bool>,
    /// Kind the tool declared, such as `rollback`; NULL where it declared none. From a configuration
    /// repository `redeploy`, where another part of the environment had the version before.
    pub declared_kind: Option<String>,
    /// Failed deployment this one repairs; NULL where not declared.
    pub fixes_deployment_id: Option<String>,
    /// Teams that approved it; NULL where not recorded.
    pub approving_team_ids: Option<Vec<String>>,
    /// Steps done by hand; NULL where not recorded.
    pub manual_steps_count: Option<i64>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for Deployment {
    const TABLE: &'static str = "deployments";
    const KEY: &'static [&'static str] = &["deployment_id", "service_id", "repository_id"];
    const KIND: Kind = Kind::Fact;
}

/// How a deployment attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Outcome {
    /// It finished on every target.
    Succeeded,
    /// It did not finish.
    Failed,
    /// It finished on some targets only.
    Partial,
    /// Somebody stopped it.
    Cancelled,
}
