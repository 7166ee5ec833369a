//! The one loop that every source is pulled with.

use chrono::{DateTime, Utc};
use milepost_analytics::{derive, facts_session};
use milepost_events::batch;
use milepost_events::tables::{RawPage, RejectedRecord};
use milepost_lake::{
    Checkpoint, DerivedFrom, Ingest, Lake, Spool, SpooledPage, TablePart, Whole, WriterLock,
    Written,
};
use milepost_sources::{Page, Refused, Remark, Source, SourceError, Write};

use crate::capabilities::{self, ReadHistory};
use crate::exit::{Exit, Failure};
use crate::globals::Globals;

/// What reading a source gave.
#[derive(Debug, Default)]
pub(crate) struct Pulled {
    /// What changed in the lake.
    pub(crate) written: Written,
    /// Records that are no rows.
    pub(crate) refused: usize,
    /// Reasons of the first of them.
    pub(crate) reasons: Vec<String>,
    /// Why the read ended before its end. What came with a cursor before is kept.
    pub(crate) failure: Option<SourceError>,
}

/// What a source gave that is read to its end or not at all.
///
/// # Errors
/// Where it ended before.
pub(crate) fn pulled_whole(pulled: Pulled) -> Result<Written, Failure> {
    match pulled.failure {
        Some(failure) => Err(failure.into()),
        None => Ok(pulled.written),
    }
}

/// The lake that a command writes to: locked with the first write, its derived tables brought up
/// to the facts in the end.
pub(crate) struct Writer<'a> {
    pub(crate) globals: &'a Globals,
    pub(crate) lake: &'a Lake,
    lock: Option<WriterLock>,
    has_gaps: bool,
    /// Repositories whose commits were read, for what else their histories show.
    histories: Vec<ReadHistory>,
    /// True where nothing may be written.
    pub(crate) is_dry: bool,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(globals: &'a Globals, lake: &'a Lake) -> Writer<'a> {
        Writer { globals, lake, lock: None, has_gaps: false, histories: Vec::new(), is_dry: false }
    }

    /// The same, only to say what would be written.
    pub(crate) fn that_writes_nothing(self) -> Writer<'a> {
        Writer { is_dry: true, ..self }
    }

    /// Takes the lake's lock, once.
    ///
    /// # Errors
    /// Where another process holds it, or the lake can't be written.
    pub(crate) async fn lock(&mut self) -> Result<(), Failure> {
        if self.lock.is_none() && !self.is_dry {
            self.lock = Some(self.lake.lock(self.globals.wait).await?);
        }
        Ok(())
    }

    /// Says what the user should know of a read.
    pub(crate) fn tell(&mut self, remarks: &[Remark]) {
        for remark in remarks {
            match remark.is_gap {
                true => self.globals.warn(&remark.text),
                false => self.globals.remark(&remark.text),
            }
            self.has_gaps |= remark.is_gap;
        }
    }

    /// Says that something that was asked for is not there.
    pub(crate) fn gap(&mut self, text: &str) {
        self.tell(&[Remark { text: text.to_owned(), is_gap: true }]);
    }

    /// Notes down a repository whose commits were read.
    pub(crate) fn has_read(&mut self, history: ReadHistory) {
        self.histories.push(history);
    }

    /// Brings the uses of capabilities and the derived tables up to the facts.
    ///
    /// # Errors
    /// Where the lake can't be read or written.
    pub(crate) async fn finish(mut self) -> Result<Exit, Failure> {
        if !self.is_dry {
            self.lock().await?;
            let histories = std::mem::take(&mut self.histories);
            capabilities::refresh(histories, &mut self).await?;
            refresh(self.globals, self.lake).await?;
        }
        Ok(if self.has_gaps { Exit::Gaps } else { Exit::Done })
    }
}

/// Where reading a source begins.
pub(crate) struct Start {
    last: Option<Checkpoint>,
    /// Pages that an interrupted run left.
    left: Vec<SpooledPage>,
    spool: Option<Spool>,
}

impl Start {
    /// After the last ingest of a source that is read to its end or not at all.
    pub(crate) fn after(last: Option<Checkpoint>) -> Start {
        Start { last, left: Vec::new(), spool: None }
    }

    /// After the last page of a source that gives its pages as they come.
    ///
    /// # Errors
    /// Where the lake can't be read.
    pub(crate) async fn at_last_page(lake: &Lake, source: &str) -> Result<Start, Failure> {
        let last = lake.checkpoint(source).await?;
        let (spool, left) = lake.spool(source, last.as_ref())?;
        Ok(Start { last, left, spool: Some(spool) })
    }

    /// How far the source is read.
    pub(crate) fn cursor(&self) -> Option<&str> {
        match self.left.last() {
            Some(page) => Some(&page.cursor),
            None => self.last.as_ref().and_then(|last| last.cursor.as_deref()),
        }
    }
}

/// Pages are committed together once their records take this much.
const PORTION_BYTES: usize = 4 << 20;

/// Reads a source to its end and keeps what it gives, up to the last page that has a cursor where
/// the read fails.
///
/// # Errors
/// Where the lake can't be written.
pub(crate) async fn pull(
    lake: &Lake,
    source: &mut (impl Source + Send),
    start: Start,
    at: DateTime<Utc>,
) -> Result<Pulled, Failure> {
    let mut pulled = Pulled::default();
    let Start { mut last, left, mut spool } = start;
    let mut left = left.into_iter();
    let mut is_end = false;
    while !is_end {
        let mut ingest = lake.begin(source.name(), last.as_ref()).await?;
        let mut kept = Kept::default();
        while !is_end && !kept.is_whole() {
            let next = match left.next() {
                Some(page) => {
                    source.read_again(&page.form, &page.body, page.observed_at).map(|read| {
                        Some((page.observed_at, Page { cursor: Some(page.cursor), ..read }))
                    })
                }
                None => {
                    let page = next_page(source);
                    if let (Some(spool), Ok(Some(page))) = (&mut spool, &page) {
                        write_down(spool, page, at)?;
                    }
                    page.map(|page| page.map(|page| (at, page)))
                }
            };
            match next {
                Ok(Some((at, page))) => kept.take(&mut ingest, page, at).await?,
                Ok(None) => is_end = true,
                Err(failure) => {
                    pulled.failure = Some(failure);
                    is_end = true;
                }
            }
        }
        // What has no cursor yet can't be taken up later.
        if kept.pages == 0 || (pulled.failure.is_some() && kept.cursor.is_none()) {
            break;
        }
        pulled.reasons.extend(kept.refused.iter().take(5).map(|one| one.reason.clone()));
        pulled.refused += kept.refused.len();
        pulled.written.add(kept.finish(ingest, last.as_ref(), at).await?);
        last = lake.checkpoint(source.name()).await?;
        spool = spool.map(|spool| spool.committed(last.as_ref())).transpose()?;
    }
    if pulled.failure.is_none() && source.asks_upstream() {
        lake.saw(source.name(), at)?;
    }
    Ok(pulled)
}

fn write_down(spool: &mut Spool, page: &Page, at: DateTime<Utc>) -> Result<(), Failure> {
    if let (Some(raw), Some(cursor)) = (&page.raw, &page.cursor) {
        spool.keep(&SpooledPage {
            form: raw.form.clone(),
            body: raw.body.clone(),
            cursor: cursor.clone(),
            observed_at: at,
        })?;
    }
    Ok(())
}

/// Sources wait for threads, disks or servers, which must not hold up the runtime.
fn next_page(source: &mut (impl Source + Send)) -> Result<Option<Page>, SourceError> {
    tokio::task::block_in_place(|| source.next_page())
}

/// Pages of one ingest.
#[derive(Default)]
struct Kept {
    pages: usize,
    bytes: usize,
    cursor: Option<String>,
    refused: Vec<RejectedRecord>,
    raw: Vec<RawPage>,
}

impl Kept {
    /// True where it is time to commit: a cursor that comes without records ends a read.
    fn is_whole(&self) -> bool {
        self.cursor.is_some() && (self.raw.is_empty() || self.bytes >= PORTION_BYTES)
    }

    async fn take(
        &mut self,
        ingest: &mut Ingest<'_>,
        page: Page,
        at: DateTime<Utc>,
    ) -> Result<(), Failure> {
        self.pages += 1;
        for write in page.writes {
            keep(ingest, write, at).await?;
        }
        let run_id = ingest.run_id();
        for Refused { table, reason, record } in page.refused {
            self.refused.push(RejectedRecord {
                run_id: run_id.clone(),
                ordinal: self.refused.len() as i64 + 1,
                table_name: table,
                reason,
                record,
            });
        }
        if let Some(raw) = page.raw {
            self.bytes += raw.body.len();
            self.raw.push(RawPage {
                source: ingest.source().to_owned(),
                run_id,
                ordinal: self.raw.len() as i64 + 1,
                form: raw.form,
                observed_at: at,
                body: raw.body,
            });
        }
        self.cursor = page.cursor.or(self.cursor.take());
        Ok(())
    }

    async fn finish(
        self,
        mut ingest: Ingest<'_>,
        last: Option<&Checkpoint>,
        at: DateTime<Utc>,
    ) -> Result<Written, Failure> {
        let fail = |error| Failure::failed("failed to keep what a source gave", error);
        if !self.refused.is_empty() {
            ingest.upsert("rejected_records", batch(&self.refused).map_err(fail)?)?;
        }
        ingest.keep_raw(batch(&self.raw).map_err(fail)?)?;
        let version = env!("CARGO_PKG_VERSION");
        Ok(ingest.finish(last, self.cursor, at, self.refused.len(), version).await?)
    }
}

/// Adds what a page gives to an ingest.
///
/// # Errors
/// Where the lake can't be written.
async fn keep(ingest: &mut Ingest<'_>, write: Write, at: DateTime<Utc>) -> Result<(), Failure> {
    match write {
        Write::Append(table, rows) => ingest.append(table, rows).await?,
        Write::Upsert(table, rows) => ingest.upsert(table, rows)?,
        Write::Insert(table, rows) => ingest.insert(table, rows)?,
        Write::Complete { table, rows, source, part } => {
            let part = match part {
                milepost_sources::TablePart::Is(column, value) => TablePart::Is(column, value),
                milepost_sources::TablePart::Begins(column, value) => {
                    TablePart::Begins(column, value)
                }
            };
            let whole = Whole { source: source.to_owned(), part, at };
            ingest.complete(table, rows, whole)?;
        }
    }
    Ok(())
}

/// Brings the derived tables up to the facts, unless they are.
///
/// # Errors
/// Where facts can't be read or the tables can't be written.
async fn refresh(globals: &Globals, lake: &Lake) -> Result<(), Failure> {
    let definition_id = globals.definition.id();
    let stored = lake.stored_derived()?;
    if stored.is_some_and(|from| from.answers(&definition_id, globals.as_of)) {
        return Ok(());
    }
    let facts = facts_session(lake.facts(&definition_id, globals.as_of))
        .map_err(|error| Failure::failed("failed to open the lake", error))?;
    let derived = derive(&facts, &globals.definition, globals.as_of).await?;
    let from = DerivedFrom {
        definition_id,
        holds_from: derived.holds_from,
        holds_until: derived.holds_until,
        derivation: 0,
    };
    lake.write_derived(derived.tables, from).await?;
    Ok(())
}

/// What an ingest did, in one sentence.
pub(crate) fn sentence(source: &str, written: &Written) -> String {
    if written.rows() == 0 {
        return format!("{source}: nothing new");
    }
    let count = |rows: &usize| milepost_report::units::count(*rows as i64);
    let added = written.added.iter().map(|(table, rows)| format!("{} {table}", count(rows)));
    let changed =
        written.changed.iter().map(|(table, rows)| format!("{} {table} changed", count(rows)));
    format!("{source}: {}", added.chain(changed).collect::<Vec<_>>().join(", "))
}
