//! The mappings that come with Milepost.

use include_dir::{Dir, include_dir};

static MAPPINGS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/mappings");

/// Names of the mappings that come with Milepost.
pub fn names() -> Vec<&'static str> {
    let folders = MAPPINGS.dirs().filter_map(|folder| folder.path().to_str());
    let mut names: Vec<&str> = folders.filter(|name| text(name).is_some()).collect();
    names.sort_unstable();
    names
}

/// The text of the mapping of that name.
pub(super) fn text(name: &str) -> Option<&'static str> {
    file(name, "mapping.toml")
}

/// A file beside the mapping of that name.
pub(super) fn file(name: &str, file: &str) -> Option<&'static str> {
    MAPPINGS.get_file(format!("{name}/{file}"))?.contents_utf8()
}
