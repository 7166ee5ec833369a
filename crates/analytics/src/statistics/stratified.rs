//! Times and rates compared inside strata.

use std::cmp::Ordering;

use super::{
    Permutation, Reason, Seed,
    relabelling::permutation_test,
    values::{check_finite, logarithms, mean, sorted},
};

/// One value a service, both arms of one stratum.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ValuesByStratum {
    /// First arm.
    pub first: Vec<f64>,
    /// Second arm.
    pub second: Vec<f64>,
}

/// A difference inside strata.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StratifiedDifference {
    /// Mean of the first arm − mean of the second, weighted over strata; unit of the values.
    pub difference: f64,
    /// Strata that have both arms.
    pub strata: u64,
    /// Services in strata that lack an arm, and so say nothing of the difference.
    pub dropped_services: u64,
    /// Test by permuting services between the arms inside strata only.
    pub permutation: Permutation,
}

/// A ratio inside strata.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StratifiedRatio {
    /// Geometric mean of the first arm over that of the second.
    pub ratio: f64,
    /// The same as a difference of logarithms, with its test.
    pub logarithms: StratifiedDifference,
}

/// Difference of means inside strata, weighted with mn/(m+n), the inverse of its variance where
/// all services vary alike; tested by permuting labels inside strata (blocked permutation). Assumes
/// that services of one stratum are exchangeable when the path makes no difference. Enumerated up
/// to 200,000 arrangements, else 20,000 random ones.
///
/// Strata that lack an arm are dropped. No number where none is left, where all together hold fewer
/// than two services of an arm, with a value that is not finite, or where the values of each
/// stratum are equal.
pub fn stratified_difference(
    strata: &[ValuesByStratum],
    seed: Seed,
) -> Result<StratifiedDifference, Reason> {
    let size = |stratum: &ValuesByStratum| stratum.first.len() + stratum.second.len();
    for stratum in strata {
        check_finite(&stratum.first)?;
        check_finite(&stratum.second)?;
    }
    if strata.iter().all(|stratum| size(stratum) == 0) {
        return Err(Reason::NoObservations);
    }
    let mut blocks = Vec::new();
    for stratum in strata {
        if !stratum.first.is_empty() && !stratum.second.is_empty() {
            blocks.push(Block::new(stratum)?);
        }
    }
    if blocks.is_empty() {
        return Err(Reason::NoSharedStrata);
    }
    let (m, n) = blocks.iter().fold((0, 0), |(m, n), block| (m + block.m, n + block.n));
    if m < 2 || n < 2 {
        return Err(Reason::TooFewServices);
    }
    if blocks.iter().all(|block| block.values.first() == block.values.last()) {
        return Err(Reason::ConstantValues);
    }
    blocks.sort_by(Block::compare);
    let all: f64 = blocks.iter().map(Block::weight).sum();
    let weighted = |block: &Block| block.weight() * block.difference / all;
    let difference = blocks.iter().map(weighted).sum();
    let sizes: Vec<(usize, usize)> = blocks.iter().map(|block| (block.m, block.n)).collect();
    let permutation = permutation_test(&sizes, difference, seed, |labels| {
        let (mut rest, mut statistic) = (labels, 0.0);
        for block in &blocks {
            let (own, others) = rest.split_at(block.values.len());
            statistic += block.weight() * block.relabelled(own) / all;
            rest = others;
        }
        statistic
    });
    let kept: usize = blocks.iter().map(|block| block.values.len()).sum();
    Ok(StratifiedDifference {
        difference,
        strata: blocks.len() as u64,
        dropped_services: (strata.iter().map(size).sum::<usize>() - kept) as u64,
        permutation,
    })
}

/// Ratio of geometric means inside strata: [`stratified_difference`] of the logarithms. For times
/// and rates.
///
/// No number where that has none, or with a value that is zero or less.
pub fn stratified_ratio(strata: &[ValuesByStratum], seed: Seed) -> Result<StratifiedRatio, Reason> {
    let mut of_logarithms = Vec::new();
    for stratum in strata {
        let (first, second) = (logarithms(&stratum.first)?, logarithms(&stratum.second)?);
        of_logarithms.push(ValuesByStratum { first, second });
    }
    let logarithms = stratified_difference(&of_logarithms, seed)?;
    Ok(StratifiedRatio { ratio: logarithms.difference.exp(), logarithms })
}

/// A stratum with both arms.
struct Block {
    /// Values of both arms together, sorted.
    values: Vec<f64>,
    m: usize,
    n: usize,
    difference: f64,
}

impl Block {
    fn new(stratum: &ValuesByStratum) -> Result<Block, Reason> {
        let (first, second) = (sorted(&stratum.first)?, sorted(&stratum.second)?);
        let (m, n, difference) = (first.len(), second.len(), mean(&first) - mean(&second));
        Ok(Block { values: sorted(&[first, second].concat())?, m, n, difference })
    }

    /// An order that is the same whichever arm is called the first, so that blocks draw the same
    /// services then too.
    fn compare(&self, other: &Block) -> Ordering {
        let by_values = self.values.partial_cmp(&other.values).unwrap_or(Ordering::Equal);
        let sizes = |block: &Block| (block.m.min(block.n), block.m);
        let by_size = by_values.then_with(|| sizes(self).cmp(&sizes(other)));
        by_size.then_with(|| self.difference.total_cmp(&other.difference))
    }

    fn weight(&self) -> f64 {
        let (m, n) = (self.m as f64, self.n as f64);
        m * n / (m + n)
    }

    /// Difference of means when the labels say who is of the first arm.
    fn relabelled(&self, labels: &[bool]) -> f64 {
        let (mut inside, mut outside) = (0.0, 0.0);
        for (value, label) in self.values.iter().zip(labels) {
            *(if *label { &mut inside } else { &mut outside }) += value;
        }
        inside / self.m as f64 - outside / self.n as f64
    }
}
