//! Reading columns of a batch, whichever physical type the engine gave them.

use datafusion::arrow::array::{
    Array, AsArray, BooleanArray, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Int64Type, TimeUnit};
use datafusion::arrow::error::ArrowError;
use std::sync::Arc;

/// A text column.
pub(crate) struct Texts(StringArray);

impl Texts {
    pub(crate) fn of(rows: &RecordBatch, name: &str) -> Result<Texts, ArrowError> {
        let column = cast(column(rows, name)?, &DataType::Utf8)?;
        Ok(Texts(column.as_string::<i32>().clone()))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Text of the row, or `None` for NULL.
    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

/// A column of lists of text.
pub(crate) struct Lists {
    lists: ListArray,
    values: StringArray,
}

impl Lists {
    pub(crate) fn of(rows: &RecordBatch, name: &str) -> Result<Lists, ArrowError> {
        let element = Arc::new(Field::new("element", DataType::Utf8, true));
        let column = cast(column(rows, name)?, &DataType::List(element))?;
        let lists = column.as_list::<i32>().clone();
        let values = lists.values().as_string::<i32>().clone();
        Ok(Lists { lists, values })
    }

    /// Elements of the row that are not NULL, or `None` for a NULL list.
    pub(crate) fn get(&self, row: usize) -> Option<impl Iterator<Item = &str>> {
        self.lists.is_valid(row).then(|| {
            let offsets = self.lists.value_offsets();
            (offsets[row] as usize..offsets[row + 1] as usize)
                .filter(|at| self.values.is_valid(*at))
                .map(|at| self.values.value(at))
        })
    }
}

/// A column of instants, in microseconds since 1970 UTC.
pub(crate) struct Instants(TimestampMicrosecondArray);

impl Instants {
    pub(crate) fn of(rows: &RecordBatch, name: &str) -> Result<Instants, ArrowError> {
        let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let column = cast(column(rows, name)?, &utc)?;
        Ok(Instants(column.as_primitive().clone()))
    }

    /// Instant of the row, or `None` for NULL.
    pub(crate) fn get(&self, row: usize) -> Option<i64> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

/// A column of whole numbers.
pub(crate) struct Counts(Int64Array);

impl Counts {
    pub(crate) fn of(rows: &RecordBatch, name: &str) -> Result<Counts, ArrowError> {
        let column = cast(column(rows, name)?, &DataType::Int64)?;
        Ok(Counts(column.as_primitive::<Int64Type>().clone()))
    }

    /// Number of the row, or `None` for NULL.
    pub(crate) fn get(&self, row: usize) -> Option<i64> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

/// A column of numbers.
pub(crate) struct Numbers(Float64Array);

impl Numbers {
    pub(crate) fn of(rows: &RecordBatch, name: &str) -> Result<Numbers, ArrowError> {
        let column = cast(column(rows, name)?, &DataType::Float64)?;
        Ok(Numbers(column.as_primitive::<Float64Type>().clone()))
    }

    /// Number of the row, or `None` for NULL.
    pub(crate) fn get(&self, row: usize) -> Option<f64> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

/// A column of truth values.
pub(crate) struct Booleans(BooleanArray);

impl Booleans {
    pub(crate) fn of(rows: &RecordBatch, name: &str) -> Result<Booleans, ArrowError> {
        Ok(Booleans(cast(column(rows, name)?, &DataType::Boolean)?.as_boolean().clone()))
    }

    /// Value of the row, or `None` for NULL.
    pub(crate) fn get(&self, row: usize) -> Option<bool> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }
}

fn column<'a>(rows: &'a RecordBatch, name: &str) -> Result<&'a Arc<dyn Array>, ArrowError> {
    rows.column_by_name(name)
        .ok_or_else(|| ArrowError::SchemaError(format!("there is no column `{name}`")))
}
