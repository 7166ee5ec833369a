//! All arrangements of labels inside blocks, or a random sample of them.

use std::ops::Range;

use rand::seq::SliceRandom;

use super::{Permutation, Seed};

/// Up to so many arrangements are all looked at.
const ENUMERATED: f64 = 200_000.0;

/// Visits every arrangement of the labels inside their blocks where there are at most 200,000,
/// else `draws` random ones. Returns true where it drew.
pub(super) fn arrange<T: Ord + Copy>(
    labels: &mut [T],
    blocks: &[Range<usize>],
    draws: usize,
    seed: Seed,
    mut visit: impl FnMut(&[T]),
) -> bool {
    let count: f64 = blocks.iter().map(|block| arrangements(&labels[block.clone()])).product();
    if count > ENUMERATED {
        let mut rng = seed.rng();
        for _ in 0..draws {
            for block in blocks {
                labels[block.clone()].shuffle(&mut rng);
            }
            visit(labels);
        }
        return true;
    }
    for block in blocks {
        labels[block.clone()].sort_unstable();
    }
    loop {
        visit(labels);
        // As with an odometer: a block that is through begins again and moves the next.
        if !blocks.iter().any(|block| advance(&mut labels[block.clone()])) {
            return false;
        }
    }
}

/// A permutation test of two arms: how many relabellings give a statistic as far from zero as the
/// observed one. `blocks` holds the number of services of each arm by block; the statistic sees
/// the services of all blocks one after the other, true for the first arm.
pub(super) fn permutation_test(
    blocks: &[(usize, usize)],
    observed: f64,
    seed: Seed,
    statistic: impl Fn(&[bool]) -> f64,
) -> Permutation {
    const DRAWS: usize = 20_000;
    let (mut labels, mut ranges) = (Vec::new(), Vec::new());
    for (first, second) in blocks {
        let start = labels.len();
        // The smaller arm comes first, so that arms which change places draw the same services.
        let is_first = first <= second;
        labels.extend(vec![is_first; *first.min(second)]);
        labels.extend(vec![!is_first; *first.max(second)]);
        ranges.push(start..labels.len());
    }
    let mut statistics = Vec::new();
    let is_sampled = arrange(&mut labels, &ranges, DRAWS, seed, |labels| {
        statistics.push(statistic(labels).abs());
    });
    Permutation::of(observed.abs(), &statistics, is_sampled)
}

/// Number of different arrangements: the multinomial coefficient.
fn arrangements<T: Ord + Copy>(labels: &[T]) -> f64 {
    let mut sorted = labels.to_vec();
    sorted.sort_unstable();
    let (mut count, mut run) = (1.0, 0);
    for at in 0..sorted.len() {
        run = if at > 0 && sorted[at] == sorted[at - 1] { run + 1 } else { 1 };
        count *= (at + 1) as f64 / f64::from(run);
    }
    count.round()
}

/// The next arrangement in lexicographic order; after the last it is the first again, and false.
fn advance<T: Ord>(labels: &mut [T]) -> bool {
    let Some(pivot) = (1..labels.len()).rev().find(|at| labels[at - 1] < labels[*at]) else {
        labels.reverse();
        return false;
    };
    if let Some(successor) = (pivot..labels.len()).rev().find(|at| labels[pivot - 1] < labels[*at])
    {
        labels.swap(pivot - 1, successor);
    }
    labels[pivot..].reverse();
    true
}
