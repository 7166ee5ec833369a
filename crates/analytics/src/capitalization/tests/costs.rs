//! Costs: actual, at rates, in other currencies, and where they can't be told.

use super::facts::*;
use crate::capitalization::*;
use crate::effort::tests::facts::{
    day, employment, june, month, one_person, ratio, signal, worked_example,
};
use crate::effort::{Effort, EmploymentType, Inputs as Facts, Rational, SignalKind, model};

/// Three thirds of one day's month: one working day, on three work items.
fn thirds() -> Effort {
    let mut facts = one_person();
    facts.employments = vec![employment("p1", "2026-06-30", None)];
    facts.signals =
        ["A", "B", "C"].map(|id| signal("p1", june(30), id, SignalKind::Commit, 1)).to_vec();
    model(&facts)
}

fn costs(export: &Capitalization) -> Vec<String> {
    let cost = |row: &DetailRow| match (row.cost, row.currency) {
        (Some(cost), Some(currency)) => format!("{cost} {currency}"),
        _ => "-".to_owned(),
    };
    export.detail.iter().map(cost).collect()
}

fn rate(scope: RateScope, from: &str, to: Option<&str>, rate: &str, code: &str) -> StandardRate {
    StandardRate {
        scope,
        valid_from: day(from),
        valid_to: to.map(day),
        rate: Rational::from_decimal(rate).expect("a rate"),
        currency: Currency::new(code).expect("a currency"),
    }
}

fn exchange(from: &str, to: &str, rate: &str) -> ExchangeRate {
    ExchangeRate {
        month: month("2026-06"),
        from: Currency::new(from).expect("a currency"),
        to: Currency::new(to).expect("a currency"),
        rate: Rational::from_decimal(rate).expect("a rate"),
        source: "ECB".into(),
        published_on: june(30),
    }
}

fn problem_of_p1(
    make: fn(String, crate::effort::Month) -> CapitalizationProblem,
) -> CapitalizationProblem {
    make("p1".into(), month("2026-06"))
}

#[test]
fn an_actual_cost_divides_to_the_minor_unit_of_its_currency() {
    let effort = thirds();
    for (amount, code, expected) in [
        (10_000, "USD", ["33.34 USD", "33.33 USD", "33.33 USD"]),
        (100, "JPY", ["34 JPY", "33 JPY", "33 JPY"]),
        (100_001, "KWD", ["33.334 KWD", "33.334 KWD", "33.333 KWD"]),
    ] {
        let mut inputs = june_export(&effort);
        inputs.costs = CostMode::Actual(vec![actual("p1", amount, code)]);
        assert_eq!(costs(&export(&inputs)), expected);
    }
}

#[test]
fn a_total_in_another_currency_is_converted_once_and_divided_again() {
    let effort = thirds();
    let mut inputs = june_export(&effort);
    inputs.costs = CostMode::Actual(vec![actual("p1", 10_001, "EUR")]);
    inputs.reporting =
        Some(Reporting { currency: usd(), rates: vec![exchange("EUR", "USD", "1.083450")] });
    // 100.01 × 1.08345 = 108.3558…, so 108.36: three of 36.12.
    let converted = export(&inputs);
    assert_eq!(costs(&converted), ["36.12 USD", "36.12 USD", "36.12 USD"]);
    let payroll: Vec<String> = converted
        .detail
        .iter()
        .map(|row| row.payroll_cost.expect("a payroll cost").to_string())
        .collect();
    assert_eq!(payroll, ["33.34", "33.34", "33.33"]);
}

#[test]
fn digits_change_with_the_currency() {
    let effort = thirds();
    let mut inputs = june_export(&effort);
    let yen = Currency::new("JPY").expect("a currency");
    inputs.costs = CostMode::Actual(vec![actual("p1", 10_000, "USD")]);
    inputs.reporting =
        Some(Reporting { currency: yen, rates: vec![exchange("USD", "JPY", "147.250000")] });
    // 100.00 × 147.25 = 14725 = 4909 + 4908 + 4908.
    assert_eq!(costs(&export(&inputs)), ["4909 JPY", "4908 JPY", "4908 JPY"]);
}

#[test]
fn without_a_single_exchange_rate_the_cost_is_empty_and_named() {
    let effort = thirds();
    let mut inputs = june_export(&effort);
    inputs.costs = CostMode::Actual(vec![actual("p1", 10_000, "EUR")]);
    let two = vec![exchange("EUR", "USD", "1.08"), exchange("EUR", "USD", "1.09")];
    for rates in [Vec::new(), two] {
        inputs.reporting = Some(Reporting { currency: usd(), rates });
        let export = export(&inputs);
        assert_eq!(costs(&export), ["-", "-", "-"]);
        let problem = CapitalizationProblem::NoExchangeRate {
            from: "EUR".into(),
            to: "USD".into(),
            month: month("2026-06"),
        };
        assert!(export.problems.contains(&problem));
        assert_eq!(export.totals.rows_without_cost, 3);
    }
}

#[test]
fn hours_cost_the_rate_that_is_valid_on_their_day() {
    let effort = model(&worked_example());
    let mut inputs = worked_export(&effort);
    // 10 an hour until the fifteenth, 20 from then on: ten and eleven days of eight hours.
    inputs.costs = CostMode::StandardRate(vec![
        rate(RateScope::Everyone, "2020-01-01", Some("2026-06-15"), "10.000000", "USD"),
        rate(RateScope::Everyone, "2026-06-15", None, "20.000000", "USD"),
    ]);
    let export = export(&inputs);
    assert_eq!(export.problems, []);
    let total = export.totals.costs.get(&usd()).expect("dollars").cost;
    assert_eq!(total.to_string(), "2560.00");
    // All of PAY-2's 9/4 days are after the fifteenth: 18 hours at 20.
    assert_eq!(row(&export, "PAY-2").cost.expect("a cost").to_string(), "360.00");
}

#[test]
fn a_persons_rate_goes_before_a_roles_and_that_before_everyones() {
    let effort = thirds();
    let mut inputs = june_export(&effort);
    let everyone = rate(RateScope::Everyone, "2020-01-01", None, "1", "USD");
    let role = rate(RateScope::Role("engineer".into()), "2020-01-01", None, "2", "USD");
    let person = rate(RateScope::Person("p1".into()), "2020-01-01", None, "3", "USD");
    let total = |rates: Vec<StandardRate>, inputs: &mut Inputs<'_>| {
        inputs.costs = CostMode::StandardRate(rates);
        export(inputs).totals.costs.get(&usd()).expect("dollars").cost.to_string()
    };
    let all = vec![everyone.clone(), role.clone(), person];
    assert_eq!(total(all, &mut inputs), "24.00");
    assert_eq!(total(vec![everyone.clone(), role], &mut inputs), "16.00");
    assert_eq!(total(vec![everyone], &mut inputs), "8.00");
}

#[test]
fn rates_that_are_missing_contradictory_or_in_two_currencies_leave_no_cost() {
    let effort = model(&worked_example());
    let until = |code| rate(RateScope::Everyone, "2020-01-01", Some("2026-06-15"), "10", code);
    let from = |code| rate(RateScope::Everyone, "2026-06-15", None, "20", code);
    let mut inputs = worked_export(&effort);
    for (rates, expected) in [
        (
            vec![until("USD")],
            problem_of_p1(|person_id, month| CapitalizationProblem::MissingRate {
                person_id,
                month,
            }),
        ),
        (
            vec![
                until("USD"),
                from("USD"),
                rate(RateScope::Everyone, "2026-06-30", None, "21", "USD"),
            ],
            problem_of_p1(|person_id, month| CapitalizationProblem::ContradictoryRate {
                person_id,
                month,
            }),
        ),
        (
            vec![until("USD"), from("EUR")],
            problem_of_p1(|person_id, month| CapitalizationProblem::SeveralCurrencies {
                person_id,
                month,
            }),
        ),
    ] {
        inputs.costs = CostMode::StandardRate(rates);
        let export = export(&inputs);
        assert_eq!(export.problems, [expected]);
        assert!(export.detail.iter().all(|row| row.cost.is_none()));
        assert!(export.summary.iter().all(|row| row.cost.is_none()));
        assert_eq!(export.totals.fte.to_string(), "1.0000");
    }
}

#[test]
fn costs_that_are_missing_contradictory_or_of_nobody_are_named() {
    let effort = model(&worked_example());
    let mut inputs = worked_export(&effort);
    let missing =
        problem_of_p1(|person_id, month| CapitalizationProblem::MissingCost { person_id, month });
    inputs.costs = CostMode::Actual(Vec::new());
    assert_eq!(export(&inputs).problems, [missing]);

    let contradictory = problem_of_p1(|person_id, month| {
        CapitalizationProblem::ContradictoryCost { person_id, month }
    });
    inputs.costs = CostMode::Actual(vec![actual("p1", 1, "USD"), actual("p1", 2, "USD")]);
    assert_eq!(export(&inputs).problems, [contradictory]);

    inputs.costs = CostMode::Actual(vec![actual("p1", 1, "USD"), actual("p9", 2, "USD")]);
    let nobody = CapitalizationProblem::CostWithoutEffort {
        person_id: "p9".into(),
        month: month("2026-06"),
    };
    assert_eq!(export(&inputs).problems, [nobody]);
}

/// Contractor until the fourteenth, employee from the fifteenth: 10 and 11 of 21 working days.
fn hired_on_the_fifteenth() -> Facts {
    let mut facts = worked_example();
    let mut contractor = employment("p1", "2025-01-01", Some("2026-06-15"));
    contractor.employment_type = Some(EmploymentType::Contractor);
    contractor.employee_id = None;
    facts.employments = vec![contractor, employment("p1", "2026-06-15", None)];
    facts
}

#[test]
fn a_contractor_hired_on_the_fifteenth_has_rows_of_both_that_add_up_to_each_cost() {
    let effort = model(&hired_on_the_fifteenth());
    let mut inputs = worked_export(&effort);
    let part = |employment_type, amount, code| ActualCost {
        employment_type: Some(employment_type),
        ..actual("p1", amount, code)
    };
    inputs.costs = CostMode::Actual(vec![
        part(EmploymentType::Contractor, 800_001, "EUR"),
        part(EmploymentType::Employee, 700_000, "USD"),
    ]);
    let export = export(&inputs);
    assert_eq!(export.problems, []);
    assert_eq!(export.totals.fte.to_string(), "1.0000");
    assert_eq!(export.totals.hours.to_string(), "168.00");
    let total = |code| {
        let currency = Currency::new(code).expect("a currency");
        export.totals.costs.get(&currency).expect("costs").cost.to_string()
    };
    assert_eq!((total("EUR").as_str(), total("USD").as_str()), ("8000.01", "7000.00"));
    let days = |employment_type| -> Rational {
        let rows = export.detail.iter();
        rows.filter(|row| row.employment_type == Some(employment_type))
            .map(|row| &row.exact_days)
            .sum()
    };
    assert_eq!(days(EmploymentType::Contractor), ratio(10, 1));
    assert_eq!(days(EmploymentType::Employee), ratio(11, 1));
}

#[test]
fn a_cost_of_the_employee_alone_leaves_the_contractors_rows_without_cost_and_is_named() {
    let effort = model(&hired_on_the_fifteenth());
    let mut inputs = worked_export(&effort);
    inputs.costs = CostMode::Actual(vec![ActualCost {
        employment_type: Some(EmploymentType::Employee),
        ..actual("p1", 700_000, "USD")
    }]);
    let export = export(&inputs);
    let missing =
        problem_of_p1(|person_id, month| CapitalizationProblem::MissingCost { person_id, month });
    assert_eq!(export.problems, [missing]);
    let contractor = |row: &&DetailRow| row.employment_type == Some(EmploymentType::Contractor);
    assert!(export.detail.iter().filter(contractor).all(|row| row.cost.is_none()));
}
