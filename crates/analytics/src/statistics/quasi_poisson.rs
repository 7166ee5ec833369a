//! Ratio of the rates of two arms of services: how much more often does one deploy?

use super::{
    EventRate, Interval, Permutation, Reason, Seed,
    distributions::{t_quantile, t_two_sided},
    relabelling::permutation_test,
};

/// A ratio of rates with an error that services, not events, decide.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuasiPoisson {
    /// Events per unit of exposure of the first arm.
    pub first_rate: f64,
    /// Events per unit of exposure of the second arm.
    pub second_rate: f64,
    /// First rate over second.
    pub ratio: f64,
    /// φ: how many times more the services of an arm vary than Poisson counts would.
    pub dispersion: f64,
    /// Standard error of the logarithm of the ratio.
    pub log_standard_error: f64,
    /// Services of both arms − 2.
    pub degrees_of_freedom: u64,
    /// Interval of the ratio. No number where the services of each arm have exactly the same rate,
    /// so that there is no error to see.
    pub interval: Result<Interval, Reason>,
    /// Two-sided p of the same t; the interval excludes 1 where it is below 0.05.
    pub t_p: Result<f64, Reason>,
    /// Test of the logarithm of the ratio by permuting services between the arms.
    pub permutation: Permutation,
}

/// Quasi-Poisson ratio of two rates (McCullagh and Nelder, *Generalized Linear Models*, 1989,
/// section 6.2): Poisson's standard error times √φ, with φ from Pearson's χ² over m + n − 2. Two
/// arms have a closed form, so no model is fitted. Assumes that services are independent and that
/// their variance grows in proportion to the mean. One count and exposure a service.
///
/// No number with fewer than two services in an arm, without exposure, or without events in an
/// arm.
pub fn quasi_poisson(
    first: &[EventRate],
    second: &[EventRate],
    seed: Seed,
) -> Result<QuasiPoisson, Reason> {
    let (first, second) = (in_order(first)?, in_order(second)?);
    let ((events1, time1), (events2, time2)) = (sum(&first), sum(&second));
    if events1 == 0.0 || events2 == 0.0 {
        return Err(Reason::ZeroEvents);
    }
    let (first_rate, second_rate) = (events1 / time1, events2 / time2);
    let degrees_of_freedom = (first.len() + second.len() - 2) as u64;
    let freedom = degrees_of_freedom as f64;
    let squares = pearson(&first, first_rate) + pearson(&second, second_rate);
    let dispersion = squares / freedom;
    // The rate of equal services can miss theirs by a rounding error, which is no spread.
    let spread = if dispersion > 1e-12 { Ok(()) } else { Err(Reason::ConstantValues) };
    let log_standard_error = (dispersion * (1.0 / events1 + 1.0 / events2)).sqrt();
    let ratio = first_rate / second_rate;
    Ok(QuasiPoisson {
        first_rate,
        second_rate,
        ratio,
        dispersion,
        log_standard_error,
        degrees_of_freedom,
        interval: spread.and_then(|()| interval(ratio, t_quantile(freedom) * log_standard_error)),
        t_p: spread.map(|()| t_two_sided(ratio.ln() / log_standard_error, freedom)),
        permutation: permute(&first, &second, ratio.ln(), seed),
    })
}

fn interval(ratio: f64, log_half_width: f64) -> Result<Interval, Reason> {
    let factor = log_half_width.exp();
    let interval = Interval { low: ratio / factor, high: ratio * factor };
    // So few services and events that the upper end is beyond all numbers.
    if interval.high.is_finite() { Ok(interval) } else { Err(Reason::TooFewServices) }
}

fn in_order(arm: &[EventRate]) -> Result<Vec<EventRate>, Reason> {
    if arm.is_empty() {
        return Err(Reason::NoObservations);
    }
    for service in arm {
        service.check()?;
    }
    if arm.len() < 2 {
        return Err(Reason::TooFewServices);
    }
    let mut arm = arm.to_vec();
    sort(&mut arm);
    Ok(arm)
}

fn sort(services: &mut [EventRate]) {
    services.sort_by(|a, b| a.events.cmp(&b.events).then(a.exposure.total_cmp(&b.exposure)));
}

fn sum(arm: &[EventRate]) -> (f64, f64) {
    let events = arm.iter().map(|service| service.events as f64).sum();
    (events, arm.iter().map(|service| service.exposure).sum())
}

/// Pearson's χ² of the services of an arm against its rate.
fn pearson(arm: &[EventRate], rate: f64) -> f64 {
    let off = |service: &EventRate| {
        let expected = rate * service.exposure;
        (service.events as f64 - expected).powi(2) / expected
    };
    arm.iter().map(off).sum()
}

fn permute(first: &[EventRate], second: &[EventRate], observed: f64, seed: Seed) -> Permutation {
    let blocks = [(first.len(), second.len())];
    let mut pooled = [first, second].concat();
    sort(&mut pooled);
    permutation_test(&blocks, observed, seed, |labels| {
        let (mut inside, mut outside) = ((0.0, 0.0), (0.0, 0.0));
        for (service, label) in pooled.iter().zip(labels) {
            let arm = if *label { &mut inside } else { &mut outside };
            arm.0 += service.events as f64;
            arm.1 += service.exposure;
        }
        // Where all events fall to one arm this is infinite, which is as extreme as can be.
        (inside.0 / inside.1).ln() - (outside.0 / outside.1).ln()
    })
}
