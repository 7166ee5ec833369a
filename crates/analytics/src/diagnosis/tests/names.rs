//! Names that match nothing, and what was probably meant.

use super::facts::{Facts, run};
use crate::diagnosis::Severity;

/// A shop with two deployments, the baseline `1` and the change `2`.
async fn shop() -> Facts {
    let facts = Facts::new();
    facts.commits("shop", &["a", "b"]).await;
    facts.deployment("1", "production", "a", 5).await;
    facts.deployment("2", "production", "b", 6).await;
    facts
}

#[test]
fn paths_that_match_nothing_name_the_folder_that_is_near() {
    run(async {
        let facts = shop().await;
        facts
            .add(
                "commit_files (repository_id, sha, path, change)",
                "('shop', 'a', 'services/api/main.rs', 'added'), ('shop', 'b', 'services/web/main.rs', 'added')",
            )
            .await;
        facts
            .add(
                "service_repositories (service_id, repository_id, include_globs)",
                "('api', 'shop', make_array('service/api/**')), ('web', 'shop', make_array('services/web/**'))",
            )
            .await;
        let finding = facts.finding("paths_match_nothing").await;
        assert_eq!(finding.subject.as_deref(), Some("api"));
        assert_eq!(
            finding.message,
            "`api` is `service/api/**` of `shop`, and none of its 2 paths matches, so no change ever reaches the service"
        );
        let suggestion = finding.suggestion.expect("a suggestion");
        assert!(suggestion.starts_with("there is `services/api`"), "{suggestion}");
    });
}

#[test]
fn an_incident_of_a_misspelt_service_finds_the_service() {
    run(async {
        let facts = shop().await;
        facts
            .add(
                "incidents (incident_id, service_id, impact_started_at, basis)",
                "('i1', 'shpo', '2026-01-06T13:00:00Z', 'recorded'), ('i2', 'shop', '2026-01-06T13:00:00Z', 'recorded')",
            )
            .await;
        let finding = facts.finding("incident_of_unknown_service").await;
        assert_eq!(
            finding.message,
            "1 incident of `shpo`, which was never deployed and which no catalogue knows, so it leads to no deployment"
        );
        assert_eq!(finding.suggestion.as_deref(), Some("did the incidents mean `shop`?"));
        assert_eq!(
            (finding.severity, finding.examples),
            (Severity::Problem, vec!["i1".to_owned()])
        );
    });
}

#[test]
fn an_incident_that_names_a_deployment_of_nobody_or_of_another_service_is_told() {
    run(async {
        let facts = shop().await;
        facts
            .add(
                "deployments (deployment_id, service_id, repository_id, environment, sha, finished_at, outcome, basis)",
                "('door-17', 'door', 'shop', 'production', 'a', '2026-01-07T12:00:00Z', 'succeeded', 'recorded')",
            )
            .await;
        facts
            .add(
                "incidents (incident_id, service_id, impact_started_at, caused_by_deployment_id, basis)",
                "('unknown', 'door', '2026-01-08T13:00:00Z', 'door-71', 'recorded'),
                 ('other', 'shop', '2026-01-08T13:00:00Z', 'door-17', 'recorded'),
                 ('both', 'shop', '2026-01-08T13:00:00Z', 'door-17', 'recorded'),
                 ('both', 'door', '2026-01-08T13:00:00Z', 'door-17', 'recorded')",
            )
            .await;
        let unknown = facts.finding("incident_names_unknown_deployment").await;
        assert_eq!(
            unknown.message,
            "1 incident names a deployment that is not known, which links it to none"
        );
        assert_eq!(unknown.examples, ["unknown names door-71"]);
        assert_eq!(unknown.suggestion.as_deref(), Some("near `door-71` is `door-17`"));
        let other = facts.finding("incident_of_other_service").await;
        assert_eq!(
            other.examples,
            ["other of shop names door-17 of door"],
            "one that impairs both is in order"
        );
    });
}

#[test]
fn a_ring_of_teams_is_shown_and_unknown_teams_are_named() {
    run(async {
        let facts = shop().await;
        facts
            .add(
                "teams (team_id, parent_team_id)",
                "('b', 'c'), ('a', 'b'), ('c', 'a'), ('door', 'hoem'), ('home', null)",
            )
            .await;
        facts
            .add(
                "service_owners (service_id, team_id, valid_from)",
                "('shop', 'home', '2026-01-01T00:00:00Z'), ('shop', 'dor', '2026-01-02T00:00:00Z')",
            )
            .await;
        let ring = facts.finding("circular_teams").await;
        assert!(
            ring.message.starts_with("the teams a → b → c → a are each above the other"),
            "{ring:?}"
        );
        let unknown = facts.findings("unknown_team").await;
        let told: Vec<(&str, Option<&str>)> = unknown
            .iter()
            .map(|finding| (finding.message.as_str(), finding.suggestion.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("the team `door` is below `hoem`, which is no team", Some("did it mean `home`?")),
                ("1 service owned by `dor`, which is no team", Some("did it mean `door`?")),
            ]
        );
    });
}

#[test]
fn services_that_the_catalogue_does_not_know_and_those_without_anything_are_told() {
    run(async {
        let facts = shop().await;
        facts.add("services (service_id)", "('shops'), ('idle')").await;
        let unknown = facts.finding("unknown_service").await;
        assert_eq!(
            unknown.message,
            "2 deployments of `shop`, which the catalogue of 2 services does not know; they count as a service of their own"
        );
        assert_eq!(unknown.suggestion.as_deref(), Some("did the deployments mean `shops`?"));
        let idle = facts.finding("service_without_repository").await;
        assert_eq!(
            idle.message,
            "2 services have neither a repository nor a deployment, so every number of them is empty"
        );
        assert_eq!(idle.examples, ["idle", "shops"]);
    });
}

#[test]
fn a_merged_pull_request_whose_merge_was_not_read_can_be_in_no_deployment() {
    run(async {
        let facts = shop().await;
        facts
            .add(
                "pull_requests (pull_request_id, repository_id, number, state, merged_at, merge_sha, basis)",
                "('shop#1', 'shop', 1, 'merged', '2026-01-02T08:00:00Z', 'b', 'recorded'),
                 ('shop#2', 'shop', 2, 'merged', '2026-01-02T09:00:00Z', 'gone', 'recorded'),
                 ('shop#3', 'shop', 3, 'open', null, null, 'recorded')",
            )
            .await;
        let finding = facts.finding("merge_not_read").await;
        assert_eq!(
            finding.message,
            "1 of 2 merged pull requests of `shop` can be in no deployment: their merge is none of its 2 commits"
        );
        assert_eq!(finding.examples, ["shop#2"]);
    });
}
