//! Factor 1: engineers, and the teams they are in.

use datafusion::prelude::SessionContext;

use super::ask::{instant, names, one, plural};
use super::growth::{Growth, engineers};
use super::{CONTRIBUTORS, ENOUGH_PEOPLE, Found};
use crate::AnalyticsError;
use crate::readiness::{Basis, Factor, Moment, Numbers};

pub(super) async fn find(
    session: &SessionContext,
    moment: &Moment,
    growth: &Growth,
) -> Result<Found, AnalyticsError> {
    let mut found = Found::new(Factor::TeamSize);
    let Some(count) = growth.engineers() else {
        return Ok(found.without(
            "no_people",
            "who is employed: `milepost ingest files people.csv` (person_id, role, hired_on, left_on), or commits, whose authors stand for engineers",
        ));
    };
    let (teams, placed) = teams(session, moment, growth).await?;
    found.basis = if growth.is_by_authors { Basis::Proxy } else { Basis::Measured };
    found.numbers = Some(Numbers::TeamSize { engineers: count, teams });
    if count < ENOUGH_PEOPLE as f64 {
        // Every number below five gives the same colour, which therefore tells none of them.
        found.reason = Some("group_too_small");
        found.sample_size = None;
        return Ok(found);
    }
    found.value = Some(count);
    found.sample_size = Some(count as i64);
    found.coverage_ratio = Some((placed / count).min(1.0));
    if growth.is_by_authors {
        found.details.push("authors of commits in the last 90 days stand for engineers".to_owned());
        found.missing.push(
            "who is employed: `milepost ingest files people.csv` (person_id, role, hired_on, left_on)"
                .to_owned(),
        );
    }
    match teams {
        Some(teams) => found.details.push(plural(teams as i64, "team")),
        None => found.missing.push(
            "which teams there are: `milepost ingest files team_members.csv` (team_id, person_id, valid_from)"
                .to_owned(),
        ),
    }
    for (quarters, words) in [(1, "since the last quarter"), (4, "in a year")] {
        if let Some(growth) = growth.of_engineers(quarters) {
            found.details.push(format!("{:+.0} % {words}", growth * 100.0));
        }
    }
    found.contributors = names(session, &largest(moment, growth)).await?;
    Ok(found)
}

/// Teams with an engineer, and engineers in a team. Where no memberships are known, the teams that
/// own services.
async fn teams(
    session: &SessionContext,
    moment: &Moment,
    growth: &Growth,
) -> Result<(Option<f64>, f64), AnalyticsError> {
    let sql = format!(
        "select count(distinct team_id) as teams, count(distinct person_id) as people from ({})",
        memberships(moment, growth)
    );
    let members = one(session, &sql).await?;
    if members.count("teams")? > 0 {
        return Ok((members.number("teams")?, members.number("people")?.unwrap_or_default()));
    }
    let at = instant(moment.at);
    let sql = format!(
        "select count(distinct team_id) as teams from owners
         where valid_from <= {at} and (valid_to is null or valid_to > {at})"
    );
    let owning = one(session, &sql).await?.number("teams")?;
    Ok((owning.filter(|teams| *teams > 0.0), 0.0))
}

fn memberships(moment: &Moment, growth: &Growth) -> String {
    let at = instant(moment.at);
    format!(
        "select m.team_id, m.person_id from team_members m
         join ({}) e on e.person_id = m.person_id
         where m.deleted_at is null and m.valid_from <= {at} and (m.valid_to is null or m.valid_to > {at})",
        engineers(moment, growth.is_by_authors)
    )
}

/// The largest teams by name alone: their sizes would tell of small ones by subtraction.
fn largest(moment: &Moment, growth: &Growth) -> String {
    format!(
        "select team_id as name from ({}) group by team_id
         having count(distinct person_id) >= {ENOUGH_PEOPLE}
         order by count(distinct person_id) desc, team_id limit {CONTRIBUTORS}",
        memberships(moment, growth)
    )
}
