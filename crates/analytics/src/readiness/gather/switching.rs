//! Factor 7: how much of the time goes into infrastructure instead of the product.

use datafusion::prelude::SessionContext;

use super::ask::{list, named};
use super::{ENOUGH_PEOPLE, Found};
use crate::AnalyticsError;
use crate::readiness::{Basis, Factor, Moment, Numbers, Rules};
use crate::statistics::mean_with_interval;

/// Shares of the time worked, by allocation.
struct Allocation {
    infrastructure: f64,
    product: f64,
    people: i64,
    coverage_ratio: f64,
}

/// Where the shares of an allocation of work come in, by tickets, paths and labels. Nothing
/// computes one yet; until then surveys and answers by hand are all there is.
async fn allocation_share(
    _session: &SessionContext,
    _moment: &Moment,
) -> Result<Option<Allocation>, AnalyticsError> {
    Ok(None)
}

pub(super) async fn find(
    session: &SessionContext,
    moment: &Moment,
    rules: &Rules,
) -> Result<Found, AnalyticsError> {
    if let Some(allocation) = allocation_share(session, moment).await? {
        return Ok(allocated(&allocation));
    }
    surveyed(session, rules).await
}

fn allocated(allocation: &Allocation) -> Found {
    let mut found = Found::new(Factor::ContextSwitching);
    if allocation.people < ENOUGH_PEOPLE {
        found.sample_size = None;
        return found.without("group_too_small", "the work of five people at least");
    }
    found.basis = Basis::Measured;
    found.value = Some(allocation.infrastructure);
    found.sample_size = Some(allocation.people);
    found.coverage_ratio = Some(allocation.coverage_ratio);
    found.numbers = Some(Numbers::Time {
        infrastructure: allocation.infrastructure,
        product: Some(allocation.product),
    });
    found
}

async fn surveyed(session: &SessionContext, rules: &Rules) -> Result<Found, AnalyticsError> {
    let mut found = Found::new(Factor::ContextSwitching);
    let infrastructure = shares(session, &rules.infrastructure_time_questions).await?;
    let product = shares(session, &rules.product_time_questions).await?;
    let missing = "how the time is spent: `milepost ingest files survey_responses.csv` with the questions of `infrastructure_time_questions` and `product_time_questions` in percent, of five people at least; or an answer by hand, [[readiness.manual]]";
    let people = infrastructure.len() as i64;
    let (false, Ok(mean)) = (people == 0, mean_with_interval(&infrastructure)) else {
        return Ok(found.without("no_allocation", missing));
    };
    if people < ENOUGH_PEOPLE {
        found.sample_size = None;
        return Ok(found.without("group_too_small", missing));
    }
    let is_enough = product.len() as i64 >= ENOUGH_PEOPLE;
    let product = mean_with_interval(&product).ok().filter(|_| is_enough).map(|mean| mean.mean);
    let numbers = Numbers::Time { infrastructure: mean.mean, product };
    found.sample_size = Some(people);
    found.details.push(format!("{:.0} % of the time on infrastructure", mean.mean * 100.0));
    match product {
        Some(share) => found.details.push(format!("{:.0} % on the product", share * 100.0)),
        None => found.missing.push(missing.to_owned()),
    }
    if numbers.colour(rules).is_none() {
        found.reason = Some("product_share_unknown");
        return Ok(found);
    }
    found.basis = Basis::Survey;
    found.value = Some(mean.mean);
    found.interval = mean.interval.ok();
    found.numbers = Some(numbers);
    Ok(found)
}

/// What each person answered in percent, as shares.
async fn shares(
    session: &SessionContext,
    questions: &[String],
) -> Result<Vec<f64>, AnalyticsError> {
    let sql = format!(
        "select respondent_id as name, avg(score) / 100 as value
         from windowed.answers
         where subject_kind = 'organization' and score between 0 and 100 and lower(question_id) in ({})
         group by respondent_id",
        list(questions)
    );
    Ok(named(session, &sql).await?.into_iter().filter_map(|(_, share)| share).collect())
}
