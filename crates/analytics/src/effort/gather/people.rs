//! People, and the terms they work under.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::SessionContext;

use super::traces::Traces;
use super::{WorkingTime, days, rows};
use crate::AnalyticsError;
use crate::columns::{Numbers, Texts};
use crate::effort::{
    Absence, Calendar, Employment, EmploymentType, Membership, Month, Person, Rational,
};

/// Country of assumed employments: no code of ISO 3166.
const ASSUMED: &str = "assumed";

/// People and terms.
pub(super) struct Facts {
    pub(super) people: Vec<Person>,
    pub(super) employments: Vec<Employment>,
    pub(super) memberships: Vec<Membership>,
    pub(super) absences: Vec<Absence>,
    pub(super) calendars: Vec<Calendar>,
}

/// Files write a day as its midnight in UTC, wherever it is meant; other instants are of the day
/// that it is then in the reporting zone.
fn civil_day(column: &str) -> String {
    format!(
        "case when date_trunc('day', {column} at time zone 'UTC') = {column} at time zone 'UTC'
              then cast({column} at time zone 'UTC' as date)
              else cast(cast({column} as timestamp(6) with time zone) as date) end"
    )
}

pub(super) async fn read(
    session: &SessionContext,
    working_times: &[WorkingTime],
) -> Result<Facts, AnalyticsError> {
    Ok(Facts {
        people: people(session).await?,
        employments: employments(session).await?,
        memberships: memberships(session).await?,
        absences: absences(session).await?,
        calendars: calendars(session, working_times).await?,
    })
}

async fn people(session: &SessionContext) -> Result<Vec<Person>, AnalyticsError> {
    let sql = "select person_id, name, role from people
               where deleted_at is null and coalesce(kind, 'human') = 'human'";
    each(session, sql, |rows| {
        let (ids, names) = (Texts::of(rows, "person_id")?, Texts::of(rows, "name")?);
        let roles = Texts::of(rows, "role")?;
        let person = |row| {
            Some(Person {
                person_id: ids.get(row)?.to_owned(),
                name: names.get(row).map(str::to_owned),
                role: roles.get(row).map(str::to_owned),
            })
        };
        Ok((0..rows.num_rows()).filter_map(person).collect())
    })
    .await
}

async fn employments(session: &SessionContext) -> Result<Vec<Employment>, AnalyticsError> {
    let sql = format!(
        "select e.person_id, {} as from_on, {} as until_on, e.employee_id, lower(e.employment_type) as employment_type,
                e.entity, upper(e.country) as country, e.fte_ratio, e.cost_center
         from employments e
         left join people p on p.person_id = e.person_id and p.deleted_at is null
         where e.deleted_at is null and coalesce(p.kind, 'human') = 'human'",
        civil_day("e.valid_from"),
        civil_day("e.valid_to")
    );
    each(session, &sql, |rows| {
        let text = |name| Texts::of(rows, name);
        let (ids, types) = (text("person_id")?, text("employment_type")?);
        let (employees, entities) = (text("employee_id")?, text("entity")?);
        let (countries, centres) = (text("country")?, text("cost_center")?);
        let (from, until) = (days(rows, "from_on")?, days(rows, "until_on")?);
        let shares = Numbers::of(rows, "fte_ratio")?;
        let owned = |texts: &Texts, row| texts.get(row).map(str::to_owned);
        let employment = |row: usize| {
            Some(Employment {
                person_id: owned(&ids, row)?,
                valid_from: from[row]?,
                valid_to: until[row],
                employee_id: owned(&employees, row),
                employment_type: match types.get(row) {
                    Some("employee") => Some(EmploymentType::Employee),
                    Some("contractor") => Some(EmploymentType::Contractor),
                    _ => None,
                },
                entity: owned(&entities, row),
                country: owned(&countries, row),
                fte: shares.get(row).and_then(Rational::from_column),
                cost_center: owned(&centres, row),
            })
        };
        Ok((0..rows.num_rows()).filter_map(employment).collect())
    })
    .await
}

async fn memberships(session: &SessionContext) -> Result<Vec<Membership>, AnalyticsError> {
    let sql = format!(
        "select m.team_id, m.person_id, {} as from_on, {} as until_on
         from team_members m
         left join people p on p.person_id = m.person_id and p.deleted_at is null
         where m.deleted_at is null and coalesce(p.kind, 'human') = 'human'",
        civil_day("m.valid_from"),
        civil_day("m.valid_to")
    );
    each(session, &sql, |rows| {
        let (teams, people) = (Texts::of(rows, "team_id")?, Texts::of(rows, "person_id")?);
        let (from, until) = (days(rows, "from_on")?, days(rows, "until_on")?);
        let membership = |row: usize| {
            Some(Membership {
                team_id: teams.get(row)?.to_owned(),
                person_id: people.get(row)?.to_owned(),
                valid_from: from[row]?,
                valid_to: until[row],
            })
        };
        Ok((0..rows.num_rows()).filter_map(membership).collect())
    })
    .await
}

async fn absences(session: &SessionContext) -> Result<Vec<Absence>, AnalyticsError> {
    let sql = "select a.person_id, a.absent_on, a.fraction
               from absences a
               left join people p on p.person_id = a.person_id and p.deleted_at is null
               where a.deleted_at is null and coalesce(p.kind, 'human') = 'human'";
    each(session, sql, |rows| {
        let (people, on) = (Texts::of(rows, "person_id")?, days(rows, "absent_on")?);
        let fractions = Numbers::of(rows, "fraction")?;
        let absence = |row: usize| {
            Some(Absence {
                person_id: people.get(row)?.to_owned(),
                day: on[row]?,
                fraction: fractions.get(row).and_then(Rational::from_column),
            })
        };
        Ok((0..rows.num_rows()).filter_map(absence).collect())
    })
    .await
}

/// The countries of which holidays are known, or working times given.
async fn calendars(
    session: &SessionContext,
    working_times: &[WorkingTime],
) -> Result<Vec<Calendar>, AnalyticsError> {
    let sql =
        "select upper(country) as country, holiday_on from calendars where deleted_at is null";
    let told: Vec<(String, NaiveDate)> = each(session, sql, |rows| {
        let (countries, on) = (Texts::of(rows, "country")?, days(rows, "holiday_on")?);
        let holiday = |row: usize| Some((countries.get(row)?.to_owned(), on[row]?));
        Ok((0..rows.num_rows()).filter_map(holiday).collect())
    })
    .await?;
    let mut holidays: BTreeMap<String, BTreeSet<NaiveDate>> = BTreeMap::new();
    for time in working_times {
        holidays.entry(time.country.clone()).or_default();
    }
    for (country, day) in told {
        holidays.entry(country).or_default().insert(day);
    }
    let calendar = |(country, holidays): (String, BTreeSet<NaiveDate>)| {
        let given = working_times.iter().find(|time| time.country == country);
        let time = given.cloned().unwrap_or_else(|| WorkingTime::usual(&country));
        Calendar {
            country,
            weekend: time.weekend,
            holidays: holidays.into_iter().collect(),
            hours_per_day: time.hours_per_day,
        }
    };
    Ok(holidays.into_iter().map(calendar).collect())
}

/// Takes everybody who left a trace in a month for employed at full time in all of it.
pub(super) fn assume(facts: &mut Facts, traces: &Traces, months: &[Month]) {
    let known: BTreeSet<String> = facts.people.iter().map(|one| one.person_id.clone()).collect();
    let person =
        |person_id: &String| Person { person_id: person_id.clone(), name: None, role: None };
    let strangers = traces.strangers.iter().filter(|person_id| !known.contains(*person_id));
    facts.people.extend(strangers.map(person));
    let seen: BTreeSet<(&str, Month)> = traces
        .signals
        .iter()
        .map(|signal| (signal.person_id.as_str(), Month::of(signal.day)))
        .filter(|(_, month)| months.contains(month))
        .collect();
    facts.employments = seen
        .into_iter()
        .map(|(person_id, month)| Employment {
            person_id: person_id.to_owned(),
            valid_from: month.first(),
            valid_to: month.days().last().and_then(|day| day.succ_opt()),
            employee_id: None,
            employment_type: None,
            entity: None,
            country: Some(ASSUMED.to_owned()),
            fte: Some(Rational::one()),
            cost_center: None,
        })
        .collect();
    let WorkingTime { country, weekend, hours_per_day } = WorkingTime::usual(ASSUMED);
    facts.calendars.push(Calendar { country, weekend, holidays: Vec::new(), hours_per_day });
}

/// Asks, and reads the rows of every batch.
async fn each<T>(
    session: &SessionContext,
    sql: &str,
    read: impl Fn(&RecordBatch) -> Result<Vec<T>, AnalyticsError>,
) -> Result<Vec<T>, AnalyticsError> {
    let mut all = Vec::new();
    for batch in &rows(session, sql, Vec::new()).await? {
        all.extend(read(batch)?);
    }
    Ok(all)
}
