//! `doctor` and `lake`, as somebody uses them who found a lake broken, old or large.

use std::fs;
use std::path::PathBuf;

use crate::incremental::january;
use crate::world::{World, assert_same, files_below};

const AS_OF: &str = "2026-02-01T00:00:00Z";

fn data_file(world: &World, table: &str) -> PathBuf {
    let files = files_below(&world.path("lake").join(table));
    let mut data =
        files.into_keys().filter(|path| path.extension().is_some_and(|e| e == "parquet"));
    data.next().expect("a data file")
}

#[test]
fn a_broken_lake_is_named_mended_and_filled_again() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    world.ingest(&git, "lake", &[]);
    let whole = world.contents("lake");
    let lake = world.place("lake");
    let doctor = |flags: &[&str]| {
        world.milepost(&[&["doctor", "--format", "json", "--lake", &lake], flags].concat())
    };
    let run = doctor(&[]);
    assert_eq!((run.code, run.stdout.trim()), (Some(0), "[]"), "{}", run.stderr);

    let broken = data_file(&world, "commits");
    let mut bytes = fs::read(&broken).expect("a file");
    bytes[60] ^= 1;
    fs::write(&broken, bytes).expect("written");
    let run = world.milepost(&["sql", "select count(*) from commits", "--lake", &lake]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
    assert!(run.stderr.contains("commits") && run.stderr.contains("doctor"), "{}", run.stderr);
    assert_eq!(run.stderr.trim_end().lines().count(), 1, "{}", run.stderr);
    let metric = world.milepost(&[
        "metric",
        "change_lead_time",
        "--by",
        "team",
        "--lake",
        &lake,
        "--timezone",
        "Asia/Tokyo",
    ]);
    assert_eq!((metric.code, metric.stdout.as_str()), (Some(1), ""), "{}", metric.stderr);
    // What does not need the table goes on.
    world.milepost(&["sql", "select count(*) from pull_requests", "--lake", &lake]).ok();

    let run = doctor(&[]);
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    assert!(run.stdout.contains(broken.to_str().expect("UTF-8")), "{}", run.stdout);
    assert!(run.stderr.contains("--repair"), "{}", run.stderr);
    let run = doctor(&["--repair"]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(
        run.stderr.contains("milepost ingest") && run.stderr.contains("git:shop"),
        "{}",
        run.stderr
    );
    let lost = world.lines("lake", "select count(*) as n from commits");
    assert_eq!(lost, ["0"], "it says what is there, and it was said that rows are gone");
    world.ingest(&git, "lake", &[]);
    assert_same(&world.contents("lake"), &whole);
    doctor(&[]).ok();
}

#[test]
fn where_there_is_no_lake_that_is_said() {
    let world = World::as_of(AS_OF);
    let lake = world.place("nowhere");
    for command in
        [&["doctor"][..], &["lake", "files"], &["lake", "maintain"], &["lake", "migrate"]]
    {
        let run = world.milepost(&[command, &["--lake", &lake]].concat());
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains(&lake), "{}", run.stderr);
    }
    assert!(!world.path("nowhere").exists());
}

#[test]
fn maintenance_keeps_the_rows_and_ends_with_fewer_files() {
    let world = World::as_of(AS_OF);
    let mut git = january(&world);
    world.ingest(&git, "lake", &[]);
    for day in 10..16 {
        git.push("main", &format!("{day}.txt"), &format!("2026-01-{day} 10:00"));
        world.ingest(&git, "lake", &[]);
    }
    let (before, lake) = (world.contents("lake"), world.place("lake"));
    let files = |table: &str| {
        let run = world.milepost(&["lake", "files", "--format", "json", "--lake", &lake]).json();
        let rows = run.as_array().expect("rows").clone();
        rows.iter().filter(|row| row["table_name"] == table).count()
    };
    assert!(files("commits") > 4, "{}", files("commits"));
    world.milepost(&["lake", "maintain", "--lake", &lake]).ok();
    assert_eq!(files("commits"), 1);
    assert_same(&world.contents("lake"), &before);
    let on_disk = files_below(&world.path("lake/commits")).len();
    // Long after, what was replaced is out of reach.
    world.milepost(&["lake", "maintain", "--lake", &lake, "--as-of", "2036-01-01T00:00:00Z"]).ok();
    assert!(files_below(&world.path("lake/commits")).len() < on_disk);
    assert_same(&world.contents("lake"), &before);
    world.milepost(&["doctor", "--lake", &lake]).ok();
    git.push("main", "late.txt", "2026-01-20 10:00");
    world.ingest(&git, "lake", &[]);
}

#[test]
fn a_lake_from_before_the_first_format_is_refused_until_it_is_migrated() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    world.ingest(&git, "lake", &[]);
    let (before, lake) = (world.contents("lake"), world.place("lake"));
    fs::remove_file(world.path("lake/lake.json")).expect("removed");
    for command in [&["sql", "select count(*) from commits"][..], &["ingest", "git", git.place()]] {
        let run = world.milepost(&[command, &["--lake", &lake]].concat());
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert!(run.stderr.contains("milepost lake migrate"), "{}", run.stderr);
    }
    world.milepost(&["sql", "select 1", "--lake", &lake]).ok();
    let run = world.milepost(&["lake", "migrate", "--lake", &lake]).ok();
    assert!(run.stderr.contains("format 0 to 1"), "{}", run.stderr);
    let run = world.milepost(&["lake", "migrate", "--lake", &lake]).ok();
    assert!(run.stderr.contains("up to date"), "{}", run.stderr);
    world.ingest(&git, "lake", &[]);
    assert_same(&world.contents("lake"), &before);
}
