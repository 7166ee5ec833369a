//! Any step of a run fails, is half done, or lies: no reader sees a state that no run left, and
//! the next run ends where an undisturbed one does.

use milepost_lake::{Lake, LakeError};

use crate::faulty::{Fault, FaultyDisk, Step};
use crate::upstream::{contents, copy, derive, facts, ingest, stride, undisturbed};

async fn second_run(lake: &Lake) -> Result<(), LakeError> {
    ingest(lake, 2).await?;
    derive(lake).await
}

async fn fault_at_every_step(fault: Fault) {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, whole) = (folder.path().join("first"), folder.path().join("whole"));
    let lake = Lake::at(&first);
    ingest(&lake, 1).await.expect("an ingest");
    derive(&lake).await.expect("derived tables");
    let before = contents(&lake).await.expect("a lake");
    undisturbed(&Lake::at(&whole)).await;
    let last = facts(&Lake::at(&whole)).await.expect("a lake");

    let sound = FaultyDisk::sound();
    let counted = folder.path().join("counted");
    copy(&first, &counted);
    second_run(&Lake::on(&counted, sound.clone())).await.expect("an ingest");
    let steps = sound.steps();
    assert!(steps.len() > 40, "a run has many steps: {}", steps.len());
    let (mut failed, mut went_on) = (0, 0);
    for at in (fault as usize..steps.len()).step_by(stride(5)) {
        // Reading is no different from step to step.
        if steps[at] == Step::Read && at % 3 > 0 {
            continue;
        }
        let root = folder.path().join(format!("{fault:?}-{at}"));
        copy(&first, &root);
        let run = second_run(&Lake::on(&root, FaultyDisk::with(at, fault))).await;
        let lake = Lake::at(&root);
        let seen = contents(&lake).await.unwrap_or_else(|error| panic!("step {at}: {error}"));
        match run {
            Ok(()) => {
                went_on += 1;
                assert_eq!(
                    facts(&lake).await.expect("a lake"),
                    last,
                    "step {at}: it said it is done"
                );
            }
            Err(error) => {
                failed += 1;
                let is_first = seen == before;
                let is_read = seen["ingest_runs"].len() == 2 && seen["people"] == last["people"];
                assert!(is_first || is_read, "step {at}: {error}: a reader sees {seen:#?}");
            }
        }
        second_run(&lake).await.unwrap_or_else(|error| panic!("the run after step {at}: {error}"));
        assert_eq!(facts(&lake).await.expect("a lake"), last, "the run after step {at}");
        std::fs::remove_dir_all(&root).expect("removed");
    }
    match fault {
        Fault::Dies => assert!(failed > 5, "{failed}"),
        _ => assert!(failed + went_on > 5, "{failed} {went_on}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_fails_loses_nothing() {
    fault_at_every_step(Fault::Fails).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_goes_away_loses_nothing() {
    fault_at_every_step(Fault::Dies).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_is_half_done_loses_nothing() {
    fault_at_every_step(Fault::Half).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_whose_answer_is_lost_is_not_done_twice() {
    fault_at_every_step(Fault::LosesAnswer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_lies_is_found_out() {
    fault_at_every_step(Fault::Lies).await;
}
