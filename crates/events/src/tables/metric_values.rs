use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{Kind, Row};

/// A value of a metric, as `milepost run` last found it: the rows of the view `metrics.all`, for
/// engines that only read files.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MetricValue {
    /// Metric.
    pub metric: String,
    /// Statistic: `p50`, `rate` and the like.
    pub statistic: String,
    /// What it is about: `service`, `team` or `organization`.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: String,
    /// How time is cut: `week`, `month`, `quarter`, `year` or `all`.
    pub window_kind: String,
    /// Start of the window; UTC.
    pub window_start: DateTime<Utc>,
    /// Unit of the value: `seconds`, `ratio`, `count`, `count_per_day` or `score`.
    pub unit: Option<String>,
    /// End of the window, which is no part of it; UTC.
    pub window_end: Option<DateTime<Utc>>,
    /// Value; NULL where there is none, and `reason` says why.
    pub value: Option<f64>,
    /// Facts that the value rests on.
    pub sample_size: Option<i64>,
    /// Facts that were left out.
    pub excluded_count: Option<i64>,
    /// Share of what the metric needs to know of that is known, 0 to 1; NULL where that means
    /// nothing.
    pub coverage_ratio: Option<f64>,
    /// `recorded`, `inferred` or `mixed`: where its deployments come from.
    pub basis: Option<String>,
    /// Why there is no value; NULL where there is one.
    pub reason: Option<String>,
    /// True for a window that was not over, or is cut.
    pub is_provisional: Option<bool>,
    /// Level that the value reaches in the set; NULL where the set has none for it.
    pub level: Option<String>,
    /// Set of levels.
    pub level_set: Option<String>,
    /// Hash of the definition.
    pub definition_id: Option<String>,
    /// Lower end of the 95 % interval; NULL where the metric has none.
    pub ci_low: Option<f64>,
    /// Upper end of the 95 % interval; NULL where the metric has none.
    pub ci_high: Option<f64>,
    /// As-of of the run that wrote it; UTC.
    pub as_of: Option<DateTime<Utc>>,
}

impl Row for MetricValue {
    const TABLE: &'static str = "metric_values";
    const KEY: &'static [&'static str] =
        &["metric", "statistic", "subject_kind", "subject_id", "window_kind", "window_start"];
    const KIND: Kind = Kind::Answer;
}
