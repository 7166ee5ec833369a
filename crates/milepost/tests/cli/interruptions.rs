//! An ingest that was stopped half-way, and what the next one makes of it.

use std::fs;
use std::path::Path;

use crate::incremental::january;
use crate::repository::Draft;
use crate::world::{World, assert_same};

const AS_OF: &str = "2026-02-01T00:00:00Z";
const KEYS: &str = "select 'commits' as t, count(*) as n, count(distinct sha) as k from commits \
    union all select 'commit_files', count(*), count(distinct concat(sha, path)) from commit_files \
    union all select 'deployments', count(*), count(distinct deployment_id) from deployments \
    union all select 'pull_requests', count(*), count(distinct pull_request_id) from pull_requests \
    union all select 'people', count(*), count(distinct person_id) from people";

fn assert_no_doubles(world: &World) {
    for row in world.sql("lake", KEYS).as_array().expect("rows") {
        assert_eq!(row["n"], row["k"], "{row}");
    }
}

#[test]
fn rows_whose_cursor_was_never_written_are_not_doubled() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    world.ingest(&git, "lake", &[]);
    let expected = world.contents("lake");
    // The cursor is written last: without it the lake is as an interrupted ingest leaves it.
    fs::remove_dir_all(world.path("lake/ingest_runs")).expect("removed");
    world.ingest(&git, "lake", &[]);
    assert_no_doubles(&world);
    assert_same(&world.contents("lake"), &expected);
}

#[test]
fn a_later_ingest_that_was_interrupted_is_taken_up_too() {
    let world = World::as_of(AS_OF);
    let mut git = january(&world);
    world.ingest(&git, "lake", &[]);
    let (runs, kept) = (world.path("lake/ingest_runs"), world.path("kept"));
    copy(&runs, &kept);
    git.push("main", "more.txt", "2026-01-20 10:00");
    git.release("v1.2.0", "main", "2026-01-21 10:00");
    world.ingest(&git, "lake", &[]);
    let expected = world.contents("lake");
    fs::remove_dir_all(&runs).expect("removed");
    copy(&kept, &runs);
    world.ingest(&git, "lake", &[]);
    assert_no_doubles(&world);
    assert_same(&world.contents("lake"), &expected);
}

#[test]
fn only_some_tables_of_an_interrupted_ingest_may_be_there() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    world.ingest(&git, "lake", &[]);
    let expected = world.contents("lake");
    for gone in ["ingest_runs", "commits", "deployments", "classified_deployments"] {
        fs::remove_dir_all(world.path("lake").join(gone)).expect("removed");
    }
    world.ingest(&git, "lake", &[]);
    assert_no_doubles(&world);
    assert_same(&world.contents("lake"), &expected);
}

#[test]
fn an_ingest_that_fails_half_way_keeps_nothing() {
    let world = World::as_of(AS_OF);
    let mut git = january(&world);
    let bad =
        git.commit("main", Draft::new("To be damaged", "2026-01-20 10:00").file("new.txt", "x\n"));
    let blob = git.git(&["rev-parse", &format!("{bad}:new.txt")]);
    unpack(&world, &git.path);
    fs::remove_file(git.path.join(".git/objects").join(&blob[..2]).join(&blob[2..]))
        .expect("removed");
    let lake = world.place("lake");
    let run = world.milepost(&["ingest", "git", git.place(), "--lake", &lake]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains(&blob) || run.stderr.contains(&bad), "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    let left = world.lines("lake", "select count(*) as n from commits");
    assert_eq!(left, ["0"]);
}

/// Turns the packs that the import made into loose objects, which can be taken out singly.
fn unpack(world: &World, repository: &Path) {
    let packs = repository.join(".git/objects/pack");
    let aside = world.path("packs");
    fs::rename(&packs, &aside).expect("moved");
    fs::create_dir(&packs).expect("a folder");
    for entry in fs::read_dir(&aside).expect("packs") {
        let path = entry.expect("a pack").path();
        if path.extension().is_some_and(|extension| extension == "pack") {
            let mut command = crate::repository::git_command(&world.path("home"));
            let pack = fs::File::open(&path).expect("a pack");
            command.arg("-C").arg(repository).args(["unpack-objects", "-q"]).stdin(pack);
            assert!(command.status().expect("git").success(), "git unpack-objects");
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}
