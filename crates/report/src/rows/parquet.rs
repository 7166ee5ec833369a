//! Apache Parquet with the batches as they are; valid also without rows.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, IntervalUnit, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::ReportError;

pub(super) fn write(
    out: &mut (impl Write + Send),
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> Result<(), ReportError> {
    // Some types make the writer panic, so they are refused before it sees them.
    for field in schema.fields() {
        if !is_storable(field.data_type()) {
            return Err(ReportError::Column {
                column: field.name().clone(),
                reason: format!(
                    "Parquet has no type for {}; cast it to text or to a number",
                    field.data_type()
                ),
            });
        }
    }
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = ArrowWriter::try_new(out, schema.clone(), Some(properties))?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.close()?;
    Ok(())
}

fn is_storable(data_type: &DataType) -> bool {
    match data_type {
        DataType::Union(..) | DataType::Interval(IntervalUnit::MonthDayNano) => false,
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _)
        | DataType::RunEndEncoded(_, item) => is_storable(item.data_type()),
        DataType::Struct(fields) => fields.iter().all(|field| is_storable(field.data_type())),
        DataType::Dictionary(_, value) => is_storable(value),
        _ => true,
    }
}
