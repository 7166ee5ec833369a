//! `ingest jira` against a server that answers as Jira does, on good days and bad ones.

use crate::fake_tools::Fake;
use crate::server::{Answer, Server};
use crate::world::{Run, World, assert_same};
use serde_json::{Value, json};

const AS_OF: &str = "2026-03-01T00:00:00Z";
/// Nobody may ever see it, nor what it is together with the user.
const TOKEN: &str = "jt_canary0123456789";
const PROOF: &str = "Basic YW5uQGFjbWUudGVzdDpqdF9jYW5hcnkwMTIzNDU2Nzg5";

fn ingest(world: &World, hub: &Fake, flags: &[&str]) -> Run {
    let run = World::finished(command(world, hub, flags));
    let secrets = [TOKEN, &PROOF["Basic ".len()..]];
    for secret in secrets {
        assert!(!run.stdout.contains(secret) && !run.stderr.contains(secret), "{}", run.stderr);
    }
    run
}

fn command(world: &World, hub: &Fake, flags: &[&str]) -> std::process::Command {
    let mut command = world.command(env!("CARGO_BIN_EXE_milepost"));
    command.args(["ingest", "jira", "--url", &hub.server.url]).args(flags);
    if !flags.contains(&"server") {
        command.args(["--user", "ann@acme.test"]);
    }
    if !flags.contains(&"--as-of") {
        command.args(["--as-of", AS_OF]);
    }
    command.args(["--lake", &world.place("lake")]);
    command.args(["--token-env", "TRACKER_TOKEN"]).env("TRACKER_TOKEN", TOKEN);
    command
}

/// A task of PAY that was created when it was last updated.
fn task(id: &str, updated: &str) -> Value {
    json!({"id": id, "key": format!("PAY-{id}"), "fields": {
        "summary": format!("Task {id}"), "issuetype": {"name": "Task"}, "project": {"key": "PAY"},
        "assignee": null, "status": {"name": "Backlog", "statusCategory": {"key": "new"}},
        "labels": [], "components": [], "created": updated, "updated": updated,
        "resolutiondate": null}})
}

fn with(mut issue: Value, changes: Value) -> Value {
    let fields = changes.as_object().expect("changes").clone();
    issue["fields"].as_object_mut().expect("fields").extend(fields);
    issue
}

/// An incident of payments that lasted from 08:00 to 09:30:00.5 of 6 February.
fn outage() -> Value {
    with(
        task("10018", "2026-02-06T08:00:00.000+0000"),
        json!({"issuetype": {"name": "[System] Incident"}, "project": {"key": "OPS"},
               "status": {"name": "Done", "statusCategory": {"key": "done"}},
               "priority": {"name": "P1"}, "components": [{"name": "payments"}],
               "resolutiondate": "2026-02-06T09:30:00.500+0000",
               "updated": "2026-02-06T09:30:00.500+0000"}),
    )
}

fn story() -> Value {
    let ann =
        json!({"accountId": "5b10Ann", "emailAddress": "Ann@acme.test", "displayName": "Ann"});
    with(
        task("10017", "2026-02-02T10:00:00.000+0100"),
        json!({"issuetype": {"name": "Story"}, "parent": {"id": "10002"}, "assignee": ann,
               "reporter": {"accountId": "5b10Bo", "displayName": "Bo"},
               "status": {"name": "In Review", "statusCategory": {"key": "indeterminate"}},
               "labels": ["refund", "api"], "updated": "2026-02-05T16:30:00.000+0100"}),
    )
}

/// The newest first, as Jira's bulk answers have them, with instants as milliseconds:
/// 1770305400 is 15:30 of 5 February, 1770105600 is 08:00 of 3 February.
fn changes() -> Vec<Value> {
    vec![
        json!({"id": "4", "created": 1_770_305_400_000_i64, "items": [
            {"field": "status", "fromString": "In Progress", "toString": "In Review"}]}),
        json!({"id": "3", "created": 1_770_105_600_000_i64, "items": [
            {"field": "assignee", "from": null, "to": "5b10Ann", "toString": "Ann"},
            {"field": "status", "fromString": "To Do", "toString": "In Progress"}]}),
        json!({"id": "2", "created": 1_770_105_500_000_i64, "items": [
            {"field": "labels", "fromString": "", "toString": "refund api"}]}),
    ]
}

fn hub(issues: Vec<Value>) -> Fake {
    let hub = Fake::jira(PROOF);
    hub.state().records = issues;
    hub
}

/// Questions for pages of issues since this was last called.
fn searches(hub: &Fake) -> Vec<Value> {
    let asked = hub.server.asked();
    let searches = asked.iter().filter(|asked| asked.path().contains("/search"));
    searches.map(|asked| serde_json::from_slice(&asked.body).expect("a question")).collect()
}

fn work_items(world: &World) -> Vec<String> {
    world.lines("lake", "select work_item_id from work_items order by 1")
}

const INCIDENTS: &str = "select incident_id, service_id, severity, title, impact_started_at, created_at, \
                         mitigated_at, resolved_at, deleted_at from incidents order by 1, 2";

#[test]
fn issues_become_work_items_transitions_incidents_and_identities() {
    let hub = hub(vec![story(), outage(), task("10019", "2026-02-07T08:00:00.000+0000")]);
    hub.state().logs.insert("10017".to_owned(), changes());
    let world = World::as_of(AS_OF);
    ingest(&world, &hub, &["PAY", "OPS", "--jql", "issuetype != Epic"]).ok();
    assert_eq!(
        world.lines(
            "lake",
            "select work_item_id, key, kind, parent_id, project_id, assignee_id, status, \
             status_category, array_to_string(labels, ' '), created_at, resolved_at \
             from work_items order by 1"
        ),
        [
            "10017 | PAY-10017 | Story | 10002 | PAY | 5b10Ann | In Review | in_progress | \
             api refund | 2026-02-02T09:00:00Z | -",
            "10018 | PAY-10018 | [System] Incident | - | OPS | - | Done | done |  | \
             2026-02-06T08:00:00Z | 2026-02-06T09:30:00.500Z",
            "10019 | PAY-10019 | Task | - | PAY | - | Backlog | to_do |  | \
             2026-02-07T08:00:00Z | -",
        ]
    );
    assert_eq!(
        world.lines(
            "lake",
            "select work_item_id, transitioned_at, field, from_value, to_value \
             from work_item_transitions order by transitioned_at, field"
        ),
        [
            "10017 | 2026-02-03T08:00:00Z | assignee | - | 5b10Ann",
            "10017 | 2026-02-03T08:00:00Z | status | To Do | In Progress",
            "10017 | 2026-02-05T15:30:00Z | status | In Progress | In Review",
        ]
    );
    assert_eq!(
        world.lines("lake", INCIDENTS),
        ["10018 | payments | P1 | Task 10018 | - | 2026-02-06T08:00:00Z | - | \
          2026-02-06T09:30:00.500Z | -"]
    );
    assert_eq!(
        world.lines("lake", "select provider, identifier, person_id from identities order by 1, 2"),
        [
            "jira | 5b10ann | jira:5b10ann",
            "jira | 5b10bo | jira:5b10bo",
            "jira_email | ann@acme.test | jira:5b10ann",
        ]
    );
    let searches = searches(&hub);
    let jql = "project in (\"PAY\", \"OPS\") AND (issuetype != Epic) AND updated >= 0 \
               ORDER BY updated ASC, id ASC";
    assert_eq!(searches[0]["jql"], jql);
    assert_eq!(searches.len(), 2);
    assert!(
        searches[0]["fields"].as_array().is_some_and(|all| all.iter().all(|one| one != "*all"))
    );
}

#[test]
fn a_second_read_asks_for_what_changed_and_an_incident_of_another_service_is_not_there_twice() {
    let issues = vec![story(), outage(), task("10019", "2026-02-05T08:00:00.000+0000")];
    let (world, hub) = (World::as_of(AS_OF), hub(issues));
    ingest(&world, &hub, &[]).ok();
    searches(&hub);
    let moved = with(
        outage(),
        json!({"components": [{"name": "till"}], "updated": "2026-03-01T10:00:00.000+0000"}),
    );
    hub.state().records[1] = moved.clone();
    hub.state().records.push(task("10020", "2026-03-01T11:00:00.000+0000"));
    ingest(&world, &hub, &["--as-of", "2026-03-02T00:00:00Z"]).ok();
    assert_eq!(work_items(&world), ["10017", "10018", "10019", "10020"]);
    let keys = "select incident_id, service_id, deleted_at, created_at from incidents order by 2";
    assert_eq!(
        world.lines("lake", keys),
        [
            "10018 | payments | 2026-03-02T00:00:00Z | 2026-02-06T08:00:00Z",
            "10018 | till | - | 2026-02-06T08:00:00Z",
        ]
    );
    // Ten minutes before 09:30:00.5 of 6 February, the last update that was read: 1770369600.5.
    let asked = searches(&hub);
    assert_eq!(asked[0]["jql"], "updated >= 1770369600500 ORDER BY updated ASC, id ASC");
    // Back again, and then no incident at all.
    hub.state().records[1] = with(outage(), json!({"updated": "2026-03-02T10:00:00.000+0000"}));
    ingest(&world, &hub, &["--as-of", "2026-03-03T00:00:00Z"]).ok();
    let living = "select service_id from incidents where deleted_at is null";
    assert_eq!(world.lines("lake", living), ["payments"]);
    let no_incident =
        json!({"issuetype": {"name": "Bug"}, "updated": "2026-03-03T10:00:00.000+0000"});
    hub.state().records[1] = with(outage(), no_incident);
    ingest(&world, &hub, &["--as-of", "2026-03-04T00:00:00Z"]).ok();
    assert!(world.lines("lake", living).is_empty());
    let again = ingest(&world, &hub, &["--as-of", "2026-03-04T00:00:00Z"]).ok();
    assert!(again.stderr.contains("jira:127.0.0.1: nothing new"), "{}", again.stderr);
}

#[test]
fn a_read_that_fails_half_way_goes_on_where_it_ended() {
    let issues = (1..=5).map(|n| task(&n.to_string(), &format!("2026-02-0{n}T08:00:00.000+0000")));
    let (world, hub) = (World::as_of(AS_OF), hub(issues.collect()));
    // The changes of the second page's issues.
    hub.fails(r#"["3","4"]"#, 99, Answer::text(500, "{}"));
    let run = ingest(&world, &hub, &["--max-wait", "0"]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("issues of Jira: 127.0.0.1 failed (500)"), "{}", run.stderr);
    assert_eq!(work_items(&world), ["1", "2"]);
    hub.heal();
    searches(&hub);
    ingest(&world, &hub, &[]).ok();
    // Ten minutes before 08:00 of 2 February: 1770018600.
    assert_eq!(searches(&hub)[0]["jql"], "updated >= 1770018600000 ORDER BY updated ASC, id ASC");
    assert_eq!(work_items(&world), ["1", "2", "3", "4", "5"]);
}

#[test]
fn a_read_that_is_killed_goes_on_at_its_last_page() {
    let issues = (1..=5).map(|n| task(&n.to_string(), &format!("2026-02-0{n}T08:00:00.000+0000")));
    let (world, hub) = (World::as_of(AS_OF), hub(issues.collect()));
    let (reached, wait) = std::sync::mpsc::channel();
    hub.fault(move |asked| {
        String::from_utf8_lossy(&asked.body).contains("page-4").then(|| {
            reached.send(()).ok();
            Answer::text(429, "{}").with("retry-after", 600)
        })
    });
    let mut process = command(&world, &hub, &[]).spawn().expect("the program");
    wait.recv_timeout(std::time::Duration::from_secs(120)).expect("the third page");
    process.kill().expect("it ends");
    process.wait().expect("it ended");
    hub.heal();
    searches(&hub);
    ingest(&world, &hub, &[]).ok();
    // Ten minutes before 08:00 of 4 February: 1770191400.
    assert_eq!(searches(&hub)[0]["jql"], "updated >= 1770191400000 ORDER BY updated ASC, id ASC");
    assert_eq!(work_items(&world), ["1", "2", "3", "4", "5"]);
}

#[test]
fn limits_failures_and_half_answers_are_waited_out_and_a_circle_ends() {
    let issues = (1..=3).map(|n| task(&n.to_string(), &format!("2026-02-0{n}T08:00:00.000+0000")));
    let (world, hub) = (World::as_of(AS_OF), hub(issues.collect()));
    let circle = json!({"issues": [], "nextPageToken": "page-2", "isLast": false});
    hub.fails("page-2", 1, Answer::json(&circle));
    let run = ingest(&world, &hub, &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("leads back to one that was read already"), "{}", run.stderr);
    assert_eq!(work_items(&world), ["1", "2"]);
    hub.heal();
    hub.fails("/search/jql", 1, Answer::text(429, "{}").with("retry-after", 1));
    hub.fails("/bulkfetch", 1, Answer::text(503, "{}"));
    hub.fails("/bulkfetch", 1, Answer::text(200, r#"{"issueChangeLogs": []}"#).broken_off());
    let run = ingest(&world, &hub, &[]).ok();
    assert!(run.stderr.contains("waiting 1 s"), "{}", run.stderr);
    assert_eq!(work_items(&world), ["1", "2", "3"]);
}

#[test]
fn the_token_goes_nowhere_else_and_a_login_page_is_no_data() {
    let elsewhere = Server::start(|_| Answer::json(&json!({"issues": []})));
    let (world, hub) = (World::as_of(AS_OF), hub(vec![outage()]));
    let to = format!("{}/rest/api/3/search/jql", elsewhere.url);
    hub.fails("/search/jql", 1, Answer::text(307, "").with("location", to));
    let run = ingest(&world, &hub, &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("leads to 127.0.0.1, which is not followed"), "{}", run.stderr);
    assert!(elsewhere.asked().is_empty());
    hub.heal();
    hub.fails("/search/jql", 1, Answer::text(200, "<html>").with("content-type", "text/html"));
    let run = ingest(&world, &hub, &[]);
    assert!(run.stderr.contains("a web page instead of data"), "{}", run.stderr);
    hub.heal();
    let words = format!(r#"{{"errorMessages":["not for {PROOF} or {TOKEN}"]}}"#);
    hub.fails("/search/jql", 1, Answer::text(403, &words));
    let run = ingest(&world, &hub, &[]);
    assert!(run.stderr.contains("not for … or …"), "{}", run.stderr);
}

#[test]
fn what_can_t_be_read_is_refused_and_the_others_become_rows() {
    let mut nameless = task("7", "2026-02-03T08:00:00.000+0000");
    nameless["id"] = Value::Null;
    let timeless = with(task("8", "2026-02-04T08:00:00.000+0000"), json!({"created": "soon"}));
    let homeless = with(outage(), json!({"components": []}));
    let issues = vec![nameless, timeless, homeless, task("9", "2026-02-05T08:00:00.000+0000")];
    let (world, hub) = (World::as_of(AS_OF), hub(issues));
    let run = ingest(&world, &hub, &[]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert_eq!(work_items(&world), ["10018", "9"]);
    assert_eq!(
        world.lines("lake", "select table_name, reason from rejected_records order by reason desc"),
        [
            "incidents | issues of Jira: `service_id` is empty, but it is part of the key; give a value",
            "work_items | issues of Jira: `id` is missing",
            "work_items | issues of Jira: `fields.created` is no instant: soon",
        ]
    );
    let other = World::as_of(AS_OF);
    let run = ingest(&other, &hub, &["--default-service", "shop"]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert_eq!(other.lines("lake", "select service_id from incidents"), ["shop"]);
}

#[test]
fn a_label_makes_an_incident_and_fields_say_its_impact() {
    let bug = with(
        task("30", "2026-02-10T08:00:00.000+0000"),
        json!({"issuetype": {"name": "Bug"}, "labels": ["Outage"],
               "customfield_10044": [{"value": "checkout"}],
               "customfield_10050": "2026-02-10T07:15:00.000+0000",
               "customfield_10051": "2026-02-10T07:45:00.000+0000"}),
    );
    let (world, hub) = (World::as_of(AS_OF), hub(vec![bug, outage()]));
    let flags = [
        "--incident-type",
        "Major",
        "--incident-label",
        "outage",
        "--service-field",
        "customfield_10044",
        "--impact-start-field",
        "customfield_10050",
        "--impact-end-field",
        "customfield_10051",
    ];
    ingest(&world, &hub, &flags).ok();
    assert_eq!(
        world.lines("lake", INCIDENTS),
        ["30 | checkout | - | Task 30 | 2026-02-10T07:15:00Z | 2026-02-10T08:00:00Z | \
          2026-02-10T07:45:00Z | - | -"]
    );
    // The rule is kept with the answers, so that they are read again in the same way.
    let before = world.contents("lake");
    world.milepost(&["ingest", "--replay", "--lake", &world.place("lake")]).ok();
    assert_same(&world.contents("lake"), &before);
    let run = ingest(&world, &hub, &["--service-field", "Affected service"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("`Affected service` is no id of a field"), "{}", run.stderr);
}

#[test]
fn a_company_s_own_jira_gives_the_same_rows_page_by_page() {
    let mut issues = vec![story(), outage()];
    // Changed in one go, so that more than a page has one time.
    issues.extend((1..=5).map(|n| task(&n.to_string(), "2026-02-20T08:00:00.000+0000")));
    let cloud = hub(issues.clone());
    let server = Fake::jira(&format!("Bearer {TOKEN}"));
    for hub in [&cloud, &server] {
        hub.state().records = issues.clone();
        hub.state().logs.insert("10017".to_owned(), changes());
    }
    let (world, other) = (World::as_of(AS_OF), World::as_of(AS_OF));
    ingest(&world, &cloud, &[]).ok();
    ingest(&other, &server, &["--api", "server"]).ok();
    let rows = |world: &World| {
        let mut contents = world.contents("lake");
        contents.remove("raw_pages");
        contents
    };
    assert_same(&rows(&other), &rows(&world));
    assert_eq!(work_items(&other), ["1", "10017", "10018", "2", "3", "4", "5"]);
    // A path that only Atlassian's own has.
    let run =
        ingest(&world, &Fake::jira(&format!("Bearer {TOKEN}")), &["--api", "server", "--dry-run"])
            .ok();
    assert!(run.stderr.contains("about 0 issues to read, 1 requests"), "{}", run.stderr);
}

#[test]
fn a_dry_run_and_a_check_of_the_configuration_say_what_a_read_takes() {
    let issues = (1..=3).map(|n| task(&n.to_string(), &format!("2026-02-0{n}T08:00:00.000+0000")));
    let (world, jira) = (World::as_of(AS_OF), hub(issues.collect()));
    let run = ingest(&world, &jira, &["--dry-run"]).ok();
    // One page of issues, and one of their changes.
    let words = "jira:127.0.0.1: about 3 issues to read, 2 requests; nothing was written";
    assert!(run.stderr.contains(words), "{}", run.stderr);
    assert!(!world.path("lake").exists());
    let text = format!(
        "lake = \"lake\"\n[[source]]\nname = \"tracker\"\nkind = \"jira\"\nurl = \"{}\"\n\
         user = \"ann@acme.test\"\ntoken_env = \"TRACKER_TOKEN\"\n",
        jira.server.url
    );
    world.file("milepost.toml", &text);
    let with_token = |arguments: &[&str]| {
        let mut command = world.command(env!("CARGO_BIN_EXE_milepost"));
        command.args(arguments).args(["--as-of", AS_OF]).env("TRACKER_TOKEN", TOKEN);
        World::finished(command)
    };
    let run = with_token(&["config", "check", "--online"]).ok();
    assert!(run.stderr.contains(words), "{}", run.stderr);
    with_token(&["ingest", "tracker"]).ok();
    assert_eq!(work_items(&world), ["1", "2", "3"]);
    world.file("milepost.toml", &text.replace("user = \"ann@acme.test\"\n", ""));
    let run = with_token(&["config", "check"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("source tracker: Atlassian's own Jira wants"), "{}", run.stderr);
}
