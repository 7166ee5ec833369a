//! What holds for every command: where it runs and who started it decide nothing.

use crate::shop::{AS_OF, shop};
use crate::world::{World, assert_same};

#[test]
fn the_hosts_zone_changes_nothing() {
    let mut world = World::as_of(AS_OF);
    let git = shop(&world);
    let answers = |world: &World, lake: &str| {
        world.ingest(&git, lake, &[]);
        let place = world.place(lake);
        let metric = [
            "metric",
            "deployment_frequency",
            "--window",
            "week",
            "--format",
            "csv",
            "--lake",
            &place,
        ];
        let sql = "select finished_at, cast(finished_at as date) as finished_on, \
                   date_trunc('day', finished_at) as d, cast(finished_at as varchar) as t from classified_deployments order by 1";
        let sql = ["sql", "--format", "csv", "--lake", &place, sql];
        [world.milepost(&metric).ok().stdout, world.milepost(&sql).ok().stdout]
    };
    let expected = answers(&world, "utc");
    let contents = world.contents("utc");
    for (lake, zone) in [("east", "Pacific/Kiritimati"), ("west", "XYZ+9:30")] {
        world.zone = zone;
        assert_eq!(answers(&world, lake), expected, "{zone}");
        assert_same(&world.contents(lake), &contents);
    }
}

#[test]
fn the_lake_is_found_by_flag_by_configuration_or_in_the_working_directory() {
    let world = World::as_of(AS_OF);
    let git = shop(&world);
    world.milepost(&["ingest", "git", git.place()]).ok();
    assert!(world.path(".milepost/lake/commits").is_dir());
    let config = world.file("elsewhere/milepost.toml", "lake = \"here\"\n");
    world.milepost(&["ingest", "git", git.place(), "--config", &config]).ok();
    assert!(world.path("elsewhere/here/commits").is_dir(), "relative to the file");
    let flag = world.place("flag");
    world.milepost(&["ingest", "git", git.place(), "--config", &config, "--lake", &flag]).ok();
    assert!(world.path("flag/commits").is_dir());
}

#[test]
fn a_quiet_command_says_nothing_but_its_data() {
    let world = World::as_of(AS_OF);
    let git = shop(&world);
    let lake = world.place("lake");
    let run = world.milepost(&["ingest", "git", git.place(), "--lake", &lake, "--quiet"]).ok();
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    let missing = world.place("missing");
    let run = world
        .milepost(&["sql", "select 1 as one", "--format", "csv", "--lake", &missing, "-q"])
        .ok();
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("one\r\n1\r\n", ""));
}

#[test]
fn every_command_has_help_with_examples() {
    let world = World::as_of(AS_OF);
    for command in [
        &["quickstart"][..],
        &["ingest", "git"],
        &["ingest", "files"],
        &["ingest", "pagerduty"],
        &["ingest", "jira"],
        &["sql"],
        &["metric"],
        &["metrics"],
    ] {
        let mut arguments = command.to_vec();
        arguments.push("--help");
        let help = world.milepost(&arguments).ok().stdout;
        assert!(help.contains("Example"), "{command:?}: {help}");
        assert!(help.contains("--lake") && help.contains("--as-of"), "{command:?}");
    }
    assert_eq!(world.milepost(&["no-such-command"]).code, Some(2));
    assert_eq!(world.milepost(&["sql", "--no-such-flag"]).code, Some(2));
}

#[test]
fn metrics_lists_what_metric_takes() {
    let world = World::as_of(AS_OF);
    let listed = world.milepost(&["metrics", "--format", "json"]).json();
    let names: Vec<&str> = listed
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["metric"].as_str().expect("a name"))
        .collect();
    for name in [
        "change_lead_time",
        "deployment_frequency",
        "failed_deployment_recovery_time",
        "change_fail_rate",
        "deployment_rework_rate",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    let mut arguments = vec!["metric", "--format", "csv", "--quiet"];
    arguments.extend(&names);
    let header = "metric,statistic,unit,subject_kind,subject_id,window_kind,window_start,window_end,value,sample_size,\
                  excluded_count,coverage_ratio,basis,reason,is_provisional,level,level_set,definition_id,ci_low,ci_high\r\n";
    assert_eq!(world.milepost(&arguments).ok().stdout, header, "the contract's columns");
}

#[test]
fn all_metrics_fit_into_one_answer() {
    let world = World::as_of(AS_OF);
    let git = shop(&world);
    world.ingest(&git, "lake", &[]);
    let lake = world.place("lake");
    let listed = world.milepost(&["metrics", "--format", "json"]).json();
    let names = listed.as_array().expect("rows").iter();
    let names: Vec<&str> = names.map(|row| row["metric"].as_str().expect("a name")).collect();
    for format in ["csv", "json"] {
        let mut arguments =
            vec!["metric", "--by", "organization", "--lake", &lake, "--format", format];
        arguments.extend(&names);
        let answer = world.milepost(&arguments).ok().stdout;
        for name in &names {
            assert!(answer.contains(name), "{format} lacks {name}");
        }
    }
}
