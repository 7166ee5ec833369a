//! Arms compared in one period, metric by metric: effect and interval first, p last.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::prelude::SessionContext;
use sha2::{Digest as _, Sha256};

use super::arms::{Arms, Member};
use super::numbers::{ServiceNumbers, lead_times, numbers};
use super::words::{self, Outcome, Shape};
use super::{ComparisonRow, arms, family};
use crate::columns::Booleans;
use crate::statistics::{
    ClustersByStratum, EventRate, Evidence, Reason, Seed, Share, ValuesByStratum,
    bootstrap_quantile_difference, clustered_difference, clustered_strata, evidence_for_medians,
    evidence_for_shares, hodges_lehmann_ratio, hodges_lehmann_shift, quasi_poisson, rank_sum,
    stratified_ratio,
};
use crate::{AnalyticsError, read_only};

/// Arms whose facts are known to so different a degree can't be compared by failures.
pub(super) const MOST_PARITY_GAP: f64 = 0.10;
/// With more changes than that, ten thousand resamples of them take minutes.
const MOST_BOOTSTRAPPED: usize = 20_000;
/// The metrics of a comparison, in the order in which they are told.
pub(super) const OUTCOMES: [Outcome; 5] = [
    Outcome::LeadTime,
    Outcome::Frequency,
    Outcome::Recovery,
    Outcome::FailRate,
    Outcome::ReworkRate,
];

/// Compares the arms in the session's only window.
///
/// # Errors
/// Where the facts can't be read.
pub async fn cross_section(
    session: &SessionContext,
    arms: &Arms,
) -> Result<Vec<ComparisonRow>, AnalyticsError> {
    let numbers = numbers(session).await?;
    let numbers: BTreeMap<String, ServiceNumbers> =
        numbers.into_iter().map(|((service, _), one)| (service, one)).collect();
    let changes = lead_times(session).await?;
    let sees_failures = sees_failures(session).await?;
    Ok(compared(arms, &numbers, &changes, sees_failures))
}

/// The same of numbers that are there: medians, counts, and the lead times of single changes.
pub(super) fn compared(
    arms: &Arms,
    numbers: &BTreeMap<String, ServiceNumbers>,
    changes: &BTreeMap<String, Vec<f64>>,
    sees_failures: bool,
) -> Vec<ComparisonRow> {
    let run_id = identity(numbers);
    let mut rows = Vec::new();
    for (first, second) in &arms.pairs {
        let pair = Pair {
            comparison: &arms.comparison,
            first: Arm::new(first, arms, numbers),
            second: Arm::new(second, arms, numbers),
            run_id: &run_id,
            sees_failures,
        };
        let mut of_pair: Vec<ComparisonRow> =
            OUTCOMES.iter().flat_map(|outcome| pair.compare(*outcome)).collect();
        of_pair.extend(pair.bootstrapped(changes));
        family::correct(&mut of_pair);
        rows.extend(of_pair);
    }
    rows
}

/// True where anything could have shown a failure at all.
pub(super) async fn sees_failures(session: &SessionContext) -> Result<bool, AnalyticsError> {
    let sql = "select coalesce(bool_or(has_failure_source), false) as sees from subject_status \
               where subject_kind = 'organization'";
    for batch in read_only(session, sql).await?.collect().await? {
        if batch.num_rows() > 0 {
            return Ok(Booleans::of(&batch, "sees")?.get(0).unwrap_or(false));
        }
    }
    Ok(false)
}

/// Changes with the input, so that other input draws other random numbers.
fn identity(numbers: &BTreeMap<String, ServiceNumbers>) -> String {
    format!("{:x}", Sha256::digest(format!("{numbers:?}")))
}

/// The services of an arm with what the period says of each.
struct Arm<'a> {
    name: &'a str,
    services: Vec<(&'a str, &'a Member, ServiceNumbers)>,
}

impl<'a> Arm<'a> {
    fn new(
        name: &'a str,
        arms: &'a arms::Arms,
        numbers: &BTreeMap<String, ServiceNumbers>,
    ) -> Arm<'a> {
        let services = arms.members.iter().filter(|(_, member)| member.arm == name);
        let services = services.map(|(service, member)| {
            (service.as_str(), member, numbers.get(service).cloned().unwrap_or_default())
        });
        Arm { name, services: services.collect() }
    }

    /// The arm's services of one stratum.
    fn within(&self, stratum: &str) -> Arm<'a> {
        self.among(&[stratum])
    }

    /// The arm's services of some strata.
    fn among(&self, strata: &[&str]) -> Arm<'a> {
        let services = self.services.iter();
        let services = services.filter(|(_, member, _)| strata.contains(&member.stratum.as_str()));
        Arm { name: self.name, services: services.cloned().collect() }
    }

    fn values(&self, outcome: Outcome) -> Vec<f64> {
        self.services.iter().filter_map(|(_, _, one)| outcome.value(one)).collect()
    }

    fn shares(&self, outcome: Outcome) -> Vec<Share> {
        let shares = self.services.iter().map(|(_, _, one)| outcome.share(one));
        shares.filter(|share| share.trials > 0).collect()
    }

    fn rates(&self) -> Vec<EventRate> {
        let live = self.services.iter().filter(|(_, _, one)| one.days > 0.0);
        live.map(|(_, _, one)| EventRate::new(one.deployments, one.days / 7.0)).collect()
    }

    /// How many facts an outcome stands on.
    fn facts(&self, outcome: Outcome) -> u64 {
        self.services.iter().map(|(_, _, one)| outcome.facts(one)).sum()
    }

    /// Services that count for an outcome.
    fn counted(&self, outcome: Outcome) -> usize {
        match outcome.shape() {
            Shape::Values => self.values(outcome).len(),
            Shape::Shares => self.shares(outcome).len(),
            Shape::Rates => self.rates().len(),
        }
    }

    fn share_of(&self, part: impl Fn(&ServiceNumbers) -> (u64, u64)) -> Option<f64> {
        let (part, whole) = self.services.iter().fold((0, 0), |sum, (_, _, one)| {
            let (some, all) = part(one);
            (sum.0 + some, sum.1 + all)
        });
        (whole > 0).then(|| part as f64 / whole as f64)
    }
}

/// How many of how many facts of a service are known in full.
type Part = fn(&ServiceNumbers) -> (u64, u64);

/// An effect with what is known of it.
#[derive(Debug, Clone, Copy, Default)]
struct Effect {
    estimate: f64,
    interval: Option<(f64, f64)>,
    p: Option<f64>,
}

struct Pair<'a> {
    comparison: &'a str,
    first: Arm<'a>,
    second: Arm<'a>,
    run_id: &'a str,
    sees_failures: bool,
}

impl Pair<'_> {
    /// All rows of one metric: all services, adjusted for strata, and each stratum.
    fn compare(&self, outcome: Outcome) -> Vec<ComparisonRow> {
        if let Some(reason) = self.refusal(outcome) {
            return vec![self.row(outcome, words::ALL, &self.first, &self.second, Err(reason))];
        }
        let whole = self.effect(outcome, &self.first, &self.second);
        let adjusted = self.adjusted(outcome);
        let mut all =
            self.row(outcome, words::ALL, &self.first, &self.second, whole.map_err(Reason::as_str));
        let is_turned = matches!((whole, adjusted), (Ok(one), Ok(other))
            if outcome.is_above(one.estimate) != outcome.is_above(other.estimate)
                && !outcome.is_even(one.estimate) && !outcome.is_even(other.estimate));
        if is_turned {
            all.words += words::TURNED;
        }
        let (first, second) = self.shared(outcome);
        let mut of_strata =
            self.row(outcome, words::ADJUSTED, &first, &second, adjusted.map_err(Reason::as_str));
        of_strata.method = outcome.adjusted_method().to_owned();
        let mut rows = vec![all, of_strata];
        for stratum in self.strata() {
            let (first, second) = (self.first.within(stratum), self.second.within(stratum));
            let effect = self.effect(outcome, &first, &second).map_err(Reason::as_str);
            rows.push(self.row(outcome, stratum, &first, &second, effect));
        }
        rows
    }

    /// The arms without services whose stratum lacks the other arm.
    fn shared(&self, outcome: Outcome) -> (Arm<'_>, Arm<'_>) {
        let strata = self.counted_strata(outcome);
        (self.first.among(&strata), self.second.among(&strata))
    }

    /// Strata in which services of both arms count for an outcome.
    fn counted_strata(&self, outcome: Outcome) -> Vec<&str> {
        let counts = |arm: &Arm<'_>, stratum| arm.within(stratum).counted(outcome) > 0;
        let mut strata = self.strata();
        strata.retain(|stratum| counts(&self.first, stratum) && counts(&self.second, stratum));
        strata
    }

    /// Strata that have both arms, where there is more than one stratum.
    fn strata(&self) -> Vec<&str> {
        let of = |arm: &Arm<'_>| -> BTreeSet<String> {
            arm.services.iter().map(|(_, member, _)| member.stratum.clone()).collect()
        };
        let (first, second) = (of(&self.first), of(&self.second));
        if first.union(&second).count() < 2 {
            return Vec::new();
        }
        let members = self.first.services.iter().map(|(_, member, _)| member.stratum.as_str());
        let both: BTreeSet<&str> = members.filter(|stratum| second.contains(*stratum)).collect();
        both.into_iter().collect()
    }

    /// Why a metric is not compared at all, in one word.
    fn refusal(&self, outcome: Outcome) -> Option<&'static str> {
        if !outcome.is_about_failures() {
            return None;
        }
        if !self.sees_failures {
            return Some("no_failure_source");
        }
        let parts: [Part; 2] = [
            |one| (one.resolved, one.deployments_seen),
            |one| (one.linked_incidents, one.incidents),
        ];
        let differs = parts.into_iter().any(|part| {
            match (self.first.share_of(part), self.second.share_of(part)) {
                (Some(one), Some(other)) => (one - other).abs() > MOST_PARITY_GAP,
                _ => false,
            }
        });
        let has_incidents = |arm: &Arm<'_>| arm.services.iter().any(|(_, _, one)| one.is_watched);
        let is_one_blind = has_incidents(&self.first) != has_incidents(&self.second);
        (differs || is_one_blind).then_some("coverage_differs")
    }

    fn effect(
        &self,
        outcome: Outcome,
        first: &Arm<'_>,
        second: &Arm<'_>,
    ) -> Result<Effect, Reason> {
        let seed = self.seed(outcome);
        match outcome.shape() {
            Shape::Values => {
                let (one, other) = (first.values(outcome), second.values(outcome));
                evidence_for_medians(one.len(), other.len())?;
                let found = match hodges_lehmann_ratio(&one, &other) {
                    // Deployed the moment it was written: there is no ratio to nothing.
                    Err(Reason::NotPositive) => hodges_lehmann_shift(&one, &other),
                    found => found,
                }?;
                let interval = found.interval.ok().map(|ranked| ranked.interval);
                Ok(Effect {
                    estimate: found.estimate,
                    interval: interval.map(|ends| (ends.low, ends.high)),
                    p: rank_sum(&one, &other, seed).ok().map(|test| test.p),
                })
            }
            Shape::Rates => {
                let (one, other) = (first.rates(), second.rates());
                evidence_for_medians(one.len(), other.len())?;
                let found = quasi_poisson(&one, &other, seed)?;
                let interval = found.interval.ok();
                Ok(Effect {
                    estimate: found.ratio,
                    interval: interval.map(|ends| (ends.low, ends.high)),
                    p: Some(found.permutation.p),
                })
            }
            Shape::Shares => {
                let (one, other) = (first.shares(outcome), second.shares(outcome));
                let trials = |shares: &[Share]| shares.iter().map(|share| share.trials).sum();
                evidence_for_shares((one.len(), trials(&one)), (other.len(), trials(&other)))?;
                let found = clustered_difference(&one, &other, seed)?;
                let interval = found.interval.ok();
                Ok(Effect {
                    estimate: found.difference,
                    interval: interval.map(|ends| (ends.low, ends.high)),
                    p: Some(found.permutation.p),
                })
            }
        }
    }

    /// The effect within strata, put together.
    fn adjusted(&self, outcome: Outcome) -> Result<Effect, Reason> {
        let strata = self.counted_strata(outcome);
        if strata.is_empty() {
            return Err(Reason::NoSharedStrata);
        }
        let seed = self.seed(outcome);
        let arms =
            strata.iter().map(|stratum| (self.first.within(stratum), self.second.within(stratum)));
        let arms: Vec<(Arm<'_>, Arm<'_>)> = arms.collect();
        let (first, second) = self.shared(outcome);
        let sizes = (first.counted(outcome), second.counted(outcome));
        if outcome.shape() == Shape::Shares {
            let trials = (first.facts(outcome), second.facts(outcome));
            evidence_for_shares((sizes.0, trials.0), (sizes.1, trials.1))?;
            let shares = |(first, second): &(Arm<'_>, Arm<'_>)| ClustersByStratum {
                first: first.shares(outcome),
                second: second.shares(outcome),
            };
            let found = clustered_strata(&arms.iter().map(shares).collect::<Vec<_>>(), seed)?;
            let interval = found.interval.ok();
            return Ok(Effect {
                estimate: found.risk_difference,
                interval: interval.map(|ends| (ends.low, ends.high)),
                p: Some(found.permutation.p),
            });
        }
        evidence_for_medians(sizes.0, sizes.1)?;
        let values = |arm: &Arm<'_>| match outcome.shape() {
            Shape::Rates => {
                arm.rates().iter().map(|rate| rate.events as f64 / rate.exposure).collect()
            }
            _ => arm.values(outcome),
        };
        let blocks: Vec<ValuesByStratum> = arms
            .iter()
            .map(|(first, second)| ValuesByStratum { first: values(first), second: values(second) })
            .collect();
        let found = stratified_ratio(&blocks, seed)?;
        Ok(Effect {
            estimate: found.ratio,
            interval: None,
            p: Some(found.logarithms.permutation.p),
        })
    }

    /// Differences of the median and the ninth decile over all changes, by resampling services.
    fn bootstrapped(&self, changes: &BTreeMap<String, Vec<f64>>) -> Vec<ComparisonRow> {
        let outcome = Outcome::LeadTime;
        let of = |arm: &Arm<'_>| -> Vec<Vec<f64>> {
            let counted = arm.services.iter().filter(|(_, _, one)| outcome.value(one).is_some());
            counted.filter_map(|(service, _, _)| changes.get(*service).cloned()).collect()
        };
        let (first, second) = (of(&self.first), of(&self.second));
        if evidence_for_medians(first.len(), second.len()) != Ok(Evidence::Full) {
            return Vec::new();
        }
        let count: usize = first.iter().chain(&second).map(Vec::len).sum();
        [0.5, 0.9]
            .into_iter()
            .map(|probability| {
                let effect = match count > MOST_BOOTSTRAPPED {
                    true => Err("too_many_changes"),
                    false => {
                        let seed = self.seed(outcome);
                        bootstrap_quantile_difference(&first, &second, probability, seed)
                            .map(|found| Effect {
                                estimate: found.difference,
                                interval: Some((found.interval.low, found.interval.high)),
                                p: None,
                            })
                            .map_err(Reason::as_str)
                    }
                };
                let mut row = self.row(outcome, words::ALL, &self.first, &self.second, effect);
                row.method = words::BOOTSTRAP.to_owned();
                row.stratum = format!("{}, p{:.0}", words::ALL, probability * 100.0);
                row.unit = "seconds".to_owned();
                row.words = match effect {
                    Ok(effect) => words::seconds(
                        &row.arm_a,
                        &row.arm_b,
                        probability,
                        effect.estimate,
                        effect.interval,
                    ),
                    Err(reason) => words::none(&row, reason),
                };
                row
            })
            .collect()
    }

    fn seed(&self, outcome: Outcome) -> Seed {
        let arms = format!("{} {} {}", self.comparison, self.first.name, self.second.name);
        Seed::new(self.run_id, outcome.metric(), &arms)
    }

    fn row(
        &self,
        outcome: Outcome,
        stratum: &str,
        first: &Arm<'_>,
        second: &Arm<'_>,
        effect: Result<Effect, &'static str>,
    ) -> ComparisonRow {
        let (services_a, services_b) = (first.counted(outcome), second.counted(outcome));
        let evidence = effect
            .and_then(|_| evidence_for_medians(services_a, services_b).map_err(Reason::as_str));
        let is_shift = outcome.shape() == Shape::Values
            && [first, second].iter().any(|arm| arm.values(outcome).contains(&0.0));
        let found = effect.ok();
        let interval = found.and_then(|found| found.interval);
        let mut row = ComparisonRow {
            comparison: self.comparison.to_owned(),
            metric: outcome.metric().to_owned(),
            stratum: stratum.to_owned(),
            arm_a: first.name.to_owned(),
            arm_b: second.name.to_owned(),
            services_a: services_a as i64,
            services_b: services_b as i64,
            method: outcome.method(is_shift).to_owned(),
            estimate: found.map(|found| found.estimate),
            ci_low: interval.map(|(low, _)| low),
            ci_high: interval.map(|(_, high)| high),
            p_value: found.and_then(|found| found.p),
            q_value: None,
            words: String::new(),
            reason: effect.err().map(str::to_owned),
            unit: outcome.unit(is_shift).to_owned(),
            facts_a: Some(first.facts(outcome) as i64),
            facts_b: Some(second.facts(outcome) as i64),
            evidence: evidence.ok().map(|evidence| evidence.as_str().to_owned()),
        };
        row.words = match effect {
            Ok(_) => words::found(outcome, &row),
            Err(reason) => words::none(&row, reason),
        };
        row
    }
}
