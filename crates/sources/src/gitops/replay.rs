//! From what each commit changed in the manifests to what it deployed. No I/O.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::environment::{Environment, of_path};
use super::image::Version;
use super::manifests::{Manifest, Named};

/// Folders that name no service.
const NO_NAMES: [&str; 12] = [
    "base",
    "bases",
    "chart",
    "charts",
    "helm",
    "k8s",
    "kubernetes",
    "values",
    "argocd",
    "flux",
    "manifests",
    "deploy",
];

/// An image that a commit brought into an environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Brought {
    pub(crate) environment: Environment,
    /// Image's name as written.
    pub(crate) image: String,
    pub(crate) version: Version,
    /// True where the environment had the version already, in files other than those that have it
    /// now for the first time, and some of which stay: one cluster follows another.
    pub(crate) is_following: bool,
}

/// A folder and a file in it.
type Place = (String, String);

/// What has versions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Holder {
    File(Place),
    /// By its name; empty for shared files.
    Environment(String),
}

/// Files and what they made run.
type Runs = BTreeMap<Place, (Option<Environment>, BTreeSet<(String, Version)>)>;

struct File {
    environment: Option<Environment>,
    manifest: Manifest,
    /// What it makes run: names and versions.
    runs: BTreeSet<(String, Version)>,
}

/// The manifests of a branch as they are after some of its commits.
#[derive(Default)]
pub(crate) struct Replay {
    files: BTreeMap<Place, File>,
    /// In how many files of an environment a version of an image stands; `None` for shared files.
    running: HashMap<(Option<Environment>, String), BTreeMap<Version, usize>>,
    /// Versions of an image that a file, or an environment by its name, ever had.
    had: HashMap<(Holder, String), BTreeSet<Version>>,
    /// How many files of an environment have a version of the image.
    holders: HashMap<(Holder, String), usize>,
    /// Files of environments that make something run.
    placed: usize,
    /// The environment of all files, for a branch that is one.
    branch: Option<Environment>,
    /// True once any file made something run.
    has_run: bool,
}

impl Replay {
    /// Nothing yet; `branch` is the environment of all files, where the branch is one.
    pub(crate) fn new(branch: Option<Environment>) -> Replay {
        Replay { branch, ..Replay::default() }
    }

    /// True where the path of some file that makes something run names an environment.
    pub(crate) fn names_environments(&self) -> bool {
        self.placed > 0
    }

    /// True where any file made something run since the beginning.
    pub(crate) fn has_run(&self) -> bool {
        self.has_run
    }

    /// Images that only files shared by environments name, where there are environments.
    pub(crate) fn shared_only(&self) -> BTreeSet<String> {
        if self.placed == 0 {
            return BTreeSet::new();
        }
        let names = |is_shared: bool| {
            let slots = self.running.iter().filter(move |(_, versions)| !versions.is_empty());
            slots
                .filter(move |((environment, _), _)| environment.is_none() == is_shared)
                .map(|((_, name), _)| name.clone())
        };
        let placed: BTreeSet<String> = names(false).collect();
        names(true).filter(|name| !placed.contains(name)).collect()
    }

    /// Takes over what a commit changed: files with what they say now, `None` for those that are
    /// gone. Gives what it deployed, sorted.
    ///
    /// A version that a file did not name before is deployed where the file named another one of
    /// that image, and else where it does not run in that environment already: a file that moves
    /// deploys nothing, and one that goes neither.
    pub(crate) fn step(&mut self, changes: Vec<(String, Option<Manifest>)>) -> Vec<Brought> {
        let had_environments = self.placed > 0;
        let mut touched: BTreeSet<Place> = BTreeSet::new();
        let mut before = Runs::new();
        for (path, manifest) in changes {
            let place = place(&path);
            let old = self.files.remove(&place);
            let concerns_others = old.as_ref().is_some_and(|old| gives(&old.manifest))
                || manifest.as_ref().is_some_and(gives);
            if concerns_others {
                touched.extend(self.below(&place.0));
            }
            if let Some(old) = old {
                before.insert(place.clone(), (old.environment, old.runs));
            }
            if let Some(manifest) = manifest.filter(|manifest| !manifest.images.is_empty()) {
                let environment = self.branch.clone().or_else(|| of_path(&path));
                let file = File { environment, manifest, runs: BTreeSet::new() };
                self.files.insert(place.clone(), file);
            }
            touched.insert(place);
        }
        for place in &touched {
            let runs = self.files.get(place).map(|file| self.runs(place, file));
            if let (Some(runs), Some(file)) = (runs, self.files.get_mut(place)) {
                let old = std::mem::replace(&mut file.runs, runs);
                before.entry(place.clone()).or_insert((file.environment.clone(), old));
            }
        }
        self.place(&touched, &before);
        let brought = self.brought(&touched, &before, had_environments);
        self.count(&touched, before);
        let following = |(one, files): (Brought, Vec<Place>)| {
            let is_following = self.is_following(&one, &files);
            Brought { is_following, ..one }
        };
        let brought: Vec<Brought> = brought.into_iter().map(following).collect();
        self.remember(&touched);
        brought
    }

    /// Counts the files of environments.
    fn place(&mut self, touched: &BTreeSet<Place>, before: &Runs) {
        let count = |files: usize, (environment, runs): (&Option<Environment>, &BTreeSet<_>)| {
            files + usize::from(environment.is_some() && !runs.is_empty())
        };
        let news = touched.iter().filter_map(|place| self.files.get(place));
        self.placed += news.map(|file| (&file.environment, &file.runs)).fold(0, count);
        self.placed -=
            before.values().map(|(environment, runs)| (environment, runs)).fold(0, count);
    }

    /// What the files brought, and which files did.
    fn brought(
        &mut self,
        touched: &BTreeSet<Place>,
        before: &Runs,
        had_environments: bool,
    ) -> BTreeMap<Brought, Vec<Place>> {
        let none = (None, BTreeSet::new());
        let mut brought: BTreeMap<Brought, Vec<Place>> = BTreeMap::new();
        for place in touched {
            let Some(file) = self.files.get(place) else { continue };
            self.has_run |= !file.runs.is_empty();
            let (_, old) = before.get(place).unwrap_or(&none);
            let environment = match &file.environment {
                Some(environment) => environment.clone(),
                None if self.placed == 0 => Environment::unnamed(),
                None => continue,
            };
            for (image, version) in file.runs.difference(old) {
                let is_changed = old.iter().any(|(name, _)| name == image);
                if is_changed || !self.ran(&environment, image, version, had_environments) {
                    let one = Brought {
                        environment: environment.clone(),
                        image: image.clone(),
                        version: version.clone(),
                        is_following: false,
                    };
                    brought.entry(one).or_default().push(place.clone());
                }
            }
        }
        brought
    }

    fn is_following(&self, one: &Brought, files: &[Place]) -> bool {
        let had = |holder: Holder| {
            let versions = self.had.get(&(holder, one.image.clone()));
            versions.is_some_and(|versions| versions.contains(&one.version))
        };
        let environment = Holder::Environment(one.environment.name.clone());
        let holders = self.holders.get(&(environment.clone(), one.image.clone()));
        had(environment)
            && !files.iter().any(|file| had(Holder::File(file.clone())))
            && holders.is_some_and(|holders| *holders > files.len())
    }

    /// Keeps what files and environments had.
    fn remember(&mut self, touched: &BTreeSet<Place>) {
        for (place, file) in touched.iter().filter_map(|place| self.files.get_key_value(place)) {
            for (image, version) in &file.runs {
                for holder in [Holder::File(place.clone()), environment(&file.environment)] {
                    self.had.entry((holder, image.clone())).or_default().insert(version.clone());
                }
            }
        }
    }

    /// True where the environment ran the version before this commit.
    fn ran(
        &self,
        environment: &Environment,
        image: &str,
        version: &Version,
        had_environments: bool,
    ) -> bool {
        let in_files = |environment: Option<Environment>| {
            let slot = self.running.get(&(environment, image.to_owned()));
            slot.is_some_and(|versions| versions.contains_key(version))
        };
        let was_shared = !had_environments && environment.name == "production";
        in_files(Some(environment.clone())) || (was_shared && in_files(None))
    }

    fn count(&mut self, touched: &BTreeSet<Place>, before: Runs) {
        for (own, runs) in before.into_values() {
            for image in runs.iter().map(|(image, _)| image).collect::<BTreeSet<_>>() {
                if let Some(files) = self.holders.get_mut(&(environment(&own), image.clone())) {
                    *files -= 1;
                }
            }
            for (image, version) in runs {
                let slot = self.running.entry((own.clone(), image)).or_default();
                if let Some(files) = slot.get_mut(&version) {
                    *files -= 1;
                    if *files == 0 {
                        slot.remove(&version);
                    }
                }
            }
        }
        for file in touched.iter().filter_map(|place| self.files.get(place)) {
            for image in file.runs.iter().map(|(image, _)| image).collect::<BTreeSet<_>>() {
                let holder = (environment(&file.environment), image.clone());
                *self.holders.entry(holder).or_default() += 1;
            }
            for (image, version) in &file.runs {
                let slot = (file.environment.clone(), image.clone());
                *self.running.entry(slot).or_default().entry(version.clone()).or_default() += 1;
            }
        }
    }

    /// Files in the folder and below it.
    fn below(&self, folder: &str) -> Vec<Place> {
        let is_below = |other: &str| {
            folder.is_empty()
                || other
                    .strip_prefix(folder)
                    .is_some_and(|rest| matches!(rest.bytes().next(), None | Some(b'/')))
        };
        self.files
            .range((folder.to_owned(), String::new())..)
            .take_while(|((other, _), _)| other.starts_with(folder))
            .filter(|((other, _), _)| is_below(other))
            .map(|(place, _)| place.clone())
            .collect()
    }

    /// What a file makes run: its versions, each under a name, but for those that a kustomization
    /// beside or above it replaces.
    fn runs(&self, place: &Place, file: &File) -> BTreeSet<(String, Version)> {
        let mut runs = BTreeSet::new();
        for named in &file.manifest.images {
            let Some(version) = &named.version else { continue };
            let Some(name) = self.name(place, named) else { continue };
            if !file.manifest.is_kustomization && self.is_replaced(&place.0, &name) {
                continue;
            }
            runs.insert((name, version.clone()));
        }
        runs
    }

    fn is_replaced(&self, folder: &str, image: &str) -> bool {
        folders(folder).any(|folder| {
            self.in_folder(folder).any(|(_, file)| {
                file.manifest.is_kustomization
                    && file.manifest.images.iter().any(|named| {
                        named.version.is_some() && named.name.as_deref() == Some(image)
                    })
            })
        })
    }

    /// The image's name: its own, else what the values beside or above the file have under the
    /// same key, else the part of the chart or the folder that the version stands in.
    fn name(&self, (folder, _): &Place, named: &Named) -> Option<String> {
        if let Some(name) = &named.name {
            return Some(name.clone());
        }
        if let Some(key) = &named.key {
            for folder in folders(folder) {
                let mut found: Vec<(bool, &str, &str)> = Vec::new();
                for (other, values) in self.in_folder(folder) {
                    let names = values.manifest.images.iter();
                    let names = names.filter(|named| named.key.as_ref() == Some(key));
                    let names = names.filter_map(|named| named.name.as_deref());
                    found.extend(names.map(|name| (values.environment.is_some(), other, name)));
                }
                if let Some((_, _, name)) = found.into_iter().min() {
                    return Some(name.to_owned());
                }
            }
        }
        named.hint.clone().or_else(|| {
            let names = folder.rsplit('/').filter(|name| !name.is_empty());
            let mut names = names.filter(|name| {
                !NO_NAMES.contains(name) && !super::environment::is_about_environments(name)
            });
            names.next().map(str::to_owned)
        })
    }

    fn in_folder<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = (&'a str, &'a File)> {
        let from = (folder.to_owned(), String::new());
        let files = self.files.range(from..).take_while(move |((other, _), _)| other == folder);
        files.map(|((_, name), file)| (name.as_str(), file))
    }
}

fn environment(of: &Option<Environment>) -> Holder {
    Holder::Environment(of.as_ref().map_or_else(String::new, |of| of.name.clone()))
}

/// True where other files depend on what this one says.
fn gives(manifest: &Manifest) -> bool {
    let is_given = |named: &Named| named.key.is_some() && named.name.is_some();
    manifest.is_kustomization || manifest.images.iter().any(is_given)
}

fn place(path: &str) -> Place {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    (folder.to_owned(), file.to_owned())
}

/// The folder and those above it.
fn folders(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| match folder.rsplit_once('/') {
        Some((above, _)) => Some(above),
        None => (!folder.is_empty()).then_some(""),
    })
}
