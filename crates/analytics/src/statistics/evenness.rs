//! Is a feature used by all teams, or by one?

use super::{
    Reason,
    values::{check_not_negative, sorted},
};

/// Pielou's evenness (Journal of Theoretical Biology 13, 1966): entropy of the shares over that of
/// equal shares. 1 where all use it alike, 0 where one does. Give per-capita use, and zero for
/// teams without any.
///
/// No number with fewer than two groups, without any use, or with a value that is negative or not
/// finite.
pub fn evenness(uses: &[f64]) -> Result<f64, Reason> {
    let (uses, sum) = groups(uses)?;
    let shares = uses.iter().map(|value| value / sum).filter(|share| *share > 0.0);
    let entropy: f64 = shares.map(|share| -share * share.ln()).sum();
    Ok((entropy / (uses.len() as f64).ln()).clamp(0.0, 1.0))
}

/// Gini's coefficient: half the mean difference between two groups over the mean. 0 where all use
/// it alike; where one of k does it is 1 − 1/k.
///
/// No number where [`evenness`] has none.
pub fn gini(uses: &[f64]) -> Result<f64, Reason> {
    let (uses, sum) = groups(uses)?;
    let k = uses.len() as f64;
    let ranked = uses.iter().zip(1u32..);
    let weighted: f64 = ranked.map(|(value, rank)| (2.0 * f64::from(rank) - k - 1.0) * value).sum();
    Ok((weighted / (k * sum)).clamp(0.0, 1.0))
}

/// The values in order, and their sum.
fn groups(uses: &[f64]) -> Result<(Vec<f64>, f64), Reason> {
    check_not_negative(uses)?;
    let uses = sorted(uses)?;
    if uses.len() < 2 {
        return Err(Reason::TooFewGroups);
    }
    let sum: f64 = uses.iter().sum();
    if sum == 0.0 { Err(Reason::ZeroEvents) } else { Ok((uses, sum)) }
}
