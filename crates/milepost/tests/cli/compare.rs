//! Arms of services compared from deployments, commits, incidents and adoptions as they are.

use serde_json::Value;

use crate::repository::seconds;
use crate::world::{Run, World};

const PERIOD: [&str; 4] = ["--from", "2026-01-05", "--to", "2026-04-06"];
const WEEKS: i64 = 13;

/// Rows of the tables that a comparison stands on.
struct Fleet {
    deployments: String,
    commits: String,
    incidents: String,
    services: String,
    repositories: String,
    adoptions: String,
}

/// One of its services.
#[derive(Clone, Copy)]
struct Made<'a> {
    name: &'a str,
    tier: &'a str,
    deployments: i64,
    failures: i64,
    /// Hours from a commit to production.
    hours: f64,
    is_golden: bool,
}

impl Fleet {
    fn new() -> Fleet {
        Fleet {
            deployments: "deployment_id,service_id,repository_id,environment,sha,finished_at,outcome\n".into(),
            commits: "repository_id,sha,parent_shas,authored_at,committed_at,author_email\n".into(),
            incidents: "incident_id,service_id,environment,created_at,resolved_at,caused_by_deployment_id,cause\n".into(),
            services: "service_id,tier,created_at,production_since,retired_at\n".into(),
            repositories: "service_id,repository_id\n".into(),
            adoptions: "service_id,capability_id,valid_from,valid_to,status\n".into(),
        }
    }

    /// A service that was deployed once before the period, and each time with one commit.
    fn add(&mut self, made: Made<'_>) {
        let name = made.name;
        self.exists(name, made.tier, "2025-12-01T00:00:00Z", "", "");
        if made.is_golden {
            self.adopts(name, "2025-12-01T00:00:00Z", "", "adopted");
        }
        let begin = seconds("2026-01-05 12:00");
        let step = (WEEKS * 7 - 1) * 86_400 / made.deployments;
        self.deploys(made, 0, seconds("2025-12-15 00:00"));
        for number in 1..=made.deployments {
            let at = begin + (number - 1) * step;
            self.deploys(made, number, at);
            if number <= made.failures {
                self.incidents += &format!(
                    "{name}-{number},{name},production,{},{},{name}-{number},change\n",
                    instant(at + 600),
                    instant(at + 600 + 60 * number)
                );
            }
        }
    }

    /// A service as the catalogue has it: created, in production since, retired.
    fn exists(&mut self, name: &str, tier: &str, created: &str, since: &str, retired: &str) {
        self.services += &format!("{name},{tier},{created},{since},{retired}\n");
        self.repositories += &format!("{name},{name}\n");
    }

    fn deploys(&mut self, made: Made<'_>, number: i64, at: i64) {
        let name = made.name;
        let sha = |number: i64| sha(name, number);
        let parents =
            if number == 0 { "[]".to_owned() } else { format!("[\"\"{}\"\"]", sha(number - 1)) };
        let written = instant(at - (made.hours * 3600.0) as i64);
        self.commits +=
            &format!("{name},{},\"{parents}\",{written},{written},a@acme.test\n", sha(number));
        let at = instant(at);
        self.deployments +=
            &format!("{name}-{number},{name},{name},production,{},{at},succeeded\n", sha(number));
    }

    fn adopts(&mut self, name: &str, from: &str, to: &str, status: &str) {
        self.adoptions += &format!("{name},paved,{from},{to},{status}\n");
    }

    fn ingest(&self, world: &World) {
        let capabilities = "capability_id,golden_path_ids\npaved,\"[\"\"backend\"\"]\"\n";
        for (table, rows) in [
            ("deployments", &self.deployments),
            ("commits", &self.commits),
            ("incidents", &self.incidents),
            ("services", &self.services),
            ("service_repositories", &self.repositories),
            ("capability_adoptions", &self.adoptions),
            ("capabilities", &capabilities.to_owned()),
        ] {
            world.file(&format!("fleet/{table}.csv"), rows);
        }
        let (fleet, lake) = (world.place("fleet"), world.place("lake"));
        world.milepost(&["ingest", "files", &fleet, "--lake", &lake]).ok();
    }
}

fn instant(at: i64) -> String {
    let at = chrono::DateTime::from_timestamp(at, 0).expect("an instant");
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Forty hexadecimal digits that no other commit has.
fn sha(name: &str, number: i64) -> String {
    let digits: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("{digits:0<34}{number:06x}")
}

fn world() -> World {
    World::as_of("2026-05-01T00:00:00Z")
}

/// Six services of each arm: failures, deployments and lead times of the reference's tests E and B.
const ARMS: [[(i64, i64, f64); 6]; 2] = [
    [(1, 60, 4.0), (0, 50, 6.0), (5, 40, 10.0), (2, 40, 3.5), (1, 25, 11.0), (3, 25, 7.0)],
    [(10, 60, 26.0), (2, 80, 13.5), (8, 40, 57.5), (1, 50, 14.0), (6, 30, 48.0), (3, 40, 8.0)],
];

fn worked() -> Fleet {
    let mut fleet = Fleet::new();
    for (arm, services) in ["g", "o"].into_iter().zip(ARMS) {
        for (at, (failures, deployments, hours)) in services.into_iter().enumerate() {
            let name = format!("{arm}{at}");
            let (name, is_golden) = (name.as_str(), arm == "g");
            fleet.add(Made { name, tier: "1", deployments, failures, hours, is_golden });
        }
    }
    fleet
}

fn compare(world: &World, arguments: &[&str]) -> Run {
    let lake = world.place("lake");
    let all = ["compare", arguments[0], "--lake", &lake, "--format", "json"];
    world.milepost(&[&all[..], &arguments[1..]].concat())
}

fn golden_path(world: &World) -> Value {
    compare(world, &[&["golden-path"], &PERIOD[..]].concat()).json()
}

#[track_caller]
fn row(rows: &Value, metric: &str, stratum: &str) -> Value {
    let rows = rows.as_array().expect("rows");
    let found = rows.iter().find(|row| row["metric"] == metric && row["stratum"] == stratum);
    found.unwrap_or_else(|| panic!("no {metric}, {stratum}")).clone()
}

#[track_caller]
fn assert_near(value: &Value, expected: f64) {
    let near = value.as_f64().is_some_and(|value| (value - expected).abs() < 1e-6);
    assert!(near, "{value} is not {expected}");
}

#[test]
fn arms_are_compared_from_facts_to_the_numbers_of_the_reference() {
    let world = world();
    worked().ingest(&world);
    let rows = golden_path(&world);
    let lead = row(&rows, "change_lead_time", "all");
    assert_near(&lead["estimate"], 0.277_350_098);
    assert_near(&lead["ci_low"], 0.121_739_130);
    assert_near(&lead["ci_high"], 0.75);
    assert_near(&lead["p_value"], 0.008_658_009);
    assert_eq!((lead["services_a"].as_i64(), lead["facts_a"].as_i64()), (Some(6), Some(240)));
    let fails = row(&rows, "change_fail_rate", "all");
    assert_near(&fails["estimate"], -0.05);
    assert_near(&fails["ci_low"], -0.142_393_349);
    assert_near(&fails["ci_high"], 0.042_393_349);
    assert_near(&fails["p_value"], 0.270_562_771);
    // 240 and 300 deployments in the same time.
    assert_near(&row(&rows, "deployment_frequency", "all")["estimate"], 0.8);
    let rework = row(&rows, "deployment_rework_rate", "all");
    assert_eq!(rework["reason"], "zero_events");
    assert_eq!(rework["estimate"], Value::Null);
    assert_eq!(golden_path(&world), rows, "the same again");
}

#[test]
fn who_changed_sides_within_the_period_and_who_is_exempt_is_in_neither_arm() {
    let world = world();
    let mut fleet = worked();
    let made =
        Made { name: "t0", tier: "1", deployments: 20, failures: 0, hours: 1.0, is_golden: false };
    fleet.add(made);
    fleet.adopts("t0", "2026-02-01T00:00:00Z", "", "adopted");
    fleet.add(Made { name: "t1", ..made });
    fleet.adopts("t1", "2025-12-01T00:00:00Z", "", "exempt");
    fleet.ingest(&world);
    let run = compare(&world, &[&["golden-path"], &PERIOD[..]].concat()).ok();
    assert!(run.stderr.contains("1 of 14 services changed how they stand"), "{}", run.stderr);
    assert!(run.stderr.contains("1 exempt services are in neither arm"), "{}", run.stderr);
    let rows: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_near(&row(&rows, "change_lead_time", "all")["estimate"], 0.277_350_098);
}

#[test]
fn who_came_or_went_did_not_change_sides_and_who_is_gone_is_in_no_arm() {
    let world = world();
    let mut fleet = worked();
    let created = "2025-12-01T00:00:00Z";
    fleet.exists("turned", "1", created, "", "");
    fleet.adopts("turned", "2026-02-01T00:00:00Z", "", "adopted");
    fleet.exists("gone", "1", created, "", "2025-12-31T00:00:00Z");
    fleet.exists("leaving", "1", created, "", "2026-03-01T00:00:00Z");
    fleet.adopts("leaving", created, "2026-03-01T00:00:00Z", "adopted");
    fleet.exists("young", "1", "2026-02-01T00:00:00Z", "", "");
    fleet.adopts("young", "2026-02-01T01:00:00Z", "", "adopted");
    fleet.ingest(&world);
    let run = compare(&world, &[&["golden-path"], &PERIOD[..]].concat()).ok();
    // Six of each arm and the one that turned were there at both ends.
    assert!(run.stderr.contains("1 of 13 services changed how they stand"), "{}", run.stderr);
    let rows: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_near(&row(&rows, "change_lead_time", "all")["estimate"], 0.277_350_098);
    let balance = compare(&world, &[&["golden-path", "--balance"], &PERIOD[..]].concat()).json();
    let mut rows = balance.as_array().expect("rows").iter();
    let tier = rows.find(|row| row["characteristic"] == "tier 1").expect("a row");
    assert_eq!(tier["services_a"], 7);
    assert_eq!(tier["services_b"], 6);
}

#[test]
fn incidents_that_no_deployment_can_have_caused_need_no_link() {
    for (cause, is_compared) in
        [("external", true), ("capacity", true), ("unknown", false), ("", false)]
    {
        let world = world();
        let mut fleet = worked();
        // As many as the golden services have linked ones: half would be without a deployment.
        for number in 0..12 {
            fleet.incidents += &format!(
                "other-{number},g{},production,2026-02-03T00:00:00Z,2026-02-03T01:00:00Z,,{cause}\n",
                number % 6
            );
        }
        fleet.ingest(&world);
        let fails = row(&golden_path(&world), "change_fail_rate", "all");
        if is_compared {
            assert_near(&fails["estimate"], -0.05);
        } else {
            assert_eq!(fails["reason"], "coverage_differs", "{cause}");
        }
    }
}

#[test]
fn an_adoption_that_helps_is_found_over_time_and_one_that_does_nothing_is_not() {
    for (effect, words) in [(0.5, "estimated effect of the golden path"), (1.0, "no clear effect")]
    {
        let world = World::as_of("2026-01-02T00:00:00Z");
        staggered(effect).ingest(&world);
        let span = ["before-after", "--from", "2024-01-01", "--to", "2026-01-01"];
        let rows = compare(&world, &span).json();
        let all = row(&rows, "change_lead_time", "all");
        assert!(all["words"].as_str().is_some_and(|text| text.starts_with(words)), "{all}");
        let number = |name: &str| all[name].as_f64().unwrap_or_else(|| panic!("no {name}: {all}"));
        assert!((number("estimate") - effect).abs() < 0.08, "{all}");
        assert!(number("ci_low") < effect && effect < number("ci_high"), "{all}");
        assert_eq!(number("p_value") <= 0.05, effect < 1.0, "{all}");
        assert_eq!(all["services_a"], 8);
        let before = row(&rows, "change_lead_time", "event -2");
        assert!((before["estimate"].as_f64().expect("one") - 1.0).abs() < 0.15, "{before}");
    }
}

/// Eight quarters of 16 services that all grow slower; eight of them adopt, two at a time, in the
/// third to the sixth quarter.
fn staggered(effect: f64) -> Fleet {
    let mut fleet = Fleet::new();
    for at in 0..16_i64 {
        let name = format!("s{at:02}");
        fleet.exists(&name, "1", "2023-06-01T00:00:00Z", "", "");
        let adopted = (at < 8).then(|| quarter(2 + at % 4) + 40 * 86_400);
        if let Some(adopted) = adopted {
            fleet.adopts(&name, &instant(adopted), "", "adopted");
        }
        let made = |hours: f64| Made {
            name: &name,
            tier: "1",
            deployments: 0,
            failures: 0,
            hours,
            is_golden: false,
        };
        fleet.deploys(made(2.0), 0, seconds("2023-12-20 00:00"));
        let mut number = 0;
        for of in 0..8_i64 {
            for day in [5, 19, 33, 47, 61, 75] {
                number += 1;
                let when = quarter(of) + day * 86_400;
                // A spread that is the same in every run, and that no service shares.
                let noise = ((number * 37 + at * 101) % 23 - 11) as f64 / 100.0;
                let usual = (10.0 + at as f64) * 1.05_f64.powi(of as i32) * noise.exp();
                let is_on = adopted.is_some_and(|adopted| when >= adopted);
                fleet.deploys(made(if is_on { usual * effect } else { usual }), number, when);
            }
        }
    }
    fleet
}

/// First instant of a quarter, from 2024 on.
fn quarter(number: i64) -> i64 {
    seconds(&format!("{}-{:02}-01 00:00", 2024 + number / 4, 1 + number % 4 * 3))
}

#[test]
fn dates_of_services_that_share_no_language_change_places_over_all_and_it_is_said() {
    let world = World::as_of("2026-01-02T00:00:00Z");
    let mut fleet = staggered(0.5);
    fleet.services = (0..16).fold("service_id,language,created_at\n".to_owned(), |rows, at| {
        rows + &format!("s{at:02},language {at},2023-06-01T00:00:00Z\n")
    });
    fleet.ingest(&world);
    let span = ["before-after", "--from", "2024-01-01", "--to", "2026-01-01"];
    let all = row(&compare(&world, &span).json(), "change_lead_time", "all");
    let is_said = |text: &str| text.contains("dealt out over all services");
    assert!(all["words"].as_str().is_some_and(is_said), "{all}");
    assert!(all["p_value"].as_f64().is_some_and(|p| p <= 0.05), "{all}");
}

#[test]
fn what_nobody_wrote_down_is_no_time_without_deployments() {
    let world = World::as_of("2026-01-02T00:00:00Z");
    let mut fleet = staggered(0.5);
    let young = ",2023-06-01T00:00:00Z,,";
    fleet.services = fleet.services.replace(young, ",2020-06-01T00:00:00Z,2021-01-01T00:00:00Z,");
    fleet.ingest(&world);
    let rows =
        compare(&world, &["before-after", "--from", "2021-01-01", "--to", "2026-01-01"]).json();
    let of_frequency = rows.as_array().expect("rows").iter();
    let of_frequency = of_frequency.filter(|row| row["metric"] == "deployment_frequency");
    let events: Vec<&str> = of_frequency.filter_map(|row| row["stratum"].as_str()).collect();
    // The first deployments are of the fourth quarter of 2023, the last adoptions six quarters later.
    assert!(events.contains(&"event -6"), "{events:?}");
    assert!(!events.contains(&"event -7"), "{events:?}");
    assert_eq!(row(&rows, "deployment_frequency", "all")["services_a"], 8);
}

#[test]
fn who_began_on_the_path_and_who_only_just_came_is_no_adopter_but_named() {
    let world = World::as_of("2026-01-02T00:00:00Z");
    let mut fleet = staggered(0.5);
    for name in ["born-a", "born-b"] {
        fleet.exists(name, "1", "2024-05-01T00:00:00Z", "", "");
        fleet.adopts(name, "2024-05-01T00:00:00Z", "", "adopted");
        let made =
            Made { name, tier: "1", deployments: 0, failures: 0, hours: 2.0, is_golden: true };
        for number in 0..60 {
            fleet.deploys(made, number, quarter(1) + (40 + 10 * number) * 86_400);
        }
    }
    fleet.adopts("s15", "2025-12-01T00:00:00Z", "", "adopted");
    fleet.ingest(&world);
    let run = compare(&world, &["before-after", "--from", "2024-01-01", "--to", "2026-01-01"]).ok();
    let began = "2 services began on it: no before is known (born-a, born-b)";
    assert!(run.stderr.contains(began), "{}", run.stderr);
    let late = "1 service came onto it too late, or left too soon, for an after (s15)";
    assert!(run.stderr.contains(late), "{}", run.stderr);
    let rows: Value = serde_json::from_str(&run.stdout).expect("JSON");
    for metric in ["change_lead_time", "deployment_frequency"] {
        let all = row(&rows, metric, "all");
        assert_eq!(all["services_a"], 8, "{metric}");
        assert_eq!(all["services_b"], 7, "{metric}");
    }
}

#[test]
fn cohorts_are_what_a_query_says_and_a_query_that_does_not_is_refused() {
    let world = world();
    worked().ingest(&world);
    let good = world.file(
        "good.sql",
        "select service_id, case when service_id like 'g%' then 'a' else 'b' end as cohort\nfrom services;\n",
    );
    let rows = compare(&world, &[&["cohort", &good], &PERIOD[..]].concat()).json();
    let lead = row(&rows, "change_lead_time", "all");
    assert_near(&lead["estimate"], 0.277_350_098);
    assert_eq!((lead["arm_a"].as_str(), lead["arm_b"].as_str()), (Some("a"), Some("b")));
    for (sql, words) in [
        ("select 1 as service_id", "no column `cohort`"),
        ("select service_id, service_id as cohort from services", "12 cohorts"),
        ("select service_id, tier as cohort from services", "1 cohorts"),
        ("delete from services", "queries only read"),
        ("select service_id, cohort from nowhere", "there is no table `nowhere`"),
        (
            "select 'g0' as service_id, 'a' as cohort union all select 'g0', 'b'",
            "more than one cohort",
        ),
    ] {
        let file = world.file("bad.sql", sql);
        let run = compare(&world, &["cohort", &file]);
        assert_eq!(run.code, Some(2), "{sql}: {}", run.stderr);
        assert!(run.stderr.contains(words), "{sql}: {}", run.stderr);
        assert_eq!(run.stderr.trim_end().lines().count(), 1, "{}", run.stderr);
    }
}

#[test]
fn a_cohort_file_that_is_not_there_is_told_with_what_it_must_hold() {
    let world = world();
    worked().ingest(&world);
    let missing = world.place("missing.sql");
    let folder = world.place("fleet");
    for (file, words) in [(missing, "there is no cohort file"), (folder, "failed to read")] {
        let run = compare(&world, &["cohort", &file]);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        for part in [words, file.as_str(), "service_id and cohort"] {
            assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
        }
        assert_eq!(run.stderr.trim_end().lines().count(), 1, "{}", run.stderr);
    }
}

#[test]
fn arms_that_were_unlike_are_named_and_shown() {
    let world = world();
    let mut fleet = worked();
    for at in 0..6 {
        let name = format!("h{at}");
        let name = name.as_str();
        let made =
            Made { name, tier: "3", deployments: 20, failures: 1, hours: 5.0, is_golden: true };
        fleet.add(made);
    }
    fleet.ingest(&world);
    let run = compare(&world, &[&["golden-path"], &PERIOD[..]].concat()).ok();
    assert!(run.stderr.contains("unlike when the period began in tier 1"), "{}", run.stderr);
    let arguments = [&["golden-path", "--balance"], &PERIOD[..]].concat();
    let balance = compare(&world, &arguments).json();
    let tier = balance.as_array().expect("rows").iter();
    let tier = tier.clone().find(|row| row["characteristic"] == "tier 3").expect("a row");
    // Half of the golden services against none: 0.5 / sqrt(0.25 / 2).
    assert_near(&tier["standardized_difference"], 2.0_f64.sqrt());
    assert_eq!(tier["is_imbalanced"], true);
}

#[test]
fn a_lake_without_anything_gives_reasons_and_says_what_to_do() {
    let world = world();
    for arguments in [["golden-path"], ["ai"], ["before-after"]] {
        let run = compare(&world, &arguments).ok();
        let rows: Value = serde_json::from_str(&run.stdout).expect("JSON");
        for row in rows.as_array().expect("rows") {
            assert_eq!(row["estimate"], Value::Null, "{row}");
            assert!(row["reason"].is_string(), "{row}");
        }
    }
    let run = compare(&world, &["golden-path"]).ok();
    assert!(run.stderr.contains("[[capability]]"), "{}", run.stderr);
    let none = compare(&world, &["golden-path", "--from", "2027-01-01", "--to", "2027-02-01"]);
    assert_eq!(none.code, Some(2));
    assert!(none.stderr.contains("nothing has happened yet"), "{}", none.stderr);
}
