//! Services by periods, and the comparison of any assignment of dates to them.

use std::cmp::Ordering;

use super::{Adopter, Controls};
use crate::statistics::{Reason, values::check_finite};

/// Date of services that don't adopt: after all others.
pub(super) const NEVER: usize = usize::MAX;

/// A service in the panel.
pub(super) struct Member {
    /// First period with the path, or [`NEVER`].
    pub(super) adopted_in: usize,
    pub(super) stratum: usize,
    outcomes: Vec<Option<f64>>,
}

/// Services that can be compared, in an order of their own.
pub(super) struct Panel {
    pub(super) members: Vec<Member>,
    pub(super) dropped: u64,
    periods: usize,
    /// True where no cohort has an effect in the period in which it adopts.
    is_washed_out: bool,
}

/// Effect on a cohort in a period.
pub(super) struct Cell {
    pub(super) cohort: usize,
    pub(super) period: usize,
    pub(super) effect: f64,
    pub(super) adopters: u64,
    pub(super) controls: u64,
}

impl Panel {
    pub(super) fn new(services: &[Adopter]) -> Result<Panel, Reason> {
        let Some(periods) = services.first().map(|service| service.outcomes.len()) else {
            return Err(Reason::NoObservations);
        };
        if services.iter().any(|service| service.outcomes.len() != periods) {
            return Err(Reason::UnequalLengths);
        }
        let observed: Vec<f64> = services
            .iter()
            .flat_map(|service| service.outcomes.iter().flatten().copied())
            .collect();
        check_finite(&observed)?;
        if observed.is_empty() {
            return Err(Reason::NoObservations);
        }
        if periods < 2 {
            return Err(Reason::TooFewPeriods);
        }
        if observed.iter().all(|value| *value == observed[0]) {
            return Err(Reason::ConstantValues);
        }
        let mut members: Vec<Member> = services
            .iter()
            .filter(|service| service.adopted_in != Some(0))
            .map(|service| Member {
                adopted_in: service.adopted_in.filter(|at| *at < periods).unwrap_or(NEVER),
                stratum: service.stratum,
                outcomes: service.outcomes.clone(),
            })
            .collect();
        if members.iter().all(|member| member.adopted_in == NEVER) {
            return Err(Reason::NoAdopters);
        }
        members.sort_by(|a, b| {
            let by_group = (a.adopted_in, a.stratum).cmp(&(b.adopted_in, b.stratum));
            // All are finite, so they always compare.
            by_group.then(a.outcomes.partial_cmp(&b.outcomes).unwrap_or(Ordering::Equal))
        });
        let dropped = (services.len() - members.len()) as u64;
        let is_washed_out = services.iter().any(|service| service.is_washed_out);
        Ok(Panel { members, dropped, periods, is_washed_out })
    }

    /// The dates as they are.
    pub(super) fn adopted(&self) -> Vec<usize> {
        self.members.iter().map(|member| member.adopted_in).collect()
    }

    /// Every service counted once.
    pub(super) fn once(&self) -> Vec<u64> {
        vec![1; self.members.len()]
    }

    pub(super) fn cohort_size(&self, cohort: usize) -> f64 {
        self.members.iter().filter(|member| member.adopted_in == cohort).count() as f64
    }

    /// Effects for any dates, each service counted so many times; those before the adoption only
    /// where asked for.
    pub(super) fn cells(
        &self,
        adopted: &[usize],
        times: &[u64],
        controls: Controls,
        with_before: bool,
    ) -> Vec<Cell> {
        let mut cohorts: Vec<usize> = adopted.iter().copied().filter(|at| *at != NEVER).collect();
        cohorts.sort_unstable();
        cohorts.dedup();
        let mut cells = Vec::new();
        for cohort in cohorts {
            let from = if with_before { 0 } else { cohort };
            let counts = |period: &usize| {
                *period != cohort - 1 && !(self.is_washed_out && *period == cohort)
            };
            for period in (from..self.periods).filter(counts) {
                cells.extend(self.cell(cohort, period, adopted, times, controls));
            }
        }
        cells
    }

    fn cell(
        &self,
        cohort: usize,
        period: usize,
        adopted: &[usize],
        times: &[u64],
        controls: Controls,
    ) -> Option<Cell> {
        let base = cohort - 1;
        let free_until = period.max(base);
        let (mut treated, mut adopters) = (0.0, 0);
        let (mut untreated, mut compared) = (0.0, 0);
        for ((member, at), times) in self.members.iter().zip(adopted).zip(times) {
            let is_treated = *at == cohort;
            let is_control = match controls {
                Controls::NeverTreated => *at == NEVER,
                Controls::NotYetTreated => *at > free_until,
            };
            if !is_treated && !is_control {
                continue;
            }
            let (Some(now), Some(before)) = (member.outcomes[period], member.outcomes[base]) else {
                continue;
            };
            let change = (now - before) * *times as f64;
            if is_treated {
                treated += change;
                adopters += times;
            }
            if is_control {
                untreated += change;
                compared += times;
            }
        }
        (adopters > 0 && compared > 0).then(|| Cell {
            cohort,
            period,
            effect: treated / adopters as f64 - untreated / compared as f64,
            adopters,
            controls: compared,
        })
    }
}
