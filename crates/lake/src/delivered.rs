//! What was delivered to whom: of every output of every report the instant of the last due one.
//!
//! A batch writes this file after each delivery, so that one that was killed is taken up where it
//! stood. Unlike what only saves work, it is never guessed: without it everybody would get
//! everything again.

use std::io::ErrorKind;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::disk::{make_folders, write_whole};
use crate::{Lake, LakeError};

const NAME: &str = ".delivered.json";

/// The last report that an output got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Name of the report.
    pub report: String,
    /// How often it is due, as the configuration says it.
    pub cadence: String,
    /// Where it went.
    pub output: String,
    /// The instant at which it was due; UTC.
    pub due_at: DateTime<Utc>,
}

impl Delivery {
    fn is_of_same(&self, other: &Delivery) -> bool {
        (&self.report, &self.cadence, &self.output)
            == (&other.report, &other.cadence, &other.output)
    }
}

impl Lake {
    /// The last delivery of each report to each of its outputs.
    ///
    /// # Errors
    /// Where the file can't be read or is damaged.
    pub fn delivered(&self) -> Result<Vec<Delivery>, LakeError> {
        let path = self.root.join(NAME);
        let text = self.disk.reads(&path).and_then(|()| std::fs::read(&path));
        let text = match text {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            text => text.map_err(|source| LakeError::Directory { path: path.clone(), source })?,
        };
        serde_json::from_slice(&text).map_err(|_| LakeError::Delivered(path))
    }

    /// Notes down a delivery; it is on the disk when this returns. The caller holds the batch
    /// lock.
    ///
    /// # Errors
    /// Where the disk refuses it.
    pub fn deliver(&self, delivery: Delivery) -> Result<(), LakeError> {
        let mut all = self.delivered()?;
        all.retain(|one| !one.is_of_same(&delivery));
        all.push(delivery);
        let mut text = serde_json::to_string_pretty(&all)
            .map_err(|error| arrow::error::ArrowError::ExternalError(error.into()))?;
        text.push('\n');
        make_folders(self.disk.as_ref(), &self.root)
            .and_then(|()| write_whole(self.disk.as_ref(), &self.root.join(NAME), &[&text], false))
            .map_err(|source| LakeError::unwritable(&self.root, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(output: &str, due_at: &str) -> Delivery {
        Delivery {
            report: "dora".to_owned(),
            cadence: "monthly".to_owned(),
            output: output.to_owned(),
            due_at: due_at.parse().unwrap(),
        }
    }

    #[test]
    fn the_last_delivery_to_each_output_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::at(folder.path().join("lake"));
        assert!(lake.delivered().unwrap().is_empty(), "a lake that does not exist has none");
        for (output, due_at) in [
            ("folder", "2026-01-01T00:00:00Z"),
            ("webhook", "2026-01-01T00:00:00Z"),
            ("folder", "2026-02-01T00:00:00Z"),
        ] {
            lake.deliver(delivery(output, due_at)).unwrap();
        }
        let expected = [
            delivery("webhook", "2026-01-01T00:00:00Z"),
            delivery("folder", "2026-02-01T00:00:00Z"),
        ];
        assert_eq!(lake.delivered().unwrap(), expected);
    }

    #[test]
    fn a_damaged_memory_is_an_error_and_not_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::at(folder.path());
        std::fs::write(folder.path().join(NAME), "[{").unwrap();
        let said = lake.delivered().unwrap_err().to_string();
        assert!(said.contains(NAME) && said.contains("delivered again"), "{said}");
        assert!(lake.deliver(delivery("folder", "2026-01-01T00:00:00Z")).is_err());
    }
}
