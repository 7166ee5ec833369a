//! The object store under Delta: a directory, written durably.
//!
//! `object_store`'s own never syncs, so that a commit may be empty after the power failed. Here a
//! successful write is on the disk: staged, synced, given its name, and the folder synced.

use std::fmt::{Display, Formatter};
use std::io::ErrorKind;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::FutureExt;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
    UploadPart,
};

use crate::disk::{Disk, make_folders, settle, staged, write_whole};

const NAME: &str = "lake";

/// Files below the root of the file system.
#[derive(Debug, Clone)]
pub(crate) struct DurableStore {
    reading: Arc<LocalFileSystem>,
    disk: Arc<dyn Disk>,
}

impl DurableStore {
    pub(crate) fn on(disk: Arc<dyn Disk>) -> DurableStore {
        DurableStore { reading: Arc::new(LocalFileSystem::new()), disk }
    }

    fn reads(&self, location: &Path) -> Result<()> {
        let path = self.reading.path_to_filesystem(location)?;
        self.disk.reads(&path).map_err(|error| failed(error, &path))
    }
}

impl Display for DurableStore {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("durable files")
    }
}

#[async_trait]
impl ObjectStore for DurableStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let is_new = match options.mode {
            PutMode::Create => true,
            PutMode::Overwrite => false,
            PutMode::Update(_) => return Err(missing("a conditional update")),
        };
        let path = self.reading.path_to_filesystem(location)?;
        let disk = self.disk.clone();
        blocking(move || {
            let chunks: Vec<&Bytes> = payload.iter().collect();
            make_parent(disk.as_ref(), &path)
                .and_then(|()| write_whole(disk.as_ref(), &path, &chunks, is_new))
                .map_err(|error| failed(error, &path))
        })
        .await?;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let path = self.reading.path_to_filesystem(location)?;
        let disk = self.disk.clone();
        let upload = blocking(move || {
            make_parent(disk.as_ref(), &path).map_err(|error| failed(error, &path))?;
            Ok(Upload { staged: staged(&path), path, disk, length: 0, is_open: true })
        });
        Ok(Box::new(upload.await?))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.reads(location)?;
        self.reading.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.reads(location)?;
        self.reading.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.reading.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.reading.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.reading.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.reading.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(missing("a copy"))
    }
}

/// A file that is written part by part.
#[derive(Debug)]
struct Upload {
    staged: PathBuf,
    path: PathBuf,
    disk: Arc<dyn Disk>,
    length: u64,
    is_open: bool,
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let (path, disk, mut offset) = (self.staged.clone(), self.disk.clone(), self.length);
        self.length += data.content_length() as u64;
        // The first part begins the file, so it must not come after another one.
        if offset == 0 {
            let written = write_part(disk.as_ref(), &path, &mut offset, &data);
            return std::future::ready(written).boxed();
        }
        blocking(move || write_part(disk.as_ref(), &path, &mut offset, &data)).boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let (staged, path, disk) = (self.staged.clone(), self.path.clone(), self.disk.clone());
        blocking(move || {
            settle(disk.as_ref(), &staged, &path, false).map_err(|error| failed(error, &path))
        })
        .await?;
        self.is_open = false;
        Ok(PutResult { e_tag: None, version: None })
    }

    async fn abort(&mut self) -> Result<()> {
        self.is_open = false;
        self.disk.remove(&self.staged).map_err(|error| failed(error, &self.staged))
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if self.is_open {
            // What is left of it is in nobody's way.
            drop(self.disk.remove(&self.staged));
        }
    }
}

fn write_part(
    disk: &dyn Disk,
    path: &std::path::Path,
    offset: &mut u64,
    data: &PutPayload,
) -> Result<()> {
    for chunk in data {
        disk.write_at(path, *offset, chunk).map_err(|error| failed(error, path))?;
        *offset += chunk.len() as u64;
    }
    Ok(())
}

fn make_parent(disk: &dyn Disk, path: &std::path::Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |folder| make_folders(disk, folder))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await?
}

fn failed(error: std::io::Error, path: &std::path::Path) -> Error {
    let place = path.display().to_string();
    match error.kind() {
        ErrorKind::AlreadyExists => Error::AlreadyExists { path: place, source: error.into() },
        ErrorKind::NotFound => Error::NotFound { path: place, source: error.into() },
        _ => Error::Generic { store: NAME, source: error.into() },
    }
}

fn missing(operation: &str) -> Error {
    Error::NotImplemented { operation: operation.to_owned(), implementer: NAME.to_owned() }
}
