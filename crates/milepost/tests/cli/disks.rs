//! Disks that are full or read only, and two writers at once: one line, the right exit code,
//! nothing lost, and the next run ends where an undisturbed one does.

use std::process::Output;
use std::time::Duration;

use crate::incremental::january;
use crate::repository::Repository;
use crate::world::{World, assert_same};

const AS_OF: &str = "2026-02-01T00:00:00Z";

/// An ingest in which no file may grow beyond that many KiB, as under a quota.
fn within(world: &World, git: &Repository, lake: &str, kib: usize) -> Output {
    // `ulimit -f` counts in blocks of 512 bytes.
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", kib * 2);
    let mut command = world.command("sh");
    command.args(["-c", &script, "sh"]);
    command.arg(env!("CARGO_BIN_EXE_milepost"));
    command.args(["ingest", "git", git.place(), "--as-of", AS_OF, "--lake", &world.place(lake)]);
    command.output().expect("the shell")
}

#[test]
fn a_disk_without_room_is_said_in_a_line_and_loses_nothing() {
    let world = World::as_of(AS_OF);
    let mut git = january(&world);
    world.ingest(&git, "whole", &[]);
    let first = world.contents("whole");
    for kib in [0, 1, 3, 5] {
        let lake = format!("lake-{kib}");
        let output = within(&world, &git, &lake, kib);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{kib} KiB: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{kib} KiB: {said}");
        assert!(said.contains("full") && said.contains(&world.place(&lake)), "{kib} KiB: {said}");
        assert!(world.living(&lake).is_empty(), "{kib} KiB: nothing of it is seen");
        world.ingest(&git, &lake, &[]);
        assert_same(&world.contents(&lake), &first);
    }
    git.push("main", "more.txt", "2026-01-20 10:00");
    git.release("v1.2.0", "main", "2026-01-21 10:00");
    let output = within(&world, &git, "whole", 3);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert_same(&world.contents("whole"), &first);
    world.ingest(&git, "whole", &[]);
    world.ingest(&git, "undisturbed", &[]);
    assert_same(&world.contents("whole"), &world.contents("undisturbed"));
}

#[test]
fn a_lake_that_may_not_be_written_can_still_be_read() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    world.ingest(&git, "lake", &[]);
    let lake = world.place("lake");
    // The rights of a folder mean nothing to root, so that root runs it as another user.
    let program = world.place("milepost");
    std::fs::copy(env!("CARGO_BIN_EXE_milepost"), &program).expect("copied");
    let script = "chmod -R a-w \"$1\"; chmod a+rx \"$(dirname \"$1\")\"; shift
        if [ \"$(id -u)\" = 0 ]; then exec setpriv --reuid 65534 --clear-groups \"$@\"; else exec \"$@\"; fi";
    let run = |arguments: &[&str]| -> Output {
        let mut command = world.command("sh");
        command.args(["-c", script, "sh", &lake, &program]);
        command.args(arguments).args(["--lake", &lake, "--as-of", AS_OF]);
        command.output().expect("the shell")
    };
    let count = run(&["sql", "--format", "csv", "select count(*) as n from commits"]);
    assert!(count.status.success(), "{}", String::from_utf8_lossy(&count.stderr));
    let commits = git.git(&["rev-list", "--count", "HEAD", "--tags"]);
    assert_eq!(String::from_utf8_lossy(&count.stdout).lines().nth(1), Some(commits.trim()));
    let services = world.file("services.csv", "service_id\napi\n");
    let refused = run(&["ingest", "files", &services]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(said.contains("writable") && said.contains(&lake), "{said}");
}

#[test]
fn a_writer_that_may_wait_goes_on_after_the_other() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    world.ingest(&git, "lake", &[]);
    let lake = world.place("lake");
    let lock = std::fs::File::options().write(true).open(world.path("lake/.writer.lock"));
    let lock = lock.expect("the lock");
    lock.try_lock().expect("nobody else holds it");
    let services = world.file("services.csv", "service_id\napi\n");
    let run = world.milepost(&["ingest", "files", &services, "--lake", &lake, "--wait", "1"]);
    assert_eq!(run.code, Some(75), "{}", run.stderr);
    assert!(run.stderr.contains("--wait"), "{}", run.stderr);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(500));
            drop(lock);
        });
        world.milepost(&["ingest", "files", &services, "--lake", &lake, "--wait", "60"]).ok();
    });
}

#[test]
fn ingests_of_several_repositories_at_once_end_in_all_of_their_rows() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    let names = ["one", "two", "three", "four"];
    for name in names {
        world.ingest(&git, "in-turn", &["--repository", name]);
    }
    let (place, lake) = (git.place().to_owned(), world.place("at-once"));
    std::thread::scope(|scope| {
        for name in names {
            let (world, place, lake) = (&world, &place, &lake);
            scope.spawn(move || {
                let flags = ["--lake", lake, "--repository", name, "--wait", "60"];
                world.milepost(&[&["ingest", "git", place][..], &flags].concat()).ok()
            });
        }
    });
    assert_same(&world.contents("at-once"), &world.contents("in-turn"));
}

#[test]
fn a_lake_may_lie_anywhere() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    world.ingest(&git, "lake", &[]);
    std::fs::create_dir(world.path("real")).expect("a folder");
    std::os::unix::fs::symlink(world.path("real"), world.path("link")).expect("a link");
    let count = "select count(*) as n from commits";
    let whole = world.lines("lake", count);
    for place in ["my läke/", "a:b", "50%#?&", "link/./lake"] {
        // Relative to the working directory, as somebody types it.
        let said = world.milepost(&["ingest", "git", git.place(), "--lake", place]).ok();
        assert!(!said.stderr.contains("warning"), "{place}: {}", said.stderr);
        assert_eq!(world.lines(place, count), whole, "{place}");
        world.milepost(&["doctor", "--lake", place]).ok();
    }
    let plain = world.file("plain", "no folder");
    let run = world.milepost(&["ingest", "git", git.place(), "--lake", &plain]);
    assert_eq!((run.code, run.stderr.trim_end().lines().count()), (Some(1), 1), "{}", run.stderr);
    assert!(run.stderr.contains(&plain), "{}", run.stderr);
}
