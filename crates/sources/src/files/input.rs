//! Bytes from a file, or from the standard input where its name is `-`.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{BYTE_ORDER_MARK, FilesError, unreadable};

/// All that the file holds, without a byte order mark.
///
/// # Errors
/// Where it can't be read.
pub(crate) fn content(path: &Path) -> Result<Vec<u8>, FilesError> {
    let read = match is_standard_input(path) {
        true => {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        }
        false => fs::read(path),
    };
    let bytes = read.map_err(|source| unreadable(&place(path), source))?;
    Ok(bytes.strip_prefix(BYTE_ORDER_MARK).map(<[u8]>::to_vec).unwrap_or(bytes))
}

/// What sentences call it.
pub(crate) fn place(path: &Path) -> PathBuf {
    if is_standard_input(path) { PathBuf::from("the standard input") } else { path.to_owned() }
}

fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_content_and_a_missing_file_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("export.json");
        fs::write(&path, "\u{feff}{}").expect("a file");
        assert_eq!(content(&path).expect("content"), b"{}");
        let missing = folder.path().join("none.json");
        let error = content(&missing).expect_err("no file").to_string();
        assert!(error.starts_with("failed to read ") && error.contains("none.json"), "{error}");
        assert_eq!(place(Path::new("-")), Path::new("the standard input"));
    }
}
