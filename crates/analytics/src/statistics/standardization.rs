//! Shares that both arms would have with the same mix of strata.

use super::{Reason, Share, SharesByStratum, mantel_haenszel::shared};

/// Standardized shares of two arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standardized {
    /// Share of the first arm with the common mix.
    pub first: f64,
    /// Share of the second arm with the common mix.
    pub second: f64,
    /// First − second (0.05 is five points).
    pub difference: f64,
}

/// Direct standardization (Rothman, Greenland and Lash, *Modern Epidemiology*, chapter 3): the
/// share of each arm inside each stratum, weighted with the trials of both arms together. For
/// people who want two shares to look at; its difference weighs strata otherwise than
/// [`mantel_haenszel`](super::mantel_haenszel()).
///
/// Strata that lack an arm are left out. No number without trials, or where none is left.
pub fn direct_standardization(strata: &[SharesByStratum]) -> Result<Standardized, Reason> {
    let mut strata = shared(strata)?;
    strata.sort_unstable();
    let mix =
        |stratum: &SharesByStratum| Share::sum(&[stratum.first, stratum.second]).trials as f64;
    let all: f64 = strata.iter().map(mix).sum();
    let (mut first, mut second) = (0.0, 0.0);
    for stratum in &strata {
        first += stratum.first.ratio()? * mix(stratum) / all;
        second += stratum.second.ratio()? * mix(stratum) / all;
    }
    Ok(Standardized { first, second, difference: first - second })
}
