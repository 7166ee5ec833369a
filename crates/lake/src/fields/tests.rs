//! What becomes of rows of catalogue tables, each case written as the sources write it.

use std::collections::BTreeMap;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::Schema;
use milepost_events::{Table, table};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use super::*;
use crate::merge::{TablePart, Whole, merge};

/// What a source says of the one service: columns with values, `None` for an empty one.
#[derive(Debug, Clone)]
struct Said {
    source: &'static str,
    day: u32,
    values: Vec<(&'static str, Option<String>)>,
}

fn services() -> &'static Table {
    table("services").expect("a table")
}

fn on(day: u32) -> String {
    format!("2026-01-{day:02}T00:00:00Z")
}

fn said(source: &'static str, day: u32, values: &[(&'static str, &str)]) -> Said {
    let value = |text: &&str| (!text.is_empty()).then(|| (*text).to_owned());
    let values = values.iter().map(|(column, text)| (*column, value(text))).collect();
    Said { source, day, values }
}

impl Said {
    fn batch(&self) -> RecordBatch {
        let basis = if self.source == "git" { "inferred" } else { "recorded" };
        let mut columns = vec![
            ("service_id", Some("shop".to_owned())),
            ("source", Some(self.source.to_owned())),
            ("observed_at", Some(on(self.day))),
            ("basis", Some(basis.to_owned())),
        ];
        columns.extend(self.values.iter().cloned());
        let fields: Vec<Field> = columns
            .iter()
            .map(|(name, _)| services().schema.field_with_name(name).expect("a column").clone())
            .collect();
        let arrays = columns.iter().zip(&fields).map(|((_, value), field)| {
            let text: ArrayRef = Arc::new(StringArray::from(vec![value.clone()]));
            arrow::compute::cast(&text, field.data_type()).expect("a value")
        });
        let arrays = arrays.collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("a row")
    }
}

/// The table after these were written one after the other, and how many of them changed it.
fn written(all: &[Said]) -> (RecordBatch, usize) {
    let mut rows = RecordBatch::new_empty(services().schema.clone());
    let mut count = 0;
    for said in all {
        let (after, changed) = write(&rows, said);
        rows = after;
        count += changed;
    }
    (rows, count)
}

fn write(rows: &RecordBatch, said: &Said) -> (RecordBatch, usize) {
    let mut merge = merge(services(), &[said.batch()]).expect("a merge");
    merge.meets(rows).expect("keys");
    let (updated, changed) = merge.update(rows).expect("rows");
    let new = merge.inserted().expect("rows");
    let both = arrow::compute::concat_batches(&rows.schema(), [&updated, &new]).expect("rows");
    (both, changed + new.num_rows())
}

fn value(rows: &RecordBatch, column: &str) -> String {
    use arrow::util::display::{ArrayFormatter, FormatOptions};
    let options = FormatOptions::default().with_null("-");
    let column = rows.column_by_name(column).expect("a column");
    ArrayFormatter::try_new(column.as_ref(), &options).expect("texts").value(0).to_string()
}

fn values(rows: &RecordBatch, columns: &str) -> String {
    let columns = columns.split(' ');
    columns.map(|column| value(rows, column)).collect::<Vec<_>>().join(" | ")
}

fn catalogue(day: u32, lifecycle: &str) -> Said {
    let values = [("name", "Shop"), ("tier", "2"), ("lifecycle", lifecycle), ("system", "")];
    said("backstage", day, &values)
}

#[test]
fn a_tier_from_a_file_survives_the_catalogue_and_all_else_follows_it() {
    let file = said("files", 2, &[("tier", "1")]);
    let seen = "name tier lifecycle system source observed_at basis";
    for all in [
        vec![file.clone(), catalogue(1, "production"), catalogue(3, "deprecated")],
        vec![catalogue(1, "production"), file.clone(), catalogue(3, "deprecated")],
        vec![catalogue(1, "production"), catalogue(3, "deprecated"), file],
    ] {
        let (rows, _) = written(&all);
        let expected = "Shop | 1 | deprecated | - | files | 2026-01-02T00:00:00Z | recorded";
        assert_eq!(values(&rows, seen), expected);
        let sources = "[*=files@2026-01-02T00:00:00Z, *=backstage@2026-01-03T00:00:00Z, \
                       lifecycle=backstage, name=backstage, tier=files]";
        assert_eq!(value(&rows, "field_sources"), sources);
    }
}

#[test]
fn an_empty_field_of_a_file_is_a_value_and_one_of_the_catalogue_takes_back_its_own() {
    let empty = said("files", 1, &[("tier", "")]);
    let (rows, _) = written(&[empty.clone(), catalogue(2, "production")]);
    assert_eq!(values(&rows, "tier lifecycle"), "- | production");
    let (rows, _) = written(&[catalogue(2, "production"), empty]);
    assert_eq!(values(&rows, "tier lifecycle"), "- | production");
    let (rows, _) = written(&[catalogue(2, "production"), catalogue(3, "")]);
    assert_eq!(values(&rows, "name lifecycle"), "Shop | -");
    let named = said("files", 1, &[("lifecycle", "experimental")]);
    let (rows, _) = written(&[catalogue(2, "production"), named, catalogue(3, "")]);
    assert_eq!(values(&rows, "name lifecycle"), "Shop | experimental");
}

#[test]
fn the_same_again_changes_nothing_and_what_was_seen_earlier_does_not_count() {
    let (rows, changed) = written(&[catalogue(1, "production"), catalogue(5, "production")]);
    assert_eq!((values(&rows, "observed_at"), changed), ("2026-01-01T00:00:00Z".to_owned(), 1));
    let late = [catalogue(1, "experimental"), catalogue(3, "production"), catalogue(2, "gone")];
    let (rows, changed) = written(&late);
    assert_eq!((values(&rows, "lifecycle"), changed), ("production".to_owned(), 2));
}

#[test]
fn rows_of_a_lake_without_the_column_are_their_sources() {
    let (mut rows, _) = written(&[said("files", 1, &[("tier", "1")])]);
    let at = rows.schema().index_of(FIELD_SOURCES).expect("a column");
    let mut columns = rows.columns().to_vec();
    columns[at] = new_null_array(rows.schema().field(at).data_type(), 1);
    rows = RecordBatch::try_new(rows.schema(), columns).expect("rows");
    let (same, changed) = write(&rows, &said("files", 2, &[("tier", "1")]));
    assert_eq!((changed, value(&same, FIELD_SOURCES)), (0, "-".to_owned()));
    let (rows, changed) = write(&rows, &catalogue(2, "production"));
    assert_eq!((values(&rows, "name tier source"), changed), ("Shop | 1 | files".to_owned(), 1));
}

fn gone(rows: &RecordBatch, source: &str, day: u32) -> (RecordBatch, usize) {
    let whole = Whole {
        source: source.to_owned(),
        part: TablePart::Is("service_id", "shop".to_owned()),
        at: on(day).parse().expect("an instant"),
    };
    let mut merge = merge(services(), &[]).expect("a merge").with_whole(Some(whole));
    merge.meets(rows).expect("keys");
    merge.update(rows).expect("rows")
}

#[test]
fn a_source_that_gives_the_row_no_more_takes_its_values_along_and_the_last_one_the_row() {
    let (rows, _) = written(&[said("files", 1, &[("tier", "1")]), catalogue(2, "production")]);
    let (rows, changed) = gone(&rows, "backstage", 3);
    assert_eq!((values(&rows, "name tier deleted_at"), changed), ("- | 1 | -".to_owned(), 1));
    let (rows, changed) = gone(&rows, "backstage", 4);
    assert_eq!(changed, 0);
    let (rows, _) = gone(&rows, "files", 5);
    assert_eq!(values(&rows, "tier deleted_at source"), "1 | 2026-01-05T00:00:00Z | files");
    assert_eq!(gone(&rows, "files", 6).1, 0);
    // What another one says of it brings it back, without what nobody says any more.
    let (early, changed) = write(&rows, &catalogue(4, "production"));
    assert_eq!((value(&early, "deleted_at"), changed), ("2026-01-05T00:00:00Z".to_owned(), 0));
    let (rows, _) = write(&rows, &said("backstage", 7, &[("name", "Shop")]));
    assert_eq!(values(&rows, "name tier deleted_at source"), "Shop | - | - | backstage");
}

#[test]
fn what_a_file_gives_as_deleted_stays_so_until_a_file_says_otherwise() {
    let ended = on(3);
    let file = said("files", 3, &[("deleted_at", &ended)]);
    for all in [[catalogue(2, "production"), file.clone()], [file, catalogue(4, "production")]] {
        let (rows, _) = written(&all);
        assert_eq!(values(&rows, "name deleted_at"), "Shop | 2026-01-03T00:00:00Z");
        let (rows, _) = write(&rows, &said("files", 5, &[("deleted_at", "")]));
        assert_eq!(values(&rows, "name deleted_at"), "Shop | -");
    }
}

const COLUMNS: [&str; 4] = ["name", "tier", "language", "source_id"];
const SOURCES: [&str; 5] = ["files", "backstage", "github", "codeowners", "git"];

/// For each source, whether it says anything, when, and what; files also leave columns out.
fn sayings() -> impl Strategy<Value = Vec<Said>> {
    let value = prop_oneof![Just(None), (0..3_u8).prop_map(Some)];
    let one = (any::<bool>(), 1..9_u32, vec((any::<bool>(), value), COLUMNS.len()));
    vec(one, SOURCES.len()).prop_map(|all| {
        let said = all.into_iter().zip(SOURCES).filter(|((says, ..), _)| *says);
        said.map(|((_, day, values), source)| {
            let values = values.into_iter().zip(COLUMNS);
            let values = values.filter(|((is_given, _), _)| *is_given || source != "files");
            let text = |value: Option<u8>| value.map(|value| format!("{source}-{value}"));
            let values = values.map(|((_, value), column)| (column, text(value))).collect();
            Said { source, day, values }
        })
        .collect()
    })
}

/// What the rule says, told column by column: the first source with something to say.
fn expected(all: &[Said]) -> BTreeMap<&'static str, String> {
    let mut expected = BTreeMap::new();
    for column in COLUMNS {
        let mut found = "-".to_owned();
        for source in SOURCES {
            let said = all.iter().find(|said| said.source == source);
            let value = said.and_then(|said| said.values.iter().find(|(name, _)| *name == column));
            match value {
                Some((_, Some(text))) => found = text.clone(),
                Some((_, None)) if source == "files" => {}
                _ => continue,
            }
            break;
        }
        expected.insert(column, found);
    }
    expected
}

#[test]
fn any_order_of_ingests_of_different_sources_gives_the_same_fields() {
    let config = Config {
        cases: 300,
        rng_seed: RngSeed::Fixed(0),
        failure_persistence: None,
        ..Config::default()
    };
    let inputs = (sayings(), any::<u64>());
    let run = TestRunner::new(config).run(&inputs, |(all, order)| {
        if all.is_empty() {
            return Ok(());
        }
        let mut shuffled = all.clone();
        for at in (1..shuffled.len()).rev() {
            shuffled.swap(at, (order >> at) as usize % (at + 1));
        }
        let (rows, _) = written(&shuffled);
        for (column, expected) in expected(&all) {
            prop_assert_eq!(value(&rows, column), expected, "{}", column);
        }
        prop_assert_eq!(value(&rows, "source"), all[0].source);
        let (ordered, _) = written(&all);
        prop_assert_eq!(value(&rows, FIELD_SOURCES), value(&ordered, FIELD_SOURCES));
        let (again, changed) = write(&rows, &all[0]);
        prop_assert_eq!(changed, 0);
        prop_assert_eq!(again, rows);
        Ok(())
    });
    if let Err(failure) = run {
        panic!("{failure}");
    }
}
