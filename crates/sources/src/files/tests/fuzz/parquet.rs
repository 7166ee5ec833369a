use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::{Compression, Encoding};
use ::parquet::file::properties::{WriterProperties, WriterVersion};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::fuzz::{check, damaged, damages};

/// Numbers as Parquet writes them: lengths, counts and types that can't be.
const HURTS: [&[u8]; 22] = [
    b"PAR1",
    b"PARE",
    b"\0",
    b"\x7f",
    b"\x80",
    b"\xff",
    b"\xff\xff\xff\xff\x0f",
    b"\xfe\xff\xff\xff\x0f",
    b"\xff\xff\xff\xff\x07",
    b"\xf5\xff\xff\xff\x07",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\xff\xff\xff\x7f",
    b"\0\0\0\x80",
    b"\x01\0\0\0",
    b"\x1c",
    b"\x19",
    b"\xfc\xff\xff\xff\xff\x0f",
    b"\x15\xfe\xff\xff\xff\x0f",
    b"\x16\xfe\xff\xff\xff\xff\xff\xff\x7f",
    b"\x2c\x15",
    b"\x4c\x15",
];

/// How a file is written.
#[derive(Debug, Clone)]
struct Style {
    compression: Compression,
    version: WriterVersion,
    is_dictionary: bool,
    is_delta: bool,
    rows_a_group: usize,
}

fn style() -> impl Strategy<Value = Style> {
    let compressions =
        [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::ZSTD(Default::default())];
    let versions = [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0];
    let flags = (any::<bool>(), any::<bool>());
    (select(compressions.to_vec()), select(versions.to_vec()), flags, 1_usize..20).prop_map(
        |(compression, version, (is_dictionary, is_delta), rows_a_group)| Style {
            compression,
            version,
            is_dictionary,
            is_delta,
            rows_a_group,
        },
    )
}

fn written(rows: &RecordBatch, style: &Style) -> Vec<u8> {
    let mut properties = WriterProperties::builder()
        .set_compression(style.compression)
        .set_writer_version(style.version)
        .set_dictionary_enabled(style.is_dictionary)
        .set_max_row_group_row_count(Some(style.rows_a_group));
    if style.is_delta && !style.is_dictionary {
        for field in rows.schema().fields() {
            let encoding = match field.data_type() {
                DataType::Utf8 => Encoding::DELTA_BYTE_ARRAY,
                DataType::Int64 | DataType::Timestamp(..) => Encoding::DELTA_BINARY_PACKED,
                _ => continue,
            };
            properties = properties.set_column_encoding(field.name().as_str().into(), encoding);
        }
    }
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, rows.schema(), Some(properties.build()))
        .expect("a writer");
    writer.write(rows).expect("written");
    writer.close().expect("closed");
    bytes
}

/// The most memory that this process ever asked for, in MiB; `None` where the system does not say.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? / 1_024)
}

#[test]
fn damaged_parquet_is_rows_or_one_error_and_takes_no_gigabytes() {
    let folder = Folder::new();
    // Most of a small file is its footer; these hit its pages too.
    let damages = (damages(&HURTS, 3), any::<bool>());
    check(400, &(sheet(), style(), damages), |(sheet, style, (damages, is_tail_kept))| {
        let rows = read_or_refused(&folder, &sheet.name("csv"), &sheet.csv()).expect("taken").rows;
        let bytes = written(&rows, &style);
        let tail = if is_tail_kept { footer(&bytes) } else { bytes.len() };
        let content = [damaged(&bytes[..tail], &damages), bytes[tail..].to_vec()].concat();
        let read = read_or_refused(&folder, &sheet.name("parquet"), &content);
        if content == bytes {
            let file = read.as_ref().expect("taken");
            assert_eq!((file.rows.num_rows(), &file.rejected), (rows.num_rows(), &Vec::new()));
        }
        if let Some(file) = read {
            let told = file.rows.num_rows() + file.rejected.len() + file.duplicates_count;
            is_sound(&file, told);
        }
    });
    assert!(peak().is_none_or(|mebibytes| mebibytes < 700), "{:?} MiB", peak());
}

/// Where the footer begins.
fn footer(bytes: &[u8]) -> usize {
    let length = bytes.len() - 8;
    let footer = u32::from_le_bytes(bytes[length..length + 4].try_into().expect("four bytes"));
    length - footer as usize
}
