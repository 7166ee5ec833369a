use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Decimal128Array, DictionaryArray, Float32Array, Float64Array, Int8Array,
    Int64Array, LargeStringArray, NullArray, StringArray, StringViewArray,
    TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
};
use arrow::array::{LargeListArray, ListArray};
use arrow::datatypes::{Int32Type, UInt8Type};

use super::every_table::parquet_of;
use super::*;

fn file_of(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    parquet_of(&RecordBatch::try_from_iter(columns).expect("a batch"))
}

fn text_array(texts: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(texts.to_vec()))
}

/// A pull request with one more column.
fn with(name: &str, array: impl Array + 'static) -> Vec<u8> {
    file_of(vec![("pull_request_id", text_array(&["p"])), (name, Arc::new(array))])
}

fn taken_with(name: &str, array: impl Array + 'static) -> TableFile {
    taken("pull_requests.parquet", with(name, array))
}

#[test]
fn instants_of_any_unit_with_a_zone_become_utc() {
    for (array, expected) in [
        (
            Arc::new(TimestampSecondArray::from(vec![1_769_904_000]).with_timezone("+02:00"))
                as ArrayRef,
            "2026-02-01T00:00:00+00:00",
        ),
        (
            Arc::new(
                TimestampMillisecondArray::from(vec![1_769_904_000_123])
                    .with_timezone("Europe/Berlin"),
            ),
            "2026-02-01T00:00:00.123+00:00",
        ),
        (
            Arc::new(
                TimestampNanosecondArray::from(vec![1_769_904_000_123_456_789])
                    .with_timezone("UTC"),
            ),
            "2026-02-01T00:00:00.123456+00:00",
        ),
    ] {
        let file = taken_with("merged_at", array);
        assert_eq!(instant(&file, "merged_at").as_deref(), Some(expected));
    }
}

#[test]
fn instants_without_a_zone_refuse_the_call() {
    let naive = TimestampMillisecondArray::from(vec![1_769_904_000_123]);
    assert_eq!(
        refused("pull_requests.parquet", with("merged_at", naive)),
        "column `merged_at` of pull_requests.parquet holds instants without a zone; give them \
         one, such as UTC"
    );
}

#[test]
fn a_type_that_does_not_fit_refuses_the_call() {
    assert_eq!(
        refused("pull_requests.parquet", with("number", StringArray::from(vec!["1"]))),
        "column `number` of pull_requests.parquet has the type Utf8, but a whole number such as \
         `12` is expected"
    );
    assert_eq!(
        refused("pull_requests.parquet", with("title", BinaryArray::from(vec![b"a".as_slice()]))),
        "column `title` of pull_requests.parquet has the type Binary, but text is expected"
    );
    assert_eq!(
        refused("pull_requests.parquet", with("title", Float64Array::from(vec![1.0]))),
        "column `title` of pull_requests.parquet has the type Float64, but text is expected"
    );
    let error = refused("pull_requests.parquet", with("merged_at", Int64Array::from(vec![1])));
    assert!(error.contains("has the type Int64, but an RFC 3339 instant"), "{error}");
}

#[test]
fn integers_of_any_width_and_floats_without_a_fraction_are_integers() {
    for array in [
        Arc::new(Int8Array::from(vec![5])) as ArrayRef,
        Arc::new(UInt64Array::from(vec![5])),
        Arc::new(Float32Array::from(vec![5.0])),
        Arc::new(Float64Array::from(vec![5.0])),
        Arc::new(Decimal128Array::from(vec![500]).with_precision_and_scale(9, 2).expect("fits")),
    ] {
        assert_eq!(whole(&taken_with("number", array), "number"), Some(5));
    }
    let large = Float64Array::from(vec![1_234_567_890_123.0]);
    assert_eq!(whole(&taken_with("number", large), "number"), Some(1_234_567_890_123));
}

#[test]
fn a_value_that_would_be_lost_refuses_its_row() {
    for (array, shown) in [
        (Arc::new(UInt64Array::from(vec![u64::MAX])) as ArrayRef, "18446744073709551615"),
        (Arc::new(Float64Array::from(vec![5.5])), "5.5"),
        (Arc::new(Float64Array::from(vec![9_007_199_254_740_992.0])), "9007199254740992"),
    ] {
        let file = taken_with("number", array);
        assert_eq!(
            only_rejected(&file).reason,
            format!("`number` is `{shown}`, but a whole number such as `12` is expected")
        );
    }
    let far = TimestampSecondArray::from(vec![i64::MAX]).with_timezone("UTC");
    let file = taken_with("merged_at", far);
    assert!(only_rejected(&file).reason.starts_with("`merged_at` is `out of range`"));
}

#[test]
fn text_of_any_encoding_and_integers_are_text() {
    for array in [
        Arc::new(LargeStringArray::from(vec!["7"])) as ArrayRef,
        Arc::new(StringViewArray::from(vec!["7"])),
        Arc::new(DictionaryArray::<Int32Type>::from_iter(["7"])),
        Arc::new(DictionaryArray::<UInt8Type>::from_iter(["7"])),
        Arc::new(Int64Array::from(vec![7])),
    ] {
        assert_eq!(text(&taken_with("title", array), "title").as_deref(), Some("7"));
    }
    let exact = Int64Array::from(vec![9_007_199_254_740_993]);
    let file = taken_with("title", exact);
    assert_eq!(text(&file, "title").as_deref(), Some("9007199254740993"));
}

#[test]
fn nulls_stay_null() {
    assert_eq!(text(&taken_with("title", NullArray::new(1)), "title"), None);
    let dictionary = DictionaryArray::<Int32Type>::from_iter([None::<&str>]);
    assert_eq!(text(&taken_with("title", dictionary), "title"), None);
    assert_eq!(whole(&taken_with("number", Float64Array::from(vec![None])), "number"), None);
}

#[test]
fn decimals_become_the_nearest_float() {
    let cost = Decimal128Array::from(vec![310]).with_precision_and_scale(9, 2).expect("fits");
    let day = arrow::array::Date32Array::from(vec![20_484]);
    let content = file_of(vec![
        ("person_id", text_array(&["p"])),
        ("used_on", Arc::new(day)),
        ("tool", text_array(&["t"])),
        ("cost", Arc::new(cost)),
    ]);
    let file = taken("ai_usage.parquet", content);
    let cost = file.rows.column_by_name("cost").expect("the column");
    assert_eq!(cost.as_primitive::<arrow::datatypes::Float64Type>().value(0), 3.1);
}

#[test]
fn lists_of_texts_of_any_kind_are_lists() {
    use arrow::array::builder::{LargeListBuilder, ListBuilder, StringBuilder};
    let mut large = LargeListBuilder::new(StringBuilder::new());
    large.append_value([Some("a"), Some("b")]);
    let large: LargeListArray = large.finish();
    assert_eq!(list(&taken_with("labels", large), "labels"), Some(vec!["a".into(), "b".into()]));
    let mut gaps = ListBuilder::new(StringBuilder::new());
    gaps.append_value([Some("a"), None]);
    let gaps: ListArray = gaps.finish();
    assert_eq!(
        only_rejected(&taken_with("labels", gaps)).reason,
        "`labels` is `a list with NULL in it`, but an array of texts such as `[\"a\",\"b\"]` is \
         expected"
    );
}

#[test]
fn an_unknown_column_refuses_the_call() {
    assert_eq!(
        refused(
            "teams.parquet",
            file_of(vec![
                ("team_id", text_array(&["t"])),
                ("__index_level_0__", Arc::new(Int64Array::from(vec![0]))),
            ])
        ),
        "teams.parquet has columns that `teams` does not: `__index_level_0__` (nearest: \
         `deleted_at`, `observed_at`, `parent_team_id`)"
    );
}

#[test]
fn a_rejected_row_has_its_number_and_is_shown_as_json() {
    let instants = TimestampMillisecondArray::from(vec![Some(1_769_904_000_123), None])
        .with_timezone("Europe/Berlin");
    let content = file_of(vec![
        ("pull_request_id", text_array(&["p", "q"])),
        ("commits_count", Arc::new(Int64Array::from(vec![-1, -2]))),
        ("merged_at", Arc::new(instants)),
    ]);
    let file = taken("pull_requests.parquet", content);
    let found: Vec<(u64, &str)> =
        file.rejected.iter().map(|r| (r.line, r.record.as_str())).collect();
    assert_eq!(
        found,
        [
            (
                1,
                "{\"pull_request_id\":\"p\",\"commits_count\":-1,\
                 \"merged_at\":\"2026-02-01T00:00:00.123Z\"}"
            ),
            (2, "{\"pull_request_id\":\"q\",\"commits_count\":-2}"),
        ]
    );
}

#[test]
fn rows_keep_their_numbers_over_batches() {
    let ids: Vec<String> = (0..5_000).map(|id| id.to_string()).collect();
    let counts: Vec<i64> = (1..=5_000).map(|line| if line == 4_321 { -1 } else { 1 }).collect();
    let content = file_of(vec![
        ("pull_request_id", Arc::new(StringArray::from(ids)) as ArrayRef),
        ("commits_count", Arc::new(Int64Array::from(counts))),
    ]);
    let file = taken("pull_requests.parquet", content);
    assert_eq!(file.rows.num_rows(), 4_999);
    assert_eq!(only_rejected(&file).line, 4_321);
}

#[test]
fn deployments_follow_the_same_rules() {
    let content = file_of(vec![
        ("deployment_id", text_array(&["1", "1"])),
        ("service_id", text_array(&["api", "api"])),
        ("outcome", text_array(&["error", "success"])),
        ("environment", text_array(&["", "QA"])),
        (
            "started_at",
            Arc::new(TimestampSecondArray::from(vec![0, 0]).with_timezone("UTC")) as ArrayRef,
        ),
    ]);
    let file = taken("deployments.parquet", content);
    assert_eq!(file.duplicates_count, 1);
    assert_eq!(text(&file, "repository_id").as_deref(), Some("r"));
    assert_eq!(text(&file, "outcome").as_deref(), Some("succeeded"));
    assert_eq!(text(&file, "environment").as_deref(), Some("test"));
    assert_eq!(text(&file, "source_environment").as_deref(), Some("QA"));
}

#[test]
fn instants_and_days_in_years_of_five_digits_refuse_their_row() {
    let far = TimestampSecondArray::from(vec![253_402_300_800]).with_timezone("UTC");
    let file = taken_with("merged_at", far);
    assert!(only_rejected(&file).reason.starts_with("`merged_at` is `out of range`"));
    let far: ArrayRef = Arc::new(arrow::array::Date32Array::from(vec![2_932_897]));
    let file = taken(
        "people.parquet",
        file_of(vec![("person_id", text_array(&["p"])), ("hired_on", far)]),
    );
    assert!(only_rejected(&file).reason.starts_with("`hired_on` is `out of range`"));
}

/// A footer with the column `team_id` and the rest as it is given.
fn with_footer(rest: &[u8]) -> Vec<u8> {
    let schema =
        b"\x15\x02\x19\x2c\x48\x06schema\x15\x02\0\x15\x0c\x25\0\x18\x07team_id\x25\0\0\x16\0";
    let footer = [schema, rest].concat();
    let length = u32::try_from(footer.len()).expect("short").to_le_bytes();
    [b"PAR1", footer.as_slice(), length.as_slice(), b"PAR1"].concat()
}

#[test]
fn a_footer_with_more_row_groups_than_bytes_is_refused() {
    assert_eq!(taken("teams.parquet", with_footer(b"\x19\x0c\0")).rows.num_rows(), 0);
    assert_eq!(
        refused("teams.parquet", with_footer(b"\x19\xfc\xff\xff\xff\xff\x07\0")),
        "failed to read teams.parquet: its footer is damaged; write it again"
    );
}

#[test]
fn a_page_that_claims_more_than_it_holds_is_refused() {
    let good = with("number", Int64Array::from(vec![7]));
    // The last dictionary: 8 bytes, stored as they are, with one value.
    let dictionary = b"\x15\x04\x15\x10\x15\x10\x4c\x15\x02";
    let at = good.windows(9).rposition(|bytes| bytes == dictionary).expect("a dictionary");
    for (from, what) in
        [(3, "claims 2147483647 bytes"), (8, "claims 8 bytes and 2147483647 values")]
    {
        let mut bad = good.clone();
        bad.splice(at + from..at + from + 1, *b"\xfe\xff\xff\xff\x0f");
        let error = refused("pull_requests.parquet", bad);
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn a_page_of_texts_that_claims_more_texts_than_values_is_refused() {
    use ::parquet::{arrow::ArrowWriter, basic::Encoding, file::properties::WriterProperties};
    let ids: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
    let rows = RecordBatch::try_from_iter([("team_id", ids)]).expect("a batch");
    for encoding in [Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY] {
        let properties = WriterProperties::builder().set_dictionary_enabled(false);
        let properties = properties.set_encoding(encoding).build();
        let mut good = Vec::new();
        let mut writer =
            ArrowWriter::try_new(&mut good, rows.schema(), Some(properties)).expect("a writer");
        writer.write(&rows).expect("written");
        writer.close().expect("closed");
        assert_eq!(taken("teams.parquet", &good).rows.num_rows(), 3);
        // Blocks of 128 in 4 parts, 3 numbers: now 3 and a mebi of mebis.
        let at = good.windows(4).position(|bytes| bytes == b"\x80\x01\x04\x03").expect("numbers");
        let mut bad = good.clone();
        bad[at + 3..at + 9].copy_from_slice(b"\xff\xff\xff\xff\xff\x3f");
        assert_eq!(
            refused("teams.parquet", bad),
            "failed to read teams.parquet: a page of texts is damaged; write it again"
        );
    }
}

#[test]
fn a_damaged_file_is_refused_where_the_reader_panics() {
    let mut bad = with("number", Int64Array::from(vec![7]));
    // The rows point into a dictionary that has no values now.
    let dictionary = b"\x4c\x15\x02";
    let at = bad.windows(3).position(|bytes| bytes == dictionary).expect("a dictionary");
    bad[at + 2] = 0;
    let error = refused("pull_requests.parquet", bad);
    assert_eq!(error, "failed to read pull_requests.parquet: it is damaged; write it again");
}

#[test]
fn what_is_no_parquet_is_refused() {
    let good = file_of(vec![("team_id", text_array(&["t"]))]);
    for content in [b"team_id\nt\n".as_slice(), b"", &good[..good.len() / 2]] {
        let error = refused("teams.parquet", content);
        assert!(error.starts_with("failed to read teams.parquet: "), "{error}");
    }
}
