//! The reports that are said aloud: what it is worth, how ready, where the time goes.

use crate::company::{Company, GREEN};
use crate::small_lake::SmallLake;
use crate::worked_month::WorkedMonth;
use crate::world::World;

const AS_OF: &str = "2026-04-20T00:00:00Z";

/// Seven changes to production in each of two quarters, of which two failed in the first and one in
/// the second.
fn fourteen_changes() -> SmallLake {
    let names: Vec<String> = (0..15).map(|number| format!("c{number:02}")).collect();
    let mut commits = vec![("c00", "", "01-01 00:00")];
    commits
        .extend(names.windows(2).map(|pair| (pair[1].as_str(), pair[0].as_str(), "01-01 00:00")));
    let lake = SmallLake::new(&commits);
    let mut rows = String::from(
        "deployment_id,service_id,repository_id,environment,sha,finished_at,outcome\n\
         d00,shop,shop,production,{c00},2025-09-01T10:00:00Z,succeeded\n",
    );
    for number in 1..=14 {
        let day = if number <= 7 {
            format!("2025-11-{:02}", number * 3)
        } else {
            format!("2026-02-{:02}", (number - 7) * 3)
        };
        rows += &format!(
            "d{number:02},shop,shop,production,{{c{number:02}}},{day}T10:00:00Z,succeeded\n"
        );
    }
    lake.file("deployments", &rows);
    let mut incidents = String::from(
        "incident_id,service_id,environment,impact_started_at,created_at,resolved_at,caused_by_deployment_id\n",
    );
    for (deployment, day) in [("d02", "2025-11-06"), ("d03", "2025-11-09"), ("d09", "2026-02-06")] {
        incidents += &format!(
            "i-{deployment},shop,production,{day}T11:00:00Z,{day}T11:00:00Z,{day}T12:00:00Z,{deployment}\n"
        );
    }
    lake.file("incidents", &incidents);
    lake.ingest();
    lake
}

fn page(world: &World, arguments: &[&str]) -> String {
    let lake = world.place("lake");
    let all = ["report", "--lake", &lake, "--format", "markdown"];
    world.milepost(&[&all[..], arguments].concat()).ok().stdout
}

#[track_caller]
fn line<'a>(page: &'a str, beginning: &str) -> &'a str {
    page.lines()
        .find(|line| line.starts_with(beginning))
        .unwrap_or_else(|| panic!("no {beginning} in {page}"))
}

#[test]
fn one_failure_of_seven_against_two_of_seven_is_no_clear_change() {
    let lake = fourteen_changes();
    let text = page(&lake.world, &["value", "--as-of", AS_OF]);
    let row = line(&text, "| Change fail rate");
    assert!(row.contains("14.3 % (n=7") && row.contains("28.6 % (n=7"), "{row}");
    assert!(row.contains("no clear change"), "{row}");
    let said = line(&text, "- 14.3 % of the changes to production failed in 2026 Q1");
    assert!(said.contains("n=7): no clear change"), "{said}");
}

#[test]
fn a_worth_is_not_assessed_where_nobody_says_what_to_assume() {
    let lake = fourteen_changes();
    let text = page(&lake.world, &["value", "--as-of", AS_OF]);
    assert!(line(&text, "Not assessed.").contains("value.gain"), "{text}");
    assert!(!text.contains("| Gain"), "{text}");
}

#[test]
fn a_worth_is_the_counted_facts_times_the_assumptions_beside_its_range() {
    let lake = fourteen_changes();
    let config = lake.world.file(
        "milepost.toml",
        "[value]\ncurrency = 'EUR'\n[[value.gain]]\nwhat = 'No release manager'\nmetric = 'deployment_frequency'\n\
         hours = [0.5, 1, 2]\nhourly_cost = [50, 60, 80]\nassumed_by = 'Finance'\n",
    );
    let text = page(&lake.world, &["value", "--as-of", AS_OF, "--config", &config]);
    // Seven deployments: 7 * 0.5 * 50 = 175, 7 * 1 * 60 = 420, 7 * 2 * 80 = 1,120.
    let row = line(&text, "| No release manager");
    assert!(row.contains("420 EUR (175 EUR to 1,120 EUR)"), "{row}");
    assert!(row.contains("assumed by Finance"), "{row}");
    assert!(
        line(&text, "From your own assumptions 420 EUR in 2026 Q1").contains("175 EUR"),
        "{text}"
    );
}

#[test]
fn assumptions_that_are_no_range_are_refused() {
    let world = World::as_of(AS_OF);
    let config = world.file(
        "milepost.toml",
        "[value]\ncurrency = 'EUR'\n[[value.gain]]\nwhat = 'x'\nmetric = 'nps'\nhours = [2, 1, 3]\nhourly_cost = [1, 1, 1]\nassumed_by = 'me'\n",
    );
    let run = world.milepost(&["config", "check", "--config", &config]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("`hours` of the gain `x` is at least, most likely and at most"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_readiness_page_says_the_verdict_the_factors_and_the_targets() {
    let world = World::as_of("2026-11-15T00:00:00Z");
    Company::of(&GREEN).ingest(&world);
    let text = page(&world, &["readiness"]);
    assert!(text.starts_with("# Readiness for a platform"), "{text}");
    assert!(text.contains("- Verdict: mostly green (7 of 7 factors assessed)."), "{text}");
    let row = line(&text, "| Team size");
    assert!(row.contains("high (green)") && row.contains("120 (n=120)"), "{row}");
    line(&text, "| Lead time for changes");
    line(&text, "| Deployments of the median service");
}

#[test]
fn the_allocation_page_shows_the_worked_month_and_hides_small_groups() {
    let world = World::as_of("2026-07-10T00:00:00Z");
    let mut month = WorkedMonth::of("pay", 6);
    month.people.push(("q1".to_owned(), "tiny"));
    month.ingest(&world, "lake").ok();
    let text = page(&world, &["allocation"]);
    // 12.5022727 of 19 days.
    let row = line(&text, "| roadmap");
    assert!(row.ends_with("| 65.8 % |"), "{row}");
    let tiny = line(&text, "| tiny");
    assert!(tiny.contains("group too small") && !tiny.contains('%'), "{tiny}");
}

const OWN: &str = "[[page]]\nname = 'shop-months'\ntitle = 'The shop <b>by month</b>'\ntext = ['For the weekly meeting.']\n\
    [[page.part]]\ntitle = 'Deployments'\nquery = '''select cast(window_start as varchar) as month, value, sample_size from metrics.deployment_frequency\n\
    where subject_kind = 'service' and window_kind = 'quarter' order by window_start'''\n\
    chart = { label = 'month', value = 'value', sample_size = 'sample_size', unit = 'count_per_day', bars = true }\n\
    [[annotation]]\non = 2026-02-03\ntext = 'New pipeline'\n";

#[test]
fn a_report_of_the_users_own_shows_its_queries_drawings_and_dated_notes() {
    let lake = fourteen_changes();
    let config = lake.world.file("milepost.toml", OWN);
    let text = page(&lake.world, &["shop-months", "--as-of", AS_OF, "--config", &config]);
    assert!(text.starts_with("# The shop &lt;b&gt;by month"), "{text}");
    assert!(text.contains("For the weekly meeting."), "{text}");
    // Seven deployments in the 90 days of the first quarter.
    let row = line(&text, "| 2026-01-01T00:00:00");
    assert!(row.contains("| 7 |"), "{row}");
    line(&text, "| 2026-02-03 | New pipeline |");
    let html = lake.world.place("own.html");
    let lake_place = lake.world.place("lake");
    let all = [
        "report",
        "shop-months",
        "--as-of",
        AS_OF,
        "--config",
        &config,
        "--lake",
        &lake_place,
        "-o",
        &html,
    ];
    lake.world.milepost(&all).ok();
    let html = std::fs::read_to_string(html).expect("the page");
    assert!(html.contains("<svg") && !html.contains("<b>by month"), "{html}");
}

#[test]
fn dated_notes_stand_beside_the_month_they_are_of() {
    let lake = fourteen_changes();
    let config = lake.world.file("milepost.toml", OWN);
    let text = page(&lake.world, &["dora", "--as-of", AS_OF, "--config", &config]);
    let month = text.lines().find(|line| line.starts_with("| 2026-02 |")).expect("a month");
    assert!(month.contains("2026-02-03: New pipeline"), "{month}");
}

#[test]
fn a_report_that_is_not_there_is_refused_with_those_that_are() {
    let world = World::as_of(AS_OF);
    let config = world.file("milepost.toml", OWN);
    let run = world.milepost(&["report", "nothing", "--config", &config]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("there are dora, adoption") && run.stderr.contains("shop-months"),
        "{}",
        run.stderr
    );
    let config = world.file(
        "milepost.toml",
        &(OWN.to_owned() + "[[report]]\nname = 'gone'\ncadence = 'weekly'\nfolder = 'out'\n"),
    );
    let run = world.milepost(&["config", "check", "--config", &config]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("there is no report `gone`"), "{}", run.stderr);
}

#[test]
fn a_page_that_writes_is_refused() {
    let lake = fourteen_changes();
    let config = lake.world.file(
        "milepost.toml",
        "[[page]]\nname = 'x'\ntitle = 'x'\n[[page.part]]\ntitle = 'y'\nquery = 'drop table commits'\n",
    );
    let place = lake.world.place("lake");
    let run = lake.world.milepost(&["report", "x", "--config", &config, "--lake", &place]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("queries only read"), "{}", run.stderr);
}
