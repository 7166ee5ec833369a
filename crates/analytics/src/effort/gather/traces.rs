//! What people left traces of: commits, pull requests, reviews, tickets in progress.

use std::collections::BTreeSet;

use chrono::DateTime;
use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::SessionContext;

use super::{Span, days, rows};
use crate::AnalyticsError;
use crate::columns::{Booleans, Counts, Instants, Texts};
use crate::effort::{InProgress, Signal, SignalKind};

const SIGNALS: &str = include_str!("signals.sql");
const IN_PROGRESS: &str = include_str!("in_progress.sql");

/// Comments of a review that are told apart; far more than ever count.
const MOST_COMMENTS: i64 = 100;

/// Traces.
#[derive(Default)]
pub(super) struct Traces {
    pub(super) signals: Vec<Signal>,
    pub(super) in_progress: Vec<InProgress>,
    /// Who is in them and in no table of people.
    pub(super) strangers: BTreeSet<String>,
}

pub(super) async fn read(session: &SessionContext, span: &Span) -> Result<Traces, AnalyticsError> {
    let mut traces = Traces::default();
    for batch in &rows(session, SIGNALS, span.parameters()).await? {
        traces.add_signals(batch)?;
    }
    for batch in &rows(session, IN_PROGRESS, span.parameters()).await? {
        traces.add_progress(batch)?;
    }
    Ok(traces)
}

impl Traces {
    fn add_signals(&mut self, rows: &RecordBatch) -> Result<(), AnalyticsError> {
        let text = |name| Texts::of(rows, name);
        let (people, kinds, items) = (text("person_id")?, text("kind")?, text("work_item_id")?);
        let (sources, ids, urls) = (text("source")?, text("source_id")?, text("url")?);
        let (requests, same) = (text("pull_request_id")?, text("same_as")?);
        let known = Booleans::of(rows, "is_known")?;
        let (at, on) = (Instants::of(rows, "occurred_at")?, days(rows, "day")?);
        let pieces = Counts::of(rows, "pieces")?;
        let owned = |texts: &Texts, row| texts.get(row).map(str::to_owned);
        for (row, day) in on.iter().enumerate() {
            let at = at.get(row).and_then(DateTime::from_timestamp_micros);
            let kind = kinds.get(row).and_then(kind);
            let (Some(person_id), Some(work_item_id)) = (people.get(row), items.get(row)) else {
                continue;
            };
            let (Some(kind), Some(day), Some(occurred_at)) = (kind, *day, at) else { continue };
            self.meet(person_id, known.get(row));
            let signal = Signal {
                person_id: person_id.to_owned(),
                day,
                work_item_id: work_item_id.to_owned(),
                kind,
                source: owned(&sources, row).unwrap_or_default(),
                source_id: owned(&ids, row).unwrap_or_default(),
                url: owned(&urls, row),
                occurred_at,
                pull_request_id: owned(&requests, row),
                same_as: owned(&same, row),
            };
            if kind == SignalKind::Review {
                let comments = pieces.get(row).unwrap_or(0).clamp(0, MOST_COMMENTS);
                self.signals.extend((1..=comments).map(|number| Signal {
                    kind: SignalKind::ReviewComment,
                    source_id: format!("{}/{number:03}", signal.source_id),
                    ..signal.clone()
                }));
            }
            self.signals.push(signal);
        }
        Ok(())
    }

    fn add_progress(&mut self, rows: &RecordBatch) -> Result<(), AnalyticsError> {
        let text = |name| Texts::of(rows, name);
        let (people, items) = (text("person_id")?, text("work_item_id")?);
        let (sources, urls) = (text("source")?, text("url")?);
        let known = Booleans::of(rows, "is_known")?;
        let (first, last) = (days(rows, "first_on")?, days(rows, "last_on")?);
        let since = Instants::of(rows, "from_at")?;
        for row in 0..rows.num_rows() {
            let (Some(person_id), Some(work_item_id)) = (people.get(row), items.get(row)) else {
                continue;
            };
            let since = since.get(row).and_then(DateTime::from_timestamp_micros);
            let (Some(first_on), Some(since)) = (first[row], since) else { continue };
            self.meet(person_id, known.get(row));
            self.in_progress.push(InProgress {
                person_id: person_id.to_owned(),
                work_item_id: work_item_id.to_owned(),
                first_on,
                last_on: last[row],
                source: sources.get(row).unwrap_or_default().to_owned(),
                source_id: format!("{work_item_id}@{}", since.format("%Y-%m-%dT%H:%M:%SZ")),
                url: urls.get(row).map(str::to_owned),
            });
        }
        Ok(())
    }

    fn meet(&mut self, person_id: &str, is_known: Option<bool>) {
        if is_known != Some(true) && !self.strangers.contains(person_id) {
            self.strangers.insert(person_id.to_owned());
        }
    }
}

fn kind(word: &str) -> Option<SignalKind> {
    [
        SignalKind::Commit,
        SignalKind::PullRequestOpened,
        SignalKind::PullRequestMerged,
        SignalKind::Review,
    ]
    .into_iter()
    .find(|kind| kind.as_str() == word)
}
