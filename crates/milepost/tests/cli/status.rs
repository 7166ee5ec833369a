//! How fresh the data is.

use crate::small_lake::{SmallLake, at};
use crate::world::as_lines;

fn status(lake: &SmallLake, as_of: &str) -> Vec<String> {
    let (place, as_of) = (lake.world.place("lake"), at(as_of));
    let flags = ["status", "--format", "json", "--lake", &place, "--as-of", &as_of];
    as_lines(&lake.world.milepost(&flags).json())
}

#[test]
fn sources_and_tables_say_how_far_they_reach() {
    let lake = SmallLake::new(&[("a", "", "01-01 09:00"), ("b", "a", "01-02 09:00")]);
    lake.deployments(&[
        ("d0", "a", "01-03 12:00", "success"),
        ("d1", "b", "01-09 12:00", "success"),
        ("d2", "b", "01-09 13:00", "nonsense"),
    ]);
    let (facts, place) = (lake.world.place("facts"), lake.world.place("lake"));
    let as_of = at("02-01 00:00");
    let flags = ["ingest", "files", &facts, "--lake", &place, "--as-of", &as_of];
    assert_eq!(lake.world.milepost(&flags).code, Some(3));
    // Four rows were added and one was refused, which is a row of its own. The second deployment was yet to come on 5 January.
    let observed = "2026-02-01T00:00:00Z";
    let early = status(&lake, "01-05 00:00");
    let source = format!("source | files | 5 | {observed} | - | 1 | {observed} | - | ");
    let reason = early[0].strip_prefix(&source).unwrap_or_else(|| panic!("{}", early[0]));
    assert!(reason.contains("deployments.csv:") && reason.contains("`nonsense`"), "{reason}");
    assert_eq!(
        early[1..],
        [
            format!("table | commits | 2 | {observed} | 2026-01-02T09:00:00Z | - | - | - | -"),
            format!("table | deployments | 2 | {observed} | 2026-01-03T12:00:00Z | - | - | - | -"),
        ]
    );
    assert_eq!(
        status(&lake, "02-02 00:00")[2],
        format!("table | deployments | 2 | {observed} | 2026-01-09T12:00:00Z | - | - | - | -")
    );
}

#[test]
fn an_empty_lake_says_so_and_shows_nothing() {
    let lake = SmallLake::new(&[]);
    let place = lake.world.place("none");
    let run = lake.world.milepost(&["status", "--format", "csv", "--lake", &place]).ok();
    assert_eq!(
        run.stdout.trim(),
        "kind,name,rows_count,last_changed_at,latest_event_at,rejected_count,last_read_at,cursor,rejected_reason"
    );
    assert!(run.stderr.contains("there is no lake"), "{}", run.stderr);
}

#[test]
fn a_source_that_was_last_read_too_long_ago_fails_the_check_even_where_it_had_nothing_new() {
    let lake = SmallLake::new(&[("a", "", "01-01 09:00")]);
    let (facts, place) = (lake.world.place("facts"), lake.world.place("lake"));
    let ingest = |as_of: &str| {
        let flags = ["ingest", "files", &facts, "--lake", &place, "--as-of", &at(as_of)];
        lake.world.milepost(&flags).ok();
    };
    let check = |as_of: &str| {
        let flags = ["status", "--max-age", "26h", "--lake", &place, "--as-of", &at(as_of)];
        lake.world.milepost(&flags)
    };
    let never = check("02-01 00:00");
    assert_eq!(never.code, Some(4), "{}", never.stderr);
    assert!(never.stderr.contains("no source was read yet"), "{}", never.stderr);
    ingest("02-01 00:00");
    assert_eq!(check("02-02 02:00").code, Some(0));
    let old = check("02-02 02:01");
    assert_eq!(old.code, Some(4), "{}", old.stderr);
    assert!(old.stderr.contains("files was last read at 2026-02-01T00:00:00Z"), "{}", old.stderr);
    // Nothing new, but read.
    ingest("02-02 00:00");
    assert_eq!(check("02-02 02:01").code, Some(0));
}
