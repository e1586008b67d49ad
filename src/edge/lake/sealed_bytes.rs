//! The bytes of a part, never given out before they are known to be those its manifest names.
//!
//! A small part, and any part of a bucket, is hashed as a whole in memory and read from there. A large file is
//! hashed once a run; what each block of it was is remembered, and every block read later, whoever reads it, is
//! compared before it is given out. So what is decoded is what was hashed, also where the disk changes its mind
//! in between.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_64;

use super::part::PartRef;
use super::text::{hex, sha256};
use crate::edge::blob::Body;

/// Bytes that are compared together.
const BLOCK: usize = 1 << 17;
/// A part up to this size is held in memory while it is read.
const IN_MEMORY: u64 = 1 << 20;

/// A hash of each block of a file whose whole hash was compared.
type Blocks = Arc<[u64]>;

/// Large parts that were compared in this run, by key and hash.
#[derive(Clone, Debug, Default)]
pub(super) struct Compared(Arc<Mutex<HashMap<(String, String), Blocks>>>);

/// Why bytes of a part are not given out.
#[derive(Debug)]
pub(super) enum Refused {
    Io(io::Error),
    /// They are not the bytes that were sealed.
    Other,
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Refused {
        // A file that ends early was whole when its size was asked.
        if error.kind() == io::ErrorKind::UnexpectedEof { Refused::Other } else { Refused::Io(error) }
    }
}

/// A part that can be decoded. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) enum SealedBytes {
    Memory(Bytes),
    File(Arc<BlockFile>),
}

#[derive(Debug)]
pub(super) struct BlockFile {
    file: File,
    size: u64,
    blocks: Blocks,
    /// The block read last: page headers lie beside their pages.
    last: Mutex<Option<(usize, Bytes)>>,
    refused: Mutex<Option<Refused>>,
}

impl SealedBytes {
    /// Compares a part of the right size with the hash in its manifest, or what is known of it since.
    pub(super) fn of(part: &PartRef, body: Body, compared: &Compared) -> Result<SealedBytes, Refused> {
        let file = match body {
            Body::File(file) if part.bytes > IN_MEMORY => file,
            Body::File(file) => {
                let mut bytes = vec![0; usize::try_from(part.bytes).unwrap_or(0)];
                file.read_exact_at(&mut bytes, 0)?;
                return in_memory(part, bytes.into());
            }
            Body::Bytes(bytes) => return in_memory(part, bytes),
        };
        let key = (part.path.clone(), part.sha256.clone());
        let known = locked(&compared.0).get(&key).cloned();
        let blocks = match known {
            Some(blocks) => blocks,
            None => {
                let blocks = blocks_of(part, &file)?;
                locked(&compared.0).insert(key, blocks.clone());
                blocks
            }
        };
        let (last, refused) = (Mutex::default(), Mutex::default());
        Ok(SealedBytes::File(Arc::new(BlockFile { file, size: part.bytes, blocks, last, refused })))
    }

    /// What stopped a read, where it was not the decoder.
    pub(super) fn refused(&self) -> Option<Refused> {
        match self {
            SealedBytes::Memory(_) => None,
            SealedBytes::File(file) => locked(&file.refused).take(),
        }
    }
}

/// Compares the hash of a body that is read from its beginning to its end; nothing of it is kept.
pub(super) fn compare(part: &PartRef, body: &Body) -> Result<(), Refused> {
    match body {
        Body::File(file) => blocks_of(part, file).map(|_| ()),
        Body::Bytes(bytes) => in_memory(part, bytes.clone()).map(|_| ()),
    }
}

fn in_memory(part: &PartRef, bytes: Bytes) -> Result<SealedBytes, Refused> {
    if sha256(&bytes) != part.sha256 {
        return Err(Refused::Other);
    }
    Ok(SealedBytes::Memory(bytes))
}

fn blocks_of(part: &PartRef, file: &File) -> Result<Blocks, Refused> {
    let (mut hash, mut blocks, mut at, mut buffer) = (Sha256::new(), Vec::new(), 0, vec![0; BLOCK]);
    while at < part.bytes {
        let length = usize::try_from(part.bytes - at).map_or(BLOCK, |left| left.min(BLOCK));
        file.read_exact_at(&mut buffer[..length], at)?;
        hash.update(&buffer[..length]);
        blocks.push(xxh3_64(&buffer[..length]));
        at += length as u64;
    }
    if hex(&hash.finalize()) != part.sha256 {
        return Err(Refused::Other);
    }
    Ok(blocks.into())
}

impl BlockFile {
    /// Whole blocks `first..=last`, as they were sealed.
    fn blocks(&self, first: usize, last: usize) -> Result<Bytes, Refused> {
        if let Some((_, bytes)) = locked(&self.last).as_ref().filter(|(at, _)| first == last && *at == first) {
            return Ok(bytes.clone());
        }
        let from = first as u64 * BLOCK as u64;
        let until = ((last as u64 + 1) * BLOCK as u64).min(self.size);
        let mut bytes = vec![0; usize::try_from(until.saturating_sub(from)).unwrap_or(0)];
        self.file.read_exact_at(&mut bytes, from)?;
        let same = |(at, block): (usize, &[u8])| self.blocks.get(first + at) == Some(&xxh3_64(block));
        if !bytes.chunks(BLOCK).enumerate().all(same) {
            return Err(Refused::Other);
        }
        let bytes = Bytes::from(bytes);
        let tail = (last - first) * BLOCK;
        if let Some(block) = bytes.get(tail..) {
            *locked(&self.last) = Some((last, Bytes::copy_from_slice(block)));
        }
        Ok(bytes)
    }

    fn slice(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let end = start.checked_add(length as u64).filter(|end| *end <= self.size).ok_or_else(ends_early)?;
        if length == 0 {
            return Ok(Bytes::new());
        }
        let place = |at: u64| usize::try_from(at / BLOCK as u64).unwrap_or(usize::MAX);
        let first = place(start);
        let bytes = self.blocks(first, place(end - 1)).map_err(|refused| {
            *locked(&self.refused) = Some(refused);
            ParquetError::General("its bytes cannot be read".into())
        })?;
        let skip = usize::try_from(start).unwrap_or(usize::MAX) - first * BLOCK;
        Ok(bytes.slice(skip..skip + length))
    }
}

fn ends_early() -> ParquetError {
    ParquetError::EOF("the file ends early".into())
}

impl Length for SealedBytes {
    fn len(&self) -> u64 {
        match self {
            SealedBytes::Memory(bytes) => bytes.len() as u64,
            SealedBytes::File(file) => file.size,
        }
    }
}

impl ChunkReader for SealedBytes {
    type T = FromHere;

    fn get_read(&self, start: u64) -> Result<FromHere, ParquetError> {
        Ok(FromHere { of: self.clone(), at: start })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        match self {
            SealedBytes::Memory(bytes) => {
                let range = usize::try_from(start).ok().and_then(|from| Some(from..from.checked_add(length)?));
                let range = range.filter(|r| r.end <= bytes.len()).ok_or_else(ends_early)?;
                Ok(bytes.slice(range))
            }
            SealedBytes::File(file) => file.slice(start, length),
        }
    }
}

/// Reads on from a place, up to the end of a block at a time.
pub(super) struct FromHere {
    of: SealedBytes,
    at: u64,
}

impl io::Read for FromHere {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let block = BLOCK as u64;
        let left = (self.of.len().saturating_sub(self.at)).min(block - self.at % block);
        let length = usize::try_from(left).map_or(to.len(), |left| left.min(to.len()));
        let bytes = self.of.get_bytes(self.at, length).map_err(io::Error::other)?;
        to[..length].copy_from_slice(&bytes);
        self.at += length as u64;
        Ok(length)
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
