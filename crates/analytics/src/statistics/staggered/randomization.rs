//! Is the effect larger than dates dealt out at random would give?

use std::ops::Range;

use super::{Adopter, Controls, panel::Member, panel::Panel, simple};
use crate::statistics::{Permutation, Reason, Seed, relabelling::arrange};

/// Random assignments where not all are looked at. Fewer than in simpler tests, as each one is a
/// whole estimation; the Monte Carlo error of a p of 0.05 is 0.003.
const DRAWS: usize = 5_000;

/// Test of the simple effect by other dates of adoption.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StaggeredRandomization {
    /// How many assignments of dates give an effect as far from zero as the real one.
    pub permutation: Permutation,
    /// True where dates stayed within their stratum. False where no stratum holds services of
    /// different dates, so that none could be exchanged there, and they were dealt out over all.
    pub is_within_strata: bool,
}

/// Randomization inference: permutes the dates of adoption (and "never") over the services of each
/// stratum, and counts how often the simple effect is as far from zero as the real one (Fisher, *The
/// Design of Experiments*, 1935; within strata Rosenbaum, *Observational Studies*, 2002, section
/// 2.4). Exact if the dates are exchangeable within strata when adoption does nothing; over all
/// services it also takes strata for alike. All assignments are looked at where there are at most
/// 200,000, else 5,000 random ones; assignments in which a gap of the panel leaves no effect at all
/// don't count.
///
/// No number where [`staggered_adoption`](super::staggered_adoption()) has none.
pub fn staggered_randomization(
    services: &[Adopter],
    controls: Controls,
    seed: Seed,
) -> Result<StaggeredRandomization, Reason> {
    let mut panel = Panel::new(services)?;
    let once = panel.once();
    let effect =
        |panel: &Panel, adopted: &[usize]| simple(&panel.cells(adopted, &once, controls, false));
    let observed = effect(&panel, &panel.adopted()).ok_or(Reason::NoControls)?;
    panel.members.sort_by_key(|member| member.stratum);
    let strata = strata(&panel.members);
    let is_within_strata =
        strata.iter().any(|stratum| has_two_dates(&panel.members[stratum.clone()]));
    let over_all = Range { start: 0, end: panel.members.len() };
    let blocks = if is_within_strata { strata } else { vec![over_all] };
    let mut labels = panel.adopted();
    let mut effects = Vec::new();
    let is_sampled = arrange(&mut labels, &blocks, DRAWS, seed, |adopted| {
        effects.extend(effect(&panel, adopted).map(f64::abs));
    });
    let permutation = Permutation::of(observed.abs(), &effects, is_sampled);
    Ok(StaggeredRandomization { permutation, is_within_strata })
}

/// Where each stratum stands among the members, which are sorted by it.
fn strata(members: &[Member]) -> Vec<Range<usize>> {
    let mut strata: Vec<Range<usize>> = Vec::new();
    for stratum in members.chunk_by(|a, b| a.stratum == b.stratum) {
        let start = strata.last().map_or(0, |before| before.end);
        strata.push(start..start + stratum.len());
    }
    strata
}

fn has_two_dates(stratum: &[Member]) -> bool {
    stratum.iter().any(|member| member.adopted_in != stratum[0].adopted_in)
}
