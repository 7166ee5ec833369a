//! Which days are asked for, and the files that hold their reports.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::CopilotCosts;
use crate::Remark;
use crate::github::client::{Client, Failed};
use crate::network::download::Downloads;
use crate::network::verdict::FORBIDS;
use crate::records::{Portion, Stream, cursor_text};

/// The first read goes back so many days.
const FIRST: i64 = 28;
/// Figures of a day change for a day or two: it is read again so long.
const CHANGING: i64 = 1;
/// A report may come so many days late.
const LATE: usize = 7;
/// No more of one day is taken in.
const MOST_BYTES: usize = 512 << 20;
const NEEDS: &str = "a token needs the organization's permission `Organization Copilot metrics` \
    (read), a classic one `read:org`, and the policy `Copilot usage metrics` must be enabled";

/// How far reports are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    /// Last day that there was a report of.
    until: Option<NaiveDate>,
}

/// The reports of an organization, the oldest day first.
pub(crate) struct Days {
    client: Arc<Client>,
    downloads: Downloads,
    organization: String,
    /// The next day to ask for, and the last one.
    next: NaiveDate,
    last: NaiveDate,
    cursor: Cursor,
    /// True once it is known that there are reports to be had.
    is_open: bool,
    /// Days without a report since the last one that has one.
    missing: Vec<NaiveDate>,
    done: u64,
}

impl Days {
    pub(crate) fn new(
        client: Arc<Client>,
        downloads: Downloads,
        organization: &str,
        since: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
        cursor: Option<&str>,
    ) -> Days {
        let cursor: Cursor =
            cursor.and_then(|cursor| serde_json::from_str(cursor).ok()).unwrap_or_default();
        let (next, last) = span(&cursor, since, now);
        Days {
            client,
            downloads,
            organization: organization.to_owned(),
            next,
            last,
            cursor,
            is_open: false,
            missing: Vec::new(),
            done: 0,
        }
    }

    /// What reading takes, once it is known that reports can be had at all.
    ///
    /// # Errors
    /// Where they can't.
    pub(crate) fn costs(&mut self) -> Result<CopilotCosts, Failed> {
        self.open()?;
        let days_count = ((self.last - self.next).num_days() + 1).max(0) as u64;
        Ok(CopilotCosts { days_count, requests_count: 2 * days_count + 1 })
    }

    /// Looks for the latest report there is: without one, days that have none say nothing.
    fn open(&mut self) -> Result<(), Failed> {
        if self.is_open || self.next > self.last {
            return Ok(());
        }
        let days = std::iter::successors(Some(self.last), NaiveDate::pred_opt);
        for day in days.take_while(|day| *day >= self.next).take(LATE) {
            if self.report(day)?.is_some() {
                self.is_open = true;
                return Ok(());
            }
        }
        Err(Failed::Refused(format!(
            "shows no report of {} nor of the days before it; {NEEDS}",
            self.last
        )))
    }

    /// What the server says of a day's report; `None` where there is none.
    fn report(&self, day: NaiveDate) -> Result<Option<Value>, Failed> {
        let organization = &self.organization;
        let path = format!("/orgs/{organization}/copilot/metrics/reports/users-1-day?day={day}");
        match self.client.get(&path) {
            Ok(reply) => Ok(Some(reply.json().unwrap_or_default())),
            Err(Failed::Missing) => Ok(None),
            Err(Failed::Refused(why)) if why.starts_with(FORBIDS) => {
                Err(Failed::Refused(format!("{why}; {NEEDS}")))
            }
            Err(failed) => Err(failed),
        }
    }

    /// The records of a day; `None` where there is no report of it.
    fn records(&self, day: NaiveDate) -> Result<Option<Vec<Value>>, Failed> {
        // An answer without a body is one of a day on which there was nothing.
        let Some(report) = self.report(day)?.filter(|report| !report.is_null()) else {
            return Ok(None);
        };
        let links = report["download_links"].as_array();
        let links = links.ok_or_else(|| broken(day, "has no list `download_links`"))?;
        let (mut records, mut bytes) = (Vec::new(), 0);
        for link in links {
            let link = link.as_str().ok_or_else(|| broken(day, "has a link that is no text"))?;
            let file = self.downloads.fetch(link)?;
            bytes += file.len();
            if bytes > MOST_BYTES {
                let most = MOST_BYTES >> 20;
                return Err(broken(day, &format!("has more than {most} MiB in its files")));
            }
            records.extend(lines(&file));
        }
        Ok(Some(records))
    }
}

impl Stream for Days {
    fn next(&mut self) -> Result<Option<Portion>, Failed> {
        self.open()?;
        while self.next <= self.last {
            let day = self.next;
            let records = self.records(day)?;
            self.next = day + TimeDelta::days(1);
            let Some(records) = records else {
                self.missing.push(day);
                continue;
            };
            self.missing.clear();
            self.done += 1;
            self.client.progress("days of Copilot reports", self.done, None);
            self.cursor.until = self.cursor.until.max(Some(day));
            return Ok(Some(Portion { records, cursor: cursor_text(&self.cursor)? }));
        }
        Ok(None)
    }

    fn remarks(&self) -> Vec<Remark> {
        // Where the read failed nothing is known of the days to come.
        let is_whole = self.next > self.last;
        let Some(first) = self.missing.first().filter(|_| is_whole) else { return Vec::new() };
        let text = format!("no report since {first} yet; it is asked for again at the next read");
        vec![Remark { text, is_gap: false }]
    }
}

/// The first day to ask for, and the last: the one before the read, for a day must be over.
fn span(
    cursor: &Cursor,
    since: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> (NaiveDate, NaiveDate) {
    let last = now.date_naive() - TimeDelta::days(1);
    let first = match cursor.until {
        Some(until) => until - TimeDelta::days(CHANGING),
        None => last - TimeDelta::days(FIRST - 1),
    };
    (since.map_or(first, |since| since.date_naive().max(first)), last)
}

fn broken(day: NaiveDate, why: &str) -> Failed {
    Failed::Refused(format!("sent a report of {day} that {why}"))
}

/// The lines of a file, as records; one that is no JSON as the text it is, to be refused later.
fn lines(file: &[u8]) -> Vec<Value> {
    let text = String::from_utf8_lossy(file);
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let record = |line: &str| {
        serde_json::from_str(line)
            .unwrap_or_else(|_| Value::from(line.chars().take(1000).collect::<String>()))
    };
    lines.filter(|line| !line.is_empty()).map(record).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn asked(until: Option<&str>, since: Option<&str>) -> (NaiveDate, NaiveDate) {
        let instant = |text: &str| text.parse::<DateTime<Utc>>().expect("an instant");
        let cursor = Cursor { until: until.map(day) };
        span(&cursor, since.map(instant), instant("2026-03-01T09:00:00Z"))
    }

    #[test]
    fn a_first_read_takes_28_days_and_a_later_one_what_is_new_and_may_have_changed() {
        let yesterday = day("2026-02-28");
        assert_eq!(asked(None, None), (day("2026-02-01"), yesterday));
        assert_eq!(asked(Some("2026-02-27"), None), (day("2026-02-26"), yesterday));
        assert_eq!(asked(Some("2026-02-28"), None), (day("2026-02-27"), yesterday));
        // However long ago it was.
        assert_eq!(asked(Some("2025-12-10"), None), (day("2025-12-09"), yesterday));
        let since = Some("2026-02-20T00:00:00Z");
        assert_eq!(asked(None, since), (day("2026-02-20"), yesterday));
    }

    #[test]
    fn a_line_that_is_no_json_holds_up_no_other() {
        let file = "\u{feff}{\"day\": 1}\r\n\n{\"day\":\n{\"day\": 2}";
        let expected =
            [serde_json::json!({"day": 1}), "{\"day\":".into(), serde_json::json!({"day": 2})];
        assert_eq!(lines(file.as_bytes()), expected);
    }
}
