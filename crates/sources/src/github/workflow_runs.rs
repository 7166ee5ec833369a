//! Runs of workflows, in windows of days.
//!
//! GitHub gives no more than a thousand runs for one question, whatever it counts. So each window
//! is asked for on its own, and halved where it holds more.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use milepost_events::tables::PipelineRun;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::{Client, Failed};
use super::lists::all;
use super::repository::FoundRepository;
use super::rows::Rows;
use super::unit::{About, Portion, Stream, cursor_text};
use crate::network::fields::Fields;

/// GitHub gives no more for one question.
const MOST: i64 = 1000;
const WINDOW: TimeDelta = TimeDelta::days(7);
const SHORTEST: TimeDelta = TimeDelta::minutes(1);
/// GitHub keeps runs for no longer.
const KEPT: TimeDelta = TimeDelta::days(400);
/// A run that failed may be run again so much later, under the time of its first attempt.
const OVERLAP: TimeDelta = TimeDelta::days(3);

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Cursor {
    /// Runs created before are read.
    until: Option<DateTime<Utc>>,
    /// Runs that had not ended.
    open: BTreeSet<String>,
}

/// The runs of a repository's workflows.
pub(crate) struct WorkflowRuns {
    full_name: String,
    /// Where the next window begins.
    from: DateTime<Utc>,
    /// Where the last one ends.
    to: DateTime<Utc>,
    window: TimeDelta,
    cursor: Cursor,
    to_ask: Vec<String>,
    done: u64,
    cut: Vec<DateTime<Utc>>,
}

impl WorkflowRuns {
    pub(crate) fn new(
        repository: &FoundRepository,
        since: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
        cursor: Option<&str>,
    ) -> WorkflowRuns {
        let cursor: Cursor =
            cursor.and_then(|cursor| serde_json::from_str(cursor).ok()).unwrap_or_default();
        let first = since.max(repository.created_at).max(Some(now - KEPT)).unwrap_or(now);
        WorkflowRuns {
            full_name: repository.full_name.clone(),
            from: cursor.until.map_or(first, |until| until - OVERLAP),
            to: now,
            window: WINDOW,
            to_ask: cursor.open.iter().cloned().collect(),
            cursor,
            done: 0,
            cut: Vec::new(),
        }
    }

    /// To read kept ones only.
    pub(crate) fn again(full_name: &str) -> WorkflowRuns {
        WorkflowRuns {
            full_name: full_name.to_owned(),
            from: DateTime::UNIX_EPOCH,
            to: DateTime::UNIX_EPOCH,
            window: WINDOW,
            cursor: Cursor::default(),
            to_ask: Vec::new(),
            done: 0,
            cut: Vec::new(),
        }
    }

    /// The runs of the next window that is small enough.
    fn window(&mut self, client: &Client) -> Result<Vec<Value>, Failed> {
        loop {
            let end = (self.from + self.window).min(self.to);
            let text = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
            let (from, to) = (text(self.from), text(end));
            let path =
                format!("/repos/{}/actions/runs?created={from}..{to}&per_page=100", self.full_name);
            let total = client.json(&path)?["total_count"].as_i64().unwrap_or_default();
            if total >= MOST && self.window > SHORTEST {
                self.window = self.window / 2;
                continue;
            }
            let runs = all(client, &path, Some("workflow_runs"))?;
            if total >= MOST {
                self.cut.push(self.from);
            } else if total < MOST / 4 {
                self.window = (self.window * 2).min(WINDOW);
            }
            self.from = end;
            self.cursor.until = Some(end);
            return Ok(runs);
        }
    }

    /// Up to a hundred of those that had not ended before.
    fn asked(&mut self, client: &Client) -> Result<Vec<Value>, Failed> {
        let mut runs = Vec::new();
        for id in self.to_ask.drain(..self.to_ask.len().min(100)) {
            // What is gone will not end either.
            self.cursor.open.remove(&id);
            match client.json(&format!("/repos/{}/actions/runs/{id}", self.full_name)) {
                Ok(run) => runs.push(run),
                Err(Failed::Missing) => {}
                Err(failed) => return Err(failed),
            }
        }
        Ok(runs)
    }
}

impl Stream for WorkflowRuns {
    fn name(&self) -> &'static str {
        "workflow_runs"
    }

    fn table(&self) -> &'static str {
        "pipeline_runs"
    }

    fn next(&mut self, client: &Client) -> Result<Option<Portion>, Failed> {
        let records = if self.from < self.to {
            self.window(client)?
        } else if !self.to_ask.is_empty() {
            self.asked(client)?
        } else {
            return Ok(None);
        };
        for run in &records {
            let Ok(id) = Fields(run).needed("id") else { continue };
            match run["status"] == "completed" {
                true => _ = self.cursor.open.remove(&id),
                false => _ = self.cursor.open.insert(id),
            }
        }
        self.done += records.len() as u64;
        client.progress("workflow runs", self.done, None);
        Ok(Some(Portion { form: "rest", records, cursor: cursor_text(&self.cursor)? }))
    }

    fn read(
        &self,
        _form: &str,
        record: Fields<'_>,
        about: &About,
        rows: &mut Rows,
    ) -> Result<(), String> {
        rows.pipeline_runs.push(run(record, about)?);
        Ok(())
    }

    fn remarks(&self) -> Vec<String> {
        let minute = |at: &DateTime<Utc>| at.format("%Y-%m-%d %H:%M").to_string();
        let cut = self.cut.first().map(|first| {
            format!(
                "GitHub gives only {MOST} runs of a minute that had more; {} such minutes, the first at {}",
                self.cut.len(),
                minute(first)
            )
        });
        cut.into_iter().collect()
    }
}

/// A run's row. It ended when it was last updated: GitHub tells no other time.
fn run(record: Fields<'_>, about: &About) -> Result<PipelineRun, String> {
    let id = record.needed("id")?;
    let attempt = record.integer("run_attempt")?.unwrap_or(1);
    let is_completed = record.text("status")?.is_some_and(|status| status == "completed");
    let url = record.text("html_url")?;
    let started_at = record.instant("run_started_at")?.or(record.instant("created_at")?);
    Ok(PipelineRun {
        pipeline_run_id: format!("{}/{id}/{attempt}", about.host),
        repository_id: Some(about.repository_id.clone()),
        name: record.text("name")?,
        // Since 2025 a path may end with the reference it was taken from.
        path: record
            .text("path")?
            .map(|path| path.split_once('@').map_or(path.clone(), |(path, _)| path.to_owned())),
        sha: Some(record.needed("head_sha")?),
        branch: record.text("head_branch")?,
        event: record.text("event")?,
        attempt: Some(attempt),
        started_at,
        finished_at: record.instant("updated_at")?.filter(|_| is_completed),
        outcome: record.text("conclusion")?.filter(|_| is_completed),
        provenance: about.provenance(Some(id), url),
    })
}
