//! Rows of catalogue tables, which several sources describe: whose value each field takes. No I/O.
//!
//! A row remembers who gives it and whose each value is ([`claims`]), and a field takes the value of
//! the source that counts most of those that give one ([`precedence`]), whatever came first. A
//! source that has no value takes back its own and no other's; an empty one in a file is a value.
//! A row is gone where nobody gives it any more.

mod claims;
mod precedence;

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, ListBuilder, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondArray, new_null_array,
};
use arrow::compute::interleave;
use arrow::datatypes::{DataType, Field, TimestampMicrosecondType};
use chrono::{DateTime, Utc};
use milepost_events::Table;

use crate::LakeError;
use crate::delta::conform;
use crate::merge::{TablePart, Whole, content};
use claims::{Claims, Seen};
use precedence::is_given_by_hand;

const FIELD_SOURCES: &str = "field_sources";
const DELETED_AT: &str = "deleted_at";
/// Columns that follow from who gives the row.
const OF_THE_ROW: [&str; 5] = ["source", "observed_at", DELETED_AT, "basis", FIELD_SOURCES];

/// What is written to rows that are there.
pub(crate) struct Incoming<'a> {
    pub(crate) table: &'static Table,
    pub(crate) rows: &'a RecordBatch,
    /// Row of `rows` for each row that is there.
    pub(crate) partners: &'a [Option<usize>],
    pub(crate) whole: Option<&'a Whole>,
    /// True where rows that the source gave before stay as they are.
    pub(crate) keeps_known: bool,
}

impl Incoming<'_> {
    /// The rows `existing` as they should be now, and how many of them changed.
    ///
    /// # Errors
    /// Where the columns can't be put together: a fault of the program.
    pub(crate) fn update(&self, existing: &RecordBatch) -> Result<(RecordBatch, usize), LakeError> {
        let (known, given) = (Rows::of(self.table, existing), Rows::of(self.table, self.rows));
        let columns = valued(self.table);
        let revised: Vec<Option<Revised>> = (0..existing.num_rows())
            .map(|row| self.revised(&known, row, &given, &columns))
            .collect();
        let proposed = self.proposed(existing, &revised)?;
        let told = |rows: &RecordBatch| content(self.table, rows, &["observed_at", FIELD_SOURCES]);
        let (before, after) = (told(existing)?, told(&proposed)?);
        let is_changed = |row: usize| {
            revised[row].as_ref().is_some_and(|revised| {
                !revised.claims.agree(&known.claims(row)) || before.row(row) != after.row(row)
            })
        };
        let choice: Vec<(usize, usize)> =
            (0..existing.num_rows()).map(|row| (usize::from(is_changed(row)), row)).collect();
        let columns = existing
            .columns()
            .iter()
            .zip(proposed.columns())
            .map(|(old, new)| interleave(&[old.as_ref(), new.as_ref()], &choice))
            .collect::<Result<Vec<_>, _>>()?;
        let changed = choice.iter().filter(|(side, _)| *side == 1).count();
        Ok((RecordBatch::try_new(existing.schema(), columns)?, changed))
    }

    /// What becomes of a row; `None` where nothing is said of it.
    fn revised(
        &self,
        known: &Rows<'_>,
        row: usize,
        given: &Rows<'_>,
        columns: &[&str],
    ) -> Option<Revised> {
        let mut revised = Revised {
            claims: known.claims(row),
            deleted_at: known.instant(DELETED_AT, row),
            given: BTreeSet::new(),
            emptied: BTreeSet::new(),
            partner: self.partners[row],
        };
        match (self.partners[row], self.whole) {
            (Some(at), _) => {
                let is_there = revised.claims.sources.contains_key(given.source(at));
                let stays = self.keeps_known && is_there && revised.deleted_at.is_none();
                if !stays {
                    revised.take(given, at, columns);
                }
            }
            (None, Some(whole)) if known.is_in(&whole.part, row) => {
                revised.lose(&whole.source, whole.at);
            }
            (None, _) => return None,
        }
        Some(revised)
    }

    fn proposed(
        &self,
        existing: &RecordBatch,
        revised: &[Option<Revised>],
    ) -> Result<RecordBatch, LakeError> {
        let schema = existing.schema();
        let columns = schema.fields().iter().zip(existing.columns()).map(|(field, old)| {
            if let Some(column) = column_of_the_row(field, revised) {
                return Ok(column);
            }
            let nothing = new_null_array(field.data_type(), 1);
            let new = self.rows.column_by_name(field.name()).unwrap_or(&nothing);
            let choice: Vec<(usize, usize)> = revised
                .iter()
                .enumerate()
                .map(|(row, revised)| {
                    revised.as_ref().map_or((0, row), |one| one.choice(field.name(), row))
                })
                .collect();
            interleave(&[old.as_ref(), new.as_ref(), nothing.as_ref()], &choice)
        });
        let columns = columns.collect::<Result<Vec<ArrayRef>, _>>()?;
        Ok(RecordBatch::try_new(schema.clone(), columns)?)
    }
}

/// New rows with all of the table's columns, each with whose its values are.
///
/// # Errors
/// Where the columns can't be put together: a fault of the program.
pub(crate) fn first_seen(
    table: &'static Table,
    incoming: &RecordBatch,
) -> Result<RecordBatch, LakeError> {
    let given = Rows::of(table, incoming);
    let claims: Vec<Vec<String>> =
        (0..incoming.num_rows()).map(|row| given.first_claims(row).entries()).collect();
    let rows = conform(incoming, &table.schema)?;
    let mut columns = rows.columns().to_vec();
    if let Ok(at) = table.schema.index_of(FIELD_SOURCES) {
        columns[at] = lists(table.schema.field(at), claims.into_iter().map(Some));
    }
    Ok(RecordBatch::try_new(rows.schema(), columns)?)
}

/// What becomes of one row.
struct Revised {
    claims: Claims,
    deleted_at: Option<DateTime<Utc>>,
    /// Columns that take the value which is written.
    given: BTreeSet<String>,
    /// Columns that have no value any more.
    emptied: BTreeSet<String>,
    partner: Option<usize>,
}

impl Revised {
    /// Takes over what a source says of the row now.
    fn take(&mut self, rows: &Rows<'_>, at: usize, columns: &[&str]) {
        let (source, seen) = (rows.source(at), rows.seen(at));
        if self.claims.sources.get(source).is_some_and(|known| *known > seen) {
            return;
        }
        let by_hand = is_given_by_hand(source, seen.is_recorded);
        let deleted_at = rows.instant(DELETED_AT, at);
        if let Some(deleted_at) = deleted_at.filter(|_| !by_hand) {
            return self.lose(source, deleted_at);
        }
        if !self.revive(source, seen) {
            return;
        }
        for column in columns.iter().filter(|column| rows.has(column)) {
            self.take_column(column, rows.is_null(column, at), by_hand, (source, seen));
        }
        if by_hand && rows.has(DELETED_AT) {
            self.deleted_at = deleted_at;
            match deleted_at {
                Some(_) => self.claims.columns.insert(DELETED_AT.to_owned(), source.to_owned()),
                None => self.claims.columns.remove(DELETED_AT),
            };
        }
        self.claims.sources.insert(source.to_owned(), seen);
    }

    fn take_column(
        &mut self,
        column: &str,
        is_null: bool,
        by_hand: bool,
        (source, seen): (&str, Seen),
    ) {
        if self.claims.outrank(column, source, seen) {
            return;
        }
        if !is_null || by_hand {
            self.claims.columns.insert(column.to_owned(), source.to_owned());
            self.emptied.remove(column);
            self.given.insert(column.to_owned());
        } else if self.claims.columns.get(column).is_some_and(|owner| owner == source) {
            self.claims.columns.remove(column);
            self.emptied.insert(column.to_owned());
        }
    }

    /// Brings back a row that was gone, with nothing but what the source says; false where it
    /// said so before the row went. One that somebody gave as deleted stays so.
    fn revive(&mut self, source: &str, seen: Seen) -> bool {
        let Some(deleted_at) = self.deleted_at else {
            return true;
        };
        if self.claims.columns.contains_key(DELETED_AT) {
            return true;
        }
        if seen.at.is_some_and(|at| at < deleted_at) {
            return false;
        }
        self.deleted_at = None;
        let others: Vec<String> =
            self.claims.sources.keys().filter(|other| *other != source).cloned().collect();
        for other in others {
            self.emptied.extend(self.claims.withdraw(&other));
        }
        true
    }

    /// The source does not give the row any more. The last one leaves it as it was, but deleted.
    fn lose(&mut self, source: &str, at: DateTime<Utc>) {
        let is_earlier = |seen: &Seen| seen.at.is_none_or(|seen| seen <= at);
        if self.deleted_at.is_some() || !self.claims.sources.get(source).is_some_and(is_earlier) {
            return;
        }
        if self.claims.sources.len() == 1 {
            self.deleted_at = Some(at);
        } else {
            self.emptied.extend(self.claims.withdraw(source));
        }
    }

    /// Where a value comes from: 0 is the row as it was, 1 what is written, 2 nothing.
    fn choice(&self, column: &str, row: usize) -> (usize, usize) {
        match self.partner {
            Some(partner) if self.given.contains(column) => (1, partner),
            _ if self.emptied.contains(column) => (2, 0),
            _ => (0, row),
        }
    }
}

/// The values of a column that follows from who gives the rows, or `None` for other columns.
fn column_of_the_row(field: &Field, revised: &[Option<Revised>]) -> Option<ArrayRef> {
    let firsts = || {
        revised.iter().map(|revised| revised.as_ref().and_then(|revised| revised.claims.first()))
    };
    let instants = |at: &mut dyn Iterator<Item = Option<DateTime<Utc>>>| -> ArrayRef {
        let micros: TimestampMicrosecondArray =
            at.map(|at| at.map(|at| at.timestamp_micros())).collect();
        Arc::new(micros.with_timezone("UTC"))
    };
    match field.name().as_str() {
        "source" => Some(Arc::new(
            firsts().map(|first| first.map(|(source, _)| source)).collect::<StringArray>(),
        )),
        "observed_at" => Some(instants(&mut firsts().map(|first| first?.1.at))),
        "basis" => {
            let word = |seen: Seen| if seen.is_recorded { "recorded" } else { "inferred" };
            let words = firsts().map(|first| first.map(|(_, seen)| word(seen)));
            Some(Arc::new(words.collect::<StringArray>()))
        }
        DELETED_AT => Some(instants(
            &mut revised.iter().map(|revised| revised.as_ref().and_then(|one| one.deleted_at)),
        )),
        FIELD_SOURCES => {
            let entries = |revised: &Option<Revised>| Some(revised.as_ref()?.claims.entries());
            Some(lists(field, revised.iter().map(entries)))
        }
        _ => None,
    }
}

fn lists(field: &Field, values: impl Iterator<Item = Option<Vec<String>>>) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    if let DataType::List(element) = field.data_type() {
        lists = lists.with_field(element.clone());
    }
    for value in values {
        lists.append_option(value.map(|entries| entries.into_iter().map(Some)));
    }
    Arc::new(lists.finish())
}

/// Columns that have a source of their own.
fn valued(table: &'static Table) -> Vec<&'static str> {
    let columns = table.schema.fields().iter().map(|field| field.name().as_str());
    columns.filter(|name| !table.key.contains(name) && !OF_THE_ROW.contains(name)).collect()
}

/// Rows as their claims are read.
struct Rows<'a> {
    table: &'static Table,
    rows: &'a RecordBatch,
}

impl<'a> Rows<'a> {
    fn of(table: &'static Table, rows: &'a RecordBatch) -> Rows<'a> {
        Rows { table, rows }
    }

    fn has(&self, column: &str) -> bool {
        self.rows.column_by_name(column).is_some()
    }

    fn is_null(&self, column: &str, row: usize) -> bool {
        self.rows.column_by_name(column).is_none_or(|column| column.is_null(row))
    }

    fn text(&self, column: &str, row: usize) -> Option<&'a str> {
        let column = self.rows.column_by_name(column)?.as_string_opt::<i32>()?;
        column.is_valid(row).then(|| column.value(row))
    }

    fn is_in(&self, part: &TablePart, row: usize) -> bool {
        match part {
            TablePart::Is(column, value) => self.text(column, row) == Some(value),
            TablePart::Begins(column, beginning) => {
                self.text(column, row).is_some_and(|value| value.starts_with(beginning))
            }
        }
    }

    fn instant(&self, column: &str, row: usize) -> Option<DateTime<Utc>> {
        let column =
            self.rows.column_by_name(column)?.as_primitive_opt::<TimestampMicrosecondType>()?;
        let micros = column.is_valid(row).then(|| column.value(row))?;
        DateTime::from_timestamp_micros(micros)
    }

    /// The source that the row says it is of.
    fn source(&self, row: usize) -> &'a str {
        self.text("source", row).unwrap_or_default()
    }

    fn seen(&self, row: usize) -> Seen {
        let is_recorded = self.text("basis", row) == Some("recorded");
        Seen { is_recorded, at: self.instant("observed_at", row) }
    }

    /// Whose a row of the lake and its values are. In one that does not say so all values are its
    /// source's, and of an empty one nobody knows whether it was given.
    fn claims(&self, row: usize) -> Claims {
        self.stored_claims(row).unwrap_or_else(|| self.own(row, |_, is_null| !is_null))
    }

    /// The same of a row that is written first.
    fn first_claims(&self, row: usize) -> Claims {
        let seen = self.seen(row);
        let by_hand = is_given_by_hand(self.source(row), seen.is_recorded);
        let is_given = |column: &str, is_null: bool| !is_null || by_hand && self.has(column);
        self.stored_claims(row).unwrap_or_else(|| self.own(row, is_given))
    }

    fn stored_claims(&self, row: usize) -> Option<Claims> {
        let lists = self.rows.column_by_name(FIELD_SOURCES)?.as_list_opt::<i32>()?;
        let entries = lists.is_valid(row).then(|| lists.value(row))?;
        Claims::parse(entries.as_string_opt::<i32>()?.iter().flatten())
    }

    fn own(&self, row: usize, is_given: impl Fn(&str, bool) -> bool) -> Claims {
        let (source, seen) = (self.source(row), self.seen(row));
        let mut claims = Claims::default();
        claims.sources.insert(source.to_owned(), seen);
        let given = valued(self.table)
            .into_iter()
            .filter(|column| is_given(column, self.is_null(column, row)));
        claims.columns.extend(given.map(|column| (column.to_owned(), source.to_owned())));
        let by_hand = is_given_by_hand(source, seen.is_recorded);
        if by_hand && !self.is_null(DELETED_AT, row) {
            claims.columns.insert(DELETED_AT.to_owned(), source.to_owned());
        }
        claims
    }
}

#[cfg(test)]
mod tests;
