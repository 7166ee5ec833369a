//! What files of each form say, and what a history of them deploys.

use super::environment::Environment;
use super::history::read;
use super::image::Version;
use super::manifests::Manifest;
use super::replay::Replay;

fn manifest(path: &str, text: &str) -> Manifest {
    read(path, text.as_bytes()).unwrap_or_else(|error| panic!("{path}: {error:?}"))
}

/// `name tag digest` of each image; `-` for what is not said.
fn images(path: &str, text: &str) -> Vec<String> {
    let word = |text: Option<&String>| text.map_or("-", String::as_str).to_owned();
    let one = |named: &super::manifests::Named| {
        let version = named.version.as_ref();
        let tag = word(version.and_then(|version| version.tag.as_ref()));
        let digest = word(version.and_then(|version| version.digest.as_ref()));
        let digest = digest.get(..10).map_or(digest.clone(), str::to_owned);
        format!("{} {tag} {digest}", word(named.name.as_ref().or(named.hint.as_ref())))
    };
    manifest(path, text).images.iter().map(one).collect()
}

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

#[test]
fn a_kustomization_names_images_by_their_new_name_tag_and_digest() {
    let text = format!(
        "resources: [../base]\nimages:\n- name: shop\n  newName: ghcr.io/acme/shop\n  newTag: v1.2\n\
         - name: web\n  newTag: \"20240101\"\n- name: api\n  digest: {DIGEST}\n- name: kept\n"
    );
    let expected = ["ghcr.io/acme/shop v1.2 -", "web 20240101 -", "api - sha256:e3b", "kept - -"];
    assert_eq!(images("overlays/prod/kustomization.yaml", &text), expected);
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec:\n  images:\n  - {name: shop, newTag: 1.10}\n";
    assert_eq!(images("clusters/prod/shop.yaml", flux), ["shop 1.10 -"]);
}

#[test]
fn values_name_images_at_any_depth() {
    let text = format!(
        "image:\n  repository: ghcr.io/acme/shop\n  tag: v1\n\
         worker:\n  image: {{registry: quay.io, repository: acme/worker, digest: '{DIGEST}'}}\n\
         web:\n  image: acme/web:2.0\n  migrateImage: acme/migrate:2.1\n\
         old:\n  image: acme/old\n  imageTag: v3\n\
         api:\n  image: {{tag: v4}}\n\
         images:\n  proxy: acme/proxy:v5\n  agent: {{repository: acme/agent, tag: v6}}\n\
         jobs:\n- name: nightly\n  image: {{name: acme/nightly, tag: v7}}\n"
    );
    assert_eq!(
        images("shop/values-prod.yaml", &text),
        [
            "ghcr.io/acme/shop v1 -",
            "quay.io/acme/worker - sha256:e3b",
            "acme/web 2.0 -",
            "acme/migrate 2.1 -",
            "acme/old v3 -",
            "api v4 -",
            "acme/proxy v5 -",
            "acme/agent v6 -",
            "acme/nightly v7 -",
        ]
    );
}

#[test]
fn versions_of_charts_and_other_settings_are_no_images() {
    let chart = "apiVersion: v2\nname: shop\nversion: 1.2.3\nappVersion: 1.2.3\nannotations: {image: x}\n\
                 dependencies:\n- {name: redis, version: 17.0.0, repository: 'https://charts.acme.test'}\n";
    assert_eq!(images("charts/shop/Chart.yaml", chart), [""; 0]);
    let values = "redis: {version: 7, tag: v1}\nimagePullPolicy: Always\nimagePullSecrets: [a]\n\
                  image: {pullPolicy: Always}\nupdate: {tag: v2, image: true}\n";
    assert_eq!(images("values.yaml", values), ["true v2 -"]);
    let list = "[{\"image\": \"a:1\"}]";
    assert_eq!(images("pictures.json", list), ["a 1 -"]);
}

#[test]
fn workloads_name_images_below_their_containers() {
    let text = format!(
        "# two documents\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: shop}}\nspec:\n\
         \x20 template:\n    spec:\n      initContainers:\n      - {{name: a, image: 'acme/init:v1'}}\n\
         \x20     containers: &all\n      - name: b\n        image: acme/shop:v2@{DIGEST}\n\
         \x20     - {{name: c, image: nginx}}\n---\n\
         kind: CronJob\nspec: {{jobTemplate: {{spec: {{template: {{spec: {{containers: [{{image: 'acme/job:v3'}}]}}}}}}}}}}\n---\n\
         kind: List\nitems:\n- kind: Rollout\n  spec: {{template: {{spec: {{containers: [{{image: 'acme/r:v4'}}]}}}}}}\n"
    );
    assert_eq!(
        images("prod/shop.yaml", &text),
        ["acme/init v1 -", "acme/shop v2 sha256:e3b", "nginx - -", "acme/job v3 -", "acme/r v4 -"]
    );
    let json = r#"{"kind": "Pod", "spec": {"containers": [{"image": "acme/shop:v1"}]}}"#;
    assert_eq!(images("prod/pod.json", json), ["acme/shop v1 -"]);
}

#[test]
fn applications_of_argo_cd_and_releases_of_flux_name_images() {
    let argo = "kind: Application\nmetadata: {name: shop}\nspec:\n  source:\n    helm:\n      parameters:\n\
                \x20     - {name: image.tag, value: v1}\n      - {name: worker.image.tag, value: v2}\n\
                \x20     - {name: worker.image.repository, value: acme/worker}\n      - {name: replicas, value: '3'}\n\
                \x20     values: |\n        web: {image: {repository: acme/web, tag: v3}}\n\
                \x20     valuesObject: {image: {repository: acme/shop, tag: v4}}\n\
                \x20 sources:\n  - kustomize: {images: ['acme/a:v5', 'b=acme/b:v6']}\n";
    let mut found = images("prod/shop.yaml", argo);
    found.sort();
    assert_eq!(
        found,
        [
            "acme/a v5 -",
            "acme/b v6 -",
            "acme/shop v4 -",
            "acme/web v3 -",
            "acme/worker v2 -",
            "shop v1 -",
        ]
    );
    let flux = "kind: HelmRelease\nmetadata: {name: shop}\nspec:\n  chart: {spec: {version: 1.2.3}}\n  values: {image: {tag: v1}}\n";
    assert_eq!(images("prod/shop.yaml", flux), ["shop v1 -"]);
}

#[test]
fn templates_are_not_guessed() {
    let quoted = "image:\n  repository: acme/shop\n  tag: \"{{ .Values.tag }}\"\nweb: {image: 'acme/web:${TAG}'}\n";
    assert_eq!(images("values.yaml", quoted), ["acme/shop - -"]);
    assert!(read("t.yaml", b"image: {{ .Values.image }}:{{ .Values.tag }}\n").is_err());
}

/// Plays commits, each a list of `path: text`, an empty text for a file that goes. What each one
/// brought: `environment[/target] image tag`.
fn play(commits: &[&[(&str, &str)]]) -> Vec<Vec<String>> {
    play_as(None, commits)
}

fn play_as(branch: Option<Environment>, commits: &[&[(&str, &str)]]) -> Vec<Vec<String>> {
    let mut replay = Replay::new(branch);
    let step = |changes: &&[(&str, &str)]| {
        let said = |(path, text): &(&str, &str)| {
            let said = (!text.is_empty()).then(|| manifest(path, text));
            ((*path).to_owned(), said)
        };
        let brought = replay.step(changes.iter().map(said).collect());
        brought
            .into_iter()
            .map(|one| {
                let Environment { name, target, .. } = one.environment;
                let Version { tag, digest } = one.version;
                let target = target.map_or_else(String::new, |target| format!("/{target}"));
                let version = tag.or(digest).unwrap_or_default();
                let follows = if one.is_following { " follows" } else { "" };
                format!("{name}{target} {} {version}{follows}", one.image)
            })
            .collect()
    };
    commits.iter().map(step).collect()
}

fn pod(image: &str) -> String {
    format!("kind: Pod\nspec: {{containers: [{{image: '{image}'}}]}}\n")
}

fn none() -> Vec<String> {
    Vec::new()
}

#[test]
fn a_version_that_is_set_forward_or_back_is_a_deployment() {
    let (one, two) = (pod("shop:v1"), pod("shop:v2"));
    let path = "prod/shop.yaml";
    let got = play(&[&[(path, &one)], &[(path, &two)], &[(path, &two)], &[(path, &one)]]);
    assert_eq!(
        got,
        [
            vec!["production shop v1"],
            vec!["production shop v2"],
            vec![],
            vec!["production shop v1"]
        ]
    );
}

#[test]
fn a_file_that_moves_or_goes_deploys_nothing() {
    let (one, two) = (pod("shop:v1"), pod("shop:v2"));
    let got = play(&[
        &[("prod/a.yaml", &one)],
        &[("prod/a.yaml", ""), ("prod/b/c.yaml", &one)],
        &[("prod/b/c.yaml", ""), ("prod/d.yaml", &two)],
        &[("prod/d.yaml", "")],
        &[("prod/d.yaml", &two)],
    ]);
    let (v1, v2) = (vec!["production shop v1".to_owned()], vec!["production shop v2".to_owned()]);
    // The last one: it did not run any more, so that it comes again is a deployment.
    assert_eq!(got, [v1, none(), v2.clone(), none(), v2]);
}

#[test]
fn a_second_file_with_the_same_version_deploys_nothing_and_one_set_back_does() {
    let (one, two) = (pod("shop:v1"), pod("shop:v2"));
    let got = play(&[
        &[("prod/web.yaml", &one)],
        &[("prod/worker.yaml", &one)],
        &[("prod/web.yaml", &two)],
        &[("prod/web.yaml", &one)],
    ]);
    let (v1, v2) = (vec!["production shop v1".to_owned()], vec!["production shop v2".to_owned()]);
    assert_eq!(got, [v1.clone(), none(), v2, v1]);
}

#[test]
fn environments_and_their_parts_are_apart() {
    let (one, two) = (pod("shop:v1"), pod("shop:v2"));
    let got = play(&[
        &[("clusters/prod-eu/shop.yaml", &one), ("clusters/prod-us/shop.yaml", &one)],
        &[("clusters/staging/shop.yaml", &two)],
        &[("clusters/prod-eu/shop.yaml", &two), ("clusters/prod-us/shop.yaml", &two)],
    ]);
    assert_eq!(
        got,
        [
            vec!["production/eu shop v1", "production/us shop v1"],
            vec!["staging shop v2"],
            vec!["production/eu shop v2", "production/us shop v2"],
        ]
    );
}

#[test]
fn a_cluster_that_comes_after_another_follows_it_and_one_set_back_does_not() {
    let [one, two, three] = ["v1", "v2", "v3"].map(|tag| pod(&format!("shop:{tag}")));
    // No region is read from these names: both are just production.
    let (a, b) = ("production/rh-a/shop.yaml", "production/rh-b/shop.yaml");
    let got = play(&[
        &[(a, &one), (b, &one)],
        &[(a, &two)],
        &[(a, &three)],
        &[(b, &two)],
        &[(b, &three)],
        &[(a, &two)],
        &[(a, &one), (b, &one)],
    ]);
    let only = |said: &str| vec![format!("production shop {said}")];
    assert_eq!(
        got,
        [
            only("v1"),
            only("v2"),
            only("v3"),
            only("v2 follows"),
            only("v3 follows"),
            only("v2"),
            only("v1"),
        ]
    );
}

#[test]
fn a_file_that_moved_and_is_set_back_follows_nothing() {
    let (one, two) = (pod("shop:v1"), pod("shop:v2"));
    let got = play(&[
        &[("prod/a.yaml", &one)],
        &[("prod/a.yaml", &two)],
        &[("prod/a.yaml", ""), ("prod/b.yaml", &two)],
        &[("prod/b.yaml", &one)],
    ]);
    assert_eq!(got[3], ["production shop v1"]);
}

#[test]
fn shared_files_are_production_only_while_nothing_names_an_environment() {
    let (one, two) = (pod("shop:v1"), pod("shop:v2"));
    let overlay = "images: [{name: shop, newTag: v2}]\n";
    let got = play(&[
        &[("base/shop.yaml", &one)],
        &[("base/shop.yaml", &two)],
        // The overlay says what ran already.
        &[("overlays/prod/kustomization.yaml", overlay)],
        &[("base/shop.yaml", &one)],
    ]);
    let v1 = vec!["production shop v1".to_owned()];
    assert_eq!(got, [v1, vec!["production shop v2".to_owned()], none(), none()]);
}

#[test]
fn a_kustomization_replaces_what_manifests_beside_and_below_it_name() {
    let placeholder = pod("shop:placeholder");
    let tag = |tag: &str| format!("images: [{{name: shop, newTag: {tag}}}]\n");
    let (one, two) = (tag("v1"), tag("v2"));
    let got = play(&[
        &[("prod/kustomization.yaml", &one), ("prod/shop/pod.yaml", &placeholder)],
        &[("prod/kustomization.yaml", &two)],
        &[("prod/shop/pod.yaml", &pod("shop:other"))],
    ]);
    assert_eq!(got, [vec!["production shop v1"], vec!["production shop v2"], vec![]]);
}

#[test]
fn a_tag_alone_has_the_name_that_the_shared_values_give() {
    let got = play(&[
        &[
            ("shop/values.yaml", "image: {repository: ghcr.io/acme/store, tag: latest}\n"),
            ("shop/values-prod.yaml", "image: {tag: v1}\n"),
        ],
        &[("shop/values-prod.yaml", "image: {tag: v2}\n")],
        &[("shop/envs/staging/values.yaml", "image: {tag: v3}\n")],
        &[("charts/web/values-prod.yaml", "image: {tag: v4}\nglobal: {image: {tag: v5}}\n")],
    ]);
    assert_eq!(
        got,
        [
            vec!["production ghcr.io/acme/store v1"],
            vec!["production ghcr.io/acme/store v2"],
            vec!["staging ghcr.io/acme/store v3"],
            vec!["production web v4", "production web v5"],
        ]
    );
}

#[test]
fn a_branch_that_is_an_environment_decides_for_all_files() {
    let (one, two) = (pod("shop:v1"), pod("shop:v2"));
    let branch = Environment { name: "staging".into(), written: Some("stg".into()), target: None };
    let got = play_as(Some(branch), &[&[("shop.yaml", &one)], &[("prod/shop.yaml", &two)]]);
    assert_eq!(got, [vec!["staging shop v1"], vec!["staging shop v2"]]);
}
