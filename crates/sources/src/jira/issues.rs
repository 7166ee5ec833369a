//! The walk over issues, from the last update that was read on.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Costs, Edition, ReadOptions, TITLE};
use crate::Remark;
use crate::json::instant_of;
use crate::network::ask::Failed;
use crate::network::fields::Fields;
use crate::network::rest::Rest;
use crate::network::walk::Walk;
use crate::records::{Portion, Stream, cursor_text, gone};

/// Issues of one page.
const PAGE: u64 = 100;
/// What Jira finds may lag behind what was changed.
const OVERLAP: TimeDelta = TimeDelta::minutes(10);
/// So long after its end the service of an incident may change, or that it is one.
const SETTLED: TimeDelta = TimeDelta::days(90);
/// What is asked of an issue: no texts and no comments.
const FIELDS: [&str; 13] = [
    "summary",
    "issuetype",
    "project",
    "parent",
    "assignee",
    "reporter",
    "status",
    "labels",
    "priority",
    "components",
    "created",
    "updated",
    "resolutiondate",
];

/// How far issues are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    /// Nothing older was asked for.
    since: Option<DateTime<Utc>>,
    /// Last update of the last issue that was read; those before it are read too.
    until: Option<DateTime<Utc>>,
    /// What the lake has as incidents, with their services: they may become something else.
    incidents: BTreeMap<String, String>,
}

/// The issues of a Jira.
pub(super) struct Issues {
    rest: Arc<Rest>,
    edition: Edition,
    options: ReadOptions,
    cursor: Cursor,
    /// Where the walk began, or began anew.
    from: Option<DateTime<Utc>>,
    place: Place,
    walk: Walk,
    is_done: bool,
    done: u64,
}

/// The next page of the walk: a word of the server's, or a number.
#[derive(Debug, Clone, Default)]
struct Place {
    token: Option<String>,
    start: u64,
}

impl Issues {
    pub(super) fn new(
        rest: Arc<Rest>,
        edition: Edition,
        options: &ReadOptions,
        cursor: Option<&str>,
    ) -> Issues {
        let mut cursor: Cursor =
            cursor.and_then(|cursor| serde_json::from_str(cursor).ok()).unwrap_or_default();
        // Somebody wants older ones than were read so far.
        if cursor.since.is_some_and(|read| options.since.is_none_or(|since| since < read)) {
            cursor.until = None;
        }
        if cursor.until.is_none() {
            cursor.since = options.since;
        }
        let from = cursor.until.map(|until| until - OVERLAP).max(options.since);
        Issues {
            rest,
            edition,
            options: options.clone(),
            cursor,
            from,
            place: Place::default(),
            walk: Walk::default(),
            is_done: false,
            done: 0,
        }
    }

    /// The question. Jira takes a number for an instant, where a text would be one of the zone of
    /// whoever asks.
    fn jql(&self) -> String {
        let mut conditions = Vec::new();
        if !self.options.projects.is_empty() {
            let keys =
                self.options.projects.iter().map(|key| Value::from(key.as_str()).to_string());
            conditions.push(format!("project in ({})", keys.collect::<Vec<_>>().join(", ")));
        }
        conditions.extend(self.options.jql.as_ref().map(|jql| format!("({jql})")));
        let from = self.from.map_or(0, |from| from.timestamp_millis());
        conditions.push(format!("updated >= {from}"));
        conditions.join(" AND ")
    }

    fn ordered(&self) -> String {
        format!("{} ORDER BY updated ASC, id ASC", self.jql())
    }

    /// The issues of the next page; the walk then stands at the one after it.
    fn page(&mut self) -> Result<Vec<Value>, Failed> {
        let fields: Vec<&str> = FIELDS.into_iter().chain(self.options.rules.fields()).collect();
        let mut question = json!({"jql": self.ordered(), "maxResults": PAGE, "fields": fields});
        let place = std::mem::take(&mut self.place);
        let path = match self.edition {
            Edition::Cloud => {
                if let Some(token) = &place.token {
                    question["nextPageToken"] = token.as_str().into();
                }
                "/rest/api/3/search/jql"
            }
            Edition::Server => {
                question["startAt"] = place.start.into();
                question["expand"] = json!(["changelog"]);
                "/rest/api/2/search"
            }
        };
        self.walk.step(&question.to_string()).map_err(Failed::Refused)?;
        let answer = self.rest.post(path, &question).map_err(|failed| self.explained(failed))?;
        let Value::Array(issues) = &answer["issues"] else {
            return Err(Failed::Refused("sent no list of issues".to_owned()));
        };
        match self.edition {
            Edition::Cloud => self.next_of_cloud(&answer),
            Edition::Server => self.next_of_server(&answer, issues, place.start),
        }
        Ok(issues.clone())
    }

    fn next_of_cloud(&mut self, answer: &Value) {
        let token = answer["nextPageToken"].as_str().filter(|token| !token.is_empty());
        self.place.token = token.map(str::to_owned);
        self.is_done = token.is_none() || answer["isLast"] == true;
    }

    /// A page is counted from the start of the list, from which an issue goes away that changes
    /// meanwhile. So the list begins anew at the last issue read, where that is a later one.
    fn next_of_server(&mut self, answer: &Value, issues: &[Value], start: u64) {
        let read = start + issues.len() as u64;
        let total = answer["total"].as_u64().unwrap_or(u64::MAX);
        self.is_done = issues.is_empty() || read >= total;
        let last = issues.iter().filter_map(updated_at).max().map(|last| last.trunc_subsecs(0));
        match last {
            Some(last) if Some(last) > self.from => self.from = Some(last),
            _ => self.place.start = read,
        }
    }

    /// What a path that is not there means.
    fn explained(&self, failed: Failed) -> Failed {
        match (failed, self.edition) {
            (Failed::Missing, Edition::Cloud) => Failed::Refused(
                "has no search as Atlassian's own Jira has it; a company's own is read with --api server".to_owned(),
            ),
            (failed, _) => failed,
        }
    }

    /// The issues with what changed in them.
    fn with_changes(&self, mut issues: Vec<Value>) -> Result<Vec<Value>, Failed> {
        if self.edition == Edition::Server {
            return Ok(issues);
        }
        let ids: Vec<&str> = issues.iter().filter_map(|issue| issue["id"].as_str()).collect();
        let mut changes = match ids.is_empty() {
            true => BTreeMap::new(),
            false => self.changes(&ids)?,
        };
        for issue in &mut issues {
            let own = issue["id"].as_str().and_then(|id| changes.remove(id)).unwrap_or_default();
            if issue.is_object() {
                issue["changelog"] = json!({ "histories": own });
            }
        }
        Ok(issues)
    }

    fn changes(&self, ids: &[&str]) -> Result<BTreeMap<String, Vec<Value>>, Failed> {
        let mut changes: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        let mut walk = Walk::default();
        let mut question = json!({
            "issueIdsOrKeys": ids, "fieldIds": ["status", "assignee"], "maxResults": 1000,
        });
        loop {
            walk.step(&question.to_string()).map_err(Failed::Refused)?;
            let answer = self.rest.post("/rest/api/3/changelog/bulkfetch", &question)?;
            let Value::Array(logs) = &answer["issueChangeLogs"] else {
                return Err(Failed::Refused("sent no list of changes".to_owned()));
            };
            for log in logs {
                let id = Fields(log).text("issueId").ok().flatten().unwrap_or_default();
                let histories = log["changeHistories"].as_array().cloned().unwrap_or_default();
                changes.entry(id).or_default().extend(histories);
            }
            match answer["nextPageToken"].as_str().filter(|token| !token.is_empty()) {
                Some(token) => question["nextPageToken"] = token.into(),
                None => return Ok(changes),
            }
        }
    }

    /// Notes which issues are incidents, and adds what the lake has of others under another key.
    fn note(&mut self, issues: &mut Vec<Value>) -> Result<(), Failed> {
        let now = self.options.rules.incidents(issues).map_err(Failed::Refused)?;
        let mut outdated = Vec::new();
        for issue in issues.iter() {
            let Some(id) = issue["id"].as_str() else { continue };
            let service = now.get(id);
            if let Some(known) = self.cursor.incidents.remove(id)
                && service != Some(&known)
            {
                outdated.push(gone(id, &known));
            }
            let resolved_at = issue["fields"]["resolutiondate"].as_str().and_then(instant_of);
            let is_settled = resolved_at.is_some_and(|at| at + SETTLED < self.options.observed_at);
            if let Some(service) = service.filter(|_| !is_settled) {
                self.cursor.incidents.insert(id.to_owned(), service.clone());
            }
        }
        issues.append(&mut outdated);
        Ok(())
    }

    /// What reading takes.
    pub(super) fn costs(&self) -> Result<Costs, Failed> {
        let count = match self.edition {
            Edition::Cloud => {
                let path = "/rest/api/3/search/approximate-count";
                let answer = self.rest.post(path, &json!({ "jql": self.jql() }));
                answer.map_err(|failed| self.explained(failed))?["count"].as_u64()
            }
            Edition::Server => {
                let question = json!({ "jql": self.jql(), "maxResults": 0 });
                self.rest.post("/rest/api/2/search", &question)?["total"].as_u64()
            }
        };
        let count = count.ok_or_else(|| Failed::Refused("does not count its issues".to_owned()))?;
        let pages = count.div_ceil(PAGE).max(1);
        let requests = if self.edition == Edition::Cloud { 2 * pages } else { pages };
        Ok(Costs { issues_count: count, requests_count: requests })
    }
}

impl Stream for Issues {
    fn next(&mut self) -> Result<Option<Portion>, Failed> {
        if self.is_done {
            return Ok(None);
        }
        let issues = self.page()?;
        let last = issues.iter().filter_map(updated_at).max();
        let mut issues = self.with_changes(issues)?;
        self.done += issues.len() as u64;
        self.rest.asker().progress(TITLE, self.done, None);
        self.note(&mut issues)?;
        // A time in the future must not hide what comes until then.
        let last = last.map(|last| last.min(self.options.observed_at));
        self.cursor.until = last.max(self.cursor.until);
        Ok(Some(Portion { records: issues, cursor: cursor_text(&self.cursor)? }))
    }

    fn remarks(&self) -> Vec<Remark> {
        Vec::new()
    }
}

fn updated_at(issue: &Value) -> Option<DateTime<Utc>> {
    instant_of(issue["fields"]["updated"].as_str()?)
}
