//! Exact fractions: what effort, hours and money are computed with before they are rounded.
//!
//! A month of day shares has the least common multiple of the days' weights below its line. Twenty
//! days with different weights up to 100 already leave 128 bits, and a manager who follows a team
//! multiplies further; so numerators and denominators are as long as they need to be, and nothing
//! can overflow. Only leaving for a fixed number of digits can fail, and says so.

use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};

use num_bigint::BigInt;
use num_rational::BigRational;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// Decimals longer than this are no rate, share or amount that anyone wrote by hand.
const LONGEST_DECIMAL: usize = 64;

/// An exact fraction in lowest terms. Prints as `2399/440`, or `4` where it is whole.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rational(BigRational);

/// A number does not fit into the 128 bits of rounded amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a number is too large to be written as an amount")]
pub struct TooLarge;

impl Rational {
    /// Nothing.
    pub fn zero() -> Rational {
        Rational::whole(0)
    }

    /// One.
    pub fn one() -> Rational {
        Rational::whole(1)
    }

    /// A whole number.
    pub fn whole(value: impl Into<BigInt>) -> Rational {
        Rational(BigRational::from_integer(value.into()))
    }

    /// Numerator over denominator; `None` where the denominator is zero.
    pub fn new(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> Option<Rational> {
        Rational::whole(numerator).over(&Rational::whole(denominator))
    }

    /// The exact value of a decimal such as `0.8`, `-3.50` or `168`; `None` where the text is none.
    pub fn from_decimal(text: &str) -> Option<Rational> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_decimal = !whole.is_empty()
            && text.len() <= LONGEST_DECIMAL
            && digits.contains('.') != fraction.is_empty()
            && whole.bytes().chain(fraction.bytes()).all(|digit| digit.is_ascii_digit());
        if !is_decimal {
            return None;
        }
        let value: BigInt = format!("{whole}{fraction}").parse().ok()?;
        let scale = BigInt::from(10).pow(u32::try_from(fraction.len()).ok()?);
        let value = Rational::new(value, scale)?;
        Some(if text.starts_with('-') { &Rational::zero() - &value } else { value })
    }

    /// The decimal that a column of floats was written with: 0.8 is 4/5, not the binary fraction
    /// beside it. `None` for NaN and infinities.
    pub fn from_column(value: f64) -> Option<Rational> {
        Rational::from_decimal(&value.to_string())
    }

    /// True at zero.
    pub fn is_zero(&self) -> bool {
        *self.0.numer() == BigInt::ZERO
    }

    /// True below zero.
    pub fn is_negative(&self) -> bool {
        *self.0.numer() < BigInt::ZERO
    }

    /// This over another; `None` where the other is zero.
    pub fn over(&self, other: &Rational) -> Option<Rational> {
        (!other.is_zero()).then(|| Rational(&self.0 / &other.0))
    }

    /// The largest whole number that is not above it, and what is left: at least 0, below 1.
    pub(super) fn floor_and_rest(&self) -> (BigInt, Rational) {
        let floor = self.0.floor();
        let rest = Rational(&self.0 - &floor);
        (floor.to_integer(), rest)
    }

    /// The nearest whole number; a half goes away from zero, as in commercial rounding.
    ///
    /// Fails where it needs more than 128 bits.
    pub fn rounded(&self) -> Result<i128, TooLarge> {
        i128::try_from(self.0.round().to_integer()).map_err(|_| TooLarge)
    }
}

impl Rational {
    /// The value for display and for arithmetic that is not of the books: to twelve decimals.
    ///
    /// # Errors
    /// Where it needs more than 128 bits.
    pub fn approximate(&self) -> Result<f64, TooLarge> {
        const DECIMALS: u64 = 1_000_000_000_000;
        let units = (self * &Rational::whole(DECIMALS)).rounded()?;
        Ok(units as f64 / DECIMALS as f64)
    }
}

impl Default for Rational {
    fn default() -> Rational {
        Rational::zero()
    }
}

impl Add for &Rational {
    type Output = Rational;

    fn add(self, other: &Rational) -> Rational {
        Rational(&self.0 + &other.0)
    }
}

impl AddAssign<&Rational> for Rational {
    fn add_assign(&mut self, other: &Rational) {
        self.0 += &other.0;
    }
}

impl Sub for &Rational {
    type Output = Rational;

    fn sub(self, other: &Rational) -> Rational {
        Rational(&self.0 - &other.0)
    }
}

impl Mul for &Rational {
    type Output = Rational;

    fn mul(self, other: &Rational) -> Rational {
        Rational(&self.0 * &other.0)
    }
}

impl<'a> std::iter::Sum<&'a Rational> for Rational {
    fn sum<I: Iterator<Item = &'a Rational>>(values: I) -> Rational {
        values.fold(Rational::zero(), |sum, value| &sum + value)
    }
}

impl fmt::Display for Rational {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Debug for Rational {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl<'de> Deserialize<'de> for Rational {
    /// Reads what is written: `7/2`, or `3`.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Rational, D::Error> {
        let text = String::deserialize(from)?;
        let (numerator, denominator) = text.split_once('/').unwrap_or((&text, "1"));
        let whole =
            |text: &str| text.parse::<BigInt>().ok().filter(|_| text.len() <= LONGEST_DECIMAL * 8);
        whole(numerator)
            .zip(whole(denominator))
            .and_then(|(numerator, denominator)| Rational::new(numerator, denominator))
            .ok_or_else(|| D::Error::custom(format!("`{text}` is no fraction")))
    }
}

impl Serialize for Rational {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(numerator: i64, denominator: i64) -> Rational {
        Rational::new(numerator, denominator).expect("a denominator")
    }

    #[test]
    fn decimals_are_read_exactly_and_nothing_else_is() {
        assert_eq!(Rational::from_decimal("0.8"), Some(ratio(4, 5)));
        assert_eq!(Rational::from_decimal("-3.50"), Some(ratio(-7, 2)));
        assert_eq!(Rational::from_decimal("168"), Some(ratio(168, 1)));
        for text in ["", "-", ".5", "5.", "1e3", "+1", "1.2.3", "0,8", " 1", "NaN", "--1"] {
            assert_eq!(Rational::from_decimal(text), None, "{text}");
        }
    }

    #[test]
    fn a_column_of_floats_gives_the_decimal_that_was_meant() {
        assert_eq!(Rational::from_column(0.1), Some(ratio(1, 10)));
        assert_eq!(Rational::from_column(0.8), Some(ratio(4, 5)));
        assert_eq!(Rational::from_column(f64::NAN), None);
        assert_eq!(Rational::from_column(f64::INFINITY), None);
    }

    #[test]
    fn halves_round_away_from_zero() {
        let rounded = [ratio(1, 2), ratio(-1, 2), ratio(5, 2), ratio(49, 100), ratio(-7, 4)]
            .map(|value| value.rounded());
        assert_eq!(rounded, [Ok(1), Ok(-1), Ok(3), Ok(0), Ok(-2)]);
    }

    #[test]
    fn the_sum_of_all_unit_fractions_up_to_a_hundred_is_exact_and_longer_than_128_bits() {
        let sum: Rational = (1..=100).fold(Rational::zero(), |sum, n| &sum + &ratio(1, n));
        // From Python: `sum(Fraction(1, n) for n in range(1, 101))`.
        assert_eq!(
            sum.to_string(),
            "14466636279520351160221518043104131447711/2788815009188499086581352357412492142272"
        );
    }

    #[test]
    fn what_does_not_fit_an_amount_is_refused_and_never_wraps() {
        let large = Rational::whole(i128::MAX);
        assert_eq!(large.rounded(), Ok(i128::MAX));
        assert_eq!((&large + &Rational::one()).rounded(), Err(TooLarge));
    }

    #[test]
    fn an_approximation_has_twelve_decimals() {
        assert_eq!(ratio(2, 3).approximate(), Ok(0.666_666_666_667));
        assert_eq!(ratio(-1, 2).approximate(), Ok(-0.5));
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        assert_eq!(Rational::new(1, 0), None);
        assert_eq!(Rational::one().over(&Rational::zero()), None);
    }
}
