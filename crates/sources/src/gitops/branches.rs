//! Branches that are named after environments.

use std::collections::BTreeMap;

use gix::ObjectId;

use super::environment::{Environment, of_branch};
use crate::SourceError;
use crate::git::Repository;

/// The environments that branches are named after, with their newest commits. A branch that is
/// here goes before one of a remote that has the same name.
///
/// # Errors
/// Where the references can't be read.
pub(crate) fn environments(
    repository: &Repository,
) -> Result<BTreeMap<Environment, ObjectId>, SourceError> {
    let local = repository.shared.to_thread_local();
    let fail = |error: gix::Error| repository.object("the branches", &error);
    let platform = local.references().map_err(fail)?;
    let mut found = BTreeMap::new();
    let here = platform.local_branches().map_err(fail)?;
    let remote = platform.remote_branches().map_err(fail)?;
    // A branch that can't be read is passed over, as git does.
    for mut branch in here.chain(remote).flatten() {
        let name = branch.name().as_bstr().to_string();
        let name = match name.strip_prefix("refs/heads/") {
            Some(name) => Some(name),
            None => {
                name.strip_prefix("refs/remotes/").and_then(|name| Some(name.split_once('/')?.1))
            }
        };
        let Some(environment) = name.and_then(of_branch) else { continue };
        let Ok(id) = branch.peel_to_id() else { continue };
        found.entry(environment).or_insert_with(|| id.detach());
    }
    Ok(found)
}
