//! Text cut into runs of whole lines, in bounded memory.

use xxhash_rust::xxh3::Xxh3Default;

use super::error::SourceError;
use super::open::Text;
use super::report::MAX_ROW;

const CHUNK: usize = 1 << 20;

/// Reads text a megabyte at a time.
pub(crate) struct Chunks {
    text: Text,
    buffer: Vec<u8>,
    /// How much of the buffer holds text, and how much of that was handed out.
    filled: usize,
    given: usize,
    /// Offset of the buffer's first byte in the text.
    base: u64,
    ended: bool,
}

pub(crate) enum Chunk<'a> {
    /// Whole lines, each with its end, but for the text's last one. `last`: nothing comes after.
    Lines { offset: u64, bytes: &'a [u8], last: bool },
    /// One line longer than [`MAX_ROW`], of which only this is known.
    TooLong { offset: u64, length: u64, hash: u64 },
}

impl Chunks {
    pub(crate) fn new(text: Text) -> Chunks {
        Chunks { text, buffer: vec![0; CHUNK], filled: 0, given: 0, base: 0, ended: false }
    }

    pub(crate) fn next(&mut self) -> Result<Option<Chunk<'_>>, SourceError> {
        self.buffer.copy_within(self.given..self.filled, 0);
        self.base += self.given as u64;
        self.filled -= self.given;
        self.given = 0;
        loop {
            if !self.ended {
                let read = self.text.fill(&mut self.buffer[self.filled..])?;
                self.ended = self.filled + read < self.buffer.len();
                self.filled += read;
            }
            let whole = if self.ended { self.filled } else { end_of_last_line(&self.buffer[..self.filled]) };
            if whole > 0 {
                self.given = whole;
                return Ok(Some(Chunk::Lines { offset: self.base, bytes: &self.buffer[..whole], last: self.ended }));
            }
            if self.ended {
                return Ok(None);
            }
            if self.buffer.len() > MAX_ROW {
                return self.skip_line().map(Some);
            }
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
    }

    /// The last `count` bytes handed out come again, with what follows them.
    pub(crate) fn give_back(&mut self, count: usize) {
        self.given = self.given.saturating_sub(count);
    }

    /// The buffer is full and holds no end of line: hashes on to the end of it and starts afresh.
    fn skip_line(&mut self) -> Result<Chunk<'static>, SourceError> {
        let (offset, mut length) = (self.base, 0u64);
        let mut hash = Xxh3Default::new();
        loop {
            let end = find_newline(&self.buffer[..self.filled]);
            let part = &self.buffer[..end.unwrap_or(self.filled)];
            hash.update(part);
            length += part.len() as u64;
            self.given = (part.len() + 1).min(self.filled);
            if end.is_some() || self.ended {
                return Ok(Chunk::TooLong { offset, length, hash: hash.digest() });
            }
            self.base += self.filled as u64;
            self.filled = self.text.fill(&mut self.buffer)?;
            self.ended = self.filled < self.buffer.len();
        }
    }
}

fn end_of_last_line(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1)
}

/// Position of the first end of line, looked for in blocks the compiler turns into wide compares.
pub(crate) fn find_newline(bytes: &[u8]) -> Option<usize> {
    const BLOCK: usize = 32;
    let mut at = 0;
    while let Some(block) = bytes.get(at..at + BLOCK) {
        if block.iter().fold(false, |found, b| found | (*b == b'\n')) {
            break;
        }
        at += BLOCK;
    }
    bytes[at..].iter().position(|b| *b == b'\n').map(|more| at + more)
}
