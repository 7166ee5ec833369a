//! What of an incident counts, and which deployment it shows to have failed.

use std::collections::HashMap;

use milepost_events::tables::LinkMethod;
use regex::Regex;

use super::classify::Classified;
use super::inputs::{Incident, Services};
use crate::definition::severity;
use crate::{AnalyticsError, Definition};

const SECOND: i64 = 1_000_000;

/// An incident and what became of it.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) incident: Incident,
    /// Why metrics leave it out; `None` where they count it.
    pub(crate) exclusion: Option<&'static str>,
    pub(crate) link: Option<Link>,
    pub(crate) restore_seconds: Option<i64>,
    pub(crate) flags: Vec<&'static str>,
}

/// A deployment that an incident shows to have failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) deployment_id: String,
    pub(crate) method: LinkMethod,
}

/// Decides what of incidents counts.
pub(crate) struct Judge<'a> {
    definition: &'a Definition,
    production: Regex,
    lowest_severity: Option<u32>,
    services: &'a Services,
    /// Service of every deployment.
    deployed: HashMap<&'a str, &'a str>,
}

impl<'a> Judge<'a> {
    /// # Errors
    /// Where the definition can't be used.
    pub(crate) fn new(
        definition: &'a Definition,
        services: &'a Services,
        deployed: HashMap<&'a str, &'a str>,
    ) -> Result<Judge<'a>, AnalyticsError> {
        Ok(Judge {
            definition,
            production: definition.production()?,
            lowest_severity: definition.lowest_severity()?,
            services,
            deployed,
        })
    }

    /// Judges an incident by itself and the deployments of its service.
    pub(crate) fn judge(&self, incident: &Incident, deployments: &[&Classified]) -> Judged {
        let mut flags = Vec::new();
        let exclusion = self.exclusion(incident, deployments, &mut flags);
        let is_linked = !matches!(exclusion, Some("not_production" | "below_min_severity"));
        let link = is_linked.then(|| self.link(incident, deployments, &mut flags)).flatten();
        let restore_seconds = match (incident.began_at, incident.resolved_at) {
            (Some(began), Some(resolved)) if resolved >= began => {
                Some((resolved - began).div_euclid(SECOND))
            }
            _ => None,
        };
        Judged { incident: incident.clone(), exclusion, link, restore_seconds, flags }
    }

    fn is_in_production(&self, incident: &Incident) -> bool {
        incident.environment.as_deref().is_none_or(|name| self.production.is_match(name))
    }

    /// True where the incident can show that a deployment failed.
    pub(crate) fn can_blame(&self, incident: &Incident) -> bool {
        let rank = incident.severity.as_deref().and_then(severity::rank);
        let is_grave =
            self.lowest_severity.is_none_or(|lowest| rank.is_none_or(|rank| rank <= lowest));
        !incident.is_external && is_grave && self.is_in_production(incident)
    }

    fn exclusion(
        &self,
        incident: &Incident,
        deployments: &[&Classified],
        flags: &mut Vec<&'static str>,
    ) -> Option<&'static str> {
        if !self.is_in_production(incident) {
            return Some("not_production");
        }
        if let Some(lowest) = self.lowest_severity {
            match incident.severity.as_deref().and_then(severity::rank) {
                Some(rank) if rank > lowest => return Some("below_min_severity"),
                Some(_) => {}
                None => flags.push("severity_unknown"),
            }
        }
        let is_known = !deployments.is_empty() || self.services.lists(&incident.service_id);
        if !is_known {
            flags.push("service_unknown");
            return Some("service_unknown");
        }
        let Some(began) = incident.began_at else {
            return Some("start_unknown");
        };
        if incident.resolved_at.or(incident.ended_at).is_some_and(|end| end < began) {
            flags.push("resolved_before_opened");
            return Some("resolved_before_opened");
        }
        None
    }

    fn link(
        &self,
        incident: &Incident,
        deployments: &[&Classified],
        flags: &mut Vec<&'static str>,
    ) -> Option<Link> {
        if incident.is_external {
            return None;
        }
        let near = of_environment(incident, deployments);
        if let Some(cause) = incident.caused_by.as_deref() {
            let named =
                named(cause, incident, &near).or_else(|| named(cause, incident, deployments));
            match named {
                Some(one) => {
                    if incident.began_at.is_some_and(|began| began < one.attempt.at) {
                        flags.push("began_before_deployment");
                    }
                    return Some(link(one, LinkMethod::Explicit));
                }
                None => {
                    let of_other = self.deployed.get(cause);
                    let is_others = of_other.is_some_and(|name| *name != incident.service_id);
                    flags.push(match is_others {
                        true => "linked_to_other_service",
                        false => "linked_deployment_unknown",
                    });
                    // Somebody did name a deployment: time must not name another.
                    if is_others {
                        return None;
                    }
                }
            }
        }
        if !self.definition.link_heuristic {
            return None;
        }
        let began = incident.began_at?;
        let window = self.definition.heuristic_window.num_seconds().saturating_mul(SECOND);
        let last = near
            .iter()
            .rfind(|one| one.is_change_to_production && one.attempt.at <= began)
            .filter(|one| began - one.attempt.at <= window)?;
        flags.push("linked_by_time");
        Some(link(last, LinkMethod::Heuristic))
    }
}

fn link(one: &Classified, method: LinkMethod) -> Link {
    Link { deployment_id: one.id().to_owned(), method }
}

/// The deployments to the incident's own production environment, where it names one that has any;
/// else all: a record may call it by another name.
fn of_environment<'d>(incident: &Incident, deployments: &[&'d Classified]) -> Vec<&'d Classified> {
    let of = |one: &Classified| one.attempt.environment.as_deref().map(str::to_lowercase);
    let named = incident.environment.as_deref().map(str::to_lowercase);
    let mut near = deployments.to_vec();
    if named.is_some() && deployments.iter().any(|one| of(one) == named) {
        near.retain(|one| of(one) == named);
    }
    near
}

/// The deployment that the incident's record names: by id, else the last one before it of that
/// commit or version.
fn named<'d>(
    cause: &str,
    incident: &Incident,
    deployments: &[&'d Classified],
) -> Option<&'d Classified> {
    let by_id = deployments.iter().find(|one| one.kind.is_some() && one.is_named(cause));
    if let Some(one) = by_id {
        return Some(one);
    }
    let cause = cause.to_lowercase();
    let is_id = cause.len() >= 7 && cause.bytes().all(|byte| byte.is_ascii_hexdigit());
    let version = |name: &str| {
        let name = name.to_lowercase();
        name.trim_start_matches("refs/tags/").trim_start_matches('v').to_owned()
    };
    let mut named = deployments
        .iter()
        .filter(|one| one.kind.is_some())
        .filter(|one| incident.began_at.is_none_or(|began| one.attempt.at <= began))
        .filter(|one| {
            let sha = one.attempt.sha.as_deref();
            (is_id && sha.is_some_and(|sha| sha.starts_with(&cause)))
                || one.attempt.from.as_deref().is_some_and(|from| version(from) == version(&cause))
        });
    let last = named.clone().next_back();
    // Deploying the same again broke nothing that it had not broken before.
    named.rfind(|one| one.is_change_to_production).or(last).copied()
}
