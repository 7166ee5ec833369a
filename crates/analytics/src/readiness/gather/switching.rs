//! Factor 7: how much of the time goes into infrastructure instead of the product.

use chrono_tz::Tz;
use datafusion::prelude::SessionContext;

use super::ask::{list, named};
use super::{ENOUGH_PEOPLE, Found};
use crate::AnalyticsError;
use crate::allocation::{Category, Dimension, Figures, Group, Scheme, allocation};
use crate::effort::{Month, Rational};
use crate::readiness::{Basis, Factor, Moment, Numbers, Rules};
use crate::statistics::mean_with_interval;

/// Below such a share of labelled time the rest could turn the colour.
const ENOUGH_COVERAGE: f64 = 0.7;
/// Doing that is no work on the product: what machines and others ask for.
const INFRASTRUCTURE: [Category; 3] =
    [Category::Infrastructure, Category::Support, Category::Unplanned];
/// Doing that is.
const PRODUCT: [Category; 2] = [Category::Roadmap, Category::Maintenance];

/// Shares of the quarter's worked time of everybody.
#[derive(Debug, Default)]
struct Time {
    fte: Rational,
    infrastructure: Rational,
    product: Rational,
    labelled: Rational,
    /// Of the month with the fewest.
    people: Option<u64>,
}

impl Time {
    fn add(&mut self, month: &Figures) {
        let sum = |categories: &[Category]| -> Rational {
            categories.iter().filter_map(|one| month.shares.get(one)).map(|one| &one.share).sum()
        };
        self.infrastructure += &(&sum(&INFRASTRUCTURE) * &month.fte);
        self.product += &(&sum(&PRODUCT) * &month.fte);
        self.labelled += &(&month.coverage * &month.fte);
        self.fte += &month.fte;
        self.people = Some(self.people.map_or(month.people, |people| people.min(month.people)));
    }

    fn ratio(&self, part: &Rational) -> f64 {
        part.over(&self.fte).and_then(|share| share.approximate().ok()).unwrap_or_default()
    }
}

pub(super) async fn find(
    session: &SessionContext,
    moment: &Moment,
    rules: &Rules,
    scheme: &Scheme,
    zone: Tz,
) -> Result<Found, AnalyticsError> {
    let asked = surveyed(session, rules).await?;
    let answer = allocation(session, &months(moment), zone, scheme).await?;
    let mut time = Time::default();
    let everybody = answer
        .allocations
        .iter()
        .filter(|one| one.group == Group::Organization && one.dimension == Dimension::Activity);
    for figures in everybody.filter_map(|one| one.figures.as_ref()) {
        time.add(figures);
    }
    let coverage = time.ratio(&time.labelled);
    if time.people.is_none() || coverage < ENOUGH_COVERAGE {
        let mut found = asked;
        if time.people.is_some() {
            found.missing.push(format!(
                "what people work on: only {:.0} % of the time can be told; tickets with kinds or labels, named in commits, and `[[allocation_rule]]` tell more",
                coverage * 100.0
            ));
        }
        return Ok(found);
    }
    Ok(allocated(&time, coverage, answer.is_assumed))
}

/// The months of the quarter that have begun.
fn months(moment: &Moment) -> Vec<Month> {
    let days = moment.quarter.start_on().iter_days();
    let mut months: Vec<Month> =
        days.take_while(|day| *day <= moment.last_on).map(Month::of).collect();
    months.dedup();
    months
}

fn allocated(time: &Time, coverage: f64, is_assumed: bool) -> Found {
    let mut found = Found::new(Factor::ContextSwitching);
    let infrastructure = time.ratio(&time.infrastructure);
    let product = time.ratio(&time.product);
    found.basis = if is_assumed { Basis::Proxy } else { Basis::Measured };
    found.value = Some(infrastructure);
    found.sample_size = time.people.and_then(|people| i64::try_from(people).ok());
    found.coverage_ratio = Some(coverage);
    found.numbers = Some(Numbers::Time { infrastructure, product: Some(product) });
    found.details.push(format!(
        "{:.0} % of the worked time on infrastructure, support and what was not planned",
        infrastructure * 100.0
    ));
    found.details.push(format!("{:.0} % on the product", product * 100.0));
    if is_assumed {
        found.missing.push(
            "who is employed, and how much: everybody counts as full time; `milepost ingest files employments.csv calendars.csv absences.csv` tells more".to_owned(),
        );
    }
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
