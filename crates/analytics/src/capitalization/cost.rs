//! What time costs: the month's actual cost divided over the rows, hours at a standard rate, or
//! nothing at all, where the rates stay with finance.
//!
//! A total is rounded in the payroll's currency; a total in another currency is that total times
//! the month's exchange rate, rounded again. Both are divided by the largest remainder.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;

use super::CapitalizationError;
use super::CapitalizationProblem;
use super::currency::Currency;
use super::rows::{Row, RowKey};
use crate::effort::{EmploymentType, Fixed, Month, PersonMonth, Rational, apportion, scale};

/// Loaded cost of a person-month: salary, payroll taxes and benefits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActualCost {
    /// Person.
    pub person_id: String,
    /// Month.
    pub month: Month,
    /// Which part of the month it pays: the days as an employee or as a contractor. `None` pays all
    /// of it.
    pub employment_type: Option<EmploymentType>,
    /// Amount in minor units of the currency.
    pub amount: i128,
    /// Currency of the payroll.
    pub currency: Currency,
}

/// Whom a rate is for. A narrower one goes before a wider one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RateScope {
    /// One person.
    Person(String),
    /// Everyone with a role.
    Role(String),
    /// Everyone.
    Everyone,
}

/// Rate of an hour, over days.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StandardRate {
    /// Whom it is for.
    pub scope: RateScope,
    /// First day.
    pub valid_from: NaiveDate,
    /// First day after it; `None` while it lasts.
    pub valid_to: Option<NaiveDate>,
    /// Cost of an hour in whole units of the currency, such as dollars.
    pub rate: Rational,
    /// Currency.
    pub currency: Currency,
}

/// Where costs come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CostMode {
    /// Nowhere: the rates stay with finance.
    #[default]
    None,
    /// The month's actual costs, divided over the rows.
    Actual(Vec<ActualCost>),
    /// Hours at the rate that is valid on their day.
    StandardRate(Vec<StandardRate>),
}

/// What one unit of a currency is worth in a month.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ExchangeRate {
    /// Month.
    pub month: Month,
    /// Currency of the payroll.
    pub from: Currency,
    /// Currency of the export.
    pub to: Currency,
    /// Units of `to` for one of `from`.
    pub rate: Rational,
    /// Who publishes it.
    pub source: String,
    /// Day it was published for.
    pub published_on: NaiveDate,
}

/// Currency of the export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reporting {
    /// Currency.
    pub currency: Currency,
    /// Exchange rates.
    pub rates: Vec<ExchangeRate>,
}

/// An amount with the rows that share it.
pub(super) struct Pot {
    currency: Currency,
    /// In minor units.
    total: i128,
    weights: Vec<(RowKey, Rational)>,
}

type Problems = BTreeSet<CapitalizationProblem>;

/// Amounts of one person-month.
pub(super) fn pots(
    month: &PersonMonth,
    rows: &BTreeMap<RowKey, Row<'_>>,
    mode: &CostMode,
    problems: &mut Problems,
) -> Result<Vec<Pot>, CapitalizationError> {
    match mode {
        CostMode::None => Ok(Vec::new()),
        CostMode::Actual(costs) => Ok(actual(month, rows, costs, problems)),
        CostMode::StandardRate(rates) => {
            let pot = at_rates(month, rows, rates, problems)?;
            Ok(pot.into_iter().collect())
        }
    }
}

fn actual(
    month: &PersonMonth,
    rows: &BTreeMap<RowKey, Row<'_>>,
    costs: &[ActualCost],
    problems: &mut Problems,
) -> Vec<Pot> {
    let person_id = || month.person_id.clone();
    let is_of_month =
        |cost: &&ActualCost| cost.person_id == month.person_id && cost.month == month.month;
    let costs: BTreeSet<&ActualCost> = costs.iter().filter(is_of_month).collect();
    let types: BTreeSet<Option<EmploymentType>> =
        costs.iter().map(|cost| cost.employment_type).collect();
    if types.len() < costs.len() || (types.contains(&None) && types.len() > 1) {
        let (person_id, month) = (person_id(), month.month);
        problems.insert(CapitalizationProblem::ContradictoryCost { person_id, month });
        return Vec::new();
    }
    let mut pots = Vec::new();
    let mut paid = 0;
    for cost in costs {
        let is_paid = |row: &Row<'_>| {
            cost.employment_type.is_none() || row.employment.employment_type == cost.employment_type
        };
        let weights: Vec<(RowKey, Rational)> = rows
            .iter()
            .filter(|(_, row)| is_paid(row))
            .map(|(key, row)| (key.clone(), row.fte.clone()))
            .collect();
        if weights.is_empty() {
            let (person_id, month) = (person_id(), month.month);
            problems.insert(CapitalizationProblem::CostWithoutEffort { person_id, month });
            continue;
        }
        paid += weights.len();
        pots.push(Pot { currency: cost.currency, total: cost.amount, weights });
    }
    if paid < rows.len() {
        let (person_id, month) = (person_id(), month.month);
        problems.insert(CapitalizationProblem::MissingCost { person_id, month });
    }
    pots
}

/// Names costs of people who have no effort in the month at all.
pub(super) fn without_effort(
    mode: &CostMode,
    period: Month,
    people: &BTreeSet<&str>,
    problems: &mut Problems,
) {
    let CostMode::Actual(costs) = mode else { return };
    for cost in costs.iter().filter(|cost| cost.month == period) {
        if !people.contains(cost.person_id.as_str()) {
            let person_id = cost.person_id.clone();
            let problem = CapitalizationProblem::CostWithoutEffort { person_id, month: period };
            problems.insert(problem);
        }
    }
}

fn at_rates(
    month: &PersonMonth,
    rows: &BTreeMap<RowKey, Row<'_>>,
    rates: &[StandardRate],
    problems: &mut Problems,
) -> Result<Option<Pot>, CapitalizationError> {
    let mut currencies = BTreeSet::new();
    let mut weights = Vec::new();
    let mut of_day: BTreeMap<NaiveDate, Result<&StandardRate, CapitalizationProblem>> =
        BTreeMap::new();
    for (key, row) in rows {
        let mut cost = Rational::zero();
        for (day, hours) in &row.hours_by_day {
            match of_day.entry(*day).or_insert_with(|| rate_on(month, *day, rates)) {
                Ok(rate) => {
                    currencies.insert(rate.currency);
                    cost += &(hours * &rate.rate);
                }
                Err(problem) => {
                    problems.insert(problem.clone());
                    return Ok(None);
                }
            }
        }
        weights.push((key.clone(), cost));
    }
    let mut currencies = currencies.into_iter();
    let Some(currency) = currencies.next() else { return Ok(None) };
    if currencies.next().is_some() {
        let (person_id, month) = (month.person_id.clone(), month.month);
        problems.insert(CapitalizationProblem::SeveralCurrencies { person_id, month });
        return Ok(None);
    }
    let whole: Rational = weights.iter().map(|(_, cost)| cost).sum();
    let total = (&whole * &scale(currency.digits())).rounded()?;
    Ok(Some(Pot { currency, total, weights }))
}

/// The narrowest rate of a day.
fn rate_on<'a>(
    month: &PersonMonth,
    day: NaiveDate,
    rates: &'a [StandardRate],
) -> Result<&'a StandardRate, CapitalizationProblem> {
    let holds = |rate: &&StandardRate| {
        let is_for = match &rate.scope {
            RateScope::Person(id) => *id == month.person_id,
            RateScope::Role(role) => Some(role) == month.role.as_ref(),
            RateScope::Everyone => true,
        };
        is_for && rate.valid_from <= day && rate.valid_to.is_none_or(|end| day < end)
    };
    let fitting: BTreeSet<&StandardRate> = rates.iter().filter(holds).collect();
    let (person_id, period) = (month.person_id.clone(), month.month);
    // Scopes are ordered from the narrowest.
    let Some(first) = fitting.first().copied() else {
        return Err(CapitalizationProblem::MissingRate { person_id, month: period });
    };
    if fitting.iter().filter(|rate| rate.scope == first.scope).count() > 1 {
        return Err(CapitalizationProblem::ContradictoryRate { person_id, month: period });
    }
    Ok(first)
}

/// A row's cost: in the payroll's currency, and in the export's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) payroll: Fixed,
    pub(super) payroll_currency: Currency,
    /// `None` without an exchange rate.
    pub(super) reported: Option<(Fixed, Currency)>,
}

/// Divides an amount over its rows.
pub(super) fn divided(
    pot: &Pot,
    period: Month,
    reporting: Option<&Reporting>,
    problems: &mut Problems,
) -> Result<Vec<(RowKey, Cost)>, CapitalizationError> {
    let payroll = apportion(pot.total, &pot.weights)?;
    let reported = match reporting {
        Some(reporting) if reporting.currency != pot.currency => {
            match exchange_rate(pot.currency, period, reporting) {
                Some(rate) => {
                    let to = reporting.currency;
                    let whole = &Rational::whole(pot.total) * rate;
                    let units = &whole * &scale(to.digits());
                    // Minor units of the payroll's currency, of which `scale` make one.
                    let units = units.over(&scale(pot.currency.digits())).unwrap_or_default();
                    Some((to, apportion(units.rounded()?, &pot.weights)?))
                }
                None => {
                    problems.insert(CapitalizationProblem::NoExchangeRate {
                        from: pot.currency.code().to_owned(),
                        to: reporting.currency.code().to_owned(),
                        month: period,
                    });
                    None
                }
            }
        }
        _ => Some((pot.currency, payroll.clone())),
    };
    let cost = |(place, (key, _)): (usize, &(RowKey, Rational))| {
        let payroll = Fixed::new(*payroll.get(place)?, pot.currency.digits());
        let reported = reported.as_ref().and_then(|(currency, parts)| {
            Some((Fixed::new(*parts.get(place)?, currency.digits()), *currency))
        });
        Some((key.clone(), Cost { payroll, payroll_currency: pot.currency, reported }))
    };
    Ok(pot.weights.iter().enumerate().filter_map(cost).collect())
}

fn exchange_rate(from: Currency, period: Month, reporting: &Reporting) -> Option<&Rational> {
    let is_meant = |rate: &&ExchangeRate| {
        rate.month == period && rate.from == from && rate.to == reporting.currency
    };
    let rates: BTreeSet<&Rational> =
        reporting.rates.iter().filter(is_meant).map(|rate| &rate.rate).collect();
    let mut rates = rates.into_iter();
    rates.next().filter(|_| rates.next().is_none())
}
