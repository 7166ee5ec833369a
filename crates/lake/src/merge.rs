//! Which row wins, and what a table looks like afterwards. No I/O. In catalogue tables each field
//! has a winner of its own ([`fields`]).

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, TimestampMicrosecondArray, UInt32Array, UInt64Array,
};
use arrow::compute::{concat_batches, interleave, take, take_record_batch};
use arrow::datatypes::{Field, TimestampMicrosecondType};
use arrow::row::{OwnedRow, RowConverter, Rows, SortField};
use chrono::{DateTime, Utc};
use milepost_events::Table;

use crate::LakeError;
use crate::delta::conform;
use crate::fields;

/// Rows of one table to be written, each key once.
pub(crate) struct Merge {
    table: &'static Table,
    incoming: RecordBatch,
    /// Position of a key in `incoming`.
    positions: HashMap<OwnedRow, usize>,
    keys: RowConverter,
    matched: Vec<bool>,
    whole: Option<Whole>,
    keeps_known: bool,
}

/// The rows to be written are all that the source has for a repository: rows that it gave
/// before and does not give now were deleted upstream.
#[derive(Debug, Clone)]
pub struct Whole {
    /// Source whose rows they are.
    pub source: String,
    /// Which part of the table is meant.
    pub part: TablePart,
    /// As-of instant at which they were found missing; UTC.
    pub at: DateTime<Utc>,
}

/// A part of a table, told by a column.
#[derive(Debug, Clone)]
pub enum TablePart {
    /// Rows that have this value there.
    Is(&'static str, String),
    /// Rows whose value there begins like this.
    Begins(&'static str, String),
}

/// Prepares a write of `batches`, which may lack columns that are not keys: those keep their
/// value where the key is known and are NULL where it is new. Of two rows with the same key the
/// one that [wins](Ranks::wins) stays.
///
/// # Errors
/// Where the batches differ in their columns: a fault of the program.
pub(crate) fn merge(table: &'static Table, batches: &[RecordBatch]) -> Result<Merge, LakeError> {
    let keys = converter(table.key.iter().filter_map(|key| table.column(key)))?;
    let Some(first) = batches.first() else {
        return Ok(Merge {
            table,
            incoming: RecordBatch::new_empty(table.schema.clone()),
            positions: HashMap::new(),
            keys,
            matched: Vec::new(),
            whole: None,
            keeps_known: false,
        });
    };
    let all = concat_batches(&first.schema(), batches)?;
    let all = in_table_types(table, &all)?;
    let key_rows = keys.convert_columns(&key_columns(table, &all))?;
    let ranks = ranks(&all)?;
    let mut winners: HashMap<OwnedRow, usize> = HashMap::with_capacity(all.num_rows());
    for row in 0..all.num_rows() {
        winners
            .entry(key_rows.row(row).owned())
            .and_modify(|winner| {
                if ranks.wins(row, *winner) {
                    *winner = row;
                }
            })
            .or_insert(row);
    }
    let mut kept: Vec<(OwnedRow, usize)> = winners.into_iter().collect();
    kept.sort();
    let indices = UInt64Array::from_iter_values(kept.iter().map(|(_, row)| *row as u64));
    let incoming = take_record_batch(&all, &indices)?;
    let matched = vec![false; kept.len()];
    let positions = kept.into_iter().enumerate().map(|(at, (key, _))| (key, at)).collect();
    Ok(Merge { table, incoming, positions, keys, matched, whole: None, keeps_known: false })
}

impl Merge {
    /// Says that the rows are all there are.
    #[must_use]
    pub(crate) fn with_whole(mut self, whole: Option<Whole>) -> Merge {
        self.whole = whole;
        self
    }

    /// Says that rows whose key is known stay as they are, but for deleted ones.
    #[must_use]
    pub(crate) fn keeping_known(mut self, keeps_known: bool) -> Merge {
        self.keeps_known = keeps_known;
        self
    }

    /// True where there is nothing to write and nothing to mark as deleted.
    pub(crate) fn is_idle(&self) -> bool {
        self.is_empty() && self.whole.is_none()
    }

    /// Rows to be written, each key once.
    pub(crate) fn len(&self) -> usize {
        self.incoming.num_rows()
    }

    /// True with nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True where one of these keys is to be written. Remembers which ones were met.
    ///
    /// # Errors
    /// Where `keys` lacks a key column: a fault of the program.
    pub(crate) fn meets(&mut self, keys: &RecordBatch) -> Result<bool, LakeError> {
        let rows = self.keys.convert_columns(&key_columns(self.table, keys))?;
        let mut any = self.whole.is_some();
        for row in rows.iter() {
            if let Some(&at) = self.positions.get(&row.owned()) {
                self.matched[at] = true;
                any = true;
            }
        }
        Ok(any)
    }

    /// The rows `existing` as they should be now, and how many of them changed.
    ///
    /// # Errors
    /// Where the columns can't be compared: a fault of the program.
    pub(crate) fn update(&self, existing: &RecordBatch) -> Result<(RecordBatch, usize), LakeError> {
        let key_rows = self.keys.convert_columns(&key_columns(self.table, existing))?;
        let partners: Vec<Option<usize>> =
            key_rows.iter().map(|row| self.positions.get(&row.owned()).copied()).collect();
        if self.table.is_catalogue {
            let incoming = fields::Incoming {
                table: self.table,
                rows: &self.incoming,
                partners: &partners,
                whole: self.whole.as_ref(),
                keeps_known: self.keeps_known,
            };
            return incoming.update(existing);
        }
        let proposed = self.proposed(existing, &partners)?;
        let both = concat_batches(&existing.schema(), [existing, &proposed])?;
        let ranks = ranks(&both)?;
        let content = content(self.table, &both, &["observed_at"])?;
        let deleted = existing.column_by_name("deleted_at");
        let rows = existing.num_rows();
        let mut changed = 0;
        let choice: Vec<(usize, usize)> = partners
            .iter()
            .enumerate()
            .map(|(row, partner)| {
                let differs = content.row(row) != content.row(rows + row);
                let stays = self.keeps_known && deleted.is_none_or(|deleted| deleted.is_null(row));
                if partner.is_some() && differs && !stays && ranks.replaces(rows + row, row) {
                    changed += 1;
                    (1, row)
                } else {
                    (0, row)
                }
            })
            .collect();
        let columns = existing
            .columns()
            .iter()
            .zip(proposed.columns())
            .map(|(old, new)| interleave(&[old.as_ref(), new.as_ref()], &choice))
            .collect::<Result<Vec<_>, _>>()?;
        let rows = RecordBatch::try_new(existing.schema(), columns)?;
        match &self.whole {
            Some(whole) => {
                let (rows, gone) = without_gone(rows, &partners, whole)?;
                Ok((rows, changed + gone))
            }
            None => Ok((rows, changed)),
        }
    }

    /// The rows whose key no call of [`meets`](Self::meets) found, in the order of their keys.
    ///
    /// # Errors
    /// Where a key column is missing: a fault of the program.
    pub(crate) fn inserted(&self) -> Result<RecordBatch, LakeError> {
        let new = (0..self.len()).filter(|at| !self.matched[*at]).map(|at| at as u64);
        let rows = take_record_batch(&self.incoming, &UInt64Array::from_iter_values(new))?;
        match self.table.is_catalogue {
            true => fields::first_seen(self.table, &rows),
            false => conform(&rows, &self.table.schema),
        }
    }

    /// For every existing row what it would become: its partner's values where the partner has
    /// the column, its own elsewhere.
    fn proposed(
        &self,
        existing: &RecordBatch,
        partners: &[Option<usize>],
    ) -> Result<RecordBatch, LakeError> {
        let choice: Vec<(usize, usize)> = partners
            .iter()
            .enumerate()
            .map(|(row, partner)| partner.map_or((0, row), |at| (1, at)))
            .collect();
        let columns = existing
            .schema()
            .fields()
            .iter()
            .zip(existing.columns())
            .map(|(field, old)| match self.incoming.column_by_name(field.name()) {
                Some(new) => interleave(&[old.as_ref(), new.as_ref()], &choice),
                None => Ok(old.clone()),
            })
            .collect::<Result<Vec<ArrayRef>, _>>()?;
        Ok(RecordBatch::try_new(existing.schema(), columns)?)
    }
}

/// Marks the rows without a partner that the source gave for the repository, and counts them.
fn without_gone(
    rows: RecordBatch,
    partners: &[Option<usize>],
    whole: &Whole,
) -> Result<(RecordBatch, usize), LakeError> {
    let are = |name: &str, is_so: &dyn Fn(&str) -> bool| -> Vec<bool> {
        let column = rows.column_by_name(name).and_then(|column| column.as_string_opt::<i32>());
        (0..rows.num_rows())
            .map(|row| {
                column.is_some_and(|column| column.is_valid(row) && is_so(column.value(row)))
            })
            .collect()
    };
    let source = are("source", &|value| value == whole.source);
    let part = match &whole.part {
        TablePart::Is(column, expected) => are(column, &|value| value == expected),
        TablePart::Begins(column, beginning) => are(column, &|value| value.starts_with(beginning)),
    };
    let Some(at) = rows.schema().index_of("deleted_at").ok() else {
        return Ok((rows, 0));
    };
    let deleted = rows.column(at).as_primitive::<TimestampMicrosecondType>();
    let mut gone = 0;
    let marked: TimestampMicrosecondArray = (0..rows.num_rows())
        .map(|row| {
            if deleted.is_valid(row) {
                return Some(deleted.value(row));
            }
            let is_gone = partners[row].is_none() && source[row] && part[row];
            gone += usize::from(is_gone);
            is_gone.then(|| whole.at.timestamp_micros())
        })
        .collect();
    let mut columns = rows.columns().to_vec();
    columns[at] = Arc::new(marked.with_timezone("UTC"));
    Ok((RecordBatch::try_new(rows.schema(), columns)?, gone))
}

/// What decides between two rows of one key: recorded beats inferred, then the later
/// observation. Within one write the greater bytes decide after that, so that the order of
/// arrival does not matter; between two writes of one as-of the later one knows better.
struct Ranks {
    recorded: Vec<bool>,
    observed: Vec<i64>,
    bytes: Rows,
}

impl Ranks {
    fn rank(&self, row: usize) -> (bool, i64) {
        (self.recorded[row], self.observed[row])
    }

    /// Between two rows of one write.
    fn wins(&self, challenger: usize, holder: usize) -> bool {
        let whole = |row: usize| (self.rank(row), self.bytes.row(row));
        whole(challenger) > whole(holder)
    }

    /// Between a row being written and the one that is there.
    fn replaces(&self, written: usize, existing: usize) -> bool {
        self.rank(written) >= self.rank(existing)
    }
}

fn ranks(rows: &RecordBatch) -> Result<Ranks, LakeError> {
    let count = rows.num_rows();
    let recorded = match rows.column_by_name("basis") {
        Some(column) => {
            let basis = arrow::compute::cast(column, &arrow::datatypes::DataType::Utf8)?;
            let basis = basis.as_string::<i32>();
            (0..count).map(|row| basis.is_valid(row) && basis.value(row) == "recorded").collect()
        }
        None => vec![false; count],
    };
    let observed = match rows.column_by_name("observed_at") {
        Some(column) => {
            let instants = column.as_primitive::<TimestampMicrosecondType>();
            (0..count)
                .map(|row| if instants.is_valid(row) { instants.value(row) } else { i64::MIN })
                .collect()
        }
        None => vec![0; count],
    };
    let schema = rows.schema();
    let bytes =
        converter(schema.fields().iter().map(Arc::as_ref))?.convert_columns(rows.columns())?;
    Ok(Ranks { recorded, observed, bytes })
}

/// Everything a row says but when it was observed, and other columns that are no change: seeing
/// the same again is none.
pub(crate) fn content(
    table: &Table,
    rows: &RecordBatch,
    without: &[&str],
) -> Result<Rows, LakeError> {
    let names: Vec<&Field> = table
        .schema
        .fields()
        .iter()
        .map(Arc::as_ref)
        .filter(|field| !without.contains(&field.name().as_str()))
        .collect();
    let columns: Vec<ArrayRef> =
        names.iter().filter_map(|field| rows.column_by_name(field.name()).cloned()).collect();
    Ok(converter(names.into_iter())?.convert_columns(&columns)?)
}

fn converter<'a>(fields: impl Iterator<Item = &'a Field>) -> Result<RowConverter, LakeError> {
    let fields = fields.map(|field| SortField::new(field.data_type().clone())).collect();
    Ok(RowConverter::new(fields)?)
}

fn key_columns(table: &Table, rows: &RecordBatch) -> Vec<ArrayRef> {
    table.key.iter().filter_map(|key| rows.column_by_name(key).cloned()).collect()
}

/// The batch's own columns in the table's types, key columns first checked to be there.
fn in_table_types(table: &'static Table, batch: &RecordBatch) -> Result<RecordBatch, LakeError> {
    let fields: Vec<_> = table
        .schema
        .fields()
        .iter()
        .filter(|field| batch.column_by_name(field.name()).is_some())
        .cloned()
        .collect();
    conform(batch, &Arc::new(arrow::datatypes::Schema::new(fields)))
}

/// The rows in the order of the table's key.
pub(crate) fn sorted(table: &Table, rows: &RecordBatch) -> Result<RecordBatch, LakeError> {
    let keys = converter(table.key.iter().filter_map(|key| table.column(key)))?
        .convert_columns(&key_columns(table, rows))?;
    let mut order: Vec<u32> = (0..rows.num_rows() as u32).collect();
    order.sort_by(|a, b| keys.row(*a as usize).cmp(&keys.row(*b as usize)));
    let order = UInt32Array::from(order);
    let columns =
        rows.columns().iter().map(|column| take(column, &order, None)).collect::<Result<_, _>>()?;
    Ok(RecordBatch::try_new(rows.schema(), columns)?)
}

#[cfg(test)]
mod tests {
    use milepost_events::tables::Artifact;
    use milepost_events::{Basis, Provenance, batch, table};

    use super::*;

    fn artifact(digest: &str, reference: Option<&str>, basis: Basis, day: u32) -> RecordBatch {
        let row = Artifact {
            artifact_digest: digest.to_owned(),
            reference: reference.map(str::to_owned),
            repository_id: Some("r".to_owned()),
            sha: None,
            built_at: None,
            provenance: Provenance {
                source: "git".to_owned(),
                source_id: None,
                source_url: None,
                observed_at: format!("2026-01-{day:02}T00:00:00Z").parse().expect("an instant"),
                deleted_at: None,
                basis,
            },
        };
        batch(&[row]).expect("a row")
    }

    fn references(rows: &RecordBatch) -> Vec<Option<String>> {
        let column = rows.column_by_name("reference").expect("a column").as_string::<i32>();
        column.iter().map(|text| text.map(str::to_owned)).collect()
    }

    fn artifacts() -> &'static Table {
        table("artifacts").expect("a table")
    }

    /// The rows of `existing` after writing `incoming`, how many changed, and the new rows.
    fn write(
        existing: &RecordBatch,
        incoming: &[RecordBatch],
    ) -> (RecordBatch, usize, RecordBatch) {
        let mut merge = merge(artifacts(), incoming).expect("a merge");
        merge.meets(existing).expect("keys");
        let (rows, changed) = merge.update(existing).expect("rows");
        (rows, changed, merge.inserted().expect("rows"))
    }

    #[test]
    fn seeing_the_same_again_changes_nothing() {
        let known = artifact("a", Some("x:1"), Basis::Recorded, 1);
        let again = artifact("a", Some("x:1"), Basis::Recorded, 9);
        let (rows, changed, inserted) = write(&known, &[again]);
        assert_eq!((changed, inserted.num_rows()), (0, 0));
        assert_eq!(rows, known);
    }

    #[test]
    fn a_later_observation_wins_whatever_comes_first() {
        let (old, new) = (
            artifact("a", Some("x:1"), Basis::Recorded, 1),
            artifact("a", Some("x:2"), Basis::Recorded, 2),
        );
        assert_eq!(
            references(&write(&old, std::slice::from_ref(&new)).0),
            [Some("x:2".to_owned())]
        );
        assert_eq!(
            references(&write(&new, std::slice::from_ref(&old)).0),
            [Some("x:2".to_owned())]
        );
        let nothing = RecordBatch::new_empty(artifacts().schema.clone());
        for both in [[old.clone(), new.clone()], [new, old]] {
            assert_eq!(references(&write(&nothing, &both).2), [Some("x:2".to_owned())]);
        }
    }

    #[test]
    fn a_recorded_row_beats_an_inferred_one_seen_later() {
        let recorded = artifact("a", Some("recorded"), Basis::Recorded, 1);
        let inferred = artifact("a", Some("inferred"), Basis::Inferred, 2);
        let known = Some("recorded".to_owned());
        assert_eq!(
            references(&write(&recorded, std::slice::from_ref(&inferred)).0),
            std::slice::from_ref(&known)
        );
        assert_eq!(references(&write(&inferred, &[recorded]).0), [known]);
    }

    #[test]
    fn a_column_that_is_not_given_keeps_its_value_and_an_empty_one_becomes_null() {
        let known = artifact("a", Some("x:1"), Basis::Recorded, 1);
        let without = |name: &str, rows: &RecordBatch| -> RecordBatch {
            let schema = rows.schema();
            let kept: Vec<usize> =
                (0..schema.fields().len()).filter(|at| schema.field(*at).name() != name).collect();
            rows.project(&kept).expect("columns")
        };
        let emptied = artifact("a", None, Basis::Recorded, 2);
        let (rows, changed, _) = write(&known, &[without("reference", &emptied)]);
        assert_eq!((references(&rows), changed), (vec![Some("x:1".to_owned())], 0));
        let (rows, changed, _) = write(&known, &[emptied]);
        assert_eq!((references(&rows), changed), (vec![None], 1));
    }

    #[test]
    fn new_keys_are_added_in_the_order_of_their_keys() {
        let known = artifact("b", Some("b"), Basis::Recorded, 1);
        let new = ["c", "a"].map(|digest| artifact(digest, Some(digest), Basis::Recorded, 1));
        let (_, changed, inserted) = write(&known, &new);
        assert_eq!(changed, 0);
        assert_eq!(references(&inserted), [Some("a".to_owned()), Some("c".to_owned())]);
    }

    #[test]
    fn what_a_whole_no_longer_holds_is_marked_deleted_once() {
        let known = artifact("gone", Some("x"), Basis::Inferred, 1);
        let whole = Whole {
            source: "git".to_owned(),
            part: TablePart::Is("repository_id", "r".to_owned()),
            at: "2026-02-01T00:00:00Z".parse().expect("an instant"),
        };
        let deleted =
            |rows: &RecordBatch| !rows.column_by_name("deleted_at").expect("a column").is_null(0);
        let nothing = RecordBatch::new_empty(artifacts().schema.clone());
        let mut first =
            merge(artifacts(), &[nothing]).expect("a merge").with_whole(Some(whole.clone()));
        assert!(first.meets(&known).expect("keys"));
        let (rows, changed) = first.update(&known).expect("rows");
        assert!(deleted(&rows) && changed == 1);
        assert_eq!(first.update(&rows).expect("rows").1, 0, "it stays as it was marked");
        let other = Whole { part: TablePart::Is("repository_id", "another".to_owned()), ..whole };
        let others = merge(artifacts(), &[]).expect("a merge").with_whole(Some(other));
        assert_eq!(others.update(&known).expect("rows").1, 0, "other repositories stay");
    }
}
