//! Seven factors of a quarter beside the quarter before, and the verdict.

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use super::row::FactorRow;
use super::{
    Answer, Basis, Colour, Direction, Factor, Found, ManualAnswer, Moment, Observation, Rules,
    Standing, Trend, Verdict, phase, thresholds,
};
use crate::statistics::{Share, newcombe};

/// Quarters to put beside each other, and by what rules.
#[derive(Debug)]
pub struct Question<'a> {
    /// Thresholds.
    pub rules: &'a Rules,
    /// Answers by hand, of any quarter.
    pub manual: &'a [ManualAnswer],
    /// Day from which there was a platform.
    pub platform_since: Option<NaiveDate>,
    /// The quarter.
    pub now: &'a Observation,
    /// The quarter before it.
    pub before: Option<&'a Observation>,
    /// The quarter in which the platform started.
    pub start: Option<&'a Observation>,
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assessment {
    /// Version of this shape.
    pub schema_version: u32,
    /// Quarter, such as `2026Q3`.
    pub quarter: String,
    /// First civil day of it.
    pub start_on: NaiveDate,
    /// First civil day after it.
    pub end_on: NaiveDate,
    /// True while it is in progress.
    pub is_provisional: bool,
    /// Changes with any of the rules.
    pub rules_id: String,
    /// `need`, or `residual_need` once there is a platform.
    pub reading: String,
    /// Quarter in which the platform started; `None` before and without one.
    pub start_quarter: Option<String>,
    /// Verdict.
    pub verdict: Verdict,
    /// Verdict of the quarter before under the same rules; `None` where that has not been seen.
    pub previous_verdict: Option<Verdict>,
    /// Verdict of the quarter in which the platform started.
    pub start_verdict: Option<Verdict>,
    /// What to do about it.
    pub words: String,
    /// Where the organization is headed.
    pub direction: Direction,
    /// Growth of engineers over two quarters: 0.1 is ten percent more.
    pub engineers_growth: Option<f64>,
    /// Growth of services over two quarters.
    pub services_growth: Option<f64>,
    /// Phase of the roadmap that comes next.
    pub phase: Option<String>,
    /// Factors that are assessed, of seven.
    pub known_count: usize,
    /// Factors with their colours.
    pub factors: Vec<FactorRow>,
}

/// The assessment of a quarter.
pub fn assess(question: &Question<'_>) -> Assessment {
    let Question { rules, now, .. } = question;
    let moment = &now.moment;
    let direction = direction(now, rules);
    let verdict = verdict(question, now);
    let is_residual = question.is_residual();
    let small = |growth: Option<f64>| growth.filter(|_| now.has_enough_engineers());
    Assessment {
        schema_version: 1,
        quarter: moment.quarter.to_string(),
        start_on: moment.quarter.start_on(),
        end_on: moment.quarter.end_on(),
        is_provisional: moment.is_provisional,
        rules_id: rules.id(),
        reading: question.reading().to_owned(),
        start_quarter: question.started().map(|start| start.moment.quarter.to_string()),
        verdict,
        previous_verdict: question.before.map(|before| self::verdict(question, before)),
        start_verdict: question.started().map(|start| self::verdict(question, start)),
        words: if is_residual { verdict.residual_words() } else { verdict.words(direction) }
            .to_owned(),
        direction,
        engineers_growth: small(now.growth.of_engineers(2)),
        services_growth: now.growth.of_services(2),
        phase: phase(verdict, direction, question.months()).map(str::to_owned),
        known_count: Factor::ALL
            .into_iter()
            .filter(|factor| question.standing(now, *factor).is_some())
            .count(),
        factors: Factor::ALL
            .into_iter()
            .flat_map(|factor| question.rows(factor, verdict))
            .collect(),
    }
}

fn direction(of: &Observation, rules: &Rules) -> Direction {
    Direction::of(of.growth.of_engineers(2), of.growth.of_services(2), rules)
}

fn verdict(question: &Question<'_>, of: &Observation) -> Verdict {
    let colours =
        Factor::ALL.map(|factor| question.standing(of, factor).map(|standing| standing.colour));
    Verdict::of(&colours, question.rules)
}

impl Observation {
    fn has_enough_engineers(&self) -> bool {
        self.growth.engineers().is_some_and(|count| count >= 5.0)
    }
}

impl Question<'_> {
    /// True from the quarter on in which the platform started.
    fn is_residual(&self) -> bool {
        self.platform_since.is_some_and(|since| self.now.moment.quarter.end_on() > since)
    }

    fn reading(&self) -> &'static str {
        if self.is_residual() { "residual_need" } else { "need" }
    }

    /// The quarter in which the platform started, where this one is not before it.
    fn started(&self) -> Option<&Observation> {
        self.start.filter(|_| self.is_residual())
    }

    /// Months from the start of the platform to the quarter's end.
    fn months(&self) -> Option<i64> {
        let since = self.platform_since.filter(|_| self.is_residual())?;
        let end = self.now.moment.last_on;
        let months = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
        Some(months(end) - months(since))
    }

    fn manual(&self, moment: &Moment, factor: Factor) -> Option<&ManualAnswer> {
        let is_it = |one: &&ManualAnswer| one.factor == factor && one.quarter == moment.quarter;
        self.manual.iter().find(is_it)
    }

    /// The colour that counts: what data say, else what was answered by hand.
    fn standing(&self, of: &Observation, factor: Factor) -> Option<Standing> {
        let found = of.found.get(&factor);
        let by_data = found.and_then(|found| {
            let colour = found.colour(self.rules)?;
            Some(Standing { colour, is_borderline: found.is_borderline(self.rules) })
        });
        let manual = self.manual(&of.moment, factor);
        by_data.or_else(|| manual.and_then(|manual| by_hand(manual, self.rules)))
    }

    /// Value and unit of what counts in a quarter.
    fn shown(&self, of: &Observation, factor: Factor) -> Option<(f64, &'static str)> {
        let found = of.found.get(&factor).filter(|found| found.colour(self.rules).is_some());
        if let Some(found) = found {
            return Some((found.value?, found.unit));
        }
        match self.manual(&of.moment, factor)?.answer {
            Answer::Value(value) => Some((value, factor.unit())),
            Answer::Colour(_) => None,
        }
    }

    /// The row of the data and that of an answer by hand.
    fn rows(&self, factor: Factor, verdict: Verdict) -> Vec<FactorRow> {
        let Some(found) = self.now.found.get(&factor) else { return Vec::new() };
        let manual = self.manual(&self.now.moment, factor);
        let has_data = found.colour(self.rules).is_some();
        let counts_hand = !has_data && manual.is_some_and(|one| by_hand(one, self.rules).is_some());
        let mut rows = vec![self.by_data(factor, found, (!counts_hand, verdict))];
        rows.extend(manual.map(|manual| self.by_hand(manual, (counts_hand, verdict))));
        rows
    }

    fn by_data(&self, factor: Factor, found: &Found, counts: (bool, Verdict)) -> FactorRow {
        let colour = found.colour(self.rules);
        let borderline = colour.map(|_| found.is_borderline(self.rules));
        let mut row = self.row(factor, (found.unit, colour, borderline), counts);
        row.basis = if colour.is_some() { found.basis } else { Basis::NotAssessed };
        row.value = found.value;
        row.reason = found.reason.map(str::to_owned);
        row.is_clear_change = self.clear_change(factor, found.share);
        row.sample_size = found.sample_size;
        row.coverage_ratio = found.coverage_ratio;
        row.ci_low = found.interval.map(|interval| interval.low);
        row.ci_high = found.interval.map(|interval| interval.high);
        row.details.clone_from(&found.details);
        row.contributors.clone_from(&found.contributors);
        row.links.clone_from(&found.links);
        row.missing.clone_from(&found.missing);
        row
    }

    fn by_hand(&self, manual: &ManualAnswer, counts: (bool, Verdict)) -> FactorRow {
        let standing = by_hand(manual, self.rules);
        let (value, borderline) = match manual.answer {
            Answer::Value(value) => (Some(value), standing.map(|standing| standing.is_borderline)),
            Answer::Colour(_) => (None, None),
        };
        let colour = standing.map(|standing| standing.colour);
        let mut row = self.row(manual.factor, (manual.factor.unit(), colour, borderline), counts);
        row.basis = Basis::Manual;
        row.value = value;
        row.reason = match (colour, value) {
            (None, _) => Some("product_share_unknown".to_owned()),
            (Some(_), None) => Some("only_a_colour".to_owned()),
            _ => None,
        };
        row.details = vec![format!("answered by hand on {}: {}", manual.answered_on, manual.note)];
        row
    }

    /// What both kinds of rows share.
    fn row(
        &self,
        factor: Factor,
        (unit, colour, is_borderline): (&'static str, Option<Colour>, Option<bool>),
        (is_counted, verdict): (bool, Verdict),
    ) -> FactorRow {
        let now =
            colour.map(|colour| Standing { colour, is_borderline: is_borderline.unwrap_or(false) });
        let standing = |of: Option<&Observation>| of.and_then(|of| self.standing(of, factor));
        let value = |of: Option<&Observation>| {
            let (value, own) = of.and_then(|of| self.shown(of, factor))?;
            (own == unit).then_some(value)
        };
        let (before, start) = (standing(self.before), standing(self.started()));
        // A survey and what stands for one are no two points of a line.
        let then = self.before.and_then(|before| self.shown(before, factor));
        let is_alike = then.is_none_or(|(_, own)| own == unit);
        FactorRow {
            quarter: self.now.moment.quarter.to_string(),
            factor,
            basis: Basis::NotAssessed,
            value: None,
            unit: unit.to_owned(),
            colour,
            need: colour.map(|colour| colour.need().to_owned()),
            previous_value: value(self.before),
            previous_colour: before.map(|before| before.colour),
            is_borderline,
            reason: None,
            trend: Trend::between(before.filter(|_| is_alike), now)
                .map(|trend| trend.name().to_owned()),
            is_clear_change: None,
            sample_size: None,
            coverage_ratio: None,
            ci_low: None,
            ci_high: None,
            is_counted,
            is_provisional: self.now.moment.is_provisional,
            reading: self.reading().to_owned(),
            start_quarter: self.started().map(|start| start.moment.quarter.to_string()),
            start_value: value(self.started()),
            start_colour: start.map(|start| start.colour),
            thresholds: thresholds(factor, self.rules),
            details: Vec::new(),
            contributors: Vec::new(),
            links: Vec::new(),
            missing: Vec::new(),
            verdict,
            rules_id: self.rules.id(),
        }
    }

    /// Whether the share of a survey differs from that of the wave before for sure.
    fn clear_change(&self, factor: Factor, now: Option<Share>) -> Option<bool> {
        let before = self.before?.found.get(&factor)?.share?;
        let difference = newcombe(now?, before).ok()?;
        Some(difference.low > 0.0 || difference.high < 0.0)
    }
}

fn by_hand(manual: &ManualAnswer, rules: &Rules) -> Option<Standing> {
    match (manual.answer, manual.numbers(rules)) {
        (Answer::Colour(colour), _) => Some(Standing { colour, is_borderline: false }),
        (Answer::Value(_), Some(numbers)) => {
            let is_borderline = numbers.is_borderline(rules);
            numbers.colour(rules).map(|colour| Standing { colour, is_borderline })
        }
        (Answer::Value(_), None) => None,
    }
}
