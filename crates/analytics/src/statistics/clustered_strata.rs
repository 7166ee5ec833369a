//! Shares compared inside strata, their trials coming in services.

use std::cmp::Ordering;

use super::{
    Interval, Permutation, Reason, Seed, Share,
    distributions::{t_quantile, t_two_sided},
    relabelling::permutation_test,
};

/// One share a service, both arms of one stratum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClustersByStratum {
    /// First arm.
    pub first: Vec<Share>,
    /// Second arm.
    pub second: Vec<Share>,
}

/// Error of a difference when services, not trials, are the sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusteredError {
    /// Standard error.
    pub standard_error: f64,
    /// Degrees of freedom of its t distribution, no whole number: how many services' worth of
    /// evidence there is, however many there are.
    pub degrees_of_freedom: f64,
}

/// Difference of the shares of two arms, adjusted for strata.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClusteredStrata {
    /// Strata that have both arms.
    pub strata: u64,
    /// Services in strata that lack an arm, and so say nothing of the difference.
    pub dropped_services: u64,
    /// First share − second inside strata (0.05 is five points).
    pub risk_difference: f64,
    /// Its error. No number where without one service there would be no difference, or where
    /// services do not vary.
    pub error: Result<ClusteredError, Reason>,
    /// Difference ± t · standard error; no number where there is no error.
    pub interval: Result<Interval, Reason>,
    /// Two-sided p of the same t; the interval excludes zero where it is below 0.05.
    pub t_p: Result<f64, Reason>,
    /// Test by permuting services between the arms inside strata: the p to report.
    pub permutation: Permutation,
}

/// Mantel and Haenszel's risk difference, weights n₁n₀/N, of services that are the units.
///
/// With these weights it is the coefficient of the arm in a linear model of single trials with an
/// intercept for each stratum. Its variance is therefore the cluster-robust one of that model (Liang
/// and Zeger, Biometrika 73, 1986) with services as clusters: the squares of what each service
/// contributes. With few of them that is too small, and t with services − strata − 1 degrees of
/// freedom too sure where arms are of unequal size; both are mended as Bell and McCaffrey do (Survey
/// Methodology 28, 2002; recommended for few clusters by Imbens and Kolesár, Review of Economics and
/// Statistics 98, 2016): contributions over √(1 − leverage), degrees of freedom by Satterthwaite.
/// All trials of a service stand in one row of the model, so both have a closed form.
///
/// Assumes that services are independent and one difference in all strata; trials of a service need
/// not be independent. The permutation assumes that services with their trials are exchangeable
/// inside a stratum when the path makes no difference. Enumerated up to 200,000 arrangements, else
/// 20,000 random ones.
///
/// Services without trials are left out, strata without one of the arms are dropped. No number where
/// none is left, where all together hold fewer than two services of an arm, with more events than
/// trials, or where no trial or every trial is an event.
pub fn clustered_strata(
    strata: &[ClustersByStratum],
    seed: Seed,
) -> Result<ClusteredStrata, Reason> {
    let mut blocks = strata.iter().map(Block::new).collect::<Result<Vec<Block>, Reason>>()?;
    let count = |blocks: &[Block]| blocks.iter().map(|block| block.pooled.len()).sum::<usize>();
    let observed = count(&blocks);
    if observed == 0 {
        return Err(Reason::NoObservations);
    }
    blocks.retain(|block| !block.first.is_empty() && !block.second.is_empty());
    check(&blocks)?;
    blocks.sort_by(Block::compare);
    let tables: Vec<Table> = blocks.iter().map(Block::table).collect();
    let risk_difference = difference(tables.iter().copied());
    let error = error(&members(&blocks, &tables, risk_difference));
    let half = error.map(|e| t_quantile(e.degrees_of_freedom) * e.standard_error);
    Ok(ClusteredStrata {
        strata: blocks.len() as u64,
        dropped_services: (observed - count(&blocks)) as u64,
        risk_difference,
        error,
        interval: half.map(|half| Interval::around(risk_difference, half).within(-1.0, 1.0)),
        t_p: error.map(|e| t_two_sided(risk_difference / e.standard_error, e.degrees_of_freedom)),
        permutation: permute(&blocks, risk_difference, seed),
    })
}

/// A stratum, its services in an order of their own.
struct Block {
    first: Vec<Share>,
    second: Vec<Share>,
    pooled: Vec<Share>,
}

impl Block {
    fn new(stratum: &ClustersByStratum) -> Result<Block, Reason> {
        let (first, second) = (observed(&stratum.first)?, observed(&stratum.second)?);
        let mut pooled = [first.as_slice(), &second].concat();
        pooled.sort_unstable();
        Ok(Block { first, second, pooled })
    }

    /// An order that is the same whichever arm is called the first, so that blocks draw the same
    /// services then too.
    fn compare(&self, other: &Block) -> Ordering {
        let arms = |block: &Block| {
            let (one, two) = (block.first.clone(), block.second.clone());
            (block.pooled.clone(), if one <= two { (one, two) } else { (two, one) })
        };
        arms(self).cmp(&arms(other)).then_with(|| self.first.cmp(&other.first))
    }

    fn table(&self) -> Table {
        Table { first: Share::sum(&self.first), second: Share::sum(&self.second) }
    }
}

/// Services with trials, in order.
fn observed(arm: &[Share]) -> Result<Vec<Share>, Reason> {
    for share in arm {
        share.check()?;
    }
    let mut arm: Vec<Share> = arm.iter().copied().filter(|share| share.trials > 0).collect();
    arm.sort_unstable();
    Ok(arm)
}

fn check(blocks: &[Block]) -> Result<(), Reason> {
    if blocks.is_empty() {
        return Err(Reason::NoSharedStrata);
    }
    let sizes = |arm: fn(&Block) -> &Vec<Share>| blocks.iter().map(|b| arm(b).len()).sum::<usize>();
    if sizes(|block| &block.first) < 2 || sizes(|block| &block.second) < 2 {
        return Err(Reason::TooFewServices);
    }
    let services: Vec<Share> = blocks.iter().flat_map(|block| block.pooled.clone()).collect();
    let total = Share::sum(&services);
    match total.events {
        0 => Err(Reason::ZeroEvents),
        events if events == total.trials => Err(Reason::OnlyEvents),
        _ => Ok(()),
    }
}

/// Events and trials of a stratum.
#[derive(Clone, Copy)]
struct Table {
    first: Share,
    second: Share,
}

impl Table {
    fn trials(self) -> (f64, f64, f64) {
        let (n1, n0) = (self.first.trials as f64, self.second.trials as f64);
        (n1, n0, n1 + n0)
    }

    fn weight(self) -> f64 {
        let (n1, n0, all) = self.trials();
        n1 * n0 / all
    }

    /// The difference in this stratum times its weight.
    fn weighted(self) -> f64 {
        let (n1, n0, all) = self.trials();
        (self.first.events as f64 * n0 - self.second.events as f64 * n1) / all
    }
}

fn difference(tables: impl Iterator<Item = Table>) -> f64 {
    let (sum, weight) = tables
        .fold((0.0, 0.0), |(sum, weight), table| (sum + table.weighted(), weight + table.weight()));
    sum / weight
}

/// A service in the linear model.
struct Member {
    stratum: usize,
    trials: f64,
    /// Trials of both arms of its stratum.
    of_stratum: f64,
    /// Its arm, one or zero, less the mean of that in its stratum.
    arm: f64,
    /// Events beyond those that the model expects.
    residual: f64,
    /// Weight of all strata.
    weight: f64,
}

impl Member {
    /// Entry of the model's hat matrix for a trial of this service and one of another.
    fn hat(&self, other: &Member) -> f64 {
        let of_stratum = if self.stratum == other.stratum { 1.0 / self.of_stratum } else { 0.0 };
        of_stratum + self.arm * other.arm / self.weight
    }

    /// How much the service decides what is expected of itself: one where it decides all.
    fn leverage(&self) -> f64 {
        self.trials * self.hat(self)
    }

    /// What an event of the service adds to the difference, more the more the model follows it.
    fn influence(&self) -> f64 {
        self.arm / self.weight / (1.0 - self.leverage()).sqrt()
    }
}

fn members(blocks: &[Block], tables: &[Table], difference: f64) -> Vec<Member> {
    let weight = tables.iter().map(|table| table.weight()).sum();
    let mut members = Vec::new();
    for (stratum, (block, table)) in blocks.iter().zip(tables).enumerate() {
        let (n1, n0, all) = table.trials();
        let pooled = (table.first.events as f64 + table.second.events as f64) / all;
        for (services, arm) in [(&block.first, n0 / all), (&block.second, -n1 / all)] {
            let expected = pooled + difference * arm;
            members.extend(services.iter().map(|share| {
                let trials = share.trials as f64;
                let residual = share.events as f64 - expected * trials;
                Member { stratum, trials, of_stratum: all, arm, residual, weight }
            }));
        }
    }
    members
}

fn error(members: &[Member]) -> Result<ClusteredError, Reason> {
    if members.iter().any(|member| member.leverage() > 1.0 - 1e-9) {
        return Err(Reason::TooFewServices);
    }
    let influences: Vec<f64> = members.iter().map(Member::influence).collect();
    let contributions = members.iter().zip(&influences).map(|(m, h)| (h * m.residual).powi(2));
    let standard_error = contributions.sum::<f64>().sqrt();
    // The shares of equal services can miss the expected one by a rounding error, which is no spread.
    if standard_error < 1e-12 {
        return Err(Reason::ConstantValues);
    }
    // Covariances of the contributions with independent trials of one variance.
    let (mut trace, mut squares) = (0.0, 0.0);
    for (at, (one, h)) in members.iter().zip(&influences).enumerate() {
        for (place, (other, g)) in members.iter().zip(&influences).enumerate() {
            let own = if at == place { one.trials } else { 0.0 };
            let covariance = h * g * (own - one.trials * other.trials * one.hat(other));
            squares += covariance * covariance;
            trace += if at == place { covariance } else { 0.0 };
        }
    }
    Ok(ClusteredError { standard_error, degrees_of_freedom: trace * trace / squares })
}

fn permute(blocks: &[Block], observed: f64, seed: Seed) -> Permutation {
    let sizes: Vec<(usize, usize)> =
        blocks.iter().map(|block| (block.first.len(), block.second.len())).collect();
    let totals: Vec<Share> = blocks.iter().map(|block| Share::sum(&block.pooled)).collect();
    permutation_test(&sizes, observed, seed, |labels| {
        let mut rest = labels;
        difference(blocks.iter().zip(&totals).map(|(block, total)| {
            let (own, others) = rest.split_at(block.pooled.len());
            rest = others;
            relabelled(&block.pooled, total, own)
        }))
    })
}

/// The stratum's events and trials when the labels say who is of the first arm.
fn relabelled(pooled: &[Share], total: &Share, labels: &[bool]) -> Table {
    let (mut events, mut trials) = (0, 0);
    for (share, _) in pooled.iter().zip(labels).filter(|(_, label)| **label) {
        events += share.events;
        trials += share.trials;
    }
    let second = Share::new(total.events - events, total.trials - trials);
    Table { first: Share::new(events, trials), second }
}
