//! Rounding that keeps the sum: the method of the largest remainder (Hamilton's), on exact
//! fractions.
//!
//! Rounding shares one by one loses or invents units: three thirds of 1.0000 give 0.9999. Here
//! everything is rounded down first, and the units still missing go to the parts that lost most.
//! Ties go to the smaller key, so the order of the input decides nothing. Units are 10⁻⁴ FTE and
//! days, 10⁻² hours, and a currency's minor unit.

use std::collections::BTreeSet;
use std::fmt;

use num_bigint::BigInt;
use serde::{Serialize, Serializer};

use super::{Rational, TooLarge};

/// Digits of FTE and days after the point.
pub const FTE_DIGITS: u32 = 4;

/// Digits of hours after the point.
pub const HOURS_DIGITS: u32 = 2;

/// A number with a fixed count of digits after the point. Prints all of them: `0.2596`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fixed {
    /// Value in units of the last digit.
    pub units: i128,
    /// Digits after the point.
    pub digits: u32,
}

impl Fixed {
    /// So many units of so many digits after the point.
    pub fn new(units: i128, digits: u32) -> Fixed {
        Fixed { units, digits }
    }

    /// A fraction rounded to so many digits; a half goes away from zero.
    ///
    /// Fails where it needs more than 128 bits.
    pub fn rounded(value: &Rational, digits: u32) -> Result<Fixed, TooLarge> {
        Ok(Fixed::new((value * &scale(digits)).rounded()?, digits))
    }
}

impl fmt::Display for Fixed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let digits = self.digits as usize;
        let text = format!("{:0>1$}", self.units.unsigned_abs(), digits + 1);
        let (whole, fraction) = text.split_at(text.len() - digits);
        let point = if digits == 0 { "" } else { "." };
        write!(out, "{sign}{whole}{point}{fraction}")
    }
}

impl Serialize for Fixed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Why parts can't be rounded to a total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RoundingError {
    /// More than 128 bits.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The total is further from the sum of the parts than rounding can reach.
    #[error("the parts do not add up to their total")]
    TotalOutOfReach,
    /// Two parts share a key, so a tie between them would fall to the order of the input.
    #[error("two parts have the same key")]
    RepeatedKey,
    /// There is something to give, and nobody to give it to.
    #[error("an amount has no parts to be spread over")]
    NothingToSpreadOver,
}

/// Parts in units, one for each given and in their order, that add up to the total exactly.
///
/// The total must be the sum of the parts, or that sum rounded up or down. No numbers where keys
/// repeat.
pub fn largest_remainder<K: Ord>(
    parts: &[(K, Rational)],
    total: i128,
) -> Result<Vec<i128>, RoundingError> {
    let keys: BTreeSet<&K> = parts.iter().map(|(key, _)| key).collect();
    if keys.len() < parts.len() {
        return Err(RoundingError::RepeatedKey);
    }
    let (mut floors, rests): (Vec<BigInt>, Vec<Rational>) =
        parts.iter().map(|(_, part)| part.floor_and_rest()).unzip();
    let missing = BigInt::from(total) - floors.iter().sum::<BigInt>();
    let missing = usize::try_from(missing).map_err(|_| RoundingError::TotalOutOfReach)?;
    if missing > parts.len() {
        return Err(RoundingError::TotalOutOfReach);
    }
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|&a, &b| rests[b].cmp(&rests[a]).then_with(|| parts[a].0.cmp(&parts[b].0)));
    for &place in order.iter().take(missing) {
        floors[place] += 1;
    }
    floors.into_iter().map(|part| i128::try_from(part).map_err(|_| TooLarge.into())).collect()
}

/// Parts rounded to so many digits, in their order, whose sum is the sum of the exact parts
/// rounded to as many digits.
pub fn round_parts<K: Ord + Clone>(
    parts: &[(K, Rational)],
    digits: u32,
) -> Result<Vec<Fixed>, RoundingError> {
    let scale = scale(digits);
    let scaled: Vec<(K, Rational)> =
        parts.iter().map(|(key, part)| (key.clone(), part * &scale)).collect();
    let total = scaled.iter().map(|(_, part)| part).sum::<Rational>().rounded()?;
    let units = largest_remainder(&scaled, total)?;
    Ok(units.into_iter().map(|units| Fixed::new(units, digits)).collect())
}

/// A total in units spread over weights, one part for each and in their order.
///
/// No parts where all weights are zero and the total is not, or where keys repeat.
pub fn apportion<K: Ord + Clone>(
    total: i128,
    weights: &[(K, Rational)],
) -> Result<Vec<i128>, RoundingError> {
    let whole: Rational = weights.iter().map(|(_, weight)| weight).sum();
    let Some(per_weight) = Rational::whole(total).over(&whole) else {
        let nothing = vec![0; weights.len()];
        return if total == 0 { Ok(nothing) } else { Err(RoundingError::NothingToSpreadOver) };
    };
    let parts: Vec<(K, Rational)> =
        weights.iter().map(|(key, weight)| (key.clone(), weight * &per_weight)).collect();
    largest_remainder(&parts, total)
}

/// Units in one, at so many digits after the point.
pub(crate) fn scale(digits: u32) -> Rational {
    Rational::whole(BigInt::from(10).pow(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(shares: &[(i64, i64)]) -> Vec<(usize, Rational)> {
        let share = |&(n, d)| Rational::new(n, d).expect("a denominator");
        shares.iter().map(share).enumerate().collect()
    }

    #[test]
    fn three_thirds_give_the_missing_unit_to_the_smallest_key() {
        let thirds = round_parts(&parts(&[(1, 3), (1, 3), (1, 3)]), 4).expect("parts");
        let text: Vec<String> = thirds.iter().map(Fixed::to_string).collect();
        assert_eq!(text, ["0.3334", "0.3333", "0.3333"]);
    }

    #[test]
    fn six_sixths_of_a_hundred_give_four_missing_units_in_order_of_key() {
        let sixths = apportion(100, &parts(&[(1, 6); 6])).expect("parts");
        assert_eq!(sixths, [17, 17, 17, 17, 16, 16]);
    }

    #[test]
    fn parts_that_are_whole_stay_as_they_are() {
        let parts = apportion(100, &parts(&[(1, 10), (2, 10), (7, 10)])).expect("parts");
        assert_eq!(parts, [10, 20, 70]);
    }

    #[test]
    fn a_larger_remainder_goes_before_a_smaller_key() {
        // 3.4 and 6.6: floors 3 and 6, the missing one goes to 0.6.
        assert_eq!(apportion(10, &parts(&[(34, 100), (66, 100)])).expect("parts"), [3, 7]);
    }

    #[test]
    fn keys_are_compared_by_bytes_and_results_stay_in_the_order_given() {
        let half = || Rational::new(1, 2).expect("a denominator");
        let parts = [("a", half()), ("Z", half())];
        // `Z` is 0x5A and `a` 0x61.
        assert_eq!(largest_remainder(&parts, 1), Ok(vec![0, 1]));
    }

    #[test]
    fn a_total_that_is_not_the_sum_is_refused() {
        let halves = parts(&[(1, 2), (1, 2)]);
        assert_eq!(largest_remainder(&halves, 3), Err(RoundingError::TotalOutOfReach));
        assert_eq!(largest_remainder(&halves, -1), Err(RoundingError::TotalOutOfReach));
    }

    #[test]
    fn equal_keys_are_refused_because_the_order_would_decide() {
        let parts = [("a", Rational::one()), ("a", Rational::one())];
        assert_eq!(largest_remainder(&parts, 2), Err(RoundingError::RepeatedKey));
    }

    #[test]
    fn an_amount_without_weights_is_refused_and_nothing_without_weights_is_nothing() {
        assert_eq!(apportion(5, &parts(&[(0, 1)])), Err(RoundingError::NothingToSpreadOver));
        assert_eq!(apportion(0, &parts(&[(0, 1)])), Ok(vec![0]));
        assert_eq!(apportion::<u8>(0, &[]), Ok(vec![]));
    }

    #[test]
    fn a_credit_is_spread_like_a_charge_and_adds_up_to_itself() {
        // −1/3 each: floors −1, two units to give back, to the smaller keys.
        assert_eq!(apportion(-1, &parts(&[(1, 3); 3])), Ok(vec![0, 0, -1]));
    }

    #[test]
    fn fixed_numbers_print_all_their_digits() {
        let text = |units, digits| Fixed::new(units, digits).to_string();
        assert_eq!(text(2596, 4), "0.2596");
        assert_eq!(text(-350, 2), "-3.50");
        assert_eq!(text(-5, 2), "-0.05");
        assert_eq!(text(1500, 0), "1500");
        assert_eq!(text(0, 3), "0.000");
    }
}
