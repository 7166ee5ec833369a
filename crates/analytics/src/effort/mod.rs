//! Where working time went, told from the traces that work leaves: the model `day_slice_v1`.
//!
//! Nobody fills in a timesheet. Every working day of a person is one unit times the share of full
//! time. It is divided among the work items that show activity that day, in proportion to the
//! weights of their signals; away time is `~ABSENCE`, and a day that shows nothing is
//! `~UNATTRIBUTED`, never spread over projects: that would invent evidence. A single day or two
//! between days on one ticket in progress count to that ticket, and are flagged.
//!
//! Three rules hold in all files:
//!
//! - No number is rounded. Slices are exact fractions ([`Rational`]) that add up to the capacity
//!   exactly; [`round_parts`] and [`apportion`] turn them into digits without losing a unit.
//! - A fact that is missing or contradictory is an [`EffortProblem`], and what would have needed it
//!   is left out.
//! - The order of the input decides nothing.
//!
//! It knows nothing of accounting or of kinds of work: whoever does labels the same slices. Only
//! [`tell`] knows of tables: it reads what the [`model()`] is given.

mod activity;
mod entity;
mod gather;
mod inputs;
mod model;
mod month;
mod problem;
mod rational;
mod rounding;
mod slices;
mod terms;
#[cfg(test)]
pub(crate) mod tests;
mod traces;

pub use gather::{Question, Told, Unrecorded, WorkingTime, tell};
pub use inputs::{
    ABSENCE, Absence, Calendar, Employment, EmploymentType, InProgress, Inputs, ManagerEffort,
    Membership, Options, Person, Signal, SignalKind, UNATTRIBUTED, WeekendActivity, Weights, Work,
};
pub use model::model;
pub use month::Month;
pub use problem::EffortProblem;
pub use rational::{Rational, TooLarge};
pub(crate) use rounding::scale;
pub use rounding::{
    FTE_DIGITS, Fixed, HOURS_DIGITS, RoundingError, apportion, largest_remainder, round_parts,
};
pub use slices::{DaySlice, Effort, Evidence, Flags, MonthSlice, PersonMonth};

/// Name of the model in manifests. Another way to divide days gets another name.
pub const MODEL: &str = "day_slice_v1";
