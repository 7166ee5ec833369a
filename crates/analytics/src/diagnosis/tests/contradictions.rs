//! Facts that can't all be so: each is counted, and what became of such rows is said.

use super::facts::{Facts, run};
use crate::diagnosis::Severity;

#[test]
fn an_impossible_lead_time_is_a_remark_and_many_are_a_problem() {
    run(async {
        let facts = Facts::with_derived();
        let changes = "deployed_changes (service_id, repository_id, change_id, change_unit, deployment_id, deployed_at, is_bot, is_revert, is_excluded, quality_flags)";
        let row = |id: usize, flags: &str| {
            format!(
                "('shop', 'shop', 'c{id:02}', 'commit', 'd', '2026-01-05T00:00:00Z', false, false, false, {flags})"
            )
        };
        let whole: Vec<String> =
            (0..19).map(|id| row(id, "cast(make_array() as varchar[])")).collect();
        facts.add(changes, &whole.join(", ")).await;
        facts.add(changes, &row(19, "make_array('negative_lead_time')")).await;
        // 1 of 20.
        let finding = facts.finding("negative_lead_time").await;
        assert_eq!(
            finding.message,
            "1 of 20 deployed changes began after they were deployed: left out, counted here, never averaged in"
        );
        assert_eq!(finding.severity, Severity::Remark);
        assert_eq!(finding.examples, ["c19"]);
        assert_eq!(finding.subject.as_deref(), Some("deployed_changes"));
        // 3 of 22.
        facts.add(changes, &row(20, "make_array('negative_lead_time', 'squash_no_pr')")).await;
        facts.add(changes, &row(21, "make_array('negative_lead_time')")).await;
        assert_eq!(facts.finding("negative_lead_time").await.severity, Severity::Problem);
        assert_eq!(
            facts.finding("squash_no_pr").await.message,
            "1 of 22 deployed changes are squashes without a record of their branch: their clock starts with the squash, so their lead time is too short"
        );
    });
}

#[test]
fn flags_of_deployments_and_incidents_are_counted_in_words() {
    run(async {
        let facts = Facts::with_derived();
        facts
            .add(
                "classified_deployments (deployment_id, service_id, repository_id, environment, finished_at, kind, is_counted, is_change_to_production, is_rework, basis, quality_flags)",
                "('d1', 's', 'r', 'production', '2026-01-05T00:00:00Z', 'change', true, true, false, 'recorded', make_array('kind_conflict', 'time_fallback')),
                 ('d2', 's', 'r', 'production', '2026-01-06T00:00:00Z', 'change', true, true, false, 'recorded', make_array('time_fallback'))",
            )
            .await;
        facts
            .add(
                "classified_incidents (incident_id, service_id, is_counted, basis, quality_flags)",
                "('i1', 's', false, 'recorded', make_array('resolved_before_opened'))",
            )
            .await;
        let messages: Vec<String> = facts
            .diagnose()
            .await
            .findings
            .into_iter()
            .filter(|finding| {
                ["classified_deployments", "classified_incidents"]
                    .contains(&finding.subject.as_deref().unwrap_or(""))
            })
            .map(|finding| finding.message)
            .collect();
        assert_eq!(
            messages,
            [
                "2 of 2 deployments have no finish: their start, else their creation, stands in for it",
                "1 of 2 deployments declare a kind that their commits contradict: the declared kind counts",
                "1 of 1 incidents ended before they began: left out, counted here, never averaged in",
            ]
        );
    });
}

#[test]
fn deployments_at_the_same_instant_are_counted() {
    run(async {
        let facts = Facts::new();
        facts.commits("shop", &["a", "b", "c"]).await;
        for (id, sha, day) in [("1", "a", 5), ("2", "b", 6), ("3", "c", 6)] {
            facts.deployment(id, "production", sha, day).await;
        }
        let finding = facts.finding("same_instant").await;
        assert_eq!(
            finding.message,
            "2 of 3 deployments finished at the same instant as another of their service: their order was taken from their commits, then versions, then ids"
        );
        assert_eq!(finding.examples, ["2", "3"]);
    });
}

#[test]
fn what_waits_for_production_is_told_by_service_with_the_oldest() {
    run(async {
        let facts = Facts::with_derived();
        facts
            .add(
                "undeployed_changes (service_id, repository_id, change_id, change_unit, landed_at, is_bot, is_revert, is_excluded)",
                "('shop', 'r', 'r#7', 'pull_request', '2026-01-09T10:00:00Z', false, false, false),
                 ('shop', 'r', 'r#8', 'pull_request', '2026-01-10T10:00:00Z', false, false, false),
                 ('shop', 'r', 'abc', 'commit', '2026-01-11T10:00:00Z', false, false, false),
                 ('shop', 'r', 'bot', 'commit', '2026-01-01T10:00:00Z', true, false, true)",
            )
            .await;
        let finding = facts.finding("undeployed_changes").await;
        assert_eq!(
            finding.message,
            "2 pull requests and 1 direct change of `shop` in no production deployment yet; the oldest landed on 2026-01-09"
        );
        assert_eq!((finding.severity, finding.count), (Severity::Remark, 3));
        assert_eq!(finding.examples, ["r#7"]);
    });
}
