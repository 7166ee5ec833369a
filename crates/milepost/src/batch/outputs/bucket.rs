//! A place in an object store: a file for each format.

use object_store::{Attribute, Attributes, ObjectStore as _, PutOptions};

use super::{PATIENCE, Parcel};
use crate::bucket::Place;

/// Puts the files there; one that is there already is replaced.
pub(super) async fn deliver(bucket: &str, parcel: &Parcel<'_>) -> Result<(), String> {
    let place = Place::parse(bucket)?;
    let store = place.store(PATIENCE)?;
    for format in &parcel.report.formats {
        let text =
            format.text(&parcel.report.name, parcel.page).map_err(|failure| failure.to_string())?;
        let file = parcel.file(*format);
        // Browsers show a page only where they are told that it is one.
        let kind = Attributes::from_iter([(Attribute::ContentType, format.content_type())]);
        let options = PutOptions { attributes: kind, ..PutOptions::default() };
        store
            .put_opts(&place.path(&file), text.into(), options)
            .await
            .map_err(|error| place.failed("write", &file, &error))?;
    }
    Ok(())
}
