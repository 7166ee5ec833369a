//! Capabilities that services use, as annotations of their components show it: which template a
//! component was made from, which documentation or dashboards it has.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use milepost_events::tables::{AdoptionStatus, CapabilityAdoption, Service};
use milepost_events::{Provenance, Row as _};
use regex::Regex;

use super::Known;
use super::entity::Entity;
use super::snapshot::{Names, Snapshot};
use crate::dated::Interval;

/// Between a capability and its version in what is compared: no name holds it.
pub const BETWEEN: char = '\u{1f}';
/// Group of a pattern that holds the version.
const VERSION: &str = "version";

/// An annotation that shows the use of a capability; with several all must be there.
#[derive(Debug, Clone)]
pub struct AnnotationRule {
    /// Capability.
    pub capability_id: String,
    /// Annotation's name.
    pub annotation: String,
    /// What its value must match, with the version in a group of that name; `None` for any value.
    pub value: Option<Regex>,
}

/// The capabilities with their versions that each service uses.
pub(super) fn uses(
    snapshot: &Snapshot,
    names: &Names<'_>,
    rules: &[AnnotationRule],
) -> BTreeMap<String, BTreeSet<String>> {
    let mut of_capabilities: BTreeMap<&str, Vec<&AnnotationRule>> = BTreeMap::new();
    for rule in rules {
        of_capabilities.entry(&rule.capability_id).or_default().push(rule);
    }
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for component in snapshot.components.values() {
        let of_service = uses.entry(names.service(component)).or_default();
        for (capability, rules) in &of_capabilities {
            let shown: Option<Vec<String>> =
                rules.iter().map(|rule| rule.shown(component)).collect();
            let Some(versions) = shown else { continue };
            let version = versions.into_iter().find(|version| !version.is_empty());
            of_service.insert(format!("{capability}{BETWEEN}{}", version.unwrap_or_default()));
        }
    }
    uses
}

impl AnnotationRule {
    /// The version that a component shows, empty where none; `None` where it shows no use.
    fn shown(&self, component: &Entity) -> Option<String> {
        let value = component.annotation(&self.annotation)?;
        let Some(pattern) = &self.value else { return Some(String::new()) };
        let groups = pattern.captures(value)?;
        Some(groups.name(VERSION).map_or_else(String::new, |group| group.as_str().to_owned()))
    }
}

/// A use that begins with this read, where an earlier one has seen the service without it: it was
/// not always so. Where nothing was ever seen of the capability, nobody has looked for it before.
pub(super) fn dated(one: Interval, known: &Known, at: DateTime<Utc>) -> Interval {
    let capability = |object: &str| object.split(BETWEEN).next().map(str::to_owned);
    let is_first = one.valid_from == DateTime::UNIX_EPOCH && one.valid_to.is_none();
    let was_seen = known
        .given
        .iter()
        .any(|given| given.table == Service::TABLE && given.key.first() == Some(&one.subject));
    let was_asked = known
        .uses
        .intervals
        .iter()
        .any(|other| capability(&other.object) == capability(&one.object));
    match is_first && was_seen && was_asked {
        true => Interval { valid_from: at, ..one },
        false => one,
    }
}

/// The row of a use that began or ended.
pub(super) fn row(one: Interval, given: &Provenance) -> CapabilityAdoption {
    let (capability_id, version) = one.object.split_once(BETWEEN).unwrap_or((&one.object, ""));
    CapabilityAdoption {
        capability_id: capability_id.to_owned(),
        version: Some(version.to_owned()).filter(|version| !version.is_empty()),
        evidence: Some("annotations of the catalogue".to_owned()),
        service_id: one.subject,
        valid_from: one.valid_from,
        valid_to: one.valid_to,
        status: Some(AdoptionStatus::Adopted),
        reason: None,
        // Somebody's rule says what an annotation means.
        provenance: Provenance { basis: milepost_events::Basis::Inferred, ..given.clone() },
    }
}
