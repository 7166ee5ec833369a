//! Who is in which arm, by what was known when the period began.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use datafusion::prelude::SessionContext;

use crate::columns::{Numbers, Texts};
use crate::{AnalyticsError, read_only};

/// More arms make more pairs than anyone reads.
const MOST_ARMS: usize = 4;

/// A service in an arm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Arm.
    pub arm: String,
    /// Services that are compared with each other only: tier and language.
    pub stratum: String,
}

/// Services by arm, and pairs of arms to compare.
#[derive(Debug, Clone, Default)]
pub struct Arms {
    /// Name of the comparison.
    pub comparison: String,
    /// Services with their arm.
    pub members: BTreeMap<String, Member>,
    /// First and second arm of each comparison.
    pub pairs: Vec<(String, String)>,
    /// What the reader should know.
    pub remarks: Vec<String>,
}

/// Golden path against off-road, and those on their way against off-road: as services stood at the
/// beginning of the period. Who changed sides in it is left out, and told; who was retired in it did
/// not change, however a path took that.
///
/// # Errors
/// Where the facts can't be read.
pub async fn golden_path(
    session: &SessionContext,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Arms, AnalyticsError> {
    let (start, end) = (instant(from), instant(to));
    let sql = format!(
        "select service_id, status as arm, cast(null as double) as value from service_path_status
         where valid_from <= {start} and (valid_to is null or valid_to > {start})"
    );
    let mut standing = told(session, &sql).await?;
    let (gone, leaving) = (retired(session, &start).await?, retired(session, &end).await?);
    standing.retain(|service, _| !gone.contains(service));
    let turned = format!(
        "select distinct service_id, 'turned' as arm, cast(null as double) as value
         from service_path_status where valid_from > {start} and valid_from < {end}"
    );
    let turned: BTreeSet<String> = told(session, &turned).await?.into_keys().collect();
    let stay = standing.keys().filter(|service| !leaving.contains(*service)).count();
    let before = standing.len();
    standing.retain(|service, _| leaving.contains(service) || !turned.contains(service));
    let changed = before - standing.len();
    let mut remarks = Vec::new();
    if changed > 0 {
        remarks.push(format!(
            "{changed} of {stay} services changed how they stand to the golden path within the period and are left out; `compare before-after` is about them"
        ));
    }
    let exempt = standing.values().filter(|(arm, _)| arm == "exempt").count();
    if exempt > 0 {
        remarks.push(format!("{exempt} exempt services are in neither arm"));
    }
    let pairs = [("golden", "off_road"), ("partial", "off_road")];
    let has = |arm: &str| standing.values().any(|(own, _)| own == arm);
    let pairs = pairs
        .into_iter()
        .filter(|(first, _)| *first == "golden" || has(first))
        .map(|(first, second)| (first.to_owned(), second.to_owned()))
        .collect();
    arms(session, "golden-path", standing, pairs, remarks).await
}

/// Arms that a query gives as `service_id` and `cohort`, compared pair by pair.
///
/// # Errors
/// Where the query is wrong or does more than read, a service is in two cohorts, or there are not
/// two to four of them.
pub async fn cohorts(session: &SessionContext, sql: &str) -> Result<Arms, AnalyticsError> {
    let fault = |text: String| AnalyticsError::Definition(text);
    let sql = sql.trim().trim_end_matches(';');
    let planned = read_only(session, sql).await?;
    for column in ["service_id", "cohort"] {
        if planned.schema().field_with_unqualified_name(column).is_err() {
            return Err(fault(format!(
                "the query gives no column `{column}`; it must give service_id and cohort"
            )));
        }
    }
    let doubled = format!(
        "select service_id, min(cohort) as arm, cast(count(distinct cohort) as double) as value
         from ({sql}
         ) where service_id is not null and cohort is not null group by service_id"
    );
    let standing = told(session, &doubled).await?;
    if let Some((service, _)) =
        standing.iter().find(|(_, (_, count))| count.is_some_and(|n| n > 1.0))
    {
        return Err(fault(format!(
            "the service {service} is in more than one cohort; the query must give each service once"
        )));
    }
    let names: BTreeSet<&String> = standing.values().map(|(arm, _)| arm).collect();
    if !(2..=MOST_ARMS).contains(&names.len()) {
        return Err(fault(format!(
            "the query gives {} cohorts; it must give two to {MOST_ARMS}, as rows of service_id and cohort",
            names.len()
        )));
    }
    let names: Vec<String> = names.into_iter().cloned().collect();
    let mut pairs = Vec::new();
    for (at, first) in names.iter().enumerate() {
        pairs.extend(names[at + 1..].iter().map(|second| (first.clone(), second.clone())));
    }
    let known = told(
        session,
        "select service_id, 'known' as arm, cast(null as double) as value from known_services",
    )
    .await?;
    let unknown: Vec<&String> =
        standing.keys().filter(|service| !known.contains_key(*service)).collect();
    let remarks = unknown.first().map(|first| {
        format!(
            "{} services of the query are in no table, such as {first}; they count in no arm",
            unknown.len()
        )
    });
    let remarks = remarks.into_iter().collect();
    arms(session, "cohort", standing, pairs, remarks).await
}

/// Services of whose changes at least half were AI-assisted in the thirteen weeks before the
/// period, against those of whose changes none was.
///
/// # Errors
/// Where the facts can't be read.
pub async fn of_ai(session: &SessionContext, from: DateTime<Utc>) -> Result<Arms, AnalyticsError> {
    let end = instant(from);
    let begin = instant(from - chrono::Duration::weeks(13));
    let sql = format!(
        "with assisted as (
           select d.service_id, d.change_id,
                  max(case when coalesce(array_length(c.ai_tools), 0) > 0 then 1 else 0 end) as is_assisted
           from deployed_changes d
           left join pull_requests p on p.pull_request_id = d.change_id and p.deleted_at is null
           left join commits c on c.repository_id = d.repository_id and c.deleted_at is null
             and (c.sha = d.sha or array_has(p.head_shas, c.sha))
           where d.deployed_at >= {begin} and d.deployed_at < {end} and not d.is_excluded and not d.is_bot
           group by d.service_id, d.change_id
         ),
         shares as (
           select service_id, avg(cast(is_assisted as double)) as value, count(*) as facts
           from assisted group by service_id
         )
         select service_id, value,
                case when value >= 0.5 then 'ai' when value = 0 then 'no_ai' else 'some_ai' end as arm
         from shares where facts >= 5"
    );
    let standing = told(session, &sql).await?;
    let pair = ("ai".to_owned(), "no_ai".to_owned());
    let some = standing.values().filter(|(arm, _)| arm == "some_ai").count();
    let mut remarks = vec![
        "what is known of AI is a floor: markers in commits, which can be taken away".to_owned(),
    ];
    if some > 0 {
        remarks.push(format!(
            "{some} services with less than half of their changes AI-assisted are in neither arm"
        ));
    }
    arms(session, "ai", standing, vec![pair], remarks).await
}

type Standing = BTreeMap<String, (String, Option<f64>)>;

async fn arms(
    session: &SessionContext,
    comparison: &str,
    standing: Standing,
    pairs: Vec<(String, String)>,
    remarks: Vec<String>,
) -> Result<Arms, AnalyticsError> {
    let strata = strata(session).await?;
    let member = |(service, (arm, _)): (String, (String, Option<f64>))| {
        let stratum = strata.get(&service).cloned().unwrap_or_else(|| UNKNOWN.to_owned());
        (service, Member { arm, stratum })
    };
    let gone = retired(session, "(select min(window_start) from windows)").await?;
    let there = standing.into_iter().filter(|(service, _)| !gone.contains(service));
    let members = there.map(member).collect();
    Ok(Arms { comparison: comparison.to_owned(), members, pairs, remarks })
}

/// The stratum of services of which neither tier nor language is known.
const UNKNOWN: &str = "unknown tier, unknown language";

async fn strata(session: &SessionContext) -> Result<BTreeMap<String, String>, AnalyticsError> {
    let sql = "select service_id, concat(coalesce(tier, 'unknown tier'), ', ',
                      coalesce(lower(language), 'unknown language')) as arm,
                      cast(null as double) as value
               from services where deleted_at is null";
    let strata = told(session, sql).await?;
    Ok(strata.into_iter().map(|(service, (stratum, _))| (service, stratum)).collect())
}

/// Rows of service, word and number.
async fn told(session: &SessionContext, sql: &str) -> Result<Standing, AnalyticsError> {
    let batches = read_only(session, sql).await?.collect().await?;
    let mut told = Standing::new();
    for batch in &batches {
        let (services, arms, values) = (
            Texts::of(batch, "service_id")?,
            Texts::of(batch, "arm")?,
            Numbers::of(batch, "value")?,
        );
        for row in 0..batch.num_rows() {
            if let (Some(service), Some(arm)) = (services.get(row), arms.get(row)) {
                told.insert(service.to_owned(), (arm.to_owned(), values.get(row)));
            }
        }
    }
    Ok(told)
}

/// Services that were retired by an instant, given in SQL.
async fn retired(session: &SessionContext, by: &str) -> Result<BTreeSet<String>, AnalyticsError> {
    let sql = format!(
        "select service_id, 'retired' as arm, cast(null as double) as value
         from services where deleted_at is null and retired_at <= {by}"
    );
    Ok(told(session, &sql).await?.into_keys().collect())
}

/// An instant in SQL.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    format!("to_timestamp_micros({})", at.timestamp_micros())
}
