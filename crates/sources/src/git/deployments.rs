//! Deployments that nobody recorded, deduced from release tags or from the branch.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use gix::ObjectId;
use globset::GlobBuilder;
use milepost_events::Provenance;
use milepost_events::tables::{Deployment, Outcome, Service, ServiceRepository};

use super::commits::instant;
use super::references::Tag;
use super::tags::{VersionTag, declared, stable};
use super::walk::{NewCommits, Reader};
use crate::SourceError;

/// What to take for a deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum DeploymentsFrom {
    /// Stable version tags.
    #[default]
    VersionTags,
    /// Tags that match a pattern; `*` matches also across `/`.
    Tags(String),
    /// Every change of the default branch's first-parent line.
    Branch,
}

/// Deployments and the services they are of.
#[derive(Default)]
pub(crate) struct Inferred {
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) services: Vec<Service>,
    pub(crate) service_repositories: Vec<ServiceRepository>,
}

/// A service within the repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    service_id: String,
    /// Tag prefix and folder; `None` for the repository's own service.
    prefix: Option<String>,
}

/// Who the rows are about and where they come from.
pub(crate) struct Origin<'a> {
    pub(crate) repository_id: &'a str,
    pub(crate) provenance: &'a Provenance,
    /// Services that the catalogue maps tag prefixes to, prefix first.
    pub(crate) tag_prefixes: &'a [(String, String)],
    /// Services whose deployments are known from elsewhere: tags give none of them.
    pub(crate) deployed_elsewhere: &'a [String],
}

/// Checks a tag pattern before anything is read.
///
/// # Errors
/// Where it is no pattern or matches no tag.
pub(crate) fn check(from: &DeploymentsFrom, tags: &[Tag]) -> Result<(), SourceError> {
    if let DeploymentsFrom::Tags(pattern) = from {
        let names: Vec<String> = tags.iter().map(|tag| tag.name.clone()).collect();
        matching(&names, pattern, "")?;
    }
    Ok(())
}

/// Deployments from tags.
///
/// # Errors
/// Where a pattern matches no tag, or a tag or tree can't be read.
pub(crate) fn from_tags(
    reader: &Reader<'_>,
    new: &NewCommits,
    tags: &[Tag],
    pattern: Option<&str>,
    origin: &Origin<'_>,
) -> Result<Inferred, SourceError> {
    let names: Vec<String> = tags.iter().map(|tag| tag.name.clone()).collect();
    let own_name = origin.repository_id.rsplit('/').next().unwrap_or(origin.repository_id);
    let chosen = match pattern {
        Some(pattern) => matching(&names, pattern, own_name)?,
        None => stable(&names, own_name),
    };
    let mut parts = BTreeMap::new();
    let mut deployments = Vec::with_capacity(chosen.len());
    for (at, version) in chosen {
        let tag = &tags[at];
        let part = part_of(reader, tag, &version, origin)?;
        if !origin.deployed_elsewhere.contains(&part.service_id) {
            deployments.push(deployment(
                origin,
                format!("{}@{}", part.service_id, tag.name),
                &part.service_id,
                tag.commit,
                &tag.name,
                tagged_at(reader, new, tag)?,
            ));
        }
        parts.insert(part.service_id.clone(), part);
    }
    Ok(inferred(origin, parts, deployments))
}

/// The services that version tags tell of; the repository's own where they tell of none.
///
/// # Errors
/// Where a tree can't be read.
pub(crate) fn services(
    reader: &Reader<'_>,
    tags: &[Tag],
    origin: &Origin<'_>,
) -> Result<Vec<ServiceRepository>, SourceError> {
    let names: Vec<String> = tags.iter().map(|tag| tag.name.clone()).collect();
    let own_name = origin.repository_id.rsplit('/').next().unwrap_or(origin.repository_id);
    let mut parts = BTreeMap::new();
    for (at, version) in stable(&names, own_name) {
        let part = part_of(reader, &tags[at], &version, origin)?;
        parts.insert(part.service_id.clone(), part);
    }
    Ok(inferred(origin, parts, Vec::new()).service_repositories)
}

/// Deployments from the first-parent line, one for each of its commits.
///
/// # Errors
/// Where a commit can't be read.
pub(crate) fn from_branch(
    reader: &Reader<'_>,
    new: &NewCommits,
    line: &[ObjectId],
    branch: &str,
    origin: &Origin<'_>,
) -> Result<Inferred, SourceError> {
    let service_id = origin.repository_id;
    let mut deployments = Vec::with_capacity(line.len());
    for id in line {
        let committed_at = match new.get(id) {
            Some(commit) => commit.row.committed_at,
            None => reader.read(*id)?.row.committed_at,
        };
        let deployment_id = format!("{service_id}@{id}");
        deployments.push(deployment(origin, deployment_id, service_id, *id, branch, committed_at));
    }
    Ok(inferred(origin, BTreeMap::new(), deployments))
}

fn matching(
    names: &[String],
    pattern: &str,
    own_name: &str,
) -> Result<Vec<(usize, VersionTag)>, SourceError> {
    let glob = GlobBuilder::new(pattern)
        .literal_separator(false)
        .build()
        .map_err(|error| SourceError::Pattern(format!("`{pattern}` is no tag pattern: {error}")))?
        .compile_matcher();
    let chosen: Vec<(usize, VersionTag)> = names
        .iter()
        .enumerate()
        .filter(|(_, name)| glob.is_match(name))
        .map(|(at, name)| (at, declared(name, own_name)))
        .collect();
    if chosen.is_empty() {
        return Err(SourceError::Pattern(no_match(names, pattern)));
    }
    Ok(chosen)
}

fn no_match(names: &[String], pattern: &str) -> String {
    if names.is_empty() {
        return format!(
            "the pattern `{pattern}` matches no tag: the repository has none; `--deployments-from-branch` works without tags"
        );
    }
    let some: Vec<&str> = names.iter().rev().take(3).map(String::as_str).collect();
    format!(
        "the pattern `{pattern}` matches none of the {} tags, such as {}; give a pattern that does",
        names.len(),
        some.join(", ")
    )
}

/// The service that a tag is of: the one its prefix names where the tagged tree has a folder of
/// that name or the catalogue says so, else the repository's own.
fn part_of(
    reader: &Reader<'_>,
    tag: &Tag,
    version: &VersionTag,
    origin: &Origin<'_>,
) -> Result<Part, SourceError> {
    let own = Part { service_id: origin.repository_id.to_owned(), prefix: None };
    let Some(prefix) = &version.prefix else {
        return Ok(own);
    };
    if let Some((_, service_id)) = origin.tag_prefixes.iter().find(|(known, _)| known == prefix) {
        return Ok(Part { service_id: service_id.clone(), prefix: Some(prefix.clone()) });
    }
    if !has_folder(reader, tag, prefix)? {
        return Ok(own);
    }
    let service_id = format!("{}/{prefix}", origin.repository_id);
    Ok(Part { service_id, prefix: Some(prefix.clone()) })
}

fn has_folder(reader: &Reader<'_>, tag: &Tag, path: &str) -> Result<bool, SourceError> {
    let look = || {
        let tree = reader.local.find_commit(tag.commit)?.tree()?;
        tree.lookup_entry_by_path(path)
    };
    match look() {
        Ok(entry) => Ok(entry.is_some_and(|entry| entry.mode().is_tree())),
        // A tree that was never fetched: the folder shows once the clone is complete.
        Err(error) if reader.repository.is_partial && error.is_not_found() => Ok(false),
        Err(error) => {
            Err(reader.repository.object(&format!("the tree of tag {}", tag.name), &error))
        }
    }
}

/// When the tag was made, or the commit where the tag does not say.
fn tagged_at(
    reader: &Reader<'_>,
    new: &NewCommits,
    tag: &Tag,
) -> Result<Option<DateTime<Utc>>, SourceError> {
    if tag.target != tag.commit {
        let object = || format!("tag {}", tag.name);
        let found = reader
            .local
            .find_tag(tag.target)
            .map_err(|error| reader.repository.object(&object(), &error))?;
        let tagger = found.tagger().ok().flatten();
        let at = tagger.and_then(|tagger| tagger.time.split(' ').next()?.parse().ok());
        if let Some(at) = at.and_then(instant) {
            return Ok(Some(at));
        }
    }
    match new.get(&tag.commit) {
        Some(commit) => Ok(commit.row.committed_at),
        None => Ok(reader.read(tag.commit)?.row.committed_at),
    }
}

fn deployment(
    origin: &Origin<'_>,
    deployment_id: String,
    service_id: &str,
    commit: ObjectId,
    from: &str,
    finished_at: Option<DateTime<Utc>>,
) -> Deployment {
    Deployment {
        deployment_id,
        service_id: service_id.to_owned(),
        repository_id: origin.repository_id.to_owned(),
        environment: Some("production".to_owned()),
        source_environment: None,
        sha: Some(commit.to_string()),
        r#ref: Some(from.to_owned()),
        artifact_digest: None,
        config_digest: None,
        created_at: None,
        started_at: None,
        finished_at,
        outcome: Some(Outcome::Succeeded),
        source_outcome: None,
        rollout_id: None,
        target: None,
        deployed_by: None,
        is_planned: None,
        declared_kind: None,
        fixes_deployment_id: None,
        approving_team_ids: None,
        manual_steps_count: None,
        provenance: origin.provenance.clone(),
    }
}

fn inferred(
    origin: &Origin<'_>,
    mut parts: BTreeMap<String, Part>,
    deployments: Vec<Deployment>,
) -> Inferred {
    if parts.is_empty() {
        let own = Part { service_id: origin.repository_id.to_owned(), prefix: None };
        parts.insert(own.service_id.clone(), own);
    }
    let services = parts.values().map(|part| service(origin, part)).collect();
    let service_repositories = parts
        .into_values()
        .map(|part| ServiceRepository {
            service_id: part.service_id,
            repository_id: origin.repository_id.to_owned(),
            include_globs: part.prefix.as_ref().map(|folder| vec![format!("{folder}/**")]),
            exclude_globs: None,
            tag_prefix: part.prefix,
            provenance: origin.provenance.clone(),
        })
        .collect();
    Inferred { deployments, services, service_repositories }
}

fn service(origin: &Origin<'_>, part: &Part) -> Service {
    let name = part.prefix.as_deref().unwrap_or(&part.service_id);
    Service {
        service_id: part.service_id.clone(),
        name: Some(name.rsplit('/').next().unwrap_or(name).to_owned()),
        tier: None,
        language: None,
        lifecycle: None,
        system: None,
        clouds: None,
        compliance_tags: None,
        created_at: None,
        production_since: None,
        retired_at: None,
        // The repository that names the service, for when it does not any more.
        provenance: Provenance {
            source_id: Some(origin.repository_id.to_owned()),
            ..origin.provenance.clone()
        },
    }
}
