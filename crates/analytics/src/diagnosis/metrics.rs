//! How far each metric has values, and why one has none.

use std::collections::BTreeMap;

use datafusion::prelude::SessionContext;
use serde::Deserialize;

use super::ask::ask;
use super::finding::{Finding, Severity, counted};
use super::{Seen, words};
use crate::{AnalyticsError, Catalogue, Metric, WindowKind};

/// How far a metric has values over the whole time, by service; one that says nothing of a service,
/// of the organization. One without any value over the whole time is looked at in single months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricState {
    /// Name.
    pub name: String,
    /// What it counts.
    pub population: String,
    /// True where it means nothing without a source of failures.
    pub needs_failures: bool,
    /// What is counted below: `service`, or `organization`, of which there is one.
    pub subject_kind: &'static str,
    /// True where what is counted below has its values in single months only.
    pub is_of_months: bool,
    /// Services with a value.
    pub with_value: i64,
    /// Services without one, by reason.
    pub reasons: BTreeMap<String, i64>,
    /// Why it could not be asked at all; `None` where it could.
    pub failure: Option<String>,
}

impl MetricState {
    /// All services.
    pub fn services(&self) -> i64 {
        self.with_value + self.reasons.values().sum::<i64>()
    }

    /// The services without a value by reason, in words: "never deployed to production (2
    /// services)".
    pub fn reasons_in_words(&self) -> String {
        let words = self.reasons.iter().map(|(name, count)| match self.subject_kind {
            "service" => format!("{} ({})", words::reason(name), counted(*count, "services")),
            _ => words::reason(name),
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

/// The state of every metric of the catalogue. One that fails says so and hides no other.
pub(super) async fn states(
    session: &SessionContext,
    recent: &SessionContext,
    catalogue: &Catalogue,
) -> Vec<MetricState> {
    let mut states = Vec::new();
    for metric in catalogue.metrics.values() {
        let mut found = state(session, metric, WindowKind::All).await;
        if may_have_months(&found, metric) {
            let of_months = state(recent, metric, WindowKind::Month).await;
            if of_months.with_value > 0 {
                found = of_months;
            }
        }
        states.push(found);
    }
    states
}

/// True for a metric that has its own reasons to have no value over the whole time, such as nobody on a
/// golden path when it began, which say nothing of shorter windows. Asking costs, so no other is.
fn may_have_months(found: &MetricState, metric: &Metric) -> bool {
    found.with_value == 0 && found.reasons.keys().any(|reason| metric.reasons.contains(reason))
}

/// The state in windows of a kind: a subject has a value where any of them has, else the reason of the last.
async fn state(session: &SessionContext, metric: &Metric, kind: WindowKind) -> MetricState {
    #[derive(Deserialize)]
    struct Row {
        reason: Option<String>,
        services: i64,
    }
    let statistic = metric.statistics.first().map_or("", String::as_str);
    let is_of_services = metric.by.iter().any(|kind| kind == "service");
    let subject_kind = if is_of_services { "service" } else { "organization" };
    let sql = format!(
        "select reason, count(*) as services
         from (
           select subject_id,
                  case when count(value) = 0 then last_value(reason order by window_start) end as reason
           from metrics.\"{}\"
           where subject_kind = '{subject_kind}' and window_kind = '{}' and statistic = '{statistic}'
           group by subject_id
         )
         group by reason",
        metric.name,
        kind.name()
    );
    let mut state = MetricState {
        name: metric.name.clone(),
        population: metric.population.clone(),
        needs_failures: metric.needs_failures,
        subject_kind,
        is_of_months: kind == WindowKind::Month,
        with_value: 0,
        reasons: BTreeMap::new(),
        failure: None,
    };
    match ask::<Row>(session, &sql).await {
        Ok(rows) => {
            for row in rows {
                match row.reason {
                    None => state.with_value += row.services,
                    Some(reason) => *state.reasons.entry(reason).or_default() += row.services,
                }
            }
        }
        Err(error) => {
            let text = error.to_string();
            state.failure = Some(text.lines().next().unwrap_or_default().to_owned());
        }
    }
    state
}

/// A finding for each metric without any value, with the sentence that says why.
pub(super) async fn findings(
    session: &SessionContext,
    seen: &Seen,
    chain: Option<&Finding>,
    states: &[MetricState],
) -> Result<Vec<Finding>, AnalyticsError> {
    let mut findings = Vec::new();
    for state in states {
        if let Some(failure) = &state.failure {
            let message = format!("the metric can't be asked: {failure}");
            findings.push(
                Finding::new("metric_fails", Severity::Problem, 1, message).about(&state.name),
            );
        } else if state.with_value == 0 {
            findings.push(empty(session, seen, chain, state).await?.about(&state.name));
        }
    }
    Ok(findings)
}

async fn empty(
    session: &SessionContext,
    seen: &Seen,
    chain: Option<&Finding>,
    state: &MetricState,
) -> Result<Finding, AnalyticsError> {
    let finding =
        |severity, message| Finding::new("empty_metric", severity, state.services(), message);
    if let Some(chain) = chain.filter(|chain| rests_on(&state.population, chain)) {
        let mut finding = finding(Severity::Problem, chain.message.clone());
        finding.suggestion = chain.suggestion.clone();
        return Ok(finding);
    }
    let has = |reason: &str| state.reasons.contains_key(reason);
    if has("no_failure_source") {
        let message = format!("{}; 0 because {}", found(seen), words::reason("no_failure_source"));
        return Ok(finding(Severity::Problem, message)
            .suggest("`milepost ingest files incidents.csv` adds incidents"));
    }
    if has("all_excluded") {
        let reasons = left_out(session, state).await?;
        let words: Vec<String> = reasons
            .iter()
            .map(|(why, count)| format!("{} ({count})", words::exclusion(why)))
            .collect();
        let mut finding = finding(
            Severity::Remark,
            format!("all that it counts is left out: {}", words.join(", ")),
        );
        finding.suggestion = reasons.iter().find_map(|(why, _)| what_would_count(why));
        return Ok(finding);
    }
    if rests_on_deployments(&state.population)
        && state.population.contains("change")
        && seen.changes == 0
    {
        let message = format!("{}; 0 because {}", found(seen), kinds(session).await?);
        return Ok(finding(Severity::Remark, message));
    }
    let message = match state.services() {
        0 if state.subject_kind == "service" => "no value, because there is no service".to_owned(),
        0 => "no value, because nothing has happened yet".to_owned(),
        _ if state.subject_kind != "service" => format!("no value: {}", state.reasons_in_words()),
        _ => format!("no value for any service: {}", state.reasons_in_words()),
    };
    Ok(finding(Severity::Remark, message))
}

fn found(seen: &Seen) -> String {
    format!(
        "{} found, {} in production, {} matched a commit",
        counted(seen.deployments, "deployments"),
        seen.in_production,
        seen.matched
    )
}

/// What was deployed and shipped no change, by kind.
async fn kinds(session: &SessionContext) -> Result<String, AnalyticsError> {
    #[derive(Deserialize)]
    struct Row {
        kind: String,
        deployments: i64,
    }
    let sql = "select kind, count(*) as deployments from classified_deployments
               where kind is not null group by kind order by deployments desc, kind";
    let rows: Vec<Row> = ask(session, sql).await?;
    let kinds: Vec<String> =
        rows.iter().map(|row| format!("{} {}", row.deployments, row.kind)).collect();
    let hint = match rows.iter().any(|row| row.kind == "baseline") {
        true => {
            "; the first deployment of a service, its baseline, gives no lead times, because everything in it is of unknown age"
        }
        false => "",
    };
    Ok(format!("none of them shipped a change: {}{hint}", kinds.join(", ")))
}

/// True where the step at which deployments are lost leaves the population without facts: a
/// deployment of an unknown commit still counts as one.
fn rests_on(population: &str, chain: &Finding) -> bool {
    match chain.check.as_str() {
        "no_matched_deployments" => {
            population != "changes_to_production"
                && (population.contains("change") || population.contains("landed"))
        }
        _ => rests_on_deployments(population),
    }
}

/// Populations that are empty where no deployment gets through.
fn rests_on_deployments(population: &str) -> bool {
    const WORDS: [&str; 6] = ["change", "deployment", "failure", "attempt", "rework", "landed"];
    WORDS.iter().any(|word| population.contains(word))
}

/// What a population leaves out over the whole time, by reason, the most frequent first.
async fn left_out(
    session: &SessionContext,
    state: &MetricState,
) -> Result<Vec<(String, i64)>, AnalyticsError> {
    let MetricState { population, subject_kind, .. } = state;
    #[derive(Deserialize)]
    struct Row {
        exclusion_reason: String,
        facts: i64,
    }
    let sql = format!(
        "select exclusion_reason, count(*) as facts from populations.\"{population}\"
         where subject_kind = '{subject_kind}' and window_kind = 'all' and exclusion_reason is not null
         group by exclusion_reason order by facts desc, exclusion_reason"
    );
    let rows: Vec<Row> = ask(session, &sql).await?;
    Ok(rows.into_iter().map(|row| (row.exclusion_reason, row.facts)).collect())
}

/// What would bring in facts that are left out for this reason.
fn what_would_count(reason: &str) -> Option<String> {
    let text = match reason {
        "no_pull_request" | "opening_unknown" | "not_reviewed" => {
            "git alone does not tell when a pull request was opened or reviewed: `milepost ingest files pull_requests.csv` with `created_at`, `ready_at` and `first_review_at` does"
        }
        "inferred" => {
            "a tag says nothing of attempts that failed: `milepost ingest files deployments.csv` with what the deploy tool recorded does"
        }
        "bot" => "`include_bots = true` in `[definition]` counts them",
        _ => return None,
    };
    Some(text.to_owned())
}
