//! Which environment a path is about.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use regex::Regex;

use crate::files::environment as normalised;

/// Words for environments; what stands for the same is settled as for files.
const WORDS: [&str; 20] = [
    "production",
    "prod",
    "prd",
    "live",
    "staging",
    "stage",
    "stg",
    "preprod",
    "preproduction",
    "nonprod",
    "development",
    "develop",
    "dev",
    "testing",
    "test",
    "qa",
    "uat",
    "preview",
    "sandbox",
    "demo",
];

/// Words that also end the names of services: `load-test`, `link-preview`.
const ENDINGS: [&str; 7] = ["live", "test", "testing", "stage", "preview", "sandbox", "demo"];

/// Folders whose children are environments.
const CONTAINERS: [&str; 11] = [
    "overlays",
    "overlay",
    "environments",
    "environment",
    "envs",
    "env",
    "clusters",
    "cluster",
    "stages",
    "variants",
    "deploy",
];

/// Names of files and folders that say what is in them, not where it runs.
const NO_TARGETS: [&str; 22] = [
    "values",
    "value",
    "app",
    "apps",
    "application",
    "applications",
    "kustomization",
    "deployment",
    "deployments",
    "deploy",
    "manifest",
    "manifests",
    "config",
    "configs",
    "env",
    "environment",
    "cluster",
    "overlay",
    "helm",
    "release",
    "image",
    "images",
];

/// An environment, and which part of it. How it is written makes no other one of it.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    /// Normalised word, such as `production`.
    pub(crate) name: String,
    /// The word as written, a region with it; `None` where nothing says so.
    pub(crate) written: Option<String>,
    /// Region, cluster or the like; `None` where there is one only.
    pub(crate) target: Option<String>,
}

impl Environment {
    fn key(&self) -> (&str, Option<&str>) {
        (&self.name, self.target.as_deref())
    }

    /// What there is where nothing names an environment.
    pub(crate) fn unnamed() -> Environment {
        Environment { name: "production".to_owned(), written: None, target: None }
    }
}

impl PartialEq for Environment {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Environment {}

impl PartialOrd for Environment {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Environment {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Hash for Environment {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

/// A part of a path that names an environment.
struct Part {
    word: String,
    written: String,
    /// What stands with the word in the part, before or after it.
    beside: Option<String>,
}

/// The environment that the path of a file is about; `None` for what several share. A folder
/// below one such as `overlays` decides, else a folder that is named by a word alone, else the
/// file's name, else a folder that has the word in its name; of several the deepest.
pub(crate) fn of_path(path: &str) -> Option<Environment> {
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    let folders: Vec<&str> = folders.split('/').filter(|folder| !folder.is_empty()).collect();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let mut best: Option<(u8, usize, Part)> = None;
    for (at, segment) in folders.iter().copied().chain([stem]).enumerate() {
        let is_file = at == folders.len();
        let is_below = at > 0 && CONTAINERS.contains(&folders[at - 1].to_lowercase().as_str());
        let Some(part) = part(segment, is_file || is_below) else { continue };
        let rank = match (is_below, part.beside.is_none(), is_file) {
            (true, ..) => 4,
            (_, true, _) => 3,
            (_, _, true) => 2,
            _ => 1,
        };
        if best.as_ref().is_none_or(|(known, ..)| rank >= *known) {
            best = Some((rank, at, part));
        }
    }
    let (_, at, part) = best?;
    let beside = part.beside.filter(|beside| is_target(beside));
    let target = beside.or_else(|| {
        let around = [at.checked_add(1), at.checked_sub(1)].into_iter().flatten();
        let mut around = around.filter_map(|at| folders.get(at));
        around.find(|folder| is_region(&folder.to_lowercase())).map(|folder| (*folder).to_owned())
    });
    Some(Environment { name: normalised(&part.word), written: Some(part.written), target })
}

/// The environment that a branch is named after, such as `production` or `env/prod-eu`.
pub(crate) fn of_branch(name: &str) -> Option<Environment> {
    let last = match name.split_once('/') {
        None => name,
        Some((folder, last)) if CONTAINERS.contains(&folder.to_lowercase().as_str()) => last,
        Some(_) => return None,
    };
    let part = part(last, false)?;
    // `shop-prod` may be anything; a region is none.
    if part.beside.as_ref().is_some_and(|beside| !is_region(&beside.to_lowercase())) {
        return None;
    }
    Some(Environment {
        name: normalised(&part.word),
        written: Some(part.written),
        target: part.beside,
    })
}

/// True for a folder that says where something runs, or that such folders are in it.
pub(crate) fn is_about_environments(folder: &str) -> bool {
    let lower = folder.to_lowercase();
    let is_word = [&CONTAINERS[..], &NO_TARGETS].iter().any(|words| words.contains(&&*lower));
    is_word || is_region(&lower) || part(folder, false).is_some()
}

/// The word for an environment in one part of a path. Where not `is_sure`, the word counts at the
/// beginning with a region after it only, and at the end where no service is named so: `test-app`
/// and `link-preview` are names.
fn part(segment: &str, is_sure: bool) -> Option<Part> {
    let lower = segment.to_lowercase();
    let lower = lower.replace("pre-prod", "preprod").replace("non-prod", "nonprod");
    if WORDS.contains(&lower.as_str()) {
        return Some(Part { word: lower, written: segment.to_owned(), beside: None });
    }
    let pieces: Vec<&str> =
        lower.split(['-', '_', '.']).filter(|piece| !piece.is_empty()).collect();
    let (first, last) = (pieces.first()?, pieces.last()?);
    let starts =
        |word: &str| lower.strip_prefix(word).and_then(|rest| rest.strip_prefix(['-', '_', '.']));
    let ends =
        |word: &str| lower.strip_suffix(word).and_then(|rest| rest.strip_suffix(['-', '_', '.']));
    if WORDS.contains(last) {
        let beside = ends(last)?;
        let is_one = is_sure || !ENDINGS.contains(last) || is_region(beside);
        return is_one.then(|| with_beside(last, beside, segment));
    }
    if WORDS.contains(first) {
        let beside = starts(first)?;
        return (is_sure || is_region(beside)).then(|| with_beside(first, beside, segment));
    }
    // `values-prod-eu`, `app.prod.values`: what follows must be a region or a word for the file.
    let at = (1..pieces.len() - 1).find(|at| WORDS.contains(&pieces[*at]))?;
    let after = pieces[at + 1..].join("-");
    let word = pieces[at];
    match () {
        () if is_region(&after) => Some(Part {
            word: word.to_owned(),
            written: format!("{word}-{after}"),
            beside: Some(after),
        }),
        () if NO_TARGETS.contains(&after.as_str()) => {
            let beside = Some(pieces[..at].join("-"));
            Some(Part { word: word.to_owned(), written: word.to_owned(), beside })
        }
        () => None,
    }
}

fn with_beside(word: &str, beside: &str, segment: &str) -> Part {
    let written = if is_region(beside) { segment } else { word };
    let beside = (!beside.is_empty()).then(|| beside.to_owned());
    Part { word: word.to_owned(), written: written.to_owned(), beside }
}

fn is_target(beside: &str) -> bool {
    !beside.split(['-', '_', '.']).any(|piece| NO_TARGETS.contains(&piece))
}

/// True for what looks like a region, a zone or the number of a cluster.
fn is_region(text: &str) -> bool {
    const PLACE: &str = "eu|us|uk|ap|na|sa|ca|me|af|il|mx|cn|jp|in|au|de|fr|sg|br|ch|nl|apac|emea|\
        amer|latam|asia|europe|america|australia|africa|global|eastus|westus|centralus|\
        westeurope|northeurope|uksouth|ukwest|east|west|north|south|central";
    static REGION: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(&format!(
            r"^(?:(?:{PLACE})\d*(?:[-_.][a-z0-9]+)*|(?:eu|us|ap|sa|ca|me|af)[nsewc]{{1,2}}\d|(?:cluster|region|zone|dc|blue|green|primary|secondary|dr|canary)?-?\d+|blue|green|primary|secondary|dr|canary|[a-z]\d+)$"
        ))
        .ok()
    });
    REGION.as_ref().is_some_and(|region| region.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Option<(String, String, Option<String>)> {
        of_path(path).map(|found| (found.name, found.written.unwrap_or_default(), found.target))
    }

    #[track_caller]
    fn is(path: &str, name: &str, written: &str, target: &str) {
        let target = (!target.is_empty()).then(|| target.to_owned());
        assert_eq!(read(path), Some((name.to_owned(), written.to_owned(), target)), "{path}");
    }

    #[test]
    fn a_folder_names_the_environment() {
        is("shop/overlays/production/kustomization.yaml", "production", "production", "");
        is("envs/prod/shop.yaml", "production", "prod", "");
        is("live/shop/values.yaml", "production", "live", "");
        is("PRD/shop.yaml", "production", "PRD", "");
        is("apps/staging/shop.yaml", "staging", "staging", "");
        is("apps/stg/shop.yaml", "staging", "stg", "");
        is("env/qa/shop.yaml", "test", "qa", "");
        is("env/uat/shop.yaml", "staging", "uat", "");
        is("env/dev/shop.yaml", "development", "dev", "");
        is("sandbox/shop.yaml", "sandbox", "sandbox", "");
        is("preview/shop.yaml", "preview", "preview", "");
    }

    #[test]
    fn a_file_names_the_environment() {
        is("shop/values-prod.yaml", "production", "prod", "");
        is("shop/prod.values.yaml", "production", "prod", "");
        is("shop/values.prod.yaml", "production", "prod", "");
        is("shop/values_staging.yml", "staging", "staging", "");
        is("shop/values-prod-eu.yaml", "production", "prod-eu", "eu");
        is("apps/prod.yaml", "production", "prod", "");
        is("values-prod.yaml", "production", "prod", "");
    }

    #[test]
    fn what_stands_with_the_word_is_the_target() {
        is("clusters/prod-eu/shop.yaml", "production", "prod-eu", "eu");
        is("clusters/prod-eu-west-1/shop.yaml", "production", "prod-eu-west-1", "eu-west-1");
        is("clusters/eu-prod/shop.yaml", "production", "eu-prod", "eu");
        is("prod/us-east-1/shop.yaml", "production", "prod", "us-east-1");
        is("eu/prod/shop.yaml", "production", "prod", "eu");
        is("prod-2/shop.yaml", "production", "prod-2", "2");
    }

    #[test]
    fn not_production_is_not_production() {
        is("envs/nonprod/shop.yaml", "nonprod", "nonprod", "");
        is("envs/non-prod/shop.yaml", "nonprod", "non-prod", "");
        is("envs/preprod/shop.yaml", "staging", "preprod", "");
        is("envs/pre-prod/shop.yaml", "staging", "pre-prod", "");
    }

    #[test]
    fn the_folder_of_environments_decides_over_names_of_services() {
        is("test-app/overlays/prod/kustomization.yaml", "production", "prod", "");
        is("test/overlays/prod/kustomization.yaml", "production", "prod", "");
        is("envs/prod/test-app/values.yaml", "production", "prod", "");
        is("envs/prod/load-test/values.yaml", "production", "prod", "");
    }

    #[test]
    fn what_is_shared_has_no_environment() {
        for path in [
            "base/deployment.yaml",
            "shop/base/kustomization.yaml",
            "charts/shop/values.yaml",
            "live-chat/deployment.yaml",
            "test-app/deployment.yaml",
            "link-preview/deployment.yaml",
            "products/deployment.yaml",
            "device/deployment.yaml",
            "components/kustomization.yaml",
        ] {
            assert_eq!(read(path), None, "{path}");
        }
    }

    #[test]
    fn a_branch_is_named_after_an_environment_by_its_whole_name() {
        let name = |branch| of_branch(branch).map(|found| (found.name, found.target));
        assert_eq!(name("production"), Some(("production".to_owned(), None)));
        assert_eq!(name("env/prod"), Some(("production".to_owned(), None)));
        assert_eq!(name("env/prod-eu"), Some(("production".to_owned(), Some("eu".to_owned()))));
        assert_eq!(name("staging"), Some(("staging".to_owned(), None)));
        for branch in ["main", "fix-prod", "feature/prod", "test-door", "live-chat", "env/a/prod"] {
            assert_eq!(name(branch), None, "{branch}");
        }
    }
}
