//! Opening a file: what it is compressed with and whether it is Parquet, told by its first bytes.

use std::io::{self, BufReader, Cursor, Read};

use super::error::SourceError;
use super::not_text;
use crate::edge::blob::Body;

/// How text is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// A file whose first bytes have been looked at.
pub(crate) enum Opened {
    Parquet(Body),
    Text(Text),
}

/// Decompressed text as a stream.
pub(crate) struct Text {
    packing: Packing,
    reader: Box<dyn Read>,
    given: u64,
    /// What was looked at before it was read, and how much of that has been read.
    ahead: Vec<u8>,
    taken: usize,
}

const BUFFER: usize = 256 << 10;

pub(crate) fn open(body: Body) -> Result<Opened, SourceError> {
    let mut head = [0u8; 4];
    let (filled, body, rest): (usize, Option<Body>, Box<dyn Read>) = match body {
        Body::Bytes(bytes) => {
            let filled = bytes.len().min(4);
            head[..filled].copy_from_slice(&bytes[..filled]);
            (filled, Some(Body::Bytes(bytes.clone())), Box::new(Cursor::new(bytes)))
        }
        Body::File(mut file) => {
            let filled = fill(&mut file, &mut head).map_err(SourceError::Io)?;
            if head == *b"PAR1" {
                return Ok(Opened::Parquet(Body::File(file)));
            }
            (filled, None, Box::new(Cursor::new(head).take(filled as u64).chain(file)))
        }
    };
    match (&head, body) {
        (b"PAR1", Some(body)) => return Ok(Opened::Parquet(body)),
        (b"PARE", _) => return Err(SourceError::NotRows("is an encrypted Parquet file".into())),
        _ => {}
    }
    let packing = packing_of(&head[..filled]);
    let source = BufReader::with_capacity(BUFFER, rest);
    let reader: Box<dyn Read> = match packing {
        Packing::Plain => Box::new(source),
        Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(source)),
        Packing::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(source).map_err(SourceError::Io)?),
    };
    Ok(Opened::Text(Text { packing, reader, given: 0, ahead: Vec::new(), taken: 0 }))
}

/// What no text of ours begins with.
pub(crate) fn refuse_binary(bytes: &[u8]) -> Result<(), SourceError> {
    not_text::why(bytes).map_or(Ok(()), |why| Err(SourceError::NotRows(why.into())))
}

fn packing_of(head: &[u8]) -> Packing {
    match head {
        [0x1f, 0x8b, ..] => Packing::Gzip,
        // A frame, or a skippable frame before it.
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Packing::Zstd,
        _ => Packing::Plain,
    }
}

fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

impl Text {
    /// Reads until the buffer is full or the text ends; returns how much it read.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, SourceError> {
        let waiting = &self.ahead[self.taken..];
        let again = waiting.len().min(buffer.len());
        buffer[..again].copy_from_slice(&waiting[..again]);
        self.taken += again;
        Ok(again + self.pull(&mut buffer[again..])?)
    }

    /// The first bytes, at most so many; they are read again by what reads the text.
    pub(crate) fn peek(&mut self, most: usize) -> Result<&[u8], SourceError> {
        if self.ahead.is_empty() {
            let mut ahead = vec![0; most];
            let filled = self.pull(&mut ahead)?;
            ahead.truncate(filled);
            self.ahead = ahead;
        }
        Ok(&self.ahead)
    }

    fn pull(&mut self, buffer: &mut [u8]) -> Result<usize, SourceError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.reader.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(n) => {
                    filled += n;
                    self.given += n as u64;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(self.fault(e)),
            }
        }
        Ok(filled)
    }

    /// The whole text; none where it has more bytes than `most`.
    pub(crate) fn whole(&mut self, most: usize) -> Result<Option<Vec<u8>>, SourceError> {
        let (mut whole, mut block) = (Vec::new(), vec![0; 64 << 10]);
        loop {
            let read = self.fill(&mut block)?;
            whole.extend_from_slice(&block[..read]);
            if whole.len() > most {
                return Ok(None);
            }
            if read < block.len() {
                return Ok(Some(whole));
            }
        }
    }

    /// An error of the operating system is one of reading; any other is the decoder's.
    fn fault(&self, error: io::Error) -> SourceError {
        let format = match self.packing {
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
            Packing::Plain => return SourceError::Io(error),
        };
        if error.raw_os_error().is_some() {
            return SourceError::Io(error);
        }
        let detail = match error.kind() {
            io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
            _ => error.to_string(),
        };
        SourceError::Damaged { format, good: self.given, detail }
    }
}
