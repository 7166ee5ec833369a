//! An ingest that was stopped half-way, and what the next one makes of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::incremental::january;
use crate::repository::{Draft, Repository};
use crate::world::{World, assert_same, files_below};

const AS_OF: &str = "2026-02-01T00:00:00Z";
const DERIVED: [&str; 5] = [
    "classified_deployments",
    "classified_incidents",
    "deployed_changes",
    "failed_deployments",
    "undeployed_changes",
];

/// Files in a lake that carry its rows: logs, data and the lake's own file.
fn files(lake: &Path) -> usize {
    files_below(lake).keys().filter(|path| !path.to_string_lossy().contains('#')).count()
}

/// Starts an ingest and kills it as soon as the lake has that many files. True where it ended
/// before.
fn killed(world: &World, git: &Repository, lake: &str, count: usize) -> bool {
    let mut command = world.command(env!("CARGO_BIN_EXE_milepost"));
    command.args(["ingest", "git", git.place(), "--as-of", AS_OF, "--quiet"]);
    command.args(["--lake", &world.place(lake)]).stderr(Stdio::null());
    let mut process = command.spawn().expect("the program");
    loop {
        if process.try_wait().expect("a process").is_some() {
            return true;
        }
        if files(&world.path(lake)) >= count {
            process.kill().expect("killed");
            process.wait().expect("ended");
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Kills an ingest of `git` into a copy of `first` at many moments. Readers must see the rows of
/// `first` or those of a whole run, and the next run must end in the latter.
fn kill_at_many_moments(world: &World, git: &Repository, first: &str) {
    copy(&world.path(first), &world.path("whole"));
    world.ingest(git, "whole", &[]);
    let (before, whole) = (world.contents(first), world.contents("whole"));
    let (from, to) = (files(&world.path(first)), files(&world.path("whole")));
    assert!(to > from + 10, "an ingest writes many files: {from} {to}");
    let mut kills = 0;
    for count in (from + 1..=to).step_by(((to - from) / 4).max(1)) {
        let lake = format!("killed-{count}");
        copy(&world.path(first), &world.path(&lake));
        kills += usize::from(!killed(world, git, &lake, count));
        let seen = world.contents(&lake);
        let facts = |contents: &BTreeMap<String, Vec<String>>| {
            let mut facts = contents.clone();
            facts.retain(|table, _| !DERIVED.contains(&table.as_str()));
            facts
        };
        assert!(
            facts(&seen) == facts(&before) || facts(&seen) == facts(&whole),
            "killed at {count} files, a reader sees {seen:#?}"
        );
        world.ingest(git, &lake, &[]);
        assert_same(&world.contents(&lake), &whole);
        world.milepost(&["doctor", "--quiet", "--lake", &world.place(&lake)]).ok();
    }
    assert!(kills > 1, "{kills} runs were killed in time");
}

#[test]
fn a_first_ingest_that_is_killed_loses_and_doubles_nothing() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    std::fs::create_dir(world.path("empty")).expect("a folder");
    kill_at_many_moments(&world, &git, "empty");
}

#[test]
fn a_later_ingest_that_is_killed_loses_and_doubles_nothing() {
    let world = World::as_of(AS_OF);
    let mut git = january(&world);
    world.ingest(&git, "lake", &[]);
    git.push("main", "more.txt", "2026-01-20 10:00");
    git.release("v1.2.0", "main", "2026-01-21 10:00");
    kill_at_many_moments(&world, &git, "lake");
}

#[test]
fn an_ingest_that_is_killed_leaves_its_lock_to_the_next() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    assert!(!killed(&world, &git, "lake", 1), "it was killed while it held the lock");
    world.ingest(&git, "lake", &[]);
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

#[test]
fn an_ingest_that_is_interrupted_ends_with_130_and_the_next_converges() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    world.ingest(&git, "whole", &[]);
    let mut command = world.command(env!("CARGO_BIN_EXE_milepost"));
    command.args(["ingest", "git", git.place(), "--as-of", AS_OF, "--lake", &world.place("lake")]);
    let mut process = command.stderr(Stdio::null()).spawn().expect("the program");
    while files(&world.path("lake")) < 5 {
        assert!(process.try_wait().expect("a process").is_none(), "it was interrupted in time");
        std::thread::sleep(Duration::from_millis(1));
    }
    let id = process.id().to_string();
    assert!(world.command("kill").args(["-INT", &id]).status().expect("kill").success());
    assert_eq!(process.wait().expect("ended").code(), Some(130));
    world.ingest(&git, "lake", &[]);
    assert_same(&world.contents("lake"), &world.contents("whole"));
}
