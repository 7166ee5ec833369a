//! Probabilities and quantiles of the distributions used.

use statrs::function::{beta::beta_reg, erf::erfc, gamma::gamma_lr};

/// Quantile 0.975 of the standard normal distribution: half-width of a 95 % interval in standard
/// errors.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// Share of a 95 % interval's miss on either side.
pub(super) const TAIL: f64 = 0.025;

/// P(Z ≤ z).
pub(super) fn normal_below(z: f64) -> f64 {
    erfc(-z / std::f64::consts::SQRT_2) / 2.0
}

/// P(|Z| ≥ |z|).
pub(super) fn normal_two_sided(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// P(χ² ≥ x) with one degree of freedom: the square of a standard normal.
pub(super) fn chi_squared_above(x: f64) -> f64 {
    erfc((x / 2.0).sqrt())
}

/// P(|T| ≥ |t|) of Student's t.
pub(super) fn t_two_sided(t: f64, freedom: f64) -> f64 {
    beta_reg(freedom / 2.0, 0.5, freedom / (freedom + t * t))
}

/// Quantile 0.975 of Student's t: half-width of a 95 % interval in standard errors.
pub(super) fn t_quantile(freedom: f64) -> f64 {
    let is_inside = |t: f64| t_two_sided(t, freedom) > 2.0 * TAIL;
    let mut high = 2.0;
    while is_inside(high) {
        high *= 2.0;
    }
    bisect(0.0, high, is_inside)
}

/// Quantile of the beta distribution.
pub(super) fn beta_quantile(probability: f64, a: f64, b: f64) -> f64 {
    bisect(0.0, 1.0, |x| beta_reg(a, b, x) < probability)
}

/// Quantile of the gamma distribution of scale one.
pub(super) fn gamma_quantile(probability: f64, shape: f64) -> f64 {
    let is_below = |x: f64| gamma_lr(shape, x) < probability;
    let mut high = 2.0 * shape;
    while is_below(high) {
        high *= 2.0;
    }
    bisect(0.0, high, is_below)
}

/// The point up to which something holds, to the last digit. Slower than a series for the
/// quantile, and as exact everywhere as the distribution itself.
fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if holds(middle) { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// Two-sided p of an exact test on whole numbers: the probability of all outcomes that are no
/// likelier than the observed one. `ratio(k)` is P(k + 1) / P(k); it must fall as k grows.
///
/// Weights are taken against the likeliest outcome, which needs no factorials and cannot
/// overflow.
pub(super) fn no_likelier(least: u64, most: u64, observed: u64, ratio: impl Fn(u64) -> f64) -> f64 {
    let (mut low, mut high) = (least, most);
    while low < high {
        let middle = low + (high - low) / 2;
        if ratio(middle) >= 1.0 { low = middle + 1 } else { high = middle }
    }
    let mode = low;
    let mut weights = vec![(mode, 1.0)];
    let mut weight = 1.0;
    for k in mode..most {
        weight *= ratio(k);
        if weight == 0.0 {
            break;
        }
        weights.push((k + 1, weight));
    }
    weight = 1.0;
    for k in (least..mode).rev() {
        weight /= ratio(k);
        if weight == 0.0 {
            break;
        }
        weights.push((k, weight));
    }
    let of_observed = weights.iter().find(|(k, _)| *k == observed).map_or(0.0, |(_, w)| *w);
    // Equally likely outcomes differ by rounding errors.
    let limit = of_observed * (1.0 + 1e-7);
    let all: f64 = weights.iter().map(|(_, weight)| weight).sum();
    let tail: f64 = weights.iter().map(|(_, weight)| weight).filter(|w| **w <= limit).sum();
    (tail / all).min(1.0)
}
