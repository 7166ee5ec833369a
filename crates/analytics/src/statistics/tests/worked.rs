//! Numbers that were worked out by hand and with other programs, one small fleet a method.

use std::collections::BTreeMap;

use super::*;

const GOLDEN: [&[f64]; 6] = [
    &[2., 3., 5., 8.],
    &[1., 4., 6., 7., 30.],
    &[10., 12., 9.],
    &[3., 3., 4., 20.],
    &[6., 8., 11., 14., 50.],
    &[5., 7., 9.],
];
const OFF_ROAD: [&[f64]; 6] = [
    &[20., 26., 40.],
    &[8., 12., 15., 18.],
    &[30., 45., 70., 100.],
    &[9., 14., 16.],
    &[24., 25., 48., 60., 90.],
    &[4., 6., 10., 12.],
];
const GOLDEN_FAILS: [(u64, u64); 6] = [(1, 60), (0, 50), (5, 40), (2, 40), (1, 25), (3, 25)];
const OFF_ROAD_FAILS: [(u64, u64); 6] = [(10, 60), (2, 80), (8, 40), (1, 50), (6, 30), (3, 40)];

fn medians(services: &[&[f64]]) -> Vec<f64> {
    services.iter().map(|service| median(service).unwrap()).collect()
}

fn owned(services: &[&[f64]]) -> Vec<Vec<f64>> {
    services.iter().map(|service| service.to_vec()).collect()
}

#[test]
fn quantiles_interpolate_between_order_statistics() {
    let values = [4., 1., 3., 2.];
    for (probability, expected) in [(0., 1.), (0.5, 2.5), (0.75, 3.25), (0.9, 3.7), (1., 4.)] {
        about(quantile(&values, probability).unwrap(), expected);
    }
}

#[test]
fn service_medians_and_pooled_quantiles_of_lead_times() {
    assert_eq!(medians(&GOLDEN), [4., 6., 10., 3.5, 11., 7.]);
    assert_eq!(medians(&OFF_ROAD), [26., 13.5, 57.5, 14., 48., 8.]);
    for (services, mean, quantiles) in
        [(GOLDEN, 9.875, [7., 10.25, 18.2]), (OFF_ROAD, 30.521739, [20., 42.5, 68.])]
    {
        let pooled = services.concat();
        about(mean_with_interval(&pooled).unwrap().mean, mean);
        for (probability, expected) in [0.5, 0.75, 0.9].into_iter().zip(quantiles) {
            about(quantile(&pooled, probability).unwrap(), expected);
        }
    }
}

#[test]
fn mann_whitney_of_service_medians_is_exact() {
    let test = rank_sum(&medians(&GOLDEN), &medians(&OFF_ROAD), seed()).unwrap();
    assert_eq!(test.u, 2.0);
    near(test.p, 8.0 / 924.0, 1e-12);
    assert_eq!(test.method, RankSumMethod::Exact);
}

#[test]
fn mann_whitney_of_single_changes_would_be_far_too_sure() {
    let of_services = rank_sum(&medians(&GOLDEN), &medians(&OFF_ROAD), seed()).unwrap();
    let of_changes = rank_sum(&GOLDEN.concat(), &OFF_ROAD.concat(), seed()).unwrap();
    assert!(of_changes.p * 20.0 < of_services.p, "{}", of_changes.p);
}

#[test]
fn the_smallest_possible_p_grows_as_arms_shrink() {
    for (m, n, expected) in [
        (2, 5, 0.095238),
        (3, 3, 0.1),
        (3, 4, 0.057143),
        (3, 5, 0.035714),
        (4, 4, 0.028571),
        (4, 5, 0.015873),
        (5, 5, 0.007937),
        (6, 6, 0.002165),
        (8, 8, 0.000155),
    ] {
        let first: Vec<f64> = (0..m).map(f64::from).collect();
        let second: Vec<f64> = (0..n).map(|value| f64::from(value) + 100.0).collect();
        about(rank_sum(&first, &second, seed()).unwrap().p, expected);
    }
}

#[test]
fn dominance_of_service_medians_is_large() {
    let effect = dominance(&medians(&GOLDEN), &medians(&OFF_ROAD)).unwrap();
    assert_eq!((effect.greater, effect.less, effect.ties), (2, 34, 0));
    about(effect.cliffs_delta, -0.888889);
    about(effect.vargha_delaney_a, 0.055556);
    assert_eq!(effect.magnitude.as_str(), "large");
}

#[test]
fn words_for_dominance_change_at_the_limits_of_romano() {
    // 1,000 pairs, so that each limit can be met exactly: δ = 2 · greater / 1,000 − 1.
    for (greater, word) in [
        (573, "negligible"),
        (574, "small"),
        (664, "small"),
        (665, "medium"),
        (736, "medium"),
        (737, "large"),
    ] {
        let second: Vec<f64> = (0..500).map(f64::from).collect();
        let of_one = f64::from(greater / 2) - 0.5;
        let of_other = f64::from(greater - greater / 2) - 0.5;
        let effect = dominance(&[of_one, of_other], &second).unwrap();
        assert_eq!((effect.greater, effect.magnitude.as_str()), (greater as u64, word));
    }
}

#[test]
fn hodges_lehmann_gives_the_shift_and_the_ratio_of_medians_with_exact_intervals() {
    let (golden, off_road) = (medians(&GOLDEN), medians(&OFF_ROAD));
    let shift = hodges_lehmann_shift(&golden, &off_road).unwrap();
    let interval = shift.interval.unwrap();
    about(shift.estimate, -12.75);
    about_interval(interval.interval, -46.5, -3.0);
    assert_eq!(interval.rank, 6);
    about(interval.coverage, 0.958874);
    let ratio = hodges_lehmann_ratio(&golden, &off_road).unwrap();
    about(ratio.estimate, 0.277350);
    about_interval(ratio.interval.unwrap().interval, 0.121739, 0.75);
}

#[test]
fn geometric_means_are_tested_by_all_relabellings() {
    let test = geometric_ratio(&medians(&GOLDEN), &medians(&OFF_ROAD), seed()).unwrap();
    about(test.ratio, 0.290106);
    let expected = Permutation { p: 8.0 / 924.0, extreme: 8, total: 924, is_sampled: false };
    assert_eq!(test.permutation, expected);
}

#[test]
fn the_bootstrap_of_few_services_looks_at_every_resample() {
    let (golden, off_road) = (owned(&GOLDEN[..3]), owned(&OFF_ROAD[..3]));
    let result = bootstrap_quantile_difference(&golden, &off_road, 0.5, seed()).unwrap();
    about(result.difference, -19.5);
    about_interval(result.interval, -50.5, -6.0);
    about(result.mean, -21.462963);
    assert_eq!((result.resamples, result.is_sampled), (729, false));
    about(result.standard_deviation, 11.492144);
}

#[test]
fn wilson_intervals_of_few_and_many() {
    for (events, trials, low, high) in [
        (0, 20, 0.0, 0.161125),
        (20, 20, 0.838875, 1.0),
        (12, 240, 0.028830, 0.085348),
        (30, 300, 0.070948, 0.139166),
        (14, 18, 0.547854, 0.909991),
    ] {
        about_interval(wilson(Share::new(events, trials)).unwrap(), low, high);
    }
}

#[test]
fn two_shares_of_independent_trials() {
    let (golden, off_road) = (Share::new(12, 240), Share::new(30, 300));
    about_interval(clopper_pearson(golden).unwrap(), 0.026099, 0.085711);
    about_interval(clopper_pearson(off_road).unwrap(), 0.068492, 0.139673);
    about_interval(newcombe(golden, off_road).unwrap(), -0.094522, -0.004245);
    about_interval(agresti_caffo(golden, off_road).unwrap(), -0.093411, -0.004449);
    let z = pooled_z(golden, off_road).unwrap();
    about(z.z, -2.155727);
    about(z.p, 0.031105);
    let fisher = fisher_exact(golden, off_road).unwrap();
    about(fisher.p, 0.035402);
    about(fisher.odds_ratio.unwrap(), 0.473684);
    let ratio = risk_ratio(golden, off_road).unwrap();
    about(ratio.ratio, 0.5);
    about_interval(ratio.interval, 0.261655, 0.955455);
}

#[test]
fn clustered_shares_are_less_sure_than_independent_ones() {
    let (golden, off_road) = (shares(&GOLDEN_FAILS), shares(&OFF_ROAD_FAILS));
    let result = clustered_difference(&golden, &off_road, seed()).unwrap();
    about(result.first.share, 0.05);
    about(result.second.share, 0.1);
    about(result.first.standard_error, 0.021590);
    about(result.second.standard_error, 0.035402);
    about(result.first.design_effect.unwrap(), 2.355263);
    about(result.second.design_effect.unwrap(), 4.177778);
    about(result.difference, -0.05);
    assert_eq!(result.degrees_of_freedom, 10);
    about_interval(result.interval.unwrap(), -0.142393, 0.042393);
    let expected = Permutation { p: 250.0 / 924.0, extreme: 250, total: 924, is_sampled: false };
    assert_eq!(result.permutation, expected);
    let of_rates = |arm: &[Share]| arm.iter().map(|s| s.ratio().unwrap()).collect::<Vec<_>>();
    let ranks = rank_sum(&of_rates(&golden), &of_rates(&off_road), seed()).unwrap();
    // Two services share a rate, so this is the share of relabellings, counted in fractions; the
    // distribution without ties would say 0.240260.
    about(ranks.p, 208.0 / 924.0);
    let naive = newcombe(result.first.total, result.second.total).unwrap();
    assert!(naive.excludes_zero() && !result.interval.unwrap().excludes_zero());
}

#[test]
fn differences_of_shares_end_at_one() {
    let (first, second) = (shares(&[(5, 5), (4, 5)]), shares(&[(0, 5), (1, 5)]));
    let result = clustered_difference(&first, &second, seed()).unwrap();
    // 0.8 ± 4.302653 · √(0.1² + 0.1²), cut at 1.
    about_interval(result.interval.unwrap(), 0.191513, 1.0);
    about_interval(agresti_caffo(Share::new(3, 3), Share::new(0, 3)).unwrap(), 0.104164, 1.0);
}

#[test]
fn deployment_rates_vary_more_than_poisson_counts() {
    let (golden, off_road) = ([26, 39, 13, 52, 20, 30], [6, 13, 9, 26, 4, 14]);
    let result = quasi_poisson(&rates(&golden, 13.), &rates(&off_road, 13.), seed()).unwrap();
    about(result.first_rate, 2.307692);
    about(result.second_rate, 0.923077);
    about(result.ratio, 2.5);
    about(result.dispersion, 5.816667);
    about(result.log_standard_error, 0.336306);
    // A model that was fitted until it stopped moving says 1.181701 and 5.288988.
    about_interval(result.interval.unwrap(), 1.181700, 5.288992);
    assert_eq!((result.permutation.extreme, result.permutation.total), (22, 924));
    about(result.permutation.p, 0.023810);

    let per_week = |counts: &[u64]| counts.iter().map(|k| *k as f64 / 13.).collect::<Vec<_>>();
    let means = geometric_ratio(&per_week(&golden), &per_week(&off_road), seed()).unwrap();
    about(means.ratio, 2.717104);
    assert_eq!((means.permutation.extreme, means.permutation.total), (20, 924));

    let exact = poisson_ratio(EventRate::new(180, 78.), EventRate::new(72, 78.)).unwrap();
    about(exact.ratio, 2.5);
    about_interval(exact.interval, 1.892037, 3.333290);
    near(exact.p / 7.567238602289376e-12, 1.0, 1e-6);
}

#[test]
fn p_values_of_a_family_are_adjusted() {
    let p = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205];
    let bh = [0.008, 0.032, 0.0672, 0.0672, 0.0672, 0.08, 0.084571, 0.205];
    let of_holm = [0.008, 0.056, 0.234, 0.234, 0.234, 0.234, 0.234, 0.234];
    for (adjusted, expected) in benjamini_hochberg(&p).unwrap().into_iter().zip(bh) {
        about(adjusted, expected);
    }
    for (adjusted, expected) in holm(&p).unwrap().into_iter().zip(of_holm) {
        about(adjusted, expected);
    }
}

#[test]
fn strata_turn_the_sign_of_a_pooled_difference() {
    let strata = [
        SharesByStratum { first: Share::new(20, 200), second: Share::new(6, 50) },
        SharesByStratum { first: Share::new(2, 100), second: Share::new(10, 400) },
    ];
    let result = mantel_haenszel(&strata).unwrap();
    about(result.pooled_difference, 0.037778);
    about(result.risk_difference, -0.01);
    about(result.standard_error, 0.019972);
    about_interval(result.interval.unwrap(), -0.049143, 0.029143);
    let odds = result.odds_ratio.unwrap();
    about(odds.ratio, 0.808917);
    about_interval(odds.interval, 0.356293, 1.836543);
    about(result.risk_ratio.unwrap().ratio, 0.823529);
    about(result.chi_squared.unwrap(), 0.256228);
    about(result.p.unwrap(), 0.612724);
    assert!(result.simpson_flag);
    let standardized = direct_standardization(&strata).unwrap();
    about(standardized.first, 0.046667);
    about(standardized.second, 0.056667);
    about(standardized.difference, -0.01);
}

#[test]
fn one_stratum_of_equal_services_has_the_error_of_clustered_shares() {
    let first = shares(&[(1, 40), (0, 40), (5, 40), (2, 40)]);
    let second = shares(&[(8, 40), (2, 40), (8, 40), (1, 40)]);
    let within = [ClustersByStratum { first: first.clone(), second: second.clone() }];
    let result = clustered_strata(&within, seed()).unwrap();
    let plain = clustered_difference(&first, &second, seed()).unwrap();
    near(result.risk_difference, plain.difference, 1e-12);
    let error = result.error.unwrap();
    near(error.standard_error, plain.standard_error, 1e-12);
    near(error.degrees_of_freedom, 6.0, 1e-9);
    near(result.interval.unwrap().low, plain.interval.unwrap().low, 1e-12);
    near(result.t_p.unwrap(), plain.t_p.unwrap(), 1e-12);
    assert_eq!(result.permutation, plain.permutation);
}

#[test]
fn strata_of_one_service_of_each_arm_are_a_paired_t_test() {
    let pairs = [(3, 5), (0, 4), (7, 6), (1, 9), (2, 2)];
    let strata = pairs.map(|(one, other)| ClustersByStratum {
        first: shares(&[(one, 20)]),
        second: shares(&[(other, 20)]),
    });
    let result = clustered_strata(&strata, seed()).unwrap();
    let differences = pairs.map(|(one, other)| (one as f64 - other as f64) / 20.0);
    let paired = mean_with_interval(&differences).unwrap();
    near(result.risk_difference, paired.mean, 1e-12);
    near(result.error.unwrap().degrees_of_freedom, 4.0, 1e-9);
    near(result.interval.unwrap().low, paired.interval.unwrap().low, 1e-12);
    near(result.interval.unwrap().high, paired.interval.unwrap().high, 1e-12);
    // Each pair either way round: the four that differ add up to −2 −4 +1 −8; all of one sign or
    // but for the 1 are as far off, which is two and two of 16, twice for the pair of equals.
    let expected = Permutation { p: 4.0 / 16.0, extreme: 8, total: 32, is_sampled: false };
    assert_eq!(result.permutation, expected);
}

#[test]
fn clusters_inside_strata_have_mantel_and_haenszels_difference() {
    // Test H of the reference, its deployments spread over services.
    let strata = [
        ClustersByStratum {
            first: shares(&[(2, 20), (4, 60), (14, 120)]),
            second: shares(&[(1, 25), (5, 25)]),
        },
        ClustersByStratum {
            first: shares(&[(2, 40), (0, 60), (0, 0)]),
            second: shares(&[(3, 100), (1, 150), (6, 150)]),
        },
    ];
    let result = clustered_strata(&strata, seed()).unwrap();
    about(result.risk_difference, -0.01);
    assert_eq!((result.strata, result.permutation.total), (2, 100));
}

#[test]
fn times_are_compared_and_permuted_inside_strata() {
    let strata = [
        ValuesByStratum { first: vec![8., 12., 10.], second: vec![20., 14.] },
        ValuesByStratum { first: vec![3., 5.], second: vec![4., 9., 6.] },
    ];
    let result = stratified_ratio(&strata, seed()).unwrap();
    about(result.logarithms.difference, -0.483076);
    about(result.ratio, 0.616883);
    let expected = Permutation { p: 0.06, extreme: 6, total: 100, is_sampled: false };
    assert_eq!(result.logarithms.permutation, expected);
}

#[test]
fn controls_take_the_trend_out_of_before_and_after() {
    let paired = |pairs: &[(f64, f64)]| -> Vec<BeforeAfter> {
        pairs.iter().map(|(before, after)| BeforeAfter { before: *before, after: *after }).collect()
    };
    let adopters = paired(&[(20., 14.), (30., 20.), (26., 17.)]);
    let controls = paired(&[(22., 21.), (28., 27.), (40., 36.)]);
    let result = difference_in_differences(&adopters, &controls).unwrap();
    about(result.effect, -6.333333);
    about(result.adopter_change, -8.333333);
    about(result.control_change, -2.0);
    about(result.t, -4.050814);
    about(result.degrees_of_freedom, 3.872);
    about(result.p, 0.016504);
}

fn staggered_panel() -> Vec<Adopter> {
    let service = |adopted_in, outcomes: [f64; 6]| Adopter {
        is_washed_out: false,
        adopted_in,
        stratum: 0,
        outcomes: outcomes.map(Some).to_vec(),
    };
    // Quarters 1 to 6 are places 0 to 5: adoption in quarter 3 is place 2.
    vec![
        service(Some(2), [40., 42., 36., 34., 31., 30.]),
        service(Some(2), [30., 32., 27., 25., 23., 21.]),
        service(Some(4), [50., 52., 54., 55., 49., 48.]),
        service(Some(4), [20., 21., 23., 25., 20., 18.]),
        service(None, [35., 36., 38., 39., 41., 42.]),
        service(None, [25., 27., 28., 30., 31., 33.]),
    ]
}

#[track_caller]
fn assert_staggered(
    result: &Staggered,
    effects: &[(usize, usize, f64)],
    groups: [f64; 2],
    events: [f64; 7],
) {
    assert_eq!(result.effects.len(), effects.len());
    for (actual, (cohort, period, effect)) in result.effects.iter().zip(effects) {
        assert_eq!((actual.cohort + 1, actual.period + 1), (*cohort, *period));
        about(actual.effect, *effect);
    }
    for (actual, expected) in result.groups.values().zip(groups) {
        about(*actual, expected);
    }
    let since: Vec<i64> = result.event_study.keys().copied().collect();
    assert_eq!(since, [-4, -3, -2, 0, 1, 2, 3]);
    for (actual, expected) in result.event_study.values().zip(events) {
        about(*actual, expected);
    }
}

#[test]
fn staggered_adoption_against_services_that_never_adopt() {
    let result = staggered_adoption(&staggered_panel(), Controls::NeverTreated).unwrap();
    let effects = [
        (3, 1, -0.5),
        (3, 3, -7.0),
        (3, 4, -10.5),
        (3, 5, -14.5),
        (3, 6, -17.5),
        (5, 1, -0.5),
        (5, 2, -0.5),
        (5, 3, 0.0),
        (5, 5, -7.0),
        (5, 6, -10.0),
    ];
    let events = [-0.5, -0.5, -0.25, -7.0, -10.25, -14.5, -17.5];
    assert_staggered(&result, &effects, [-12.375, -8.5], events);
    about(result.simple, -11.083333);
    about(result.overall, -10.4375);
    about(result.pretrend_max.unwrap(), 0.5);
    assert!(!result.is_pretrend_large);
}

#[test]
fn staggered_adoption_against_services_that_have_not_adopted_yet() {
    let result = staggered_adoption(&staggered_panel(), Controls::NotYetTreated).unwrap();
    let effects = [
        (3, 1, -0.333333),
        (3, 3, -7.25),
        (3, 4, -10.75),
        (3, 5, -14.5),
        (3, 6, -17.5),
        (5, 1, -0.25),
        (5, 2, -0.25),
        (5, 3, 0.0),
        (5, 5, -7.0),
        (5, 6, -10.0),
    ];
    let events = [-0.25, -0.25, -0.166667, -7.125, -10.375, -14.5, -17.5];
    assert_staggered(&result, &effects, [-12.5, -8.5], events);
    about(result.simple, -11.166667);
    about(result.overall, -10.5);
}

#[test]
fn no_other_dates_of_adoption_give_as_large_an_effect() {
    let result =
        staggered_randomization(&staggered_panel(), Controls::NeverTreated, seed()).unwrap();
    let expected = Permutation { p: 1.0 / 90.0, extreme: 1, total: 90, is_sampled: false };
    assert_eq!(result.permutation, expected);
}

#[test]
fn the_bootstrap_of_small_cohorts_is_said_to_be_too_narrow() {
    let result = staggered_bootstrap(&staggered_panel(), Controls::NeverTreated, seed()).unwrap();
    about_interval(result.simple, -11.75, -10.416667);
    assert_eq!((result.resamples, result.is_sampled), (64, false));
    about(result.standard_deviation, 0.351364);
    assert_eq!(result.smallest_cohort, 2);
    let since: Vec<i64> = result.event_study.keys().copied().collect();
    assert_eq!(since, [-4, -3, -2, 0, 1, 2, 3]);
}

#[test]
fn kaplan_meier_counts_those_who_are_not_there_yet() {
    let times = [2., 3., 3., 5., 8., 8., 12., 20., 24., 30.];
    let happened = [true, true, true, true, false, true, true, false, true, false];
    let observations: Vec<TimeToEvent> = times
        .into_iter()
        .zip(happened)
        .map(|(time, happened)| TimeToEvent { time, happened })
        .collect();
    let curve = kaplan_meier(&observations).unwrap();
    let expected = [
        (2., 0.9, 0.094868),
        (3., 0.7, 0.144914),
        (5., 0.6, 0.154919),
        (8., 0.5, 0.158114),
        (12., 0.375, 0.160565),
        (24., 0.1875, 0.154995),
    ];
    assert_eq!(curve.steps.len(), expected.len());
    for (step, (time, surviving, error)) in curve.steps.iter().zip(expected) {
        assert_eq!(step.time, time);
        about(step.surviving, surviving);
        about(step.standard_error.unwrap(), error);
    }
    // Half of them by 8, though the product of fractions is a little above one half.
    assert_eq!(curve.median(), Ok(8.0));
    assert_eq!(curve.time_until(0.75), Ok(24.0));
    assert_eq!(curve.time_until(0.9), Err(Reason::NotReached));
    about(curve.share_by(9.).unwrap().share, 0.5);
    assert_eq!(curve.share_by(31.), Err(Reason::BeyondObservation));
}

#[test]
fn net_promoter_score_of_fifty_answers_is_wide() {
    let counts = PromoterCounts { promoters: 25, passives: 15, detractors: 10 };
    let result = net_promoter(counts, None).unwrap();
    about(result.score, 30.0);
    about(result.standard_error, 11.045361);
    about_interval(result.wald.unwrap(), 8.351490, 51.648510);
    about_interval(result.adjusted_wald, 7.299491, 49.304283);
    let of_eighty = net_promoter(counts, Some(80)).unwrap();
    about_interval(of_eighty.wald.unwrap(), 16.659408, 43.340592);
}

#[test]
fn two_waves_of_a_survey_differ_by_the_root_of_both_variances() {
    let earlier = PromoterCounts { promoters: 25, passives: 15, detractors: 10 };
    let later = PromoterCounts { promoters: 30, passives: 15, detractors: 5 };
    let result = promoter_difference(earlier, later).unwrap();
    about(result.difference, 20.0);
    // By hand: 11.045361 and √((0.7 − 0.25) / 50) · 100 = 9.486833.
    about(result.standard_error, 14.560220);
    about_interval(result.interval, -8.537507, 48.537507);
}

#[test]
fn everybody_having_answered_leaves_no_error() {
    let counts = PromoterCounts { promoters: 2, passives: 1, detractors: 1 };
    let result = net_promoter(counts, Some(4)).unwrap();
    assert_eq!(result.standard_error, 0.0);
    assert_eq!(result.wald, Ok(Interval { low: 25.0, high: 25.0 }));
}

#[test]
fn satisfaction_is_a_mean_with_students_interval() {
    let counts = BTreeMap::from([(5, 12), (4, 14), (3, 6), (2, 3), (1, 1)]);
    let answers: Vec<f64> = counts
        .into_iter()
        .flat_map(|(score, count)| std::iter::repeat_n(f64::from(score), count))
        .collect();
    let result = mean_with_interval(&answers).unwrap();
    near(result.mean, 3.9167, 5e-5);
    let interval = result.interval.unwrap();
    near(interval.low, 3.5607, 5e-5);
    near(interval.high, 4.2727, 5e-5);
}

#[test]
fn evenness_and_gini_of_features_among_teams() {
    for (uses, even, unequal) in [
        ([20., 10., 5., 5.], 0.875, 0.3125),
        ([7., 7., 7., 7.], 1.0, 0.0),
        ([0., 9., 0., 0.], 0.0, 0.75),
    ] {
        about(evenness(&uses).unwrap(), even);
        about(gini(&uses).unwrap(), unequal);
    }
}

#[test]
fn tickets_per_developer_month_have_an_exact_interval() {
    let result = poisson_ratio(EventRate::new(60, 480.), EventRate::new(84, 420.)).unwrap();
    about(result.ratio, 0.625);
    near(result.interval.low, 0.4411, 5e-5);
    near(result.interval.high, 0.8809, 5e-5);
    near(result.p, 0.0057, 5e-5);
    // SciPy 1.17: chi2.ppf([0.025, 0.975], [120, 122]) / 2 / 480.
    let rate = poisson_rate(EventRate::new(60, 480.)).unwrap();
    about(rate.rate, 0.125);
    about_interval(rate.interval, 0.095388, 0.160900);
}

#[test]
fn sizes_that_find_a_difference_in_four_of_five_cases() {
    for (first, second, expected) in
        [(0.15, 0.1, 686), (0.1, 0.05, 435), (0.2, 0.1, 199), (0.15, 0.05, 141), (0.3, 0.15, 121)]
    {
        assert_eq!(size_per_arm(first, second), Ok(expected));
        assert_eq!(size_per_arm(second, first), Ok(expected));
    }
    about(design_effect(20., 0.1).unwrap(), 2.9);
    about(effective_size(300, 20., 0.1).unwrap(), 103.448276);
}

#[test]
fn balance_is_in_standard_deviations_and_warns_above_a_quarter() {
    // Means 2 and 3, variances 1 and 4: −1 / √2.5.
    let of_values = balance_of_values(&[1., 2., 3.], &[1., 3., 5.]).unwrap();
    about(of_values.standardized_difference, -0.632456);
    assert!(of_values.is_imbalanced);
    // 0.5 and 0.4: 0.1 / √0.245.
    let of_shares = balance_of_shares(Share::new(5, 10), Share::new(4, 10)).unwrap();
    about(of_shares.standardized_difference, 0.202031);
    assert!(!of_shares.is_imbalanced);
}

#[test]
fn evidence_grows_with_the_smaller_arm() {
    assert_eq!(evidence_for_medians(3, 50), Err(Reason::TooFewServices));
    assert_eq!(evidence_for_medians(50, 4), Ok(Evidence::LowPower));
    assert_eq!(evidence_for_medians(7, 8), Ok(Evidence::LowPower));
    assert_eq!(evidence_for_medians(8, 8), Ok(Evidence::Full));
    assert_eq!(evidence_for_medians(0, 8), Err(Reason::NoObservations));
    assert_eq!(evidence_for_shares((8, 19), (8, 500)), Err(Reason::TooFewDeployments));
    assert_eq!(evidence_for_shares((8, 20), (8, 500)), Ok(Evidence::Full));
    assert_eq!(evidence_for_panel(4, 4, 1, 2), Err(Reason::TooFewPeriods));
    assert_eq!(evidence_for_panel(4, 3, 2, 2), Err(Reason::TooFewServices));
    assert_eq!(evidence_for_panel(4, 4, 2, 2), Ok(Evidence::LowPower));
    assert_eq!(evidence_for_panel(4, 0, 2, 2), Err(Reason::NoControls));
    assert_eq!(evidence_for_panel(0, 4, 2, 2), Err(Reason::NoAdopters));
}

#[test]
fn the_seed_is_the_beginning_of_a_hash_of_its_three_words() {
    // printf 'abc' | sha256sum
    assert_eq!(Seed::new("a", "b", "c").value(), 0xba78_16bf_8f01_cfea);
}
