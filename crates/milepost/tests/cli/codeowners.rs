//! Owners from CODEOWNERS, dated by the commits that change it.

use crate::repository::{Draft, Repository};
use crate::world::{Run, World, assert_same};

const OWNERS: &str = "select service_id, team_id, to_char(valid_from, '%Y-%m-%d') as f, \
                      to_char(valid_to, '%Y-%m-%d') as t from service_owners \
                      where deleted_at is null order by 1, 3, 2";

/// `shop` is built from all of it, `api` from a folder. The file comes on the 5th, changes on the
/// 10th and is in another place from the 15th on.
fn repository(world: &World) -> Repository {
    let mut git = world.repository("shop");
    let begin = Draft::new("Begin", "2026-01-01 09:00").file("main.rs", "").file("api/a.rs", "");
    git.commit("main", begin);
    let first = Draft::new("Own", "2026-01-05 09:00");
    git.commit("main", first.file("CODEOWNERS", "* @acme/door\n/api/ @acme/wall\n"));
    let second = Draft::new("Own otherwise", "2026-01-10 09:00");
    git.commit("main", second.file("CODEOWNERS", "* @acme/door\n/api/ @acme/roof\n"));
    let third = Draft::new("Own at GitHub", "2026-01-15 09:00");
    git.commit("main", third.file(".github/CODEOWNERS", "* @acme/door\n/api/\n!x @acme/wall\n"));
    git
}

fn world() -> World {
    let world = World::as_of("2026-03-01T00:00:00Z");
    let rows =
        "service_id,repository_id,include_globs\nshop,shop,\napi,shop,\"[\"\"api/**\"\"]\"\n";
    let file = world.file("service_repositories.csv", rows);
    world.milepost(&["ingest", "files", &file, "--lake", &world.place("lake")]).ok();
    world
}

fn read(world: &World, git: &Repository, flags: &[&str]) -> Run {
    let lake = world.place("lake");
    let all = [&["ingest", "codeowners", git.place(), "--lake", &lake], flags].concat();
    world.milepost(&all)
}

#[test]
fn every_change_of_the_file_dates_the_owners_of_the_services() {
    let world = world();
    let git = repository(&world);
    let run = read(&world, &git, &[]).ok();
    // `!` is no pattern.
    assert!(run.stderr.contains("line 3 of CODEOWNERS of shop is passed over"), "{}", run.stderr);
    let expected = [
        "api | acme/wall | 1970-01-01 | 2026-01-10",
        "api | acme/roof | 2026-01-10 | 2026-01-15",
        "shop | acme/door | 1970-01-01 | -",
    ];
    assert_eq!(world.lines("lake", OWNERS), expected);
    let before = world.contents("lake");
    let again = read(&world, &git, &[]).ok();
    assert!(again.stderr.contains("codeowners:shop: nothing new"), "{}", again.stderr);
    assert_same(&world.contents("lake"), &before);
}

#[test]
fn the_file_is_read_as_of_a_day_and_a_later_read_goes_on_from_there() {
    let world = world();
    let git = repository(&world);
    let early = read(&world, &git, &["--on", "2026-01-04"]);
    assert_eq!(early.code, Some(2), "{}", early.stderr);
    assert!(early.stderr.contains("has no CODEOWNERS in .github, its root or docs"));
    read(&world, &git, &["--on", "2026-01-10"]).ok();
    assert_eq!(
        world.lines("lake", OWNERS),
        [
            "api | acme/wall | 1970-01-01 | 2026-01-10",
            "api | acme/roof | 2026-01-10 | -",
            "shop | acme/door | 1970-01-01 | -"
        ]
    );
    read(&world, &git, &[]).ok();
    let roof =
        "select to_char(valid_to, '%m-%d') as t from service_owners where team_id = 'acme/roof'";
    assert_eq!(world.lines("lake", roof), ["01-15"]);
}

#[test]
fn teams_that_are_known_by_their_name_alone_are_meant_and_owners_under_other_names_go() {
    let world = world();
    let git = repository(&world);
    read(&world, &git, &[]).ok();
    let teams = world.file("teams.csv", "team_id,name\ndoor,Door\n");
    world.milepost(&["ingest", "files", &teams, "--lake", &world.place("lake")]).ok();
    read(&world, &git, &["--as-of", "2026-03-02T00:00:00Z"]).ok();
    let shop =
        "select team_id from service_owners where service_id = 'shop' and deleted_at is null";
    assert_eq!(world.lines("lake", shop), ["door"]);
}

#[test]
fn a_repository_of_which_nothing_is_known_is_its_own_service() {
    let world = World::as_of("2026-03-01T00:00:00Z");
    let git = repository(&world);
    read(&world, &git, &["--repository", "github.com/acme/shop"]).ok();
    assert_eq!(world.lines("lake", OWNERS)[0], "github.com/acme/shop | acme/door | 1970-01-01 | -");
}
