//! Goals of the configuration: how they stand, as findings of a check.

use milepost_analytics::diagnosis::{Finding, Severity};
use milepost_analytics::readiness::{Goal, GoalDirection, GoalResult, Outcome, goals};
use milepost_analytics::{Catalogue, Span, WindowKind};
use milepost_report::plain_line;
use milepost_report::units::Unit;

use crate::answer;
use crate::exit::Failure;
use crate::globals::Globals;

/// What findings about goals are called.
pub(crate) const CHECK: &str = "goal";

/// How all goals stand, in the last complete window of each.
///
/// # Errors
/// Where a goal names what the catalogue does not have, or the lake can't be read.
pub(crate) async fn standing(
    globals: &Globals,
    catalogue: &Catalogue,
) -> Result<Vec<GoalResult>, Failure> {
    let mut all = Vec::new();
    for (at, goal) in globals.config.goal.iter().enumerate() {
        let goal = goal.goal().map_err(Failure::Usage)?;
        let fault = |fault: String| Failure::Usage(format!("goal {}: {fault}", at + 1));
        goal.check(catalogue).map_err(fault)?;
        all.push(goal);
    }
    let mut results = Vec::new();
    for kind in WindowKind::ALL.into_iter().filter(|kind| is_used(&all, *kind)) {
        let recent = Span::recent(kind, globals.as_of, &globals.definition, globals.zone);
        let session = answer::open(globals, &globals.lake, recent)?;
        results.extend(goals(&session, catalogue, &all, kind).await?);
    }
    Ok(results)
}

fn is_used(goals: &[Goal], kind: WindowKind) -> bool {
    goals.iter().any(|goal| goal.window == kind)
}

/// A missed goal is a problem, one without data a remark.
pub(crate) fn finding(result: &GoalResult) -> Option<Finding> {
    let (severity, message) = match result.outcome {
        Outcome::Met => return None,
        Outcome::Missed => (Severity::Problem, format!("the goal is missed: {}", told(result))),
        Outcome::NoData => (Severity::Remark, format!("the goal has no data: {}", told(result))),
    };
    let explained = format!("`milepost metric {}` shows more of it", result.goal.metric);
    Some(Finding {
        check: CHECK.to_owned(),
        severity,
        subject: Some(result.goal.metric.clone()),
        count: 1,
        message,
        suggestion: Some(explained),
        examples: Vec::new(),
    })
}

/// Goals that are met, or nothing.
pub(crate) fn met(results: &[GoalResult]) -> String {
    let met = results.iter().filter(|result| result.outcome == Outcome::Met);
    let lines: String = met.map(|one| format!("  {}\n", plain_line(&told(one)))).collect();
    if lines.is_empty() { lines } else { format!("\nGoals that are met\n{lines}") }
}

/// "change_fail_rate of organization is 20 % in the quarter from 2026-01-01, aim at most 15 %".
fn told(result: &GoalResult) -> String {
    let goal = &result.goal;
    let unit = result.unit.parse::<Unit>();
    let number = |value: f64| unit.as_ref().map_or(value.to_string(), |unit| unit.text(value));
    let side = match goal.direction {
        GoalDirection::AtLeast => "at least",
        GoalDirection::AtMost => "at most",
    };
    let value = match (result.value, &result.reason) {
        (Some(value), _) => format!("is {}", number(value)),
        (None, reason) => format!("has none ({})", reason.as_deref().unwrap_or("no_data")),
    };
    let window = match (&result.window_start_on, goal.window) {
        (_, WindowKind::All) => "in all".to_owned(),
        (Some(day), kind) => format!("in the {} from {day}", kind.name()),
        (None, kind) => format!("in the last complete {}", kind.name()),
    };
    let statistic = goal.statistic.as_ref().map(|one| format!(" ({one})")).unwrap_or_default();
    format!(
        "{}{statistic} of {} {value} {window}, aim {side} {}",
        goal.metric,
        goal.subject_id,
        number(goal.target)
    )
}
