//! `check` as its users meet it: sentences, rows and exit codes.

use serde_json::Value;

use crate::shop::{AS_OF, shop_lake};
use crate::world::{Run, World};

fn check(world: &World, flags: &[&str]) -> Run {
    let lake = world.place("lake");
    let mut all = vec!["check", "--lake", &lake];
    all.extend_from_slice(flags);
    world.milepost(&all)
}

fn flowing(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_sound_lake_says_so_with_its_counts() {
    let world = shop_lake();
    let run = check(&world, &[]).ok();
    let text = flowing(&run.stdout);
    for said in [
        "4 deployments found, 4 in production, 4 matched a commit, 4 counted",
        "2 pull requests, 0 incidents, 1 service; as of 2026-04-15T00:00:00Z",
        "1 of 6 deployed changes are of bots alone; left out of lead times",
        "No problem, ",
    ] {
        assert!(text.contains(said), "`{said}` is not in {}", run.stdout);
    }
    assert!(!run.stdout.contains("Problems"), "{}", run.stdout);
}

#[test]
fn a_lake_that_is_not_there_says_what_fills_one() {
    let world = World::as_of(AS_OF);
    let run = check(&world, &[]);
    assert_eq!(run.code, Some(4));
    assert!(run.stdout.contains("milepost ingest git PATH"), "{}", run.stdout);
    assert!(run.stderr.contains("there is no lake"), "{}", run.stderr);
}

/// Deployments to environments that the definition does not take for production.
fn release_world() -> World {
    let world = World::as_of(AS_OF);
    world.file(
        "in/deployments.csv",
        "deployment_id,service_id,repository_id,environment,outcome,finished_at\n\
         1,shop,shop,build,succeeded,2026-01-05T00:00:00Z\n\
         2,shop,shop,release,succeeded,2026-01-06T00:00:00Z\n\
         3,shop,shop,release,succeeded,2026-01-07T00:00:00Z\n",
    );
    let (files, lake) = (world.place("in"), world.place("lake"));
    world.milepost(&["ingest", "files", &files, "--lake", &lake]).ok();
    world
}

#[test]
fn deployments_that_no_pattern_matches_are_the_headline_with_what_would_match() {
    let world = release_world();
    let run = check(&world, &[]);
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    let sentence = "3 deployments found, 0 in production; 0 because the pattern \
                    `^(prod|production|prd|live)([-_].*)?$` matched none of: release (2), build (1)";
    let text = flowing(&run.stdout);
    assert!(text.contains(sentence), "{}", run.stdout);
    assert_eq!(text.matches(sentence).count(), 1, "one sentence for all metrics: {}", run.stdout);
    assert!(text.contains("deployment_frequency"), "{}", run.stdout);
    let setting = "production_environments = '^(release)$'";
    assert!(text.contains(setting), "{}", run.stdout);
    // What it says helps.
    let config = world.file("milepost.toml", &format!("[definition]\n{setting}\n"));
    let run = check(&world, &["--config", &config]);
    assert!(run.stdout.contains("3 deployments found, 2 in production"), "{}", run.stdout);
}

#[test]
fn findings_come_out_as_rows_in_every_format() {
    let world = release_world();
    let run = check(&world, &["--format", "csv"]);
    assert_eq!(run.code, Some(4));
    assert!(run.stdout.starts_with("check,severity,subject,count,message,suggestion,examples\r\n"));
    let run = check(&world, &["--format", "json"]);
    let rows: Value = serde_json::from_str(&run.stdout).expect("rows");
    let rows = rows.as_array().expect("an array");
    let weights: Vec<&str> = rows.iter().filter_map(|row| row["severity"].as_str()).collect();
    assert!(weights.is_sorted(), "problems come first: {weights:?}");
    let none = rows.iter().find(|row| row["check"] == "no_production_deployments");
    assert_eq!(none.expect("the finding")["count"], 3);
}

#[test]
fn a_refused_record_is_a_problem_until_the_next_ingest() {
    let world = shop_lake();
    let lake = world.place("lake");
    let bad = "incident_id,service_id,created_at\ni1,shop,yesterday\n";
    let file = world.file("in/incidents.csv", bad);
    let ingest = |as_of: &str| {
        world.milepost(&["ingest", "files", &file, "--lake", &lake, "--as-of", as_of])
    };
    assert_eq!(ingest("2026-04-15T00:00:00Z").code, Some(3));
    let run = check(&world, &[]);
    assert_eq!(run.code, Some(4), "{}", run.stdout);
    let text = flowing(&run.stdout);
    assert!(
        text.contains("1 record of incidents was refused by the last ingest"),
        "{}",
        run.stdout
    );
    world.file("in/incidents.csv", &bad.replace("yesterday", "2026-02-02T16:00:00Z"));
    ingest("2026-04-15T00:00:01Z").ok();
    let run = check(&world, &["--as-of", "2026-04-15T00:00:02Z"]);
    assert!(!run.stdout.contains("refused"), "{}", run.stdout);
}

#[test]
fn a_name_of_a_service_reaches_no_terminal() {
    let world = World::as_of(AS_OF);
    world.file(
        "in/incidents.csv",
        "incident_id,service_id,created_at\ni1,\u{1b}[2Jgone,2026-02-02T16:00:00Z\n",
    );
    let (files, lake) = (world.place("in"), world.place("lake"));
    world.milepost(&["ingest", "files", &files, "--lake", &lake]).ok();
    let run = check(&world, &[]);
    assert!(!run.stdout.contains('\u{1b}'), "{:?}", run.stdout);
    assert!(run.stdout.contains("\\u{1b}[2Jgone"), "{}", run.stdout);
}
