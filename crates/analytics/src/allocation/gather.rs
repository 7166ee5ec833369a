//! The allocation of months by the tables: the effort of everybody, and what is known of what it went
//! to.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use datafusion::prelude::SessionContext;

use super::defaults::default_rules;
use super::rules::{Rule, RuleError, Rules, Traits};
use super::shares::{Allocation, allocate};
use crate::columns::{Lists, Texts};
use crate::effort::{
    Effort, Month, Options, Question, Signal, SignalKind, Told, Unrecorded, WorkingTime, tell,
};
use crate::{AnalyticsError, read_only};

/// How time is told and labelled.
#[derive(Debug, Clone)]
pub struct Scheme {
    /// Choices of the model of effort.
    pub options: Options,
    /// Working times that differ from the usual ones.
    pub working_times: Vec<WorkingTime>,
    /// Rules, the first that matches decides.
    pub rules: Vec<Rule>,
}

/// An allocation, with what it stands on.
#[derive(Debug, Clone)]
pub struct Answer {
    /// By group, month and dimension.
    pub allocations: Vec<Allocation>,
    /// The effort, with what stood in the way of it.
    pub effort: Effort,
    /// True where everybody is taken for employed at full time, since no employment is recorded.
    pub is_assumed: bool,
    /// People who left traces and are in no table: those do not count.
    pub strangers: BTreeSet<String>,
}

impl Default for Scheme {
    fn default() -> Scheme {
        Scheme { options: Options::default(), working_times: Vec::new(), rules: default_rules() }
    }
}

impl Scheme {
    /// Whether all rules can be used.
    ///
    /// # Errors
    /// Which one can't, and why.
    pub fn check(&self) -> Result<(), RuleError> {
        Rules::new(&self.rules).map(drop)
    }
}

/// How the worked time of months divides.
///
/// # Errors
/// Where a rule can't be used or a table can't be read.
pub async fn allocation(
    session: &SessionContext,
    months: &[Month],
    zone: Tz,
    scheme: &Scheme,
) -> Result<Answer, AnalyticsError> {
    let question = Question {
        months: months.to_vec(),
        options: scheme.options.clone(),
        working_times: scheme.working_times.clone(),
        unrecorded: Unrecorded::FullTime,
        zone,
    };
    let Told { inputs, effort, is_assumed, strangers } = tell(session, &question).await?;
    let traits = traits(session, &inputs.signals, &effort).await?;
    let allocations = allocate(&effort, &traits, &scheme.rules)
        .map_err(|error| AnalyticsError::Definition(error.to_string()))?;
    Ok(Answer { allocations, effort, is_assumed, strangers })
}

/// What is known of every work item that time went to.
async fn traits(
    session: &SessionContext,
    signals: &[Signal],
    effort: &Effort,
) -> Result<Vec<Traits>, AnalyticsError> {
    let slices = effort.months.iter().flat_map(|month| &month.slices);
    let mut known: BTreeMap<String, Traits> = slices
        .map(|slice| slice.work.id())
        .map(|id| (id.to_owned(), Traits { work_item_id: id.to_owned(), ..Traits::default() }))
        .collect();
    tickets(session, &mut known).await?;
    pull_requests(session, signals, &mut known).await?;
    commits(session, signals, &mut known).await?;
    Ok(known.into_values().collect())
}

async fn tickets(
    session: &SessionContext,
    known: &mut BTreeMap<String, Traits>,
) -> Result<(), AnalyticsError> {
    let sql = "select work_item_id, key, kind, parent_id, project_id, work_type, labels
               from work_items where deleted_at is null";
    let mut above: BTreeMap<String, Above> = BTreeMap::new();
    for rows in &read_only(session, sql).await?.collect().await? {
        let text = |name| Texts::of(rows, name);
        let (ids, keys, kinds) = (text("work_item_id")?, text("key")?, text("kind")?);
        let (parents, projects) = (text("parent_id")?, text("project_id")?);
        let (types, labels) = (text("work_type")?, Lists::of(rows, "labels")?);
        for row in 0..rows.num_rows() {
            let owned = |texts: &Texts| texts.get(row).map(str::to_owned);
            let Some(id) = ids.get(row) else { continue };
            above.insert(
                id.to_owned(),
                Above {
                    key: owned(&keys),
                    parent_id: owned(&parents),
                    project_id: owned(&projects),
                },
            );
            let Some(item) = known.get_mut(id) else { continue };
            item.kind = owned(&kinds);
            if let Some(word) = types.get(row) {
                item.fields.insert("work_type".to_owned(), word.to_owned());
            }
            item.labels.extend(labels.get(row).into_iter().flatten().map(str::to_owned));
        }
    }
    for (id, item) in known {
        let Some(chain) = chain(&above, id) else { continue };
        item.project_id = chain.iter().find_map(|one| one.project_id.clone());
        item.epic_key = chain.iter().skip(1).find_map(|one| one.key.clone());
    }
    Ok(())
}

/// A ticket as its children see it.
struct Above {
    key: Option<String>,
    parent_id: Option<String>,
    project_id: Option<String>,
}

/// A ticket and what is above it, as far as that does not lead back to one of them.
fn chain<'a>(above: &'a BTreeMap<String, Above>, id: &str) -> Option<Vec<&'a Above>> {
    let mut seen = BTreeSet::from([id]);
    let mut chain = vec![above.get(id)?];
    while let Some(parent) = chain.last().and_then(|one| one.parent_id.as_deref()) {
        let Some(next) = above.get(parent).filter(|_| !seen.contains(parent)) else { break };
        seen.insert(above.get_key_value(parent).map_or("", |(id, _)| id.as_str()));
        chain.push(next);
    }
    Some(chain)
}

/// Labels of pull requests are those of the work item that they are about.
async fn pull_requests(
    session: &SessionContext,
    signals: &[Signal],
    known: &mut BTreeMap<String, Traits>,
) -> Result<(), AnalyticsError> {
    let mut items: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for signal in signals {
        if let Some(request) = &signal.pull_request_id {
            items.entry(request).or_default().insert(&signal.work_item_id);
        }
    }
    let sql = "select pull_request_id, labels from pull_requests
               where deleted_at is null and array_length(labels) > 0";
    for rows in &read_only(session, sql).await?.collect().await? {
        let (ids, labels) = (Texts::of(rows, "pull_request_id")?, Lists::of(rows, "labels")?);
        for row in 0..rows.num_rows() {
            let about = ids.get(row).and_then(|id| items.get(id)).into_iter().flatten();
            for item in about {
                let Some(item) = known.get_mut(*item) else { continue };
                item.labels.extend(labels.get(row).into_iter().flatten().map(str::to_owned));
            }
        }
    }
    for item in known.values_mut() {
        item.labels.sort();
        item.labels.dedup();
    }
    Ok(())
}

/// Repositories, paths and services of the commits that are about a work item.
async fn commits(
    session: &SessionContext,
    signals: &[Signal],
    known: &mut BTreeMap<String, Traits>,
) -> Result<(), AnalyticsError> {
    let commits = || signals.iter().filter(|signal| signal.kind == SignalKind::Commit);
    let mut items: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for commit in commits() {
        items.entry(&commit.source_id).or_default().insert(&commit.work_item_id);
        let request = commit.pull_request_id.as_deref();
        items.entry(request.unwrap_or(&commit.source_id)).or_default().insert(&commit.work_item_id);
    }
    let Some(first) = commits().map(|commit| commit.occurred_at).min() else { return Ok(()) };
    let sql = format!(
        "select sha as commit_id, repository_id, 'repository' as what, repository_id as name
         from commits where deleted_at is null and authored_at >= to_timestamp_micros({0})
         union
         select f.sha, f.repository_id, 'path', f.path
         from commit_files f
         join commits c on c.repository_id = f.repository_id and c.sha = f.sha
         where f.deleted_at is null and c.deleted_at is null and c.authored_at >= to_timestamp_micros({0})
         union
         select change_id, repository_id, 'service', service_id from deployed_changes
         union
         select change_id, repository_id, 'service', service_id from undeployed_changes",
        first.timestamp_micros()
    );
    for rows in &read_only(session, &sql).await?.collect().await? {
        let (ids, whats) = (Texts::of(rows, "commit_id")?, Texts::of(rows, "what")?);
        let names = Texts::of(rows, "name")?;
        for row in 0..rows.num_rows() {
            let (Some(id), Some(name)) = (ids.get(row), names.get(row)) else { continue };
            for item in items.get(id).into_iter().flatten() {
                let Some(item) = known.get_mut(*item) else { continue };
                let all = match whats.get(row) {
                    Some("repository") => &mut item.repositories,
                    Some("path") => &mut item.paths,
                    _ => &mut item.services,
                };
                all.insert(name.to_owned());
            }
        }
    }
    Ok(())
}
