//! How many deployments would it take to see a difference?

use super::{Reason, distributions::Z};

/// Quantile 0.8 of the standard normal distribution.
const Z_POWER: f64 = 0.841_621_233_572_914_3;

/// Independent trials each arm needs, for a z test of two shares to find such a difference in 80 %
/// of cases at a two-sided level of 5 % (Fleiss, *Statistical Methods for Rates and Proportions*,
/// without continuity correction). Deployments of one service are not independent: multiply by the
/// [`design_effect`].
///
/// No number for a share outside of 0 to 1, or without a difference.
pub fn size_per_arm(first: f64, second: f64) -> Result<u64, Reason> {
    for share in [first, second] {
        if !(0.0..=1.0).contains(&share) {
            return Err(Reason::ShareOutOfRange);
        }
    }
    // So small a difference that the number means nothing.
    if (first - second).abs() < 1e-6 {
        return Err(Reason::ConstantValues);
    }
    let pooled = f64::midpoint(first, second);
    let of_level = Z * (2.0 * pooled * (1.0 - pooled)).sqrt();
    let of_power = Z_POWER * (first * (1.0 - first) + second * (1.0 - second)).sqrt();
    Ok((((of_level + of_power) / (first - second)).powi(2)).ceil() as u64)
}

/// Kish's design effect (*Survey Sampling*, 1965), 1 + (m − 1)ρ: so many deployments of services
/// with m each, correlated ρ inside a service, are worth one independent one.
///
/// No number for fewer than one deployment a service, or for a correlation outside of 0 to 1.
pub fn design_effect(trials_per_service: f64, correlation: f64) -> Result<f64, Reason> {
    super::values::check_finite(&[trials_per_service])?;
    if trials_per_service < 1.0 {
        return Err(Reason::NoObservations);
    }
    if !(0.0..=1.0).contains(&correlation) {
        return Err(Reason::ShareOutOfRange);
    }
    Ok(1.0 + (trials_per_service - 1.0) * correlation)
}

/// How many independent trials so many are worth.
///
/// No number where [`design_effect`] has none.
pub fn effective_size(
    trials: u64,
    trials_per_service: f64,
    correlation: f64,
) -> Result<f64, Reason> {
    Ok(trials as f64 / design_effect(trials_per_service, correlation)?)
}
