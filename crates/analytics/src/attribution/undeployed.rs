//! Changes on the default branch that wait for production.

use super::changes::{ByCommit, Change};
use super::classify::Line;
use super::graph::Place;
use super::inputs::Sight;
use crate::Definition;

/// The changes that no deployment of these lines contains: all lines of one service from one
/// repository. None where no commit was ever deployed: nobody can tell then what waits.
pub(crate) fn undeployed(
    lines: &[&Line<'_>],
    by_commit: &ByCommit<'_>,
    definition: &Definition,
    sight: &mut Sight,
) -> Vec<Change> {
    let Some(line) = lines.first() else { return Vec::new() };
    let Some(history) = line.history else { return Vec::new() };
    let is_deployed = |place: Place| lines.iter().any(|line| line.deployed[place as usize]);
    if !history.graph.places().any(is_deployed) {
        return Vec::new();
    }
    let mut on_branch = vec![false; history.graph.len()];
    let places: Vec<Place> = match history.head {
        Some(head) => history.graph.reach(head, &mut on_branch),
        // Without a record of the branch everything that is known counts as on it.
        None => history.graph.places().collect(),
    };
    let waiting: Vec<Place> = places.into_iter().filter(|place| !is_deployed(*place)).collect();
    let mut changes = by_commit.changes(&waiting, line.scope, definition);
    changes.retain(|change| change.landed_at.is_none_or(|at| sight.sees(at)));
    changes
}
