//! What the words in columns mean, in words for people.

/// What a kind of deployment says.
pub fn kind(kind: &str) -> &'static str {
    match kind {
        "baseline" => {
            "the first one known: everything in it is of unknown age, so it gives no lead times"
        }
        "change" => "it shipped commits that were never deployed before",
        "redeploy" => "the same commit and configuration as what was live",
        "config_change" => "the same commit as what was live, with another configuration",
        "rollback" => "it went back to commits that were deployed before",
        "roll_forward" => "it went forward again to commits that were deployed before",
        "no_change" => "it shipped nothing new of this service",
        "unresolved" => "its commit is not known, so nobody can tell what it shipped",
        _ => "a kind this version does not know",
    }
}

/// Why a row is left out.
pub fn exclusion(reason: &str) -> String {
    let words = match reason {
        "bot" => "written by bots alone, `include_bots = false`",
        "revert" => "it undoes an earlier change, `include_reverts = false`",
        "duplicate" => "the same work was deployed before, such as the original of a backport",
        "failed" => "the attempt failed",
        "cancelled" => "the attempt was cancelled",
        "partial" => "some of its targets did not get it; the deployment that completes it counts",
        "still_running" => "the attempt has no outcome yet",
        "not_production" => "not to production, `production_environments`",
        "part_of_rollout" => "a part of a rollout that counts once",
        "superseded_by_recorded" => "inferred, and from then on deployments were recorded",
        "redeploy" => "the same again, `frequency_counts_redeploys = false`",
        "no_change" => "it shipped nothing new, `frequency_counts_no_change = false`",
        "service_unknown" => "its service was never deployed, and no catalogue lists it",
        "below_min_severity" => "below `min_severity`",
        "start_unknown" => "nobody recorded when it began",
        "resolved_before_opened" => "it ended before it began: a clock was wrong",
        "negative_lead_time" => "it began after it was deployed: a clock was wrong",
        "negative_merge_to_deploy" => "it was merged after it was deployed",
        "clock_suspect" => "it began before 1971: a clock was wrong",
        "not_merged" => "pushed directly, not merged",
        "baseline" => "the first deployment of a service",
        "not_recovered" => "not recovered yet",
        "open" => "not restored yet",
        "not_live" => "on a day on which the service was not live",
        "no_pull_request" => "of no known pull request",
        "opening_unknown" => "nobody recorded when the pull request was opened",
        "not_reviewed" => "no review is known",
        "inferred" => "inferred, not recorded",
        "outcome_unknown" => "without an outcome",
        "imported" => "older than the catalogue's record of its service",
        "live_before" => "of a service that was live before it",
        "not_in_production" => "of another lifecycle than production",
        "no_golden_path" => "no golden path asked for anything yet",
        "not_golden_before" => "on no golden path when the window began",
        "platform_team" => "it offers a capability itself",
        "no_eligible_service" => "it owns no service that is in production",
        "no_platform_actions" => "no use of self-service is known until then",
        "history_too_short" => "uses of self-service are known for less than 13 weeks",
        "robot" => "a robot's",
        "dry_run" => "a rehearsal",
        "pending" => "open, and younger than 7 days",
        "other_question" => "on something else than satisfaction",
        "off_scale" => "off its scale",
        "no_developers" => "of a group without a known developer",
        "no_ai_usage" => "in a window in which no use of AI by anyone is known",
        "no_developer" => "active with AI, but no known developer",
        "not_active" => "without an active day and without a cost",
        "cost_unknown" => "of an unknown cost",
        "cost_partly_known" => "of a tool whose cost is not known, beside one whose cost is",
        "currency_unknown" => "of a cost without a currency",
        "commit_unknown" => "of no known commit",
        "complexity_unknown" => "rated neither `simple` nor `complex`",
        "not_engineer" => "of another role than engineer or developer",
        "hired_before_data" => "hired before the first known deployment",
        other => return other.replace('_', " "),
    };
    words.to_owned()
}

/// Why a metric has no value.
pub fn reason(reason: &str) -> String {
    let words = match reason {
        "no_failure_source" => {
            "nothing could have shown a failure: no incident, and no rollback, fix or deployed revert"
        }
        "never_deployed" => "never deployed to production",
        "not_live_yet" => "not live yet",
        "retired" => "retired",
        "all_excluded" => "everything it counts is left out",
        "cut_window" => "of a part of a window, which is told of nothing about people",
        "group_too_small" => "of fewer than five people, or of a group that would show such a one",
        "no_golden_path" => {
            "no golden path asks for anything: no capability names one in `golden_path_ids`"
        }
        "no_golden_services" => "no service was on a golden path when the window began",
        "no_owning_teams" => "no team owns a service",
        "no_platform_actions" => "no use of self-service is known until then",
        "history_too_short" => "uses of self-service are known for less than 13 weeks",
        "no_ai_usage" => "no use of AI by anyone is known in the window",
        "several_currencies" => "its costs are in several currencies, which are not added up",
        "no_common_tasks" => "no action has 20 attempts and is among those that make up 80 %",
        "no_support_tickets" => "no support ticket is known",
        "no_self_service_runs" => "no use of self-service is known",
        "not_by_service" => "it says nothing of a service",
        "not_by_team" => "it says nothing of a single team",
        "not_by_organization" => "it says nothing of the organization",
        other => return other.replace('_', " "),
    };
    words.to_owned()
}

/// What showed that a deployment failed.
pub fn link(method: &str) -> &'static str {
    match method {
        "explicit" => "an incident or a fix names it",
        "rollback" => "an unplanned rollback took it away within `failure_window`",
        "revert" => "a revert of one of its changes was deployed within `failure_window`",
        "outcome" => "it finished on some targets only",
        "heuristic" => "an incident began soon after it (`link_heuristic`)",
        _ => "a method this version does not know",
    }
}

/// What a quality flag means and what is done with such rows.
pub struct Flag {
    /// What is odd, to follow a count and its things.
    pub what: String,
    /// What happened to them.
    pub then: &'static str,
    /// True where facts contradict each other or can't be so.
    pub is_contradiction: bool,
}

const LEFT_OUT: &str = "left out, counted here, never averaged in";

/// A quality flag in words.
pub fn flag(flag: &str) -> Flag {
    let (what, then, is_contradiction) = match flag {
        "negative_lead_time" => ("began after they were deployed", LEFT_OUT, true),
        "negative_merge_to_deploy" => (
            "were merged after the deployment that contains them",
            "left out of merge_to_deploy_time, counted here, never averaged in",
            true,
        ),
        "clock_suspect" => ("began before 1971: a clock was wrong", LEFT_OUT, true),
        "start_unknown" => ("have no known beginning", LEFT_OUT, true),
        "resolved_before_opened" => ("ended before they began", LEFT_OUT, true),
        "kind_conflict" => {
            ("declare a kind that their commits contradict", "the declared kind counts", true)
        }
        "kind_unknown" => (
            "declare a kind that is none of Milepost's",
            "the kind was deduced from their commits",
            true,
        ),
        "time_fallback" => {
            ("have no finish", "their start, else their creation, stands in for it", true)
        }
        "squash_no_pr" => (
            "are squashes without a record of their branch",
            "their clock starts with the squash, so their lead time is too short",
            false,
        ),
        "superseded_by_recorded" => (
            "were inferred for a time from which deployments are recorded",
            "kept, not counted",
            false,
        ),
        "recorded_from_here" => (
            "are the first that were recorded after inferred ones",
            "numbers before and after rest on different evidence",
            false,
        ),
        "mapped_by_time" => (
            "were matched with commits by time alone (`unresolved_fallback`)",
            "counted, at a guess",
            false,
        ),
        "finished_before_started" => ("finished before they started", "the finish counts", true),
        "same_instant" => (
            "finished at the same instant as another of their service",
            "their order was taken from their commits, then versions, then ids",
            true,
        ),
        "began_before_deployment" => (
            "began before the deployment that they name finished",
            "linked to it all the same",
            true,
        ),
        "severity_unknown" => (
            "have a severity that no tool is known to use",
            "counted, whatever `min_severity` says",
            true,
        ),
        "linked_by_time" => (
            "name no deployment and are linked to the latest change before them (`link_heuristic`)",
            "counted, at a guess",
            false,
        ),
        "sha_from_tag" => ("name a tag and no commit", "the tag's commit counts", false),
        "sha_from_artifact" => {
            ("name an artifact and no commit", "the commit it was built from counts", false)
        }
        "sha_abbreviated" => {
            ("name a commit by its first digits", "the one that has them counts", false)
        }
        "sha_missing" => {
            ("name neither a commit, a tag nor an artifact", "they give no lead times", true)
        }
        "sha_unknown" => (
            "name a commit, tag or artifact that leads to no commit",
            "they give no lead times",
            true,
        ),
        "repository_not_read" => {
            ("are of a repository that was not read", "they give no lead times", true)
        }
        "service_not_listed" => (
            "are of a service that the catalogue does not list",
            "counted as a service of their own",
            false,
        ),
        "service_unknown" => ("are of a service that nobody knows", LEFT_OUT, true),
        "linked_deployment_unknown" => {
            ("name a deployment that is not known", "linked to none by that", true)
        }
        "linked_to_other_service" => {
            ("name a deployment of another service", "linked to none by that", true)
        }
        "duplicate" => (
            "bring work that was deployed before, such as the original of a backport",
            LEFT_OUT,
            false,
        ),
        "bot_only" => ("shipped changes of bots alone", "counted", false),
        "not_production" => ("are not to production", "kept, not counted", false),
        "part_of_rollout" => ("are parts of a rollout", "the rollout counts once", false),
        other => {
            let what = format!("have the flag `{other}`");
            return Flag { what, then: "kept as they are", is_contradiction: false };
        }
    };
    Flag { what: what.to_owned(), then, is_contradiction }
}

/// An option of the definition and its value, as one plain sentence; empty for one that this
/// module does not know.
pub fn option(name: &str, value: &str) -> String {
    let is_on = value == "true";
    match (name, value) {
        ("preset", _) => format!("the other options start from the preset `{value}`"),
        ("change_unit", "commit") => "a change is a commit".to_owned(),
        ("change_unit", _) => {
            "a change is a merged pull request with all its commits, or a commit pushed directly"
                .to_owned()
        }
        ("change_start", "commit") => {
            "its clock starts with the author time of the commit that carries it".to_owned()
        }
        ("change_start", "opened") => {
            "its clock starts when the pull request was opened".to_owned()
        }
        ("change_start", "merged") => {
            "its clock starts when the pull request was merged".to_owned()
        }
        ("change_start", _) => {
            "its clock starts with the earliest author time of its commits".to_owned()
        }
        ("include_bots", _) => counts(is_on, "changes that bots alone wrote"),
        ("include_reverts", _) => counts(is_on, "changes that undo an earlier one"),
        ("production_environments", _) => {
            "environments that match, without case, are production".to_owned()
        }
        ("rollout_merge_window", _) => format!(
            "deployments of one commit to several targets are one rollout while each follows within {value}"
        ),
        ("frequency_counts_redeploys", _) => counts(is_on, "deployments of what was live already"),
        ("frequency_counts_no_change", _) => {
            counts(is_on, "deployments that ship nothing new of the service")
        }
        ("fail_rate_denominator", "all") => {
            "the fail rate is a share of all counted deployments".to_owned()
        }
        ("fail_rate_denominator", _) => {
            "the fail rate is a share of the deployments that changed production".to_owned()
        }
        ("failure_window", _) => {
            format!("a rollback or revert says that a deployment failed if it comes within {value}")
        }
        ("recovery_start", "impact") => {
            "recovery starts with the incident's impact, where that is later than the deployment"
                .to_owned()
        }
        ("recovery_start", _) => "recovery starts with the failed deployment's finish".to_owned(),
        ("link_heuristic", "true") => {
            "an incident that names no deployment is linked to the latest change before it"
                .to_owned()
        }
        ("link_heuristic", _) => {
            "an incident that names no deployment is linked to none by time alone".to_owned()
        }
        ("heuristic_window", _) => {
            format!("such a link needs an incident within {value} of the deployment")
        }
        ("min_severity", "" | "all" | "null") => "incidents of every severity count".to_owned(),
        ("min_severity", _) => format!("incidents count from severity {value} on"),
        ("unresolved_fallback", "time_window") => {
            "a deployment whose commit is unknown ships what was merged since the one before it"
                .to_owned()
        }
        ("unresolved_fallback", _) => {
            "a deployment whose commit is unknown gives no lead times".to_owned()
        }
        ("week_start", _) => format!("weeks begin on {value}"),
        ("deployment_rules", "[]") => "no pipeline run is taken for a deployment".to_owned(),
        ("deployment_rules", _) => "pipeline runs that match a rule are deployments".to_owned(),
        ("timezone", _) => format!("days, weeks and months are cut in {value}"),
        _ => String::new(),
    }
}

fn counts(is_on: bool, what: &str) -> String {
    format!("{what} {}", if is_on { "count" } else { "do not count" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Definition;

    #[test]
    fn every_option_of_the_definition_has_a_sentence() {
        for (name, value) in Definition::default().options() {
            assert_ne!(option(&name, &value), "", "{name} = {value}");
        }
    }

    #[test]
    fn an_option_says_what_its_value_does() {
        assert_eq!(option("include_bots", "false"), "changes that bots alone wrote do not count");
        assert_eq!(option("include_bots", "true"), "changes that bots alone wrote count");
        assert_eq!(option("no_such_option", "1"), "");
    }

    #[test]
    fn what_is_not_known_is_shown_as_it_is() {
        assert_eq!(exclusion("some_new_reason"), "some new reason");
        assert_eq!(flag("odd").what, "have the flag `odd`");
    }
}
