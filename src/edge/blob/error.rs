//! What can go wrong with named bytes.

use std::io;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobErrorKind {
    /// No such object.
    NotFound,
    /// The store refuses us: rights, credentials, a link that leads out.
    Denied,
    /// May work later: unreachable, overloaded, full.
    Unavailable,
    /// Will not work until somebody changes a setting: no such bucket, another region, a bad key.
    Config,
    Other,
}

/// `place: what`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct BlobError {
    pub kind: BlobErrorKind,
    pub what: String,
    pub place: String,
}

impl BlobError {
    pub(crate) fn new(kind: BlobErrorKind, place: impl Into<String>, what: impl Into<String>) -> BlobError {
        BlobError { kind, what: what.into(), place: place.into() }
    }

    pub(super) fn io(error: &io::Error, place: impl Into<String>) -> BlobError {
        use io::ErrorKind as K;
        let kind = match error.kind() {
            K::NotFound => BlobErrorKind::NotFound,
            K::PermissionDenied | K::ReadOnlyFilesystem => BlobErrorKind::Denied,
            K::StorageFull
            | K::QuotaExceeded
            | K::TimedOut
            | K::ResourceBusy
            | K::StaleNetworkFileHandle
            | K::HostUnreachable
            | K::NetworkDown => BlobErrorKind::Unavailable,
            _ => BlobErrorKind::Other,
        };
        BlobError::new(kind, place, error.to_string())
    }

    pub fn is_not_found(&self) -> bool {
        self.kind == BlobErrorKind::NotFound
    }
}
