//! What a release says: a deployment to production, under the id that its tag has as one.

use milepost_events::tables::{Deployment, Outcome};

use crate::git::tags::declared;
use crate::github::rows::login;
use crate::github::unit::About;
use crate::network::fields::Fields;

/// The deployment that a release is; `None` for a draft and a prerelease. `pages` is what the pages
/// of the repository's releases begin with, where that is known: a row that has another one would
/// not be found when its release is gone.
///
/// # Errors
/// Why the record is no release, in words for `rejected_records`.
pub(super) fn deployment(
    record: Fields<'_>,
    about: &About,
    pages: Option<&str>,
    tag_prefixes: &[(String, String)],
) -> Result<Option<Deployment>, String> {
    let is_rest = !record.at("release").is_null();
    let told = if is_rest { record.at("release") } else { record };
    let name = |rest: &'static str, graphql: &'static str| if is_rest { rest } else { graphql };
    let number = told.needed(name("id", "databaseId"))?;
    let is_draft = told.truth(name("draft", "isDraft"))?.unwrap_or_default();
    if is_draft || told.truth(name("prerelease", "isPrerelease"))?.unwrap_or_default() {
        return Ok(None);
    }
    let tag = told.needed(name("tag_name", "tagName"))?;
    let published_at = told.instant(name("published_at", "publishedAt"))?;
    let published_at = published_at.ok_or("the time of its publication is missing")?;
    let sha = if is_rest { record.text("sha")? } else { told.text("tagCommit.oid")? };
    let url = told.text(name("html_url", "url"))?;
    let url = url.filter(|url| pages.is_none_or(|pages| url.starts_with(pages)));
    let url = url.unwrap_or_else(|| match pages {
        Some(pages) => format!("{pages}tag/{tag}"),
        None => format!("https://{}/releases/tag/{tag}", about.repository_id),
    });
    let service_id = service(&tag, about, tag_prefixes);
    Ok(Some(Deployment {
        deployment_id: format!("{service_id}@{tag}"),
        service_id,
        repository_id: about.repository_id.clone(),
        environment: Some("production".to_owned()),
        source_environment: None,
        sha,
        r#ref: Some(tag),
        artifact_digest: None,
        config_digest: None,
        created_at: None,
        started_at: None,
        finished_at: Some(published_at),
        outcome: Some(Outcome::Succeeded),
        source_outcome: None,
        rollout_id: None,
        target: None,
        deployed_by: login(told, "author")?,
        is_planned: None,
        declared_kind: None,
        fixes_deployment_id: None,
        approving_team_ids: None,
        manual_steps_count: None,
        provenance: about.provenance(Some(number), Some(url)),
    }))
}

/// The service that the tag is of, as the history's tags are of services: the one that its prefix
/// is known to mean, else the repository's own.
fn service(tag: &str, about: &About, tag_prefixes: &[(String, String)]) -> String {
    let id = &about.repository_id;
    let prefix = declared(tag, id.rsplit('/').next().unwrap_or(id)).prefix;
    let known = tag_prefixes.iter().find(|(known, _)| prefix.as_ref() == Some(known));
    known.map_or_else(|| id.clone(), |(_, service_id)| service_id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const PAGES: &str = "https://github.com/acme/shop/releases/";

    fn about() -> About {
        About {
            host: "github.com".to_owned(),
            repository_id: "github.com/acme/shop".to_owned(),
            service_id: "checkout".to_owned(),
            observed_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    fn read(record: &Value) -> Result<Option<Deployment>, String> {
        let known = [("api".to_owned(), "github.com/acme/shop/api".to_owned())];
        deployment(Fields(record), &about(), Some(PAGES), &known)
    }

    fn id(tag: &str) -> String {
        let record = json!({"databaseId": 1, "tagName": tag, "isDraft": false,
            "isPrerelease": false, "publishedAt": "2026-01-06T10:00:00Z"});
        read(&record).expect("a release").expect("a deployment").deployment_id
    }

    #[test]
    fn a_release_has_the_id_that_its_tag_has_as_a_deployment() {
        assert_eq!(id("v1.0.0"), "github.com/acme/shop@v1.0.0");
        assert_eq!(id("shop-1.0.0"), "github.com/acme/shop@shop-1.0.0");
        assert_eq!(id("api@1.0.0"), "github.com/acme/shop/api@api@1.0.0");
        // No folder of that name is known.
        assert_eq!(id("web-1.0.0"), "github.com/acme/shop@web-1.0.0");
    }

    #[test]
    fn whatever_a_server_sends_is_a_deployment_none_or_refused() {
        for wrong in [
            json!(null),
            json!([]),
            json!({"databaseId": 1}),
            json!({"databaseId": 1, "tagName": "", "publishedAt": "2026-01-06T10:00:00Z"}),
            json!({"databaseId": 1, "tagName": "v1", "publishedAt": null}),
            json!({"databaseId": 1, "tagName": "v1", "publishedAt": "2026-01-06T10:00:00Z", "isDraft": 1}),
            json!({"release": {"id": 1, "tag_name": "v1", "published_at": "then"}, "sha": null}),
        ] {
            assert!(read(&wrong).is_err(), "{wrong}");
        }
        let draft = json!({"databaseId": 1, "tagName": "", "isDraft": true});
        assert_eq!(read(&draft).map(|found| found.is_none()), Ok(true));
    }

    #[test]
    fn a_page_of_another_repository_is_not_taken_for_its_own() {
        let record = json!({"databaseId": 1, "tagName": "v1.0.0",
            "publishedAt": "2026-01-06T10:00:00Z", "url": "https://elsewhere.test/x"});
        let found = read(&record).expect("a release").expect("a deployment");
        assert_eq!(
            found.provenance.source_url.as_deref(),
            Some("https://github.com/acme/shop/releases/tag/v1.0.0")
        );
    }
}
