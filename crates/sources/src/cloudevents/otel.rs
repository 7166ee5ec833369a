//! Traces of pipelines in OpenTelemetry's attributes for continuous delivery, as OTLP/JSON.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat};
use serde_json::Value;

use super::fact::{Fact, Refusal, Told, text};
use super::repositories::repository_id;

/// What a document without anything to keep is counted as.
const UNREAD: &str = "traces without pipeline runs or deployments";

/// The word that a span ends with, by attribute, the nearest to the span first.
const RESULTS: [&str; 3] =
    ["cicd.pipeline.task.run.result", "cicd.pipeline.result", "deployment.status"];

/// True for an export of traces.
pub(super) fn is_export(value: &Value) -> bool {
    value.get("resourceSpans").is_some_and(Value::is_array)
}

/// What the spans of an export tell.
pub(super) fn told(export: &Value) -> Told {
    let mut facts = Vec::new();
    for resource in elements(export, "resourceSpans") {
        let attributes = resource.get("resource").map(attributes).unwrap_or_default();
        for scope in elements(resource, "scopeSpans") {
            for span in elements(scope, "spans") {
                Span::of(span, &attributes).tell(&mut facts);
            }
        }
    }
    match facts.is_empty() {
        true => Told::Unread(UNREAD.to_owned()),
        false => Told::Facts(facts),
    }
}

fn elements<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

type Attributes = HashMap<String, String>;

fn attributes(holder: &Value) -> Attributes {
    let entries = elements(holder, "attributes").filter_map(|entry| {
        let value = ["stringValue", "intValue", "doubleValue"]
            .iter()
            .find_map(|kind| text(entry, &format!("/value/{kind}")))?;
        Some((text(entry, "/key")?, value))
    });
    entries.collect()
}

struct Span<'a> {
    span: &'a Value,
    own: Attributes,
    /// Attributes of what the span is of, such as the tool that runs the pipelines.
    resource: &'a Attributes,
    started_at: Option<String>,
    finished_at: Option<String>,
}

impl<'a> Span<'a> {
    fn of(span: &'a Value, resource: &'a Attributes) -> Span<'a> {
        let own = attributes(span);
        let [started_at, finished_at] =
            ["/startTimeUnixNano", "/endTimeUnixNano"].map(|place| instant(&text(span, place)?));
        Span { span, own, resource, started_at, finished_at }
    }

    /// The span's own attribute, else its resource's.
    fn attribute(&self, name: &str) -> Option<String> {
        self.own.get(name).or_else(|| self.resource.get(name)).cloned()
    }

    fn tell(&self, facts: &mut Vec<Result<Fact, Refusal>>) {
        if self.is_run() {
            facts.push(Ok(self.run()));
        }
        if self.is_deployment() {
            facts.extend(self.deployment().transpose());
        }
    }

    fn is_task(&self) -> bool {
        self.own.keys().any(|name| name.starts_with("cicd.pipeline.task."))
    }

    /// True for the span of a whole run: not of one of its tasks, nor of a step that only has
    /// the run's id from its resource.
    fn is_run(&self) -> bool {
        const ID: &str = "cicd.pipeline.run.id";
        let is_whole = || {
            text(self.span, "/parentSpanId").is_none()
                || self.own.contains_key("cicd.pipeline.result")
        };
        !self.is_task()
            && (self.own.contains_key(ID) || self.resource.contains_key(ID) && is_whole())
    }

    /// The environment must be the span's own: applications have it too, on their resource, and
    /// their requests are no deployments.
    fn is_deployment(&self) -> bool {
        let is_deploy = self
            .own
            .get("cicd.pipeline.task.type")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("deploy"));
        is_deploy
            || self.own.contains_key("deployment.environment.name")
                && self.attribute("service.name").is_some()
    }

    fn fact(&self, table: &'static str) -> Fact {
        Fact::new(table, self.finished_at.as_deref())
            .with("repository_id", self.repository())
            .with("sha", self.attribute("vcs.ref.head.revision").map(|sha| sha.to_lowercase()))
            .with("started_at", self.started_at.clone())
            .with("finished_at", self.finished_at.clone())
    }

    fn repository(&self) -> Option<String> {
        self.attribute("vcs.repository.url.full").and_then(|url| repository_id(&url))
    }

    fn run(&self) -> Fact {
        self.fact("pipeline_runs")
            .with("pipeline_run_id", self.attribute("cicd.pipeline.run.id"))
            .with("name", self.attribute("cicd.pipeline.name"))
            .with("branch", self.attribute("vcs.ref.head.name"))
            .with("outcome", self.own.get("cicd.pipeline.result").cloned())
            .with("source_url", self.attribute("cicd.pipeline.run.url.full"))
    }

    /// `None` for a deployment that was skipped.
    fn deployment(&self) -> Result<Option<Fact>, Refusal> {
        let needed = |name: &str| {
            self.attribute(name).ok_or_else(|| {
                let reason = format!("the span `{}` lacks `{name}`", self.name());
                Refusal::new("deployments", reason)
            })
        };
        let (outcome, word) = match self.outcome() {
            Some((_, word)) if word == "skip" => return Ok(None),
            Some((Some(outcome), word)) => (outcome, word),
            Some((None, word)) => {
                let name = self.name();
                let reason =
                    format!("the result `{word}` of the span `{name}` is none that is known");
                return Err(Refusal::new("deployments", reason));
            }
            // The standard's word for an end without an error is no word at all.
            None if self.has_error() => ("failed", "error".to_owned()),
            None => ("succeeded", "unset".to_owned()),
        };
        let id = match self.own.get("deployment.id") {
            Some(id) => id.clone(),
            None => format!("{}/{}", self.id("traceId")?, self.id("spanId")?),
        };
        Ok(Some(
            self.fact("deployments")
                .with("deployment_id", Some(id))
                .with("service_id", Some(needed("service.name")?))
                .with("environment", Some(needed("deployment.environment.name")?))
                .with("ref", self.attribute("vcs.ref.head.name"))
                .with("outcome", Some(outcome))
                .with("source_outcome", Some(word))
                .with("source_url", self.own.get("cicd.pipeline.task.run.url.full").cloned()),
        ))
    }

    fn id(&self, name: &str) -> Result<String, Refusal> {
        text(self.span, &format!("/{name}")).ok_or_else(|| {
            let reason = format!("the span `{}` lacks `{name}`", self.name());
            Refusal::new("deployments", reason)
        })
    }

    fn name(&self) -> String {
        text(self.span, "/name").unwrap_or_default()
    }

    /// The outcome and the word that says it; no outcome for a word that is not known.
    fn outcome(&self) -> Option<(Option<&'static str>, String)> {
        let word = RESULTS.iter().find_map(|name| self.own.get(*name))?.to_lowercase();
        let outcome = match word.as_str() {
            "success" | "succeeded" => Some("succeeded"),
            "failure" | "failed" | "error" | "timeout" => Some("failed"),
            "cancellation" => Some("cancelled"),
            _ => None,
        };
        Some((outcome, word))
    }

    fn has_error(&self) -> bool {
        let code = text(self.span, "/status/code");
        code.is_some_and(|code| code == "2" || code == "STATUS_CODE_ERROR")
    }
}

/// The instant of so many nanoseconds since 1970; `None` for none and for 0, which means unset.
fn instant(nanos: &str) -> Option<String> {
    let nanos: i64 = nanos.parse().ok().filter(|nanos| *nanos > 0)?;
    let at = DateTime::from_timestamp_micros(nanos / 1000)?;
    Some(at.to_rfc3339_opts(SecondsFormat::Micros, true))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn listed(attributes: &[(&str, &str)]) -> Value {
        let one =
            |(key, value): &(&str, &str)| json!({"key": key, "value": {"stringValue": value}});
        attributes.iter().map(one).collect()
    }

    fn export(resource: &[(&str, &str)], span: &[(&str, &str)], parent: &str) -> Value {
        json!({"resourceSpans": [{
            "resource": {"attributes": listed(resource)},
            "scopeSpans": [{"spans": [{
                "traceId": "t", "spanId": "s", "parentSpanId": parent, "name": "ship",
                // 2026-01-05 12:00:00 and half a second later, UTC.
                "startTimeUnixNano": "1767614400000000000",
                "endTimeUnixNano": "1767614400500000999",
                "attributes": listed(span)
            }]}]
        }]})
    }

    fn facts(export: &Value) -> Vec<Result<Value, String>> {
        match told(export) {
            Told::Facts(facts) => facts
                .into_iter()
                .map(|fact| match fact {
                    Ok(fact) => Ok(json!([fact.table, fact.columns])),
                    Err(refusal) => Err(refusal.reason),
                })
                .collect(),
            Told::Unread(_) => Vec::new(),
        }
    }

    const START: &str = "2026-01-05T12:00:00.000000Z";
    const END: &str = "2026-01-05T12:00:00.500000Z";
    const DEPLOY: [(&str, &str); 3] = [
        ("cicd.pipeline.task.type", "deploy"),
        ("deployment.environment.name", "production"),
        ("service.name", "shop"),
    ];

    #[test]
    fn a_run_is_a_pipeline_run() {
        let run = [("cicd.pipeline.run.id", "7"), ("cicd.pipeline.result", "failure")];
        let resource = [("vcs.repository.url.full", "https://github.com/acme/shop")];
        let expected = json!(["pipeline_runs", {
            "pipeline_run_id": "7", "outcome": "failure", "started_at": START, "finished_at": END,
            "repository_id": "github.com/acme/shop"
        }]);
        assert_eq!(facts(&export(&resource, &run, "")), [Ok(expected)]);
    }

    #[test]
    fn a_deploy_task_is_a_deployment_and_no_run() {
        let mut span = DEPLOY.to_vec();
        span.extend([("cicd.pipeline.task.run.result", "timeout"), ("cicd.pipeline.run.id", "7")]);
        let expected = json!(["deployments", {
            "deployment_id": "t/s", "service_id": "shop", "environment": "production",
            "started_at": START, "finished_at": END, "outcome": "failed",
            "source_outcome": "timeout"
        }]);
        assert_eq!(facts(&export(&[], &span, "p")), [Ok(expected)]);
    }

    #[test]
    fn every_result_has_its_outcome() {
        let outcome = |result: &'static str| {
            let mut span = DEPLOY.to_vec();
            span.push(("cicd.pipeline.task.run.result", result));
            facts(&export(&[], &span, ""))
                .pop()
                .map(|fact| fact.map(|fact| fact[1]["outcome"].clone()))
        };
        assert_eq!(outcome("success"), Some(Ok(json!("succeeded"))));
        assert_eq!(outcome("error"), Some(Ok(json!("failed"))));
        assert_eq!(outcome("cancellation"), Some(Ok(json!("cancelled"))));
        assert_eq!(outcome("skip"), None);
        assert!(outcome("odd").is_some_and(|outcome| outcome.is_err()));
    }

    #[test]
    fn a_request_to_an_application_is_no_deployment_and_a_step_no_run() {
        let application = [("deployment.environment.name", "production"), ("service.name", "shop")];
        assert_eq!(facts(&export(&application, &[("http.route", "/")], "")), []);
        assert_eq!(facts(&export(&[("cicd.pipeline.run.id", "7")], &[], "p")), []);
        assert_eq!(facts(&export(&[("cicd.pipeline.run.id", "7")], &[], "")).len(), 1);
    }

    #[test]
    fn a_deployment_without_a_service_or_an_environment_is_refused() {
        let without = |name: &str| {
            let span: Vec<_> = DEPLOY.into_iter().filter(|(key, _)| *key != name).collect();
            facts(&export(&[], &span, ""))
        };
        assert_eq!(
            without("service.name"),
            [Err("the span `ship` lacks `service.name`".to_owned())]
        );
        assert!(without("deployment.environment.name")[0].is_err());
    }
}
