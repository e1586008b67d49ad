//! What a store lists and answers, and how its slow calls are waited for.

use super::error::{BlobError, BlobErrorKind};
use crate::domain::period::Instant;

/// One object of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// When it was last written, where the store says so.
    pub modified: Option<Instant>,
    /// The store's own mark of this writing: another one after every write, also one of equal size.
    pub mark: Option<String>,
}

/// A name under which nothing can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Odd {
    /// Characters that are none are replaced.
    pub key: String,
    pub why: String,
    pub kind: OddKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OddKind {
    /// A name that is no text, or a link that leads nowhere or out.
    Name,
    /// What lies in it is not known.
    Folder,
    /// A pipe, a socket or a device: no object.
    Special,
}

/// What lies in a place.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    pub objects: Vec<Object>,
    pub odd: Vec<Odd>,
}

/// Who an object under a key belongs to after `put_if_absent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutOutcome {
    /// It was absent, and now has our bytes.
    Created,
    /// It was there already; nothing was changed.
    Exists,
}

/// Runs what blocks on a thread of its own.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
        Err(_) => Err(BlobError::new(BlobErrorKind::Other, "folder", "the runtime is shutting down")),
    }
}
