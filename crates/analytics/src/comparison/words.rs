//! Findings as sentences: what is associated with what, never that one makes the other.

use super::ComparisonRow;
use super::numbers::ServiceNumbers;
use crate::statistics::{Permutation, Share};

/// Stratum of all services.
pub(super) const ALL: &str = "all";
/// Stratum of all strata put together.
pub(super) const ADJUSTED: &str = "adjusted";
/// Method of the rows that are not about services' medians.
pub(super) const BOOTSTRAP: &str = "cluster_bootstrap";
/// Added to an effect over time where dates could not change places within strata.
pub(super) const OVER_ALL: &str = "; p is from dates of adoption dealt out over all services, as within no tier and language they differ";
/// Added where strata say the opposite of all services together.
pub(super) const TURNED: &str = "; within tiers and languages it is the other way round (see `adjusted`), so don't quote it alone";

/// A metric that arms are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    LeadTime,
    Frequency,
    Recovery,
    FailRate,
    ReworkRate,
}

/// What a service's number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Values,
    Rates,
    Shares,
}

impl Outcome {
    pub(super) fn metric(self) -> &'static str {
        match self {
            Outcome::LeadTime => "change_lead_time",
            Outcome::Frequency => "deployment_frequency",
            Outcome::Recovery => "failed_deployment_recovery_time",
            Outcome::FailRate => "change_fail_rate",
            Outcome::ReworkRate => "deployment_rework_rate",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Outcome::LeadTime => "change lead time",
            Outcome::Frequency => "deployment frequency",
            Outcome::Recovery => "recovery time",
            Outcome::FailRate => "change fail rate",
            Outcome::ReworkRate => "rework rate",
        }
    }

    /// What the first arm is where its number is below and above the second's.
    fn sides(self) -> (&'static str, &'static str) {
        match self {
            Outcome::LeadTime => ("is faster", "is slower"),
            Outcome::Frequency => ("deploys less often", "deploys more often"),
            Outcome::Recovery => ("recovers faster", "recovers more slowly"),
            Outcome::FailRate => ("fails less often", "fails more often"),
            Outcome::ReworkRate => ("needs less rework", "needs more rework"),
        }
    }

    /// How the later window stands to the earlier one where its number is below and above.
    fn turns(self) -> (&'static str, &'static str) {
        match self {
            Outcome::LeadTime | Outcome::Recovery => ("faster", "slower"),
            Outcome::Frequency => ("less often", "more often"),
            Outcome::FailRate => ("fewer failures", "more failures"),
            Outcome::ReworkRate => ("less rework", "more rework"),
        }
    }

    fn counted(self) -> &'static str {
        match self {
            Outcome::LeadTime => "changes",
            Outcome::Frequency | Outcome::ReworkRate => "deployments",
            Outcome::Recovery => "recoveries",
            Outcome::FailRate => "changes to production",
        }
    }

    pub(super) fn shape(self) -> Shape {
        match self {
            Outcome::LeadTime | Outcome::Recovery => Shape::Values,
            Outcome::Frequency => Shape::Rates,
            Outcome::FailRate | Outcome::ReworkRate => Shape::Shares,
        }
    }

    pub(super) fn is_about_failures(self) -> bool {
        matches!(self, Outcome::Recovery | Outcome::FailRate | Outcome::ReworkRate)
    }

    pub(super) fn method(self, is_shift: bool) -> &'static str {
        match self.shape() {
            Shape::Values if is_shift => "hodges_lehmann_shift",
            Shape::Values => "hodges_lehmann_ratio",
            Shape::Rates => "quasi_poisson",
            Shape::Shares => "clustered_difference",
        }
    }

    pub(super) fn adjusted_method(self) -> &'static str {
        match self.shape() {
            Shape::Values | Shape::Rates => "stratified_ratio",
            Shape::Shares => "mantel_haenszel",
        }
    }

    pub(super) fn unit(self, is_shift: bool) -> &'static str {
        match self.shape() {
            Shape::Values if is_shift => "seconds",
            Shape::Values | Shape::Rates => "ratio",
            Shape::Shares => "difference",
        }
    }

    /// The number where both arms are alike.
    fn even(self, unit: &str) -> f64 {
        if self.shape() == Shape::Shares || unit != "ratio" { 0.0 } else { 1.0 }
    }

    /// True where the first arm's number is the greater one. Only of a metric's usual unit.
    pub(super) fn is_above(self, estimate: f64) -> bool {
        estimate > self.even(self.unit(false))
    }

    /// True where both arms are alike.
    pub(super) fn is_even(self, estimate: f64) -> bool {
        (estimate - self.even(self.unit(false))).abs() < f64::EPSILON
    }

    pub(super) fn value(self, one: &ServiceNumbers) -> Option<f64> {
        match self {
            Outcome::LeadTime => one.lead_time,
            Outcome::Recovery => one.recovery,
            _ => None,
        }
    }

    pub(super) fn share(self, one: &ServiceNumbers) -> Share {
        match self {
            Outcome::FailRate => Share::new(one.failures, one.changes_to_production),
            Outcome::ReworkRate => Share::new(one.reworks, one.reworkable),
            _ => Share::new(0, 0),
        }
    }

    pub(super) fn facts(self, one: &ServiceNumbers) -> u64 {
        match self {
            Outcome::LeadTime if one.lead_time.is_some() => one.changes,
            Outcome::LeadTime => 0,
            Outcome::Recovery => one.recoveries,
            Outcome::Frequency => one.deployments,
            Outcome::ReworkRate => one.reworkable,
            Outcome::FailRate => one.changes_to_production,
        }
    }
}

/// What a finding says.
pub(super) fn found(outcome: Outcome, row: &ComparisonRow) -> String {
    if row.comparison == super::change::COMPARISON {
        return changed(outcome, row);
    }
    let (first, second) = (arm(&row.arm_a), arm(&row.arm_b));
    let estimate = row.estimate.unwrap_or_default();
    let amount = number(estimate, &row.unit);
    let title = outcome.title();
    let even = outcome.even(&row.unit);
    let range = match (row.ci_low, row.ci_high) {
        (Some(low), Some(high)) => {
            format!("95 % interval {} to {}, ", number(low, &row.unit), number(high, &row.unit))
        }
        _ => "no interval, ".to_owned(),
    };
    let size = format!(
        "{range}{} and {} services, {} and {} {}",
        row.services_a,
        row.services_b,
        row.facts_a.unwrap_or_default(),
        row.facts_b.unwrap_or_default(),
        outcome.counted()
    );
    let is_outside = match (row.ci_low, row.ci_high) {
        (Some(low), Some(high)) => low > even || high < even,
        _ => row.p_value.is_some(),
    };
    // With few services an interval may be too narrow where the exact test is not.
    let is_clear = is_outside && row.p_value.is_none_or(|p| p <= 0.05);
    let weak = if row.evidence.as_deref() == Some("low_power") { "; low power" } else { "" };
    let relation = match row.unit.as_str() {
        "ratio" => format!("{amount} the {title} of {second}"),
        _ => format!("{amount} of {title} against {second}"),
    };
    let within = if row.stratum == ADJUSTED { "within tiers and languages, " } else { "" };
    if is_clear {
        let (below, above) = outcome.sides();
        let side = if estimate < even { below } else { above };
        format!("{within}{first} {side}: associated with {relation} ({size}){weak}")
    } else {
        format!(
            "{within}no clear difference in {title} between {first} and {second}: {relation} ({size}){weak}"
        )
    }
}

/// What a change over time says.
fn changed(outcome: Outcome, row: &ComparisonRow) -> String {
    let even = outcome.even(&row.unit);
    let (Some(estimate), Some(low), Some(high)) = (row.estimate, row.ci_low, row.ci_high) else {
        return "no clear change".to_owned();
    };
    let range = format!(
        "{} (95 % interval {} to {}; {} and {} services)",
        number(estimate, &row.unit),
        number(low, &row.unit),
        number(high, &row.unit),
        row.services_a,
        row.services_b
    );
    let is_clear = (low > even || high < even) && row.p_value.is_none_or(|p| p <= 0.05);
    let (below, above) = outcome.turns();
    match is_clear {
        true => format!("{}: {range}", if estimate < even { below } else { above }),
        false => format!("no clear change: {range}"),
    }
}

/// What is said where there is no number.
pub(super) fn none(row: &ComparisonRow, reason: &str) -> String {
    if row.comparison == super::change::COMPARISON {
        return match reason {
            "no_failure_source" => "nothing that is read could show a failure".to_owned(),
            "too_few_deployments" => format!(
                "no clear change: too few deployments to say ({} and {}, at least 20 are needed)",
                row.facts_a.unwrap_or_default(),
                row.facts_b.unwrap_or_default()
            ),
            "too_few_services" | "no_observations" => format!(
                "no clear change: too few services to say ({} and {}, at least 4 are needed)",
                row.services_a, row.services_b
            ),
            "coverage_differs" => "not compared: failures then and before are known to a different degree (more than 10 points between the shares of deployments with a commit or of incidents with a deployment)".to_owned(),
            other => format!("no clear change: {}", other.replace('_', " ")),
        };
    }
    let (first, second) = (arm(&row.arm_a), arm(&row.arm_b));
    let sizes = format!("{} {first}, {} {second}", row.services_a, row.services_b);
    match reason {
        "too_few_services" | "no_observations" => {
            format!("too few services to say ({sizes}; at least 4 of each are needed)")
        }
        "too_few_deployments" => format!(
            "too few deployments to say ({} and {}; at least 20 of each are needed)",
            row.facts_a.unwrap_or_default(),
            row.facts_b.unwrap_or_default()
        ),
        "coverage_differs" => format!(
            "not compared: failures of {first} and {second} are known to a different degree, so that a difference would only show who is watched (more than 10 points between the shares of deployments with a commit or of incidents with a deployment, or no incident of one of them was ever recorded)"
        ),
        "no_failure_source" => {
            "not compared: nothing that is read could show a failure; ingest incidents".to_owned()
        }
        "no_shared_strata" => format!(
            "not adjusted: there is one tier and language only, or none has both {first} and {second}"
        ),
        "too_many_changes" => "not resampled: more than 20,000 changes".to_owned(),
        "all_ties" | "constant_values" => {
            format!("nothing to say: all values are the same ({sizes})")
        }
        "zero_events" => format!("nothing to compare: nothing happened in an arm ({sizes})"),
        other => format!("no number: {} ({sizes})", other.replace('_', " ")),
    }
}

/// A difference in seconds over all changes of the arms.
pub(super) fn seconds(
    first: &str,
    second: &str,
    probability: f64,
    estimate: f64,
    interval: Option<(f64, f64)>,
) -> String {
    let range = interval.map_or_else(String::new, |(low, high)| {
        format!(" (95 % interval {} to {})", number(low, "seconds"), number(high, "seconds"))
    });
    format!(
        "p{:.0} of all changes: {} against {}: {}{range}",
        probability * 100.0,
        arm(first),
        arm(second),
        number(estimate, "seconds")
    )
}

/// An arm as people call it.
pub(super) fn arm(name: &str) -> String {
    match name {
        "golden" => "golden path".to_owned(),
        "off_road" => "off-road".to_owned(),
        "no_ai" => "without AI".to_owned(),
        "ai" => "AI-assisted".to_owned(),
        other => other.to_owned(),
    }
}

/// An estimate in its unit as people read it: `0.28×`, `1.5 h`, `-5.0 points`.
pub fn number(value: f64, unit: &str) -> String {
    match unit {
        "ratio" => format!("{}×", short(value)),
        "per_week" => format!("{value:+.2} a week"),
        "seconds" => match value.abs() {
            few if few < 60.0 => format!("{value:.0} s"),
            few if few < 3600.0 => format!("{:.1} min", value / 60.0),
            few if few < 172_800.0 => format!("{:.1} h", value / 3600.0),
            _ => format!("{:.1} d", value / 86_400.0),
        },
        _ => format!("{:+.1} points", value * 100.0),
    }
}

fn short(value: f64) -> String {
    if value.abs() >= 10.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

/// An effect before and after, as far as it is one.
pub(super) fn estimated(outcome: Outcome, row: &ComparisonRow) -> String {
    let estimate = row.estimate.unwrap_or_default();
    let even = outcome.even(&row.unit);
    let range = match (row.ci_low, row.ci_high) {
        (Some(low), Some(high)) => {
            format!("95 % interval {} to {}", number(low, &row.unit), number(high, &row.unit))
        }
        _ => "no interval, as one service carries it".to_owned(),
    };
    let is_outside =
        matches!((row.ci_low, row.ci_high), (Some(low), Some(high)) if low > even || high < even);
    let is_clear = is_outside && row.p_value.is_none_or(|p| p <= 0.05);
    let relation = if row.unit == "ratio" { "the" } else { "of" };
    let what = format!(
        "{} {relation} {} ({range}; {} adopters, {} others)",
        number(estimate, &row.unit),
        outcome.title(),
        row.services_a,
        row.services_b
    );
    match is_clear {
        true => format!(
            "estimated effect of the golden path, if trends would have been parallel: {what}"
        ),
        false => format!("no clear effect of the golden path: {what}"),
    }
}

/// Added to an effect over time where there are too few other dates for a p that says anything.
pub(super) fn coarse(permutation: Permutation) -> String {
    let least = 1.0 / permutation.total as f64;
    match least > 0.05 {
        true => format!(
            "; within tiers and languages dates of adoption change places in {} ways only, so that p cannot be below {least:.2}",
            permutation.total
        ),
        false => String::new(),
    }
}

/// A point of the event study.
pub(super) fn event(row: &ComparisonRow, since: i64) -> String {
    let amount = number(row.estimate.unwrap_or_default(), &row.unit);
    match since {
        ..0 => {
            format!("{} before the adoption: {amount} (should be no difference)", windows(-since))
        }
        _ => format!("{} after the adoption: {amount}", windows(since)),
    }
}

fn windows(count: i64) -> String {
    if count == 1 { "1 window".to_owned() } else { format!("{count} windows") }
}
