//! Factor 2: how long things wait, and how many approvals and hands a deployment needs.

use datafusion::prelude::SessionContext;

use super::ask::{Row, instant, list, named, names, one, times};
use super::{CONTRIBUTORS, Found, LINKS};
use crate::AnalyticsError;
use crate::readiness::{Basis, Factor, Moment, Numbers, Rules};
use crate::statistics::{TimeToEvent, kaplan_meier};

pub(super) async fn find(
    session: &SessionContext,
    moment: &Moment,
    rules: &Rules,
) -> Result<Found, AnalyticsError> {
    let mut found = Found::new(Factor::DeploymentFriction);
    let asked = times(session, &waits(moment, rules)).await?;
    let infrastructure = infrastructure_wait(&asked, rules);
    let merged = one(session, MERGES).await?;
    let merge = merged.number("value")?;
    let deployed = one(session, &deployments(moment)).await?;
    let approvals = ratio(&deployed, "approved", "with_approvals")?;
    let manual_steps = ratio(&deployed, "by_hand", "with_steps")?;
    let parts = [infrastructure, merge, approvals, manual_steps];
    found.coverage_ratio = Some(parts.iter().flatten().count() as f64 / 4.0);
    tell(&mut found, parts);
    let numbers = Numbers::Friction { infrastructure, merge, approvals, manual_steps };
    if numbers.colour(rules).is_none() {
        found.coverage_ratio = None;
        found.reason = Some("no_waits");
        return Ok(found);
    }
    found.basis = Basis::Measured;
    found.value = [infrastructure, merge].into_iter().flatten().reduce(f64::max);
    found.sample_size = Some(match (infrastructure, merge) {
        (Some(waited), merge) if merge.is_none_or(|merge| waited >= merge) => asked.len() as i64,
        (_, Some(_)) => merged.count("facts")?,
        _ => deployed.count("with_approvals")?,
    });
    found.numbers = Some(numbers);
    found.contributors = contributors(session, moment, rules, infrastructure > merge).await?;
    found.links = names(session, &links(moment, rules, infrastructure > merge)).await?;
    Ok(found)
}

/// The median wait; requests that were not yet fulfilled count as waiting at least so long. Where
/// most of them wait still, the longest wait so far is a floor, which says something where it is
/// green already.
fn infrastructure_wait(asked: &[TimeToEvent], rules: &Rules) -> Option<f64> {
    let curve = kaplan_meier(asked).ok()?;
    let floor = Some(curve.last).filter(|last| *last >= rules.wait_green as f64);
    curve.median().ok().or(floor)
}

/// What each part says, or how to get it.
fn tell(found: &mut Found, parts: [Option<f64>; 4]) {
    let told = [
        (
            "median wait for infrastructure",
            "waits for infrastructure: `milepost ingest files self_service_runs.csv support_tickets.csv`, of three requests at least",
        ),
        (
            "median from merge to production",
            "waits from merge to production: `milepost ingest git` or `github` with deployments",
        ),
        (
            "approved by two teams or more",
            "who approved deployments: `approving_team_ids` of `deployments`",
        ),
        ("with a step by hand", "steps by hand: `manual_steps_count` of `deployments`"),
    ];
    for (at, (part, (is, missing))) in parts.into_iter().zip(told).enumerate() {
        match part {
            Some(seconds) if at < 2 => found.details.push(format!("{is} {}", hours(seconds))),
            Some(share) => found.details.push(format!("{:.0} % {is}", share * 100.0)),
            None => found.missing.push(missing.to_owned()),
        }
    }
}

fn hours(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 3600.0 => format!("{:.0} min", seconds / 60.0),
        seconds if seconds < 172_800.0 => format!("{:.1} h", seconds / 3600.0),
        seconds => format!("{:.1} d", seconds / 86_400.0),
    }
}

fn ratio(row: &Row, part: &str, whole: &str) -> Result<Option<f64>, AnalyticsError> {
    let (part, whole) = (row.count(part)?, row.count(whole)?);
    Ok((whole > 0).then(|| part as f64 / whole as f64))
}

/// Requests for infrastructure: self-service attempts that did not fail, and tickets that no
/// attempt led to.
fn requests(moment: &Moment, rules: &Rules) -> String {
    let (start, at) = (instant(moment.start), instant(moment.at));
    format!(
        "select team_id, started_at as asked_at, cast(null as varchar) as url,
                case when succeeded_at <= {at} then succeeded_at end as done_at
         from self_service_attempts
         where exclusion_reason is null and started_at >= {start} and started_at <= {at}
           and (succeeded_at is not null or is_open)
         union all
         select team_id, created_at, source_url, case when resolved_at <= {at} then resolved_at end
         from support_tickets
         where deleted_at is null and created_at >= {start} and created_at <= {at}
           and lower(category) in ({})
           and ticket_id not in (
             select ticket_id from self_service_runs where ticket_id is not null and deleted_at is null
           )",
        list(&rules.infrastructure_categories)
    )
}

fn waits(moment: &Moment, rules: &Rules) -> String {
    format!(
        "select date_part('epoch', coalesce(done_at, {})) - date_part('epoch', asked_at) as value,
                done_at is not null as is_observed
         from ({})",
        instant(moment.at),
        requests(moment, rules)
    )
}

const MERGES: &str = "select percentile_cont(0.5) within group (order by value) as value,
       count(value) as facts
from populations.merged_changes
where subject_kind = 'organization' and exclusion_reason is null";

fn deployments(moment: &Moment) -> String {
    format!(
        "select count(approving_team_ids) as with_approvals, count(manual_steps_count) as with_steps,
                count(case when array_length(approving_team_ids) >= 2 then 1 end) as approved,
                count(case when manual_steps_count > 0 then 1 end) as by_hand
         from classified_deployments where {}",
        in_quarter(moment)
    )
}

fn in_quarter(moment: &Moment) -> String {
    let (start, at) = (instant(moment.start), instant(moment.at));
    format!("is_counted and finished_at >= {start} and finished_at <= {at}")
}

/// Teams that wait longest for infrastructure, or services whose changes wait longest.
async fn contributors(
    session: &SessionContext,
    moment: &Moment,
    rules: &Rules,
    is_infrastructure: bool,
) -> Result<Vec<String>, AnalyticsError> {
    let sql = match is_infrastructure {
        true => format!(
            "select team_id as name,
                    avg(date_part('epoch', coalesce(done_at, {})) - date_part('epoch', asked_at)) as value
             from ({}) where team_id is not null
             group by team_id order by value desc, name limit {CONTRIBUTORS}",
            instant(moment.at),
            requests(moment, rules)
        ),
        false => format!(
            "select service_id as name, percentile_cont(0.5) within group (order by value) as value
             from populations.merged_changes
             where subject_kind = 'service' and exclusion_reason is null
             group by service_id order by value desc, name limit {CONTRIBUTORS}"
        ),
    };
    let rows = named(session, &sql).await?;
    let told = |(name, value): (String, Option<f64>)| {
        format!("{name} ({})", value.map(hours).unwrap_or_default())
    };
    Ok(rows.into_iter().map(told).collect())
}

fn links(moment: &Moment, rules: &Rules, is_infrastructure: bool) -> String {
    match is_infrastructure {
        true => format!(
            "select url as name from ({}) where url is not null
             order by coalesce(done_at, {}) - asked_at desc, url limit {LINKS}",
            requests(moment, rules),
            instant(moment.at)
        ),
        false => format!(
            "select source_url as name from classified_deployments
             where source_url is not null and {}
             order by coalesce(array_length(approving_team_ids), 0) desc,
                      coalesce(manual_steps_count, 0) desc, source_url limit {LINKS}",
            in_quarter(moment)
        ),
    }
}
