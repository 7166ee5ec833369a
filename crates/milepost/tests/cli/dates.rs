//! Times that can't be right are stored as git has them and spoil nothing else.

use crate::incremental::january;
use crate::repository::{Draft, Repository};
use crate::world::World;

const AS_OF: &str = "2026-03-01T00:00:00Z";

/// A commit object written as it stands, on top of the branch.
fn literal(world: &World, git: &Repository, head: &str) -> String {
    let tree = git.git(&["rev-parse", "main^{tree}"]);
    let parent = git.git(&["rev-parse", "main"]);
    let file = world.file("commit", &format!("tree {tree}\nparent {parent}\n{head}"));
    let id = git.git(&["hash-object", "-t", "commit", "--literally", "-w", &file]);
    git.git(&["update-ref", "refs/heads/main", &id]);
    id
}

/// Names and times as `git log` prints them, by commit.
const GIT: [&str; 3] = ["log", "--format=%H|%an|%ae|%at|%cn|%ce|%ct", "main"];
const OURS: &str = "select concat_ws('|', sha, author_name, author_email, \
     coalesce(cast(cast(date_part('epoch', authored_at) as bigint) as varchar), ''), committer_name, \
     committer_email, coalesce(cast(cast(date_part('epoch', committed_at) as bigint) as varchar), '')) \
     as r from commits order by r";

fn sorted(said: &str) -> Vec<String> {
    let mut lines: Vec<String> = said.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn odd_times_and_people_are_those_that_git_reads() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("odd");
    git.push("main", "a.txt", "2026-01-05 09:00");
    git.place();
    let by = |who: &str, when: &str| format!("author {who} {when}\ncommitter {who} {when}\n\nx\n");
    for when in [
        "0 +0000",
        "1 +0000",
        "2147483648 +0000",
        "4070908800 +0000",
        "4294967296 +0000",
        "253402300799 +0000",
        "1768000000 +9999",
        "1768000000 -0000",
        "1768000000 +1345",
        "1768000000 +0000 more",
        "1768000000",
        "1768000000 zone",
        "soon +0000",
        "",
    ] {
        literal(&world, &git, &by("Ann <ann@acme.test>", when));
    }
    for head in [
        "committer Bo <bo@acme.test> 1768000000 +0000\n\nno author\n",
        "author Ann <ann@acme.test> 1768000000 +0000\n\nno committer\n",
        "\nnobody\n",
    ] {
        literal(&world, &git, head);
    }
    for who in [
        "Ann ann@acme.test",
        "Ann > <",
        "Ann <ann@acme.test> <bo@acme.test>",
        "<>",
        "<ann@acme.test>",
    ] {
        literal(&world, &git, &by(who, "1768000000 +0000"));
    }
    world.ingest(&git, "lake", &[]);
    let expected = sorted(&git.git(&GIT));
    assert_eq!(expected.len(), 23);
    assert_eq!(world.lines("lake", OURS), expected);
}

#[test]
fn times_that_git_shows_but_no_table_holds_are_null_and_those_before_1970_are_kept() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("odd");
    git.push("main", "a.txt", "2026-01-05 09:00");
    git.place();
    // Seconds as written in the object; 1901-01-01 is 25,202 days before 1970.
    for (when, expected) in [
        ("253402300800 +0000", "-"),
        ("9223372036854775807 +0000", "-"),
        ("9223372036854775808 +0000", "-"),
        ("99999999999999999999999999 +0000", "-"),
        ("-1 +0000", "1969-12-31T23:59:59Z"),
        ("-2177452800 +0000", "1901-01-01T00:00:00Z"),
    ] {
        let head = format!("author A <a@b> {when}\ncommitter A <a@b> {when}\n\n{when}\n");
        let id = literal(&world, &git, &head);
        world.ingest(&git, "lake", &[]);
        let times = format!("select authored_at, committed_at from commits where sha = '{id}'");
        assert_eq!(world.lines("lake", &times), [format!("{expected} | {expected}")], "{when}");
    }
}

#[test]
fn a_commit_of_2099_and_one_of_1970_hide_and_distort_no_other() {
    let world = World::as_of(AS_OF);
    let mut git = january(&world);
    let good = git.push("main", "good.txt", "2026-01-15 10:00");
    git.push("main", "late.txt", "2099-01-01 00:00");
    git.push("main", "early.txt", "1970-01-01 00:00");
    let last = git.push("main", "last.txt", "2026-01-16 10:00");
    git.release("v1.2.0", "main", "2026-01-17 10:00");
    world.ingest(&git, "lake", &[]);
    assert_eq!(
        world.lines("lake", "select count(*) as n from commits"),
        [git.git(&["rev-list", "--count", "main", "--tags"])]
    );
    let query = format!(
        "select subject, lead_time_seconds, array_to_string(d.quality_flags, ' ') as flags \
         from deployed_changes d join commits c on c.sha = d.sha where d.deployment_id = 'shop@v1.2.0' \
         order by case d.sha when '{good}' then 1 when '{last}' then 4 else 2 end, subject"
    );
    // Two days and one day; the clocks of the others say nothing.
    assert_eq!(
        world.lines("lake", &query),
        [
            "Change good.txt | 172800 | ",
            "Change early.txt | - | clock_suspect",
            "Change late.txt | - | negative_lead_time",
            "Change last.txt | 86400 | ",
        ]
    );
}

#[test]
fn work_that_was_written_after_it_was_released_has_no_lead_time() {
    let world = World::as_of(AS_OF);
    let mut git = january(&world);
    let late = Draft::new("Written later", "2026-01-15 10:00").authored("2026-01-20 10:00");
    git.commit("main", late.file("late.txt", "x\n"));
    git.release("v1.2.0", "main", "2026-01-16 10:00");
    world.ingest(&git, "lake", &[]);
    let query = "select lead_time_seconds, array_to_string(quality_flags, ' ') as flags \
                 from deployed_changes where deployment_id = 'shop@v1.2.0'";
    assert_eq!(world.lines("lake", query), ["- | negative_lead_time"]);
    let below = world.sql(
        "lake",
        "select * from deployed_changes where lead_time_seconds < 0 or merge_to_deploy_seconds < 0",
    );
    assert_eq!(below, serde_json::json!([]));
}
