//! When each source was last read to its end. An ingest that finds nothing new leaves no other
//! trace; to lose this file costs nothing but that knowledge.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::disk::{make_folders, write_whole};
use crate::{Lake, LakeError};

const NAME: &str = ".seen.json";

impl Lake {
    /// As-of instants of the last read of each source that came to its end; UTC.
    pub fn seen(&self) -> BTreeMap<String, DateTime<Utc>> {
        let text = std::fs::read_to_string(self.root.join(NAME)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Notes down that a source was read to its end. The caller holds the writer lock.
    ///
    /// # Errors
    /// Where the disk refuses it.
    pub fn saw(&self, source: &str, at: DateTime<Utc>) -> Result<(), LakeError> {
        let mut seen = self.seen();
        if seen.get(source).is_some_and(|last| *last >= at) {
            return Ok(());
        }
        seen.insert(source.to_owned(), at);
        let mut text = serde_json::to_string_pretty(&seen)
            .map_err(|error| arrow::error::ArrowError::ExternalError(error.into()))?;
        text.push('\n');
        make_folders(self.disk.as_ref(), &self.root)
            .and_then(|()| write_whole(self.disk.as_ref(), &self.root.join(NAME), &[&text], false))
            .map_err(|source| LakeError::unwritable(&self.root, source))
    }
}
