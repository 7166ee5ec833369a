//! Builds: which commit an artifact was made of.

use std::collections::HashMap;

use datafusion::prelude::SessionContext;

use super::rows;
use crate::AnalyticsError;
use crate::columns::Texts;

/// Commits of builds, by digest and by the tag they were pushed under.
#[derive(Debug, Default)]
pub(crate) struct Artifacts {
    by_digest: HashMap<String, String>,
    /// By repository and tag; `None` where builds of several commits were pushed under it.
    by_tag: HashMap<(String, String), Option<String>>,
}

impl Artifacts {
    /// Commit that the artifact with this digest was built from.
    pub(crate) fn of_digest(&self, digest: &str) -> Option<&str> {
        self.by_digest.get(digest).map(String::as_str)
    }

    /// Commit of the one build of a repository that was pushed under this tag.
    pub(crate) fn of_tag(&self, repository_id: &str, tag: &str) -> Option<&str> {
        self.by_tag.get(&(repository_id.to_owned(), tag.to_owned()))?.as_deref()
    }
}

pub(super) async fn read(facts: &SessionContext) -> Result<Artifacts, AnalyticsError> {
    let sql = "select artifact_digest, reference, repository_id, sha from artifacts \
               where sha is not null and deleted_at is null order by artifact_digest";
    let rows = rows(facts, sql).await?;
    let text = |name| Texts::of(&rows, name);
    let (digest, reference) = (text("artifact_digest")?, text("reference")?);
    let (repository, sha) = (text("repository_id")?, text("sha")?);
    let mut artifacts = Artifacts::default();
    for row in 0..rows.num_rows() {
        let (Some(digest), Some(sha)) = (digest.get(row), sha.get(row)) else { continue };
        let sha = sha.to_lowercase();
        artifacts.by_digest.insert(digest.to_owned(), sha.clone());
        let tag = reference.get(row).and_then(tag);
        if let (Some(repository), Some(tag)) = (repository.get(row), tag) {
            let key = (repository.to_owned(), tag.to_owned());
            let known = artifacts.by_tag.entry(key).or_insert_with(|| Some(sha.clone()));
            if known.as_ref() != Some(&sha) {
                *known = None;
            }
        }
    }
    Ok(artifacts)
}

/// The tag of a reference such as `registry.test:5000/acme/shop:1.4.2@sha256:…`.
fn tag(reference: &str) -> Option<&str> {
    let name = reference.split('@').next().unwrap_or(reference);
    let (_, tag) = name.rsplit_once(':')?;
    (!tag.contains('/')).then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_has_a_tag_after_its_last_colon() {
        assert_eq!(tag("registry.test:5000/acme/shop:1.4.2"), Some("1.4.2"));
        assert_eq!(tag("shop:1.4.2@sha256:aa"), Some("1.4.2"));
        assert_eq!(tag("registry.test:5000/acme/shop"), None);
    }
}
