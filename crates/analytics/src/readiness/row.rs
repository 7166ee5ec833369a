//! A factor as it is printed.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Basis, Colour, Factor, Verdict};

/// One answer about a factor in a quarter: what data say, or what somebody answered by hand.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FactorRow {
    /// Quarter, such as `2026Q3`.
    pub quarter: String,
    /// Factor.
    pub factor: Factor,
    /// What the colour stands on.
    pub basis: Basis,
    /// Value in `unit`; NULL where there is none or it is of fewer than five people.
    pub value: Option<f64>,
    /// Unit of both values: `count`, `seconds` or `ratio`.
    pub unit: String,
    /// Colour: green means that a platform is needed now. NULL where it is not assessed.
    pub colour: Option<Colour>,
    /// `high`, `rising` or `low`: what the colour says of the need. NULL where it is not assessed.
    pub need: Option<String>,
    /// Value of the quarter before under the same rules; NULL where there is none in this unit.
    pub previous_value: Option<f64>,
    /// Colour of the quarter before under the same rules; NULL where it was not assessed.
    pub previous_colour: Option<Colour>,
    /// True within a tenth of a threshold that would turn the colour; NULL without a colour, or
    /// where somebody gave it.
    pub is_borderline: Option<bool>,
    /// Why there is no colour or no value, in one word; NULL where there are both.
    pub reason: Option<String>,
    /// `more_need`, `less_need`, `same` or `about_the_same` (both quarters are borderline); NULL
    /// where one of them is not assessed, or its value is in another unit.
    pub trend: Option<String>,
    /// True where the share of a survey surely changed since the quarter before (95 %); NULL for
    /// what is no survey.
    pub is_clear_change: Option<bool>,
    /// Facts or people behind the value; NULL where they are fewer than five people.
    pub sample_size: Option<i64>,
    /// How much of what should be known is; NULL where that is not known.
    pub coverage_ratio: Option<f64>,
    /// Lower end of the value's 95 % interval; NULL where there is none.
    pub ci_low: Option<f64>,
    /// Upper end of the value's 95 % interval; NULL where there is none.
    pub ci_high: Option<f64>,
    /// True for the row that the verdict counts: of a factor with data and an answer by hand, the
    /// data.
    pub is_counted: bool,
    /// True while the quarter is in progress.
    pub is_provisional: bool,
    /// `need`, or `residual_need` once there is a platform.
    pub reading: String,
    /// Quarter in which the platform started; NULL before and without one.
    pub start_quarter: Option<String>,
    /// Value of that quarter under the same rules; NULL where there is none in this unit.
    pub start_value: Option<f64>,
    /// Colour of that quarter under the same rules; NULL where it was not assessed.
    pub start_colour: Option<Colour>,
    /// Thresholds, and whose they are.
    pub thresholds: String,
    /// What the value is made of, or the note of an answer by hand.
    pub details: Vec<String>,
    /// Teams or services that contribute most, the first the most; never people.
    pub contributors: Vec<String>,
    /// Pages of sample tickets or deployments.
    pub links: Vec<String>,
    /// What is not known, and how to get it.
    pub missing: Vec<String>,
    /// Verdict of the quarter.
    pub verdict: Verdict,
    /// Changes with any of the rules; all quarters in a row stand under it.
    pub rules_id: String,
}
