//! Intervals of one share whose trials are independent.
//!
//! That holds for the deployments of one service at best, and for answers of different people. For
//! an arm of several services see [`clustered_share`](super::clustered_share()).

use super::{
    Interval, Reason,
    distributions::{TAIL, Z, beta_quantile},
};

/// Events among trials: failed deployments among deployments, adopters among services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    /// How many trials there were.
    pub trials: u64,
    /// How many of them were events.
    pub events: u64,
}

impl Share {
    /// So many events among so many trials.
    pub fn new(events: u64, trials: u64) -> Share {
        Share { trials, events }
    }

    /// Events over trials. No number without trials, or with more events than trials.
    pub fn ratio(self) -> Result<f64, Reason> {
        self.check()?;
        if self.trials == 0 {
            return Err(Reason::NoObservations);
        }
        Ok(self.events as f64 / self.trials as f64)
    }

    pub(super) fn check(self) -> Result<(), Reason> {
        if self.events > self.trials { Err(Reason::PartExceedsWhole) } else { Ok(()) }
    }

    /// Both numbers added up; without an overflow, which would be a smaller fleet.
    pub(super) fn sum(shares: &[Share]) -> Share {
        shares.iter().fold(Share::new(0, 0), |sum, share| Share {
            trials: sum.trials.saturating_add(share.trials),
            events: sum.events.saturating_add(share.events),
        })
    }
}

/// Wilson's score interval (*Probable Inference*, JASA 22, 1927): the shares from which the
/// observed one lies less than 1.96 of *their* standard errors away. Unlike Wald's it does not
/// collapse at 0 and 1.
///
/// No number without trials.
pub fn wilson(share: Share) -> Result<Interval, Reason> {
    let (p, n) = (share.ratio()?, share.trials as f64);
    let shrink = 1.0 + Z * Z / n;
    let centre = (p + Z * Z / (2.0 * n)) / shrink;
    let half = Z / shrink * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let mut interval = Interval::around(centre, half).within(0.0, 1.0);
    // Exactly so by algebra, and not quite by arithmetic.
    if share.events == 0 {
        interval.low = 0.0;
    }
    if share.events == share.trials {
        interval.high = 1.0;
    }
    Ok(interval)
}

/// Clopper and Pearson's interval (Biometrika 26, 1934): the shares that an exact binomial test
/// does not refuse. Covers at least 95 %, mostly more; Wilson's is nearer to it.
///
/// No number without trials.
pub fn clopper_pearson(share: Share) -> Result<Interval, Reason> {
    share.ratio()?;
    let (events, others) = (share.events as f64, (share.trials - share.events) as f64);
    let low = if events == 0.0 { 0.0 } else { beta_quantile(TAIL, events, others + 1.0) };
    let high = if others == 0.0 { 1.0 } else { beta_quantile(1.0 - TAIL, events + 1.0, others) };
    Ok(Interval { low, high })
}
