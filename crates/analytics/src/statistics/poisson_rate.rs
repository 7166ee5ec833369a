//! A rate of independent events.

use super::{
    EventRate, Interval, Reason,
    distributions::{TAIL, gamma_quantile},
};

/// A Poisson rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoissonRate {
    /// Events per unit of exposure.
    pub rate: f64,
    /// Exact interval of the rate.
    pub interval: Interval,
}

/// Rate of a Poisson count with Garwood's interval (Biometrika 28, 1936): the rates with which
/// neither so few nor so many events would be rarer than 2.5 %, by the quantiles of the gamma
/// distribution, which are half those of χ². Covers at least 95 %, mostly more. For tickets per
/// developer-month. Assumes that events are independent and the rate constant: where one event
/// brings others, as an outage does tickets, the interval is too narrow.
///
/// Without events the rate is 0 with an interval above it. No number without exposure.
pub fn poisson_rate(observed: EventRate) -> Result<PoissonRate, Reason> {
    observed.check()?;
    let events = observed.events as f64;
    let low = if observed.events == 0 { 0.0 } else { gamma_quantile(TAIL, events) };
    let high = gamma_quantile(1.0 - TAIL, events + 1.0);
    Ok(PoissonRate {
        rate: events / observed.exposure,
        interval: Interval { low: low / observed.exposure, high: high / observed.exposure },
    })
}
