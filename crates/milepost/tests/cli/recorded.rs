//! Answers that the real GitHub gave, as its own libraries keep them for their tests. They are no
//! part of this project: `scripts/test` fetches them and says where they are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::fake_github::{FakeGithub, Hosted, deployment, pull};
use crate::server::{Answer, Asked, Server};
use crate::world::{Run, World};

const AS_OF: &str = "2030-01-01T00:00:00Z";

/// The folder that the packages are in.
fn packages() -> PathBuf {
    PathBuf::from(
        std::env::var("MILEPOST_RECORDED").expect("MILEPOST_RECORDED, set by scripts/test"),
    )
}

fn read(file: &str) -> Value {
    let path = packages().join(file);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

/// What the examples of an event hold under a name. They tell of few things in many ways, so each
/// gets a number of its own.
fn examples(event: &str, part: &str, by: &str) -> BTreeMap<String, Value> {
    let events = read("@octokit/webhooks-examples/api.github.com/index.json");
    let events = events.as_array().expect("events").iter();
    let examples = events.filter(|one| one["name"] == event).flat_map(|one| {
        one["examples"].as_array().expect("examples").iter().map(|one| one[part].clone())
    });
    let numbered = (1..).zip(examples).map(|(number, mut one)| {
        one[by] = json!(number);
        (number.to_string(), one)
    });
    numbered.collect()
}

fn ingest(world: &World, server: &Server, names: &[&str], flags: &[&str]) -> Run {
    let (lake, token) = (world.place("lake"), world.file("token", "anything"));
    let mut arguments = vec!["ingest", "github", "--api-url", &server.url, "--lake", &lake];
    arguments.extend(["--token-file", &token]);
    arguments.extend(names.iter().chain(flags));
    world.milepost(&arguments)
}

#[test]
#[ignore = "needs recorded answers"]
fn payloads_of_real_events_are_read_whole() {
    let pulls = examples("pull_request", "pull_request", "number");
    let reviews = examples("pull_request_review", "review", "id");
    let deployments = examples("deployment", "deployment", "id");
    let statuses = examples("deployment_status", "deployment_status", "id");
    let issues = examples("issues", "issue", "number");
    let runs = examples("workflow_run", "workflow_run", "id");
    assert!(pulls.len() > 20 && deployments.len() > 3 && issues.len() > 20 && runs.len() > 4);
    // Pull requests are issues to GitHub, but none that could be an incident.
    let incidents = issues.values().filter(|issue| issue.get("pull_request").is_none()).count();
    let counts = [pulls.len(), reviews.len(), deployments.len(), incidents, runs.len()]
        .map(|n| n.to_string());
    let list = |all: &BTreeMap<String, Value>| Answer::json(&all.values().cloned().collect());
    let first = pulls.keys().next().cloned().expect("a number");
    let server = Server::start(move |asked: &Asked| {
        let parts: Vec<&str> = asked.path().trim_matches('/').split('/').skip(3).collect();
        match parts[..] {
            ["pulls"] => list(&pulls),
            ["pulls", _, "commits"] => Answer::text(200, "[]"),
            ["pulls", number, "reviews"] if number == first => list(&reviews),
            ["pulls", _, "reviews"] => Answer::text(200, "[]"),
            ["pulls", number] => Answer::json(&pulls[number]),
            ["deployments"] => list(&deployments),
            ["deployments", _, "statuses"] => list(&statuses),
            ["issues"] => list(&issues),
            // All of them in the first window, whenever they were.
            ["actions", "runs"] => Answer::json(&json!({"total_count": runs.len(),
                "workflow_runs": runs.values().collect::<Vec<_>>()})),
            ["actions", "runs", id] => Answer::json(&runs[id]),
            [] if asked.path() != "/graphql" => {
                Answer::json(&json!({"id": 1, "full_name": "octo/recorded"}))
            }
            _ => Answer::text(404, "{}"),
        }
    });
    let world = World::as_of(AS_OF);
    let run = ingest(&world, &server, &["octo/recorded"], &["--workflow-runs"]).ok();
    assert!(!run.stderr.contains("refused"), "{}", run.stderr);
    let tables = ["pull_requests", "reviews", "deployments", "incidents", "pipeline_runs"];
    let count = |table| world.lines("lake", &format!("select count(*) from {table}")).concat();
    assert_eq!(tables.map(count), counts);
}

/// The recorded answers of a scenario, by method-less path and query.
fn scenario(name: &str) -> BTreeMap<String, Value> {
    let recorded =
        read(&format!("@octokit/fixtures/scenarios/api.github.com/{name}/normalized-fixture.json"));
    let answers = recorded.as_array().expect("answers").iter().filter(|one| one["method"] == "get");
    answers.map(|one| (one["path"].as_str().expect("a path").to_owned(), one.clone())).collect()
}

/// The answer as it was recorded, but from this server.
fn replayed(recorded: &Value, url: &str) -> Answer {
    let mut answer = Answer::json(&recorded["response"]);
    answer.status = recorded["status"].as_u64().expect("a status") as u16;
    for (name, value) in recorded["headers"].as_object().expect("headers") {
        if matches!(name.as_str(), "location" | "link") {
            let value = value.as_str().expect("a text").replace("https://api.github.com", url);
            answer = answer.with(name, value);
        }
    }
    answer
}

#[test]
#[ignore = "needs recorded answers"]
fn a_real_rename_and_real_pages_are_followed() {
    let (renamed, paged) = (scenario("rename-repository"), scenario("paginate-issues"));
    let expected: BTreeSet<String> = paged
        .values()
        .flat_map(|page| page["response"].as_array().expect("issues").iter())
        .map(|issue| issue["number"].to_string())
        .collect();
    assert!(paged.len() == 5 && expected.len() > 10);
    let url = Arc::new(Mutex::new(String::new()));
    let own = url.clone();
    let server = Server::start(move |asked| {
        let url = own.lock().expect("the address").clone();
        if let Some(recorded) = renamed.get(&asked.target) {
            return replayed(recorded, &url);
        }
        let page = asked.parameter("page").unwrap_or("1");
        let is_page = |path: &&String| match page {
            "1" => !path.contains("&page="),
            page => path.ends_with(&format!("&page={page}")),
        };
        match asked.path().ends_with("/issues") {
            true => replayed(&paged[paged.keys().find(is_page).expect("a page")], &url),
            false if asked.path().ends_with("graphql") => Answer::text(404, "{}"),
            false => Answer::text(200, "[]"),
        }
    });
    url.lock().expect("the address").clone_from(&server.url);
    let world = World::as_of(AS_OF);
    let name = "octokit-fixture-org/rename-repository";
    ingest(&world, &server, &[name], &["--no-clone"]).ok();
    assert_eq!(
        world.lines("lake", "select name, source_id from repositories"),
        ["rename-repository-newname | 1000"]
    );
    let ids = world.lines("lake", "select incident_id from incidents");
    let numbers: BTreeSet<String> =
        ids.iter().map(|id| id.rsplit('#').next().expect("a number").to_owned()).collect();
    assert_eq!(numbers, expected);
}

/// Reads questions, one a line, and says what GitHub's schema has against them.
const VALIDATE: &str = "
const { buildSchema, parse, validate } = require('graphql');
const read = require('fs').readFileSync;
const schema = buildSchema(read(process.env.NODE_PATH + '/@octokit/graphql-schema/schema.graphql', 'utf8'), { assumeValidSDL: true });
const questions = read(0, 'utf8').trim().split('\\n').map(JSON.parse);
const errors = questions.flatMap((question) => validate(schema, parse(question.query)));
console.log(JSON.stringify({ count: questions.length, errors: errors.map(String) }));
";

#[test]
#[ignore = "needs recorded answers"]
fn every_question_is_one_that_githubs_schema_allows() {
    let (world, hub) = (World::as_of(AS_OF), FakeGithub::new());
    let mut large = pull(1, "2029-12-05T09:00:00Z", None);
    let mut open = deployment(2, "2029-12-20T09:00:00Z", &[("QUEUED", "2029-12-20T09:00:00Z")]);
    let goes_on = json!({"hasNextPage": true, "endCursor": "x"});
    large["commits"]["pageInfo"] = goes_on.clone();
    large["reviews"]["pageInfo"] = goes_on.clone();
    open["statuses"]["pageInfo"] = goes_on;
    hub.fault(|asked| {
        let question: Value = serde_json::from_slice(&asked.body).ok()?;
        question["query"].as_str().filter(|query| query.contains("node(id"))?;
        let end = json!({"pageInfo": {"hasNextPage": false}, "nodes": []});
        let node = json!({"commits": end, "reviews": end, "statuses": end});
        Some(Answer::json(&json!({"data": {"node": node}})))
    });
    let (pulls, deployments) = (vec![large], vec![open]);
    hub.host("acme/shop", Hosted { number: 7, pulls, deployments, ..Hosted::default() });
    for _ in 0..2 {
        ingest(&world, &hub.server, &["acme/shop"], &["--deployments-from-releases"]);
    }
    let flags = ["--deployments-from-releases", "--dry-run"];
    ingest(&world, &hub.server, &["acme/shop"], &flags);
    let questions: String = hub
        .server
        .asked()
        .iter()
        .filter(|asked| asked.path().ends_with("/graphql"))
        .map(|asked| String::from_utf8_lossy(&asked.body).into_owned() + "\n")
        .collect();
    let mut node = world.command("node");
    node.args(["-e", VALIDATE]).env("NODE_PATH", packages());
    let mut node = node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node");
    let mut input = node.stdin.take().expect("its input");
    std::io::Write::write_all(&mut input, questions.as_bytes()).expect("it reads");
    drop(input);
    let output = node.wait_with_output().expect("its output").stdout;
    let found: Value = serde_json::from_slice(&output).expect("JSON");
    assert!(found["count"].as_u64().is_some_and(|count| count >= 9), "{found}");
    assert_eq!(found["errors"], json!([]));
}
