//! The envelope that events come in, and which reader its content is for.

use serde_json::Value;

use super::fact::{Told, text};
use super::{cdevents, otel, own};

/// Attributes that every CloudEvent has.
const NEEDED: [&str; 4] = ["specversion", "id", "source", "type"];

/// What stands in a document.
enum Form {
    Traces,
    CdEvent,
    CloudEvent,
}

/// What a document tells: a CloudEvent, a bare CDEvent, or a bare export of traces.
pub(super) fn told(document: &Value) -> Told {
    match form(document) {
        Ok(Form::Traces) => otel::told(document),
        Ok(Form::CdEvent) => cdevents::told(document, None, None),
        Ok(Form::CloudEvent) => enveloped(document, &text(document, "/type").unwrap_or_default()),
        Err(reason) => Told::refused("", reason),
    }
}

/// Whether a document is an event at all, whatever it tells.
///
/// # Errors
/// Why it is none.
pub(super) fn is_event(document: &Value) -> Result<(), String> {
    form(document).map(|_| ())
}

fn form(document: &Value) -> Result<Form, String> {
    if !document.is_object() {
        return Err("it is no event; an event is a JSON object".to_owned());
    }
    let has = |name: &str| document.get(name).is_some_and(Value::is_object);
    if document.get("specversion").is_none() {
        if otel::is_export(document) {
            return Ok(Form::Traces);
        }
        if has("context") && has("subject") {
            return Ok(Form::CdEvent);
        }
    }
    no_event(document).map_or(Ok(Form::CloudEvent), Err)
}

fn enveloped(event: &Value, kind: &str) -> Told {
    let data = match data(event) {
        Ok(data) => data,
        Err(reason) if is_ours(kind) => return Told::refused("", reason),
        Err(_) => return Told::Unread(kind.to_owned()),
    };
    let time = text(event, "/time");
    if let Some(table) = own::table_of(kind) {
        return own::told(table, &data, time.as_deref());
    }
    if otel::is_export(&data) {
        return otel::told(&data);
    }
    match is_ours(kind) {
        true => cdevents::told(&data, Some(kind), time.as_deref()),
        false => Told::Unread(kind.to_owned()),
    }
}

fn is_ours(kind: &str) -> bool {
    own::table_of(kind).is_some() || cdevents::table_of(kind).is_some()
}

/// Why the document is no CloudEvent, or `None` where it is one.
fn no_event(document: &Value) -> Option<String> {
    let lacking: Vec<String> = NEEDED
        .iter()
        .filter(|name| text(document, &format!("/{name}")).is_none())
        .map(|name| format!("`{name}`"))
        .collect();
    if !lacking.is_empty() {
        return Some(format!("it is no CloudEvent, for it lacks {}", lacking.join(", ")));
    }
    let version = text(document, "/specversion")?;
    let wrong = format!("`specversion` is `{version}`, but `1.0` is expected");
    (version != "1.0").then_some(wrong)
}

/// What the event carries; JSON within a text too, as some senders write it.
fn data(event: &Value) -> Result<Value, &'static str> {
    match event.get("data") {
        Some(Value::String(text)) => {
            serde_json::from_str(text).map_err(|_| "`data` is a text, but an object is expected")
        }
        Some(Value::Null) | None if event.get("data_base64").is_some() => {
            Err("`data_base64` is not read; send the data as JSON in `data`")
        }
        Some(Value::Null) | None => Err("it has no `data`"),
        Some(data) => Ok(data.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(document: &Value) -> String {
        match told(document) {
            Told::Unread(kind) => format!("unread {kind}"),
            Told::Facts(facts) => match &facts[0] {
                Ok(fact) => fact.table.to_owned(),
                Err(refusal) => refusal.reason.clone(),
            },
        }
    }

    fn event(kind: &str, data: &Value) -> Value {
        json!({"specversion": "1.0", "id": "1", "source": "/ci", "type": kind, "data": data})
    }

    fn run() -> Value {
        json!({
            "context": {
                "id": "e", "source": "/ci", "timestamp": "2026-01-05T12:00:00Z",
                "type": "dev.cdevents.pipelinerun.started.0.2.0"
            },
            "subject": {"id": "7", "content": {}}
        })
    }

    #[test]
    fn events_are_read_bare_and_in_an_envelope() {
        let kind = "dev.cdevents.pipelinerun.started.0.2.0";
        assert_eq!(answer(&run()), "pipeline_runs");
        assert_eq!(answer(&event(kind, &run())), "pipeline_runs");
        assert_eq!(answer(&event(kind, &json!(run().to_string()))), "pipeline_runs");
        let row = json!({"artifact_digest": "sha256:1"});
        assert_eq!(answer(&event("dev.milepost.artifacts.v1", &row)), "artifacts");
    }

    #[test]
    fn types_that_are_not_known_are_not_read() {
        for kind in ["com.acme.paid", "dev.cdevents.build.started.0.2.0", "dev.cdevents.odd"] {
            assert_eq!(answer(&event(kind, &json!({}))), format!("unread {kind}"));
        }
        let unread = "unread traces without pipeline runs or deployments";
        assert_eq!(answer(&json!({"resourceSpans": []})), unread);
    }

    #[test]
    fn what_is_no_event_says_why() {
        assert!(answer(&json!(12)).contains("no event"));
        let nothing = "it is no CloudEvent, for it lacks `specversion`, `id`, `source`, `type`";
        assert_eq!(answer(&json!({})), nothing);
        let mut old = event("a", &json!({}));
        old["specversion"] = json!("0.3");
        assert!(answer(&old).contains("`0.3`"));
        let kind = "dev.milepost.incidents.v1";
        assert_eq!(answer(&event(kind, &json!(null))), "it has no `data`");
        let mut packed = event(kind, &json!(null));
        packed["data_base64"] = json!("e30=");
        assert!(answer(&packed).contains("data_base64"));
    }
}
