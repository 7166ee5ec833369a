//! `ingest pagerduty` against a server that answers as PagerDuty does, on good days and bad ones.

use crate::fake_tools::Fake;
use crate::server::{Answer, Server};
use crate::world::{Run, World, assert_same};
use serde_json::{Value, json};

const AS_OF: &str = "2026-03-01T00:00:00Z";
/// Nobody may ever see it.
const TOKEN: &str = "pd+canary0123456789";

fn command(world: &World, hub: &Fake, flags: &[&str]) -> std::process::Command {
    let mut command = world.command(env!("CARGO_BIN_EXE_milepost"));
    command.args(["ingest", "pagerduty", "--api-url", &hub.server.url]).args(flags);
    command.args(["--lake", &world.place("lake")]);
    command.args(["--token-env", "PAGES_TOKEN"]).env("PAGES_TOKEN", TOKEN);
    if !flags.contains(&"--as-of") {
        command.args(["--as-of", AS_OF]);
    }
    command
}

fn ingest(world: &World, hub: &Fake, flags: &[&str]) -> Run {
    let run = World::finished(command(world, hub, flags));
    assert!(!run.stdout.contains(TOKEN) && !run.stderr.contains(TOKEN), "{}", run.stderr);
    run
}

/// An urgent incident of the service PCHK; an empty `resolved` leaves it open.
fn incident(id: &str, created: &str, resolved: &str) -> Value {
    let is_open = resolved.is_empty();
    json!({
        "id": id, "title": format!("Trouble {id}"), "urgency": "high", "created_at": created,
        "status": if is_open { "triggered" } else { "resolved" },
        "resolved_at": if is_open { Value::Null } else { resolved.into() },
        "service": {"id": "PCHK", "summary": "checkout"}, "priority": null, "resolve_reason": null,
        "last_status_change_by": {"type": "user_reference"}, "acknowledgements": [],
    })
}

fn with(mut incident: Value, changes: Value) -> Value {
    let fields = changes.as_object().expect("changes").clone();
    incident.as_object_mut().expect("an incident").extend(fields);
    incident
}

fn merged(incident: Value) -> Value {
    let reason = json!({"type": "merge_resolve_reason", "incident": {"id": "Q1"}});
    with(incident, json!({"status": "resolved", "resolve_reason": reason}))
}

fn entry(kind: &str, at: &str) -> Value {
    json!({"type": kind, "created_at": at, "channel": {"details": "a secret of the monitor"}})
}

/// Resolved incidents I001 to `count`, one a minute from 09:00 of 5 January.
fn many(count: usize) -> Vec<Value> {
    let first = chrono::DateTime::parse_from_rfc3339("2026-01-05T09:00:00Z").expect("a time");
    let at = |minute: usize| {
        (first + chrono::TimeDelta::minutes(minute as i64))
            .to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
            .replace("+00:00", "Z")
    };
    (1..=count).map(|n| incident(&format!("I{n:03}"), &at(n), &at(n + 30))).collect()
}

fn hub(incidents: Vec<Value>) -> Fake {
    let hub = Fake::pagerduty(TOKEN);
    hub.state().records = incidents;
    hub
}

fn count(world: &World) -> String {
    world.lines("lake", "select count(*) from incidents").concat()
}

const ROWS: &str = "select incident_id, service_id, severity, title, detected_at, created_at, \
                    acknowledged_at, resolved_at, source, deleted_at from incidents order by 1";

#[test]
fn incidents_are_acknowledged_by_their_logs_and_merged_ones_count_with_their_parent() {
    let p1 = json!({"priority": {"id": "PP", "summary": "P1"}});
    let hub = hub(vec![
        with(incident("Q1", "2026-02-02T09:14:05Z", "2026-02-02T10:02:40Z"), p1),
        merged(incident("Q2", "2026-02-02T09:15:00Z", "2026-02-02T09:20:00Z")),
        with(incident("Q3", "2026-02-03T01:00:00Z", ""), json!({"urgency": "low"})),
        // An hour east of Greenwich.
        incident("Q4", "2026-02-04T23:59:59+01:00", ""),
    ]);
    // The newest entry first; the first acknowledgement is on the second page.
    let mut log: Vec<Value> =
        (0..120).map(|_| entry("notify_log_entry", "2026-02-02T09:40:00Z")).collect();
    log.push(entry("acknowledge_log_entry", "2026-02-02T09:17:20Z"));
    log.insert(0, entry("acknowledge_log_entry", "2026-02-02T09:31:00Z"));
    hub.state().logs.insert("Q1".to_owned(), log);
    let world = World::as_of(AS_OF);
    let run = ingest(&world, &hub, &[]).ok();
    assert!(run.stderr.contains("pagerduty:127.0.0.1: 2 incidents"), "{}", run.stderr);
    assert!(run.stderr.contains("1 incidents were merged into others"), "{}", run.stderr);
    assert_eq!(
        world.lines("lake", ROWS),
        [
            "Q1 | PCHK | P1 | Trouble Q1 | 2026-02-02T09:14:05Z | 2026-02-02T09:14:05Z | \
             2026-02-02T09:17:20Z | 2026-02-02T10:02:40Z | pagerduty | -",
            "Q4 | PCHK | - | Trouble Q4 | 2026-02-04T22:59:59Z | 2026-02-04T22:59:59Z | - | - | \
             pagerduty | -",
        ]
    );
    let targets = hub.targets();
    // The first incident, the list, two pages of one log and one of another.
    assert_eq!(targets.len(), 5, "{targets:?}");
    // What monitors put into a log stays there.
    let raw = "select count(*) from raw_pages where strpos(body, 'a secret of the monitor') > 0 \
               and strpos(body, 'notify') > 0";
    assert_eq!(world.lines("lake", raw), ["0"]);
}

#[test]
fn an_open_incident_is_asked_for_until_it_is_closed_and_one_merged_meanwhile_is_none_any_more() {
    let open = [
        incident("A", "2026-01-05T09:00:00Z", ""),
        incident("B", "2026-01-05T09:30:00Z", ""),
        incident("C", "2026-01-05T09:40:00Z", ""),
    ];
    let (world, hub) = (World::as_of(AS_OF), hub(open.to_vec()));
    ingest(&world, &hub, &[]).ok();
    hub.targets();
    hub.state().records = vec![
        incident("A", "2026-01-05T09:00:00Z", "2026-03-01T08:00:00Z"),
        merged(open[1].clone()),
        // C is gone, and D is new.
        incident("D", "2026-03-01T09:00:00Z", "2026-03-01T09:10:00Z"),
    ];
    hub.state()
        .logs
        .insert("A".to_owned(), vec![entry("acknowledge_log_entry", "2026-03-01T07:00:00Z")]);
    ingest(&world, &hub, &["--as-of", "2026-03-02T00:00:00Z"]).ok();
    let rows = "select incident_id, created_at, acknowledged_at, resolved_at, deleted_at \
                from incidents order by 1";
    let expected = [
        "A | 2026-01-05T09:00:00Z | 2026-03-01T07:00:00Z | 2026-03-01T08:00:00Z | -",
        "B | 2026-01-05T09:30:00Z | - | - | 2026-03-02T00:00:00Z",
        "C | 2026-01-05T09:40:00Z | - | - | 2026-03-02T00:00:00Z",
        "D | 2026-03-01T09:00:00Z | - | 2026-03-01T09:10:00Z | -",
    ];
    assert_eq!(world.lines("lake", rows), expected);
    // From a week before the last read on: what is older is read already.
    let targets = hub.targets();
    let list = targets.iter().find(|target| target.starts_with("/incidents?")).expect("a list");
    assert!(list.contains("since=2026-02-22T00%3A00%3A00Z"), "{targets:?}");
    // Nothing is open any more, so nothing is asked for by itself but what is within the week.
    ingest(&world, &hub, &["--as-of", "2026-03-03T00:00:00Z"]).ok();
    let targets = hub.targets();
    assert_eq!(targets.len(), 2, "{targets:?}");
    assert_eq!(world.lines("lake", rows), expected);
}

#[test]
fn a_read_that_fails_half_way_goes_on_at_its_last_page_and_loses_nothing() {
    let (world, hub) = (World::as_of(AS_OF), hub(many(250)));
    hub.fails("/incidents/I220/log_entries", 99, Answer::text(500, "{}"));
    let run = ingest(&world, &hub, &["--max-wait", "0"]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(
        run.stderr.contains("incidents of PagerDuty: 127.0.0.1 failed (500)"),
        "{}",
        run.stderr
    );
    // A page begins with the last one of the page before: 1 to 100, 100 to 199, 199 to 250.
    assert_eq!(count(&world), "199");
    hub.heal();
    hub.targets();
    ingest(&world, &hub, &[]).ok();
    let targets = hub.targets();
    // One second before 199 minutes after 09:00.
    assert!(targets[0].contains("since=2026-01-05T12%3A18%3A59Z"), "{}", targets[0]);
    assert_eq!(count(&world), "250");
}

#[test]
fn a_read_that_is_killed_goes_on_at_its_last_page_and_doubles_nothing() {
    let (world, hub) = (World::as_of(AS_OF), hub(many(150)));
    let sent = reached_once(&hub, "/I120/");
    let mut process = command(&world, &hub, &[]).spawn().expect("the program");
    sent.recv_timeout(std::time::Duration::from_secs(120)).expect("the middle of the list");
    process.kill().expect("it ends");
    process.wait().expect("it ended");
    hub.heal();
    hub.targets();
    ingest(&world, &hub, &[]).ok();
    // One second before 100 minutes after 09:00.
    assert!(hub.targets()[0].contains("since=2026-01-05T10%3A39%3A59Z"));
    assert_eq!(count(&world), "150");
    assert_eq!(world.lines("lake", "select count(distinct incident_id) from incidents"), ["150"]);
}

/// Tells when that is asked for, and then makes the asker wait for long.
fn reached_once(hub: &Fake, part: &'static str) -> std::sync::mpsc::Receiver<()> {
    let (reached, wait) = std::sync::mpsc::channel();
    hub.fault(move |asked| {
        asked.target.contains(part).then(|| {
            reached.send(()).ok();
            Answer::text(429, "{}").with("ratelimit-reset", 600)
        })
    });
    wait
}

#[test]
fn limits_failures_and_half_answers_are_waited_out() {
    let (world, hub) = (World::as_of(AS_OF), hub(many(3)));
    hub.fails("/I001/", 1, Answer::text(429, "{}").with("ratelimit-reset", 1));
    hub.fails("/I002/", 1, Answer::text(502, "{}"));
    hub.fails("/I003/", 1, Answer::text(200, r#"{"log_entries": []}"#).broken_off());
    let run = ingest(&world, &hub, &[]).ok();
    assert!(run.stderr.contains("127.0.0.1 asks for a pause; waiting 1 s"), "{}", run.stderr);
    assert_eq!(count(&world), "3");
}

#[test]
fn an_incident_that_leaves_the_list_meanwhile_hides_no_other() {
    let (world, hub) = (World::as_of(AS_OF), hub(many(150)));
    // After the first page: all others move up by one.
    hub.state().vanishes = vec![("/I100/log_entries", "I001")];
    ingest(&world, &hub, &[]).ok();
    assert_eq!(count(&world), "150");
}

#[test]
fn incidents_of_one_second_and_of_many_years_are_read_whole() {
    let mut incidents: Vec<Value> = (1..=150)
        .map(|n| incident(&format!("S{n:03}"), "2024-12-01T09:00:00Z", "2024-12-01T10:00:00Z"))
        .map(merged)
        .collect();
    incidents.push(incident("LAST", "2026-02-20T09:00:00Z", "2026-02-20T10:00:00Z"));
    let (world, hub) = (World::as_of(AS_OF), hub(incidents));
    let run = ingest(&world, &hub, &["--since", "2026-01-01"]).ok();
    assert!(!run.stderr.contains("merged"), "{}", run.stderr);
    // Older ones than were wanted before.
    let run = ingest(&world, &hub, &[]).ok();
    assert!(run.stderr.contains("150 incidents were merged"), "{}", run.stderr);
    assert_eq!(world.lines("lake", "select incident_id from incidents"), ["LAST"]);
}

#[test]
fn a_list_without_an_end_ends_with_a_sentence() {
    let (world, hub) = (World::as_of(AS_OF), hub(many(1)));
    hub.fault(|asked| {
        asked
            .target
            .contains("&offset=")
            .then(|| Answer::json(&json!({"incidents": [], "limit": 100, "more": true})))
    });
    let run = ingest(&world, &hub, &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("says of 10000 incidents that there are more"), "{}", run.stderr);
}

#[test]
fn a_record_that_can_t_be_read_is_refused_and_the_others_become_rows() {
    let mut incidents = many(2);
    incidents.push(with(incident("X1", "2026-01-06T09:00:00Z", ""), json!({"service": null})));
    incidents.push(with(incident("X2", "2026-01-06T09:00:00Z", ""), json!({"created_at": "soon"})));
    let (world, hub) = (World::as_of(AS_OF), hub(incidents));
    let run = ingest(&world, &hub, &["--since", "2026-01-01"]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert_eq!(count(&world), "2");
    assert_eq!(
        world.lines("lake", "select table_name, reason from rejected_records order by reason"),
        [
            "incidents | incidents of PagerDuty: `created_at` is no instant: soon",
            "incidents | incidents of PagerDuty: `service.id` is missing"
        ]
    );
}

#[test]
fn the_token_goes_nowhere_else_and_a_login_page_is_no_data() {
    let elsewhere = Server::start(|_| Answer::json(&json!({"incidents": [], "more": false})));
    let (world, hub) = (World::as_of(AS_OF), hub(many(1)));
    hub.fails(
        "/incidents",
        1,
        Answer::text(302, "").with("location", format!("{}/incidents", elsewhere.url)),
    );
    let run = ingest(&world, &hub, &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("leads to 127.0.0.1, which is not followed"), "{}", run.stderr);
    assert!(elsewhere.asked().is_empty());
    hub.heal();
    hub.fails("/incidents", 1, Answer::text(200, "<html>").with("content-type", "text/html"));
    let run = ingest(&world, &hub, &[]);
    assert!(run.stderr.contains("a web page instead of data"), "{}", run.stderr);
    hub.heal();
    // A server that says the token back.
    let words = format!(r#"{{"error":{{"message":"no such key: {TOKEN}"}}}}"#);
    hub.fails("/incidents", 1, Answer::text(403, &words));
    let run = ingest(&world, &hub, &[]);
    assert!(run.stderr.contains("no such key: …"), "{}", run.stderr);
    let mut open = world.command(env!("CARGO_BIN_EXE_milepost"));
    open.args(["ingest", "pagerduty", "--api-url", "http://api.pagerduty.test"]);
    open.args(["--token-env", "PAGES_TOKEN"]).env("PAGES_TOKEN", TOKEN);
    let run = World::finished(open);
    assert!(run.stderr.contains("a token must not travel like that"), "{}", run.stderr);
}

#[test]
fn a_token_that_is_refused_is_tried_once_and_none_is_asked_for() {
    let (world, hub) = (World::as_of(AS_OF), hub(many(3)));
    let mut command = command(&world, &hub, &[]);
    command.env("PAGES_TOKEN", "another");
    let run = World::finished(command);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("does not accept the token (401: Unknown key)"), "{}", run.stderr);
    assert_eq!(hub.targets().len(), 1);
    let run = world.milepost(&["ingest", "pagerduty", "--api-url", &hub.server.url]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("PagerDuty answers only with a token"), "{}", run.stderr);
    assert!(hub.targets().is_empty());
}

#[test]
fn services_priorities_and_what_ended_by_itself_can_be_chosen() {
    let of = |id: &str, service: &str, priority: &str| {
        with(
            incident(id, "2026-01-05T09:00:00Z", "2026-01-05T09:10:00Z"),
            json!({"service": {"id": service}, "priority": {"summary": priority}}),
        )
    };
    let blip = with(
        of("BLIP", "PCHK", "P1"),
        json!({"resolved_at": "2026-01-05T09:01:59Z",
               "last_status_change_by": {"type": "service_reference"}}),
    );
    let hub =
        hub(vec![of("ONE", "PCHK", "P1"), of("TWO", "PCHK", "P3"), of("OTHER", "PX", "P1"), blip]);
    let world = World::as_of(AS_OF);
    let flags = ["--service", "PCHK", "--priority", "P1", "--skip-transient"];
    let run = ingest(&world, &hub, &flags).ok();
    assert_eq!(world.lines("lake", "select incident_id from incidents"), ["ONE"]);
    assert!(run.stderr.contains("1 incidents ended by themselves"), "{}", run.stderr);
    assert!(run.stderr.contains("1 incidents are of an urgency"), "{}", run.stderr);
    // Another choice of services is read from its own beginning.
    let run = ingest(&world, &hub, &[]).ok();
    assert!(run.stderr.contains("leaves such out"), "{}", run.stderr);
    assert_eq!(count(&world), "4");
}

#[test]
fn a_dry_run_says_what_there_is_and_kept_answers_are_read_again_without_a_server() {
    let (world, hub) = (World::as_of(AS_OF), hub(many(130)));
    let run = ingest(&world, &hub, &["--dry-run"]).ok();
    // Two pages and 130 logs.
    assert!(
        run.stderr.contains("pagerduty:127.0.0.1: 130 incidents to read, about 133 requests"),
        "{}",
        run.stderr
    );
    assert!(!world.path("lake").exists());
    ingest(&world, &hub, &[]).ok();
    let before = world.contents("lake");
    hub.targets();
    let lake = world.place("lake");
    world.milepost(&["ingest", "--replay", "--lake", &lake]).ok();
    assert!(hub.targets().is_empty());
    assert_same(&world.contents("lake"), &before);
}

#[test]
fn an_alias_says_which_service_an_incident_is_of() {
    let (world, hub) = (World::as_of(AS_OF), hub(many(1)));
    world.file("facts/services.csv", "service_id,name\ncheckout,Checkout\n");
    world.file("facts/service_aliases.csv", "provider,alias,service_id\npagerduty,PCHK,checkout\n");
    let (facts, lake) = (world.place("facts"), world.place("lake"));
    world.milepost(&["ingest", "files", &facts, "--lake", &lake]).ok();
    ingest(&world, &hub, &[]).ok();
    let rows = "select incident_id, service_id from classified_incidents";
    assert_eq!(world.lines("lake", rows), ["I001 | checkout"]);
}
