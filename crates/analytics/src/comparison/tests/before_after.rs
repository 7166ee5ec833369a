//! Services followed over windows of ten instants; the adoption is in the third of six.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use crate::comparison::ComparisonRow;
use crate::comparison::before_after::{Panel, Turn};
use crate::comparison::numbers::ServiceNumbers;
use crate::comparison::strata::Strata;

const WINDOWS: i64 = 6;
const ADOPTED_AT: i64 = 25;

struct Fleet(Panel);

impl Fleet {
    fn new() -> Fleet {
        Fleet(Panel {
            sees_failures: false,
            windows: (0..WINDOWS).map(|at| (at * 10, at * 10 + 10)).collect(),
            turns: BTreeMap::new(),
            numbers: BTreeMap::new(),
            strata: Strata::default(),
        })
    }

    /// Adds a service with the logarithm of its lead time in each window.
    fn add(&mut self, stratum: &str, has_adopted: bool, lead_time: impl Fn(i64) -> f64) {
        let service = format!("s{:03}", self.0.turns.len());
        let adopted_at = has_adopted.then_some(ADOPTED_AT);
        self.0.turns.insert(service.clone(), Turn { adopted_at, left_at: None });
        self.0.strata.0.insert(service.clone(), stratum.to_owned());
        for at in 0..WINDOWS {
            let lead_time = Some(lead_time(at).exp());
            let numbers = ServiceNumbers { lead_time, changes: 20, ..ServiceNumbers::default() };
            self.0.numbers.insert((service.clone(), at * 10), numbers);
        }
    }

    fn headline(&self) -> ComparisonRow {
        let mut rows = self.0.compared().into_iter();
        rows.find(|row| row.metric == "change_lead_time" && row.stratum == "all").expect("a row")
    }
}

/// Services of strata, as many adopters and others of each as told, whose adoption halves lead times.
fn halved(strata: &[(&str, usize, usize)]) -> ComparisonRow {
    let mut fleet = Fleet::new();
    let mut count = 0;
    for (stratum, adopters, others) in strata {
        for has_adopted in [vec![true; *adopters], vec![false; *others]].concat() {
            count += 1;
            // A spread that no two services share.
            let own = f64::from(count * count % 7);
            fleet.add(stratum, has_adopted, |at| {
                let effect = if has_adopted && at > 2 { 0.5_f64.ln() } else { 0.0 };
                9.0 + own + effect + 0.01 * own * (at % 2) as f64
            });
        }
    }
    let row = fleet.headline();
    assert_eq!(row, fleet.headline(), "the same again");
    row
}

#[test]
fn dates_of_adoption_change_places_within_tier_and_language() {
    let together = halved(&[("1, rust", 5, 5)]);
    assert!(together.estimate.is_some_and(|ratio| (0.45..0.55).contains(&ratio)), "{together:?}");
    // Of C(10, 5) ways the dates as they are, and those of the others', are the extreme ones.
    assert_eq!(together.p_value, Some(2.0 / 252.0));
    assert_eq!(together.q_value, together.p_value, "nothing else was tested");
    assert!(together.words.starts_with("estimated effect"), "{}", together.words);
    assert!(together.words.ends_with("5 others)"), "{}", together.words);
    // C(6, 3) · C(6, 3) ways; those of one tier alone are not as far off.
    let apart = halved(&[("1, rust", 3, 3), ("3, go", 3, 3)]);
    assert_eq!(apart.p_value, Some(2.0 / 400.0));
}

#[test]
fn where_no_stratum_has_two_dates_they_change_places_over_all_and_it_is_said() {
    let names: Vec<String> = (0..10).map(|at| format!("1, language {at}")).collect();
    let alone: Vec<(&str, usize, usize)> = names
        .iter()
        .enumerate()
        .map(|(at, name)| (name.as_str(), usize::from(at < 5), usize::from(at >= 5)))
        .collect();
    for strata in [alone, vec![("1, rust", 5, 0), ("3, rust", 0, 5)]] {
        let row = halved(&strata);
        assert_eq!(row.p_value, Some(2.0 / 252.0));
        assert!(row.words.contains("dealt out over all services"), "{}", row.words);
    }
}

#[test]
fn few_ways_to_change_places_cannot_show_an_effect_and_it_is_said() {
    let row = halved(&[("1, rust", 4, 0), ("2, rust", 1, 1), ("3, rust", 0, 4)]);
    assert_eq!(row.p_value, Some(0.5));
    assert!(row.words.starts_with("no clear effect"), "{}", row.words);
    let reason = "in 2 ways only, so that p cannot be below 0.50";
    assert!(row.words.ends_with(reason), "{}", row.words);
}

#[test]
fn a_tier_that_slows_down_and_adopts_more_often_is_no_effect() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let (fleets, mut found, mut found_over_all) = (200, 0, 0);
    for _ in 0..fleets {
        let mut fleet = Fleet::new();
        for (tier, adopters, slowing) in [("1", 6, 0.3), ("3", 1, 0.0)] {
            for at in 0..7 {
                let mut unit = || (0..4).map(|_| rng.random::<f64>()).sum::<f64>() - 2.0;
                let own: Vec<f64> = (0..WINDOWS).map(|_| 0.3 * unit()).collect();
                fleet.add(tier, at < adopters, |at| 9.0 + slowing * at as f64 + own[at as usize]);
            }
        }
        let is_found = |fleet: &Fleet| fleet.headline().p_value.is_some_and(|p| p <= 0.05);
        found += u32::from(is_found(&fleet));
        fleet.0.strata = Strata::default();
        found_over_all += u32::from(is_found(&fleet));
    }
    // Three standard errors of a share of 5 % among 200 are 4.6 points.
    assert!((1..=19).contains(&found), "{found} of {fleets}");
    assert!(found_over_all > 60, "only {found_over_all}: these fleets would not show a wrong test");
}
