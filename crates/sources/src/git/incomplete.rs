//! What a clone leaves out by its nature, and how to complete it.

use super::repository::Repository;
use crate::Remark;

/// What the user should know of the clone itself.
pub(crate) fn remarks(repository: &Repository) -> Vec<Remark> {
    let local = repository.shared.to_thread_local();
    let path = repository.path.display();
    let mut remarks = Vec::new();
    if local.is_shallow().unwrap_or(false) {
        remarks.push(format!(
            "{path} is a shallow clone: what happened before its oldest commits is not known; `git fetch --unshallow --tags` completes it"
        ));
    }
    if has_replacements(&local) || local.common_dir().join("info/grafts").exists() {
        remarks.push(format!(
            "{path} has replacements or grafts, which are not applied: rows tell commits as they were made"
        ));
    }
    remarks.into_iter().map(|text| Remark { text, is_gap: false }).collect()
}

fn has_replacements(repository: &gix::Repository) -> bool {
    repository.references().is_ok_and(|references| {
        references.prefixed("refs/replace/").is_ok_and(|mut found| found.next().is_some())
    })
}

/// Says that the lines of so many commits are not known.
pub(crate) fn partial(repository: &Repository, commits: u64) -> Remark {
    let path = repository.path.display();
    let commits = if commits == 1 { "1 commit".to_owned() } else { format!("{commits} commits") };
    let text = format!(
        "{path} is a partial clone: lines of {commits} are not known (NULL), since their files were never fetched; `git fetch --refetch --no-filter` completes it"
    );
    Remark { text, is_gap: false }
}
