//! Two shares whose trials are independent: of one service before and after, or of two surveys.
//!
//! For arms of several services the trials are not, and all of these are too sure: see
//! [`clustered_difference`](super::clustered_difference()).

use super::{
    Interval, Reason, Share,
    distributions::{Z, normal_two_sided},
    wilson,
};

/// Newcombe's hybrid score interval of the difference first − second (Statistics in Medicine 17,
/// 1998, method 10): put together from the two Wilson intervals, in shares (0.05 is five points).
///
/// No number where an arm has no trials.
pub fn newcombe(first: Share, second: Share) -> Result<Interval, Reason> {
    let (p1, p2) = (first.ratio()?, second.ratio()?);
    let (w1, w2) = (wilson(first)?, wilson(second)?);
    let difference = p1 - p2;
    Ok(Interval {
        low: difference - (p1 - w1.low).hypot(w2.high - p2),
        high: difference + (w1.high - p1).hypot(p2 - w2.low),
    })
}

/// Agresti and Caffo's interval of the difference first − second (The American Statistician 54,
/// 2000): Wald's after one event and one non-event were added to each arm. In shares.
///
/// No number where an arm has no trials.
pub fn agresti_caffo(first: Share, second: Share) -> Result<Interval, Reason> {
    first.ratio()?;
    second.ratio()?;
    let padded = |share: Share| (share.events as f64 + 1.0, share.trials as f64 + 2.0);
    let ((a, m), (b, n)) = (padded(first), padded(second));
    let (p1, p2) = (a / m, b / n);
    let error = (p1 * (1.0 - p1) / m + p2 * (1.0 - p2) / n).sqrt();
    Ok(Interval::around(p1 - p2, Z * error).within(-1.0, 1.0))
}

/// A z test of two shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PooledZ {
    /// Difference in standard errors.
    pub z: f64,
    /// Two-sided p from the normal distribution.
    pub p: f64,
}

/// z test with the pooled share in the standard error, without continuity correction. For large
/// counts; below about five expected events an arm use [`fisher_exact`](super::fisher_exact()).
///
/// No number where an arm has no trials, or where no trial or every trial is an event.
pub fn pooled_z(first: Share, second: Share) -> Result<PooledZ, Reason> {
    let difference = first.ratio()? - second.ratio()?;
    let both = Share::sum(&[first, second]);
    if both.events == 0 {
        return Err(Reason::ZeroEvents);
    }
    if both.events == both.trials {
        return Err(Reason::OnlyEvents);
    }
    let p = both.ratio()?;
    let spread = 1.0 / first.trials as f64 + 1.0 / second.trials as f64;
    let z = difference / (p * (1.0 - p) * spread).sqrt();
    Ok(PooledZ { z, p: normal_two_sided(z) })
}

/// A risk ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RiskRatio {
    /// First share over second: 0.5 is half as often.
    pub ratio: f64,
    /// Interval of the ratio.
    pub interval: Interval,
}

/// Ratio first / second with the log interval of Katz and others (Biometrics 34, 1978).
///
/// No number where an arm has no trials, or no events: the logarithm of its share does not exist.
pub fn risk_ratio(first: Share, second: Share) -> Result<RiskRatio, Reason> {
    let (p1, p2) = (first.ratio()?, second.ratio()?);
    if first.events == 0 || second.events == 0 {
        return Err(Reason::ZeroEvents);
    }
    let ratio = p1 / p2;
    let variance = (1.0 - p1) / first.events as f64 + (1.0 - p2) / second.events as f64;
    let factor = (Z * variance.sqrt()).exp();
    Ok(RiskRatio { ratio, interval: Interval { low: ratio / factor, high: ratio * factor } })
}
