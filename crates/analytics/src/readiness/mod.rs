//! The quarterly assessment: does this organization need a platform now?
//!
//! The guide names seven factors and says in words when each is green, yellow or red. Green is
//! *high need*: the more friction, the greener. Here each factor is a number by SQL
//! ([`observe`]), a colour by rules that a configuration may change ([`Rules`]), and together a
//! verdict ([`Verdict`]). [`assess`] puts a quarter beside the one before and, once there is a
//! platform, beside the one it started in. [`targets`] compares metrics with the guide's targets,
//! [`goals`] with those of the configuration.

mod assessment;
mod factor;
mod gather;
mod goal;
mod judge;
mod manual;
mod quarter;
mod row;
mod rules;
mod target;
#[cfg(test)]
mod tests;
mod thresholds;
mod trend;
mod verdict;

pub use assessment::{Assessment, Question, assess};
pub use factor::{Basis, Colour, Factor};
pub use gather::{Found, Observation, observe};
pub use goal::{Goal, GoalDirection, GoalResult, Outcome, goals};
pub use judge::Numbers;
pub use manual::{Answer, ManualAnswer};
pub use quarter::{FiscalYear, Moment, Quarter};
pub use row::FactorRow;
pub use rules::Rules;
pub use target::{Met, TargetRow, targets};
pub use thresholds::thresholds;
pub use trend::{Standing, Trend};
pub use verdict::{Direction, Verdict, phase};
