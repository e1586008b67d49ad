//! An object opened for reading.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// An open file, or the bytes of an object.
#[derive(Debug)]
pub enum Body {
    File(File),
    Bytes(Bytes),
}

impl Body {
    pub fn from_vec(bytes: Vec<u8>) -> Body {
        Body::Bytes(Bytes::from(bytes))
    }

    /// Size in bytes.
    pub fn size(&self) -> io::Result<u64> {
        match self {
            Body::File(file) => Ok(file.metadata()?.len()),
            Body::Bytes(bytes) => Ok(bytes.len() as u64),
        }
    }

    /// Read from the beginning.
    pub fn reader(&self) -> io::Result<Box<dyn Read + Send>> {
        match self {
            Body::File(file) => {
                let mut file = file.try_clone()?;
                file.seek(SeekFrom::Start(0))?;
                Ok(Box::new(file))
            }
            Body::Bytes(bytes) => Ok(Box::new(io::Cursor::new(bytes.clone()))),
        }
    }

    /// Size and SHA-256, in hex.
    pub(super) fn digest(&self) -> io::Result<(u64, String)> {
        let (mut hash, mut size, mut reader, mut buffer) = (Sha256::new(), 0, self.reader()?, vec![0; 1 << 17]);
        loop {
            match reader.read(&mut buffer)? {
                0 => break,
                n => {
                    hash.update(&buffer[..n]);
                    size += n as u64;
                }
            }
        }
        Ok((size, hash.finalize().iter().map(|b| format!("{b:02x}")).collect()))
    }
}
