//! What an incident counts for, and which deployment it is linked to, or why to none.

use chrono::{DateTime, Utc};
use datafusion::prelude::SessionContext;
use serde::{Deserialize, Serialize};

use super::ask::{ask, literal};
use super::near;
use super::{DeploymentName, Id, Missing, NAME_COLUMNS};
use crate::{AnalyticsError, Definition};

/// An incident; one of several services has a part for each.
#[derive(Debug, Clone, Serialize)]
pub struct IncidentStory {
    /// Its id.
    pub incident_id: String,
    /// Title.
    pub title: Option<String>,
    /// Its parts by service.
    pub parts: Vec<IncidentPart>,
}

/// An incident of one service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IncidentPart {
    /// Impaired service.
    pub service_id: String,
    /// Title.
    pub title: Option<String>,
    /// Environment; `None` means production.
    pub environment: Option<String>,
    /// Severity in the tool's own word.
    pub severity: Option<String>,
    /// What caused it.
    pub cause: Option<String>,
    /// Deployment that it names.
    pub caused_by_deployment_id: Option<String>,
    /// When users began to feel it; UTC.
    pub impact_started_at: Option<DateTime<Utc>>,
    /// When it was noticed; UTC.
    pub detected_at: Option<DateTime<Utc>>,
    /// When the record was opened; UTC.
    pub created_at: Option<DateTime<Utc>>,
    /// When users stopped feeling it; UTC.
    pub mitigated_at: Option<DateTime<Utc>>,
    /// When it was closed; UTC.
    pub resolved_at: Option<DateTime<Utc>>,
    /// The first of them that is known; UTC.
    pub began_at: Option<DateTime<Utc>>,
    /// True where metrics count it.
    pub is_counted: bool,
    /// Why not.
    pub exclusion_reason: Option<String>,
    /// Seconds until it was resolved.
    pub time_to_restore_seconds: Option<i64>,
    /// Deployment that it shows to have failed.
    pub linked_deployment_id: Option<String>,
    /// How that was found.
    pub link_method: Option<String>,
    /// That deployment.
    pub linked: Option<DeploymentName>,
    /// Why it is linked to none; `None` where it is.
    pub unlinked: Option<Unlinked>,
    /// What to know before trusting it.
    #[serde(default)]
    pub quality_flags: Vec<String>,
    /// Page that shows it.
    pub source_url: Option<String>,
}

/// Why an incident is linked to no deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unlinked {
    /// Something outside caused it.
    External,
    /// It is not counted.
    NotCounted,
    /// The service is known to nobody; names that are near.
    UnknownService(Vec<String>),
    /// It names a deployment that is not known; ids that are near.
    UnknownDeployment(Vec<String>),
    /// It names a deployment of these services.
    OtherService(Vec<String>),
    /// It names an attempt that was no deployment; why.
    NoDeployment(Option<String>),
    /// It names a deployment that counts, and is not linked all the same.
    Unexplained,
    /// It names none, and its service was not deployed before it.
    NothingBefore,
    /// It names none; the latest change before it, and whether time alone may link.
    NothingNamed {
        /// Latest change to production before it.
        latest: Box<DeploymentName>,
        /// True where `link_heuristic` is on: then it was too long before.
        is_heuristic_on: bool,
    },
}

/// Tells an incident, found by its id.
///
/// # Errors
/// Where a query fails.
pub async fn incident(
    session: &SessionContext,
    definition: &Definition,
    id: &str,
) -> Result<Result<IncidentStory, Missing>, AnalyticsError> {
    let sql = format!(
        "select service_id, title, environment, severity, cause, caused_by_deployment_id,
                impact_started_at, detected_at, created_at, mitigated_at, resolved_at, began_at,
                is_counted, exclusion_reason, time_to_restore_seconds, linked_deployment_id,
                link_method, quality_flags, source_url
         from classified_incidents where incident_id = {} order by service_id",
        literal(id)
    );
    let mut parts: Vec<IncidentPart> = ask(session, &sql).await?;
    if parts.is_empty() {
        return Ok(Err(missing(session, id).await?));
    }
    for part in &mut parts {
        match &part.linked_deployment_id {
            Some(linked) => {
                let rows =
                    deployments(session, &format!("deployment_id = {}", literal(linked))).await?;
                part.linked = rows.into_iter().find(|row| row.service_id == part.service_id);
            }
            None => part.unlinked = Some(unlinked(session, definition, part).await?),
        }
    }
    let title = parts.iter().find_map(|part| part.title.clone());
    Ok(Ok(IncidentStory { incident_id: id.to_owned(), title, parts }))
}

async fn missing(session: &SessionContext, id: &str) -> Result<Missing, AnalyticsError> {
    let known =
        format!("select incident_id as id from incidents where incident_id = {}", literal(id));
    let is_known = !ask::<Id>(session, &known).await?.is_empty();
    let all = "select distinct incident_id as id from classified_incidents order by id";
    let all: Vec<Id> = ask(session, all).await?;
    let mut missing = Missing::unknown("incident", id, all.iter().map(|row| row.id.as_str()));
    if is_known {
        missing.known_but =
            Some("it is known, but it began after the as-of or was deleted upstream".to_owned());
    }
    Ok(missing)
}

async fn deployments(
    session: &SessionContext,
    condition: &str,
) -> Result<Vec<DeploymentName>, AnalyticsError> {
    let sql = format!(
        "select {NAME_COLUMNS} from classified_deployments where {condition}
         order by finished_at desc, deployment_id desc, service_id"
    );
    ask(session, &sql).await
}

async fn unlinked(
    session: &SessionContext,
    definition: &Definition,
    part: &IncidentPart,
) -> Result<Unlinked, AnalyticsError> {
    if part.cause.as_deref() == Some("external") {
        return Ok(Unlinked::External);
    }
    let is_unknown = part.exclusion_reason.as_deref() == Some("service_unknown");
    if !part.is_counted && !is_unknown {
        return Ok(Unlinked::NotCounted);
    }
    if is_unknown {
        let known: Vec<Id> =
            ask(session, "select service_id as id from known_services order by id").await?;
        let near = near::nearest(&part.service_id, known.iter().map(|one| one.id.as_str()));
        return Ok(Unlinked::UnknownService(near.into_iter().map(str::to_owned).collect()));
    }
    match &part.caused_by_deployment_id {
        Some(named) => of_named(session, part, named).await,
        None => of_none(session, definition, part).await,
    }
}

async fn of_named(
    session: &SessionContext,
    part: &IncidentPart,
    named: &str,
) -> Result<Unlinked, AnalyticsError> {
    let rows = deployments(session, &format!("deployment_id = {}", literal(named))).await?;
    if let Some(own) = rows.iter().find(|row| row.service_id == part.service_id) {
        return Ok(match own.kind {
            Some(_) => Unlinked::Unexplained,
            None => Unlinked::NoDeployment(own.exclusion_reason.clone()),
        });
    }
    if !rows.is_empty() {
        let mut services: Vec<String> = rows.into_iter().map(|row| row.service_id).collect();
        services.sort();
        return Ok(Unlinked::OtherService(services));
    }
    let condition = format!("service_id = {}", literal(&part.service_id));
    let rows = deployments(session, &condition).await?;
    let near = near::nearest(named, rows.iter().map(|row| row.deployment_id.as_str()));
    Ok(Unlinked::UnknownDeployment(near.into_iter().map(str::to_owned).collect()))
}

async fn of_none(
    session: &SessionContext,
    definition: &Definition,
    part: &IncidentPart,
) -> Result<Unlinked, AnalyticsError> {
    let Some(began) = part.began_at else { return Ok(Unlinked::NotCounted) };
    let condition = format!(
        "service_id = {} and is_change_to_production and finished_at <= '{}'",
        literal(&part.service_id),
        began.to_rfc3339()
    );
    let latest = deployments(session, &condition).await?.into_iter().next();
    let is_heuristic_on = definition
        .options()
        .iter()
        .any(|(name, value)| name == "link_heuristic" && value == "true");
    Ok(match latest {
        None => Unlinked::NothingBefore,
        Some(latest) => Unlinked::NothingNamed { latest: Box::new(latest), is_heuristic_on },
    })
}
