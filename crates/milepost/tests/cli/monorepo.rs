//! Services that share a repository: which commits are whose.

use crate::small_lake::{SmallLake, sha};

/// `a` begins both services, then `b` is of the api, `c` of the till, `d` of both.
fn two_services(globs: &str) -> SmallLake {
    let lake = SmallLake::new(&[
        ("a", "", "01-01 09:00"),
        ("b", "a", "01-02 09:00"),
        ("c", "b", "01-03 09:00"),
        ("d", "c", "01-04 09:00"),
    ]);
    lake.file(
        "commit_files",
        "repository_id,sha,path\n\
         shop,{a},api/main.rs\nshop,{a},till/main.rs\n\
         shop,{b},api/door.rs\n\
         shop,{c},till/drawer.rs\n\
         shop,{d},api/window.rs\nshop,{d},till/window.rs\n",
    );
    let head = "service_id,repository_id,include_globs\n";
    lake.file("service_repositories", &format!("{head}{globs}"));
    lake
}

const EACH: &str = "api,shop,\"[\"\"api/**\"\"]\"\ntill,shop,\"[\"\"till/**\"\"]\"\n";

#[test]
fn going_back_over_what_belongs_to_others_is_no_rollback() {
    let lake = two_services(EACH);
    lake.deployments(&[
        ("d0", "a", "01-05 10:00", "success"),
        ("d1", "c", "01-05 11:00", "success"),
        // Only the till's drawer is gone again.
        ("d2", "b", "01-05 12:00", "success"),
        ("d3", "c", "01-05 13:00", "success"),
        // Now the api's door is.
        ("d4", "a", "01-05 14:00", "success"),
    ]);
    lake.ingest();
    assert_eq!(
        lake.kinds(),
        [
            "d0 | baseline | ",
            "d1 | change | ",
            "d2 | no_change | ",
            "d3 | no_change | ",
            "d4 | rollback | ",
        ]
    );
    let failed = "select deployment_id, recovery_seconds, link_method from failed_deployments";
    assert_eq!(lake.lines(failed), ["d1 | 10800 | rollback"]);
}

#[test]
fn an_empty_list_of_paths_means_the_whole_repository() {
    let lake = two_services("api,shop,[]\n");
    lake.deployments(&[
        ("d0", "a", "01-05 10:00", "success"),
        ("d1", "c", "01-05 11:00", "success"),
    ]);
    lake.ingest();
    let changes = "select change_id from deployed_changes order by 1";
    assert_eq!(lake.lines(changes), [sha("b"), sha("c")]);
}

#[test]
fn a_path_of_several_services_counts_for_each_of_them() {
    let both = "api,shop,\"[\"\"api/**\"\", \"\"till/**\"\"]\"\ntill,shop,\"[\"\"till/**\"\"]\"\n";
    let lake = two_services(both);
    let deployed = |service: &str| {
        format!(
            "{service}0,{service},shop,production,{{a}},2026-01-05T10:00:00Z,succeeded\n\
             {service}1,{service},shop,production,{{c}},2026-01-05T11:00:00Z,succeeded\n"
        )
    };
    lake.file(
        "deployments",
        &format!(
            "deployment_id,service_id,repository_id,environment,sha,finished_at,outcome\n{}{}",
            deployed("api"),
            deployed("till")
        ),
    );
    lake.ingest();
    // `b` is of the api alone, `c` of a folder that both name.
    let of = |service: &str| {
        let sql =
            format!("select sha from deployed_changes where service_id = '{service}' order by 1");
        lake.lines(&sql)
    };
    let mut shared = [sha("b"), sha("c")];
    shared.sort();
    assert_eq!(of("api"), shared);
    assert_eq!(of("till"), [sha("c")]);
}

#[test]
fn a_service_that_goes_by_another_name_keeps_its_paths() {
    let lake = two_services("shop-api,shop,\"[\"\"api/**\"\"]\"\n");
    lake.file("service_aliases", "provider,alias,service_id\nargo,shop-api,api\n");
    lake.deployments(&[
        ("d0", "a", "01-05 10:00", "success"),
        ("d1", "d", "01-05 11:00", "success"),
    ]);
    lake.ingest();
    let changes = "select service_id, change_id from deployed_changes order by 2";
    assert_eq!(lake.lines(changes), [format!("api | {}", sha("b")), format!("api | {}", sha("d"))]);
}
