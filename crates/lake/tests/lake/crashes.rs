//! The power goes after any step: whatever was acknowledged is there, and the next run ends where
//! an undisturbed one does.

use std::path::Path;

use milepost_lake::Lake;

use crate::faulty::FaultyDisk;
use crate::upstream::{Contents, contents, derive, facts, ingest, stride};

/// How many steps had been done when each acknowledged state was reached, and the state.
struct Story {
    states: Vec<(usize, Contents)>,
    disk: std::sync::Arc<FaultyDisk>,
}

async fn told(root: &Path) -> Story {
    let disk = FaultyDisk::sound();
    let lake = Lake::on(root, disk.clone());
    let mut states = vec![(0, contents(&lake).await.expect("an empty lake"))];
    for on in [1, 2] {
        ingest(&lake, on).await.expect("an ingest");
        let steps = disk.steps().len();
        states.push((steps, contents(&Lake::at(root)).await.expect("a lake")));
        derive(&lake).await.expect("derived tables");
        let steps = disk.steps().len();
        states.push((steps, contents(&Lake::at(root)).await.expect("a lake")));
    }
    Story { states, disk }
}

async fn crash_after_every_step(keeps_names: bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("lake");
    let story = told(&root).await;
    let last = facts(&Lake::at(&root)).await.expect("a lake");
    let durable = story.disk.durable();
    // The two ways of losing take turns.
    for at in (usize::from(keeps_names)..durable.len()).step_by(stride(11)) {
        let left = &durable[at];
        let again = folder.path().join(format!("crash-{at}"));
        left.lay_out(folder.path(), &again, keeps_names);
        let lake = Lake::at(again.join("lake"));
        let seen = contents(&lake).await.unwrap_or_else(|error| panic!("after step {at}: {error}"));
        let acknowledged = story.states.iter().rposition(|(steps, _)| *steps <= at + 1);
        let acknowledged = acknowledged.expect("the empty lake at least");
        let next = (acknowledged + 1).min(story.states.len() - 1);
        assert!(
            [acknowledged, next].iter().any(|state| story.states[*state].1 == seen),
            "after step {at} a reader sees what no run left: {seen:#?}"
        );
        for on in [1, 2] {
            ingest(&lake, on).await.unwrap_or_else(|error| panic!("after step {at}: {error}"));
            derive(&lake).await.unwrap_or_else(|error| panic!("after step {at}: {error}"));
        }
        assert_eq!(facts(&lake).await.expect("a lake"), last, "after step {at}");
        std::fs::remove_dir_all(&again).expect("removed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_the_loss_of_all_that_was_not_synced() {
    crash_after_every_step(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_outlive_their_content_do_no_harm() {
    crash_after_every_step(true).await;
}
