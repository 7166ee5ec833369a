//! Tests of the statistics, by what they are compared with.

mod false_positives;
mod jackknife;
mod large;
mod properties;
mod reasons;
mod reference;
mod worked;

use super::*;

fn seed() -> Seed {
    Seed::new("run", "metric", "comparison")
}

/// Equal up to rounding of the expected number's last printed digit.
#[track_caller]
fn about(actual: f64, expected: f64) {
    near(actual, expected, 6e-7);
}

/// Equal up to a tolerance, relative for numbers above one.
#[track_caller]
fn near(actual: f64, expected: f64, tolerance: f64) {
    let off = (actual - expected).abs();
    assert!(off <= tolerance * expected.abs().max(1.0), "{actual} is not {expected}");
}

#[track_caller]
fn about_interval(actual: Interval, low: f64, high: f64) {
    about(actual.low, low);
    about(actual.high, high);
}

fn shares(pairs: &[(u64, u64)]) -> Vec<Share> {
    pairs.iter().map(|(events, trials)| Share::new(*events, *trials)).collect()
}

fn rates(counts: &[u64], exposure: f64) -> Vec<EventRate> {
    counts.iter().map(|events| EventRate::new(*events, exposure)).collect()
}
