//! PagerDuty and Jira on this machine, as far as they are asked, and faults on demand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::server::{Answer, Asked, Server};

type Fault = Box<dyn FnMut(&Asked) -> Option<Answer> + Send>;

/// What a fake has, and how it misbehaves.
#[derive(Default)]
pub(crate) struct State {
    /// Incidents or issues.
    pub(crate) records: Vec<Value>,
    /// Log entries or changes, by the id of what they are of.
    pub(crate) logs: BTreeMap<String, Vec<Value>>,
    /// Once something like this is asked for, the record of that id is not there any more.
    pub(crate) vanishes: Vec<(&'static str, &'static str)>,
    faults: Vec<Fault>,
}

/// A tool that asks for a proof of who asks.
pub(crate) struct Fake {
    pub(crate) server: Server,
    state: Arc<Mutex<State>>,
}

impl Fake {
    pub(crate) fn pagerduty(token: &str) -> Fake {
        Fake::new(format!("Token token={token}"), pagerduty)
    }

    /// `proof` is the whole header.
    pub(crate) fn jira(proof: &str) -> Fake {
        Fake::new(proof.to_owned(), jira)
    }

    fn new(proof: String, answer: fn(&Asked, &State) -> Answer) -> Fake {
        let state = Arc::new(Mutex::new(State::default()));
        let own = state.clone();
        let server = Server::start(move |asked| {
            let mut state = own.lock().expect("the state");
            if let Some(answer) = state.faults.iter_mut().find_map(|fault| fault(asked)) {
                return answer;
            }
            for (part, id) in state.vanishes.clone() {
                if asked.target.contains(part) {
                    state.records.retain(|record| record["id"] != id);
                }
            }
            match asked.header("authorization") == Some(proof.as_str()) {
                true => answer(asked, &state),
                false => Answer::text(401, r#"{"error":{"message":"Unknown key"}}"#),
            }
        });
        Fake { server, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("the state")
    }

    /// Answers like this the first `times` requests whose target or body has that part.
    pub(crate) fn fails(&self, part: &'static str, mut times: usize, answer: Answer) {
        self.state().faults.push(Box::new(move |asked| {
            let body = String::from_utf8_lossy(&asked.body).into_owned();
            let is_hit = times > 0 && (asked.target.contains(part) || body.contains(part));
            times -= usize::from(is_hit);
            is_hit.then(|| answer.clone())
        }));
    }

    pub(crate) fn fault(&self, fault: impl FnMut(&Asked) -> Option<Answer> + Send + 'static) {
        self.state().faults.push(Box::new(fault));
    }

    pub(crate) fn heal(&self) {
        self.state().faults.clear();
    }

    /// Targets asked for since this was last called.
    pub(crate) fn targets(&self) -> Vec<String> {
        self.server.asked().into_iter().map(|asked| asked.target).collect()
    }
}

fn instant(text: &str) -> DateTime<Utc> {
    let plain = text.replace("+0000", "Z").replace("+0100", "+01:00");
    DateTime::parse_from_rfc3339(&plain).expect("an instant").to_utc()
}

fn parameter(asked: &Asked, name: &str) -> Option<String> {
    Some(asked.parameter(name)?.replace("%3A", ":"))
}

fn all(asked: &Asked, name: &str) -> Vec<String> {
    let name = format!("{name}%5B%5D=");
    let pairs = asked.query().split('&');
    pairs.filter_map(|pair| pair.strip_prefix(&name)).map(str::to_owned).collect()
}

fn pagerduty(asked: &Asked, state: &State) -> Answer {
    let version = "application/vnd.pagerduty+json;version=2";
    if asked.method != "GET" || asked.header("accept") != Some(version) {
        return Answer::text(406, "{}");
    }
    let parts: Vec<&str> = asked.path().trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        ["incidents"] => incidents(asked, state),
        ["incidents", id] => match state.records.iter().find(|one| one["id"] == **id) {
            Some(incident) => Answer::json(&json!({ "incident": incident })),
            None => Answer::text(404, r#"{"error":{"message":"Not Found","code":2100}}"#),
        },
        ["incidents", id, "log_entries"] => {
            let log = state.logs.get(*id).cloned().unwrap_or_default();
            page_of(asked, "log_entries", log)
        }
        _ => Answer::text(404, "{}"),
    }
}

fn incidents(asked: &Asked, state: &State) -> Answer {
    let (urgencies, services) = (all(asked, "urgencies"), all(asked, "service_ids"));
    let among = |wanted: &[String], value: &Value| {
        wanted.is_empty() || wanted.iter().any(|one| value == one.as_str())
    };
    let created = |one: &Value| one["created_at"].as_str().map(|text| text.to_owned());
    // What has no time of its own is always listed, for a reader to refuse.
    let at = |one: &Value| created(one).filter(|text| text.ends_with('Z') || text.contains('+'));
    let bounds = (parameter(asked, "since"), parameter(asked, "until"));
    let is_all = asked.parameter("date_range") == Some("all");
    let mut found: Vec<Value> = state
        .records
        .iter()
        .filter(|one| among(&urgencies, &one["urgency"]) && among(&services, &one["service"]["id"]))
        .filter(|one| match (&bounds, at(one)) {
            ((Some(since), Some(until)), Some(at)) => {
                assert!(
                    instant(until) - instant(since) < chrono::TimeDelta::days(180),
                    "{bounds:?}"
                );
                (instant(since)..instant(until)).contains(&instant(&at))
            }
            _ => is_all || at(one).is_none(),
        })
        .cloned()
        .collect();
    found.sort_by_key(|one| at(one).map(|at| instant(&at)));
    if parameter(asked, "sort_by").as_deref() != Some("created_at:asc") {
        found.reverse();
    }
    page_of(asked, "incidents", found)
}

/// A page as PagerDuty cuts it, which gives no more than ten thousand rows.
fn page_of(asked: &Asked, name: &str, all: Vec<Value>) -> Answer {
    let number = |name| parameter(asked, name).and_then(|text| text.parse::<usize>().ok());
    let (limit, offset) = (number("limit").unwrap_or(25), number("offset").unwrap_or(0));
    if limit > 100 || offset + limit > 10_000 {
        return Answer::text(400, r#"{"error":{"message":"Offset must be less than 10000"}}"#);
    }
    let total = asked.parameter("total").map(|_| all.len());
    let more = all.len() > offset + limit;
    let rows: Vec<Value> = all.into_iter().skip(offset).take(limit).collect();
    Answer::json(
        &json!({ name: rows, "limit": limit, "offset": offset, "more": more, "total": total }),
    )
}

fn jira(asked: &Asked, state: &State) -> Answer {
    let question: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
    match asked.path() {
        "/rest/api/3/search/jql" => {
            let start = question["nextPageToken"].as_str().map_or(0, |token| {
                token.trim_start_matches("page-").parse().expect("a token of ours")
            });
            let (mut answer, is_last) = issues(&question, state, start, false);
            if !is_last {
                let read = start + answer["issues"].as_array().map_or(0, Vec::len);
                answer["nextPageToken"] = format!("page-{read}").into();
            }
            answer["isLast"] = is_last.into();
            Answer::json(&answer)
        }
        "/rest/api/3/search/approximate-count" => {
            Answer::json(&json!({ "count": matching(&question, state).len() }))
        }
        "/rest/api/3/changelog/bulkfetch" => changes(&question, state),
        "/rest/api/2/search" => {
            let start = question["startAt"].as_u64().unwrap_or(0) as usize;
            Answer::json(&issues(&question, state, start, true).0)
        }
        _ => Answer::text(404, r#"{"errorMessages":["Nothing here"]}"#),
    }
}

/// The issues that a question means, in its order.
fn matching(question: &Value, state: &State) -> Vec<Value> {
    let jql = question["jql"].as_str().expect("a question");
    let from = jql.split("updated >= ").nth(1).expect("a bound");
    let from: i64 = from.split(' ').next().expect("a number").parse().expect("a number");
    let updated = |issue: &Value| {
        issue["fields"]["updated"]
            .as_str()
            .map_or(i64::MAX, |text| instant(text).timestamp_millis())
    };
    let is_wanted = |issue: &&Value| {
        let key = issue["fields"]["project"]["key"].as_str().unwrap_or_default();
        updated(issue) >= from
            && (!jql.contains("project in") || jql.contains(&format!("\"{key}\"")))
    };
    let mut found: Vec<Value> = state.records.iter().filter(is_wanted).cloned().collect();
    found.sort_by_key(updated);
    found
}

/// Two issues a page, so that few make several.
fn issues(question: &Value, state: &State, start: usize, with_changes: bool) -> (Value, bool) {
    const SIZE: usize = 2;
    let most = question["maxResults"].as_u64().unwrap_or(50) as usize;
    let found = matching(question, state);
    let total = found.len();
    let mut page: Vec<Value> = found.into_iter().skip(start).take(most.min(SIZE)).collect();
    for issue in page.iter_mut().filter(|_| with_changes) {
        let log = issue["id"].as_str().and_then(|id| state.logs.get(id)).cloned();
        issue["changelog"] = json!({ "histories": log.unwrap_or_default() });
    }
    let is_last = start + page.len() >= total;
    (json!({ "issues": page, "total": total, "startAt": start, "maxResults": SIZE }), is_last)
}

/// Two changes a page.
fn changes(question: &Value, state: &State) -> Answer {
    let start: usize =
        question["nextPageToken"].as_str().map_or(0, |token| token.parse().expect("ours"));
    let ids = question["issueIdsOrKeys"].as_array().expect("ids");
    let all: Vec<(String, Value)> = ids
        .iter()
        .filter_map(Value::as_str)
        .flat_map(|id| {
            let log = state.logs.get(id).cloned().unwrap_or_default();
            log.into_iter().map(move |change| (id.to_owned(), change))
        })
        .collect();
    let page = all.iter().skip(start).take(2);
    let logs: Vec<Value> =
        page.map(|(id, change)| json!({ "issueId": id, "changeHistories": [change] })).collect();
    let next = (start + 2 < all.len()).then(|| (start + 2).to_string());
    Answer::json(&json!({ "issueChangeLogs": logs, "nextPageToken": next }))
}
