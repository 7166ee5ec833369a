//! Every fact table can be filled from a file and read in SQL.

use std::collections::BTreeMap;

use arrow::datatypes::{DataType, Field};
use milepost_events::{Kind, Table, allowed_words, tables_by_contract};
use serde_json::{Map, Value, json};

use crate::world::{World, assert_same, files_below};

const AS_OF: &str = "2026-02-01T00:00:00Z";

/// A valid value of the column, as JSON.
fn value(column: &Field) -> Value {
    match (column.name().as_str(), column.data_type(), allowed_words(column)) {
        ("environment", ..) => json!("production"),
        ("field_sources", ..) => json!(["*=somebody@2026-01-31T12:00:00Z"]),
        (_, DataType::Utf8, Some(words)) => json!(words[0]),
        (name, DataType::Utf8, None) => json!(format!("some {name}, \"é\"")),
        (_, DataType::Int64, _) => json!(12),
        (_, DataType::Float64, _) => json!(0.5),
        (_, DataType::Boolean, _) => json!(true),
        (_, DataType::Date32, _) => json!("2026-01-31"),
        (_, DataType::Timestamp(..), _) => json!("2026-01-31T12:00:00Z"),
        (_, DataType::List(_), _) => json!(["a", "b,\"c\""]),
        (name, other, _) => panic!("no value of {name}, {other}"),
    }
}

fn facts() -> impl Iterator<Item = (&'static Table, Map<String, Value>)> {
    let facts = tables_by_contract().iter().filter(|table| table.kind == Kind::Fact);
    facts.map(|table| {
        let columns = table.columns().iter();
        (table, columns.map(|field| (field.name().clone(), value(field))).collect())
    })
}

fn csv(row: &Map<String, Value>) -> String {
    let cell = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("\"{}\"", text.replace('"', "\"\""))
    };
    let names: Vec<&str> = row.keys().map(String::as_str).collect();
    let cells: Vec<String> = row.values().map(cell).collect();
    format!("{}\n{}\n", names.join(","), cells.join(","))
}

#[test]
fn a_file_of_one_row_fills_every_fact_table() {
    let world = World::as_of(AS_OF);
    let mut expected = BTreeMap::new();
    for (at, (table, row)) in facts().enumerate() {
        // Both text formats take their turn.
        match at % 2 {
            0 => world.file(&format!("in/{}.csv", table.name), &csv(&row)),
            _ => world.file(
                &format!("in/{}.ndjson", table.name),
                &Value::Object(row.clone()).to_string(),
            ),
        };
        expected.insert(table.name, row);
    }
    assert!(expected.len() > 30, "all tables of the contract");
    let run = world
        .milepost(&["ingest", "files", &world.place("in"), "--lake", &world.place("lake")])
        .ok();
    assert!(run.stderr.contains("deployments"), "{}", run.stderr);
    for (table, row) in expected {
        assert_eq!(world.sql("lake", &format!("select * from {table}")), json!([row]), "{table}");
    }
}

#[test]
fn a_file_patches_the_columns_it_has_and_empties_those_it_leaves_blank() {
    let world = World::as_of(AS_OF);
    let lake = world.place("lake");
    let first =
        world.file("a/services.csv", "service_id,name,tier,language\napi,Payments,1,Rust\n");
    world.milepost(&["ingest", "files", &first, "--lake", &lake]).ok();
    let second = world.file("b/services.csv", "service_id,name,tier\napi,Payouts,\n");
    world
        .milepost(&["ingest", "files", &second, "--lake", &lake, "--as-of", "2026-02-02T00:00:00Z"])
        .ok();
    let row = "select name, tier, language from services";
    assert_eq!(world.lines("lake", row), ["Payouts | - | Rust"]);
}

#[test]
fn what_git_infers_fills_only_what_a_file_leaves_open_in_either_order() {
    let whose = "select service_id, name, tier, source, basis, \
                 regexp_replace(array_to_string(field_sources, ' '), '@\\S*', '', 'g') as f \
                 from services";
    let mut answers = Vec::new();
    for is_file_first in [true, false] {
        let world = World::as_of(AS_OF);
        let lake = world.place("lake");
        let file = world.file("services.csv", "service_id,tier\nshop,1\n");
        let mut git = world.repository("shop");
        git.push("main", "a.txt", "2026-01-05 09:00");
        if is_file_first {
            world.milepost(&["ingest", "files", &file, "--lake", &lake]).ok();
        }
        world.ingest(&git, "lake", &[]);
        if !is_file_first {
            world.milepost(&["ingest", "files", &file, "--lake", &lake]).ok();
        }
        answers.push(world.lines("lake", whose));
    }
    assert_eq!(
        answers[0],
        [
            "shop | shop | 1 | files | recorded | *=files *=git inferred name=git source_id=git tier=files"
        ]
    );
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn git_and_the_host_make_the_same_repository_in_either_order() {
    let row = "select name, url, default_branch, source_id, source, \
               length(head_sha) as sha from repositories";
    let mut contents = Vec::new();
    for is_git_first in [true, false] {
        let world = World::as_of(AS_OF);
        let lake = world.place("lake");
        let host = world.file(
            "repositories.csv",
            "repository_id,name,url,default_branch,source_id,source\n\
             shop,Shop,https://github.com/acme/shop,trunk,4711,github\n",
        );
        let mut git = world.repository("shop");
        git.push("main", "a.txt", "2026-01-05 09:00");
        if is_git_first {
            world.ingest(&git, "lake", &[]);
        }
        world.milepost(&["ingest", "files", &host, "--lake", &lake]).ok();
        if !is_git_first {
            world.ingest(&git, "lake", &[]);
        }
        assert_eq!(
            world.lines("lake", row),
            ["Shop | https://github.com/acme/shop | trunk | 4711 | github | 40"]
        );
        contents.push(world.contents("lake"));
    }
    assert_same(&contents[0], &contents[1]);
}

#[test]
fn the_same_file_again_changes_no_row() {
    let world = World::as_of(AS_OF);
    let lake = world.place("lake");
    let file = world.file("services.csv", "service_id,name\napi,Payments\n");
    world.milepost(&["ingest", "files", &file, "--lake", &lake]).ok();
    let before = files_below(&world.path("lake/services"));
    world
        .milepost(&["ingest", "files", &file, "--lake", &lake, "--as-of", "2026-02-02T00:00:00Z"])
        .ok();
    assert!(files_below(&world.path("lake/services")) == before, "a file changed");
}

#[test]
fn words_for_production_are_normalised_and_the_original_is_kept() {
    let world = World::as_of(AS_OF);
    let rows = "deployment_id,service_id,repository_id,environment,outcome,finished_at\n\
                d1,api,shop,Prod,success,2026-01-05T09:00:00Z\n\
                d2,api,shop,staging,success,2026-01-05T08:00:00Z\n\
                d3,api,shop,,success,2026-01-06T09:00:00Z\n";
    let file = world.file("deployments.csv", rows);
    world.milepost(&["ingest", "files", &file, "--lake", &world.place("lake")]).ok();
    let row = "select deployment_id, environment, source_environment, outcome, source_outcome \
               from deployments order by deployment_id";
    assert_eq!(
        world.lines("lake", row),
        [
            "d1 | production | Prod | succeeded | success",
            "d2 | staging | staging | succeeded | success",
            "d3 | production | - | succeeded | success",
        ]
    );
    let counted =
        "select deployment_id from classified_deployments where is_counted order by deployment_id";
    assert_eq!(world.lines("lake", counted), ["d1", "d3"]);
}

#[test]
fn the_parts_of_a_rollout_are_one_deployment() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    let first = git.push("main", "a.txt", "2026-01-05 09:00");
    let second = git.push("main", "b.txt", "2026-01-06 09:00");
    world.ingest(&git, "lake", &[]);
    let rows = format!(
        "deployment_id,service_id,repository_id,sha,outcome,finished_at,rollout_id,target\n\
         eu-1,shop,shop,{first},succeeded,2026-01-05T10:00:00Z,one,eu\n\
         us-1,shop,shop,{first},succeeded,2026-01-05T10:30:00Z,one,us\n\
         eu-2,shop,shop,{second},succeeded,2026-01-06T10:00:00Z,two,eu\n\
         us-2,shop,shop,{second},succeeded,2026-01-06T10:30:00Z,two,us\n"
    );
    let file = world.file("deployments.csv", &rows);
    world.milepost(&["ingest", "files", &file, "--lake", &world.place("lake")]).ok();
    let counted = "select sample_size from metrics.deployment_frequency \
                   where subject_kind = 'service' and window_kind = 'all' and statistic = 'rate'";
    assert_eq!(world.lines("lake", counted), ["2"]);
    // Out everywhere at 10:30, an hour and a half after the commit.
    let lead = "select lead_time_seconds from deployed_changes";
    assert_eq!(world.lines("lake", lead), ["5400"]);
}

#[test]
fn recorded_deployments_take_over_from_inferred_ones() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.push("main", "a.txt", "2026-01-05 09:00");
    git.release("v1.0.0", "main", "2026-01-05 10:00");
    let second = git.push("main", "b.txt", "2026-01-06 09:00");
    git.release("v1.1.0", "main", "2026-01-06 10:00");
    let third = git.push("main", "c.txt", "2026-01-07 09:00");
    git.release("v1.2.0", "main", "2026-01-07 10:00");
    world.ingest(&git, "lake", &[]);
    let rows = format!(
        "deployment_id,service_id,repository_id,sha,outcome,finished_at\n\
         run-1,shop,shop,{second},succeeded,2026-01-06T09:30:00Z\n\
         run-2,shop,shop,{third},succeeded,2026-01-07T12:00:00Z\n"
    );
    let file = world.file("deployments.csv", &rows);
    world.milepost(&["ingest", "files", &file, "--lake", &world.place("lake")]).ok();
    let kinds = "select deployment_id, kind, is_counted, array_to_string(quality_flags, ',') as flags \
                 from classified_deployments order by deployment_id";
    assert_eq!(
        world.lines("lake", kinds),
        [
            "run-1 | change | true | recorded_from_here",
            "run-2 | change | true | ",
            "shop@v1.0.0 | baseline | true | ",
            "shop@v1.1.0 | - | false | superseded_by_recorded",
            "shop@v1.2.0 | - | false | superseded_by_recorded",
        ]
    );
    // From 09:00 to 09:30, and from 09:00 to 12:00: by what was recorded.
    let lead =
        "select deployment_id, lead_time_seconds from deployed_changes order by deployment_id";
    assert_eq!(world.lines("lake", lead), ["run-1 | 1800", "run-2 | 10800"]);
}
