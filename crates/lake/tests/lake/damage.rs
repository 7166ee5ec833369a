//! Files that rot, vanish or change places: no number is computed from them, and what a repair
//! takes away the next runs bring back.

use std::fs;
use std::path::{Path, PathBuf};

use milepost_lake::{Lake, LakeError, Remedy};

use crate::upstream::{
    Contents, contents, copy, day, derive, facts, files_below, ingest, people, rows,
};

/// What happens to a file, with a name.
type Way = (&'static str, fn(&Path));

/// A lake after some runs, to be damaged over and over.
struct Sound {
    folder: tempfile::TempDir,
    contents: Contents,
    facts: Contents,
}

impl Sound {
    async fn new() -> Sound {
        let folder = tempfile::tempdir().expect("a folder");
        let lake = Lake::at(folder.path().join("sound"));
        for on in [1, 2, 3] {
            ingest(&lake, on).await.expect("an ingest");
            derive(&lake).await.expect("derived tables");
        }
        let (contents, facts) =
            (contents(&lake).await.expect("a lake"), facts(&lake).await.expect("a lake"));
        Sound { folder, contents, facts }
    }

    /// A copy with that damage done to it.
    fn damaged(&self, name: &str, damage: impl FnOnce(&Path)) -> Lake {
        let root = self.folder.path().join(name);
        copy(&self.folder.path().join("sound"), &root);
        damage(&root);
        Lake::at(root)
    }

    /// Fails where a reader is shown anything else than what was written, or where a repair and
    /// the next runs do not bring everything back.
    async fn must_be_found(&self, lake: &Lake, table: &str, what: &str) {
        match contents(lake).await {
            Ok(seen) => assert_eq!(seen, self.contents, "{what}: a reader sees something else"),
            Err(LakeError::Query(error)) => {
                let said = error.to_string();
                assert!(said.contains(table), "{what}: {said}");
                assert!(said.contains("doctor"), "{what}: {said}");
                let found = lake.examine().await.expect("an examination");
                assert!(
                    found.iter().any(|one| one.is_damage()),
                    "{what}: the doctor finds nothing"
                );
            }
            Err(error) => panic!("{what}: {error}"),
        }
        lake.repair(day(9)).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        let left = lake.examine().await.expect("an examination");
        assert!(!left.iter().any(|one| one.is_damage()), "{what}: still {left:?}");
        ingest(lake, 3).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        derive(lake).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(facts(lake).await.expect("a lake"), self.facts, "{what}: after the repair");
        fs::remove_dir_all(lake.root()).expect("removed");
    }
}

/// Commits of a table, oldest first.
fn commits(root: &Path, table: &str) -> Vec<PathBuf> {
    let log = root.join(table).join("_delta_log");
    files_below(&log)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect()
}

fn data(root: &Path, table: &str) -> Vec<PathBuf> {
    let is_data = |path: &PathBuf| path.extension().is_some_and(|e| e == "parquet");
    let not_log = |path: &PathBuf| !path.to_string_lossy().contains("_delta_log");
    files_below(&root.join(table)).into_iter().filter(is_data).filter(not_log).collect()
}

fn empty(path: &Path) {
    fs::write(path, "").expect("written");
}

fn cut(path: &Path) {
    let bytes = fs::read(path).expect("a file");
    fs::write(path, &bytes[..bytes.len() / 2]).expect("written");
}

fn blank(path: &Path) {
    let bytes = fs::read(path).expect("a file");
    fs::write(path, vec![0; bytes.len()]).expect("written");
}

fn gone(path: &Path) {
    fs::remove_file(path).expect("removed");
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).expect("a file");
    bytes[at] ^= 4;
    fs::write(path, bytes).expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_cut_short_or_holed_is_found() {
    let sound = Sound::new().await;
    let ways: [Way; 4] = [("empty", empty), ("cut", cut), ("blank", blank), ("gone", gone)];
    for table in ["artifacts", "people", "failed_deployments"] {
        let count = commits(&sound.folder.path().join("sound"), table).len();
        assert!(count >= 3, "{table} has {count} commits");
        let middle = (table == "artifacts").then_some(1);
        for at in middle.into_iter().chain([count - 1]) {
            for (name, way) in ways {
                let what = format!("{table}-{at}-{name}");
                let lake = sound.damaged(&what, |root| way(&commits(root, table)[at]));
                match rows(&lake, table).await {
                    // What that commit wrote may have been replaced since.
                    Ok(seen) => assert_eq!(seen, sound.contents[table], "{what}"),
                    Err(error) => {
                        assert!(error.to_string().contains("_delta_log"), "{what}: {error}");
                    }
                }
                // Other tables stay usable.
                let other = if table == "people" { "artifacts" } else { "people" };
                assert_eq!(
                    rows(&lake, other).await.expect("sound"),
                    sound.contents[other],
                    "{what}"
                );
                sound.must_be_found(&lake, table, &what).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stray_version_from_far_ahead_changes_nothing() {
    let sound = Sound::new().await;
    let lake = sound.damaged("ahead", |root| {
        let log = root.join("people/_delta_log");
        fs::copy(
            commits(root, "people").pop().expect("a commit"),
            log.join("00000000000000000099.json"),
        )
        .expect("copied");
    });
    let found = lake.examine().await.expect("an examination");
    assert!(found.iter().any(|one| matches!(one.remedy, Remedy::DropUnfinished(_))), "{found:?}");
    // Who writes is stopped, who reads sees what was written.
    let last = lake.checkpoint(crate::upstream::SOURCE).await.expect("a cursor");
    let mut run = lake.begin(crate::upstream::SOURCE, last.as_ref()).await.expect("a run");
    run.upsert("people", people(&[("di", "Di")], 4)).expect("rows");
    let stopped = run.finish(last.as_ref(), Some("4".to_owned()), day(4), 0, "1").await;
    assert!(matches!(stopped, Err(LakeError::Damaged { .. })), "{stopped:?}");
    sound.must_be_found(&lake, "people", "ahead").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_file_that_is_not_what_was_written_is_found() {
    let sound = Sound::new().await;
    let ways: [Way; 4] = [("empty", empty), ("cut", cut), ("blank", blank), ("gone", gone)];
    for (name, way) in ways {
        let lake = sound.damaged(name, |root| way(&data(root, "artifacts")[0]));
        let error = rows(&lake, "artifacts").await.expect_err(name).to_string();
        assert!(error.contains(".parquet"), "{name}: {error}");
        sound.must_be_found(&lake, "artifacts", name).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_bit_anywhere_in_a_data_file_is_found() {
    let sound = Sound::new().await;
    let size =
        fs::read(&data(&sound.folder.path().join("sound"), "artifacts")[0]).expect("a file").len();
    for at in (0..size).step_by(size / 40) {
        let what = format!("bit-{at}");
        let lake = sound.damaged(&what, |root| flip(&data(root, "artifacts")[0], at));
        let seen = rows(&lake, "artifacts").await;
        assert!(seen.is_err(), "{what}: a reader sees {seen:?}");
        fs::remove_dir_all(lake.root()).expect("removed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_data_files_that_changed_places_are_found() {
    let sound = Sound::new().await;
    let lake = sound.damaged("swapped", |root| {
        let files = data(root, "artifacts");
        assert!(files.len() > 1, "{files:?}");
        let first = fs::read(&files[0]).expect("a file");
        fs::copy(&files[1], &files[0]).expect("copied");
        fs::write(&files[1], first).expect("written");
    });
    sound.must_be_found(&lake, "artifacts", "swapped").await;
}

/// A lake whose people were written so often that there is a checkpoint.
async fn with_checkpoint() -> Sound {
    let mut sound = Sound::new().await;
    let lake = Lake::at(sound.folder.path().join("sound"));
    for on in 4..26 {
        let mut run = lake.begin("test:other", None).await.expect("a run");
        run.upsert("people", people(&[("di", &format!("Di {on}"))], on)).expect("rows");
        run.finish(None, None, day(on), 0, "1").await.expect("a run");
    }
    derive(&lake).await.expect("derived tables");
    sound.contents = contents(&lake).await.expect("a lake");
    sound.facts = facts(&lake).await.expect("a lake");
    sound
}

fn checkpoints(root: &Path) -> Vec<PathBuf> {
    let named = |path: &PathBuf| path.to_string_lossy().contains(".checkpoint.");
    files_below(&root.join("people/_delta_log")).into_iter().filter(named).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_checkpoint_is_found_and_costs_nothing() {
    let sound = with_checkpoint().await;
    let hint = |root: &Path| root.join("people/_delta_log/_last_checkpoint");
    let lake = sound.damaged("whole", |_| {});
    assert_eq!(contents(&lake).await.expect("read through the checkpoint"), sound.contents);
    assert_eq!(checkpoints(lake.root()).len(), 1);
    let ways: [Way; 4] = [("empty", empty), ("cut", cut), ("blank", blank), ("gone", gone)];
    for (name, way) in ways {
        for of in ["checkpoint", "hint"] {
            let what = format!("{of}-{name}");
            let lake = sound.damaged(&what, |root| match of {
                "hint" => way(&hint(root)),
                _ => way(&checkpoints(root)[0]),
            });
            sound.must_be_found(&lake, "people", &what).await;
        }
    }
    let size = fs::read(&checkpoints(&sound.folder.path().join("sound"))[0]).expect("a file").len();
    for at in (0..size).step_by(size / 8) {
        let what = format!("checkpoint-bit-{at}");
        let lake = sound.damaged(&what, |root| flip(&checkpoints(root)[0], at));
        match rows(&lake, "people").await {
            Ok(seen) => assert_eq!(seen, sound.contents["people"], "{what}"),
            Err(error) => assert!(error.to_string().contains("people"), "{what}: {error}"),
        }
        let repair = lake.repair(day(9)).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(!repair.mended.is_empty(), "{what}: it was not found");
        assert!(repair.mended.iter().all(|one| one.lost_rows == Some(0)), "{what}: {repair:?}");
        assert_eq!(
            contents(&lake).await.expect("mended")["people"],
            sound.contents["people"],
            "{what}"
        );
        fs::remove_dir_all(lake.root()).expect("removed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_a_checkpoint_covers_is_not_missed() {
    let sound = with_checkpoint().await;
    let lake = sound.damaged("covered", |root| empty(&commits(root, "people")[1]));
    assert_eq!(contents(&lake).await.expect("the checkpoint has it"), sound.contents);
    sound.must_be_found(&lake, "people", "covered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_belong_to_no_table_are_passed_over() {
    let sound = Sound::new().await;
    let lake = sound.damaged("strays", |root| {
        let people = root.join("people");
        fs::write(people.join("part-00000-orphan.parquet"), "x").expect("written");
        fs::write(people.join("part-1.parquet#12345"), "x").expect("written");
        fs::write(people.join("_delta_log/00000000000000000009.json#77"), "x").expect("written");
        fs::write(people.join("_delta_log/00000000000000000009.json.tmp"), "x").expect("written");
        fs::write(root.join("notes.txt"), "x").expect("written");
    });
    assert_eq!(contents(&lake).await.expect("a lake"), sound.contents);
    sound.must_be_found(&lake, "people", "strays").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_vanished_is_missed() {
    let sound = Sound::new().await;
    let lake = sound.damaged("vanished", |root| {
        fs::remove_dir_all(root.join("people")).expect("removed");
    });
    assert!(rows(&lake, "people").await.is_err());
    sound.must_be_found(&lake, "people", "vanished").await;
    let lake = sound.damaged("cursors", |root| {
        fs::remove_dir_all(root.join("ingest_runs")).expect("removed");
    });
    sound.must_be_found(&lake, "ingest_runs", "cursors").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_file_that_is_not_what_was_written_is_found() {
    let sound = Sound::new().await;
    let ways: [Way; 4] =
        [("empty", empty), ("cut", cut), ("blank", blank), ("flipped", |path| flip(path, 60))];
    for (name, way) in ways {
        let lake = sound.damaged(name, |root| way(&root.join("lake.json")));
        sound.must_be_found(&lake, "lake", name).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_program_wrote_is_not_read_before_it_is_taken_over() {
    let sound = Sound::new().await;
    let lake = sound.damaged("foreign", |_| {});
    let url =
        deltalake::ensure_table_uri(lake.root().join("people").to_string_lossy()).expect("a place");
    let table = deltalake::open_table(url).await.expect("a table");
    let rows_of = people(&[("di", "Di")], 4);
    table.write([rows_of]).await.expect("another program's commit");
    // Readers see what Milepost wrote; its own next write is stopped.
    assert_eq!(contents(&lake).await.expect("a lake"), sound.contents);
    let found = lake.examine().await.expect("an examination");
    assert!(found.iter().any(|one| one.problem.contains("another program")), "{found:?}");
    lake.repair(day(9)).await.expect("a repair");
    assert_eq!(
        rows(&lake, "people").await.expect("a lake").len(),
        sound.contents["people"].len() + 1
    );
    let found = lake.examine().await.expect("an examination");
    assert!(!found.iter().any(|one| one.is_damage()), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_of_a_later_version_is_refused_and_left_alone() {
    let sound = Sound::new().await;
    let lake = sound.damaged("newer", |root| {
        let path = root.join("lake.json");
        fs::write(path, "{\"format\": 2, \"written_by\": \"9.0.0\", \"else\": true}")
            .expect("written");
    });
    let before = files_below(lake.root());
    let refused = [
        rows(&lake, "people").await.expect_err("refused").to_string(),
        lake.examine().await.expect_err("refused").to_string(),
        lake.repair(day(9)).await.expect_err("refused").to_string(),
        lake.begin("x", None).await.err().expect("refused").to_string(),
        lake.migrate().await.expect_err("refused").to_string(),
    ];
    for said in refused {
        assert!(said.contains("9.0.0") && said.contains("later"), "{said}");
    }
    assert_eq!(files_below(lake.root()), before);
}
