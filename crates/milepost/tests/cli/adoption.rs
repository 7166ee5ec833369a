//! How far the platform's capabilities are adopted.

use crate::small_lake::SmallLake;
use crate::world::{World, as_lines};

const ROW: [(&str, &str, &str); 1] = [("a", "", "01-01 09:00")];

/// `shop` and `till` of the red team in production, `lab` not.
fn lake() -> SmallLake {
    let lake = SmallLake::new(&ROW);
    lake.file(
        "services",
        "service_id,lifecycle,production_since\n\
         shop,production,<01-01 00:00>\ntill,production,<01-01 00:00>\nlab,experimental,<01-01 00:00>\n",
    );
    lake.file(
        "service_owners",
        "service_id,team_id,valid_from\nshop,red,<01-01 00:00>\ntill,red,<01-01 00:00>\n",
    );
    lake.file(
        "capabilities",
        "capability_id,golden_path_ids,deprecated_on\nci,\"[\"\"web\"\"]\",2026-02-01\n",
    );
    lake.file(
        "capability_adoptions",
        "service_id,capability_id,valid_from,status,version,evidence\n\
         shop,ci,<01-15 00:00>,adopted,1.9,ci.yml\n\
         till,ci,<02-15 00:00>,adopted,1.10,ci.yml\n",
    );
    lake.ingest();
    lake
}

fn answer(lake: &SmallLake, flags: &[&str]) -> Vec<String> {
    let place = lake.world.place("lake");
    let flags = [&["adoption", "--format", "json", "--lake", &place], flags].concat();
    as_lines(&lake.world.milepost(&flags).json())
}

#[test]
fn teams_and_the_organization_stand_to_every_path_and_capability() {
    // Wilson's interval of 2 of 2: 0.342372 to 1.
    let lines = answer(&lake(), &[]);
    let begins: Vec<&str> =
        lines.iter().map(|line| line.split(" | 0.34").next().expect("a beginning")).collect();
    assert_eq!(
        begins,
        [
            "organization | organization | web | - | 2 | 2 | 0 | 0 | 0 | 1.0",
            "organization | organization | web | ci | 2 | 2 | 0 | 0 | 0 | 1.0",
            "team | red | web | - | 2 | 2 | 0 | 0 | 0 | 1.0",
            "team | red | web | ci | 2 | 2 | 0 | 0 | 0 | 1.0",
            "team | unowned | web | - | 0 | 0 | 0 | 0 | 0 | - | - | - | no_eligible_services",
            "team | unowned | web | ci | 0 | 0 | 0 | 0 | 0 | - | - | - | no_eligible_services",
        ]
    );
}

#[test]
fn adoption_is_told_of_the_ends_of_windows() {
    let flags = ["--by", "organization", "--window", "month", "--from", "2026-01-01"];
    let lines = answer(&lake(), &flags);
    let ends: Vec<String> = lines
        .iter()
        .filter(|line| line.contains(" | ci | "))
        .map(|line| {
            let cells: Vec<&str> = line.split(" | ").collect();
            [cells[1], cells[6], cells[7]].join(" ")
        })
        .collect();
    assert_eq!(ends, ["2026-02-01T00:00:00Z 2 1", "2026-03-01T00:00:00Z 2 2"]);
}

#[test]
fn a_service_has_its_version_its_distance_and_what_showed_it() {
    assert_eq!(
        answer(&lake(), &["--services"]),
        [
            "lab | ci | [\"web\"] | off_road | - | - | 1.10 | - | 2026-02-01 | - | - | - | - | - | not_in_production",
            "shop | ci | [\"web\"] | adopted | 2026-01-15T00:00:00Z | 1.9 | 1.10 | 1 | 2026-02-01 | - | true | - | ci.yml | recorded | -",
            "till | ci | [\"web\"] | adopted | 2026-02-15T00:00:00Z | 1.10 | 1.10 | 0 | 2026-02-01 | - | true | - | ci.yml | recorded | -",
        ]
    );
}

#[test]
fn a_matrix_shows_which_teams_use_what() {
    assert_eq!(answer(&lake(), &["--matrix"]), ["red | ci | 2 | 2 | 0 | true | 1.0 | - | -"]);
}

#[test]
fn without_capabilities_there_is_a_header_and_what_to_do() {
    let world = World::as_of("2026-03-01T00:00:00Z");
    let place = world.place("lake");
    let run = world.milepost(&["adoption", "--format", "csv", "--lake", &place]).ok();
    assert!(run.stdout.starts_with("subject_kind,subject_id,golden_path_id,capability_id,services_count,adopted_count,partial_count,exempt_count,off_road_count,adoption_ratio,ci_low,ci_high,reason"), "{}", run.stdout);
    assert_eq!(run.stdout.lines().count(), 1);
    for way in ["[[capability]]", "docs/golden-paths.md", "ingest files capabilities.csv"] {
        assert!(run.stderr.contains(way), "{way}: {}", run.stderr);
    }
}

#[test]
fn every_metric_answers_where_one_table_alone_names_a_team() {
    let alone = [
        ("support_tickets", "ticket_id,team_id,created_at\nT1,big,<01-10 00:00>\n"),
        ("service_owners", "service_id,team_id,valid_from\na,big,<01-01 00:00>\n"),
        (
            "survey_responses",
            "survey_id,wave,respondent_hash,question_id,team_id,scale,score,answered_at\n\
             s,w,h,q,big,nps_0_10,9,<01-10 00:00>\n",
        ),
    ];
    for (table, rows) in alone {
        let lake = SmallLake::new(&ROW);
        lake.file(table, rows);
        lake.ingest();
        let place = lake.world.place("lake");
        let query = "select count(*) from metrics.all";
        lake.world.milepost(&["sql", query, "--lake", &place]).ok();
        // A team is known by it, to groups of people above all.
        let query = "select team_id from groups where subject_id = 'big'";
        let run = lake.world.milepost(&["sql", query, "--format", "csv", "--lake", &place]).ok();
        assert_eq!(run.stdout.lines().collect::<Vec<_>>(), ["team_id", "big"], "{table}");
    }
}
