//! Windows of time: what the span, the as-of and the zone cut.

use serde_json::Value;

use crate::dora::{assert_months, metric};
use crate::shop::{AS_OF, shop, shop_lake};
use crate::world::World;

#[test]
fn the_current_month_is_provisional_and_so_is_one_that_the_span_cuts() {
    let world = shop_lake();
    let flags = |arguments: &[&str]| -> Vec<Value> {
        let rows = metric(&world, arguments);
        rows.iter().map(|row| row["is_provisional"].clone()).collect()
    };
    assert_eq!(flags(&["deployment_frequency", "--from", "2026-02-01"]), [false, false, true]);
    let cut = ["deployment_frequency", "--from", "2026-01-10", "--to", "2026-03-01"];
    assert_eq!(flags(&cut), [true, false]);
    // Without a span: the last twelve complete months and the current one.
    let rows = metric(&world, &["deployment_frequency"]);
    assert_eq!(rows.len(), 13);
    assert_eq!(rows[0]["window_start"], "2025-04-01T00:00:00Z");
    assert_eq!(rows[12]["window_end"], "2026-05-01T00:00:00Z");
}

#[test]
fn an_as_of_hides_later_events() {
    let world = shop_lake();
    let rows = metric(
        &world,
        &["change_fail_rate", "--from", "2026-02-01", "--as-of", "2026-02-03T09:59:59Z"],
    );
    // v1.2.1, and with it the revert that shows the failure, is a second away.
    assert_months(&rows, "ratio", &[("2026-02", None, 0, Some("no_failure_source"))]);
    let rows = metric(
        &world,
        &["change_fail_rate", "--from", "2026-02-01", "--as-of", "2026-02-03T10:00:00Z"],
    );
    assert_months(&rows, "ratio", &[("2026-02", Some(0.5), 2, None)]);
}

#[test]
fn events_that_an_early_ingest_hid_come_into_sight_later() {
    let mut world = World::as_of("2026-01-20T00:00:00Z");
    let git = shop(&world);
    world.ingest(&git, "lake", &[]);
    let query = "select ref, kind from classified_deployments order by ref";
    assert_eq!(world.lines("lake", query), ["v1.0.0 | baseline", "v1.1.0 | change"]);
    world.as_of = AS_OF;
    let all = ["v1.0.0 | baseline", "v1.1.0 | change", "v1.2.0 | change", "v1.2.1 | change"];
    assert_eq!(world.lines("lake", query), all);
    // Nothing is new in the repository, and the derived tables follow the clock all the same.
    world.ingest(&git, "lake", &[]);
    assert_eq!(world.lines("lake", query), all);
}

#[test]
fn a_zone_moves_what_happens_at_the_edge_of_a_month() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.push("main", "base.txt", "2026-01-05 09:00");
    git.release("v1.0.0", "main", "2026-01-05 10:00");
    git.push("main", "door.txt", "2026-01-31 23:00");
    git.release("v1.1.0", "main", "2026-01-31 23:30");
    world.ingest(&git, "lake", &[]);
    let counts = |zone: &str| -> Vec<Value> {
        let span = ["--from", "2026-01-01", "--to", "2026-03-01"];
        let rows = metric(&world, &[&["change_lead_time", "--timezone", zone], &span[..]].concat());
        rows.iter().map(|row| row["sample_size"].clone()).collect()
    };
    assert_eq!(counts("UTC"), [1, 0]);
    // 00:30 on the first of February in Berlin.
    assert_eq!(counts("Europe/Berlin"), [0, 1]);
}
