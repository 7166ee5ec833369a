//! Comparisons of fleets that were made up with a known truth.

mod before_after;

use std::collections::BTreeMap;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::arms::{Arms, Member};
use super::cross_section::compared;
use super::numbers::ServiceNumbers;
use super::{ComparisonRow, words};

/// A fleet of golden and off-road services.
#[derive(Default)]
struct Fleet {
    arms: Arms,
    numbers: BTreeMap<String, ServiceNumbers>,
    changes: BTreeMap<String, Vec<f64>>,
}

impl Fleet {
    fn new() -> Fleet {
        let arms = Arms {
            comparison: "golden-path".to_owned(),
            pairs: vec![("golden".to_owned(), "off_road".to_owned())],
            ..Arms::default()
        };
        Fleet { arms, ..Fleet::default() }
    }

    /// Adds a service of an arm and stratum.
    fn add(&mut self, arm: &str, stratum: &str, numbers: ServiceNumbers) {
        let service = format!("{arm}-{stratum}-{:04}", self.numbers.len());
        let member = Member { arm: arm.to_owned(), stratum: stratum.to_owned() };
        self.arms.members.insert(service.clone(), member);
        self.numbers.insert(service, numbers);
    }

    fn rows(&self) -> Vec<ComparisonRow> {
        compared(&self.arms, &self.numbers, &self.changes, true)
    }

    fn row(&self, metric: &str, stratum: &str) -> ComparisonRow {
        let found =
            self.rows().into_iter().find(|row| row.metric == metric && row.stratum == stratum);
        found.unwrap_or_else(|| panic!("no row of {metric} for {stratum}"))
    }
}

fn hours(hours: f64) -> ServiceNumbers {
    ServiceNumbers { lead_time: Some(hours * 3600.0), changes: 5, ..ServiceNumbers::default() }
}

fn shares(failures: u64, deployments: u64) -> ServiceNumbers {
    ServiceNumbers {
        is_watched: true,
        failures,
        changes_to_production: deployments,
        deployments,
        reworkable: deployments,
        days: 91.0,
        ..ServiceNumbers::default()
    }
}

/// A service that draws its numbers; `slowness` and `fragility` are 1 for an ordinary one.
fn drawn(rng: &mut impl Rng, slowness: f64, fragility: f64) -> ServiceNumbers {
    let spread = |rng: &mut dyn FnMut() -> f64| (rng() + rng() + rng() - 1.5) * 1.2;
    let mut unit = || rng.random::<f64>();
    let lead_time = 24.0 * 3600.0 * slowness * spread(&mut unit).exp();
    let recovery = 2.0 * 3600.0 * slowness * spread(&mut unit).exp();
    let deployments = (20.0 / slowness * spread(&mut unit).exp()).round().max(1.0);
    let risk = 0.15 * fragility * (0.5 + unit());
    let trials = 0..deployments as u64;
    let failures = trials.clone().filter(|_| unit() < risk).count() as u64;
    let reworks = trials.filter(|_| unit() < risk).count() as u64;
    ServiceNumbers {
        lead_time: Some(lead_time),
        changes: 20,
        recovery: (failures > 0).then_some(recovery),
        recoveries: failures,
        deployments: deployments as u64,
        days: 91.0,
        changes_to_production: deployments as u64,
        failures,
        reworkable: deployments as u64,
        reworks,
        is_watched: true,
        ..ServiceNumbers::default()
    }
}

#[track_caller]
fn assert_near(found: Option<f64>, expected: f64) {
    let near = found.is_some_and(|found| (found - expected).abs() < 1e-6);
    assert!(near, "{found:?} is not {expected}");
}

/// Service medians of the reference's test B.
fn worked() -> Fleet {
    let mut fleet = Fleet::new();
    for one in [4.0, 6.0, 10.0, 3.5, 11.0, 7.0] {
        fleet.add("golden", "all of them", hours(one));
    }
    for one in [26.0, 13.5, 57.5, 14.0, 48.0, 8.0] {
        fleet.add("off_road", "all of them", hours(one));
    }
    fleet
}

#[test]
fn lead_times_are_compared_by_the_medians_of_services() {
    let row = worked().row("change_lead_time", "all");
    assert_near(row.estimate, 0.277_350_098);
    assert_near(row.ci_low, 0.121_739_130);
    assert_near(row.ci_high, 0.75);
    assert_near(row.p_value, 8.0 / 924.0);
    assert_eq!(row.evidence.as_deref(), Some("low_power"));
    assert!(row.words.starts_with("golden path is faster: associated with 0.28×"), "{}", row.words);
}

#[test]
fn arms_that_change_places_give_the_mirrored_result() {
    let fleet = worked();
    let mut mirrored = worked();
    mirrored.arms.pairs = vec![("off_road".to_owned(), "golden".to_owned())];
    let (one, other) =
        (fleet.row("change_lead_time", "all"), mirrored.row("change_lead_time", "all"));
    assert_near(other.estimate, 1.0 / one.estimate.expect("an estimate"));
    assert_near(other.p_value, one.p_value.expect("a p"));
    assert!(other.words.starts_with("off-road is slower"), "{}", other.words);
}

#[test]
fn fail_rates_are_compared_by_services_and_not_by_deployments() {
    // Test E of the reference.
    let mut fleet = Fleet::new();
    for (failures, all) in [(1, 60), (0, 50), (5, 40), (2, 40), (1, 25), (3, 25)] {
        fleet.add("golden", "all of them", shares(failures, all));
    }
    for (failures, all) in [(10, 60), (2, 80), (8, 40), (1, 50), (6, 30), (3, 40)] {
        fleet.add("off_road", "all of them", shares(failures, all));
    }
    let row = fleet.row("change_fail_rate", "all");
    assert_near(row.estimate, -0.05);
    assert_near(row.ci_low, -0.142_393_349);
    assert_near(row.ci_high, 0.042_393_349);
    assert_near(row.p_value, 250.0 / 924.0);
    assert!(row.words.starts_with("no clear difference in change fail rate"), "{}", row.words);
}

#[test]
fn frequencies_are_compared_by_rates_of_services() {
    // Test F of the reference: deployments in thirteen weeks.
    let mut fleet = Fleet::new();
    for count in [26, 39, 13, 52, 20, 30] {
        fleet.add("golden", "all of them", shares(0, count));
    }
    for count in [6, 13, 9, 26, 4, 14] {
        fleet.add("off_road", "all of them", shares(0, count));
    }
    let row = fleet.row("deployment_frequency", "all");
    assert_near(row.estimate, 2.5);
    assert_near(row.p_value, 22.0 / 924.0);
    let low = row.ci_low.expect("an interval");
    assert!((low - 1.1817).abs() < 1e-5, "{low}");
    assert!(row.words.starts_with("golden path deploys more often"), "{}", row.words);
}

#[test]
fn where_strata_say_the_opposite_both_are_told_together() {
    // Test H of the reference, its deployments spread over services.
    let mut fleet = Fleet::new();
    for _ in 0..10 {
        fleet.add("golden", "tier 1", shares(2, 20));
        fleet.add("off_road", "tier 3", shares(1, 40));
    }
    for _ in 0..2 {
        fleet.add("off_road", "tier 1", shares(3, 25));
        fleet.add("golden", "tier 3", shares(1, 50));
    }
    let all = fleet.row("change_fail_rate", "all");
    assert_near(all.estimate, 22.0 / 300.0 - 16.0 / 450.0);
    assert!(all.words.contains("golden path fails more often"), "{}", all.words);
    assert!(all.words.ends_with(words::TURNED), "{}", all.words);
    let adjusted = fleet.row("change_fail_rate", "adjusted");
    assert_near(adjusted.estimate, -0.01);
    // Services of an arm and tier are all alike here, so that none of the other ways to deal out
    // arms, 12 · 11 / 2 in each tier, is as far off.
    assert_near(adjusted.p_value, 1.0 / (66.0 * 66.0));
    let words = "within tiers and languages, golden path fails less often";
    assert!(adjusted.words.starts_with(words), "{}", adjusted.words);
}

#[test]
fn shares_within_tiers_have_an_interval_and_a_p_of_services() {
    // Two tiers of the services of test E of the reference.
    let golden = [(1, 60), (0, 50), (5, 40), (2, 40), (1, 25), (3, 25)];
    let off_road = [(10, 60), (2, 80), (8, 40), (1, 50), (6, 30), (3, 40)];
    let mut fleet = Fleet::new();
    for (at, ((a, m), (b, n))) in golden.into_iter().zip(off_road).enumerate() {
        let tier = if at < 3 { "tier 1" } else { "tier 2" };
        fleet.add("golden", tier, shares(a, m));
        fleet.add("off_road", tier, shares(b, n));
    }
    // A tier without the other arm, and a service that was never deployed, count for nothing.
    fleet.add("golden", "tier 3", shares(0, 40));
    fleet.add("golden", "tier 4", shares(0, 40));
    fleet.add("off_road", "tier 4", shares(0, 0));
    let row = fleet.row("change_fail_rate", "adjusted");
    assert_eq!((row.services_a, row.services_b), (6, 6));
    assert_eq!((row.facts_a, row.facts_b), (Some(240), Some(300)));
    // By the matrices of single deployments, and all 400 ways: scripts/statistics_reference.py.
    assert_near(row.estimate, -0.050_097_466);
    assert_near(row.ci_low, -0.153_922_960);
    assert_near(row.ci_high, 0.053_728_029);
    assert_near(row.p_value, 108.0 / 400.0);
    assert_eq!((row.method.as_str(), row.unit.as_str()), ("mantel_haenszel", "difference"));
}

#[test]
fn few_deployments_in_shared_tiers_are_no_evidence() {
    let mut fleet = Fleet::new();
    for _ in 0..4 {
        fleet.add("golden", "tier 1", shares(1, 4));
        fleet.add("golden", "tier 2", shares(1, 40));
        fleet.add("off_road", "tier 1", shares(1, 40));
        fleet.add("off_road", "tier 3", shares(1, 40));
    }
    assert_eq!(fleet.row("change_fail_rate", "all").reason, None);
    let adjusted = fleet.row("change_fail_rate", "adjusted");
    assert_eq!(adjusted.reason.as_deref(), Some("too_few_deployments"));
}

#[test]
fn a_planted_effect_is_found_and_a_harm_is_called_one() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for (slowness, words) in [(0.4, "golden path is faster"), (2.5, "golden path is slower")] {
        let mut fleet = Fleet::new();
        for _ in 0..20 {
            fleet.add("golden", "one", drawn(&mut rng, slowness, 1.0));
            fleet.add("off_road", "one", drawn(&mut rng, 1.0, 1.0));
        }
        let row = fleet.row("change_lead_time", "all");
        assert!(row.words.starts_with(words), "{}", row.words);
        assert!(row.q_value.is_some_and(|q| q <= 0.10), "{row:?}");
        let (low, high) = (row.ci_low.expect("one"), row.ci_high.expect("one"));
        assert!(low < slowness && slowness < high, "{low} to {high} holds {slowness}");
    }
}

#[test]
fn confounding_that_reverses_an_effect_is_seen_through() {
    // Golden services are twice as fast as others of their tier, but most of them are of the tier
    // that is eight times slower.
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let mut fleet = Fleet::new();
    for (arm, tier, count, slowness) in [
        ("golden", "tier 1", 20, 4.0),
        ("golden", "tier 3", 5, 0.5),
        ("off_road", "tier 1", 5, 8.0),
        ("off_road", "tier 3", 20, 1.0),
    ] {
        for _ in 0..count {
            fleet.add(arm, tier, drawn(&mut rng, slowness, 1.0));
        }
    }
    let all = fleet.row("change_lead_time", "all");
    assert!(all.words.contains("golden path is slower"), "{}", all.words);
    assert!(all.words.ends_with(words::TURNED), "{}", all.words);
    let adjusted = fleet.row("change_lead_time", "adjusted");
    let ratio = adjusted.estimate.expect("an estimate");
    assert!((0.3..0.8).contains(&ratio), "half as long within tiers: {ratio}");
    assert!(adjusted.p_value.is_some_and(|p| p < 0.05), "{adjusted:?}");
}

#[test]
fn fleets_without_an_effect_are_seldom_said_to_have_one() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let (fleets, mut clear, mut headlines) = (1_000, BTreeMap::<String, u32>::new(), 0);
    for _ in 0..fleets {
        let mut fleet = Fleet::new();
        for _ in 0..5 {
            fleet.add("golden", "one", drawn(&mut rng, 1.0, 1.0));
            fleet.add("off_road", "one", drawn(&mut rng, 1.0, 1.0));
        }
        let rows = fleet.rows();
        let rows: Vec<_> = rows.iter().filter(|row| row.stratum == "all").collect();
        for row in &rows {
            let is_clear = row.estimate.is_some() && !row.words.starts_with("no clear");
            *clear.entry(row.metric.clone()).or_default() += u32::from(is_clear);
        }
        headlines += u32::from(rows.iter().any(|row| row.q_value.is_some_and(|q| q <= 0.05)));
    }
    // Three standard errors of a share of 5 % among a thousand are 2.1 points.
    for (metric, count) in &clear {
        assert!(*count <= 71, "{metric}: {count} of {fleets}");
    }
    assert_eq!(clear.len(), 5);
    assert!(headlines <= 71, "any of the five, corrected: {headlines} of {fleets}");
}

#[test]
fn tiers_that_differ_are_seldom_said_to_be_an_effect_within_them() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let (fleets, mut adjusted, mut all) = (300, BTreeMap::<String, u32>::new(), 0);
    for _ in 0..fleets {
        let mut fleet = Fleet::new();
        for (tier, golden, off_road, slowness, fragility) in
            [("1", 5, 1, 1.5, 4.0), ("3", 1, 5, 1.0, 0.5)]
        {
            for arm in [vec!["golden"; golden], vec!["off_road"; off_road]].concat() {
                fleet.add(arm, tier, drawn(&mut rng, slowness, fragility));
            }
        }
        for row in fleet.rows() {
            let is_clear = row.estimate.is_some() && !row.words.contains("no clear");
            match row.stratum.as_str() {
                "adjusted" => *adjusted.entry(row.metric).or_default() += u32::from(is_clear),
                "all" if row.metric == "change_fail_rate" => all += u32::from(is_clear),
                _ => {}
            }
        }
    }
    assert!(all > 60, "only {all}: these fleets would not show a wrong test");
    assert_eq!(adjusted.len(), 5);
    // Three standard errors of a share of 5 % among 300 are 3.8 points.
    for (metric, count) in &adjusted {
        assert!(*count <= 26, "{metric}: {count} of {fleets}");
    }
}

#[test]
fn too_few_services_ties_and_empty_arms_have_a_reason_and_no_number() {
    let reason = |golden: &[f64], off_road: &[f64]| {
        let mut fleet = Fleet::new();
        golden.iter().for_each(|one| fleet.add("golden", "one", hours(*one)));
        off_road.iter().for_each(|one| fleet.add("off_road", "one", hours(*one)));
        let row = fleet.row("change_lead_time", "all");
        let numbers = [row.estimate, row.ci_low, row.ci_high, row.p_value, row.q_value];
        assert!(numbers.iter().all(Option::is_none), "{row:?}");
        row.reason.expect("a reason")
    };
    assert_eq!(reason(&[], &[1.0; 4]), "no_observations");
    assert_eq!(reason(&[1.0], &[2.0, 3.0, 4.0, 5.0]), "too_few_services");
    assert_eq!(reason(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), "too_few_services");
    assert_eq!(reason(&[2.0; 5], &[2.0; 5]), "all_ties");
    let mut fleet = Fleet::new();
    for _ in 0..4 {
        fleet.add("golden", "one", shares(0, 4));
        fleet.add("off_road", "one", shares(1, 100));
    }
    let few = fleet.row("change_fail_rate", "all");
    assert_eq!(few.reason.as_deref(), Some("too_few_deployments"));
    assert!(few.words.contains("16 and 400"), "{}", few.words);
    let missing = fleet.row("change_fail_rate", "adjusted");
    assert_eq!(missing.reason.as_deref(), Some("no_shared_strata"));
}

#[test]
fn arms_whose_failures_are_known_to_a_different_degree_are_not_compared_by_them() {
    let mut fleet = Fleet::new();
    for _ in 0..6 {
        let watched = ServiceNumbers { incidents: 4, linked_incidents: 4, ..shares(4, 40) };
        fleet.add("golden", "one", watched);
        let unwatched = ServiceNumbers { incidents: 4, linked_incidents: 1, ..shares(1, 40) };
        fleet.add("off_road", "one", unwatched);
    }
    let row = fleet.row("change_fail_rate", "all");
    assert_eq!(row.reason.as_deref(), Some("coverage_differs"));
    assert_eq!(row.estimate, None);
    assert!(fleet.row("deployment_frequency", "all").reason.is_none(), "which is no failure");
    let mut half_blind = Fleet::new();
    for _ in 0..6 {
        half_blind.add("golden", "one", ServiceNumbers { is_watched: false, ..shares(0, 40) });
        half_blind.add("off_road", "one", shares(4, 40));
    }
    let unseen = half_blind.row("change_fail_rate", "all");
    assert_eq!(
        unseen.reason.as_deref(),
        Some("coverage_differs"),
        "no incident ever, or no record"
    );
    let blind = compared(&fleet.arms, &fleet.numbers, &fleet.changes, false);
    let rework = blind.iter().find(|row| row.metric == "deployment_rework_rate");
    assert_eq!(rework.and_then(|row| row.reason.as_deref()), Some("no_failure_source"));
}

#[test]
fn with_eight_services_of_each_quantiles_of_all_changes_are_resampled() {
    let mut fleet = Fleet::new();
    for at in 0..8 {
        fleet.add("golden", "one", hours(2.0 + f64::from(at)));
        fleet.add("off_road", "one", hours(20.0 + f64::from(at)));
    }
    for (service, numbers) in &fleet.numbers {
        let median = numbers.lead_time.expect("one");
        fleet.changes.insert(service.clone(), vec![median - 60.0, median, median + 60.0]);
    }
    let row = fleet.row("change_lead_time", "all, p50");
    // The medians of both arms are 18 hours apart, in every resample at least 11.
    assert_near(row.estimate, -18.0 * 3600.0);
    assert!(row.ci_high.is_some_and(|high| high < -11.0 * 3600.0), "{row:?}");
    assert_eq!((row.method.as_str(), row.unit.as_str()), (words::BOOTSTRAP, "seconds"));
    assert_eq!(worked().rows().iter().filter(|row| row.method == words::BOOTSTRAP).count(), 0);
}
