//! Many tests in one report.

use super::Reason;

/// Benjamini and Hochberg's adjusted p-values (JRSS B 57, 1995), in the order given: where those
/// up to q are called discoveries, a share q of them is expected to be false. For a dashboard.
/// Assumes the tests are independent or positively dependent.
///
/// No number without p-values, or with one outside of 0 to 1.
pub fn benjamini_hochberg(p_values: &[f64]) -> Result<Vec<f64>, Reason> {
    let order = ascending(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut least = 1.0_f64;
    for (rank, place) in order.iter().enumerate().rev() {
        least = least.min(p_values[*place] * p_values.len() as f64 / (rank + 1) as f64);
        adjusted[*place] = least;
    }
    Ok(adjusted)
}

/// Holm's adjusted p-values (Scandinavian Journal of Statistics 6, 1979), in the order given:
/// calling those up to 0.05 real is wrong about any of them in at most 5 % of reports. For a
/// headline. Assumes nothing of how the tests depend on each other.
///
/// No number without p-values, or with one outside of 0 to 1.
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>, Reason> {
    let order = ascending(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut most = 0.0_f64;
    for (rank, place) in order.iter().enumerate() {
        most = most.max(p_values[*place] * (p_values.len() - rank) as f64).min(1.0);
        adjusted[*place] = most;
    }
    Ok(adjusted)
}

/// Places of the p-values from the smallest.
fn ascending(p_values: &[f64]) -> Result<Vec<usize>, Reason> {
    if p_values.is_empty() {
        return Err(Reason::NoObservations);
    }
    if p_values.iter().any(|p| !(0.0..=1.0).contains(p)) {
        return Err(Reason::ShareOutOfRange);
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    Ok(order)
}
