//! What the configuration says of capabilities, brought into the lake: what they are, and which
//! services used them when, as histories and runs of pipelines show it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Duration, Utc};
use milepost_events::tables::{AdoptionStatus, Capability, CapabilityAdoption};
use milepost_events::{Basis, Provenance, batch};
use milepost_sources::adoption::{CapabilityRule, History, Rules, ServicePart};
use milepost_sources::{OnePage, Page, Source as _, TablePart, Write};

use crate::answer::held;
use crate::config::{CapabilityConfig, Patterns};
use crate::exit::Failure;
use crate::ingest::{Start, Writer, pull, pulled_whole, sentence};

/// What the rows that the configuration itself gives name as their source.
const CONFIGURED: &str = "config";
/// Source of uses that runs of pipelines show.
const PIPELINES: &str = "pipelines";
/// A capability that no run has used for so long is not used any more.
const UNUSED_AFTER: Duration = Duration::days(90);

/// A repository whose commits this run has read.
pub(crate) struct ReadHistory {
    pub(crate) path: PathBuf,
    pub(crate) repository_id: String,
}

/// Brings capabilities and their uses up to the configuration and the facts.
///
/// # Errors
/// Where a history can't be read, or the lake can't be written.
pub(crate) async fn refresh(
    histories: Vec<ReadHistory>,
    writer: &mut Writer<'_>,
) -> Result<(), Failure> {
    // Without a configuration nothing is said of capabilities, neither that they are nor that they
    // are gone.
    if writer.globals.config.path.is_none() {
        return Ok(());
    }
    let capabilities = &writer.globals.config.capability;
    declare(capabilities, writer).await?;
    let rules: Vec<CapabilityRule> = capabilities
        .iter()
        .filter(|capability| !capability.file.is_empty())
        .map(CapabilityConfig::files)
        .collect();
    for history in histories {
        match of_files(&history, &rules, writer).await {
            // One that can't be read holds up no other, nor the metrics.
            Err(Failure::Failed(text)) => writer.gap(&text),
            read => read?,
        }
    }
    of_pipelines(capabilities, writer).await
}

/// Writes what capabilities there are. One that the configuration does not name any more goes.
async fn declare(capabilities: &[CapabilityConfig], writer: &Writer<'_>) -> Result<(), Failure> {
    let row = |one: &CapabilityConfig| Capability {
        capability_id: one.id.clone(),
        name: one.name.clone(),
        golden_path_ids: Some(one.golden_paths.clone()),
        owner_team_id: one.owner_team.clone(),
        released_on: one.released_on,
        deprecated_on: one.deprecated_on,
        sunset_on: one.sunset_on,
        provenance: provenance(CONFIGURED, Basis::Recorded, writer),
    };
    let rows: Vec<Capability> = capabilities.iter().map(row).collect();
    let rows = batch(&rows).map_err(unfit)?;
    let part = TablePart::Begins("capability_id", String::new());
    let write = Write::Complete { table: "capabilities", rows, source: CONFIGURED, part };
    keep(CONFIGURED, write, !capabilities.is_empty(), writer).await
}

/// Reads the history of a repository for files that show the use of capabilities.
async fn of_files(
    read: &ReadHistory,
    rules: &[CapabilityRule],
    writer: &mut Writer<'_>,
) -> Result<(), Failure> {
    let (globals, lake) = (writer.globals, writer.lake);
    let history = History::open(&read.path, &read.repository_id, globals.as_of)?;
    let name = history.source_name();
    let last = lake.checkpoint(&name).await?;
    if rules.is_empty() && last.is_none() {
        return Ok(());
    }
    let services = services(&read.repository_id, writer).await?;
    let rules = Rules::new(rules, &services).map_err(|fault| Failure::Usage(fault.to_string()))?;
    let cursor = last.as_ref().and_then(|last| last.cursor.as_deref());
    let adoptions = tokio::task::block_in_place(|| history.read(cursor, &rules))?;
    let Some(mut adoptions) = adoptions else {
        return Ok(lake.saw(&name, globals.as_of)?);
    };
    let pulled = pull(lake, &mut adoptions, Start::after(last), globals.as_of).await?;
    let written = pulled_whole(pulled)?;
    if written.rows() > 0 {
        globals.remark(&sentence(&name, &written));
    }
    writer.tell(&adoptions.remarks());
    Ok(())
}

/// Services that are built from a repository; the repository itself where none is known.
async fn services(repository_id: &str, writer: &Writer<'_>) -> Result<Vec<ServicePart>, Failure> {
    let sql = format!(
        "select service_id, array_to_string(include_globs, chr(10)) as include, \
                array_to_string(exclude_globs, chr(10)) as exclude \
         from service_repositories where repository_id = '{}' and deleted_at is null \
         order by service_id",
        repository_id.replace('\'', "''")
    );
    let rows = held(writer.globals, writer.lake, "service_repositories", &sql).await?;
    let globs = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let mut services: Vec<ServicePart> = rows
        .into_iter()
        .map(|row| ServicePart {
            service_id: row[0].clone(),
            include: Some(globs(&row[1])).filter(|globs| !globs.is_empty()),
            exclude: globs(&row[2]),
        })
        .collect();
    if services.is_empty() {
        let service_id = repository_id.to_owned();
        services.push(ServicePart { service_id, include: None, exclude: Vec::new() });
    }
    Ok(services)
}

/// Writes which services used capabilities by the runs of their pipelines.
async fn of_pipelines(
    capabilities: &[CapabilityConfig],
    writer: &Writer<'_>,
) -> Result<(), Failure> {
    let is_asked = capabilities.iter().any(|capability| !capability.pipeline.is_empty());
    let mut rows = Vec::new();
    if is_asked {
        let runs = runs(writer).await?;
        for capability in capabilities {
            let patterns = capability.pipeline.iter().map(|rule| rule.patterns());
            let patterns = patterns.collect::<Result<Vec<_>, _>>().map_err(Failure::Usage)?;
            rows.extend(uses(&capability.id, &patterns, &runs, writer));
        }
    }
    let rows = batch(&rows).map_err(unfit)?;
    let part = TablePart::Is("source_id", PIPELINES.to_owned());
    let write = Write::Complete { table: "capability_adoptions", rows, source: PIPELINES, part };
    keep(PIPELINES, write, is_asked, writer).await
}

/// A run of a pipeline of a service.
struct Run {
    service_id: String,
    workflow: String,
    path: String,
    branch: String,
    at: DateTime<Utc>,
}

async fn runs(writer: &Writer<'_>) -> Result<Vec<Run>, Failure> {
    let sql = "select coalesce(s.service_id, r.repository_id), r.name, r.path, r.branch, \
                      cast(r.started_at as bigint) \
               from pipeline_runs r \
               left join service_repositories s \
                 on s.repository_id = r.repository_id and s.deleted_at is null \
               where r.deleted_at is null and r.started_at is not null \
                 and r.repository_id is not null \
               order by 1, 5";
    // Without the table of services every run would be lost with it.
    let sql = match writer.lake.root().join("service_repositories").is_dir() {
        true => sql.to_owned(),
        false => "select repository_id, name, path, branch, cast(started_at as bigint) \
                  from pipeline_runs where deleted_at is null and started_at is not null \
                    and repository_id is not null order by 1, 5"
            .to_owned(),
    };
    let rows = held(writer.globals, writer.lake, "pipeline_runs", &sql).await?;
    let run = |row: Vec<String>| {
        let at = DateTime::from_timestamp_micros(row.get(4)?.parse().ok()?)?;
        let [service_id, workflow, path, branch, _] = <[String; 5]>::try_from(row).ok()?;
        Some(Run { service_id, workflow, path, branch, at })
    };
    Ok(rows.into_iter().filter_map(run).collect())
}

/// Periods of use: from the first matching run until [`UNUSED_AFTER`] the last one.
fn uses(
    capability_id: &str,
    patterns: &[Patterns],
    runs: &[Run],
    writer: &Writer<'_>,
) -> Vec<CapabilityAdoption> {
    let mut of_services: BTreeMap<&str, Vec<(DateTime<Utc>, &str)>> = BTreeMap::new();
    let as_of = writer.globals.as_of;
    let matches = |run: &&Run| {
        run.at <= as_of
            && patterns.iter().any(|one| one.match_run(&run.workflow, &run.path, &run.branch))
    };
    for run in runs.iter().filter(matches) {
        of_services.entry(&run.service_id).or_default().push((run.at, &run.workflow));
    }
    let row = |service_id: &str, from: (DateTime<Utc>, &str), last: DateTime<Utc>| {
        let end = last + UNUSED_AFTER;
        CapabilityAdoption {
            service_id: service_id.to_owned(),
            capability_id: capability_id.to_owned(),
            valid_from: from.0,
            status: Some(AdoptionStatus::Adopted),
            reason: None,
            version: None,
            valid_to: (end <= as_of).then_some(end),
            evidence: Some(format!("runs of {}", from.1)),
            provenance: Provenance {
                source_id: Some(PIPELINES.to_owned()),
                ..provenance(PIPELINES, Basis::Inferred, writer)
            },
        }
    };
    let mut rows = Vec::new();
    for (service_id, times) in of_services {
        for period in times.chunk_by(|one, next| next.0 - one.0 < UNUSED_AFTER) {
            if let (Some(first), Some(last)) = (period.first(), period.last()) {
                rows.push(row(service_id, *first, last.0));
            }
        }
    }
    rows
}

/// Keeps all rows of a source, and says what changed. Where there are none and never were any,
/// nothing is written.
async fn keep(name: &str, write: Write, is_told: bool, writer: &Writer<'_>) -> Result<(), Failure> {
    let (globals, lake) = (writer.globals, writer.lake);
    let last = lake.checkpoint(name).await?;
    if !is_told && last.is_none() {
        return Ok(());
    }
    let mut page = OnePage::new(name, Page { writes: vec![write], ..Page::default() });
    let written = pulled_whole(pull(lake, &mut page, Start::after(last), globals.as_of).await?)?;
    if written.rows() > 0 {
        globals.remark(&sentence(name, &written));
    }
    Ok(())
}

fn provenance(source: &str, basis: Basis, writer: &Writer<'_>) -> Provenance {
    Provenance {
        source: source.to_owned(),
        source_id: None,
        source_url: None,
        observed_at: writer.globals.as_of,
        deleted_at: None,
        basis,
    }
}

fn unfit(error: milepost_events::EventError) -> Failure {
    Failure::failed("failed to put capabilities together", error)
}
