//! Which of several deployments an incident or a fix means.

use crate::small_lake::SmallLake;

const ROW: [(&str, &str, &str); 3] =
    [("a", "", "01-01 09:00"), ("b", "a", "01-02 09:00"), ("c", "b", "01-03 09:00")];

const LINKS: &str = "select incident_id, linked_deployment_id, link_method, \
                     array_to_string(quality_flags, ' ') as flags \
                     from classified_incidents order by incident_id";

const HEURISTIC: &str = "[definition]\nlink_heuristic = true\n";

#[test]
fn a_part_of_a_rollout_stands_for_the_whole() {
    let lake = SmallLake::new(&ROW);
    lake.file(
        "deployments",
        "deployment_id,service_id,repository_id,sha,finished_at,outcome,target,fixes_deployment_id\n\
         d0,api,shop,{a},<01-04 12:00>,success,,\n\
         d1eu,api,shop,{b},<01-05 12:00>,success,eu,\n\
         d1us,api,shop,{b},<01-05 12:20>,success,us,\n\
         d2eu,api,shop,{c},<01-06 12:00>,success,eu,d1eu\n",
    );
    lake.file(
        "incidents",
        "incident_id,service_id,impact_started_at,resolved_at,caused_by_deployment_id\n\
         i1,api,<01-06 13:00>,<01-06 14:00>,d2eu\n\
         i2,api,<01-05 13:00>,<01-05 15:20>,d1eu\n",
    );
    lake.ingest();
    assert_eq!(lake.lines(LINKS), ["i1 | d2eu | explicit | ", "i2 | d1us | explicit | "]);
    // d1 was whole at 12:20; its incident ended three hours later.
    let failed = "select deployment_id, incident_id, recovery_seconds, remediated_by_deployment_id \
                  from failed_deployments order by 1";
    assert_eq!(lake.lines(failed), ["d1us | i2 | 10800 | -", "d2eu | i1 | 7200 | -"]);
    let rework = "select deployment_id from classified_deployments where is_rework";
    assert_eq!(lake.lines(rework), ["d2eu"]);
}

#[test]
fn a_fix_that_names_a_part_of_a_rollout_shows_that_the_rollout_failed() {
    let lake = SmallLake::new(&ROW);
    lake.file(
        "deployments",
        "deployment_id,service_id,repository_id,sha,finished_at,outcome,target,fixes_deployment_id\n\
         d0,api,shop,{a},<01-04 12:00>,success,,\n\
         d1eu,api,shop,{b},<01-05 12:00>,success,eu,\n\
         d1us,api,shop,{b},<01-05 12:20>,success,us,\n\
         d2,api,shop,{c},<01-05 13:20>,success,,d1eu\n",
    );
    lake.ingest();
    let failed = "select deployment_id, recovery_seconds, remediated_by_deployment_id, link_method \
                  from failed_deployments order by 1";
    assert_eq!(lake.lines(failed), ["d1us | 3600 | d2 | explicit"]);
}

#[test]
fn an_incident_that_does_not_count_makes_no_failed_attempt_a_deployment() {
    let lake = SmallLake::new(&ROW);
    lake.deployments(&[
        ("d0", "a", "01-04 12:00", "success"),
        ("d1", "b", "01-05 12:00", "failure"),
        ("d2", "c", "01-06 12:00", "failure"),
        ("d3", "c", "01-07 12:00", "failure"),
    ]);
    lake.file(
        "incidents",
        "incident_id,service_id,environment,severity,cause,impact_started_at,caused_by_deployment_id\n\
         i1,api,staging,sev1,change,<01-05 12:00>,d1\n\
         i2,api,production,sev1,external,<01-06 12:00>,d2\n\
         i3,api,production,sev4,change,<01-07 12:00>,d3\n",
    );
    lake.ingest();
    let kinds =
        "select deployment_id, kind, exclusion_reason from classified_deployments order by 1";
    let config = "[definition]\nmin_severity = \"sev2\"\n";
    assert_eq!(
        lake.lines_under(config, kinds),
        ["d0 | baseline | -", "d1 | - | failed", "d2 | - | failed", "d3 | - | failed"]
    );
    // Where every severity counts, the last one did reach production.
    assert_eq!(lake.lines(kinds)[3], "d3 | change | -");
}

#[test]
fn a_commit_or_a_version_means_the_deployment_that_brought_it() {
    let lake = SmallLake::new(&ROW);
    lake.file(
        "deployments",
        "deployment_id,service_id,repository_id,sha,ref,finished_at,outcome\n\
         d0,api,shop,{a},refs/tags/v1.0,<01-04 12:00>,success\n\
         d1,api,shop,{b},refs/tags/v1.1,<01-05 12:00>,success\n\
         d2,api,shop,{b},refs/tags/v1.1,<01-06 12:00>,success\n",
    );
    lake.file(
        "incidents",
        "incident_id,service_id,impact_started_at,caused_by_deployment_id\n\
         i1,api,<01-06 13:00>,{b}\n\
         i2,api,<01-06 13:00>,v1.1\n\
         i3,api,<01-06 13:00>,1.1\n\
         i4,api,<01-06 13:00>,refs/tags/v1.1\n\
         i5,api,<01-05 11:00>,v1.1\n",
    );
    lake.ingest();
    assert_eq!(
        lake.lines(LINKS),
        [
            // d2 put the same again into place.
            "i1 | d1 | explicit | ",
            "i2 | d1 | explicit | ",
            "i3 | d1 | explicit | ",
            "i4 | d1 | explicit | ",
            // It began before that version was there.
            "i5 | - | - | linked_deployment_unknown",
        ]
    );
}

#[test]
fn a_deployment_without_its_commit_is_found_by_the_commit_its_tag_names() {
    let lake = SmallLake::new(&ROW);
    lake.file(
        "deployments",
        "deployment_id,service_id,repository_id,ref,artifact_digest,finished_at,outcome\n\
         d0,api,shop,,sha256:aa,<01-04 12:00>,success\n\
         d1,api,shop,,sha256:bb,<01-05 12:00>,success\n",
    );
    lake.file(
        "artifacts",
        "artifact_digest,reference,repository_id,sha\n\
         sha256:aa,registry.test/shop:1,shop,{a}\n\
         sha256:bb,registry.test/shop:2,shop,{b}\n",
    );
    lake.file(
        "incidents",
        "incident_id,service_id,impact_started_at,caused_by_deployment_id\n\
         i1,api,<01-06 13:00>,{b}\n",
    );
    lake.ingest();
    assert_eq!(lake.lines(LINKS), ["i1 | d1 | explicit | "]);
}

#[test]
fn an_incident_means_a_deployment_to_its_own_production_environment() {
    let lake = SmallLake::new(&ROW);
    lake.file(
        "deployments",
        "deployment_id,service_id,repository_id,sha,environment,finished_at,outcome\n\
         e0,api,shop,{a},eu-production,<01-04 12:00>,success\n\
         u0,api,shop,{a},us-production,<01-04 12:30>,success\n\
         e1,api,shop,{b},eu-production,<01-05 12:00>,success\n\
         u1,api,shop,{b},us-production,<01-05 18:00>,success\n",
    );
    lake.file(
        "incidents",
        "incident_id,service_id,environment,impact_started_at,caused_by_deployment_id\n\
         i1,api,EU-production,<01-05 19:00>,{b}\n\
         i2,api,us-production,<01-05 19:00>,{b}\n\
         i3,api,eu-production,<01-05 19:00>,\n\
         i4,api,production,<01-05 19:00>,\n\
         i5,api,,<01-05 19:00>,\n\
         i6,api,eu-production,<01-05 19:00>,u1\n",
    );
    lake.ingest();
    let config = format!("{HEURISTIC}production_environments = \"production$\"\n");
    assert_eq!(
        lake.lines_under(&config, LINKS),
        [
            "i1 | e1 | explicit | ",
            "i2 | u1 | explicit | ",
            "i3 | e1 | heuristic | linked_by_time",
            // Nobody deploys to a place of that name, or none is named: the last one anywhere.
            "i4 | u1 | heuristic | linked_by_time",
            "i5 | u1 | heuristic | linked_by_time",
            // Who names a deployment is believed.
            "i6 | u1 | explicit | ",
        ]
    );
}

#[test]
fn time_names_no_deployment_where_somebody_named_another_service_s() {
    let lake = SmallLake::new(&ROW);
    lake.file(
        "deployments",
        "deployment_id,service_id,repository_id,sha,finished_at,outcome\n\
         d0,api,shop,{a},<01-04 12:00>,success\n\
         d1,api,shop,{b},<01-05 12:00>,success\n\
         t0,till,shop,{a},<01-05 12:00>,success\n",
    );
    lake.file(
        "incidents",
        "incident_id,service_id,impact_started_at,caused_by_deployment_id\n\
         i1,api,<01-05 13:00>,t0\n\
         i2,api,<01-05 13:00>,nobody-s\n",
    );
    lake.ingest();
    assert_eq!(
        lake.lines_under(HEURISTIC, LINKS),
        [
            "i1 | - | - | linked_to_other_service",
            "i2 | d1 | heuristic | linked_by_time linked_deployment_unknown",
        ]
    );
}

#[test]
fn an_incident_shows_only_what_was_known_as_of_the_report() {
    let lake = SmallLake::new(&ROW);
    lake.deployments(&[
        ("d0", "a", "01-04 12:00", "success"),
        ("d1", "b", "01-05 12:00", "success"),
    ]);
    lake.file(
        "incidents",
        "incident_id,service_id,impact_started_at,mitigated_at,resolved_at,caused_by_deployment_id\n\
         i1,api,<01-05 13:00>,<01-05 15:00>,<01-06 13:00>,d1\n\
         i2,api,<01-08 13:00>,,,d1\n",
    );
    lake.ingest();
    let as_of = |time: &str| {
        let place = lake.world.place("lake");
        let sql = "select i.incident_id, f.recovery_seconds, i.time_to_restore_seconds \
                   from classified_incidents i \
                   left join failed_deployments f on f.incident_id = i.incident_id order by 1";
        let time = crate::small_lake::at(time);
        let flags = ["sql", "--format", "json", "--as-of", &time, "--lake", &place, sql];
        crate::world::as_lines(&lake.world.milepost(&flags).json())
    };
    assert_eq!(as_of("01-05 14:00"), ["i1 | - | -"]);
    // Users stopped feeling it after three hours of d1; it was not resolved yet.
    assert_eq!(as_of("01-05 16:00"), ["i1 | 10800 | -"]);
    assert_eq!(as_of("01-07 00:00"), ["i1 | 10800 | 86400"]);
}
