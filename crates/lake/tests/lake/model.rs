//! Whatever happens in whatever order, the lake ends in the rows that an undisturbed run gives.
//!
//! The model is the upstream itself: a list of what it published and who its members are. Runs
//! are killed at random steps, answers get lost, rows come in another order, cursors are lost and
//! maintenance runs in between. A last undisturbed run must leave exactly what the model holds.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use milepost_events::tables::Identity;
use milepost_events::{Basis, Provenance, batch};
use milepost_lake::{Lake, LakeError, TablePart, Whole};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::faulty::{Fault, FaultyDisk};
use crate::upstream::{SOURCE, artifacts, day, people, rows};

/// Which rounds to run: `137` is that one, `1..500` are those before 500. Unset is round 0.
const ROUNDS: &str = "MILEPOST_FUZZ";
const CASES: u32 = 20;

#[derive(Debug, Clone)]
enum Action {
    /// Upstream publishes something that it never changes.
    Publish,
    /// Somebody gets another name.
    Rename(u8),
    /// Somebody becomes a member, or is none any more.
    Join(u8),
    /// A run, with the rows in the one order or the other.
    Ingest {
        is_reversed: bool,
    },
    /// A run that something happens to.
    Disturbed {
        fault: Fault,
        step: usize,
        is_reversed: bool,
    },
    /// The cursor is lost: everything is read again.
    ReadAgain,
    Maintain,
}

fn action() -> impl Strategy<Value = Action> {
    let fault = prop_oneof![
        4 => Just(Fault::Dies),
        1 => Just(Fault::Fails),
        1 => Just(Fault::Half),
        1 => Just(Fault::LosesAnswer),
        1 => Just(Fault::Lies),
    ];
    prop_oneof![
        3 => Just(Action::Publish),
        3 => (0..4_u8).prop_map(Action::Rename),
        2 => (0..4_u8).prop_map(Action::Join),
        2 => any::<bool>().prop_map(|is_reversed| Action::Ingest { is_reversed }),
        5 => (fault, 0..140_usize, any::<bool>())
            .prop_map(|(fault, step, is_reversed)| Action::Disturbed { fault, step, is_reversed }),
        1 => Just(Action::ReadAgain),
        1 => Just(Action::Maintain),
    ]
}

/// What upstream holds.
#[derive(Debug, Default)]
struct Model {
    /// In the order it happened: a publication, or somebody's new name.
    events: Vec<Event>,
    members: BTreeSet<String>,
}

#[derive(Debug, Clone)]
enum Event {
    Published(String),
    Renamed(String, String),
}

impl Model {
    fn publish(&mut self) {
        self.events.push(Event::Published(format!("digest-{}", self.events.len())));
    }

    fn rename(&mut self, who: u8) {
        let name = format!("Name{}", self.events.len());
        self.events.push(Event::Renamed(format!("person-{who}"), name));
    }

    fn join(&mut self, who: u8) {
        let member = format!("member-{who}");
        if !self.members.remove(&member) {
            self.members.insert(member);
        }
    }

    fn published(&self) -> Vec<String> {
        let digests = self.events.iter().filter_map(|event| match event {
            Event::Published(digest) => Some(digest.clone()),
            Event::Renamed(..) => None,
        });
        sorted(digests)
    }

    fn named(&self) -> Vec<String> {
        let mut names = BTreeMap::new();
        for event in &self.events {
            if let Event::Renamed(who, name) = event {
                names.insert(who.clone(), name.clone());
            }
        }
        sorted(names.into_iter().map(|(who, name)| format!("{who} {name}")))
    }
}

fn sorted(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<String> = texts.collect();
    texts.sort();
    texts
}

async fn ingest(lake: &Lake, model: &Model, is_reversed: bool) -> Result<(), LakeError> {
    let last = lake.checkpoint(SOURCE).await?;
    let cursor = last.as_ref().and_then(|last| last.cursor.as_deref());
    let done: usize = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    let mut new: Vec<(usize, &Event)> = model.events.iter().enumerate().skip(done).collect();
    if is_reversed {
        new.reverse();
    }
    let mut run = lake.begin(SOURCE, last.as_ref()).await?;
    for (at, event) in new {
        // A later event was seen later.
        let on = at as u32 + 1;
        match event {
            Event::Published(digest) if cursor != Some("") => {
                run.append("artifacts", artifacts(&[digest], on)).await?;
            }
            Event::Published(digest) => run.upsert("artifacts", artifacts(&[digest], on))?,
            Event::Renamed(who, name) => run.upsert("people", people(&[(who, name)], on))?,
        }
    }
    let members: Vec<Identity> = model.members.iter().map(|member| identity(member)).collect();
    let part = TablePart::Is("provider", "test".to_owned());
    let whole = Whole { source: SOURCE.to_owned(), part, at: day(28) };
    run.complete("identities", batch(&members).expect("rows"), whole)?;
    let cursor = model.events.len().to_string();
    run.finish(last.as_ref(), Some(cursor), day(28), 0, "1").await?;
    Ok(())
}

fn identity(member: &str) -> Identity {
    Identity {
        provider: "test".to_owned(),
        identifier: member.to_owned(),
        person_id: member.to_owned(),
        provenance: Provenance {
            source: SOURCE.to_owned(),
            source_id: None,
            source_url: None,
            observed_at: day(28),
            deleted_at: None,
            basis: Basis::Recorded,
        },
    }
}

async fn act(root: &Path, model: &mut Model, action: &Action) {
    let lake = Lake::at(root);
    match action {
        Action::Publish => model.publish(),
        Action::Rename(who) => model.rename(*who),
        Action::Join(who) => model.join(*who),
        Action::Ingest { is_reversed } => {
            ingest(&lake, model, *is_reversed).await.expect("an undisturbed run");
        }
        Action::Disturbed { fault, step, is_reversed } => {
            let disk: Arc<FaultyDisk> = FaultyDisk::with(*step, *fault);
            // It may end or not: what counts is what comes of it.
            drop(ingest(&Lake::on(root, disk), model, *is_reversed).await);
        }
        Action::ReadAgain => {
            let last = lake.checkpoint(SOURCE).await.expect("a cursor");
            let run = lake.begin(SOURCE, last.as_ref()).await.expect("a run");
            let cursor = Some(String::new());
            run.finish(last.as_ref(), cursor, day(28), 0, "1").await.expect("a run");
        }
        Action::Maintain => {
            let late = "2090-01-01T00:00:00Z".parse().expect("an instant");
            lake.maintain(late).await.expect("maintained");
        }
    }
}

async fn holds(actions: &[Action]) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("lake");
    let mut model = Model::default();
    for action in actions {
        act(&root, &mut model, action).await;
    }
    let lake = Lake::at(&root);
    ingest(&lake, &model, false).await.expect("the last run");
    let first = |row: &String| row.split(' ').next().expect("a key").to_owned();
    let seen = rows(&lake, "artifacts").await.expect("a lake");
    assert_eq!(sorted(seen.iter().map(first)), model.published());
    let seen = rows(&lake, "people").await.expect("a lake");
    let named = |row: &String| row.split(' ').take(2).collect::<Vec<_>>().join(" ");
    assert_eq!(sorted(seen.iter().map(named)), model.named());
    // Columns: provider, identifier, person_id, source, source_id, source_url, observed_at,
    // deleted_at, basis.
    let seen = rows(&lake, "identities").await.expect("a lake");
    let living = seen.iter().filter(|row| row.split(' ').nth(7) == Some("-"));
    let member = |row: &String| row.split(' ').nth(1).expect("an identifier").to_owned();
    assert_eq!(sorted(living.map(member)), model.members.iter().cloned().collect::<Vec<_>>());
    let found = lake.examine().await.expect("an examination");
    assert!(!found.iter().any(|finding| finding.is_damage()), "{found:?}");
}

fn rounds() -> Range<u64> {
    let number = |text: &str| text.parse().expect("a number");
    match std::env::var(ROUNDS).ok().as_deref() {
        None => 0..1,
        Some(wanted) => match wanted.split_once("..") {
            Some((from, to)) => number(from)..number(to),
            None => number(wanted)..number(wanted) + 1,
        },
    }
}

#[test]
fn any_history_ends_in_the_rows_of_an_undisturbed_run() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for round in rounds() {
        let config = Config {
            cases: CASES,
            rng_seed: RngSeed::Fixed(round),
            failure_persistence: None,
            max_shrink_time: 60_000,
            ..Config::default()
        };
        let run = TestRunner::new(config).run(&vec(action(), 1..12), |actions| {
            runtime.block_on(holds(&actions));
            Ok(())
        });
        if let Err(failure) = run {
            panic!("{failure}\nto see it again: {ROUNDS}={round}");
        }
    }
}
