//! What keeps a lake small, up to date and free of people who asked to be forgotten.

use std::fs;
use std::path::Path;

use arrow::array::RecordBatch;
use milepost_lake::Lake;

use crate::upstream::{SOURCE, contents, day, files_below, ingest, people, rows, undisturbed};

/// Writes Ann again and again, each time as another file and version.
async fn many_versions(lake: &Lake) {
    for on in 3..12 {
        let last = lake.checkpoint(SOURCE).await.expect("a cursor");
        let mut run = lake.begin(SOURCE, last.as_ref()).await.expect("a run");
        let one = people(&[("ann@acme.test", &format!("Ann {on}")), (&format!("p{on}"), "P")], on);
        run.upsert("people", one).expect("rows");
        run.finish(last.as_ref(), Some(on.to_string()), day(on), 0, "1").await.expect("a run");
    }
}

fn names(root: &Path, needle: &str) -> Vec<std::path::PathBuf> {
    let has = |path: &std::path::PathBuf| {
        let bytes = fs::read(path).expect("a file");
        bytes.windows(needle.len()).any(|part| part.eq_ignore_ascii_case(needle.as_bytes()))
    };
    files_below(root).into_iter().filter(has).collect()
}

/// The newest version in a table's log.
fn version(table: &Path) -> u64 {
    let names = files_below(&table.join("_delta_log"));
    let stems = names.iter().filter(|path| path.extension().is_some_and(|e| e == "json"));
    stems.filter_map(|path| path.file_stem()?.to_str()?.parse().ok()).max().expect("a version")
}

/// Rows of a version, as another program counts them.
async fn version_rows(table: &Path, version: u64) -> Result<usize, deltalake::DeltaTableError> {
    let url = deltalake::ensure_table_uri(table.to_string_lossy())?;
    let opened = deltalake::open_table_with_version(url, version).await?;
    let session = datafusion::prelude::SessionContext::new();
    let rows: Vec<RecordBatch> =
        session.read_table(opened.table_provider().await?)?.collect().await?;
    Ok(rows.iter().map(RecordBatch::num_rows).sum())
}

#[tokio::test(flavor = "multi_thread")]
async fn maintenance_never_touches_what_a_closed_month_rests_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = Lake::at(folder.path().join("lake"));
    undisturbed(&lake).await;
    many_versions(&lake).await;
    let table = lake.root().join("people");
    // Ann, Bo, Cy, Ann's address and nine others.
    let sealed = version(&table);
    assert_eq!(version_rows(&table, sealed).await.expect("rows"), 13);
    lake.seal("2026-01", Some("2099-12-31".parse().expect("a day"))).await.expect("sealed");
    let unsealed = sealed - 1;
    lake.maintain("2090-01-01T00:00:00Z".parse().expect("an instant")).await.expect("maintained");
    assert_eq!(version_rows(&table, sealed).await.expect("it is still there"), 13);
    assert!(version_rows(&table, unsealed).await.is_err(), "others are gone");
    let before = contents(&lake).await.expect("a lake");
    // Once its day is over it goes.
    lake.maintain("2100-01-01T00:00:00Z".parse().expect("an instant")).await.expect("maintained");
    assert!(version_rows(&table, sealed).await.is_err());
    assert_eq!(contents(&lake).await.expect("a lake"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_began_before_maintenance_reads_to_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = Lake::at(folder.path().join("lake"));
    undisturbed(&lake).await;
    many_versions(&lake).await;
    let facts = lake.facts("d", day(20));
    let session = datafusion::prelude::SessionContext::new();
    let provider = datafusion::catalog::SchemaProvider::table(facts.as_ref(), "people");
    let frame =
        session.read_table(provider.await.expect("a lake").expect("people")).expect("a plan");
    lake.maintain(day(20)).await.expect("maintained");
    assert_eq!(frame.count().await.expect("its files are there"), 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_forgotten_is_in_no_file_any_more_and_does_not_come_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = Lake::at(folder.path().join("lake"));
    undisturbed(&lake).await;
    many_versions(&lake).await;
    let count = rows(&lake, "people").await.expect("a lake").len();
    assert!(!names(lake.root(), "ann@acme.test").is_empty());
    assert_eq!(lake.forget("nobody@acme.test").await.expect("a lake"), None);
    let done = lake.forget("Ann@acme.test").await.expect("a lake").expect("a person");
    assert_eq!((done.pseudonym.as_str(), done.rows["people"]), ("forgotten-1", 1));
    assert!(done.kept.is_empty());
    assert_eq!(names(lake.root(), "ann@acme.test"), Vec::<std::path::PathBuf>::new());
    assert_eq!(names(lake.root(), "Ann 11"), Vec::<std::path::PathBuf>::new());
    let after = rows(&lake, "people").await.expect("a lake");
    assert_eq!(after.len(), count, "counts stay");
    assert!(after.iter().any(|row| row.starts_with("forgotten-1 - ")), "{after:?}");
    assert!(lake.examine().await.expect("a lake").is_empty());

    // The source names the person again, and somebody else.
    let last = lake.checkpoint(SOURCE).await.expect("a cursor");
    let mut run = lake.begin(SOURCE, last.as_ref()).await.expect("a run");
    run.upsert("people", people(&[("ANN@acme.test", "Ann"), ("di", "Di")], 14)).expect("rows");
    run.finish(last.as_ref(), Some("14".to_owned()), day(14), 0, "1").await.expect("a run");
    assert_eq!(names(lake.root(), "ann@acme.test"), Vec::<std::path::PathBuf>::new());
    assert_eq!(rows(&lake, "people").await.expect("a lake").len(), count + 1);
    let again = lake.forget("ann@acme.test").await.expect("a lake").expect("known already");
    assert_eq!((again.pseudonym.as_str(), again.rows.len()), ("forgotten-1", 0));
    ingest(&lake, 15).await.expect("an ingest");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_closed_month_rests_on_is_named_when_somebody_is_forgotten() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = Lake::at(folder.path().join("lake"));
    undisturbed(&lake).await;
    many_versions(&lake).await;
    let until = "2033-12-31".parse().expect("a day");
    lake.seal("2026-01", Some(until)).await.expect("sealed");
    let sealed = version(&lake.root().join("people"));
    let done = lake.forget("ann@acme.test").await.expect("a lake").expect("a person");
    assert_eq!(done.kept, [("2026-01".to_owned(), Some(until))].into());
    assert_eq!(version_rows(&lake.root().join("people"), sealed).await.expect("kept"), 13);
    assert!(!rows(&lake, "people").await.expect("a lake").iter().any(|row| row.contains("ann@")));
}
