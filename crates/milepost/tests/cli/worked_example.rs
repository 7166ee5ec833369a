//! A monorepo worked by hand, from files: one week of the service `api`, with a rollback, a
//! redeploy, a failed attempt, a squash, a bot and a revert.
//!
//! `api` is `services/api/**` and `libs/common/**` of the repository `shop`. All UTC, of 2026:
//!
//! | commit | what | time | path |
//! |---|---|---|---|
//! | c0 | on main | 01-02 09:00 | services/api |
//! | c1 | direct push | 01-05 09:00 | services/api |
//! | f1, f2 | branch of #1, merged as m1 01-06 15:00 | 01-05 10:00, 01-06 11:00 | services/api, libs/common |
//! | s1, s2 | branch of #2, squashed as q1 01-07 10:00 | 01-06 09:00, 17:00 | services/api |
//! | c2 | direct push | 01-07 11:00 | services/web |
//! | b1 | a bot's | 01-08 08:00 | services/api |
//! | r1 | reverts q1 | 01-08 09:30 | services/api |
//! | u1 | direct push, never deployed | 01-09 10:00 | services/api |

use std::collections::BTreeMap;

use serde_json::Value;

use crate::repository::Draft;
use crate::world::World;

const AS_OF: &str = "2026-01-12T00:00:00Z";

pub(crate) fn sha(name: &str) -> String {
    let hex: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("{hex:0<40}")
}

fn list(names: &[&str]) -> String {
    let shas: Vec<String> = names.iter().map(|name| format!("\"\"{}\"\"", sha(name))).collect();
    format!("\"[{}]\"", shas.join(","))
}

fn at(time: &str) -> String {
    format!("2026-{}:00Z", time.replace(' ', "T"))
}

/// name, parents, author, time, reverts, path
type Row =
    (&'static str, &'static [&'static str], &'static str, &'static str, &'static str, &'static str);

const COMMITS: [Row; 12] = [
    ("c0", &[], "ann", "01-02 09:00", "", "services/api/main"),
    ("c1", &["c0"], "ann", "01-05 09:00", "", "services/api/main"),
    ("f1", &["c1"], "bo", "01-05 10:00", "", "services/api/door"),
    ("f2", &["f1"], "bo", "01-06 11:00", "", "libs/common/hinge"),
    ("m1", &["c1", "f2"], "ann", "01-06 15:00", "", ""),
    ("s1", &["c1"], "bo", "01-06 09:00", "", "services/api/window"),
    ("s2", &["s1"], "bo", "01-06 17:00", "", "services/api/window"),
    ("q1", &["m1"], "bo", "01-07 10:00", "", "services/api/window"),
    ("c2", &["q1"], "ann", "01-07 11:00", "", "services/web/main"),
    ("b1", &["c2"], "bot", "01-08 08:00", "", "services/api/lock"),
    ("r1", &["b1"], "bo", "01-08 09:30", "q1", "services/api/window"),
    ("u1", &["r1"], "ann", "01-09 10:00", "", "services/api/main"),
];

const DEPLOYMENTS: [(&str, &str, &str, &str); 8] = [
    ("d0", "c0", "01-04 12:00", "success"),
    ("d1", "c1", "01-05 12:00", "success"),
    ("d2", "m1", "01-06 16:00", "failure"),
    ("d3", "m1", "01-06 18:00", "success"),
    ("d4", "m1", "01-07 08:00", "success"),
    ("d5", "c2", "01-07 12:00", "success"),
    ("d6", "m1", "01-07 13:00", "success"),
    ("d7", "r1", "01-08 10:00", "success"),
];

/// The week in the lake `lake`, from files alone; `has_branches` where the source kept the
/// commits of the squashed branch.
pub(crate) fn week(has_branches: bool) -> World {
    let world = World::as_of(AS_OF);
    commit_files(&world, has_branches);
    other_files(&world, sha);
    world.milepost(&["ingest", "files", &world.place("week"), "--lake", &world.place("lake")]).ok();
    world
}

/// The week with its commits from a git repository, everything else from files.
fn week_from_git() -> World {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    let mut shas: BTreeMap<String, String> = BTreeMap::new();
    for (name, parents, author, time, reverts, path) in COMMITS {
        let branch = match name {
            "f1" | "f2" => "door",
            "s1" | "s2" => "window",
            _ => "main",
        };
        if name == "f1" || name == "s1" {
            git.branch(branch, &shas[parents[0]]);
        }
        let author = match author {
            "bot" => "bot <bot@acme.test>",
            "bo" => "bo <bo@acme.test>",
            _ => "ann <ann@acme.test>",
        };
        let message = match reverts {
            "" => name.to_owned(),
            reverts => format!("Revert \"{reverts}\"\n\nThis reverts commit {}.", shas[reverts]),
        };
        let draft = Draft::new(message, &format!("2026-{time}")).by(author);
        let sha = match path {
            "" => git.merge(branch, &["door"], draft),
            path => git.commit(branch, draft.file(path, format!("{name}\n"))),
        };
        assert_eq!(parents.len() == 2, path.is_empty(), "{name}");
        shas.insert(name.to_owned(), sha);
    }
    other_files(&world, |name| shas[name].clone());
    world.ingest(&git, "lake", &["--all-branches"]);
    world.milepost(&["ingest", "files", &world.place("week"), "--lake", &world.place("lake")]).ok();
    world
}

fn commit_files(world: &World, has_branches: bool) {
    let mut commits = "repository_id,sha,parent_shas,author_email,authored_at,committed_at,is_merge,reverts_sha\n".to_owned();
    let mut files = "repository_id,sha,path,change,additions_count,deletions_count\n".to_owned();
    for (name, parents, author, time, reverts, path) in COMMITS {
        if name.starts_with('s') && !has_branches {
            continue;
        }
        let (sha_of, reverts) =
            (sha(name), if reverts.is_empty() { String::new() } else { sha(reverts) });
        let (time, is_merge, parents) = (at(time), parents.len() > 1, list(parents));
        commits += &format!(
            "shop,{sha_of},{parents},{author}@acme.test,{time},{time},{is_merge},{reverts}\n"
        );
        if !path.is_empty() {
            files += &format!("shop,{sha_of},{path},modified,1,1\n");
        }
    }
    world.file("week/commits.csv", &commits);
    world.file("week/commit_files.csv", &files);
}

/// Deployments, pull requests, incidents and the catalogue, with commits named by `sha`.
fn other_files(world: &World, sha: impl Fn(&str) -> String) {
    let list = |names: &[&str]| {
        let shas: Vec<String> = names.iter().map(|name| format!("\"\"{}\"\"", sha(name))).collect();
        format!("\"[{}]\"", shas.join(","))
    };
    let mut deployments = "deployment_id,service_id,sha,finished_at,outcome\n".to_owned();
    for (name, commit, time, outcome) in DEPLOYMENTS {
        deployments += &format!("{name},api,{},{},{outcome}\n", sha(commit), at(time));
    }
    world.file("week/deployments.csv", &deployments);
    world.file("week/pull_requests.csv", &format!(
        "pull_request_id,repository_id,number,title,state,merged_at,first_commit_at,merge_sha,merge_method,head_shas\n\
         shop#1,shop,1,Add a door,merged,{},,{},merge,{}\n\
         shop#2,shop,2,Add a window,merged,{},{},{},squash,{}\n",
        at("01-06 15:00"), sha("m1"), list(&["f1", "f2"]),
        at("01-07 10:00"), at("01-06 09:00"), sha("q1"), list(&["s1", "s2"]),
    ));
    world.file("week/incidents.csv", &format!(
        "incident_id,service_id,environment,impact_started_at,resolved_at,cause,caused_by_deployment_id\n\
         i1,api,production,{},{},change,d5\n\
         i2,api,production,{},{},external,\n",
        at("01-07 12:20"), at("01-07 13:30"), at("01-09 03:00"), at("01-09 05:00"),
    ));
    world.file(
        "week/service_repositories.csv",
        "service_id,repository_id,include_globs\napi,shop,\"[\"\"services/api/**\"\",\"\"libs/common/**\"\"]\"\n",
    );
    world.file("week/people.csv", "person_id,kind\nann,human\nbo,human\nbot,bot\n");
    world.file("week/identities.csv", "provider,identifier,person_id\ngit,bot@acme.test,bot\n");
}

/// Metric, statistic, value, sample size.
type Expected = (&'static str, &'static str, f64, i64);

/// Checks metrics of `api` over the week under a definition.
#[track_caller]
fn assert_metrics(world: &World, definition: &str, expected: &[Expected]) {
    let lake = world.place("lake");
    let config = world.file("definition/milepost.toml", &format!("[definition]\n{definition}"));
    let mut arguments = vec![
        "metric",
        "--all-statistics",
        "--window",
        "all",
        "--from",
        "2026-01-05",
        "--to",
        "2026-01-12",
        "--format",
        "json",
        "--lake",
        &lake,
        "--config",
        &config,
    ];
    let mut names: Vec<&str> = expected.iter().map(|(name, ..)| *name).collect();
    names.dedup();
    arguments.extend(names);
    let rows = world.milepost(&arguments).json();
    for (name, statistic, value, sample_size) in expected {
        let is_meant = |row: &&Value| {
            row["subject_id"] == "api" && row["metric"] == *name && row["statistic"] == *statistic
        };
        let row = rows.as_array().expect("rows").iter().find(is_meant).expect("the statistic");
        let got = row["value"].as_f64().unwrap_or(f64::NAN);
        assert!((got - value).abs() < 1e-6, "{name} {statistic}: {got}, not {value}");
        assert_eq!(row["sample_size"], *sample_size, "{name} {statistic}");
    }
}

const HOUR: f64 = 3_600.0;

#[test]
fn deployments_are_told_apart_by_what_they_ship() {
    let world = week(true);
    let kinds = "select deployment_id, kind, is_counted, is_change_to_production, is_rework \
                 from classified_deployments order by deployment_id";
    assert_eq!(
        world.lines("lake", kinds),
        [
            "d0 | baseline | true | false | false",
            "d1 | change | true | true | false",
            "d2 | - | false | false | false",
            "d3 | change | true | true | false",
            "d4 | redeploy | false | false | false",
            "d5 | change | true | true | false",
            "d6 | rollback | true | false | true",
            "d7 | change | true | true | true",
        ]
    );
}

#[test]
fn a_change_belongs_to_the_first_deployment_that_contains_it() {
    // c2 is of another service; after the rollback d7 ships b1 and r1, not q1 again.
    let expected = [
        format!("d1 | {} | 10800 | false", sha("c1")),
        "d3 | shop#1 | 115200 | false".to_owned(),
        "d5 | shop#2 | 97200 | false".to_owned(),
        format!("d7 | {} | 7200 | true", sha("b1")),
        format!("d7 | {} | 1800 | true", sha("r1")),
    ];
    let changes = "select deployment_id, change_id, lead_time_seconds, is_excluded \
                   from deployed_changes order by deployment_id, change_id";
    for has_branches in [true, false] {
        assert_eq!(
            week(has_branches).lines("lake", changes),
            expected,
            "branches kept: {has_branches}"
        );
    }
}

/// What the week's metrics are, worked by hand.
const EXPECTED: [Expected; 16] = [
    // d1, d3, d5, d6 and d7 in seven days.
    ("deployment_frequency", "rate", 5.0 / 7.0, 5),
    // 3 h, 27 h, 32 h.
    ("change_lead_time", "p50", 27.0 * HOUR, 3),
    // d5 of d1, d3, d5 and d7.
    ("change_fail_rate", "ratio", 0.25, 4),
    // d6, which rolls back, and d7, which reverts.
    ("deployment_rework_rate", "ratio", 0.4, 5),
    // d5 at 12:00, i1 resolved at 13:30.
    ("failed_deployment_recovery_time", "p50", 5_400.0, 1),
    // #1 waited 3 h, #2 2 h.
    ("merge_to_deploy_time", "p50", 9_000.0, 2),
    // Five in the one complete week, which has five working days.
    ("deployment_frequency", "per_working_day", 1.0, 5),
    ("deployment_frequency", "weekly_median", 5.0, 5),
    // 6, 8, 8, 7.5 and 6 points.
    ("quick_check_score", "overall", 7.1, 5),
    ("quick_check_score", "throughput", 22.0 / 3.0, 3),
    ("quick_check_score", "stability", 6.75, 2),
    // i1 took 70 minutes, i2 two hours.
    ("time_to_restore", "p50", 5_700.0, 2),
    // All but d2.
    ("deployment_attempt_success_rate", "ratio", 6.0 / 7.0, 7),
    // Of c1, #1, #2 and u1 the last one waits, for 62 h.
    ("undeployed_changes", "count", 1.0, 4),
    ("undeployed_change_age", "max", 62.0 * HOUR, 1),
    // 3 h, 27 h and 32 h, and more than 62 h: half of the four are there after 27 h.
    ("change_lead_time_by_merge", "p50", 27.0 * HOUR, 4),
];

#[test]
fn the_week_has_the_same_metrics_when_git_gives_the_commits() {
    assert_metrics(&week_from_git(), "", &EXPECTED);
}

#[test]
fn the_week_has_the_five_metrics_worked_by_hand() {
    let world = week(true);
    assert_metrics(&world, "", &EXPECTED);
    let failed = "select deployment_id, incident_id, link_method from failed_deployments";
    assert_eq!(world.lines("lake", failed), ["d5 | i1 | explicit"]);
}

#[test]
fn the_definition_decides_which_facts_count() {
    let world = week(true);
    let lead = |statistic, value, sample_size| ("change_lead_time", statistic, value, sample_size);
    // r1 0.5 h beside c1 3 h, #2 27 h and #1 32 h; d4 counts too.
    let reverts = [
        lead("p50", 15.0 * HOUR, 4),
        lead("p75", 28.25 * HOUR, 4),
        lead("p90", 30.5 * HOUR, 4),
        lead("mean", 15.625 * HOUR, 4),
        ("deployment_frequency", "rate", 6.0 / 7.0, 6),
    ];
    assert_metrics(&world, "include_reverts = true\nfrequency_counts_redeploys = true\n", &reverts);
    // r1 0.5 h, q1 2 h, c1 3 h, f2 7 h, f1 32 h.
    let commits = [
        lead("p50", 3.0 * HOUR, 5),
        lead("p75", 7.0 * HOUR, 5),
        lead("p90", 22.0 * HOUR, 5),
        lead("mean", 8.9 * HOUR, 5),
    ];
    let definition =
        "change_unit = \"commit\"\nchange_start = \"commit\"\ninclude_reverts = true\n";
    assert_metrics(&world, definition, &commits);
    // b1 2 h beside 3 h, 27 h and 32 h; from the impact at 12:20 instead of d5's finish.
    let bots =
        [lead("p50", 15.0 * HOUR, 4), ("failed_deployment_recovery_time", "p50", 4_200.0, 1)];
    assert_metrics(&world, "include_bots = true\nrecovery_start = \"impact\"\n", &bots);
    // d5 of d1, d3, d5, d6 and d7.
    let all = [("change_fail_rate", "ratio", 0.2, 5)];
    assert_metrics(&world, "fail_rate_denominator = \"all\"\n", &all);
    // #1 3 h, #2 2 h, c1 3 h from its commit.
    assert_metrics(&world, "change_start = \"merged\"\n", &[lead("p50", 3.0 * HOUR, 3)]);
}

#[test]
fn without_incidents_the_rollback_shows_the_failure() {
    let world = week(true);
    let all = world.place("week/incidents.csv");
    let gone = std::fs::read_to_string(&all).expect("a file");
    let gone = gone.replace("caused_by_deployment_id\n", "caused_by_deployment_id,deleted_at\n");
    let gone = gone
        .replace(",d5\n", ",d5,2026-01-11T00:00:00Z\n")
        .replace(",external,\n", ",external,,2026-01-11T00:00:00Z\n");
    std::fs::write(&all, gone).expect("a file");
    let lake = world.place("lake");
    world
        .milepost(&["ingest", "files", &all, "--lake", &lake, "--as-of", "2026-01-13T00:00:00Z"])
        .ok();
    // d6 at 13:00 took d5 away; r1, deployed by d7, says the same later.
    let failed = "select deployment_id, recovered_at, link_method from failed_deployments";
    assert_eq!(world.lines("lake", failed), ["d5 | 2026-01-07T13:00:00Z | rollback"]);
}

#[test]
fn what_was_pushed_and_not_deployed_waits() {
    for world in [week(true), week(false), week_from_git()] {
        let waiting = "select u.service_id, u.landed_at, c.subject, u.is_excluded, \
                       extract(epoch from (select as_of from clock)) - extract(epoch from u.landed_at) as age \
                       from undeployed_changes u join commits c on c.sha = u.sha";
        let rows = world.lines("lake", waiting);
        // u1, pushed 01-09 10:00, is 62 h = 223,200 s old when the week is over.
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert!(rows[0].starts_with("api | 2026-01-09T10:00:00Z"), "{rows:?}");
        assert!(rows[0].contains("| false | 223200"), "{rows:?}");
    }
}

#[test]
fn every_derived_row_names_the_definition_it_follows() {
    let world = week(true);
    for table in [
        "classified_deployments",
        "deployed_changes",
        "undeployed_changes",
        "failed_deployments",
        "classified_incidents",
    ] {
        let sql = format!(
            "select count(*) > 0 and bool_and(t.definition_id = d.definition_id) as is_so \
             from {table} t cross join definition d"
        );
        assert_eq!(world.lines("lake", &sql), ["true"], "{table}");
    }
}
