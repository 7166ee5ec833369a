//! What could have shown failures, and incidents that lead nowhere.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::prelude::SessionContext;
use serde::Deserialize;

use super::MetricState;
use super::ask::{ask, one};
use super::finding::{Finding, Severity, counted, listed};
use super::near;
use crate::AnalyticsError;

pub(super) async fn findings(
    session: &SessionContext,
    metrics: &[MetricState],
) -> Result<Vec<Finding>, AnalyticsError> {
    let mut findings = Vec::from_iter(failure_source(session, metrics).await?);
    findings.extend(unknown_services(session).await?);
    findings.extend(lost_links(session).await?);
    Ok(findings)
}

#[derive(Default, Deserialize)]
struct Sources {
    services: i64,
    without: i64,
}

const SOURCES: &str = "select count(*) as services,
       count(case when not coalesce(s.has_failure_source, false) then 1 end) as without
from subject_status s
join (select distinct service_id from classified_deployments where kind is not null) d
  on d.service_id = s.subject_id
where s.subject_kind = 'service'";

async fn failure_source(
    session: &SessionContext,
    metrics: &[MetricState],
) -> Result<Option<Finding>, AnalyticsError> {
    let row: Sources = one(session, SOURCES).await?;
    if row.without == 0 {
        return Ok(None);
    }
    let blind: Vec<&str> = metrics
        .iter()
        .filter(|metric| metric.needs_failures)
        .map(|metric| metric.name.as_str())
        .collect();
    let message = format!(
        "nothing could have shown a failure of {}: no incident is known, and no rollback, fix or deployed revert, so {} have no value",
        match (row.without, row.services) {
            (1, 1) => "the service".to_owned(),
            (without, all) if without == all => format!("any of the {all} services"),
            (without, all) => format!("{without} of the {all} services"),
        },
        listed(blind)
    );
    let severity = if row.without == row.services { Severity::Problem } else { Severity::Remark };
    let finding = Finding::new("no_failure_source", severity, row.without, message);
    Ok(Some(finding.suggest("`milepost ingest files incidents.csv` adds incidents")))
}

#[derive(Deserialize)]
struct Unknown {
    service_id: String,
    incidents: i64,
    first: String,
}

const UNKNOWN: &str = "select service_id, count(distinct incident_id) as incidents,
       min(incident_id) as first
from classified_incidents
where array_has(quality_flags, 'service_unknown')
group by service_id order by incidents desc, service_id";

async fn unknown_services(session: &SessionContext) -> Result<Vec<Finding>, AnalyticsError> {
    #[derive(Deserialize)]
    struct Service {
        service_id: String,
    }
    let unknown: Vec<Unknown> = ask(session, UNKNOWN).await?;
    if unknown.is_empty() {
        return Ok(Vec::new());
    }
    let known: Vec<Service> =
        ask(session, "select service_id from known_services order by service_id").await?;
    let of = |row: &Unknown| {
        let message = format!(
            "{} of `{}`, which was never deployed and which no catalogue knows, so {} to no deployment",
            counted(row.incidents, "incidents"),
            row.service_id,
            if row.incidents == 1 { "it leads" } else { "they lead" }
        );
        let finding =
            Finding::new("incident_of_unknown_service", Severity::Problem, row.incidents, message)
                .about(&row.service_id)
                .with_examples([row.first.clone()]);
        let names = known.iter().map(|service| service.service_id.as_str());
        let near = near::nearest(&row.service_id, names);
        match near.is_empty() {
            true => finding.suggest(
                "say in service_aliases.csv which service that is (`milepost services --unmatched` lists all such names)",
            ),
            false => finding.suggest(format!("did the incidents mean {}?", listed(near))),
        }
    };
    Ok(unknown.iter().map(of).collect())
}

#[derive(Deserialize)]
struct Link {
    incident_id: String,
    service_id: String,
    named: String,
    other_service: Option<String>,
    is_linked: bool,
}

const LINKS: &str = "select i.incident_id, i.service_id, i.caused_by_deployment_id as named,
       min(d.service_id) as other_service,
       bool_or(i.linked_deployment_id is not null) as is_linked
from classified_incidents i
left join classified_deployments d on d.deployment_id = i.caused_by_deployment_id
where i.caused_by_deployment_id is not null
  and (i.linked_deployment_id is not null or array_has(i.quality_flags, 'linked_deployment_unknown')
       or array_has(i.quality_flags, 'linked_to_other_service'))
group by i.incident_id, i.service_id, i.caused_by_deployment_id
order by i.incident_id, i.service_id";

/// Incidents that name a deployment which is not known, or is of another service alone.
async fn lost_links(session: &SessionContext) -> Result<Vec<Finding>, AnalyticsError> {
    let links: Vec<Link> = ask(session, LINKS).await?;
    // One incident of several services names a deployment of one of them.
    let linked: BTreeSet<&str> =
        links.iter().filter(|link| link.is_linked).map(|link| link.incident_id.as_str()).collect();
    let lost = links.iter().filter(|link| !linked.contains(link.incident_id.as_str()));
    let (other, unknown): (Vec<&Link>, Vec<&Link>) =
        lost.partition(|link| link.other_service.is_some());
    let mut findings = Vec::new();
    if !unknown.is_empty() {
        let count = incidents(&unknown);
        let message = format!(
            "{} {} a deployment that is not known, which links {} to none",
            counted(count, "incidents"),
            if count == 1 { "names" } else { "name" },
            if count == 1 { "it" } else { "them" }
        );
        let examples =
            unknown.iter().map(|link| format!("{} names {}", link.incident_id, link.named));
        let finding =
            Finding::new("incident_names_unknown_deployment", Severity::Problem, count, message)
                .with_examples(examples);
        findings.push(finding.suggest(known_ids(session, unknown[0]).await?));
    }
    if !other.is_empty() {
        let count = incidents(&other);
        let message = format!(
            "{} {} a deployment of another service, which links {} to none",
            counted(count, "incidents"),
            if count == 1 { "names" } else { "name" },
            if count == 1 { "it" } else { "them" }
        );
        let examples = other.iter().map(|link| {
            let of = link.other_service.as_deref().unwrap_or_default();
            format!("{} of {} names {} of {of}", link.incident_id, link.service_id, link.named)
        });
        let finding = Finding::new("incident_of_other_service", Severity::Problem, count, message)
            .with_examples(examples);
        findings.push(finding.suggest(
            "add a row of the incident for that service: an incident has one row for each it impairs",
        ));
    }
    Ok(findings)
}

fn incidents(links: &[&Link]) -> i64 {
    let ids: BTreeMap<&str, ()> =
        links.iter().map(|link| (link.incident_id.as_str(), ())).collect();
    ids.len() as i64
}

/// The ids that deployments of the incident's service have.
async fn known_ids(session: &SessionContext, link: &Link) -> Result<String, AnalyticsError> {
    #[derive(Deserialize)]
    struct Deployment {
        deployment_id: String,
    }
    let sql = format!(
        "select distinct deployment_id from deployments
         where deleted_at is null and service_id = {} order by deployment_id limit 5000",
        super::ask::literal(&link.service_id)
    );
    let deployments: Vec<Deployment> = ask(session, &sql).await?;
    let ids: Vec<&str> = deployments.iter().map(|one| one.deployment_id.as_str()).collect();
    let near = near::nearest(&link.named, ids.iter().copied());
    Ok(match (near.is_empty(), ids.last()) {
        (false, _) => format!("near `{}` is {}", link.named, listed(near)),
        (true, Some(last)) => {
            format!("deployments of `{}` have ids such as `{last}`", link.service_id)
        }
        (true, None) => format!("there is no deployment of `{}` at all", link.service_id),
    })
}
