use std::io;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int64Array,
    IntervalMonthDayNanoArray, ListBuilder, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{Field, Int32Type, IntervalMonthDayNano, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{Format, write_rows};
use crate::ReportError;

mod edges;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, column)| Field::new(*name, column.data_type().clone(), true))
        .collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns of one length")
}

fn bytes(batches: &[RecordBatch], format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    write_rows(&mut out, &batches[0].schema(), batches, format).expect("rows that can be written");
    out
}

fn written(columns: Vec<(&str, ArrayRef)>, format: Format) -> String {
    String::from_utf8(bytes(&[batch(columns)], format)).expect("UTF-8")
}

fn strings(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn labels() -> ArrayRef {
    let mut list = ListBuilder::new(StringBuilder::new());
    list.append_value([Some("a \"b\""), None]);
    list.append_null();
    list.append_value([None::<&str>; 0]);
    Arc::new(list.finish())
}

fn services() -> Vec<(&'static str, ArrayRef)> {
    let starts = TimestampMicrosecondArray::from(vec![
        Some(1_767_225_600_000_000),
        Some(1_767_225_600_250_000),
        None,
    ]);
    vec![
        ("service", strings(&[Some("api"), None, Some("payments")])),
        ("value", Arc::new(Float64Array::from(vec![Some(1.5), None, Some(0.1)]))),
        ("sample_size", Arc::new(Int64Array::from(vec![12, 0, 3]))),
        ("window_start", Arc::new(starts.with_timezone("UTC"))),
        ("is_provisional", Arc::new(BooleanArray::from(vec![false, true, false]))),
        ("labels", labels()),
    ]
}

#[test]
fn a_format_reads_back_from_its_name() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse::<Format>().ok(), Some(format));
    }
}

#[test]
fn an_unknown_format_lists_the_valid_ones() {
    let error = "xml".parse::<Format>().expect_err("no such format").to_string();
    assert_eq!(
        error,
        "failed to read \"xml\" as a format; \
         choose one of table, csv, json, ndjson, markdown, parquet"
    );
}

#[test]
fn a_table_lines_numbers_up_on_their_right() {
    let expected = r#"
service   value  sample_size  window_start              is_provisional  labels
--------  -----  -----------  ------------------------  --------------  ----------------
api         1.5           12  2026-01-01T00:00:00Z      false           ["a \"b\"",null]
NULL       NULL            0  2026-01-01T00:00:00.250Z  true            NULL
payments    0.1            3  NULL                      false           []
"#;
    let expected = expected.trim_start();
    assert_eq!(written(services(), Format::Table), expected);
}

#[test]
fn a_table_lets_no_control_character_through() {
    let hostile = "\u{1b}[2Jx\0\n\u{202e}y";
    let text = written(vec![(hostile, strings(&[Some(hostile)]))], Format::Table);
    assert!(text.contains("\\u{1b}[2Jx\\u{0}\\n\\u{202e}y"), "{text}");
    assert_eq!(text.matches('\n').count(), 3);
    assert!(!text.contains(['\u{1b}', '\0', '\u{202e}']));
}

#[test]
fn a_table_tells_no_value_from_the_word_null() {
    let text = written(vec![("word", strings(&[None, Some("NULL")]))], Format::Table);
    assert_eq!(text, "word\n------\nNULL\n\"NULL\"\n");
}

#[test]
fn a_table_counts_the_columns_that_wide_letters_take() {
    let columns = vec![
        ("name", strings(&[Some("山田"), Some("José"), Some("Jose\u{301}")])),
        ("n", Arc::new(Int64Array::from(vec![1, 22, 3])) as ArrayRef),
    ];
    let expected = "name   n\n----  --\n山田   1\nJosé  22\nJose\u{301}   3\n";
    assert_eq!(written(columns, Format::Table), expected);
}

#[test]
fn csv_is_rfc_4180_with_empty_fields_for_null() {
    let expected = "service,value,sample_size,window_start,is_provisional,labels\r\n\
        api,1.5,12,2026-01-01T00:00:00Z,false,\"[\"\"a \\\"\"b\\\"\"\"\",null]\"\r\n\
        ,,0,2026-01-01T00:00:00.250Z,true,\r\n\
        payments,0.1,3,,false,[]\r\n";
    assert_eq!(written(services(), Format::Csv), expected);
}

#[test]
fn csv_quotes_what_would_end_a_field() {
    let columns = vec![("a,b", strings(&[Some("x\ny"), Some("say \"hi\""), Some("a\r\nb")]))];
    let expected = "\"a,b\"\r\n\"x\ny\"\r\n\"say \"\"hi\"\"\"\r\n\"a\r\nb\"\r\n";
    assert_eq!(written(columns, Format::Csv), expected);
}

#[test]
fn csv_defuses_formulas_in_text_and_leaves_numbers_alone() {
    for start in ['=', '+', '-', '@', '\t', '\r', '\0'] {
        let text = format!("{start}1+1");
        let columns = vec![
            ("text", strings(&[Some(&text)])),
            ("number", Arc::new(Int64Array::from(vec![-1])) as ArrayRef),
            ("float", Arc::new(Float64Array::from(vec![-0.5])) as ArrayRef),
        ];
        let csv = written(columns, Format::Csv);
        let row = csv.strip_prefix("text,number,float\r\n").expect("the header first");
        assert!(row.trim_start_matches('"').starts_with(&format!("'{text}")), "{row:?}");
        assert!(row.ends_with(",-1,-0.5\r\n"), "{row:?}");
    }
}

#[test]
fn csv_defuses_formulas_in_names_and_dictionaries() {
    let dictionary: DictionaryArray<Int32Type> = vec!["=x", "y"].into_iter().collect();
    let csv = written(vec![("=SUM(A1)", Arc::new(dictionary))], Format::Csv);
    assert_eq!(csv, "'=SUM(A1)\r\n'=x\r\ny\r\n");
}

#[test]
fn json_is_an_array_of_objects_that_keeps_nulls() {
    let expected = "[{\"service\":\"api\",\"value\":1.5,\"sample_size\":12,\
        \"window_start\":\"2026-01-01T00:00:00Z\",\"is_provisional\":false,\
        \"labels\":[\"a \\\"b\\\"\",null]},\n\
        {\"service\":null,\"value\":null,\"sample_size\":0,\
        \"window_start\":\"2026-01-01T00:00:00.250Z\",\"is_provisional\":true,\"labels\":null},\n\
        {\"service\":\"payments\",\"value\":0.1,\"sample_size\":3,\"window_start\":null,\
        \"is_provisional\":false,\"labels\":[]}]\n";
    assert_eq!(written(services(), Format::Json), expected);
}

#[test]
fn json_has_no_word_for_what_is_no_number() {
    let column = Float64Array::from(vec![f64::NAN, f64::INFINITY, 1.0]);
    let json = written(vec![("value", Arc::new(column))], Format::Json);
    assert_eq!(json, "[{\"value\":null},\n{\"value\":null},\n{\"value\":1.0}]\n");
}

#[test]
fn json_names_every_column_once() {
    let one = || Arc::new(Int64Array::from(vec![1])) as ArrayRef;
    let columns = vec![("a", one()), ("a", one()), ("a:1", one()), ("a", one())];
    let json = written(columns, Format::Ndjson);
    assert_eq!(json, "{\"a\":1,\"a:2\":1,\"a:1\":1,\"a:3\":1}\n");
    let json = written(vec![("a", one()), ("a", one())], Format::Ndjson);
    assert_eq!(json, "{\"a\":1,\"a:1\":1}\n");
}

#[test]
fn ndjson_is_one_object_per_line() {
    let text = written(services(), Format::Ndjson);
    assert_eq!(text.lines().count(), 3);
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("an object");
        assert!(row["labels"].is_array() || row["labels"].is_null());
    }
}

#[test]
fn markdown_escapes_what_would_end_a_cell_or_be_markup() {
    let hostile = "a|b\n<script>*x* [l](javascript:1) __init__.py \\| a_b \u{1b}&lt;";
    let columns = vec![
        ("lead_time", strings(&[Some(hostile), None])),
        ("n", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef),
    ];
    let expected = "| lead_time | n |\n| --- | ---: |\n\
        | a\\|b\\\\n&lt;script&gt;\\*x\\* \\[l\\](javascript:1) \\_\\_init\\_\\_.py \\\\\\| a_b \
        \\\\u{1b}&amp;lt; | 1 |\n| NULL | 2 |\n";
    assert_eq!(written(columns, Format::Markdown), expected);
}

#[test]
fn parquet_keeps_rows_and_types() {
    let rows = batch(services());
    let file = bytes(&[rows.clone(), rows.slice(1, 2)], Format::Parquet);
    let reader = ParquetRecordBatchReaderBuilder::try_new(file_of(&file)).expect("a file");
    let read: Vec<RecordBatch> =
        reader.build().expect("a reader").collect::<Result<_, _>>().expect("rows");
    assert_eq!(read[0].slice(0, 3), rows);
    assert_eq!(read.iter().map(RecordBatch::num_rows).sum::<usize>(), 5);
}

#[test]
fn parquet_refuses_a_type_it_has_not_and_names_the_column() {
    let interval = IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(1, 0, 0)]);
    let rows = batch(vec![("age", Arc::new(interval))]);
    let error = write_rows(&mut Vec::new(), &rows.schema(), &[rows], Format::Parquet)
        .expect_err("no such type");
    assert!(matches!(&error, ReportError::Column { column, .. } if column == "age"), "{error}");
}

fn file_of(bytes: &[u8]) -> std::fs::File {
    let mut file = tempfile::tempfile().expect("a temporary file");
    io::Write::write_all(&mut file, bytes).expect("room for it");
    file
}
