//! What kinds of work time went to: the day slices of [`effort`](crate::effort), with other labels
//! than those of the books.
//!
//! Two dimensions stand beside each other. `investment` is the Balance Framework as used by
//! Swarmia: elective work (new value, improvement, developer productivity) against what keeps the
//! lights on. `activity` asks what the doing was: roadmap, infrastructure, support, unplanned,
//! maintenance, overhead. Within a dimension a work item has one label, or none.
//!
//! Shares are exact, of worked time: time away is in nobody's. Nothing is shown of a group of fewer
//! than five people, nor what would give it away.

mod categories;
mod defaults;
mod gather;
mod rules;
mod shares;
mod suppression;
#[cfg(test)]
mod tests;

pub use categories::{Category, Dimension};
pub use defaults::default_rules;
pub use gather::{Answer, Scheme, allocation};
pub use rules::{Condition, Rule, RuleError, Traits};
pub use shares::{Allocation, Figures, Group, Share, allocate};
pub use suppression::{MINIMUM_PEOPLE, Suppression};
