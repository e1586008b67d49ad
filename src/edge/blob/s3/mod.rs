//! Objects in an S3 bucket, under a prefix.

mod client;
mod conditional;
mod errors;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use bytes::Bytes;
use sha2::{Digest, Sha256};

pub use client::{S3Credentials, S3Settings};

use super::access::Access;
use super::error::{BlobError, BlobErrorKind};
use super::object::{Object, blocking};
use super::url::bare;
use super::{key, temp};
use crate::domain::period::Instant;
use errors::{is_absent, told};

#[derive(Clone, Debug)]
pub(super) struct S3 {
    client: Client,
    bucket: String,
    /// Empty, or ends with `/`.
    prefix: String,
    place: String,
    scratch: PathBuf,
    page: i32,
}

type Result<T> = std::result::Result<T, BlobError>;

/// The most that one request may carry.
const LARGEST: u64 = 5 << 30;
const BODY_TRIES: u32 = 3;

impl S3 {
    /// `s3://bucket/prefix`.
    pub(super) fn new(url: &str, settings: &S3Settings) -> Result<S3> {
        let path = url.strip_prefix("s3://").unwrap_or(url).trim_end_matches('/');
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        if bucket.is_empty() {
            return Err(BlobError::new(BlobErrorKind::Config, bare(url), "names no bucket"));
        }
        if !prefix.is_empty() {
            key::segments(prefix)?;
        }
        Ok(S3 {
            client: client::connect(url, settings)?,
            bucket: bucket.to_owned(),
            prefix: if prefix.is_empty() { String::new() } else { format!("{prefix}/") },
            place: format!("s3://{path}"),
            scratch: settings.scratch.clone(),
            page: settings.page,
        })
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    fn full(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    fn key_place(&self, key: &str) -> String {
        format!("{}/{key}", self.place)
    }

    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<Object>> {
        key::prefix(prefix)?;
        let request = self.client.list_objects_v2().bucket(&self.bucket).prefix(self.full(prefix));
        let mut pages = request.into_paginator().page_size(self.page).send();
        let mut objects = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| told(&e, "list", self.key_place(prefix)))?;
            for object in page.contents() {
                let Some(key) = object.key().and_then(|k| k.strip_prefix(self.prefix.as_str())) else { continue };
                let size = u64::try_from(object.size().unwrap_or(0)).unwrap_or(0);
                // What consoles make to show an empty folder.
                if key.is_empty() || (key.ends_with('/') && size == 0) {
                    continue;
                }
                let (key, mark) = (key.to_owned(), object.e_tag().map(str::to_owned));
                objects.push(Object { key, size, modified: object.last_modified().and_then(instant), mark });
            }
        }
        objects.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(objects)
    }

    pub(super) async fn get(&self, key: &str) -> Result<Bytes> {
        let mut tries = 0;
        loop {
            tries += 1;
            let answer = self.client.get_object().bucket(&self.bucket).key(self.full(key)).send().await;
            let answer = answer.map_err(|e| told(&e, "get", self.key_place(key)))?;
            let length = answer.content_length();
            let why = match answer.body.collect().await.map(|b| b.into_bytes()) {
                Ok(bytes) if length.is_none_or(|n| u64::try_from(n) == Ok(bytes.len() as u64)) => return Ok(bytes),
                Ok(_) => "the answer was cut short".to_owned(),
                Err(e) => e.to_string(),
            };
            if tries == BODY_TRIES {
                return Err(BlobError::new(BlobErrorKind::Unavailable, self.key_place(key), why));
            }
        }
    }

    pub(super) async fn head(&self, key: &str) -> Result<Option<u64>> {
        match self.client.head_object().bucket(&self.bucket).key(self.full(key)).send().await {
            Ok(answer) => Ok(Some(u64::try_from(answer.content_length().unwrap_or(0)).unwrap_or(0))),
            Err(e) if is_absent(&e) => Ok(None),
            Err(e) => Err(told(&e, "look at", self.key_place(key))),
        }
    }

    pub(super) async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        key::segments(key)?;
        let sum = base64(&Sha256::digest(&bytes));
        let request = self.client.put_object().bucket(&self.bucket).key(self.full(key)).checksum_sha256(sum);
        request.body(ByteStream::from(bytes)).send().await.map_err(|e| told(&e, "put", self.key_place(key)))?;
        Ok(())
    }

    pub(super) async fn put_file(&self, key: &str, path: &Path) -> Result<()> {
        key::segments(key)?;
        let (size, sum) = hash_file(path.to_owned()).await?;
        if size > LARGEST {
            let what = "is larger than the 5 GiB one upload may have";
            return Err(BlobError::new(BlobErrorKind::Other, path.display().to_string(), what));
        }
        let body = ByteStream::from_path(path)
            .await
            .map_err(|e| BlobError::new(BlobErrorKind::Other, path.display().to_string(), e.to_string()))?;
        let request = self.client.put_object().bucket(&self.bucket).key(self.full(key)).checksum_sha256(sum);
        request.body(body).send().await.map_err(|e| told(&e, "put", self.key_place(key)))?;
        Ok(())
    }

    pub(super) async fn delete(&self, key: &str) -> Result<()> {
        key::segments(key)?;
        match self.client.delete_object().bucket(&self.bucket).key(self.full(key)).send().await {
            Err(e) if !is_absent(&e) => Err(told(&e, "delete", self.key_place(key))),
            _ => Ok(()),
        }
    }

    pub(super) fn scratch(&self) -> Result<(File, PathBuf)> {
        let place = || self.scratch.display().to_string();
        std::fs::create_dir_all(&self.scratch).map_err(|e| BlobError::io(&e, place()))?;
        temp::create(&self.scratch, Access::Owner).map_err(|e| BlobError::io(&e, place()))
    }
}

fn instant(at: &DateTime) -> Option<Instant> {
    let micros = at.secs().checked_mul(1_000_000)?.checked_add(i64::from(at.subsec_nanos() / 1000))?;
    Some(Instant::from_micros(micros))
}

/// Size, and SHA-256 in base64 as the store wants to be told it.
async fn hash_file(path: PathBuf) -> Result<(u64, String)> {
    blocking(move || {
        let place = || path.display().to_string();
        let mut file = File::open(&path).map_err(|e| BlobError::io(&e, place()))?;
        let (mut hash, mut size, mut buffer) = (Sha256::new(), 0u64, vec![0; 1 << 16]);
        loop {
            match file.read(&mut buffer).map_err(|e| BlobError::io(&e, place()))? {
                0 => return Ok((size, base64(&hash.finalize()))),
                n => {
                    hash.update(&buffer[..n]);
                    size += n as u64;
                }
            }
        }
    })
    .await
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0u32, |w, i| (w << 8) | u32::from(chunk.get(i).copied().unwrap_or(0)));
        for i in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * i)) as usize & 63];
            text.push(if i <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_as_in_rfc_4648() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE=")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }
}
