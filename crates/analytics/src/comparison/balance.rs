//! Are the arms comparable at all? Their services by what they were before the period.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use datafusion::prelude::SessionContext;

use super::arms::{Arms, instant};
use crate::columns::{Numbers, Texts};
use crate::statistics::{Balance, Reason, Share, balance_of_shares, balance_of_values};
use crate::{AnalyticsError, read_only};

/// A trait of services in two arms.
#[derive(Debug, Clone, PartialEq, serde::Serialize, schemars::JsonSchema)]
pub struct BalanceRow {
    /// What is compared.
    pub comparison: String,
    /// Trait: `tier NAME` and `language NAME` are shares of services, `age` is in days, `team size`
    /// in people, `change size` in lines.
    pub characteristic: String,
    /// First arm.
    pub arm_a: String,
    /// Second arm.
    pub arm_b: String,
    /// Services of the first arm of which it is known.
    pub services_a: i64,
    /// The same of the second arm.
    pub services_b: i64,
    /// Mean or share of the first arm; NULL with a reason.
    pub value_a: Option<f64>,
    /// The same of the second arm.
    pub value_b: Option<f64>,
    /// Difference in standard deviations; NULL with a reason.
    pub standardized_difference: Option<f64>,
    /// True beyond 0.25: compare within strata, or with care.
    pub is_imbalanced: Option<bool>,
    /// Why there is no difference, in one word.
    pub reason: Option<String>,
}

type Traits = BTreeMap<String, BTreeMap<String, f64>>;
type Words = BTreeMap<String, BTreeMap<String, String>>;

/// The traits of the services of each pair of arms when the period began.
///
/// # Errors
/// Where the facts can't be read.
pub async fn balance(
    session: &SessionContext,
    arms: &Arms,
    from: DateTime<Utc>,
) -> Result<Vec<BalanceRow>, AnalyticsError> {
    let (numbers, words) = traits(session, from).await?;
    let mut rows = Vec::new();
    for (first, second) in &arms.pairs {
        let of = |arm: &str| -> Vec<&String> {
            arms.members
                .iter()
                .filter(|(_, member)| member.arm == arm)
                .map(|(name, _)| name)
                .collect()
        };
        let (one, other) = (of(first), of(second));
        let mut add =
            |characteristic: String, sizes: (usize, usize), found: Result<Balance, Reason>| {
                let known = found.ok();
                rows.push(BalanceRow {
                    comparison: arms.comparison.clone(),
                    characteristic,
                    arm_a: first.clone(),
                    arm_b: second.clone(),
                    services_a: sizes.0 as i64,
                    services_b: sizes.1 as i64,
                    value_a: known.map(|known| known.first),
                    value_b: known.map(|known| known.second),
                    standardized_difference: known.map(|known| known.standardized_difference),
                    is_imbalanced: known.map(|known| known.is_imbalanced),
                    reason: found.err().map(|reason| reason.as_str().to_owned()),
                });
            };
        for (name, values) in &words {
            let known = |arm: &[&String]| -> Vec<String> {
                arm.iter().filter_map(|service| values.get(*service).cloned()).collect()
            };
            let (one, other) = (known(&one), known(&other));
            let levels: BTreeSet<&String> = one.iter().chain(&other).collect();
            for level in levels {
                let share = |arm: &[String]| {
                    let has = arm.iter().filter(|own| *own == level).count();
                    Share::new(has as u64, arm.len() as u64)
                };
                let found = balance_of_shares(share(&one), share(&other));
                add(format!("{name} {level}"), (one.len(), other.len()), found);
            }
        }
        for (name, values) in &numbers {
            let known = |arm: &[&String]| -> Vec<f64> {
                arm.iter().filter_map(|service| values.get(*service).copied()).collect()
            };
            let (one, other) = (known(&one), known(&other));
            add(name.clone(), (one.len(), other.len()), balance_of_values(&one, &other));
        }
    }
    Ok(rows)
}

async fn traits(
    session: &SessionContext,
    from: DateTime<Utc>,
) -> Result<(Traits, Words), AnalyticsError> {
    let start = instant(from);
    let sql = format!(
        "select 'tier' as name, service_id, tier as word, cast(null as double) as value
         from services where deleted_at is null and tier is not null
         union all
         select 'language', service_id, lower(language), cast(null as double)
         from services where deleted_at is null and language is not null
         union all
         select 'age', service_id, null,
                cast(extract(epoch from {start}) - extract(epoch from started_at) as double) / 86400
         from service_starts where started_at < {start}
         union all
         select 'team size', o.service_id, null, cast(count(distinct m.person_id) as double)
         from owners o
         join team_members m on m.team_id = o.team_id and m.deleted_at is null
           and m.valid_from <= {start} and (m.valid_to is null or m.valid_to > {start})
         where o.valid_from <= {start} and (o.valid_to is null or o.valid_to > {start})
         group by o.service_id
         union all
         select 'change size', d.service_id, null,
                percentile_cont(0.5) within group (order by cast(p.additions_count + p.deletions_count as double))
         from deployed_changes d
         join pull_requests p on p.pull_request_id = d.change_id and p.deleted_at is null
         where d.deployed_at < {start} and p.additions_count is not null and p.deletions_count is not null
         group by d.service_id"
    );
    let (mut numbers, mut words) = (Traits::new(), Words::new());
    for batch in read_only(session, &sql).await?.collect().await? {
        let (names, services) = (Texts::of(&batch, "name")?, Texts::of(&batch, "service_id")?);
        let (texts, values) = (Texts::of(&batch, "word")?, Numbers::of(&batch, "value")?);
        for row in 0..batch.num_rows() {
            let (Some(name), Some(service)) = (names.get(row), services.get(row)) else { continue };
            if let Some(word) = texts.get(row) {
                let of_name = words.entry(name.to_owned()).or_default();
                of_name.insert(service.to_owned(), word.to_owned());
            } else if let Some(value) = values.get(row) {
                numbers.entry(name.to_owned()).or_default().insert(service.to_owned(), value);
            }
        }
    }
    Ok((numbers, words))
}
