//! The Mann–Whitney test: does one arm tend to have larger values?

use super::{
    Dominance, Permutation, Reason, Seed, distributions::normal_two_sided, dominance,
    relabelling::permutation_test, values::sorted_arms,
};

/// Up to so many pairs of services p is exact; above, the normal distribution differs from it in
/// the fourth digit.
const EXACT_PAIRS: usize = 2_500;

/// How p was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RankSumMethod {
    /// From the exact distribution of U: no ties, at most 2,500 pairs.
    Exact,
    /// By permuting services, as ties have no common distribution: at most 2,500 pairs.
    Permutation(Permutation),
    /// From the normal distribution with corrections for continuity and ties: more pairs.
    Normal,
}

/// Result of a Mann–Whitney test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankSum {
    /// Pairs in which the first arm is greater, ties counted half.
    pub u: f64,
    /// Two-sided p.
    pub p: f64,
    /// How p was found.
    pub method: RankSumMethod,
}

/// Mann–Whitney U of the first arm (Mann and Whitney, Annals of Mathematical Statistics 18, 1947),
/// one value a service. Assumes services are independent, and exchangeable when the path makes no
/// difference. Any unit: only the order counts.
///
/// No number with fewer than two services in an arm, with a value that is not finite, or where all
/// values are equal.
pub fn rank_sum(first: &[f64], second: &[f64], seed: Seed) -> Result<RankSum, Reason> {
    let Dominance { greater, ties, .. } = dominance(first, second)?;
    let u = greater as f64 + ties as f64 / 2.0;
    let (first, second) = sorted_arms(first, second)?;
    let (m, n) = (first.len(), second.len());
    let mut pooled = [first, second].concat();
    pooled.sort_by(f64::total_cmp);
    let runs = runs(&pooled);
    if m * n > EXACT_PAIRS {
        let p = normal_p(u, m as f64, n as f64, &runs);
        return Ok(RankSum { u, p, method: RankSumMethod::Normal });
    }
    if runs.len() == m + n {
        let smaller = u.min((m * n) as f64 - u) as usize;
        let tail: f64 = null_distribution(m, n).iter().take(smaller + 1).sum();
        return Ok(RankSum { u, p: (2.0 * tail).min(1.0), method: RankSumMethod::Exact });
    }
    let ranks = middle_ranks(&runs);
    // U and the sum of ranks differ by a constant, and its centre is that of the rank sum.
    let centre = m as f64 * (m + n + 1) as f64 / 2.0;
    let observed = u - (m * n) as f64 / 2.0;
    let permutation = permutation_test(&[(m, n)], observed, seed, |labels| {
        let inside = ranks.iter().zip(labels).filter(|(_, label)| **label);
        inside.map(|(rank, _)| rank).sum::<f64>() - centre
    });
    let method = RankSumMethod::Permutation(permutation);
    Ok(RankSum { u, p: permutation.p, method })
}

/// P(U = u) for u = 0 … mn without ties, from Mann and Whitney's recurrence
/// N(m, n, u) = N(m−1, n, u−n) + N(m, n−1, u): the largest value is of the first arm, and beats
/// all n of the second, or it is of the second. As probabilities, which cannot overflow.
pub(super) fn null_distribution(m: usize, n: usize) -> Vec<f64> {
    // By number of services of the second arm, for the number of the first reached so far.
    let mut columns = vec![vec![1.0]; n + 1];
    for i in 1..=m {
        let mut before: Vec<f64> = vec![1.0];
        for (j, column) in columns.iter_mut().enumerate() {
            let of_first = i as f64 / (i + j) as f64;
            let mut next = vec![0.0; i * j + 1];
            for (u, probability) in column.iter().enumerate() {
                next[u + j] += of_first * probability;
            }
            if j > 0 {
                for (u, probability) in before.iter().enumerate() {
                    next[u] += (1.0 - of_first) * probability;
                }
            }
            before.clone_from(&next);
            *column = next;
        }
    }
    columns.pop().unwrap_or_default()
}

/// True where the exact distribution is used for arms of these sizes.
pub(super) fn is_exact(m: usize, n: usize) -> bool {
    m * n <= EXACT_PAIRS
}

/// How many values are equal, by value in order.
fn runs(sorted: &[f64]) -> Vec<usize> {
    sorted.chunk_by(|a, b| a == b).map(<[f64]>::len).collect()
}

/// Ranks from one; equal values share the mean of theirs.
fn middle_ranks(runs: &[usize]) -> Vec<f64> {
    let mut ranks = Vec::new();
    for run in runs {
        let rank = ranks.len() as f64 + (*run as f64 + 1.0) / 2.0;
        ranks.extend(vec![rank; *run]);
    }
    ranks
}

fn normal_p(u: f64, m: f64, n: f64, runs: &[usize]) -> f64 {
    let all = m + n;
    let ties: f64 = runs.iter().map(|run| (*run as f64).powi(3) - *run as f64).sum();
    let variance = m * n / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    let distance = ((u - m * n / 2.0).abs() - 0.5).max(0.0);
    normal_two_sided(distance / variance.sqrt())
}
