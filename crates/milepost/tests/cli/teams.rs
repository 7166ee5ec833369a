//! Metrics by team: what happened counts for those who owned the service then.

use serde_json::Value;

use crate::shop::shop_lake;
use crate::world::World;

/// The shop, with owners as `team,valid_from,valid_to`; `door` and `wall` are parts of `home`.
fn owned(owners: &[(&str, &str, &str)]) -> World {
    let world = shop_lake();
    let mut rows = "service_id,team_id,valid_from,valid_to\n".to_owned();
    for (team, from, to) in owners {
        rows += &format!("shop,{team},{from},{to}\n");
    }
    let owners = world.file("in/service_owners.csv", &rows);
    let teams = world.file("in/teams.csv", "team_id,parent_team_id\ndoor,home\nwall,home\nhome,\n");
    world.milepost(&["ingest", "files", &owners, &teams, "--lake", &world.place("lake")]).ok();
    world
}

/// `team month: changes with a lead time`, without the months that have none.
fn changes(world: &World) -> Vec<String> {
    let lake = world.place("lake");
    let arguments = [
        "metric",
        "change_lead_time",
        "--by",
        "team",
        "--from",
        "2026-01-01",
        "--to",
        "2026-03-01",
        "--format",
        "json",
        "--lake",
        &lake,
    ];
    let rows = world.milepost(&arguments).json();
    let text = |row: &Value, name: &str| row[name].as_str().expect("text").to_owned();
    let mut found: Vec<String> = rows
        .as_array()
        .expect("rows")
        .iter()
        .filter(|row| row["sample_size"] != 0)
        .map(|row| {
            let month = text(row, "window_start")[..7].to_owned();
            format!("{} {month}: {}", text(row, "subject_id"), row["sample_size"])
        })
        .collect();
    found.sort();
    found
}

// Lead times of the shop: three in January, of v1.1.0 on the 14th, and one in February, on the
// second.
const JANUARY: &str = "2026-01-01T00:00:00Z";
const FEBRUARY: &str = "2026-02-01T00:00:00Z";

#[test]
fn a_team_counts_what_it_owned_when_it_happened() {
    let world = owned(&[("door", JANUARY, FEBRUARY), ("wall", FEBRUARY, "")]);
    let expected = ["door 2026-01: 3", "home 2026-01: 3", "home 2026-02: 1", "wall 2026-02: 1"];
    assert_eq!(changes(&world), expected);
}

#[test]
fn a_parent_of_two_owners_counts_every_change_once() {
    let world = owned(&[("door", JANUARY, ""), ("wall", FEBRUARY, "")]);
    let expected = [
        "door 2026-01: 3",
        "door 2026-02: 1",
        "home 2026-01: 3",
        "home 2026-02: 1",
        "wall 2026-02: 1",
    ];
    assert_eq!(changes(&world), expected);
}

#[test]
fn what_nobody_owned_when_it_happened_is_unowned() {
    let world = owned(&[("wall", FEBRUARY, "")]);
    let expected = ["home 2026-02: 1", "unowned 2026-01: 3", "wall 2026-02: 1"];
    assert_eq!(changes(&world), expected);
}

#[test]
fn without_owners_all_is_unowned() {
    let world = shop_lake();
    assert_eq!(changes(&world), ["unowned 2026-01: 3", "unowned 2026-02: 1"]);
}

/// The shop with owners as `team,valid_from,valid_to,source`.
fn owned_by_sources(owners: &[(&str, &str, &str, &str)]) -> World {
    let world = shop_lake();
    let mut rows = "service_id,team_id,valid_from,valid_to,source\n".to_owned();
    for (team, from, to, source) in owners {
        rows += &format!("shop,{team},{from},{to},{source}\n");
    }
    let owners = world.file("in/service_owners.csv", &rows);
    world.milepost(&["ingest", "files", &owners, "--lake", &world.place("lake")]).ok();
    world
}

#[test]
fn for_the_time_that_a_file_tells_of_the_catalogue_does_not_count() {
    const ALWAYS: &str = "1970-01-01T00:00:00Z";
    // From February on the file tells, before it the catalogue; code owners never do.
    let from_february = owned_by_sources(&[
        ("wall", FEBRUARY, "", "files"),
        ("door", ALWAYS, "", "backstage"),
        ("roof", ALWAYS, "", "codeowners"),
    ]);
    assert_eq!(changes(&from_february), ["door 2026-01: 3", "wall 2026-02: 1"]);
    // The other way round: the file ends, and the catalogue takes over.
    let until_february = owned_by_sources(&[
        ("wall", JANUARY, FEBRUARY, "files"),
        ("door", ALWAYS, "", "backstage"),
    ]);
    assert_eq!(changes(&until_february), ["door 2026-02: 1", "wall 2026-01: 3"]);
    // Where nobody else names an owner, code owners do.
    let alone = owned_by_sources(&[("roof", ALWAYS, "", "codeowners")]);
    assert_eq!(changes(&alone), ["roof 2026-01: 3", "roof 2026-02: 1"]);
}
