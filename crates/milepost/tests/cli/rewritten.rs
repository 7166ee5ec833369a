//! Reading again where the repository is not simply further on: history rewritten and swept,
//! completed, gone back, or of another repository altogether.

use crate::incremental::january;
use crate::repository::Draft;
use crate::world::World;

const AS_OF: &str = "2026-02-01T00:00:00Z";

fn count(world: &World, query: &str) -> String {
    let lines = world.lines("lake", &format!("select count(*) as n {query}"));
    lines.first().cloned().unwrap_or_default()
}

#[test]
fn an_amended_history_whose_old_commits_were_swept_is_not_doubled() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.push("main", "a.txt", "2026-01-05 09:00");
    let base = git.push("main", "b.txt", "2026-01-06 09:00");
    git.push("main", "c.txt", "2026-01-07 09:00");
    world.ingest(&git, "lake", &[]);
    git.branch("better", &base);
    let better = git.push("better", "c.txt", "2026-01-07 10:00");
    git.git(&["update-ref", "refs/heads/main", &better]);
    git.git(&["reflog", "expire", "--expire=now", "--all"]);
    git.git(&["gc", "-q", "--prune=now"]);
    world.ingest(&git, "lake", &[]);
    // Three commits and the amended one.
    assert_eq!(count(&world, "from commits"), "4");
    assert_eq!(count(&world, "from (select distinct repository_id, sha from commits)"), "4");
    assert_eq!(count(&world, "from commit_files"), "4");
}

#[test]
fn a_shallow_clone_that_was_completed_is_read_whole() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    let (from, clone) = (format!("file://{}", git.place()), world.place("clone"));
    world.git(&git.path, &["clone", "-q", "--depth", "1", "--branch", "main", &from, &clone]);
    let read = ["ingest", "git", &clone, "--lake", &world.place("lake"), "--repository", "shop"];
    world.milepost(&read).ok();
    assert_eq!(count(&world, "from commits"), "1");
    let at = world.path("clone");
    world.git(&at, &["fetch", "-q", "--unshallow", "--tags"]);
    world.milepost(&read).ok();
    let said = world.git(&at, &["rev-list", "--count", "HEAD", "--tags"]);
    let said = String::from_utf8(said).expect("a number");
    assert_eq!(count(&world, "from commits"), said.trim());
    let rootless = "from commits where cardinality(parent_shas) = 0";
    assert_eq!(count(&world, rootless), "1", "the boundary has its parents now");
}

#[test]
fn reading_an_older_checkout_in_between_loses_no_pull_request() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    world.ingest(&git, "lake", &[]);
    let living = "from pull_requests where deleted_at is null";
    assert_eq!(count(&world, living), "2");
    let newest = git.id("main");
    let first = git.git(&["rev-list", "--max-parents=0", "main"]);
    git.git(&["update-ref", "refs/heads/main", first.trim()]);
    world.ingest(&git, "lake", &[]);
    git.git(&["update-ref", "refs/heads/main", &newest]);
    world.ingest(&git, "lake", &[]);
    assert_eq!(count(&world, living), "2");
}

#[test]
fn another_repository_under_the_same_name_is_refused_and_changes_nothing() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    world.ingest(&git, "lake", &[]);
    let mut other = world.repository("elsewhere");
    other.commit("main", Draft::new("Begin", "2026-01-02 09:00").file("x", "1\n"));
    let lake = world.place("lake");
    let named = ["ingest", "git", other.place(), "--lake", &lake, "--repository"];
    let run = world.milepost(&[&named[..], &["shop"]].concat());
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("--repository"), "{}", run.stderr);
    assert_eq!(count(&world, "from deployments where deleted_at is null"), "2");
    world.milepost(&[&named[..], &["another"]].concat()).ok();
}

#[test]
fn a_repository_below_the_name_of_another_keeps_its_service() {
    let world = World::as_of(AS_OF);
    let git = january(&world);
    world.ingest(&git, "lake", &["--repository", "acme/api"]);
    let mut above = world.repository("above");
    above.commit("main", Draft::new("Begin", "2026-01-02 09:00").file("x", "1\n"));
    world.ingest(&above, "lake", &["--repository", "acme"]);
    let services = "select service_id from services where deleted_at is null order by service_id";
    assert_eq!(world.lines("lake", services), ["acme", "acme/api"]);
}
