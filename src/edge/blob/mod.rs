//! Named bytes in a folder or in an S3 bucket, written whole or not at all.
//!
//! A key is a relative path with `/`. Writing is atomic and durable: once a call returns, the object
//! is there after a power loss; before, it is not there at all. `put_if_absent` is the one primitive
//! commits rest on: of any number of writers exactly one creates the object.
//! Knows nothing of: what the bytes mean, environment variables, when to run.

mod access;
mod body;
mod error;
mod folder;
mod key;
mod object;
mod s3;
mod temp;
mod url;

#[cfg(test)]
pub(crate) mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};

use bytes::Bytes;

pub use access::Access;
pub use body::Body;
pub use error::{BlobError, BlobErrorKind};
pub use object::{Listing, Object, Odd, OddKind, PutOutcome};
pub use s3::{S3Credentials, S3Settings};
pub use temp::{WholeFile, name_folder};

use crate::domain::period::Instant;
use folder::Folder;
use object::blocking;
use s3::S3;

/// A folder or a bucket with a prefix. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Blob {
    store: Store,
}

#[derive(Clone, Debug)]
enum Store {
    Folder(Folder),
    S3(S3),
}

impl Blob {
    /// A folder; it is created by the first write.
    pub fn folder(root: impl Into<PathBuf>) -> Blob {
        Blob { store: Store::Folder(Folder::new(root.into())) }
    }

    /// `s3://bucket/prefix`, or a folder (relative to `base`).
    ///
    /// # Errors
    /// Config: another scheme, a malformed bucket, no credentials or no region.
    pub fn at(url: &str, base: &Path, s3: &S3Settings) -> Result<Blob, BlobError> {
        if url::holds_secret(url) {
            let what = "holds a key: keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
            return Err(BlobError::new(BlobErrorKind::Config, url::bare(url), what));
        }
        match url.split_once("://") {
            Some(("s3", _)) => Ok(Blob { store: Store::S3(S3::new(url, s3)?) }),
            Some(("file", path)) => Ok(Blob::folder(base.join(path))),
            Some((scheme, _)) => {
                let what = format!("{scheme}:// is not known; a folder or s3://bucket/prefix is");
                Err(BlobError::new(BlobErrorKind::Config, url::bare(url), what))
            }
            None if url.is_empty() => Err(BlobError::new(BlobErrorKind::Config, url, "names no folder")),
            None => Ok(Blob::folder(base.join(url))),
        }
    }

    /// The same place, where what is written from now on may be read by others; in a bucket its own policy says.
    pub fn readable_by(self, access: Access) -> Blob {
        match self.store {
            Store::Folder(folder) => Blob { store: Store::Folder(folder.readable_by(access)) },
            store => Blob { store },
        }
    }

    /// Where it is, for people: a path or `s3://bucket/prefix`.
    pub fn place(&self) -> String {
        match &self.store {
            Store::Folder(folder) => folder.place(),
            Store::S3(s3) => s3.place().to_owned(),
        }
    }

    /// Every object whose key begins with `prefix`, ordered by the bytes of the key.
    ///
    /// # Errors
    /// Denied where a symbolic link leads out of the folder; an absent folder lists as empty, an absent
    /// bucket is Config.
    pub async fn list(&self, prefix: &str) -> Result<Vec<Object>, BlobError> {
        match &self.store {
            Store::Folder(folder) => {
                let (folder, prefix) = (folder.clone(), prefix.to_owned());
                blocking(move || folder.list(&prefix)).await
            }
            Store::S3(s3) => s3.list(prefix).await,
        }
    }

    /// As [`Blob::list`], and beside it what has a name and cannot be read, which stops nothing.
    ///
    /// # Errors
    /// As [`Blob::list`], for the folder as a whole.
    pub async fn list_readable(&self, prefix: &str) -> Result<Listing, BlobError> {
        match &self.store {
            Store::Folder(folder) => {
                let (folder, prefix) = (folder.clone(), prefix.to_owned());
                blocking(move || folder.list_readable(&prefix)).await
            }
            Store::S3(s3) => Ok(Listing { objects: s3.list(prefix).await?, odd: Vec::new() }),
        }
    }

    /// # Errors
    /// NotFound where there is no such object.
    pub async fn get(&self, key: &str) -> Result<Bytes, BlobError> {
        match &self.store {
            Store::Folder(folder) => {
                let (folder, key) = (folder.clone(), key.to_owned());
                blocking(move || folder.read(&key)).await
            }
            Store::S3(s3) => s3.get(key).await,
        }
    }

    /// The object for reading in any order: an open file of a folder, bytes of a bucket.
    ///
    /// # Errors
    /// NotFound where there is no such object.
    pub async fn open(&self, key: &str) -> Result<Body, BlobError> {
        match &self.store {
            Store::Folder(folder) => {
                let (folder, key) = (folder.clone(), key.to_owned());
                blocking(move || folder.open(&key)).await.map(Body::File)
            }
            Store::S3(s3) => s3.get(key).await.map(Body::Bytes),
        }
    }

    /// Size in bytes, `None` where there is no such object.
    pub async fn head(&self, key: &str) -> Result<Option<u64>, BlobError> {
        match &self.store {
            Store::Folder(folder) => {
                let (folder, key) = (folder.clone(), key.to_owned());
                blocking(move || folder.head(&key)).await
            }
            Store::S3(s3) => s3.head(key).await,
        }
    }

    /// Size and SHA-256 (in hex) of an object, read once from its beginning to its end; `None` where there is none.
    pub async fn digest(&self, key: &str) -> Result<Option<(u64, String)>, BlobError> {
        let body = match self.open(key).await {
            Err(e) if e.is_not_found() => return Ok(None),
            opened => opened?,
        };
        let place = key.to_owned();
        blocking(move || body.digest().map_err(|e| BlobError::io(&e, place))).await.map(Some)
    }

    pub async fn exists(&self, key: &str) -> Result<bool, BlobError> {
        Ok(self.head(key).await?.is_some())
    }

    /// Writes an object, in place of one of the same key.
    pub async fn put(&self, key: &str, bytes: impl Into<Bytes>) -> Result<(), BlobError> {
        let bytes = bytes.into();
        match &self.store {
            Store::Folder(folder) => {
                let (folder, key) = (folder.clone(), key.to_owned());
                blocking(move || folder.put(&key, &bytes)).await
            }
            Store::S3(s3) => s3.put(key, bytes).await,
        }
    }

    /// Writes an object only where there is none.
    ///
    /// # Errors
    /// An error leaves open whether the object was written; the same call again settles it.
    pub async fn put_if_absent(&self, key: &str, bytes: impl Into<Bytes>) -> Result<PutOutcome, BlobError> {
        let bytes = bytes.into();
        match &self.store {
            Store::Folder(folder) => {
                let (folder, key) = (folder.clone(), key.to_owned());
                blocking(move || folder.put_if_absent(&key, &bytes)).await
            }
            Store::S3(s3) => s3.put_if_absent(key, bytes).await,
        }
    }

    /// Writes a copy of a file, in place of an object of the same key.
    pub async fn put_file(&self, key: &str, path: &Path) -> Result<(), BlobError> {
        match &self.store {
            Store::Folder(folder) => {
                let (folder, key, path) = (folder.clone(), key.to_owned(), path.to_owned());
                blocking(move || folder.put_file(&key, &path)).await
            }
            Store::S3(s3) => s3.put_file(key, path).await,
        }
    }

    /// Moves a file of [`Blob::scratch`] in, in place of an object of the same key. The file is gone after it.
    pub async fn adopt(&self, key: &str, path: &Path) -> Result<(), BlobError> {
        match &self.store {
            Store::Folder(folder) => {
                let (folder, key, path) = (folder.clone(), key.to_owned(), path.to_owned());
                blocking(move || folder.adopt(&key, &path)).await
            }
            Store::S3(s3) => {
                s3.put_file(key, path).await?;
                let (place, path) = (key.to_owned(), path.to_owned());
                blocking(move || std::fs::remove_file(path).map_err(|e| BlobError::io(&e, place))).await
            }
        }
    }

    /// An empty file to write a big object to before its key is known; see [`Blob::adopt`].
    ///
    /// A file left behind by a crash is removed by [`Blob::sweep`] (in a folder) or with the scratch folder.
    pub fn scratch(&self) -> Result<(File, PathBuf), BlobError> {
        match &self.store {
            Store::Folder(folder) => folder.scratch(),
            Store::S3(s3) => s3.scratch(),
        }
    }

    /// Removes an object; one that is not there is removed already.
    pub async fn delete(&self, key: &str) -> Result<(), BlobError> {
        match &self.store {
            Store::Folder(folder) => {
                let (folder, key) = (folder.clone(), key.to_owned());
                blocking(move || folder.delete(&key)).await
            }
            Store::S3(s3) => s3.delete(key).await,
        }
    }

    /// Removes temporary files last written before an instant; gives how many there were.
    pub async fn sweep(&self, before: Instant) -> Result<usize, BlobError> {
        match &self.store {
            Store::Folder(folder) => {
                let folder = folder.clone();
                blocking(move || folder.sweep(before)).await
            }
            Store::S3(_) => Ok(0),
        }
    }

    /// Makes everything last that is there: a process that was killed may have written it and not synced it.
    ///
    /// # Errors
    /// Of the disk.
    pub async fn settle(&self) -> Result<(), BlobError> {
        match &self.store {
            Store::Folder(folder) => {
                let folder = folder.clone();
                blocking(move || folder.settle()).await
            }
            Store::S3(_) => Ok(()),
        }
    }

    /// Tries whether writing would work. A folder is left as it is, down to its time; in a bucket an object of the
    /// given key is written and removed again, which proves that the store honours `put_if_absent` as well.
    ///
    /// # Errors
    /// Config where a second writer was let through: commits would be lost on such a store.
    pub async fn try_to_write(&self, key: &str) -> Result<(), BlobError> {
        if let Store::Folder(folder) = &self.store {
            let folder = folder.clone();
            return blocking(move || folder.try_to_write()).await;
        }
        self.prove_put_if_absent(key).await
    }

    /// The folder, and what lies at its top, that others than their owner may read or write, with their modes.
    pub async fn open_to_others(&self) -> Vec<(String, u32)> {
        match &self.store {
            Store::Folder(folder) => {
                let folder = folder.clone();
                blocking(move || Ok(folder.open_to_others())).await.unwrap_or_default()
            }
            Store::S3(_) => Vec::new(),
        }
    }

    pub fn is_folder(&self) -> bool {
        matches!(self.store, Store::Folder(_))
    }

    /// # Errors
    /// Config where a second writer was let through: commits would be lost on such a store.
    pub(crate) async fn prove_put_if_absent(&self, key: &str) -> Result<(), BlobError> {
        self.delete(key).await?;
        let first = self.put_if_absent(key, "first").await?;
        let second = self.put_if_absent(key, "second").await?;
        self.delete(key).await?;
        if (first, second) == (PutOutcome::Created, PutOutcome::Exists) {
            return Ok(());
        }
        let what = "the store overwrites objects that must only be created (it ignores If-None-Match)";
        Err(BlobError::new(BlobErrorKind::Config, self.place(), what))
    }
}
