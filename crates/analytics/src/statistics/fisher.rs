//! Fisher's exact test of two shares.

use super::{Reason, Share, distributions::no_likelier};

/// Fisher's exact test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fisher {
    /// Two-sided p: the probability of all tables with the same margins that are no likelier.
    pub p: f64,
    /// Odds of the first over odds of the second, as in the sample. No number where an odds is
    /// zero or has no end.
    pub odds_ratio: Result<f64, Reason>,
}

/// Fisher's exact test (*Statistical Methods for Research Workers*, 1934), for small counts of
/// independent trials. Given both margins the events of the first arm are hypergeometric.
///
/// No number where an arm has no trials, or where no trial or every trial is an event.
pub fn fisher_exact(first: Share, second: Share) -> Result<Fisher, Reason> {
    first.ratio()?;
    second.ratio()?;
    let both = Share::sum(&[first, second]);
    if both.events == 0 {
        return Err(Reason::ZeroEvents);
    }
    if both.events == both.trials {
        return Err(Reason::OnlyEvents);
    }
    let others = second.trials as f64 - both.events as f64;
    let ratio = |k: u64| {
        let k = k as f64;
        let up = (first.trials as f64 - k) * (both.events as f64 - k);
        up / ((k + 1.0) * (others + k + 1.0))
    };
    let least = both.events.saturating_sub(second.trials);
    let most = both.events.min(first.trials);
    let p = no_likelier(least, most, first.events, ratio);
    Ok(Fisher { p, odds_ratio: odds_ratio(first, second) })
}

fn odds_ratio(first: Share, second: Share) -> Result<f64, Reason> {
    let (a, c) = (first.events as f64, (first.trials - first.events) as f64);
    let (b, d) = (second.events as f64, (second.trials - second.events) as f64);
    if a == 0.0 || b == 0.0 {
        return Err(Reason::ZeroEvents);
    }
    if c == 0.0 || d == 0.0 {
        return Err(Reason::OnlyEvents);
    }
    Ok(a * d / (b * c))
}
