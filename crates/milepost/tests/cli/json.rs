//! What other tools export as JSON, read by mappings.

use crate::small_lake::SmallLake;

const ROW: [(&str, &str, &str); 2] = [("a", "", "01-01 09:00"), ("b", "a", "01-02 09:00")];

const MAPPING: &str = r#"
about = "Releases of our own tool"
export = "releases --json"
verified_with = "the tool itself"
[[tables]]
table = "deployments"
records = "releases"
where = "state != 'rolling'"
[tables.columns]
deployment_id = "to_string(id)"
service_id = "app"
sha = "commit"
outcome = "state"
finished_at = "instant(ended)"
[tables.values.outcome]
live = "succeeded"
broken = "failed"
"#;

/// A lake with the history of `shop`, from which `api` is built.
fn lake() -> SmallLake {
    let lake = SmallLake::new(&ROW);
    lake.file("service_repositories", "service_id,repository_id\napi,shop\n");
    lake.file("service_aliases", "provider,alias,service_id\nours,shop-api,api\n");
    lake.ingest();
    lake.world.file("our-tool.toml", MAPPING);
    lake
}

fn releases(commits: [&str; 2]) -> String {
    let [a, b] = commits.map(crate::small_lake::sha);
    format!(
        r#"{{"releases": [
            {{"id": 1, "app": "shop-api", "commit": "{a}", "state": "live", "ended": 1767690000}},
            {{"id": 2, "app": "shop-api", "commit": "{b}", "state": "live", "ended": 1767693600}},
            {{"id": 3, "app": "shop-api", "commit": "{b}", "state": "rolling"}},
            {{"id": 4, "app": "nobody", "commit": "{b}", "state": "live", "ended": 1767693600}}]}}"#
    )
}

#[test]
fn a_mapping_of_one_s_own_turns_an_export_into_deployments() {
    let lake = lake();
    let export = lake.world.file("export.json", &releases(["a", "b"]));
    let (map, place) = (lake.world.place("our-tool.toml"), lake.world.place("lake"));
    let flags = ["ingest", "json", &export, "--map", &map, "--lake", &place];
    let run = lake.world.milepost(&flags);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    for expected in ["json:our-tool: ", "2 deployments", "1 records are not what", "`nobody`"] {
        assert!(run.stderr.contains(expected), "{expected}: {}", run.stderr);
    }
    // An alias is as good a name as the service's own; 1767690000 is 09:00 of 6 January.
    let rows = "select deployment_id, service_id, kind, to_char(finished_at, '%m-%d %H:%M') as at \
                from classified_deployments order by 1";
    assert_eq!(
        lake.lines(rows),
        ["1 | api | baseline | 01-06 09:00", "2 | api | change | 01-06 10:00"]
    );
    let refused = "select table_name, strpos(record, 'nobody') > 0 as kept from rejected_records";
    assert_eq!(lake.lines(refused), ["deployments | true"]);
    let source = "select distinct source from deployments";
    assert_eq!(lake.lines(source), ["our-tool"]);
}

#[test]
fn an_export_can_come_from_a_pipe_and_comes_twice_without_harm() {
    let lake = lake();
    let (map, place) = (lake.world.place("our-tool.toml"), lake.world.place("lake"));
    let flags = ["ingest", "json", "-", "--map", &map, "--lake", &place];
    let text = releases(["a", "b"]).replace("nobody", "api");
    lake.world.milepost_reading(&flags, &text).ok();
    let again = lake.world.milepost_reading(&flags, &text).ok();
    assert!(again.stderr.contains("json:our-tool: nothing new"), "{}", again.stderr);
    assert_eq!(lake.lines("select count(*) as n from deployments"), ["3"]);
    let cut_off = lake.world.milepost_reading(&flags, "{\"releases\": [");
    assert_eq!(cut_off.code, Some(1));
    assert!(cut_off.stderr.contains("the standard input is no JSON"), "{}", cut_off.stderr);
}

#[test]
fn a_wrong_mapping_or_file_is_one_clear_sentence() {
    let lake = lake();
    let place = lake.world.place("lake");
    let broken = lake.world.file("broken.json", "{\"releases\": [");
    let other = lake.world.file("other.json", "{\"items\": []}");
    let map = lake.world.place("our-tool.toml");
    let cases = [
        (["ingest", "json", &other, "--map", "pagerdutty"], 2, "nearest: `pagerduty`"),
        (["ingest", "json", &other, "--map", "./none.toml"], 1, "./none.toml"),
        (["ingest", "json", &other, "--map", &map], 1, "`releases` gives none"),
        (["ingest", "json", &broken, "--map", &map], 1, "is no JSON"),
        (["ingest", "json", "nowhere.json", "--map", &map], 1, "failed to read nowhere.json"),
    ];
    for (flags, code, expected) in cases {
        let run = lake.world.milepost(&[&flags[..], &["--lake", &place]].concat());
        assert_eq!(run.code, Some(code), "{flags:?}: {}", run.stderr);
        assert!(run.stderr.contains(expected), "{expected}: {}", run.stderr);
        assert_eq!(run.stderr.trim().lines().count(), 1, "{}", run.stderr);
    }
}

#[test]
fn the_help_names_every_mapping() {
    let run = lake().world.milepost(&["ingest", "json", "--help"]).ok();
    let words: Vec<&str> = run.stdout.split([',', ' ', '\n']).collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../sources/mappings");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the mappings") {
        let name = entry.expect("a mapping").file_name().into_string().expect("a name");
        assert!(words.contains(&name.as_str()), "{name}: {}", run.stdout);
        count += 1;
    }
    assert!(count >= 19, "{count} mappings");
}
