//! Targets that the configuration sets for metrics.

use datafusion::prelude::SessionContext;

use super::gather::one;
use crate::{AnalyticsError, Catalogue, WindowKind};

/// On which side of its target a value should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoalDirection {
    /// The target or more.
    AtLeast,
    /// The target or less.
    AtMost,
}

/// A target for a metric of somebody, in the last complete window of a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Goal {
    /// Metric.
    pub metric: String,
    /// Statistic; `None` for the headline.
    pub statistic: Option<String>,
    /// `service`, `team` or `organization`.
    pub subject_kind: String,
    /// Service or team, or `organization`.
    pub subject_id: String,
    /// How time is cut.
    pub window: WindowKind,
    /// What is aimed at, in the metric's unit.
    pub target: f64,
    /// On which side.
    pub direction: GoalDirection,
}

/// How a goal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The value is on the right side.
    Met,
    /// It is on the wrong one.
    Missed,
    /// There is no value, so nothing was missed.
    NoData,
}

/// A goal with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct GoalResult {
    /// Goal.
    pub goal: Goal,
    /// How it stands.
    pub outcome: Outcome,
    /// Value in `unit`; `None` with a reason.
    pub value: Option<f64>,
    /// Unit of value and target.
    pub unit: String,
    /// First civil day of the window; `None` where there is no complete one.
    pub window_start_on: Option<String>,
    /// Why there is no value, in one word.
    pub reason: Option<String>,
}

impl Goal {
    /// Whether the catalogue has its metric and statistic.
    ///
    /// # Errors
    /// What it does not have, in words.
    pub fn check(&self, catalogue: &Catalogue) -> Result<(), String> {
        let Some(metric) = catalogue.metrics.get(&self.metric) else {
            return Err(format!(
                "there is no metric `{}`; `milepost metrics` lists them",
                self.metric
            ));
        };
        match &self.statistic {
            Some(statistic) if !metric.statistics.contains(statistic) => Err(format!(
                "the metric `{}` has no statistic `{statistic}`; it has {}",
                self.metric,
                metric.statistics.join(", ")
            )),
            _ => Ok(()),
        }
    }

    fn sql(&self, catalogue: &Catalogue) -> String {
        let headline = catalogue.metrics.get(&self.metric).and_then(|one| one.statistics.first());
        let statistic = self.statistic.as_ref().or(headline).map_or("", String::as_str);
        let id = self.subject_id.replace('\'', "''");
        // The days of a window are those of the reporting zone.
        format!(
            "select value, unit, reason, cast(cast(cast(window_start as timestamp(6) with time zone) as date) as varchar) as start_on
             from metrics.{}
             where subject_kind = '{}' and subject_id = '{id}' and window_kind = '{}'
               and statistic = '{statistic}' and not is_provisional
             order by window_start desc limit 1",
            self.metric,
            self.subject_kind,
            self.window.name()
        )
    }
}

/// How each goal stands. The session must have the windows of their kind; goals of other kinds are
/// passed over.
///
/// # Errors
/// Where the facts can't be read.
pub async fn goals(
    session: &SessionContext,
    catalogue: &Catalogue,
    goals: &[Goal],
    kind: WindowKind,
) -> Result<Vec<GoalResult>, AnalyticsError> {
    let mut results = Vec::new();
    for goal in goals.iter().filter(|goal| goal.window == kind) {
        let row = one(session, &goal.sql(catalogue)).await?;
        let value = row.number("value")?;
        let window_start_on = row.text("start_on")?;
        let known = window_start_on.is_some();
        let own = row.text("reason")?;
        let reason = own.unwrap_or_else(|| "no_such_subject_or_window".to_owned());
        results.push(GoalResult {
            outcome: value.map_or(Outcome::NoData, |value| outcome(goal, value)),
            value,
            unit: row.text("unit")?.unwrap_or_default(),
            window_start_on,
            reason: (value.is_none() || !known).then_some(reason),
            goal: goal.clone(),
        });
    }
    Ok(results)
}

fn outcome(goal: &Goal, value: f64) -> Outcome {
    let holds = match goal.direction {
        GoalDirection::AtLeast => value >= goal.target,
        GoalDirection::AtMost => value <= goal.target,
    };
    if holds { Outcome::Met } else { Outcome::Missed }
}
