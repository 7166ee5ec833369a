//! A disk that fails when it is told to, and remembers what would be left of it without power.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use milepost_lake::{Disk, SystemDisk};

/// What happens at one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    /// It fails, and nothing of it is done.
    Fails,
    /// It and every later one fail: the disk is gone.
    Dies,
    /// It does half of its work and fails.
    Half,
    /// It is done, but the answer is an error.
    LosesAnswer,
    /// It says that it is done, and nothing is.
    Lies,
}

/// What a step is, for faults that only make sense at some.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step {
    Read,
    Write,
    Name,
    Sync,
}

/// The system's disk with faults.
#[derive(Debug, Default)]
pub(crate) struct FaultyDisk {
    system: SystemDisk,
    fault: Option<(usize, Fault)>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    steps: Vec<Step>,
    memory: Memory,
    /// What was durable after each step.
    durable: Vec<Durable>,
}

/// Files by what they hold, folders by the names in them; each as the program sees it and as the
/// disk would have it after a crash.
#[derive(Debug, Default)]
struct Memory {
    files: Vec<Content>,
    names: BTreeMap<PathBuf, usize>,
    folders: BTreeSet<PathBuf>,
    durable_names: BTreeMap<PathBuf, usize>,
    durable_folders: BTreeSet<PathBuf>,
}

#[derive(Debug, Default, Clone)]
struct Content {
    now: Arc<Vec<u8>>,
    durable: Arc<Vec<u8>>,
}

/// What is left after a crash.
#[derive(Debug, Clone, Default)]
pub(crate) struct Durable {
    folders: BTreeSet<PathBuf>,
    files: BTreeMap<PathBuf, Arc<Vec<u8>>>,
    /// Names that a kinder disk has kept, with the content that was synced, if any was.
    kept_names: BTreeMap<PathBuf, Arc<Vec<u8>>>,
    kept_folders: BTreeSet<PathBuf>,
}

impl Durable {
    /// Lays out what is left in a folder. `keeps_names`: names that were not synced are there
    /// too, as on most disks, with what was synced of their content.
    pub(crate) fn lay_out(&self, from: &Path, to: &Path, keeps_names: bool) {
        let moved = |path: &Path| to.join(path.strip_prefix(from).expect("below the root"));
        let (folders, files) = match keeps_names {
            true => (&self.kept_folders, &self.kept_names),
            false => (&self.folders, &self.files),
        };
        std::fs::create_dir_all(to).expect("a folder");
        for folder in folders {
            std::fs::create_dir_all(moved(folder)).expect("a folder");
        }
        for (path, content) in files {
            let path = moved(path);
            // A file whose folder was lost is lost with it.
            if path.parent().is_some_and(Path::is_dir) {
                std::fs::write(path, content.as_slice()).expect("a file");
            }
        }
    }
}

impl FaultyDisk {
    pub(crate) fn sound() -> Arc<FaultyDisk> {
        Arc::default()
    }

    /// With that fault at that step, counted from 0.
    pub(crate) fn with(at: usize, fault: Fault) -> Arc<FaultyDisk> {
        Arc::new(FaultyDisk { fault: Some((at, fault)), ..FaultyDisk::default() })
    }

    pub(crate) fn steps(&self) -> Vec<Step> {
        self.inner().steps.clone()
    }

    /// What was durable after each step so far.
    pub(crate) fn durable(&self) -> Vec<Durable> {
        self.inner().durable.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic while it was held")
    }

    fn step(
        &self,
        step: Step,
        work: impl FnOnce() -> Result<()>,
        half: impl FnOnce(),
        remember: impl FnOnce(&mut Memory),
    ) -> Result<()> {
        let mut inner = self.inner();
        let at = inner.steps.len();
        inner.steps.push(step);
        let fault = self
            .fault
            .filter(|(first, fault)| at == *first || at > *first && *fault == Fault::Dies);
        let broken = || Error::other("the disk failed");
        let result = match fault.map(|(_, fault)| fault) {
            None => work(),
            Some(Fault::Fails | Fault::Dies) => Err(broken()),
            Some(Fault::Half) => {
                half();
                Err(broken())
            }
            Some(Fault::LosesAnswer) => work().and(Err(broken())),
            Some(Fault::Lies) if step == Step::Read => work(),
            Some(Fault::Lies) => Ok(()),
        };
        if result.is_ok() && fault.is_none() {
            remember(&mut inner.memory);
        }
        let durable = inner.memory.durable();
        inner.durable.push(durable);
        result
    }
}

impl Memory {
    fn durable(&self) -> Durable {
        let contents = |names: &BTreeMap<PathBuf, usize>| {
            names
                .iter()
                .map(|(path, file)| (path.clone(), self.files[*file].durable.clone()))
                .collect()
        };
        Durable {
            folders: self.durable_folders.clone(),
            files: contents(&self.durable_names),
            kept_names: contents(&self.names),
            kept_folders: self.folders.clone(),
        }
    }
}

impl Disk for FaultyDisk {
    fn reads(&self, path: &Path) -> Result<()> {
        self.step(Step::Read, || self.system.reads(path), || {}, |_| {})
    }

    fn make_folder(&self, path: &Path) -> Result<()> {
        let remember = |memory: &mut Memory| {
            memory.folders.insert(path.to_owned());
        };
        self.step(Step::Name, || self.system.make_folder(path), || {}, remember)
    }

    fn write_at(&self, path: &Path, offset: u64, bytes: &[u8]) -> Result<()> {
        let half = || drop(self.system.write_at(path, offset, &bytes[..bytes.len() / 2]));
        let remember = |memory: &mut Memory| {
            let file = match memory.names.get(path) {
                Some(file) if offset > 0 => *file,
                _ => {
                    memory.files.push(Content::default());
                    memory.names.insert(path.to_owned(), memory.files.len() - 1);
                    memory.files.len() - 1
                }
            };
            let content = Arc::make_mut(&mut memory.files[file].now);
            content.resize(offset as usize, 0);
            content.extend_from_slice(bytes);
        };
        self.step(Step::Write, || self.system.write_at(path, offset, bytes), half, remember)
    }

    fn sync(&self, path: &Path) -> Result<()> {
        let remember = |memory: &mut Memory| {
            if let Some(file) = memory.names.get(path) {
                let content = &mut memory.files[*file];
                content.durable = content.now.clone();
                return;
            }
            let is_in = |child: &Path| child.parent() == Some(path);
            memory.durable_names.retain(|name, _| !is_in(name));
            let names = memory.names.iter().filter(|(name, _)| is_in(name));
            memory.durable_names.extend(names.map(|(name, file)| (name.clone(), *file)));
            memory
                .durable_folders
                .extend(memory.folders.iter().filter(|name| is_in(name)).cloned());
        };
        self.step(Step::Sync, || self.system.sync(path), || {}, remember)
    }

    fn link(&self, from: &Path, to: &Path) -> Result<()> {
        let remember = |memory: &mut Memory| {
            let file = memory.names[from];
            memory.names.insert(to.to_owned(), file);
        };
        self.step(Step::Name, || self.system.link(from, to), || {}, remember)
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        let remember = |memory: &mut Memory| {
            let file = memory.names.remove(from).expect("a file that was written");
            memory.names.insert(to.to_owned(), file);
        };
        self.step(Step::Name, || self.system.rename(from, to), || {}, remember)
    }

    fn remove(&self, path: &Path) -> Result<()> {
        let remember = |memory: &mut Memory| {
            memory.names.remove(path);
        };
        self.step(Step::Name, || self.system.remove(path), || {}, remember)
    }
}
