//! What is behind a value, a change, a deployment and an incident of the shop in `shop.rs` and
//! the week in `worked_example.rs`.

use serde_json::{Value, json};

use crate::shop::{AS_OF, shop_lake};
use crate::worked_example::{sha, week};
use crate::world::{Run, World};

fn explain(world: &World, arguments: &[&str]) -> Run {
    let lake = world.place("lake");
    let mut all = vec!["explain"];
    all.extend_from_slice(arguments);
    all.extend(["--lake", &lake]);
    world.milepost(&all)
}

const JANUARY: [&str; 6] =
    ["metric", "change_lead_time", "--subject", "shop", "--window-start", "2026-01-01"];

/// The text with every run of spaces and line ends as one space.
fn flowing(run: &Run) -> String {
    run.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn assert_says(run: Run, sentences: &[&str]) {
    let run = run.ok();
    let text = flowing(&run);
    for sentence in sentences {
        assert!(text.contains(sentence), "`{sentence}` is not in\n{}", run.stdout);
    }
}

#[test]
fn a_value_shows_the_facts_that_made_it_and_those_left_out() {
    let world = shop_lake();
    let mut arguments = JANUARY.to_vec();
    arguments.extend(["--format", "json"]);
    let told = explain(&world, &arguments).json();
    assert_eq!((&told["schema_version"], &told["explains"]), (&json!(1), &json!("metric")));
    let headline = &told["values"][0];
    // 12 h, 26 h and 144 h.
    assert_eq!(
        (
            &headline["statistic"],
            &headline["value"],
            &headline["sample_size"],
            &headline["excluded_count"]
        ),
        (&json!("p50"), &json!(93_600.0), &json!(3), &json!(1))
    );
    let values = |name: &str| -> Vec<Value> {
        told[name].as_array().expect("facts").iter().map(|fact| fact["value"].clone()).collect()
    };
    let mut counted: Vec<f64> = values("counted").iter().filter_map(Value::as_f64).collect();
    counted.sort_by(f64::total_cmp);
    assert_eq!(counted, [43_200.0, 93_600.0, 518_400.0]);
    assert_eq!(told["left_out_by_reason"], json!({"bot": 1}));
    assert_eq!(told["left_out"][0]["title"], "Bump a lock from 1 to 2");
    assert_eq!(told["fault"], Value::Null);
    let meanings = told["definition"].as_array().expect("options");
    assert!(meanings.iter().all(|option| option["meaning"] != ""), "{meanings:?}");
}

#[test]
fn a_value_is_told_with_its_definition_and_commands_that_give_it_again() {
    let world = shop_lake();
    let run = explain(&world, &JANUARY).ok();
    let text = flowing(&run);
    for sentence in [
        "(p50), sample size 3, 1 left out",
        "What made it: 3 changes",
        "1: written by bots alone, `include_bots = false`",
        "Add a door",
        "change_start = first_commit: its clock starts with the earliest author time of its commits",
        "percentile_cont(0.5)",
    ] {
        assert!(text.contains(sentence), "`{sentence}`: {}", run.stdout);
    }
    let commands: Vec<&str> =
        run.stdout.lines().map(str::trim).filter(|line| line.starts_with("milepost sql")).collect();
    assert_eq!(commands.len(), 2, "{}", run.stdout);
    let again = |command: &str| {
        let mut shell = world.command("sh");
        let ran = shell.args(["-c", &format!("{command} --format csv")]).current_dir("/").output();
        let ran = ran.expect("a shell");
        assert!(ran.status.success(), "{command}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8_lossy(&ran.stdout).into_owned()
    };
    assert!(again(commands[0]).contains(",93600,") || again(commands[0]).contains(",93600.0,"));
    assert_eq!(again(commands[1]).lines().count(), 5, "a header, three changes and one left out");
}

#[test]
fn the_commands_that_give_a_value_again_hold_for_another_definition_too() {
    let world = shop_lake();
    let config = world.file("else/milepost.toml", "[definition]\ninclude_bots = true\n");
    let mut arguments = JANUARY.to_vec();
    arguments.extend(["--config", &config]);
    let run = explain(&world, &arguments).ok();
    // The bot's bump of 01-13 09:00 took 25 h: 12 h, 25 h, 26 h and 144 h.
    let value = 25.5 * 3_600.0;
    assert!(run.stdout.contains("sample size 4, 0 left out"), "{}", run.stdout);
    let command = run.stdout.lines().map(str::trim).find(|line| line.starts_with("milepost sql"));
    let command = format!("{} --format csv", command.expect("a command"));
    let mut shell = world.command("sh");
    let ran = shell.args(["-c", &command]).current_dir("/").output().expect("a shell");
    let rows = String::from_utf8_lossy(&ran.stdout).into_owned();
    let is_it = |cell: &str| cell.parse() == Ok(value);
    assert!(rows.split(',').any(is_it), "{value} is not in {rows}");
}

#[test]
fn a_share_tells_which_facts_are_in_it() {
    let world = shop_lake();
    // v1.2.0 failed, of v1.1.0, v1.2.0 and v1.2.1; the first is a baseline.
    let arguments = ["metric", "change_fail_rate", "--subject", "shop", "--window", "all"];
    assert_says(
        explain(&world, &arguments),
        &[
            "33.3 % (ratio), sample size 3, 1 left out",
            "What made it: 3 deployments, 1 of them in the share",
            "shop@v1.2.0 in the share v1.2.0",
            "1: the first deployment of a service",
        ],
    );
}

#[test]
fn an_empty_value_says_why_and_is_given_again_where_no_event_was_yet() {
    let world = shop_lake();
    let before =
        ["metric", "change_lead_time", "--subject", "shop", "--window-start", "2025-06-01"];
    let run = explain(&world, &before).ok();
    assert!(
        run.stdout.contains("no value: not live yet; sample size 0, 0 left out"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("milepost metric change_lead_time --by service --window month"));
}

#[test]
fn the_facts_come_out_as_rows() {
    let world = shop_lake();
    let mut arguments = JANUARY.to_vec();
    arguments.extend(["--format", "csv"]);
    let run = explain(&world, &arguments).ok();
    let mut lines = run.stdout.lines();
    assert_eq!(
        lines.next(),
        Some("fact_kind,fact_id,service_id,repository_id,at,value,exclusion_reason,title,ref,url")
    );
    assert_eq!(lines.filter(|line| line.starts_with("change,")).count(), 4);
}

#[test]
fn a_subject_may_be_named_as_goals_name_it() {
    let world = shop_lake();
    let told = |subject: &[&str]| {
        let mut arguments = vec!["metric", "change_lead_time", "--window-start", "2026-01-01"];
        arguments.extend_from_slice(subject);
        explain(&world, &arguments).ok().stdout
    };
    for (one, other) in [
        ("service:shop", &["--by", "service", "--subject", "shop"][..]),
        ("team:unowned", &["--by", "team", "--subject", "unowned"][..]),
        ("organization", &["--by", "organization"][..]),
    ] {
        assert_eq!(told(&["--subject", one]), told(other), "{one}");
    }
    let mut nobody = JANUARY.to_vec();
    nobody[3] = "team:nobody";
    let run = explain(&world, &nobody);
    assert_eq!(run.code, Some(2), "{}", run.stdout);
    assert!(run.stderr.contains("no team `nobody`"), "{}", run.stderr);
}

#[test]
fn a_window_or_subject_that_is_none_is_refused_with_what_there_is() {
    let world = shop_lake();
    let refused = |subject: &str, start: &[&str]| {
        let mut arguments = vec!["metric", "change_lead_time", "--subject", subject];
        arguments.extend_from_slice(start);
        let run = explain(&world, &arguments);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        run.stderr
    };
    let text = refused("shop", &["--window-start", "2026-01-15"]);
    assert!(
        text.contains("no month starts on 2026-01-15; the one that holds it starts on 2026-01-01")
    );
    let text = refused("shpo", &["--window-start", "2026-01-01"]);
    assert!(text.contains("no service `shpo`") && text.contains("there is shop"), "{text}");
    assert!(refused("shop", &[]).contains("--window-start"));
    assert!(refused("shop", &["--window-start", "2026-09-01"]).contains("after the as-of"));
}

#[test]
fn a_change_is_told_from_its_first_commit_to_production() {
    let world = shop_lake();
    assert_says(
        explain(&world, &["change", "#1"]),
        &[
            "Pull request shop#1: Add a door",
            "merged with a merge commit at 2026-01-12 09:00:00Z",
            "shop: deployed at 2026-01-14 10:00:00Z",
            "v1.1.0 (shop@v1.1.0, commit",
            "work began at 2026-01-08 10:00:00Z",
            "lead time: 2026-01-14 10:00:00Z − 2026-01-08 10:00:00Z = 6 d",
            "merge to deploy: 2026-01-14 10:00:00Z − 2026-01-12 09:00:00Z = 2 d",
            "counted in change lead time",
        ],
    );
    let shas = world.lines("lake", "select sha from commits order by committed_at");
    let (begin, late) = (&shas[0], &shas[shas.len() - 1]);
    assert_says(
        explain(&world, &["change", &begin[..7]]),
        &["shop: in its first known deployment", "v1.0.0 (shop@v1.0.0"],
    );
    assert_says(
        explain(&world, &["change", late]),
        &[
            "shop: in no production deployment yet",
            "it landed at 2026-03-02 09:00:00Z",
            "nothing was deployed after that",
        ],
    );
    let run = explain(&world, &["change", "#9"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("there is shop#2, shop#1"), "{}", run.stderr);
}

#[test]
fn nobody_is_named_by_an_explanation() {
    let world = shop_lake();
    for arguments in [["change", "#1"], ["deployment", "v1.1.0"]] {
        for format in ["table", "json"] {
            let run = explain(&world, &[&arguments[..], &["--format", format]].concat()).ok();
            let text = run.stdout.to_lowercase();
            assert!(!text.contains("acme.test") && !text.contains("ann <"), "{}", run.stdout);
        }
    }
}

#[test]
fn a_change_of_another_service_says_which_paths_it_touches() {
    let world = week(true);
    assert_says(
        explain(&world, &["change", &sha("c2")]),
        &[
            "api: not touched",
            "the service is `services/api/**`, `libs/common/**`",
            "the change touches services/web/main",
        ],
    );
    // q1 is the squash of #2, whose work began with s1.
    assert_says(
        explain(&world, &["change", &sha("q1")]),
        &[
            "Pull request shop#2: Add a window",
            "is part of it, and a pull request is what counts",
            "merged by squash",
            "lead time: 2026-01-07 12:00:00Z − 2026-01-06 09:00:00Z = 1 d",
        ]
        .map(|text| text.trim_end_matches("= 1 d")),
    );
    assert_says(
        explain(&world, &["change", &sha("b1")]),
        &["left out of change lead time: written by bots alone, `include_bots = false`"],
    );
}

#[test]
fn a_deployment_says_what_it_did_whether_it_failed_and_what_repaired_it() {
    let world = shop_lake();
    assert_says(
        explain(&world, &["deployment", "v1.2.0"]),
        &[
            "Deployment v1.2.0 (shop@v1.2.0) of shop",
            "kind change: it shipped commits that were never deployed before",
            "before it v1.1.0 (shop@v1.1.0",
            "shop#2 6 h Add a window",
            "counted in deployment frequency",
            "it failed: a revert of one of its changes was deployed within `failure_window`",
            "2026-02-03 10:00:00Z − 2026-02-02 15:00:00Z = 19 h",
        ],
    );
    assert_says(
        explain(&world, &["deployment", "shop@v1.2.1"]),
        &["left out (revert)", "rework: nobody declared it planned, and"],
    );
    assert_says(
        explain(&world, &["deployment", "v1.0.0"]),
        &["kind baseline: the first one known", "before it nothing was deployed that is known"],
    );
    let run = explain(&world, &["deployment", "shop@v1.2.9"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("there is shop@v1.2.0, shop@v1.2.1"), "{}", run.stderr);
    let week = week(true);
    assert_says(
        explain(&week, &["deployment", "d6"]),
        &[
            "kind rollback: it went back",
            "before it d5 (commit",
            "rework: nobody declared it planned, and it rolls back",
        ],
    );
    assert_says(
        explain(&week, &["deployment", "d2"]),
        &["outcome failed", "not counted in deployment frequency"],
    );
}

#[test]
fn an_incident_says_which_deployment_it_shows_or_why_none() {
    let world = week(true);
    assert_says(
        explain(&world, &["incident", "i1"]),
        &[
            "Incident i1 of api",
            "counted",
            "time to restore: 2026-01-07 13:30:00Z − 2026-01-07 12:20:00Z = 1 h 10 min",
            "Deployment that it shows to have failed d5 (commit",
            "the incident names it",
        ],
    );
    assert_says(
        explain(&world, &["incident", "i2"]),
        &["It is linked to no deployment", "its cause is external"],
    );
    let run = explain(&world, &["incident", "i3"]);
    assert_eq!(run.code, Some(2), "{}", run.stdout);
}

#[test]
fn a_title_reaches_no_terminal() {
    let world = World::as_of(AS_OF);
    world.file(
        "in/pull_requests.csv",
        "pull_request_id,repository_id,number,title,state\nshop#1,shop,1,\u{1b}[2Jgone\u{202e},open\n",
    );
    let (files, lake) = (world.place("in"), world.place("lake"));
    world.milepost(&["ingest", "files", &files, "--lake", &lake]).ok();
    let run = explain(&world, &["change", "#1"]).ok();
    assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains('\u{202e}'));
    assert!(run.stdout.contains("\\u{1b}[2Jgone\\u{202e}"), "{}", run.stdout);
    assert!(run.stdout.contains("it is not merged, so no deployment can contain it"));
}
