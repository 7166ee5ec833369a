//! Goals of the configuration, which `check` watches.

use serde_json::Value;

use crate::shop::shop_lake;
use crate::world::{Run, World};

fn check(world: &World, goals: &str, flags: &[&str]) -> Run {
    world.file("milepost.toml", goals);
    let lake = world.place("lake");
    world.milepost(&[&["check", "--lake", &lake], flags].concat())
}

fn goal(metric: &str, target: f64, direction: &str) -> String {
    format!(
        "[[goal]]\nmetric = \"{metric}\"\nwindow = \"all\"\ntarget = {target:?}\ndirection = \"{direction}\"\n"
    )
}

#[test]
fn a_goal_that_is_missed_ends_with_4_and_one_that_is_met_does_not() {
    let world = shop_lake();
    let met = check(&world, &goal("deployment_frequency", 1000.0, "at_most"), &[]).ok();
    assert!(met.stdout.contains("Goals that are met"), "{}", met.stdout);
    let missed = check(&world, &goal("deployment_frequency", 1000.0, "at_least"), &[]);
    assert_eq!(missed.code, Some(4), "{}", missed.stderr);
    assert!(
        missed.stdout.contains("the goal is missed: deployment_frequency of organization"),
        "{}",
        missed.stdout
    );
}

#[test]
fn a_goal_without_data_is_named_and_not_missed() {
    let world = shop_lake();
    let goals = goal("nps", 30.0, "at_least")
        + "[[goal]]\nmetric = \"change_fail_rate\"\nsubject = \"service:nowhere\"\ntarget = 0.1\ndirection = \"at_most\"\n";
    let run = check(&world, &goals, &["--format", "json"]);
    let rows: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(run.code, Some(0), "{rows}");
    let rows = rows.as_array().expect("rows").iter().filter(|row| row["check"] == "goal");
    let told: Vec<&str> = rows.filter_map(|row| row["message"].as_str()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|text| text.starts_with("the goal has no data: ")), "{told:?}");
    assert!(told.iter().any(|text| text.contains("no_such_subject_or_window")), "{told:?}");
}

#[test]
fn a_goal_that_can_not_be_is_refused() {
    let world = shop_lake();
    for (text, words) in [
        (goal("npss", 1.0, "at_least"), "goal 1: there is no metric `npss`"),
        (goal("nps", 1.0, "up"), "`direction` can't be `up`"),
        (
            goal("nps", 1.0, "at_least") + "subject = \"everyone\"\n",
            ":1:1: `subject` is `everyone`",
        ),
        (
            goal("nps", 1.0, "at_least") + "statistic = \"p99\"\n",
            "the metric `nps` has no statistic `p99`",
        ),
        ("[[goal]]\nmetric = \"nps\"\ntarget = 1\n".to_owned(), ":2:1: `goal` needs a `direction`"),
    ] {
        let run = check(&world, &text, &[]);
        assert_eq!(run.code, Some(2), "{text}: {}", run.stderr);
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
}
