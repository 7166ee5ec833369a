//! Pipeline runs that the configuration takes for deployments.

use crate::small_lake::SmallLake;

const RULES: &str = "\
[[deployment_rule]]
workflow = \"^Deploy\"
branch = \"^main$\"
service = \"api\"
environment = \"production\"

[[deployment_rule]]
path = \"release\\\\.yml$\"
job = \"^ship\"
environment = \"production\"
";

#[test]
fn runs_that_match_a_rule_are_deployments_and_others_are_not() {
    let lake = SmallLake::new(&[
        ("a", "", "01-01 09:00"),
        ("b", "a", "01-02 09:00"),
        ("c", "b", "01-03 09:00"),
    ]);
    lake.file(
        "pipeline_runs",
        "pipeline_run_id,repository_id,name,path,sha,branch,started_at,finished_at,outcome\n\
         1,shop,Deploy api,ci/deploy.yml,{a},main,<01-01 11:00>,<01-01 12:00>,success\n\
         2,shop,Deploy api,ci/deploy.yml,{b},topic,<01-02 11:00>,<01-02 12:00>,success\n\
         3,shop,Build,ci/build.yml,{b},main,<01-02 11:00>,<01-02 12:00>,success\n\
         4,shop,Deploy api,ci/deploy.yml,{b},main,<01-02 12:00>,<01-02 13:00>,failure\n\
         5,shop,Deploy api,ci/deploy.yml,{b},main,<01-02 13:00>,<01-02 14:00>,success\n\
         6,shop,Deploy api,ci/deploy.yml,{c},main,<01-03 13:00>,<01-03 14:00>,skipped\n\
         7,shop,Release / ship it,ci/release.yml,{c},main,<01-03 15:00>,<01-03 16:00>,success\n\
         8,shop,Release / test it,ci/release.yml,{c},main,<01-03 15:00>,<01-03 16:00>,success\n",
    );
    lake.ingest();
    let rows = "select deployment_id, service_id, kind, exclusion_reason, environment, basis \
                from classified_deployments order by 1";
    assert!(lake.lines(rows).is_empty(), "without a rule no run is a deployment");
    assert_eq!(
        lake.lines_under(RULES, rows),
        [
            "1 | api | baseline | - | production | recorded",
            "4 | api | - | failed | production | recorded",
            "5 | api | change | - | production | recorded",
            // No service of that repository is in the catalogue: it stands for itself.
            "7 | shop | baseline | - | production | recorded",
        ]
    );
    let lead = "select deployment_id, lead_time_seconds from deployed_changes";
    // b, written 01-02 09:00, deployed 14:00.
    assert_eq!(lake.lines_under(RULES, lead), ["5 | 18000"]);
    let names = "select count(*) as n from definition where deployment_rules like '%Deploy%'";
    assert_eq!(lake.lines_under(RULES, names), ["1"], "the rules are part of the definition");
}
