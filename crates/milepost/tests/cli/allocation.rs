//! What working time went to, from traces in files to shares of teams.

use crate::worked_month::WorkedMonth;
use crate::world::{Run, World};

const AS_OF: &str = "2026-07-10T00:00:00Z";

fn allocation(world: &World, flags: &[&str]) -> Run {
    let june = ["--from", "2026-06-01", "--to", "2026-07-01", "--format", "csv"];
    let lake = world.place("lake");
    world.milepost(&[&["allocation", "--lake", &lake], &june[..], flags].concat())
}

/// Subject, dimension, label, share to six digits, people, basis and reason of the rows with a share
/// or a reason.
fn told(run: Run) -> Vec<String> {
    let run = run.ok();
    let mut lines = run.stdout.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().expect("a header");
    let at = |name: &str| head.iter().position(|column| *column == name).expect("a column");
    let columns =
        ["subject_id", "dimension", "category", "value", "people_count", "basis", "reason"].map(at);
    let six = |text: &str| match text.parse::<f64>() {
        Ok(share) if text.contains('.') => format!("{share:.6}"),
        _ => text.to_owned(),
    };
    lines
        .map(|row| columns.map(|column| six(row[column])).join(" ").trim_end().to_owned())
        .filter(|row| !row.contains(" 0.0"))
        .collect()
}

#[test]
fn shares_of_the_worked_month_are_those_worked_out_by_hand() {
    let world = World::as_of(AS_OF);
    WorkedMonth::of("pay", 5).ingest(&world, "lake").ok();
    // Of 19 worked days 2399/440 + 2 + 9/4 + 14/5 on the roadmap, 1099/440 on upkeep, 4 on nothing.
    let figures = |subject: &str| {
        [
            format!("{subject} investment new_value 0.658014 5 recorded"),
            format!("{subject} investment ktlo 0.131459 5 recorded"),
            format!("{subject} investment unattributed 0.210526 5 recorded"),
            format!("{subject} activity roadmap 0.658014 5 recorded"),
            format!("{subject} activity maintenance 0.131459 5 recorded"),
            format!("{subject} activity unattributed 0.210526 5 recorded"),
        ]
    };
    let run = allocation(&world, &[]);
    assert_eq!(run.stderr, "");
    assert_eq!(told(run), [figures("organization"), figures("pay")].concat());
}

#[test]
fn a_rule_of_the_configuration_goes_before_those_that_are_shipped_and_is_named() {
    let world = World::as_of(AS_OF);
    WorkedMonth::of("pay", 5).ingest(&world, "lake").ok();
    let config = world.file(
        "milepost.toml",
        "[[allocation_rule]]\nid = 'discovery'\nproject = 'DISC'\nactivity = 'overhead'\n",
    );
    let run = allocation(&world, &["--config", &config, "--by-rule"]).ok();
    let rows: Vec<&str> = run
        .stdout
        .lines()
        .filter(|row| row.contains("organization") && row.contains("activity"))
        .collect();
    let has = |words: &[&str]| rows.iter().any(|row| words.iter().all(|word| row.contains(word)));
    // 14/5 of 19 days are 0.147368.
    assert!(has(&["overhead,discovery,0.147368"]), "{rows:?}");
    assert!(has(&["roadmap,default:work_type:new_functionality"]), "{rows:?}");
}

#[test]
fn four_people_are_hidden_and_nothing_of_them_is_told() {
    let world = World::as_of(AS_OF);
    WorkedMonth::of("pay", 4).ingest(&world, "lake").ok();
    let rows = told(allocation(&world, &[]));
    assert_eq!(
        rows,
        [
            "organization investment all   recorded group_too_small",
            "organization activity all   recorded group_too_small",
            "pay investment all   recorded group_too_small",
            "pay activity all   recorded group_too_small",
        ]
    );
}

#[test]
fn without_employments_those_who_left_traces_count_as_full_time_and_that_is_said() {
    let world = World::as_of(AS_OF);
    let all = WorkedMonth::of("pay", 5)
        .and("employments.csv", "")
        .and("calendars.csv", "")
        .and("absences.csv", "");
    all.ingest(&world, "lake").ok();
    let run = allocation(&world, &[]);
    assert!(run.stderr.contains("no employments are known"), "{}", run.stderr);
    // Three more days without a trace, the holiday and the two off: 19 of 22 are what they were.
    let rows = told(run);
    let expected = "organization activity unattributed 0.318182 5 inferred low_coverage";
    assert!(rows.iter().any(|row| row == expected), "{rows:?}");
}

#[test]
fn an_empty_lake_says_what_is_missing() {
    let world = World::as_of(AS_OF);
    let run = allocation(&world, &[]).ok();
    assert_eq!(run.stdout.lines().count(), 1, "the header alone");
    assert!(run.stderr.contains("no working time is known"), "{}", run.stderr);
}

#[test]
fn half_a_month_is_refused() {
    let world = World::as_of(AS_OF);
    let run = world.milepost(&["allocation", "--from", "2026-06-15"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("2026-06-15 is not the first day of one"), "{}", run.stderr);
}

#[test]
fn rules_that_can_not_be_used_are_named_with_what_to_write() {
    let world = World::as_of(AS_OF);
    for (rule, words) in [
        ("id = 'a'\nlabel = 'x'\nactivity = 'ktlo'", "says `ktlo`, which is none of"),
        ("id = 'a'\nlabel = 'x'\nkind = 'y'\nactivity = 'support'", "needs one of `work_type`"),
        ("id = 'a'\nlabel = 'x'", "needs an `activity`"),
        ("label = 'x'\nactivity = 'support'", "needs an id"),
        ("id = 'a'\npath = 'x/{y'\nactivity = 'support'", "the glob `x/{y`"),
    ] {
        let config = world.file("milepost.toml", &format!("[[allocation_rule]]\n{rule}\n"));
        let run = world.milepost(&["config", "check", "--config", &config]);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
}

#[test]
fn the_assessment_takes_the_share_of_infrastructure_from_the_allocation() {
    let world = World::as_of(AS_OF);
    let employments: String =
        (1..=5).map(|n| format!("p{n},2026-06-01T00:00:00Z,employee,US,1\n")).collect();
    let head = "person_id,valid_from,employment_type,country,fte_ratio\n";
    let employed_in_june =
        WorkedMonth::of("pay", 5).and("employments.csv", &format!("{head}{employments}"));
    employed_in_june.ingest(&world, "lake").ok();
    let config = world.file(
        "milepost.toml",
        "[[allocation_rule]]\nid = 'ops'\nproject = 'OPS'\nactivity = 'infrastructure'\n",
    );
    let lake = world.place("lake");
    let all = world
        .milepost(&[
            "assess",
            "--quarter",
            "2026Q2",
            "--lake",
            &lake,
            "--config",
            &config,
            "--format",
            "json",
        ])
        .json();
    let rows = all["factors"].as_array().expect("rows");
    let row = rows.iter().find(|row| row["factor"] == "context_switching").expect("the factor");
    // 1099/440 of 19 days; 2399/440 + 2 + 9/4 + 14/5 on the product, which is neither 30 % nor 80 %.
    assert_eq!((row["basis"].as_str(), row["colour"].as_str()), (Some("measured"), Some("yellow")));
    let near = |value: &serde_json::Value, expected: f64| {
        value.as_f64().is_some_and(|value| (value - expected).abs() < 1e-6)
    };
    assert!(near(&row["value"], 0.131_459), "{row}");
    assert!(near(&row["coverage_ratio"], 15.0 / 19.0), "{row}");
    assert_eq!(row["sample_size"], 5);
}
