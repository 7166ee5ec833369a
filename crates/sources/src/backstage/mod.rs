//! The catalogue of Backstage: descriptors as they stand in repositories, or entities as its API
//! gives them.
//!
//! A [`Snapshot`](snapshot) holds all entities of a call. Components become services
//! ([`mod@services`]), groups and users teams and people ([`mod@teams`]). Who owns what and who is in which
//! team is dated by comparing snapshots ([`crate::dated`]). Nothing that an entity names is fetched
//! or executed, and nothing here knows the lake.

mod documents;
mod entity;
mod find;
mod marks;
mod places;
mod reference;
mod services;
mod snapshot;
mod teams;
#[cfg(test)]
mod tests;
mod uses;
mod withdraw;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use arrow::array::RecordBatch;
use chrono::{DateTime, Utc};
use milepost_events::tables::{RejectedRecord, ServiceOwner, TeamMember};
use milepost_events::{Basis, EventError, Provenance, Row, batch, table};

use crate::Remark;
use crate::dated::{self, Interval, changes};
use crate::files::{FilesError, Rejected, TableFile, content, shown};
use entity::Entity;
use services::{Owners, Services};
use snapshot::Snapshot;
pub use uses::{AnnotationRule, BETWEEN};
use withdraw::withdraw;

/// Name of the source, also in the provenance of its rows.
pub const SOURCE: &str = "backstage";
/// Annotation with which a component says which service it is.
const SERVICE_ID: &str = "milepost/service-id";
/// How many names a remark gives.
const NAMED: usize = 5;

/// A catalogue that can't be taken. Nothing of the whole call may be kept then.
#[derive(Debug, thiserror::Error)]
pub enum BackstageError {
    /// Groups that are each other's parents: give one of them another.
    #[error("groups are each other's parents in a circle: {path}; give one of them another parent")]
    Circle {
        /// From a group back to it.
        path: String,
    },
    /// A file or folder can't be read.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// Rows do not fit their table: a fault of the program.
    #[error(transparent)]
    Event(#[from] EventError),
}

/// What the lake holds that decides what entities mean.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Names of services, each with its service, that others than this source gave.
    pub aliases: Vec<(String, String)>,
    /// Ids of repositories by their lower case.
    repositories: HashMap<String, String>,
    /// Teams by the keys of the groups they were read from.
    pub teams: HashMap<String, String>,
    /// Identifier and person by provider and the identifier's lower case.
    identities: HashMap<(String, String), (String, String)>,
    /// Rows about services that this source gives.
    pub given: Vec<Given>,
    /// Owners of services that this source gave.
    pub owners: dated::Known,
    /// Members of teams that this source gave.
    pub members: dated::Known,
    /// What shows that a service uses a capability.
    pub rules: Vec<AnnotationRule>,
    /// Uses of capabilities that this source gave: the capability, [`BETWEEN`] and the version.
    pub uses: dated::Known,
}

/// A row that an entity gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Table.
    pub table: String,
    /// Key of the entity, such as `component:default/payments`.
    pub entity: String,
    /// The row's key, in the order of the table's.
    pub key: Vec<String>,
}

impl Known {
    fn services_by_alias(&self) -> HashMap<String, &str> {
        self.aliases
            .iter()
            .map(|(alias, service)| (alias.to_lowercase(), service.as_str()))
            .collect()
    }

    /// Adds a repository.
    pub fn with_repository(&mut self, id: &str) {
        self.repositories.insert(id.to_lowercase(), id.to_owned());
    }

    /// Adds an identity and the person behind it.
    pub fn with_identity(&mut self, provider: &str, identifier: &str, person_id: &str) {
        let key = (provider.to_owned(), identifier.to_lowercase());
        self.identities.insert(key, (identifier.to_owned(), person_id.to_owned()));
    }

    /// The repository's id as it is known, whatever its case.
    fn repository(&self, id: &str) -> String {
        self.repositories.get(&id.to_lowercase()).map_or_else(|| id.to_owned(), Clone::clone)
    }

    /// The identifier as it is known, whatever its case, and the person behind it.
    fn person(&self, provider: &str, identifier: &str) -> Option<(String, String)> {
        self.identities.get(&(provider.to_owned(), identifier.to_lowercase())).cloned()
    }
}

/// What a catalogue gave.
#[derive(Debug)]
pub struct Catalogue {
    /// Rows, each key once, and the entities that are none.
    pub files: Vec<TableFile>,
    /// What the user should know.
    pub remarks: Vec<Remark>,
}

/// Reads the entities of files, of the descriptors below folders, and of the standard input (`-`).
/// `types` are those of components to be taken; without any all are.
///
/// # Errors
/// Where a path can't be read, or groups are each other's parents in a circle. Then nothing of the
/// call is taken.
pub fn read(
    paths: &[PathBuf],
    types: &[String],
    known: &Known,
    observed_at: DateTime<Utc>,
) -> Result<Catalogue, BackstageError> {
    let mut snapshot = Snapshot::default();
    for path in paths {
        for file in find::files(path)? {
            snapshot.take(&file, &content(&file)?, types);
        }
    }
    rows(snapshot, known, observed_at)
}

fn rows(
    snapshot: Snapshot,
    known: &Known,
    observed_at: DateTime<Utc>,
) -> Result<Catalogue, BackstageError> {
    let given = Provenance {
        source: SOURCE.to_owned(),
        source_id: None,
        source_url: None,
        observed_at,
        deleted_at: None,
        basis: Basis::Recorded,
    };
    let names = snapshot.names(known);
    let teams = teams::teams(&snapshot, &names, known, &given)?;
    let mut services = services::services(&snapshot, &names, known, &given);
    let remarks = remarks(&snapshot, &services, known, observed_at);
    let mut owned: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (service_id, owners) in std::mem::take(&mut services.owners) {
        if owners.unreadable.is_empty() {
            owned.entry(service_id).or_default().extend(owners.teams);
        }
    }
    let mut used = uses::uses(&snapshot, &names, &known.rules);
    for service_id in withdraw(&mut services, &snapshot, known, &given) {
        used.entry(service_id.clone()).or_default();
        owned.entry(service_id).or_default();
    }
    let uses = changes(&known.uses, &used, observed_at).into_iter();
    let uses = uses.map(|one| uses::row(uses::dated(one, known, observed_at), &given));
    let uses: Vec<_> = uses.collect();
    let owners = changes(&known.owners, &owned, observed_at);
    let members = changes(&known.members, &teams.members, observed_at);
    let owner = |one: Interval| ServiceOwner {
        service_id: one.subject,
        team_id: one.object,
        valid_from: one.valid_from,
        valid_to: one.valid_to,
        provenance: given.clone(),
    };
    let member = |one: Interval| TeamMember {
        team_id: one.subject,
        person_id: one.object,
        valid_from: one.valid_from,
        valid_to: one.valid_to,
        provenance: given.clone(),
    };
    let mut files = Vec::new();
    keep(&mut files, &services.services)?;
    keep(&mut files, &services.repositories)?;
    keep(&mut files, &services.aliases)?;
    keep(&mut files, &teams.teams)?;
    keep(&mut files, &teams.people)?;
    keep(&mut files, &teams.identities)?;
    keep(&mut files, &owners.into_iter().map(owner).collect::<Vec<_>>())?;
    keep(&mut files, &members.into_iter().map(member).collect::<Vec<_>>())?;
    keep(&mut files, &uses)?;
    files.extend(refusals(snapshot.refused));
    Ok(Catalogue { files, remarks })
}

/// The provenance of an entity's rows.
fn provenance(given: &Provenance, entity: &Entity) -> Provenance {
    Provenance {
        source_id: Some(entity.reference.key()),
        source_url: entity.annotation("backstage.io/view-url").map(str::to_owned),
        ..given.clone()
    }
}

fn keep<R: Row>(files: &mut Vec<TableFile>, rows: &[R]) -> Result<(), BackstageError> {
    if let (Some(table), false) = (table(R::TABLE), rows.is_empty()) {
        let (path, rejected) = (PathBuf::new(), Vec::new());
        files.push(TableFile { path, table, rows: batch(rows)?, rejected, duplicates_count: 0 });
    }
    Ok(())
}

/// Entities that are none, a file each.
fn refusals(refused: Vec<(PathBuf, Rejected)>) -> Vec<TableFile> {
    let mut by_path: BTreeMap<PathBuf, Vec<Rejected>> = BTreeMap::new();
    for (path, one) in refused {
        by_path.entry(path).or_default().push(one);
    }
    let Some(table) = table(RejectedRecord::TABLE) else {
        return Vec::new();
    };
    let file = |(path, rejected)| {
        let rows = RecordBatch::new_empty(table.schema.clone());
        TableFile { path, table, rows, rejected, duplicates_count: 0 }
    };
    by_path.into_iter().map(file).collect()
}

fn remarks(
    snapshot: &Snapshot,
    services: &Services,
    known: &Known,
    observed_at: DateTime<Utc>,
) -> Vec<Remark> {
    let mut texts = Vec::new();
    if !snapshot.unread.is_empty() {
        let count: usize = snapshot.unread.values().sum();
        let kinds = named(snapshot.unread.keys().map(String::as_str));
        texts.push(format!("{count} entities are not read: {kinds}"));
    }
    if !snapshot.again.is_empty() {
        let keys = named(snapshot.again.iter().map(String::as_str));
        texts.push(format!("described more than once, the last description counts: {keys}"));
    }
    let owned = |of: fn(&Owners) -> &Vec<String>| -> Vec<String> {
        let all = services.owners.iter();
        all.flat_map(|(service, owners)| {
            of(owners).iter().map(move |owner| format!("{service} by {owner}"))
        })
        .collect()
    };
    let others = owned(|owners| &owners.others);
    if !others.is_empty() {
        let owned = named(others.iter().map(String::as_str));
        texts.push(format!("owned by what is no group, and so by no team: {owned}"));
    }
    let unreadable = owned(|owners| &owners.unreadable);
    if !unreadable.is_empty() {
        let owned = named(unreadable.iter().map(String::as_str));
        texts.push(format!("owners that can't be told, so that they stay as they were: {owned}"));
    }
    if !services.ambiguous.is_empty() {
        let names = named(services.ambiguous.iter().map(String::as_str));
        texts.push(format!("names of several services, which therefore mean none: {names}"));
    }
    if !services.orphans.is_empty() {
        let orphans = named(services.orphans.iter().map(String::as_str));
        texts.push(format!(
            "described by no location any more (orphans): {orphans}; where a service is gone, \
             give its `retired_at` in services.csv"
        ));
    }
    let both = [&known.owners, &known.members];
    if let Some(later) = both.iter().find(|known| !known.is_before(observed_at)) {
        let later = later.last_snapshot_at.map(|at| at.to_rfc3339()).unwrap_or_default();
        texts.push(format!(
            "owners and members stay as they were read as of {later}, which is later than this read"
        ));
    }
    texts.into_iter().map(|text| Remark { text, is_gap: false }).collect()
}

/// The first names, with commas between, and how many more there are.
fn named<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let mut listed: Vec<String> = names.take(NAMED).map(|name| shown(name, 80)).collect();
    if more > 0 {
        listed.push(format!("and {more} more"));
    }
    listed.join(", ")
}
