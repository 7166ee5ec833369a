//! Cluster bootstrap of a difference of pooled quantiles.

use std::cmp::Ordering;

use rand::RngExt;

use super::{
    Interval, Reason, Seed,
    distributions::TAIL,
    quantile::{between, of_sorted, position},
    values::{mean, sorted, variance},
};

/// Up to so many resamples are all looked at.
const ENUMERATED: f64 = 100_000.0;
/// How many are drawn otherwise.
const DRAWS: usize = 10_000;

/// A bootstrapped difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// Quantile of the first arm − quantile of the second, in the unit of the values.
    pub difference: f64,
    /// From the quantile 0.025 to 0.975 (type 7) of the resampled differences.
    pub interval: Interval,
    /// Mean of the resampled differences.
    pub mean: f64,
    /// Standard deviation of the resampled differences.
    pub standard_deviation: f64,
    /// Resamples looked at.
    pub resamples: u64,
    /// True where they are a random sample, false where they are all there are.
    pub is_sampled: bool,
}

/// Difference of a quantile of all changes of an arm, with a percentile interval from resampling
/// whole services with replacement inside each arm (Davison and Hinkley, *Bootstrap Methods and
/// their Application*, 1997, section 3.8). Assumes the services stand for a larger fleet; the
/// interval is too narrow with fewer than eight in an arm. All mᵐ·nⁿ resamples are looked at where
/// there are at most 100,000, else 10,000 random ones.
///
/// An arm is a list of services, a service the values of its changes, in any unit. Services without
/// values are left out. No number with fewer than two services in an arm, with a value that is not
/// finite, or where all values are equal.
pub fn bootstrap_quantile_difference(
    first: &[Vec<f64>],
    second: &[Vec<f64>],
    probability: f64,
    seed: Seed,
) -> Result<Bootstrap, Reason> {
    if !(0.0..=1.0).contains(&probability) {
        return Err(Reason::ShareOutOfRange);
    }
    let (first, second) = (services(first)?, services(second)?);
    if first.len() < 2 || second.len() < 2 {
        return Err(Reason::TooFewServices);
    }
    // Drawn in an order that does not depend on which arm is called the first, so that arms which
    // change places give the mirrored result.
    if second < first {
        let swapped = resample(&Arm::new(&second), &Arm::new(&first), probability, seed)?;
        return Ok(Bootstrap {
            difference: -swapped.difference,
            mean: -swapped.mean,
            interval: Interval { low: -swapped.interval.high, high: -swapped.interval.low },
            ..swapped
        });
    }
    resample(&Arm::new(&first), &Arm::new(&second), probability, seed)
}

/// Percentile interval of a quantile of all changes of one arm, resampled as those of
/// [`bootstrap_quantile_difference`].
///
/// No number with fewer than two services, with a value that is not finite, or where all values are
/// equal.
pub fn bootstrap_quantile(
    services: &[Vec<f64>],
    probability: f64,
    seed: Seed,
) -> Result<Interval, Reason> {
    if !(0.0..=1.0).contains(&probability) {
        return Err(Reason::ShareOutOfRange);
    }
    let services = self::services(services)?;
    if services.len() < 2 {
        return Err(Reason::TooFewServices);
    }
    let arm = Arm::new(&services);
    if arm.values.iter().all(|(value, _)| *value == arm.values[0].0) {
        return Err(Reason::ConstantValues);
    }
    let mut quantiles = if arm.possible() > ENUMERATED {
        let mut rng = seed.rng();
        (0..DRAWS).map(|_| arm.drawn(&mut rng, probability)).collect()
    } else {
        arm.every(probability)
    };
    quantiles.sort_by(f64::total_cmp);
    Ok(of_resamples(&quantiles))
}

/// The interval that holds the middle 95 % of sorted resamples.
fn of_resamples(sorted: &[f64]) -> Interval {
    Interval { low: of_sorted(sorted, TAIL), high: of_sorted(sorted, 1.0 - TAIL) }
}

/// The services that have values, each sorted, in an order of their own.
fn services(arm: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, Reason> {
    let observed = arm.iter().filter(|service| !service.is_empty());
    let mut services: Vec<Vec<f64>> =
        observed.map(|values| sorted(values)).collect::<Result<_, _>>()?;
    // All are finite, so they always compare.
    services.sort_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    if services.is_empty() { Err(Reason::NoObservations) } else { Ok(services) }
}

fn resample(first: &Arm, second: &Arm, probability: f64, seed: Seed) -> Result<Bootstrap, Reason> {
    if first.values.iter().chain(&second.values).all(|(value, _)| *value == first.values[0].0) {
        return Err(Reason::ConstantValues);
    }
    let all = |arm: &Arm| arm.quantile(&vec![1; arm.sizes.len()], probability);
    let difference = all(first) - all(second);
    let is_sampled = first.possible() * second.possible() > ENUMERATED;
    let mut differences = if is_sampled {
        let mut rng = seed.rng();
        let mut draw = |arm: &Arm| arm.drawn(&mut rng, probability);
        (0..DRAWS).map(|_| draw(first) - draw(second)).collect()
    } else {
        let (of_first, of_second) = (first.every(probability), second.every(probability));
        let mut differences = Vec::with_capacity(of_first.len() * of_second.len());
        for quantile in &of_first {
            differences.extend(of_second.iter().map(|other| quantile - other));
        }
        differences
    };
    differences.sort_by(f64::total_cmp);
    Ok(Bootstrap {
        difference,
        interval: of_resamples(&differences),
        mean: mean(&differences),
        standard_deviation: variance(&differences).sqrt(),
        resamples: differences.len() as u64,
        is_sampled,
    })
}

/// All values of an arm, laid out so that the quantile of a resample costs a walk along its
/// services and not along its values.
struct Arm {
    /// Value and service, by value.
    values: Vec<(f64, usize)>,
    /// Number of values by service.
    sizes: Vec<usize>,
    /// After each so many values as there are services: how many are of each service up to there.
    counts: Vec<Vec<u32>>,
}

impl Arm {
    fn new(services: &[Vec<f64>]) -> Arm {
        let mut values: Vec<(f64, usize)> = Vec::new();
        for (service, own) in services.iter().enumerate() {
            values.extend(own.iter().map(|value| (*value, service)));
        }
        values.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut so_far = vec![0; services.len()];
        let mut counts = vec![so_far.clone()];
        for chunk in values.chunks(services.len()) {
            for (_, service) in chunk {
                so_far[*service] += 1;
            }
            counts.push(so_far.clone());
        }
        Arm { values, sizes: services.iter().map(Vec::len).collect(), counts }
    }

    /// Number of resamples that there are.
    fn possible(&self) -> f64 {
        (self.sizes.len() as f64).powf(self.sizes.len() as f64)
    }

    /// Quantile of a random resample.
    fn drawn(&self, rng: &mut impl RngExt, probability: f64) -> f64 {
        let mut times = vec![0; self.sizes.len()];
        for _ in 0..times.len() {
            let service = rng.random_range(0..times.len());
            times[service] += 1;
        }
        self.quantile(&times, probability)
    }

    /// Quantile of the pooled values when each service is taken so many times.
    fn quantile(&self, times: &[usize], probability: f64) -> f64 {
        let pooled: usize = self.sizes.iter().zip(times).map(|(size, times)| size * times).sum();
        let (rank, fraction) = position(pooled, probability);
        let low = self.nth(times, rank);
        let high = if fraction == 0.0 { low } else { self.nth(times, rank + 1) };
        between(low, high, fraction)
    }

    /// Value of a rank, from zero, among the pooled values.
    fn nth(&self, times: &[usize], rank: usize) -> f64 {
        let before = |counts: &Vec<u32>| -> usize {
            counts.iter().zip(times).map(|(count, times)| *count as usize * times).sum()
        };
        let chunk = self.counts.partition_point(|counts| before(counts) <= rank).max(1) - 1;
        let mut seen = before(&self.counts[chunk]);
        for (value, service) in &self.values[chunk * self.sizes.len()..] {
            seen += times[*service];
            if seen > rank {
                return *value;
            }
        }
        // Not reached: a rank is below the number of pooled values.
        self.values[self.values.len() - 1].0
    }

    /// Quantiles of all mᵐ resamples.
    fn every(&self, probability: f64) -> Vec<f64> {
        let services = self.sizes.len();
        let mut picks = vec![0; services];
        let mut quantiles = Vec::new();
        loop {
            let mut times = vec![0; services];
            for service in &picks {
                times[*service] += 1;
            }
            quantiles.push(self.quantile(&times, probability));
            let Some(at) = picks.iter().position(|service| service + 1 < services) else {
                return quantiles;
            };
            picks[at] += 1;
            picks[..at].fill(0);
        }
    }
}
