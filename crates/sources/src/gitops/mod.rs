//! A configuration repository, whose history holds what ran where: a version of an image that
//! changes in the manifests of an environment is a deployment.
//!
//! The first-parent line is replayed from its beginning ([`history`], [`replay`]); each commit
//! costs what it changed. [`manifests`] and [`values`] say which images a file names,
//! [`environment`] which environment its path is about, [`services`] which service an image is
//! of, and [`revisions`] which commit it was built from.
//!
//! Where anything is new the history is replayed as a whole, so that a read in steps can't differ
//! from one read, and a tag or an alias that came later also counts for what was before.

mod branches;
mod environment;
#[cfg(test)]
mod fuzz;
mod history;
mod image;
mod manifests;
mod remarks;
mod replay;
mod revisions;
mod rows;
mod services;
#[cfg(test)]
mod tests;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use gix::ObjectId;
use milepost_events::{Basis, Provenance, batch};
use serde::{Deserialize, Serialize};

use crate::git::{Application, Context, Reader, Repository, Tips, clone_remarks, digest};
use crate::{Page, Progress, Remark, Source, SourceError, TablePart, Write};
use environment::Environment;
use history::{Deployed, Line, Player, Tally};
pub(crate) use image::reference as image_reference;
use replay::Replay;
use revisions::Revisions;
use rows::{Part, Sorted, rows, sorted};
pub use services::{Catalogue, KnownService};

/// What rows from here name as their source.
const SOURCE: &str = "gitops";
/// Changes with the rules, so that what was read by others is read again.
const RULES: u32 = 1;
/// So many of the missing objects tell whether a clone was completed.
const MISSING_SAMPLE: usize = 16;

/// A configuration repository, nothing of it read yet.
pub struct Configuration {
    repository: Repository,
    repository_id: String,
    observed_at: DateTime<Utc>,
}

/// How far a configuration was read.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Cursor {
    /// Everything that decides what a read gives.
    state: String,
    /// Services that are deployed from here.
    services: Vec<String>,
    /// Oldest commit: what makes it the same repository later.
    root: Option<String>,
    is_shallow: bool,
    /// Some of the contents that were never fetched.
    missing: Vec<String>,
}

impl Configuration {
    /// Opens the repository at `path` or above it. `repository_id` is its name, `None` for the
    /// origin remote's or the folder's; `observed_at` the read's as-of.
    ///
    /// # Errors
    /// Where there is none, it can't be opened, or it has no commit.
    pub fn open(
        path: &Path,
        repository_id: Option<String>,
        observed_at: DateTime<Utc>,
    ) -> Result<Configuration, SourceError> {
        let repository = Repository::open(path)?;
        if Tips::read(&repository, false)?.head.is_none() {
            return Err(SourceError::Empty { path: repository.path });
        }
        let repository_id = repository_id.unwrap_or_else(|| repository.id());
        Ok(Configuration { repository, repository_id, observed_at })
    }

    /// Name under which the cursor is kept.
    pub fn source_name(&self) -> String {
        format!("{SOURCE}:{}", self.repository_id)
    }

    /// Services that the read of that cursor found deployed from here, sorted.
    pub fn services(cursor: Option<&str>) -> Vec<String> {
        parsed(cursor).map(|cursor| cursor.services).unwrap_or_default()
    }

    /// Replays the history where it, or what is known of services, is not as it was at `cursor`;
    /// else `None`. `application` is a repository whose tags and services count before those of
    /// the catalogue.
    ///
    /// # Errors
    /// Where the repository has no commit, names no image, is another than it was, or can't be
    /// read.
    pub fn read(
        self,
        cursor: Option<&str>,
        mut catalogue: Catalogue,
        application: Option<&Application>,
        progress: &Progress,
    ) -> Result<Option<Survey>, SourceError> {
        let before = parsed(cursor);
        let tips = Tips::read(&self.repository, false)?;
        let Some(head) = tips.head else {
            return Err(SourceError::Empty { path: self.repository.path.clone() });
        };
        let branches = branches::environments(&self.repository)?;
        if let Some(application) = application {
            catalogue.take(application);
        }
        let state = self.state(head, &branches, &catalogue, application)?;
        let is_completed = before
            .as_ref()
            .is_some_and(|last| !last.missing.is_empty() && self.repository.has_all(&last.missing));
        if !is_completed && before.as_ref().is_some_and(|last| last.state == state) {
            return Ok(None);
        }
        let context = Context::new(self.repository_id.clone(), self.provenance(), &[]);
        let reader = Reader::new(&self.repository, &context)?;
        let line = Line::read(&reader, head)?;
        let is_shallow = !self.repository.shallow()?.is_empty();
        if let Some(last) = &before {
            self.check_same(last, is_shallow)?;
        }
        let alone = Mutex::new(());
        let mut player = Player::new(&self.repository, &alone);
        let (deployed, replay) = played(&mut player, &reader, &line, branches, progress)?;
        if !replay.iter().any(Replay::has_run) {
            return Err(SourceError::Configuration(self.no_image(&player.tally)));
        }
        let shared = replay.iter().flat_map(Replay::shared_only).collect();
        let sample = player.tally.missing.iter().take(MISSING_SAMPLE).map(ToString::to_string);
        let cursor = Cursor {
            state,
            services: Vec::new(),
            root: line.root().map(str::to_owned),
            is_shallow,
            missing: sample.collect(),
        };
        let tally = player.tally;
        Ok(Some(self.survey(cursor, catalogue, &deployed, shared, &tally)))
    }

    fn survey(
        self,
        mut cursor: Cursor,
        catalogue: Catalogue,
        deployed: &[Deployed],
        shared: BTreeSet<String>,
        tally: &Tally,
    ) -> Survey {
        let Sorted { parts, foreign, ambiguous } = sorted(deployed, &catalogue);
        let mut remarks = clone_remarks(&self.repository);
        remarks.extend(remarks::unread(&self.repository.path.display().to_string(), tally));
        if catalogue.is_empty() {
            let images: BTreeSet<&str> =
                deployed.iter().map(|one| one.brought.image.as_str()).collect();
            remarks.push(remarks::nothing_known(images.len()));
        }
        remarks.extend(remarks::foreign(&foreign, parts.is_empty()));
        remarks.extend(remarks::ambiguous(&ambiguous));
        let is_known =
            |image: &String| matches!(catalogue.service(image), services::Match::Known(_));
        let shared = shared.into_iter().filter(is_known).collect();
        remarks.extend(remarks::shared(&shared));
        let environments: BTreeSet<String> =
            parts.iter().map(|part| part.environment.name.clone()).collect();
        if !parts.is_empty() && !environments.contains("production") {
            remarks.push(remarks::no_production(&environments));
        }
        let services: BTreeSet<&str> =
            parts.iter().map(|part| part.service.service_id.as_str()).collect();
        cursor.services = services.into_iter().map(str::to_owned).collect();
        Survey {
            name: self.source_name(),
            provenance: self.provenance(),
            repository_id: self.repository_id,
            catalogue,
            parts,
            remarks,
            cursor,
        }
    }

    fn state(
        &self,
        head: ObjectId,
        branches: &BTreeMap<Environment, ObjectId>,
        catalogue: &Catalogue,
        application: Option<&Application>,
    ) -> Result<String, SourceError> {
        let application =
            application.map(|application| (&application.repository_id, &application.head));
        let shallow = self.repository.shallow()?;
        let Catalogue { aliases, services, artifacts, tags, commits, resolved: _ } = catalogue;
        Ok(digest(&format!(
            "{RULES} {head} {branches:?} {shallow} {application:?} {aliases:?} {services:?} {artifacts:?} {tags:?} {commits:?}"
        )))
    }

    fn no_image(&self, tally: &Tally) -> String {
        let some: Vec<&str> = tally.files.iter().take(3).map(String::as_str).collect();
        let such =
            if some.is_empty() { String::new() } else { format!(", such as {}", some.join(", ")) };
        format!(
            "no manifest of the configuration repository at {} ever named an image with a tag or digest: {} YAML and JSON files of {} commits were read{such}; what is understood are kustomizations, Helm values, workloads, and applications of Argo CD and Flux",
            self.repository.path.display(),
            tally.files.len(),
            tally.commits,
        )
    }

    /// Refuses to read another repository under the name of one that was read before.
    fn check_same(&self, last: &Cursor, is_shallow: bool) -> Result<(), SourceError> {
        let root = last.root.iter().cloned().collect::<Vec<_>>();
        if last.is_shallow || is_shallow || self.repository.has_all(&root) {
            return Ok(());
        }
        Err(SourceError::Configuration(format!(
            "{} is another configuration repository than the one read as `{}` before; read it with `milepost ingest gitops {} --repository NAME`",
            self.repository.path.display(),
            self.repository_id,
            self.repository.path.display(),
        )))
    }

    fn provenance(&self) -> Provenance {
        Provenance {
            source: SOURCE.to_owned(),
            // The configuration that tells of them, for when it does not any more.
            source_id: Some(self.repository_id.clone()),
            source_url: None,
            observed_at: self.observed_at,
            deleted_at: None,
            basis: Basis::Recorded,
        }
    }
}

/// Replays the line of `HEAD`, or, where its files name no environment and a branch is production,
/// those of the branches that are environments.
fn played(
    player: &mut Player<'_>,
    reader: &Reader<'_>,
    line: &Line,
    branches: BTreeMap<Environment, ObjectId>,
    progress: &Progress,
) -> Result<(Vec<Deployed>, Vec<Replay>), SourceError> {
    let (deployed, replay) = player.play(line, None, progress)?;
    let has_production = branches.keys().any(|environment| environment.name == "production");
    if replay.names_environments() || !has_production {
        return Ok((deployed, vec![replay]));
    }
    let (mut deployed, mut replays) = (Vec::new(), Vec::new());
    for (environment, head) in branches {
        let line = Line::read(reader, head)?;
        let (of_branch, replay) = player.play(&line, Some(environment), progress)?;
        deployed.extend(of_branch);
        replays.push(replay);
    }
    Ok((deployed, replays))
}

fn parsed(cursor: Option<&str>) -> Option<Cursor> {
    // One of another version that can't be understood means: read all again.
    cursor.and_then(|text| serde_json::from_str(text).ok())
}

/// What a configuration deployed, before commits are known.
pub struct Survey {
    name: String,
    repository_id: String,
    provenance: Provenance,
    catalogue: Catalogue,
    parts: Vec<Part>,
    remarks: Vec<Remark>,
    cursor: Cursor,
}

impl Survey {
    /// Services that it deploys, sorted.
    pub fn services(&self) -> &[String] {
        &self.cursor.services
    }

    /// Repositories that its services are built from.
    pub fn repositories(&self) -> BTreeSet<&str> {
        self.parts.iter().map(|part| part.service.repository_id.as_str()).collect()
    }

    /// Finds the commit of each deployment. `commits` are the commits of each repository, sorted.
    ///
    /// # Errors
    /// Never for rows that fit their table.
    pub fn resolve(
        mut self,
        commits: &BTreeMap<String, Vec<String>>,
    ) -> Result<GitopsSource, SourceError> {
        let revisions = Revisions::new(&self.catalogue, commits);
        let rows = rows(&self.parts, &revisions, &self.repository_id, &self.provenance);
        let unresolved = rows.iter().filter(|row| row.sha.is_none());
        let (count, some): (usize, BTreeSet<String>) =
            unresolved.fold((0, BTreeSet::new()), |(count, mut some), row| {
                some.extend(row.r#ref.as_ref().or(row.artifact_digest.as_ref()).cloned());
                (count + 1, some)
            });
        if !self.catalogue.is_empty() {
            self.remarks.extend(remarks::unresolved(count, rows.len(), &some));
        }
        let write = Write::Complete {
            table: "deployments",
            rows: batch(&rows)?,
            source: SOURCE,
            part: TablePart::Is("source_id", self.repository_id),
        };
        let cursor = serde_json::to_string(&self.cursor).ok();
        let page = Page { writes: vec![write], cursor, ..Page::default() };
        Ok(GitopsSource { name: self.name, page: Some(page), remarks: self.remarks })
    }
}

/// Deployments from a configuration repository.
pub struct GitopsSource {
    name: String,
    page: Option<Page>,
    remarks: Vec<Remark>,
}

impl Source for GitopsSource {
    fn name(&self) -> &str {
        &self.name
    }

    fn next_page(&mut self) -> Result<Option<Page>, SourceError> {
        Ok(self.page.take())
    }

    fn remarks(&self) -> Vec<Remark> {
        self.remarks.clone()
    }
}
