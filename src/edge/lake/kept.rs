//! Small files kept for ever under their hash: price books, accounts and keys as they were read.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::text::sha256;
use super::{Lake, LakeError, is_word};
use crate::domain::hash::{Canonical, CanonicalBytes};
use crate::edge::blob::PutOutcome;

/// A kept file, as a manifest names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeptRef {
    /// What it was read as: `accounts.csv`.
    pub name: String,
    /// Key in the lake.
    pub path: String,
    pub sha256: String,
}

impl Canonical for KeptRef {
    fn write(&self, to: &mut CanonicalBytes) {
        let KeptRef { name, path, sha256 } = self;
        to.record("kept", |to| {
            to.member("name", name);
            to.member("path", path);
            to.member("sha256", sha256);
        });
    }
}

impl Lake {
    /// Stores bytes under their hash; gives the path to fetch them by. Equal bytes, equal path.
    pub async fn keep(&self, kind: &str, bytes: impl Into<Bytes>, ext: &str) -> Result<String, LakeError> {
        for word in [kind, ext] {
            if !is_word(word) {
                return Err(LakeError::Name { what: word.to_owned() });
            }
        }
        let bytes = bytes.into();
        let path = format!("kept/{kind}/{}.{ext}", sha256(&bytes));
        if self.blob.put_if_absent(&path, bytes.clone()).await? == PutOutcome::Exists
            && self.blob.get(&path).await? != bytes
        {
            // The name is the hash of what belongs here, so what is here has decayed.
            self.blob.put(&path, bytes).await?;
        }
        Ok(path)
    }

    /// Bytes kept earlier, checked against the hash in their name.
    ///
    /// # Errors
    /// Damaged where they are not what was kept.
    pub async fn fetch(&self, path: &str) -> Result<Bytes, LakeError> {
        let bytes = match self.blob.get(path).await {
            Err(e) if e.is_not_found() => return Err(LakeError::damaged(self.place(path), "the kept file is lost")),
            got => got?,
        };
        let name = path.rsplit('/').next().unwrap_or(path);
        if name.split('.').next() == Some(sha256(&bytes).as_str()) {
            return Ok(bytes);
        }
        Err(LakeError::damaged(self.place(path), "its content does not have the hash in its name"))
    }
}
