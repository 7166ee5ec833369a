//! The same repository gives the same rows from wherever it is read.

use crate::git_facts::{FILES, NUMSTAT, numstat, odd_repository};
use crate::world::{World, assert_same};

const AS_OF: &str = "2026-03-01T00:00:00Z";

#[test]
fn a_bare_clone_a_linked_worktree_and_a_subfolder_give_the_same_rows() {
    let world = World::as_of(AS_OF);
    let git = odd_repository(&world);
    world.ingest(&git, "lake", &["--repository", "odd"]);
    let expected = world.contents("lake");
    git.git(&["checkout", "-q", "-f", "main"]);
    let bare = world.place("bare.git");
    world.git(&git.path, &["clone", "-q", "--bare", ".", &bare]);
    let linked = world.place("linked");
    git.git(&["worktree", "add", "-q", "-f", &linked, "main"]);
    let places = [bare, linked, world.place("odd/side")];
    for (at, place) in places.iter().enumerate() {
        let lake = world.place(&format!("lake{at}"));
        world.milepost(&["ingest", "git", place, "--lake", &lake, "--repository", "odd"]).ok();
        assert_same(&world.contents(&format!("lake{at}")), &expected);
    }
}

#[test]
fn the_working_tree_and_its_mailmap_do_not_matter() {
    let world = World::as_of(AS_OF);
    let git = odd_repository(&world);
    world.ingest(&git, "lake", &["--repository", "odd"]);
    git.git(&["checkout", "-q", "-f", "main"]);
    world.file("odd/.mailmap", "Somebody Else <else@acme.test> <ann@acme.test>\n");
    world.file("odd/uncommitted.txt", "x\n");
    world.ingest(&git, "again", &["--repository", "odd"]);
    assert_same(&world.contents("again"), &world.contents("lake"));
}

#[test]
fn a_shallow_clone_is_read_as_git_shows_it() {
    let world = World::as_of(AS_OF);
    let git = odd_repository(&world);
    let (from, to) = (format!("file://{}", git.place()), world.place("shallow"));
    world
        .git(&world.path("home"), &["clone", "-q", "--depth", "4", "--branch", "main", &from, &to]);
    world.milepost(&["ingest", "git", &to, "--lake", &world.place("lake")]).ok();
    let said = world.git(&world.path("shallow"), &["log", "--format=%H %P", "HEAD", "--tags"]);
    let said = String::from_utf8(said).expect("ids");
    let mut expected: Vec<&str> = said.lines().map(str::trim_end).collect();
    expected.sort_unstable();
    let parents = "select rtrim(concat(sha, ' ', array_to_string(parent_shas, ' '))) as r from commits order by r";
    assert_eq!(world.lines("lake", parents), expected);
    assert_eq!(world.lines("lake", FILES), numstat(&world.git(&world.path("shallow"), &NUMSTAT)));
}

#[test]
fn a_packed_repository_gives_the_same_rows_as_a_loose_one() {
    let world = World::as_of(AS_OF);
    let git = odd_repository(&world);
    world.ingest(&git, "lake", &["--repository", "odd"]);
    git.git(&["-c", "pack.writeBitmaps=true", "repack", "-q", "-a", "-d", "--depth=50"]);
    git.git(&["pack-refs", "--all"]);
    git.git(&["commit-graph", "write", "--reachable"]);
    world.ingest(&git, "packed", &["--repository", "odd"]);
    assert_same(&world.contents("packed"), &world.contents("lake"));
}
