//! The capitalization of a month from files to files: the worked example to the cent, sealed months,
//! and what no file may hold.

use std::collections::BTreeMap;
use std::path::Path;

use crate::worked_month::WorkedMonth;
use crate::world::{Run, World};

const AS_OF: &str = "2026-07-10T00:00:00Z";
const PROJECTS: &str =
    "project_id,name,asset_id\nPAY,Payments,A-1\nOPS,Operations,\nDISC,Discovery,\n";
const GATES: &str = "project_id,gate,decided_at,fulfilled_on,approved_by\n\
    PAY,authorized,2026-05-15T10:00:00Z,2026-05-15,Dana\n\
    PAY,probable,2026-06-03T10:00:00Z,2026-06-03,Dana\n";
const RATES: &str = "person_id,month,amount,currency\np1,2026-06,15000.00,USD\n";
const POLICY: &str = "us_gaap_350_40_asu_2025_06";

fn company() -> WorkedMonth {
    WorkedMonth::of("pay", 1).and("projects.csv", PROJECTS).and("project_gates.csv", GATES)
}

fn world() -> World {
    let world = World::as_of(AS_OF);
    company().ingest(&world, "lake").ok();
    world
}

fn export(world: &World, out: &str, flags: &[&str]) -> Run {
    let (lake, out) = (world.place("lake"), world.place(out));
    let own = ["export", "capitalization", "--period", "2026-06", "--policy", POLICY];
    world.milepost(&[&own[..], &["--lake", &lake, "--out", &out], flags].concat())
}

fn close(world: &World, out: &str, flags: &[&str]) -> Run {
    let (lake, out) = (world.place("lake"), world.place(out));
    let own = ["period", "close", "--period", "2026-06", "--policy", POLICY, "--by", "Dana"];
    world.milepost(&[&own[..], &["--lake", &lake, "--out", &out], flags].concat())
}

/// What the export of July posts of earlier months.
fn adjustments_of_july(world: &World, names: &[&str]) -> Vec<String> {
    let (lake, out) = (world.place("lake"), world.place("july"));
    let own = ["export", "capitalization", "--period", "2026-07", "--policy", POLICY];
    let places = ["--lake", &lake, "--out", &out, "--as-of", "2026-08-02T00:00:00Z"];
    let run = world.milepost(&[&own[..], &places].concat());
    // July has no calendar, which is named; it has adjustments all the same.
    assert!(matches!(run.code, Some(0 | 3)), "{}", run.stderr);
    columns(&read(world, "july/cap_adjustments.csv"), names)
}

fn read(world: &World, path: &str) -> String {
    std::fs::read_to_string(world.path(path)).expect("a file")
}

/// Columns of the rows of a file without quoted fields.
fn columns(text: &str, names: &[&str]) -> Vec<String> {
    let mut lines =
        text.lines().map(|line| line.trim_end_matches('\r').split(',').collect::<Vec<_>>());
    let head = lines.next().expect("a header");
    let at: Vec<usize> = names
        .iter()
        .map(|name| {
            head.iter().position(|column| column == name).unwrap_or_else(|| panic!("no {name}"))
        })
        .collect();
    lines.map(|line| at.iter().map(|at| line[*at]).collect::<Vec<_>>().join(" ")).collect()
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name");
        all.insert(name, std::fs::read(entry.path()).expect("a file"));
    }
    all
}

/// True where any file below a folder holds a text.
fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).expect("a folder").any(|entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            return holds(&path, text);
        }
        let bytes = std::fs::read(&path).expect("a file");
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn the_worked_example_is_right_to_the_cent() {
    let world = world();
    let rates = world.file("rates.csv", RATES);
    let total = ["--rates", &rates, "--payroll-total", "15000.00 USD"];
    let run = export(&world, "june", &total).ok();
    assert!(run.stderr.contains("0.3668 FTE and 61.62 hours are proposed"), "{}", run.stderr);
    let detail = read(&world, "june/cap_detail.csv");
    let names = [
        "work_item_id",
        "treatment",
        "reason",
        "exact_days_numerator",
        "exact_days_denominator",
        "fte",
        "hours",
        "cost",
    ];
    assert_eq!(
        columns(&detail, &names),
        [
            "~ABSENCE expense absence 2 1 0.0952 16.00 1428.57",
            "~UNATTRIBUTED expense unattributed 4 1 0.1905 32.00 2857.14",
            "p1-DISC-3 expense work_type:planning 14 5 0.1333 22.40 2000.00",
            "p1-OPS-7 expense work_type:maintenance 1099 440 0.1190 19.98 1784.09",
            "p1-PAY-1 capitalize capitalizable 2399 440 0.2596 43.62 3894.48",
            "p1-PAY-1 expense gate:before_recognition 2 1 0.0952 16.00 1428.57",
            "p1-PAY-2 capitalize capitalizable 9 4 0.1072 18.00 1607.15",
        ]
    );
}

#[test]
fn lines_end_with_cr_lf_and_the_manifest_names_every_file() {
    let world = world();
    export(&world, "june", &[]).ok();
    let detail = read(&world, "june/cap_detail.csv");
    assert!(detail.ends_with("\r\n") && !detail.replace("\r\n", "").contains('\n'), "{detail}");
    let manifest: serde_json::Value =
        serde_json::from_str(&read(&world, "june/cap_manifest.json")).expect("JSON");
    let named = manifest["files"].as_object().expect("files").keys().cloned();
    let there = files(&world.path("june")).into_keys().filter(|name| name != "cap_manifest.json");
    assert_eq!(named.collect::<Vec<_>>(), there.collect::<Vec<_>>());
    assert_eq!(manifest["control_totals"]["fte"], "1.0000");
    let said = manifest["disclaimer"].as_str().expect("a sentence");
    assert!(said.contains("accounting judgements belong to the company"), "{said}");
}

#[test]
fn without_rates_nothing_is_said_of_cost() {
    let world = world();
    export(&world, "june", &[]).ok();
    let costs = columns(&read(&world, "june/cap_detail.csv"), &["cost", "currency"]);
    assert!(costs.iter().all(|cost| cost == " "), "{costs:?}");
}

#[test]
fn facts_in_another_order_and_once_more_change_no_byte() {
    let world = world();
    let shuffled = World::as_of(AS_OF);
    company().ingest(&shuffled, "lake").ok();
    let folder = shuffled.path("lake-files");
    for entry in std::fs::read_dir(&folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a file");
        let mut lines: Vec<&str> = text.lines().collect();
        lines[1..].reverse();
        std::fs::write(&path, lines.join("\n") + "\n").expect("written");
    }
    let again = shuffled.place("lake-files");
    for lake in ["lake", "other"] {
        shuffled.milepost(&["ingest", "files", &again, "--lake", &shuffled.place(lake)]).ok();
    }
    export(&world, "june", &[]).ok();
    export(&shuffled, "june", &[]).ok();
    let other = ["--lake", &shuffled.place("other"), "--out", &shuffled.place("second")];
    let own = ["export", "capitalization", "--period", "2026-06", "--policy", POLICY];
    shuffled.milepost(&[&own[..], &other].concat()).ok();
    let expected = files(&world.path("june"));
    assert_eq!(files(&shuffled.path("june")), expected);
    assert_eq!(files(&shuffled.path("second")), expected);
}

#[test]
fn a_closed_month_verifies_without_the_lake_and_one_flipped_byte_fails_it() {
    let world = world();
    let rates = world.file("rates.csv", RATES);
    let digest = close(&world, "sealed", &["--rates", &rates]).ok().stdout.trim().to_owned();
    let lake = world.place("lake");
    let later = ["lake", "maintain", "--lake", &lake, "--as-of", "2027-07-10T00:00:00Z"];
    world.milepost(&later).ok();
    std::fs::remove_dir_all(world.path("lake")).expect("the lake is gone");
    let bundle = world.place("sealed");
    let verify = |flags: &[&str]| world.milepost(&[&["period", "verify", &bundle], flags].concat());
    let whole = verify(&["--expect", &digest, "--rates", &rates]).ok();
    assert!(
        whole.stdout.contains("all rows follow from the inputs to the byte"),
        "{}",
        whole.stdout
    );
    let without = verify(&["--expect", &digest]).ok();
    assert!(
        without.stdout.contains("give --rates to check costs and summary"),
        "{}",
        without.stdout
    );
    for (name, bytes) in files(&world.path("sealed")) {
        let mut flipped = bytes.clone();
        let at = flipped.len() / 2;
        flipped[at] ^= 1;
        let path = world.path("sealed").join(&name);
        std::fs::write(&path, &flipped).expect("written");
        let run = verify(&["--expect", &digest]);
        assert_ne!(run.code, Some(0), "{name}");
        std::fs::write(&path, &bytes).expect("written");
    }
    verify(&["--expect", &digest]).ok();
}

#[test]
fn an_edited_bundle_with_new_hashes_fails_against_what_was_expected() {
    let world = world();
    let digest = close(&world, "sealed", &[]).ok().stdout.trim().to_owned();
    let path = world.path("sealed/cap_adjustments.csv");
    let before = std::fs::read_to_string(&path).expect("a file");
    let edited = before.clone() + "x\r\n";
    std::fs::write(&path, &edited).expect("written");
    let manifest = world.path("sealed/cap_manifest.json");
    let text = std::fs::read_to_string(&manifest).expect("a file");
    let old = sha256(&world, &before);
    let new = sha256(&world, &edited);
    let text = text.replace(&old, &new);
    std::fs::write(&manifest, &text).expect("written");
    let bundle = world.place("sealed");
    let run = world.milepost(&["period", "verify", &bundle, "--expect", &digest]);
    assert_eq!(run.code, Some(4), "{}", run.stdout);
    assert!(run.stdout.contains("not the expected"), "{}", run.stdout);
}

/// By another program.
fn sha256(world: &World, text: &str) -> String {
    let path = world.file("hashed", text);
    let mut command = world.command("sha256sum");
    command.arg(path);
    World::finished(command).ok().stdout.split(' ').next().expect("a digest").to_owned()
}

#[test]
fn a_salary_is_nowhere_in_the_lake() {
    let world = world();
    let rates = world.file("rates.csv", &RATES.replace("15000.00", "98765.43"));
    close(&world, "sealed", &["--rates", &rates]).ok();
    assert!(holds(&world.path("sealed"), "98765.43"), "the bundle is finance's own");
    for canary in ["98765.43", "9876543", "98765"] {
        assert!(!holds(&world.path("lake"), canary), "{canary}");
    }
}

#[test]
fn late_data_is_posted_in_the_first_open_month_and_the_closed_one_stays() {
    let world = world();
    close(&world, "sealed", &[]).ok();
    let again = close(&world, "sealed-again", &[]);
    assert_eq!(again.code, Some(1), "{}", again.stderr);
    assert!(again.stderr.contains("is closed already"), "{}", again.stderr);
    // A commit of the 29th, which showed nothing, comes late: a whole day from no trace to PAY-2.
    let late = "repository_id,sha,author_email,authored_at,committed_at,is_merge,work_item_keys\n\
        shop,feed00000000000000000000000000000000beef,p1@acme.example,2026-06-29T11:00:00Z,2026-06-29T11:00:00Z,false,\"[\"\"p1-PAY-2\"\"]\"\n";
    let file = world.file("late/commits.csv", late);
    world.milepost(&["ingest", "files", &file, "--lake", &world.place("lake")]).ok();
    let rows = adjustments_of_july(
        &world,
        &[
            "posted_period",
            "original_period",
            "work_item_id",
            "treatment",
            "delta_fte",
            "delta_hours",
            "cause",
            "cause_event_id",
        ],
    );
    // One of 21 days: 0.0476 FTE, 8 hours.
    assert_eq!(
        rows,
        [
            "2026-07 2026-06 ~UNATTRIBUTED expense -0.0476 -8.00 late_data feed00000000000000000000000000000000beef",
            "2026-07 2026-06 p1-PAY-2 capitalize 0.0476 8.00 late_data feed00000000000000000000000000000000beef",
        ]
    );
    let sealed = world.place("sealed");
    world.milepost(&["period", "verify", &sealed]).ok();
}

#[test]
fn a_closed_month_is_opened_by_two_people_only_and_its_history_stays() {
    let world = world();
    close(&world, "sealed", &[]).ok();
    let lake = world.place("lake");
    let reopen = |names: &[&str]| {
        let own =
            ["period", "reopen", "--period", "2026-06", "--lake", &lake, "--reason", "wrong gate"];
        world.milepost(&[&own[..], names].concat())
    };
    assert_eq!(reopen(&["--by", "Dana"]).code, Some(2));
    assert_eq!(reopen(&["--by", "Dana Cruz", "--by", "dana  cruz"]).code, Some(2));
    reopen(&["--by", "Dana", "--by", "Kim"]).ok();
    close(&world, "sealed-again", &[]).ok();
    let run = world.milepost(&["period", "status", "--lake", &lake, "--format", "csv"]).ok();
    let rows = columns(
        &run.stdout.replace("\"Dana, Kim\"", "Dana+Kim"),
        &["period", "state", "by", "fte"],
    );
    assert_eq!(
        rows,
        ["2026-06 closed Dana 1.0", "2026-06 open Dana+Kim ", "2026-06 closed Dana 1.0"]
    );
}

#[test]
fn a_month_that_is_not_over_is_not_closed() {
    let world = World::as_of("2026-06-20T00:00:00Z");
    company().ingest(&world, "lake").ok();
    let run = close(&world, "sealed", &[]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("2026-06 is not over"), "{}", run.stderr);
    assert!(!world.path("sealed").exists());
}

#[test]
fn hostile_names_are_defused_and_numbers_are_not_touched() {
    let world = World::as_of(AS_OF);
    let people =
        "person_id,name,kind,role\np1,\"=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",human,engineer\n";
    let projects = PROJECTS.replace("Payments", "\"Ünï\ncode, +1\"");
    company().and("people.csv", people).and("projects.csv", &projects).ingest(&world, "lake").ok();
    export(&world, "june", &["--profile", "excel"]).ok();
    let detail = read(&world, "june/cap_detail.csv");
    assert!(detail.starts_with("\u{feff}run_id,"), "{detail}");
    assert!(detail.contains(",\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\","), "{detail}");
    assert!(detail.contains(",\"Ünï\ncode, +1\","), "{detail}");
}

#[test]
fn what_is_missing_is_named_in_the_output_and_in_the_exit_code() {
    let world = World::as_of(AS_OF);
    let employments = "person_id,valid_from,employment_type,country,fte_ratio\n";
    for (file, content, words) in [
        (
            "employments.csv",
            format!("{employments}p1,2026-01-01T00:00:00Z,employee,FR,1\n"),
            "which has no usable calendar",
        ),
        (
            "employments.csv",
            format!(
                "{employments}p1,2026-01-01T00:00:00Z,employee,US,1\np1,2026-03-01T00:00:00Z,employee,US,1\n"
            ),
            "overlapping employments in 2026-06",
        ),
        (
            "team_members.csv",
            "team_id,person_id,valid_from\na,p1,2026-01-01T00:00:00Z\nb,p1,2026-01-01T00:00:00Z\n"
                .to_owned(),
            "in several teams at once",
        ),
        (
            "projects.csv",
            "project_id,name\nOPS,Operations\nDISC,Discovery\n".to_owned(),
            "nothing is known of the project `PAY`",
        ),
    ] {
        let lake = world.place("lake");
        _ = std::fs::remove_dir_all(&lake);
        let company = match file {
            "projects.csv" => WorkedMonth::of("pay", 1)
                .and("project_gates.csv", GATES)
                .and("projects.csv", &content),
            "employments.csv" => company().and("employments.csv", &content),
            _ => company().and("team_members.csv", &content),
        };
        company.ingest(&world, "lake").ok();
        let run = export(&world, "out", &[]);
        assert_eq!(run.code, Some(3), "{}", run.stderr);
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
        assert!(read(&world, "out/cap_manifest.json").contains(words), "{words}");
    }
}

#[test]
fn a_missing_rate_and_a_payroll_that_does_not_agree_are_named() {
    let world = world();
    let rates = world.file("rates.csv", &RATES.replace("p1", "p2"));
    let run = export(&world, "june", &["--rates", &rates, "--payroll-total", "15000.00 USD"]);
    assert_eq!(run.code, Some(3));
    assert!(run.stderr.contains("`p1` has effort without a cost in 2026-06"), "{}", run.stderr);
    assert!(run.stderr.contains("and the payroll to 15000.00 USD"), "{}", run.stderr);
}

#[test]
fn a_file_of_rates_that_can_not_be_used_is_refused_with_its_line_and_without_its_amounts() {
    let world = world();
    for (content, words) in [
        (
            "person_id,month,amount,currency\np1,2026-06,54321.987,USD\n",
            ":2: an amount has more than the 2 digits of USD",
        ),
        ("person_id,month,amount,currency\np1,June,1.00,USD\n", ":2: `June` is no month"),
        ("person_id,month,amount,currency\np1,2026-06,1.00,XXX\n", ":2: `XXX` is no currency"),
        ("person_id,salary\np1,54321.987\n", "there is neither a column `amount`"),
    ] {
        let rates = world.file("rates.csv", content);
        let run = export(&world, "june", &["--rates", &rates]);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
        assert!(!run.stderr.contains("54321"), "{}", run.stderr);
    }
}

#[test]
fn a_sample_is_the_same_for_the_same_seed_and_carries_links() {
    let world = world();
    close(&world, "sealed", &[]).ok();
    let bundle = world.place("sealed");
    let sample = |seed: &str| {
        let own = ["period", "sample", &bundle, "--seed", seed, "--rows", "3", "--format", "csv"];
        world.milepost(&own).ok().stdout
    };
    assert_eq!(sample("7"), sample("7"));
    assert_eq!(sample("7").lines().count(), 4);
    assert!((0..20).any(|seed| sample(&seed.to_string()) != sample("7")));
    assert!(sample("7").lines().next().expect("a header").contains("urls"));
}

#[test]
fn a_wide_file_adds_up_to_the_capacity() {
    let world = world();
    export(&world, "june", &["--pivot", "person"]).ok();
    let wide = read(&world, "june/cap_fte_by_person.csv");
    // PAY 0.2596 + 0.0952 + 0.1072, OPS 0.1190, DISC 0.1333, and none 0.0952 + 0.1905.
    assert_eq!(
        wide,
        "person_id,fte,DISC,OPS,PAY,~NONE\r\np1,1.0000,0.1333,0.1190,0.4620,0.2857\r\n"
    );
}

#[test]
fn a_table_is_exported_whole_and_an_unknown_one_is_refused_with_the_known() {
    let world = world();
    let lake = world.place("lake");
    let run =
        world.milepost(&["export", "table", "projects", "--format", "csv", "--lake", &lake]).ok();
    assert_eq!(run.stdout.lines().count(), 4, "{}", run.stdout);
    let run = world.milepost(&["export", "table", "salaries", "--lake", &lake]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("there is no table `salaries`; there are"), "{}", run.stderr);
}

#[test]
fn nothing_that_the_lake_keeps_of_a_closed_month_depends_on_pay_in_a_way_that_can_be_tried_out() {
    let closed = |amount: &str| {
        let world = world();
        let rates = world.file("rates.csv", &RATES.replace("15000.00", amount));
        close(&world, "sealed", &["--rates", &rates]).ok();
        let status = ["period", "status", "--lake", &world.place("lake"), "--format", "json"];
        let rows = world.milepost(&status).json();
        let detail = columns(&read(&world, "sealed/cap_detail.csv"), &["run_id", "fte"]);
        (rows[0]["run_id"].clone(), rows[0]["digest"].clone(), detail)
    };
    let (one, other, again) = (closed("15000.00"), closed("16000.00"), closed("15000.00"));
    assert_eq!((&one.0, &one.2), (&other.0, &other.2), "the run is the same, whatever is paid");
    assert_ne!(one.1, again.1, "who knows what is paid can't compute the digest");
}

#[test]
fn a_sealed_bundle_is_never_written_over_and_a_draft_is() {
    let world = world();
    close(&world, "sealed", &[]).ok();
    let before = files(&world.path("sealed"));
    let run = export(&world, "sealed", &[]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("the sealed bundle of 2026-06"), "{}", run.stderr);
    assert_eq!(files(&world.path("sealed")), before);
    export(&world, "draft", &["--pivot", "person"]).ok();
    export(&world, "draft", &[]).ok();
    assert!(!world.path("draft/cap_fte_by_person.csv").exists(), "of the draft before");
    world.file("other/letter.txt", "x");
    assert_eq!(export(&world, "other", &[]).code, Some(2));
}

#[test]
fn a_manifest_that_says_more_than_follows_from_the_inputs_fails_without_the_digest_too() {
    let world = world();
    let rates = world.file("rates.csv", RATES);
    close(&world, "sealed", &["--rates", &rates]).ok();
    let manifest = world.path("sealed/cap_manifest.json");
    let text = std::fs::read_to_string(&manifest).expect("a file");
    std::fs::write(&manifest, text.replace("5501.63", "6501.63")).expect("written");
    let bundle = world.place("sealed");
    let run = world.milepost(&["period", "verify", &bundle, "--rates", &rates]);
    assert_eq!(run.code, Some(4), "{}", run.stdout);
    assert!(run.stdout.contains("what the manifest says does not follow"), "{}", run.stdout);
    assert!(!run.stdout.contains("all rows follow"), "{}", run.stdout);
}

#[test]
fn months_are_closed_in_their_order() {
    let world = World::as_of("2026-09-10T00:00:00Z");
    company().ingest(&world, "lake").ok();
    close(&world, "june", &[]).ok();
    let lake = world.place("lake");
    let other = |period: &str| {
        let out = world.place(period);
        let own = ["period", "close", "--period", period, "--policy", POLICY, "--by", "Dana"];
        world.milepost(&[&own[..], &["--lake", &lake, "--out", &out]].concat())
    };
    let run = other("2026-08");
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(
        run.stderr.contains("2026-07 is open; months are closed in their order"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_decision_after_the_closing_is_posted_with_who_approved_it() {
    let world = world();
    close(&world, "sealed", &[]).ok();
    let gates = "project_id,gate,decided_at,fulfilled_on,approved_by\nPAY,probable,2026-07-20T10:00:00Z,2026-06-09,Kim\n";
    let file = world.file("late/project_gates.csv", gates);
    world.milepost(&["ingest", "files", &file, "--lake", &world.place("lake")]).ok();
    let rows = adjustments_of_july(
        &world,
        &["work_item_id", "treatment", "cause", "cause_event_id", "approved_by", "approved_at"],
    );
    let by = "decision PAY/probable Kim 2026-07-20T10:00:00Z";
    let expected = ["capitalize", "expense"].map(|treatment| format!("p1-PAY-1 {treatment} {by}"));
    assert!(expected.iter().all(|row| rows.contains(row)), "{rows:?}");
}

#[test]
fn a_folder_without_a_bundle_is_told_with_what_one_is() {
    let world = World::as_of(AS_OF);
    let run = world.milepost(&["period", "verify", &world.place("nothing")]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains("there is no bundle at") && run.stderr.contains("`period close`"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_month_that_has_not_begun_is_refused() {
    let world = world();
    let lake = world.place("lake");
    let out = world.place("out");
    let own = ["export", "capitalization", "--period", "2026-08", "--policy", POLICY];
    let run = world.milepost(&[&own[..], &["--lake", &lake, "--out", &out]].concat());
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("2026-08 has not begun"), "{}", run.stderr);
}

#[test]
fn shares_of_a_day_add_up_to_it() {
    let world = world();
    export(&world, "june", &[]).ok();
    let mut days: BTreeMap<String, i64> = BTreeMap::new();
    for row in columns(&read(&world, "june/cap_evidence.csv"), &["day", "day_share"]) {
        let (day, share) = row.split_once(' ').expect("two columns");
        let share: f64 = share.parse().expect("a share");
        *days.entry(day.to_owned()).or_default() += (share * 1e6).round() as i64;
    }
    assert!(days.len() > 10 && days.values().all(|sum| *sum == 1_000_000), "{days:?}");
}
