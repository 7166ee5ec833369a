//! A mean with its interval: satisfaction on a scale from 1 to 5.

use super::{
    Interval, Reason,
    distributions::t_quantile,
    values::{mean, sorted, variance},
};

/// A mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mean {
    /// Arithmetic mean, in the unit of the values.
    pub mean: f64,
    /// Number of values.
    pub count: u64,
    /// Mean ± t · s/√n. No number with a single value, or where all are equal.
    pub interval: Result<Interval, Reason>,
}

/// Mean with Student's t interval. Assumes independent values; answers "n/a" are left out before.
/// The interval may reach beyond the ends of a scale.
///
/// No number without values, or with one that is not finite.
pub fn mean_with_interval(values: &[f64]) -> Result<Mean, Reason> {
    let values = sorted(values)?;
    let (centre, n) = (mean(&values), values.len() as f64);
    let interval = if values.len() < 2 {
        Err(Reason::TooFewObservations)
    } else {
        match variance(&values) {
            0.0 => Err(Reason::ConstantValues),
            variance => Ok(Interval::around(centre, t_quantile(n - 1.0) * (variance / n).sqrt())),
        }
    };
    Ok(Mean { mean: centre, count: values.len() as u64, interval })
}
