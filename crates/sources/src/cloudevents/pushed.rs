//! Events as they come in a request, in any of the forms that CloudEvents has for HTTP.
//!
//! All that is asked of them here is that they are events: what one tells is decided when it is
//! ingested, so that an event which is not understood is kept as a rejected record and a later
//! version may understand it.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::documents::{Document, documents};
use super::envelope;
use crate::files::shown;

/// Why a request is not taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Its content is of a type that is not read.
    Type(String),
    /// What it holds are no events.
    Content(String),
}

/// What attributes of an event in headers begin with.
const ATTRIBUTE: &str = "ce-";

/// The events of a request, each as a CloudEvent in one line of JSON, or as it came where it is a
/// bare CDEvent or export of traces. `headers` have names in lower case.
///
/// # Errors
/// Where one of them is no event; then none is taken.
pub fn pushed(headers: &[(String, String)], body: &[u8]) -> Result<Vec<String>, Refusal> {
    let header = |name: &str| {
        headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.trim().to_owned())
    };
    if let Some(packed) = header("content-encoding").filter(|word| word != "identity") {
        let reason =
            format!("content-encoding `{}` is not read; send plain JSON", shown(&packed, 40));
        return Err(Refusal::Type(reason));
    }
    let given = header("content-type").unwrap_or_default();
    check_type(&given)?;
    if header("ce-specversion").is_some() {
        return Ok(vec![from_headers(headers, body)?]);
    }
    let documents = documents(body).ok_or_else(|| {
        Refusal::Content("the body is no JSON; send events as JSON objects".into())
    })?;
    if documents.is_empty() && !is_batch(&given) {
        return Err(Refusal::Content("the body is empty; send events as JSON objects".into()));
    }
    (1..).zip(documents).map(|(number, document)| line(number, document)).collect()
}

fn is_batch(content_type: &str) -> bool {
    essence(content_type) == "application/cloudevents-batch+json"
}

fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn check_type(content_type: &str) -> Result<(), Refusal> {
    let essence = essence(content_type);
    let is_json = essence.ends_with("+json")
        || ["application/json", "application/x-ndjson", "application/ndjson", "application/jsonl"]
            .contains(&essence.as_str());
    if is_json {
        return Ok(());
    }
    let named = match essence.is_empty() {
        true => "the request names no content-type".to_owned(),
        false => format!("content-type `{}` is not read", shown(&essence, 60)),
    };
    Err(Refusal::Type(format!("{named}; send application/cloudevents+json")))
}

fn line(number: u64, document: Document) -> Result<String, Refusal> {
    let refused = |reason: String| Refusal::Content(format!("event {number}: {reason}"));
    let value = document.value.map_err(refused)?;
    envelope::is_event(&value).map_err(refused)?;
    Ok(value.to_string())
}

/// An event whose attributes stand in headers and whose data is the body.
fn from_headers(headers: &[(String, String)], body: &[u8]) -> Result<String, Refusal> {
    let mut event = Map::new();
    for (name, value) in headers {
        if let Some(attribute) = name.strip_prefix(ATTRIBUTE) {
            let value = percent_decode_str(value.trim()).decode_utf8_lossy().into_owned();
            event.insert(attribute.to_owned(), Value::String(value));
        }
    }
    if !body.trim_ascii().is_empty() {
        let data = serde_json::from_slice(body)
            .map_err(|_| Refusal::Content("the body, the data of the event, is no JSON".into()))?;
        event.insert("data".to_owned(), data);
    }
    let event = Value::Object(event);
    envelope::is_event(&event).map_err(Refusal::Content)?;
    Ok(event.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(content_type: &str, body: &str) -> Result<Vec<String>, Refusal> {
        pushed(&[("content-type".to_owned(), content_type.to_owned())], body.as_bytes())
    }

    fn event(id: &str) -> Value {
        json!({"id": id, "source": "/ci", "specversion": "1.0", "type": "com.acme.paid"})
    }

    #[test]
    fn one_event_a_batch_and_lines_of_events_are_taken() {
        let (one, two) = (event("1").to_string(), event("2").to_string());
        let single = with("application/cloudevents+json; charset=UTF-8", &one);
        assert_eq!(single, Ok(vec![one.clone()]));
        let both = Ok(vec![one.clone(), two.clone()]);
        let batch = format!("[{one},\n {two}]");
        assert_eq!(with("application/cloudevents-batch+json", &batch), both);
        assert_eq!(with("application/x-ndjson", &format!("{one}\n{two}\n")), both);
        assert_eq!(with("application/cloudevents-batch+json", "[]"), Ok(Vec::new()));
    }

    #[test]
    fn attributes_in_headers_and_data_in_the_body_make_the_same_event() {
        let headers: Vec<(String, String)> = [
            ("content-type", "application/json"),
            ("ce-specversion", "1.0"),
            ("ce-id", "caf%C3%A9"),
            ("ce-source", "/ci"),
            ("ce-type", "com.acme.paid"),
            ("host", "metrics.acme.test"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let line = pushed(&headers, b"{\"amount\": 1}").expect("an event").remove(0);
        let found: Value = serde_json::from_str(&line).expect("JSON");
        let mut expected = event("café");
        expected["data"] = json!({"amount": 1});
        assert_eq!(found, expected);
        let broken = pushed(&headers, b"{").expect_err("no JSON");
        assert_eq!(broken, Refusal::Content("the body, the data of the event, is no JSON".into()));
        let lacking = pushed(&headers[..3], b"{}").expect_err("no event");
        assert!(matches!(lacking, Refusal::Content(text) if text.contains("`source`, `type`")));
    }

    #[test]
    fn what_is_no_event_is_named_by_its_place_and_nothing_is_taken() {
        let text = format!("{}\n{{\"id\": 1}}\n", event("1"));
        let Err(Refusal::Content(reason)) = with("application/json", &text) else {
            panic!("it was taken");
        };
        assert_eq!(
            reason,
            "event 2: it is no CloudEvent, for it lacks `specversion`, `source`, `type`"
        );
        let content =
            |body: &str| matches!(with("application/json", body), Err(Refusal::Content(_)));
        assert!(content("") && content("hello") && content("12") && content("{\"id\":"));
    }

    #[test]
    fn other_types_and_packed_bodies_are_refused_by_name() {
        let refused = |result: Result<Vec<String>, Refusal>| match result {
            Err(Refusal::Type(reason)) => reason,
            other => panic!("{other:?}"),
        };
        let form = refused(with("application/x-www-form-urlencoded", "a=b"));
        assert!(form.contains("`application/x-www-form-urlencoded` is not read"), "{form}");
        assert!(refused(pushed(&[], b"{}")).contains("names no content-type"));
        let packed = [("content-type", "application/json"), ("content-encoding", "gzip")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert!(refused(pushed(&packed, b"{}")).contains("`gzip`"));
    }
}
