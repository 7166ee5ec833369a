//! Why there is no number: from nothing at all to a service that nothing reaches.

use super::facts::{Facts, run};
use crate::Catalogue;
use crate::diagnosis::Severity;

#[test]
fn an_empty_lake_says_which_command_fills_it() {
    run(async {
        let finding = Facts::new().finding("no_deployments").await;
        assert_eq!(finding.severity, Severity::Problem);
        assert_eq!(
            finding.message,
            "0 deployments found; no repository and no deployments were read"
        );
        assert!(
            finding.suggestion.is_some_and(|text| text.starts_with("`milepost ingest git PATH`"))
        );
    });
}

#[test]
fn a_repository_without_release_tags_says_which_flag_would_help() {
    run(async {
        let facts = Facts::new();
        facts.commits("shop", &["a", "b"]).await;
        let finding = facts.finding("no_deployments").await;
        assert_eq!(
            finding.message,
            "0 deployments found; 2 commits of 1 repository were read, and no tag there looks like a release such as v1.2.3"
        );
        assert!(
            finding.suggestion.is_some_and(|text| text.contains("--deployments-from-tags GLOB"))
        );
    });
}

#[test]
fn deployments_after_the_as_of_are_told_from_none() {
    run(async {
        let facts = Facts::new();
        facts
            .add(
                "deployments (deployment_id, service_id, repository_id, environment, finished_at, outcome, basis)",
                "('late', 'shop', 'shop', 'production', '2026-03-01T00:00:00Z', 'succeeded', 'recorded'),
                 ('never', 'shop', 'shop', 'production', null, null, 'recorded')",
            )
            .await;
        let finding = facts.finding("no_deployments").await;
        assert_eq!(
            finding.message,
            "0 deployments in sight; 2 known, but each is after the as-of or has no time at all"
        );
    });
}

#[test]
fn a_pattern_that_matches_no_environment_is_named_with_one_that_would() {
    run(async {
        let facts = Facts::new().asking(&["change_lead_time", "deployment_frequency"]);
        facts.commits("shop", &["a", "b"]).await;
        for (id, environment) in [("1", "build"), ("2", "build"), ("3", "release")] {
            facts.deployment(id, environment, "a", 3).await;
        }
        let expected = "3 deployments found, 0 in production; 0 because the pattern \
                        `^(prod|production|prd|live)([-_].*)?$` matched none of: build (2), release (1)";
        let suggested =
            "`production_environments = '^(release)$'` in `[definition]` would match 1 of them";
        let finding = facts.finding("no_production_deployments").await;
        assert_eq!((finding.message.as_str(), finding.count), (expected, 3));
        assert_eq!(finding.suggestion.as_deref(), Some(suggested));
        // The metrics that rest on it give the same sentence for their emptiness.
        let empty = facts.findings("empty_metric").await;
        let subjects: Vec<_> = empty.iter().map(|finding| finding.subject.as_deref()).collect();
        assert_eq!(subjects, [Some("change_lead_time"), Some("deployment_frequency")]);
        assert!(empty.iter().all(|finding| finding.message == expected));

        let mut mended = facts.clone();
        mended.definition.production_environments = "^(release)$".to_owned();
        let diagnosis = mended.diagnose().await;
        assert_eq!(
            (diagnosis.seen.in_production, diagnosis.seen.matched),
            (1, 1),
            "the advice works"
        );
    });
}

#[test]
fn pipelines_that_no_rule_takes_for_deployments_are_named_with_a_rule_that_would() {
    run(async {
        let facts = Facts::new();
        facts
            .add(
                "pipeline_runs (pipeline_run_id, repository_id, name, outcome, basis)",
                "('1', 'shop', 'build', 'success', 'recorded'), ('2', 'shop', 'build', 'success', 'recorded'),
                 ('3', 'shop', 'Release', 'success', 'recorded')",
            )
            .await;
        let finding = facts.finding("no_deployments").await;
        assert_eq!(
            finding.message,
            "0 deployments found; 0 because no `[[deployment_rule]]` matched any of 3 pipeline runs: build (2), Release (1)"
        );
        assert_eq!(
            finding.suggestion.as_deref(),
            Some(
                "a `[[deployment_rule]]` with `workflow = '^(Release)$'` and `environment = 'production'` takes runs for deployments"
            )
        );
    });
}

#[test]
fn attempts_that_all_failed_are_no_deployments() {
    run(async {
        let facts = Facts::new();
        facts
            .add(
                "deployments (deployment_id, service_id, repository_id, environment, finished_at, outcome, basis)",
                "('1', 'shop', 'shop', 'production', '2026-01-02T00:00:00Z', 'failed', 'recorded'),
                 ('2', 'shop', 'shop', 'production', '2026-01-03T00:00:00Z', 'failed', 'recorded'),
                 ('3', 'shop', 'shop', 'production', '2026-01-04T00:00:00Z', 'cancelled', 'recorded')",
            )
            .await;
        assert_eq!(
            facts.finding("no_finished_deployments").await.message,
            "3 deployments found, 3 in production, 0 of them finished there; 0 because of 2 failed, 1 cancelled"
        );
    });
}

#[test]
fn deployments_of_a_repository_that_was_read_under_another_name_find_it() {
    run(async {
        let facts = Facts::new();
        facts.commits("acme/shop", &["a"]).await;
        facts.deployment("1", "production", "a", 2).await;
        let finding = facts.finding("no_matched_deployments").await;
        assert_eq!(
            finding.message,
            "1 deployment found, 1 in production, 0 matched a commit; 0 because 1 production deployment is of the repository `shop`, of which no commit was read"
        );
        assert_eq!(
            finding.suggestion.as_deref(),
            Some(
                "`milepost ingest git PATH --repository shop` reads it; or the deployments mean `acme/shop`, which was read under that name"
            )
        );
    });
}

#[test]
fn unresolved_commits_are_a_problem_from_a_tenth_of_the_deployments_on() {
    run(async {
        let facts = Facts::new();
        facts.commits("shop", &["a"]).await;
        for day in 1..=10 {
            facts.deployment(&format!("good {day}"), "production", "a", day).await;
        }
        facts.deployment("unknown", "production", "ffff", 11).await;
        // 1 of 11.
        let finding = facts.finding("unresolved_commits").await;
        assert_eq!(finding.severity, Severity::Remark);
        assert_eq!(
            finding.message,
            "1 of 11 production deployments of `shop` name a commit, tag or artifact that leads to none of its 1 commits"
        );
        assert_eq!(finding.examples, ["unknown"]);
        // 2 of 12 name one that is not there, 1 of 13 none at all.
        facts.deployment("other", "production", "eeee", 12).await;
        facts.deployment("silent", "production", "", 13).await;
        let findings = facts.findings("unresolved_commits").await;
        let told: Vec<(Severity, i64)> =
            findings.iter().map(|finding| (finding.severity, finding.count)).collect();
        assert_eq!(told, [(Severity::Problem, 2), (Severity::Remark, 1)]);
        assert_eq!(
            findings[1].message,
            "1 of 13 production deployments of `shop` name neither commit, tag nor artifact"
        );
    });
}

#[test]
fn an_environment_that_looks_like_production_beside_production_is_named() {
    run(async {
        let facts = Facts::new();
        facts.commits("shop", &["a"]).await;
        facts.deployment("1", "production", "a", 2).await;
        facts.deployment("2", "eu-prod", "a", 3).await;
        facts.deployment("3", "staging", "a", 4).await;
        let finding = facts.finding("production_environment_missed").await;
        assert_eq!(finding.count, 1);
        assert!(finding.message.starts_with("1 deployment to `eu-prod` left out"), "{finding:?}");
        assert_eq!(
            finding.suggestion.as_deref(),
            Some(
                "`production_environments = '^(prod|production|prd|live)([-_].*)?$|^(eu\\-prod)$'` in `[definition]` would match 1 more"
            )
        );
    });
}

#[test]
fn a_baseline_alone_gives_no_lead_time_and_says_so() {
    run(async {
        let facts = Facts::new().asking(&["change_lead_time"]);
        facts.commits("shop", &["a", "b"]).await;
        facts.deployment("1", "production", "b", 3).await;
        let finding = facts.finding("empty_metric").await;
        assert_eq!(finding.severity, Severity::Remark, "time will mend it");
        assert_eq!(
            finding.message,
            "1 deployment found, 1 in production, 1 matched a commit; 0 because none of them shipped a change: 1 baseline; the first deployment of a service, its baseline, gives no lead times, because everything in it is of unknown age"
        );
    });
}

#[test]
fn a_metric_whose_facts_are_all_left_out_counts_the_reasons() {
    run(async {
        let facts = Facts::new().asking(&["change_lead_time"]);
        facts.commits("shop", &["a", "b", "c"]).await;
        facts.add("people (person_id, kind)", "('bot', 'bot')").await;
        facts
            .add("identities (provider, identifier, person_id)", "('git', 'ann@acme.test', 'bot')")
            .await;
        facts.deployment("1", "production", "a", 5).await;
        facts.deployment("2", "production", "c", 6).await;
        let finding = facts.finding("empty_metric").await;
        assert_eq!(
            finding.message,
            "all that it counts is left out: written by bots alone, `include_bots = false` (2)"
        );
        assert_eq!(
            facts.finding("bots").await.message,
            "2 of 2 deployed changes are of bots alone; left out of lead times"
        );
    });
}

#[test]
fn without_incidents_or_reverts_the_failure_metrics_have_no_source() {
    run(async {
        let facts = Facts::new().asking(&["change_fail_rate", "deployment_frequency"]);
        facts.commits("shop", &["a", "b"]).await;
        facts.deployment("1", "production", "a", 5).await;
        facts.deployment("2", "production", "b", 6).await;
        let finding = facts.finding("no_failure_source").await;
        assert_eq!(finding.severity, Severity::Problem);
        assert_eq!(
            finding.message,
            "nothing could have shown a failure of the service: no incident is known, and no rollback, fix or deployed revert, so `change_fail_rate` have no value"
        );
        let empty = facts.finding("empty_metric").await;
        assert_eq!(empty.subject.as_deref(), Some("change_fail_rate"));
        assert_eq!(
            empty.message,
            "2 deployments found, 2 in production, 2 matched a commit; 0 because nothing could have shown a failure: no incident, and no rollback, fix or deployed revert"
        );
    });
}

#[test]
fn a_metric_that_fails_is_named_and_hides_no_other() {
    run(async {
        let mut facts = Facts::new();
        let broken = "-- metric: broken\n-- title: X\n-- question: How many?\n-- unit: count\n\
                      -- better: higher\n-- statistic: value\n-- population: deployments\n\
                      -- excludes: nothing\n-- reference: none\nselect no_such_column from deployments";
        let users = [("broken".to_owned(), broken.to_owned())];
        facts.catalogue = Catalogue::load(&users).expect("a catalogue");
        facts
            .catalogue
            .metrics
            .retain(|name, _| name == "broken" || name == "deployment_frequency");
        facts.commits("shop", &["a"]).await;
        facts.deployment("1", "production", "a", 5).await;
        let diagnosis = facts.diagnose().await;
        let failing = diagnosis.findings.iter().find(|finding| finding.check == "metric_fails");
        let failing = failing.expect("the broken metric");
        assert_eq!(failing.subject.as_deref(), Some("broken"));
        assert!(failing.message.contains("no_such_column"), "{failing:?}");
        let whole = diagnosis.metrics.iter().find(|metric| metric.name == "deployment_frequency");
        assert_eq!(whole.map(|metric| metric.with_value), Some(1));
    });
}

#[test]
fn records_that_the_last_ingest_refused_are_a_problem_and_earlier_ones_are_over() {
    run(async {
        let facts = Facts::new();
        facts
            .add(
                "ingest_runs (run_id, started_at, finished_at, source, rows_count, rejected_count, version)",
                "('files/1', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', 'files', 1, 1, '0'),
                 ('files/2', '2026-01-02T00:00:00Z', '2026-01-02T00:00:00Z', 'files', 1, 2, '0')",
            )
            .await;
        facts
            .add(
                "rejected_records (run_id, ordinal, table_name, reason, record)",
                "('files/1', 1, 'teams', 'an old fault', '{}'),
                 ('files/2', 1, 'incidents', 'no service', '{}'),
                 ('files/2', 2, 'incidents', 'no id', '{}')",
            )
            .await;
        let finding = facts.finding("rejected_records").await;
        assert_eq!(
            finding.message,
            "2 records of incidents were refused by the last ingest of files"
        );
        assert_eq!((finding.severity, finding.count), (Severity::Problem, 2));
        assert_eq!(finding.examples, ["no service", "no id"]);
    });
}

#[test]
fn a_sound_lake_has_no_problem() {
    run(async {
        let facts = Facts::new().asking(&["change_lead_time", "change_fail_rate"]);
        facts.commits("shop", &["a", "b"]).await;
        facts.deployment("1", "production", "a", 5).await;
        facts.deployment("2", "production", "b", 6).await;
        facts
            .add(
                "incidents (incident_id, service_id, impact_started_at, resolved_at, caused_by_deployment_id, basis)",
                "('i1', 'shop', '2026-01-06T13:00:00Z', '2026-01-06T14:00:00Z', '2', 'recorded')",
            )
            .await;
        let diagnosis = facts.diagnose().await;
        assert!(!diagnosis.has_problem(), "{:?}", diagnosis.findings);
        let seen = &diagnosis.seen;
        assert_eq!(
            (seen.deployments, seen.in_production, seen.matched, seen.counted),
            (2, 2, 2, 2)
        );
        assert_eq!((seen.commits, seen.incidents, seen.services), (2, 1, 1));
        assert!(diagnosis.metrics.iter().all(|metric| metric.with_value == 1));
    });
}

#[test]
fn what_comes_after_the_as_of_is_not_counted() {
    run(async {
        let facts = Facts::new();
        facts.commits("shop", &["a", "b"]).await;
        facts
            .add(
                "commits (repository_id, sha, parent_shas, author_email, authored_at, committed_at, is_merge, subject)",
                "('shop', 'c', make_array('b'), 'ann@acme.test', '2026-03-01T08:00:00Z', '2026-03-01T08:00:00Z', false, 'Later')",
            )
            .await;
        facts
            .add(
                "pull_requests (pull_request_id, repository_id, number, created_at, merged_at)",
                "('shop#1', 'shop', 1, '2026-01-03T00:00:00Z', '2026-03-01T00:00:00Z'),
                 ('shop#2', 'shop', 2, null, '2026-01-04T00:00:00Z'),
                 ('shop#3', 'shop', 3, '2026-02-16T00:00:00Z', null)",
            )
            .await;
        facts
            .add(
                "services (service_id, created_at, production_since)",
                "('old', '2026-01-01T00:00:00Z', null), ('unknown', null, null),
                 ('to come', '2026-02-20T00:00:00Z', '2026-03-01T00:00:00Z'),
                 ('shop', '2026-02-20T00:00:00Z', null)",
            )
            .await;
        // Whatever the catalogue says of it: it was deployed.
        facts.deployment("1", "production", "a", 5).await;
        let seen = facts.diagnose().await.seen;
        assert_eq!((seen.commits, seen.pull_requests, seen.services), (2, 2, 3));
    });
}

#[test]
fn a_metric_with_values_in_single_months_is_not_empty() {
    run(async {
        let facts = Facts::new().asking(&["adoption_retention"]);
        facts.commits("shop", &["a"]).await;
        facts.deployment("1", "production", "a", 5).await;
        facts
            .add("capabilities (capability_id, golden_path_ids)", "('ci', make_array('web'))")
            .await;
        let turn = "capability_adoptions (service_id, capability_id, valid_from, status, basis)";
        facts.add(turn, "('shop', 'ci', '2026-01-10T00:00:00Z', 'adopted', 'recorded')").await;
        // When the first deployment came, the service was on no path; when February began, it was.
        let diagnosis = facts.diagnose().await;
        assert!(diagnosis.findings.iter().all(|one| one.check != "empty_metric"), "{diagnosis:?}");
        let state = diagnosis.metrics.first().expect("the metric");
        assert_eq!((state.is_of_months, state.with_value), (true, 1));
    });
}
