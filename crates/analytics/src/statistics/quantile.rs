//! Quantiles of a sample.

use super::{Reason, values::sorted};

/// Quantile by linear interpolation between order statistics: type 7 of Hyndman and Fan (*Sample
/// Quantiles in Statistical Packages*, The American Statistician 50, 1996), the default of R,
/// NumPy and of `percentile_cont` in SQL. In the unit of the values.
///
/// No number without values, with one that is not finite, or for a probability outside of 0 to 1.
pub fn quantile(values: &[f64], probability: f64) -> Result<f64, Reason> {
    if !(0.0..=1.0).contains(&probability) {
        return Err(Reason::ShareOutOfRange);
    }
    Ok(of_sorted(&sorted(values)?, probability))
}

/// The quantile ½. In the unit of the values.
pub fn median(values: &[f64]) -> Result<f64, Reason> {
    quantile(values, 0.5)
}

/// Quantile of values that are in order, at least one.
pub(super) fn of_sorted(sorted: &[f64], probability: f64) -> f64 {
    let (rank, fraction) = position(sorted.len(), probability);
    let next = (rank + 1).min(sorted.len() - 1);
    between(sorted[rank], sorted[next], fraction)
}

/// Place of a quantile among `count` values in order: the rank from zero below it, and how far it
/// is from there to the next.
pub(super) fn position(count: usize, probability: f64) -> (usize, f64) {
    let place = (count as f64 - 1.0) * probability;
    (place.floor() as usize, place.fract())
}

pub(super) fn between(low: f64, high: f64, fraction: f64) -> f64 {
    if fraction == 0.0 { low } else { low + (high - low) * fraction }
}
