//! Who is who: which of the ids that sources give are of one person. No I/O.
//!
//! Each source names people in its own way: git by address, GitHub by login, a catalogue by its own
//! name. What two of them say of one identifier makes them one person, whatever the order in which
//! they were read.

use std::collections::BTreeMap;

/// A row of `identities`, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// System that the identifier is from.
    pub provider: String,
    /// Login or address.
    pub identifier: String,
    /// Person that the source says is behind it.
    pub person_id: String,
}

/// The one id of each person, by every id that sources have for them, in lower case.
///
/// Two ids are one person's where one address is said to be of both, where one of them is an address
/// that is said to be of the other, or where GitHub made an address up for a login. Of several ids the one counts that says most: one that
/// was given by hand, then an address, then an address that a host made up, then a login; among
/// equals the first by alphabet.
pub fn who_is_who(claims: &[Claim]) -> BTreeMap<String, String> {
    let mut groups = Groups::default();
    for claim in claims {
        let (person, identifier) =
            (claim.person_id.to_lowercase(), claim.identifier.to_lowercase());
        let node = match identifier.contains('@') {
            // Whoever names it, an address is one person's.
            true => identifier,
            false => format!("{}\0{identifier}", claim.provider),
        };
        groups.join(&person, &node);
        if let Some(login) = login_within(&node) {
            groups.join(&node, &format!("github\0{login}"));
        }
        groups.persons.push(claim.person_id.clone());
    }
    groups.ids()
}

/// The login that an address tells which GitHub made up for it:
/// `<digits>+<login>@users.noreply.github.com`, the digits only since 2017.
fn login_within(address: &str) -> Option<&str> {
    let local = address.strip_suffix("@users.noreply.github.com")?;
    Some(local.split_once('+').map_or(local, |(_, login)| login))
}

/// Sets of ids that belong together, each under one of its members.
#[derive(Default)]
struct Groups {
    above: BTreeMap<String, String>,
    persons: Vec<String>,
}

impl Groups {
    fn top(&self, id: &str) -> String {
        let mut top = id;
        while let Some(above) = self.above.get(top) {
            top = above;
        }
        top.to_owned()
    }

    fn join(&mut self, one: &str, other: &str) {
        let (one, other) = (self.top(one), self.top(other));
        match one.cmp(&other) {
            std::cmp::Ordering::Less => _ = self.above.insert(other, one),
            std::cmp::Ordering::Greater => _ = self.above.insert(one, other),
            std::cmp::Ordering::Equal => {}
        }
    }

    fn ids(self) -> BTreeMap<String, String> {
        let mut best: BTreeMap<String, &String> = BTreeMap::new();
        for person in &self.persons {
            let top = self.top(&person.to_lowercase());
            best.entry(top)
                .and_modify(|id| {
                    if (rank(person), person) < (rank(id), id) {
                        *id = person;
                    }
                })
                .or_insert(person);
        }
        let persons = self.persons.iter().map(|person| person.to_lowercase());
        persons.map(|person| (person.clone(), best[&self.top(&person)].clone())).collect()
    }
}

/// How little an id says of a person.
fn rank(id: &str) -> u8 {
    match (id.contains('@'), id.contains(':')) {
        (false, false) => 0,
        (true, _) if !id.contains("noreply") => 1,
        (true, _) => 2,
        (false, true) => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(provider: &str, identifier: &str, person_id: &str) -> Claim {
        let text = str::to_owned;
        Claim { provider: text(provider), identifier: text(identifier), person_id: text(person_id) }
    }

    #[test]
    fn an_address_that_two_sources_name_makes_their_people_one() {
        let claims = [
            claim("git", "ann@acme.test", "ann@acme.test"),
            claim("git", "7+ann@users.noreply.github.com", "7+ann@users.noreply.github.com"),
            claim("github", "Ann", "github:ann"),
            claim("github_email", "ann@acme.test", "github:ann"),
            claim("github", "bo", "github:bo"),
        ];
        let mut reversed = claims.to_vec();
        reversed.reverse();
        for claims in [&claims[..], &reversed] {
            let ids = who_is_who(claims);
            for own in ["ann@acme.test", "github:ann", "7+ann@users.noreply.github.com"] {
                assert_eq!(ids[own], "ann@acme.test");
            }
            assert_eq!(ids["github:bo"], "github:bo");
        }
    }

    #[test]
    fn an_id_that_was_given_by_hand_counts_most() {
        let ids = who_is_who(&[
            claim("git", "ann@acme.test", "ann@acme.test"),
            claim("hr", "ann@acme.test", "E1042"),
        ]);
        assert_eq!(ids["ann@acme.test"], "E1042");
        assert_eq!(ids["e1042"], "E1042");
    }

    #[test]
    fn one_login_of_two_systems_is_two_people() {
        let ids =
            who_is_who(&[claim("github", "ann", "github:ann"), claim("jira", "ann", "jira:ann")]);
        assert_eq!(ids["github:ann"], "github:ann");
        assert_eq!(ids["jira:ann"], "jira:ann");
    }
}
