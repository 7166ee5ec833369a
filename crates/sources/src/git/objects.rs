//! Reading objects within bounds: a few bytes on disk may inflate to more than there is memory.

use std::cell::RefCell;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gix::ObjectId;
use gix::objs::Find;

use super::repository::Repository;

/// What one object may take while it is read, the deltas it is made from included, where all
/// threads read at once. Nearly every object stays below.
pub(crate) const SMALL_BYTES: usize = 16 << 20;
/// The same for a larger one, which is read while no other thread reads one.
pub(crate) const LARGE_BYTES: usize = 256 << 20;

/// Objects as one thread reads them.
pub(crate) struct Objects<'a> {
    small: gix::Repository,
    large: gix::Repository,
    alone: &'a Mutex<()>,
    /// True where objects may be missing because they were never fetched.
    is_partial: bool,
    /// Those found missing since the last [`take_missing`](Self::take_missing).
    missing: RefCell<Vec<ObjectId>>,
}

/// What reading an object came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is in the buffer.
    Read,
    /// It takes more than was allowed.
    TooLarge,
    /// It was never fetched.
    Missing,
}

impl<'a> Objects<'a> {
    /// `alone` is shared by all threads.
    pub(crate) fn new(repository: &Repository, alone: &'a Mutex<()>) -> Objects<'a> {
        Objects {
            small: repository.small.to_thread_local(),
            large: repository.shared.to_thread_local(),
            alone,
            is_partial: repository.is_partial,
            missing: RefCell::default(),
        }
    }

    /// Reads an object that is small.
    ///
    /// # Errors
    /// Where it is damaged, or missing without a reason.
    pub(crate) fn small(&self, id: ObjectId, buffer: &mut Vec<u8>) -> Result<Found, gix::Error> {
        self.read(&self.small, id, buffer)
    }

    /// Reads an object of up to `most` bytes. The caller is [`alone`](Self::alone).
    ///
    /// # Errors
    /// Where it is damaged, or missing without a reason.
    pub(crate) fn large(
        &self,
        id: ObjectId,
        most: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<Found, gix::Error> {
        if self.large.try_find_header(id)?.is_some_and(|header| header.size() > most) {
            return Ok(Found::TooLarge);
        }
        let found = self.read(&self.large, id, buffer)?;
        // Putting deltas together takes more than what comes of it.
        buffer.shrink_to_fit();
        Ok(found)
    }

    /// Waits until no other thread holds large objects.
    pub(crate) fn alone(&self) -> MutexGuard<'a, ()> {
        self.alone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(
        &self,
        from: &gix::Repository,
        id: ObjectId,
        buffer: &mut Vec<u8>,
    ) -> Result<Found, gix::Error> {
        match from.objects.try_find(&id, buffer) {
            Ok(Some(_)) => Ok(Found::Read),
            Ok(None) if self.is_partial => {
                self.missing.borrow_mut().push(id);
                Ok(Found::Missing)
            }
            Ok(None) => Err(missing(id)),
            Err(error) if error.is_resource_exhausted() => Ok(Found::TooLarge),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn has_missing(&self) -> bool {
        !self.missing.borrow().is_empty()
    }

    /// Objects that were never fetched and that somebody asked for since the last call.
    pub(crate) fn take_missing(&self) -> Vec<ObjectId> {
        self.missing.take()
    }
}

/// Trees and commits: these are read whatever they take up to the bound for large ones.
impl Find for Objects<'_> {
    fn try_find<'b>(
        &self,
        id: &gix::oid,
        buffer: &'b mut Vec<u8>,
    ) -> Result<Option<gix::objs::Data<'b>>, gix::Error> {
        let kind = |from: &gix::Repository, buffer: &mut Vec<u8>| {
            from.objects.try_find(id, buffer).map(|found| found.map(|data| data.kind))
        };
        let found = match kind(&self.small, buffer) {
            Err(error) if error.is_resource_exhausted() => kind(&self.large, buffer),
            found => found,
        }?;
        if found.is_none() && self.is_partial {
            self.missing.borrow_mut().push(id.to_owned());
        }
        Ok(found.map(|kind| gix::objs::Data { kind, object_hash: id.kind(), data: buffer }))
    }
}

pub(crate) fn missing(id: ObjectId) -> gix::Error {
    gix::Error::from_error(std::io::Error::other(format!("object {id} is missing")))
}
