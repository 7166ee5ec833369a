//! Services that adopt at different times: Callaway and Sant'Anna's effects by cohort and period.

mod bootstrap;
mod jackknife;
mod panel;
mod randomization;

use std::collections::BTreeMap;

use super::Reason;
use panel::{Cell, Panel};

pub use bootstrap::{StaggeredBootstrap, staggered_bootstrap};
pub use jackknife::{StaggeredJackknife, staggered_jackknife};
pub use randomization::{StaggeredRandomization, staggered_randomization};

/// Panel of one service.
#[derive(Debug, Clone, PartialEq)]
pub struct Adopter {
    /// Place of the first period with the path among the outcomes, from zero; `None` where the
    /// service does not adopt. A place after the last period counts as not adopting.
    pub adopted_in: Option<usize>,
    /// Services of one stratum change dates with each other in randomization; one number for all
    /// where there are no strata.
    pub stratum: usize,
    /// True where the period of an adoption does not count, whichever period that is: what moving
    /// costs is not what having moved brings. It holds for all services of a panel or for none.
    pub is_washed_out: bool,
    /// Outcome by period, in any unit; `None` where there is none. A service that leaves the path
    /// ends here: `None` from then on.
    pub outcomes: Vec<Option<f64>>,
}

/// Whom adopters are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Controls {
    /// Services that don't adopt in the panel.
    NeverTreated,
    /// Services that have not adopted by max(t, g−1). Before the adoption these hold the cohort
    /// itself, which draws its estimates there toward zero by its share of them: judge the trend
    /// before with [`Controls::NeverTreated`] where there are such services.
    NotYetTreated,
}

/// ATT(g, t): effect on one cohort in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CohortEffect {
    /// Period in which the cohort adopts, g; from zero.
    pub cohort: usize,
    /// Period of the effect, t; from zero. Before g it shows the trend before the adoption.
    pub period: usize,
    /// Effect, in the unit of the outcome.
    pub effect: f64,
    /// Services of the cohort that have an outcome in both periods.
    pub adopters: u64,
    /// Services they are compared with.
    pub controls: u64,
}

/// Effects of a staggered adoption, all in the unit of the outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Staggered {
    /// ATT(g, t) for every t but g−1, which is zero by construction; by cohort and period. Left out
    /// where no outcome, or nobody to compare with, is left.
    pub effects: Vec<CohortEffect>,
    /// Mean of ATT(g, t) from t = g, weighted by the services behind it.
    pub simple: f64,
    /// Mean effect by cohort from t = g.
    pub groups: BTreeMap<usize, f64>,
    /// Mean of the groups, weighted by cohort size.
    pub overall: f64,
    /// Mean effect by periods since the adoption, weighted by the services behind it. −1 is zero by
    /// construction and not listed.
    pub event_study: BTreeMap<i64, f64>,
    /// Largest distance from zero of the event study before −1; no number without such periods.
    pub pretrend_max: Result<f64, Reason>,
    /// True where that is more than half the simple effect: don't headline it.
    pub is_pretrend_large: bool,
    /// Services that adopt in the first period: nothing is known of them before.
    pub dropped_services: u64,
}

/// Group-time effects without covariates (Callaway and Sant'Anna, Journal of Econometrics 225,
/// 2021): the change of a cohort since the period before its adoption, less the change of the
/// controls. The base period is g−1 for all periods ("universal base"). Two-way fixed effects,
/// which compares with services that have already adopted, is what this replaces.
///
/// Assumes parallel trends, no anticipation (or give the period before as the adoption), that
/// adoption lasts, and that controls are left alone.
///
/// No number with fewer than two periods, with services of different numbers of periods, with a
/// value that is not finite, where all outcomes are equal, where nobody adopts after the first
/// period, or where nobody is left to compare with.
pub fn staggered_adoption(services: &[Adopter], controls: Controls) -> Result<Staggered, Reason> {
    let panel = Panel::new(services)?;
    let cells = panel.cells(&panel.adopted(), &panel.once(), controls, true);
    let effects: Vec<CohortEffect> = cells
        .iter()
        .map(|cell| CohortEffect {
            cohort: cell.cohort,
            period: cell.period,
            effect: cell.effect,
            adopters: cell.adopters,
            controls: cell.controls,
        })
        .collect();
    let simple = simple(&cells).ok_or(Reason::NoControls)?;
    let event_study = event_study(&cells);
    let before = event_study.range(..-1).map(|(_, effect)| effect.abs());
    let pretrend_max = before.reduce(f64::max).ok_or(Reason::TooFewPeriods);
    let groups = groups(&cells);
    Ok(Staggered {
        effects,
        simple,
        overall: overall(&groups, |cohort| panel.cohort_size(cohort)),
        groups,
        event_study,
        pretrend_max,
        is_pretrend_large: pretrend_max.is_ok_and(|most| most > simple.abs() / 2.0),
        dropped_services: panel.dropped,
    })
}

/// Mean of the effects from the adoption on, `None` without any.
fn simple(cells: &[Cell]) -> Option<f64> {
    let after = cells.iter().filter(|cell| cell.period >= cell.cohort);
    let (mut sum, mut weight) = (0.0, 0.0);
    for cell in after {
        sum += cell.effect * cell.adopters as f64;
        weight += cell.adopters as f64;
    }
    (weight > 0.0).then(|| sum / weight)
}

fn groups(cells: &[Cell]) -> BTreeMap<usize, f64> {
    let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for cell in cells.iter().filter(|cell| cell.period >= cell.cohort) {
        let (sum, count) = sums.entry(cell.cohort).or_default();
        *sum += cell.effect;
        *count += 1.0;
    }
    sums.into_iter().map(|(cohort, (sum, count))| (cohort, sum / count)).collect()
}

fn overall(groups: &BTreeMap<usize, f64>, size: impl Fn(usize) -> f64) -> f64 {
    let all: f64 = groups.keys().map(|cohort| size(*cohort)).sum();
    groups.iter().map(|(cohort, effect)| effect * size(*cohort) / all).sum()
}

fn event_study(cells: &[Cell]) -> BTreeMap<i64, f64> {
    let mut sums: BTreeMap<i64, (f64, f64)> = BTreeMap::new();
    for cell in cells {
        let (sum, weight) = sums.entry(cell.period as i64 - cell.cohort as i64).or_default();
        *sum += cell.effect * cell.adopters as f64;
        *weight += cell.adopters as f64;
    }
    sums.into_iter().map(|(since, (sum, weight))| (since, sum / weight)).collect()
}
