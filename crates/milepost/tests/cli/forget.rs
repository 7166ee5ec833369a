//! `people forget`, as somebody uses it who was asked to.

use std::fs;

use crate::repository::{BO, Draft};
use crate::world::{World, files_below};

const AS_OF: &str = "2026-02-01T00:00:00Z";

fn files_that_name(world: &World, needle: &str) -> Vec<std::path::PathBuf> {
    let named = |bytes: &[u8]| bytes.windows(needle.len()).any(|part| part == needle.as_bytes());
    files_below(&world.path("lake"))
        .into_iter()
        .filter(|(_, bytes)| named(bytes))
        .map(|(path, _)| path)
        .collect()
}

#[test]
fn nobody_finds_somebody_forgotten_in_the_lake_again() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.commit("main", Draft::new("Begin", "2026-01-05 09:00").file("a", "1\n"));
    let message = "Open the door\n\nCo-authored-by: Ann <ann@acme.test>";
    git.commit("main", Draft::new(message, "2026-01-06 09:00").by(BO).file("b", "1\n"));
    let subject = "Answer ann@acme.test";
    git.commit(
        "main",
        Draft::new(subject, "2026-01-07 09:00").by(BO).committer(BO).file("c", "1\n"),
    );
    git.release("v1.0.0", "main", "2026-01-08 09:00");
    world.ingest(&git, "lake", &[]);
    let bad = world.file(
        "incidents.csv",
        "incident_id,service_id,created_at\ni1,shop,when ann@acme.test called\n",
    );
    let lake = world.place("lake");
    assert_eq!(world.milepost(&["ingest", "files", &bad, "--lake", &lake]).code, Some(3));
    let authors = "select author_email, author_name, committer_email, subject from commits order by authored_at";
    assert_eq!(world.lines("lake", authors)[0], "ann@acme.test | Ann | ann@acme.test | Begin");
    let people = world.lines("lake", "select count(*) as n from people");

    let unknown = world.milepost(&["people", "forget", "ann", "--lake", &lake]);
    assert_eq!(unknown.code, Some(2), "{}", unknown.stderr);
    assert!(unknown.stderr.contains("select person_id"), "{}", unknown.stderr);
    let forget = ["people", "forget", "ann@acme.test", "--format", "csv", "--lake", &lake];
    let run = world.milepost(&forget).ok();
    // Ann wrote one, was co-author of one, and is named by the subject of one.
    assert!(run.stdout.contains("commits,3"), "{}", run.stdout);
    assert!(run.stdout.contains("rejected_records,1"), "{}", run.stdout);
    assert!(run.stderr.contains("forgotten-1"), "{}", run.stderr);
    assert_eq!(files_that_name(&world, "ann@acme.test"), Vec::<std::path::PathBuf>::new());
    let expected = [
        "forgotten-1 | - | forgotten-1 | Begin",
        "bo@acme.test | Bo | bo@acme.test | Open the door",
        "bo@acme.test | Bo | bo@acme.test | Answer forgotten-1",
    ];
    assert_eq!(world.lines("lake", authors), expected);
    assert_eq!(world.lines("lake", "select count(*) as n from people"), people);
    world.milepost(&["doctor", "--lake", &lake]).ok();

    // The repository still names Ann, and is read from its beginning again.
    git.commit("main", Draft::new("Go on", "2026-01-20 09:00").file("d", "1\n"));
    world.ingest(&git, "lake", &[]);
    for entry in fs::read_dir(world.path("lake/commits")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "parquet") {
            fs::write(path, "").expect("damaged");
        }
    }
    assert_eq!(world.milepost(&["doctor", "--repair", "--lake", &lake]).code, Some(3));
    world.ingest(&git, "lake", &[]);
    let lines = world.lines("lake", authors);
    assert_eq!((lines.len(), lines[0].as_str()), (4, expected[0]));
    assert_eq!(files_that_name(&world, "ann@acme.test"), Vec::<std::path::PathBuf>::new());
}
