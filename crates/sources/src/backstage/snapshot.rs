//! All entities of a call, and what the lake calls those that they name.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::documents::{Document, documents};
use super::entity::Entity;
use super::reference::Reference;
use super::{Known, SERVICE_ID};
use crate::files::{Rejected, place};

/// Entities by their keys, each described once.
#[derive(Default)]
pub(super) struct Snapshot {
    pub(super) components: BTreeMap<String, Entity>,
    pub(super) groups: BTreeMap<String, Entity>,
    pub(super) users: BTreeMap<String, Entity>,
    /// How many of a kind, or of a type of component, were not read.
    pub(super) unread: BTreeMap<String, usize>,
    /// Keys of entities that were described more than once; the last description counts.
    pub(super) again: Vec<String>,
    pub(super) refused: Vec<(PathBuf, Rejected)>,
}

impl Snapshot {
    /// Takes the entities of one file. Of components only those of the types, where any is named.
    pub(super) fn take(&mut self, path: &Path, content: &[u8], types: &[String]) {
        for document in documents(content) {
            let Document { line, raw, node } = document;
            match node.and_then(|node| Entity::read(&node)) {
                Ok(entity) => self.keep(entity, types),
                Err(reason) => {
                    let one = Rejected { table_name: String::new(), line, reason, record: raw };
                    self.refused.push((place(path), one));
                }
            }
        }
    }

    fn keep(&mut self, entity: Entity, types: &[String]) {
        let kind = entity.reference.kind.to_lowercase();
        let entities = match kind.as_str() {
            "component" => {
                let own = entity.text(&["spec", "type"]).unwrap_or_default();
                if !types.is_empty() && !types.iter().any(|name| name.eq_ignore_ascii_case(&own)) {
                    *self.unread.entry(format!("Component of type {own}")).or_default() += 1;
                    return;
                }
                &mut self.components
            }
            "group" => &mut self.groups,
            "user" => &mut self.users,
            _ => {
                *self.unread.entry(entity.reference.kind).or_default() += 1;
                return;
            }
        };
        let key = entity.reference.key();
        if entities.insert(key.clone(), entity).is_some() {
            self.again.push(key);
        }
    }

    pub(super) fn names<'a>(&'a self, known: &'a Known) -> Names<'a> {
        Names { snapshot: self, known, services: known.services_by_alias() }
    }
}

/// What tables call entities.
pub(super) struct Names<'a> {
    snapshot: &'a Snapshot,
    known: &'a Known,
    services: HashMap<String, &'a str>,
}

impl Names<'_> {
    /// The service that a component is: the one that it names itself, the one that an alias from
    /// elsewhere names, or the one that bears its name.
    pub(super) fn service(&self, component: &Entity) -> String {
        let named = component.annotation(SERVICE_ID);
        let key = component.reference.key();
        let path = key.split_once(':').map_or(key.as_str(), |(_, path)| path);
        let id = component.reference.id().to_lowercase();
        let names = [key.as_str(), path, &id];
        let aliased = || names.iter().find_map(|name| self.services.get(*name).copied());
        named.or_else(aliased).map_or_else(|| component.reference.id(), str::to_owned)
    }

    /// The team that a group is.
    pub(super) fn team(&self, group: &Reference) -> String {
        // A group that is described says how its name is written.
        let described = self.snapshot.groups.get(&group.key());
        described.map_or_else(
            || {
                let read = self.known.teams.get(&group.key());
                read.cloned().unwrap_or_else(|| group.id())
            },
            |entity| entity.reference.id(),
        )
    }

    /// The person that a user is: the one behind the address, else behind the login, else one that
    /// is known by the user's name alone.
    pub(super) fn person(&self, user: &Reference) -> String {
        let key = user.key();
        let Some(entity) = self.snapshot.users.get(&key) else {
            return self.known.person("backstage", &key).map_or(key, |(_, person)| person);
        };
        if let Some(email) = email(entity) {
            return self.known.person("git", &email).map_or(email, |(_, person)| person);
        }
        let login = login(entity).and_then(|login| self.known.person("github", login));
        login.map_or(key, |(_, person)| person)
    }
}

/// The user's address in lower case, as git's people have it.
pub(super) fn email(user: &Entity) -> Option<String> {
    let email = user.text(&["spec", "profile", "email"])?.to_lowercase();
    (email.contains('@') && !email.contains(char::is_whitespace)).then_some(email)
}

/// The user's login at GitHub.
pub(super) fn login(user: &Entity) -> Option<&str> {
    user.annotation("github.com/user-login")
}
