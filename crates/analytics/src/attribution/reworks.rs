//! Unplanned work that no failure shows: hotfixes, and fixes of bugs that came up after the last
//! deployment.

use std::collections::HashMap;

use milepost_events::tables::DeploymentKind;

use super::changes::Change;
use super::classify::Classified;

/// True where an unplanned deployment ships a hotfix, or mends a bug that was opened after the
/// deployment before it.
pub(crate) fn is_rework(
    deployment: &Classified,
    before: Option<&Classified>,
    changes: &[Change],
    bugs: &HashMap<String, i64>,
) -> bool {
    if deployment.kind != Some(DeploymentKind::Change)
        || deployment.attempt.is_planned == Some(true)
    {
        return false;
    }
    let is_new_bug = |key: &String| {
        bugs.get(key).is_some_and(|opened| {
            before.is_some_and(|before| *opened > before.attempt.at)
                && *opened <= deployment.attempt.at
        })
    };
    changes.iter().any(|change| change.is_hotfix || change.work_items.iter().any(is_new_bug))
}
