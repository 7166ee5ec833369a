//! The table `metric_values`: replaced as a whole, a metric after the other.

use arrow::array::RecordBatch;
use milepost_events::Row as _;
use milepost_events::tables::MetricValue;

use crate::delta::{DataFile, FileWriter, TableOnDisk};
use crate::ingest::known;
use crate::state::LakeState;
use crate::{Lake, LakeError};

/// Values on their way into the table. Readers see the ones before until all are there.
pub struct Values {
    lake: Lake,
    state: LakeState,
    on_disk: TableOnDisk,
    gone: Vec<DataFile>,
    writer: FileWriter,
}

impl Lake {
    /// Begins to replace the table. The caller holds the writer lock.
    ///
    /// # Errors
    /// Where the table can't be opened.
    pub async fn replace_values(&self) -> Result<Values, LakeError> {
        let state = self.state_for_writing().await?;
        let on_disk = self.open_for_writing(known(MetricValue::TABLE), &state).await?;
        let gone = on_disk.files().await?;
        let writer = on_disk.writer()?;
        Ok(Values { lake: self.clone(), state, on_disk, gone, writer })
    }
}

impl Values {
    /// Adds rows of the table's columns.
    ///
    /// # Errors
    /// Where they can't be written.
    pub async fn write(&mut self, rows: &RecordBatch) -> Result<(), LakeError> {
        self.writer.write(rows).await
    }

    /// Shows what was written in the place of what was there.
    ///
    /// # Errors
    /// Where the table can't be written.
    pub async fn finish(mut self) -> Result<(), LakeError> {
        let added = self.writer.close().await?;
        let note = self.on_disk.note("values");
        let written = self.on_disk.commit(&self.gone, added, note).await?;
        self.state.tables.insert(MetricValue::TABLE.to_owned(), written);
        self.lake.write_state(&self.state)
    }
}
