//! Deployments from the history of a configuration repository, worked by hand.

use crate::repository::{BO, Draft, Repository};
use crate::world::{World, assert_same};

const AS_OF: &str = "2026-03-01T00:00:00Z";
const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Three pushes with a version each, 24 hours apart, at 09:00 from January 5 on.
fn application(world: &World) -> (Repository, [String; 3]) {
    let mut git = world.repository("shop");
    let pushes = ["2026-01-05 09:00", "2026-01-06 09:00", "2026-01-07 09:00"].map(|at| {
        let id = git.push("main", "main.rs", at);
        let tag = format!("v1.{}.0", &at[9..10]);
        git.tag(&tag, "main");
        id
    });
    (git, pushes)
}

fn commit(git: &mut Repository, at: &str, files: &[(&str, &str)]) -> String {
    let draft = files.iter().fold(Draft::new("Deploy", at), |draft, (path, text)| {
        if text.is_empty() { draft.gone(*path) } else { draft.file(*path, *text) }
    });
    git.commit("main", draft)
}

fn kustomization(tag: &str) -> String {
    format!(
        "resources: [../../base]\nimages:\n- name: shop\n  newName: ghcr.io/acme/shop\n  newTag: {tag}\n"
    )
}

fn pod(image: &str) -> String {
    format!("kind: Pod\nspec:\n  containers:\n  - image: {image}\n")
}

/// Reads both into the lake of that name.
#[track_caller]
fn ingest(
    world: &World,
    application: &Repository,
    configuration: &Repository,
    lake: &str,
) -> String {
    let run = world.ingest(application, lake, &["--gitops", configuration.place()]);
    run.stderr
}

const KINDS: &str = "select ref, environment, coalesce(target, '-') as t, kind, is_counted, finished_at \
                     from classified_deployments order by finished_at, environment, target";

#[test]
fn a_rollout_to_two_regions_is_one_deployment_of_the_repositorys_own_service() {
    let world = World::as_of(AS_OF);
    let (shop, pushes) = application(&world);
    let mut config = world.repository("clusters");
    let (one, two) = (kustomization("1.5.0"), kustomization("v1.7.0"));
    let (eu, us) =
        ("shop/overlays/prod-eu/kustomization.yaml", "shop/overlays/prod-us/kustomization.yaml");
    let stage = "shop/overlays/staging/kustomization.yaml";
    let base = ("shop/base/deployment.yaml", pod("shop"));
    let begin = [(eu, one.as_str()), (us, &one), (stage, &one), (base.0, &base.1)];
    let first = commit(&mut config, "2026-01-05 12:00", &begin);
    commit(&mut config, "2026-01-07 10:00", &[(stage, &two)]);
    let third = commit(&mut config, "2026-01-07 15:00", &[(eu, &two), (us, &two)]);
    let said = ingest(&world, &shop, &config, "lake");
    assert!(!said.contains("left out") && !said.contains("not known"), "{said}");

    let rows = "select deployment_id, service_id, repository_id, source_environment, sha, ref, outcome, \
                rollout_id, deployed_by, source, basis from deployments where target = 'eu' order by finished_at";
    let row = |commit: &str, sha: &str, tag: &str| {
        format!(
            "clusters@{commit}:production/eu:shop | shop | shop | prod-eu | {sha} | {tag} | succeeded | \
             clusters@{commit} | ann@acme.test | gitops | recorded"
        )
    };
    assert_eq!(
        world.lines("lake", rows),
        [row(&first, &pushes[0], "1.5.0"), row(&third, &pushes[2], "v1.7.0")]
    );
    // Of the two parts of a rollout the one with the later id stands for it.
    assert_eq!(
        world.lines("lake", KINDS),
        [
            "1.5.0 | production | eu | - | false | 2026-01-05T12:00:00Z",
            "1.5.0 | production | us | baseline | true | 2026-01-05T12:00:00Z",
            "1.5.0 | staging | - | - | false | 2026-01-05T12:00:00Z",
            "v1.7.0 | staging | - | - | false | 2026-01-07T10:00:00Z",
            "v1.7.0 | production | eu | - | false | 2026-01-07T15:00:00Z",
            "v1.7.0 | production | us | change | true | 2026-01-07T15:00:00Z",
        ]
    );
    // The second push waited 30 hours, the third 6.
    let changes = "select sha, lead_time_seconds from deployed_changes order by change_started_at";
    assert_eq!(
        world.lines("lake", changes),
        [format!("{} | {}", pushes[1], 30 * 3600), format!("{} | {}", pushes[2], 6 * 3600)]
    );
}

#[test]
fn a_reverted_bump_of_helm_values_is_a_rollback_and_fails_what_it_took_away() {
    let world = World::as_of(AS_OF);
    let (shop, _) = application(&world);
    let mut config = world.repository("clusters");
    let shared = "image:\n  repository: ghcr.io/acme/shop\n  tag: latest # never run\nredis:\n  image: redis:7\n";
    let values = |tag: &str| format!("replicas: 2\nimage:\n  tag: \"{tag}\"\n");
    let at = "charts/shop/values-prod.yaml";
    commit(
        &mut config,
        "2026-01-05 12:00",
        &[("charts/shop/values.yaml", shared), (at, &values("1.5.0"))],
    );
    commit(&mut config, "2026-01-07 12:00", &[(at, &values("1.7.0"))]);
    commit(&mut config, "2026-01-07 14:00", &[(at, &values("1.5.0"))]);
    // A setting alone is no deployment of an image.
    let more = values("1.5.0").replace('2', "3");
    commit(&mut config, "2026-01-07 16:00", &[(at, &more)]);
    ingest(&world, &shop, &config, "lake");
    assert_eq!(
        world.lines("lake", KINDS),
        [
            "1.5.0 | production | - | baseline | true | 2026-01-05T12:00:00Z",
            "1.7.0 | production | - | change | true | 2026-01-07T12:00:00Z",
            "1.5.0 | production | - | rollback | true | 2026-01-07T14:00:00Z",
        ]
    );
    let failed = "select failed_at, recovery_seconds, link_method from failed_deployments";
    assert_eq!(world.lines("lake", failed), ["2026-01-07T12:00:00Z | 7200 | rollback"]);
}

#[test]
fn plain_manifests_name_commits_and_what_names_none_stays_unresolved() {
    let world = World::as_of(AS_OF);
    let (shop, pushes) = application(&world);
    let mut config = world.repository("clusters");
    let at = "prod/shop.yaml";
    let image = |tag: &str| {
        format!(
            "# the shop\n---\n{}---\n{}",
            pod(&format!("registry.acme.test:5000/shop:{tag}")),
            pod("nginx:1.27")
        )
    };
    let short: Vec<&str> = pushes.iter().map(|id| &id[..8]).collect();
    let tags = [
        format!("main-{}-20260105", short[0]),
        format!("sha-{}", short[1]),
        "latest".to_owned(),
        format!("latest@{DIGEST}"),
        pushes[2].clone(),
        "main-deadbeef".to_owned(),
    ];
    for (day, tag) in tags.iter().enumerate() {
        commit(&mut config, &format!("2026-01-1{day} 12:00"), &[(at, &image(tag))]);
    }
    let said = ingest(&world, &shop, &config, "lake");
    assert!(
        said.contains("1 image is left out as somebody else's") && said.contains("(nginx)"),
        "{said}"
    );
    assert!(said.contains("the commit of 3 of 6 deployments is not known"), "{said}");
    let rows = "select d.ref, coalesce(d.sha, '-') as sha, coalesce(d.artifact_digest, '-') as digest, c.kind \
                from deployments d join classified_deployments c on c.deployment_id = d.deployment_id \
                order by d.finished_at";
    assert_eq!(
        world.lines("lake", rows),
        [
            format!("{} | {} | - | baseline", tags[0], pushes[0]),
            format!("{} | {} | - | change", tags[1], pushes[1]),
            "latest | - | - | unresolved".to_owned(),
            format!("latest | - | {DIGEST} | unresolved"),
            format!("{} | {} | - | change", tags[4], pushes[2]),
            "main-deadbeef | - | - | unresolved".to_owned(),
        ]
    );
    // What an artifact says later counts for what was read before.
    let artifacts = format!("artifact_digest,repository_id,sha\n{DIGEST},shop,{}\n", pushes[1]);
    let file = world.file("artifacts.csv", &artifacts);
    world.milepost(&["ingest", "files", &file, "--lake", &world.place("lake")]).ok();
    ingest(&world, &shop, &config, "lake");
    let digest =
        "select sha from deployments where artifact_digest is not null and deleted_at is null";
    assert_eq!(world.lines("lake", digest), [pushes[1].as_str()]);
}

#[test]
fn version_tags_give_deployments_of_those_services_alone_that_are_not_configured() {
    let world = World::as_of(AS_OF);
    let mut shop = world.repository("shop");
    let begin = Draft::new("Begin", "2026-01-05 09:00");
    shop.commit("main", begin.file("api/main", "1\n").file("web/main", "1\n"));
    for tag in ["api-1.0.0", "web-1.0.0"] {
        shop.tag(tag, "main");
    }
    let mut config = world.repository("clusters");
    commit(&mut config, "2026-01-06 12:00", &[("prod/api.yaml", &pod("acme/shop-api:1.0.0"))]);
    ingest(&world, &shop, &config, "lake");
    let rows = "select service_id, source, finished_at, sha is not null as s from deployments \
                where deleted_at is null order by service_id";
    assert_eq!(
        world.lines("lake", rows),
        [
            "shop/api | gitops | 2026-01-06T12:00:00Z | true",
            "shop/web | git | 2026-01-05T09:00:00Z | true"
        ]
    );
}

#[test]
fn an_alias_names_the_service_and_without_one_nothing_is_guessed() {
    let world = World::as_of(AS_OF);
    let (shop, pushes) = application(&world);
    let mut config = world.repository("clusters");
    commit(
        &mut config,
        "2026-01-06 12:00",
        &[("prod/a.yaml", &pod("ghcr.io/acme/storefront:1.5.0"))],
    );
    let lake = world.place("lake");
    let arguments = ["ingest", "git", shop.place(), "--gitops", config.place(), "--lake", &lake];
    let run = world.milepost(&arguments);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(
        run.stderr.contains("ghcr.io/acme/storefront") && run.stderr.contains("service_aliases")
    );
    // The tags still give deployments: nothing else does.
    let sources = "select distinct source from deployments where deleted_at is null";
    assert_eq!(world.lines("lake", sources), ["git"]);
    let file = world
        .file("service_aliases.csv", "provider,alias,service_id\nimage,acme/storefront,shop\n");
    world.milepost(&["ingest", "files", &file, "--lake", &lake]).ok();
    world.milepost(&arguments).ok();
    assert_eq!(world.lines("lake", sources), ["gitops"]);
    let rows = "select service_id, repository_id, sha from deployments where source = 'gitops'";
    assert_eq!(world.lines("lake", rows), [format!("shop | shop | {}", pushes[0])]);
}

#[test]
fn what_is_read_again_is_the_same_and_what_is_new_is_added() {
    let world = World::as_of(AS_OF);
    let (shop, _) = application(&world);
    let mut config = world.repository("clusters");
    let at = "prod/shop.yaml";
    commit(&mut config, "2026-01-05 12:00", &[(at, &pod("shop:1.5.0"))]);
    commit(&mut config, "2026-01-06 12:00", &[(at, "kind: Pod\n  image: [")]);
    // The file can't be read by now: that is a gap.
    let lake = world.place("steps");
    let run = world.milepost(&[
        "ingest",
        "git",
        shop.place(),
        "--gitops",
        config.place(),
        "--lake",
        &lake,
    ]);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    assert!(run.stderr.contains("such as prod/shop.yaml"), "{}", run.stderr);
    let before = world.contents("steps");
    let runs = "select count(*) as n from ingest_runs";
    let count = world.lines("steps", runs);
    let again = ingest(&world, &shop, &config, "steps");
    assert!(again.contains("gitops:clusters: nothing new"), "{again}");
    assert_same(&world.contents("steps"), &before);
    assert_eq!(world.lines("steps", runs), count, "nothing new writes nothing");
    // What could not be read kept its last state, so that the same version is no deployment.
    commit(&mut config, "2026-01-07 12:00", &[(at, &pod("shop:1.5.0"))]);
    commit(
        &mut config,
        "2026-01-08 12:00",
        &[(at, ""), ("envs/production/shop.yaml", &pod("shop:1.5.0"))],
    );
    let last = commit(
        &mut config,
        "2026-01-09 12:00",
        &[("envs/production/shop.yaml", &pod("shop:1.6.0"))],
    );
    ingest(&world, &shop, &config, "steps");
    ingest(&world, &shop, &config, "once");
    assert_same(&world.contents("steps"), &world.contents("once"));
    let refs = "select ref from deployments where deleted_at is null order by finished_at";
    assert_eq!(world.lines("steps", refs), ["1.5.0", "1.6.0"]);
    // Another commit takes the place of the last one.
    config.git(&["update-ref", "refs/heads/main", &format!("{last}~1")]);
    ingest(&world, &shop, &config, "steps");
    assert_eq!(world.lines("steps", refs), ["1.5.0"]);
}

#[test]
fn a_merge_deploys_at_its_own_time_and_names_who_merged() {
    let world = World::as_of(AS_OF);
    let (shop, _) = application(&world);
    let mut config = world.repository("clusters");
    commit(&mut config, "2026-01-05 12:00", &[("prod/shop.yaml", &pod("shop:1.5.0"))]);
    config.branch("bump", "main");
    let bump = Draft::new("Bump", "2026-01-06 12:00").file("prod/shop.yaml", pod("shop:1.6.0"));
    config.commit("bump", bump);
    let merge = Draft::new("Merge", "2026-01-08 12:00").by(BO);
    config.merge("main", &["bump"], merge.file("prod/shop.yaml", pod("shop:1.6.0")));
    ingest(&world, &shop, &config, "lake");
    let rows = "select ref, finished_at, deployed_by from deployments order by finished_at";
    assert_eq!(
        world.lines("lake", rows),
        [
            "1.5.0 | 2026-01-05T12:00:00Z | ann@acme.test",
            "1.6.0 | 2026-01-08T12:00:00Z | bo@acme.test"
        ]
    );
}

#[test]
fn branches_that_are_environments_are_read_as_such() {
    let world = World::as_of(AS_OF);
    let (shop, _) = application(&world);
    let mut config = world.repository("clusters");
    let file = |tag: &str| pod(&format!("shop:{tag}"));
    commit(&mut config, "2026-01-05 12:00", &[("shop.yaml", &file("1.5.0"))]);
    for branch in ["production", "env/staging"] {
        config.branch(branch, "main");
    }
    commit(&mut config, "2026-01-06 12:00", &[("shop.yaml", &file("1.6.0"))]);
    for (branch, at) in [("env/staging", "2026-01-07 12:00"), ("production", "2026-01-08 12:00")] {
        config.commit(branch, Draft::new("Deploy", at).file("shop.yaml", file("1.6.0")));
    }
    ingest(&world, &shop, &config, "lake");
    let rows = "select ref, environment, source_environment, finished_at from deployments \
                order by environment, finished_at";
    assert_eq!(
        world.lines("lake", rows),
        [
            "1.5.0 | production | production | 2026-01-05T12:00:00Z",
            "1.6.0 | production | production | 2026-01-08T12:00:00Z",
            "1.5.0 | staging | staging | 2026-01-05T12:00:00Z",
            "1.6.0 | staging | staging | 2026-01-07T12:00:00Z",
        ]
    );
}

#[test]
fn a_configuration_of_many_services_is_read_on_its_own() {
    let world = World::as_of(AS_OF);
    let (shop, pushes) = application(&world);
    let mut config = world.repository("clusters");
    let files =
        [("prod/shop.yaml", pod("acme/shop:v1.6.0")), ("prod/web.yaml", pod("acme/web:v2"))];
    let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
    commit(&mut config, "2026-01-06 12:00", &files);
    let read = |lake: &str| {
        world
            .milepost(&["ingest", "gitops", config.place(), "--lake", &world.place(lake)])
            .ok()
            .stderr
    };
    // With nothing known every image is a service, and that is said.
    let said = read("empty");
    assert!(said.contains("all 2 images were taken for services"), "{said}");
    let rows = "select service_id, repository_id, sha from deployments where source = 'gitops' \
                order by service_id";
    assert_eq!(world.lines("empty", rows), ["shop | acme/shop | -", "web | acme/web | -"]);
    world.ingest(&shop, "lake", &[]);
    let said = read("lake");
    assert!(said.contains("acme/web"), "{said}");
    assert_eq!(world.lines("lake", rows), [format!("shop | shop | {}", pushes[1])]);
    assert!(read("lake").contains("nothing new"));
}

#[test]
fn quickstart_says_that_deployments_are_recorded() {
    let world = World::as_of(AS_OF);
    let (shop, _) = application(&world);
    let mut config = world.repository("clusters");
    commit(&mut config, "2026-01-06 12:00", &[("prod/shop.yaml", &pod("shop:v1.5.0"))]);
    commit(&mut config, "2026-01-08 12:00", &[("prod/shop.yaml", &pod("shop:v1.7.0"))]);
    let run = world.milepost(&["quickstart", shop.place(), "--gitops", config.place()]).ok();
    let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("Recorded: 2 deployments from a configuration repository (v1.5.0 to v1.7.0)"),
        "{text}"
    );
    assert!(!text.contains("A tag says when"), "{text}");
}

#[test]
fn what_is_no_configuration_is_refused_before_anything_is_written() {
    let world = World::as_of(AS_OF);
    let (shop, _) = application(&world);
    let mut config = world.repository("clusters");
    let lake = world.place("lake");
    let run = |flags: &[&str]| {
        let mut arguments = vec!["ingest", "git", shop.place(), "--lake", &lake];
        arguments.extend_from_slice(flags);
        world.milepost(&arguments)
    };
    let refused = |flags: &[&str], code: i32, says: &str| {
        let run = run(flags);
        assert_eq!(run.code, Some(code), "{}", run.stderr);
        assert!(run.stderr.contains(says), "`{says}` is not in {}", run.stderr);
    };
    let missing = world.place("missing");
    refused(&["--gitops", &missing], 2, "is no git repository");
    refused(&["--gitops", config.place()], 1, "no commits");
    assert!(!world.path("lake").exists());
    commit(
        &mut config,
        "2026-01-06 12:00",
        &[("README.md", "image: shop:1\n"), ("a.yaml", "b: c\n")],
    );
    refused(
        &["--gitops", config.place()],
        2,
        "1 YAML and JSON files of 1 commits were read, such as a.yaml",
    );
    refused(&["--gitops", config.place(), "--deployments-from-branch"], 2, "cannot be used with");
    refused(
        &["--gitops", config.place(), "--deployments-from-tags", "v*"],
        2,
        "cannot be used with",
    );
    assert!(!world.path("lake/commits").exists(), "nothing was written");
    // Another repository of the same name would push out what the first one gave.
    commit(&mut config, "2026-01-07 12:00", &[("prod/shop.yaml", &pod("shop:1.5.0"))]);
    run(&["--gitops", config.place()]).ok();
    let mut other = world.repository("other/clusters");
    commit(&mut other, "2026-01-07 13:00", &[("prod/shop.yaml", &pod("shop:1.6.0"))]);
    refused(&["--gitops", other.place()], 2, "another configuration repository");
}
