//! What worked time went to, as rows: one for each group, month, dimension and label.

use chrono::{DateTime, NaiveDate, Utc};
use milepost_analytics::Span;
use milepost_analytics::allocation::{
    self, Allocation, Answer, Dimension, Figures, Group, Suppression,
};
use milepost_analytics::effort::{Effort, Month, Rational};
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer;
use crate::exit::Failure;
use crate::globals::Globals;

/// A label's share of a group's month.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct AllocationRow {
    pub(crate) subject_kind: &'static str,
    pub(crate) subject_id: String,
    pub(crate) window_kind: &'static str,
    pub(crate) window_start: DateTime<Utc>,
    pub(crate) window_end: DateTime<Utc>,
    /// `activity` or `investment`.
    pub(crate) dimension: &'static str,
    /// Label, `unlabelled` or `unattributed`.
    pub(crate) category: String,
    /// Rule that gave the label; NULL for the sum over all.
    pub(crate) rule_id: Option<String>,
    /// Share of the worked time, 0 to 1; NULL where the group is hidden.
    pub(crate) value: Option<f64>,
    /// Months of full-time people in the whole.
    pub(crate) fte: Option<f64>,
    /// People with working time.
    pub(crate) people_count: Option<i64>,
    /// Share of the time that has a label.
    pub(crate) coverage_ratio: Option<f64>,
    /// `recorded`, or `inferred` where no employments are known.
    pub(crate) basis: &'static str,
    /// `group_too_small`, or `low_coverage` below 70 %.
    pub(crate) reason: Option<&'static str>,
    pub(crate) is_provisional: bool,
    /// Month in the reporting zone, as `2026-06`.
    #[serde(skip)]
    #[schemars(skip)]
    month: String,
}

impl AllocationRow {
    /// Month as `2026-06`.
    pub(crate) fn month(&self) -> String {
        self.month.clone()
    }
}

/// The rows, and what they lack.
pub(crate) struct Told {
    pub(crate) rows: Vec<AllocationRow>,
    /// Sentences about what was left out or assumed.
    pub(crate) remarks: Vec<String>,
}

/// A month with its instants.
#[derive(Debug, Clone, Copy)]
struct Window {
    month: Month,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    is_provisional: bool,
}

/// Allocates the whole months of a span.
///
/// # Errors
/// Where the span does not begin and end with a month, or the lake can't be read.
pub(crate) async fn tell(globals: &Globals, span: Span) -> Result<Told, Failure> {
    if let Some(day) = [span.from, span.to].into_iter().flatten().find(|day| !is_first(*day)) {
        return Err(Failure::Usage(format!(
            "working time is told by whole months, and {day} is not the first day of one"
        )));
    }
    let session = answer::session(globals, &globals.lake, span)?;
    let windows = windows(&session).await?;
    let months: Vec<Month> = windows.iter().map(|window| window.month).collect();
    let scheme = globals.config.scheme().map_err(Failure::Usage)?;
    let answer = allocation::allocation(&session, &months, globals.zone, &scheme).await?;
    Ok(Told { rows: rows(&answer, &windows)?, remarks: remarks(&answer) })
}

fn is_first(day: NaiveDate) -> bool {
    Month::of(day).first() == day
}

async fn windows(session: &datafusion::prelude::SessionContext) -> Result<Vec<Window>, Failure> {
    let sql = "select cast(start_on as varchar), cast(to_unixtime(window_start) as varchar), \
               cast(to_unixtime(window_end) as varchar), cast(is_provisional as varchar) \
               from windows where window_kind = 'month' order by window_start";
    let instant = |text: &str| DateTime::from_timestamp(text.parse().ok()?, 0);
    let window = |row: &Vec<String>| {
        let [start_on, start, end, is_provisional] = row.as_slice() else { return None };
        Some(Window {
            month: Month::of(start_on.parse().ok()?),
            start: instant(start)?,
            end: instant(end)?,
            is_provisional: is_provisional == "true",
        })
    };
    Ok(answer::told(session, sql).await?.iter().filter_map(window).collect())
}

fn rows(answer: &Answer, windows: &[Window]) -> Result<Vec<AllocationRow>, Failure> {
    let basis = if answer.is_assumed { "inferred" } else { "recorded" };
    let mut all = Vec::new();
    for one in &answer.allocations {
        let Some(window) = windows.iter().find(|window| window.month == one.month) else {
            continue;
        };
        for (category, rule_id, share) in shares(one) {
            let figures = one.figures.as_ref();
            all.push(AllocationRow {
                subject_kind: kind(&one.group),
                subject_id: name(&one.group),
                window_kind: "month",
                window_start: window.start,
                window_end: window.end,
                dimension: word(one.dimension),
                category,
                rule_id,
                value: share.map(|share| number(&share)).transpose()?,
                fte: figures.map(|figures| number(&figures.fte)).transpose()?,
                people_count: figures.and_then(|figures| i64::try_from(figures.people).ok()),
                coverage_ratio: figures.map(|figures| number(&figures.coverage)).transpose()?,
                basis,
                reason: reason(one),
                is_provisional: window.is_provisional,
                month: window.month.to_string(),
            });
        }
    }
    Ok(all)
}

fn number(value: &Rational) -> Result<f64, Failure> {
    value.approximate().map_err(|error| Failure::failed("failed to divide the time", error))
}

/// Every label of the dimension with its share, and by rule; of a hidden group without any.
fn shares(one: &Allocation) -> Vec<(String, Option<String>, Option<Rational>)> {
    let Some(Figures { shares, unattributed, unlabelled, .. }) = &one.figures else {
        return vec![("all".to_owned(), None, None)];
    };
    let mut all = Vec::new();
    for (category, share) in shares {
        let word = category.as_str().to_owned();
        all.push((word.clone(), None, Some(share.share.clone())));
        let by_rule = share.by_rule.iter();
        all.extend(
            by_rule.map(|(rule, share)| (word.clone(), Some(rule.clone()), Some(share.clone()))),
        );
    }
    all.push(("unlabelled".to_owned(), None, Some(unlabelled.clone())));
    all.push(("unattributed".to_owned(), None, Some(unattributed.clone())));
    all
}

fn kind(group: &Group) -> &'static str {
    match group {
        Group::Organization => "organization",
        Group::Team(_) | Group::NoTeam => "team",
    }
}

fn name(group: &Group) -> String {
    match group {
        Group::Organization => "organization".to_owned(),
        Group::Team(team_id) => team_id.clone(),
        Group::NoTeam => "no_team".to_owned(),
    }
}

fn word(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Investment => "investment",
        Dimension::Activity => "activity",
    }
}

fn reason(one: &Allocation) -> Option<&'static str> {
    match (one.suppression, &one.figures) {
        (Some(Suppression::TooFewPeople | Suppression::HidesSmallerGroup), _) => {
            Some("group_too_small")
        }
        (None, Some(figures)) if figures.is_grey => Some("low_coverage"),
        _ => None,
    }
}

/// What was assumed or left out, without anybody's name.
fn remarks(answer: &Answer) -> Vec<String> {
    let mut remarks = Vec::new();
    if answer.effort.months.is_empty() {
        remarks.push("no working time is known: it is told from commits, pull requests, reviews and tickets of people in `people` with `identities` and `employments`; `milepost ingest files DIR` adds them".to_owned());
    } else if answer.is_assumed {
        remarks.push("no employments are known: whoever left a trace in a month counts as employed in all of it, at full time, Monday to Friday; `milepost ingest files employments.csv calendars.csv absences.csv` tells more".to_owned());
    }
    match answer.strangers.len() {
        0 => {}
        1 => remarks.push(
            "left out: 1 author who is in no table of people; `milepost people` lists them"
                .to_owned(),
        ),
        count => remarks.push(format!(
            "left out: {count} authors who are in no table of people; `milepost people` lists them"
        )),
    }
    let lacking = lacking(&answer.effort);
    if lacking > 0 {
        remarks.push(format!(
            "left out or not clear: {lacking} facts about people's countries, calendars, shares of full time, absences or teams; `milepost export capitalization` names them"
        ));
    }
    remarks
}

fn lacking(effort: &Effort) -> usize {
    effort.problems.len()
}
