//! Thousands of services, millions of deployments: nothing may take gigabytes or minutes.

use rand::{Rng, RngExt};

use super::*;

fn draws(count: usize, rng: &mut impl Rng) -> Vec<f64> {
    (0..count).map(|_| rng.random::<f64>()).collect()
}

#[test]
fn hodges_lehmann_of_twenty_five_million_pairs() {
    // Whole numbers, so that the answer is known: the arms are the same but for a shift of 7.
    let second: Vec<f64> = (0..5_000).map(f64::from).collect();
    let first: Vec<f64> = second.iter().map(|value| value + 7.0).collect();
    let result = hodges_lehmann_shift(&first, &second).unwrap();
    assert_eq!(result.estimate, 7.0);
    let ranked = result.interval.unwrap();
    assert!(!ranked.is_exact);
    near(ranked.coverage, 0.95, 1e-5);
    assert_eq!(ranked.interval.low - 7.0, 7.0 - ranked.interval.high);
    // k or more below the shift there are (5,000 − k)(5,001 − k) / 2 pairs, a triangle.
    let (k, rank) = (7.0 - ranked.interval.low, ranked.rank as f64);
    assert!((5_000. - k) * (5_001. - k) / 2. >= rank);
    assert!((4_999. - k) * (5_000. - k) / 2. < rank);
}

#[test]
fn mann_whitney_of_twenty_five_million_pairs() {
    let mut rng = seed().rng();
    let (first, second) = (draws(5_000, &mut rng), draws(5_000, &mut rng));
    let moved: Vec<f64> = first.iter().map(|value| value + 0.05).collect();
    let same = rank_sum(&first, &second, seed()).unwrap();
    assert_eq!(same.method, RankSumMethod::Normal);
    assert!(same.p > 0.01);
    assert!(rank_sum(&moved, &second, seed()).unwrap().p < 1e-10);
}

#[test]
fn sampled_permutations_come_near_the_normal_p() {
    let mut rng = seed().rng();
    let (first, second) = (draws(150, &mut rng), draws(120, &mut rng));
    let first: Vec<f64> = first.iter().map(|value| value + 0.06).collect();
    let changes = |arm: &[f64]| -> Vec<BeforeAfter> {
        arm.iter().map(|after| BeforeAfter { before: 0.0, after: *after }).collect()
    };
    let welch = difference_in_differences(&changes(&first), &changes(&second)).unwrap();
    let result = mean_difference(&first, &second, seed()).unwrap();
    assert_eq!((result.permutation.total, result.permutation.is_sampled), (20_000, true));
    let p = (result.permutation.extreme + 1) as f64 / 20_001.0;
    assert_eq!(result.permutation.p, p);
    assert!((p - welch.p).abs() < 0.01, "{p} is far from {}", welch.p);
}

#[test]
fn sampled_bootstraps_of_many_services_come_near_the_theory() {
    let mut rng = seed().rng();
    let mut arm = || -> Vec<Vec<f64>> { (0..100).map(|_| draws(9, &mut rng)).collect() };
    let (first, second) = (arm(), arm());
    let result = bootstrap_quantile_difference(&first, &second, 0.5, seed()).unwrap();
    assert_eq!((result.resamples, result.is_sampled), (10_000, true));
    // The median of 900 independent uniform values varies by ½/√900, and two of them by √2 more.
    let expected = 0.5 / 30.0 * 2.0_f64.sqrt();
    assert!((result.standard_deviation / expected - 1.0).abs() < 0.2, "{result:?}");
}

#[test]
fn exact_tests_of_millions_of_trials() {
    // SciPy 1.17: binomtest(3_333_333, 10_000_000).proportion_ci(method="exact")
    let interval = clopper_pearson(Share::new(3_333_333, 10_000_000)).unwrap();
    near(interval.low, 0.33304112410945125, 1e-9);
    near(interval.high, 0.33362557238927076, 1e-9);
    // SciPy 1.17: binomtest(1_000_000, 2_003_000).pvalue
    let rates = (EventRate::new(1_000_000, 1.0), EventRate::new(1_003_000, 1.0));
    near(poisson_ratio(rates.0, rates.1).unwrap().p / 0.034088365079432, 1.0, 1e-6);
    // SciPy 1.17: fisher_exact([[20_000, 980_000], [20_500, 979_500]])
    let (first, second) = (Share::new(20_000, 1_000_000), Share::new(20_500, 1_000_000));
    near(fisher_exact(first, second).unwrap().p / 0.012242704681282425, 1.0, 1e-6);
}

#[test]
fn effects_of_staggered_adoption_in_a_large_panel() {
    let mut rng = seed().rng();
    let services: Vec<Adopter> = (0..300)
        .map(|service| {
            let adopted_in = [None, Some(4), Some(6), Some(8)][service % 4];
            let level = rng.random::<f64>() * 40.0;
            let outcome = |period: usize| {
                let effect = if adopted_in.is_some_and(|at| period >= at) { -3.0 } else { 0.0 };
                Some(level + period as f64 + effect)
            };
            Adopter {
                adopted_in,
                stratum: service % 3,
                is_washed_out: false,
                outcomes: (0..12).map(outcome).collect(),
            }
        })
        .collect();
    for controls in [Controls::NeverTreated, Controls::NotYetTreated] {
        let result = staggered_adoption(&services, controls).unwrap();
        near(result.simple, -3.0, 1e-9);
        near(result.overall, -3.0, 1e-9);
        assert!(result.pretrend_max.unwrap() < 1e-9);
    }
}
