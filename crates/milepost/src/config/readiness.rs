//! The quarterly assessment: thresholds, fiscal quarters, answers by hand, the platform's start,
//! and goals.

use chrono::NaiveDate;
use milepost_analytics::WindowKind;
use milepost_analytics::readiness::{
    Answer, Colour, Factor, FiscalYear, Goal, GoalDirection, ManualAnswer, Quarter, Rules,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::day;

/// How the assessment is made.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct ReadinessConfig {
    /// Month in which fiscal years begin, `01` to `12`; `01` is the calendar's.
    pub(crate) fiscal_year_starts: Option<String>,
    /// What gives a fiscal year its name: the calendar year of its start or of its end.
    pub(crate) fiscal_year_named_by: NamedBy,
    /// Thresholds.
    #[serde(flatten)]
    pub(crate) rules: Rules,
    /// Answers by hand, for what no data says.
    pub(crate) manual: Vec<ManualConfig>,
}

/// What gives a fiscal year its name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NamedBy {
    /// The calendar year in which it begins.
    #[default]
    Start,
    /// The calendar year in which it ends.
    End,
}

/// An answer by hand.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct ManualConfig {
    /// Quarter, such as `2026Q3`.
    pub(crate) quarter: String,
    /// Factor.
    pub(crate) factor: Factor,
    /// Colour: green means that a platform is needed now.
    pub(crate) answer: Option<Colour>,
    /// Or the value, in the factor's unit.
    pub(crate) value: Option<f64>,
    /// Who answers for it. Never printed by an assessment.
    pub(crate) name: String,
    /// Day on which it was answered.
    #[serde(deserialize_with = "needed_day")]
    #[schemars(with = "NaiveDate")]
    pub(crate) date: NaiveDate,
    /// Why.
    pub(crate) note: String,
}

/// The platform.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct PlatformConfig {
    /// First day with a platform: from then on the assessment tells what need is left.
    #[serde(deserialize_with = "day")]
    #[schemars(with = "Option<NaiveDate>")]
    pub(crate) since: Option<NaiveDate>,
}

/// A target for a metric, which `check` watches.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(crate) struct GoalConfig {
    /// Metric, as `milepost metrics` lists it.
    pub(crate) metric: String,
    /// One of its statistics. Default: the headline.
    pub(crate) statistic: Option<String>,
    /// `organization`, `team:NAME` or `service:NAME`.
    pub(crate) subject: Option<String>,
    /// How time is cut; the last complete one counts. Default: quarter.
    pub(crate) window: Option<GoalWindow>,
    /// What is aimed at, in the metric's unit.
    pub(crate) target: f64,
    /// On which side of it the value should be.
    pub(crate) direction: GoalSide,
}

/// How time is cut for a goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GoalWindow {
    /// Weeks.
    Week,
    /// Calendar months.
    Month,
    /// Calendar quarters.
    Quarter,
    /// Calendar years.
    Year,
    /// Everything up to now.
    All,
}

/// On which side of a goal's target the value should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GoalSide {
    /// The target or more.
    AtLeast,
    /// The target or less.
    AtMost,
}

/// A day that must be there.
fn needed_day<'de, D: serde::Deserializer<'de>>(from: D) -> Result<NaiveDate, D::Error> {
    day(from)?.ok_or_else(|| serde::de::Error::custom("a day is needed, such as 2026-01-31"))
}

impl ReadinessConfig {
    /// When fiscal years begin.
    ///
    /// # Errors
    /// Where that is no month.
    pub(crate) fn fiscal_year(&self) -> Result<FiscalYear, String> {
        let is_named_by_end = self.fiscal_year_named_by == NamedBy::End;
        let Some(text) = &self.fiscal_year_starts else {
            return Ok(FiscalYear { first_month: 1, is_named_by_end });
        };
        match text.parse() {
            Ok(first_month @ 1..=12) => Ok(FiscalYear { first_month, is_named_by_end }),
            _ => {
                Err(format!("`fiscal_year_starts` is `{text}`, but must be a month, `01` to `12`"))
            }
        }
    }

    /// The answers by hand, as far as they can be used.
    ///
    /// # Errors
    /// Which one can't be, by its place in the list, and why.
    pub(crate) fn answers(&self) -> Result<Vec<ManualAnswer>, (usize, String)> {
        let year = self.fiscal_year().unwrap_or_default();
        let mut answers: Vec<ManualAnswer> = Vec::new();
        for (at, manual) in self.manual.iter().enumerate() {
            let answer = manual.answer(year, &self.rules).map_err(|fault| (at, fault))?;
            let is_same =
                |one: &ManualAnswer| one.quarter == answer.quarter && one.factor == answer.factor;
            if answers.iter().any(is_same) {
                let factor = answer.factor.name();
                return Err((
                    at,
                    format!("`{factor}` of {} is answered twice; keep one", answer.quarter),
                ));
            }
            answers.push(answer);
        }
        Ok(answers)
    }
}

impl ManualConfig {
    fn answer(&self, year: FiscalYear, rules: &Rules) -> Result<ManualAnswer, String> {
        let quarter = Quarter::parse(&self.quarter, year)
            .ok_or_else(|| format!("`{}` is no quarter; write one such as 2026Q3", self.quarter))?;
        for (key, text) in [("name", &self.name), ("note", &self.note)] {
            if text.trim().is_empty() {
                return Err(format!("an answer by hand needs a `{key}`: who says so, and why"));
            }
        }
        let answer = match (self.answer, self.value) {
            (Some(colour), None) => Answer::Colour(colour),
            (None, Some(value)) => Answer::Value(value),
            (None, None) => {
                return Err(
                    "an answer by hand needs an `answer` (green, yellow or red) or a `value`"
                        .to_owned(),
                );
            }
            (Some(_), Some(_)) => {
                return Err("an answer by hand has an `answer` or a `value`; keep one".to_owned());
            }
        };
        let manual = ManualAnswer {
            quarter,
            factor: self.factor,
            answer,
            answered_on: self.date,
            note: self.note.clone(),
        };
        manual.check(rules)?;
        Ok(manual)
    }
}

impl GoalConfig {
    /// The goal.
    ///
    /// # Errors
    /// Where its subject is none.
    pub(crate) fn goal(&self) -> Result<Goal, String> {
        let subject = self.subject.as_deref().unwrap_or("organization");
        let (subject_kind, subject_id) = match subject.split_once(':') {
            Some((kind @ ("team" | "service"), id)) if !id.trim().is_empty() => (kind, id.trim()),
            None if subject == "organization" => ("organization", "organization"),
            _ => {
                return Err(format!(
                    "`subject` is `{subject}`, but must be `organization`, `team:NAME` or `service:NAME`"
                ));
            }
        };
        Ok(Goal {
            metric: self.metric.clone(),
            statistic: self.statistic.clone(),
            subject_kind: subject_kind.to_owned(),
            subject_id: subject_id.to_owned(),
            window: match self.window.unwrap_or(GoalWindow::Quarter) {
                GoalWindow::Week => WindowKind::Week,
                GoalWindow::Month => WindowKind::Month,
                GoalWindow::Quarter => WindowKind::Quarter,
                GoalWindow::Year => WindowKind::Year,
                GoalWindow::All => WindowKind::All,
            },
            target: self.target,
            direction: match self.direction {
                GoalSide::AtLeast => GoalDirection::AtLeast,
                GoalSide::AtMost => GoalDirection::AtMost,
            },
        })
    }
}

/// Checks thresholds, fiscal years, answers and goals of a configuration. `place` gives the line
/// of an entry of a list by the list's keys.
///
/// # Errors
/// What is wrong, with its line where it is an entry of a list.
pub(super) fn check(
    readiness: &ReadinessConfig,
    goals: &[GoalConfig],
    place: impl Fn(&[&str], usize) -> String,
) -> Result<(), String> {
    let fault = |fault: String| format!(" [readiness]: {fault}");
    readiness.rules.check().map_err(fault)?;
    readiness.fiscal_year().map_err(fault)?;
    readiness
        .answers()
        .map_err(|(at, fault)| format!("{}{fault}", place(&["readiness", "manual"], at)))?;
    for (at, goal) in goals.iter().enumerate() {
        goal.goal().map_err(|fault| format!("{}{fault}", place(&["goal"], at)))?;
    }
    Ok(())
}
