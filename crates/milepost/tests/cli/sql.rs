//! Questions in SQL: they only read, in every format, also of a lake that is not there.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::shop::shop_lake;
use crate::world::{World, files_below};

const AS_OF: &str = "2026-02-01T00:00:00Z";

#[test]
fn statements_that_do_more_than_read_are_refused() {
    let world = shop_lake();
    let (lake, file) = (world.place("lake"), world.place("out.csv"));
    let before = files_below(&world.path("lake"));
    let listed = |world: &World| {
        let entries = std::fs::read_dir(world.path(".")).expect("the folder");
        let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
        names.sort();
        names
    };
    let names = listed(&world);
    for statement in [
        "create table x as select 1".to_owned(),
        "create view x as select 1".to_owned(),
        "create schema x".to_owned(),
        format!("create external table x stored as csv location '{file}'"),
        "drop table commits".to_owned(),
        "drop view metrics.change_lead_time".to_owned(),
        "insert into services (service_id) values ('x')".to_owned(),
        "insert into commits select * from commits".to_owned(),
        "delete from commits".to_owned(),
        "update commits set subject = ''".to_owned(),
        "truncate table commits".to_owned(),
        format!("copy (select 1) to '{file}'"),
        format!("copy commits to '{file}' stored as csv"),
        format!("explain copy (select 1) to '{file}'"),
        format!("explain analyze copy (select 1) to '{file}'"),
        "explain analyze insert into services (service_id) values ('x')".to_owned(),
        "set datafusion.execution.batch_size = 1".to_owned(),
        "reset datafusion.execution.batch_size".to_owned(),
        "begin".to_owned(),
        "prepare x as select 1".to_owned(),
        "select 1; drop table commits".to_owned(),
    ] {
        let run = world.milepost(&["sql", "--lake", &lake, &statement]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{statement}: {}", run.stderr);
        assert_eq!(run.stderr.trim_end().lines().count(), 1, "{statement}: {}", run.stderr);
    }
    assert_eq!(listed(&world), names);
    assert!(files_below(&world.path("lake")) == before, "a file of the lake changed");
}

#[test]
fn sql_can_not_read_files() {
    let world = shop_lake();
    let secret = world.file("secret.csv", "word\nopen-sesame\n");
    for query in
        [format!("select * from '{secret}'"), format!("select * from read_csv('{secret}')")]
    {
        let run = world.milepost(&["sql", "--lake", &world.place("lake"), &query]);
        assert_eq!(run.code, Some(1), "{query}: {}", run.stderr);
        assert!(!format!("{}{}", run.stdout, run.stderr).contains("open-sesame"));
    }
}

#[test]
fn neither_the_hosts_clock_nor_chance_reaches_a_query() {
    let world = World::as_of(AS_OF);
    for function in ["now()", "current_date", "current_timestamp", "random()", "uuid()"] {
        let run = world.milepost(&["sql", "--quiet", &format!("select {function}")]);
        assert_eq!(run.code, Some(1), "{function} gave {}", run.stdout);
    }
    assert_eq!(world.lines("lake", "select as_of from clock"), ["2026-02-01T00:00:00Z"]);
}

#[test]
fn a_lake_that_is_not_there_is_empty_and_is_named_in_a_warning() {
    let world = World::as_of(AS_OF);
    let lake = world.place("no-lake");
    let run = world
        .milepost(&["sql", "--format", "json", "--lake", &lake, "select * from incidents"])
        .ok();
    assert_eq!(run.stdout, "[]\n");
    assert!(run.stderr.contains("warning") && run.stderr.contains(&lake), "{}", run.stderr);
    let run = world
        .milepost(&["sql", "--format", "csv", "--lake", &lake, "select * from incidents"])
        .ok();
    assert!(
        run.stdout.starts_with("incident_id,service_id,"),
        "a CSV has its header: {}",
        run.stdout
    );
    let run =
        world.milepost(&["metric", "change_lead_time", "--format", "json", "--lake", &lake]).ok();
    assert_eq!(run.stdout, "[]\n");
    assert!(!world.path("no-lake").exists(), "reading makes no lake");
}

const TWO_ROWS: &str = "select ref, finished_at, is_counted, cast(1.5 as double) as number, cast(null as bigint) as nothing \
                        from classified_deployments where ref < 'v1.2' order by ref";

fn printed(world: &World, format: &str) -> String {
    world
        .milepost(&["sql", "--format", format, "--lake", &world.place("lake"), TWO_ROWS])
        .ok()
        .stdout
}

#[test]
fn every_text_format_can_be_read_back() {
    let world = shop_lake();
    let row = |tag: &str, at: &str| json!({"ref": tag, "finished_at": at, "is_counted": true, "number": 1.5, "nothing": null});
    let expected = [row("v1.0.0", "2026-01-07T12:00:00Z"), row("v1.1.0", "2026-01-14T10:00:00Z")];
    let json: Vec<Value> = serde_json::from_str(&printed(&world, "json")).expect("an array");
    assert_eq!(json, expected);
    let lines = printed(&world, "ndjson");
    let lines: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
    assert_eq!(lines, expected);
    assert_eq!(
        printed(&world, "csv"),
        "ref,finished_at,is_counted,number,nothing\r\n\
         v1.0.0,2026-01-07T12:00:00Z,true,1.5,\r\nv1.1.0,2026-01-14T10:00:00Z,true,1.5,\r\n"
    );
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let markdown = printed(&world, "markdown");
    let lines: Vec<&str> = markdown.lines().collect();
    assert_eq!(lines.len(), 4, "{markdown}");
    assert_eq!(cells(lines[0]), ["ref", "finished_at", "is_counted", "number", "nothing"]);
    assert_eq!(cells(lines[2])[..4], ["v1.0.0", "2026-01-07T12:00:00Z", "true", "1.5"]);
    let table = printed(&world, "table");
    for text in ["ref", "finished_at", "v1.0.0", "2026-01-14T10:00:00Z"] {
        assert!(table.contains(text), "{table}");
    }
}

#[test]
fn a_table_written_as_parquet_can_be_read_in_again() {
    let world = shop_lake();
    let (lake, copy) = (world.place("lake"), world.place("copy"));
    let file = world.place("deployments.parquet");
    let query = "select * from deployments";
    let run =
        world.milepost(&["sql", "--format", "parquet", "-o", &file, "--lake", &lake, query]).ok();
    assert_eq!(run.stdout, "");
    let bytes = std::fs::read(&file).expect("the file");
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"), "Parquet");
    world.milepost(&["ingest", "files", &file, "--lake", &copy]).ok();
    let sorted = format!("{query} order by deployment_id");
    assert_eq!(world.sql("copy", &sorted), world.sql("lake", &sorted));
}

#[test]
fn a_query_may_come_from_a_file_or_from_standard_input() {
    let world = shop_lake();
    let (lake, query) = (world.place("lake"), "select count(*) as n from deployments");
    let file = world.file("query.sql", query);
    let from_file = ["sql", "--format", "json", "--lake", &lake, "-f", &file];
    assert_eq!(world.milepost(&from_file).json(), json!([{"n": 4}]));
    let from_input = ["sql", "--format", "json", "--lake", &lake];
    assert_eq!(world.milepost_reading(&from_input, query).json(), json!([{"n": 4}]));
}

#[test]
fn a_reader_that_stops_early_is_no_failure() {
    let world = World::as_of(AS_OF);
    let many = "select value as number, repeat('x', 100) as text from generate_series(1, 50000)";
    for format in ["csv", "json", "ndjson", "markdown", "table"] {
        let mut command = world.command(env!("CARGO_BIN_EXE_milepost"));
        command.args(["sql", "--quiet", "--format", format, many]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the program");
        let mut line = String::new();
        let mut stdout = BufReader::new(process.stdout.take().expect("its output"));
        stdout.read_line(&mut line).expect("a line");
        assert!(!line.is_empty(), "{format}");
        drop(stdout);
        let left = process.wait_with_output().expect("its end");
        assert_eq!(left.status.code(), Some(0), "{format}");
        assert_eq!(String::from_utf8_lossy(&left.stderr), "", "{format}");
    }
}
