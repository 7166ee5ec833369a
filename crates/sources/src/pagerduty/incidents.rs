//! The list of incidents, walked from the oldest on, and the open ones asked for again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::counted::{Standing, is_transient};
use super::{Costs, Filter, ReadOptions, TITLE};
use crate::Remark;
use crate::network::address::escaped;
use crate::network::ask::Failed;
use crate::network::fields::Fields;
use crate::network::rest::Rest;
use crate::records::{Portion, Stream, cursor_text, gone};

const PAGE: u64 = 100;
/// PagerDuty gives no more rows of one list, not even of incidents of one second.
const MOST: u64 = 10_000;
/// The longest time that one list may span is six months.
const WINDOW: TimeDelta = TimeDelta::days(150);
/// Titles, priorities and services change for a while after an incident.
const OVERLAP: TimeDelta = TimeDelta::days(7);
/// Incidents that are asked for one by one before they are kept.
const TOGETHER: usize = 25;
/// How far incidents are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    /// Nothing older was asked for.
    since: Option<DateTime<Utc>>,
    /// All that was created before is read; `None` before the first walk came to its end.
    until: Option<DateTime<Utc>>,
    /// The walk under way.
    walk: Option<Place>,
    /// Incidents that may change, with their services: what the lake has as open.
    open: BTreeMap<String, String>,
}

/// Where a walk is: the first time of the list, and how many of its rows to pass over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    from: DateTime<Utc>,
    offset: u64,
}

/// The incidents of an account.
pub(super) struct Incidents {
    rest: Arc<Rest>,
    options: ReadOptions,
    cursor: Cursor,
    /// Open ones that are still to be asked for again.
    to_ask: Vec<String>,
    is_done: bool,
    done: u64,
    seen: Seen,
}

/// What was left out, and what could not be seen, by ids: some come twice.
#[derive(Debug, Default)]
struct Seen {
    merged: BTreeSet<String>,
    transient: BTreeSet<String>,
    not_counted: BTreeSet<String>,
    logs_missing: BTreeSet<String>,
}

impl Seen {
    fn count(&mut self, standing: Standing, incident: Fields<'_>) {
        let ids = match standing {
            Standing::Counts if is_transient(incident) => &mut self.transient,
            Standing::Counts => return,
            Standing::Merged => &mut self.merged,
            Standing::Transient => &mut self.transient,
            Standing::Other => &mut self.not_counted,
        };
        ids.extend(incident.text("id").ok().flatten());
    }
}

impl Incidents {
    pub(super) fn new(rest: Arc<Rest>, options: &ReadOptions, cursor: Option<&str>) -> Incidents {
        let mut cursor: Cursor =
            cursor.and_then(|cursor| serde_json::from_str(cursor).ok()).unwrap_or_default();
        // Somebody wants older ones than were read so far.
        if cursor.since.is_some_and(|read| options.since.is_none_or(|since| since < read)) {
            cursor = Cursor { open: cursor.open, ..Cursor::default() };
        }
        if cursor.until.is_none() && cursor.walk.is_none() {
            cursor.since = options.since;
        }
        // What was passed over may be other rows by now.
        cursor.walk = cursor.walk.map(|walk| Place { offset: 0, ..walk });
        Incidents {
            rest,
            options: options.clone(),
            to_ask: cursor.open.keys().cloned().collect(),
            cursor,
            is_done: false,
            done: 0,
            seen: Seen::default(),
        }
    }

    /// Where the walk goes on; `None` where there never was an incident.
    fn place(&self) -> Result<Option<Place>, Failed> {
        if let Some(place) = &self.cursor.walk {
            return Ok(Some(place.clone()));
        }
        let from = match self.cursor.until {
            Some(until) => {
                Some((until - OVERLAP).max(self.cursor.since.unwrap_or(until - OVERLAP)))
            }
            None if self.options.since.is_some() => self.options.since,
            None => self.first()?,
        };
        let from = from.filter(|from| *from < self.options.observed_at);
        Ok(from.map(|from| Place { from, offset: 0 }))
    }

    /// When the account's first incident was created; `None` where there is none.
    fn first(&self) -> Result<Option<DateTime<Utc>>, Failed> {
        let path =
            format!("/incidents?date_range=all&sort_by=created_at%3Aasc&limit=1{}", self.ids());
        let answer = self.rest.get(&path)?;
        let first = listed(&answer, "incidents")?.into_iter().next();
        let Some(first) = first else { return Ok(None) };
        match Fields(&first).instant("created_at") {
            Ok(Some(at)) => Ok(Some(at)),
            _ => Err(Failed::Refused(
                "does not say when the first incident was; name a day to begin with --since"
                    .to_owned(),
            )),
        }
    }

    /// What the server leaves out itself.
    fn ids(&self) -> String {
        let Filter { services, teams, counted } = &self.options.filter;
        let lists =
            [("service_ids", services), ("team_ids", teams), ("urgencies", &counted.urgencies)];
        let mut query = String::from("&time_zone=UTC");
        for (name, values) in lists {
            for value in values {
                query += &format!("&{name}%5B%5D={}", escaped(value));
            }
        }
        query
    }

    fn window(&self, from: DateTime<Utc>) -> DateTime<Utc> {
        (from + WINDOW).min(self.options.observed_at)
    }

    fn path(&self, from: DateTime<Utc>, rest: &str) -> String {
        let text = |at: DateTime<Utc>| escaped(&at.to_rfc3339_opts(SecondsFormat::Secs, true));
        let (from, until) = (text(from), text(self.window(from)));
        format!(
            "/incidents?since={from}&until={until}&sort_by=created_at%3Aasc{rest}{}",
            self.ids()
        )
    }

    /// The next page of the walk, and where it goes on; `None` at its end.
    ///
    /// The list begins anew at each page's last incident. So none is passed over where others leave
    /// the list meanwhile, and the list never becomes longer than PagerDuty allows.
    fn page(&self, place: &Place) -> Result<(Vec<Value>, Option<Place>), Failed> {
        let Place { from, offset } = *place;
        let answer = self.rest.get(&self.path(from, &format!("&limit={PAGE}&offset={offset}")))?;
        let incidents = listed(&answer, "incidents")?;
        if answer["more"] != true {
            let until = self.window(from);
            let is_last = until >= self.options.observed_at;
            return Ok((incidents, (!is_last).then_some(Place { from: until, offset: 0 })));
        }
        // Times have whole seconds, of which others may follow.
        let last = incidents.iter().filter_map(created_at).max();
        let last = last.map(|last| last - TimeDelta::seconds(1));
        if let Some(last) = last.filter(|last| *last > from) {
            return Ok((incidents, Some(Place { from: last, offset: 0 })));
        }
        let step = answer["limit"].as_u64().filter(|limit| (1..=PAGE).contains(limit));
        let offset = offset + step.unwrap_or(PAGE);
        if offset + PAGE > MOST {
            return Err(Failed::Refused(format!(
                "says of {MOST} incidents that there are more, which it does not give"
            )));
        }
        Ok((incidents, Some(Place { from, offset })))
    }

    /// The incidents with their logs, which alone say who took them on and when: an incident
    /// forgets that once it is closed.
    fn with_logs(&mut self, incidents: Vec<Value>) -> Result<Vec<Value>, Failed> {
        let mut whole = Vec::with_capacity(incidents.len());
        for mut incident in incidents {
            let standing = self.options.filter.counted.standing(Fields(&incident));
            self.seen.count(standing, Fields(&incident));
            let id = incident["id"].as_str().map(str::to_owned);
            if let Some(id) = id.filter(|_| standing == Standing::Counts) {
                match self.log(&id) {
                    Ok(log) => incident["log_entries"] = Value::Array(log),
                    Err(Failed::Missing) => _ = self.seen.logs_missing.insert(id),
                    Err(failed) => return Err(failed),
                }
            }
            self.done += 1;
            self.rest.asker().progress(TITLE, self.done, None);
            whole.push(incident);
        }
        Ok(whole)
    }

    /// What an incident's log says of who took it on. What else stands in a log, such as whole
    /// messages, is not kept.
    fn log(&self, id: &str) -> Result<Vec<Value>, Failed> {
        let (mut entries, mut offset) = (Vec::new(), 0);
        loop {
            let path = format!(
                "/incidents/{}/log_entries?limit={PAGE}&offset={offset}&time_zone=UTC",
                escaped(id)
            );
            let answer = self.rest.get(&path)?;
            let wanted = |entry: &Value| {
                let kind = entry["type"].as_str().unwrap_or_default();
                kind.starts_with("acknowledge_log_entry")
            };
            entries.extend(listed(&answer, "log_entries")?.into_iter().filter(wanted));
            offset += PAGE;
            if answer["more"] != true {
                return Ok(entries);
            }
            if offset >= MOST {
                return Err(Failed::Refused(format!("has no end of the log of incident {id}")));
            }
        }
    }

    /// Open ones as they are now.
    fn again(&mut self) -> Result<Vec<Value>, Failed> {
        let rest = self.to_ask.split_off(self.to_ask.len().min(TOGETHER));
        let ids = std::mem::replace(&mut self.to_ask, rest);
        let mut incidents = Vec::new();
        for id in &ids {
            match self.rest.get(&format!("/incidents/{}", escaped(id))) {
                Ok(answer) => incidents.push(answer["incident"].clone()),
                Err(Failed::Missing) => {
                    let service = self.cursor.open.remove(id).unwrap_or_default();
                    incidents.push(gone(id, &service));
                }
                Err(failed) => return Err(failed),
            }
        }
        self.with_logs(incidents)
    }

    /// Notes which incidents stay open, and adds what the lake has of others under another key.
    fn note(&mut self, incidents: &mut Vec<Value>) {
        let mut outdated = Vec::new();
        for incident in incidents.iter() {
            let fields = Fields(incident);
            let (Ok(id), Ok(service)) = (fields.needed("id"), fields.needed("service.id")) else {
                continue;
            };
            let counts = self.options.filter.counted.standing(fields) == Standing::Counts;
            if let Some(known) = self.cursor.open.remove(&id)
                && (!counts || known != service)
            {
                outdated.push(gone(&id, &known));
            }
            if counts && incident["status"] != "resolved" {
                self.cursor.open.insert(id, service);
            }
        }
        incidents.append(&mut outdated);
    }

    /// What reading takes.
    pub(super) fn costs(&self) -> Result<Costs, Failed> {
        let (mut count, mut pages) = (0, 1);
        let mut next = self.place()?.map(|place| place.from);
        while let Some(from) = next {
            let answer = self.rest.get(&self.path(from, "&limit=1&total=true"))?;
            let total = Fields(&answer).integer("total").map_err(Failed::Refused)?;
            let total = total.unwrap_or_default().max(0) as u64;
            count += total;
            pages += total.div_ceil(PAGE).max(1);
            let until = self.window(from);
            next = (until < self.options.observed_at).then_some(until);
        }
        let open = self.to_ask.len() as u64;
        Ok(Costs { incidents_count: count + open, requests_count: pages + count + 2 * open })
    }
}

impl Stream for Incidents {
    fn next(&mut self) -> Result<Option<Portion>, Failed> {
        let mut incidents = if !self.to_ask.is_empty() {
            self.again()?
        } else if self.is_done {
            return Ok(None);
        } else {
            let (incidents, next) = match self.place()? {
                Some(place) => self.page(&place)?,
                None => (Vec::new(), None),
            };
            let incidents = self.with_logs(incidents)?;
            if next.is_none() {
                self.is_done = true;
                self.cursor.until = Some(self.options.observed_at).max(self.cursor.until);
            }
            self.cursor.walk = next;
            incidents
        };
        self.note(&mut incidents);
        Ok(Some(Portion { records: incidents, cursor: cursor_text(&self.cursor)? }))
    }

    fn remarks(&self) -> Vec<Remark> {
        let Seen { merged, transient, not_counted, logs_missing } = &self.seen;
        let skips = self.options.filter.counted.skips_transient;
        let transient_words = match skips {
            true => "ended by themselves within two minutes and were left out",
            false => "ended by themselves within two minutes; --skip-transient leaves such out",
        };
        let told = [
            (merged.len(), "were merged into others and count with those", false),
            (not_counted.len(), "are of an urgency, priority or type that does not count", false),
            (transient.len(), transient_words, false),
            (
                logs_missing.len(),
                "have no log that the token may see; when they were acknowledged is not known",
                true,
            ),
        ];
        let told = told.into_iter().filter(|(count, ..)| *count > 0);
        told.map(|(count, words, is_gap)| Remark {
            text: format!("{count} incidents {words}"),
            is_gap,
        })
        .collect()
    }
}

fn created_at(incident: &Value) -> Option<DateTime<Utc>> {
    Fields(incident).instant("created_at").ok().flatten()
}

fn listed(answer: &Value, name: &str) -> Result<Vec<Value>, Failed> {
    match &answer[name] {
        Value::Array(list) => Ok(list.clone()),
        _ => Err(Failed::Refused(format!("sent no list of {}", name.replace('_', " ")))),
    }
}
