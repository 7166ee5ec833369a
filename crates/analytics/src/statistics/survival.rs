//! Time until something happens, when for some it has not happened yet.

use super::{Interval, Reason, distributions::Z, values::check_not_negative};

/// Observations below which nothing is said: they would show single people.
const MINIMUM: usize = 3;

/// A curve reaches a share a little early rather than never: products of exact fractions miss the
/// half by a rounding error.
const TOLERANCE: f64 = 1e-9;

/// One person or service under observation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeToEvent {
    /// Time until the event, or until the observation ended; any unit, not negative.
    pub time: f64,
    /// True where the event happened, false where the observation ended before (censored).
    pub happened: bool,
}

/// The curve at a time when something happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurvivalStep {
    /// Time of the events, in the unit of the observations.
    pub time: f64,
    /// Still under observation just before.
    pub at_risk: u64,
    /// Events at that time.
    pub events: u64,
    /// Share to whom it has not happened after that time.
    pub surviving: f64,
    /// Greenwood's standard error of that share; no number where it is zero.
    pub standard_error: Result<f64, Reason>,
}

/// Share to whom it has happened by some time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurvivalShare {
    /// Share to whom it has happened.
    pub share: f64,
    /// Greenwood's standard error. No number where nobody or everybody got there.
    pub standard_error: Result<f64, Reason>,
    /// Interval from the complementary log-log transform, which stays inside 0 to 1. No number
    /// where nobody or everybody got there.
    pub interval: Result<Interval, Reason>,
}

/// A Kaplan–Meier curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Survival {
    /// The curve where it falls, by time.
    pub steps: Vec<SurvivalStep>,
    /// Observations.
    pub count: u64,
    /// Events among them.
    pub events: u64,
    /// Time of the last observation.
    pub last: f64,
}

/// Kaplan and Meier's product-limit estimate (JASA 53, 1958) with Greenwood's variance. Assumes
/// that who is not there yet when the observation ends is like who is watched for longer. An event
/// at the time of a censored observation comes first.
///
/// No number with fewer than three observations, or with a time that is negative or not finite.
pub fn kaplan_meier(observations: &[TimeToEvent]) -> Result<Survival, Reason> {
    if observations.is_empty() {
        return Err(Reason::NoObservations);
    }
    let times: Vec<f64> = observations.iter().map(|one| one.time).collect();
    check_not_negative(&times)?;
    if observations.len() < MINIMUM {
        return Err(Reason::TooFewObservations);
    }
    let mut ordered = observations.to_vec();
    ordered.sort_by(|a, b| (a.time + 0.0).total_cmp(&(b.time + 0.0)));
    let mut at_risk = ordered.len();
    let (mut surviving, mut greenwood) = (1.0, 0.0);
    let mut steps = Vec::new();
    for together in ordered.chunk_by(|a, b| a.time == b.time) {
        let events = together.iter().filter(|one| one.happened).count();
        if events > 0 {
            let (d, n) = (events as f64, at_risk as f64);
            surviving *= 1.0 - d / n;
            greenwood += d / (n * (n - d));
            let standard_error = if events == at_risk {
                Err(Reason::OnlyEvents)
            } else {
                Ok(surviving * f64::sqrt(greenwood))
            };
            let (time, events) = (together[0].time + 0.0, events as u64);
            let at_risk = at_risk as u64;
            steps.push(SurvivalStep { time, at_risk, events, surviving, standard_error });
        }
        at_risk -= together.len();
    }
    Ok(Survival {
        count: ordered.len() as u64,
        events: steps.iter().map(|step| step.events).sum(),
        last: ordered[ordered.len() - 1].time + 0.0,
        steps,
    })
}

impl Survival {
    /// Time by which it has happened to half; no number where it has not.
    pub fn median(&self) -> Result<f64, Reason> {
        self.time_until(0.5)
    }

    /// First time by which it has happened to such a share; no number where it has not, or for a
    /// share outside of 0 to 1.
    pub fn time_until(&self, share: f64) -> Result<f64, Reason> {
        if !(0.0..=1.0).contains(&share) {
            return Err(Reason::ShareOutOfRange);
        }
        let limit = 1.0 - share + TOLERANCE;
        let step = self.steps.iter().find(|step| step.surviving <= limit);
        step.map(|step| step.time).ok_or(Reason::NotReached)
    }

    /// Ends of the median's interval (Brookmeyer and Crowley, Biometrics 38, 1982): the times at
    /// which the interval of the curve begins and ceases to hold one half. No number for an end
    /// that was not reached.
    pub fn median_ends(&self) -> (Result<f64, Reason>, Result<f64, Reason>) {
        let first = |falls: &dyn Fn(&Interval) -> bool| {
            let at = |step: &&SurvivalStep| step.interval().is_ok_and(|ends| falls(&ends));
            self.steps.iter().find(at).map(|step| step.time).ok_or(Reason::NotReached)
        };
        (first(&|ends| ends.low <= 0.5), first(&|ends| ends.high <= 0.5))
    }

    /// Share to whom it has happened by a time. No number for a time that is negative or after the
    /// last observation, unless it has happened to all by then.
    pub fn share_by(&self, time: f64) -> Result<SurvivalShare, Reason> {
        check_not_negative(&[time])?;
        let step = self.steps.iter().rev().find(|step| step.time <= time);
        let is_over = step.is_some_and(|step| step.surviving == 0.0);
        if time > self.last && !is_over {
            return Err(Reason::BeyondObservation);
        }
        let Some(step) = step else {
            let none = Err(Reason::ZeroEvents);
            return Ok(SurvivalShare {
                share: 0.0,
                standard_error: none,
                interval: Err(Reason::ZeroEvents),
            });
        };
        Ok(SurvivalShare {
            share: 1.0 - step.surviving,
            standard_error: step.standard_error,
            interval: step
                .interval()
                .map(|ends| Interval { low: 1.0 - ends.high, high: 1.0 - ends.low }),
        })
    }
}

impl SurvivalStep {
    /// Interval of the share to whom it has not happened.
    fn interval(&self) -> Result<Interval, Reason> {
        let log = self.surviving.ln();
        let half_width = Z * self.standard_error? / (self.surviving * log).abs();
        let (low, high) = ((log * half_width.exp()).exp(), (log / half_width.exp()).exp());
        Ok(Interval { low, high })
    }
}
