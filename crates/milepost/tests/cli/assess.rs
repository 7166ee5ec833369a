//! The quarterly assessment from facts in files to colours, verdicts and words.
//!
//! The clock stands in the fourth quarter of 2026, so the last complete one is 2026Q3, July to
//! September.

use serde_json::Value;

use crate::company::{Company, GREEN, RED, YELLOW};
use crate::world::{Run, World};

const AS_OF: &str = "2026-11-15T00:00:00Z";

fn assess(world: &World, flags: &[&str]) -> Run {
    let lake = world.place("lake");
    world.milepost(&[&["assess", "--lake", &lake], flags].concat())
}

fn assessed(world: &World) -> Value {
    assess(world, &["--format", "json"]).json()
}

/// The row of a factor that the verdict counts.
#[track_caller]
fn factor(assessment: &Value, name: &str) -> Value {
    let rows = assessment["factors"].as_array().expect("rows");
    let found = rows.iter().find(|row| row["factor"] == name && row["is_counted"] == true);
    found.unwrap_or_else(|| panic!("no {name}")).clone()
}

/// Factor, basis and colour of the rows that count.
fn colours(assessment: &Value) -> Vec<String> {
    let rows = assessment["factors"].as_array().expect("rows").iter();
    rows.filter(|row| row["is_counted"] == true)
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
            [text("factor"), text("basis"), text("colour")].join(" ")
        })
        .collect()
}

#[track_caller]
fn assert_near(value: &Value, expected: f64) {
    let near = value.as_f64().is_some_and(|value| (value - expected).abs() < 1e-4);
    assert!(near, "{value} is not {expected}");
}

fn flowing(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_company_full_of_friction_is_green_in_all_factors_and_needs_a_platform_now() {
    let world = World::as_of(AS_OF);
    Company::of(&GREEN).ingest(&world);
    let all = assessed(&world);
    assert_eq!(
        colours(&all),
        [
            "team_size measured green",
            "deployment_friction measured green",
            "infrastructure_complexity measured green",
            "developer_complaints survey green",
            "shadow_it measured green",
            "onboarding_time measured green",
            "context_switching survey green",
        ]
    );
    assert_eq!(all["verdict"], "mostly_green");
    assert_eq!(all["schema_version"], 1);
    assert_eq!(
        (all["quarter"].as_str(), all["is_provisional"].as_bool()),
        (Some("2026Q3"), Some(false))
    );
    let team = factor(&all, "team_size");
    assert_near(&team["value"], 120.0);
    // The five joiners of July were not there in June.
    assert_near(&team["previous_value"], 115.0);
    assert_eq!(
        (team["previous_colour"].as_str(), team["trend"].as_str()),
        (Some("green"), Some("same"))
    );
    assert_eq!(team["need"], "high");
    // Three requests waited 30 hours each.
    assert_near(&factor(&all, "deployment_friction")["value"], 108_000.0);
    // 30 services, 2 clouds, 3 environments, a regime.
    assert_near(&factor(&all, "infrastructure_complexity")["value"], 4.0);
    // 5 of 10 agree; Wilson's interval.
    let complaints = factor(&all, "developer_complaints");
    assert_near(&complaints["value"], 0.5);
    assert_near(&complaints["ci_low"], 0.2366);
    assert_near(&complaints["ci_high"], 0.7634);
    // 7 of 30 services are on no path.
    let shadow = factor(&all, "shadow_it");
    assert_near(&shadow["value"], 7.0 / 30.0);
    assert_eq!(shadow["contributors"][0], "a (7 services)");
    // 20 days from the first day to production.
    assert_near(&factor(&all, "onboarding_time")["value"], 20.0 * 86_400.0);
    assert_near(&factor(&all, "context_switching")["value"], 0.35);
    let text = assess(&world, &[]).ok().stdout;
    let words = flowing(&text);
    assert!(words.contains("A platform is needed now"), "{text}");
    assert!(words.contains("high (green)") && words.contains("our thresholds"), "{text}");
    assert!(!text.contains("acme.test"), "no person is shown: {text}");
}

#[test]
fn a_company_that_is_getting_close_is_yellow_in_all_factors() {
    let world = World::as_of(AS_OF);
    Company::of(&YELLOW).ingest(&world);
    let all = assessed(&world);
    let yellow = colours(&all).iter().filter(|row| row.ends_with("yellow")).count();
    assert_eq!(yellow, 7, "{:?}", colours(&all));
    assert_eq!(all["verdict"], "mostly_yellow");
    assert_near(&factor(&all, "deployment_friction")["value"], 3.0 * 3600.0);
    assert_near(&factor(&all, "shadow_it")["value"], 0.1);
}

#[test]
fn a_small_company_waits_and_one_with_a_platform_is_told_of_success_instead() {
    let world = World::as_of(AS_OF);
    Company::of(&RED).ingest(&world);
    let all = assessed(&world);
    let red = colours(&all).iter().filter(|row| row.ends_with("red")).count();
    assert_eq!(red, 7, "{:?}", colours(&all));
    assert_eq!(all["verdict"], "mostly_red");
    assert!(all["words"].as_str().is_some_and(|text| text.starts_with("Wait")), "{all}");
    assert_eq!(factor(&all, "team_size")["need"], "low");
    world.file("milepost.toml", "[platform]\nsince = 2026-04-20\n");
    let residual = assessed(&world);
    assert_eq!(residual["reading"], "residual_need");
    assert_eq!(residual["start_quarter"], "2026Q2");
    // Nobody of the five joiners was there in June.
    assert_near(&factor(&residual, "team_size")["start_value"], 35.0);
    let text = assess(&world, &[]).ok().stdout;
    assert!(flowing(&text).contains("That is success"), "{text}");
    assert!(!text.contains("Wait: "), "{text}");
    assert!(flowing(&text).contains("Next: Phase 1"), "{text}");
}

#[test]
fn a_lake_without_anything_assesses_nothing_and_says_what_to_ingest_first() {
    let world = World::as_of(AS_OF);
    let run = assess(&world, &[]).ok();
    assert!(
        run.stdout.contains("insufficient evidence (0 of 7 factors assessed)"),
        "{}",
        run.stdout
    );
    assert!(
        flowing(&run.stdout).contains("Begin with `milepost ingest git PATH`"),
        "{}",
        run.stdout
    );
    assert_eq!(run.stderr.matches("there is no lake").count(), 1, "{}", run.stderr);
    let all = assessed(&world);
    assert_eq!(all["verdict"], "insufficient_evidence");
    for row in all["factors"].as_array().expect("rows") {
        assert_eq!(row["basis"], "not_assessed", "{row}");
        assert_eq!((&row["value"], &row["colour"]), (&Value::Null, &Value::Null), "{row}");
        assert!(row["reason"].is_string() && row["missing"][0].is_string(), "{row}");
    }
    let csv = assess(&world, &["--format", "csv"]).ok().stdout;
    assert!(csv.starts_with("quarter,factor,basis,value,unit,colour,need,previous_value,previous_colour,is_borderline,reason,"), "{csv}");
    assert_eq!(csv.lines().count(), 8);
}

#[test]
fn groups_of_fewer_than_five_people_are_not_shown() {
    let world = World::as_of(AS_OF);
    let mut company = Company::new();
    company.engineers("a", 4, "2026-07-01");
    company.answers("infrastructure_slows_me", "likert_1_5", &[5, 5, 5, 5]);
    company.answers("percent_time_infrastructure", "percent", &[50, 50, 50, 50]);
    company.deployment("s", "production", "2026-01-10", "");
    company.ingest(&world);
    let all = assessed(&world);
    let row = |name: &str| factor(&all, name);
    // Any number below five is red, so the colour tells none of them.
    assert_eq!(row("team_size")["colour"], "red");
    for name in ["team_size", "developer_complaints", "onboarding_time", "context_switching"] {
        assert_eq!(row(name)["value"], Value::Null, "{name}");
        assert_eq!(row(name)["sample_size"], Value::Null, "{name}");
        assert_eq!(row(name)["reason"], "group_too_small", "{name}");
    }
}

#[test]
fn more_engineers_than_a_quarter_ago_are_more_need_and_95_are_near_100() {
    let world = World::as_of(AS_OF);
    let mut company = Company::new();
    company.engineers("a", 50, "2025-01-01");
    company.engineers("b", 45, "2025-01-01");
    company.engineers("b", 25, "2026-08-01");
    company.ingest(&world);
    let all = assessed(&world);
    let team = factor(&all, "team_size");
    assert_eq!(
        (team["previous_colour"].as_str(), team["trend"].as_str()),
        (Some("yellow"), Some("more_need"))
    );
    assert_near(&team["previous_value"], 95.0);
    assert_eq!(team["is_borderline"], false);
    // 120 of 95.
    assert_near(&all["engineers_growth"], 120.0 / 95.0 - 1.0);
    assert_eq!(all["direction"], "growing");
    let before = assess(&world, &["--quarter", "2026Q2", "--format", "json"]).json();
    assert_eq!(factor(&before, "team_size")["is_borderline"], true);
    let text = assess(&world, &[]).ok().stdout;
    assert!(text.contains("▲ more need"), "{text}");
}

#[test]
fn a_quarter_in_progress_is_provisional_and_one_to_come_is_refused() {
    let world = World::as_of(AS_OF);
    let now = assess(&world, &["--quarter", "2026Q4", "--format", "json"]).json();
    assert_eq!(now["is_provisional"], true);
    let text = assess(&world, &["--quarter", "2026q4"]).ok().stdout;
    assert!(text.contains("provisional: the quarter is in progress"), "{text}");
    for (quarter, words) in [
        ("2027Q1", "2027Q1 begins on 2027-01-01; nothing of it has happened yet"),
        ("2026Q7", "`2026Q7` is no quarter"),
    ] {
        let run = assess(&world, &["--quarter", quarter]);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
}

#[test]
fn a_fiscal_year_from_april_makes_the_second_quarter_july_to_september() {
    let world = World::as_of(AS_OF);
    world.file("milepost.toml", "[readiness]\nfiscal_year_starts = \"04\"\n");
    let all = assessed(&world);
    assert_eq!(all["quarter"], "2026Q2");
    assert_eq!((&all["start_on"], &all["end_on"]), (&"2026-07-01".into(), &"2026-10-01".into()));
    let named = assess(&world, &["--quarter", "2026Q3", "--format", "json"]).json();
    assert_eq!(
        (&named["start_on"], &named["is_provisional"]),
        (&"2026-10-01".into(), &true.into())
    );
    world.file("milepost.toml", "[readiness]\nfiscal_year_starts = \"13\"\n");
    let run = assess(&world, &[]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("`fiscal_year_starts` is `13`"), "{}", run.stderr);
}

/// An answer by hand, with another line in place of `answer`.
fn manual(answer: &str) -> String {
    format!(
        "[[readiness.manual]]\nquarter = \"2026Q3\"\nfactor = \"context_switching\"\n{answer}\
         name = \"Grace\"\ndate = 2026-10-02\nnote = \"by the leads\"\n"
    )
}

#[test]
fn an_answer_by_hand_counts_where_data_say_nothing_and_is_shown_beside_them_where_they_do() {
    let world = World::as_of(AS_OF);
    world.file("milepost.toml", &manual("answer = \"red\"\n"));
    let by_hand = factor(&assessed(&world), "context_switching");
    assert_eq!(
        (by_hand["basis"].as_str(), by_hand["colour"].as_str()),
        (Some("manual"), Some("red"))
    );
    assert_eq!(by_hand["details"][0], "answered by hand on 2026-10-02: by the leads");
    assert!(!by_hand.to_string().contains("Grace"), "no person is shown");
    let mut company = Company::new();
    company.answers("percent_time_infrastructure", "percent", &[40; 6]);
    company.ingest(&world);
    let all = assessed(&world);
    let counted = factor(&all, "context_switching");
    assert_eq!(
        (counted["basis"].as_str(), counted["colour"].as_str()),
        (Some("survey"), Some("green"))
    );
    let rows = all["factors"].as_array().expect("rows").iter();
    let beside: Vec<&Value> = rows
        .filter(|row| row["factor"] == "context_switching" && row["is_counted"] == false)
        .collect();
    assert_eq!((beside.len(), beside[0]["basis"].as_str()), (1, Some("manual")));
}

#[test]
fn an_answer_by_hand_that_lacks_something_is_told_with_its_line() {
    let world = World::as_of(AS_OF);
    let whole = manual("answer = \"red\"\n");
    let without = |line: &str| whole.replace(line, "");
    for (text, expected) in [
        (without("name = \"Grace\"\n"), ":2:1: `manual` needs a `name`"),
        (without("date = 2026-10-02\n"), ":2:1: `manual` needs a `date`"),
        (without("note = \"by the leads\"\n"), ":2:1: `manual` needs a `note`"),
        (manual("answer = \"blue\"\n"), ":4:10: `answer` can't be `blue`"),
        (manual(""), ":1:1: an answer by hand needs an `answer`"),
        (
            manual("answer = \"red\"\nvalue = 0.5\n"),
            ":1:1: an answer by hand has an `answer` or a `value`",
        ),
        (manual("value = 30\n"), ":1:1: `value` of `context_switching` is a share of 0 to 1"),
        (whole.replace("2026Q3", "Q3"), ":1:1: `Q3` is no quarter"),
        (format!("{whole}{whole}"), ":8:1: `context_switching` of 2026Q3 is answered twice"),
        (
            "[readiness]\nwait_red = \"2d\"\n".to_owned(),
            ": [readiness]: `wait_red` is above `wait_green`",
        ),
        (
            "[readiness]\nwait_gren = \"2d\"\n".to_owned(),
            ":2:1: `wait_gren` is no key of `readiness`; did you mean `wait_green`?",
        ),
    ] {
        world.file("milepost.toml", &text);
        let run = assess(&world, &[]);
        assert_eq!(run.code, Some(2), "{text}: {}", run.stderr);
        assert!(
            run.stderr.contains(&format!("milepost.toml{expected}")),
            "{expected}: {}",
            run.stderr
        );
    }
}

#[test]
fn changed_thresholds_hold_for_all_quarters_and_have_another_id() {
    let world = World::as_of(AS_OF);
    let mut company = Company::new();
    company.engineers("a", 30, "2025-01-01");
    company.engineers("b", 30, "2025-01-01");
    company.ingest(&world);
    let usual = assessed(&world);
    world.file("milepost.toml", "[readiness]\nengineers_green = 60\n");
    let changed = assessed(&world);
    assert_ne!(usual["rules_id"], changed["rules_id"]);
    let team = factor(&changed, "team_size");
    assert_eq!((&team["colour"], &team["previous_colour"]), (&"green".into(), &"green".into()));
    assert!(
        team["thresholds"].as_str().is_some_and(|text| text.contains("60 engineers")),
        "{team}"
    );
}

#[test]
fn complaints_in_tickets_stand_for_a_survey_that_nobody_made() {
    let world = World::as_of(AS_OF);
    let mut company = Company::new();
    company.engineers("a", 50, "2025-01-01");
    for at in 0..6 {
        company.ticket("a", "infra-complaint", &format!("2026-08-0{}", at + 1));
    }
    company.ingest(&world);
    let row = factor(&assessed(&world), "developer_complaints");
    assert_eq!((row["basis"].as_str(), row["colour"].as_str()), (Some("proxy"), Some("yellow")));
    // 6 tickets of 50 engineers.
    assert_near(&row["value"], 12.0);
    assert_eq!(row["links"][0], "https://desk.acme.test/6");
    // The clock stands within the next quarter, in which nobody complained yet.
    let next = assess(&world, &["--quarter", "2026Q4", "--format", "json"]).json();
    let row = factor(&next, "developer_complaints");
    assert_eq!(row["basis"], "not_assessed");
    assert_eq!(row["reason"], "nothing_yet_in_this_quarter");
    assert_eq!(row["value"], Value::Null);
    assert_eq!(row["colour"], Value::Null);
    // And the one before all complaints is over: there were none.
    let before = assess(&world, &["--quarter", "2026Q2", "--format", "json"]).json();
    let row = factor(&before, "developer_complaints");
    assert_eq!(row["reason"], "no_survey");
}

#[test]
fn targets_have_values_with_intervals_and_one_inside_of_them_is_too_early_to_tell() {
    let world = World::as_of(AS_OF);
    let mut company = Company::new();
    company.engineers("a", 20, "2025-01-01");
    // 25 promoters, 15 passives and 10 detractors: 30, adjusted 7.30 to 49.30.
    let nps: Vec<i64> = [vec![9; 25], vec![7; 15], vec![3; 10]].concat();
    company.answers("nps", "nps_0_10", &nps);
    let csat: Vec<i64> = [vec![5; 12], vec![4; 14], vec![3; 6], vec![2; 3], vec![1]].concat();
    company.answers("csat", "csat_1_5", &csat);
    for at in 0..84 {
        company.ticket("a", "help", &format!("2026-05-{:02}", at % 28 + 1));
    }
    for at in 0..40 {
        company.ticket("a", "help", &format!("2026-08-{:02}", at % 28 + 1));
    }
    company.ingest(&world);
    let all = assess(&world, &["--targets", "--format", "json"]).json();
    let row = |metric: &str| {
        let rows = all["targets"].as_array().expect("rows").iter();
        rows.clone().find(|row| row["metric"] == metric).unwrap_or_else(|| panic!("no {metric}"))
    };
    assert_eq!(all["targets"].as_array().map(Vec::len), Some(13));
    let score = row("nps");
    assert_near(&score["value"], 30.0);
    assert_near(&score["ci_low"], 7.2995);
    assert_eq!((&score["status"], &score["sample_size"]), (&"too_early_to_say".into(), &50.into()));
    let satisfaction = row("satisfaction");
    assert_near(&satisfaction["value"], 141.0 / 36.0);
    assert_near(&satisfaction["ci_low"], 3.5607);
    assert_eq!(satisfaction["status"], "too_early_to_say");
    // 40 tickets in 92 days against 84 in 91, of the same people.
    let support = row("support_tickets_ratio");
    assert_near(&support["value"], 40.0 * 91.0 / (92.0 * 84.0));
    assert_eq!(support["status"], "met");
    let adoption = row("team_adoption");
    assert_eq!((&adoption["status"], &adoption["value"]), (&"no_data".into(), &Value::Null));
    assert!(adoption["reason"].is_string(), "{adoption}");
    let text = assess(&world, &["--targets"]).ok().stdout;
    assert!(text.contains("too early to say") && text.contains("no data: "), "{text}");
}
