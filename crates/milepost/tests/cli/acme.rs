//! The bundled company: what `demo` shows is what `fixtures/acme/ANSWERS.md` worked out without Milepost.

use std::path::Path;

use serde_json::Value;

use crate::world::{Run, World};

const AS_OF: &str = "2026-07-06T09:00:00Z";

/// The company's files, read in under its own configuration.
fn acme() -> World {
    let world = World::as_of(AS_OF);
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/acme");
    std::fs::create_dir_all(world.path("acme/tables")).expect("a folder");
    let copy = |from: &Path, to: &str| {
        std::fs::copy(from, world.path(to)).expect("a copy");
    };
    copy(&fixtures.join("milepost.toml"), "acme/milepost.toml");
    for entry in std::fs::read_dir(fixtures.join("tables")).expect("tables") {
        let entry = entry.expect("a table");
        let name = entry.file_name().into_string().expect("a name");
        copy(&entry.path(), &format!("acme/tables/{name}"));
    }
    run(&world, &["ingest"]).ok();
    world
}

fn run(world: &World, arguments: &[&str]) -> Run {
    let (config, lake) = (world.place("acme/milepost.toml"), world.place("lake"));
    world.milepost(&[arguments, &["--config", &config, "--lake", &lake]].concat())
}

/// Value and sample size of a metric in the window that begins on a day.
fn values(
    world: &World,
    metrics: &[&str],
    by: &str,
    window: &str,
    start: &str,
) -> Vec<(String, String, Value, Value)> {
    let span = ["--by", by, "--window", window, "--from", start, "--format", "json"];
    let rows = run(world, &[&["metric"], metrics, &span].concat()).json();
    let rows = rows
        .as_array()
        .expect("rows")
        .iter()
        .filter(|row| row["window_start"].as_str().is_some_and(|at| at.starts_with(start)));
    let text = |row: &Value, name: &str| row[name].as_str().expect("text").to_owned();
    rows.map(|row| {
        (
            text(row, "metric"),
            text(row, "subject_id"),
            row["value"].clone(),
            row["sample_size"].clone(),
        )
    })
    .collect()
}

#[track_caller]
fn assert_values(all: &[(String, String, Value, Value)], expected: &[(&str, &str, f64, i64)]) {
    for (metric, subject, value, size) in expected {
        let found = all.iter().find(|one| (one.0.as_str(), one.1.as_str()) == (*metric, *subject));
        let (_, _, is, n) = found.unwrap_or_else(|| panic!("no {metric} of {subject}"));
        let is_near =
            is.as_f64().is_some_and(|is| (is - value).abs() <= 1e-6 * value.abs().max(1.0));
        assert!(
            is_near && n.as_i64() == Some(*size),
            "{metric} of {subject}: {is} ({n}), not {value} ({size})"
        );
    }
}

const DELIVERY: [&str; 5] = [
    "change_lead_time",
    "deployment_frequency",
    "change_fail_rate",
    "failed_deployment_recovery_time",
    "deployment_rework_rate",
];

#[test]
fn delivery_platform_and_people_read_as_they_were_worked_out() {
    let world = acme();
    let june = values(&world, &DELIVERY, "service", "month", "2026-06-01");
    assert_values(
        &june,
        &[
            ("change_lead_time", "banners", 176_256.0, 6),
            ("deployment_frequency", "banners", 0.3, 9),
            ("change_fail_rate", "banners", 0.25, 8),
            ("failed_deployment_recovery_time", "banners", 5_529.5, 2),
            ("deployment_rework_rate", "banners", 2.0 / 9.0, 9),
            ("change_fail_rate", "invoicing", 0.25, 4),
            ("failed_deployment_recovery_time", "invoicing", 5_700.0, 1),
            ("change_lead_time", "invoicing", 175_640.0, 5),
        ],
    );
    let teams = values(&world, &DELIVERY, "team", "quarter", "2026-04-01");
    assert_values(
        &teams,
        &[
            ("change_lead_time", "payments", 95_494.0, 103),
            ("deployment_frequency", "payments", 118.0 / 91.0, 118),
            ("change_fail_rate", "payments", 6.0 / 113.0, 113),
            ("failed_deployment_recovery_time", "payments", 3_526.0, 6),
            ("deployment_rework_rate", "payments", 6.0 / 118.0, 118),
            ("change_lead_time", "fulfilment", 190_789.0, 59),
            ("change_fail_rate", "fulfilment", 6.0 / 49.0, 49),
        ],
    );
    let all = [
        &DELIVERY[..],
        &["golden_path_adoption", "golden_path_coverage", "team_adoption", "nps", "satisfaction"],
        &["self_service_completion_rate", "support_tickets_per_100_developers"],
        &["time_to_first_deployment"],
    ]
    .concat();
    let whole = values(&world, &all, "organization", "quarter", "2026-04-01");
    let of = "organization";
    assert_values(
        &whole,
        &[
            ("change_lead_time", of, 101_344.0, 543),
            ("deployment_frequency", of, 610.0 / 91.0, 610),
            ("change_fail_rate", of, 37.0 / 585.0, 585),
            ("failed_deployment_recovery_time", of, 4_200.0, 37),
            ("deployment_rework_rate", of, 36.0 / 610.0, 610),
            ("golden_path_adoption", of, 0.625, 24),
            ("golden_path_coverage", of, 406.0 / 543.0, 543),
            ("team_adoption", of, 4.0 / 6.0, 6),
            ("nps", of, 25.0, 32),
            ("satisfaction", of, 4.2, 35),
            ("self_service_completion_rate", of, 276.0 / 299.0, 299),
            ("time_to_first_deployment", of, 18_057.0, 2),
        ],
    );
    // Five joined in the quarter and four in the one before: the year is told, so neither of them is.
    let people = ["time_to_first_deployment_people"];
    let quarter = values(&world, &people, "organization", "quarter", "2026-04-01");
    assert_eq!(quarter[0].2, Value::Null, "{quarter:?}");
    let year = values(&world, &people, "organization", "year", "2026-01-01");
    assert_values(&year, &[("time_to_first_deployment_people", of, 651_264.0, 9)]);
    let tickets = whole.iter().find(|one| one.0 == "support_tickets_per_100_developers");
    let rate = tickets.and_then(|one| one.2.as_f64()).expect("a rate");
    assert!((rate - 59.0434).abs() < 1e-3, "{rate}");
}

#[test]
fn the_golden_path_and_the_assessment_read_as_they_were_worked_out() {
    let world = acme();
    let rows = run(&world, &["compare", "golden-path", "--format", "json"]).json();
    let rows = rows.as_array().expect("rows");
    let row = |metric: &str| {
        let is_meant = |row: &&Value| {
            row["metric"] == metric && row["stratum"] == "all" && row["arm_a"] == "golden"
        };
        rows.iter().find(is_meant).unwrap_or_else(|| panic!("no {metric}")).clone()
    };
    let near = |value: &Value, expected: f64| {
        value.as_f64().is_some_and(|value| (value - expected).abs() < 1e-5)
    };
    let lead = row("change_lead_time");
    assert!(near(&lead["estimate"], 0.485_535), "{lead}");
    assert!(
        lead["words"].as_str().is_some_and(|words| words.contains("golden path is faster")),
        "{lead}"
    );
    assert!(
        near(&row("change_fail_rate")["estimate"], 20.0 / 416.0 - 12.0 / 89.0),
        "{}",
        row("change_fail_rate")
    );
    let recovery = row("failed_deployment_recovery_time");
    assert!(
        recovery["words"].as_str().is_some_and(|words| words.starts_with("no clear difference")),
        "{recovery}"
    );
    let all = run(&world, &["assess", "--quarter", "2026Q2", "--format", "json"]).json();
    assert_eq!(
        (all["verdict"].as_str(), all["known_count"].as_i64()),
        (Some("mostly_yellow"), Some(7))
    );
    let factors = all["factors"].as_array().expect("factors");
    for (factor, value, colour) in [
        ("team_size", 58.0, "yellow"),
        ("deployment_friction", 1_860.0, "yellow"),
        ("infrastructure_complexity", 2.0, "yellow"),
        ("developer_complaints", 6.0 / 32.0, "yellow"),
        ("shadow_it", 0.25, "green"),
        ("onboarding_time", 651_264.0, "yellow"),
        ("context_switching", 0.211_187, "yellow"),
    ] {
        let row = factors.iter().find(|row| row["factor"] == factor).expect("a factor");
        assert!(near(&row["value"], value) && row["colour"] == colour, "{row}");
    }
    assert_eq!(run(&world, &["check"]).code, Some(4), "one goal is missed");
}

#[test]
fn working_time_and_its_capitalized_part_read_as_they_were_worked_out() {
    let world = acme();
    let span = ["--from", "2026-06-01", "--to", "2026-07-01", "--format", "json"];
    let rows = run(&world, &[&["allocation"][..], &span].concat()).json();
    let rows = rows.as_array().expect("rows");
    for (subject, category, value) in [
        ("organization", "roadmap", 0.328_108),
        ("organization", "maintenance", 0.231_773),
        ("organization", "support", 0.019_393),
        ("organization", "infrastructure", 0.196_923),
        ("organization", "unplanned", 0.003_108),
        ("organization", "unlabelled", 0.059_497),
        ("organization", "unattributed", 0.161_198),
        ("payments", "unattributed", 0.139_351),
        ("platform", "unattributed", 0.215_327),
    ] {
        let is_meant = |row: &&Value| {
            row["subject_id"] == subject
                && row["dimension"] == "activity"
                && row["category"] == category
        };
        let row = rows.iter().find(is_meant).expect("a share");
        let is_near = row["value"].as_f64().is_some_and(|is| (is - value).abs() < 1e-6);
        assert!(is_near && row["reason"].is_null(), "{row}");
    }
    let folder = world.place("june");
    let policy = "us_gaap_350_40_asu_2025_06";
    let export = ["export", "capitalization", "--period", "2026-06", "--policy", policy];
    let exported = run(&world, &[&export[..], &["--out", &folder]].concat());
    assert_eq!(exported.code, Some(3), "tickets of no project are named: {}", exported.stderr);
    let file = |name: &str| {
        std::fs::read_to_string(world.path("june").join(name)).expect("a file of the bundle")
    };
    let manifest: Value = serde_json::from_str(&file("cap_manifest.json")).expect("a manifest");
    // 10.0399 before rows are rounded so that each person's month adds up.
    assert_eq!(manifest["control_totals"]["capitalized_fte"], "10.0395");
    let detail = file("cap_detail.csv");
    for (item, days) in [
        (",pay169,", ",5.3462,0.2430,"),
        (",pay170,", ",8.6538,0.3934,"),
        (",~UNATTRIBUTED,", ",1.0000,0.0455,"),
    ] {
        let is_meant = |line: &&str| line.contains(",p13,") && line.contains(item);
        let line = detail.lines().find(is_meant).expect("a row");
        assert!(line.contains(days), "{line}");
    }
}

#[test]
fn the_demo_writes_every_report_offline_and_prints_what_it_says() {
    let world = World::as_of("2027-01-01T00:00:00Z");
    let folder = world.place("demo");
    let run = world.milepost(&["demo", "-o", &folder]).ok();
    let line = run.stdout.lines().find(|line| line.starts_with("Change fail rate")).expect("a row");
    assert!(line.contains("6.3 % (n=585)"), "{line}");
    for name in
        ["dora", "adoption", "golden-path", "value", "readiness", "allocation", "data-quality"]
    {
        let page = std::fs::read_to_string(world.path("demo").join(format!("{name}.html")))
            .expect("a page");
        assert!(page.contains("</html>") && page.contains("2026"), "{name}");
        assert!(run.stdout.contains(&format!("{name}.html")), "{name}: {}", run.stdout);
    }
    let command = run.stdout.lines().find(|line| line.contains("sql ")).expect("a command");
    let mut shell = world.command("sh");
    shell.args(["-c", command.trim()]);
    let pasted = World::finished(shell).ok();
    assert!(pasted.stdout.contains("accounts"), "{}", pasted.stdout);
}
