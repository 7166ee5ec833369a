//! Permutation tests of a difference of means.

use super::{
    Reason, Seed,
    relabelling::permutation_test,
    values::{is_constant, logarithms, mean, sorted_arms},
};

/// Result of a permutation test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Permutation {
    /// Two-sided p. Enumerated it is extreme / total; sampled it is (extreme + 1) / (total + 1),
    /// as the observed labels are one arrangement more (Phipson and Smyth, 2010).
    pub p: f64,
    /// Arrangements whose statistic is at least as far from zero as the observed one.
    pub extreme: u64,
    /// Arrangements looked at.
    pub total: u64,
    /// True where they are a random sample, false where they are all there are.
    pub is_sampled: bool,
}

impl Permutation {
    /// Counts how many of the magnitudes reach the observed one.
    pub(super) fn of(observed: f64, magnitudes: &[f64], is_sampled: bool) -> Permutation {
        // The same statistic summed in another order differs by rounding errors, which are small
        // against the largest statistic, not always against the observed one.
        let finite = magnitudes.iter().filter(|value| value.is_finite());
        let tolerance = finite.fold(0.0, |most, value| value.max(most)) * 1e-10;
        let extreme = magnitudes.iter().filter(|value| **value >= observed - tolerance).count();
        let more = usize::from(is_sampled);
        Permutation {
            p: (extreme + more) as f64 / (magnitudes.len() + more) as f64,
            extreme: extreme as u64,
            total: magnitudes.len() as u64,
            is_sampled,
        }
    }
}

/// A difference of means with its permutation test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanDifference {
    /// Mean of the first arm − mean of the second, in the unit of the values.
    pub difference: f64,
    /// Test by permuting services between the arms.
    pub permutation: Permutation,
}

/// A ratio of geometric means with its permutation test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeometricRatio {
    /// Geometric mean of the first arm over that of the second.
    pub ratio: f64,
    /// Test of the difference of mean logarithms.
    pub permutation: Permutation,
}

/// Difference of means, tested by permuting services between the arms (Fisher, *The Design of
/// Experiments*, 1935; Pitman, 1937). Exact if services are exchangeable when the path makes no
/// difference; no distribution is assumed. All C(m+n, m) arrangements are looked at where there
/// are at most 200,000, else 20,000 random ones.
///
/// One value a service. No number with fewer than two services in an arm, with a value that is
/// not finite, or where all values are equal.
pub fn mean_difference(
    first: &[f64],
    second: &[f64],
    seed: Seed,
) -> Result<MeanDifference, Reason> {
    let (first, second) = sorted_arms(first, second)?;
    let mut pooled = [first.as_slice(), &second].concat();
    pooled.sort_by(f64::total_cmp);
    if is_constant(&pooled) {
        return Err(Reason::ConstantValues);
    }
    let (m, n, all) = (first.len() as f64, second.len() as f64, pooled.iter().sum::<f64>());
    let difference = mean(&first) - mean(&second);
    let blocks = [(first.len(), second.len())];
    let permutation = permutation_test(&blocks, difference, seed, |labels| {
        let inside = pooled.iter().zip(labels).filter(|(_, label)| **label);
        let sum: f64 = inside.map(|(value, _)| value).sum();
        sum / m - (all - sum) / n
    });
    Ok(MeanDifference { difference, permutation })
}

/// Ratio of geometric means, tested as the difference of mean logarithms: for times and rates,
/// whose effects are factors.
///
/// No number where [`mean_difference`] has none, or with a value that is zero or less.
pub fn geometric_ratio(
    first: &[f64],
    second: &[f64],
    seed: Seed,
) -> Result<GeometricRatio, Reason> {
    let MeanDifference { difference, permutation } =
        mean_difference(&logarithms(first)?, &logarithms(second)?, seed)?;
    Ok(GeometricRatio { ratio: difference.exp(), permutation })
}
