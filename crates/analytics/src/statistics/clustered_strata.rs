//! Shares compared inside strata, their trials coming in services.

use std::cmp::Ordering;

use super::{
    Interval, Permutation, Reason, Seed, Share,
    distributions::{t_quantile, t_two_sided},
    relabelling::permutation_test,
};

/// Differences and errors below are rounding errors.
const NOTHING: f64 = 1e-12;

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
    /// Test of the difference over its standard error by permuting services between the arms inside
    /// strata: the p to report.
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
/// All trials of a service have the same row of the model, so both have a closed form.
///
/// The permutation is of the difference over its standard error (Janssen, Statistics & Probability
/// Letters 36, 1997; Chung and Romano, Annals of Statistics 41, 2013). It is exact where services with
/// their trials are exchangeable inside a stratum when the path makes no difference, and with more
/// services right where the arms have the same share only: who is on the path often deploys more,
/// and the bare difference of such services is not exchangeable. Enumerated up to 200,000
/// arrangements, else 20,000 random ones.
///
/// Assumes that services are independent and one difference in all strata; trials of a service need
/// not be independent. With two services of an arm in each stratum and rare events, interval and
/// permutation may each miss 8 % in place of 5; together they don't.
///
/// Services without trials are left out, strata without one of the arms are dropped. No number where
/// none is left, where all together hold fewer than two services of an arm, with more events than
/// trials, or where no trial or every trial is an event.
pub fn clustered_strata(
    strata: &[ClustersByStratum],
    seed: Seed,
) -> Result<ClusteredStrata, Reason> {
    let mut blocks = strata.iter().map(Block::new).collect::<Result<Vec<Block>, Reason>>()?;
    let count = |blocks: &[Block]| blocks.iter().map(|block| block.services.len()).sum::<usize>();
    let observed = count(&blocks);
    if observed == 0 {
        return Err(Reason::NoObservations);
    }
    blocks.retain(Block::is_shared);
    check(&blocks)?;
    blocks.sort_by(Block::compare);
    let labels: Vec<bool> = blocks.iter().flat_map(|block| block.is_first.clone()).collect();
    let sizes: Vec<(usize, usize)> = blocks.iter().map(Block::sizes).collect();
    let model = Model::new(&blocks, &labels);
    let error = model.error();
    let half = error.map(|e| t_quantile(e.degrees_of_freedom) * e.standard_error);
    Ok(ClusteredStrata {
        strata: blocks.len() as u64,
        dropped_services: (observed - count(&blocks)) as u64,
        risk_difference: model.difference,
        error,
        interval: half.map(|half| Interval::around(model.difference, half).within(-1.0, 1.0)),
        t_p: error.map(|e| t_two_sided(model.t(), e.degrees_of_freedom)),
        permutation: permutation_test(&sizes, model.t(), seed, |labels| {
            Model::new(&blocks, labels).t()
        }),
    })
}

/// A stratum, its services in an order of their own.
struct Block {
    services: Vec<Share>,
    /// True where the service of that place is of the first arm.
    is_first: Vec<bool>,
    total: Share,
}

impl Block {
    fn new(stratum: &ClustersByStratum) -> Result<Block, Reason> {
        let arm = |arm: &[Share], is_first| -> Vec<(Share, bool)> {
            arm.iter().map(|share| (*share, is_first)).collect()
        };
        let mut all = [arm(&stratum.first, true), arm(&stratum.second, false)].concat();
        for (share, _) in &all {
            share.check()?;
        }
        all.retain(|(share, _)| share.trials > 0);
        all.sort_unstable();
        let (services, is_first): (Vec<Share>, Vec<bool>) = all.into_iter().unzip();
        let total = Share::sum(&services);
        Ok(Block { services, is_first, total })
    }

    /// Services of the first and of the second arm.
    fn sizes(&self) -> (usize, usize) {
        let first = self.is_first.iter().filter(|is_first| **is_first).count();
        (first, self.services.len() - first)
    }

    fn is_shared(&self) -> bool {
        let (first, second) = self.sizes();
        first > 0 && second > 0
    }

    /// An order that is the same whichever arm is called the first, so that blocks draw the same
    /// services then too.
    fn compare(&self, other: &Block) -> Ordering {
        let smaller = |block: &Block| block.sizes().0.min(block.sizes().1);
        let by_services = self.services.cmp(&other.services);
        let by_size = by_services.then_with(|| smaller(self).cmp(&smaller(other)));
        by_size.then_with(|| self.is_first.cmp(&other.is_first))
    }

    /// Trials of the first arm, where the labels say who is of it.
    fn trials(&self, labels: &[bool]) -> f64 {
        let first = self.services.iter().zip(labels).filter(|(_, label)| **label);
        first.map(|(share, _)| share.trials as f64).sum()
    }
}

fn check(blocks: &[Block]) -> Result<(), Reason> {
    if blocks.is_empty() {
        return Err(Reason::NoSharedStrata);
    }
    let (first, second) =
        blocks.iter().map(Block::sizes).fold((0, 0), |(m, n), (one, other)| (m + one, n + other));
    if first < 2 || second < 2 {
        return Err(Reason::TooFewServices);
    }
    let totals: Vec<Share> = blocks.iter().map(|block| block.total).collect();
    let total = Share::sum(&totals);
    match total.events {
        0 => Err(Reason::ZeroEvents),
        events if events == total.trials => Err(Reason::OnlyEvents),
        _ => Ok(()),
    }
}

/// The linear model of single trials, for one way to deal out the arms.
struct Model {
    difference: f64,
    standard_error: f64,
    /// Weight of all strata, n₁n₀/N of each.
    weight: f64,
    members: Vec<Member>,
}

/// A service in the model.
struct Member {
    stratum: usize,
    trials: f64,
    events: f64,
    /// Share of events of both arms of its stratum.
    pooled: f64,
    /// Trials of both arms of its stratum.
    of_stratum: f64,
    /// Its arm, one or zero, less the mean of that in its stratum.
    arm: f64,
}

impl Model {
    fn new(blocks: &[Block], labels: &[bool]) -> Model {
        let (mut members, mut rest) = (Vec::with_capacity(labels.len()), labels);
        let mut weight = 0.0;
        for (stratum, block) in blocks.iter().enumerate() {
            let (own, others) = rest.split_at(block.services.len());
            rest = others;
            let of_stratum = block.total.trials as f64;
            let first = block.trials(own) / of_stratum;
            weight += first * (1.0 - first) * of_stratum;
            members.extend(block.services.iter().zip(own).map(|(share, label)| Member {
                stratum,
                trials: share.trials as f64,
                events: share.events as f64,
                pooled: block.total.events as f64 / of_stratum,
                of_stratum,
                arm: f64::from(u8::from(*label)) - first,
            }));
        }
        let difference = members.iter().map(|m| m.arm * m.events).sum::<f64>() / weight;
        let mut model = Model { difference, standard_error: 0.0, weight, members };
        let contributions = model.members.iter().map(|member| model.contribution(member).powi(2));
        model.standard_error = contributions.sum::<f64>().sqrt();
        model
    }

    /// The difference in standard errors.
    fn t(&self) -> f64 {
        // What the shares of equal services miss by is a rounding error and no spread.
        match (self.difference.abs() < NOTHING, self.standard_error < NOTHING) {
            (true, _) => 0.0,
            (false, true) => f64::INFINITY.copysign(self.difference),
            (false, false) => self.difference / self.standard_error,
        }
    }

    fn error(&self) -> Result<ClusteredError, Reason> {
        if self.members.iter().any(|member| self.leverage(member) > 1.0 - 1e-9) {
            return Err(Reason::TooFewServices);
        }
        if self.standard_error < NOTHING {
            return Err(Reason::ConstantValues);
        }
        let degrees_of_freedom = self.degrees_of_freedom();
        Ok(ClusteredError { standard_error: self.standard_error, degrees_of_freedom })
    }

    /// Satterthwaite's, from the covariances of the contributions if trials were independent and of
    /// one variance.
    fn degrees_of_freedom(&self) -> f64 {
        let (mut trace, mut squares) = (0.0, 0.0);
        for (at, one) in self.members.iter().enumerate() {
            for (place, other) in self.members.iter().enumerate() {
                let own = if at == place { one.trials } else { 0.0 };
                let covariance = self.influence(one)
                    * self.influence(other)
                    * (own - one.trials * other.trials * self.hat(one, other));
                squares += covariance * covariance;
                trace += if at == place { covariance } else { 0.0 };
            }
        }
        trace * trace / squares
    }

    /// Entry of the hat matrix for a trial of one service and a trial of another.
    fn hat(&self, one: &Member, other: &Member) -> f64 {
        let of_stratum = if one.stratum == other.stratum { 1.0 / one.of_stratum } else { 0.0 };
        of_stratum + one.arm * other.arm / self.weight
    }

    /// How much a service decides what is expected of itself: one where it decides all.
    fn leverage(&self, member: &Member) -> f64 {
        member.trials * self.hat(member, member)
    }

    /// What an event of a service adds to the difference, more the more the model follows it.
    fn influence(&self, member: &Member) -> f64 {
        member.arm / self.weight / (1.0 - self.leverage(member)).max(NOTHING).sqrt()
    }

    /// What a service adds by its events beyond those that are expected.
    fn contribution(&self, member: &Member) -> f64 {
        let expected = member.pooled + self.difference * member.arm;
        self.influence(member) * (member.events - expected * member.trials)
    }
}
