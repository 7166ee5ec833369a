//! What is degenerate has a name, and never a number.

use super::*;

/// Every method of two arms of values.
fn two_arm_reasons(first: &[f64], second: &[f64]) -> Vec<(&'static str, Option<Reason>)> {
    let strata = [ValuesByStratum { first: first.to_vec(), second: second.to_vec() }];
    let clusters =
        |arm: &[f64]| -> Vec<Vec<f64>> { arm.iter().map(|value| vec![*value]).collect() };
    let changes = |arm: &[f64]| -> Vec<BeforeAfter> {
        arm.iter().map(|after| BeforeAfter { before: 0.0, after: *after }).collect()
    };
    vec![
        ("rank_sum", rank_sum(first, second, seed()).err()),
        ("dominance", dominance(first, second).err()),
        ("shift", hodges_lehmann_shift(first, second).err()),
        ("ratio", hodges_lehmann_ratio(first, second).err()),
        ("mean_difference", mean_difference(first, second, seed()).err()),
        ("geometric_ratio", geometric_ratio(first, second, seed()).err()),
        ("stratified_difference", stratified_difference(&strata, seed()).err()),
        ("stratified_ratio", stratified_ratio(&strata, seed()).err()),
        (
            "bootstrap",
            bootstrap_quantile_difference(&clusters(first), &clusters(second), 0.5, seed()).err(),
        ),
        ("balance", balance_of_values(first, second).err()),
        ("before_and_after", difference_in_differences(&changes(first), &changes(second)).err()),
    ]
}

#[test]
fn an_empty_arm_is_no_observations() {
    for (method, reason) in two_arm_reasons(&[], &[1., 2., 3.]) {
        let expected = if method.starts_with("stratified") {
            Reason::NoSharedStrata
        } else {
            Reason::NoObservations
        };
        assert_eq!(reason, Some(expected), "{method}");
    }
    for (method, reason) in two_arm_reasons(&[], &[]) {
        assert_eq!(reason, Some(Reason::NoObservations), "{method}");
    }
}

#[test]
fn one_service_is_too_few() {
    for (method, reason) in two_arm_reasons(&[4.], &[1., 2., 3.]) {
        assert_eq!(reason, Some(Reason::TooFewServices), "{method}");
    }
}

#[test]
fn equal_values_are_ties_to_ranks_and_constant_to_means() {
    for (method, reason) in two_arm_reasons(&[4., 4., 4.], &[4., 4.]) {
        let expected = match method {
            "rank_sum" | "dominance" | "shift" | "ratio" => Reason::AllTies,
            _ => Reason::ConstantValues,
        };
        assert_eq!(reason, Some(expected), "{method}");
    }
}

#[test]
fn equal_values_with_rounding_errors_in_their_mean_are_constant_too() {
    let (first, second) = ([0.1; 3], [0.1; 7]);
    assert_eq!(balance_of_values(&first, &second), Err(Reason::ConstantValues));
    assert_eq!(mean_with_interval(&second).unwrap().interval, Err(Reason::ConstantValues));
}

#[test]
fn what_is_not_a_finite_number_is_said_to_be_none() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e101] {
        for (method, reason) in two_arm_reasons(&[1., bad, 2.], &[1., 2., 3.]) {
            assert_eq!(reason, Some(Reason::NotFinite), "{method} of {bad}");
        }
        assert_eq!(quantile(&[1., bad], 0.5), Err(Reason::NotFinite));
        assert_eq!(mean_with_interval(&[1., bad]).err(), Some(Reason::NotFinite));
        assert_eq!(evenness(&[1., bad]), Err(Reason::NotFinite));
        assert_eq!(gini(&[1., bad]), Err(Reason::NotFinite));
        assert_eq!(design_effect(bad, 0.5), Err(Reason::NotFinite));
        let unbounded = [EventRate::new(1, bad), EventRate::new(1, 1.)];
        assert_eq!(poisson_ratio(unbounded[0], unbounded[1]).err(), Some(Reason::NotFinite));
        let result = quasi_poisson(&unbounded, &unbounded, seed());
        assert_eq!(result.err(), Some(Reason::NotFinite));
        let times = [1., 2., bad].map(|time| TimeToEvent { time, happened: true });
        assert_eq!(kaplan_meier(&times).err(), Some(Reason::NotFinite));
        let services = panel(&[(Some(1), &[1., bad]), (None, &[1., 2.])]);
        let result = staggered_adoption(&services, Controls::NeverTreated);
        assert_eq!(result.err(), Some(Reason::NotFinite));
    }
}

#[test]
fn probabilities_outside_of_their_range_are_refused() {
    for bad in [f64::NAN, -0.1, 1.1] {
        assert_eq!(quantile(&[1., 2.], bad), Err(Reason::ShareOutOfRange));
        assert_eq!(benjamini_hochberg(&[0.5, bad]), Err(Reason::ShareOutOfRange));
        assert_eq!(holm(&[0.5, bad]), Err(Reason::ShareOutOfRange));
        assert_eq!(size_per_arm(0.5, bad), Err(Reason::ShareOutOfRange));
        assert_eq!(design_effect(2., bad), Err(Reason::ShareOutOfRange));
        let arms = [vec![1.], vec![2.]];
        let result = bootstrap_quantile_difference(&arms, &arms, bad, seed());
        assert_eq!(result.err(), Some(Reason::ShareOutOfRange));
    }
    assert_eq!(benjamini_hochberg(&[]), Err(Reason::NoObservations));
    assert_eq!(holm(&[]), Err(Reason::NoObservations));
    assert_eq!(size_per_arm(0.2, 0.2), Err(Reason::ConstantValues));
    assert_eq!(design_effect(0.5, 0.1), Err(Reason::NoObservations));
}

#[test]
fn logarithms_of_zero_and_less_are_refused() {
    for bad in [0., -0., -3., 1e-200] {
        let (first, second) = ([1., bad], [1., 2.]);
        assert_eq!(geometric_ratio(&first, &second, seed()).err(), Some(Reason::NotPositive));
        assert_eq!(hodges_lehmann_ratio(&second, &first).err(), Some(Reason::NotPositive));
        let strata = [ValuesByStratum { first: first.to_vec(), second: second.to_vec() }];
        assert_eq!(stratified_ratio(&strata, seed()).err(), Some(Reason::NotPositive));
    }
}

#[test]
fn negative_times_and_uses_are_refused() {
    let times = [1., 2., -1.].map(|time| TimeToEvent { time, happened: true });
    assert_eq!(kaplan_meier(&times).err(), Some(Reason::Negative));
    assert_eq!(evenness(&[1., -1.]), Err(Reason::Negative));
    assert_eq!(gini(&[1., -1.]), Err(Reason::Negative));
    let (past, future) = (EventRate::new(1, -1.), EventRate::new(1, 1.));
    assert_eq!(poisson_ratio(past, future).err(), Some(Reason::Negative));
}

/// Every method of two shares.
fn share_reasons(first: Share, second: Share) -> Vec<(&'static str, Option<Reason>)> {
    vec![
        ("newcombe", newcombe(first, second).err()),
        ("agresti_caffo", agresti_caffo(first, second).err()),
        ("pooled_z", pooled_z(first, second).err()),
        ("risk_ratio", risk_ratio(first, second).err()),
        ("fisher", fisher_exact(first, second).err()),
        ("wilson", wilson(first).err()),
        ("clopper_pearson", clopper_pearson(first).err()),
        ("balance", balance_of_shares(first, second).err()),
        ("strata", mantel_haenszel(&[SharesByStratum { first, second }]).err()),
        ("standardized", direct_standardization(&[SharesByStratum { first, second }]).err()),
    ]
}

#[test]
fn a_share_of_nothing_is_no_observations() {
    for (method, reason) in share_reasons(Share::new(0, 0), Share::new(1, 4)) {
        let expected = match method {
            "strata" | "standardized" => Reason::NoSharedStrata,
            _ => Reason::NoObservations,
        };
        assert_eq!(reason, Some(expected), "{method}");
    }
}

#[test]
fn more_events_than_trials_are_refused() {
    for (method, reason) in share_reasons(Share::new(5, 4), Share::new(1, 4)) {
        assert_eq!(reason, Some(Reason::PartExceedsWhole), "{method}");
    }
    let services = shares(&[(1, 4), (5, 4)]);
    assert_eq!(clustered_share(&services).err(), Some(Reason::PartExceedsWhole));
    let counts = PromoterCounts { promoters: 3, passives: 3, detractors: 3 };
    assert_eq!(net_promoter(counts, Some(8)).err(), Some(Reason::PartExceedsWhole));
}

#[test]
fn shares_without_any_event_or_with_nothing_else_have_no_test() {
    for (first, second, reason) in [
        (Share::new(0, 9), Share::new(0, 8), Reason::ZeroEvents),
        (Share::new(9, 9), Share::new(8, 8), Reason::OnlyEvents),
    ] {
        assert_eq!(pooled_z(first, second).err(), Some(reason));
        assert_eq!(fisher_exact(first, second).err(), Some(reason));
        let services = [first, first];
        let result = clustered_difference(&services, &[second, second], seed());
        assert_eq!(result.err(), Some(reason));
        assert_eq!(clustered_share(&services).unwrap().design_effect, Err(reason));
    }
    let (none, some) = (Share::new(0, 9), Share::new(3, 9));
    assert_eq!(risk_ratio(none, some).err(), Some(Reason::ZeroEvents));
    assert_eq!(fisher_exact(none, some).unwrap().odds_ratio, Err(Reason::ZeroEvents));
    let all = Share::new(9, 9);
    assert_eq!(fisher_exact(all, some).unwrap().odds_ratio, Err(Reason::OnlyEvents));
}

#[test]
fn strata_without_events_or_without_both_arms_have_no_ratio() {
    let quiet = SharesByStratum { first: Share::new(0, 9), second: Share::new(0, 8) };
    let result = mantel_haenszel(&[quiet]).unwrap();
    assert_eq!(result.risk_difference, 0.0);
    assert_eq!(result.interval, Err(Reason::ConstantValues));
    assert_eq!(result.odds_ratio.err(), Some(Reason::ZeroEvents));
    assert_eq!(result.risk_ratio.err(), Some(Reason::ZeroEvents));
    assert_eq!(result.chi_squared, Err(Reason::ZeroEvents));
    assert_eq!(result.p, Err(Reason::ZeroEvents));

    let one_sided = SharesByStratum { first: Share::new(1, 9), second: Share::new(0, 0) };
    let other_sided = SharesByStratum { first: Share::new(0, 0), second: Share::new(1, 9) };
    let split = [one_sided, other_sided];
    assert_eq!(mantel_haenszel(&split).err(), Some(Reason::NoSharedStrata));
    assert_eq!(direct_standardization(&split).err(), Some(Reason::NoSharedStrata));
    assert_eq!(mantel_haenszel(&[]).err(), Some(Reason::NoObservations));
    let both = SharesByStratum { first: Share::new(2, 9), second: Share::new(1, 9) };
    let result = mantel_haenszel(&[one_sided, both]).unwrap();
    assert_eq!((result.strata, result.dropped_strata), (1, 1));
    // Unadjusted means all that was observed: 3 of 18 against 1 of 9.
    about(result.pooled_difference, 1.0 / 18.0);
    about(result.risk_difference, 1.0 / 9.0);
}

#[test]
fn services_in_strata_without_the_other_arm_are_counted_as_dropped() {
    let stratum = |first: &[f64], second: &[f64]| ValuesByStratum {
        first: first.to_vec(),
        second: second.to_vec(),
    };
    let shared = stratum(&[1., 2.], &[3., 5.]);
    let lone = stratum(&[7., 8., 9.], &[]);
    let result = stratified_difference(&[shared.clone(), lone.clone()], seed()).unwrap();
    assert_eq!((result.strata, result.dropped_services), (1, 3));
    let without = stratified_difference(&[shared], seed()).unwrap();
    assert_eq!(result.difference, without.difference);
    let result = stratified_difference(&[lone, stratum(&[], &[1., 2.])], seed());
    assert_eq!(result.err(), Some(Reason::NoSharedStrata));
}

#[test]
fn clusters_inside_strata_have_a_reason_where_there_is_nothing_to_compare() {
    let stratum = |first: &[(u64, u64)], second: &[(u64, u64)]| ClustersByStratum {
        first: shares(first),
        second: shares(second),
    };
    let reason = |strata: &[ClustersByStratum]| clustered_strata(strata, seed()).err();
    assert_eq!(reason(&[]), Some(Reason::NoObservations));
    assert_eq!(reason(&[stratum(&[(0, 0)], &[(0, 0)])]), Some(Reason::NoObservations));
    let split = [stratum(&[(1, 9), (2, 9)], &[(0, 0)]), stratum(&[], &[(1, 9), (2, 9)])];
    assert_eq!(reason(&split), Some(Reason::NoSharedStrata));
    assert_eq!(reason(&[stratum(&[(3, 2), (1, 9)], &[(1, 9)])]), Some(Reason::PartExceedsWhole));
    assert_eq!(reason(&[stratum(&[(1, 9)], &[(1, 9), (2, 9)])]), Some(Reason::TooFewServices));
    let none = stratum(&[(0, 9), (0, 8)], &[(0, 9), (0, 3)]);
    assert_eq!(reason(&[none]), Some(Reason::ZeroEvents));
    let every = stratum(&[(9, 9), (8, 8)], &[(9, 9), (3, 3)]);
    assert_eq!(reason(&[every]), Some(Reason::OnlyEvents));

    let shared = stratum(&[(1, 9), (3, 9)], &[(0, 9), (4, 7)]);
    let lone = stratum(&[(1, 9), (2, 9), (0, 4)], &[]);
    let with = clustered_strata(&[shared.clone(), lone], seed()).unwrap();
    assert_eq!((with.strata, with.dropped_services), (1, 3));
    let without = clustered_strata(&[shared], seed()).unwrap();
    assert_eq!(with, ClusteredStrata { dropped_services: 3, ..without });

    // Shares that floating point cannot hold, one difference in both strata.
    let even = [
        stratum(&[(1, 3), (2, 6)], &[(2, 9), (4, 18)]),
        stratum(&[(4, 9), (8, 18)], &[(1, 3), (3, 9)]),
    ];
    let result = clustered_strata(&even, seed()).unwrap();
    assert_eq!(result.error, Err(Reason::ConstantValues));
    assert_eq!(result.interval, Err(Reason::ConstantValues));
    assert_eq!(result.t_p, Err(Reason::ConstantValues));
    // Nearly all deployments of the golden arm are one service's.
    let carried = stratum(&[(3, 30_000_000_000), (0, 1)], &[(1, 9), (2, 9)]);
    let result = clustered_strata(&[carried], seed()).unwrap();
    assert_eq!(result.interval, Err(Reason::TooFewServices));
}

#[test]
fn services_of_one_rate_show_no_error_to_judge_by() {
    let (first, second) = (shares(&[(1, 10), (3, 30)]), shares(&[(2, 10), (6, 30)]));
    let result = clustered_difference(&first, &second, seed()).unwrap();
    assert_eq!(result.interval, Err(Reason::ConstantValues));
    assert_eq!(result.t_p, Err(Reason::ConstantValues));
    // Shares that floating point cannot hold: a rounding error is no spread.
    for k in 1..40 {
        let first = shares(&[(k, 7 * k), (k + 2, 7 * k + 14), (3, 21)]);
        let second = shares(&[(k, 3 * k), (k + 1, 3 * k + 3)]);
        let result = clustered_difference(&first, &second, seed()).unwrap();
        assert_eq!(result.interval, Err(Reason::ConstantValues), "{k}");
        let pace = |events| EventRate::new(events, events as f64 * 0.7);
        let (first, second) = ([pace(k), pace(k + 1)], [pace(2 * k), pace(2 * k + 7)]);
        let result = quasi_poisson(&first, &second, seed()).unwrap();
        assert_eq!(result.interval, Err(Reason::ConstantValues), "{k}");
    }
    let result = quasi_poisson(&rates(&[4, 4], 1.3), &rates(&[9, 9], 1.3), seed()).unwrap();
    assert_eq!(result.interval, Err(Reason::ConstantValues));
    assert_eq!(result.t_p, Err(Reason::ConstantValues));
}

#[test]
fn services_that_never_deployed_have_no_share() {
    let services = shares(&[(0, 0), (1, 5)]);
    assert_eq!(clustered_share(&services).err(), Some(Reason::TooFewServices));
    assert_eq!(clustered_share(&shares(&[(0, 0)])).err(), Some(Reason::NoObservations));
    let with = clustered_share(&shares(&[(0, 0), (1, 5), (0, 5)])).unwrap();
    assert_eq!(with, clustered_share(&shares(&[(1, 5), (0, 5)])).unwrap());
}

#[test]
fn rates_need_events_and_time() {
    let some = rates(&[3, 4], 2.0);
    let result = quasi_poisson(&rates(&[0, 0], 2.0), &some, seed());
    assert_eq!(result.err(), Some(Reason::ZeroEvents));
    let result = quasi_poisson(&rates(&[1, 2], 0.0), &some, seed());
    assert_eq!(result.err(), Some(Reason::NoExposure));
    assert_eq!(quasi_poisson(&some[..1], &some, seed()).err(), Some(Reason::TooFewServices));
    assert_eq!(quasi_poisson(&[], &some, seed()).err(), Some(Reason::NoObservations));
    let (none, one) = (EventRate::new(0, 1.), EventRate::new(1, 1.));
    assert_eq!(poisson_ratio(one, none).err(), Some(Reason::ZeroEvents));
    assert_eq!(poisson_ratio(none, none).err(), Some(Reason::ZeroEvents));
    assert_eq!(poisson_ratio(none, one).unwrap().ratio, 0.0);
    let without = poisson_rate(none).unwrap();
    assert_eq!((without.rate, without.interval.low), (0.0, 0.0));
    assert!(without.interval.high > 0.0);
    assert_eq!(poisson_rate(EventRate::new(1, 0.0)).err(), Some(Reason::NoExposure));
}

#[test]
fn surveys_without_answers_or_without_spread_have_no_interval() {
    let counts =
        |promoters, passives, detractors| PromoterCounts { promoters, passives, detractors };
    assert_eq!(net_promoter(counts(0, 0, 0), None).err(), Some(Reason::NoObservations));
    let result = net_promoter(counts(4, 0, 0), None).unwrap();
    assert_eq!(result.score, 100.0);
    assert_eq!(result.wald, Err(Reason::ConstantValues));
    assert!(result.adjusted_wald.low < 90.0 && result.adjusted_wald.high <= 100.0);
    let difference = promoter_difference(counts(4, 0, 0), counts(0, 3, 0));
    assert_eq!(difference.err(), Some(Reason::ConstantValues));
    assert_eq!(mean_with_interval(&[3.]).unwrap().interval, Err(Reason::TooFewObservations));
    assert_eq!(mean_with_interval(&[]).err(), Some(Reason::NoObservations));
}

#[test]
fn evenness_needs_groups_and_use() {
    assert_eq!(evenness(&[3.]), Err(Reason::TooFewGroups));
    assert_eq!(evenness(&[0., 0.]), Err(Reason::ZeroEvents));
    assert_eq!(gini(&[]), Err(Reason::NoObservations));
}

#[test]
fn curves_say_where_they_end() {
    let observe = |times: &[(f64, bool)]| {
        let one = |(time, happened): &(f64, bool)| TimeToEvent { time: *time, happened: *happened };
        kaplan_meier(&times.iter().map(one).collect::<Vec<_>>())
    };
    assert_eq!(observe(&[]).err(), Some(Reason::NoObservations));
    assert_eq!(observe(&[(1., true), (2., true)]).err(), Some(Reason::TooFewObservations));
    let nobody = observe(&[(1., false), (2., false), (3., false)]).unwrap();
    assert_eq!(nobody.median(), Err(Reason::NotReached));
    assert_eq!(nobody.share_by(2.).unwrap().interval, Err(Reason::ZeroEvents));
    assert_eq!(nobody.share_by(4.).err(), Some(Reason::BeyondObservation));
    let all = observe(&[(1., true), (2., true), (3., true)]).unwrap();
    let after = all.share_by(100.).unwrap();
    assert_eq!((after.share, after.interval), (1.0, Err(Reason::OnlyEvents)));
    assert_eq!(after.standard_error, Err(Reason::OnlyEvents));
    assert_eq!(all.time_until(1.1), Err(Reason::ShareOutOfRange));
    assert_eq!(all.share_by(f64::NAN).err(), Some(Reason::NotFinite));
}

fn panel(services: &[(Option<usize>, &[f64])]) -> Vec<Adopter> {
    let service = |(adopted_in, outcomes): &(Option<usize>, &[f64])| Adopter {
        is_washed_out: false,
        adopted_in: *adopted_in,
        stratum: 0,
        outcomes: outcomes.iter().copied().map(Some).collect(),
    };
    services.iter().map(service).collect()
}

#[test]
fn panels_need_periods_adopters_and_controls() {
    for (services, controls, reason) in [
        (panel(&[]), Controls::NeverTreated, Reason::NoObservations),
        (panel(&[(Some(1), &[1.]), (None, &[2.])]), Controls::NeverTreated, Reason::TooFewPeriods),
        (
            panel(&[(Some(1), &[1., 2.]), (None, &[2.])]),
            Controls::NeverTreated,
            Reason::UnequalLengths,
        ),
        (
            panel(&[(None, &[1., 2.]), (None, &[3., 5.])]),
            Controls::NeverTreated,
            Reason::NoAdopters,
        ),
        (
            panel(&[(Some(0), &[1., 2.]), (None, &[3., 5.])]),
            Controls::NeverTreated,
            Reason::NoAdopters,
        ),
        (
            panel(&[(Some(1), &[1., 2.]), (Some(1), &[3., 5.])]),
            Controls::NotYetTreated,
            Reason::NoControls,
        ),
        (
            panel(&[(Some(1), &[1., 2.]), (Some(0), &[3., 5.])]),
            Controls::NotYetTreated,
            Reason::NoControls,
        ),
        (
            panel(&[(Some(1), &[4., 4.]), (None, &[4., 4.])]),
            Controls::NeverTreated,
            Reason::ConstantValues,
        ),
    ] {
        assert_eq!(staggered_adoption(&services, controls).err(), Some(reason));
        assert_eq!(staggered_randomization(&services, controls, seed()).err(), Some(reason));
        assert_eq!(staggered_bootstrap(&services, controls, seed()).err(), Some(reason));
    }
    let alike = panel(&[(Some(1), &[1., 2.]), (None, &[1., 1.])]);
    let result = staggered_bootstrap(&alike, Controls::NeverTreated, seed());
    assert_eq!(result.err(), Some(Reason::ConstantValues));
    let result = staggered_adoption(&alike, Controls::NeverTreated).unwrap();
    assert_eq!(result.pretrend_max, Err(Reason::TooFewPeriods));
}

#[test]
fn a_large_trend_before_the_adoption_is_flagged() {
    let services = panel(&[(Some(2), &[9., 1., 4.]), (None, &[1., 1., 1.])]);
    let result = staggered_adoption(&services, Controls::NeverTreated).unwrap();
    assert_eq!((result.simple, result.pretrend_max), (3.0, Ok(8.0)));
    assert!(result.is_pretrend_large);
}

#[test]
fn a_service_that_adopts_after_the_panel_is_one_that_does_not() {
    let never = panel(&[(Some(1), &[1., 3.]), (None, &[1., 2.])]);
    let later = panel(&[(Some(1), &[1., 3.]), (Some(2), &[1., 2.])]);
    for controls in [Controls::NeverTreated, Controls::NotYetTreated] {
        assert_eq!(staggered_adoption(&never, controls), staggered_adoption(&later, controls));
    }
}

#[test]
fn every_reason_has_a_word_of_its_own_and_a_sentence() {
    let words: std::collections::BTreeSet<&str> = Reason::ALL.map(Reason::as_str).into();
    assert_eq!(words.len(), Reason::ALL.len());
    for reason in Reason::ALL {
        let word = reason.as_str();
        assert!(word.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{word}");
        assert!(reason.to_string().contains(' '), "{reason}");
        // The word is the name in snake case, so that code and tables can be searched alike.
        let joined: String = word.split('_').collect();
        assert_eq!(joined, format!("{reason:?}").to_lowercase());
    }
}
