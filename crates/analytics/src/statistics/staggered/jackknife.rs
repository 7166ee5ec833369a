//! How exact is an effect, where cohorts are too small to resample?

use std::collections::BTreeMap;

use super::{Adopter, Controls, event_study, panel::Panel, simple};
use crate::statistics::{
    Interval, Reason,
    distributions::t_quantile,
    values::{is_constant, mean},
};

/// Intervals of the effects of a staggered adoption from leaving out one service at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct StaggeredJackknife {
    /// Standard error of the simple effect, in the unit of the outcome.
    pub standard_error: f64,
    /// Degrees of freedom of the intervals: services − 2.
    pub degrees_of_freedom: u64,
    /// Interval of the simple effect.
    pub simple: Interval,
    /// Intervals of the event study by periods since the adoption. Left out where a single service
    /// carries an effect, so that without it there is none.
    pub event_study: BTreeMap<i64, Interval>,
}

/// Delete-one jackknife over services (Efron and Tibshirani, *An Introduction to the Bootstrap*,
/// 1993, chapter 11): variance (n − 1)/n · Σ(θ₍ᵢ₎ − θ̄)², interval effect ± t · standard error. Needs
/// no cohort to be large, as the bootstrap inside cohorts does, for every service is weighed against
/// all others; assumes what [`staggered_adoption`](super::staggered_adoption()) does, and that
/// services are independent.
///
/// No number where the effects have none, where leaving out one service leaves no effect, or where
/// no service makes a difference.
pub fn staggered_jackknife(
    services: &[Adopter],
    controls: Controls,
) -> Result<StaggeredJackknife, Reason> {
    let panel = Panel::new(services)?;
    let (adopted, once) = (panel.adopted(), panel.once());
    let whole = panel.cells(&adopted, &once, controls, true);
    let effect = simple(&whole).ok_or(Reason::NoControls)?;
    let events = event_study(&whole);
    let mut simples = Vec::with_capacity(once.len());
    let mut left: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for at in 0..once.len() {
        let mut times = once.clone();
        times[at] = 0;
        let cells = panel.cells(&adopted, &times, controls, true);
        simples.push(simple(&cells).ok_or(Reason::TooFewServices)?);
        for (since, effect) in event_study(&cells) {
            left.entry(since).or_default().push(effect);
        }
    }
    let freedom = (once.len() as u64).checked_sub(2).filter(|freedom| *freedom > 0);
    let freedom = freedom.ok_or(Reason::TooFewServices)?;
    if is_constant(&simples) {
        return Err(Reason::ConstantValues);
    }
    let around = |effect: f64, left: &[f64]| {
        let half = t_quantile(freedom as f64) * standard_error(left);
        Interval { low: effect - half, high: effect + half }
    };
    let event_study = events.iter().filter_map(|(since, effect)| {
        let left = left.get(since).filter(|left| left.len() == once.len())?;
        Some((*since, around(*effect, left)))
    });
    Ok(StaggeredJackknife {
        standard_error: standard_error(&simples),
        degrees_of_freedom: freedom,
        simple: around(effect, &simples),
        event_study: event_study.collect(),
    })
}

fn standard_error(left: &[f64]) -> f64 {
    let (count, mean) = (left.len() as f64, mean(left));
    let squares: f64 = left.iter().map(|effect| (effect - mean).powi(2)).sum();
    ((count - 1.0) / count * squares).sqrt()
}
