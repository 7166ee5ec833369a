//! Definitions: presets, options, and what they refuse; and what a change-over from inferred to
//! recorded deployments leaves as it was.

use crate::small_lake::SmallLake;
use crate::world::World;

const ROW: [(&str, &str, &str); 3] =
    [("a", "", "01-01 09:00"), ("b", "a", "01-02 09:00"), ("c", "b", "01-03 09:00")];

#[test]
fn a_team_that_moves_over_finds_its_old_numbers_under_the_old_preset() {
    let lake = SmallLake::new(&ROW);
    lake.deployments(&[
        ("d0", "a", "01-04 12:00", "success"),
        ("d1", "b", "01-05 12:00", "success"),
        ("d2", "b", "01-06 12:00", "success"),
        ("d3", "c", "01-07 12:00", "success"),
    ]);
    lake.file(
        "incidents",
        "incident_id,service_id,created_at,resolved_at\n\
         i1,api,<01-06 18:00>,<01-06 20:00>\n\
         i2,api,<02-20 12:00>,<02-20 13:00>\n",
    );
    lake.ingest();
    let rate = "select value, sample_size from metrics.change_fail_rate \
                where subject_kind = 'service' and window_kind = 'all'";
    // Nothing links the incidents, so that none of d1 and d3 failed.
    assert_eq!(lake.lines(rate), ["0.0 | 2"]);
    // The last success before each incident, however long ago: d2 and d3 of four.
    assert_eq!(lake.lines_under("[definition]\npreset = \"devlake\"\n", rate), ["0.5 | 4"]);
    let options = "[definition]\npreset = \"devlake\"\nheuristic_window = \"24h\"\n";
    assert_eq!(lake.lines_under(options, rate), ["0.25 | 4"]);
    let ids = "select definition_id, preset, heuristic_window from definition";
    let (ours, theirs) = (lake.lines(ids), lake.lines_under(options, ids));
    assert!(ours[0].ends_with("milepost | 1d") && theirs[0].ends_with("devlake | 1d"));
    assert_ne!(ours[0][..12], theirs[0][..12], "another definition has another id");
}

#[test]
fn a_preset_that_aggregates_otherwise_brings_its_own_queries() {
    let lake = SmallLake::new(&[
        ("a", "", "01-01 09:00"),
        ("b", "a", "01-02 09:00"),
        ("c", "b", "01-02 10:00"),
        ("d", "c", "01-02 11:00"),
        ("e", "d", "01-02 12:00"),
    ]);
    lake.file(
        "pull_requests",
        "pull_request_id,repository_id,number,first_commit_at,merged_at,merge_sha,merge_method\n\
         shop#1,shop,1,<01-02 08:00>,<01-02 09:00>,{b},squash\n\
         shop#2,shop,2,<01-02 07:00>,<01-02 10:00>,{c},squash\n",
    );
    lake.deployments(&[
        ("d0", "a", "01-01 12:00", "success"),
        ("d1", "e", "01-02 13:00", "success"),
    ]);
    lake.ingest();
    let lead = "select value, sample_size, excluded_count from metrics.change_lead_time \
                where subject_kind = 'service' and window_kind = 'all' and statistic = 'p50'";
    // d 2 h, e 1 h, #1 5 h, #2 6 h: the median lies half-way from 2 h to 5 h.
    assert_eq!(lake.lines(lead), ["12600.0 | 4 | 0"]);
    // Pull requests alone, and of 5 h and 6 h the lower one.
    assert_eq!(lake.lines_under("[definition]\npreset = \"devlake\"\n", lead), ["18000.0 | 2 | 2"]);
}

#[test]
fn an_option_that_is_not_there_is_refused_by_name() {
    let world = World::as_of(crate::small_lake::AS_OF);
    for (config, names) in [
        ("[definition]\npreset = \"magic\"\n", "`magic`"),
        ("[definition]\ninclude_robots = true\n", "`include_robots`"),
        ("[definition]\nmin_severity = \"awful\"\n", "`awful`"),
        ("[definition]\nfail_rate_denominator = \"some\"\n", "`some`"),
        ("[[deployment_rule]]\nenvironment = \"production\"\n", "matches every run"),
        ("[[deployment_rule]]\nworkflow = \"deploy\"\n", "`environment`"),
    ] {
        let file = world.file("milepost.toml", config);
        let run = world.milepost(&["sql", "--config", &file, "select 1"]);
        assert_eq!(run.code, Some(2), "{config}: {}", run.stderr);
        assert!(run.stderr.contains(names), "{config}: {}", run.stderr);
    }
}

/// Two years of monthly tags, then a deploy tool that knows only the last ten deployments.
#[test]
fn connecting_a_deploy_tool_doubles_nothing_and_erases_nothing() {
    let world = World::as_of("2026-07-01T00:00:00Z");
    let mut git = world.repository("shop");
    let month = |at: usize| format!("{}-{:02}", 2024 + at / 12, at % 12 + 1);
    for at in 0..24 {
        git.push("main", &format!("file{at}.txt"), &format!("{}-10 09:00", month(at)));
        git.release(&format!("v1.{at}.0"), "main", &format!("{}-10 12:00", month(at)));
    }
    world.ingest(&git, "lake", &[]);
    let values = "select window_start, value, sample_size from metrics.deployment_frequency \
                  where subject_kind = 'organization' and window_kind = 'month' and statistic = 'rate' \
                  order by 1";
    let before = world.lines("lake", values);
    let changes = "select change_id, deployment_id, lead_time_seconds from deployed_changes \
                   where deployed_at < '2025-12-01' order by 1";
    let changes_before = world.lines("lake", changes);
    assert_eq!(changes_before.len(), 22, "one a month but for the first, which is a baseline");

    // The tool's first deployment is the tag of December 2025 again, a minute later.
    let mut rows =
        "deployment_id,service_id,repository_id,sha,environment,finished_at,outcome\n".to_owned();
    let december = git.id("main");
    rows += &format!("t0,shop,shop,{december},prod-eu,2025-12-10T12:01:00Z,success\n");
    for at in 1..10 {
        let time = format!("2026-{:02}-05 09:00", at.min(6));
        let sha = git.push("main", &format!("more{at}.txt"), &time);
        let time = time.replace(' ', "T").replace("09:00", &format!("{:02}:30", 9 + at));
        rows += &format!("t{at},shop,shop,{sha},prod-eu,{time}:00Z,success\n");
    }
    world.ingest(&git, "lake", &[]);
    let file = world.file("deployments.csv", &rows);
    world.milepost(&["ingest", "files", &file, "--lake", &world.place("lake")]).ok();

    let after = world.lines("lake", values);
    assert_eq!(after[..23], before[..23], "earlier months stay as they were");
    assert_eq!(world.lines("lake", changes), changes_before);
    let december = "select deployment_id, kind, is_counted, array_to_string(quality_flags, ' ') as flags \
                    from classified_deployments where finished_at >= '2025-12-01' \
                    and finished_at < '2026-01-01' order by 1";
    assert_eq!(
        world.lines("lake", december),
        [
            "shop@v1.23.0 | change | true | ",
            // No new baseline: the same commit is live already.
            "t0 | redeploy | false | recorded_from_here",
        ]
    );
    let shipped = "select count(*) as n from deployed_changes where deployed_at >= '2026-01-01'";
    assert_eq!(world.lines("lake", shipped), ["9"], "what came after is attributed to the tool's");
}
