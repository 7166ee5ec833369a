//! Is the effect larger than dates dealt out at random would give?

use super::{Adopter, Controls, panel::Panel, simple};
use crate::statistics::{Permutation, Reason, Seed, relabelling::arrange};

/// Random assignments where not all are looked at. Fewer than in simpler tests, as each one is a
/// whole estimation; the Monte Carlo error of a p of 0.05 is 0.003.
const DRAWS: usize = 5_000;

/// Randomization inference: permutes the dates of adoption (and "never") over the services of each
/// stratum, and counts how often the simple effect is as far from zero as the real one. Exact if
/// the dates are exchangeable when adoption does nothing. All assignments are looked at where there
/// are at most 200,000, else 5,000 random ones; assignments in which a gap of the panel leaves no
/// effect at all don't count.
///
/// No number where [`staggered_adoption`](super::staggered_adoption()) has none.
pub fn staggered_randomization(
    services: &[Adopter],
    controls: Controls,
    seed: Seed,
) -> Result<Permutation, Reason> {
    let mut panel = Panel::new(services)?;
    let once = panel.once();
    let effect =
        |panel: &Panel, adopted: &[usize]| simple(&panel.cells(adopted, &once, controls, false));
    let observed = effect(&panel, &panel.adopted()).ok_or(Reason::NoControls)?;
    panel.members.sort_by_key(|member| member.stratum);
    let mut labels = panel.adopted();
    let mut blocks = Vec::new();
    for stratum in panel.members.chunk_by(|a, b| a.stratum == b.stratum) {
        let start = blocks.last().map_or(0, |block: &std::ops::Range<usize>| block.end);
        blocks.push(start..start + stratum.len());
    }
    let mut effects = Vec::new();
    let is_sampled = arrange(&mut labels, &blocks, DRAWS, seed, |adopted| {
        effects.extend(effect(&panel, adopted).map(f64::abs));
    });
    Ok(Permutation::of(observed.abs(), &effects, is_sampled))
}
