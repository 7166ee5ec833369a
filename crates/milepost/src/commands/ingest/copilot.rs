//! Copilot's usage reports of an organization, as a part of reading GitHub.

use chrono::{DateTime, Utc};
use milepost_sources::github::Github;

use super::server::read;
use crate::exit::Failure;
use crate::ingest::Writer;
use crate::progress::Told;

/// Reads the reports after the last day that was kept, or says what that would take.
///
/// # Errors
/// Where the lake is locked or can't be written. What the server does not give is a gap.
pub(super) async fn reports(
    github: &Github,
    organization: &str,
    since: Option<DateTime<Utc>>,
    told: &Told,
    writer: &mut Writer<'_>,
) -> Result<(), Failure> {
    let name = github.copilot_name(organization);
    let as_of = writer.globals.as_of;
    if !writer.is_dry {
        let after = |cursor: Option<&str>| github.copilot(organization, since, as_of, cursor);
        return read(&name, after, told, writer).await;
    }
    let last = writer.lake.checkpoint(&name).await?;
    let cursor = last.as_ref().and_then(|last| last.cursor.as_deref());
    let costs =
        tokio::task::block_in_place(|| github.copilot_costs(organization, since, as_of, cursor));
    told.clear();
    match costs {
        Ok(costs) => writer.globals.remark(&format!(
            "{organization}: Copilot reports of {} days, about {} requests; nothing was written",
            costs.days_count, costs.requests_count,
        )),
        Err(error) => writer.gap(&error.to_string()),
    }
    Ok(())
}
