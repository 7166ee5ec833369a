//! Random cases against SciPy, statsmodels, lifelines and brute force; `reference.json` is written
//! by `scripts/statistics_reference.py`.

use serde_json::Value;

use super::*;

fn cases(method: &str) -> Vec<Value> {
    let mut all: Value = serde_json::from_str(include_str!("reference.json")).unwrap();
    let cases = all[method].as_array_mut().map(std::mem::take).unwrap_or_default();
    assert!(!cases.is_empty(), "{method} has no cases");
    cases
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn share(value: &Value) -> Share {
    Share::new(value[0].as_u64().unwrap(), value[1].as_u64().unwrap())
}

fn rate(value: &Value) -> EventRate {
    EventRate::new(value[0].as_u64().unwrap(), number(&value[1]))
}

fn each<T>(value: &Value, read: impl Fn(&Value) -> T) -> Vec<T> {
    value.as_array().unwrap().iter().map(read).collect()
}

/// Relative, and for numbers that small p-values are, absolute.
#[track_caller]
fn same(actual: f64, expected: &Value, case: &Value) {
    let expected = number(expected);
    let tolerance = 1e-6 * expected.abs() + 1e-14;
    assert!((actual - expected).abs() <= tolerance, "{actual} is not {expected} in {case}");
}

#[track_caller]
fn same_interval(actual: Interval, expected: &Value, case: &Value) {
    same(actual.low, &expected[0], case);
    same(actual.high, &expected[1], case);
}

#[test]
fn quantiles_are_those_of_numpy() {
    for case in cases("quantiles") {
        let value = quantile(&numbers(&case["values"]), number(&case["q"])).unwrap();
        same(value, &case["expected"], &case);
    }
}

#[test]
fn intervals_of_a_share_are_those_of_statsmodels() {
    for case in cases("shares") {
        let share = share(&case["share"]);
        same_interval(wilson(share).unwrap(), &case["wilson"], &case);
        same_interval(clopper_pearson(share).unwrap(), &case["clopper_pearson"], &case);
    }
}

#[test]
fn comparisons_of_two_shares_are_those_of_statsmodels_and_scipy() {
    for case in cases("share_pairs") {
        let (first, second) = (share(&case["first"]), share(&case["second"]));
        same_interval(newcombe(first, second).unwrap(), &case["newcombe"], &case);
        same_interval(agresti_caffo(first, second).unwrap(), &case["agresti_caffo"], &case);
        same_interval(risk_ratio(first, second).unwrap().interval, &case["katz"], &case);
        let z = pooled_z(first, second).unwrap();
        same(z.z, &case["z"][0], &case);
        same(z.p, &case["z"][1], &case);
        let fisher = fisher_exact(first, second).unwrap();
        same(fisher.p, &case["fisher"][0], &case);
        same(fisher.odds_ratio.unwrap(), &case["fisher"][1], &case);
    }
}

#[test]
fn clustered_shares_are_those_of_brute_force() {
    for case in cases("clustered") {
        let (first, second) = (each(&case["first"], share), each(&case["second"], share));
        let result = clustered_difference(&first, &second, seed()).unwrap();
        for (arm, at) in [(result.first, 0), (result.second, 1)] {
            same(arm.standard_error, &case["standard_errors"][at], &case);
            same(arm.design_effect.unwrap(), &case["design_effects"][at], &case);
        }
        same_interval(result.interval.unwrap(), &case["interval"], &case);
        same(result.t_p.unwrap(), &case["t_p"], &case);
        same(result.permutation.p, &case["permutation_p"], &case);
        assert!(!result.permutation.is_sampled);
    }
}

#[test]
fn effects_and_tests_of_two_arms_are_those_of_scipy_and_brute_force() {
    for case in cases("two_arms") {
        let (first, second) = (numbers(&case["first"]), numbers(&case["second"]));
        let ranks = rank_sum(&first, &second, seed()).unwrap();
        assert_eq!(ranks.method, RankSumMethod::Exact);
        same(ranks.u, &case["u"], &case);
        same(ranks.p, &case["u_p"], &case);
        same(dominance(&first, &second).unwrap().cliffs_delta, &case["delta"], &case);
        for (result, estimate, interval) in [
            (hodges_lehmann_shift(&first, &second), "shift", "shift_interval"),
            (hodges_lehmann_ratio(&first, &second), "ratio", "ratio_interval"),
        ] {
            let result = result.unwrap();
            same(result.estimate, &case[estimate], &case);
            match result.interval {
                Ok(ranked) => {
                    same_interval(ranked.interval, &case[interval], &case);
                    same(ranked.coverage, &case["coverage"], &case);
                    assert_eq!(Some(ranked.rank), case["rank"].as_u64());
                }
                Err(reason) => {
                    assert_eq!(reason, Reason::TooFewServices);
                    assert!(case[interval].is_null(), "{case}");
                }
            }
        }
        let means = mean_difference(&first, &second, seed()).unwrap();
        same(means.difference, &case["mean_difference"], &case);
        same(means.permutation.p, &case["mean_p"], &case);
        let ratio = geometric_ratio(&first, &second, seed()).unwrap();
        same(ratio.ratio, &case["geometric_ratio"], &case);
        same(ratio.permutation.p, &case["geometric_p"], &case);
    }
}

#[test]
fn mann_whitney_with_ties_is_that_of_brute_force() {
    for case in cases("tied_arms") {
        let result = rank_sum(&numbers(&case["first"]), &numbers(&case["second"]), seed()).unwrap();
        same(result.u, &case["u"], &case);
        same(result.p, &case["p"], &case);
        assert!(matches!(result.method, RankSumMethod::Permutation(_)));
    }
}

#[test]
fn mann_whitney_and_hodges_lehmann_of_many_services_are_those_of_scipy_and_brute_force() {
    for case in cases("large_arms") {
        let (first, second) = (numbers(&case["first"]), numbers(&case["second"]));
        let ranks = rank_sum(&first, &second, seed()).unwrap();
        assert_eq!(ranks.method, RankSumMethod::Normal);
        same(ranks.u, &case["u"], &case);
        same(ranks.p, &case["p"], &case);
        let shift = hodges_lehmann_shift(&first, &second).unwrap();
        same(shift.estimate, &case["shift"], &case);
        same_interval(shift.interval.unwrap().interval, &case["interval"], &case);
    }
}

#[test]
fn enumerated_bootstraps_are_those_of_brute_force() {
    for case in cases("bootstraps") {
        let (first, second) = (each(&case["first"], numbers), each(&case["second"], numbers));
        let q = number(&case["q"]);
        let result = bootstrap_quantile_difference(&first, &second, q, seed()).unwrap();
        assert!(!result.is_sampled);
        same(result.difference, &case["difference"], &case);
        same_interval(result.interval, &case["interval"], &case);
        same(result.mean, &case["mean"], &case);
        same(result.standard_deviation, &case["sd"], &case);
    }
}

#[test]
fn sampled_bootstraps_come_near_the_whole_distribution() {
    for case in cases("sampled_bootstraps") {
        let (first, second) = (each(&case["first"], numbers), each(&case["second"], numbers));
        let q = number(&case["q"]);
        let result = bootstrap_quantile_difference(&first, &second, q, seed()).unwrap();
        assert!(result.is_sampled);
        for (end, expected) in [(result.interval.low, "low"), (result.interval.high, "high")] {
            let ends = numbers(&case[expected]);
            // Different quantiles are few, and an end may be one of the limits.
            let is_between = ends[0] - 1e-9 <= end && end <= ends[1] + 1e-9;
            assert!(is_between, "{expected} is {end} in {case}");
        }
        // Six standard errors of a mean of 10,000 draws, and twice what the deviation varies by.
        let deviation = number(&case["sd"]);
        assert!((result.mean - number(&case["mean"])).abs() < 0.06 * deviation);
        assert!((result.standard_deviation / deviation - 1.0).abs() < 0.05);
    }
}

#[test]
fn ratios_of_poisson_rates_are_those_of_scipys_binomial_test() {
    for case in cases("poisson_ratios") {
        let result = poisson_ratio(rate(&case["first"]), rate(&case["second"])).unwrap();
        same(result.ratio, &case["ratio"], &case);
        same_interval(result.interval, &case["interval"], &case);
        same(result.p, &case["p"], &case);
    }
}

#[test]
fn intervals_of_a_poisson_rate_are_those_of_scipys_chi_squared() {
    for case in cases("poisson_rates") {
        let result = poisson_rate(rate(&case["rate"])).unwrap();
        same(result.rate, &case["expected"], &case);
        same_interval(result.interval, &case["interval"], &case);
    }
}

#[test]
fn quasi_poisson_ratios_are_those_of_a_fitted_model() {
    for case in cases("quasi_poissons") {
        let (first, second) = (each(&case["first"], rate), each(&case["second"], rate));
        let result = quasi_poisson(&first, &second, seed()).unwrap();
        same(result.ratio, &case["ratio"], &case);
        same(result.dispersion, &case["dispersion"], &case);
        same(result.log_standard_error, &case["error"], &case);
        same_interval(result.interval.unwrap(), &case["interval"], &case);
        same(result.t_p.unwrap(), &case["t_p"], &case);
        same(result.permutation.p, &case["permutation_p"], &case);
    }
}

#[test]
fn adjusted_p_values_are_those_of_statsmodels() {
    for case in cases("families") {
        let p = numbers(&case["p"]);
        for (adjusted, expected) in
            [(benjamini_hochberg(&p).unwrap(), "bh"), (holm(&p).unwrap(), "holm")]
        {
            for (at, adjusted) in adjusted.into_iter().enumerate() {
                same(adjusted, &case[expected][at], &case);
            }
        }
    }
}

#[test]
fn mantel_haenszel_estimates_are_those_of_statsmodels() {
    for case in cases("strata_of_shares") {
        let strata = each(&case["strata"], |pair| SharesByStratum {
            first: share(&pair[0]),
            second: share(&pair[1]),
        });
        let result = mantel_haenszel(&strata).unwrap();
        same(result.risk_difference, &case["rd"], &case);
        same_interval(result.interval.unwrap(), &case["rd_interval"], &case);
        let (odds, risk) = (result.odds_ratio.unwrap(), result.risk_ratio.unwrap());
        same(odds.ratio, &case["or"], &case);
        same_interval(odds.interval, &case["or_interval"], &case);
        same(risk.ratio, &case["rr"], &case);
        same_interval(risk.interval, &case["rr_interval"], &case);
        same(result.chi_squared.unwrap(), &case["chi_squared"], &case);
        same(result.p.unwrap(), &case["p"], &case);
        let standardized = direct_standardization(&strata).unwrap();
        same(standardized.first, &case["standardized"][0], &case);
        same(standardized.second, &case["standardized"][1], &case);
    }
}

#[test]
fn differences_of_clusters_inside_strata_are_those_of_the_linear_model_of_trials() {
    for case in cases("strata_of_clusters") {
        let strata = each(&case["strata"], |stratum| ClustersByStratum {
            first: each(&stratum["first"], share),
            second: each(&stratum["second"], share),
        });
        let result = clustered_strata(&strata, seed()).unwrap();
        let error = result.error.unwrap();
        same(result.risk_difference, &case["rd"], &case);
        same(error.standard_error, &case["error"], &case);
        same(error.degrees_of_freedom, &case["df"], &case);
        same_interval(result.interval.unwrap(), &case["interval"], &case);
        same(result.t_p.unwrap(), &case["t_p"], &case);
        same(result.permutation.p, &case["permutation_p"], &case);
        assert!(!result.permutation.is_sampled);
    }
}

#[test]
fn blocked_permutations_are_those_of_brute_force() {
    for case in cases("strata_of_values") {
        let strata = each(&case["strata"], |stratum| ValuesByStratum {
            first: numbers(&stratum["first"]),
            second: numbers(&stratum["second"]),
        });
        let result = stratified_ratio(&strata, seed()).unwrap();
        same(result.logarithms.difference, &case["log_difference"], &case);
        same(result.logarithms.permutation.p, &case["p"], &case);
    }
}

#[test]
fn standardized_differences_are_those_of_numpy() {
    for case in cases("balances") {
        let result =
            balance_of_values(&numbers(&case["first"]), &numbers(&case["second"])).unwrap();
        same(result.standardized_difference, &case["of_values"], &case);
        let result =
            balance_of_shares(share(&case["shares"][0]), share(&case["shares"][1])).unwrap();
        same(result.standardized_difference, &case["of_shares"], &case);
    }
}

#[test]
fn differences_in_differences_are_those_of_scipys_welch_test() {
    let pair = |value: &Value| BeforeAfter { before: number(&value[0]), after: number(&value[1]) };
    for case in cases("befores_and_afters") {
        let result = difference_in_differences(
            &each(&case["adopters"], pair),
            &each(&case["controls"], pair),
        )
        .unwrap();
        same(result.effect, &case["effect"], &case);
        same(result.t, &case["t"], &case);
        same(result.degrees_of_freedom, &case["df"], &case);
        same(result.p, &case["p"], &case);
        same_interval(result.interval, &case["interval"], &case);
    }
}

#[test]
fn staggered_effects_are_those_of_their_definition() {
    for case in cases("panels") {
        let services = each(&case["panel"], |service| Adopter {
            is_washed_out: false,
            adopted_in: service["adopted_in"].as_u64().map(|place| place as usize),
            stratum: 0,
            outcomes: each(&service["outcomes"], Value::as_f64),
        });
        for (controls, name) in
            [(Controls::NeverTreated, "never"), (Controls::NotYetTreated, "not_yet")]
        {
            let expected = &case[name];
            let result = staggered_adoption(&services, controls).unwrap();
            let effects = expected["effects"].as_array().unwrap();
            assert_eq!(result.effects.len(), effects.len(), "{case}");
            for (effect, expected) in result.effects.iter().zip(effects) {
                assert_eq!(Some(effect.cohort as u64), expected[0].as_u64());
                assert_eq!(Some(effect.period as u64), expected[1].as_u64());
                near(effect.effect, number(&expected[2]), 1e-9);
            }
            same(result.simple, &expected["simple"], &case);
            same(result.overall, &expected["overall"], &case);
            let events = expected["event_study"].as_object().unwrap();
            assert_eq!(result.event_study.len(), events.len());
            for (since, effect) in &result.event_study {
                near(*effect, number(&events[&since.to_string()]), 1e-9);
            }
            let before = result.event_study.range(..-1).map(|(_, effect)| effect.abs());
            assert_eq!(result.pretrend_max.ok(), before.reduce(f64::max));
            let randomized = staggered_randomization(&services, controls, seed()).unwrap();
            same(randomized.permutation.p, &expected["randomization_p"], &case);
        }
    }
}

#[test]
fn promoter_scores_are_means_of_plus_and_minus_one() {
    for case in cases("promoters") {
        let count = |at: usize| case["counts"][at].as_u64().unwrap();
        let counts =
            PromoterCounts { promoters: count(0), passives: count(1), detractors: count(2) };
        let result = net_promoter(counts, None).unwrap();
        near(result.score, number(&case["score"]), 1e-9);
        same_interval(result.wald.unwrap(), &case["wald"], &case);
        same_interval(result.adjusted_wald, &case["adjusted"], &case);
        let result = net_promoter(counts, case["people"].as_u64()).unwrap();
        same_interval(result.wald.unwrap(), &case["of_population"], &case);
    }
}

#[test]
fn intervals_of_a_mean_are_those_of_scipy() {
    for case in cases("means") {
        let result = mean_with_interval(&numbers(&case["values"])).unwrap();
        same(result.mean, &case["mean"], &case);
        same_interval(result.interval.unwrap(), &case["interval"], &case);
    }
}

#[test]
fn evenness_and_gini_are_those_of_scipy_and_brute_force() {
    for case in cases("spreads") {
        let uses = numbers(&case["uses"]);
        same(evenness(&uses).unwrap(), &case["evenness"], &case);
        same(gini(&uses).unwrap(), &case["gini"], &case);
    }
}

#[test]
fn survival_curves_are_those_of_lifelines() {
    for case in cases("survivals") {
        let times = numbers(&case["times"]);
        let happened = each(&case["happened"], |value| value.as_bool().unwrap());
        let observations: Vec<TimeToEvent> = times
            .into_iter()
            .zip(happened)
            .map(|(time, happened)| TimeToEvent { time, happened })
            .collect();
        let curve = kaplan_meier(&observations).unwrap();
        let share = curve.share_by(number(&case["at"])).unwrap();
        same(share.share, &case["share"], &case);
        same_interval(share.interval.unwrap(), &case["interval"], &case);
        if case["is_close"] == Value::Bool(false) {
            assert_eq!(curve.median().ok(), case["median"].as_f64(), "{case}");
        }
        let (low, high) = curve.median_ends();
        assert_eq!(low.ok(), case["median_ends"][0].as_f64(), "{case}");
        assert_eq!(high.ok(), case["median_ends"][1].as_f64(), "{case}");
    }
}

#[test]
fn sizes_per_arm_are_those_of_the_formula_in_scipy() {
    for case in cases("sizes") {
        let size = size_per_arm(number(&case["p1"]), number(&case["p2"]));
        assert_eq!(size.ok(), case["n"].as_u64(), "{case}");
    }
}
