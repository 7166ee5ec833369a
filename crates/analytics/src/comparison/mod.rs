//! Arms of services compared: golden path against off-road, cohorts, and before against after.
//!
//! An arm is a set of services. Who is in which arm is decided at the beginning of the period and
//! not by what happened in it, else an arm would be made of those that did well. The numbers of
//! each service in the period ([`numbers`]) are compared by [`cross_section()`]; services that
//! changed sides are followed over time by [`before_after()`].

mod arms;
mod balance;
mod before_after;
mod change;
mod cross_section;
mod family;
mod numbers;
mod strata;
#[cfg(test)]
mod tests;
mod unfollowed;
mod words;

pub use arms::{Arms, Member, cohorts, golden_path, of_ai};
pub use balance::{BalanceRow, balance};
pub use before_after::before_after;
pub use change::change;
pub use cross_section::cross_section;
pub use words::number as amount;

/// One answer of a comparison: an effect with its interval, or why there is none.
#[derive(Debug, Clone, PartialEq, serde::Serialize, schemars::JsonSchema)]
pub struct ComparisonRow {
    /// What is compared, such as `golden-path`.
    pub comparison: String,
    /// Metric.
    pub metric: String,
    /// Services that it is about: `all`, `adjusted` for all strata together, the name of one, or
    /// `event N`, N months or quarters after adoption.
    pub stratum: String,
    /// First arm.
    pub arm_a: String,
    /// Second arm.
    pub arm_b: String,
    /// Services of the first arm that count.
    pub services_a: i64,
    /// Services of the second arm that count.
    pub services_b: i64,
    /// How the estimate was made.
    pub method: String,
    /// First arm against the second in `unit`; NULL with a reason.
    pub estimate: Option<f64>,
    /// Lower end of the 95 % interval; NULL where there is none.
    pub ci_low: Option<f64>,
    /// Upper end of the 95 % interval; NULL where there is none.
    pub ci_high: Option<f64>,
    /// Two-sided p; NULL where nothing was tested.
    pub p_value: Option<f64>,
    /// The same corrected for the metrics that were tested together (Benjamini and Hochberg); NULL
    /// where it is not the metric's headline.
    pub q_value: Option<f64>,
    /// The finding in a sentence.
    pub words: String,
    /// Why there is no estimate, in one word; NULL where there is one.
    pub reason: Option<String>,
    /// `ratio` (2 is twice as much) or `difference` (0.05 is five points of a share).
    pub unit: String,
    /// Changes, deployments or failures of the first arm behind it; NULL where it stands on effects
    /// of several windows.
    pub facts_a: Option<i64>,
    /// The same of the second arm.
    pub facts_b: Option<i64>,
    /// `low_power` with four to seven services in an arm, `full` with more; NULL where nothing was
    /// tested.
    pub evidence: Option<String>,
}
