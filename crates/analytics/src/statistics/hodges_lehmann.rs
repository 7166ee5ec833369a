//! The Hodges–Lehmann estimate: by how much, or by what factor, do the arms differ?

use super::{
    Interval, Reason,
    distributions::{TAIL, Z, normal_below},
    rank_sum::{is_exact, null_distribution},
    values::{logarithms, sorted_arms},
};

/// An interval between two of the ordered differences.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankInterval {
    /// Interval in the unit of the estimate.
    pub interval: Interval,
    /// Rank of its lower end from below, and of its upper end from above; from one.
    pub rank: u64,
    /// Probability that such an interval covers the truth: at least 0.95 where exact.
    pub coverage: f64,
    /// True where rank and coverage are from the exact distribution of U (at most 2,500 pairs),
    /// false where from the normal one.
    pub is_exact: bool,
}

/// A shift or a ratio between two arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HodgesLehmann {
    /// Median of all differences first − second in the unit of the values, or the median ratio
    /// first / second.
    pub estimate: f64,
    /// Its interval; no number where the arms are so small that even all differences together
    /// cover less than 95 % (three against three, for one).
    pub interval: Result<RankInterval, Reason>,
}

/// Median of the differences of all pairs of services (Hodges and Lehmann, Annals of Mathematical
/// Statistics 34, 1963), with the interval that belongs to the Mann–Whitney test (Moses). Assumes
/// the arms have the same shape, moved; one value a service, in any unit.
///
/// No number with fewer than two services in an arm, with a value that is not finite, or where all
/// values are equal.
pub fn hodges_lehmann_shift(first: &[f64], second: &[f64]) -> Result<HodgesLehmann, Reason> {
    let (first, second) = sorted_arms(first, second)?;
    let pairs = first.len() * second.len();
    let least = first[0] - second[second.len() - 1];
    let most = first[first.len() - 1] - second[0];
    if least == 0.0 && most == 0.0 {
        return Err(Reason::AllTies);
    }
    let nth = |rank: usize| nth_difference(&first, &second, rank);
    let estimate = f64::midpoint(nth(pairs.div_ceil(2)), nth(pairs / 2 + 1));
    let interval = interval_rank(first.len(), second.len()).map(|(rank, coverage)| RankInterval {
        interval: Interval { low: nth(rank), high: nth(pairs + 1 - rank) },
        rank: rank as u64,
        coverage,
        is_exact: is_exact(first.len(), second.len()),
    });
    Ok(HodgesLehmann { estimate, interval })
}

/// Median ratio first / second: the shift of logarithms, turned back. For times, whose effects are
/// factors: "0.28 times the lead time".
///
/// No number where [`hodges_lehmann_shift`] has none, or with a value that is zero or less.
pub fn hodges_lehmann_ratio(first: &[f64], second: &[f64]) -> Result<HodgesLehmann, Reason> {
    let shift = hodges_lehmann_shift(&logarithms(first)?, &logarithms(second)?)?;
    let interval = shift.interval.map(|ranked| RankInterval {
        interval: Interval { low: ranked.interval.low.exp(), high: ranked.interval.high.exp() },
        ..ranked
    });
    Ok(HodgesLehmann { estimate: shift.estimate.exp(), interval })
}

/// Largest rank c with P(U ≤ c−1) ≤ 0.025, and what the interval from there covers.
fn interval_rank(m: usize, n: usize) -> Result<(usize, f64), Reason> {
    let (rank, tail) = if is_exact(m, n) {
        let (mut rank, mut tail) = (0, 0.0);
        for probability in null_distribution(m, n) {
            if tail + probability > TAIL {
                break;
            }
            tail += probability;
            rank += 1;
        }
        (rank, tail)
    } else {
        let (m, n) = (m as f64, n as f64);
        let deviation = (m * n * (m + n + 1.0) / 12.0).sqrt();
        let rank = (m * n / 2.0 + 0.5 - Z * deviation).floor();
        (rank as usize, normal_below((rank - 0.5 - m * n / 2.0) / deviation))
    };
    if rank == 0 { Err(Reason::TooFewServices) } else { Ok((rank, 1.0 - 2.0 * tail)) }
}

/// The difference of that rank (from one) among all pairs. Looks for the number itself, bit by
/// bit: 64 times a walk along both arms, and none of the millions of differences is ever kept.
fn nth_difference(first: &[f64], second: &[f64], rank: usize) -> f64 {
    let (mut low, mut high) = (i64::MIN, i64::MAX);
    while low < high {
        let middle = low + (high.wrapping_sub(low) as u64 / 2) as i64;
        if count_up_to(first, second, in_order(middle)) >= rank {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    // Adding zero turns a negative zero into an ordinary one.
    in_order(low) + 0.0
}

/// The float at that place in the total order of all floats.
fn in_order(place: i64) -> f64 {
    f64::from_bits((place ^ (((place >> 63) as u64) >> 1) as i64) as u64)
}

/// How many differences come up to the limit in the total order. Both arms are sorted, so the
/// services of the second that are near enough only become fewer along the first.
fn count_up_to(first: &[f64], second: &[f64], limit: f64) -> usize {
    let (mut count, mut from) = (0, 0);
    for value in first {
        while from < second.len() && (value - second[from] + 0.0).total_cmp(&limit).is_gt() {
            from += 1;
        }
        count += second.len() - from;
    }
    count
}
