//! Usage reports of Copilot through GitHub's API: days, signed links to another host, and rows by
//! the mapping that files of reports are read by.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::fake_github::FakeGithub;
use crate::github::{AS_OF, TOKEN, count, hub, ingest, shop};
use crate::server::{Answer, Server};
use crate::world::{Run, World};
use serde_json::{Value, json};

/// Stands in every signed link, and nobody may see it.
const SIGNATURE: &str = "sig=canary";
const USED: &str = "select person_id, used_on, tool, is_active, interactions_count, acceptances_count, \
     lines_added_count, source, source_id from ai_usage order by 2, 1";

/// Where the files of reports are.
struct Store {
    server: Server,
    files: Arc<Mutex<BTreeMap<String, Answer>>>,
}

impl Store {
    fn new() -> Store {
        let files: Arc<Mutex<BTreeMap<String, Answer>>> = Arc::default();
        let own = files.clone();
        let server = Server::start(move |asked| {
            let files = own.lock().expect("the files");
            files.get(asked.path()).cloned().unwrap_or_else(|| Answer::text(404, "gone"))
        });
        Store { server, files }
    }

    /// Puts a file there, and gives its signed link.
    fn put(&self, name: &str, answer: Answer) -> String {
        self.files.lock().expect("the files").insert(format!("/{name}"), answer);
        format!("{}/{name}?{SIGNATURE}", self.server.url)
    }
}

fn used(login: &str, day: &str, lines: i64) -> Value {
    json!({"day": day, "organization_id": "77", "user_id": 901, "user_login": login,
        "user_initiated_interaction_count": 3, "code_generation_activity_count": 5,
        "code_acceptance_activity_count": 2, "loc_added_sum": lines})
}

fn file(records: &[Value]) -> Answer {
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    Answer::text(200, &lines).with("content-type", "application/octet-stream")
}

/// A server with a report of one person for each of these days.
fn reported(days: &[&str]) -> (FakeGithub, Store) {
    let (hub, store) = (hub(), Store::new());
    hub.host("acme/shop", shop());
    for day in days {
        report(&hub, &store, day, &[used("Ann-O", day, 10)]);
    }
    (hub, store)
}

fn report(hub: &FakeGithub, store: &Store, day: &str, records: &[Value]) {
    let link = store.put(day, file(records));
    hub.state().reports.insert(day.to_owned(), vec![link]);
}

fn read(world: &World, hub: &FakeGithub, flags: &[&str]) -> Run {
    let run = ingest(world, hub, &["acme/shop"], &[&["--copilot"], flags].concat());
    assert!(!run.stderr.contains("canary"), "{}", run.stderr);
    run
}

/// The days that were asked for since this was last called.
fn days(hub: &FakeGithub) -> Vec<String> {
    let asked = hub.server.asked();
    asked.iter().filter_map(|asked| asked.parameter("day").map(str::to_owned)).collect()
}

#[test]
fn reports_become_rows_by_the_mapping_and_their_files_are_fetched_without_the_token() {
    let world = World::as_of(AS_OF);
    let (hub, store) = reported(&["2026-02-27"]);
    let idle = json!({"day": "2026-02-28", "user_id": 902, "user_login": "bo",
        "user_initiated_interaction_count": 0, "code_generation_activity_count": 0,
        "code_acceptance_activity_count": 0, "loc_added_sum": 0});
    let first = store.put("a", file(&[used("Ann-O", "2026-02-28", 127)]));
    let second = store.put("b", file(&[idle]));
    hub.state().reports.insert("2026-02-28".to_owned(), vec![first, second]);
    let run = read(&world, &hub, &[]).ok();
    assert!(run.stderr.contains("github:127.0.0.1/acme/copilot: 3 ai_usage"), "{}", run.stderr);
    assert_eq!(
        world.lines("lake", USED),
        [
            "github:ann-o | 2026-02-27 | copilot | true | 3 | 2 | 10 | copilot-usage | 901",
            "github:ann-o | 2026-02-28 | copilot | true | 3 | 2 | 127 | copilot-usage | 901",
            "github:bo | 2026-02-28 | copilot | false | 0 | 0 | 0 | copilot-usage | 902",
        ]
    );
    // The latest day first, to see whether there are any; then 28 days.
    let asked = days(&hub);
    assert_eq!((asked.len(), &*asked[0], &*asked[1]), (29, "2026-02-28", "2026-02-01"));
    let fetched = store.server.asked();
    assert_eq!(fetched.len(), 3);
    for asked in fetched {
        assert_eq!(asked.header("authorization"), None);
        let all = format!("{}{:?}", asked.target, asked.headers);
        assert!(!all.contains(TOKEN), "{all}");
    }
    // Nothing that opens a file is kept.
    for (path, bytes) in crate::world::files_below(world.path("").as_path()) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(TOKEN) && !text.contains("canary"), "{}", path.display());
    }
    assert_eq!(
        world
            .lines("lake", "select body like '%canary%' from raw_pages where form = 'users-1-day'"),
        ["false", "false"]
    );
}

#[test]
fn a_later_read_asks_for_new_days_and_again_for_those_that_may_have_changed() {
    let world = World::as_of(AS_OF);
    let (hub, store) = reported(&["2026-02-26", "2026-02-27", "2026-02-28"]);
    read(&world, &hub, &[]).ok();
    let again = read(&world, &hub, &[]).ok();
    assert!(again.stderr.contains("acme/copilot: nothing new"), "{}", again.stderr);
    days(&hub);
    report(&hub, &store, "2026-02-28", &[used("Ann-O", "2026-02-28", 99)]);
    report(&hub, &store, "2026-03-01", &[used("Ann-O", "2026-03-01", 4)]);
    let run = read(&world, &hub, &["--as-of", "2026-03-03T06:00:00Z"]).ok();
    // No report of 2 March yet.
    let expected =
        ["2026-03-02", "2026-03-01", "2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"];
    assert_eq!(days(&hub), expected);
    assert!(run.stderr.contains("no report since 2026-03-02 yet"), "{}", run.stderr);
    let lines = "select used_on, lines_added_count from ai_usage order by 1";
    assert_eq!(
        world.lines("lake", lines),
        ["2026-02-26 | 10", "2026-02-27 | 10", "2026-02-28 | 99", "2026-03-01 | 4"]
    );
}

#[test]
fn without_permission_or_reports_one_remark_names_what_is_needed_and_other_kinds_go_on() {
    let needed =
        "a token needs the organization's permission `Organization Copilot metrics` (read)";
    let world = World::as_of(AS_OF);
    let (hub, store) = reported(&[]);
    let run = read(&world, &hub, &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    let none = "Copilot reports of acme: 127.0.0.1 shows no report of 2026-02-28";
    assert!(run.stderr.contains(none) && run.stderr.contains(needed), "{}", run.stderr);
    // One that is a week late would still be found; no more are asked for.
    assert_eq!(days(&hub).len(), 7);
    assert_eq!(count(&world, "pull_requests"), "2");
    hub.fails("/copilot/", 9, Answer::text(403, r#"{"message":"Must be an owner"}"#));
    let run = read(&world, &hub, &["--teams"]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    let forbidden = "127.0.0.1 forbids it to this token (Must be an owner); a token needs";
    assert!(run.stderr.contains(forbidden), "{}", run.stderr);
    assert_eq!(run.stderr.matches("Copilot reports of acme").count(), 1, "{}", run.stderr);
    assert_eq!(days(&hub).len(), 1);
    assert!(store.server.asked().is_empty());
}

#[test]
fn a_line_that_can_not_be_read_is_kept_aside_and_the_others_become_rows() {
    let world = World::as_of(AS_OF);
    let (hub, store) = reported(&[]);
    let nameless = json!({"day": "2026-02-28", "loc_added_sum": 1});
    let good = used("ann", "2026-02-28", 10);
    let text = format!("{good}\n{nameless}\n\n{{\"day\": \"2026-\n{}", used("bo", "2026-02-28", 3));
    let link = store.put("a", Answer::text(200, &text));
    hub.state().reports.insert("2026-02-28".to_owned(), vec![link]);
    let run = read(&world, &hub, &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert_eq!(count(&world, "ai_usage"), "2");
    assert_eq!(
        world.lines("lake", "select table_name, reason from rejected_records order by 2"),
        [
            "ai_usage | Copilot reports: `user_login` is missing",
            "ai_usage | Copilot reports: a line of the report is no JSON object",
        ]
    );
}

#[test]
fn a_read_that_fails_at_a_day_goes_on_there_and_loses_nothing() {
    let world = World::as_of(AS_OF);
    let (hub, store) = reported(&["2026-02-25", "2026-02-26", "2026-02-27", "2026-02-28"]);
    store.put("2026-02-27", Answer::text(500, "no"));
    let run = read(&world, &hub, &["--max-wait", "0"]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    let why = "names a file at 127.0.0.1, which failed (500)";
    assert!(run.stderr.contains(why), "{}", run.stderr);
    assert_eq!(count(&world, "ai_usage"), "2");
    assert_eq!(count(&world, "pull_requests"), "2");
    report(&hub, &store, "2026-02-27", &[used("Ann-O", "2026-02-27", 10)]);
    days(&hub);
    read(&world, &hub, &[]).ok();
    let expected = ["2026-02-28", "2026-02-25", "2026-02-26", "2026-02-27", "2026-02-28"];
    assert_eq!(days(&hub), expected);
    assert_eq!(count(&world, "ai_usage"), "4");
}

#[test]
fn a_file_that_lies_elsewhere_is_unsafe_or_too_large_is_refused_without_telling_its_link() {
    let (hub, store) = reported(&["2026-02-28"]);
    let third = Server::start(|_| Answer::text(200, ""));
    let moved = Answer::text(302, "").with("location", format!("{}/x?{SIGNATURE}", third.url));
    let large = Answer::text(200, &" ".repeat(65 << 20));
    let elsewhere = store.put("moved", moved);
    for (link, why) in [
        (elsewhere, "which leads to 127.0.0.1, which is not followed"),
        (store.put("large", large), "which sent more than 64 MiB in one answer"),
        (
            store.put("old", Answer::text(403, "<Error/>")),
            "the link may have expired: run it again",
        ),
        (
            format!("http://files.test/a?{SIGNATURE}"),
            "names a file at files.test, which is not fetched",
        ),
        (format!("ftp://files.test/a?{SIGNATURE}"), "which is not fetched"),
    ] {
        let world = World::as_of(AS_OF);
        hub.state().reports.insert("2026-02-28".to_owned(), vec![link]);
        let run = read(&world, &hub, &[]);
        assert_eq!(run.code, Some(3), "{}", run.stderr);
        assert!(run.stderr.contains(why), "{}", run.stderr);
        assert!(!run.stderr.contains("no report since"), "{}", run.stderr);
        assert_eq!(count(&world, "pull_requests"), "2");
    }
    assert!(third.asked().is_empty());
}

#[test]
fn kept_reports_are_read_again_without_a_server() {
    let world = World::as_of(AS_OF);
    let (hub, store) = reported(&["2026-02-27", "2026-02-28"]);
    read(&world, &hub, &[]).ok();
    let right = world.lines("lake", USED);
    let lake = world.place("lake");
    let spoilt = world.file(
        "ai_usage.csv",
        "person_id,used_on,tool,lines_added_count\ngithub:ann-o,2026-02-28,copilot,1\n",
    );
    world.milepost(&["ingest", "files", &spoilt, "--lake", &lake]).ok();
    assert_ne!(world.lines("lake", USED), right);
    drop(hub.server.asked());
    drop(store.server.asked());
    world.milepost(&["ingest", "--replay", "--lake", &lake]).ok();
    assert_eq!(world.lines("lake", USED), right);
    assert!(hub.server.asked().is_empty() && store.server.asked().is_empty());
    // The cursor is what it was.
    read(&world, &hub, &[]).ok();
    assert_eq!(days(&hub), ["2026-02-28", "2026-02-27", "2026-02-28"]);
}

#[test]
fn a_dry_run_and_a_check_of_the_configuration_say_what_reports_take_or_lack() {
    let world = World::as_of(AS_OF);
    let (hub, store) = reported(&["2026-02-28"]);
    let run = read(&world, &hub, &["--dry-run"]).ok();
    // A question and a file for each of 28 days, and one question before.
    let costs = "acme: Copilot reports of 28 days, about 57 requests; nothing was written";
    assert!(run.stderr.contains(costs), "{}", run.stderr);
    assert!(!world.path("lake").exists() && store.server.asked().is_empty());
    world.file("token", TOKEN);
    world.file(
        "milepost.toml",
        &format!(
            "lake = \"lake\"\n[[source]]\nkind = \"github\"\nrepositories = [\"acme/shop\"]\n\
             api_url = \"{}\"\ntoken_file = \"token\"\ncopilot = true\ndeployments_from_releases = true\n",
            hub.server.url
        ),
    );
    let run = world.milepost(&["config", "check", "--online"]).ok();
    assert!(run.stderr.contains(costs), "{}", run.stderr);
    assert!(run.stderr.contains("1 deployments and 0 releases"), "{}", run.stderr);
    hub.state().reports.clear();
    let run = world.milepost(&["config", "check", "--online"]);
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    assert!(run.stderr.contains("`Organization Copilot metrics` (read)"), "{}", run.stderr);
    assert!(!world.path("lake").exists());
}
