//! A small upstream that is ingested in two runs, and what the lake holds after each.

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::{DateTime, Utc};
use datafusion::catalog::SchemaProvider;
use datafusion::prelude::SessionContext;
use milepost_events::tables::{Artifact, FailedDeployment, LinkMethod, Person};
use milepost_events::{Basis, Provenance, batch};
use milepost_lake::{DerivedFrom, Lake, LakeError};

/// Name of the source.
pub(crate) const SOURCE: &str = "test:upstream";
/// Tables that the runs fill.
pub(crate) const TABLES: [&str; 4] = ["artifacts", "people", "ingest_runs", "failed_deployments"];

/// Rows by table, as text in order.
pub(crate) type Contents = BTreeMap<&'static str, Vec<String>>;

pub(crate) fn day(day: u32) -> DateTime<Utc> {
    format!("2026-01-{day:02}T00:00:00Z").parse().expect("an instant")
}

fn provenance(on: u32) -> Provenance {
    Provenance {
        source: SOURCE.to_owned(),
        source_id: None,
        source_url: None,
        observed_at: day(on),
        deleted_at: None,
        basis: Basis::Recorded,
    }
}

pub(crate) fn artifacts(digests: &[&str], on: u32) -> RecordBatch {
    let rows: Vec<Artifact> = digests
        .iter()
        .map(|digest| Artifact {
            artifact_digest: (*digest).to_owned(),
            reference: Some(format!("shop:{digest}")),
            repository_id: None,
            sha: None,
            built_at: None,
            provenance: provenance(on),
        })
        .collect();
    batch(&rows).expect("rows")
}

pub(crate) fn people(names: &[(&str, &str)], on: u32) -> RecordBatch {
    let rows: Vec<Person> = names
        .iter()
        .map(|(id, name)| Person {
            person_id: (*id).to_owned(),
            name: Some((*name).to_owned()),
            kind: None,
            role: None,
            hired_on: None,
            left_on: None,
            provenance: provenance(on),
        })
        .collect();
    batch(&rows).expect("rows")
}

/// Reads everything that is new upstream on that day, from where the last run ended.
pub(crate) async fn ingest(lake: &Lake, on: u32) -> Result<(), LakeError> {
    let last = lake.checkpoint(SOURCE).await?;
    let cursor = last.as_ref().and_then(|last| last.cursor.as_deref());
    // A cursor that says nothing: the lake may hold some of it.
    let is_new = cursor != Some("");
    let done: u32 = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    let mut ingest = lake.begin(SOURCE, last.as_ref()).await?;
    let mut first = Vec::new();
    if done < 1 {
        first.push(artifacts(&["a1", "a2", "a3"], 1));
        ingest.upsert("people", people(&[("ann", "Ann"), ("bo", "Bo")], 1))?;
    }
    if done < 2 && on >= 2 {
        first.push(artifacts(&["b1", "b2"], 2));
        ingest.upsert("people", people(&[("ann", "Ann Lee"), ("cy", "Cy")], 2))?;
    }
    for rows in first {
        match is_new {
            true => ingest.append("artifacts", rows).await?,
            false => ingest.upsert("artifacts", rows)?,
        }
    }
    ingest.finish(last.as_ref(), Some(on.max(done).to_string()), day(on), 0, "1").await?;
    Ok(())
}

/// Writes a derived table that follows from the people there are.
pub(crate) async fn derive(lake: &Lake) -> Result<(), LakeError> {
    if lake.stored_derived()?.is_some() {
        return Ok(());
    }
    let people = rows(lake, "people").await?;
    let row = FailedDeployment {
        deployment_id: format!("d{}", people.len()),
        service_id: "shop".to_owned(),
        failed_at: day(1),
        recovered_at: None,
        recovery_seconds: None,
        incident_id: None,
        link_method: LinkMethod::Explicit,
        remediated_by_deployment_id: None,
        definition_id: "d".to_owned(),
    };
    let rows = batch(&[row]).expect("a row");
    let from = DerivedFrom {
        definition_id: "d".to_owned(),
        holds_from: None,
        holds_until: None,
        derivation: 0,
    };
    lake.write_derived(vec![("failed_deployments", rows)], from).await
}

/// The first run and the second, nothing in their way.
pub(crate) async fn undisturbed(lake: &Lake) {
    for on in [1, 2] {
        ingest(lake, on).await.expect("an ingest");
        derive(lake).await.expect("derived tables");
    }
}

pub(crate) async fn rows(lake: &Lake, table: &str) -> Result<Vec<String>, LakeError> {
    let facts = lake.facts("d", day(9));
    let Some(provider) = facts.table(table).await? else {
        return Ok(Vec::new());
    };
    let batches = SessionContext::new().read_table(provider)?.collect().await?;
    let mut rows = Vec::new();
    for rows_of in &batches {
        let options = FormatOptions::default().with_null("-");
        let columns = rows_of
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
            .collect::<Result<Vec<_>, _>>()?;
        for at in 0..rows_of.num_rows() {
            let row: Vec<String> =
                columns.iter().map(|column| column.value(at).to_string()).collect();
            rows.push(row.join(" "));
        }
    }
    rows.sort();
    Ok(rows)
}

/// What a reader sees.
pub(crate) async fn contents(lake: &Lake) -> Result<Contents, LakeError> {
    let mut contents = Contents::new();
    for table in TABLES {
        contents.insert(table, rows(lake, table).await?);
    }
    Ok(contents)
}

/// The same without the runs, of which a disturbed history has more.
pub(crate) async fn facts(lake: &Lake) -> Result<Contents, LakeError> {
    let mut contents = contents(lake).await?;
    contents.remove("ingest_runs");
    Ok(contents)
}

/// Steps between two that are tried: every one where the variable asks for it.
pub(crate) fn stride(usual: usize) -> usize {
    if std::env::var_os("MILEPOST_EVERY_STEP").is_some() { 1 } else { usual }
}

/// Every file below a folder, sorted.
pub(crate) fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => open.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}

pub(crate) fn copy(from: &Path, to: &Path) {
    for file in files_below(from) {
        let target = to.join(file.strip_prefix(from).expect("below"));
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("folders");
        std::fs::copy(&file, target).expect("copied");
    }
}
