//! Events of continuous delivery in the words of CDEvents, versions 0.4 and 0.5 of the standard.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::changes;
use super::fact::{Fact, Reference, Refusal, Told, text, unique_id};
use super::purl::{Named, is_sha, named};
use super::repositories::repository_id;
use crate::files::environment;

static TYPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^dev\.cdevents\.(\w+)\.(\w+)\.(\d+)\.(\d+)\.(\d+)(-[\w.]+)?$").ok()
});

/// Subject and predicate of a type of the standard's major version 0, `None` for other types.
fn parts(kind: &str) -> Option<(&str, &str)> {
    let found = TYPE.as_ref()?.captures(kind)?;
    let part = |at: usize| found.get(at).map(|part| part.as_str());
    (part(3)? == "0").then_some(())?;
    Some((part(1)?, part(2)?))
}

/// An event with what it is made of.
pub(super) struct Event<'a> {
    /// The whole event.
    pub(super) event: &'a Value,
    /// Source of the event.
    pub(super) source: String,
    /// Id of the event within its source.
    pub(super) id: String,
    /// Id of what it is about.
    pub(super) subject_id: String,
    /// When it happened, as it is written.
    pub(super) time: Option<String>,
}

impl Event<'_> {
    /// A text of the subject's content.
    pub(super) fn content(&self, pointer: &str) -> Option<String> {
        text(self.event, &format!("/subject/content{pointer}"))
    }

    /// A text of the data that the sender adds of its own.
    pub(super) fn custom(&self, name: &str) -> Option<String> {
        text(self.event, &format!("/customData/{name}"))
    }

    /// Source of what the event is about.
    pub(super) fn subject_source(&self) -> String {
        text(self.event, "/subject/source").unwrap_or_else(|| self.source.clone())
    }

    /// The commit that the sender names.
    pub(super) fn custom_sha(&self) -> Option<String> {
        self.custom("sha").map(|sha| sha.to_lowercase())
    }

    /// The repository that the sender names.
    pub(super) fn custom_repository(&self) -> Option<String> {
        self.custom("repository").and_then(|name| repository_id(&name))
    }

    fn fact(&self, table: &'static str) -> Fact {
        Fact::new(table, self.time.as_deref()).with("source_id", Some(self.id.clone()))
    }
}

/// What an event tells. `kind` and `time` are those of the envelope, for an event without its
/// own.
pub(super) fn told(event: &Value, kind: Option<&str>, time: Option<&str>) -> Told {
    let own = text(event, "/context/type");
    let Some(kind) = own.as_deref().or(kind) else {
        return Told::refused("", "it has no `context.type`; write the event as the standard says");
    };
    let (Some((_, predicate)), Some(table)) = (parts(kind), table_of(kind)) else {
        return Told::Unread(kind.to_owned());
    };
    let needed = ["/context/id", "/context/source", "/subject/id"];
    let [Some(id), Some(source), Some(subject_id)] = needed.map(|place| text(event, place)) else {
        let missing = needed.into_iter().find(|place| text(event, place).is_none());
        let missing = missing.unwrap_or_default().trim_start_matches('/').replace('/', ".");
        return Told::refused(table, format!("it lacks `{missing}`, which every event needs"));
    };
    let time = text(event, "/context/timestamp").or_else(|| time.map(str::to_owned));
    let event = Event { event, source, id, subject_id, time };
    let fact = match table {
        "deployments" => deployment(&event, predicate),
        "incidents" => incident(&event, predicate),
        "pull_requests" => changes::fact(&event, predicate),
        "pipeline_runs" => Ok(pipeline_run(&event, predicate)),
        _ => artifact(&event, predicate),
    };
    Told::Facts(vec![fact])
}

/// The table that events of a type are for; `None` for types that are not read.
pub(super) fn table_of(kind: &str) -> Option<&'static str> {
    match parts(kind)? {
        ("service", "deployed" | "upgraded" | "rolledback") => Some("deployments"),
        ("incident", "detected" | "reported" | "resolved") => Some("incidents"),
        ("change", "created" | "merged" | "abandoned") => Some("pull_requests"),
        ("pipelinerun", "started" | "finished") => Some("pipeline_runs"),
        ("artifact", "packaged" | "published") => Some("artifacts"),
        _ => None,
    }
}

fn deployment(event: &Event<'_>, predicate: &str) -> Result<Fact, Refusal> {
    const TABLE: &str = "deployments";
    if event.time.is_none() {
        return Err(Refusal::new(
            TABLE,
            "it lacks `context.timestamp`, which says when it happened",
        ));
    }
    let environment = environment_of(event).ok_or_else(|| {
        Refusal::new(TABLE, "it lacks `subject.content.environment.id`; say where it was deployed")
    })?;
    let artifact = event.content("/artifactId").map_or_else(Named::default, |id| named(&id));
    let is_rollback = predicate == "rolledback";
    // What is rolled back within a chain is no part of the rollout that the chain began with.
    let rollout = text(event.event, "/context/chainId").filter(|_| !is_rollback);
    let fact = event
        .fact(TABLE)
        .with("deployment_id", Some(unique_id(&event.source, &event.id)))
        .with("service_id", Some(service_id(&event.subject_id)))
        .with("repository_id", event.custom_repository().or(artifact.repository_id))
        .with("environment", Some(environment))
        .with("sha", event.custom_sha().or(artifact.sha))
        .with("ref", event.custom("ref").or(artifact.version))
        .with("artifact_digest", artifact.digest)
        .with("finished_at", event.time.clone())
        .with("outcome", Some("succeeded"))
        .with("source_outcome", Some(predicate))
        .with("rollout_id", rollout)
        .with("is_planned", planned(event))
        .with("declared_kind", is_rollback.then_some("rollback"));
    let fixed = event.custom("fixes").into_iter().collect();
    Ok(referring(fact, event, "fixes_deployment_id", fixed))
}

/// A service by its name: tools write `service/shop` where users say `shop`.
fn service_id(subject_id: &str) -> String {
    let name = subject_id.trim_start_matches('/');
    let name = name.strip_prefix("service/").unwrap_or(name);
    if name.is_empty() { subject_id.to_owned() } else { name.to_owned() }
}

/// The environment's id, or its name where only that is a word Milepost knows.
fn environment_of(event: &Event<'_>) -> Option<String> {
    let bare = |text: String| {
        let bare = text.trim_start_matches('/');
        bare.strip_prefix("environment/").unwrap_or(bare).to_owned()
    };
    let is_known = |word: &String| {
        matches!(environment(word).as_str(), "production" | "staging" | "test" | "development")
    };
    let id = event.content("/environment/id").map(bare);
    let name = event.content("/environment/name").map(bare);
    match (id, name) {
        (Some(id), Some(name)) if !is_known(&id) && is_known(&name) => Some(name),
        (id, name) => id.or(name).filter(|word| !word.is_empty()),
    }
}

/// Text too, since senders that fill in templates have no other.
fn planned(event: &Event<'_>) -> Option<Value> {
    match event.event.pointer("/customData/planned")? {
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => Some(Value::String(text.clone())),
        },
        Value::Null => None,
        value => Some(value.clone()),
    }
}

/// The fact with a deployment that it names by one of these events.
fn referring(mut fact: Fact, event: &Event<'_>, column: &'static str, ids: Vec<String>) -> Fact {
    fact.references.extend(ids.into_iter().map(|event_id| Reference {
        column,
        fallback: match column {
            // Who names the deployment by hand names it as it is kept.
            "fixes_deployment_id" => event_id.clone(),
            _ => unique_id(&event.source, &event_id),
        },
        event_id,
    }));
    fact
}

fn incident(event: &Event<'_>, predicate: &str) -> Result<Fact, Refusal> {
    const TABLE: &str = "incidents";
    let service = event.content("/service/id").ok_or_else(|| {
        Refusal::new(TABLE, "it lacks `subject.content.service.id`; say which service is impaired")
    })?;
    if event.time.is_none() {
        return Err(Refusal::new(
            TABLE,
            "it lacks `context.timestamp`, which says when it happened",
        ));
    }
    let title = event.content("/description");
    let severity = event.custom("severity");
    let fact = Fact::new(TABLE, event.time.as_deref())
        .with("incident_id", Some(event.subject_id.clone()))
        .with("service_id", Some(service_id(&service)))
        .with("environment", environment_of(event))
        .with("cause", event.custom("cause"));
    let time = event.time.clone();
    let fact = match predicate {
        "detected" => {
            fact.with("detected_at", time).with_weak("title", title).with_weak("severity", severity)
        }
        "reported" => fact
            .with("created_at", time)
            .with("title", title)
            .with("severity", severity)
            .with("source_url", event.content("/ticketURI")),
        // What it describes is the end, not the incident.
        _ => fact.with("resolved_at", time).with_weak("severity", severity),
    };
    Ok(referring(fact, event, "caused_by_deployment_id", related(event.event)))
}

/// Ids of the events that the event is related to.
fn related(event: &Value) -> Vec<String> {
    let links = event.pointer("/context/links").and_then(Value::as_array);
    let is_relation = |link: &&Value| {
        text(link, "/linkType").is_some_and(|kind| kind.eq_ignore_ascii_case("RELATION"))
    };
    let related = links.into_iter().flatten().filter(is_relation);
    related.filter_map(|link| text(link, "/target/contextId")).collect()
}

fn pipeline_run(event: &Event<'_>, predicate: &str) -> Fact {
    let url = event.content("/uri").or_else(|| event.content("/url"));
    let fact = Fact::new("pipeline_runs", event.time.as_deref())
        .with("pipeline_run_id", Some(unique_id(&event.subject_source(), &event.subject_id)))
        .with("repository_id", event.custom_repository())
        .with("name", event.content("/pipelineName"))
        .with("sha", event.custom_sha())
        .with("branch", event.custom("ref"))
        .with("source_id", Some(event.subject_id.clone()))
        .with("source_url", url);
    match predicate {
        "started" => fact.with("started_at", event.time.clone()),
        _ => {
            fact.with("finished_at", event.time.clone()).with("outcome", event.content("/outcome"))
        }
    }
}

fn artifact(event: &Event<'_>, predicate: &str) -> Result<Fact, Refusal> {
    let artifact = named(&event.subject_id);
    let digest = artifact.digest.ok_or_else(|| {
        let reason = "`subject.id` names no digest; write a package URL that ends in `@sha256:…`";
        Refusal::new("artifacts", reason)
    })?;
    let change = event.content("/change/id").filter(|id| is_sha(id)).map(|id| id.to_lowercase());
    let repository = event.content("/change/repository/id").and_then(|id| repository_id(&id));
    let built = (predicate == "packaged").then(|| event.time.clone()).flatten();
    Ok(Fact::new("artifacts", event.time.as_deref())
        .with("artifact_digest", Some(digest))
        .with("reference", artifact.reference)
        .with("repository_id", event.custom_repository().or(artifact.repository_id).or(repository))
        .with("sha", event.custom_sha().or(artifact.sha).or(change))
        .with("built_at", built))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const AT: &str = "2026-01-05T12:00:00Z";

    fn event(kind: &str, subject_id: &str, content: &Value, custom: &Value) -> Value {
        json!({
            "context": {
                "version": "0.5.1", "id": "e1", "source": "/ci", "timestamp": AT, "chainId": "c1",
                "type": format!("dev.cdevents.{kind}"),
                "links": [
                    {"linkType": "PATH", "from": {"contextId": "x"}},
                    {"linkType": "RELATION", "linkKind": "CAUSE", "target": {"contextId": "d7"}}
                ]
            },
            "subject": {"id": subject_id, "type": "x", "content": content},
            "customData": custom
        })
    }

    fn fact(event: &Value) -> Fact {
        match told(event, None, None) {
            Told::Facts(mut facts) => facts.remove(0).expect("a fact"),
            Told::Unread(kind) => panic!("{kind} is not read"),
        }
    }

    fn reason(event: &Value) -> String {
        match told(event, None, None) {
            Told::Facts(mut facts) => facts.remove(0).expect_err("a refusal").reason,
            Told::Unread(kind) => panic!("{kind} is not read"),
        }
    }

    #[test]
    fn a_type_is_read_in_every_minor_version_of_major_0() {
        assert_eq!(parts("dev.cdevents.service.deployed.0.1.1"), Some(("service", "deployed")));
        assert_eq!(
            parts("dev.cdevents.service.deployed.0.9.0-draft.1"),
            Some(("service", "deployed"))
        );
        assert_eq!(parts("dev.cdevents.service.deployed.1.0.0"), None);
        assert_eq!(parts("dev.cdevents.service.deployed"), None);
    }

    #[test]
    fn a_deployed_service_is_a_deployment() {
        let content = json!({
            "environment": {"id": "7", "name": "prod-eu"},
            "artifactId": "pkg:github/acme/shop@0d4a1185f0a6c6f5b5b9d3d1f2c5a6b7c8d9e0f1"
        });
        let custom = json!({"planned": "false", "fixes": "d1"});
        let deployed = fact(&event("service.deployed.0.2.0", "service/shop", &content, &custom));
        let expected = json!({
            "source_id": "e1", "deployment_id": "/ci#e1", "service_id": "shop",
            "repository_id": "github.com/acme/shop", "environment": "prod-eu",
            "sha": "0d4a1185f0a6c6f5b5b9d3d1f2c5a6b7c8d9e0f1", "finished_at": AT,
            "outcome": "succeeded", "source_outcome": "deployed", "rollout_id": "c1",
            "is_planned": false
        });
        assert_eq!(Value::Object(deployed.columns), expected);
        assert_eq!(deployed.references[0].event_id, "d1");
        let back = fact(&event("service.rolledback.0.2.0", "shop", &content, &json!({})));
        assert_eq!(back.columns["declared_kind"], "rollback");
        assert_eq!(back.columns.get("rollout_id"), None);
    }

    #[test]
    fn each_event_of_an_incident_gives_only_what_it_knows() {
        let content = json!({"description": "slow", "service": {"id": "shop"}, "ticketURI": "u"});
        let custom = json!({"severity": "SEV1", "cause": "change"});
        let columns = |predicate: &str| {
            let kind = format!("incident.{predicate}.0.3.0");
            let mut columns = fact(&event(&kind, "i1", &content, &custom)).columns;
            for known in ["incident_id", "service_id", "cause", "severity"] {
                columns.remove(known).expect("in all of them");
            }
            Value::Object(columns)
        };
        assert_eq!(columns("detected"), json!({"detected_at": AT, "title": "slow"}));
        assert_eq!(
            columns("reported"),
            json!({"created_at": AT, "title": "slow", "source_url": "u"})
        );
        assert_eq!(columns("resolved"), json!({"resolved_at": AT}));
        let linked = fact(&event("incident.detected.0.3.0", "i1", &content, &custom)).references;
        assert_eq!((linked.len(), linked[0].event_id.as_str()), (1, "d7"));
    }

    #[test]
    fn a_run_has_its_times_from_two_events() {
        let content = json!({"pipelineName": "ship", "outcome": "failure", "uri": "u"});
        let custom =
            json!({"ref": "main", "sha": "ABC1234", "repository": "git@github.com:a/b.git"});
        let finished = fact(&event("pipelinerun.finished.0.2.0", "7", &content, &custom)).columns;
        let expected = json!({
            "pipeline_run_id": "/ci#7", "source_id": "7", "source_url": "u", "name": "ship",
            "outcome": "failure", "finished_at": AT, "branch": "main", "sha": "abc1234",
            "repository_id": "github.com/a/b"
        });
        assert_eq!(Value::Object(finished), expected);
        let started = fact(&event("pipelinerun.started.0.2.0", "7", &json!({}), &json!({})));
        assert_eq!(started.columns["started_at"], AT);
    }

    #[test]
    fn an_artifact_is_its_digest_and_the_commit_it_was_built_from() {
        let digest = format!("sha256:{}", "0b".repeat(32));
        let purl = format!("pkg:oci/shop@{digest}?repository_url=ghcr.io/acme/shop&tag=1.4");
        let change = json!({"change": {"id": "0D4A1185F0A6C6F5B5B9D3D1F2C5A6B7C8D9E0F1"}});
        let packaged = fact(&event("artifact.packaged.0.2.0", &purl, &change, &json!({}))).columns;
        let expected = json!({
            "artifact_digest": digest, "reference": "ghcr.io/acme/shop:1.4", "built_at": AT,
            "sha": "0d4a1185f0a6c6f5b5b9d3d1f2c5a6b7c8d9e0f1"
        });
        assert_eq!(Value::Object(packaged), expected);
        let without = event("artifact.packaged.0.2.0", "pkg:npm/shop@1.2", &change, &json!({}));
        assert!(reason(&without).contains("no digest"));
    }

    #[test]
    fn what_lacks_a_needed_part_says_which() {
        let none = json!({});
        let deployed = event("service.deployed.0.2.0", "shop", &none, &none);
        assert!(reason(&deployed).contains("subject.content.environment.id"));
        let detected = event("incident.detected.0.3.0", "i1", &none, &none);
        assert!(reason(&detected).contains("subject.content.service.id"));
        let mut nameless = deployed;
        nameless["subject"]["id"] = json!(" ");
        assert!(reason(&nameless).contains("`subject.id`"));
    }
}
