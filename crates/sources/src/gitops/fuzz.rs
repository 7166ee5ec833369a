//! Any file gives images or is passed over, and any history ends where its files are.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::environment::of_path;
use super::history::read;
use super::image::{Version, is_name, reference};
use super::manifests::Manifest;
use super::replay::Replay;
use crate::fuzz::{check, damaged, damages, text};

const PIECES: [&str; 47] = [
    "kind: Deployment\n",
    "kind: HelmRelease\n",
    "kind: Application\n",
    "kind: Kustomization\n",
    "spec:\n",
    "  template:\n",
    "  values:\n",
    "    containers:\n",
    "    - image: ",
    "  initContainers: [{image: a:1}]\n",
    "image:\n",
    "images:\n",
    "image: ",
    "workerImage: ",
    "  repository: ",
    "  registry: ",
    "  tag: ",
    "  digest: ",
    "- name: ",
    "  newTag: ",
    "  newName: ",
    "imageTag: ",
    "ghcr.io/acme/shop",
    "nginx",
    ":v1.2.3",
    ":latest",
    "1.10",
    "@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "\n",
    "\n---\n",
    "{{ .Values.tag }}",
    "${TAG}",
    "&a ",
    "*a",
    "<<: *a\n",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "\"",
    "'",
    "|\n  ",
    "# image\n",
    "? ",
    "!!str ",
    "%YAML 1.2\n",
];

const BYTES: [&[u8]; 9] =
    [b"image: ", b":", b"\n", b"- ", b"{", b"[", b"&a *a", b"\xff\xfe", b"\t"];

const WELL: &str = "kind: List\nitems:\n- kind: Deployment\n  spec:\n    template:\n      spec:\n        containers:\n        - image: ghcr.io/acme/shop:v1\n---\nimage: &i\n  repository: acme/web\n  tag: '2'\nother: {image: *i}\n";

const PATHS: [&str; 5] =
    ["kustomization.yaml", "values-prod.yaml", "overlays/prod/shop.yaml", "a.json", "Chart.yaml"];

/// What is said of images holds together.
fn sound(manifest: &Manifest) {
    for named in &manifest.images {
        assert!(named.name.is_some() || named.version.is_some(), "{named:?}");
        assert!(named.name.as_deref().is_none_or(is_name), "{named:?}");
        if let (Some(name), Some(version)) = (&named.name, &named.version) {
            let mut written = name.clone();
            written.extend(version.tag.iter().flat_map(|tag| [":", tag]));
            written.extend(version.digest.iter().flat_map(|digest| ["@", digest]));
            assert_eq!(reference(&written), Some((name.clone(), Some(version.clone()))));
        }
    }
}

#[test]
fn any_text_gives_images_that_could_be_pulled_or_nothing() {
    check(3_000, &(select(&PATHS[..]), text(&PIECES, 24)), |(path, text)| {
        if let Ok(manifest) = read(path, text.as_bytes()) {
            sound(&manifest);
        }
    });
}

#[test]
fn damaged_manifests_give_images_that_could_be_pulled_or_nothing() {
    check(2_000, &(select(&PATHS[..]), damages(&BYTES, 6)), |(path, damages)| {
        if let Ok(manifest) = read(path, &damaged(WELL.as_bytes(), &damages)) {
            sound(&manifest);
        }
    });
}

#[test]
fn any_path_is_about_one_environment_or_none() {
    let part = prop_oneof![
        4 => select(&["prod", "production", "live", "staging", "nonprod", "test", "dev", "overlays",
            "envs", "clusters", "base", "eu", "us-east-1", "shop", "values", "-", "_", ".", "/", "2"][..])
            .prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    check(3_000, &vec(part, 0..9), |parts| {
        let path = parts.concat();
        let found = of_path(&path);
        if let Some(found) = &found {
            assert!(found.written.as_ref().is_some_and(|written| !written.is_empty()), "{path}");
            assert!(found.target.as_ref().is_none_or(|target| !target.is_empty()), "{path}");
        }
        // How it is written says nothing else.
        let name = |path: &str| of_path(path).map(|found| found.name);
        assert_eq!(name(&path.to_ascii_lowercase()), name(&path), "{path}");
    });
}

/// A file, and the tag it has now; `None` for one that goes.
type Action = (usize, Option<u8>);

const FILES: [&str; 4] =
    ["prod/web.yaml", "prod/worker.yaml", "staging/web.yaml", "clusters/prod-eu/web.yaml"];

#[test]
fn a_history_deploys_what_a_model_says() {
    let action = (0..FILES.len(), prop_oneof![4 => (0_u8..3).prop_map(Some), 1 => Just(None)]);
    let commits = vec(vec(action, 1..4), 0..12);
    check(600, &commits, |commits: Vec<Vec<Action>>| {
        let mut replay = Replay::new(None);
        let mut files: BTreeMap<usize, u8> = BTreeMap::new();
        for actions in commits {
            let changes: BTreeMap<usize, Option<u8>> = actions.into_iter().collect();
            let environment = |file: usize| of_path(FILES[file]).expect("an environment");
            let mut expected = BTreeSet::new();
            for (&file, &tag) in &changes {
                let Some(tag) = tag else { continue };
                let ran = files
                    .iter()
                    .any(|(other, own)| environment(*other) == environment(file) && *own == tag);
                match files.get(&file) {
                    Some(own) if *own == tag => {}
                    None if ran => {}
                    _ => drop(expected.insert((environment(file), format!("v{tag}")))),
                }
            }
            let said = changes.iter().map(|(&file, tag)| {
                let said = tag.map(|tag| {
                    let text =
                        format!("kind: Pod\nspec: {{containers: [{{image: 'shop:v{tag}'}}]}}");
                    read(FILES[file], text.as_bytes()).expect("a manifest")
                });
                (FILES[file].to_owned(), said)
            });
            let brought: BTreeSet<_> = replay
                .step(said.collect())
                .into_iter()
                .map(|one| (one.environment, one.version.tag.unwrap_or_default()))
                .collect();
            assert_eq!(brought, expected);
            for (file, tag) in changes {
                match tag {
                    Some(tag) => drop(files.insert(file, tag)),
                    None => drop(files.remove(&file)),
                }
            }
        }
    });
}

#[test]
fn references_are_read_back_as_they_are_written() {
    let name = "[a-z0-9]{1,6}(\\.[a-z]{2,3})?(:[0-9]{2,4}/[a-z]{1,5})?(/[a-z0-9._-]{1,6}){0,3}";
    let tag = proptest::option::of("[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}");
    let digest = proptest::option::of("sha256:[0-9a-f]{64}");
    check(2_000, &(name, tag, digest), |(name, tag, digest)| {
        let mut written = name.clone();
        written.extend(tag.iter().flat_map(|tag| [":", tag]));
        written.extend(digest.iter().flat_map(|digest| ["@", digest]));
        let version = Version::new(tag.as_deref(), digest.as_deref());
        assert_eq!(reference(&written), Some((name, version)), "{written}");
    });
}
