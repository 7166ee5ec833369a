//! Facts that are missing or contradict each other. The model names them and leaves out what would
//! have needed them.

use chrono::NaiveDate;
use serde::Serialize;

use super::Month;

/// Something that is missing or contradictory. Where it says a month, that person-month has no
/// effort at all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum EffortProblem {
    /// Two rows of one person differ: neither is used.
    #[error("person `{person_id}` is given twice with different data")]
    ContradictoryPerson {
        /// Person.
        person_id: String,
    },
    /// Facts about somebody who is not among the people, or given twice.
    #[error("there are facts about `{person_id}`, who is not among the people")]
    UnknownPerson {
        /// Person.
        person_id: String,
    },
    /// Two employments hold on one day of the month.
    #[error("person `{person_id}` has overlapping employments in {month}")]
    OverlappingEmployments {
        /// Person.
        person_id: String,
        /// Month without effort.
        month: Month,
    },
    /// An employment without a country.
    #[error("person `{person_id}` has no country of work in {month}")]
    NoCountry {
        /// Person.
        person_id: String,
        /// Month without effort.
        month: Month,
    },
    /// An employment in a country whose working days are unknown.
    #[error("person `{person_id}` works in `{country}` in {month}, which has no usable calendar")]
    NoCalendar {
        /// Person.
        person_id: String,
        /// Country.
        country: String,
        /// Month without effort.
        month: Month,
    },
    /// An employment without a share of full time, or with one outside of 0 to 1.
    #[error("person `{person_id}` has no share of full time above 0 and up to 1 in {month}")]
    NoShareOfFullTime {
        /// Person.
        person_id: String,
        /// Month without effort.
        month: Month,
    },
    /// An absence whose share of the day is unknown, outside of 0 to 1, or given twice differently.
    #[error("person `{person_id}` has an absence on {day} without a usable share of the day")]
    UnclearAbsence {
        /// Person.
        person_id: String,
        /// Day, whose month has no effort.
        day: NaiveDate,
    },
    /// Calendars of one country differ, or have no hours: none is used.
    #[error("the calendar of `{country}` is given twice differently, or has no hours in a day")]
    UnusableCalendar {
        /// Country.
        country: String,
    },
    /// A calendar without a holiday in a year that is asked for: more likely unknown than none.
    #[error("the calendar of `{country}` has no holiday in {year}")]
    NoHolidays {
        /// Country.
        country: String,
        /// Year.
        year: i32,
    },
    /// Two memberships hold on one day of the month: on such days there is no team.
    #[error("person `{person_id}` is in several teams at once in {month}")]
    OverlappingMemberships {
        /// Person.
        person_id: String,
        /// Month, which has effort.
        month: Month,
    },
    /// Activity on days without employment, which counts nowhere.
    #[error("person `{person_id}` has activity in {month} on days without employment")]
    ActivityOutsideEmployment {
        /// Person.
        person_id: String,
        /// Month of the activity.
        month: Month,
    },
    /// Activity on days without work, before which there is no working day to move it to.
    #[error("person `{person_id}` has activity in {month} before the first day of work")]
    NoEarlierWorkingDay {
        /// Person.
        person_id: String,
        /// Month of the activity.
        month: Month,
    },
    /// A work item whose id begins like those of time without one: its signals are not used.
    #[error("the id `{work_item_id}` of a work item begins with `~`, which is reserved")]
    ReservedWorkItem {
        /// Work item.
        work_item_id: String,
    },
}

impl EffortProblem {
    /// The person that it is about; `None` where it is about nobody.
    pub fn person_id(&self) -> Option<&str> {
        match self {
            EffortProblem::ContradictoryPerson { person_id }
            | EffortProblem::UnknownPerson { person_id }
            | EffortProblem::OverlappingEmployments { person_id, .. }
            | EffortProblem::NoCountry { person_id, .. }
            | EffortProblem::NoCalendar { person_id, .. }
            | EffortProblem::NoShareOfFullTime { person_id, .. }
            | EffortProblem::UnclearAbsence { person_id, .. }
            | EffortProblem::OverlappingMemberships { person_id, .. }
            | EffortProblem::ActivityOutsideEmployment { person_id, .. }
            | EffortProblem::NoEarlierWorkingDay { person_id, .. } => Some(person_id),
            EffortProblem::UnusableCalendar { .. }
            | EffortProblem::NoHolidays { .. }
            | EffortProblem::ReservedWorkItem { .. } => None,
        }
    }

    /// The month that it is about; `None` where it is about all.
    pub fn month(&self) -> Option<Month> {
        match self {
            EffortProblem::OverlappingEmployments { month, .. }
            | EffortProblem::NoCountry { month, .. }
            | EffortProblem::NoCalendar { month, .. }
            | EffortProblem::NoShareOfFullTime { month, .. }
            | EffortProblem::OverlappingMemberships { month, .. }
            | EffortProblem::ActivityOutsideEmployment { month, .. }
            | EffortProblem::NoEarlierWorkingDay { month, .. } => Some(*month),
            EffortProblem::UnclearAbsence { day, .. } => Some(Month::of(*day)),
            EffortProblem::ContradictoryPerson { .. }
            | EffortProblem::UnknownPerson { .. }
            | EffortProblem::UnusableCalendar { .. }
            | EffortProblem::NoHolidays { .. }
            | EffortProblem::ReservedWorkItem { .. } => None,
        }
    }
}
