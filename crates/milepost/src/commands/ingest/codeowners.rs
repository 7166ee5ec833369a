use std::path::PathBuf;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use clap::Args;
use milepost_sources::codeowners::{Codeowners, Known, KnownPart, SOURCE};
use milepost_sources::dated::Interval;
use schemars::JsonSchema;
use serde::Deserialize;

use super::backstage::instant;
use super::files::take;
use crate::answer::held;
use crate::exit::Failure;
use crate::globals::Globals;
use crate::ingest::Writer;

/// Read owners of services from CODEOWNERS of a git repository, with its history
///
/// Counts only where neither files nor a catalogue name owners of a service.
#[derive(Debug, Clone, Args, Deserialize, JsonSchema)]
#[command(after_help = "Examples:
  milepost ingest codeowners ~/src/shop
  milepost ingest codeowners /srv/git/shop.git --repository github.com/acme/shop --on 2026-03-31")]
pub(crate) struct IngestCodeownersArgs {
    /// Repository, bare or not, or a folder within one
    pub(super) path: PathBuf,
    /// Read the file as it was at the end of this day (UTC), not as it is now
    #[arg(long, value_name = "DATE")]
    #[serde(default, deserialize_with = "crate::config::day")]
    on: Option<NaiveDate>,
    /// Name the repository has in the lake [default: the origin remote's host/owner/name, else the folder's name]
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
}

pub(super) async fn run(
    args: &IngestCodeownersArgs,
    writer: &mut Writer<'_>,
) -> Result<(), Failure> {
    let as_of = writer.globals.as_of;
    let codeowners = Codeowners::open(&args.path, args.repository.clone())?;
    writer.lock().await?;
    let known = known(writer.globals, codeowners.repository_id()).await?;
    let until = args.on.map_or(as_of, |on| end_of(on).min(as_of));
    let owned = tokio::task::block_in_place(|| codeowners.read(&known, until, as_of))?;
    let source = format!("{SOURCE}:{}", codeowners.repository_id());
    take(&owned.files, &source, writer).await?;
    writer.tell(&owned.remarks);
    Ok(())
}

/// The last instant of a day.
fn end_of(day: NaiveDate) -> DateTime<Utc> {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    next.and_time(NaiveTime::MIN).and_utc() - TimeDelta::microseconds(1)
}

/// What the lake holds that decides whose a service is.
async fn known(globals: &Globals, repository_id: &str) -> Result<Known, Failure> {
    let id = repository_id.replace('\'', "''");
    let mut known = Known::default();
    // What git inferred stands back where somebody recorded services of the repository.
    let parts = format!(
        "select service_id, array_to_string(include_globs, chr(10)),
                array_to_string(exclude_globs, chr(10))
         from service_repositories
         where repository_id = '{id}' and deleted_at is null
           and (basis = 'recorded' or not exists (
             select 1 from service_repositories r
             where r.repository_id = '{id}' and r.deleted_at is null and r.basis = 'recorded'))
         order by service_id"
    );
    let globs = |text: &str| text.lines().map(str::to_owned).collect();
    for row in held(globals, &globals.lake, "service_repositories", &parts).await? {
        let service_id = row[0].clone();
        let (include_globs, exclude_globs) = (globs(&row[1]), globs(&row[2]));
        known.parts.push(KnownPart { service_id, include_globs, exclude_globs });
    }
    let teams = "select team_id from teams where deleted_at is null";
    known.teams.extend(held(globals, &globals.lake, "teams", teams).await?.into_iter().flatten());
    let given = format!(
        "select service_id, team_id, valid_from, valid_to from service_owners
         where source_id = '{id}' and deleted_at is null
           and array_to_string(field_sources, ' ') like '%*=codeowners@%'"
    );
    for row in held(globals, &globals.lake, "service_owners", &given).await? {
        if let Some(valid_from) = instant(&row[2]) {
            let (subject, object, valid_to) = (row[0].clone(), row[1].clone(), instant(&row[3]));
            known.given.push(Interval { subject, object, valid_from, valid_to });
        }
    }
    Ok(known)
}
