//! Comma-separated values with a header line.

use std::fs;
use std::path::Path;

use ::csv::{ByteRecord, Reader, ReaderBuilder};
use milepost_events::Table;

use super::cells::from_text;
use super::fill::Defaults;
use super::layout::layout;
use super::rows::{Row, Rows};
use super::{BYTE_ORDER_MARK, FilesError, TableFile, unreadable};

/// The file's rows and those refused.
///
/// # Errors
/// Where the file can't be opened, has no header line, or its header does not fit the table.
pub(super) fn read(
    path: &Path,
    table: &'static Table,
    defaults: &Defaults,
) -> Result<TableFile, FilesError> {
    let bytes = fs::read(path).map_err(|source| unreadable(path, source))?;
    let wrong = |reason: String| FilesError::Format { path: path.to_owned(), reason };
    let mut records = Records::new(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes));
    if records.advance().map_err(|error| wrong(error.to_string()))?.is_none() {
        return Err(wrong("it is empty; begin it with a line of column names".to_owned()));
    }
    let header = records.fields.clone();
    let names = header.iter().map(std::str::from_utf8).collect::<Result<Vec<_>, _>>();
    let names = names.map_err(|_| wrong("its header is not UTF-8; save it as that".to_owned()))?;
    if let [only] = names[..]
        && let Some(separator) = [";", "\t", "|"].iter().find(|other| only.contains(**other))
    {
        return Err(wrong(format!("its columns are set apart by {separator:?}; use commas")));
    }
    let positions = layout(path, table, &names)?;
    let mut rows = Rows::new(path, table, &positions, defaults)?;
    while let Some(place) = records.advance().map_err(|error| wrong(error.to_string()))? {
        let record = || String::from_utf8_lossy(place.raw).into_owned();
        match records.malformed(&place, names.len()) {
            Some(reason) => rows.reject(place.line, reason, record()),
            None => rows.push(place.line, records.row(table, &positions), record)?,
        }
    }
    rows.finish()
}

/// Where a record stands in its file.
struct Place<'a> {
    /// Line it begins on, from 1.
    line: u64,
    /// Its bytes without the line's end.
    raw: &'a [u8],
    is_last: bool,
}

/// The records of a file one after the other.
struct Records<'a> {
    body: &'a [u8],
    reader: Reader<&'a [u8]>,
    /// Fields of the current record.
    fields: ByteRecord,
    /// Lines up to this offset are counted.
    counted: usize,
    line: u64,
}

impl<'a> Records<'a> {
    fn new(body: &'a [u8]) -> Records<'a> {
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(body);
        Records { body, reader, fields: ByteRecord::new(), counted: 0, line: 1 }
    }

    /// Goes to the next record, or to the end.
    fn advance(&mut self) -> ::csv::Result<Option<Place<'a>>> {
        let begin = self.reader.position().byte() as usize;
        if !self.reader.read_byte_record(&mut self.fields)? {
            return Ok(None);
        }
        let end = (self.reader.position().byte() as usize).min(self.body.len());
        // The reader skips blank lines, and the second half of the line's end before, only as
        // it comes to the next record.
        let blank = self.body[begin..end].iter().take_while(|byte| is_line_end(**byte)).count();
        let begin = begin + blank;
        self.line += lines(&self.body[self.counted..begin]);
        self.counted = begin;
        let mut raw = &self.body[begin..end];
        while let [shorter @ .., last] = raw
            && is_line_end(*last)
        {
            raw = shorter;
        }
        Ok(Some(Place { line: self.line, raw, is_last: end == self.body.len() }))
    }

    /// Why the current record can't be a row of that many columns, if it can't.
    fn malformed(&self, place: &Place, columns: usize) -> Option<String> {
        if place.is_last && self.ends_in_a_quote(place) {
            return Some("a quote is opened and never closed; close it, or double it".to_owned());
        }
        let fields = self.fields.len();
        (fields != columns).then(|| {
            format!(
                "it has {fields} fields where the header has {columns}; quote a field that holds \
                 a comma"
            )
        })
    }

    /// True where the last record's last field is the whole rest of the file: the reader takes
    /// a quote that is never closed for one that ends there.
    fn ends_in_a_quote(&self, place: &Place) -> bool {
        let quotes = place.raw.iter().filter(|byte| **byte == b'"').count();
        let last = self.fields.len().checked_sub(1).and_then(|last| self.fields.get(last));
        quotes % 2 == 1 && last.is_some_and(|field| field.iter().any(|byte| is_line_end(*byte)))
    }

    fn row(&self, table: &'static Table, positions: &[usize]) -> Row {
        let mut row = Row::new(table);
        for (position, field) in positions.iter().zip(&self.fields) {
            let column = table.schema.field(*position);
            let cell = match std::str::from_utf8(field) {
                Ok(text) => from_text(column, text),
                Err(_) => Err(format!("`{}` is not UTF-8; save the file as that", column.name())),
            };
            row.read(*position, cell);
        }
        row
    }
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// Line ends in the text: `\n`, `\r\n`, or a `\r` alone.
fn lines(text: &[u8]) -> u64 {
    let returns = text.iter().filter(|byte| **byte == b'\r').count();
    let feeds = text.iter().filter(|byte| **byte == b'\n').count();
    let both = text.windows(2).filter(|pair| pair == b"\r\n").count();
    (returns + feeds - both) as u64
}
