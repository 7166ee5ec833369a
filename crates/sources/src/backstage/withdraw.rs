//! What components gave earlier and do not give any more, such as a repository that a service was
//! built from.

use std::collections::BTreeSet;

use milepost_events::tables::{Service, ServiceAlias, ServiceRepository};
use milepost_events::{Provenance, Row};

use super::services::Services;
use super::snapshot::Snapshot;
use super::{Given, Known};

/// Takes back the rows of components that are in the snapshot, and gives the services that are
/// none of theirs any more.
pub(super) fn withdraw(
    found: &mut Services,
    snapshot: &Snapshot,
    known: &Known,
    given: &Provenance,
) -> Vec<String> {
    let stays = keys(found);
    let is_gone = |one: &&Given| {
        snapshot.components.contains_key(&one.entity)
            && !stays.contains(&(one.table.clone(), one.key.clone()))
    };
    let mut services = Vec::new();
    for one in known.given.iter().filter(is_gone) {
        let provenance = Provenance {
            source_id: Some(one.entity.clone()),
            deleted_at: Some(given.observed_at),
            ..given.clone()
        };
        match (one.table.as_str(), one.key.as_slice()) {
            (Service::TABLE, [service_id]) => {
                services.push(service_id.clone());
                found.services.push(service(service_id, provenance));
            }
            (ServiceRepository::TABLE, [service_id, repository_id]) => {
                found.repositories.push(ServiceRepository {
                    service_id: service_id.clone(),
                    repository_id: repository_id.clone(),
                    include_globs: None,
                    exclude_globs: None,
                    tag_prefix: None,
                    provenance,
                });
            }
            (ServiceAlias::TABLE, [provider, alias]) => found.aliases.push(ServiceAlias {
                provider: provider.clone(),
                alias: alias.clone(),
                service_id: String::new(),
                provenance,
            }),
            _ => {}
        }
    }
    services
}

/// Keys of all that is given now, with their tables.
fn keys(found: &Services) -> BTreeSet<(String, Vec<String>)> {
    let services = found.services.iter().map(|row| (Service::TABLE, vec![row.service_id.clone()]));
    let repositories = found.repositories.iter().map(|row| {
        (ServiceRepository::TABLE, vec![row.service_id.clone(), row.repository_id.clone()])
    });
    let aliases = found
        .aliases
        .iter()
        .map(|row| (ServiceAlias::TABLE, vec![row.provider.clone(), row.alias.clone()]));
    let all = services.chain(repositories).chain(aliases);
    all.map(|(table, key)| (table.to_owned(), key)).collect()
}

fn service(service_id: &str, provenance: Provenance) -> Service {
    Service {
        service_id: service_id.to_owned(),
        name: None,
        tier: None,
        language: None,
        lifecycle: None,
        system: None,
        clouds: None,
        compliance_tags: None,
        created_at: None,
        production_since: None,
        retired_at: None,
        provenance,
    }
}
