//! Bits of an Arrow bitmap, read in line: the row loops touch them millions of times.

use arrow::buffer::BooleanBuffer;

/// One bit a row.
#[derive(Clone, Copy, Debug)]
pub struct Bits<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Bits<'a> {
    pub fn new(buffer: &'a BooleanBuffer) -> Bits<'a> {
        Bits { bytes: buffer.values(), offset: buffer.offset() }
    }

    #[inline]
    pub fn get(self, row: usize) -> bool {
        let at = self.offset + row;
        self.bytes[at >> 3] >> (at & 7) & 1 == 1
    }
}
