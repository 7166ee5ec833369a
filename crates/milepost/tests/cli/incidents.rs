//! Which deployment an incident shows to have failed, and which incidents count at all.

use crate::small_lake::SmallLake;

const ROW: [(&str, &str, &str); 3] =
    [("a", "", "01-01 09:00"), ("b", "a", "01-02 09:00"), ("c", "b", "01-03 09:00")];

/// d1 ships b on 01-05, d2 ships c on 01-06; `till` has one deployment of its own.
fn deployed() -> SmallLake {
    let lake = SmallLake::new(&ROW);
    lake.file(
        "deployments",
        "deployment_id,service_id,repository_id,sha,ref,finished_at,outcome\n\
         d0,api,shop,{a},v1.0,<01-04 12:00>,success\n\
         d1,api,shop,{b},v1.1,<01-05 12:00>,success\n\
         d2,api,shop,{c},v1.2,<01-06 12:00>,success\n\
         t0,till,shop,{a},,<01-04 12:00>,success\n",
    );
    lake
}

const LINKS: &str = "select incident_id, is_counted, exclusion_reason, linked_deployment_id, link_method, \
                     array_to_string(quality_flags, ' ') as flags \
                     from classified_incidents order by incident_id";

#[test]
fn an_incident_names_its_deployment_by_id_commit_or_version() {
    let lake = deployed();
    lake.file(
        "incidents",
        "incident_id,service_id,impact_started_at,resolved_at,cause,caused_by_deployment_id\n\
         i1,api,<01-05 13:00>,<01-05 14:00>,change,d1\n\
         i2,api,<01-06 13:00>,<01-06 15:00>,change,{c}\n\
         i3,api,<01-05 15:00>,<01-05 16:00>,change,1.1\n\
         i4,api,<01-06 16:00>,,external,d2\n\
         i5,api,<01-06 17:00>,,change,t0\n\
         i6,api,<01-06 18:00>,,change,d77\n\
         i7,api,<01-06 19:00>,,,\n",
    );
    lake.ingest();
    assert_eq!(
        lake.lines(LINKS),
        [
            "i1 | true | - | d1 | explicit | ",
            "i2 | true | - | d2 | explicit | ",
            "i3 | true | - | d1 | explicit | ",
            // What came from outside is nobody's deployment, whoever says so.
            "i4 | true | - | - | - | ",
            "i5 | true | - | - | - | linked_to_other_service",
            "i6 | true | - | - | - | linked_deployment_unknown",
            "i7 | true | - | - | - | ",
        ]
    );
    // Two incidents are one failure of d1, from 12:00 to 16:00; d2's lasted three hours.
    let failed =
        "select deployment_id, incident_id, recovery_seconds from failed_deployments order by 1";
    assert_eq!(lake.lines(failed), ["d1 | i1 | 14400", "d2 | i2 | 10800"]);
}

#[test]
fn what_cannot_count_says_why() {
    let lake = deployed();
    lake.file(
        "incidents",
        "incident_id,service_id,environment,created_at,resolved_at,caused_by_deployment_id\n\
         i1,api,staging,<01-05 13:00>,,d1\n\
         i2,api,production,<01-05 13:00>,<01-05 12:30>,d1\n\
         i3,apy,production,<01-05 13:00>,,\n\
         i4,api,production,,,\n\
         i5,api,production,<01-05 11:00>,<01-05 13:00>,d1\n",
    );
    lake.ingest();
    assert_eq!(
        lake.lines(LINKS),
        [
            "i1 | false | not_production | - | - | ",
            "i2 | false | resolved_before_opened | d1 | explicit | resolved_before_opened",
            "i3 | false | service_unknown | - | - | service_unknown",
            "i4 | false | start_unknown | - | - | ",
            // It began before what it blames was there; the record is believed, and flagged.
            "i5 | true | - | d1 | explicit | began_before_deployment",
        ]
    );
    let restored = "select incident_id, time_to_restore_seconds from classified_incidents \
                    where time_to_restore_seconds is not null";
    assert_eq!(lake.lines(restored), ["i5 | 7200"]);
}

#[test]
fn severity_and_nearness_count_as_the_definition_says() {
    let lake = deployed();
    lake.file(
        "incidents",
        "incident_id,service_id,severity,impact_started_at,resolved_at\n\
         i1,api,SEV1,<01-05 13:00>,<01-05 14:00>\n\
         i2,api,sev3,<01-06 13:00>,<01-06 15:00>\n\
         i3,api,,<01-06 14:00>,<01-06 15:00>\n\
         i4,api,P2,<01-08 14:00>,<01-08 15:00>\n",
    );
    lake.ingest();
    let under = |options: &str| lake.lines_under(&format!("[definition]\n{options}"), LINKS);
    assert_eq!(
        under("min_severity = \"sev2\"\n"),
        [
            "i1 | true | - | - | - | ",
            "i2 | false | below_min_severity | - | - | ",
            "i3 | true | - | - | - | severity_unknown",
            "i4 | true | - | - | - | ",
        ]
    );
    assert_eq!(
        under("link_heuristic = true\n"),
        [
            "i1 | true | - | d1 | heuristic | linked_by_time",
            "i2 | true | - | d2 | heuristic | linked_by_time",
            "i3 | true | - | d2 | heuristic | linked_by_time",
            // More than a day after d2.
            "i4 | true | - | - | - | ",
        ]
    );
    let far = under("link_heuristic = true\nheuristic_window = \"7d\"\n");
    assert_eq!(far[3], "i4 | true | - | d2 | heuristic | linked_by_time");
}

#[test]
fn a_failed_attempt_that_an_incident_names_did_reach_production() {
    let lake = SmallLake::new(&ROW);
    lake.deployments(&[
        ("d0", "a", "01-04 12:00", "success"),
        ("d1", "b", "01-05 12:00", "failure"),
        ("d2", "b", "01-05 13:00", "failure"),
        ("d3", "b", "01-05 14:00", "success"),
    ]);
    lake.file(
        "incidents",
        "incident_id,service_id,impact_started_at,mitigated_at,caused_by_deployment_id\n\
         i1,api,<01-05 12:00>,<01-05 12:45>,d1\n",
    );
    lake.ingest();
    let rows = "select deployment_id, kind, is_counted, is_change_to_production, exclusion_reason \
                from classified_deployments order by 1";
    assert_eq!(
        lake.lines(rows),
        [
            "d0 | baseline | true | false | -",
            "d1 | change | true | true | -",
            "d2 | - | false | false | failed",
            "d3 | redeploy | false | false | redeploy",
        ]
    );
    let failed = "select deployment_id, recovery_seconds, link_method from failed_deployments";
    assert_eq!(lake.lines(failed), ["d1 | 2700 | explicit"]);
}

#[test]
fn a_hotfix_and_the_fix_of_a_new_bug_are_rework() {
    let lake = SmallLake::new(&[
        ("a", "", "01-01 09:00"),
        ("b", "a", "01-02 09:00"),
        ("c", "b", "01-03 09:00"),
        ("d", "c", "01-04 09:00"),
        ("e", "d", "01-05 09:00"),
    ]);
    lake.deployments(&[
        ("d0", "a", "01-01 12:00", "success"),
        ("d1", "b", "01-02 12:00", "success"),
        ("d2", "c", "01-03 12:00", "success"),
        ("d3", "d", "01-04 12:00", "success"),
        ("d4", "e", "01-05 12:00", "success"),
    ]);
    lake.file(
        "pull_requests",
        "pull_request_id,repository_id,number,merged_at,merge_sha,merge_method,head_ref,work_item_keys\n\
         shop#1,shop,1,<01-02 09:00>,{b},squash,hotfix/door,[]\n\
         shop#2,shop,2,<01-03 09:00>,{c},squash,window,\"[\"\"BUG-1\"\"]\"\n\
         shop#3,shop,3,<01-04 09:00>,{d},squash,roof,\"[\"\"BUG-2\"\"]\"\n\
         shop#4,shop,4,<01-05 09:00>,{e},squash,wall,\"[\"\"FEAT-3\"\"]\"\n",
    );
    lake.file(
        "work_items",
        "work_item_id,key,kind,created_at\n\
         1,BUG-1,Bug,<01-02 20:00>\n\
         2,BUG-2,Bug,<01-01 20:00>\n\
         3,FEAT-3,Story,<01-04 20:00>\n",
    );
    lake.ingest();
    let rework = "select deployment_id from classified_deployments where is_rework order by 1";
    // #1 is a hotfix; BUG-1 was opened after d1, BUG-2 long before d2.
    assert_eq!(lake.lines(rework), ["d1", "d2"]);
    assert_eq!(lake.lines("select count(*) as n from failed_deployments"), ["0"]);
}
