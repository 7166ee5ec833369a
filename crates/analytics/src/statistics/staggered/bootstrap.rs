//! How much would the effects vary with other services?

use std::{collections::BTreeMap, ops::Range};

use rand::RngExt;

use super::{Adopter, Controls, event_study, groups, overall, panel::Panel, simple};
use crate::statistics::{
    Interval, Reason, Seed,
    distributions::TAIL,
    quantile::of_sorted,
    values::{is_constant, variance},
};

/// Up to so many resamples are all looked at.
const ENUMERATED: f64 = 100_000.0;
/// How many are drawn otherwise. Fewer than in simpler bootstraps, as each one is a whole
/// estimation.
const DRAWS: usize = 5_000;

/// Percentile intervals (type 7) of the effects of a staggered adoption.
#[derive(Debug, Clone, PartialEq)]
pub struct StaggeredBootstrap {
    /// Interval of the simple effect, in the unit of the outcome.
    pub simple: Interval,
    /// Standard deviation of the resampled simple effects.
    pub standard_deviation: f64,
    /// Interval of the overall effect.
    pub overall: Interval,
    /// Intervals of the event study by periods since the adoption.
    pub event_study: BTreeMap<i64, Interval>,
    /// Services in the smallest cohort, services that don't adopt being one: with fewer than
    /// [`BOOTSTRAP_SERVICES`](crate::statistics::BOOTSTRAP_SERVICES) all intervals are too narrow.
    pub smallest_cohort: u64,
    /// Resamples looked at.
    pub resamples: u64,
    /// True where they are a random sample, false where they are all there are.
    pub is_sampled: bool,
}

/// Cluster bootstrap: resamples services with replacement inside each cohort. Assumes what
/// [`staggered_adoption`](super::staggered_adoption()) does, and that services stand for a larger
/// fleet. All resamples are looked at where there are at most 100,000, else 5,000 random ones;
/// those in which a gap of the panel leaves no effect don't count.
///
/// No number where the effects have none, or where no resample differs from another.
pub fn staggered_bootstrap(
    services: &[Adopter],
    controls: Controls,
    seed: Seed,
) -> Result<StaggeredBootstrap, Reason> {
    let panel = Panel::new(services)?;
    let adopted = panel.adopted();
    let mut cohorts: Vec<Range<usize>> = Vec::new();
    for cohort in adopted.chunk_by(|a, b| a == b) {
        let start = cohorts.last().map_or(0, |before| before.end);
        cohorts.push(start..start + cohort.len());
    }
    let (mut simples, mut overalls) = (Vec::new(), Vec::new());
    let mut events: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    let is_sampled = resample(&cohorts, seed, |times| {
        let cells = panel.cells(&adopted, times, controls, true);
        if let Some(effect) = simple(&cells) {
            simples.push(effect);
            overalls.push(overall(&groups(&cells), |cohort| panel.cohort_size(cohort)));
        }
        for (since, effect) in event_study(&cells) {
            events.entry(since).or_default().push(effect);
        }
    });
    if simples.is_empty() {
        return Err(Reason::NoControls);
    }
    if is_constant(&simples) {
        return Err(Reason::ConstantValues);
    }
    Ok(StaggeredBootstrap {
        standard_deviation: variance(&simples).sqrt(),
        resamples: simples.len() as u64,
        simple: percentiles(simples),
        overall: percentiles(overalls),
        event_study: events.into_iter().map(|(e, effects)| (e, percentiles(effects))).collect(),
        smallest_cohort: cohorts.iter().map(|cohort| cohort.len() as u64).min().unwrap_or(0),
        is_sampled,
    })
}

fn percentiles(mut effects: Vec<f64>) -> Interval {
    effects.sort_by(f64::total_cmp);
    Interval { low: of_sorted(&effects, TAIL), high: of_sorted(&effects, 1.0 - TAIL) }
}

/// Visits resamples as the number of times each service is in them; true where they are drawn.
fn resample(cohorts: &[Range<usize>], seed: Seed, mut visit: impl FnMut(&[u64])) -> bool {
    let count: f64 = cohorts.iter().map(|c| (c.len() as f64).powf(c.len() as f64)).product();
    // The cohort each pick is from.
    let from: Vec<&Range<usize>> =
        cohorts.iter().flat_map(|cohort| std::iter::repeat_n(cohort, cohort.len())).collect();
    let mut picks: Vec<usize> = from.iter().map(|cohort| cohort.start).collect();
    let mut times = vec![0; picks.len()];
    let mut show = |picks: &[usize]| {
        times.fill(0);
        for service in picks {
            times[*service] += 1;
        }
        visit(&times);
    };
    if count > ENUMERATED {
        let mut rng = seed.rng();
        for _ in 0..DRAWS {
            for (pick, cohort) in picks.iter_mut().zip(&from) {
                *pick = rng.random_range((*cohort).clone());
            }
            show(&picks);
        }
        return true;
    }
    loop {
        show(&picks);
        let Some(at) = (0..picks.len()).find(|at| picks[*at] + 1 < from[*at].end) else {
            return false;
        };
        picks[at] += 1;
        for before in 0..at {
            picks[before] = from[before].start;
        }
    }
}
