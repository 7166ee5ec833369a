//! Finding repositories, and which of the lake's they are.
//!
//! A repository is told by its number. Its name may change, and another may take the old one.

use std::collections::HashMap;

use arrow::array::RecordBatch;
use chrono::{DateTime, Utc};
use milepost_events::tables::Repository;
use milepost_events::{Basis, Provenance, batch};
use serde_json::Value;

use super::client::{Client, Failed};
use super::lists::all;
use super::rows::SOURCE;
use crate::network::fields::Fields;
use crate::{SourceError, Write};

/// A repository as GitHub tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRepository {
    /// Its number, which never changes.
    pub number: String,
    /// `owner/name` as it is now.
    pub full_name: String,
    /// Page that shows it.
    pub url: Option<String>,
    /// Where git fetches it from.
    pub clone_url: Option<String>,
    /// Short name of its default branch.
    pub default_branch: Option<String>,
    /// Size of its history in KiB, as GitHub counts it.
    pub size_kib: Option<i64>,
    /// When it was created; UTC.
    pub created_at: Option<DateTime<Utc>>,
}

/// The repositories of one GitHub that the lake has.
#[derive(Debug, Clone, Default)]
pub struct KnownRepositories {
    /// Ids in the lake by number.
    pub ids: HashMap<String, String>,
}

impl KnownRepositories {
    /// The id that the repository has in all tables: the one it was first read under, even where
    /// it was renamed; else `host/owner/name`, unless that is another one's, which was renamed or
    /// deleted: then with its number.
    pub fn id(&self, host: &str, repository: &FoundRepository) -> String {
        if let Some(id) = self.ids.get(&repository.number) {
            return id.clone();
        }
        let id = format!("{host}/{}", repository.full_name);
        match self.ids.values().any(|known| *known == id) {
            true => format!("{id}~{}", repository.number),
            false => id,
        }
    }
}

impl FoundRepository {
    /// Its row, without what only its history tells.
    ///
    /// # Errors
    /// Never for rows that fit their table.
    pub fn write(
        &self,
        repository_id: &str,
        observed_at: DateTime<Utc>,
    ) -> Result<Write, SourceError> {
        let name = self.full_name.rsplit('/').next().unwrap_or(&self.full_name);
        let rows = batch(&[Repository {
            repository_id: repository_id.to_owned(),
            name: name.to_owned(),
            url: self.url.clone(),
            default_branch: self.default_branch.clone(),
            head_sha: None,
            provenance: Provenance {
                source: SOURCE.to_owned(),
                source_id: Some(self.number.clone()),
                source_url: self.url.clone(),
                observed_at,
                deleted_at: None,
                basis: Basis::Recorded,
            },
        }])?;
        Ok(Write::Upsert("repositories", without(&rows, "head_sha")?))
    }

    fn read(record: &Value) -> Result<FoundRepository, String> {
        let record = Fields(record);
        let full_name = record.needed("full_name")?;
        // It becomes a folder's name.
        let is_whole = full_name.split_once('/').is_some_and(|(a, b)| is_name(a) && is_name(b));
        if !is_whole {
            return Err(format!("`full_name` is no owner/name: {full_name}"));
        }
        Ok(FoundRepository {
            number: record.needed("id")?,
            full_name,
            url: record.text("html_url")?,
            clone_url: record.text("clone_url")?,
            default_branch: record.text("default_branch")?,
            size_kib: record.integer("size")?,
            created_at: record.instant("created_at")?,
        })
    }
}

fn without(rows: &RecordBatch, column: &str) -> Result<RecordBatch, SourceError> {
    let others: Vec<usize> = rows
        .schema()
        .fields()
        .iter()
        .enumerate()
        .filter(|(_, field)| field.name() != column)
        .map(|(at, _)| at)
        .collect();
    Ok(rows.project(&others)?)
}

/// True for what may be a part of a repository's name.
fn is_name(part: &str) -> bool {
    !matches!(part, "" | "." | "..")
        && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// True for `owner/name` and `owner/*`.
pub fn is_repository_name(name: &str) -> bool {
    let parts = name.split_once('/');
    parts.is_some_and(|(owner, name)| is_name(owner) && (name == "*" || is_name(name)))
}

/// The repositories that `name` means.
///
/// # Errors
/// Where there is none, or it can't be asked for.
pub(super) fn find(client: &Client, name: &str) -> Result<Vec<FoundRepository>, Failed> {
    let broken =
        |why: String| Failed::Refused(format!("sent a repository that can't be read: {why}"));
    let (owner, repository) = match name.split_once('/') {
        Some((owner, "*")) if is_name(owner) => (owner, None),
        Some((owner, repository)) if is_name(owner) && is_name(repository) => {
            (owner, Some(repository))
        }
        _ => {
            let why = "has no such name: write owner/name, or owner/* for all of an owner";
            return Err(Failed::Refused(why.to_owned()));
        }
    };
    if let Some(repository) = repository {
        let record = client.json(&format!("/repos/{owner}/{repository}"))?;
        return Ok(vec![FoundRepository::read(&record).map_err(broken)?]);
    }
    let records = match all(client, &format!("/orgs/{owner}/repos?per_page=100"), None) {
        Err(Failed::Missing) => all(client, &format!("/users/{owner}/repos?per_page=100"), None)?,
        records => records?,
    };
    let own = records.iter().filter(|record| record["fork"] != Value::Bool(true));
    let mut found =
        own.map(FoundRepository::read).collect::<Result<Vec<_>, _>>().map_err(broken)?;
    found.sort_by(|a, b| a.full_name.cmp(&b.full_name));
    found.dedup();
    match found.is_empty() {
        true => Err(Failed::Refused("shows no repository of that owner but forks".to_owned())),
        false => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(number: &str, full_name: &str) -> FoundRepository {
        FoundRepository {
            number: number.to_owned(),
            full_name: full_name.to_owned(),
            url: None,
            clone_url: None,
            default_branch: None,
            size_kib: None,
            created_at: None,
        }
    }

    #[test]
    fn a_renamed_repository_keeps_its_id_and_its_successor_gets_another() {
        let ids = [("7".to_owned(), "github.com/acme/shop".to_owned())].into();
        let known = KnownRepositories { ids };
        assert_eq!(known.id("github.com", &found("7", "acme/store")), "github.com/acme/shop");
        assert_eq!(known.id("github.com", &found("8", "acme/shop")), "github.com/acme/shop~8");
        assert_eq!(known.id("github.com", &found("9", "acme/new")), "github.com/acme/new");
    }
}
