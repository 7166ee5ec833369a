//! What can't be done is said in a line, with the exit code that scripts rely on, and leaves
//! nothing behind.

use std::fs::File;

use crate::repository::Draft;
use crate::world::{Run, World, files_below};

const AS_OF: &str = "2026-02-01T00:00:00Z";

#[track_caller]
fn assert_refused(run: &Run, code: i32, says: &[&str]) {
    assert_eq!((run.code, run.stdout.as_str()), (Some(code), ""), "{}", run.stderr);
    assert_eq!(run.stderr.trim_end().lines().count(), 1, "{}", run.stderr);
    for said in says {
        assert!(run.stderr.contains(said), "`{said}` is not in {}", run.stderr);
    }
}

/// Fails where the lake of that name holds a table.
#[track_caller]
fn assert_no_table(world: &World, lake: &str) {
    let files = files_below(&world.path(lake));
    let tables: Vec<_> = files.keys().filter(|path| !path.ends_with(".writer.lock")).collect();
    assert!(tables.is_empty(), "{tables:?}");
}

#[test]
fn a_folder_that_is_no_repository_is_refused() {
    let world = World::as_of(AS_OF);
    std::fs::create_dir(world.path("plain")).expect("a folder");
    let lake = world.place("lake");
    for place in [world.place("plain"), world.place("missing")] {
        let run = world.milepost(&["ingest", "git", &place, "--lake", &lake]);
        assert_refused(&run, 2, &[&place, "repository"]);
        assert_refused(&world.milepost(&["quickstart", &place]), 2, &[&place, "repository"]);
    }
    assert!(!world.path("lake").exists() && !world.path("cache").exists());
}

#[test]
fn a_repository_without_commits_is_refused() {
    let world = World::as_of(AS_OF);
    let git = world.repository("empty");
    let lake = world.place("lake");
    let run = world.milepost(&["ingest", "git", git.place(), "--lake", &lake]);
    assert_refused(&run, 1, &[git.place(), "no commits"]);
    assert_refused(&world.milepost(&["quickstart", git.place()]), 1, &["no commits"]);
    assert!(!world.path("lake").exists() && !world.path("cache").exists());
}

#[test]
fn a_pattern_that_matches_no_tag_is_refused() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.push("main", "a.txt", "2026-01-05 09:00");
    let (lake, place) = (world.place("lake"), git.place().to_owned());
    let arguments =
        ["ingest", "git", &place, "--lake", &lake, "--deployments-from-tags", "deploy-*"];
    assert_refused(&world.milepost(&arguments), 2, &["deploy-*", "--deployments-from-branch"]);
    git.tag("v1.0.0", "main");
    git.place();
    assert_refused(&world.milepost(&arguments), 2, &["deploy-*", "v1.0.0"]);
    let broken = ["ingest", "git", &place, "--lake", &lake, "--deployments-from-tags", "deploy-["];
    assert_refused(&world.milepost(&broken), 2, &["deploy-["]);
    assert!(!world.path("lake").exists());
}

#[test]
fn an_unknown_metric_is_refused_with_those_there_are() {
    let world = World::as_of(AS_OF);
    let run = world.milepost(&["metric", "lead_time"]);
    assert_refused(&run, 2, &["lead_time", "change_lead_time", "deployment_frequency"]);
}

#[test]
fn a_span_that_is_empty_and_a_zone_that_is_none_are_refused() {
    let world = World::as_of(AS_OF);
    let span = ["metric", "change_lead_time", "--from", "2026-02-01", "--to", "2026-02-01"];
    assert_refused(&world.milepost(&span), 2, &["2026-02-01"]);
    assert_refused(&world.milepost(&["sql", "select 1", "--timezone", "Mars"]), 2, &["Mars"]);
    assert_eq!(world.milepost(&["sql", "select 1", "--as-of", "yesterday"]).code, Some(2));
}

#[test]
fn a_configuration_with_an_unknown_option_is_refused() {
    let world = World::as_of(AS_OF);
    let config = world.file("milepost.toml", "[definition]\ninclude_robots = true\n");
    let run = world.milepost(&["sql", "select 1"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(2), ""),
        "found upward from the working directory"
    );
    assert!(
        run.stderr.contains("include_robots") && run.stderr.contains("milepost.toml"),
        "{}",
        run.stderr
    );
    let run = world.milepost(&["sql", "select 1", "--config", &config]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    let run = world.milepost(&["sql", "select 1", "--config", &world.place("missing.toml")]);
    assert_refused(&run, 2, &["missing.toml"]);
}

#[test]
fn sql_that_is_wrong_is_refused() {
    let world = World::as_of(AS_OF);
    let lake = world.place("lake");
    for (query, said) in [
        ("selec 1", "selec"),
        ("select * from comits", "comits"),
        ("select committed from commits", "committed"),
    ] {
        let run = world.milepost(&["sql", "--quiet", "--lake", &lake, query]);
        assert_refused(&run, 1, &[said]);
    }
    assert_refused(&world.milepost_reading(&["sql", "--quiet"], " \n"), 2, &["no query"]);
}

#[test]
fn a_file_with_an_unknown_column_is_refused_as_a_whole() {
    let world = World::as_of(AS_OF);
    let good = world.file("in/incidents.csv", "incident_id,service_id\ni1,api\n");
    let bad = world.file("in/services.csv", "service_id,nmae\napi,Payments\n");
    let lake = world.place("lake");
    let run = world.milepost(&["ingest", "files", &good, &bad, "--lake", &lake]);
    assert_refused(&run, 1, &["services.csv", "nmae", "`name`"]);
    assert_no_table(&world, "lake");
}

#[test]
fn a_file_named_after_no_table_is_refused() {
    let world = World::as_of(AS_OF);
    let good = world.file("in/incidents.csv", "incident_id,service_id\ni1,api\n");
    let bad = world.file("in/incident.csv", "incident_id,service_id\ni1,api\n");
    let lake = world.place("lake");
    let run = world.milepost(&["ingest", "files", &good, &bad, "--lake", &lake]);
    assert_refused(&run, 1, &["incident.csv", "`incidents`"]);
    // What the program writes itself is given by no file.
    for name in ["in/ingest_runs.csv", "in/deployed_changes.csv"] {
        let own = world.file(name, "run_id\n1\n");
        assert_refused(&world.milepost(&["ingest", "files", &own, "--lake", &lake]), 1, &[]);
    }
    let missing = world.place("nowhere.csv");
    assert_refused(
        &world.milepost(&["ingest", "files", &missing, "--lake", &lake]),
        1,
        &["nowhere.csv"],
    );
    assert_no_table(&world, "lake");
}

#[test]
fn a_bad_row_is_kept_apart_and_the_rest_goes_on() {
    let world = World::as_of(AS_OF);
    let rows = "incident_id,service_id,created_at\ni1,api,2026-01-05T09:00:00Z\ni2,api,yesterday\ni3,api,\n";
    let file = world.file("incidents.csv", rows);
    let run = world.milepost(&["ingest", "files", &file, "--lake", &world.place("lake")]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(
        run.stderr.contains("incidents.csv:3:") && run.stderr.contains("yesterday"),
        "{}",
        run.stderr
    );
    assert_eq!(
        world.lines("lake", "select incident_id from incidents order by incident_id"),
        ["i1", "i3"]
    );
    let refused = "select table_name, record from rejected_records";
    assert_eq!(world.lines("lake", refused), ["incidents | i2,api,yesterday"]);
    let run = "select rejected_count from ingest_runs";
    assert_eq!(world.lines("lake", run), ["1"]);
}

#[test]
fn of_rows_with_one_key_the_last_counts() {
    let world = World::as_of(AS_OF);
    let file = world.file("services.csv", "service_id,name\napi,First\nweb,Web\napi,Last\n");
    let run = world.milepost(&["ingest", "files", &file, "--lake", &world.place("lake")]).ok();
    assert!(run.stderr.contains('1') && run.stderr.contains("last"), "{}", run.stderr);
    assert_eq!(world.lines("lake", "select name from services order by name"), ["Last", "Web"]);
}

#[test]
fn a_second_writer_is_sent_away() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.commit("main", Draft::new("Begin", "2026-01-05 09:00").file("a", "1\n"));
    world.ingest(&git, "lake", &[]);
    let lake = world.place("lake");
    let lock = File::options().write(true).open(world.path("lake/.writer.lock")).expect("the lock");
    lock.try_lock().expect("nobody else holds it");
    let file = world.file("services.csv", "service_id\napi\n");
    for arguments in [
        ["ingest", "git", git.place(), "--lake", &lake],
        ["quickstart", git.place(), "--quiet", "--lake", &lake],
        ["ingest", "files", &file, "--lake", &lake],
    ] {
        assert_refused(&world.milepost(&arguments), 75, &[&lake]);
    }
    // Readers are let in.
    assert_eq!(world.lines("lake", "select count(*) as n from commits"), ["1"]);
    drop(lock);
    world.milepost(&["ingest", "files", &file, "--lake", &lake]).ok();
}
