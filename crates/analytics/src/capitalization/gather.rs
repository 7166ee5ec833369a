//! Reading from tables what finance and trackers say: work items, projects, gates, overrides.

use std::collections::BTreeSet;

use chrono::DateTime;
use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::SessionContext;
use serde::{Deserialize, Serialize};

use super::{GateDecision, Override, Project, Treatment, WorkItem};
use crate::columns::{Instants, Lists, Texts};
use crate::effort::{self, Month};
use crate::{AnalyticsError, read_only};

/// What is booked, and by what decisions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Books {
    /// Work items that effort went to, with all above them.
    pub work_items: Vec<WorkItem>,
    /// Projects.
    pub projects: Vec<Project>,
    /// Decisions on gates.
    pub gates: Vec<GateDecision>,
    /// Decisions of finance.
    pub overrides: Vec<Override>,
}

impl Books {
    pub(super) fn in_order(mut self) -> Books {
        fn tidy<T: Ord>(rows: &mut Vec<T>) {
            rows.sort();
            rows.dedup();
        }
        tidy(&mut self.work_items);
        tidy(&mut self.projects);
        tidy(&mut self.gates);
        tidy(&mut self.overrides);
        self
    }
}

/// Reads the books of a month: work items that its effort may go to, and those above them.
///
/// # Errors
/// Where the tables can't be read.
pub async fn books(
    session: &SessionContext,
    effort: &effort::Inputs,
    period: Month,
) -> Result<Books, AnalyticsError> {
    let touched: BTreeSet<&str> = effort
        .signals
        .iter()
        .map(|signal| signal.work_item_id.as_str())
        .chain(effort.in_progress.iter().map(|one| one.work_item_id.as_str()))
        .collect();
    let merged = merged(session, effort, period).await?;
    let mut work_items = tickets(session).await?;
    keep_touched(&mut work_items, &touched);
    work_items.extend(stand_ins(session, &touched, &work_items).await?);
    for item in &mut work_items {
        item.has_merged_pull_request = merged.contains(&item.work_item_id);
    }
    Ok(Books {
        work_items,
        projects: projects(session).await?,
        gates: gates(session).await?,
        overrides: overrides(session).await?,
    })
}

async fn rows(session: &SessionContext, sql: &str) -> Result<Vec<RecordBatch>, AnalyticsError> {
    Ok(read_only(session, sql).await?.collect().await?)
}

fn owned(texts: &Texts, row: usize) -> Option<String> {
    texts.get(row).map(str::to_owned)
}

async fn tickets(session: &SessionContext) -> Result<Vec<WorkItem>, AnalyticsError> {
    let sql = "select work_item_id, key, title, kind, parent_id, project_id, work_type, labels
               from work_items where deleted_at is null";
    let mut all = Vec::new();
    for batch in &rows(session, sql).await? {
        let text = |name| Texts::of(batch, name);
        let (ids, keys, titles) = (text("work_item_id")?, text("key")?, text("title")?);
        let (kinds, parents) = (text("kind")?, text("parent_id")?);
        let (projects, types) = (text("project_id")?, text("work_type")?);
        let labels = Lists::of(batch, "labels")?;
        for row in 0..batch.num_rows() {
            let Some(work_item_id) = owned(&ids, row) else { continue };
            all.push(WorkItem {
                work_item_id,
                key: owned(&keys, row),
                title: owned(&titles, row),
                kind: owned(&kinds, row),
                parent_id: owned(&parents, row),
                project_id: owned(&projects, row),
                work_type: owned(&types, row),
                is_capitalizable: None,
                labels: labels.get(row).into_iter().flatten().map(str::to_owned).collect(),
                has_merged_pull_request: false,
            });
        }
    }
    Ok(all)
}

/// Leaves out what no effort went to and is above nothing that some went to.
fn keep_touched(items: &mut Vec<WorkItem>, touched: &BTreeSet<&str>) {
    let parents: std::collections::BTreeMap<&str, Option<&str>> =
        items.iter().map(|item| (item.work_item_id.as_str(), item.parent_id.as_deref())).collect();
    let mut kept: BTreeSet<String> = BTreeSet::new();
    for id in touched {
        let mut next = Some(*id);
        while let Some(id) = next.filter(|id| !kept.contains(*id)) {
            kept.insert(id.to_owned());
            next = parents.get(id).copied().flatten();
        }
    }
    items.retain(|item| kept.contains(&item.work_item_id));
}

/// Pull requests and repositories stand in where no ticket is named. They have no project, so that
/// what went to them is an expense.
async fn stand_ins(
    session: &SessionContext,
    touched: &BTreeSet<&str>,
    tickets: &[WorkItem],
) -> Result<Vec<WorkItem>, AnalyticsError> {
    let known: BTreeSet<&str> = tickets.iter().map(|item| item.work_item_id.as_str()).collect();
    let sql = "select pull_request_id as id, title, 'pull_request' as kind from pull_requests where deleted_at is null
               union all
               select repository_id, name, 'repository' from repositories where deleted_at is null";
    let mut all = Vec::new();
    for batch in &rows(session, sql).await? {
        let text = |name| Texts::of(batch, name);
        let (ids, titles, kinds) = (text("id")?, text("title")?, text("kind")?);
        for row in 0..batch.num_rows() {
            let Some(id) = ids.get(row).filter(|id| touched.contains(id) && !known.contains(id))
            else {
                continue;
            };
            all.push(WorkItem {
                work_item_id: id.to_owned(),
                title: owned(&titles, row),
                kind: owned(&kinds, row),
                ..WorkItem::default()
            });
        }
    }
    let found: BTreeSet<String> = all.iter().map(|item| item.work_item_id.clone()).collect();
    // A repository whose own row is missing is known by its commits all the same.
    let rest = touched.iter().filter(|id| !known.contains(**id) && !found.contains(**id));
    let repositories = repositories(session).await?;
    all.extend(rest.filter(|id| repositories.contains(**id)).map(|id| WorkItem {
        work_item_id: (*id).to_owned(),
        kind: Some("repository".to_owned()),
        ..WorkItem::default()
    }));
    Ok(all)
}

async fn repositories(session: &SessionContext) -> Result<BTreeSet<String>, AnalyticsError> {
    let mut all = BTreeSet::new();
    let sql = "select distinct repository_id from commits where deleted_at is null";
    for batch in &rows(session, sql).await? {
        let ids = Texts::of(batch, "repository_id")?;
        all.extend((0..batch.num_rows()).filter_map(|row| owned(&ids, row)));
    }
    Ok(all)
}

/// Work items of which a pull request was merged by the end of the month.
async fn merged(
    session: &SessionContext,
    effort: &effort::Inputs,
    period: Month,
) -> Result<BTreeSet<String>, AnalyticsError> {
    let last = period.days().last().unwrap_or(period.first());
    let sql = format!(
        "select r.pull_request_id as id, k.work_item_id
         from (
           select pull_request_id, unnest(coalesce(work_item_keys, make_array(cast(null as varchar)))) as key
           from pull_requests
           where deleted_at is null
             and cast(cast(merged_at as timestamp(6) with time zone) as date) <= date '{last}'
         ) r
         left join work_items k on upper(k.key) = upper(r.key) and k.deleted_at is null"
    );
    let mut requests = BTreeSet::new();
    let mut all = BTreeSet::new();
    for batch in &rows(session, &sql).await? {
        let (ids, items) = (Texts::of(batch, "id")?, Texts::of(batch, "work_item_id")?);
        for row in 0..batch.num_rows() {
            requests.extend(owned(&ids, row));
            all.extend(owned(&items, row));
        }
    }
    let carried = effort.signals.iter().filter(|signal| {
        signal.pull_request_id.as_ref().is_some_and(|request| requests.contains(request))
    });
    all.extend(carried.map(|signal| signal.work_item_id.clone()));
    Ok(all)
}

async fn projects(session: &SessionContext) -> Result<Vec<Project>, AnalyticsError> {
    let sql = "select project_id, name, asset_id from projects where deleted_at is null";
    let mut all = Vec::new();
    for batch in &rows(session, sql).await? {
        let text = |name| Texts::of(batch, name);
        let (ids, names, assets) = (text("project_id")?, text("name")?, text("asset_id")?);
        for row in 0..batch.num_rows() {
            let Some(project_id) = owned(&ids, row) else { continue };
            all.push(Project {
                project_id,
                name: owned(&names, row),
                asset_id: owned(&assets, row),
                usual_work_type: None,
            });
        }
    }
    Ok(all)
}

async fn gates(session: &SessionContext) -> Result<Vec<GateDecision>, AnalyticsError> {
    let sql = "select project_id, gate, decided_at, cast(fulfilled_on as varchar) as fulfilled_on, approved_by
               from project_gates where deleted_at is null";
    let mut all = Vec::new();
    for batch in &rows(session, sql).await? {
        let text = |name| Texts::of(batch, name);
        let (projects, gates, days) = (text("project_id")?, text("gate")?, text("fulfilled_on")?);
        let (names, at) = (text("approved_by")?, Instants::of(batch, "decided_at")?);
        for row in 0..batch.num_rows() {
            let at = at.get(row).and_then(DateTime::from_timestamp_micros);
            let (Some(project_id), Some(gate), Some(decided_at)) =
                (owned(&projects, row), owned(&gates, row), at)
            else {
                continue;
            };
            all.push(GateDecision {
                project_id,
                gate,
                decided_at,
                fulfilled_on: days.get(row).and_then(|day| day.parse().ok()),
                approved_by: owned(&names, row),
            });
        }
    }
    Ok(all)
}

async fn overrides(session: &SessionContext) -> Result<Vec<Override>, AnalyticsError> {
    let sql = "select override_id, work_item_id, project_id, treatment, reason, requested_by, approved_by, decided_at
               from capitalization_overrides where deleted_at is null";
    let mut all = Vec::new();
    for batch in &rows(session, sql).await? {
        let text = |name| Texts::of(batch, name);
        let (ids, items, projects) =
            (text("override_id")?, text("work_item_id")?, text("project_id")?);
        let (treatments, reasons) = (text("treatment")?, text("reason")?);
        let (askers, names) = (text("requested_by")?, text("approved_by")?);
        let at = Instants::of(batch, "decided_at")?;
        for row in 0..batch.num_rows() {
            let Some(override_id) = owned(&ids, row) else { continue };
            all.push(Override {
                override_id,
                work_item_id: owned(&items, row),
                project_id: owned(&projects, row),
                treatment: match treatments.get(row) {
                    Some("capitalize") => Some(Treatment::Capitalize),
                    Some("expense") => Some(Treatment::Expense),
                    _ => None,
                },
                reason: owned(&reasons, row),
                requested_by: owned(&askers, row),
                approved_by: owned(&names, row),
                decided_at: at.get(row).and_then(DateTime::from_timestamp_micros),
            });
        }
    }
    Ok(all)
}
