//! Changes that are proposed and merged, as pull requests.

use serde_json::Value;

use super::cdevents::Event;
use super::fact::{Fact, Refusal};
use super::repositories::repository_id;

const TABLE: &str = "pull_requests";

/// The pull request that a change is.
///
/// # Errors
/// Where its repository or its number can't be told.
pub(super) fn fact(event: &Event<'_>, predicate: &str) -> Result<Fact, Refusal> {
    let repository = repository(event).ok_or_else(|| {
        let reason = "its repository can't be told; give `subject.content.repository.id` or \
                      `customData.repository`";
        Refusal::new(TABLE, reason)
    })?;
    let number = number(&event.subject_id).ok_or_else(|| {
        let reason = "`subject.id` does not end in the number of a pull request, such as `12` or \
                      `pull/12`";
        Refusal::new(TABLE, reason)
    })?;
    let fact = Fact::new(TABLE, event.time.as_deref())
        .with("pull_request_id", Some(format!("{repository}#{number}")))
        .with("repository_id", Some(repository))
        .with("number", Some(number));
    let time = event.time.clone();
    Ok(match predicate {
        "created" => fact
            .with("created_at", time)
            .with("title", event.content("/description"))
            .with_weak("state", Some("open")),
        "merged" => fact
            .with("merged_at", time.clone())
            .with("closed_at", time)
            .with("state", Some("merged"))
            .with("merge_sha", event.custom_sha())
            .with("base_ref", event.custom("ref")),
        _ => fact.with("closed_at", time).with("state", Some(Value::from("closed"))),
    })
}

fn repository(event: &Event<'_>) -> Option<String> {
    event.custom_repository().or_else(|| {
        let places = ["/repository/url", "/repository/viewUrl", "/repository/id"];
        places.iter().find_map(|place| event.content(place).and_then(|name| repository_id(&name)))
    })
}

/// The number at the end of the id, after a separator or alone.
fn number(id: &str) -> Option<i64> {
    let digits = id.rsplit(['/', '#', '!']).next().filter(|digits| !digits.is_empty())?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn columns(subject_id: &str, content: &Value, predicate: &str) -> Result<Value, String> {
        let whole = json!({
            "subject": {"content": content},
            "customData": {"sha": "abc1234"}
        });
        let event = Event {
            event: &whole,
            source: "/scm".to_owned(),
            id: "e".to_owned(),
            subject_id: subject_id.to_owned(),
            time: Some("2026-01-05T12:00:00Z".to_owned()),
        };
        fact(&event, predicate)
            .map(|fact| Value::Object(fact.columns))
            .map_err(|refusal| refusal.reason)
    }

    #[test]
    fn a_merged_change_is_a_pull_request() {
        let content = json!({"repository": {"id": "https://github.com/acme/shop.git"}});
        let at = "2026-01-05T12:00:00Z";
        let expected = json!({
            "pull_request_id": "github.com/acme/shop#12", "repository_id": "github.com/acme/shop",
            "number": 12, "merged_at": at, "closed_at": at,
            "state": "merged", "merge_sha": "abc1234"
        });
        assert_eq!(columns("pull/12", &content, "merged"), Ok(expected));
    }

    #[test]
    fn a_change_whose_repository_or_number_can_not_be_told_is_left_out() {
        let content = json!({"repository": {"id": "acme/shop"}});
        let reason = |id: &str, content: &Value| columns(id, content, "merged").expect_err("none");
        assert!(reason("12", &json!({})).contains("repository can't be told"));
        for id in ["mySubject123", "12/", "99999999999999999999"] {
            assert!(reason(id, &content).contains("number"), "{id}");
        }
        assert!(columns("acme/shop#12", &content, "created").is_ok());
    }
}
