//! A folder: a file for each format.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use super::Parcel;

/// Writes the files; one that is there already is replaced.
pub(super) fn deliver(folder: &Path, parcel: &Parcel<'_>) -> Result<(), String> {
    let folder = parcel.globals.config.folder.join(folder);
    std::fs::create_dir_all(&folder)
        .map_err(|error| format!("failed to make {}: {error}", folder.display()))?;
    for format in &parcel.report.formats {
        let text =
            format.text(&parcel.report.name, parcel.page).map_err(|failure| failure.to_string())?;
        let path = folder.join(parcel.file(*format));
        write(&path, &text)
            .map_err(|error| format!("failed to write {}: {error}", path.display()))?;
    }
    Ok(())
}

/// Writes a file so that whoever looks finds the whole of it or none.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut staged = path.as_os_str().to_owned();
    staged.push(".part");
    let mut file = File::create(&staged)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&staged, path)
}
