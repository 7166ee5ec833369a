//! Factor 4: who says that infrastructure or tooling slows them down.

use datafusion::prelude::SessionContext;

use super::ask::{instant, list, named, names, one, plural};
use super::growth::Growth;
use super::{CONTRIBUTORS, ENOUGH_PEOPLE, Found, LINKS};
use crate::AnalyticsError;
use crate::readiness::{Basis, Factor, Moment, Numbers, Rules};
use crate::statistics::Share;

const SURVEY: &str = "what developers say: `milepost ingest files survey_responses.csv` with the questions of `complaint_questions` on the scale likert_1_5, of five people at least";

/// The survey first; where nobody was asked, tickets that complain.
pub(super) async fn find(
    session: &SessionContext,
    moment: &Moment,
    rules: &Rules,
    growth: &Growth,
) -> Result<Found, AnalyticsError> {
    let mut found = Found::new(Factor::DeveloperComplaints);
    let asked = one(session, &answers(rules)).await?;
    let people = asked.count("people")?;
    if people >= ENOUGH_PEOPLE {
        let share = Share::new(asked.count("agreeing")? as u64, people as u64);
        found.of_share(share);
        found.basis = Basis::Survey;
        found.numbers = found.value.map(Numbers::Agreement);
        found.share = Some(share);
        found.coverage_ratio = asked.number("response_ratio")?;
        found.details.push(format!("{people} people answered"));
        if found.coverage_ratio.is_some_and(|ratio| ratio < 0.3) {
            found.details.push("fewer than 30 % of those asked answered: indicative".to_owned());
        }
        found.contributors = names(session, &agreeing(rules)).await?;
        return Ok(found);
    }
    let is_small = people > 0;
    tickets(session, moment, rules, (growth, is_small), found).await
}

async fn tickets(
    session: &SessionContext,
    moment: &Moment,
    rules: &Rules,
    (growth, is_small): (&Growth, bool),
    mut found: Found,
) -> Result<Found, AnalyticsError> {
    found.missing.push(SURVEY.to_owned());
    let counted = one(session, &complaints(moment, rules)).await?;
    let engineers = growth.engineers().filter(|count| *count >= ENOUGH_PEOPLE as f64);
    // Without any complaint ever, tickets are not marked as such, which is not "no complaints".
    let (true, Some(engineers)) = (counted.count("ever")? > 0, engineers) else {
        let reason = if is_small { "group_too_small" } else { "no_survey" };
        found.sample_size = if is_small { None } else { Some(0) };
        return Ok(found.without(
            reason,
            "or, as a proxy: support tickets of the categories in `complaint_categories`, and how many engineers there are",
        ));
    };
    let count = counted.count("tickets")?;
    // Weeks without a complaint may become a quarter with some: 0 of a quarter that goes on is no answer.
    if count == 0 && moment.is_provisional {
        let reason = if is_small { "group_too_small" } else { "nothing_yet_in_this_quarter" };
        found.sample_size = (!is_small).then_some(0);
        return Ok(found.without(reason, "nothing yet in this quarter: no answer of five people, and no ticket of the categories in `complaint_categories`"));
    }
    let rate = count as f64 * 100.0 / engineers / moment.elapsed;
    found.basis = Basis::Proxy;
    found.unit = "count";
    found.value = Some(rate);
    found.numbers = Some(Numbers::ComplaintTickets(rate));
    found.sample_size = Some(count);
    found.details.push("complaints in tickets per 100 engineers and quarter".to_owned());
    found.contributors = named(session, &complaining(moment, rules))
        .await?
        .into_iter()
        .map(|(name, count)| {
            format!("{name} ({})", plural(count.unwrap_or_default() as i64, "ticket"))
        })
        .collect();
    found.links = names(session, &links(moment, rules)).await?;
    Ok(found)
}

/// People who answered, and those who agree with one of the questions at least.
fn answers(rules: &Rules) -> String {
    format!(
        "with people as ({}),
         counted as (
           select count(respondent_id) as people, sum(agrees) as agreeing from people
           where subject_kind = 'organization'
         )
         select c.people, c.agreeing, r.response_ratio
         from counted c
         left join windowed.response_rates r on r.subject_kind = 'organization'",
        people(rules)
    )
}

fn people(rules: &Rules) -> String {
    format!(
        "select subject_kind, subject_id, respondent_id, max(case when score >= 4 then 1 else 0 end) as agrees
         from windowed.answers
         where scale = 'likert_1_5' and score between 1 and 5 and lower(question_id) in ({})
         group by subject_kind, subject_id, respondent_id",
        list(&rules.complaint_questions)
    )
}

/// Teams of five and more who agree most, by name alone.
fn agreeing(rules: &Rules) -> String {
    format!(
        "select subject_id as name from ({})
         where subject_kind = 'team' and subject_id <> 'unowned'
         group by subject_id having count(respondent_id) >= {ENOUGH_PEOPLE} and sum(agrees) > 0
         order by avg(cast(agrees as double)) desc, subject_id limit {CONTRIBUTORS}",
        people(rules)
    )
}

fn complaints(moment: &Moment, rules: &Rules) -> String {
    let at = instant(moment.at);
    format!(
        "select count(*) as ever, count(case when created_at >= {} then 1 end) as tickets
         from support_tickets
         where deleted_at is null and created_at <= {at} and lower(category) in ({})",
        instant(moment.start),
        list(&rules.complaint_categories)
    )
}

fn in_quarter(moment: &Moment, rules: &Rules) -> String {
    format!(
        "from support_tickets where deleted_at is null and created_at >= {} and created_at <= {}
           and lower(category) in ({})",
        instant(moment.start),
        instant(moment.at),
        list(&rules.complaint_categories)
    )
}

fn complaining(moment: &Moment, rules: &Rules) -> String {
    format!(
        "select team_id as name, cast(count(*) as double) as value {} and team_id is not null
         group by team_id order by value desc, name limit {CONTRIBUTORS}",
        in_quarter(moment, rules)
    )
}

fn links(moment: &Moment, rules: &Rules) -> String {
    format!(
        "select source_url as name {} and source_url is not null
         order by created_at desc, source_url limit {LINKS}",
        in_quarter(moment, rules)
    )
}
