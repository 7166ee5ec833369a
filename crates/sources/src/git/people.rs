//! The people, bots and AI agents behind the commits.

use std::collections::BTreeMap;

use milepost_events::tables::{Commit, Identity, Person, PersonKind};
use milepost_events::{Provenance, batch};

use super::authors;
use super::commits::ReadCommit;
use super::references::Tips;
use super::walk::{Reader, new_commits};
use crate::{SourceError, Write};

/// Every author of a new commit. A person's id is their address in lower case.
///
/// # Errors
/// Never for rows that fit their tables.
pub(crate) fn people(
    commits: &[ReadCommit],
    provenance: &Provenance,
) -> Result<Vec<Write>, SourceError> {
    let mut found: BTreeMap<String, (String, PersonKind)> = BTreeMap::new();
    // Oldest first, so that the newest name stays.
    for commit in commits.iter().rev() {
        let author = &commit.row;
        if author.author_email.is_empty() {
            continue;
        }
        let kind = authors::kind(&author.author_name, &author.author_email);
        found.insert(author.author_email.to_lowercase(), (author.author_name.clone(), kind));
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let identities: Vec<Identity> = found
        .keys()
        .map(|email| Identity {
            provider: "git".to_owned(),
            identifier: email.clone(),
            person_id: email.clone(),
            provenance: provenance.clone(),
        })
        .collect();
    let people: Vec<Person> = found
        .into_iter()
        .map(|(person_id, (name, kind))| Person {
            person_id,
            name: Some(name),
            kind: Some(kind),
            role: None,
            hired_on: None,
            left_on: None,
            provenance: provenance.clone(),
        })
        .collect();
    Ok(vec![
        Write::Upsert("people", batch(&people)?),
        Write::Upsert("identities", batch(&identities)?),
    ])
}

/// The names of all commits as a changed mailmap has them, nothing else of them, and the people
/// under their new names.
///
/// # Errors
/// Where a commit can't be read.
pub(crate) fn renamed(
    reader: &Reader<'_>,
    tips: &Tips,
    provenance: &Provenance,
) -> Result<Vec<Write>, SourceError> {
    const NAMES: [&str; 8] = [
        "repository_id",
        "sha",
        "author_name",
        "author_email",
        "committer_name",
        "committer_email",
        "observed_at",
        "basis",
    ];
    let all = new_commits(reader, tips.commits(), &[], |_| {})?;
    let mut writes = people(&all.commits, provenance)?;
    let rows: Vec<Commit> = all.commits.into_iter().map(|commit| commit.row).collect();
    let rows = batch(&rows)?;
    let columns = rows
        .schema()
        .fields()
        .iter()
        .enumerate()
        .filter(|(_, field)| NAMES.contains(&field.name().as_str()))
        .map(|(at, _)| at)
        .collect::<Vec<_>>();
    writes.push(Write::Upsert("commits", rows.project(&columns)?));
    Ok(writes)
}
