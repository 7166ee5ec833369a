//! The five metrics of the shop in `shop.rs`, against numbers worked by hand.

use serde_json::{Value, json};

use crate::repository::Draft;
use crate::shop::{AS_OF, shop, shop_lake};
use crate::world::World;

pub(crate) fn metric(world: &World, arguments: &[&str]) -> Vec<Value> {
    let lake = world.place("lake");
    let mut all = vec!["metric", "--format", "json", "--lake", &lake];
    all.extend_from_slice(arguments);
    world.milepost(&all).json().as_array().expect("rows").clone()
}

/// A metric's rows by month, those of `statistic` alone: window, value, sample size, reason.
fn months(rows: &[Value], statistic: &str) -> Vec<(String, Option<f64>, i64, Option<String>)> {
    let of = rows.iter().filter(|row| row["statistic"] == statistic);
    of.map(|row| {
        let month = row["window_start"].as_str().expect("an instant");
        assert!(month.ends_with("-01T00:00:00Z"), "{month}");
        (
            month[..7].to_owned(),
            row["value"].as_f64(),
            row["sample_size"].as_i64().expect("a count"),
            row["reason"].as_str().map(str::to_owned),
        )
    })
    .collect()
}

#[track_caller]
pub(crate) fn assert_months(
    rows: &[Value],
    statistic: &str,
    expected: &[(&str, Option<f64>, i64, Option<&str>)],
) {
    let got = months(rows, statistic);
    assert_eq!(got.len(), expected.len(), "{got:?}");
    for (got, expected) in got.iter().zip(expected) {
        let (month, value, sample_size, reason) = expected;
        assert_eq!((got.0.as_str(), got.2, got.3.as_deref()), (*month, *sample_size, *reason));
        match (got.1, value) {
            (Some(got), Some(value)) => {
                assert!((got - value).abs() < 1e-9 * value.max(1.0), "{month}: {got}, not {value}")
            }
            (got, value) => assert_eq!(got, *value, "{month}"),
        }
    }
}

#[test]
fn deployment_frequency_counts_the_days_on_which_the_service_was_live() {
    let world = shop_lake();
    let rows = metric(&world, &["deployment_frequency", "--from", "2025-12-01"]);
    // Live from 2026-01-07, the first deployment's day: 25 days of January; 14 of April so far.
    assert_months(
        &rows,
        "rate",
        &[
            ("2025-12", None, 0, Some("not_live_yet")),
            ("2026-01", Some(2.0 / 25.0), 2, None),
            ("2026-02", Some(2.0 / 28.0), 2, None),
            ("2026-03", Some(0.0), 0, None),
            ("2026-04", Some(0.0), 0, None),
        ],
    );
    assert!(rows.iter().all(|row| row["unit"] == "count_per_day" && row["subject_id"] == "shop"));
}

#[test]
fn change_lead_time_leaves_out_the_baseline_bots_and_reverts() {
    let world = shop_lake();
    let rows = metric(&world, &["change_lead_time", "--from", "2025-12-01"]);
    // January: 12 h = 43,200, 26 h = 93,600, 6 d = 518,400 s. February: 6 h = 21,600 s.
    assert_months(
        &rows,
        "p50",
        &[
            ("2025-12", None, 0, Some("not_live_yet")),
            ("2026-01", Some(93_600.0), 3, None),
            ("2026-02", Some(21_600.0), 1, None),
            ("2026-03", None, 0, Some("no_changes")),
            ("2026-04", None, 0, Some("no_changes")),
        ],
    );
    assert_eq!(rows.len(), 5, "the headline statistic only");
    let excluded: Vec<&Value> = rows.iter().map(|row| &row["excluded_count"]).collect();
    assert_eq!(excluded, [&json!(0), &json!(1), &json!(1), &json!(0), &json!(0)]);
}

#[test]
fn all_statistics_of_lead_time_are_those_of_type_seven() {
    let world = shop_lake();
    let rows = metric(
        &world,
        &["change_lead_time", "--all-statistics", "--from", "2026-01-01", "--to", "2026-03-01"],
    );
    let february = ("2026-02", Some(21_600.0), 1, None);
    // Of 43,200, 93,600, 518,400: p75 lies half, p90 four fifths on the way from the second to
    // the third; the mean is 655,200 / 3.
    for (statistic, january) in
        [("p50", 93_600.0), ("p75", 306_000.0), ("p90", 433_440.0), ("mean", 218_400.0)]
    {
        assert_months(&rows, statistic, &[("2026-01", Some(january), 3, None), february]);
    }
    assert_eq!(rows.len(), 8);
}

#[test]
fn change_fail_rate_is_of_changes_to_production_alone() {
    let world = shop_lake();
    let rows = metric(&world, &["change_fail_rate", "--from", "2025-12-01"]);
    // The baseline is no change; of v1.2.0 and v1.2.1 the first failed.
    assert_months(
        &rows,
        "ratio",
        &[
            ("2025-12", None, 0, Some("not_live_yet")),
            ("2026-01", Some(0.0), 1, None),
            ("2026-02", Some(0.5), 2, None),
            ("2026-03", None, 0, Some("no_changes_to_production")),
            ("2026-04", None, 0, Some("no_changes_to_production")),
        ],
    );
    // Wilson's interval of 1 in 2, centre 1/2: half width z / (1 + z²/2) · √(1/8 + z²/16) with
    // z = 1.959964 is 0.405469.
    let (low, high) = (rows[2]["ci_low"].as_f64(), rows[2]["ci_high"].as_f64());
    assert!((low.expect("an interval") - 0.094_531).abs() < 1e-6, "{low:?}");
    assert!((high.expect("an interval") - 0.905_469).abs() < 1e-6, "{high:?}");
}

#[test]
fn recovery_time_runs_from_the_failed_deployment_to_the_revert() {
    let world = shop_lake();
    let rows = metric(&world, &["failed_deployment_recovery_time", "--from", "2025-12-01"]);
    // 02-02 15:00 to 02-03 10:00 is 19 h = 68,400 s.
    assert_months(
        &rows,
        "p50",
        &[
            ("2025-12", None, 0, Some("not_live_yet")),
            ("2026-01", None, 0, Some("no_recovered_failures")),
            ("2026-02", Some(68_400.0), 1, None),
            ("2026-03", None, 0, Some("no_recovered_failures")),
            ("2026-04", None, 0, Some("no_recovered_failures")),
        ],
    );
    let failed = "select deployment_id, failed_at, recovered_at, link_method, incident_id from failed_deployments";
    assert_eq!(
        world.lines("lake", failed),
        ["shop@v1.2.0 | 2026-02-02T15:00:00Z | 2026-02-03T10:00:00Z | revert | -"]
    );
}

#[test]
fn rework_rate_is_of_all_counted_deployments() {
    let world = shop_lake();
    let rows = metric(&world, &["deployment_rework_rate", "--from", "2025-12-01"]);
    assert_months(
        &rows,
        "ratio",
        &[
            ("2025-12", None, 0, Some("not_live_yet")),
            ("2026-01", Some(0.0), 2, None),
            ("2026-02", Some(0.5), 2, None),
            ("2026-03", None, 0, Some("no_deployments")),
            ("2026-04", None, 0, Some("no_deployments")),
        ],
    );
}

#[test]
fn the_derived_rows_are_those_of_the_table_in_shop() {
    let world = shop_lake();
    let kinds = "select ref, kind, is_counted, is_change_to_production, is_rework from classified_deployments order by ref";
    assert_eq!(
        world.lines("lake", kinds),
        [
            "v1.0.0 | baseline | true | false | false",
            "v1.1.0 | change | true | true | false",
            "v1.2.0 | change | true | true | false",
            "v1.2.1 | change | true | true | true",
        ]
    );
    let changes = "select deployment_id, change_unit, lead_time_seconds, merge_to_deploy_seconds, is_bot, is_revert, \
                   is_excluded, array_to_string(quality_flags, ',') as flags \
                   from deployed_changes order by deployment_id, change_started_at";
    assert_eq!(
        world.lines("lake", changes),
        [
            // #1 merged 01-12 09:00, 49 h before.
            "shop@v1.1.0 | pull_request | 518400 | 176400 | false | false | false | ",
            "shop@v1.1.0 | commit | 93600 | - | false | false | false | ",
            "shop@v1.1.0 | commit | 90000 | - | true | false | true | ",
            "shop@v1.1.0 | commit | 43200 | - | false | false | false | ",
            "shop@v1.2.0 | pull_request | 21600 | 14400 | false | false | false | squash_no_pr",
            "shop@v1.2.1 | commit | 3600 | - | false | true | true | ",
        ]
    );
}

#[test]
fn a_revert_that_comes_after_a_week_shows_no_failure() {
    for (day, failures) in [("2026-01-13 10:00", 1), ("2026-01-13 10:01", 0)] {
        let world = World::as_of(AS_OF);
        let mut git = world.repository("shop");
        git.push("main", "base.txt", "2026-01-05 09:00");
        git.release("v1.0.0", "main", "2026-01-05 10:00");
        let door = git.push("main", "door.txt", "2026-01-06 09:00");
        git.release("v1.1.0", "main", "2026-01-06 10:00");
        let undo = format!("Undo\n\nThis reverts commit {door}.");
        git.commit("main", Draft::new(undo, "2026-01-12 09:00").gone("door.txt"));
        // Seven days after v1.1.0, and a minute more.
        git.release("v1.2.0", "main", day);
        world.ingest(&git, "lake", &[]);
        let got = world.lines("lake", "select count(*) as n from failed_deployments");
        assert_eq!(got, [failures.to_string()], "{day}");
    }
}

#[test]
fn a_revert_that_is_deployed_with_what_it_reverts_shows_no_failure() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.push("main", "base.txt", "2026-01-05 09:00");
    git.release("v1.0.0", "main", "2026-01-05 10:00");
    let door = git.push("main", "door.txt", "2026-01-06 09:00");
    let undo = format!("Undo\n\nThis reverts commit {door}.");
    git.commit("main", Draft::new(undo, "2026-01-06 09:30").gone("door.txt"));
    git.release("v1.1.0", "main", "2026-01-06 10:00");
    world.ingest(&git, "lake", &[]);
    assert_eq!(world.lines("lake", "select count(*) as n from failed_deployments"), ["0"]);
    assert_eq!(
        world.lines("lake", "select is_rework from classified_deployments where ref = 'v1.1.0'"),
        ["false"]
    );
}

#[test]
fn without_a_source_of_failures_their_metrics_have_no_value() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.push("main", "base.txt", "2026-01-05 09:00");
    git.release("v1.0.0", "main", "2026-01-05 10:00");
    git.push("main", "door.txt", "2026-01-06 09:00");
    git.release("v1.1.0", "main", "2026-01-06 10:00");
    world.ingest(&git, "lake", &[]);
    let names = ["change_fail_rate", "deployment_rework_rate", "failed_deployment_recovery_time"];
    let rows = metric(&world, &[names[0], names[1], names[2], "--window", "all"]);
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!(
            (&row["value"], &row["reason"]),
            (&Value::Null, &json!("no_failure_source")),
            "{row}"
        );
    }
}

#[test]
fn an_incident_that_names_the_deployment_of_a_tag_is_its_failure() {
    let world = shop_lake();
    let rows = "incident_id,service_id,impact_started_at,mitigated_at,resolved_at,caused_by_deployment_id\n\
                i1,shop,2026-01-14T11:00:00Z,2026-01-14T13:00:00Z,2026-01-15T09:00:00Z,shop@v1.1.0\n\
                i2,shop,2026-01-14T12:00:00Z,,2026-01-14T12:30:00Z,shop@v1.1.0\n";
    let file = world.file("incidents.csv", rows);
    world.milepost(&["ingest", "files", &file, "--lake", &world.place("lake")]).ok();
    // Two incidents are one failure; it ends when the last of them is mitigated, 3 h after
    // 01-14 10:00.
    let failed = "select deployment_id, incident_id, link_method, recovery_seconds \
                  from failed_deployments order by deployment_id";
    assert_eq!(
        world.lines("lake", failed),
        ["shop@v1.1.0 | i1 | explicit | 10800", "shop@v1.2.0 | - | revert | 68400"]
    );
    let rows = metric(&world, &["change_fail_rate", "--from", "2026-01-01", "--to", "2026-02-01"]);
    assert_months(&rows, "ratio", &[("2026-01", Some(1.0), 1, None)]);
}

#[test]
fn a_view_in_sql_says_what_the_command_says() {
    let world = shop_lake();
    let names = [
        "change_fail_rate",
        "change_lead_time",
        "deployment_frequency",
        "deployment_rework_rate",
        "failed_deployment_recovery_time",
        "merge_to_deploy_time",
    ];
    let mut printed =
        metric(&world, &[&names[..], &["--all-statistics", "--from", "2026-01-01"]].concat());
    let of_view = |name: &str| {
        let query = format!(
            "select * from metrics.{name} where subject_kind = 'service' and window_kind = 'month'"
        );
        let mut rows = world.sql("lake", &query).as_array().expect("rows").clone();
        rows.retain(|row| names.iter().any(|name| row["metric"] == *name));
        rows.sort_by_key(Value::to_string);
        rows
    };
    printed.sort_by_key(Value::to_string);
    // 4 months: four metrics of four statistics each, two of one.
    assert_eq!(printed.len(), 4 * (4 * 4 + 2));
    assert_eq!(of_view("all"), printed);
    for name in ["change_lead_time", "deployment_frequency"] {
        let of_one: Vec<Value> =
            printed.iter().filter(|row| row["metric"] == name).cloned().collect();
        assert_eq!(of_view(name), of_one);
    }
}

#[test]
fn the_organization_counts_what_its_one_service_counts() {
    let world = shop_lake();
    let span = ["--from", "2026-01-01", "--to", "2026-04-01"];
    let names = ["change_lead_time", "deployment_frequency", "deployment_rework_rate"];
    let service = metric(&world, &[&names[..], &span[..]].concat());
    let whole = metric(&world, &[&names[..], &["--by", "organization"], &span[..]].concat());
    assert!(whole.iter().all(|row| row["subject_id"] == "organization"));
    for statistic in ["p50", "rate", "ratio"] {
        assert_eq!(months(&whole, statistic), months(&service, statistic));
        assert_eq!(months(&whole, statistic).len(), 3, "{statistic}");
    }
}

#[test]
fn every_commit_of_the_line_is_deployed_where_the_branch_says_so() {
    let world = World::as_of(AS_OF);
    let git = shop(&world);
    world.ingest(&git, "lake", &["--deployments-from-branch"]);
    let rows =
        metric(&world, &["deployment_frequency", "--from", "2026-01-01", "--to", "2026-02-01"]);
    // begin, early, the merge, push 1, bump and push 2 in January; live from the 5th: 27 days.
    assert_months(&rows, "rate", &[("2026-01", Some(6.0 / 27.0), 6, None)]);
    let rows = metric(&world, &["change_lead_time", "--from", "2026-01-01", "--to", "2026-02-01"]);
    // early, push 1 and push 2 at once; #1 from 01-08 10:00 to 01-12 09:00 is 95 h. The median
    // of 0, 0, 0 and 342,000 s.
    assert_months(&rows, "p50", &[("2026-01", Some(0.0), 4, None)]);
}

#[test]
fn the_configuration_chooses_the_set_of_levels() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.push("main", "base.txt", "2026-01-05 09:00");
    git.release("v1.0.0", "main", "2026-01-05 10:00");
    // Five changes of two hours.
    for minute in 10..15 {
        git.push("main", &format!("door{minute}.txt"), &format!("2026-01-06 08:{minute}"));
    }
    git.release("v1.1.0", "main", "2026-01-06 10:12");
    world.ingest(&git, "lake", &[]);
    let level = |config: &str| {
        let config = world.file("levels/milepost.toml", config);
        let rows = metric(&world, &["change_lead_time", "--window", "all", "--config", &config]);
        (rows[0]["level"].clone(), rows[0]["level_set"].clone())
    };
    assert_eq!(level(""), (json!("elite"), json!("dora_2019")));
    // In 2021 elite was within an hour, and high within a week.
    assert_eq!(level("level_set = \"dora_2021\"\n"), (json!("high"), json!("dora_2021")));
    let config = world.file("levels/milepost.toml", "level_set = \"dora_2025\"\n");
    let lake = world.place("lake");
    let run = world.milepost(&["metric", "change_lead_time", "--lake", &lake, "--config", &config]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    let known = "`dora_2025`; there are dora_2019, dora_2021, dora_2023, dora_2024";
    assert!(run.stderr.contains(known), "{}", run.stderr);
}
