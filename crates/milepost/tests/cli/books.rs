//! Books of one's own: policies of the configuration, closings by employing company, and what
//! adjustments cost.

use crate::worked_month::WorkedMonth;
use crate::world::{Run, World};

const SHIPPED: &str = "us_gaap_350_40_asu_2025_06";
const PROJECTS: &str =
    "project_id,name,asset_id\nPAY,Payments,A-1\nOPS,Operations,\nDISC,Discovery,\n";
const GATES: &str = "project_id,gate,decided_at,fulfilled_on,approved_by\n\
    PAY,authorized,2026-05-15T10:00:00Z,2026-05-15,Dana\n\
    PAY,probable,2026-06-03T10:00:00Z,2026-06-03,Dana\n";
/// From the 15th on somebody else pays.
const TWO_COMPANIES: &str = "person_id,valid_from,valid_to,employee_id,employment_type,entity,country,fte_ratio,cost_center\n\
    p1,2026-01-01T00:00:00Z,2026-06-15T00:00:00Z,E-1,contractor,Acme Inc,US,1,CC1\n\
    p1,2026-06-15T00:00:00Z,,E-1,employee,Acme GmbH,US,1,CC1\n";

fn company() -> WorkedMonth {
    WorkedMonth::of("pay", 1).and("projects.csv", PROJECTS).and("project_gates.csv", GATES)
}

fn world(company: &WorkedMonth, config: &str) -> World {
    let world = World::as_of("2026-07-10T00:00:00Z");
    world.file("milepost.toml", &format!("lake = \"lake\"\n{config}"));
    company.ingest(&world, "lake").ok();
    world
}

fn june(world: &World, what: &[&str], out: &str, flags: &[&str]) -> Run {
    let out = world.place(out);
    world.milepost(&[what, &["--period", "2026-06", "--out", &out], flags].concat())
}

fn export(world: &World, out: &str, flags: &[&str]) -> Run {
    june(world, &["export", "capitalization"], out, flags)
}

fn close(world: &World, out: &str, flags: &[&str]) -> Run {
    june(world, &["period", "close", "--by", "Dana"], out, flags)
}

/// Columns of all rows of a file of an export.
fn columns(world: &World, path: &str, names: &str) -> Vec<String> {
    let text = std::fs::read_to_string(world.path(path)).expect("a file");
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().expect("a head");
    let at: Vec<usize> = names
        .split(' ')
        .map(|name| head.iter().position(|own| *own == name).expect("a column"))
        .collect();
    lines.map(|row| at.iter().map(|at| row[*at]).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn a_policy_of_ones_own_begins_with_a_shipped_one_and_stays_in_the_bundle() {
    let config = format!(
        "[capitalization]\npolicy = \"acme\"\n[[capitalization.policies]]\nname = \"acme\"\n\
         based_on = \"{SHIPPED}\"\nrequires = [\"authorized\"]\nminimum_cost = 20000\n\
         [capitalization.policies.work_types]\nmaintenance = \"capitalize\"\n"
    );
    let gates = GATES.to_owned() + "OPS,authorized,2026-06-10T10:00:00Z,2026-06-10,Dana\n";
    let company =
        WorkedMonth::of("pay", 1).and("projects.csv", PROJECTS).and("project_gates.csv", &gates);
    let world = world(&company, &config);
    let rates =
        world.file("rates.csv", "person_id,month,amount,currency\np1,2026-06,15000.00,USD\n");
    let digest = close(&world, "sealed", &["--rates", &rates]).ok().stdout.trim().to_owned();
    let names = "work_item_id treatment reason exact_days_numerator exact_days_denominator";
    // PAY-1 from its authorization on: 2399/440 and the two days before it was probable. OPS-7 has
    // 3/8, 1/2 and 3/11 of days before its own authorization, 101/88, and 3/5 and 3/4 after it.
    assert_eq!(
        columns(&world, "sealed/cap_detail.csv", names),
        [
            "~ABSENCE expense absence 2 1",
            "~UNATTRIBUTED expense unattributed 4 1",
            "p1-DISC-3 expense work_type:planning 14 5",
            "p1-OPS-7 capitalize capitalizable 27 20",
            "p1-OPS-7 expense gate:before_recognition 101 88",
            "p1-PAY-1 capitalize capitalizable 3279 440",
            "p1-PAY-2 capitalize capitalizable 9 4",
        ]
    );
    let manifest = std::fs::read_to_string(world.path("sealed/cap_manifest.json")).expect("a file");
    assert!(manifest.contains("\"policy\": \"acme\""), "{manifest}");
    assert!(
        manifest.contains("\"below_minimum_cost\": [\n      \"OPS\",\n      \"PAY\"\n"),
        "{manifest}"
    );
    // Neither the lake nor the configuration is needed.
    std::fs::remove_dir_all(world.path("lake")).expect("gone");
    std::fs::remove_file(world.path("milepost.toml")).expect("gone");
    let sealed = world.place("sealed");
    let verify = ["period", "verify", &sealed, "--expect", &digest, "--rates", &rates];
    world.milepost(&verify).ok();
}

#[test]
fn a_policy_that_can_not_be_is_refused_with_what_is_wrong() {
    for (policy, sentence) in [
        ("name = \"a\"\nbased_on = \"gaap\"", "is based on `gaap`, which is none of us_gaap"),
        (
            "name = \"ifrs_ias38\"\nbased_on = \"ifrs_ias38\"",
            "there is a policy `ifrs_ias38` already",
        ),
        (
            "name = \"a\"\nbased_on = \"ifrs_ias38\"\nrequires = [\"ready_for_use\"]",
            "requires `ready_for_use`, which closes a project",
        ),
        (
            "name = \"a\"\nbased_on = \"ifrs_ias38\"\nrequires = [\"authorised\"]",
            "`authorised` is no gate; there are authorized,",
        ),
    ] {
        let world = World::as_of("2026-07-10T00:00:00Z");
        world.file("milepost.toml", &format!("[[capitalization.policies]]\n{policy}\n"));
        let run = world.milepost(&["config", "check"]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains(sentence), "{sentence}: {}", run.stderr);
    }
}

#[test]
fn books_are_closed_by_employing_company_and_add_up_to_the_whole() {
    let world = world(&company().and("employments.csv", TWO_COMPANIES), "");
    let policy = ["--policy", SHIPPED];
    let run = export(&world, "none", &[&policy[..], &["--entity", "Acme Ltd"]].concat());
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.contains("there are Acme GmbH, Acme Inc"), "{}", run.stderr);
    let of = |entity: &str, out: &str| {
        close(&world, out, &[&policy[..], &["--entity", entity]].concat())
    };
    of("Acme Inc", "inc").ok();
    of("Acme GmbH", "gmbh").ok();
    // Of 21 working days the first ten are the one's, eleven the other's; DISC-3 begins on the 15th.
    let fte = |path: &str| {
        let rows = columns(&world, path, "fte");
        rows.iter().map(|fte| fte.replace('.', "").parse::<i64>().expect("a number")).sum::<i64>()
    };
    assert_eq!((fte("inc/cap_detail.csv"), fte("gmbh/cap_detail.csv")), (4762, 5238));
    let days = "work_item_id exact_days_numerator exact_days_denominator capacity_fte";
    let planned = |path: &str| {
        let rows = columns(&world, path, days);
        rows.into_iter().find(|row| row.starts_with("p1-DISC-3"))
    };
    assert_eq!(planned("inc/cap_detail.csv"), None);
    assert_eq!(planned("gmbh/cap_detail.csv").as_deref(), Some("p1-DISC-3 14 5 0.5238"));
    assert_eq!(of("Acme Inc", "again").code, Some(1), "it is closed");
    let whole = close(&world, "whole", &policy);
    assert_eq!(whole.code, Some(1), "{whole:?}");
    assert!(whole.stderr.contains("books are closed by entity"), "{}", whole.stderr);
    let status = ["period", "status", "--format", "csv"];
    std::fs::write(world.path("status.csv"), world.milepost(&status).ok().stdout).expect("written");
    let rows = columns(&world, "status.csv", "period state entity fte");
    assert_eq!(rows, ["2026-06 closed Acme Inc 0.4762", "2026-06 closed Acme GmbH 0.5238"]);
    for bundle in ["inc", "gmbh"] {
        world.milepost(&["period", "verify", &world.place(bundle)]).ok();
    }
}

#[test]
fn adjustments_cost_what_the_month_costs_by_its_fte_and_the_lake_does_not_learn_it() {
    let world = world(&company(), "");
    let policy = ["--policy", SHIPPED];
    close(&world, "sealed", &policy).ok();
    // A whole day from no trace to PAY-2.
    let late = "repository_id,sha,author_email,authored_at,committed_at,is_merge,work_item_keys\n\
        shop,feed00000000000000000000000000000000beef,p1@acme.example,2026-06-29T11:00:00Z,2026-06-29T11:00:00Z,false,\"[\"\"p1-PAY-2\"\"]\"\n";
    let file = world.file("late/commits.csv", late);
    world.milepost(&["ingest", "files", &file]).ok();
    let july = |rates: &str| {
        let out = world.place("july");
        let own = ["export", "capitalization", "--period", "2026-07", "--as-of"];
        let then = ["2026-08-02T00:00:00Z", "--out", &out, "--rates", rates];
        world.milepost(&[&own[..], &then, &policy].concat())
    };
    let names = "work_item_id treatment delta_fte delta_cost currency";
    let rates =
        world.file("rates.csv", "person_id,month,amount,currency\np1,2026-06,15000.00,USD\n");
    july(&rates);
    // 476 of 10,000 parts of 15,000.00.
    assert_eq!(
        columns(&world, "july/cap_adjustments.csv", names),
        ["~UNATTRIBUTED expense -0.0476 -714.00 USD", "p1-PAY-2 capitalize 0.0476 714.00 USD"]
    );
    let others =
        world.file("other.csv", "person_id,month,amount,currency\np1,2026-07,15000.00,USD\n");
    let run = july(&others);
    assert_eq!(run.code, Some(3), "{run:?}");
    let sentence =
        "person `p1` has no cost in 2026-06, so the adjustments of that month carry none";
    assert!(run.stderr.contains(sentence), "{}", run.stderr);
}
