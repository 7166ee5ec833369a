//! Shares of arms whose trials come in services.

use super::{
    Interval, Permutation, Reason, Seed, Share,
    distributions::{t_quantile, t_two_sided},
    relabelling::permutation_test,
};

/// Share of one arm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusteredShare {
    /// Services with trials.
    pub services: u64,
    /// Events and trials of all of them.
    pub total: Share,
    /// Events over trials.
    pub share: f64,
    /// Standard error of the share when services, not trials, are the sample.
    pub standard_error: f64,
    /// How many times larger the variance is than with independent trials: so many trials are
    /// worth one. No number where no trial or every trial is an event.
    pub design_effect: Result<f64, Reason>,
}

/// Difference of the shares of two arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusteredDifference {
    /// The first arm.
    pub first: ClusteredShare,
    /// The second arm.
    pub second: ClusteredShare,
    /// First share − second share (0.05 is five points).
    pub difference: f64,
    /// Standard error of the difference.
    pub standard_error: f64,
    /// Services of both arms − 2.
    pub degrees_of_freedom: u64,
    /// Difference ± t · standard error. No number where the shares of the services of an arm are
    /// all the same in both, so that there is no error to see.
    pub interval: Result<Interval, Reason>,
    /// Two-sided p of the same t; the interval excludes zero where it is below 0.05.
    pub t_p: Result<f64, Reason>,
    /// Test by permuting services between the arms: the p to report.
    pub permutation: Permutation,
}

/// Ratio estimator of a share (Cochran, *Sampling Techniques*, 1977, section 6): events over
/// trials of all services, its variance from how far each service is from it. Assumes services are
/// independent; trials of one need not be.
///
/// Services without trials are left out. No number with fewer than two others, or with more events
/// than trials.
pub fn clustered_share(services: &[Share]) -> Result<ClusteredShare, Reason> {
    for share in services {
        share.check()?;
    }
    let mut services: Vec<Share> = services.iter().copied().filter(|s| s.trials > 0).collect();
    services.sort_unstable();
    let total = Share::sum(&services);
    let share = total.ratio()?;
    if services.len() < 2 {
        return Err(Reason::TooFewServices);
    }
    let (m, trials) = (services.len() as f64, total.trials as f64);
    let off = |s: &Share| (s.events as f64 - share * s.trials as f64).powi(2);
    let squares: f64 = services.iter().map(off).sum();
    // The share of equal services can miss theirs by a rounding error, which is no spread.
    let squares = if squares < (1e-14 * trials).powi(2) { 0.0 } else { squares };
    let variance = m / (m - 1.0) * squares / (trials * trials);
    let independent = share * (1.0 - share) / trials;
    Ok(ClusteredShare {
        services: services.len() as u64,
        total,
        share,
        standard_error: variance.sqrt(),
        design_effect: match total.events {
            0 => Err(Reason::ZeroEvents),
            events if events == total.trials => Err(Reason::OnlyEvents),
            _ => Ok(variance / independent),
        },
    })
}

/// Interval of the share of one arm: share ± t · standard error with services − 1 degrees of
/// freedom, within 0 and 1.
///
/// No number where [`clustered_share`] has none, where no trial or every trial is an event, or where
/// the shares of the services are all the same, so that there is no error to see.
pub fn clustered_share_interval(services: &[Share]) -> Result<Interval, Reason> {
    let of = clustered_share(services)?;
    of.design_effect?;
    if of.standard_error <= 0.0 {
        return Err(Reason::ConstantValues);
    }
    let freedom = of.services as f64 - 1.0;
    Ok(Interval::around(of.share, t_quantile(freedom) * of.standard_error).within(0.0, 1.0))
}

/// Difference of two clustered shares with a t interval and a permutation test.
///
/// The interval takes the t distribution with m + n − 2 degrees of freedom, the permutation assumes
/// that services with their trials are exchangeable when the path makes no difference. With few
/// services, or few that hold most trials, the standard error is too small; the permutation p holds
/// then too.
///
/// No number where [`clustered_share`] has none, or where no trial or every trial of both arms is
/// an event.
pub fn clustered_difference(
    first: &[Share],
    second: &[Share],
    seed: Seed,
) -> Result<ClusteredDifference, Reason> {
    let (of_first, of_second) = (clustered_share(first)?, clustered_share(second)?);
    let both = Share::sum(&[of_first.total, of_second.total]);
    if both.events == 0 {
        return Err(Reason::ZeroEvents);
    }
    if both.events == both.trials {
        return Err(Reason::OnlyEvents);
    }
    let difference = of_first.share - of_second.share;
    let standard_error = of_first.standard_error.hypot(of_second.standard_error);
    let degrees_of_freedom = of_first.services + of_second.services - 2;
    let freedom = degrees_of_freedom as f64;
    let spread = if standard_error > 0.0 { Ok(()) } else { Err(Reason::ConstantValues) };
    Ok(ClusteredDifference {
        first: of_first,
        second: of_second,
        difference,
        standard_error,
        degrees_of_freedom,
        interval: spread.map(|()| {
            Interval::around(difference, t_quantile(freedom) * standard_error).within(-1.0, 1.0)
        }),
        t_p: spread.map(|()| t_two_sided(difference / standard_error, freedom)),
        permutation: permute(first, second, difference, seed),
    })
}

fn permute(first: &[Share], second: &[Share], difference: f64, seed: Seed) -> Permutation {
    let size = |arm: &[Share]| arm.iter().filter(|share| share.trials > 0).count();
    let blocks = [(size(first), size(second))];
    let mut pooled: Vec<Share> =
        first.iter().chain(second).copied().filter(|share| share.trials > 0).collect();
    pooled.sort_unstable();
    let all = Share::sum(&pooled);
    permutation_test(&blocks, difference, seed, |labels| {
        let (mut events, mut trials) = (0, 0);
        for (share, _) in pooled.iter().zip(labels).filter(|(_, label)| **label) {
            events += share.events;
            trials += share.trials;
        }
        let rest = (all.events - events) as f64 / (all.trials - trials) as f64;
        events as f64 / trials as f64 - rest
    })
}
