//! Owners of services from a repository's CODEOWNERS.
//!
//! Every version of the file along the first-parent line is read ([`history`]), and what it says
//! ([`rules`]) of the files that a service is made of gives its teams ([`mod@owners`]) from the commit
//! on ([`crate::dated`]). The history is replayed as a whole, so that a read in steps can't differ.

mod history;
mod owners;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use milepost_events::tables::ServiceOwner;
use milepost_events::{Basis, EventError, Provenance, Row, batch, table};

use crate::dated::{self, Interval, changes};
use crate::files::TableFile;
use crate::git::{Context, Reader, Repository, Tips};
use crate::{Remark, SourceError};
use history::{History, Version};
use owners::{Part, owners};
use rules::Rules;

/// What rows from here name as their source.
pub const SOURCE: &str = "codeowners";
/// How many lines a remark names.
const NAMED: usize = 5;

/// A repository whose CODEOWNERS is to be read.
pub struct Codeowners {
    repository: Repository,
    repository_id: String,
}

/// A service that is built from the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPart {
    /// Service.
    pub service_id: String,
    /// Paths that are its; empty for all.
    pub include_globs: Vec<String>,
    /// Paths that are not.
    pub exclude_globs: Vec<String>,
}

/// What the lake holds that decides whose a service is.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Services that are built from the repository; where there is none it is its own.
    pub parts: Vec<KnownPart>,
    /// Ids of teams.
    pub teams: Vec<String>,
    /// Owners that an earlier read of the repository gave.
    pub given: Vec<Interval>,
}

/// What the file's history gave.
#[derive(Debug)]
pub struct Owned {
    /// Rows of `service_owners`, none or one file of them.
    pub files: Vec<TableFile>,
    /// What the user should know.
    pub remarks: Vec<Remark>,
}

impl Codeowners {
    /// Opens the repository at `path` or above it. `repository_id` is its name, `None` for the
    /// origin remote's or the folder's.
    ///
    /// # Errors
    /// Where there is none, or it can't be opened.
    pub fn open(path: &Path, repository_id: Option<String>) -> Result<Codeowners, SourceError> {
        let repository = Repository::open(path)?;
        let repository_id = repository_id.unwrap_or_else(|| repository.id());
        Ok(Codeowners { repository, repository_id })
    }

    /// The repository's id in all tables.
    pub fn repository_id(&self) -> &str {
        &self.repository_id
    }

    /// Owners of the repository's services by all versions of the file up to `until`.
    ///
    /// # Errors
    /// Where the repository has no commit or no such file by then, or can't be read.
    pub fn read(
        &self,
        known: &Known,
        until: DateTime<Utc>,
        observed_at: DateTime<Utc>,
    ) -> Result<Owned, SourceError> {
        let Some(head) = Tips::read(&self.repository, false)?.head else {
            return Err(SourceError::Empty { path: self.repository.path.clone() });
        };
        let given = self.provenance(observed_at);
        let context = Context::new(self.repository_id.clone(), given.clone(), &[]);
        let reader = Reader::new(&self.repository, &context)?;
        let alone = Mutex::new(());
        let mut history = History::new(&self.repository, &alone);
        let versions = history.versions(&reader, head, until)?;
        if versions.is_empty() {
            return Err(self.refused(&format!(
                "the git repository at {} has no CODEOWNERS in .github, its root or docs by {}; add one, or name owners in service_owners.csv",
                self.repository.path.display(),
                until.to_rfc3339()
            )));
        }
        let (intervals, remarks) = self.replay(&mut history, &versions, known)?;
        let rows = rows(intervals, known, &given);
        Ok(Owned { files: file(&rows)?, remarks })
    }

    fn replay(
        &self,
        history: &mut History<'_>,
        versions: &[Version],
        known: &Known,
    ) -> Result<(Vec<Interval>, Vec<Remark>), SourceError> {
        let parts = self.parts(known)?;
        let teams = known.teams.iter().map(|id| (id.to_lowercase(), id.clone())).collect();
        let mut so_far = dated::Known::default();
        let mut remarks = Vec::new();
        for version in versions {
            let none = || parts.iter().map(|part| (part.service_id.clone(), BTreeSet::new()));
            let mut now: BTreeMap<String, BTreeSet<String>> = none().collect();
            remarks.clear();
            if let Some(blob) = version.blob {
                let Some(text) = history.text(blob)? else {
                    remarks.push(self.unread());
                    continue;
                };
                let rules = Rules::parse(&text);
                now = owners(&parts, &rules, &history.paths(version.tree)?, &teams);
                remarks.extend(self.passed_over(&rules));
            }
            let changes = changes(&so_far, &now, version.at);
            keep(&mut so_far, changes);
        }
        Ok((so_far.intervals, remarks))
    }

    fn parts(&self, known: &Known) -> Result<Vec<Part>, SourceError> {
        if known.parts.is_empty() {
            let own = Part::new(&self.repository_id, &[], &[]);
            return Ok(own.into_iter().collect());
        }
        let part = |part: &KnownPart| {
            Part::new(&part.service_id, &part.include_globs, &part.exclude_globs).map_err(
                |reason| {
                    self.refused(&format!(
                        "the paths of the service `{}`: {reason}",
                        part.service_id
                    ))
                },
            )
        };
        known.parts.iter().map(part).collect()
    }

    /// Tells of the lines that the newest version has in vain.
    fn passed_over(&self, rules: &Rules) -> Option<Remark> {
        let (number, reason) = rules.invalid.first()?;
        let more: Vec<String> = rules
            .invalid
            .iter()
            .skip(1)
            .take(NAMED)
            .map(|(number, _)| number.to_string())
            .collect();
        let also = match more.as_slice() {
            [] => String::new(),
            lines => format!("; as are lines such as {}", lines.join(", ")),
        };
        let text = format!(
            "line {number} of CODEOWNERS of {} is passed over: {reason}{also}",
            self.repository_id
        );
        Some(Remark { text, is_gap: false })
    }

    fn unread(&self) -> Remark {
        let text = format!(
            "CODEOWNERS of {} is not read, since it has 3 MB or more, is no text, or was never fetched",
            self.repository_id
        );
        Remark { text, is_gap: true }
    }

    fn refused(&self, text: &str) -> SourceError {
        SourceError::Configuration(text.to_owned())
    }

    fn provenance(&self, observed_at: DateTime<Utc>) -> Provenance {
        Provenance {
            source: SOURCE.to_owned(),
            // The repository that tells of them, for when it does not any more.
            source_id: Some(self.repository_id.clone()),
            source_url: None,
            observed_at,
            deleted_at: None,
            basis: Basis::Recorded,
        }
    }
}

/// Takes over what a version begins and ends.
fn keep(known: &mut dated::Known, changes: Vec<Interval>) {
    for change in changes {
        known.intervals.retain(|one| key(one) != key(&change));
        known.intervals.push(change);
    }
}

fn key(interval: &Interval) -> (&str, &str, DateTime<Utc>) {
    (&interval.subject, &interval.object, interval.valid_from)
}

/// The rows of all intervals, and of those that an earlier read gave and this one does not.
fn rows(intervals: Vec<Interval>, known: &Known, given: &Provenance) -> Vec<ServiceOwner> {
    let gone = known.given.iter().filter(|one| !intervals.iter().any(|now| key(now) == key(one)));
    let deleted = Provenance { deleted_at: Some(given.observed_at), ..given.clone() };
    let gone: Vec<ServiceOwner> = gone.map(|one| row(one.clone(), deleted.clone())).collect();
    let now = intervals.into_iter().map(|one| row(one, given.clone()));
    now.chain(gone).collect()
}

fn row(interval: Interval, provenance: Provenance) -> ServiceOwner {
    ServiceOwner {
        service_id: interval.subject,
        team_id: interval.object,
        valid_from: interval.valid_from,
        valid_to: interval.valid_to,
        provenance,
    }
}

fn file(rows: &[ServiceOwner]) -> Result<Vec<TableFile>, EventError> {
    let Some(table) = table(ServiceOwner::TABLE).filter(|_| !rows.is_empty()) else {
        return Ok(Vec::new());
    };
    let (path, rejected) = (PathBuf::new(), Vec::new());
    Ok(vec![TableFile { path, table, rows: batch(rows)?, rejected, duplicates_count: 0 }])
}
