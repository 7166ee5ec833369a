//! The files of a table's log, looked at without Delta: are they all there, and whole?

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Key under which every commit of ours says which version wrote it.
pub(crate) const WRITER: &str = "milepost";

/// Names in a `_delta_log`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Log {
    /// Commits by version.
    pub(crate) commits: BTreeMap<u64, PathBuf>,
    /// Checkpoints by version, of which the newest is read instead of the commits before it.
    pub(crate) checkpoints: BTreeMap<u64, PathBuf>,
    /// What names the newest checkpoint.
    pub(crate) hint: Option<PathBuf>,
}

/// Folder of the log of the table in that folder.
pub(crate) fn folder(table: &Path) -> PathBuf {
    table.join("_delta_log")
}

/// Name of a file.
pub(crate) fn name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The names in a log, or `None` where there is no log.
///
/// # Errors
/// Where the folder can't be read.
pub(crate) fn log(folder: &Path) -> std::io::Result<Option<Log>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut log = Log::default();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name == "_last_checkpoint" {
            log.hint = Some(entry.path());
        } else if let Some(version) = version(&name, ".checkpoint.parquet") {
            log.checkpoints.insert(version, entry.path());
        } else if let Some(version) = version(&name, ".json") {
            log.commits.insert(version, entry.path());
        }
    }
    Ok(Some(log))
}

fn version(name: &str, suffix: &str) -> Option<u64> {
    name.strip_suffix(suffix).filter(|stem| stem.len() == 20)?.parse().ok()
}

impl Log {
    /// The newest checkpoint that a reader of that version is given.
    pub(crate) fn checkpoint(&self, version: u64) -> Option<&PathBuf> {
        self.checkpoints.range(..=version).next_back().map(|(_, path)| path)
    }

    /// The newest version.
    pub(crate) fn head(&self) -> Option<u64> {
        self.commits.keys().next_back().copied()
    }

    /// The first version that is missing below the newest, if one is. Versions may be missing at
    /// the beginning where a checkpoint stands for them.
    pub(crate) fn gap(&self) -> Option<u64> {
        let first = self.first();
        let start = match self.checkpoints.keys().next_back() {
            Some(checkpoint) if *checkpoint + 1 >= first => first,
            _ => 0,
        };
        (start..).zip(self.commits.keys()).find(|(at, version)| at != *version).map(|(at, _)| at)
    }

    /// The first version that the log still tells of.
    pub(crate) fn first(&self) -> u64 {
        self.commits.keys().next().copied().unwrap_or_default()
    }
}

/// The actions of a commit.
///
/// # Errors
/// What is wrong with the file, in words.
pub(crate) fn commit(path: &Path) -> Result<Vec<Value>, String> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err("it is missing".to_owned()),
        Err(error) => return Err(error.to_string()),
    };
    if bytes.is_empty() {
        return Err("it is empty".to_owned());
    }
    let actions = serde_json::Deserializer::from_slice(&bytes)
        .into_iter::<Value>()
        .collect::<Result<Vec<Value>, _>>()
        .map_err(|_| "it is cut off or holds something else than a commit".to_owned())?;
    if actions.iter().any(|action| action.get("commitInfo").is_some()) {
        Ok(actions)
    } else {
        Err("it does not say what it did".to_owned())
    }
}

/// True where Milepost made the commit, or where it made the table.
pub(crate) fn is_ours(actions: &[Value]) -> bool {
    actions.iter().any(|action| {
        action.get("commitInfo").is_some_and(|info| info.get(WRITER).is_some())
            || action.get("metaData").is_some()
    })
}

/// True where the commit carries the application transaction.
pub(crate) fn carries(actions: &[Value], application: &str, sequence: i64) -> bool {
    actions.iter().filter_map(|action| action.get("txn")).any(|transaction| {
        transaction.get("appId").and_then(Value::as_str) == Some(application)
            && transaction.get("version").and_then(Value::as_i64) == Some(sequence)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("00000000000000000001.json");
        std::fs::write(&path, text).expect("a file");
        (folder, path)
    }

    #[test]
    fn a_commit_is_whole_or_says_what_is_wrong() {
        let good = b"{\"commitInfo\":{\"milepost\":\"1\"}}\n{\"txn\":{\"appId\":\"git:a\",\"version\":3}}\n";
        let missing = commit(Path::new("/nowhere/1.json")).err();
        assert_eq!(missing.as_deref(), Some("it is missing"));
        let (_folder, path) = written(good);
        let actions = commit(&path).expect("whole");
        assert!(
            is_ours(&actions) && carries(&actions, "git:a", 3) && !carries(&actions, "git:a", 2)
        );
        for (bad, said) in [
            (&b""[..], "empty"),
            (&good[..40], "cut off"),
            (&[0_u8; 60], "cut off"),
            (&b"{\"add\":{}}"[..], "what it did"),
        ] {
            let (_folder, path) = written(bad);
            let problem = commit(&path).expect_err("broken");
            assert!(problem.contains(said), "{problem}");
        }
    }

    #[test]
    fn a_gap_is_found_below_the_newest_version() {
        let log = |versions: &[u64]| Log {
            commits: versions.iter().map(|at| (*at, PathBuf::new())).collect(),
            ..Log::default()
        };
        assert_eq!((log(&[0, 1, 2]).gap(), log(&[0, 1, 2]).head()), (None, Some(2)));
        assert_eq!(log(&[0, 2]).gap(), Some(1));
        assert_eq!(log(&[1, 2]).gap(), Some(0));
        assert_eq!(log(&[0, 9_000_000]).gap(), Some(1));
        assert_eq!(log(&[]).gap(), None);
        let shortened =
            |checkpoint| Log { checkpoints: [(checkpoint, PathBuf::new())].into(), ..log(&[7, 8]) };
        assert_eq!(shortened(7).gap(), None, "the checkpoint stands for all before it");
        assert_eq!(shortened(5).gap(), Some(0));
    }
}
