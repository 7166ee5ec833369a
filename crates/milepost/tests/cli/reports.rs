//! Reports as files: whole, harmless, the same again, and honest where there is nothing.

use serde_json::Value;

use crate::small_lake::SmallLake;
use crate::world::{Run, World};

const HOSTILE: &str = "<script>alert(1)</script>";

/// A service with a hostile name that was deployed twice in the first quarter.
fn lake() -> SmallLake {
    let lake = SmallLake::new(&[("a", "", "01-01 09:00"), ("b", "a", "01-02 09:00")]);
    lake.file(
        "deployments",
        &format!(
            "deployment_id,service_id,repository_id,environment,sha,finished_at,outcome\n\
             d0,{HOSTILE},shop,production,{{a}},2026-01-05T10:00:00Z,succeeded\n\
             d1,{HOSTILE},shop,production,{{b}},2026-01-05T11:00:00Z,succeeded\n"
        ),
    );
    lake.ingest();
    lake
}

fn report(world: &World, arguments: &[&str]) -> Run {
    let lake = world.place("lake");
    let all = ["report", "--lake", &lake, "--as-of", "2026-04-20T00:00:00Z"];
    world.milepost(&[&all[..], arguments].concat())
}

#[test]
fn a_page_needs_nothing_else_and_a_hostile_name_is_harmless() {
    let lake = lake();
    for name in ["dora", "data-quality"] {
        let page = lake.world.place("page.html");
        let run = report(&lake.world, &[name, "-o", &page]).ok();
        assert!(run.stderr.contains("wrote "), "{}", run.stderr);
        let html = std::fs::read_to_string(&page).expect("the page");
        for reach in ["<script", "http://", "src=", "@import", "url("] {
            let own = html.replace("http://www.w3.org/", "");
            assert!(!own.contains(reach), "{name} has {reach}");
        }
        assert!(html.contains("default-src 'none'"), "{name}");
        assert!(html.ends_with("</html>\n") || html.ends_with("</html>"), "{name} is cut off");
        report(&lake.world, &[name, "-o", &page]).ok();
        assert_eq!(std::fs::read_to_string(&page).expect("the page"), html, "the same again");
    }
}

#[test]
fn the_delivery_report_shows_the_last_quarter_with_its_sample_sizes() {
    let lake = lake();
    let text = report(&lake.world, &["dora", "--format", "markdown"]).ok().stdout;
    // One change, written at 9:00 on the 2nd and deployed at 11:00 on the 5th: 74 hours.
    let line = text.lines().find(|line| line.starts_with("| Change lead time")).expect("a row");
    assert!(line.contains("3.1 d (n=1)"), "{line}");
    assert!(line.contains("no clear change: too few services to say"), "{line}");
    let fails = text.lines().find(|line| line.starts_with("| Change fail rate")).expect("a row");
    assert!(fails.contains("no data (no failure source)"), "{fails}");
    assert!(text.contains("2026 Q1") && text.contains("2025 Q4"), "{text}");
}

#[test]
fn a_lake_without_anything_gives_pages_that_say_so() {
    let world = World::as_of("2026-04-20T00:00:00Z");
    let json = report(&world, &["golden-path", "--format", "json"]).json();
    assert_eq!(
        (&json["schema_version"], &json["report"]),
        (&Value::from(1), &"golden-path".into())
    );
    let sentences = json["page"]["sentences"].to_string();
    assert!(sentences.contains("[[capability]]"), "{sentences}");
    for row in json["page"]["headline"]["rows"].as_array().expect("rows") {
        assert_eq!(row[2]["text"], Value::Null, "an estimate of nothing: {row}");
        assert!(row[2]["note"].is_string(), "{row}");
    }
    let csv = report(&world, &["adoption", "--format", "csv"]).ok().stdout;
    let mut lines = csv.lines();
    let head = "section,title,row,column,text,value,unit,sample_size,note";
    assert_eq!(lines.next().map(str::trim_end), Some(head));
    for line in lines.filter(|line| line.starts_with(",In short,")) {
        assert!(!line.contains("n=0"), "{line}");
    }
}

#[test]
fn a_missing_lake_is_told_once_however_often_it_is_opened() {
    let world = World::as_of("2026-04-20T00:00:00Z");
    for name in ["dora", "adoption", "readiness", "data-quality"] {
        let run = report(&world, &[name, "--format", "json"]).ok();
        assert_eq!(run.stderr.matches("there is no lake").count(), 1, "{name}: {}", run.stderr);
    }
}
