use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;
use milepost_sources::backstage::{self, BETWEEN, Given, Known, SOURCE};
use milepost_sources::dated::{self, Interval};
use schemars::JsonSchema;
use serde::Deserialize;

use super::files::take;
use crate::answer::held;
use crate::exit::Failure;
use crate::globals::Globals;
use crate::ingest::Writer;

/// Read the catalogue of Backstage: services, their repositories and owners, teams and people
///
/// Folders are searched for catalog-info.yaml. JSON is read as the API gives it (`/api/catalog/entities`).
/// Who owns what is dated by comparing with the reads before: read the whole catalogue each time.
#[derive(Debug, Clone, Args, Deserialize, JsonSchema)]
#[command(after_help = "Examples:
  milepost ingest backstage ~/src
  milepost ingest backstage org.yaml services/
  curl -sS https://backstage.acme.test/api/catalog/entities | milepost ingest backstage - --type service")]
pub(crate) struct IngestBackstageArgs {
    /// Files of entities, or folders; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Take only components of this type; can be given several times [default: all]
    #[arg(long = "type", value_name = "TYPE")]
    #[serde(default)]
    types: Vec<String>,
}

pub(super) async fn run(
    args: &IngestBackstageArgs,
    writer: &mut Writer<'_>,
) -> Result<(), Failure> {
    writer.lock().await?;
    let known = known(writer.globals).await?;
    let read = || backstage::read(&args.paths, &args.types, &known, writer.globals.as_of);
    let catalogue = tokio::task::block_in_place(read)?;
    take(&catalogue.files, SOURCE, writer).await?;
    writer.tell(&catalogue.remarks);
    Ok(())
}

/// Rows that the source gives, whatever others say of them.
const IS_GIVEN: &str =
    "deleted_at is null and array_to_string(field_sources, ' ') like '%*=backstage@%'";

/// What the lake holds that decides what entities mean.
async fn known(globals: &Globals) -> Result<Known, Failure> {
    let mut known = Known::default();
    let aliases = "select alias, service_id from service_aliases where provider = 'backstage' \
                   and service_id is not null and deleted_at is null \
                   and not coalesce(array_has(field_sources, 'service_id=backstage'), false)";
    for row in held(globals, &globals.lake, "service_aliases", aliases).await? {
        known.aliases.push((row[0].clone(), row[1].clone()));
    }
    let repositories = "select repository_id from repositories where deleted_at is null";
    for row in held(globals, &globals.lake, "repositories", repositories).await? {
        known.with_repository(&row[0]);
    }
    let teams = format!("select source_id, team_id from teams where {IS_GIVEN}");
    for row in held(globals, &globals.lake, "teams", &teams).await? {
        known.teams.insert(row[0].clone(), row[1].clone());
    }
    let identities = "select provider, identifier, person_id from identities \
                      where person_id is not null and deleted_at is null";
    for row in held(globals, &globals.lake, "identities", identities).await? {
        known.with_identity(&row[0], &row[1], &row[2]);
    }
    for (table, key) in [
        ("services", "service_id"),
        ("service_repositories", "service_id, repository_id"),
        ("service_aliases", "provider, alias"),
    ] {
        let sql = format!("select source_id, {key} from {table} where {IS_GIVEN}");
        for row in held(globals, &globals.lake, table, &sql).await? {
            let (entity, key) = (row[0].clone(), row[1..].to_vec());
            known.given.push(Given { table: table.to_owned(), entity, key });
        }
    }
    known.owners = intervals(globals, "service_owners", "service_id, team_id", IS_GIVEN).await?;
    known.members = intervals(globals, "team_members", "team_id, person_id", IS_GIVEN).await?;
    let use_of = format!(
        "service_id, concat(capability_id, chr({}), coalesce(version, ''))",
        u32::from(BETWEEN)
    );
    let is_given = format!("deleted_at is null and source = '{SOURCE}'");
    known.uses = intervals(globals, "capability_adoptions", &use_of, &is_given).await?;
    for capability in &globals.config.capability {
        known.rules.extend(capability.annotations().map_err(Failure::Usage)?);
    }
    Ok(known)
}

/// What holds for a time by this source, and when it was last read.
async fn intervals(
    globals: &Globals,
    table: &str,
    pair: &str,
    is_given: &str,
) -> Result<dated::Known, Failure> {
    let sql = format!("select {pair}, valid_from, valid_to from {table} where {is_given}");
    let rows = held(globals, &globals.lake, table, &sql).await?;
    let interval = |row: &Vec<String>| {
        let valid_from = instant(&row[2])?;
        let (subject, object) = (row[0].clone(), row[1].clone());
        Some(Interval { subject, object, valid_from, valid_to: instant(&row[3]) })
    };
    let runs = format!("select max(finished_at) from ingest_runs where source = '{SOURCE}'");
    let last = held(globals, &globals.lake, "ingest_runs", &runs).await?;
    Ok(dated::Known {
        intervals: rows.iter().filter_map(interval).collect(),
        last_snapshot_at: last.first().and_then(|row| instant(&row[0])),
    })
}

/// An instant as the lake writes it, `None` for NULL.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc())
}
