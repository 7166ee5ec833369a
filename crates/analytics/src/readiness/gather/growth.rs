//! How many engineers and services there were, now and in the quarters before.

use datafusion::prelude::SessionContext;

use super::ask::{date, instant, named, one};
use crate::AnalyticsError;
use crate::readiness::Moment;

/// Quarters back that are looked at: now, the last one, two for the direction, a year.
const BACK: [i32; 4] = [0, 1, 2, 4];

/// Who is an engineer: who is employed with such a role or none, as the metrics about people have
/// it. `day_on` stands for the day.
const STAFF: &str = "select person_id, hired_on, left_on from people
   where deleted_at is null and basis = 'recorded' and hired_on is not null
     and coalesce(kind, 'human') = 'human'
     and (role is null or lower(role) like '%engineer%' or lower(role) like '%developer%')";

/// Engineers and services at the ends of quarters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Growth {
    /// True where nobody's day of hiring is known, so that authors of commits stand for engineers.
    pub(crate) is_by_authors: bool,
    engineers: Vec<(i32, f64)>,
    services: Vec<(i32, f64)>,
}

impl Growth {
    /// Engineers at the end of this quarter; `None` without anybody.
    pub(crate) fn engineers(&self) -> Option<f64> {
        at(&self.engineers, 0)
    }

    /// Growth of engineers since so many quarters ago; `None` where nobody is known then.
    pub(crate) fn of_engineers(&self, quarters: i32) -> Option<f64> {
        since(&self.engineers, quarters)
    }

    /// Growth of services since so many quarters ago; `None` where none is known then.
    pub(crate) fn of_services(&self, quarters: i32) -> Option<f64> {
        since(&self.services, quarters)
    }
}

/// The number at the end of a quarter; zero is nobody known.
fn at(counts: &[(i32, f64)], quarters: i32) -> Option<f64> {
    let found = counts.iter().find(|(back, _)| *back == quarters).map(|(_, count)| *count);
    found.filter(|count| *count > 0.0)
}

fn since(counts: &[(i32, f64)], quarters: i32) -> Option<f64> {
    Some(at(counts, 0)? / at(counts, quarters)? - 1.0)
}

/// The engineers of the quarter's last day, as a query of `person_id`.
pub(super) fn engineers(moment: &Moment, is_by_authors: bool) -> String {
    if is_by_authors {
        return authors(
            &format!("select 0 as back, {} as at", instant(moment.at)),
            "distinct w.person_id",
        );
    }
    let day = date(moment.last_on);
    format!(
        "select person_id from ({STAFF}) where hired_on <= {day} and (left_on is null or left_on >= {day})"
    )
}

pub(super) async fn growth(
    session: &SessionContext,
    moment: &Moment,
) -> Result<Growth, AnalyticsError> {
    let staff = one(session, &format!("select count(*) as people from ({STAFF})")).await?;
    let is_by_authors = staff.count("people")? == 0;
    let sql = match is_by_authors {
        true => {
            let counted = "cast(w.back as varchar) as name, count(distinct w.person_id) as value";
            authors(&instants(moment), counted) + " group by w.back"
        }
        false => format!(
            "select cast(d.back as varchar) as name, count(distinct s.person_id) as value
             from ({}) d join ({STAFF}) s
               on s.hired_on <= d.day_on and (s.left_on is null or s.left_on >= d.day_on)
             group by d.back",
            days(moment)
        ),
    };
    let engineers = counts(named(session, &sql).await?);
    let services = counts(named(session, &services(moment)).await?);
    Ok(Growth { is_by_authors, engineers, services })
}

fn counts(rows: Vec<(String, Option<f64>)>) -> Vec<(i32, f64)> {
    rows.into_iter().filter_map(|(back, count)| Some((back.parse().ok()?, count?))).collect()
}

/// The last days of the quarters that are looked at.
fn days(moment: &Moment) -> String {
    union(|back| {
        let day = if back == 0 { moment.last_on } else { moment.end_of(back).1 };
        format!("select {back} as back, {} as day_on", date(day))
    })
}

/// Their last instants.
fn instants(moment: &Moment) -> String {
    union(|back| {
        let at = if back == 0 { moment.at } else { moment.end_of(back).0 };
        format!("select {back} as back, {} as at", instant(at))
    })
}

fn union(one: impl Fn(i32) -> String) -> String {
    BACK.map(one).join(" union all ")
}

/// People who wrote a commit in the 90 days before each instant.
fn authors(instants: &str, selected: &str) -> String {
    format!(
        "with persons as (
           select lower(identifier) as identifier, min(person_id) as person_id
           from identities where deleted_at is null group by lower(identifier)
         ),
         wrote as (
           select m.back, coalesce(p.person_id, lower(c.author_email)) as person_id
           from commits c
           join ({instants}) m on c.authored_at <= m.at and c.authored_at > m.at - interval '90 days'
           left join persons p on p.identifier = lower(c.author_email)
           left join people k
             on k.person_id = coalesce(p.person_id, lower(c.author_email)) and k.deleted_at is null
           where c.deleted_at is null and c.author_email is not null
             and coalesce(k.kind, 'human') = 'human'
             and coalesce(c.author_name, '') not like '%[bot]%'
         )
         select {selected} from wrote w"
    )
}

/// Services that were live at each instant, by the catalogue or since their first deployment.
fn services(moment: &Moment) -> String {
    format!(
        "with firsts as (
           select service_id, min(finished_at) as at from classified_deployments
           where kind is not null group by service_id
         ),
         lives as (
           select k.service_id, coalesce(s.production_since, f.at) as live_from, s.retired_at
           from known_services k
           left join services s on s.service_id = k.service_id and s.deleted_at is null
           left join firsts f on f.service_id = k.service_id
           where s.lifecycle is null or lower(s.lifecycle) = 'production'
         )
         select cast(m.back as varchar) as name, count(l.service_id) as value
         from ({}) m join lives l on l.live_from <= m.at and (l.retired_at is null or l.retired_at > m.at)
         group by m.back",
        instants(moment)
    )
}
