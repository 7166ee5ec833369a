//! The metrics of a comparison are tested together.

use super::{ComparisonRow, words};
use crate::statistics::benjamini_hochberg;

/// Corrects the p of headlines, the rows of all services, for there being several of them.
pub(super) fn correct(rows: &mut [ComparisonRow]) {
    let mut tested: Vec<(&mut ComparisonRow, f64)> = rows
        .iter_mut()
        .filter(|row| row.stratum == words::ALL)
        .filter_map(|row| row.p_value.map(|p| (row, p)))
        .collect();
    let p: Vec<f64> = tested.iter().map(|(_, p)| *p).collect();
    // Without a p there is nothing to correct.
    for ((row, _), q) in tested.iter_mut().zip(benjamini_hochberg(&p).unwrap_or_default()) {
        row.q_value = Some(q);
    }
}
