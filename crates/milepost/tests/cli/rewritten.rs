//! Reading again where the repository is not simply further on: history rewritten and swept,
//! completed, gone back, or of another repository altogether.

use crate::incremental::january;
use crate::repository::{Draft, Repository};
use crate::world::{Run, World};

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

/// Subjects of the commits that something still reaches, oldest first, and how many files they have.
const LIVING: &str = "select subject from commits where deleted_at is null order by committed_at";
const MARKED: &str =
    "select subject, deleted_at from commits where deleted_at is not null order by subject";
const MARKED_FILES: &str =
    "select path, deleted_at from commit_files where deleted_at is not null order by path";

/// Three commits, of which a lake has read all on the first day.
fn three(world: &World) -> Repository {
    let mut git = world.repository("shop");
    for (at, name) in ["a", "b", "c"].iter().enumerate() {
        git.push("main", name, &format!("2026-01-0{} 09:00", at + 5));
    }
    world.ingest(&git, "lake", &[]);
    git
}

fn on(world: &World, git: &Repository, day: u32) -> Run {
    let (lake, as_of) = (world.place("lake"), format!("2026-02-{day:02}T00:00:00Z"));
    world.milepost(&["ingest", "git", git.place(), "--lake", &lake, "--as-of", &as_of]).ok()
}

fn main_at(git: &Repository, id: &str) {
    git.git(&["update-ref", "refs/heads/main", id]);
}

#[test]
fn a_commit_that_was_amended_is_marked_until_it_comes_back() {
    let world = World::as_of(AS_OF);
    let mut git = three(&world);
    let first = git.id("main");
    git.branch("better", &git.git(&["rev-parse", "main~1"]));
    let better = git.push("better", "better", "2026-01-07 10:00");
    main_at(&git, &better);
    let run = on(&world, &git, 2);
    assert!(run.stderr.contains("1 commit that was read earlier"), "{}", run.stderr);
    assert_eq!(world.lines("lake", LIVING), ["Change a", "Change b", "Change better"]);
    assert_eq!(world.lines("lake", MARKED), ["Change c | 2026-02-02T00:00:00Z"]);
    assert_eq!(world.lines("lake", MARKED_FILES), ["c | 2026-02-02T00:00:00Z"]);
    main_at(&git, &first);
    on(&world, &git, 3);
    assert_eq!(world.lines("lake", LIVING), ["Change a", "Change b", "Change c"]);
    assert_eq!(world.lines("lake", MARKED), ["Change better | 2026-02-03T00:00:00Z"]);
    assert_eq!(world.lines("lake", MARKED_FILES), ["better | 2026-02-03T00:00:00Z"]);
    // What is marked stays so, and is marked once.
    let more = git.git(&["commit-tree", "-p", &first, "-m", "More", "main^{tree}"]);
    main_at(&git, &more);
    let run = on(&world, &git, 4);
    assert!(!run.stderr.contains("read earlier"), "{}", run.stderr);
    assert_eq!(world.lines("lake", MARKED), ["Change better | 2026-02-03T00:00:00Z"]);
    assert_eq!(count(&world, "from commits"), "5");
    assert_eq!(count(&world, "from (select distinct sha from commits)"), "5");
    assert_eq!(count(&world, "from commit_files"), "4");
}

#[test]
fn a_branch_that_was_set_back_marks_what_it_left_and_goes_on_from_there() {
    let world = World::as_of(AS_OF);
    let mut git = three(&world);
    let (first, tip) = (git.git(&["rev-parse", "main~2"]), git.id("main"));
    main_at(&git, &first);
    let run = on(&world, &git, 2);
    assert!(run.stderr.contains("2 commits that were read earlier"), "{}", run.stderr);
    assert_eq!(world.lines("lake", LIVING), ["Change a"]);
    git.branch("again", &first);
    let again = git.push("again", "d", "2026-01-09 09:00");
    main_at(&git, &again);
    on(&world, &git, 3);
    assert_eq!(world.lines("lake", LIVING), ["Change a", "Change d"]);
    // A merge brings the others back.
    git.merge("again", &[&tip], Draft::new("Merge", "2026-01-10 09:00"));
    main_at(&git, &git.id("again"));
    on(&world, &git, 4);
    assert_eq!(count(&world, "from commits where deleted_at is null"), "5");
    assert_eq!(count(&world, "from commits"), "5");
    assert_eq!(count(&world, "from commit_files where deleted_at is null"), "4");
}

#[test]
fn commits_of_a_deleted_tag_are_marked_and_those_of_a_tag_that_stays_are_not() {
    let world = World::as_of(AS_OF);
    let mut git = january(&world);
    git.branch("side", "release");
    let kept = git.push("side", "kept", "2026-01-11 09:00");
    git.release("v1.1.1", &kept, "2026-01-11 10:00");
    let gone = git.push("side", "gone", "2026-01-12 09:00");
    git.release("v1.1.2", &gone, "2026-01-12 10:00");
    world.ingest(&git, "lake", &[]);
    git.git(&["tag", "-d", "v1.1.2"]);
    main_at(&git, &git.git(&["rev-parse", "main~1"]));
    on(&world, &git, 2);
    // The window was on main only, but v1.1.0 still holds it.
    assert_eq!(world.lines("lake", MARKED), ["Change gone | 2026-02-02T00:00:00Z"]);
    let deployed = "select deployment_id from deployments where deleted_at is null order by 1";
    assert_eq!(world.lines("lake", deployed), ["shop@v1.0.0", "shop@v1.1.0", "shop@v1.1.1"]);
    let shipped = "select count(*) as n from deployed_changes d join commits c on c.sha = d.sha where c.deleted_at is not null";
    assert_eq!(world.lines("lake", shipped), ["0"]);
}

#[test]
fn what_was_rewritten_and_swept_is_marked_too_and_comes_back_once() {
    let world = World::as_of(AS_OF);
    let mut git = three(&world);
    let (first, base) = (git.id("main"), git.git(&["rev-parse", "main~1"]));
    let copy = world.place("copy.git");
    world.git(&git.path, &["clone", "-q", "--bare", ".", &copy]);
    git.branch("better", &base);
    let better = git.push("better", "better", "2026-01-07 10:00");
    main_at(&git, &better);
    git.git(&["reflog", "expire", "--expire=now", "--all"]);
    git.git(&["gc", "-q", "--prune=now"]);
    let run = on(&world, &git, 2);
    assert!(run.stderr.contains("1 commit that was read earlier"), "{}", run.stderr);
    assert_eq!(world.lines("lake", MARKED), ["Change c | 2026-02-02T00:00:00Z"]);
    assert_eq!(world.lines("lake", MARKED_FILES), ["c | 2026-02-02T00:00:00Z"]);
    git.git(&["fetch", "-q", "-u", &copy, &format!("+{first}:refs/heads/main")]);
    on(&world, &git, 3);
    assert_eq!(world.lines("lake", LIVING), ["Change a", "Change b", "Change c"]);
    assert_eq!(count(&world, "from commits"), "4");
    assert_eq!(count(&world, "from commit_files"), "4");
}

#[test]
fn a_shallow_clone_of_what_was_read_whole_marks_nothing() {
    let world = World::as_of(AS_OF);
    let git = three(&world);
    let (from, clone) = (format!("file://{}", git.place()), world.place("clone"));
    world.git(&git.path, &["clone", "-q", "--depth", "1", "--branch", "main", &from, &clone]);
    let lake = world.place("lake");
    world.milepost(&["ingest", "git", &clone, "--lake", &lake, "--repository", "shop"]).ok();
    assert_eq!(count(&world, "from commits where deleted_at is not null"), "0");
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
