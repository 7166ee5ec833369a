//! The catalogue of services against what was deployed and what was committed.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::prelude::SessionContext;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;

use super::ask::{ask, literal};
use super::finding::{Finding, Severity, counted, listed};
use super::near;
use crate::AnalyticsError;

pub(super) async fn findings(session: &SessionContext) -> Result<Vec<Finding>, AnalyticsError> {
    let mut findings = globs(session).await?;
    findings.extend(unknown(session).await?);
    findings.extend(without_repository(session).await?);
    Ok(findings)
}

/// Paths of a service in a repository.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ServicePaths {
    pub(super) service_id: String,
    pub(super) repository_id: String,
    pub(super) include_globs: Option<Vec<Option<String>>>,
    pub(super) exclude_globs: Option<Vec<Option<String>>>,
}

impl ServicePaths {
    /// True where it is the whole repository.
    pub(super) fn is_all(&self) -> bool {
        self.include_globs.is_none() && self.exclude_globs.is_none()
    }

    /// What decides whether a path belongs to the service.
    pub(super) fn matcher(&self) -> Result<Matcher, AnalyticsError> {
        Ok(Matcher {
            included: self.include_globs.as_deref().map(glob_set).transpose()?,
            excluded: glob_set(self.exclude_globs.as_deref().unwrap_or_default())?,
        })
    }

    /// The globs as they are written: `services/api/**`, without `docs/**`.
    pub(super) fn written(&self) -> String {
        let list = |globs: &Option<Vec<Option<String>>>| {
            listed(globs.iter().flatten().flatten().map(String::as_str))
        };
        match (self.include_globs.is_some(), self.exclude_globs.is_some()) {
            (true, false) => list(&self.include_globs),
            (false, true) => format!("everything without {}", list(&self.exclude_globs)),
            (true, true) => {
                format!("{} without {}", list(&self.include_globs), list(&self.exclude_globs))
            }
            (false, false) => "the whole repository".to_owned(),
        }
    }
}

/// The paths of a service.
pub(super) struct Matcher {
    included: Option<GlobSet>,
    excluded: GlobSet,
}

impl Matcher {
    pub(super) fn holds(&self, path: &str) -> bool {
        self.included.as_ref().is_none_or(|globs| globs.is_match(path))
            && !self.excluded.is_match(path)
    }
}

/// As attribution reads them: `*` within a folder, `**` across.
fn glob_set(globs: &[Option<String>]) -> Result<GlobSet, AnalyticsError> {
    let fail =
        |error: globset::Error| AnalyticsError::Definition(format!("a service's path {error}"));
    let mut set = GlobSetBuilder::new();
    for glob in globs.iter().flatten() {
        set.add(GlobBuilder::new(glob).literal_separator(true).build().map_err(fail)?);
    }
    set.build().map_err(fail)
}

#[derive(Deserialize)]
struct Path {
    repository_id: String,
    path: String,
}

/// Services whose paths match nothing that was ever committed.
async fn globs(session: &SessionContext) -> Result<Vec<Finding>, AnalyticsError> {
    let sql = "select service_id, repository_id, include_globs, exclude_globs
               from service_repositories
               where deleted_at is null and (include_globs is not null or exclude_globs is not null)
               order by service_id, repository_id";
    let services: Vec<ServicePaths> = ask(session, sql).await?;
    let repositories: BTreeSet<&String> = services.iter().map(|row| &row.repository_id).collect();
    if repositories.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = repositories.iter().map(|name| literal(name)).collect();
    let sql = format!(
        "select repository_id, path from commit_files
         where deleted_at is null and repository_id in ({0})
         union
         select repository_id, previous_path as path from commit_files
         where deleted_at is null and previous_path is not null and repository_id in ({0})
         order by repository_id, path",
        names.join(", ")
    );
    let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in ask::<Path>(session, &sql).await? {
        paths.entry(row.repository_id).or_default().push(row.path);
    }
    let mut findings = Vec::new();
    for service in &services {
        let Some(paths) = paths.get(&service.repository_id) else { continue };
        let matcher = service.matcher()?;
        if !paths.iter().any(|path| matcher.holds(path)) {
            findings.push(matches_nothing(service, paths));
        }
    }
    Ok(findings)
}

fn matches_nothing(service: &ServicePaths, paths: &[String]) -> Finding {
    let message = format!(
        "`{}` is {} of `{}`, and none of its {} matches, so no change ever reaches the service",
        service.service_id,
        service.written(),
        service.repository_id,
        counted(paths.len() as i64, "paths")
    );
    let finding =
        Finding::new("paths_match_nothing", Severity::Problem, paths.len() as i64, message)
            .about(&service.service_id);
    let folders: BTreeSet<&str> = paths.iter().flat_map(|path| folders(path)).collect();
    let meant = service.include_globs.iter().flatten().flatten().next();
    let meant = meant.map_or("", |glob| glob.split(['*', '?', '[', '{']).next().unwrap_or(""));
    let near = near::nearest(meant.trim_end_matches('/'), folders.iter().copied());
    match near.is_empty() {
        true => finding.suggest(format!(
            "its top folders are {}",
            listed(folders.iter().copied().filter(|folder| !folder.contains('/')).take(8))
        )),
        false => finding.suggest(format!("there is {}", listed(near))),
    }
}

/// `a/b/c.txt` is in `a` and `a/b`.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(move |(at, _)| &path[..at])
}

#[derive(Deserialize)]
struct Unknown {
    service_id: String,
    deployments: i64,
}

/// Deployments of services that the catalogue, where there is one, does not know.
async fn unknown(session: &SessionContext) -> Result<Vec<Finding>, AnalyticsError> {
    #[derive(Deserialize)]
    struct Service {
        service_id: String,
    }
    let known = "select service_id from services where deleted_at is null order by service_id";
    let known: Vec<Service> = ask(session, known).await?;
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "select service_id, count(*) as deployments from classified_deployments
               where service_id not in (select service_id from services where deleted_at is null)
                 and service_id not in (select service_id from service_repositories where deleted_at is null)
               group by service_id order by deployments desc, service_id";
    let unknown: Vec<Unknown> = ask(session, sql).await?;
    let of = |row: &Unknown| {
        let message = format!(
            "{} of `{}`, which the catalogue of {} does not know; they count as a service of their own",
            counted(row.deployments, "deployments"),
            row.service_id,
            counted(known.len() as i64, "services")
        );
        let finding = Finding::new("unknown_service", Severity::Remark, row.deployments, message)
            .about(&row.service_id);
        let names = known.iter().map(|service| service.service_id.as_str());
        let near = near::nearest(&row.service_id, names);
        match near.is_empty() {
            true => finding.suggest("add it to services.csv"),
            false => finding.suggest(format!("did the deployments mean {}?", listed(near))),
        }
    };
    Ok(unknown.iter().map(of).collect())
}

/// Services that nothing connects with commits.
async fn without_repository(session: &SessionContext) -> Result<Option<Finding>, AnalyticsError> {
    #[derive(Deserialize)]
    struct Service {
        service_id: String,
    }
    let sql = "select service_id from services where deleted_at is null
                 and service_id not in (select service_id from service_repositories where deleted_at is null)
                 and service_id not in (select service_id from classified_deployments)
               order by service_id";
    let services: Vec<Service> = ask(session, sql).await?;
    if services.is_empty() {
        return Ok(None);
    }
    let count = services.len() as i64;
    let message = format!(
        "{} {} neither a repository nor a deployment, so every number of {} is empty",
        counted(count, "services"),
        if count == 1 { "has" } else { "have" },
        if count == 1 { "it" } else { "them" }
    );
    let finding = Finding::new("service_without_repository", Severity::Remark, count, message);
    Ok(Some(
        finding
            .suggest("add rows to service_repositories.csv, or read the service's deployments")
            .with_examples(services.into_iter().map(|service| service.service_id)),
    ))
}
