//! Shares compared inside strata, so that a mix of easy and hard services can't decide.

use super::{
    Interval, Reason, RiskRatio, Share,
    distributions::{Z, chi_squared_above},
};

/// Both arms in one stratum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SharesByStratum {
    /// First arm.
    pub first: Share,
    /// Second arm.
    pub second: Share,
}

impl SharesByStratum {
    pub(super) fn is_shared(&self) -> bool {
        self.first.trials > 0 && self.second.trials > 0
    }
}

/// Shares of two arms, adjusted for strata.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MantelHaenszel {
    /// Strata with trials of both arms: those the adjusted numbers are made of.
    pub strata: u64,
    /// Strata that lack an arm, and so say nothing of the difference.
    pub dropped_strata: u64,
    /// First share − second over all trials, dropped strata included, without any adjustment.
    /// No number where an arm has no trials at all.
    pub pooled_difference: f64,
    /// First share − second inside strata (0.05 is five points).
    pub risk_difference: f64,
    /// Its standard error. Zero where no trial or every trial is an event in each arm and stratum.
    pub standard_error: f64,
    /// Interval of the risk difference; no number where its standard error is zero.
    pub interval: Result<Interval, Reason>,
    /// Odds ratio and its interval; no number where an odds is zero or has no end in all strata.
    pub odds_ratio: Result<RiskRatio, Reason>,
    /// Risk ratio and its interval; no number where an arm has no events.
    pub risk_ratio: Result<RiskRatio, Reason>,
    /// Cochran–Mantel–Haenszel χ² with one degree of freedom, without continuity correction; no
    /// number where no stratum has both events and others.
    pub chi_squared: Result<f64, Reason>,
    /// Its p.
    pub p: Result<f64, Reason>,
    /// True where pooled and adjusted difference point to different sides: both must be shown
    /// together (Simpson's paradox).
    pub simpson_flag: bool,
}

/// Mantel–Haenszel estimates over strata: risk difference with weights n₁n₀/N and the variance of
/// Greenland and Robins (Biometrics 41, 1985), odds ratio with the variance of Robins, Breslow and
/// Greenland (Biometrics 42, 1986), risk ratio with that of Greenland and Robins, and the test of
/// Mantel and Haenszel (JNCI 22, 1959). Assumes one difference (or ratio) in all strata and
/// independent trials; with several services in a stratum the intervals are too sure, see
/// [`clustered_strata`](super::clustered_strata()).
///
/// No number without trials, or where no stratum has both arms.
pub fn mantel_haenszel(strata: &[SharesByStratum]) -> Result<MantelHaenszel, Reason> {
    let mut kept = shared(strata)?;
    kept.sort_unstable();
    let tables: Vec<Table> = kept.iter().map(Table::new).collect();
    let sum = |of: &dyn Fn(&Table) -> f64| -> f64 { tables.iter().map(of).sum() };
    let weight = sum(&|t| t.n1 * t.n0 / t.all);
    let risk_difference = sum(&|t| (t.a * t.n0 - t.b * t.n1) / t.all) / weight;
    let spread = sum(&|t| {
        let of_first = t.a * t.c * t.n0.powi(3);
        (of_first + t.b * t.d * t.n1.powi(3)) / (t.n1 * t.n0 * t.all * t.all)
    });
    let standard_error = spread.sqrt() / weight;
    let pooled_difference = pooled(strata)?;
    let chi_squared = chi_squared(&tables);
    Ok(MantelHaenszel {
        strata: kept.len() as u64,
        dropped_strata: (strata.len() - kept.len()) as u64,
        pooled_difference,
        risk_difference,
        standard_error,
        interval: if standard_error > 0.0 {
            Ok(Interval::around(risk_difference, Z * standard_error).within(-1.0, 1.0))
        } else {
            Err(Reason::ConstantValues)
        },
        odds_ratio: odds_ratio(&tables),
        risk_ratio: risk_ratio(&tables),
        chi_squared,
        p: chi_squared.map(chi_squared_above),
        simpson_flag: pooled_difference * risk_difference < 0.0,
    })
}

/// The strata that have both arms.
pub(super) fn shared(strata: &[SharesByStratum]) -> Result<Vec<SharesByStratum>, Reason> {
    for stratum in strata {
        stratum.first.check()?;
        stratum.second.check()?;
    }
    if strata.iter().all(|stratum| stratum.first.trials == 0 && stratum.second.trials == 0) {
        return Err(Reason::NoObservations);
    }
    let kept: Vec<SharesByStratum> =
        strata.iter().copied().filter(SharesByStratum::is_shared).collect();
    if kept.is_empty() { Err(Reason::NoSharedStrata) } else { Ok(kept) }
}

fn pooled(strata: &[SharesByStratum]) -> Result<f64, Reason> {
    let first: Vec<Share> = strata.iter().map(|stratum| stratum.first).collect();
    let second: Vec<Share> = strata.iter().map(|stratum| stratum.second).collect();
    Ok(Share::sum(&first).ratio()? - Share::sum(&second).ratio()?)
}

/// Events a, b and others c, d of the first and second arm, n₁ and n₀ trials.
struct Table {
    a: f64,
    b: f64,
    c: f64,
    d: f64,
    n1: f64,
    n0: f64,
    all: f64,
}

impl Table {
    fn new(stratum: &SharesByStratum) -> Table {
        let SharesByStratum { first, second } = stratum;
        let (n1, n0) = (first.trials as f64, second.trials as f64);
        Table {
            a: first.events as f64,
            b: second.events as f64,
            c: (first.trials - first.events) as f64,
            d: (second.trials - second.events) as f64,
            n1,
            n0,
            all: n1 + n0,
        }
    }
}

fn odds_ratio(tables: &[Table]) -> Result<RiskRatio, Reason> {
    let sum = |of: &dyn Fn(&Table) -> f64| -> f64 { tables.iter().map(of).sum() };
    let (r, s) = (sum(&|t| t.a * t.d / t.all), sum(&|t| t.b * t.c / t.all));
    if r == 0.0 || s == 0.0 {
        return Err(Reason::ZeroEvents);
    }
    // Shares of agreeing and of disagreeing pairs, in the notation of Robins, Breslow, Greenland.
    let p = |t: &Table| (t.a + t.d) / t.all;
    let q = |t: &Table| (t.b + t.c) / t.all;
    let pr = sum(&|t| p(t) * t.a * t.d / t.all);
    let mixed = sum(&|t| (p(t) * t.b * t.c + q(t) * t.a * t.d) / t.all);
    let qs = sum(&|t| q(t) * t.b * t.c / t.all);
    let variance = pr / (2.0 * r * r) + mixed / (2.0 * r * s) + qs / (2.0 * s * s);
    Ok(with_log_interval(r / s, variance))
}

fn risk_ratio(tables: &[Table]) -> Result<RiskRatio, Reason> {
    let sum = |of: &dyn Fn(&Table) -> f64| -> f64 { tables.iter().map(of).sum() };
    let (r, s) = (sum(&|t| t.a * t.n0 / t.all), sum(&|t| t.b * t.n1 / t.all));
    if r == 0.0 || s == 0.0 {
        return Err(Reason::ZeroEvents);
    }
    let spread = sum(&|t| (t.n1 * t.n0 * (t.a + t.b) - t.a * t.b * t.all) / (t.all * t.all));
    Ok(with_log_interval(r / s, spread / (r * s)))
}

fn with_log_interval(ratio: f64, variance: f64) -> RiskRatio {
    let factor = (Z * variance.sqrt()).exp();
    RiskRatio { ratio, interval: Interval { low: ratio / factor, high: ratio * factor } }
}

fn chi_squared(tables: &[Table]) -> Result<f64, Reason> {
    let (mut off, mut variance, mut events) = (0.0, 0.0, 0.0);
    for t in tables {
        events += t.a + t.b;
        off += t.a - t.n1 * (t.a + t.b) / t.all;
        let margins = t.n1 * t.n0 * (t.a + t.b) * (t.c + t.d);
        variance += margins / (t.all * t.all * (t.all - 1.0));
    }
    match variance {
        v if v > 0.0 => Ok(off * off / v),
        _ if events == 0.0 => Err(Reason::ZeroEvents),
        _ => Err(Reason::ConstantValues),
    }
}
