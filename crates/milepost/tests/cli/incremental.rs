//! Reading again: only what is new, and the same rows as from reading once.

use crate::repository::{ANN, BO, BOT, Draft, Repository};
use crate::world::{World, assert_same, files_below};

const FIRST: &str = "2026-02-01T00:00:00Z";
const SECOND: &str = "2026-03-01T00:00:00Z";

fn again(world: &World, git: &Repository, lake: &str, flags: &[&str]) {
    let lake = world.place(lake);
    let mut arguments = vec!["ingest", "git", git.place(), "--lake", &lake, "--as-of", SECOND];
    arguments.extend_from_slice(flags);
    world.milepost(&arguments).ok();
}

/// Two months of work on a shop, the first of them.
pub(crate) fn january(world: &World) -> Repository {
    let mut git = world.repository("shop");
    git.commit(
        "main",
        Draft::new("Begin", "2026-01-05 09:00").file("api/main", "1\n").file("web", "1\n"),
    );
    git.release("v1.0.0", "main", "2026-01-05 12:00");
    git.branch("door", "main");
    git.push("door", "door.txt", "2026-01-06 10:00");
    // A branch that stays open over the month.
    git.branch("slow", "main");
    git.push("slow", "slow.txt", "2026-01-07 10:00");
    let merge = "Merge pull request #1 from ann/door\n\nAdd a door";
    git.merge("main", &["door"], Draft::new(merge, "2026-01-08 10:00").by(BO));
    let squash = Draft::new("Add a window (#2)", "2026-01-09 10:00").file("window.txt", "x\n");
    git.commit("main", squash);
    git.release("v1.1.0", "main", "2026-01-10 10:00");
    git.branch("release", "main");
    git
}

fn february(git: &mut Repository) {
    git.push("slow", "slow.txt", "2026-02-03 10:00");
    git.commit("slow", Draft::new("Bump x", "2026-02-03 11:00").by(BOT).file("lock", "2\n"));
    let merge = "Merge pull request #4 from bo/slow\n\nGo slowly";
    git.merge("main", &["slow"], Draft::new(merge, "2026-02-04 10:00").by(ANN));
    let revert = Draft::new("Revert \"Add a window (#2)\" (#5)\n\nReverts #2", "2026-02-05 10:00");
    let reverted = git.commit("main", revert.gone("window.txt"));
    git.push("import", "vendor.txt", "2020-01-01 10:00");
    git.merge("main", &["import"], Draft::new("Merge branch 'import'", "2026-02-06 10:00"));
    git.release("v1.2.0", "main", "2026-02-07 10:00");
    let pick =
        format!("Revert \"Add a window (#2)\" (#5)\n\n(cherry picked from commit {reverted})");
    let pick = Draft::new(pick, "2026-02-08 10:00").authored("2026-02-05 10:00");
    git.commit("release", pick.gone("window.txt"));
    git.release("v1.1.1", "release", "2026-02-08 11:00");
    git.commit(
        "main",
        Draft::new("PAY-12: never tagged", "2026-02-09 10:00")
            .by("Cy <cy@acme.test>")
            .file("web", "2\n"),
    );
}

#[test]
fn reading_again_with_nothing_new_writes_nothing() {
    let world = World::as_of(FIRST);
    let git = january(&world);
    world.ingest(&git, "lake", &[]);
    let before = files_below(&world.path("lake"));
    let run = world.ingest(&git, "lake", &[]);
    assert!(run.stderr.contains("nothing new"), "{}", run.stderr);
    assert!(files_below(&world.path("lake")) == before, "a file changed");
    // A later day alone changes nothing either, but when the source was last read.
    again(&world, &git, "lake", &[]);
    let mut after = files_below(&world.path("lake"));
    let seen = world.path("lake/.seen.json");
    assert_ne!(after.get(&seen), before.get(&seen));
    after.insert(seen.clone(), before[&seen].clone());
    assert!(after == before, "a file changed a month later");
}

#[test]
fn reading_in_two_steps_gives_the_rows_of_reading_once() {
    let world = World::as_of(FIRST);
    let mut git = january(&world);
    world.ingest(&git, "lake", &[]);
    february(&mut git);
    again(&world, &git, "lake", &[]);
    again(&world, &git, "once", &[]);
    let once = world.contents("once");
    assert!(once["commits"].len() == 13 && once["deployments"].len() == 4, "{once:?}");
    assert_same(&world.contents("lake"), &once);
}

#[test]
fn deployments_from_the_branch_grow_like_those_of_reading_once() {
    let world = World::as_of(FIRST);
    let mut git = january(&world);
    world.ingest(&git, "lake", &["--deployments-from-branch"]);
    february(&mut git);
    again(&world, &git, "lake", &["--deployments-from-branch"]);
    again(&world, &git, "once", &["--deployments-from-branch"]);
    assert_same(&world.contents("lake"), &world.contents("once"));
    let mut line: Vec<String> =
        git.git(&["rev-list", "--first-parent", "main"]).lines().map(str::to_owned).collect();
    line.sort();
    assert_eq!(world.lines("lake", "select sha from deployments order by sha"), line);
}

#[test]
fn a_branch_whose_line_was_rewritten_takes_its_deployments_back() {
    let world = World::as_of(FIRST);
    let mut git = world.repository("shop");
    let base = git.push("main", "base.txt", "2026-01-05 09:00");
    let amended = git.push("main", "door.txt", "2026-01-06 09:00");
    let flags = ["--deployments-from-branch"];
    world.ingest(&git, "lake", &flags);
    // What `git commit --amend` and a forced push do.
    git.branch("better", &base);
    let better = git.push("better", "door.txt", "2026-01-06 09:30");
    git.git(&["update-ref", "refs/heads/main", &better]);
    again(&world, &git, "lake", &flags);
    again(&world, &git, "once", &flags);
    let living = "select sha from deployments where deleted_at is null order by finished_at";
    assert_eq!(world.lines("once", living), [base.clone(), better.clone()]);
    assert_eq!(world.lines("lake", living), [base, better]);
    assert_eq!(
        world.lines(
            "lake",
            &format!("select count(*) as n from deployments where sha = '{amended}'")
        ),
        ["1"]
    );
}

#[test]
fn two_repositories_in_one_lake_do_not_mix() {
    let world = World::as_of(FIRST);
    let mut shop = january(&world);
    let mut yard = world.repository("yard");
    yard.push("main", "yard.txt", "2026-01-05 09:00");
    yard.release("v1.0.0", "main", "2026-01-05 10:00");
    yard.commit(
        "main",
        Draft::new("Add a fence (#1)", "2026-01-06 10:00").by(BO).file("fence", "x\n"),
    );
    yard.release("v1.1.0", "main", "2026-01-06 12:00");
    for git in [&shop, &yard] {
        world.ingest(git, "lake", &[]);
    }
    shop.push("main", "more.txt", "2026-01-20 10:00");
    shop.release("v1.2.0", "main", "2026-01-20 11:00");
    again(&world, &shop, "lake", &[]);
    let deployed =
        "select service_id, ref, kind from classified_deployments order by service_id, ref";
    assert_eq!(
        world.lines("lake", deployed),
        [
            "shop | v1.0.0 | baseline",
            "shop | v1.1.0 | change",
            "shop | v1.2.0 | change",
            "yard | v1.0.0 | baseline",
            "yard | v1.1.0 | change",
        ]
    );
    let pulls = "select pull_request_id from pull_requests where deleted_at is null order by pull_request_id";
    assert_eq!(world.lines("lake", pulls), ["shop#1", "shop#2", "yard#1"]);
    let of = "select change_id from deployed_changes where service_id = 'yard'";
    assert_eq!(world.lines("lake", of), ["yard#1"]);
}

#[test]
fn a_number_that_comes_again_later_does_not_replace_its_pull_request() {
    let world = World::as_of(FIRST);
    let mut git = january(&world);
    world.ingest(&git, "lake", &[]);
    let merge = git.git(&["log", "--format=%H", "--grep", "pull request #1", "main"]);
    let mention = Draft::new("Backport the door (#1)", "2026-02-03 10:00").file("door2.txt", "x\n");
    git.commit("main", mention);
    again(&world, &git, "lake", &[]);
    again(&world, &git, "once", &[]);
    let query = "select merge_sha, merge_method from pull_requests where number = 1";
    assert_eq!(world.lines("once", query), [format!("{merge} | merge")]);
    assert_eq!(world.lines("lake", query), [format!("{merge} | merge")]);
    assert_same(&world.contents("lake"), &world.contents("once"));
}

#[test]
fn a_revert_by_number_finds_a_merge_that_was_read_earlier() {
    let world = World::as_of(FIRST);
    let mut git = january(&world);
    git.branch("wall", "main");
    git.push("wall", "wall.txt", "2026-01-11 10:00");
    let merge = "Merged in wall (pull request #3)\n\nBuild a wall";
    let merge = git.merge("main", &["wall"], Draft::new(merge, "2026-01-12 10:00"));
    world.ingest(&git, "lake", &[]);
    let revert = Draft::new("Take the wall down\n\nReverts #3", "2026-02-03 10:00");
    let revert = git.commit("main", revert.gone("wall.txt"));
    again(&world, &git, "lake", &[]);
    again(&world, &git, "once", &[]);
    let query = format!("select reverts_sha from commits where sha = '{revert}'");
    assert_eq!(world.lines("once", &query), std::slice::from_ref(&merge));
    assert_eq!(world.lines("lake", &query), [merge]);
}

#[test]
fn a_changed_mailmap_renames_authors_and_people() {
    let world = World::as_of(FIRST);
    let mut git = january(&world);
    world.ingest(&git, "lake", &[]);
    let mailmap = "Ann Arbor <ann@new.test> <ann@acme.test>\n";
    git.commit(
        "main",
        Draft::new("Map names", "2026-02-03 10:00").by(BO).file(".mailmap", mailmap),
    );
    again(&world, &git, "lake", &[]);
    let bare = world.place("bare.git");
    world.git(&git.path, &["clone", "-q", "--bare", ".", &bare]);
    let said = world.git(&world.path("bare.git"), &["log", "--all", "--format=%H | %aN | %aE"]);
    let said = String::from_utf8(said).expect("UTF-8");
    // The branch that is still open is not read.
    let slow = git.id("slow");
    let mut expected: Vec<&str> = said.lines().filter(|line| !line.starts_with(&slow)).collect();
    expected.sort_unstable();
    assert!(expected.iter().any(|line| line.ends_with("Ann Arbor | ann@new.test")));
    let names = "select sha, author_name, author_email from commits order by sha";
    assert_eq!(world.lines("lake", names), expected);
    // The old address stays a person: another repository of the lake may know it.
    let people = "select person_id, name from people where deleted_at is null order by person_id";
    let expected = ["ann@acme.test | Ann", "ann@new.test | Ann Arbor", "bo@acme.test | Bo"];
    assert_eq!(world.lines("lake", people), expected);
    let identities =
        "select identifier from identities where deleted_at is null order by identifier";
    assert_eq!(world.lines("lake", identities), ["ann@acme.test", "ann@new.test", "bo@acme.test"]);
}

#[test]
fn the_deployment_of_a_deleted_tag_no_longer_counts_until_the_tag_comes_back() {
    let world = World::as_of(FIRST);
    let git = january(&world);
    world.ingest(&git, "lake", &[]);
    let all = "select deployment_id, deleted_at from deployments order by deployment_id";
    let counted = "select sample_size from metrics.deployment_frequency \
                   where subject_kind = 'service' and window_kind = 'all' and statistic = 'rate'";
    assert_eq!(world.lines("lake", all), ["shop@v1.0.0 | -", "shop@v1.1.0 | -"]);
    assert_eq!(world.lines("lake", counted), ["2"]);
    let tag = git.git(&["rev-parse", "v1.1.0"]);
    git.git(&["tag", "-d", "v1.1.0"]);
    again(&world, &git, "lake", &[]);
    assert_eq!(world.lines("lake", all), ["shop@v1.0.0 | -", "shop@v1.1.0 | 2026-03-01T00:00:00Z"]);
    assert_eq!(world.lines("lake", counted), ["1"]);
    let shipped = world.sql("lake", "select * from deployed_changes");
    assert_eq!(shipped, serde_json::json!([]), "only the baseline is left");
    git.git(&["update-ref", "refs/tags/v1.1.0", &tag]);
    let place = git.place().to_owned();
    let lake = world.place("lake");
    world
        .milepost(&["ingest", "git", &place, "--lake", &lake, "--as-of", "2026-03-02T00:00:00Z"])
        .ok();
    assert_eq!(world.lines("lake", all), ["shop@v1.0.0 | -", "shop@v1.1.0 | -"]);
    assert_eq!(world.lines("lake", counted), ["2"]);
}

#[test]
fn a_moved_tag_moves_its_deployment() {
    let world = World::as_of(FIRST);
    let mut git = january(&world);
    git.tag("v1.2.0", "main");
    world.ingest(&git, "lake", &[]);
    let moved = git.push("main", "more.txt", "2026-02-03 10:00");
    git.git(&["tag", "-f", "v1.2.0", &moved]);
    again(&world, &git, "lake", &[]);
    let sha = "select sha, finished_at from deployments where ref = 'v1.2.0'";
    assert_eq!(world.lines("lake", sha), [format!("{moved} | 2026-02-03T10:00:00Z")]);
}

#[test]
fn another_pattern_of_tags_replaces_the_deployments() {
    let world = World::as_of(FIRST);
    let mut git = january(&world);
    let first = git.git(&["rev-parse", "v1.0.0^{commit}"]);
    git.tag("live/eu", &first);
    let third = git.push("main", "more.txt", "2026-01-15 10:00");
    git.tag("live/us", &third);
    world.ingest(&git, "lake", &[]);
    let living = "select ref from deployments where deleted_at is null order by ref";
    assert_eq!(world.lines("lake", living), ["v1.0.0", "v1.1.0"]);
    let flags = ["--deployments-from-tags", "live/*"];
    again(&world, &git, "lake", &flags);
    assert_eq!(world.lines("lake", living), ["live/eu", "live/us"]);
    again(&world, &git, "once", &flags);
    assert_same(&world.living("lake"), &world.living("once"));
}

#[test]
fn a_service_that_nothing_names_any_more_is_gone() {
    let world = World::as_of(FIRST);
    let mut git = world.repository("shop");
    git.commit("main", Draft::new("Begin", "2026-01-05 09:00").file("api/main", "1\n"));
    // Without a tag there is the repository's own service; with one of `api` there is only that.
    world.ingest(&git, "lake", &[]);
    git.release("api-1.0.0", "main", "2026-02-02 10:00");
    again(&world, &git, "lake", &[]);
    let services = "select service_id from services where deleted_at is null order by service_id";
    assert_eq!(world.lines("lake", services), ["shop/api"]);
    again(&world, &git, "once", &[]);
    assert_same(&world.living("lake"), &world.living("once"));
}
