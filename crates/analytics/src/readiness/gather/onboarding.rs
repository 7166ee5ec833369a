//! Factor 6: from somebody's first day to a commit of theirs in production.

use datafusion::prelude::SessionContext;

use super::ask::{instant, names, times};
use super::{CONTRIBUTORS, ENOUGH_PEOPLE, Found};
use crate::AnalyticsError;
use crate::readiness::{Basis, Factor, Moment, Numbers};
use crate::statistics::{Interval, kaplan_meier};

pub(super) async fn find(
    session: &SessionContext,
    moment: &Moment,
) -> Result<Found, AnalyticsError> {
    let mut found = Found::new(Factor::OnboardingTime);
    let joined = times(session, &joiners(moment)).await?;
    let count = joined.len() as i64;
    if count == 0 {
        return Ok(found.without(
            "no_joiners",
            "who was hired in the last two quarters, and which addresses are theirs: `milepost ingest files people.csv identities.csv`, with commits and deployments",
        ));
    }
    if count < ENOUGH_PEOPLE {
        found.sample_size = None;
        return Ok(found.without(
            "group_too_small",
            "five people at least who were hired in the last two quarters: fewer are not shown",
        ));
    }
    let Ok(curve) = kaplan_meier(&joined) else {
        return Ok(
            found.without("no_joiners", "times that can be: somebody shipped before joining")
        );
    };
    found.sample_size = Some(count);
    found.details.push("joiners of two quarters; who has not shipped yet takes longer".to_owned());
    match curve.median() {
        Ok(median) => {
            found.basis = Basis::Measured;
            found.value = Some(median);
            found.numbers = Some(Numbers::Onboarding(median));
            if let (Ok(low), Ok(high)) = curve.median_ends() {
                found.interval = Some(Interval { low, high });
            }
        }
        // Half of them have not got there: the median is above what was watched.
        Err(_) => {
            found.reason = Some("not_reached");
            found.basis = Basis::Measured;
            found.numbers = Some(Numbers::OnboardingAbove(curve.last));
        }
    }
    found.contributors = names(session, &slowest(moment)).await?;
    Ok(found)
}

/// Joiners of this quarter and the last one. Nothing after the quarter counts, so that its value
/// stays what it is.
fn joiners(moment: &Moment) -> String {
    let (from, at) = (instant(moment.start_of(1)), instant(moment.at));
    format!(
        "select person_id, hired_at,
                date_part('epoch', case when shipped_at <= {at} then shipped_at else least(until_at, {at}) end)
                  - date_part('epoch', hired_at) as value,
                coalesce(shipped_at <= {at}, false) as is_observed
         from joiners
         where exclusion_reason is null and hired_at >= {from} and hired_at <= {at}"
    )
}

/// Teams of five joiners and more, the slowest first, by name alone.
fn slowest(moment: &Moment) -> String {
    format!(
        "select t.team_id as name from ({}) j
         join team_members t on t.person_id = j.person_id and t.deleted_at is null
           and t.valid_from < j.hired_at + interval '30 days'
           and (t.valid_to is null or t.valid_to > j.hired_at)
         group by t.team_id having count(distinct j.person_id) >= {ENOUGH_PEOPLE}
         order by avg(j.value) desc, t.team_id limit {CONTRIBUTORS}",
        joiners(moment)
    )
}
