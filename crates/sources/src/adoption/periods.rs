//! From files that show the use of capabilities to periods of use.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use milepost_events::Provenance;
use milepost_events::tables::{AdoptionStatus, CapabilityAdoption};
use serde::{Deserialize, Serialize};

use super::Step;
use super::rules::{Rules, version_order};
use super::trees::Changed;

/// What is known after a commit.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct State {
    /// For each rule the files that show what it asks for, with their versions.
    shown: Vec<BTreeMap<String, Option<String>>>,
    /// Periods that go on.
    open: Vec<Open>,
    /// When the last commit was made. Clocks go wrong, but no period ends before it begins.
    at: Option<DateTime<Utc>>,
}

/// A period that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Open {
    service_id: String,
    capability_id: String,
    valid_from: DateTime<Utc>,
    is_whole: bool,
    version: Option<String>,
    evidence: String,
}

/// What the files show of a service and a capability.
#[derive(Debug, PartialEq, Eq)]
struct Use {
    is_whole: bool,
    version: Option<String>,
    /// The first file that shows it.
    path: String,
}

/// Rows of the table, by what makes them one.
pub(super) struct Rows {
    provenance: Provenance,
    rows: BTreeMap<(String, String, DateTime<Utc>), CapabilityAdoption>,
}

impl Rows {
    pub(super) fn new(provenance: Provenance) -> Rows {
        Rows { provenance, rows: BTreeMap::new() }
    }

    fn keep(&mut self, period: &Open, valid_to: Option<DateTime<Utc>>) {
        let row = CapabilityAdoption {
            service_id: period.service_id.clone(),
            capability_id: period.capability_id.clone(),
            valid_from: period.valid_from,
            status: Some(match period.is_whole {
                true => AdoptionStatus::Adopted,
                false => AdoptionStatus::Partial,
            }),
            reason: None,
            version: period.version.clone(),
            valid_to,
            evidence: Some(period.evidence.clone()),
            provenance: self.provenance.clone(),
        };
        let key = (row.service_id.clone(), row.capability_id.clone(), row.valid_from);
        self.rows.insert(key, row);
    }

    pub(super) fn into_rows(self) -> Vec<CapabilityAdoption> {
        self.rows.into_values().collect()
    }
}

impl State {
    pub(super) fn new(rules: &Rules) -> State {
        State { shown: vec![BTreeMap::new(); rules.instances.len()], ..State::default() }
    }

    /// When the last commit was made.
    pub(super) fn at(&self) -> Option<DateTime<Utc>> {
        self.at
    }

    /// Takes in what a commit changed.
    pub(super) fn step(
        &mut self,
        step: &Step,
        changes: Vec<Changed>,
        rules: &Rules,
        rows: &mut Rows,
    ) {
        self.take(changes, rules);
        // A commit whose time can't be read is as old as the one before it.
        let Some(at) = step.at.max(self.at) else { return };
        self.at = Some(at);
        for (service, scope) in rules.services.iter().enumerate() {
            for (capability, wanted) in rules.capabilities.iter().enumerate() {
                let found = self.found(service, capability, rules).map(|found| Open {
                    service_id: scope.service_id.clone(),
                    capability_id: wanted.capability_id.clone(),
                    valid_from: at,
                    is_whole: found.is_whole,
                    version: found.version,
                    evidence: format!("{}@{}", found.path, step.sha),
                });
                let place = self.open.iter().position(|open| {
                    open.service_id == scope.service_id
                        && open.capability_id == wanted.capability_id
                });
                self.turn(place, found, at, rows);
            }
        }
    }

    fn take(&mut self, changes: Vec<Changed>, rules: &Rules) {
        for (path, content) in changes {
            for (instance, shown) in rules.instances.iter().zip(&mut self.shown) {
                if !instance.names(&path) {
                    continue;
                }
                match content.as_ref().and_then(|content| instance.shown(content)) {
                    Some(version) => drop(shown.insert(path.clone(), version)),
                    None => drop(shown.remove(&path)),
                }
            }
        }
    }

    /// What the files show of a service and a capability; `None` where it does not use it.
    fn found(&self, service: usize, capability: usize, rules: &Rules) -> Option<Use> {
        let scope = &rules.services[service];
        let mut met = vec![false; rules.capabilities[capability].rules];
        let mut files: Vec<(&String, &Option<String>)> = Vec::new();
        for (instance, shown) in rules.instances.iter().zip(&self.shown) {
            let is_asked = instance.capability == capability
                && instance.service.is_none_or(|own| own == service);
            // A rule that names the service is about it wherever the file is.
            let counts =
                |path: &str| instance.service.is_some() || scope.has(path, rules.is_shared(path));
            for (path, version) in shown.iter().filter(|(path, _)| is_asked && counts(path)) {
                met[instance.rule] = true;
                files.push((path, version));
            }
        }
        let first = files.iter().map(|(path, _)| (*path).clone()).min()?;
        let versions = files.iter().filter_map(|(_, version)| version.as_deref());
        let oldest = versions.min_by(|one, other| version_order(Some(one), Some(other)));
        Some(Use {
            is_whole: met.iter().all(|is_met| *is_met),
            version: oldest.map(str::to_owned),
            path: first,
        })
    }

    /// Ends the period in that place where it does not go on, and begins another.
    fn turn(
        &mut self,
        place: Option<usize>,
        found: Option<Open>,
        at: DateTime<Utc>,
        rows: &mut Rows,
    ) {
        if let Some(place) = place {
            let open = &self.open[place];
            if found.as_ref().is_some_and(|found| open.goes_on_as(found)) {
                return;
            }
            rows.keep(open, Some(at));
            self.open.remove(place);
        }
        if let Some(found) = found {
            rows.keep(&found, None);
            self.open.push(found);
        }
    }
}

impl Open {
    fn goes_on_as(&self, next: &Open) -> bool {
        self.is_whole == next.is_whole && self.version == next.version
    }
}
