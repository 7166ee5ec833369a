//! How often the value of one arm is greater than that of the other.

use super::{Reason, values::sorted_arms};

/// Size of an effect in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Magnitude {
    /// |δ| below 0.147.
    Negligible,
    /// |δ| below 0.33.
    Small,
    /// |δ| below 0.474.
    Medium,
    /// |δ| from 0.474.
    Large,
}

impl Magnitude {
    /// Word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Magnitude::Negligible => "negligible",
            Magnitude::Small => "small",
            Magnitude::Medium => "medium",
            Magnitude::Large => "large",
        }
    }

    fn of(delta: f64) -> Magnitude {
        match delta.abs() {
            size if size < 0.147 => Magnitude::Negligible,
            size if size < 0.33 => Magnitude::Small,
            size if size < 0.474 => Magnitude::Medium,
            _ => Magnitude::Large,
        }
    }
}

/// Pairs of services, one of each arm, by which is greater.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dominance {
    /// Pairs in which the first arm is greater.
    pub greater: u64,
    /// Pairs in which the first arm is less.
    pub less: u64,
    /// Pairs that are equal.
    pub ties: u64,
    /// Cliff's δ, (greater − less) / pairs: −1 where the first arm is always less, 1 where it is
    /// always greater.
    pub cliffs_delta: f64,
    /// Vargha and Delaney's A, (δ + 1) / 2: probability that a service of the first arm is
    /// greater, ties counted half.
    pub vargha_delaney_a: f64,
    /// δ in words, with the limits of Romano and others (2006).
    pub magnitude: Magnitude,
}

/// Cliff's δ (Psychological Bulletin 114, 1993) and what follows from it, one value a service. Any
/// unit: only the order counts.
///
/// No number with fewer than two services in an arm, with a value that is not finite, or where all
/// values are equal.
pub fn dominance(first: &[f64], second: &[f64]) -> Result<Dominance, Reason> {
    let (first, second) = sorted_arms(first, second)?;
    let (mut greater, mut less) = (0, 0);
    let (mut below, mut up_to) = (0, 0);
    for value in &first {
        while below < second.len() && second[below] < *value {
            below += 1;
        }
        while up_to < second.len() && second[up_to] <= *value {
            up_to += 1;
        }
        greater += below as u64;
        less += (second.len() - up_to) as u64;
    }
    let pairs = first.len() as u64 * second.len() as u64;
    let ties = pairs - greater - less;
    if ties == pairs {
        return Err(Reason::AllTies);
    }
    let cliffs_delta = (greater as f64 - less as f64) / pairs as f64;
    Ok(Dominance {
        greater,
        less,
        ties,
        cliffs_delta,
        vargha_delaney_a: f64::midpoint(cliffs_delta, 1.0),
        magnitude: Magnitude::of(cliffs_delta),
    })
}
