//! Ratio of two rates of independent events.

use super::{
    Interval, Reason, Share, clopper_pearson, distributions::no_likelier, values::check_finite,
};

/// Events in a time under observation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EventRate {
    /// How many events.
    pub events: u64,
    /// Time under observation, in a unit that both sides share: weeks, developer-months.
    pub exposure: f64,
}

impl EventRate {
    /// So many events in so much time.
    pub fn new(events: u64, exposure: f64) -> EventRate {
        EventRate { events, exposure }
    }

    pub(super) fn check(self) -> Result<(), Reason> {
        check_finite(&[self.exposure])?;
        if self.exposure < 0.0 {
            return Err(Reason::Negative);
        }
        // As far below one as the largest magnitude is above it, so that rates stay finite.
        if self.exposure < 1e-100 { Err(Reason::NoExposure) } else { Ok(()) }
    }
}

/// A ratio of two Poisson rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoissonRatio {
    /// First rate over second.
    pub ratio: f64,
    /// Exact interval of the ratio.
    pub interval: Interval,
    /// Exact two-sided p.
    pub p: f64,
}

/// Ratio of two Poisson rates (Przyborowski and Wilenski, Biometrika 31, 1940): given the sum of
/// both counts, the first is binomial, so Clopper and Pearson's interval and the exact binomial
/// test apply; its p is the probability of all splits of the sum that are no likelier than the one
/// observed, not twice a tail: so it may fall on the other side of 5 % than the interval, which
/// misses 2.5 % on either side, when it is very near. For tickets per developer-month, or for one service before and after. Assumes that
/// events are independent and rates constant; deployments of many services are not, see
/// [`quasi_poisson`](super::quasi_poisson()).
///
/// Without events on the first side the ratio is 0 with an interval above it. No number without
/// events on the second side, as the ratio has no end, or without exposure.
pub fn poisson_ratio(first: EventRate, second: EventRate) -> Result<PoissonRatio, Reason> {
    first.check()?;
    second.check()?;
    if second.events == 0 {
        return Err(Reason::ZeroEvents);
    }
    let time = second.exposure / first.exposure;
    let both = first.events.saturating_add(second.events);
    let of_first = clopper_pearson(Share::new(first.events, both))?;
    // Odds of an event to be of the first side when the rates are the same.
    let odds = first.exposure / second.exposure;
    let ratio = |k: u64| (both - k) as f64 / (k as f64 + 1.0) * odds;
    Ok(PoissonRatio {
        ratio: first.events as f64 / second.events as f64 * time,
        interval: Interval {
            low: of_first.low / (1.0 - of_first.low) * time,
            high: of_first.high / (1.0 - of_first.high) * time,
        },
        p: no_likelier(0, both, first.events, ratio),
    })
}
