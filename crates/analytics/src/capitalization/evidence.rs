//! Evidence rows: every trace behind the day slices, each with a hash of its own.

use chrono::SecondsFormat;
use sha2::{Digest, Sha256};

use super::rows::EvidenceRow;
use crate::effort::{Evidence, PersonMonth, SignalKind};

/// Evidence of a person-month.
pub(super) fn evidence<'a>(
    run_id: &'a str,
    month: &'a PersonMonth,
) -> impl Iterator<Item = EvidenceRow> + 'a {
    month.evidence.iter().map(move |one| row(run_id, month, one))
}

fn row(run_id: &str, month: &PersonMonth, one: &Evidence) -> EvidenceRow {
    EvidenceRow {
        run_id: run_id.to_owned(),
        period: month.month,
        person_id: month.person_id.clone(),
        day: one.day,
        work_item_id: one.work_item_id.clone(),
        signal: one.signal,
        source_system: one.source.clone(),
        source_id: one.source_id.clone(),
        url: one.url.clone(),
        occurred_at: one.occurred_at,
        weight: one.weight.clone(),
        day_share: one.day_share.clone(),
        gap_filled: one.signal == SignalKind::GapFill,
        row_hash: hash(month, one),
    }
}

/// The run is left out: its id is made of the hashes of its rows. Every column is preceded by its
/// length, so that no two rows read the same.
fn hash(month: &PersonMonth, one: &Evidence) -> String {
    let occurred_at = one.occurred_at.map(|at| at.to_rfc3339_opts(SecondsFormat::Micros, true));
    let columns = [
        month.month.to_string(),
        month.person_id.clone(),
        one.day.to_string(),
        one.work_item_id.clone(),
        one.signal.as_str().to_owned(),
        one.source.clone(),
        one.source_id.clone(),
        one.url.clone().unwrap_or_default(),
        occurred_at.unwrap_or_default(),
        one.weight.to_string(),
        one.day_share.to_string(),
    ];
    let mut hash = Sha256::new();
    for column in columns {
        hash.update((column.len() as u64).to_be_bytes());
        hash.update(column.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
