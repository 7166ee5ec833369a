//! Which tags are deployments, and of which service.

use crate::repository::{Draft, Repository};
use crate::world::World;

const AS_OF: &str = "2026-03-01T00:00:00Z";

/// A repository with folders `api` and `services/web`, and none named `cli`.
fn folders(world: &World) -> Repository {
    let mut git = world.repository("shop");
    let begin = Draft::new("Begin", "2026-01-05 09:00");
    git.commit(
        "main",
        begin.file("api/main", "1\n").file("services/web/main", "1\n").file("README", "1\n"),
    );
    git
}

const DEPLOYED: &str = "select deployment_id, service_id, repository_id, environment, outcome, basis \
                        from deployments where deleted_at is null order by ref";

#[test]
fn a_prefix_is_a_service_where_the_tagged_tree_has_its_folder() {
    let world = World::as_of(AS_OF);
    let mut git = folders(&world);
    let tags = ["api-1.2.3", "services/web/v2.0.0", "api@1.3.0", "cli-0.1.0", "v1.0.0"];
    for (at, tag) in tags.iter().enumerate() {
        git.release(tag, "main", &format!("2026-01-06 1{at}:00"));
    }
    world.ingest(&git, "lake", &["--repository", "acme/shop"]);
    let row = |service: &str, tag: &str| {
        format!("{service}@{tag} | {service} | acme/shop | production | succeeded | inferred")
    };
    assert_eq!(
        world.lines("lake", DEPLOYED),
        [
            row("acme/shop/api", "api-1.2.3"),
            row("acme/shop/api", "api@1.3.0"),
            row("acme/shop", "cli-0.1.0"),
            row("acme/shop/services/web", "services/web/v2.0.0"),
            row("acme/shop", "v1.0.0"),
        ]
    );
    let globs = "select service_id, array_to_string(include_globs, ',') as g, tag_prefix \
                 from service_repositories order by service_id";
    assert_eq!(
        world.lines("lake", globs),
        [
            "acme/shop | - | -",
            "acme/shop/api | api/** | api",
            "acme/shop/services/web | services/web/** | services/web",
        ]
    );
}

#[test]
fn a_folder_that_came_after_the_tag_makes_no_service_of_it() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.push("main", "README", "2026-01-05 09:00");
    git.release("api-1.0.0", "main", "2026-01-05 10:00");
    git.push("main", "api/main", "2026-01-06 09:00");
    git.release("api-1.1.0", "main", "2026-01-06 10:00");
    world.ingest(&git, "lake", &[]);
    let services = "select ref, service_id from deployments order by ref";
    assert_eq!(world.lines("lake", services), ["api-1.0.0 | shop", "api-1.1.0 | shop/api"]);
}

#[test]
fn only_changes_below_its_folder_are_changes_of_a_service() {
    let world = World::as_of(AS_OF);
    let mut git = folders(&world);
    git.release("api-1.0.0", "main", "2026-01-05 10:00");
    git.release("services/web/v1.0.0", "main", "2026-01-05 11:00");
    let api = git.push("main", "api/door", "2026-01-06 10:00");
    let web = git.push("main", "services/web/door", "2026-01-06 11:00");
    git.push("main", "README", "2026-01-06 12:00");
    git.release("api-1.1.0", "main", "2026-01-06 14:00");
    git.release("services/web/v1.1.0", "main", "2026-01-06 15:00");
    git.push("main", "README", "2026-01-07 10:00");
    git.release("api-1.2.0", "main", "2026-01-07 11:00");
    world.ingest(&git, "lake", &[]);
    // api: 10:00 to 14:00; web: 11:00 to 15:00.
    let changes =
        "select service_id, sha, lead_time_seconds from deployed_changes order by service_id";
    assert_eq!(
        world.lines("lake", changes),
        [format!("shop/api | {api} | 14400"), format!("shop/services/web | {web} | 14400")]
    );
    // The last one of `api` ships the README alone: nothing of `api` is new.
    let kinds = "select ref, kind, is_counted from classified_deployments where service_id = 'shop/api' order by ref";
    assert_eq!(
        world.lines("lake", kinds),
        [
            "api-1.0.0 | baseline | true",
            "api-1.1.0 | change | true",
            "api-1.2.0 | no_change | false"
        ]
    );
}

#[test]
fn words_for_releases_and_the_repositorys_own_name_are_no_services() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    // Folders of these names do not make services of the words either.
    let begin = Draft::new("Begin", "2026-01-05 09:00");
    git.commit(
        "main",
        begin.file("release/x", "1\n").file("shop/x", "1\n").file("stable/x", "1\n"),
    );
    let tags = [
        "release-1.0.0",
        "release/v1.1.0",
        "version1.2",
        "stable-1.4.0",
        "shop-1.5.0",
        "v1.6.0+build.7",
    ];
    for (at, tag) in tags.iter().enumerate() {
        git.release(tag, "main", &format!("2026-01-06 1{at}:00"));
    }
    world.ingest(&git, "lake", &["--repository", "github.test/acme/shop"]);
    let mut expected: Vec<String> =
        tags.iter().map(|tag| format!("github.test/acme/shop | {tag}")).collect();
    expected.sort();
    let got = "select service_id, ref from deployments order by ref";
    assert_eq!(world.lines("lake", got), expected);
}

#[test]
fn numbers_of_a_version_may_be_parted_by_underscores() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.push("main", "README", "2026-01-05 09:00");
    for tag in ["REL_15_3", "rel_15_4", "v15_5"] {
        git.release(tag, "main", "2026-01-06 10:00");
    }
    world.ingest(&git, "lake", &[]);
    let got = "select service_id, ref from deployments order by ref";
    assert_eq!(world.lines("lake", got), ["shop | REL_15_3", "shop | rel_15_4", "shop | v15_5"]);
}

#[test]
fn pre_releases_and_moving_tags_are_no_deployments() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.push("main", "README", "2026-01-05 09:00");
    let none = [
        "v4",
        "v4.1.0-rc1",
        "v4.1.0-beta.2",
        "4.1.0rc1",
        "nightly-4.1.0",
        "v4.1.0-1",
        "latest",
        "deploy-done",
        "1.0-SNAPSHOT",
        "preview/1.0.0",
        "v1.2.3.4.5",
    ];
    for tag in none.iter().chain(&["v4.1.0", "v4.0"]) {
        git.release(tag, "main", "2026-01-06 10:00");
    }
    world.ingest(&git, "lake", &[]);
    assert_eq!(world.lines("lake", "select ref from deployments order by ref"), ["v4.0", "v4.1.0"]);
}

#[test]
fn a_name_with_a_single_number_is_no_release_beside_versions() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.push("main", "README", "2026-01-05 09:00");
    // Two to four numeric parts make a version; these mark a build, an issue and a sprint.
    for tag in ["build-1234", "issue/33", "sprint7", "v1.0.0"] {
        git.release(tag, "main", "2026-01-06 10:00");
    }
    world.ingest(&git, "lake", &[]);
    assert_eq!(world.lines("lake", "select ref from deployments order by ref"), ["v1.0.0"]);
}

#[test]
fn a_single_number_is_a_release_where_no_longer_tags_exist() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    git.push("main", "README", "2026-01-05 09:00");
    for tag in ["v1", "v2"] {
        git.release(tag, "main", "2026-01-06 10:00");
    }
    world.ingest(&git, "lake", &[]);
    assert_eq!(world.lines("lake", "select ref from deployments order by ref"), ["v1", "v2"]);
}

#[test]
fn an_annotated_tag_tells_its_own_time_and_a_lightweight_one_its_commits() {
    let world = World::as_of(AS_OF);
    let mut git = world.repository("shop");
    let late = Draft::new("Begin", "2026-01-05 09:00").authored("2026-01-04 09:00");
    let first = git.commit("main", late.file("README", "1\n"));
    git.release("v1.0.0", "main", "2026-01-06 10:00");
    git.tag("v1.1.0", "main");
    world.ingest(&git, "lake", &[]);
    let times = "select ref, sha, finished_at from deployments order by ref";
    assert_eq!(
        world.lines("lake", times),
        [
            format!("v1.0.0 | {first} | 2026-01-06T10:00:00Z"),
            format!("v1.1.0 | {first} | 2026-01-05T09:00:00Z"),
        ]
    );
}

#[test]
fn the_catalogue_maps_a_prefix_to_its_service() {
    let world = World::as_of(AS_OF);
    let mut git = folders(&world);
    git.release("cli-0.1.0", "main", "2026-01-06 10:00");
    git.release("api-0.1.0", "main", "2026-01-06 11:00");
    let file = world.file(
        "service_repositories.csv",
        "service_id,repository_id,tag_prefix,include_globs\nterminal,acme/shop,cli,\"[\"\"tools/**\"\"]\"\n",
    );
    world.milepost(&["ingest", "files", &file, "--lake", &world.place("lake")]).ok();
    world.ingest(&git, "lake", &["--repository", "acme/shop"]);
    assert_eq!(
        world.lines("lake", DEPLOYED),
        [
            "acme/shop/api@api-0.1.0 | acme/shop/api | acme/shop | production | succeeded | inferred",
            "terminal@cli-0.1.0 | terminal | acme/shop | production | succeeded | inferred",
        ]
    );
    let kept = "select array_to_string(include_globs, ',') as g, basis from service_repositories where service_id = 'terminal'";
    assert_eq!(world.lines("lake", kept), ["tools/** | recorded"]);
}

#[test]
fn a_pattern_matches_the_short_name_also_across_slashes() {
    let world = World::as_of(AS_OF);
    let mut git = folders(&world);
    for tag in ["live/eu/2026-01-06", "live-2026-01-07", "v1.0.0"] {
        git.release(tag, "main", "2026-01-06 10:00");
    }
    world.ingest(&git, "lake", &["--deployments-from-tags", "live*"]);
    let refs = "select ref from deployments order by ref";
    assert_eq!(world.lines("lake", refs), ["live-2026-01-07", "live/eu/2026-01-06"]);
}
