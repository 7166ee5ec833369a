//! The services and the names that lead to none.

use crate::small_lake::SmallLake;
use crate::world::as_lines;

const ROW: [(&str, &str, &str); 2] = [("a", "", "01-01 09:00"), ("b", "a", "01-02 09:00")];

fn answer(lake: &SmallLake, flags: &[&str]) -> Vec<String> {
    let place = lake.world.place("lake");
    let flags = [&["services", "--format", "json", "--lake", &place], flags].concat();
    as_lines(&lake.world.milepost(&flags).json())
}

#[test]
fn every_name_that_leads_nowhere_is_listed_with_what_was_probably_meant() {
    let lake = SmallLake::new(&ROW);
    lake.file("services", "service_id,name,tier\npayments,Payments,1\ncheckout,Checkout,2\n");
    lake.file("service_aliases", "provider,alias,service_id\npagerduty,PCHK001,checkout\n");
    lake.file(
        "deployments",
        "deployment_id,service_id,repository_id,sha,finished_at,outcome,source\n\
         d0,payments,shop,{a},<01-03 12:00>,success,argocd\n\
         d1,payments-prod,shop,{b},<01-04 12:00>,success,argocd\n\
         d2,payments-prod,shop,{b},<01-05 12:00>,success,argocd\n",
    );
    lake.file(
        "incidents",
        "incident_id,service_id,created_at,source\n\
         i1,PCHK001,<01-04 13:00>,pagerduty\n\
         i2,PXXX999,<01-04 14:00>,pagerduty\n",
    );
    lake.ingest();
    assert_eq!(
        answer(&lake, &["--unmatched"]),
        [
            "payments-prod | argocd | deployments | 2 | payments",
            "PXXX999 | pagerduty | incidents | 1 | -"
        ]
    );
    assert_eq!(
        answer(&lake, &[])[..2],
        [
            "checkout | Checkout | 2 | - | [\"PCHK001\"] | 0 | -",
            "payments | Payments | 1 | - | - | 1 | 2026-01-03T12:00:00Z",
        ]
    );
}

#[test]
fn without_a_catalogue_deployments_say_which_services_there_are() {
    let lake = SmallLake::new(&ROW);
    lake.deployments(&[("d0", "a", "01-03 12:00", "success")]);
    lake.file(
        "incidents",
        "incident_id,service_id,created_at\ni1,api,<01-04 13:00>\ni2,apis,<01-04 14:00>\n",
    );
    lake.ingest();
    assert_eq!(answer(&lake, &["--unmatched"]), ["apis | files | incidents | 1 | api"]);
}
