//! Pull requests that merge and squash commits tell of.

use crate::repository::{BO, Draft, Repository};
use crate::world::World;

const AS_OF: &str = "2026-03-01T00:00:00Z";

/// A repository in which the branch `work` of two commits is merged with this message; gives the
/// merge and the branch's commits, sorted.
fn merged(world: &World, message: &str) -> (Repository, String, Vec<String>) {
    let mut git = world.repository("shop");
    git.push("main", "base.txt", "2026-01-05 09:00");
    git.branch("work", "main");
    let first = Draft::new("Start", "2026-01-06 12:00").authored("2026-01-06 10:00");
    git.commit("work", first.file("one.txt", "1\n"));
    git.push("work", "two.txt", "2026-01-07 10:00");
    git.push("main", "other.txt", "2026-01-07 11:00");
    let merge = git.merge("main", &["work"], Draft::new(message, "2026-01-08 10:00").by(BO));
    // The commits that git says the merge brought in.
    let said = git.git(&[
        "rev-list",
        "--no-merges",
        &format!("{merge}^2"),
        "--not",
        &format!("{merge}^1"),
    ]);
    let mut own: Vec<String> = said.lines().map(str::to_owned).collect();
    own.sort();
    assert_eq!(own.len(), 2);
    (git, merge, own)
}

const COLUMNS: &str = "select pull_request_id, number, title, head_ref, base_ref, state, merge_method, \
     merge_sha, array_to_string(head_shas, ',') as heads, commits_count, first_commit_at, merged_at, basis \
     from pull_requests order by number";

fn expect_merge(message: &str, number: i64, title: &str, head_ref: &str) {
    let world = World::as_of(AS_OF);
    let (git, merge, own) = merged(&world, message);
    world.ingest(&git, "lake", &["--repository", "acme/shop"]);
    let expected = format!(
        "acme/shop#{number} | {number} | {title} | {head_ref} | main | merged | merge | {merge} | {} | 2 \
         | 2026-01-06T10:00:00Z | 2026-01-08T10:00:00Z | inferred",
        own.join(",")
    );
    assert_eq!(world.lines("lake", COLUMNS), [expected]);
}

#[test]
fn a_merge_of_github_is_a_pull_request() {
    let message = "Merge pull request #12 from ann/feature/door\n\nAdd a door\n\nIt opens.";
    expect_merge(message, 12, "Add a door", "feature/door");
}

#[test]
fn a_merge_of_gitlab_names_its_request_in_the_body() {
    let message = "Merge branch 'door' into 'main'\n\nAdd a door\n\nCloses #3\n\nSee merge request acme/home/shop!77";
    expect_merge(message, 77, "Add a door", "door");
}

#[test]
fn a_merge_of_bitbucket_is_a_pull_request() {
    expect_merge(
        "Merged in feature/door (pull request #5)\n\nAdd a door",
        5,
        "Add a door",
        "feature/door",
    );
}

#[test]
fn a_plain_merge_is_no_pull_request() {
    let world = World::as_of(AS_OF);
    let (git, ..) = merged(&world, "Merge branch 'work'");
    world.ingest(&git, "lake", &[]);
    assert!(world.lines("lake", COLUMNS).is_empty());
}

#[test]
fn a_merge_of_the_base_into_the_branch_is_no_work_of_the_pull_request() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.push("main", "base.txt", "2026-01-05 09:00");
    git.branch("work", "main");
    let first = git.push("work", "one.txt", "2026-01-06 10:00");
    git.push("main", "other.txt", "2026-01-06 11:00");
    git.merge("work", &["main"], Draft::new("Merge branch 'main' into work", "2026-01-06 12:00"));
    let last = git.push("work", "two.txt", "2026-01-07 10:00");
    git.merge(
        "main",
        &["work"],
        Draft::new("Merge pull request #8 from ann/work", "2026-01-08 10:00"),
    );
    world.ingest(&git, "lake", &[]);
    let mut own = [first, last];
    own.sort();
    let heads = "select array_to_string(head_shas, ',') as h, commits_count from pull_requests";
    assert_eq!(world.lines("lake", heads), [format!("{} | 2", own.join(","))]);
}

#[test]
fn a_squash_with_a_number_is_a_pull_request_whose_branch_is_gone() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.push("main", "base.txt", "2026-01-05 09:00");
    let squash = Draft::new("Add a window (#21)\n\n* first\n* second", "2026-01-06 12:00");
    let squash =
        git.commit("main", squash.authored("2026-01-06 10:00").by(BO).file("window", "x\n"));
    git.commit("main", Draft::new("See (#9) for more", "2026-01-06 13:00").file("x", "x\n"));
    world.ingest(&git, "lake", &["--repository", "acme/shop"]);
    let expected = format!(
        "acme/shop#21 | 21 | Add a window | - | main | merged | squash | {squash} | - | - | - \
         | 2026-01-06T12:00:00Z | inferred"
    );
    assert_eq!(world.lines("lake", COLUMNS), [expected]);
}

#[test]
fn a_number_in_a_commit_of_a_branch_is_no_squash() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.push("main", "base.txt", "2026-01-05 09:00");
    git.branch("work", "main");
    git.commit("work", Draft::new("Pick the fix (#3)", "2026-01-06 10:00").file("x", "x\n"));
    git.merge(
        "main",
        &["work"],
        Draft::new("Merge pull request #8 from ann/work", "2026-01-08 10:00"),
    );
    world.ingest(&git, "lake", &[]);
    assert_eq!(world.lines("lake", "select number from pull_requests"), ["8"]);
}

#[test]
fn a_roll_up_gives_every_pull_request_in_it_its_own_commits() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    let base = git.push("main", "base.txt", "2026-01-05 09:00");
    for branch in ["one", "two"] {
        git.branch(branch, "main");
    }
    let one = git.push("one", "one.txt", "2026-01-06 10:00");
    let two = git.push("two", "two.txt", "2026-01-06 11:00");
    git.branch("rollup", "main");
    let first = "Rollup merge of #31 - ann:one, r=bo\n\nThe first";
    let first = git.merge("rollup", &["one"], Draft::new(first, "2026-01-07 10:00").by(BO));
    let second = "Rollup merge of #32 - ann:two, r=bo\n\nThe second";
    let second = git.merge("rollup", &["two"], Draft::new(second, "2026-01-07 10:01").by(BO));
    let auto = "Auto merge of #33 - bo:rollup, r=bo\n\nRollup of 2 pull requests";
    let auto = Draft::new(auto, "2026-01-07 12:00").by("bors <bors@acme.test>");
    let auto = git.merge("main", &["rollup"], auto);
    git.release("v1.0.0", &base, "2026-01-07 09:00");
    git.release("v1.1.0", "main", "2026-01-08 10:00");
    world.ingest(&git, "lake", &["--repository", "acme/shop"]);
    let pulls = "select number, title, head_ref, merge_sha from pull_requests order by number";
    assert_eq!(
        world.lines("lake", pulls),
        [
            format!("31 | The first | one | {first}"),
            format!("32 | The second | two | {second}"),
            format!("33 | Rollup of 2 pull requests | rollup | {auto}"),
        ]
    );
    let heads = "select array_to_string(head_shas, ',') as h from pull_requests where number < 33 order by number";
    assert_eq!(world.lines("lake", heads), [one, two]);
    // The roll-up has no work of its own: its two parts are the changes.
    // 2026-01-06 10:00 to 2026-01-08 10:00 is 48 h = 172,800 s; from 11:00 it is 169,200 s.
    let changes =
        "select change_id, change_unit, lead_time_seconds from deployed_changes order by change_id";
    assert_eq!(
        world.lines("lake", changes),
        ["acme/shop#31 | pull_request | 172800", "acme/shop#32 | pull_request | 169200"]
    );
}

#[test]
fn a_pull_request_names_its_work_items() {
    let world = World::as_of(AS_OF);
    let message = "Merge pull request #12 from ann/PAY-7-door\n\nOPS-3: add a door, UTF-8 included";
    let (git, merge, _) = merged(&world, message);
    world.ingest(&git, "lake", &[]);
    let keys = "select array_to_string(work_item_keys, ' ') as k from pull_requests";
    assert_eq!(world.lines("lake", keys), ["OPS-3 PAY-7"]);
    let of_commit = format!(
        "select array_to_string(work_item_keys, ' ') as k from commits where sha = '{merge}'"
    );
    assert_eq!(world.lines("lake", &of_commit), ["OPS-3 PAY-7"]);
}

#[test]
fn a_recorded_pull_request_replaces_the_inferred_one() {
    let world = World::as_of(AS_OF);
    let (git, merge, _) = merged(&world, "Merge pull request #12 from ann/work\n\nAdd a door");
    git.git(&["tag", "v1.0.0", "main~1"]);
    git.git(&["tag", "v1.1.0", "main"]);
    world.ingest(&git, "lake", &["--repository", "acme/shop"]);
    let file = world.file(
        "pull_requests.csv",
        &format!(
            "pull_request_id,repository_id,number,title,state,created_at,first_commit_at,merged_at,merge_sha\n\
             acme/shop#12,acme/shop,12,A door,merged,2026-01-07T12:00:00Z,2026-01-05T10:00:00Z,2026-01-08T10:00:00Z,{merge}\n"
        ),
    );
    world.milepost(&["ingest", "files", &file, "--lake", &world.place("lake")]).ok();
    let title = "select title, basis, head_ref from pull_requests";
    // A column that the file does not have keeps its value.
    assert_eq!(world.lines("lake", title), ["A door | recorded | work"]);
    // Reading the repository again does not bring the inferred one back.
    git.git(&["tag", "v1.2.0", "main"]);
    world.ingest(&git, "lake", &["--repository", "acme/shop"]);
    assert_eq!(world.lines("lake", title), ["A door | recorded | work"]);
}
