//! What every method needs of plain values.

use super::Reason;

/// Largest magnitude taken. Its square can still be summed over any input, so that nothing
/// overflows later.
const LARGEST: f64 = 1e100;

/// The values in ascending order.
pub(super) fn sorted(values: &[f64]) -> Result<Vec<f64>, Reason> {
    if values.is_empty() {
        return Err(Reason::NoObservations);
    }
    check_finite(values)?;
    // Adding zero turns a negative zero into an ordinary one, which compares and sorts alike.
    let mut values: Vec<f64> = values.iter().map(|value| value + 0.0).collect();
    values.sort_by(f64::total_cmp);
    Ok(values)
}

/// Both arms in ascending order, at least two services each.
pub(super) fn sorted_arms(first: &[f64], second: &[f64]) -> Result<(Vec<f64>, Vec<f64>), Reason> {
    let (first, second) = (sorted(first)?, sorted(second)?);
    if first.len() < 2 || second.len() < 2 {
        return Err(Reason::TooFewServices);
    }
    Ok((first, second))
}

/// Logarithms in the order given.
pub(super) fn logarithms(values: &[f64]) -> Result<Vec<f64>, Reason> {
    check_finite(values)?;
    // As far below one as the largest magnitude is above it, so that ratios stay finite.
    if values.iter().any(|value| *value < 1.0 / LARGEST) {
        return Err(Reason::NotPositive);
    }
    Ok(values.iter().map(|value| value.ln()).collect())
}

pub(super) fn check_finite(values: &[f64]) -> Result<(), Reason> {
    // Written so that NaN fails.
    let all = values.iter().all(|value| value.abs() <= LARGEST);
    if all { Ok(()) } else { Err(Reason::NotFinite) }
}

pub(super) fn check_not_negative(values: &[f64]) -> Result<(), Reason> {
    check_finite(values)?;
    if values.iter().any(|value| *value < 0.0) { Err(Reason::Negative) } else { Ok(()) }
}

/// Arithmetic mean; of nothing it is NaN, so callers look at the length first.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Variance with n − 1 in the denominator; callers have two values.
pub(super) fn variance(values: &[f64]) -> f64 {
    if is_constant(values) {
        // The mean of equal values can miss them by a rounding error, which is no spread.
        return 0.0;
    }
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    squares / (values.len() as f64 - 1.0)
}

pub(super) fn is_constant(values: &[f64]) -> bool {
    values.windows(2).all(|pair| pair[0] == pair[1])
}
