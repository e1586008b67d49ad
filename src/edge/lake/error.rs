//! What can go wrong with a lake.

use arrow::error::ArrowError;
use parquet::errors::ParquetError;

use super::schema::TableError;
use crate::edge::blob::{BlobError, BlobErrorKind};

#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// What is there is not what was written: torn, changed or lost.
    #[error("{place}: {what}")]
    Damaged { place: String, what: String },
    /// In a shape that came after this build; `build` is who wrote it, where that is said.
    #[error(
        "{place}: is in shape {schema}{}, and this build (trueup {}) reads up to shape {known}",
        build.as_ref().map_or_else(String::new, |build| format!(", written by {build}")),
        env!("CARGO_PKG_VERSION")
    )]
    Newer { place: String, schema: u32, known: u32, build: Option<String> },
    #[error("{what}: not a plain word of letters, digits, - _ = . +")]
    Name { what: String },
    #[error("{place}: {source}")]
    Parquet { place: String, source: ParquetError },
    #[error("{place}: {source}")]
    Arrow { place: String, source: ArrowError },
    #[error(transparent)]
    Table(#[from] TableError),
}

impl LakeError {
    /// A writer's fault: of the disk below it, or of the columns.
    pub(super) fn unwritten(place: String, source: ParquetError) -> LakeError {
        match &source {
            ParquetError::External(inner) if inner.is::<std::io::Error>() => {
                LakeError::Blob(BlobError::new(BlobErrorKind::Unavailable, place, inner.to_string()))
            }
            _ => LakeError::Parquet { place, source },
        }
    }

    pub(super) fn damaged(place: impl Into<String>, what: impl Into<String>) -> LakeError {
        LakeError::Damaged { place: place.into(), what: what.into() }
    }

    /// May work later, unchanged.
    pub fn is_temporary(&self) -> bool {
        matches!(self, LakeError::Blob(e) if e.kind == BlobErrorKind::Unavailable)
    }
}

/// Why a revision was not sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Somebody else sealed this revision, with other content.
    #[error("{path}: sealed already, with other content")]
    Conflict { path: String },
    /// The manifest contradicts itself or names what is not there.
    #[error("{path}: {what}")]
    Inconsistent { path: String, what: String },
    #[error(transparent)]
    Lake(#[from] LakeError),
}

impl From<BlobError> for SealError {
    fn from(error: BlobError) -> SealError {
        SealError::Lake(error.into())
    }
}
