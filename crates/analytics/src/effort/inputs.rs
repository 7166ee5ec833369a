//! What the model is given: plain facts in civil days of the reporting zone, already linked to
//! people and work items. Whoever reads them from tables turns instants into days and logins into
//! people; bots are left out there.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::{Month, Rational};

/// A human whose effort is asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Person {
    /// Person.
    pub person_id: String,
    /// Name for people; `None` where unknown.
    pub name: Option<String>,
    /// Role, such as `engineer` or `manager`; `None` where unknown, which counts as no manager.
    pub role: Option<String>,
}

/// How someone is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmploymentType {
    /// On the payroll.
    Employee,
    /// By invoice.
    Contractor,
}

/// Terms of employment, over days. Fields that are `None` are unknown and never guessed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Employment {
    /// Person.
    pub person_id: String,
    /// First day of the terms.
    pub valid_from: NaiveDate,
    /// First day after them; `None` while they last.
    pub valid_to: Option<NaiveDate>,
    /// Number in the payroll.
    pub employee_id: Option<String>,
    /// Employee or contractor.
    pub employment_type: Option<EmploymentType>,
    /// Employing company.
    pub entity: Option<String>,
    /// Country of work, ISO 3166 alpha-2. Without it there is no calendar, and so no effort.
    pub country: Option<String>,
    /// Share of full time, above 0 and at most 1. Without it there is no effort.
    pub fte: Option<Rational>,
    /// Cost centre.
    pub cost_center: Option<String>,
}

impl Employment {
    pub(super) fn holds_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day < end)
    }
}

/// Someone's place in a team, over days.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Membership {
    /// Team.
    pub team_id: String,
    /// Member.
    pub person_id: String,
    /// First day of it.
    pub valid_from: NaiveDate,
    /// First day after it; `None` while it lasts.
    pub valid_to: Option<NaiveDate>,
}

/// A day, or a part of one, that someone was away.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Absence {
    /// Person.
    pub person_id: String,
    /// Day.
    pub day: NaiveDate,
    /// Share of the person's working day, 0 to 1; `None` where unknown, which leaves the month
    /// without effort.
    pub fraction: Option<Rational>,
}

/// Working days of a country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Country, ISO 3166 alpha-2.
    pub country: String,
    /// Days of the week without work.
    pub weekend: Vec<Weekday>,
    /// Public holidays.
    pub holidays: Vec<NaiveDate>,
    /// Hours of a full-time working day, above 0.
    pub hours_per_day: Rational,
}

/// Kind of a trace that work leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalKind {
    /// A commit.
    Commit,
    /// A pull request was opened.
    PullRequestOpened,
    /// A pull request was merged.
    PullRequestMerged,
    /// A review was submitted.
    Review,
    /// A comment in a review.
    ReviewComment,
    /// A ticket was in progress and assigned. Made by the model from [`InProgress`].
    InProgress,
    /// Nothing was seen; the days around are both on one ticket. Made by the model.
    GapFill,
}

impl SignalKind {
    /// Word in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            SignalKind::Commit => "commit",
            SignalKind::PullRequestOpened => "pull_request_opened",
            SignalKind::PullRequestMerged => "pull_request_merged",
            SignalKind::Review => "review",
            SignalKind::ReviewComment => "review_comment",
            SignalKind::InProgress => "in_progress",
            SignalKind::GapFill => "gap_fill",
        }
    }
}

/// A trace of work on a work item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Signal {
    /// Who worked.
    pub person_id: String,
    /// Civil day of it in the reporting zone.
    pub day: NaiveDate,
    /// Linked ticket, else the pull request, else the repository's default item. A source that is
    /// linked to several is given once for each; its weight is divided among them equally.
    pub work_item_id: String,
    /// What it was.
    pub kind: SignalKind,
    /// System it was read from.
    pub source: String,
    /// Its id there: a sha, a pull request, a comment.
    pub source_id: String,
    /// Where to look at it.
    pub url: Option<String>,
    /// When it happened; UTC.
    pub occurred_at: DateTime<Utc>,
    /// Pull request of a comment, for the cap on comments; without one the work item stands in.
    pub pull_request_id: Option<String>,
    /// What makes it one with others of its kind, such as a patch id where a commit was rebased or
    /// squashed: the earliest counts. `None` where its `source_id` does.
    pub same_as: Option<String>,
}

/// Days on which a work item was in progress and assigned to someone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InProgress {
    /// Assignee.
    pub person_id: String,
    /// Work item.
    pub work_item_id: String,
    /// First day of it.
    pub first_on: NaiveDate,
    /// Last day of it, included; `None` while it lasts.
    pub last_on: Option<NaiveDate>,
    /// System it was read from.
    pub source: String,
    /// Id there of what shows it.
    pub source_id: String,
    /// Where to look at it.
    pub url: Option<String>,
}

impl InProgress {
    pub(super) fn holds_on(&self, day: NaiveDate) -> bool {
        self.first_on <= day && self.last_on.is_none_or(|last| day <= last)
    }
}

/// How much each kind of signal says about a day. Zero leaves a kind out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    /// A commit.
    pub commit: u32,
    /// Opening a pull request.
    pub pull_request_opened: u32,
    /// Merging one.
    pub pull_request_merged: u32,
    /// Submitting a review.
    pub review: u32,
    /// A comment in a review.
    pub review_comment: u32,
    /// Comments that count for a person, pull request and day; the first ones do.
    pub review_comments_counted: u32,
    /// A working day on which a ticket is in progress and assigned.
    pub in_progress: u32,
}

impl Default for Weights {
    fn default() -> Weights {
        Weights {
            commit: 3,
            pull_request_opened: 3,
            pull_request_merged: 3,
            review: 1,
            review_comment: 1,
            review_comments_counted: 3,
            in_progress: 2,
        }
    }
}

impl Weights {
    pub(super) fn of(&self, kind: SignalKind) -> u32 {
        match kind {
            SignalKind::Commit => self.commit,
            SignalKind::PullRequestOpened => self.pull_request_opened,
            SignalKind::PullRequestMerged => self.pull_request_merged,
            SignalKind::Review => self.review,
            SignalKind::ReviewComment => self.review_comment,
            SignalKind::InProgress => self.in_progress,
            SignalKind::GapFill => 0,
        }
    }
}

/// What becomes of activity on days without work: weekends, holidays, whole days off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WeekendActivity {
    /// It counts on the nearest earlier working day without any absence.
    #[default]
    Move,
    /// It does not count.
    Drop,
}

/// What becomes of the days of managers, whose own traces say little of what they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ManagerEffort {
    /// They are unattributed.
    #[default]
    Unattributed,
    /// They follow what the others of the team worked on that day, unattributed time included.
    TeamFollow,
}

/// Choices of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Weights of signals.
    pub weights: Weights,
    /// Activity on days without work.
    pub weekend: WeekendActivity,
    /// Days of managers.
    pub managers: ManagerEffort,
    /// Roles that are managers'.
    pub manager_roles: Vec<String>,
    /// Longest gap, in working days, that is filled.
    pub longest_gap: u32,
    /// Unattributed share of a person-month above which a human should look at it.
    pub review_above: Rational,
    /// Last day about which everything is known; `None` where all months asked for are over. Later
    /// days have no capacity, and their month is provisional.
    pub known_until: Option<NaiveDate>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            weights: Weights::default(),
            weekend: WeekendActivity::default(),
            managers: ManagerEffort::default(),
            manager_roles: vec!["manager".to_owned()],
            longest_gap: 3,
            // A fifth always has a denominator.
            review_above: Rational::new(1, 5).unwrap_or_default(),
            known_until: None,
        }
    }
}

/// Everything the model looks at. The order of rows means nothing, and equal rows count once.
///
/// Facts of neighbouring months belong in it: activity of a weekend after a month's end moves into
/// the month, and gaps are judged by the days around them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Inputs {
    /// Months asked for.
    pub months: Vec<Month>,
    /// People.
    pub people: Vec<Person>,
    /// Employments.
    pub employments: Vec<Employment>,
    /// Memberships of teams.
    pub memberships: Vec<Membership>,
    /// Absences.
    pub absences: Vec<Absence>,
    /// Calendars.
    pub calendars: Vec<Calendar>,
    /// Traces of work.
    pub signals: Vec<Signal>,
    /// Tickets in progress.
    pub in_progress: Vec<InProgress>,
    /// Choices.
    pub options: Options,
}

impl Inputs {
    /// The same facts in one order, each once: what is written down of them is the same whatever
    /// order they came in.
    #[must_use]
    pub fn in_order(mut self) -> Inputs {
        fn tidy<T: Ord>(rows: &mut Vec<T>) {
            rows.sort();
            rows.dedup();
        }
        tidy(&mut self.months);
        tidy(&mut self.people);
        tidy(&mut self.employments);
        tidy(&mut self.memberships);
        tidy(&mut self.absences);
        tidy(&mut self.signals);
        tidy(&mut self.in_progress);
        for calendar in &mut self.calendars {
            tidy(&mut calendar.holidays);
            calendar.weekend.sort_by_key(Weekday::num_days_from_monday);
        }
        self.calendars.sort_by(|a, b| {
            (&a.country, &a.holidays, &a.hours_per_day).cmp(&(
                &b.country,
                &b.holidays,
                &b.hours_per_day,
            ))
        });
        self.calendars.dedup();
        self
    }
}

/// Id of time away.
pub const ABSENCE: &str = "~ABSENCE";

/// Id of working time without a trace.
pub const UNATTRIBUTED: &str = "~UNATTRIBUTED";

/// What time went to. Ordered by id, byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Work {
    /// A work item.
    Item(String),
    /// Time away.
    Absence,
    /// Working time without a trace.
    Unattributed,
}

impl Work {
    /// Id in tables. Those that are no work items begin with `~`, which no work item's may.
    pub fn id(&self) -> &str {
        match self {
            Work::Item(id) => id,
            Work::Absence => ABSENCE,
            Work::Unattributed => UNATTRIBUTED,
        }
    }
}

impl PartialOrd for Work {
    fn partial_cmp(&self, other: &Work) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Work {
    fn cmp(&self, other: &Work) -> std::cmp::Ordering {
        self.id().cmp(other.id())
    }
}

impl fmt::Display for Work {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.id())
    }
}

impl Serialize for Work {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}
