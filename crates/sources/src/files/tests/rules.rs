use super::*;

#[test]
fn a_service_is_named_in_one_line() {
    let file = taken(
        "deployments.csv",
        "deployment_id,service_id,outcome,finished_at\n1,\"a\nb\",ok,2026-01-01T00:00:00Z\n",
    );
    assert!(only_rejected(&file).reason.contains("the service `a\\nb` is not known"));
}

fn deployment(head: &str, row: &str) -> TableFile {
    taken("deployments.csv", format!("{head}\n{row}\n"))
}

#[test]
fn an_unknown_column_refuses_the_call_and_lists_the_nearest() {
    assert_eq!(
        refused("deployments.csv", format!("{HEAD},env,shaa\n")),
        "deployments.csv has columns that `deployments` does not: `env` (nearest: \
         `environment`, `source_environment`); `shaa` (nearest: `sha`)"
    );
}

#[test]
fn a_column_given_twice_refuses_the_call() {
    assert_eq!(
        refused("teams.csv", "team_id,name,team_id\n"),
        "failed to read teams.csv: it has the column `team_id` twice; keep one"
    );
}

#[test]
fn a_missing_key_column_refuses_the_call() {
    assert_eq!(
        refused("service_owners.csv", "service_id,valid_to\n"),
        "service_owners.csv lacks `team_id`, `valid_from`; every row of `service_owners` needs \
         `service_id`, `team_id`, `valid_from`"
    );
}

#[test]
fn deployments_need_an_outcome_and_an_instant() {
    assert_eq!(
        refused("deployments.csv", "deployment_id,service_id\n"),
        "deployments.csv lacks `outcome`, one of `finished_at`, `started_at`, `created_at`; every \
         row of `deployments` needs `deployment_id`, `service_id`, `outcome` and one of \
         `finished_at`, `started_at`, `created_at`"
    );
    for time in ["finished_at", "started_at", "created_at"] {
        let file = deployment(
            &format!("deployment_id,service_id,outcome,{time}"),
            "1,api,succeeded,2026-01-31T12:00:00Z",
        );
        assert_eq!(file.rows.num_rows(), 1);
    }
    let head = "deployment_id,service_id,outcome,finished_at,started_at";
    assert_eq!(
        only_rejected(&deployment(head, "1,api,succeeded,,")).reason,
        "one of `finished_at`, `started_at`, `created_at` is needed, but all are empty"
    );
    assert_eq!(
        only_rejected(&deployment(head, "1,api,,,2026-01-31T12:00:00Z")).reason,
        "`outcome` is empty, but one of `succeeded`, `failed`, `partial`, `cancelled` is needed"
    );
}

#[test]
fn a_missing_column_stays_away_and_an_empty_field_is_null() {
    let file = deployment(&format!("{HEAD},sha"), "1,api,r,ok,2026-01-31T12:00:00Z,");
    assert_eq!(
        column_names(&file.rows),
        [
            "deployment_id",
            "service_id",
            "repository_id",
            "environment",
            "sha",
            "finished_at",
            "outcome",
            "source_outcome",
            "source",
            "observed_at",
            "basis"
        ]
    );
    assert_eq!(text(&file, "sha"), None);
}

#[test]
fn a_row_says_where_it_came_from_or_is_from_files() {
    let file = taken("teams.csv", "team_id\nt\n");
    assert_eq!(text(&file, "source").as_deref(), Some("files"));
    assert_eq!(text(&file, "basis").as_deref(), Some("recorded"));
    assert_eq!(instant(&file, "observed_at").as_deref(), Some("2026-02-01T00:00:00+00:00"));

    let head = "team_id,source,basis,observed_at,source_id,source_url,deleted_at";
    let file = taken("teams.csv", format!("{head}\nt,hr,inferred,2026-01-31T00:00:00Z,7,,\n"));
    assert_eq!(text(&file, "source").as_deref(), Some("hr"));
    assert_eq!(text(&file, "basis").as_deref(), Some("inferred"));
    assert_eq!(text(&file, "source_id").as_deref(), Some("7"));
    assert_eq!(instant(&file, "observed_at").as_deref(), Some("2026-01-31T00:00:00+00:00"));

    let file = taken("teams.csv", format!("{head}\nt,,,,,,\n"));
    assert_eq!(text(&file, "source").as_deref(), Some("files"));
    assert_eq!(text(&file, "basis").as_deref(), Some("recorded"));
    assert_eq!(instant(&file, "observed_at").as_deref(), Some("2026-02-01T00:00:00+00:00"));
}

#[test]
fn environments_are_normalised_and_the_word_is_kept() {
    for (word, expected) in [
        ("prod", "production"),
        ("Production", "production"),
        ("PRD", "production"),
        ("live-eu", "production"),
        ("prod_us-east", "production"),
        ("products", "products"),
        ("stage", "staging"),
        ("STG", "staging"),
        ("preprod", "staging"),
        ("uat", "staging"),
        ("staging", "staging"),
        ("test", "test"),
        ("testing", "test"),
        ("QA", "test"),
        ("dev", "development"),
        ("Development", "development"),
        ("Canary-1", "canary-1"),
    ] {
        let row = format!("1,api,r,ok,2026-01-31T12:00:00Z,{word}");
        let file = deployment(&format!("{HEAD},environment"), &row);
        assert_eq!(text(&file, "environment").as_deref(), Some(expected));
        assert_eq!(text(&file, "source_environment").as_deref(), Some(word));
    }
}

#[test]
fn an_environment_that_is_left_out_is_production() {
    let file = deployment(HEAD, "1,api,r,ok,2026-01-31T12:00:00Z");
    assert_eq!(text(&file, "environment").as_deref(), Some("production"));
    assert!(file.rows.column_by_name("source_environment").is_none());
    let head = format!("{HEAD},environment");
    let file = deployment(&head, "1,api,r,ok,2026-01-31T12:00:00Z,");
    assert_eq!(text(&file, "environment").as_deref(), Some("production"));
    assert_eq!(text(&file, "source_environment"), None);
}

#[test]
fn an_environment_given_only_in_the_tools_word_is_not_taken_for_production() {
    let head = format!("{HEAD},source_environment");
    let file = deployment(&head, "1,api,r,ok,2026-01-31T12:00:00Z,UAT");
    assert_eq!(text(&file, "environment").as_deref(), Some("staging"));
    assert_eq!(text(&file, "source_environment").as_deref(), Some("UAT"));
}

#[test]
fn the_tools_own_words_are_kept_where_the_file_gives_them() {
    let head = format!("{HEAD},environment,source_environment,source_outcome");
    let file = deployment(&head, "1,api,r,ok,2026-01-31T12:00:00Z,prod,prod-eu-1,GREEN");
    assert_eq!(text(&file, "source_environment").as_deref(), Some("prod-eu-1"));
    assert_eq!(text(&file, "source_outcome").as_deref(), Some("GREEN"));
    let file = deployment(&head, "1,api,r,ok,2026-01-31T12:00:00Z,prod,,");
    assert_eq!(text(&file, "source_environment"), None);
    assert_eq!(text(&file, "source_outcome"), None);
}

#[test]
fn an_incidents_environment_is_normalised_but_never_made_up() {
    let file = taken("incidents.csv", "incident_id,service_id,environment\n1,s,PROD-eu\n");
    assert_eq!(text(&file, "environment").as_deref(), Some("production"));
    let file = taken("incidents.csv", "incident_id,service_id,environment\n1,s,\n");
    assert_eq!(text(&file, "environment"), None);
    let file = taken("incidents.csv", "incident_id,service_id\n1,s\n");
    assert!(file.rows.column_by_name("environment").is_none());
}

#[test]
fn outcomes_are_normalised_and_the_word_is_kept() {
    for (word, expected) in [
        ("succeeded", "succeeded"),
        ("SUCCESS", "succeeded"),
        ("successful", "succeeded"),
        ("ok", "succeeded"),
        ("Passed", "succeeded"),
        ("failed", "failed"),
        ("failure", "failed"),
        ("error", "failed"),
        ("canceled", "cancelled"),
        ("cancelled", "cancelled"),
        ("partial", "partial"),
    ] {
        let file = deployment(HEAD, &format!("1,api,r,{word},2026-01-31T12:00:00Z"));
        assert_eq!(text(&file, "outcome").as_deref(), Some(expected));
        assert_eq!(text(&file, "source_outcome").as_deref(), Some(word));
    }
    assert_eq!(
        only_rejected(&deployment(HEAD, "1,api,r,Green,2026-01-31T12:00:00Z")).reason,
        "`outcome` is `Green`, but one of `succeeded`, `failed`, `partial`, `cancelled` is expected"
    );
}

#[test]
fn a_services_only_repository_is_filled_in() {
    let file = deployment(
        "deployment_id,service_id,outcome,finished_at",
        "1,api,ok,2026-01-31T12:00:00Z\n2,web,ok,2026-01-31T12:00:00Z",
    );
    assert_eq!(texts(&file, "repository_id"), [Some("r".to_owned())]);
    assert_eq!(
        only_rejected(&file).reason,
        "`repository_id` is empty, and the service `web` is not known to have exactly one \
         repository; name it, or give it in `service_repositories`"
    );
    let file = deployment(HEAD, "1,api,,ok,2026-01-31T12:00:00Z\n1,api,q,ok,2026-01-31T12:00:00Z");
    assert_eq!(texts(&file, "repository_id"), [Some("r".to_owned()), Some("q".to_owned())]);
}

#[test]
fn a_word_outside_an_enumeration_is_refused() {
    let file = taken("people.csv", "person_id,kind\np,robot\nq,ai_agent\n");
    assert_eq!(texts(&file, "person_id"), [Some("q".to_owned())]);
    let rejected = only_rejected(&file);
    assert_eq!(rejected.table_name, "people");
    assert_eq!(
        rejected.reason,
        "`kind` is `robot`, but one of `human`, `bot`, `ai_agent` is expected"
    );
    let file = taken("teams.csv", "team_id,basis\nt,guessed\n");
    assert_eq!(
        only_rejected(&file).reason,
        "`basis` is `guessed`, but one of `recorded`, `inferred` is expected"
    );
}

#[test]
fn an_empty_key_is_refused() {
    let file = taken("identities.csv", "provider,identifier,person_id\n,x,p\ngithub, ,p\n");
    let reasons: Vec<&str> = file.rejected.iter().map(|r| r.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "`provider` is empty, but it is part of the key; give a value",
            "`identifier` is empty, but it is part of the key; give a value",
        ]
    );
}

#[test]
fn counts_are_never_negative_and_ratios_lie_between_0_and_1() {
    let head = "survey_id,wave,team_id,invited_count";
    let file = taken("survey_invitations.csv", format!("{head}\ns,w,t,-1\ns,w,u,0\n"));
    assert_eq!(file.rows.num_rows(), 1);
    assert_eq!(
        only_rejected(&file).reason,
        "`invited_count` is `-1`, but a count, 0 or more, is expected"
    );
    let rows = "a,2026-01-01T00:00:00Z,0\nb,2026-01-01T00:00:00Z,1\nc,2026-01-01T00:00:00Z,1.01\n\
                d,2026-01-01T00:00:00Z,-0.1\ne,2026-01-01T00:00:00Z,NaN\n";
    let file = taken("employments.csv", format!("person_id,valid_from,fte_ratio\n{rows}"));
    assert_eq!(file.rows.num_rows(), 2);
    let reasons: Vec<&str> = file.rejected.iter().map(|r| r.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "`fte_ratio` is `1.01`, but a ratio from 0 to 1 is expected",
            "`fte_ratio` is `-0.1`, but a ratio from 0 to 1 is expected",
            "`fte_ratio` is `NaN`, but a number such as `0.5` is expected",
        ]
    );
}

#[test]
fn a_reason_names_all_that_is_wrong_with_a_row() {
    let file = deployment(&format!("{HEAD},is_planned,manual_steps_count"), "1,api,r,ok,x,maybe,2");
    assert_eq!(
        only_rejected(&file).reason,
        "`finished_at` is `x`, but an RFC 3339 instant with its zone, such as \
         `2026-01-31T12:00:00Z`, is expected; `is_planned` is `maybe`, but `true` or `false` is \
         expected"
    );
}

#[test]
fn of_a_key_given_twice_the_last_row_stays() {
    let file = taken("teams.csv", "team_id,name\na,1\nb,2\na,3\nc,4\na,5\n");
    assert_eq!(file.duplicates_count, 2);
    let ids: Vec<String> = texts(&file, "team_id").into_iter().flatten().collect();
    assert_eq!(ids, ["b", "c", "a"]);
    let names: Vec<String> = texts(&file, "name").into_iter().flatten().collect();
    assert_eq!(names, ["2", "4", "5"]);
}

#[test]
fn a_refused_row_does_not_replace_a_good_one() {
    let file = taken("people.csv", "person_id,kind\np,bot\np,robot\n");
    assert_eq!(text(&file, "kind").as_deref(), Some("bot"));
    assert_eq!(file.duplicates_count, 0);
    assert_eq!(file.rejected.len(), 1);
}
