//! Groups as teams, and users as people and members of them.

use std::collections::{BTreeMap, BTreeSet};

use milepost_events::Provenance;
use milepost_events::tables::{Identity, Person, Team};

use super::entity::Entity;
use super::provenance;
use super::reference::Reference;
use super::snapshot::{Names, Snapshot, email, login};
use super::{BackstageError, Known};
use crate::git::person_kind;

/// What groups and users give.
#[derive(Default)]
pub(super) struct Teams {
    pub(super) teams: Vec<Team>,
    pub(super) people: Vec<Person>,
    pub(super) identities: Vec<Identity>,
    /// All members of each team, as far as the snapshot can tell.
    pub(super) members: BTreeMap<String, BTreeSet<String>>,
}

/// # Errors
/// Where groups are each other's parents in a circle.
pub(super) fn teams(
    snapshot: &Snapshot,
    names: &Names<'_>,
    known: &Known,
    given: &Provenance,
) -> Result<Teams, BackstageError> {
    let parents = parents(snapshot, names);
    if let Some(circle) = circle(&parents) {
        return Err(BackstageError::Circle { path: circle.join(" → ") });
    }
    let mut found = Teams { members: members(snapshot, names, known), ..Teams::default() };
    for group in snapshot.groups.values() {
        let team_id = group.reference.id();
        let display = group.text(&["spec", "profile", "displayName"]);
        let name = display.or_else(|| group.title.clone());
        found.teams.push(Team {
            parent_team_id: parents.get(&team_id).cloned(),
            team_id,
            name: Some(name.unwrap_or_else(|| group.reference.name.clone())),
            provenance: provenance(given, group),
        });
    }
    for user in snapshot.users.values() {
        let person = person(user, names, &provenance(given, user));
        found.identities.extend(identities(user, &person, known));
        found.people.push(person);
    }
    Ok(found)
}

/// The team above each one that has one.
fn parents(snapshot: &Snapshot, names: &Names<'_>) -> BTreeMap<String, String> {
    let mut parents = BTreeMap::new();
    for group in snapshot.groups.values() {
        let mut above = group.related("childOf");
        above.extend(refers(group, group.text(&["spec", "parent"]).as_slice(), "group"));
        if let Some(parent) = above.first() {
            parents.insert(group.reference.id(), names.team(parent));
        }
    }
    // What a group says of those below it counts where they say nothing themselves.
    for group in snapshot.groups.values() {
        let mut below = group.related("parentOf");
        below.extend(refers(
            group,
            &group.list(&["spec", "children"]).unwrap_or_default(),
            "group",
        ));
        for child in below {
            parents.entry(names.team(&child)).or_insert_with(|| group.reference.id());
        }
    }
    parents
}

/// The first circle there is, from its first team back to it.
fn circle(parents: &BTreeMap<String, String>) -> Option<Vec<&str>> {
    for start in parents.keys() {
        let mut path = vec![start.as_str()];
        while let Some(parent) = path.last().and_then(|team| parents.get(*team)) {
            path.push(parent);
            if parent == start {
                return Some(path);
            }
            // A circle that does not lead back to this one is found from a team in it.
            if path.len() > parents.len() + 1 {
                break;
            }
        }
    }
    None
}

/// The members of each team. Who is in a group stands with the group or with the users; where
/// neither was read, those that are known stay.
fn members(
    snapshot: &Snapshot,
    names: &Names<'_>,
    known: &Known,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut members: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut told = BTreeSet::new();
    for group in snapshot.groups.values() {
        let listed = group.list(&["spec", "members"]);
        let team_id = group.reference.id();
        if group.has_relations() || listed.is_some() || !snapshot.users.is_empty() {
            told.insert(team_id.clone());
        }
        let mut users = group.related("hasMember");
        users.extend(refers(group, &listed.unwrap_or_default(), "user"));
        members.entry(team_id).or_default().extend(users.iter().map(|user| names.person(user)));
    }
    for user in snapshot.users.values() {
        let mut groups = user.related("memberOf");
        let written = user.list(&["spec", "memberOf"]).unwrap_or_default();
        groups.extend(refers(user, &written, "group"));
        for group in groups {
            members.entry(names.team(&group)).or_default().insert(names.person(&user.reference));
        }
    }
    for interval in known.members.intervals.iter().filter(|one| one.valid_to.is_none()) {
        if !told.contains(&interval.subject)
            && let Some(members) = members.get_mut(&interval.subject)
        {
            members.insert(interval.object.clone());
        }
    }
    members.retain(|team, members| told.contains(team) || !members.is_empty());
    members
}

fn refers(entity: &Entity, texts: &[String], kind: &str) -> Vec<Reference> {
    texts.iter().filter_map(|text| entity.refers(text, kind).ok()).collect()
}

fn person(user: &Entity, names: &Names<'_>, given: &Provenance) -> Person {
    let display = user.text(&["spec", "profile", "displayName"]);
    let name = display.or_else(|| user.title.clone());
    let name = name.unwrap_or_else(|| user.reference.name.clone());
    Person {
        person_id: names.person(&user.reference),
        kind: Some(person_kind(&name, &email(user).unwrap_or_default())),
        name: Some(name),
        role: None,
        hired_on: None,
        left_on: None,
        provenance: given.clone(),
    }
}

/// The names under which other systems know a user. A name that is known in another case keeps it.
fn identities(user: &Entity, person: &Person, known: &Known) -> Vec<Identity> {
    let own = [
        Some(("backstage", user.reference.key())),
        email(user).map(|email| ("git", email)),
        login(user).map(|login| ("github", login.to_owned())),
    ];
    let identity = |(provider, identifier): (&str, String)| Identity {
        provider: provider.to_owned(),
        identifier: known.person(provider, &identifier).map_or(identifier, |(name, _)| name),
        person_id: person.person_id.clone(),
        provenance: person.provenance.clone(),
    };
    own.into_iter().flatten().map(identity).collect()
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn a_circle_is_a_path_from_a_team_back_to_it() {
        let parents = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        let ring = parents(&[("a", "c"), ("b", "a"), ("c", "b"), ("into", "b"), ("x", "home")]);
        assert_eq!(circle(&ring), Some(vec!["a", "c", "b", "a"]));
        assert_eq!(circle(&parents(&[("self", "self")])), Some(vec!["self", "self"]));
        let late = parents(&[("a", "b"), ("b", "c"), ("c", "b")]);
        assert_eq!(circle(&late), Some(vec!["b", "c", "b"]));
        assert_eq!(circle(&parents(&[("a", "b"), ("b", "c")])), None);
    }
}
