//! Components as services, what they are built from, and every other name they go by.

use std::collections::{BTreeMap, BTreeSet};

use milepost_events::Provenance;
use milepost_events::tables::{Service, ServiceAlias, ServiceRepository};

use super::entity::Entity;
use super::marks::Marks;
use super::places::place;
use super::snapshot::{Names, Snapshot};
use super::{Known, provenance};

/// Annotations that name the service in other systems, with what those are called.
const ELSEWHERE: [(&str, &str); 5] = [
    ("argocd/app-name", "argocd"),
    ("backstage.io/kubernetes-id", "kubernetes"),
    ("jenkins.io/job-full-name", "jenkins"),
    ("pagerduty.com/service-id", "pagerduty"),
    ("sentry.io/project-slug", "sentry"),
];

/// Who owns a service.
#[derive(Debug, Default)]
pub(super) struct Owners {
    pub(super) teams: BTreeSet<String>,
    /// Owners that are no groups, such as users.
    pub(super) others: Vec<String>,
    /// Owners that can't be told, because they stand elsewhere or are no names.
    pub(super) unreadable: Vec<String>,
}

/// What components give.
#[derive(Default)]
pub(super) struct Services {
    pub(super) services: Vec<Service>,
    pub(super) repositories: Vec<ServiceRepository>,
    pub(super) aliases: Vec<ServiceAlias>,
    /// Names that several services go by, which therefore mean none.
    pub(super) ambiguous: BTreeSet<String>,
    /// By service.
    pub(super) owners: BTreeMap<String, Owners>,
    /// Services that no location of the catalogue describes any more.
    pub(super) orphans: Vec<String>,
}

pub(super) fn services(
    snapshot: &Snapshot,
    names: &Names<'_>,
    known: &Known,
    given: &Provenance,
) -> Services {
    let mut found = Services::default();
    let mut aliases: BTreeMap<(&str, String), BTreeMap<String, &Entity>> = BTreeMap::new();
    for component in snapshot.components.values() {
        let service_id = names.service(component);
        let given = provenance(given, component);
        found.services.push(service(component, &service_id, &given));
        if let Some(place) = place(component) {
            let repository_id = known.repository(&place.repository_id);
            found.repositories.push(ServiceRepository {
                service_id: service_id.clone(),
                repository_id,
                include_globs: place.folder.map(|folder| vec![format!("{folder}/**")]),
                exclude_globs: None,
                tag_prefix: None,
                provenance: given,
            });
        }
        for (provider, alias) in other_names(component, &service_id) {
            aliases.entry((provider, alias)).or_default().insert(service_id.clone(), component);
        }
        if component.annotation("backstage.io/orphan") == Some("true") {
            found.orphans.push(service_id.clone());
        }
        found.owners.insert(service_id, owners(component, names));
    }
    let ids: BTreeSet<&str> = found.services.iter().map(|row| row.service_id.as_str()).collect();
    for ((provider, alias), services) in aliases {
        let is_service = ids.contains(alias.as_str());
        match services.iter().next() {
            Some((service_id, component)) if services.len() == 1 && !is_service => {
                found.aliases.push(ServiceAlias {
                    provider: provider.to_owned(),
                    alias,
                    service_id: service_id.clone(),
                    provenance: provenance(given, component),
                });
            }
            _ if services.len() > 1 => drop(found.ambiguous.insert(alias)),
            _ => {}
        }
    }
    found
}

fn service(component: &Entity, service_id: &str, given: &Provenance) -> Service {
    let marks = Marks::of(component);
    let name = component.title.clone().unwrap_or_else(|| component.reference.name.clone());
    Service {
        service_id: service_id.to_owned(),
        name: Some(name),
        tier: marks.tier,
        language: marks.language,
        lifecycle: component.text(&["spec", "lifecycle"]),
        system: system(component),
        clouds: marks.clouds,
        compliance_tags: marks.compliance_tags,
        created_at: None,
        production_since: None,
        retired_at: None,
        provenance: given.clone(),
    }
}

fn system(component: &Entity) -> Option<String> {
    let written = component.text(&["spec", "system"])?;
    let reference = component.refers(&written, "system");
    Some(reference.map_or_else(|written| written, |reference| reference.id()))
}

/// Every name but the service's own, with the system that uses it.
fn other_names(component: &Entity, service_id: &str) -> BTreeSet<(&'static str, String)> {
    let reference = &component.reference;
    let key = reference.key();
    let mut own = vec![key.clone(), reference.id()];
    own.extend(key.split_once(':').map(|(_, path)| path.to_owned()));
    own.extend(component.title.clone());
    if reference.is_in_default() {
        own.push(format!("component:{}", reference.name.to_lowercase()));
    }
    let own = own.into_iter().map(|name| ("backstage", name));
    let elsewhere = ELSEWHERE
        .iter()
        .filter_map(|(name, provider)| Some((*provider, component.annotation(name)?.to_owned())));
    own.chain(elsewhere).filter(|(_, name)| name != service_id).collect()
}

fn owners(component: &Entity, names: &Names<'_>) -> Owners {
    let mut named: Vec<_> = component.related("ownedBy").into_iter().map(Ok).collect();
    if named.is_empty()
        && let Some(owner) = component.text(&["spec", "owner"])
    {
        named.push(component.refers(&owner, "group"));
    }
    let mut owners = Owners::default();
    for owner in named {
        match owner {
            Ok(owner) if owner.is("group") => drop(owners.teams.insert(names.team(&owner))),
            Ok(owner) => owners.others.push(owner.key()),
            Err(written) => owners.unreadable.push(written),
        }
    }
    owners
}
