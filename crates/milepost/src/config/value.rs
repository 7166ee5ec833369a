//! What the platform's work is worth, by the user's own assumptions.

use schemars::JsonSchema;
use serde::Deserialize;

/// What the platform's work is worth.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct ValueConfig {
    /// Currency of the hourly costs, such as `EUR`.
    pub(crate) currency: Option<String>,
    /// What is gained each time something happens.
    pub(crate) gain: Vec<GainConfig>,
}

/// What is gained each time something happens.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GainConfig {
    /// What it is, in words.
    pub(crate) what: String,
    /// Metric whose counted facts in the quarter are how often it happened.
    pub(crate) metric: String,
    /// Hours gained each time: at least, most likely, at most.
    pub(crate) hours: [f64; 3],
    /// Cost of an hour: at least, most likely, at most.
    pub(crate) hourly_cost: [f64; 3],
    /// Who assumes this.
    pub(crate) assumed_by: String,
}

impl ValueConfig {
    /// What the types alone can't say.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        if !self.gain.is_empty() && self.currency.as_deref().unwrap_or("").trim().is_empty() {
            return Err("`[value]` needs a `currency` beside its gains, such as \"EUR\"".to_owned());
        }
        self.gain.iter().try_for_each(GainConfig::check)
    }
}

impl GainConfig {
    fn check(&self) -> Result<(), String> {
        let what = &self.what;
        if what.trim().is_empty() || self.assumed_by.trim().is_empty() {
            return Err(
                "a `[[value.gain]]` says `what` is gained and who it is `assumed_by`".to_owned()
            );
        }
        for (name, [low, likely, high]) in
            [("hours", self.hours), ("hourly_cost", self.hourly_cost)]
        {
            let is_range = low.is_finite()
                && high.is_finite()
                && 0.0 <= low
                && low <= likely
                && likely <= high;
            if !is_range {
                return Err(format!(
                    "`{name}` of the gain `{what}` is at least, most likely and at most, from 0 on, such as [0.5, 1, 2]"
                ));
            }
        }
        Ok(())
    }
}
