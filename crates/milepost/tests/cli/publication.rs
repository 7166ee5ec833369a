//! `report --publish`: what a report once showed, and what of it reads otherwise since, and why.

use crate::small_lake::SmallLake;

/// `api` is of the team `door`, which is a part of `home`, as `wall` is. Of three changes the last
/// is not deployed.
fn lake() -> SmallLake {
    let commits = [("a", "", "01-01 09:00"), ("b", "a", "01-02 09:00"), ("c", "b", "01-03 09:00")];
    let lake = SmallLake::new(&commits);
    lake.file("teams", "team_id,parent_team_id\ndoor,home\nwall,home\nhome,\n");
    lake.file("service_owners", "service_id,team_id,valid_from\napi,door,<01-01 00:00>\n");
    lake.deployments(&[
        ("d0", "a", "01-05 10:00", "succeeded"),
        ("d1", "b", "01-05 11:00", "succeeded"),
    ]);
    lake.ingest();
    lake
}

/// The page published at that time.
fn published(lake: &SmallLake, as_of: &str) -> String {
    let place = lake.world.place("lake");
    let flags = ["report", "dora", "--publish", "--format", "markdown", "--lake", &place];
    lake.world.milepost(&[&flags[..], &["--as-of", as_of]].concat()).ok().stdout
}

/// What it says of values that were published before: the sentence and the rows.
fn restated<'a>(page: &'a str, since: &str) -> Vec<&'a str> {
    let start = page.find(&format!("## Restated since {since}\n")).expect("the section");
    let section = &page[start..];
    let end = section[3..].find("\n## ").map_or(section.len(), |end| end + 3);
    let lines = section[..end].lines().skip(1);
    lines.filter(|line| !line.is_empty() && !line.starts_with("###")).collect()
}

#[test]
fn a_published_report_lists_what_was_restated_since_the_last_one_and_why() {
    let lake = lake();
    let first = published(&lake, "2026-04-20T00:00:00Z");
    assert!(!first.contains("Restated"), "there is nothing to compare with: {first}");

    // The service had changed hands before it was deployed; nothing else changed.
    lake.file(
        "service_owners",
        "service_id,team_id,valid_from,valid_to\n\
         api,door,<01-01 00:00>,<01-02 00:00>\napi,wall,<01-02 00:00>,\n",
    );
    let owners = lake.world.place("facts/service_owners.csv");
    let place = lake.world.place("lake");
    lake.world.milepost(&["ingest", "files", &owners, "--lake", &place]).ok();
    let second = published(&lake, "2026-04-21T00:00:00Z");
    let said = restated(&second, "2026-04-20");
    assert!(said.iter().skip(3).all(|row| row.ends_with("| ownership |")), "{said:#?}");
    // Written at 9:00 on the 2nd, deployed at 11:00 on the 5th: 74 hours.
    let row =
        "| Change lead time | team door | 2026 Q1 | 3.1 d (n=1) | no data (n=0) | ownership |";
    assert!(said.contains(&row), "{said:#?}");

    // A deployment of the third change comes late: 9:00 on the 3rd to 9:00 on the 6th is 72 hours,
    // the median of 72 and 74 is 73, and 73 / 24 is 3.0.
    lake.deployments(&[("d2", "c", "01-06 09:00", "succeeded")]);
    let deployments = lake.world.place("facts/deployments.csv");
    lake.world.milepost(&["ingest", "files", &deployments, "--lake", &place]).ok();
    let third = published(&lake, "2026-04-22T00:00:00Z");
    let said = restated(&third, "2026-04-21");
    for row in [
        "| Change lead time | the organization | 2026 Q1 | 3.1 d (n=1) | 3 d (n=2) | late data |",
        "| Change lead time | the organization | 2026-01 | 3.1 d (n=1) | 3 d (n=2) | late data |",
        "| Change lead time | team wall | 2026 Q1 | 3.1 d (n=1) | 3 d (n=2) | late data |",
    ] {
        assert!(said.contains(&row), "{row}: {said:#?}");
    }
    assert!(
        !said.iter().skip(1).any(|row| row.contains("2026-04") || row.contains("2026 Q2")),
        "{said:#?}"
    );

    let kept = std::fs::read_dir(lake.world.path("lake/.published/dora")).expect("a folder");
    assert_eq!(kept.count(), 3);
}
