//! What ingests have in common that ask a server.

use chrono::{DateTime, NaiveDate, Utc};
use milepost_sources::{Records, Source, SourceError};

use crate::exit::Failure;
use crate::ingest::{Pulled, Start, Writer, pull, sentence};
use crate::progress::Told;

/// A limit that is counted by the hour has passed by then.
pub(super) const LONGEST_WAIT: u64 = 3900;

pub(super) fn longest_wait() -> u64 {
    LONGEST_WAIT
}

/// The first instant of a day.
pub(super) fn start_of(day: Option<NaiveDate>) -> Option<DateTime<Utc>> {
    day.and_then(|day| day.and_hms_opt(0, 0, 0)).map(|at| at.and_utc())
}

/// Reads what a server has after the last page that was kept.
///
/// # Errors
/// Where the lake is locked or can't be written. What the server does not give is a gap.
pub(super) async fn read(
    name: &str,
    after: impl FnOnce(Option<&str>) -> Result<Records, SourceError>,
    told: &Told,
    writer: &mut Writer<'_>,
) -> Result<(), Failure> {
    writer.lock().await?;
    let start = Start::at_last_page(writer.lake, name).await?;
    let mut records = after(start.cursor())?;
    let pulled = pull(writer.lake, &mut records, start, writer.globals.as_of).await?;
    tell(name, pulled, told, writer);
    writer.tell(&records.remarks());
    Ok(())
}

/// Says what became of the records of a server.
pub(super) fn tell(name: &str, pulled: Pulled, told: &Told, writer: &mut Writer<'_>) {
    told.clear();
    writer.globals.remark(&sentence(name, &pulled.written));
    if pulled.refused > 0 {
        pulled.reasons.iter().for_each(|reason| writer.globals.remark(reason));
        let refused = pulled.refused;
        writer.gap(&format!(
            "{name}: {refused} records were refused; all are in the table rejected_records"
        ));
    }
    if let Some(failure) = pulled.failure {
        writer.gap(&failure.to_string());
    }
}
