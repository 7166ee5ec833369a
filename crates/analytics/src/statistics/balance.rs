//! Are the arms comparable before anything is compared?

use super::{
    Reason, Share,
    values::{mean, sorted_arms, variance},
};

/// One line of a balance table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Balance {
    /// Mean or share of the first arm, in the unit of the values.
    pub first: f64,
    /// Mean or share of the second arm.
    pub second: f64,
    /// First − second in standard deviations.
    pub standardized_difference: f64,
    /// True where it is beyond 0.25: the arms differ so much here that the comparison needs strata
    /// or a warning.
    pub is_imbalanced: bool,
}

impl Balance {
    fn new(first: f64, second: f64, variances: (f64, f64)) -> Result<Balance, Reason> {
        let deviation = f64::midpoint(variances.0, variances.1).sqrt();
        if deviation == 0.0 {
            return Err(Reason::ConstantValues);
        }
        let standardized_difference = (first - second) / deviation;
        let is_imbalanced = standardized_difference.abs() > 0.25;
        Ok(Balance { first, second, standardized_difference, is_imbalanced })
    }
}

/// Standardized mean difference of a numeric trait, one value a service (Austin, Statistics in
/// Medicine 28, 2009): over the root of the mean of both variances, so that it does not depend on
/// the number of services.
///
/// No number with fewer than two services in an arm, with a value that is not finite, or where no
/// arm has any spread.
pub fn balance_of_values(first: &[f64], second: &[f64]) -> Result<Balance, Reason> {
    let (first, second) = sorted_arms(first, second)?;
    Balance::new(mean(&first), mean(&second), (variance(&first), variance(&second)))
}

/// Standardized difference of a trait that services have or have not, with p(1 − p) as variance.
///
/// No number with fewer than two services in an arm, or where all services of each arm are alike.
pub fn balance_of_shares(first: Share, second: Share) -> Result<Balance, Reason> {
    let (p1, p2) = (first.ratio()?, second.ratio()?);
    if first.trials < 2 || second.trials < 2 {
        return Err(Reason::TooFewServices);
    }
    Balance::new(p1, p2, (p1 * (1.0 - p1), p2 * (1.0 - p2)))
}
