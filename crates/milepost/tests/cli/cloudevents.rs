//! Events of pipelines and incident tools, in any order and as often as they come.

use serde_json::{Value, json};

use crate::small_lake::{SmallLake, at, sha};
use crate::world::{Run, assert_same};

const LEFT: &str = "271069a8-fc18-44f1-b38f-9d70a1695819";
const RIGHT: &str = "271069a8-fc18-44f1-b38f-9d70a1695820";

const DEPLOYMENTS: &str = "select deployment_id, service_id, repository_id, environment, sha, \
                           finished_at, outcome, declared_kind, source \
                           from deployments order by finished_at, deployment_id";
const INCIDENTS: &str = "select incident_id, service_id, severity, title, detected_at, created_at, \
                         resolved_at, caused_by_deployment_id, source_url, source \
                         from incidents order by incident_id";

/// The repository `shop` with two commits, in the lake.
fn lake() -> SmallLake {
    let lake = SmallLake::new(&[("a", "", "01-01 09:00"), ("b", "a", "01-02 09:00")]);
    lake.ingest();
    lake
}

/// A CDEvent as it comes from a pipeline: kind, id, time, what it is about, content, own data.
fn cdevent(
    kind: &str,
    id: &str,
    time: &str,
    subject_id: &str,
    content: &Value,
    custom: &Value,
) -> Value {
    json!({
        "context": {
            "version": "0.4.1", "id": id, "source": "/ci", "timestamp": at(time),
            "type": format!("dev.cdevents.{kind}")
        },
        "subject": {"id": subject_id, "type": kind, "content": content},
        "customData": custom
    })
}

/// The same within an envelope.
fn enveloped(event: &Value) -> Value {
    let context = &event["context"];
    json!({
        "specversion": "1.0", "id": context["id"], "source": context["source"],
        "type": context["type"], "time": context["timestamp"], "data": event
    })
}

fn own(table: &str, data: &Value) -> Value {
    let kind = format!("dev.milepost.{table}.v1");
    json!({"specversion": "1.0", "id": "1", "source": "/own", "type": kind, "data": data})
}

/// `api` is deployed from the commit, or rolled back to it.
fn deployed(kind: &str, id: &str, time: &str, commit: &str) -> Value {
    let content = json!({"environment": {"id": "prod-eu"}, "artifactId": "pkg:oci/api@1.0"});
    let custom = json!({"sha": sha(commit), "repository": "shop"});
    cdevent(kind, id, time, "service/api", &content, &custom)
}

/// The incident `i1` of `api`, which the second deployment caused.
fn incident(predicate: &str, time: &str, description: &str) -> Value {
    let content = json!({
        "description": description, "service": {"id": "api"}, "ticketURI": "https://t.test/1"
    });
    let custom = if predicate == "reported" { json!({"severity": "SEV1"}) } else { json!({}) };
    let kind = format!("incident.{predicate}.0.3.0");
    let mut event = cdevent(&kind, predicate, time, "i1", &content, &custom);
    if predicate == "detected" {
        event["context"]["links"] =
            json!([{"linkType": "RELATION", "linkKind": "CAUSE", "target": {"contextId": RIGHT}}]);
    }
    event
}

fn story() -> Vec<Value> {
    vec![
        deployed("service.deployed.0.2.0", LEFT, "01-05 12:00", "a"),
        enveloped(&deployed("service.upgraded.0.2.0", RIGHT, "01-06 12:00", "b")),
        incident("detected", "01-06 12:30", "latency above 2 s"),
        enveloped(&incident("reported", "01-06 12:40", "Checkout is slow")),
        incident("resolved", "01-06 14:00", "rolled back"),
    ]
}

fn ingest(lake: &SmallLake, files: &[String]) -> Run {
    let place = lake.world.place("lake");
    let mut arguments = vec!["ingest", "cloudevents", "--lake", &place];
    arguments.extend(files.iter().map(String::as_str));
    lake.world.milepost(&arguments)
}

fn file(lake: &SmallLake, name: &str, text: &str) -> Vec<String> {
    vec![lake.world.file(&format!("events/{name}"), text)]
}

fn lines_of(events: &[Value]) -> String {
    events.iter().map(|event| format!("{event}\n")).collect()
}

#[track_caller]
fn assert_nothing_new(run: Run) {
    let run = run.ok();
    assert!(run.stderr.contains("cloudevents: nothing new"), "{}", run.stderr);
}

#[test]
fn deployments_and_an_incident_come_from_events_in_any_order() {
    let together = lake();
    let files = file(&together, "all.ndjson", &lines_of(&story()));
    ingest(&together, &files).ok();
    assert_eq!(
        together.lines(DEPLOYMENTS),
        [
            format!(
                "{LEFT} | api | shop | production | {} | 2026-01-05T12:00:00Z | succeeded | - | cloudevents",
                sha("a")
            ),
            format!(
                "{RIGHT} | api | shop | production | {} | 2026-01-06T12:00:00Z | succeeded | - | cloudevents",
                sha("b")
            ),
        ]
    );
    assert_eq!(
        together.lines(INCIDENTS),
        [format!(
            "i1 | api | SEV1 | Checkout is slow | 2026-01-06T12:30:00Z | 2026-01-06T12:40:00Z | \
             2026-01-06T14:00:00Z | {RIGHT} | https://t.test/1 | cloudevents"
        )]
    );
    // Impaired from 12:30 on at the latest, and the deployment of 12:00 failed; it took two hours.
    let failed = "select deployment_id, incident_id, recovery_seconds from failed_deployments";
    assert_eq!(together.lines(failed), [format!("{RIGHT} | i1 | 7200")]);
    assert_nothing_new(ingest(&together, &files));

    let backwards = lake();
    for (number, event) in story().iter().enumerate().rev() {
        ingest(&backwards, &file(&backwards, &format!("{number}.json"), &event.to_string())).ok();
    }
    assert_same(&backwards.world.contents("lake"), &together.world.contents("lake"));
    assert_nothing_new(ingest(&backwards, &[backwards.world.place("events/2.json")]));
}

#[test]
fn a_batch_and_the_standard_input_are_read() {
    let lake = lake();
    let batch = Value::Array(story()).to_string();
    let place = lake.world.place("lake");
    let arguments = ["ingest", "cloudevents", "-", "--lake", &place];
    let run = lake.world.milepost_reading(&arguments, &batch).ok();
    assert!(run.stderr.contains("cloudevents: 2 deployments, 1 incidents"), "{}", run.stderr);
    assert_nothing_new(ingest(&lake, &file(&lake, "batch.json", &batch)));
}

#[test]
fn what_is_no_event_is_kept_apart_and_the_rest_goes_on() {
    let lake = lake();
    let paid = json!({"specversion": "1.0", "id": "1", "source": "/", "type": "com.acme.paid"});
    let mut nowhere = deployed("service.deployed.0.2.0", "x", "01-05 12:00", "a");
    nowhere["subject"]["content"] = json!({});
    let mut elsewhere = deployed("service.deployed.0.2.0", "y", "01-05 12:00", "a");
    elsewhere["customData"] = json!({});
    let mut dateless = incident("reported", "01-06 12:40", "Checkout is slow");
    dateless["context"]["timestamp"] = json!("yesterday");
    let events = [
        deployed("service.rolledback.0.2.0", "7", "01-05 12:00", "a"),
        paid.clone(),
        json!({"hello": "world"}),
        nowhere,
        elsewhere,
        own("incident", &json!({})),
        own("incidents", &json!({"incident_id": "i2", "service_id": "api", "sevrity": "high"})),
        dateless,
        incident("resolved", "01-06 14:00", "rolled back"),
        paid,
    ];
    let text = format!(
        "{}{{\"cut\": \n{}\n",
        lines_of(&events),
        incident("detected", "01-06 12:30", "slow")
    );
    let run = ingest(&lake, &file(&lake, "mixed.ndjson", &text));
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    let unread = "2 events of types that are not read: com.acme.paid";
    assert!(run.stderr.contains(unread), "{}", run.stderr);
    assert!(run.stderr.contains("7 rows were refused"), "{}", run.stderr);
    let rejected = lake.lines("select table_name, reason from rejected_records order by ordinal");
    let expected = [
        (" | ", "mixed.ndjson:3: it is no CloudEvent, for it lacks `specversion`"),
        ("deployments | ", "mixed.ndjson:4: it lacks `subject.content.environment.id`"),
        ("deployments | ", "mixed.ndjson:5: `repository_id` is empty"),
        (" | ", "mixed.ndjson:6: there is no table `incident` to fill; nearest: `incidents`"),
        (
            "incidents | ",
            "mixed.ndjson:7: it has columns that `incidents` does not: `sevrity` (nearest: `severity`",
        ),
        ("incidents | ", "mixed.ndjson:8: `created_at` is `\"yesterday\"`"),
        (" | ", "mixed.ndjson:11: it is no JSON"),
    ];
    assert_eq!(rejected.len(), expected.len(), "{rejected:#?}");
    for (line, (table, reason)) in rejected.iter().zip(expected) {
        assert!(line.starts_with(table) && line.contains(reason), "{line}");
    }
    // A bad event takes nothing along, neither the next line nor others of the same incident.
    assert_eq!(
        lake.lines("select deployment_id, declared_kind from deployments"),
        ["/ci#7 | rollback"]
    );
    assert_eq!(
        lake.lines("select title, detected_at, created_at, resolved_at from incidents"),
        ["slow | 2026-01-06T12:30:00Z | - | 2026-01-06T14:00:00Z"]
    );
}

#[test]
fn a_file_that_is_no_json_is_refused_as_a_whole() {
    let lake = lake();
    let mut files = file(&lake, "good.ndjson", &lines_of(&story()));
    files.extend(file(&lake, "bad.csv", "incident_id,service_id\n1,api\n"));
    let run = ingest(&lake, &files);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("bad.csv: it is no JSON"), "{}", run.stderr);
    assert_eq!(run.stderr.trim().lines().count(), 1, "{}", run.stderr);
    assert_eq!(lake.lines("select incident_id from incidents"), [""; 0]);
}

#[test]
fn rows_of_any_table_come_as_events_of_its_own_type() {
    let lake = lake();
    let events = [
        own("services", &json!([{"service_id": "api", "tier": "1"}, {"service_id": "till"}])),
        own("service_repositories", &json!({"service_id": "till", "repository_id": "shop"})),
        // The only repository of the service is its own.
        own(
            "deployments",
            &json!({
                "deployment_id": "d", "service_id": "till", "outcome": "success",
                "finished_at": at("01-05 12:00"), "environment": "staging"
            }),
        ),
    ];
    let files = file(&lake, "own.ndjson", &lines_of(&events));
    ingest(&lake, &files).ok();
    assert_eq!(
        lake.lines("select service_id, tier, source from services order by service_id"),
        ["api | 1 | cloudevents", "till | - | cloudevents"]
    );
    assert_eq!(
        lake.lines(DEPLOYMENTS),
        ["d | till | shop | staging | - | 2026-01-05T12:00:00Z | succeeded | - | cloudevents"]
    );
    assert_nothing_new(ingest(&lake, &files));
}

#[test]
fn changes_artifacts_and_runs_come_from_events() {
    let lake = lake();
    let none = json!({});
    let content = json!({"repository": {"id": "acme/shop", "url": "https://github.com/acme/shop"}});
    let digest = format!("sha256:{}", "0b".repeat(32));
    let purl = format!("pkg:oci/shop@{digest}?repository_url=ghcr.io/acme/shop&tag=1.4");
    let change = json!({"change": {"id": sha("a")}});
    let finished = json!({"pipelineName": "ship", "outcome": "failure"});
    let mut events = vec![
        cdevent(
            "change.merged.0.2.0",
            "m",
            "01-02 09:00",
            "pull/12",
            &content,
            &json!({"sha": "abc1234"}),
        ),
        cdevent("change.created.0.3.0", "c", "01-01 09:00", "12", &content, &none),
        cdevent("pipelinerun.finished.0.2.0", "f", "01-02 10:00", "7", &finished, &none),
        cdevent("pipelinerun.started.0.2.0", "s", "01-02 09:30", "7", &none, &none),
        cdevent("artifact.packaged.0.2.0", "p", "01-02 09:40", &purl, &change, &none),
    ];
    let files = file(&lake, "all.ndjson", &lines_of(&events));
    ingest(&lake, &files).ok();
    let changes =
        "select pull_request_id, state, created_at, merged_at, merge_sha from pull_requests";
    assert_eq!(
        lake.lines(changes),
        [
            "github.com/acme/shop#12 | merged | 2026-01-01T09:00:00Z | 2026-01-02T09:00:00Z | abc1234"
        ]
    );
    let runs = "select pipeline_run_id, name, started_at, finished_at, outcome from pipeline_runs";
    assert_eq!(
        lake.lines(runs),
        ["/ci#7 | ship | 2026-01-02T09:30:00Z | 2026-01-02T10:00:00Z | failure"]
    );
    let artifacts = "select artifact_digest, reference, sha, built_at from artifacts";
    assert_eq!(
        lake.lines(artifacts),
        [format!("{digest} | ghcr.io/acme/shop:1.4 | {} | 2026-01-02T09:40:00Z", sha("a"))]
    );
    // A change that was merged is not open again because its beginning comes late.
    events.swap_remove(0);
    assert_nothing_new(ingest(&lake, &file(&lake, "again.ndjson", &lines_of(&events))));
}

#[test]
fn traces_of_pipelines_give_runs_and_deployments() {
    let lake = lake();
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    // 2026-01-05, 12:00 and 12:10, UTC.
    let (start, end) = ("1767614400000000000", "1767615000000000000");
    let span = |id: &str, parent: &str, attributes: Vec<Value>| {
        json!({
            "traceId": "t", "spanId": id, "parentSpanId": parent, "name": "ship",
            "startTimeUnixNano": start, "endTimeUnixNano": end, "attributes": attributes
        })
    };
    let deploy = |result: &str| {
        vec![
            text("cicd.pipeline.task.type", "deploy"),
            text("cicd.pipeline.task.run.result", result),
            text("deployment.environment.name", "production"),
            text("service.name", "api"),
        ]
    };
    let run = vec![text("cicd.pipeline.run.id", "7"), text("cicd.pipeline.result", "failure")];
    let export = json!({"resourceSpans": [{
        "resource": {"attributes": [
            text("vcs.repository.url.full", "https://github.com/acme/shop.git"),
            text("vcs.ref.head.revision", &sha("a"))
        ]},
        "scopeSpans": [{"spans": [
            span("r", "", run),
            span("1", "r", deploy("success")),
            span("2", "r", deploy("timeout")),
            span("3", "r", deploy("cancellation")),
            span("4", "r", deploy("skip"))
        ]}]
    }]});
    let bare = file(&lake, "bare.json", &export.to_string());
    ingest(&lake, &bare).ok();
    let row = |id: &str, outcome: &str| {
        format!(
            "t/{id} | api | github.com/acme/shop | production | {} | 2026-01-05T12:10:00Z | {outcome} | - | cloudevents",
            sha("a")
        )
    };
    assert_eq!(
        lake.lines(DEPLOYMENTS),
        [row("1", "succeeded"), row("2", "failed"), row("3", "cancelled")]
    );
    let runs = "select pipeline_run_id, repository_id, started_at, outcome from pipeline_runs";
    assert_eq!(lake.lines(runs), ["7 | github.com/acme/shop | 2026-01-05T12:00:00Z | failure"]);
    let event = json!({
        "specversion": "1.0", "id": "1", "source": "/otel", "type": "io.opentelemetry.trace",
        "data": export
    });
    assert_nothing_new(ingest(&lake, &file(&lake, "event.json", &event.to_string())));
}
