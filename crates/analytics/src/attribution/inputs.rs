//! What attribution reads: facts as typed values, without the rows that a definition or an
//! as-of hides.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::prelude::SessionContext;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::graph::{CommitFacts, Graph, Place};
use crate::AnalyticsError;
use crate::columns::{Booleans, Instants, Lists, Texts};

/// A deployment attempt. Instants are microseconds since 1970 UTC.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    /// Row in the batch of all deployments.
    pub(crate) row: usize,
    pub(crate) deployment_id: String,
    pub(crate) service_id: String,
    pub(crate) repository_id: String,
    pub(crate) environment: Option<String>,
    pub(crate) sha: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) config_digest: Option<String>,
    pub(crate) at: i64,
    pub(crate) is_time_fallback: bool,
    pub(crate) outcome: Option<String>,
    pub(crate) rollout_id: Option<String>,
    pub(crate) is_planned: Option<bool>,
    pub(crate) declared_kind: Option<String>,
    pub(crate) fixes_deployment_id: Option<String>,
    pub(crate) is_inferred: bool,
}

/// A merged pull request.
#[derive(Debug, Clone)]
pub(crate) struct PullRequest {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) created_at: Option<i64>,
    pub(crate) first_commit_at: Option<i64>,
    pub(crate) merged_at: Option<i64>,
    pub(crate) merge: Place,
    pub(crate) commits: Vec<Place>,
}

/// A repository's history.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) graph: Graph,
    pub(crate) pull_requests: Vec<PullRequest>,
}

/// An incident that may be linked.
#[derive(Debug, Clone)]
pub(crate) struct Incident {
    pub(crate) incident_id: String,
    pub(crate) service_id: String,
    pub(crate) caused_by: Option<String>,
    pub(crate) is_external: bool,
    pub(crate) impact_started_at: Option<i64>,
    pub(crate) began_at: i64,
    pub(crate) ended_at: Option<i64>,
}

/// Which commits belong to a service.
#[derive(Debug)]
pub(crate) enum Scope {
    All,
    /// Those that touch one of its paths.
    Touching(HashSet<Place>),
}

impl Scope {
    /// True where the commit belongs to the service.
    pub(crate) fn holds(&self, place: Place) -> bool {
        match self {
            Scope::All => true,
            Scope::Touching(touching) => touching.contains(&place),
        }
    }
}

/// Everything attribution reads.
pub(crate) struct Inputs {
    /// Deployments that are not deleted, all columns, one batch.
    pub(crate) deployments: RecordBatch,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) histories: BTreeMap<String, History>,
    pub(crate) scopes: HashMap<(String, String), Scope>,
    pub(crate) incidents: Vec<Incident>,
    /// Latest event in sight, and the earliest one that the as-of hides.
    pub(crate) latest: Option<i64>,
    pub(crate) hidden: Option<i64>,
}

/// Reads all facts as of an instant.
///
/// # Errors
/// Where a table can't be read.
pub(crate) async fn read(
    facts: &SessionContext,
    as_of: DateTime<Utc>,
) -> Result<Inputs, AnalyticsError> {
    let as_of = as_of.timestamp_micros();
    let mut sight = Sight { as_of, latest: None, hidden: None };
    let deployments = rows(facts, "select * from deployments where deleted_at is null").await?;
    let attempts = attempts(&deployments, &mut sight)?;
    let bots = bots(facts).await?;
    let mut histories = histories(facts, &bots).await?;
    pull_requests(facts, &mut histories).await?;
    let scopes = scopes(facts, &histories).await?;
    let incidents = incidents(facts, &mut sight).await?;
    let Sight { latest, hidden, .. } = sight;
    Ok(Inputs { deployments, attempts, histories, scopes, incidents, latest, hidden })
}

/// Decides what the as-of hides and remembers where it would decide otherwise.
struct Sight {
    as_of: i64,
    latest: Option<i64>,
    hidden: Option<i64>,
}

impl Sight {
    fn sees(&mut self, at: i64) -> bool {
        if at <= self.as_of {
            self.latest = Some(self.latest.map_or(at, |latest| latest.max(at)));
            true
        } else {
            self.hidden = Some(self.hidden.map_or(at, |hidden| hidden.min(at)));
            false
        }
    }
}

async fn rows(facts: &SessionContext, sql: &str) -> Result<RecordBatch, AnalyticsError> {
    let frame = facts.sql(sql).await?;
    let schema = std::sync::Arc::new(frame.schema().as_arrow().clone());
    let batches = frame.collect().await?;
    // Rows of one repository are read in many pieces; one batch keeps the row numbers simple.
    let schema = batches.first().map_or(schema, RecordBatch::schema);
    Ok(concat_batches(&schema, &batches)?)
}

fn attempts(rows: &RecordBatch, sight: &mut Sight) -> Result<Vec<Attempt>, AnalyticsError> {
    let text = |name| Texts::of(rows, name);
    let (id, service, repository) =
        (text("deployment_id")?, text("service_id")?, text("repository_id")?);
    let (environment, sha, from) = (text("environment")?, text("sha")?, text("ref")?);
    let (config, outcome, basis) = (text("config_digest")?, text("outcome")?, text("basis")?);
    let rollout = text("rollout_id")?;
    let (declared, fixes) = (text("declared_kind")?, text("fixes_deployment_id")?);
    let planned = Booleans::of(rows, "is_planned")?;
    let finished = Instants::of(rows, "finished_at")?;
    let (started, created) = (Instants::of(rows, "started_at")?, Instants::of(rows, "created_at")?);
    let own = |text: Option<&str>| text.map(str::to_owned);
    let mut attempts = Vec::new();
    for row in 0..rows.num_rows() {
        let finish = finished.get(row);
        let Some(at) = finish.or_else(|| started.get(row)).or_else(|| created.get(row)) else {
            continue;
        };
        if !sight.sees(at) {
            continue;
        }
        attempts.push(Attempt {
            row,
            deployment_id: own(id.get(row)).unwrap_or_default(),
            service_id: own(service.get(row)).unwrap_or_default(),
            repository_id: own(repository.get(row)).unwrap_or_default(),
            environment: own(environment.get(row)),
            sha: own(sha.get(row)).map(|sha| sha.to_lowercase()),
            from: own(from.get(row)),
            config_digest: own(config.get(row)),
            at,
            is_time_fallback: finish.is_none(),
            outcome: own(outcome.get(row)),
            rollout_id: own(rollout.get(row)),
            is_planned: planned.get(row),
            declared_kind: own(declared.get(row)),
            fixes_deployment_id: own(fixes.get(row)),
            is_inferred: basis.get(row) == Some("inferred"),
        });
    }
    Ok(attempts)
}

/// Addresses that bots commit with.
async fn bots(facts: &SessionContext) -> Result<HashSet<String>, AnalyticsError> {
    let sql = "select i.identifier from identities i join people p on p.person_id = i.person_id \
               where i.provider = 'git' and p.kind = 'bot' \
               and i.deleted_at is null and p.deleted_at is null";
    let rows = rows(facts, sql).await?;
    let identifiers = Texts::of(&rows, "identifier")?;
    Ok((0..rows.num_rows()).filter_map(|row| identifiers.get(row).map(str::to_owned)).collect())
}

async fn histories(
    facts: &SessionContext,
    bots: &HashSet<String>,
) -> Result<BTreeMap<String, History>, AnalyticsError> {
    let sql = "select repository_id, sha, parent_shas, author_email, authored_at, committed_at, \
               is_merge, reverts_sha, cherry_picked_from_sha from commits where deleted_at is null";
    let rows = rows(facts, sql).await?;
    let text = |name| Texts::of(&rows, name);
    let (repository, sha, email) = (text("repository_id")?, text("sha")?, text("author_email")?);
    let (reverts, picked) = (text("reverts_sha")?, text("cherry_picked_from_sha")?);
    let parents = Lists::of(&rows, "parent_shas")?;
    let (authored, committed) =
        (Instants::of(&rows, "authored_at")?, Instants::of(&rows, "committed_at")?);
    let merge = Booleans::of(&rows, "is_merge")?;
    let mut commits: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for row in 0..rows.num_rows() {
        let (Some(repository), Some(sha)) = (repository.get(row), sha.get(row)) else {
            continue;
        };
        let parents: Vec<String> =
            parents.get(row).into_iter().flatten().map(str::to_owned).collect();
        let facts = CommitFacts {
            authored_at: authored.get(row),
            committed_at: committed.get(row),
            is_merge: merge.get(row).unwrap_or(parents.len() > 1),
            is_bot: email.get(row).is_some_and(|email| bots.contains(&email.to_lowercase())),
            is_pick: picked.get(row).is_some(),
            reverts: None,
            is_revert: reverts.get(row).is_some(),
        };
        let reverts = reverts.get(row).map(str::to_owned);
        let of_repository = match commits.get_mut(repository) {
            Some(of_repository) => of_repository,
            None => commits.entry(repository.to_owned()).or_default(),
        };
        of_repository.push((sha.to_owned(), parents, reverts, facts));
    }
    let histories = commits.into_iter().map(|(id, mut commits)| {
        // The order of arrival must not decide anything.
        commits.sort_by(|a, b| a.0.cmp(&b.0));
        (id, History { graph: Graph::new(commits), pull_requests: Vec::new() })
    });
    Ok(histories.collect())
}

async fn pull_requests(
    facts: &SessionContext,
    histories: &mut BTreeMap<String, History>,
) -> Result<(), AnalyticsError> {
    let sql = "select pull_request_id, repository_id, title, created_at, first_commit_at, \
               merged_at, merge_sha, head_shas from pull_requests \
               where merge_sha is not null and deleted_at is null order by pull_request_id";
    let rows = rows(facts, sql).await?;
    let text = |name| Texts::of(&rows, name);
    let (id, repository, title) =
        (text("pull_request_id")?, text("repository_id")?, text("title")?);
    let (merge, heads) = (text("merge_sha")?, Lists::of(&rows, "head_shas")?);
    let instants = |name| Instants::of(&rows, name);
    let (created, first) = (instants("created_at")?, instants("first_commit_at")?);
    let merged = instants("merged_at")?;
    for row in 0..rows.num_rows() {
        let history = repository.get(row).and_then(|id| histories.get_mut(id));
        let (Some(history), Some(id)) = (history, id.get(row)) else { continue };
        let Some(place) = merge.get(row).and_then(|sha| history.graph.place(sha)) else { continue };
        let commits = heads.get(row).into_iter().flatten();
        let commits = commits.filter_map(|sha| history.graph.place(sha)).collect();
        history.pull_requests.push(PullRequest {
            id: id.to_owned(),
            title: title.get(row).unwrap_or("").to_owned(),
            created_at: created.get(row),
            first_commit_at: first.get(row),
            merged_at: merged.get(row),
            merge: place,
            commits,
        });
    }
    Ok(())
}

async fn scopes(
    facts: &SessionContext,
    histories: &BTreeMap<String, History>,
) -> Result<HashMap<(String, String), Scope>, AnalyticsError> {
    let sql = "select service_id, repository_id, include_globs, exclude_globs \
               from service_repositories where deleted_at is null";
    let rows = rows(facts, sql).await?;
    let (service, repository) =
        (Texts::of(&rows, "service_id")?, Texts::of(&rows, "repository_id")?);
    let include = Lists::of(&rows, "include_globs")?;
    let exclude = Lists::of(&rows, "exclude_globs")?;
    let mut globs = Vec::new();
    for row in 0..rows.num_rows() {
        let (Some(service), Some(repository)) = (service.get(row), repository.get(row)) else {
            continue;
        };
        let is_all = include.get(row).is_none() && exclude.get(row).is_none();
        if is_all || !histories.contains_key(repository) {
            continue;
        }
        let included = match include.get(row) {
            Some(globs) => Some(glob_set(globs)?),
            None => None,
        };
        let excluded = glob_set(exclude.get(row).into_iter().flatten())?;
        globs.push(((service.to_owned(), repository.to_owned()), included, excluded));
    }
    if globs.is_empty() {
        return Ok(HashMap::new());
    }
    touching(facts, histories, globs).await
}

type Globs = ((String, String), Option<GlobSet>, GlobSet);

async fn touching(
    facts: &SessionContext,
    histories: &BTreeMap<String, History>,
    globs: Vec<Globs>,
) -> Result<HashMap<(String, String), Scope>, AnalyticsError> {
    let sql =
        "select repository_id, sha, path, previous_path from commit_files where deleted_at is null";
    let rows = rows(facts, sql).await?;
    let text = |name| Texts::of(&rows, name);
    let (repository, sha) = (text("repository_id")?, text("sha")?);
    let (path, previous) = (text("path")?, text("previous_path")?);
    let mut touching: Vec<HashSet<Place>> = vec![HashSet::new(); globs.len()];
    // Most paths come again and again: each is matched once.
    let mut known: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
    for row in 0..rows.num_rows() {
        let (Some(repository), Some(sha)) = (repository.get(row), sha.get(row)) else { continue };
        let Some(place) = histories.get(repository).and_then(|history| history.graph.place(sha))
        else {
            continue;
        };
        for path in [path.get(row), previous.get(row)].into_iter().flatten() {
            let services = known.entry((repository, path)).or_insert_with(|| {
                (0..globs.len())
                    .filter(|at| {
                        let ((_, of), included, excluded) = &globs[*at];
                        of == repository
                            && included.as_ref().is_none_or(|globs| globs.is_match(path))
                            && !excluded.is_match(path)
                    })
                    .collect()
            });
            for at in services {
                touching[*at].insert(place);
            }
        }
    }
    let keys = globs.into_iter().map(|(key, ..)| key);
    Ok(keys.zip(touching.into_iter().map(Scope::Touching)).collect())
}

fn glob_set<'a>(globs: impl Iterator<Item = &'a str>) -> Result<GlobSet, AnalyticsError> {
    let fail =
        |error: globset::Error| AnalyticsError::Definition(format!("a service's path {error}"));
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(GlobBuilder::new(glob).literal_separator(true).build().map_err(fail)?);
    }
    set.build().map_err(fail)
}

async fn incidents(
    facts: &SessionContext,
    sight: &mut Sight,
) -> Result<Vec<Incident>, AnalyticsError> {
    let sql = "select incident_id, service_id, caused_by_deployment_id, cause, impact_started_at, \
               coalesce(impact_started_at, detected_at, created_at) as began_at, \
               coalesce(mitigated_at, resolved_at) as ended_at \
               from incidents where deleted_at is null order by incident_id, service_id";
    let rows = rows(facts, sql).await?;
    let text = |name| Texts::of(&rows, name);
    let (id, service) = (text("incident_id")?, text("service_id")?);
    let (caused_by, cause) = (text("caused_by_deployment_id")?, text("cause")?);
    let impact = Instants::of(&rows, "impact_started_at")?;
    let (began, ended) = (Instants::of(&rows, "began_at")?, Instants::of(&rows, "ended_at")?);
    let mut incidents = Vec::new();
    for row in 0..rows.num_rows() {
        let Some(began_at) = began.get(row) else { continue };
        if !sight.sees(began_at) {
            continue;
        }
        incidents.push(Incident {
            incident_id: id.get(row).unwrap_or("").to_owned(),
            service_id: service.get(row).unwrap_or("").to_owned(),
            caused_by: caused_by.get(row).map(str::to_owned),
            is_external: cause.get(row) == Some("external"),
            impact_started_at: impact.get(row),
            began_at,
            ended_at: ended.get(row).filter(|at| sight.sees(*at)),
        });
    }
    Ok(incidents)
}
