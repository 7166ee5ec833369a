//! What holds for any input: the order decides nothing, arms that change places mirror the result,
//! and no number is ever NaN or infinite.

use proptest::prelude::*;

use super::*;

/// Few distinct values, so that ties are common, and some of any size.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        (1..6_u8).prop_map(f64::from),
        0.01..1e4,
        -1e90..1e90,
        Just(0.0),
        Just(-0.0),
        Just(1e-90),
    ]
}

fn positive() -> impl Strategy<Value = f64> {
    prop_oneof![(1..6_u8).prop_map(f64::from), 0.01..1e4]
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(value(), 0..7)
}

fn positives() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(positive(), 2..7)
}

fn share() -> impl Strategy<Value = Share> {
    (0..40_u64, 0..40_u64).prop_map(|(a, b)| Share::new(a.min(b), a.max(b)))
}

fn some_shares() -> impl Strategy<Value = Vec<Share>> {
    prop::collection::vec(share(), 0..6)
}

fn some_rates() -> impl Strategy<Value = Vec<EventRate>> {
    prop::collection::vec((0..40_u64, 0.5..20.0), 0..6)
        .prop_map(|all| all.into_iter().map(|(k, t)| EventRate::new(k, t)).collect())
}

fn clusters() -> impl Strategy<Value = Vec<Vec<f64>>> {
    prop::collection::vec(prop::collection::vec(positive(), 0..4), 0..4)
}

fn services() -> impl Strategy<Value = Vec<Adopter>> {
    let outcomes = prop::collection::vec(prop::option::weighted(0.9, value()), 4);
    let one = (prop::option::of(0..5_usize), 0..2_usize, outcomes).prop_map(
        |(adopted_in, stratum, outcomes)| Adopter {
            adopted_in,
            stratum,
            is_washed_out: false,
            outcomes,
        },
    );
    prop::collection::vec(one, 1..6)
}

fn reversed<T: Clone>(values: &[T]) -> Vec<T> {
    values.iter().rev().cloned().collect()
}

/// Numbers of a result, as far as it has any.
fn printed(result: &impl std::fmt::Debug) -> String {
    format!("{result:?}")
}

fn has_only_numbers(result: &impl std::fmt::Debug) -> Result<(), TestCaseError> {
    let text = printed(result);
    prop_assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    Ok(())
}

/// Two strata of the same values with arms that are cut elsewhere, and the same with arms that have
/// changed places.
fn two_strata(first: &[f64], second: &[f64]) -> (Vec<ValuesByStratum>, Vec<ValuesByStratum>) {
    let pooled = [first, second].concat();
    let cut =
        |at: usize| ValuesByStratum { first: pooled[..at].into(), second: pooled[at..].into() };
    let strata = vec![cut(1), cut(first.len()), cut(pooled.len() - 1)];
    let swap =
        |s: &ValuesByStratum| ValuesByStratum { first: s.second.clone(), second: s.first.clone() };
    let mirrored = strata.iter().map(swap).collect();
    (strata, mirrored)
}

/// Two strata of the same services, in the second of which the arms have changed places but for one.
fn two_strata_of_shares(first: &[Share], second: &[Share]) -> [ClustersByStratum; 2] {
    let mut others = second.to_vec();
    others.push(Share::new(1, 3));
    [
        ClustersByStratum { first: first.to_vec(), second: second.to_vec() },
        ClustersByStratum { first: others, second: first.to_vec() },
    ]
}

/// Checks every method of two arms for one property.
macro_rules! every_method {
    ($check:ident, $first:expr, $second:expr) => {{
        let (first, second) = ($first, $second);
        $check!(rank_sum(first, second, seed()));
        $check!(dominance(first, second));
        $check!(hodges_lehmann_shift(first, second));
        $check!(hodges_lehmann_ratio(first, second));
        $check!(mean_difference(first, second, seed()));
        $check!(geometric_ratio(first, second, seed()));
        $check!(balance_of_values(first, second));
    }};
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_method_of_values_gives_what_is_no_number(first in values(), second in values()) {
        macro_rules! check { ($result:expr) => { has_only_numbers(&$result)? }; }
        every_method!(check, &first, &second);
        has_only_numbers(&quantile(&first, 0.3))?;
        has_only_numbers(&mean_with_interval(&first))?;
        has_only_numbers(&evenness(&first))?;
        has_only_numbers(&gini(&first))?;
        let strata = [ValuesByStratum { first: first.clone(), second: second.clone() }];
        has_only_numbers(&stratified_difference(&strata, seed()))?;
        has_only_numbers(&stratified_ratio(&strata, seed()))?;
        let changes = |arm: &[f64]| -> Vec<BeforeAfter> {
            arm.iter().map(|after| BeforeAfter { before: 1.0, after: *after }).collect()
        };
        has_only_numbers(&difference_in_differences(&changes(&first), &changes(&second)))?;
    }

    #[test]
    fn no_method_of_shares_gives_what_is_no_number(
        first in some_shares(), second in some_shares(), one in share(), other in share()
    ) {
        has_only_numbers(&clustered_difference(&first, &second, seed()))?;
        has_only_numbers(&clustered_strata(&two_strata_of_shares(&first, &second), seed()))?;
        has_only_numbers(&wilson(one))?;
        has_only_numbers(&clopper_pearson(one))?;
        has_only_numbers(&newcombe(one, other))?;
        has_only_numbers(&agresti_caffo(one, other))?;
        has_only_numbers(&pooled_z(one, other))?;
        has_only_numbers(&risk_ratio(one, other))?;
        has_only_numbers(&fisher_exact(one, other))?;
        has_only_numbers(&balance_of_shares(one, other))?;
        let strata: Vec<SharesByStratum> =
            first.iter().zip(&second).map(|(a, b)| SharesByStratum { first: *a, second: *b }).collect();
        has_only_numbers(&mantel_haenszel(&strata))?;
        has_only_numbers(&direct_standardization(&strata))?;
    }

    #[test]
    fn intervals_of_shares_hold_the_share_and_stay_possible(one in share(), other in share()) {
        prop_assume!(one.trials > 0 && other.trials > 0);
        let (p, q) = (one.ratio().unwrap(), other.ratio().unwrap());
        for interval in [wilson(one).unwrap(), clopper_pearson(one).unwrap()] {
            prop_assert!(0.0 <= interval.low && interval.low <= p);
            prop_assert!(p <= interval.high && interval.high <= 1.0);
        }
        let interval = newcombe(one, other).unwrap();
        prop_assert!(-1.0 - 1e-12 <= interval.low && interval.low <= p - q);
        prop_assert!(p - q <= interval.high && interval.high <= 1.0 + 1e-12);
    }

    #[test]
    fn no_method_of_rates_gives_what_is_no_number(first in some_rates(), second in some_rates()) {
        has_only_numbers(&quasi_poisson(&first, &second, seed()))?;
        for (one, other) in first.iter().zip(&second) {
            has_only_numbers(&poisson_ratio(*one, *other))?;
            has_only_numbers(&poisson_rate(*one))?;
        }
    }

    #[test]
    fn no_method_of_panels_or_clusters_gives_what_is_no_number(
        panel in services(), first in clusters(), second in clusters()
    ) {
        for controls in [Controls::NeverTreated, Controls::NotYetTreated] {
            has_only_numbers(&staggered_adoption(&panel, controls))?;
            has_only_numbers(&staggered_randomization(&panel, controls, seed()))?;
            has_only_numbers(&staggered_bootstrap(&panel, controls, seed()))?;
        }
        has_only_numbers(&bootstrap_quantile_difference(&first, &second, 0.75, seed()))?;
    }

    #[test]
    fn the_order_of_services_changes_nothing(
        first in positives(), second in positives(), panel in services(),
        failing in some_shares(), others in some_shares(), paced in some_rates(),
        clustered in clusters()
    ) {
        let (turned, others_turned) = (reversed(&first), reversed(&second));
        macro_rules! check {
            ($method:ident($a:ident, $b:ident $(, $seed:expr)?)) => {
                prop_assert_eq!($method($a, $b $(, $seed)?), $method(&turned, &others_turned $(, $seed)?))
            };
        }
        every_method!(check, &first, &second);
        prop_assert_eq!(
            clustered_difference(&failing, &others, seed()),
            clustered_difference(&reversed(&failing), &reversed(&others), seed())
        );
        prop_assert_eq!(
            quasi_poisson(&paced, &paced, seed()),
            quasi_poisson(&reversed(&paced), &reversed(&paced), seed())
        );
        let inside: Vec<Vec<f64>> = reversed(&clustered).iter().map(|own| reversed(own)).collect();
        prop_assert_eq!(
            bootstrap_quantile_difference(&clustered, &clustered, 0.5, seed()),
            bootstrap_quantile_difference(&inside, &inside, 0.5, seed())
        );
        let strata = [
            ValuesByStratum { first: first.clone(), second: second.clone() },
            ValuesByStratum { first: second.clone(), second: first.clone() },
            ValuesByStratum { first: vec![1.5], second: vec![2.5, 3.0] },
        ];
        prop_assert_eq!(
            stratified_difference(&strata, seed()),
            stratified_difference(&reversed(&strata), seed())
        );
        let strata = [(&failing, &others), (&others, &failing)].map(|(one, two)| {
            ClustersByStratum { first: one.clone(), second: two.clone() }
        });
        let within = reversed(&strata).into_iter().map(|stratum| ClustersByStratum {
            first: reversed(&stratum.first),
            second: reversed(&stratum.second),
        });
        let within: Vec<ClustersByStratum> = within.collect();
        prop_assert_eq!(clustered_strata(&strata, seed()), clustered_strata(&within, seed()));
        let controls = Controls::NotYetTreated;
        let panel_turned = reversed(&panel);
        prop_assert_eq!(
            staggered_adoption(&panel, controls),
            staggered_adoption(&panel_turned, controls)
        );
        prop_assert_eq!(
            staggered_randomization(&panel, controls, seed()),
            staggered_randomization(&panel_turned, controls, seed())
        );
        prop_assert_eq!(
            staggered_bootstrap(&panel, controls, seed()),
            staggered_bootstrap(&panel_turned, controls, seed())
        );
    }

    #[test]
    fn arms_that_change_places_mirror_their_values(first in positives(), second in positives()) {
        let pairs = (first.len() * second.len()) as f64;
        let ranks = (rank_sum(&first, &second, seed()), rank_sum(&second, &first, seed()));
        if let (Ok(one), Ok(other)) = ranks {
            prop_assert_eq!(one.u, pairs - other.u);
            prop_assert!((one.p - other.p).abs() < 1e-12);
        } else {
            prop_assert_eq!(ranks.0, ranks.1);
        }
        if let (Ok(one), Ok(other)) = (dominance(&first, &second), dominance(&second, &first)) {
            prop_assert_eq!((one.greater, one.less), (other.less, other.greater));
            prop_assert_eq!(one.cliffs_delta, -other.cliffs_delta);
            prop_assert_eq!(one.magnitude, other.magnitude);
        }
        if let (Ok(one), Ok(other)) =
            (hodges_lehmann_ratio(&first, &second), hodges_lehmann_ratio(&second, &first))
        {
            near(one.estimate * other.estimate, 1.0, 1e-12);
            if let (Ok(one), Ok(other)) = (one.interval, other.interval) {
                near(one.interval.low * other.interval.high, 1.0, 1e-12);
                near(one.interval.high * other.interval.low, 1.0, 1e-12);
            }
        }
        if let (Ok(one), Ok(other)) =
            (mean_difference(&first, &second, seed()), mean_difference(&second, &first, seed()))
        {
            prop_assert_eq!(one.difference, -other.difference);
            prop_assert_eq!(one.permutation, other.permutation);
        }
        let (strata, mirrored) = two_strata(&first, &second);
        if let (Ok(one), Ok(other)) =
            (stratified_difference(&strata, seed()), stratified_difference(&mirrored, seed()))
        {
            near(one.difference, -other.difference, 1e-12);
            prop_assert_eq!(one.permutation, other.permutation);
        }
    }

    #[test]
    fn arms_that_change_places_mirror_their_shares_and_rates(
        one in share(), other in share(), first in some_shares(), second in some_shares(),
        paced in some_rates(), slower in some_rates()
    ) {
        let mirrored = |a: Interval, b: Interval| {
            near(a.low, -b.high, 1e-12);
            near(a.high, -b.low, 1e-12);
        };
        if let (Ok(a), Ok(b)) = (newcombe(one, other), newcombe(other, one)) {
            mirrored(a, b);
            mirrored(agresti_caffo(one, other).unwrap(), agresti_caffo(other, one).unwrap());
        }
        if let (Ok(a), Ok(b)) = (fisher_exact(one, other), fisher_exact(other, one)) {
            near(a.p, b.p, 1e-12);
        }
        if let (Ok(a), Ok(b)) = (
            clustered_difference(&first, &second, seed()),
            clustered_difference(&second, &first, seed()),
        ) {
            prop_assert_eq!(a.difference, -b.difference);
            prop_assert_eq!(a.permutation, b.permutation);
            if let (Ok(a), Ok(b)) = (a.interval, b.interval) {
                mirrored(a, b);
            }
        }
        let strata = two_strata_of_shares(&first, &second);
        let swapped = strata.clone().map(|stratum| ClustersByStratum {
            first: stratum.second,
            second: stratum.first,
        });
        if let (Ok(a), Ok(b)) =
            (clustered_strata(&strata, seed()), clustered_strata(&swapped, seed()))
        {
            near(a.risk_difference, -b.risk_difference, 1e-12);
            prop_assert_eq!(a.permutation, b.permutation);
            if let (Ok(a), Ok(b)) = (a.interval, b.interval) {
                near(a.low, -b.high, 1e-9);
                near(a.high, -b.low, 1e-9);
            }
        }
        if let (Ok(a), Ok(b)) =
            (quasi_poisson(&paced, &slower, seed()), quasi_poisson(&slower, &paced, seed()))
        {
            near(a.ratio * b.ratio, 1.0, 1e-12);
            prop_assert_eq!(a.permutation, b.permutation);
        }
    }
}

#[test]
fn sampled_arrangements_mirror_too() {
    let first: Vec<f64> = (0..30).map(|value| f64::from(value * value)).collect();
    let second: Vec<f64> = (0..12).map(|value| f64::from(value) * 40.0 + 0.5).collect();
    let one = mean_difference(&first, &second, seed()).unwrap();
    let other = mean_difference(&second, &first, seed()).unwrap();
    assert!(one.permutation.is_sampled);
    assert_eq!(one.difference, -other.difference);
    assert_eq!(one.permutation, other.permutation);

    let cluster =
        |arm: &[f64]| arm.iter().map(|value| vec![*value, value + 3.0]).collect::<Vec<_>>();
    let (first, second) = (cluster(&first), cluster(&second));
    let one = bootstrap_quantile_difference(&first, &second, 0.9, seed()).unwrap();
    let other = bootstrap_quantile_difference(&second, &first, 0.9, seed()).unwrap();
    assert!(one.is_sampled);
    assert_eq!(one.interval.low, -other.interval.high);
    assert_eq!(one.interval.high, -other.interval.low);
}

#[test]
fn another_seed_draws_other_services_and_the_same_seed_the_same() {
    let first: Vec<f64> = (0..30).map(|value| f64::from(value * value)).collect();
    let second: Vec<f64> = (0..30).map(|value| f64::from(value) * 25.0).collect();
    let drawn = |comparison| {
        let seed = Seed::new("run", "lead_time", comparison);
        mean_difference(&first, &second, seed).unwrap().permutation
    };
    assert_eq!(drawn("tier1"), drawn("tier1"));
    assert_ne!(drawn("tier1").extreme, drawn("tier2").extreme);
}

#[test]
fn dates_change_places_inside_strata_only() {
    let service = |adopted_in, stratum, after| Adopter {
        is_washed_out: false,
        adopted_in,
        stratum,
        outcomes: vec![Some(1.0), Some(after)],
    };
    let services = [
        service(Some(1), 0, 9.0),
        service(None, 0, 1.0),
        service(Some(1), 1, 8.0),
        service(None, 1, 2.0),
        service(None, 1, 3.0),
    ];
    let randomized = |strata: [usize; 5]| {
        let mut services = services.clone();
        for (service, stratum) in services.iter_mut().zip(strata) {
            service.stratum = stratum;
        }
        let result = staggered_randomization(&services, Controls::NeverTreated, seed()).unwrap();
        (result.permutation.total, result.permutation.extreme, result.is_within_strata)
    };
    // Two ways in the first stratum, three in the second; ten in one for all.
    assert_eq!(randomized([0, 0, 1, 1, 1]), (6, 1, true));
    assert_eq!(randomized([0; 5]), (10, 1, true));
    // Where no stratum has two dates, over all: each alone, and strata that foretell the adoption.
    assert_eq!(randomized([0, 1, 2, 3, 4]), (10, 1, false));
    assert_eq!(randomized([0, 1, 0, 1, 1]), (10, 1, false));
}

#[test]
fn the_order_of_many_services_changes_nothing_that_is_drawn() {
    let failing: Vec<Share> = (0..24).map(|k| Share::new(k * k % 7, 20 + k)).collect();
    let others: Vec<Share> = (0..20).map(|k| Share::new(k % 5, 30 + k)).collect();
    let one = clustered_difference(&failing, &others, seed()).unwrap();
    assert!(one.permutation.is_sampled);
    let turned = clustered_difference(&reversed(&failing), &reversed(&others), seed());
    assert_eq!(Ok(one), turned);

    let cut = |arm: &[Share], at: usize| (arm[..at].to_vec(), arm[at..].to_vec());
    let ((first, third), (second, fourth)) = (cut(&failing, 14), cut(&others, 9));
    let strata = [
        ClustersByStratum { first: first.clone(), second: second.clone() },
        ClustersByStratum { first: third.clone(), second: fourth.clone() },
    ];
    let turned = [
        ClustersByStratum { first: reversed(&third), second: reversed(&fourth) },
        ClustersByStratum { first: reversed(&first), second: reversed(&second) },
    ];
    let one = clustered_strata(&strata, seed()).unwrap();
    assert!(one.permutation.is_sampled);
    assert_eq!(Ok(one), clustered_strata(&turned, seed()));

    let rate = |share: &Share| EventRate::new(share.events, share.trials as f64);
    let paced: Vec<EventRate> = failing.iter().map(rate).collect();
    let slower: Vec<EventRate> = others.iter().map(rate).collect();
    let one = quasi_poisson(&paced, &slower, seed()).unwrap();
    assert!(one.permutation.is_sampled);
    let turned = quasi_poisson(&reversed(&paced), &reversed(&slower), seed());
    assert_eq!(Ok(one), turned);
    let mirrored = quasi_poisson(&slower, &paced, seed()).unwrap();
    assert_eq!(one.permutation, mirrored.permutation);

    let clusters: Vec<Vec<f64>> =
        paced.iter().map(|rate| vec![rate.exposure, rate.events as f64]).collect();
    let (first, second) = clusters.split_at(10);
    let one = bootstrap_quantile_difference(first, second, 0.5, seed()).unwrap();
    assert!(one.is_sampled);
    let turned = bootstrap_quantile_difference(&reversed(first), &reversed(second), 0.5, seed());
    assert_eq!(Ok(one), turned);
}

#[test]
fn drawn_arrangements_stay_inside_their_strata() {
    // The first arm is faster by a little in each stratum, always; between strata times differ a
    // thousandfold, which would drown that.
    let stratum = |level: f64| ValuesByStratum {
        first: (0..6).map(|service| level * (1.0 + f64::from(service) / 100.0)).collect(),
        second: (0..5).map(|service| level * (1.1 + f64::from(service) / 100.0)).collect(),
    };
    let result = stratified_ratio(&[stratum(1.0), stratum(1e3), stratum(1e6)], seed()).unwrap();
    let permutation = result.logarithms.permutation;
    assert_eq!((permutation.total, permutation.is_sampled), (20_000, true));
    assert_eq!(permutation.extreme, 0);
    assert_eq!(permutation.p, 1.0 / 20_001.0);
}
