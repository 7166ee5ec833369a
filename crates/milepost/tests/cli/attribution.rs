//! Which deployment did what and shipped which changes first, case by case.

use crate::small_lake::SmallLake;

/// Four commits in a row, a day apart.
const ROW: [(&str, &str, &str); 4] = [
    ("a", "", "01-01 09:00"),
    ("b", "a", "01-02 09:00"),
    ("c", "b", "01-03 09:00"),
    ("d", "c", "01-04 09:00"),
];

const CHANGES: &str = "select deployment_id, sha, change_id, lead_time_seconds, exclusion_reason, \
                       array_to_string(quality_flags, ' ') as flags \
                       from deployed_changes order by deployment_id, change_id";

#[test]
fn one_commit_on_several_targets_within_an_hour_is_one_deployment() {
    let lake = SmallLake::new(&ROW);
    lake.file(
        "deployments",
        "deployment_id,service_id,repository_id,sha,finished_at,outcome,target\n\
         d0,api,shop,{a},<01-01 12:00>,success,eu\n\
         d1,api,shop,{b},<01-02 12:00>,success,eu\n\
         d2,api,shop,{b},<01-02 13:00>,success,us\n\
         d3,api,shop,{b},<01-02 14:30>,success,ap\n\
         d4,api,shop,{c},<01-03 12:00>,success,eu\n\
         d5,api,shop,{c},<01-03 12:30>,failure,us\n",
    );
    lake.ingest();
    let rows = "select deployment_id, kind, outcome, exclusion_reason, is_counted \
                from classified_deployments order by deployment_id";
    assert_eq!(
        lake.lines(rows),
        [
            "d0 | baseline | succeeded | - | true",
            // d2 came an hour after d1 and ends the rollout; d3 came later still.
            "d1 | - | succeeded | part_of_rollout | false",
            "d2 | change | succeeded | - | true",
            "d3 | redeploy | succeeded | redeploy | false",
            "d4 | change | partial | partial | false",
            "d5 | - | failed | part_of_rollout | false",
        ]
    );
    // One target of the last rollout failed, and nothing has mended it.
    assert_eq!(
        lake.lines("select deployment_id, link_method, recovered_at from failed_deployments"),
        ["d4 | outcome | -"]
    );
    // Another window of the definition makes one of all three.
    let kinds =
        "select deployment_id, kind from classified_deployments where kind is not null order by 1";
    let wide = lake.lines_under("[definition]\nrollout_merge_window = \"2h\"\n", kinds);
    assert_eq!(wide, ["d0 | baseline", "d3 | change", "d4 | change"]);
}

#[test]
fn a_change_is_deployed_when_all_targets_have_it() {
    let lake = SmallLake::new(&ROW);
    lake.deployments(&[
        ("d0", "a", "01-05 10:00", "success"),
        ("d1", "b", "01-05 11:00", "partial"),
        ("d2", "b", "01-05 11:51", "success"),
        ("d3", "d", "01-05 13:00", "partial"),
        ("d4", "b", "01-05 13:30", "success"),
    ]);
    lake.ingest();
    let rows = "select deployment_id, kind, exclusion_reason, is_change_to_production as is_change \
                from classified_deployments order by deployment_id";
    assert_eq!(
        lake.lines(rows),
        [
            "d0 | baseline | - | false",
            "d1 | change | partial | true",
            "d2 | change | - | true",
            // `c` and `d` never reached all targets, and what was there before came back.
            "d3 | change | partial | true",
            "d4 | rollback | - | false",
        ]
    );
    // `b` was written on the 2nd at 9:00 and complete on the 5th at 11:51.
    let changes = "select deployment_id, lead_time_seconds from deployed_changes";
    assert_eq!(lake.lines(changes), ["d2 | 269460"]);
    // 51 minutes until the rollout was complete, 30 until it was taken back.
    let failures = "select deployment_id, recovery_seconds from failed_deployments order by 1";
    assert_eq!(lake.lines(failures), ["d1 | 3060", "d3 | 1800"]);
}

#[test]
fn a_second_rollback_blames_what_was_live_not_what_was_gone_already() {
    let lake = SmallLake::new(&ROW);
    lake.deployments(&[
        ("d0", "a", "01-05 10:00", "success"),
        ("d1", "b", "01-05 11:00", "success"),
        ("d2", "c", "01-05 12:00", "success"),
        ("r1", "b", "01-05 13:00", "success"),
        ("r2", "a", "01-05 14:00", "success"),
        ("f1", "c", "01-05 15:00", "success"),
    ]);
    lake.ingest();
    assert_eq!(
        lake.lines("select deployment_id, remediated_by_deployment_id, recovery_seconds, link_method from failed_deployments order by 1"),
        // r1 took c (d2) away after an hour, r2 then b (d1) after three.
        ["d1 | r2 | 10800 | rollback", "d2 | r1 | 3600 | rollback"]
    );
    // Going on to c again ships nothing new.
    assert_eq!(lake.kinds()[3..], ["f1 | roll_forward | ", "r1 | rollback | ", "r2 | rollback | "]);
}

#[test]
fn a_planned_rollback_shows_no_failure_and_is_no_rework() {
    let lake = SmallLake::new(&ROW);
    lake.file(
        "deployments",
        "deployment_id,service_id,repository_id,sha,finished_at,outcome,is_planned\n\
         d0,api,shop,{a},<01-05 10:00>,success,\n\
         d1,api,shop,{b},<01-05 11:00>,success,\n\
         r1,api,shop,{a},<01-05 12:00>,success,true\n",
    );
    lake.ingest();
    assert_eq!(lake.lines("select count(*) as n from failed_deployments"), ["0"]);
    let rework = "select bool_or(is_rework) as any from classified_deployments";
    assert_eq!(lake.lines(rework), ["false"]);
}

#[test]
fn a_commit_is_found_by_its_short_id_its_artifact_and_its_tag() {
    let lake = SmallLake::new(&[
        ("aaaaaaaa", "", "01-01 09:00"),
        ("bbbbbbbb", "aaaaaaaa", "01-02 09:00"),
        ("cccccccc", "bbbbbbbb", "01-03 09:00"),
        ("dddddddd", "cccccccc", "01-04 09:00"),
    ]);
    // The ids are the names' bytes in hexadecimal: 6161…, 6262…, 6363…, 6464….
    lake.file(
        "deployments",
        "deployment_id,service_id,repository_id,sha,ref,artifact_digest,finished_at,outcome\n\
         d0,api,shop,61616161,,,<01-05 10:00>,success\n\
         d1,api,shop,,,sha256:11,<01-05 11:00>,success\n\
         d2,api,shop,,1.4.2,,<01-05 12:00>,success\n\
         d3,api,shop,,nightly,,<01-05 13:00>,success\n\
         d4,api,shop,ffffffffff,,,<01-05 14:00>,success\n\
         d5,api,shop,,,,<01-05 15:00>,success\n",
    );
    lake.file(
        "artifacts",
        "artifact_digest,reference,repository_id,sha\n\
         sha256:11,registry.test/acme/shop:1.4.1,shop,{bbbbbbbb}\n\
         sha256:22,registry.test/acme/shop:1.4.2,shop,{cccccccc}\n",
    );
    lake.ingest();
    assert_eq!(
        lake.kinds(),
        [
            "d0 | baseline | sha_abbreviated",
            "d1 | change | sha_from_artifact",
            "d2 | change | sha_from_artifact",
            "d3 | unresolved | sha_unknown",
            "d4 | unresolved | sha_unknown",
            "d5 | unresolved | sha_missing",
        ]
    );
    let covered = "select coverage_ratio, sample_size from metrics.deployment_frequency \
                   where subject_kind = 'service' and window_kind = 'all' and statistic = 'rate'";
    // Three of the six deployments name a commit that is known.
    assert_eq!(lake.lines(covered), ["0.5 | 6"]);
}

#[test]
fn where_nothing_names_a_commit_the_branch_of_that_time_can_stand_in() {
    let lake = SmallLake::new(&ROW);
    lake.file(
        "deployments",
        "deployment_id,service_id,repository_id,sha,started_at,finished_at,outcome\n\
         d0,api,shop,{a},,<01-01 12:00>,success\n\
         d1,api,shop,,<01-03 10:00>,<01-03 20:00>,success\n\
         d2,api,shop,,,<01-04 10:00>,success\n",
    );
    let head = format!("repository_id,name,head_sha\nshop,shop,{}\n", crate::small_lake::sha("d"));
    lake.file("repositories", &head);
    lake.ingest();
    assert_eq!(
        lake.kinds()[1..],
        ["d1 | unresolved | sha_missing", "d2 | unresolved | sha_missing"]
    );
    let config = "[definition]\nunresolved_fallback = \"time_window\"\n";
    let changes = "select deployment_id, substr(change_id, 1, 2) as id, lead_time_seconds, \
                   array_to_string(quality_flags, ' ') as flags from deployed_changes order by 1, 2";
    assert_eq!(
        lake.lines_under(config, changes),
        [
            // b and c were there when d1 began, finished 01-03 20:00; d came the day after.
            "d1 | 62 | 126000 | mapped_by_time",
            "d1 | 63 | 39600 | mapped_by_time",
            "d2 | 64 | 3600 | mapped_by_time",
        ]
    );
}

#[test]
fn work_that_comes_again_from_another_branch_is_not_counted_twice() {
    // A fix on a release branch, picked to the main line: same author, time, subject and size.
    let lake = SmallLake::new(&[("a", "", "01-01 09:00")]);
    lake.file(
        "commits",
        "repository_id,sha,parent_shas,author_email,authored_at,committed_at,subject,is_merge,files_changed_count,additions_count,deletions_count,cherry_picked_from_sha\n\
         shop,{a},[],ann@acme.test,<01-01 09:00>,<01-01 09:00>,Begin,false,1,9,0,\n\
         shop,{b},\"[\"\"{a}\"\"]\",ann@acme.test,<01-02 09:00>,<01-02 09:00>,More,false,1,5,0,\n\
         shop,{fix},\"[\"\"{a}\"\"]\",bo@acme.test,<01-03 09:00>,<01-03 09:00>,Mend the door,false,1,2,1,\n\
         shop,{pick},\"[\"\"{b}\"\"]\",bo@acme.test,<01-03 09:00>,<01-03 12:00>,Mend the door,false,1,2,1,\n\
         shop,{named},\"[\"\"{pick}\"\"]\",ann@acme.test,<01-02 09:00>,<01-04 12:00>,Again,false,1,7,7,{fix}\n",
    );
    lake.deployments(&[
        ("d0", "a", "01-01 12:00", "success"),
        ("d1", "fix", "01-03 10:00", "success"),
        ("d2", "named", "01-05 09:00", "success"),
    ]);
    lake.ingest();
    let rows = "select d.deployment_id, c.subject, d.exclusion_reason, e.subject as of_subject \
                from deployed_changes d join commits c on c.sha = d.sha \
                left join commits e on e.sha = d.duplicate_of order by 1, 2";
    assert_eq!(
        lake.lines(rows),
        [
            "d1 | Mend the door | - | -",
            "d2 | Again | duplicate | Mend the door",
            "d2 | Mend the door | duplicate | Mend the door",
            "d2 | More | - | -",
        ]
    );
}

#[test]
fn work_that_is_done_again_on_top_of_itself_is_no_duplicate() {
    let lake = SmallLake::new(&[("a", "", "01-01 09:00")]);
    lake.file(
        "commits",
        "repository_id,sha,parent_shas,author_email,authored_at,committed_at,subject,is_merge,reverts_sha,cherry_picked_from_sha\n\
         shop,{a},[],ann@acme.test,<01-01 09:00>,<01-01 09:00>,Begin,false,,\n\
         shop,{door},\"[\"\"{a}\"\"]\",bo@acme.test,<01-02 09:00>,<01-02 09:00>,Door,false,,\n\
         shop,{undo},\"[\"\"{door}\"\"]\",bo@acme.test,<01-03 09:00>,<01-03 09:00>,Undo,false,{door},\n\
         shop,{redo},\"[\"\"{undo}\"\"]\",bo@acme.test,<01-02 09:00>,<01-04 09:00>,Door,false,,{door}\n",
    );
    lake.deployments(&[
        ("d0", "a", "01-01 12:00", "success"),
        ("d1", "undo", "01-03 12:00", "success"),
        ("d2", "redo", "01-04 12:00", "success"),
    ]);
    lake.ingest();
    let redone = "select exclusion_reason, lead_time_seconds from deployed_changes where deployment_id = 'd2'";
    // Picked 01-04 09:00, deployed 12:00.
    assert_eq!(lake.lines(redone), ["- | 10800"]);
}

#[test]
fn a_rebased_pull_request_is_one_change_from_its_first_commit_on() {
    let lake = SmallLake::new(&[
        ("a", "", "01-01 09:00"),
        ("p1", "a", "01-02 09:00"),
        ("p2", "p1", "01-03 09:00"),
        ("q", "p2", "01-04 09:00"),
    ]);
    lake.file(
        "pull_requests",
        "pull_request_id,repository_id,number,title,state,merged_at,merge_sha,merge_method,commits_count\n\
         shop#7,shop,7,Two steps,merged,<01-03 10:00>,{p2},rebase,2\n",
    );
    lake.deployments(&[
        ("d0", "a", "01-01 12:00", "success"),
        ("d1", "q", "01-04 12:00", "success"),
    ]);
    lake.ingest();
    let rows = "select change_id, lead_time_seconds, merge_to_deploy_seconds from deployed_changes order by 1";
    let q = crate::small_lake::sha("q");
    // From p1 01-02 09:00 to 01-04 12:00 are 51 h; from the merge 26 h. q took 3 h.
    assert_eq!(
        lake.lines(rows),
        [format!("{q} | 10800 | -"), "shop#7 | 183600 | 93600".to_owned()]
    );
}

#[test]
fn what_contradicts_itself_is_flagged_and_never_averaged_in() {
    let lake = SmallLake::new(&ROW);
    lake.file(
        "deployments",
        "deployment_id,service_id,repository_id,sha,started_at,finished_at,outcome,declared_kind\n\
         d0,api,shop,{a},,<01-01 12:00>,success,\n\
         d1,api,shop,{b},,<01-01 13:00>,success,\n\
         d2,api,shop,{c},<01-05 09:00>,<01-05 08:00>,success,\n\
         d3,api,shop,{d},,<01-05 08:00>,success,rollback\n",
    );
    lake.ingest();
    assert_eq!(
        lake.kinds(),
        [
            "d0 | baseline | ",
            "d1 | change | ",
            "d2 | change | finished_before_started same_instant",
            "d3 | rollback | kind_conflict same_instant",
        ]
    );
    let rows = lake.lines(CHANGES);
    // b was written the day after it is said to have been deployed.
    assert!(rows[0].ends_with("| - | - | negative_lead_time"), "{rows:?}");
    let metric = "select sample_size, excluded_count, value from metrics.change_lead_time \
                  where subject_kind = 'service' and window_kind = 'all' and statistic = 'p50'";
    // c took 47 h, d 23 h: 169,200 and 82,800 s.
    assert_eq!(lake.lines(metric), ["2 | 1 | 126000.0"]);
}

#[test]
fn an_alias_and_a_whole_repository_mean_the_service_of_the_catalogue() {
    let lake = SmallLake::new(&ROW);
    lake.file("services", "service_id\napi\n");
    lake.file("service_aliases", "provider,alias,service_id\nargo,shop-api-prod,api\n");
    lake.file(
        "deployments",
        "deployment_id,service_id,repository_id,sha,finished_at,outcome\n\
         d0,api,shop,{a},<01-01 12:00>,success\n\
         d1,shop-api-prod,shop,{b},<01-02 12:00>,success\n\
         d2,till,shop,{b},<01-02 13:00>,success\n",
    );
    lake.ingest();
    let rows = "select deployment_id, service_id, kind, array_to_string(quality_flags, ' ') as flags \
                from classified_deployments order by 1";
    assert_eq!(
        lake.lines(rows),
        [
            "d0 | api | baseline | ",
            "d1 | api | change | ",
            "d2 | till | baseline | service_not_listed"
        ]
    );
}

#[test]
fn a_reapplied_revert_does_not_say_that_the_revert_failed() {
    let lake = SmallLake::new(&[]);
    lake.file(
        "commits",
        "repository_id,sha,parent_shas,author_email,authored_at,committed_at,subject,is_merge,reverts_sha\n\
         shop,{a},[],ann@acme.test,<01-01 09:00>,<01-01 09:00>,Begin,false,\n\
         shop,{door},\"[\"\"{a}\"\"]\",bo@acme.test,<01-02 09:00>,<01-02 09:00>,Door,false,\n\
         shop,{undo},\"[\"\"{door}\"\"]\",bo@acme.test,<01-03 09:00>,<01-03 09:00>,Undo,false,{door}\n\
         shop,{redo},\"[\"\"{undo}\"\"]\",bo@acme.test,<01-04 09:00>,<01-04 09:00>,Undo undo,false,{undo}\n",
    );
    lake.deployments(&[
        ("d0", "a", "01-01 12:00", "success"),
        ("d1", "door", "01-02 12:00", "success"),
        ("d2", "undo", "01-03 12:00", "success"),
        ("d3", "redo", "01-04 12:00", "success"),
    ]);
    lake.ingest();
    let failed =
        "select deployment_id, remediated_by_deployment_id, link_method from failed_deployments";
    assert_eq!(lake.lines(failed), ["d1 | d2 | revert"]);
    let rework = "select deployment_id from classified_deployments where is_rework order by 1";
    assert_eq!(lake.lines(rework), ["d2"]);
}

#[test]
fn a_configuration_that_is_not_told_has_not_changed() {
    let lake = SmallLake::new(&ROW);
    lake.file(
        "deployments",
        "deployment_id,service_id,repository_id,sha,config_digest,finished_at,outcome\n\
         d0,api,shop,{a},one,<01-05 10:00>,success\n\
         d1,api,shop,{a},,<01-05 11:00>,success\n\
         d2,api,shop,{a},one,<01-05 12:00>,success\n\
         d3,api,shop,{a},two,<01-05 13:00>,success\n",
    );
    lake.ingest();
    assert_eq!(
        lake.kinds(),
        ["d0 | baseline | ", "d1 | redeploy | ", "d2 | redeploy | ", "d3 | config_change | "]
    );
}

#[test]
fn a_branch_is_no_tag_though_inferred_deployments_name_it() {
    let lake = SmallLake::new(&ROW);
    lake.file(
        "deployments",
        "deployment_id,service_id,repository_id,sha,ref,finished_at,outcome,basis\n\
         t1,shop,shop,{a},main,<01-01 12:00>,success,inferred\n\
         t2,shop,shop,{b},main,<01-02 12:00>,success,inferred\n\
         t3,shop,shop,{c},v3,<01-03 12:00>,success,inferred\n\
         d1,api,shop,,main,<01-05 10:00>,success,recorded\n\
         d2,api,shop,,v3,<01-05 11:00>,success,recorded\n",
    );
    lake.ingest();
    let kinds = "select deployment_id, array_to_string(quality_flags, ' ') as flags \
                 from classified_deployments where service_id = 'api' order by 1";
    assert_eq!(lake.lines(kinds), ["d1 | sha_unknown", "d2 | sha_from_tag"]);
}

#[test]
fn pull_requests_that_one_merge_brought_are_changes_of_their_own() {
    let lake = SmallLake::new(&[
        ("a", "", "01-01 09:00"),
        ("p1", "a", "01-02 09:00"),
        ("p2", "p1", "01-03 09:00"),
        ("m", "a p2", "01-04 09:00"),
    ]);
    // A stack of two, merged at once.
    lake.file(
        "pull_requests",
        "pull_request_id,repository_id,number,title,state,merged_at,merge_sha,merge_method,head_shas\n\
         shop#7,shop,7,Low,merged,<01-04 09:00>,{m},merge,\"[\"\"{p1}\"\"]\"\n\
         shop#8,shop,8,High,merged,<01-04 09:00>,{m},merge,\"[\"\"{p1}\"\",\"\"{p2}\"\"]\"\n",
    );
    lake.deployments(&[
        ("d0", "a", "01-01 12:00", "success"),
        ("d1", "m", "01-04 12:00", "success"),
    ]);
    lake.ingest();
    let rows = "select change_id, lead_time_seconds from deployed_changes order by 1";
    // From 01-02 09:00 to 01-04 12:00 are 51 h; p2 took 27.
    assert_eq!(lake.lines(rows), ["shop#7 | 183600", "shop#8 | 97200"]);
}
