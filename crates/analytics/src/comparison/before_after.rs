//! Services before and after they came onto a golden path, against those that did not: difference
//! in differences for adoptions at different times (Callaway and Sant'Anna, 2021).
//!
//! The window of the adoption itself is washed out: what moving costs and what having moved brings
//! are not to be told apart there. Who is watched more closely after the adoption would seem to fail
//! more often, so failures are followed only where they are known alike before, after and elsewhere.
//! A service that leaves the path ends its row there.
//!
//! Whether an effect is more than chance is asked by dealing out the dates of adoption anew, among
//! services of one tier and language: which of these come onto the path, and when, is no accident.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::prelude::SessionContext;
use sha2::{Digest as _, Sha256};

use super::cross_section::{MOST_PARITY_GAP, OUTCOMES, sees_failures};
use super::numbers::{ServiceNumbers, ServiceWindow, numbers};
use super::strata::Strata;
use super::unfollowed::{Unfollowed, is_seen_around, known};
use super::words::{self, Outcome, Shape};
use super::{ComparisonRow, family};
use crate::columns::{Instants, Texts};
use crate::statistics::{
    Adopter, Controls, Interval, MINIMUM_PERIODS, MINIMUM_SERVICES, Reason, Seed, Staggered,
    StaggeredJackknife, StaggeredRandomization, evidence_for_panel, staggered_adoption,
    staggered_jackknife, staggered_randomization,
};
use crate::{AnalyticsError, read_only};

const COMPARISON: &str = "before-after";
/// Services that came onto the path.
const ADOPTERS: &str = "golden";
/// Services that did not.
const CONTROLS: &str = "not_golden";

/// When a service came onto a golden path, and when it left.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Turn {
    pub(super) adopted_at: Option<i64>,
    pub(super) left_at: Option<i64>,
}

/// Compares adopters with the others over the session's windows, which are of one kind.
///
/// # Errors
/// Where the facts can't be read.
pub async fn before_after(
    session: &SessionContext,
) -> Result<(Vec<ComparisonRow>, Vec<String>), AnalyticsError> {
    let mut numbers = numbers(session).await?;
    let windows = known(windows(session).await?, &numbers);
    numbers.retain(|(_, start), _| windows.iter().any(|window| window.0 == *start));
    let mut turns = turns(session).await?;
    let unfollowed = Unfollowed::of(&turns, &windows, &numbers);
    turns.retain(|service, _| !unfollowed.without_before.contains(service));
    let sees_failures = sees_failures(session).await?;
    let strata = Strata::read(session).await?;
    let panel = Panel { sees_failures, windows, turns, numbers, strata };
    let rows = panel.compared();
    let mut remarks = vec![
        "an estimate here is an effect only if, without the golden path, its adopters would have gone on as the others did; `event` rows before 0 show whether they went alike until then".to_owned(),
    ];
    remarks.extend(unfollowed.remarks());
    Ok((rows, remarks))
}

async fn windows(session: &SessionContext) -> Result<Vec<(i64, i64)>, AnalyticsError> {
    let sql = "select window_start, window_end from windows where not is_provisional order by window_start";
    let mut windows = Vec::new();
    for batch in read_only(session, sql).await?.collect().await? {
        let (starts, ends) =
            (Instants::of(&batch, "window_start")?, Instants::of(&batch, "window_end")?);
        windows.extend(
            (0..batch.num_rows()).filter_map(|row| Some((starts.get(row)?, ends.get(row)?))),
        );
    }
    Ok(windows)
}

async fn turns(session: &SessionContext) -> Result<BTreeMap<String, Turn>, AnalyticsError> {
    let sql = "select service_id, min(first_golden_at) as adopted_at,
                      min(case when status = 'golden' and valid_from = first_golden_at then valid_to end) as left_at
               from service_path_status group by service_id";
    let mut turns = BTreeMap::new();
    for batch in read_only(session, sql).await?.collect().await? {
        let services = Texts::of(&batch, "service_id")?;
        let (adopted, left) =
            (Instants::of(&batch, "adopted_at")?, Instants::of(&batch, "left_at")?);
        for row in 0..batch.num_rows() {
            if let Some(service) = services.get(row) {
                let turn = Turn { adopted_at: adopted.get(row), left_at: left.get(row) };
                turns.insert(service.to_owned(), turn);
            }
        }
    }
    Ok(turns)
}

/// How much of what could show a failure is known of a side.
#[derive(Default)]
struct Side {
    resolved: (u64, u64),
    linked: (u64, u64),
    /// Incidents, whatever caused them.
    recorded: u64,
}

impl Side {
    fn add(&mut self, one: &ServiceNumbers) {
        let sum = |(part, whole): &mut (u64, u64), some, all| {
            *part += some;
            *whole += all;
        };
        sum(&mut self.resolved, one.resolved, one.deployments_seen);
        sum(&mut self.linked, one.linked_incidents, one.incidents);
        self.recorded += one.recorded_incidents;
    }

    fn differs(&self, other: &Side) -> bool {
        let share = |(part, whole): (u64, u64)| (whole > 0).then(|| part as f64 / whole as f64);
        let pairs = [(self.resolved, other.resolved), (self.linked, other.linked)];
        let is_blind = |side: &Side| side.resolved.1 > 0 && side.recorded == 0;
        let is_apart = pairs.into_iter().any(|(one, two)| {
            let both = share(one).zip(share(two));
            both.is_some_and(|(one, two)| (one - two).abs() > MOST_PARITY_GAP)
        });
        let has_incidents = |side: &Side| side.recorded > 0;
        is_apart
            || (is_blind(self) && has_incidents(other))
            || (is_blind(other) && has_incidents(self))
    }
}

/// Services over time.
pub(super) struct Panel {
    pub(super) sees_failures: bool,
    /// First instant of each window and the one after its last, in order.
    pub(super) windows: Vec<(i64, i64)>,
    pub(super) turns: BTreeMap<String, Turn>,
    pub(super) numbers: BTreeMap<ServiceWindow, ServiceNumbers>,
    pub(super) strata: Strata,
}

/// What was estimated.
struct Found {
    effects: Staggered,
    /// Intervals; the bootstrap would need eight services in each cohort.
    jackknife: Option<StaggeredJackknife>,
    randomization: Option<StaggeredRandomization>,
}

impl Found {
    /// True where an effect would be told.
    fn is_claimed(&self) -> bool {
        let is_outside = self.jackknife.as_ref().is_none_or(|one| one.simple.excludes_zero());
        is_outside && self.p().is_none_or(|p| p <= 0.05)
    }

    fn p(&self) -> Option<f64> {
        self.randomization.map(|found| found.permutation.p)
    }

    /// What a reader of the p should know of how it came about.
    fn caveat(&self) -> String {
        match self.randomization {
            Some(found) if !found.is_within_strata => words::OVER_ALL.to_owned(),
            Some(found) => words::coarse(found.permutation),
            None => String::new(),
        }
    }
}

impl Panel {
    /// All rows of all metrics.
    pub(super) fn compared(&self) -> Vec<ComparisonRow> {
        let run_id = self.identity();
        let mut rows: Vec<ComparisonRow> =
            OUTCOMES.iter().flat_map(|outcome| self.rows(*outcome, &run_id)).collect();
        family::correct(&mut rows);
        rows
    }

    /// Changes with the input, so that other input draws other random numbers.
    fn identity(&self) -> String {
        let Panel { windows, turns, numbers, strata, .. } = self;
        format!("{:x}", Sha256::digest(format!("{windows:?}{turns:?}{numbers:?}{strata:?}")))
    }

    fn rows(&self, outcome: Outcome, run_id: &str) -> Vec<ComparisonRow> {
        let services = self.adopters(outcome);
        let (adopters, controls): (Vec<&Adopter>, Vec<&Adopter>) = services
            .iter()
            .filter(|service| is_seen_around(service))
            .partition(|service| service.adopted_in.is_some());
        let sizes = (adopters.len(), controls.len());
        let seed = Seed::new(run_id, outcome.metric(), COMPARISON);
        let found = found(&services, &adopters, &controls, seed);
        let seen: BTreeSet<i64> = match &found {
            Ok(found) => found.effects.event_study.keys().copied().collect(),
            Err(_) => BTreeSet::new(),
        };
        if let Some(reason) = self.refusal(outcome) {
            let mut row = self.row(outcome, words::ALL, sizes);
            row.reason = Some(reason.to_owned());
            row.words = words::none(&row, reason);
            return vec![row];
        }
        let mut rows = vec![self.headline(outcome, sizes, &found)];
        if let Ok(found) = &found {
            for since in seen {
                rows.push(self.event(outcome, since, found));
            }
        }
        rows
    }

    /// The services as the method takes them. Those that were on the path before the first window
    /// tell nothing of before.
    fn adopters(&self, outcome: Outcome) -> Vec<Adopter> {
        let names: BTreeSet<&str> = self.turns.keys().map(|name| self.strata.of(name)).collect();
        let strata: BTreeMap<&str, usize> = names.into_iter().zip(0..).collect();
        let mut services = Vec::new();
        for (service, turn) in &self.turns {
            let place = |at: i64| self.windows.iter().position(|(_, end)| at < *end);
            if self.has_begun(*turn) {
                continue;
            }
            let adopted_in = turn.adopted_at.and_then(place);
            let left_in = turn.left_at.and_then(place);
            let outcomes = self.windows.iter().enumerate().map(|(at, (start, _))| {
                let is_over = left_in.is_some_and(|left| at >= left);
                if is_over {
                    return None;
                }
                let one = self.numbers.get(&(service.clone(), *start))?;
                measured(outcome, one)
            });
            let outcomes: Vec<Option<f64>> = outcomes.collect();
            if outcomes.iter().any(Option::is_some) {
                let stratum = strata.get(self.strata.of(service)).copied().unwrap_or_default();
                services.push(Adopter { adopted_in, stratum, is_washed_out: true, outcomes });
            }
        }
        services
    }

    fn headline(
        &self,
        outcome: Outcome,
        sizes: (usize, usize),
        found: &Result<Found, Reason>,
    ) -> ComparisonRow {
        let mut row = self.row(outcome, words::ALL, sizes);
        row.facts_a = Some(self.facts(outcome, true));
        row.facts_b = Some(self.facts(outcome, false));
        match found {
            Err(reason) => {
                row.reason = Some(reason.as_str().to_owned());
                row.words = missing(*reason, sizes);
            }
            // Where nothing is claimed, a trend before does no harm.
            Ok(found) if found.effects.is_pretrend_large && found.is_claimed() => {
                row.reason = Some("pretrend_too_large".to_owned());
                row.words = format!(
                    "not told: adopters of the golden path and the others went apart before the adoption already, by more than half of the difference after it ({} adopters, {} others)",
                    sizes.0, sizes.1
                );
            }
            Ok(found) => {
                let interval = found.jackknife.as_ref().map(|jackknife| jackknife.simple);
                told(outcome, &mut row, found.effects.simple, interval);
                row.p_value = found.p();
                row.words = words::estimated(outcome, &row) + &found.caveat();
            }
        }
        row
    }

    fn event(&self, outcome: Outcome, since: i64, found: &Found) -> ComparisonRow {
        let cells = found
            .effects
            .effects
            .iter()
            .filter(|cell| cell.period as i64 - cell.cohort as i64 == since);
        let adopters = cells.clone().map(|cell| cell.adopters).sum::<u64>();
        let controls = cells.map(|cell| cell.controls).max().unwrap_or_default();
        let sizes = (adopters as usize, controls as usize);
        let mut row = self.row(outcome, &format!("event {since}"), sizes);
        let effect = found.effects.event_study.get(&since).copied().unwrap_or_default();
        let interval =
            found.jackknife.as_ref().and_then(|found| found.event_study.get(&since).copied());
        told(outcome, &mut row, effect, interval);
        row.words = words::event(&row, since);
        row
    }

    fn row(&self, outcome: Outcome, stratum: &str, sizes: (usize, usize)) -> ComparisonRow {
        ComparisonRow {
            comparison: COMPARISON.to_owned(),
            metric: outcome.metric().to_owned(),
            stratum: stratum.to_owned(),
            arm_a: ADOPTERS.to_owned(),
            arm_b: CONTROLS.to_owned(),
            services_a: sizes.0 as i64,
            services_b: sizes.1 as i64,
            method: "callaway_santanna".to_owned(),
            estimate: None,
            ci_low: None,
            ci_high: None,
            p_value: None,
            q_value: None,
            words: String::new(),
            reason: None,
            unit: unit(outcome).to_owned(),
            facts_a: None,
            facts_b: None,
            evidence: None,
        }
    }

    /// Facts of services that came onto the path within the windows, or of those that did not.
    fn facts(&self, outcome: Outcome, has_adopted: bool) -> i64 {
        let counted = self.numbers.iter().filter(|((service, _), _)| {
            self.turns.get(service).is_some_and(|turn| {
                turn.adopted_at.is_some() == has_adopted && !self.has_begun(*turn)
            })
        });
        counted.map(|(_, one)| outcome.facts(one)).sum::<u64>() as i64
    }

    /// True for a service that was on the path before the first window.
    fn has_begun(&self, turn: Turn) -> bool {
        let start = self.windows.first().map(|(start, _)| *start);
        turn.adopted_at.zip(start).is_some_and(|(at, start)| at < start)
    }

    /// Why a metric is not followed at all, in one word.
    fn refusal(&self, outcome: Outcome) -> Option<&'static str> {
        if !outcome.is_about_failures() {
            return None;
        }
        if !self.sees_failures {
            return Some("no_failure_source");
        }
        let mut sides: [Side; 3] = Default::default();
        for ((service, window), one) in &self.numbers {
            let Some(turn) = self.turns.get(service).filter(|turn| !self.has_begun(**turn)) else {
                continue;
            };
            let side = match turn.adopted_at {
                Some(at) if *window < at => 0,
                Some(_) => 1,
                None => 2,
            };
            sides[side].add(one);
        }
        let pairs = [(0, 1), (0, 2), (1, 2)];
        let differs = pairs.into_iter().any(|(one, other)| sides[one].differs(&sides[other]));
        differs.then_some("coverage_differs")
    }
}

/// Estimates the effect, where there is enough to say anything.
fn found(
    services: &[Adopter],
    adopters: &[&Adopter],
    controls: &[&Adopter],
    seed: Seed,
) -> Result<Found, Reason> {
    let told = |outcomes: &[Option<f64>]| outcomes.iter().flatten().count();
    let is_long = |service: &&&Adopter| {
        let place = service.adopted_in.unwrap_or_default();
        let (before, after) = service.outcomes.split_at(place.min(service.outcomes.len()));
        let after = after.get(1..).unwrap_or_default();
        told(before) >= MINIMUM_PERIODS && told(after) >= MINIMUM_PERIODS
    };
    let long = adopters.iter().filter(is_long).count();
    let periods = if adopters.is_empty() || long > 0 { MINIMUM_PERIODS } else { 0 };
    evidence_for_panel(
        if long > 0 { long } else { adopters.len() },
        controls.len(),
        periods,
        periods,
    )?;
    let mode = match controls.len() >= MINIMUM_SERVICES {
        true => Controls::NeverTreated,
        false => Controls::NotYetTreated,
    };
    let effects = staggered_adoption(services, mode)?;
    let jackknife = staggered_jackknife(services, mode).ok();
    let randomization = staggered_randomization(services, mode, seed).ok();
    Ok(Found { effects, jackknife, randomization })
}

/// A service's number on the scale on which effects add up: logarithms of times, shares and
/// deployments a week as they are (a window without any has no logarithm, and is no gap).
fn measured(outcome: Outcome, one: &ServiceNumbers) -> Option<f64> {
    match outcome.shape() {
        Shape::Values => outcome.value(one).filter(|value| *value > 0.0).map(f64::ln),
        // A window without a deployment counts too.
        Shape::Rates => (one.days > 0.0).then(|| one.deployments as f64 / (one.days / 7.0)),
        Shape::Shares => {
            let share = outcome.share(one);
            (share.trials > 0).then(|| share.events as f64 / share.trials as f64)
        }
    }
}

/// The unit of an effect over time.
fn unit(outcome: Outcome) -> &'static str {
    match outcome.shape() {
        Shape::Rates => "per_week",
        _ => outcome.unit(false),
    }
}

/// Puts an effect into a row, back on the scale that people read.
fn told(outcome: Outcome, row: &mut ComparisonRow, effect: f64, interval: Option<Interval>) {
    let scale = |value: f64| if outcome.shape() == Shape::Values { value.exp() } else { value };
    row.estimate = Some(scale(effect));
    row.ci_low = interval.map(|interval| scale(interval.low));
    row.ci_high = interval.map(|interval| scale(interval.high));
}

fn missing(reason: Reason, sizes: (usize, usize)) -> String {
    let (adopters, others) = sizes;
    match reason {
        Reason::NoAdopters => {
            "nothing to say: no service came onto a golden path within the windows".to_owned()
        }
        Reason::TooFewServices | Reason::NoControls => format!(
            "too few services to say ({adopters} adopters, {others} others; at least 4 of each are needed)"
        ),
        Reason::TooFewPeriods => format!(
            "too few windows to say: {adopters} adopters, none with two windows of data before and two after the adoption"
        ),
        other => format!(
            "no number: {} ({adopters} adopters, {others} others)",
            other.as_str().replace('_', " ")
        ),
    }
}
