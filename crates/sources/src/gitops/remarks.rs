//! What the user should know of a read.

use std::collections::BTreeSet;

use super::history::Tally;
use crate::Remark;

/// So many names stand in a remark.
const MOST_NAMED: usize = 5;

/// What could not be read, and what it means.
pub(crate) fn unread(place: &str, tally: &Tally) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if !tally.templated.is_empty() {
        remarks.push(remark(format!(
            "{}: {} with templates that are no YAML were passed over ({}); what they name is not known before they are rendered",
            place,
            counted(tally.templated.len(), "file"),
            named(&tally.templated),
        )));
    }
    if let Some((path, sha)) = tally.malformed.iter().next() {
        let now = match tally.malformed_now.len() {
            0 => String::new(),
            now => format!("; {now} still can't be"),
        };
        let is_gap = !tally.malformed_now.is_empty();
        let text = format!(
            "{place}: {} could not be read as YAML in some commits, such as {path} in {}{now}; what they said before was taken to last",
            counted(tally.malformed.len(), "file"),
            &sha[..sha.len().min(12)],
        );
        remarks.push(Remark { text, is_gap });
    }
    if !tally.too_large.is_empty() {
        remarks.push(remark(format!(
            "{place}: {} that take or stand for more than is looked at were passed over ({})",
            counted(tally.too_large.len(), "file"),
            named(&tally.too_large),
        )));
    }
    if !tally.missing.is_empty() {
        remarks.push(remark(format!(
            "{place} is a partial clone: {} of manifests were never fetched and deployments may be missing; `git fetch --refetch --no-filter` completes it",
            counted(tally.missing.len(), "version"),
        )));
    }
    remarks
}

/// Images that are no known service's.
pub(crate) fn foreign(images: &BTreeSet<String>, is_all: bool) -> Option<Remark> {
    if images.is_empty() {
        return None;
    }
    let text = format!(
        "{} left out as somebody else's: no service or repository that is known has the name ({}); a row in service_aliases with provider `image` makes one a service's",
        counted(images.len(), "image"),
        named(images),
    );
    Some(Remark { text, is_gap: is_all })
}

/// Images that several services have the name of.
pub(crate) fn ambiguous(images: &BTreeSet<String>) -> Option<Remark> {
    (!images.is_empty()).then(|| Remark {
        text: format!(
            "{} left out, since several services have the name ({}); a row in service_aliases with provider `image` decides",
            counted(images.len(), "image"),
            named(images),
        ),
        is_gap: true,
    })
}

/// Says that nothing tells services from what others made.
pub(crate) fn nothing_known(images: usize) -> Remark {
    remark(format!(
        "no service or repository is known, so all {images} images were taken for services, other people's too; `milepost ingest git` of the repositories tells them apart and gives deployments their commits"
    ))
}

/// Images that stand in shared files only.
pub(crate) fn shared(images: &BTreeSet<String>) -> Option<Remark> {
    (!images.is_empty()).then(|| {
        remark(format!(
            "{} named only in files that no environment's name is in the path of, while others have one ({}); changes there are no deployments",
            counted(images.len(), "service's image"),
            named(images),
        ))
    })
}

/// Deployments whose commit nothing tells.
pub(crate) fn unresolved(unresolved: usize, all: usize, some: &BTreeSet<String>) -> Option<Remark> {
    (unresolved > 0).then(|| {
        remark(format!(
            "the commit of {unresolved} of {all} deployments is not known: no tag of the repository, no commit id within the image's tag and no artifact tells it ({})",
            named(some),
        ))
    })
}

/// Says that nothing reached production.
pub(crate) fn no_production(environments: &BTreeSet<String>) -> Remark {
    Remark {
        text: format!(
            "no deployment to production was found, only to {}; production is known by `prod`, `production`, `prd` or `live` in a folder's or file's name",
            named(environments),
        ),
        is_gap: true,
    }
}

fn remark(text: String) -> Remark {
    Remark { text, is_gap: false }
}

fn counted(count: usize, what: &str) -> String {
    let (are, s) = match (count, what) {
        (1, "image" | "service's image") => (" is", ""),
        (_, "image" | "service's image") => (" are", "s"),
        (1, _) => ("", ""),
        _ => ("", "s"),
    };
    format!("{count} {what}{s}{are}")
}

fn named(names: &BTreeSet<String>) -> String {
    let some: Vec<&str> = names.iter().take(MOST_NAMED).map(String::as_str).collect();
    let more = names.len() - some.len();
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    format!("{}{more}", some.join(", "))
}
