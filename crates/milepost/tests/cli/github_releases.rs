//! Releases of GitHub as deployments, where they are asked for.

use crate::fake_github::{FakeGithub, Hosted, release, sha};
use crate::github::{AS_OF, count, hub, ingest, shop};
use crate::repository::Draft;
use crate::server::Answer;
use crate::world::{World, assert_same};
use serde_json::{Value, json};

const RELEASES: &[&str] = &["--deployments-from-releases"];

/// Rows from releases: GitHub's own deployments have other ids.
const DEPLOYED: &str = "select deployment_id, service_id, environment, sha, ref, finished_at, outcome, \
     deployed_by, basis, source_url from deployments \
     where deployment_id not like '%/deployments/%' and deleted_at is null order by 1";

fn with(mut release: Value, changes: &[(&str, Value)]) -> Value {
    for (name, value) in changes {
        release[*name] = value.clone();
    }
    release
}

/// One that counts, and three that do not or not yet.
fn releases() -> Vec<Value> {
    let at = "2026-01-20T10:00:00Z";
    vec![
        release(71, "v1.0.0", "2026-01-10T10:00:00Z", &sha(71, "t")),
        with(release(72, "v2.0.0", at, &sha(72, "t")), &[("isPrerelease", json!(true))]),
        with(
            release(73, "v3.0.0", at, &sha(73, "t")),
            &[("isDraft", json!(true)), ("publishedAt", json!(null)), ("tagCommit", json!(null))],
        ),
    ]
}

fn released(hub: &FakeGithub, releases: Vec<Value>) {
    hub.host("acme/shop", Hosted { releases, ..shop() });
}

fn own(hub: &FakeGithub, change: impl FnOnce(&mut Vec<Value>)) {
    change(&mut hub.state().repositories.get_mut("acme/shop").expect("it").releases);
}

#[test]
fn a_published_release_is_a_deployment_where_that_is_asked_for_and_drafts_and_prereleases_are_none()
{
    let (world, hub) = (World::as_of(AS_OF), hub());
    released(&hub, releases());
    ingest(&world, &hub, &["acme/shop"], &[]).ok();
    assert!(world.lines("lake", DEPLOYED).is_empty());
    let run = ingest(&world, &hub, &["acme/shop"], RELEASES).ok();
    assert!(run.stderr.contains("acme/shop/releases: 1 deployments"), "{}", run.stderr);
    let expected = [format!(
        "127.0.0.1/acme/shop@v1.0.0 | 127.0.0.1/acme/shop | production | {} | v1.0.0 | \
         2026-01-10T10:00:00Z | succeeded | ann | recorded | \
         https://github.test/acme/shop/releases/tag/v1.0.0",
        sha(71, "t")
    )];
    assert_eq!(world.lines("lake", DEPLOYED), expected);
    let again = ingest(&world, &hub, &["acme/shop"], RELEASES).ok();
    assert!(again.stderr.contains("acme/shop/releases: nothing new"), "{}", again.stderr);
    assert_eq!(count(&world, "deployments"), "2");
}

#[test]
fn releases_through_rest_are_the_same_rows() {
    let hub = hub();
    let many: Vec<Value> = (1..=230)
        .map(|number| {
            let at = format!("2026-01-{:02}T10:00:00Z", 1 + number % 28);
            release(number, &format!("v1.{number}.0"), &at, &sha(number, "t"))
        })
        .collect();
    released(&hub, [releases(), many].concat());
    let (told, rest) = (World::as_of(AS_OF), World::as_of(AS_OF));
    ingest(&told, &hub, &["acme/shop"], RELEASES).ok();
    hub.state().speaks_graphql = false;
    ingest(&rest, &hub, &["acme/shop"], RELEASES).ok();
    assert_eq!(told.lines("lake", DEPLOYED).len(), 231);
    assert_eq!(rest.lines("lake", DEPLOYED), told.lines("lake", DEPLOYED));
}

#[test]
fn a_release_and_its_tag_are_one_deployment_and_the_recorded_one_wins_in_any_order() {
    let hub = hub();
    let home = World::as_of(AS_OF);
    let mut origin = home.repository("origin");
    let begin = Draft::new("Begin", "2026-01-05 09:00").file("api/main", "1\n");
    let begun = origin.commit("main", begin);
    origin.tag("v1.0.0", "main");
    origin.tag("api-1.1.0", "main");
    let then =
        origin.commit("main", Draft::new("More", "2026-01-06 09:00").file("api/main", "2\n"));
    origin.tag("v1.0.1", "main");
    let git = std::path::Path::new(origin.place()).join(".git");
    let releases = vec![
        release(71, "v1.0.0", "2026-01-10T10:00:00Z", &begun),
        release(72, "api-1.1.0", "2026-01-11T10:00:00Z", &begun),
    ];
    let hosted = Hosted { number: 7, releases, git: Some(git), ..Hosted::default() };
    hub.host("acme/shop", hosted);
    let (mirror, clone) = (World::as_of(AS_OF), World::as_of(AS_OF));
    let rows = "select deployment_id, service_id, sha, basis from deployments \
                where deleted_at is null order by 1";
    let own = "127.0.0.1/acme/shop";
    let expected = [
        format!("{own}/api@api-1.1.0 | {own}/api | {begun} | recorded"),
        format!("{own}@v1.0.0 | {own} | {begun} | recorded"),
        // Nobody made a release of it.
        format!("{own}@v1.0.1 | {own} | {then} | inferred"),
    ];
    ingest(&mirror, &hub, &["acme/shop"], RELEASES).ok();
    assert_eq!(mirror.lines("lake", rows), expected);
    mirror.ingest(&origin, "lake", &["--repository", own]);
    assert_eq!(mirror.lines("lake", rows), expected);
    // Before the history tells that `api` is a service, its release is the repository's.
    let without_history = ["--deployments-from-releases", "--no-clone"];
    ingest(&clone, &hub, &["acme/shop"], &without_history).ok();
    assert_eq!(
        clone.lines("lake", "select deployment_id from deployments order by 1"),
        [format!("{own}@api-1.1.0"), format!("{own}@v1.0.0")]
    );
    clone.ingest(&origin, "lake", &["--repository", own]);
    ingest(&clone, &hub, &["acme/shop"], &without_history).ok();
    assert_eq!(clone.lines("lake", rows), expected);
    let [clone, mirror] = [&clone, &mirror].map(|world| {
        let mut rows = world.living("lake");
        // Answers that changed nothing are not kept.
        rows.remove("raw_pages");
        rows
    });
    assert_same(&clone, &mirror);
}

#[test]
fn a_tag_that_is_a_release_still_names_the_commit_of_other_deployments() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    let mut origin = world.repository("origin");
    let begun = origin.commit("main", Draft::new("Begin", "2026-01-05 09:00").file("a", "1\n"));
    origin.tag("v1.0.0", "main");
    let git = std::path::Path::new(origin.place()).join(".git");
    let releases = vec![release(71, "v1.0.0", "2026-01-10T10:00:00Z", &begun)];
    let hosted = Hosted { number: 7, releases, git: Some(git), ..Hosted::default() };
    hub.host("acme/shop", hosted);
    ingest(&world, &hub, &["acme/shop"], RELEASES).ok();
    let own = "127.0.0.1/acme/shop";
    let rows = format!(
        "deployment_id,service_id,repository_id,environment,ref,outcome,finished_at\n\
         d1,{own},{own},production,v1.0.0,succeeded,2026-01-12T10:00:00Z\n"
    );
    let file = world.file("deployments.csv", &rows);
    world.milepost(&["ingest", "files", &file, "--lake", &world.place("lake")]).ok();
    assert_eq!(
        world.lines(
            "lake",
            "select deployment_id, resolved_sha from classified_deployments order by 1"
        ),
        [format!("{own}@v1.0.0 | {begun}"), format!("d1 | {begun}")]
    );
}

#[test]
fn a_release_that_is_gone_or_was_taken_back_is_marked_as_deleted() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    let release = |id, tag| release(id, tag, "2026-01-10T10:00:00Z", &sha(id, "t"));
    released(&hub, vec![release(71, "v1.0.0"), release(72, "v1.1.0"), release(73, "v1.2.0")]);
    ingest(&world, &hub, &["acme/shop"], RELEASES).ok();
    own(&hub, |releases| {
        releases.remove(0);
        releases[0]["isPrerelease"] = json!(true);
    });
    ingest(&world, &hub, &["acme/shop"], RELEASES).ok();
    let rows = |world: &World| {
        world.lines(
            "lake",
            "select replace(deployment_id, '127.0.0.1/acme/shop', ''), deleted_at from deployments \
             order by 1",
        )
    };
    // GitHub's own deployment is none of them.
    let expected = [
        "/deployments/31 | -",
        "@v1.0.0 | 2026-03-01T00:00:00Z",
        "@v1.1.0 | 2026-03-01T00:00:00Z",
        "@v1.2.0 | -",
    ];
    assert_eq!(rows(&world), expected);
    // A prerelease that becomes the real one counts again.
    own(&hub, |releases| releases[0]["isPrerelease"] = json!(false));
    ingest(&world, &hub, &["acme/shop"], RELEASES).ok();
    assert_eq!(rows(&world)[2], "@v1.1.0 | -");
    own(&hub, Vec::clear);
    ingest(&world, &hub, &["acme/shop"], RELEASES).ok();
    assert_eq!(count(&world, "deployments where deleted_at is null"), "1");
}

#[test]
fn a_release_that_can_not_be_read_is_kept_aside_and_nothing_is_taken_for_gone() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    released(&hub, releases());
    ingest(&world, &hub, &["acme/shop"], RELEASES).ok();
    let at = "2026-01-12T10:00:00Z";
    own(&hub, |releases| {
        releases[0]["publishedAt"] = json!("lately");
        releases.push(release(74, "v1.1.0", at, &sha(74, "t")));
    });
    let run = ingest(&world, &hub, &["acme/shop"], RELEASES);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert_eq!(
        world.lines("lake", "select table_name, reason from rejected_records"),
        ["deployments | releases of acme/shop: `publishedAt` is no instant: lately"]
    );
    assert_eq!(
        world.lines("lake", "select ref from deployments where deleted_at is null order by 1"),
        ["main", "v1.0.0", "v1.1.0"]
    );
}

#[test]
fn releases_that_are_barred_hold_up_no_other_kind() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    released(&hub, releases());
    let forbidden = json!({"data": {"repository": {"releases": null}},
        "errors": [{"type": "FORBIDDEN", "message": "Resource not accessible"}]});
    hub.fails("releases(", 9, Answer::json(&forbidden));
    let flags = ["--deployments-from-releases", "--workflow-runs"];
    let run = ingest(&world, &hub, &["acme/shop"], &flags);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    let why = "releases of acme/shop: 127.0.0.1 answers with an error: Resource not accessible";
    assert!(run.stderr.contains(why), "{}", run.stderr);
    assert!(run.stderr.contains("acme/shop/workflow_runs: nothing new"), "{}", run.stderr);
    assert_eq!(count(&world, "pull_requests"), "2");
}

#[test]
fn kept_releases_are_read_again_without_a_server() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    released(&hub, releases());
    ingest(&world, &hub, &["acme/shop"], RELEASES).ok();
    let right = world.lines("lake", DEPLOYED);
    let lake = world.place("lake");
    let spoilt = world.file(
        "deployments.csv",
        "deployment_id,service_id,repository_id,outcome,finished_at,deployed_by\n\
         127.0.0.1/acme/shop@v1.0.0,127.0.0.1/acme/shop,127.0.0.1/acme/shop,failed,2026-01-01T00:00:00Z,zoe\n",
    );
    world.milepost(&["ingest", "files", &spoilt, "--lake", &lake]).ok();
    assert_ne!(world.lines("lake", DEPLOYED), right);
    hub.server.asked();
    world.milepost(&["ingest", "--replay", "--lake", &lake]).ok();
    assert_eq!(world.lines("lake", DEPLOYED), right);
    assert!(hub.server.asked().is_empty());
}

#[test]
fn a_dry_run_counts_releases_where_they_are_asked_for() {
    let (world, hub) = (World::as_of(AS_OF), hub());
    released(&hub, releases());
    // One question for each of the three, and two for the rest.
    let run =
        ingest(&world, &hub, &["acme/shop"], &["--deployments-from-releases", "--dry-run"]).ok();
    let costs = "acme/shop: 2 pull requests, 1 deployments and 3 releases, about 5 requests";
    assert!(run.stderr.contains(costs), "{}", run.stderr);
    hub.state().speaks_graphql = false;
    // Three for each pull request and a list of them; one for the deployment and a list; one list
    // of releases, one of tags, and two for the rest.
    let run =
        ingest(&world, &hub, &["acme/shop"], &["--deployments-from-releases", "--dry-run"]).ok();
    let costs = "acme/shop: 2 pull requests, 1 deployments and 3 releases, about 13 requests";
    assert!(run.stderr.contains(costs), "{}", run.stderr);
    assert!(!world.path("lake").exists());
}
