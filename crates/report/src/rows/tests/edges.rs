//! Types, NULLs, and what is missing or does not fit.

use std::io;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, Date32Array, Decimal128Array, DictionaryArray, DurationSecondArray,
    Float32Array, Int32Array, IntervalMonthDayNanoArray, LargeStringArray, ListBuilder,
    RecordBatch, RecordBatchOptions, StringViewArray, TimestampMicrosecondArray,
    TimestampMicrosecondBuilder, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt64Array,
};
use arrow::datatypes::{
    DataType, Field, Int32Type, IntervalMonthDayNano, Schema, SchemaRef, TimeUnit,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{batch, file_of, services, strings, written};
use crate::ReportError;
use crate::rows::{Format, write_rows};

/// Every type that a query may return, three rows each, with a NULL in the middle.
fn all_types() -> Vec<(&'static str, ArrayRef)> {
    let dictionary: DictionaryArray<Int32Type> =
        vec![Some("=x"), None, Some("y")].into_iter().collect();
    let decimal = Decimal128Array::from(vec![Some(-1_234), None, Some(5)]);
    let interval = IntervalMonthDayNano::new(1, 2, 3_000_000_000);
    let mut instants =
        ListBuilder::new(TimestampMicrosecondBuilder::new().with_timezone("Europe/Berlin"));
    instants.append_value([Some(0)]);
    instants.append_null();
    instants.append_value([Some(1_500_000)]);
    vec![
        ("large", Arc::new(LargeStringArray::from(vec![Some("l"), None, Some("")]))),
        ("view", Arc::new(StringViewArray::from(vec![Some("v"), None, Some("w")]))),
        ("dictionary", Arc::new(dictionary)),
        ("int32", Arc::new(Int32Array::from(vec![Some(-1), None, Some(2)]))),
        ("uint64", Arc::new(UInt64Array::from(vec![Some(u64::MAX), None, Some(0)]))),
        ("float32", Arc::new(Float32Array::from(vec![Some(0.1), None, Some(f32::NAN)]))),
        ("date", Arc::new(Date32Array::from(vec![Some(20_454), None, Some(0)]))),
        ("seconds", Arc::new(TimestampSecondArray::from(vec![Some(0), None, Some(-1)]))),
        (
            "millis",
            Arc::new(
                TimestampMillisecondArray::from(vec![Some(1), None, Some(0)])
                    .with_timezone("+02:00"),
            ),
        ),
        ("nanos", Arc::new(TimestampNanosecondArray::from(vec![Some(1), None, Some(0)]))),
        ("duration", Arc::new(DurationSecondArray::from(vec![Some(90), None, Some(-1)]))),
        (
            "interval",
            Arc::new(IntervalMonthDayNanoArray::from(vec![Some(interval), None, Some(interval)])),
        ),
        ("decimal", Arc::new(decimal.with_precision_and_scale(10, 2).expect("fits"))),
        ("instants", Arc::new(instants.finish())),
        ("null", arrow::array::new_null_array(&DataType::Null, 3)),
    ]
}

#[test]
fn every_type_is_shown_in_every_format_of_text() {
    for format in [Format::Table, Format::Csv, Format::Json, Format::Ndjson, Format::Markdown] {
        let text = written(all_types(), format);
        assert!(!text.contains("ERROR"), "{format}: {text}");
    }
    let row = written(all_types(), Format::Csv).lines().nth(1).map(str::to_owned);
    let expected = "l,v,'=x,-1,18446744073709551615,0.1,2026-01-01,1970-01-01T00:00:00Z,\
        1970-01-01T00:00:00.001Z,1970-01-01T00:00:00.000000001Z,PT90S,1 mons 2 days 3.000000000 secs,\
        -12.34,\"[\"\"1970-01-01T00:00:00Z\"\"]\",";
    assert_eq!(row.as_deref(), Some(expected));
}

#[test]
fn a_null_of_any_type_is_a_null_in_json() {
    let text = written(all_types(), Format::Json);
    let rows: Vec<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_str(&text).expect("an array of objects");
    assert!(rows[1].values().all(serde_json::Value::is_null), "{:?}", rows[1]);
    assert_eq!(rows[0]["millis"], "1970-01-01T00:00:00.001Z");
    assert_eq!(rows[0]["decimal"].to_string(), "-12.34");
    assert_eq!(rows[2]["float32"], serde_json::Value::Null);
}

#[test]
fn no_rows_still_name_the_columns() {
    let schema = batch(services()).schema();
    let written = |format| {
        let mut out = Vec::new();
        write_rows(&mut out, &schema, &[], format).expect("no rows");
        out
    };
    let text = |format| String::from_utf8(written(format)).expect("UTF-8");
    assert_eq!(
        text(Format::Csv),
        "service,value,sample_size,window_start,is_provisional,labels\r\n"
    );
    assert_eq!(text(Format::Json), "[]\n");
    assert_eq!(text(Format::Ndjson), "");
    assert!(text(Format::Table).starts_with("service  value  sample_size"));
    assert_eq!(text(Format::Markdown).lines().count(), 2);
    let file = ParquetRecordBatchReaderBuilder::try_new(file_of(&written(Format::Parquet)))
        .expect("a file without rows");
    assert_eq!(file.schema().fields().len(), schema.fields().len());
}

#[test]
fn no_columns_are_no_panic() {
    let schema: SchemaRef = Arc::new(Schema::empty());
    let rows = RecordBatchOptions::new().with_row_count(Some(2));
    let batch = RecordBatch::try_new_with_options(schema.clone(), vec![], &rows).expect("two rows");
    for format in Format::ALL {
        // An error is fine where a format knows no rows without columns.
        let _ = write_rows(&mut Vec::new(), &schema, std::slice::from_ref(&batch), format);
    }
}

#[test]
fn an_instant_no_calendar_has_is_an_error_that_names_its_column() {
    let column = TimestampSecondArray::from(vec![i64::MAX]);
    let rows = batch(vec![("deployed_at", Arc::new(column))]);
    for format in [Format::Table, Format::Csv, Format::Json, Format::Markdown] {
        let error =
            write_rows(&mut Vec::new(), &rows.schema(), std::slice::from_ref(&rows), format)
                .expect_err("no such instant")
                .to_string();
        assert!(error.contains("`deployed_at`"), "{error}");
    }
}

#[test]
fn a_null_in_a_column_said_to_have_none_is_shown() {
    let column = strings(&[None]);
    let schema = Arc::new(Schema::new(vec![Field::new("a", DataType::Utf8, false)]));
    let batch = batch(vec![("a", column)]);
    let mut out = Vec::new();
    write_rows(&mut out, &schema, &[batch], Format::Table).expect("a NULL");
    assert_eq!(out, b"a\n----\nNULL\n");
}

#[test]
fn a_batch_that_does_not_fit_is_an_error() {
    let schema = Arc::new(Schema::new(vec![Field::new("a", DataType::Utf8, true)]));
    let two = batch(vec![("a", strings(&[None])), ("b", strings(&[None]))]);
    for format in Format::ALL {
        let result = write_rows(&mut Vec::new(), &schema, std::slice::from_ref(&two), format);
        assert!(matches!(result, Err(ReportError::Encode(_))), "{format}");
    }
}

#[test]
fn a_closed_pipe_is_a_write_error_in_every_format() {
    struct Closed;
    impl io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let many: Vec<RecordBatch> = std::iter::repeat_n(batch(services()), 500).collect();
    for format in Format::ALL {
        let error = write_rows(&mut Closed, &many[0].schema(), &many, format)
            .expect_err("nothing can be written");
        assert!(
            matches!(&error, ReportError::Write(source) if source.kind() == io::ErrorKind::BrokenPipe),
            "{format}: {error}"
        );
    }
}

#[test]
fn instants_of_every_zone_and_unit_are_told_in_utc() {
    let berlin = DataType::Timestamp(TimeUnit::Microsecond, Some("Europe/Berlin".into()));
    let column = TimestampMicrosecondArray::from(vec![0]).with_timezone("Europe/Berlin");
    assert_eq!(column.data_type(), &berlin);
    let text = written(vec![("at", Arc::new(column))], Format::Csv);
    assert_eq!(text, "at\r\n1970-01-01T00:00:00Z\r\n");
}
