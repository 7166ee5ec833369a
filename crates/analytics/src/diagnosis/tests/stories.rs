//! Stories of changes, deployments and incidents over facts worked by hand.

use super::facts::{Facts, run};
use crate::diagnosis::explain::{
    ChangeStory, DeploymentStory, Fate, MetricStory, Missing, Question, Unlinked, Unresolved,
    change, deployment, incident, metric,
};

const A: &str = "aaaaaaa100000000000000000000000000000000";
const B: &str = "bbbbbbb200000000000000000000000000000000";
const C: &str = "ccccccc300000000000000000000000000000000";
/// On a branch of its own, beside `C`.
const SIDE: &str = "ddddddd400000000000000000000000000000000";

/// `A` is the baseline of 01-05, `B` and `C` are shipped on 01-06; nothing contains `SIDE`. On
/// 01-07 one attempt fails and one deployment does not say what it deployed.
async fn shop() -> Facts {
    let facts = Facts::new();
    facts.commits("acme/shop", &[A, B, C]).await;
    facts
        .add(
            "commits (repository_id, sha, parent_shas, author_email, authored_at, committed_at, is_merge, subject)",
            &format!("('acme/shop', '{SIDE}', make_array('{B}'), 'bo@acme.test', '2026-01-03T08:00:00Z', '2026-01-03T08:00:00Z', false, 'Aside')"),
        )
        .await;
    facts
        .add(
            "pull_requests (pull_request_id, repository_id, number, title, state, merged_at, first_commit_at, merge_sha, merge_method, head_shas, basis)",
            &format!("('acme/shop#1', 'acme/shop', 1, 'Add a door', 'merged', '2026-01-03T08:00:00Z', null, '{C}', 'rebase', make_array('{B}', '{C}'), 'recorded'),
                      ('acme/shop#2', 'acme/shop', 2, 'Never merged', 'open', null, null, null, null, null, 'recorded'),
                      ('acme/yard#2', 'acme/yard', 2, 'A gate', 'open', null, null, null, null, null, 'recorded')"),
        )
        .await;
    facts
        .add(
            "deployments (deployment_id, service_id, repository_id, environment, sha, ref, finished_at, outcome, basis)",
            &format!("('1', 'shop', 'acme/shop', 'production', '{A}', 'v1', '2026-01-05T12:00:00Z', 'succeeded', 'recorded'),
                      ('2', 'shop', 'acme/shop', 'production', '{C}', 'v2', '2026-01-06T12:00:00Z', 'succeeded', 'recorded'),
                      ('3', 'shop', 'acme/shop', 'production', '{C}', 'v3', '2026-01-07T12:00:00Z', 'failed', 'recorded'),
                      ('4', 'shop', 'acme/shop', 'production', null, null, '2026-01-07T13:00:00Z', 'succeeded', 'recorded')"),
        )
        .await;
    facts
}

/// As many answers as the month has in the list, for a lake with one service.
async fn surveyed(answers: &[(&str, usize)]) -> Facts {
    let facts = Facts::new().asking(&["nps"]);
    facts.add("services (service_id, basis)", "('shop', 'recorded')").await;
    for (month, people) in answers {
        let rows: Vec<String> = (0..*people)
            .map(|at| {
                format!("('s', '{month}', 'person-{at}', 'recommend', 'nps_0_10', 9, '{month}-10T00:00:00Z', 'recorded')")
            })
            .collect();
        facts
            .add(
                "survey_responses (survey_id, wave, respondent_hash, question_id, scale, score, answered_at, basis)",
                &rows.join(", "),
            )
            .await;
    }
    facts
}

#[test]
fn facts_of_people_bear_no_name_and_those_of_fewer_than_five_are_not_told() {
    run(async {
        // February is hidden with January, which the quarter less February would tell.
        for (answers, shown) in [([4, 5], [0, 0]), ([6, 5], [6, 5])] {
            let months = ["2026-01", "2026-02"];
            let facts = surveyed(&[(months[0], answers[0]), (months[1], answers[1])]).await;
            for (month, shown) in months.into_iter().zip(shown) {
                let story = of_month(&facts, month).await;
                let named: Vec<&str> =
                    story.counted.iter().map(|one| one.fact_id.as_str()).collect();
                assert_eq!(named, vec![""; shown], "{month}");
                assert_eq!(story.fault, None, "{month}");
            }
        }
    });
}

async fn of_month(facts: &Facts, month: &str) -> MetricStory {
    let question = Question {
        subject_kind: "organization".to_owned(),
        subject_id: "organization".to_owned(),
        window_kind: "month".to_owned(),
        start_on: Some(format!("{month}-01").parse().expect("a day")),
    };
    let nps = facts.catalogue.metrics.get("nps").expect("a metric");
    let story = metric(&facts.session(), nps, &facts.definition, &question).await;
    story.expect("an answer").expect("a story")
}

async fn told(facts: &Facts, name: &str) -> Result<ChangeStory, Missing> {
    change(&facts.session(), name).await.expect("an answer")
}

async fn deployed(facts: &Facts, name: &str) -> Result<DeploymentStory, Missing> {
    deployment(&facts.session(), &facts.definition, name).await.expect("an answer")
}

#[test]
fn a_pull_request_is_found_by_its_number_and_by_any_of_its_commits() {
    run(async {
        let facts = shop().await;
        for name in ["acme/shop#1", "shop#1", "#1", &B[..7], C] {
            let story = told(&facts, name).await.expect(name);
            assert_eq!(story.change_id, "acme/shop#1", "{name}");
            let Some(Fate::Deployed(fate)) = story.services.first() else { panic!("{story:?}") };
            assert_eq!(fate.deployment_id, "2");
            // Its first commit, B of 01-02 08:00, until 01-06 12:00: 4 d 4 h.
            assert_eq!(fate.started_with_sha.as_deref(), Some(B));
            assert_eq!(fate.lead_time_seconds, Some(100 * 3_600));
            // Merged on 01-03 08:00.
            assert_eq!(fate.merge_to_deploy_seconds, Some(76 * 3_600));
        }
    });
}

#[test]
fn a_name_that_several_have_or_nobody_is_answered_with_candidates() {
    run(async {
        let facts = shop().await;
        let several = told(&facts, "#2").await.expect_err("two have it");
        assert!(several.is_ambiguous);
        assert_eq!(several.candidates, ["acme/shop#2", "acme/yard#2"]);
        let nobody = told(&facts, "shop#9").await.expect_err("none has it");
        assert!(!nobody.is_ambiguous);
        assert_eq!(nobody.candidates, ["acme/shop#2", "acme/shop#1"], "nearest first");
        let near = told(&facts, "aaaaaaf").await.expect_err("none has it");
        assert_eq!(near.candidates, [A]);
        let short = told(&facts, "aaaa").await.expect_err("too short");
        assert!(short.known_but.is_some_and(|why| why.contains("7 or more digits")));
    });
}

#[test]
fn a_change_of_the_first_deployment_is_of_unknown_age() {
    run(async {
        let story = told(&shop().await, A).await.expect("a story");
        match story.services.as_slice() {
            [Fate::InBaseline { service_id, deployment }] => {
                assert_eq!((service_id.as_str(), deployment.deployment_id.as_str()), ("shop", "1"));
            }
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn a_change_that_no_deployment_contains_says_why_for_each_one_after_it() {
    run(async {
        let story = told(&shop().await, SIDE).await.expect("a story");
        let [Fate::Waiting { later, .. }] = story.services.as_slice() else { panic!("{story:?}") };
        let later: Vec<(&str, &str)> =
            later.iter().map(|one| (one.deployment.deployment_id.as_str(), one.why)).collect();
        assert_eq!(
            later,
            [
                ("4", "commit_unknown"),
                ("3", "not_deployed"),
                ("2", "other_line"),
                ("1", "other_line")
            ]
        );
    });
}

#[test]
fn a_change_that_touches_no_path_of_a_service_says_which_it_touches() {
    run(async {
        let facts = shop().await;
        facts
            .add(
                "commit_files (repository_id, sha, path, change)",
                &format!("('acme/shop', '{SIDE}', 'web/main', 'added'), ('acme/shop', '{A}', 'api/main', 'added')"),
            )
            .await;
        facts
            .add(
                "service_repositories (service_id, repository_id, include_globs)",
                "('api', 'acme/shop', make_array('api/**'))",
            )
            .await;
        let story = told(&facts, SIDE).await.expect("a story");
        match &story.services[0] {
            Fate::Untouched { service_id, paths, touches } => {
                assert_eq!((service_id.as_str(), paths.as_str()), ("api", "`api/**`"));
                assert_eq!(touches, &["web/main"]);
            }
            other => panic!("{other:?}"),
        }
        let own = told(&facts, A).await.expect("a story");
        assert!(
            matches!(&own.services[0], Fate::NeverDeployed { service_id } if service_id == "api")
        );
    });
}

#[test]
fn a_pull_request_that_is_not_merged_is_in_no_service() {
    run(async {
        let story = told(&shop().await, "shop#2").await.expect("a story");
        assert!(story.services.is_empty());
        assert_eq!(story.pull_request.and_then(|found| found.state).as_deref(), Some("open"));
    });
}

#[test]
fn a_deployment_says_what_was_live_before_it_and_what_it_shipped() {
    run(async {
        let facts = shop().await;
        for name in ["2", "v2"] {
            let story = deployed(&facts, name).await.expect(name);
            let [part] = story.parts.as_slice() else { panic!("{story:?}") };
            assert_eq!(part.kind.as_deref(), Some("change"));
            assert_eq!(part.before.as_ref().map(|one| one.deployment_id.as_str()), Some("1"));
            let shipped: Vec<_> = part.shipped.iter().map(|one| one.change_id.as_str()).collect();
            assert_eq!(shipped, ["acme/shop#1"]);
            assert_eq!(part.subject.as_deref(), Some(&*format!("Subject of {C}")));
            assert!(part.is_production && part.is_counted && part.failed.is_none());
        }
        let silent = deployed(&facts, "4").await.expect("a story");
        assert_eq!(silent.parts[0].unresolved, Some(Unresolved::NothingNamed));
        let nobody = deployed(&facts, "v9").await.expect_err("none has it");
        assert!(!nobody.is_ambiguous);
    });
}

/// Incidents as attribution would classify them, beside the shop's deployments.
async fn incidents() -> Facts {
    let facts = Facts::with_derived();
    facts
        .add(
            "classified_deployments (deployment_id, service_id, repository_id, environment, finished_at, kind, is_counted, is_change_to_production, is_rework, basis, exclusion_reason)",
            "('1', 'shop', 'r', 'production', '2026-01-05T12:00:00Z', 'baseline', true, false, false, 'recorded', null),
             ('2', 'shop', 'r', 'production', '2026-01-06T12:00:00Z', 'change', true, true, false, 'recorded', null),
             ('3', 'shop', 'r', 'production', '2026-01-07T12:00:00Z', null, false, false, false, 'recorded', 'failed'),
             ('9', 'door', 'r', 'production', '2026-01-07T12:00:00Z', 'change', true, true, false, 'recorded', null)",
        )
        .await;
    let row = |id: &str, service: &str, cause: &str, named: &str, linked: &str, began: &str| {
        let excluded = if service == "shpo" { "false, 'service_unknown'" } else { "true, null" };
        format!(
            "('{id}', '{service}', {cause}, {named}, {linked}, {excluded}, '2026-01-{began}:00Z', 'recorded')"
        )
    };
    let rows = [
        row("linked", "shop", "'change'", "'2'", "'2'", "06T13:00"),
        row("external", "shop", "'external'", "null", "null", "06T13:00"),
        row("misspelt", "shpo", "null", "null", "null", "06T13:00"),
        row("unknown", "shop", "null", "'22'", "null", "06T13:00"),
        row("other", "shop", "null", "'9'", "null", "08T13:00"),
        row("attempt", "shop", "null", "'3'", "null", "08T13:00"),
        row("early", "shop", "null", "null", "null", "05T13:00"),
        row("unnamed", "shop", "null", "null", "null", "06T15:00"),
    ];
    facts
        .add(
            "classified_incidents (incident_id, service_id, cause, caused_by_deployment_id, linked_deployment_id, is_counted, exclusion_reason, began_at, basis)",
            &rows.join(", "),
        )
        .await;
    facts
}

#[test]
fn an_incident_is_linked_or_says_why_not() {
    run(async {
        let facts = incidents().await;
        let session = facts.session();
        let mut unlinked = Vec::new();
        for id in ["external", "misspelt", "unknown", "other", "attempt", "early"] {
            let story = incident(&session, &facts.definition, id).await.expect("an answer");
            unlinked.push(story.expect(id).parts.remove(0).unlinked.expect(id));
        }
        assert_eq!(
            unlinked,
            [
                Unlinked::External,
                Unlinked::UnknownService(vec!["shop".to_owned()]),
                Unlinked::UnknownDeployment(Vec::new()),
                Unlinked::OtherService(vec!["door".to_owned()]),
                Unlinked::NoDeployment(Some("failed".to_owned())),
                // The baseline of 01-05 is no change.
                Unlinked::NothingBefore,
            ]
        );
        let story = incident(&session, &facts.definition, "unnamed").await.expect("an answer");
        match &story.expect("a story").parts[0].unlinked {
            Some(Unlinked::NothingNamed { latest, is_heuristic_on: false }) => {
                assert_eq!(latest.deployment_id, "2");
            }
            other => panic!("{other:?}"),
        }
        let linked = incident(&session, &facts.definition, "linked").await.expect("an answer");
        let linked = linked.expect("a story").parts.remove(0);
        assert_eq!(linked.linked.map(|one| one.deployment_id).as_deref(), Some("2"));
        assert_eq!(linked.unlinked, None);
        let nobody = incident(&session, &facts.definition, "lonked").await.expect("an answer");
        assert_eq!(nobody.expect_err("none has it").candidates, ["linked"]);
    });
}
