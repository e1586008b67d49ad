//! The lake: tables as Parquet parts, and manifests that say which parts exist.
//!
//! A part is named by its content, so writing it again changes nothing. A revision of a (job, period)
//! exists once its manifest does; parts no manifest names do not exist for readers.
//! Knows nothing of: what the numbers mean, when a period is due, other edges but `blob`.

mod digest;
mod error;
mod identity;
mod kept;
mod manifest;
mod part;
mod read;
pub mod schema;
mod seal;
mod sealed_bytes;
mod survey;
mod text;

#[cfg(test)]
mod tests;

use crate::edge::blob::Blob;

pub use digest::Digest;
pub use error::{LakeError, SealError};
pub use identity::Claim;
pub use kept::KeptRef;
pub(crate) use manifest::path as manifest_key;
pub use manifest::{BookRef, Build, InputRef, LawRef, MANIFEST_SCHEMA, Manifest, Total};
pub use part::{FinishedPart, PartRef, PartWriter, to_parquet};
pub use read::{PartReader, Read, Rows};
pub use seal::{Prepared, Sealed};
pub use survey::Survey;

/// A folder or bucket laid out as a lake. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Lake {
    blob: Blob,
    /// Large parts whose hash was compared in this run.
    compared: sealed_bytes::Compared,
}

impl Lake {
    pub fn new(blob: Blob) -> Lake {
        Lake { blob, compared: sealed_bytes::Compared::default() }
    }

    pub fn blob(&self) -> &Blob {
        &self.blob
    }

    fn place(&self, key: &str) -> String {
        format!("{}/{key}", self.blob.place())
    }
}

/// A part of a key that names a job, period, table, partition or kind: one plain word.
fn is_word(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'=' | b'.' | b'+');
    !text.is_empty() && text.len() <= 200 && text.bytes().all(plain) && !text.starts_with('.')
}
