//! Deployment attempts.

use datafusion::arrow::array::RecordBatch;

use super::{Services, Sight};
use crate::AnalyticsError;
use crate::columns::{Booleans, Instants, Texts};

/// A deployment attempt. Instants are microseconds since 1970 UTC.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attempt {
    /// Row in the batch of all deployments.
    pub(crate) row: usize,
    pub(crate) deployment_id: String,
    pub(crate) service_id: String,
    pub(crate) repository_id: String,
    pub(crate) environment: Option<String>,
    pub(crate) sha: Option<String>,
    /// Tag or branch it was deployed from.
    pub(crate) from: Option<String>,
    pub(crate) artifact_digest: Option<String>,
    pub(crate) config_digest: Option<String>,
    pub(crate) started_at: Option<i64>,
    /// When it finished, else what stands in for that.
    pub(crate) at: i64,
    pub(crate) is_time_fallback: bool,
    pub(crate) outcome: Option<String>,
    pub(crate) rollout_id: Option<String>,
    pub(crate) target: Option<String>,
    pub(crate) is_planned: Option<bool>,
    pub(crate) declared_kind: Option<String>,
    pub(crate) fixes_deployment_id: Option<String>,
    pub(crate) is_inferred: bool,
    /// It failed, and an incident names it: so it reached production all the same.
    pub(crate) is_harmful: bool,
    /// Ids of the other parts of its rollout.
    pub(crate) parts: Vec<String>,
}

impl Attempt {
    /// True where it put something into production.
    pub(crate) fn is_deployment(&self) -> bool {
        self.is_harmful || matches!(self.outcome.as_deref(), Some("succeeded" | "partial"))
    }

    /// True where some of its targets did not get it: what it brings is not deployed yet.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.outcome.as_deref() == Some("partial")
    }

    /// True where it left production in part as it was, or broken.
    pub(crate) fn is_partial(&self) -> bool {
        self.is_harmful || self.is_incomplete()
    }
}

pub(super) fn attempts(
    rows: &RecordBatch,
    services: &Services,
    sight: &mut Sight,
) -> Result<Vec<Attempt>, AnalyticsError> {
    let text = |name| Texts::of(rows, name);
    let (id, service, repository) =
        (text("deployment_id")?, text("service_id")?, text("repository_id")?);
    let (environment, sha, from) = (text("environment")?, text("sha")?, text("ref")?);
    let (artifact, config) = (text("artifact_digest")?, text("config_digest")?);
    let (outcome, basis) = (text("outcome")?, text("basis")?);
    let (rollout, target) = (text("rollout_id")?, text("target")?);
    let (declared, fixes) = (text("declared_kind")?, text("fixes_deployment_id")?);
    let planned = Booleans::of(rows, "is_planned")?;
    let finished = Instants::of(rows, "finished_at")?;
    let (started, created) = (Instants::of(rows, "started_at")?, Instants::of(rows, "created_at")?);
    let own = |text: Option<&str>| text.map(str::to_owned);
    let mut attempts = Vec::new();
    for row in 0..rows.num_rows() {
        let finish = finished.get(row);
        let Some(at) = finish.or_else(|| started.get(row)).or_else(|| created.get(row)) else {
            continue;
        };
        if !sight.sees(at) {
            continue;
        }
        let is_inferred = basis.get(row) == Some("inferred");
        let named = service.get(row).unwrap_or_default();
        attempts.push(Attempt {
            row,
            deployment_id: own(id.get(row)).unwrap_or_default(),
            service_id: services.meant(named, is_inferred).to_owned(),
            repository_id: own(repository.get(row)).unwrap_or_default(),
            environment: own(environment.get(row)),
            sha: own(sha.get(row)).map(|sha| sha.to_lowercase()),
            from: own(from.get(row)),
            artifact_digest: own(artifact.get(row)),
            config_digest: own(config.get(row)),
            started_at: started.get(row),
            at,
            is_time_fallback: finish.is_none(),
            outcome: own(outcome.get(row)),
            rollout_id: own(rollout.get(row)),
            target: own(target.get(row)),
            is_planned: planned.get(row),
            declared_kind: own(declared.get(row)),
            fixes_deployment_id: own(fixes.get(row)),
            is_inferred,
            is_harmful: false,
            parts: Vec::new(),
        });
    }
    Ok(attempts)
}
