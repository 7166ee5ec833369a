//! The one loop that every source is pulled with.

use chrono::{DateTime, Utc};
use milepost_analytics::{derive, facts_session};
use milepost_lake::{Checkpoint, DerivedFrom, Ingest, Lake, Whole, Written};
use milepost_sources::{Source, SourceError, Write};

use crate::exit::Failure;
use crate::globals::Globals;

/// Reads a source to its end and keeps what it gives. Nothing is kept of a read that fails.
///
/// # Errors
/// Where the source can't be read or the lake can't be written.
pub(crate) async fn pull(
    lake: &Lake,
    source: &mut (impl Source + Send),
    last: Option<&Checkpoint>,
    at: DateTime<Utc>,
) -> Result<Written, Failure> {
    let mut ingest = lake.begin(source.name(), last).await?;
    let mut cursor = None;
    while let Some(page) = next_page(source)? {
        for write in page.writes {
            keep(&mut ingest, write, at).await?;
        }
        cursor = page.cursor.or(cursor);
    }
    Ok(ingest.finish(last, cursor, at, 0, env!("CARGO_PKG_VERSION")).await?)
}

/// Sources wait for threads or disks, which must not hold up the runtime.
fn next_page(
    source: &mut (impl Source + Send),
) -> Result<Option<milepost_sources::Page>, SourceError> {
    tokio::task::block_in_place(|| source.next_page())
}

async fn keep(ingest: &mut Ingest<'_>, write: Write, at: DateTime<Utc>) -> Result<(), Failure> {
    match write {
        Write::Append(table, rows) => ingest.append(table, rows).await?,
        Write::Upsert(table, rows) => ingest.upsert(table, rows)?,
        Write::Insert(table, rows) => ingest.insert(table, rows)?,
        Write::Complete { table, rows, source, part } => {
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
pub(crate) async fn refresh(globals: &Globals, lake: &Lake) -> Result<(), Failure> {
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
