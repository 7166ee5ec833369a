//! What is behind one value of a metric.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use datafusion::prelude::SessionContext;
use serde::{Deserialize, Serialize};

use super::ask::{ask, literal};
use super::words;
use super::{Id, Missing};
use crate::{AnalyticsError, Definition, Metric};

/// Which value.
#[derive(Debug, Clone)]
pub struct Question {
    /// `service`, `team` or `organization`.
    pub subject_kind: String,
    /// Whose.
    pub subject_id: String,
    /// `week`, `month`, `quarter`, `year` or `all`.
    pub window_kind: String,
    /// First civil day of the window; `None`: the only window there is.
    pub start_on: Option<NaiveDate>,
}

/// A value with everything that is behind it.
#[derive(Debug, Clone, Serialize)]
pub struct MetricStory {
    /// Name of the metric.
    pub metric: String,
    /// Name for people.
    pub title: String,
    /// Question it answers.
    pub question: String,
    /// Unit of its values.
    pub unit: String,
    /// What it counts.
    pub population: String,
    /// What it leaves out, in words.
    pub excludes: String,
    /// Where the definition comes from.
    pub reference: String,
    /// Its statistics, the headline first.
    pub values: Vec<Measured>,
    /// Facts that made it.
    pub counted: Vec<FactRow>,
    /// Facts that were left out, by reason.
    pub left_out: Vec<FactRow>,
    /// How many facts were left out for which reason.
    pub left_out_by_reason: BTreeMap<String, usize>,
    /// What does not add up: a fault of the program or of the metric's file. `None`: all does.
    pub fault: Option<String>,
    /// Hash of the definition.
    pub definition_id: String,
    /// The definition, option by option.
    pub definition: Vec<OptionLine>,
    /// The metric's query as written.
    pub sql: String,
    /// The query that gives the values again.
    pub value_query: String,
    /// The query that gives the facts again.
    pub facts_query: String,
}

/// An option of the definition.
#[derive(Debug, Clone, Serialize)]
pub struct OptionLine {
    /// Name in the configuration.
    pub name: String,
    /// Value.
    pub value: String,
    /// What it does, one plain sentence.
    pub meaning: String,
}

/// A statistic.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measured {
    /// Which one.
    pub statistic: String,
    /// `service`, `team` or `organization`.
    pub subject_kind: String,
    /// Whose.
    pub subject_id: String,
    /// How time is cut.
    pub window_kind: String,
    /// First instant; UTC.
    pub window_start: DateTime<Utc>,
    /// First instant after it; UTC.
    pub window_end: DateTime<Utc>,
    /// `None` without a denominator.
    pub value: Option<f64>,
    /// Facts that made it; `None` where the group is too small to be shown.
    pub sample_size: Option<i64>,
    /// Facts that were left out; `None` where the group is too small to be shown.
    pub excluded_count: Option<i64>,
    /// Share of the deployments whose commit is known; `None` without any.
    pub coverage_ratio: Option<f64>,
    /// `recorded` or `inferred`; `None` without deployments.
    pub basis: Option<String>,
    /// Why there is no value; `None` where there is one.
    pub reason: Option<String>,
    /// True where the number may still change, or is of a part of a window.
    pub is_provisional: bool,
    /// Level; `None` where the metric has none.
    pub level: Option<String>,
    /// Which set of levels; `None` without a level.
    pub level_set: Option<String>,
}

/// A fact that a metric counts or leaves out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FactRow {
    /// `change`, `deployment`, `failure` or `incident`.
    pub fact_kind: String,
    /// Its id; empty where it is a person, or what a single one said.
    pub fact_id: String,
    /// Its service.
    pub service_id: Option<String>,
    /// Its repository; `None` where it has none.
    pub repository_id: Option<String>,
    /// When it happened, which decides its window; UTC.
    pub at: Option<DateTime<Utc>>,
    /// What it adds, in the metric's unit or as 0 and 1.
    pub value: Option<f64>,
    /// Why it is left out; `None` where it counts.
    pub exclusion_reason: Option<String>,
    /// Title of the pull request or incident, or subject of the commit.
    pub title: Option<String>,
    /// Tag or branch of a deployment.
    pub r#ref: Option<String>,
    /// Page that shows it.
    pub url: Option<String>,
}

/// Tells what is behind a value. `Missing` names the subject, or the windows there are.
///
/// # Errors
/// Where a query fails.
pub async fn metric(
    session: &SessionContext,
    metric: &Metric,
    definition: &Definition,
    question: &Question,
) -> Result<Result<MetricStory, Missing>, AnalyticsError> {
    if let Some(missing) = unknown_subject(session, metric, question).await? {
        return Ok(Err(missing));
    }
    let Some(start) = window_start(session, question).await? else {
        return Ok(Err(unknown_window(session, question).await?));
    };
    let place = place(question, start);
    let value_query =
        format!("select * from metrics.{} where {place} order by statistic", metric.name);
    let mut values: Vec<Measured> = ask(session, &value_query).await?;
    let order = |one: &Measured| metric.statistics.iter().position(|name| *name == one.statistic);
    values.sort_by_key(order);
    // What is hidden for the few people behind it must not come out by its facts.
    let is_hidden = values.first().is_some_and(|value| value.sample_size.is_none());
    let mut facts: Vec<FactRow> = match is_hidden {
        true => Vec::new(),
        false => ask(session, &facts_query(metric, &place)).await?,
    };
    for fact in facts.iter_mut().filter(|fact| OF_PEOPLE.contains(&fact.fact_kind.as_str())) {
        fact.fact_id.clear();
    }
    let (left_out, counted): (Vec<_>, Vec<_>) =
        facts.into_iter().partition(|fact| fact.exclusion_reason.is_some());
    let mut left_out_by_reason = BTreeMap::new();
    for reason in left_out.iter().filter_map(|fact| fact.exclusion_reason.clone()) {
        *left_out_by_reason.entry(reason).or_default() += 1;
    }
    let fault = values.first().and_then(|value| fault(value, counted.len(), left_out.len()));
    Ok(Ok(MetricStory {
        metric: metric.name.clone(),
        title: metric.title.clone(),
        question: metric.question.clone(),
        unit: metric.unit.clone(),
        population: metric.population.clone(),
        excludes: metric.excludes.clone(),
        reference: metric.reference.clone(),
        values,
        counted,
        left_out,
        left_out_by_reason,
        fault,
        definition_id: definition.id(),
        definition: options(definition),
        sql: metric.sql.clone(),
        value_query,
        facts_query: format!("select * from populations.{} where {place}", metric.population),
    }))
}

fn options(definition: &Definition) -> Vec<OptionLine> {
    let line = |(name, value): (String, String)| {
        let meaning = words::option(&name, &value);
        OptionLine { name, value, meaning }
    };
    definition.options().into_iter().map(line).collect()
}

async fn window_start(
    session: &SessionContext,
    question: &Question,
) -> Result<Option<DateTime<Utc>>, AnalyticsError> {
    #[derive(Deserialize)]
    struct Window {
        window_start: DateTime<Utc>,
    }
    let on = question.start_on.map_or_else(String::new, |on| format!(" and start_on = '{on}'"));
    let sql = format!(
        "select window_start from windows where window_kind = {}{on} order by window_start limit 1",
        literal(&question.window_kind)
    );
    let windows: Vec<Window> = ask(session, &sql).await?;
    Ok(windows.first().map(|window| window.window_start))
}

/// The condition that one subject and window meet.
fn place(question: &Question, start: DateTime<Utc>) -> String {
    format!(
        "subject_kind = {} and subject_id = {} and window_kind = {} and window_start = '{}'",
        literal(&question.subject_kind),
        literal(&question.subject_id),
        literal(&question.window_kind),
        start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    )
}

/// Facts that are people, or what single people said: their ids name somebody.
const OF_PEOPLE: [&str; 3] = ["person", "person_month", "answer"];

fn facts_query(metric: &Metric, place: &str) -> String {
    format!(
        "select p.fact_kind, p.fact_id, p.service_id, p.repository_id, p.at, p.value,
       p.exclusion_reason, coalesce(r.title, m.subject, c.subject, i.title) as title, d.ref,
       coalesce(r.source_url, c.source_url, d.source_url, i.source_url) as url
from (select * from populations.{} where {place}) p
left join pull_requests r on p.fact_kind = 'change' and r.pull_request_id = p.fact_id
left join commits m on m.repository_id = r.repository_id and m.sha = r.merge_sha
left join commits c on p.fact_kind = 'change' and c.repository_id = p.repository_id and c.sha = p.fact_id
left join (
  select deployment_id, service_id, min(ref) as ref, min(source_url) as source_url
  from deployments group by deployment_id, service_id
) d on p.fact_kind in ('deployment', 'failure') and d.deployment_id = p.fact_id and d.service_id = p.service_id
left join (
  select incident_id, service_id, min(title) as title, min(source_url) as source_url
  from incidents group by incident_id, service_id
) i on p.fact_kind = 'incident' and i.incident_id = p.fact_id and i.service_id = p.service_id
order by p.exclusion_reason nulls first, p.at nulls last, p.fact_id, p.service_id",
        metric.population
    )
}

/// What the rows and the value's own counts disagree in. A metric that is blind for failures
/// counts nothing, whatever rows there are.
fn fault(value: &Measured, counted: usize, left_out: usize) -> Option<String> {
    let is_blind = value.reason.as_deref() == Some("no_failure_source");
    let mut faults = Vec::new();
    if let Some(size) = value.sample_size.filter(|size| !is_blind && *size != counted as i64) {
        faults.push(format!("sample_size is {size}, and {counted} facts count"));
    }
    if let Some(excluded) = value.excluded_count.filter(|count| *count != left_out as i64) {
        faults.push(format!("excluded_count is {excluded}, and {left_out} facts are left out"));
    }
    (!faults.is_empty()).then(|| faults.join("; "))
}

async fn unknown_subject(
    session: &SessionContext,
    metric: &Metric,
    question: &Question,
) -> Result<Option<Missing>, AnalyticsError> {
    let sql = format!(
        "select distinct subject_id as id from ({}) where subject_kind = {} order by id",
        crate::wrapper::subjects(metric.about),
        literal(&question.subject_kind)
    );
    let subjects: Vec<Id> = ask(session, &sql).await?;
    if subjects.iter().any(|subject| subject.id == question.subject_id) {
        return Ok(None);
    }
    let what = match question.subject_kind.as_str() {
        "team" => "team",
        "organization" => "organization",
        _ => "service",
    };
    let mut missing =
        Missing::unknown(what, &question.subject_id, subjects.iter().map(|one| one.id.as_str()));
    if missing.candidates.is_empty() {
        missing.candidates = subjects.into_iter().take(5).map(|subject| subject.id).collect();
    }
    Ok(Some(missing))
}

async fn unknown_window(
    session: &SessionContext,
    question: &Question,
) -> Result<Missing, AnalyticsError> {
    let sql = format!(
        "select cast(start_on as varchar) as id from windows where window_kind = {} order by window_start desc limit 5",
        literal(&question.window_kind)
    );
    let windows: Vec<Id> = ask(session, &sql).await?;
    let start = question.start_on.map_or_else(String::new, |on| format!(" from {on}"));
    Ok(Missing {
        what: "window",
        name: format!("{}{start}", question.window_kind),
        is_ambiguous: false,
        candidates: windows.into_iter().map(|window| window.id).collect(),
        known_but: None,
    })
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    fn value(sample_size: i64, excluded_count: i64, reason: Option<&str>) -> Measured {
        Measured {
            statistic: "p50".to_owned(),
            subject_kind: "service".to_owned(),
            subject_id: "shop".to_owned(),
            window_kind: "month".to_owned(),
            window_start: DateTime::default(),
            window_end: DateTime::default(),
            value: None,
            sample_size: Some(sample_size),
            excluded_count: Some(excluded_count),
            coverage_ratio: None,
            basis: None,
            reason: reason.map(str::to_owned),
            is_provisional: false,
            level: None,
            level_set: None,
        }
    }

    #[test]
    fn counts_that_are_hidden_contradict_no_rows() {
        let hidden = Measured {
            sample_size: None,
            excluded_count: None,
            ..value(0, 0, Some("group_too_small"))
        };
        assert_eq!(fault(&hidden, 3, 1), None);
    }

    #[test]
    fn rows_that_do_not_add_up_to_the_value_are_a_fault() {
        assert_eq!(fault(&value(3, 1, None), 3, 1), None);
        assert_eq!(
            fault(&value(3, 1, None), 2, 4).as_deref(),
            Some(
                "sample_size is 3, and 2 facts count; excluded_count is 1, and 4 facts are left out"
            )
        );
    }

    #[test]
    fn a_value_that_is_blind_for_failures_counts_nothing_whatever_was_deployed() {
        assert_eq!(fault(&value(0, 1, Some("no_failure_source")), 7, 1), None);
        assert!(fault(&value(0, 1, Some("no_changes")), 7, 1).is_some());
    }
}
