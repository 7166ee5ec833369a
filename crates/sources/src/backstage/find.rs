//! The files that a path means.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::files::FilesError;

/// What descriptors of entities are called.
const NAMES: [&str; 2] = ["catalog-info.yaml", "catalog-info.yml"];

/// The path itself, or all descriptors below it where it is a folder, in the order of their paths.
/// What a link names outside of the folder is no part of it.
///
/// # Errors
/// Where the path can't be read, or is a folder without a descriptor.
pub(super) fn files(path: &Path) -> Result<Vec<PathBuf>, FilesError> {
    if path == Path::new("-") {
        return Ok(vec![path.to_owned()]);
    }
    let fail = |path: &Path, source| FilesError::Read { path: path.to_owned(), source };
    if !path.metadata().map_err(|source| fail(path, source))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let root = path.canonicalize().map_err(|source| fail(path, source))?;
    let mut found = Vec::new();
    let mut open = vec![path.to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder).map_err(|source| fail(&folder, source))?;
        for entry in entries {
            let entry = entry.map_err(|source| fail(&folder, source))?;
            let path = entry.path();
            // A link may lead nowhere, or in a circle.
            let Ok(real) = path.canonicalize() else { continue };
            let is_git = entry.file_name() == ".git";
            if is_git || !real.starts_with(&root) || !seen.insert(real.clone()) {
                continue;
            }
            if real.is_dir() {
                open.push(path);
            } else if real.is_file() && NAMES.iter().any(|name| entry.file_name() == *name) {
                found.push(path);
            }
        }
    }
    if found.is_empty() {
        let reason =
            format!("no file below it is called `{}`; give another folder, or the files", NAMES[0]);
        return Err(FilesError::Format { path: path.to_owned(), reason });
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_are_found_below_a_folder_but_not_in_git_nor_where_links_lead_out() {
        let outside = tempfile::tempdir().expect("a folder");
        fs::write(outside.path().join("catalog-info.yaml"), "").expect("a file");
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        for name in ["b/catalog-info.yml", "a/c/catalog-info.yaml", ".git/catalog-info.yaml"] {
            let path = root.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            fs::write(path, "").expect("a file");
        }
        fs::write(root.join("b/other.yaml"), "").expect("a file");
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink(outside.path(), root.join("out")).expect("a link");
            symlink(root, root.join("a/circle")).expect("a link");
            symlink("nowhere", root.join("a/broken")).expect("a link");
        }
        let found = files(root).expect("files");
        assert_eq!(found, [root.join("a/c/catalog-info.yaml"), root.join("b/catalog-info.yml")]);
        let alone = root.join("b/other.yaml");
        assert_eq!(files(&alone).expect("a file"), [alone]);
        let empty = tempfile::tempdir().expect("a folder");
        let error = files(empty.path()).expect_err("nothing").to_string();
        assert!(error.contains("`catalog-info.yaml`"), "{error}");
    }
}
