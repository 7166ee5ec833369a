use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Provenance, Row};

/// One run of a pipeline. Provisional.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PipelineRun {
    /// The tool's id with the attempt.
    pub pipeline_run_id: String,
    /// Repository it ran for.
    pub repository_id: Option<String>,
    /// Pipeline's name.
    pub name: Option<String>,
    /// Path of the pipeline's file.
    pub path: Option<String>,
    /// Commit it ran on.
    pub sha: Option<String>,
    /// Branch it ran on.
    pub branch: Option<String>,
    /// What started it, such as `push`.
    pub event: Option<String>,
    /// Attempt, from 1.
    pub attempt: Option<i64>,
    /// When it began; UTC.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended; UTC. NULL while running.
    pub finished_at: Option<DateTime<Utc>>,
    /// How it ended, in the tool's word; NULL while running.
    pub outcome: Option<String>,
    /// Where the row came from.
    #[serde(flatten)]
    pub provenance: Provenance,
}

impl Row for PipelineRun {
    const TABLE: &'static str = "pipeline_runs";
    const KEY: &'static [&'static str] = &["pipeline_run_id"];
    const KIND: Kind = Kind::Fact;
}
