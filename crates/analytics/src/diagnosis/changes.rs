//! Changes that no deployment contains, and what lead times rest on.

use datafusion::prelude::SessionContext;
use serde::Deserialize;

use super::ask::{ask, one};
use super::finding::{Finding, Severity, counted};
use crate::AnalyticsError;

pub(super) async fn findings(session: &SessionContext) -> Result<Vec<Finding>, AnalyticsError> {
    let mut findings = waiting(session).await?;
    findings.extend(merges_not_read(session).await?);
    findings.extend(shares(session).await?);
    Ok(findings)
}

#[derive(Deserialize)]
struct Waiting {
    service_id: String,
    pull_requests: i64,
    others: i64,
    oldest_on: Option<String>,
    oldest_id: Option<String>,
}

const WAITING: &str = "select service_id,
       count(case when change_unit = 'pull_request' then 1 end) as pull_requests,
       count(case when change_unit <> 'pull_request' then 1 end) as others,
       cast(cast(min(landed_at) as date) as varchar) as oldest_on,
       first_value(change_id order by landed_at nulls last, change_id) as oldest_id
from undeployed_changes where not is_excluded
group by service_id order by count(*) desc, service_id";

/// What waits to be deployed, a finding a service.
async fn waiting(session: &SessionContext) -> Result<Vec<Finding>, AnalyticsError> {
    let of = |row: Waiting| {
        let what = match (row.pull_requests, row.others) {
            (pulls, 0) => counted(pulls, "pull requests"),
            (0, others) => counted(others, "direct changes"),
            (pulls, others) => {
                format!(
                    "{} and {}",
                    counted(pulls, "pull requests"),
                    counted(others, "direct changes")
                )
            }
        };
        let oldest =
            row.oldest_on.map_or_else(String::new, |on| format!("; the oldest landed on {on}"));
        let message =
            format!("{what} of `{}` in no production deployment yet{oldest}", row.service_id);
        let count = row.pull_requests + row.others;
        Finding::new("undeployed_changes", Severity::Remark, count, message)
            .about(&row.service_id)
            .with_examples(row.oldest_id)
    };
    Ok(ask::<Waiting>(session, WAITING).await?.into_iter().map(of).collect())
}

#[derive(Deserialize)]
struct NotRead {
    repository_id: String,
    merged: i64,
    lost: i64,
    commits: Option<i64>,
    examples: Vec<Option<String>>,
}

const NOT_READ: &str = "select p.repository_id, count(*) as merged,
       count(case when c.sha is null then 1 end) as lost,
       max(r.commits) as commits,
       array_slice(array_agg(case when c.sha is null then p.pull_request_id end
                             order by case when c.sha is null then 0 else 1 end, p.number), 1, 3) as examples
from pull_requests p
cross join clock
left join commits c
  on c.repository_id = p.repository_id and c.sha = p.merge_sha and c.deleted_at is null
left join (select repository_id, count(*) as commits from commits where deleted_at is null
           group by repository_id) r on r.repository_id = p.repository_id
where p.deleted_at is null and p.merged_at <= clock.as_of
group by p.repository_id
having count(case when c.sha is null then 1 end) > 0
order by lost desc, p.repository_id";

/// Merged pull requests whose merge was not read: no deployment can contain them.
async fn merges_not_read(session: &SessionContext) -> Result<Vec<Finding>, AnalyticsError> {
    let of = |row: NotRead| {
        let why = match row.commits {
            None => "no commit of it was read".to_owned(),
            Some(commits) => format!("their merge is none of its {commits} commits"),
        };
        let message = format!(
            "{} of {} of `{}` can be in no deployment: {why}",
            row.lost,
            counted(row.merged, "merged pull requests"),
            row.repository_id
        );
        Finding::new("merge_not_read", Severity::of_share(row.lost, row.merged), row.lost, message)
            .about(&row.repository_id)
            .with_examples(row.examples.into_iter().flatten())
            .suggest(format!(
                "`milepost ingest git PATH --repository {} --all-branches` reads its commits",
                row.repository_id
            ))
    };
    Ok(ask::<NotRead>(session, NOT_READ).await?.into_iter().map(of).collect())
}

#[derive(Default, Deserialize)]
struct Shares {
    changes: i64,
    bots: i64,
    left_out: i64,
    squashes: i64,
}

const SHARES: &str = "select count(*) as changes,
       count(case when is_bot then 1 end) as bots,
       count(case when is_bot and is_excluded then 1 end) as left_out,
       count(case when array_has(quality_flags, 'squash_no_pr') then 1 end) as squashes
from deployed_changes";

async fn shares(session: &SessionContext) -> Result<Vec<Finding>, AnalyticsError> {
    let row: Shares = one(session, SHARES).await?;
    let mut findings = Vec::new();
    if row.bots > 0 {
        let left_out = match row.left_out {
            0 => "; they count".to_owned(),
            out if out == row.bots => "; left out of lead times".to_owned(),
            out => format!("; {out} of them left out of lead times"),
        };
        let message =
            format!("{} of {} deployed changes are of bots alone{left_out}", row.bots, row.changes);
        findings.push(Finding::new("bots", Severity::Remark, row.bots, message));
    }
    if row.squashes > 0 {
        let message = format!(
            "{} of {} deployed changes are squashes without a record of their branch: their clock starts with the squash, so their lead time is too short",
            row.squashes, row.changes
        );
        findings.push(
            Finding::new("squash_no_pr", Severity::Remark, row.squashes, message)
                .suggest("pull_requests.csv with `first_commit_at` says when work on them began"),
        );
    }
    Ok(findings)
}
