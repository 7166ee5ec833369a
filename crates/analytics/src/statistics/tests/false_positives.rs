//! Fleets in which the path makes no difference: the default tests may find one in at most 5 %.
//!
//! Deployments of a service resemble each other here, as they do in reality; that is what makes
//! tests on single deployments find a difference far too often.

use rand::RngExt;
use rand_chacha::ChaCha20Rng;

use super::*;

const FLEETS: u64 = 1_000;
const SERVICES: usize = 6;
/// 5 % of the fleets, and what chance alone adds to that in one of 10,000 runs:
/// 0.05 + 3.72 · √(0.05 · 0.95 / 1,000).
const MOST: f64 = 0.0757;

/// Share of fleets for which a test says yes.
fn found(mut finds: impl FnMut(&mut ChaCha20Rng, Seed) -> bool) -> f64 {
    let fleets = (0..FLEETS).map(|fleet| Seed::new("null fleets", "", &fleet.to_string()));
    fleets.filter(|seed| finds(&mut seed.rng(), *seed)).count() as f64 / FLEETS as f64
}

fn arm<T>(rng: &mut ChaCha20Rng, service: impl Fn(&mut ChaCha20Rng) -> T) -> Vec<T> {
    (0..SERVICES).map(|_| service(rng)).collect()
}

/// A time that is mostly short and sometimes very long.
fn skewed(rng: &mut ChaCha20Rng) -> f64 {
    1.0 / (0.02 + rng.random::<f64>() * rng.random::<f64>())
}

/// Deployments of a service with a failure rate of its own.
fn failing(rng: &mut ChaCha20Rng) -> Share {
    let rate = 0.4 * rng.random::<f64>().powi(2);
    let trials = rng.random_range(20..60);
    let events = (0..trials).filter(|_| rng.random::<f64>() < rate).count();
    Share::new(events as u64, trials)
}

/// Deployments in so many weeks of a service with a pace of its own, on any of five days.
fn deploying(rng: &mut ChaCha20Rng) -> EventRate {
    let (pace, weeks) = (rng.random::<f64>(), rng.random_range(8..14));
    let events = (0..weeks * 5).filter(|_| rng.random::<f64>() < pace).count();
    EventRate::new(events as u64, f64::from(weeks))
}

#[test]
fn independent_trials_are_too_sure_of_clustered_shares() {
    let share = found(|rng, _| {
        let first = arm(rng, failing);
        let second = arm(rng, failing);
        pooled_z(Share::sum(&first), Share::sum(&second)).is_ok_and(|test| test.p <= 0.05)
    });
    assert!(share > 0.2, "only {share}: these fleets would not show a wrong test");
}

#[test]
fn permuted_clustered_shares_find_a_difference_by_chance_alone() {
    let share = found(|rng, seed| {
        let (first, second) = (arm(rng, failing), arm(rng, failing));
        clustered_difference(&first, &second, seed).unwrap().permutation.p <= 0.05
    });
    assert!(share <= MOST, "{share}");
    assert!(share > 0.02, "{share}: the test finds nothing at all");
}

#[test]
fn intervals_of_clustered_shares_find_a_difference_by_chance_alone() {
    let share = found(|rng, seed| {
        let (first, second) = (arm(rng, failing), arm(rng, failing));
        let result = clustered_difference(&first, &second, seed).unwrap();
        result.interval.is_ok_and(Interval::excludes_zero)
    });
    assert!(share <= MOST, "{share}");
    assert!(share > 0.01, "{share}: the test finds nothing at all");
}

/// Strata of different fragility, with so many services of each arm, of which those of the first
/// deploy so many times as often.
fn strata(rng: &mut ChaCha20Rng, sizes: &[(usize, usize)], pace: u64) -> Vec<ClustersByStratum> {
    let mut strata = Vec::new();
    for (at, (first, second)) in sizes.iter().enumerate() {
        let worst = if at % 2 == 0 { 0.6 } else { 0.2 };
        let mut arm = |services: usize, pace: u64| -> Vec<Share> {
            let service = |rng: &mut ChaCha20Rng| {
                let rate = worst * rng.random::<f64>().powi(2);
                let trials = pace * rng.random_range(10..60);
                let events = (0..trials).filter(|_| rng.random::<f64>() < rate).count();
                Share::new(events as u64, trials)
            };
            (0..services).map(|_| service(rng)).collect()
        };
        strata.push(ClustersByStratum { first: arm(*first, pace), second: arm(*second, 1) });
    }
    strata
}

#[test]
fn clusters_inside_strata_find_a_difference_by_chance_alone() {
    // Even, with arms of different pace, confounded with the stratum, pairs, and one arm far smaller
    // than the other.
    let designs: [(&[(usize, usize)], u64); 5] = [
        (&[(3, 3), (3, 3)], 1),
        (&[(3, 3), (3, 3)], 4),
        (&[(6, 2), (2, 6)], 1),
        (&[(1, 1); 6], 1),
        (&[(2, 8), (2, 6)], 1),
    ];
    for (sizes, pace) in designs {
        let mut by_interval = 0.0;
        let by_permutation = found(|rng, seed| {
            let result = clustered_strata(&strata(rng, sizes, pace), seed).unwrap();
            if result.interval.is_ok_and(Interval::excludes_zero) {
                by_interval += 1.0 / FLEETS as f64;
            }
            result.permutation.p <= 0.05
        });
        for (share, of) in [(by_interval, "interval"), (by_permutation, "permutation")] {
            assert!(share <= MOST, "{of} of {sizes:?}, {pace}: {share}");
            assert!(share > 0.005, "{of} of {sizes:?}, {pace}: {share}, it finds nothing at all");
        }
    }
}

#[test]
fn independent_trials_are_too_sure_inside_strata_too() {
    let share = found(|rng, _| {
        let summed = strata(rng, &[(3, 3), (3, 3)], 1).into_iter().map(|stratum| SharesByStratum {
            first: Share::sum(&stratum.first),
            second: Share::sum(&stratum.second),
        });
        let result = mantel_haenszel(&summed.collect::<Vec<_>>()).unwrap();
        result.interval.is_ok_and(Interval::excludes_zero)
    });
    assert!(share > 0.2, "only {share}: these fleets would not show a wrong test");
}

#[test]
fn hodges_lehmann_intervals_find_a_difference_by_chance_alone() {
    let share = found(|rng, seed| {
        let (first, second) = (arm(rng, skewed), arm(rng, skewed));
        let ranked = hodges_lehmann_shift(&first, &second).unwrap().interval.unwrap();
        let ratio = hodges_lehmann_ratio(&first, &second).unwrap().interval.unwrap().interval;
        let excluded = ranked.interval.excludes_zero();
        assert_eq!(excluded, ratio.low > 1.0 || ratio.high < 1.0);
        // Interval and test are two sides of one thing.
        assert_eq!(excluded, rank_sum(&first, &second, seed).unwrap().p <= 0.05);
        excluded
    });
    assert!(share <= MOST, "{share}");
    assert!(share > 0.02, "{share}: the test finds nothing at all");
}

#[test]
fn permuted_geometric_means_find_a_difference_by_chance_alone() {
    let share = found(|rng, seed| {
        let (first, second) = (arm(rng, skewed), arm(rng, skewed));
        geometric_ratio(&first, &second, seed).unwrap().permutation.p <= 0.05
    });
    assert!(share <= MOST, "{share}");
    assert!(share > 0.02, "{share}: the test finds nothing at all");
}

#[test]
fn quasi_poisson_ratios_find_a_difference_by_chance_alone() {
    let mut by_interval = 0.0;
    let by_permutation = found(|rng, seed| {
        let (first, second) = (arm(rng, deploying), arm(rng, deploying));
        let result = quasi_poisson(&first, &second, seed).unwrap();
        let interval = result.interval.unwrap();
        if interval.low > 1.0 || interval.high < 1.0 {
            by_interval += 1.0 / FLEETS as f64;
        }
        result.permutation.p <= 0.05
    });
    for share in [by_interval, by_permutation] {
        assert!(share <= MOST, "{share}");
        assert!(share > 0.02, "{share}: the test finds nothing at all");
    }
}

#[test]
fn random_dates_of_adoption_find_an_effect_by_chance_alone() {
    let share = found(|rng, seed| {
        let dates = [Some(2), Some(2), Some(3), None, None, None];
        let services: Vec<Adopter> = dates
            .into_iter()
            .map(|adopted_in| {
                let level = skewed(rng);
                let outcomes = (0..5).map(|_| Some(level + skewed(rng))).collect();
                Adopter { adopted_in, stratum: 0, is_washed_out: false, outcomes }
            })
            .collect();
        let test = staggered_randomization(&services, Controls::NotYetTreated, seed).unwrap();
        test.permutation.p <= 0.05
    });
    assert!(share <= MOST, "{share}");
    assert!(share > 0.02, "{share}: the test finds nothing at all");
}
