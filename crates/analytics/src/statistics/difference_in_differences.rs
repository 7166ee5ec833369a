//! Before and after, with others who did not change as the yardstick.

use super::{
    Interval, Reason,
    distributions::{t_quantile, t_two_sided},
    values::{check_finite, mean, sorted_arms, variance},
};

/// Outcome of a service before and after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BeforeAfter {
    /// Before the adoption.
    pub before: f64,
    /// After it, in the same unit.
    pub after: f64,
}

/// A difference in differences.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DifferenceInDifferences {
    /// Mean change of the adopters − mean change of the controls, in the unit of the outcome.
    pub effect: f64,
    /// Mean change of the adopters alone: what a plain before-and-after would show.
    pub adopter_change: f64,
    /// Mean change of the controls.
    pub control_change: f64,
    /// Welch's t.
    pub t: f64,
    /// Welch's degrees of freedom.
    pub degrees_of_freedom: f64,
    /// Two-sided p.
    pub p: f64,
    /// Interval of the effect.
    pub interval: Interval,
}

/// Difference in differences of two groups and two periods, tested as a difference of mean changes
/// with Welch's t (Biometrika 34, 1947). Assumes that adopters would have changed as the controls
/// did (parallel trends), did not change in anticipation, and left the controls alone; and that
/// changes are not far from normal when services are few.
///
/// No number with fewer than two services in a group, with a value that is not finite, or where
/// all services of each group change by the same.
pub fn difference_in_differences(
    adopters: &[BeforeAfter],
    controls: &[BeforeAfter],
) -> Result<DifferenceInDifferences, Reason> {
    let (adopters, controls) = sorted_arms(&changes(adopters)?, &changes(controls)?)?;
    let (adopter_change, control_change) = (mean(&adopters), mean(&controls));
    let effect = adopter_change - control_change;
    let (m, n) = (adopters.len() as f64, controls.len() as f64);
    let (error1, error2) = (variance(&adopters) / m, variance(&controls) / n);
    if error1 + error2 == 0.0 {
        return Err(Reason::ConstantValues);
    }
    // As shares of the whole, whose squares cannot vanish.
    let (part1, part2) = (error1 / (error1 + error2), error2 / (error1 + error2));
    let degrees_of_freedom = 1.0 / (part1 * part1 / (m - 1.0) + part2 * part2 / (n - 1.0));
    let standard_error = (error1 + error2).sqrt();
    let t = effect / standard_error;
    Ok(DifferenceInDifferences {
        effect,
        adopter_change,
        control_change,
        t,
        degrees_of_freedom,
        p: t_two_sided(t, degrees_of_freedom),
        interval: Interval::around(effect, t_quantile(degrees_of_freedom) * standard_error),
    })
}

fn changes(services: &[BeforeAfter]) -> Result<Vec<f64>, Reason> {
    for service in services {
        check_finite(&[service.before, service.after])?;
    }
    Ok(services.iter().map(|service| service.after - service.before).collect())
}
