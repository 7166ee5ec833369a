//! One JSON object per line; no rows, no lines.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow_json::writer::LineDelimited;

use super::json;
use crate::ReportError;

pub(super) fn write(
    out: &mut impl Write,
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> Result<(), ReportError> {
    json::write_objects::<LineDelimited>(out, schema, batches)
}
