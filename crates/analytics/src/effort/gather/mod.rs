//! Reading from tables what the model is given: who worked where and how much, and what they left
//! traces of.
//!
//! Facts of the weeks around the months asked for are read too, since activity of a day without
//! work counts on an earlier one, and gaps are judged by the days around them.

mod people;
mod traces;

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use datafusion::arrow::array::RecordBatch;
use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;

use super::{Effort, EffortProblem, Inputs, Month, Options, Rational, model};
use crate::{AnalyticsError, read_only};

/// Days read before the first month.
const DAYS_BEFORE: u64 = 15;
/// Days read after the last one: activity within an absence of six weeks still finds its day.
const DAYS_AFTER: u64 = 45;

/// What the tables can't say of the working time in a country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkingTime {
    /// Country, ISO 3166 alpha-2.
    pub country: String,
    /// Days of the week without work.
    pub weekend: Vec<Weekday>,
    /// Hours of a full-time working day, above 0.
    pub hours_per_day: Rational,
}

impl WorkingTime {
    /// The usual week of a country: eight hours from Monday to Friday.
    pub fn usual(country: &str) -> WorkingTime {
        WorkingTime {
            country: country.to_owned(),
            weekend: vec![Weekday::Sat, Weekday::Sun],
            hours_per_day: Rational::whole(8),
        }
    }
}

/// Who counts as employed where the tables know of no employment at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unrecorded {
    /// Nobody.
    Nobody,
    /// Everybody who left a trace in a month, for all of it, at full time from Monday to Friday.
    FullTime,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Question {
    /// Months, in order.
    pub months: Vec<Month>,
    /// Choices of the model; `known_until` is set by the session's as-of.
    pub options: Options,
    /// Working times that differ from the usual ones.
    pub working_times: Vec<WorkingTime>,
    /// Who counts as employed without employments.
    pub unrecorded: Unrecorded,
    /// Reporting zone, the session's.
    pub zone: Tz,
}

/// Effort as the tables tell it.
#[derive(Debug, Clone)]
pub struct Told {
    /// What the model was given.
    pub inputs: Inputs,
    /// What it made of that. Problems of other months than those asked for are left out.
    pub effort: Effort,
    /// True where employments are assumed, since none is recorded.
    pub is_assumed: bool,
    /// People who left traces and are not among the people of the tables: those do not count.
    pub strangers: BTreeSet<String>,
}

/// Reads the facts and divides the days of everybody.
///
/// # Errors
/// Where the tables can't be read.
pub async fn tell(session: &SessionContext, question: &Question) -> Result<Told, AnalyticsError> {
    let span = Span::around(question);
    let mut facts = people::read(session, &question.working_times).await?;
    let traces = traces::read(session, &span).await?;
    let is_assumed = facts.employments.is_empty() && question.unrecorded == Unrecorded::FullTime;
    let mut strangers = BTreeSet::new();
    if is_assumed {
        people::assume(&mut facts, &traces, &question.months);
    } else {
        strangers = traces.strangers;
    }
    let is_known = |person_id: &String| !strangers.contains(person_id);
    let options =
        Options { known_until: Some(span.known_until(session).await?), ..question.options.clone() };
    let inputs = Inputs {
        months: question.months.clone(),
        people: facts.people,
        employments: facts.employments,
        memberships: facts.memberships,
        absences: facts.absences,
        calendars: facts.calendars,
        signals: traces.signals.into_iter().filter(|one| is_known(&one.person_id)).collect(),
        in_progress: traces
            .in_progress
            .into_iter()
            .filter(|one| is_known(&one.person_id))
            .collect(),
        options,
    };
    let mut effort = model(&inputs);
    effort.problems.retain(|problem| is_of_interest(problem, &question.months, is_assumed));
    Ok(Told { inputs, effort, is_assumed, strangers })
}

/// Facts of the weeks around may lack what the months themselves have, and an assumption lacks
/// nothing but what it assumes.
fn is_of_interest(problem: &EffortProblem, months: &[Month], is_assumed: bool) -> bool {
    let is_asked = problem.month().is_none_or(|month| months.contains(&month));
    let is_assumption = matches!(
        problem,
        EffortProblem::NoHolidays { .. } | EffortProblem::ActivityOutsideEmployment { .. }
    );
    is_asked && !(is_assumed && is_assumption)
}

/// The days that are read.
struct Span {
    first: NaiveDate,
    last: NaiveDate,
    zone: Tz,
}

impl Span {
    fn around(question: &Question) -> Span {
        let days = |month: &Month| month.days().last().unwrap_or(month.first());
        let first = question.months.iter().map(|month| month.first()).min().unwrap_or_default();
        let last = question.months.iter().map(days).max().unwrap_or_default();
        Span {
            first: first.checked_sub_days(Days::new(DAYS_BEFORE)).unwrap_or(first),
            last: last.checked_add_days(Days::new(DAYS_AFTER)).unwrap_or(last),
            zone: question.zone,
        }
    }

    /// The instants of the span, as parameters of the queries.
    fn parameters(&self) -> Vec<(&'static str, ScalarValue)> {
        let instant = |day: NaiveDate| {
            // Around a change of the clock a midnight may be missing or twice; an hour more or less
            // at the edge of weeks around decides nothing.
            let midnight = day.and_time(NaiveTime::MIN);
            let local = self.zone.from_local_datetime(&midnight).earliest();
            let utc = local.map_or_else(|| midnight.and_utc(), |at| at.with_timezone(&Utc));
            ScalarValue::TimestampMicrosecond(Some(utc.timestamp_micros()), Some("UTC".into()))
        };
        let until = self.last.succ_opt().unwrap_or(self.last);
        vec![("from", instant(self.first)), ("until", instant(until))]
    }

    /// The last civil day that was over at the as-of.
    async fn known_until(&self, session: &SessionContext) -> Result<NaiveDate, AnalyticsError> {
        let sql = "select cast(cast(as_of as timestamp(6) with time zone) as date) - interval '1 day' as day from clock";
        let rows = rows(session, sql, Vec::new()).await?;
        let known = rows.iter().find(|rows| rows.num_rows() > 0);
        let day = known.map(|rows| days(rows, "day")).transpose()?;
        Ok(day.and_then(|days| days.into_iter().next().flatten()).unwrap_or(self.last))
    }
}

/// Asks with parameters.
async fn rows(
    session: &SessionContext,
    sql: &str,
    parameters: Vec<(&'static str, ScalarValue)>,
) -> Result<Vec<RecordBatch>, AnalyticsError> {
    let mut frame = read_only(session, sql).await?;
    if !parameters.is_empty() {
        frame = frame.with_param_values(parameters)?;
    }
    Ok(frame.collect().await?)
}

/// A column of civil days.
fn days(rows: &RecordBatch, name: &str) -> Result<Vec<Option<NaiveDate>>, AnalyticsError> {
    use datafusion::arrow::array::{Array, AsArray};
    use datafusion::arrow::compute::cast;
    use datafusion::arrow::datatypes::{DataType, Date32Type};
    let at = rows.schema().index_of(name)?;
    let column = cast(rows.column(at), &DataType::Date32)?;
    let column = column.as_primitive::<Date32Type>();
    let day = |row| column.is_valid(row).then(|| column.value_as_date(row)).flatten();
    Ok((0..rows.num_rows()).map(day).collect())
}
