//! Incidents.

use datafusion::arrow::array::RecordBatch;

use super::{Services, Sight};
use crate::AnalyticsError;
use crate::columns::{Instants, Texts};

/// An incident. Instants are microseconds since 1970 UTC.
#[derive(Debug, Clone)]
pub(crate) struct Incident {
    /// Row in the batch of all incidents.
    pub(crate) row: usize,
    pub(crate) incident_id: String,
    pub(crate) service_id: String,
    pub(crate) environment: Option<String>,
    pub(crate) severity: Option<String>,
    /// What its record names as the cause: a deployment's id, a commit or a version.
    pub(crate) caused_by: Option<String>,
    pub(crate) is_external: bool,
    pub(crate) impact_started_at: Option<i64>,
    /// When it began, as well as that is known; `None` where nothing tells.
    pub(crate) began_at: Option<i64>,
    pub(crate) resolved_at: Option<i64>,
    /// When users stopped feeling it, else when it was resolved.
    pub(crate) ended_at: Option<i64>,
}

/// Incidents that have begun, those of which nobody knows when among them.
pub(super) fn incidents(
    rows: &RecordBatch,
    services: &Services,
    sight: &mut Sight,
) -> Result<Vec<Incident>, AnalyticsError> {
    let text = |name| Texts::of(rows, name);
    let (id, service) = (text("incident_id")?, text("service_id")?);
    let (environment, severity) = (text("environment")?, text("severity")?);
    let (caused_by, cause) = (text("caused_by_deployment_id")?, text("cause")?);
    let instant = |name| Instants::of(rows, name);
    let (impact, detected) = (instant("impact_started_at")?, instant("detected_at")?);
    let (created, mitigated) = (instant("created_at")?, instant("mitigated_at")?);
    let resolved = instant("resolved_at")?;
    let own = |text: Option<&str>| text.map(str::to_owned);
    let mut incidents = Vec::new();
    for row in 0..rows.num_rows() {
        let began_at = impact.get(row).or_else(|| detected.get(row)).or_else(|| created.get(row));
        if began_at.is_some_and(|at| !sight.sees(at)) {
            continue;
        }
        let mitigated_at = mitigated.get(row).filter(|at| sight.sees(*at));
        let resolved_at = resolved.get(row).filter(|at| sight.sees(*at));
        let named = service.get(row).unwrap_or_default();
        incidents.push(Incident {
            row,
            incident_id: own(id.get(row)).unwrap_or_default(),
            service_id: services.meant(named, false).to_owned(),
            environment: own(environment.get(row)),
            severity: own(severity.get(row)),
            caused_by: own(caused_by.get(row)),
            is_external: cause.get(row) == Some("external"),
            impact_started_at: impact.get(row),
            began_at,
            resolved_at,
            ended_at: mitigated_at.or(resolved_at),
        });
    }
    incidents.sort_by(|a, b| {
        (&a.incident_id, &a.service_id, a.row).cmp(&(&b.incident_id, &b.service_id, b.row))
    });
    Ok(incidents)
}
