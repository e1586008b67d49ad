//! An Arrow bitmap, read in line: the row loops touch its bits millions of times.

use arrow::buffer::BooleanBuffer;

/// One bit a row.
#[derive(Clone, Copy, Debug)]
pub struct Bitmap<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Bitmap<'a> {
    pub fn new(buffer: &'a BooleanBuffer) -> Bitmap<'a> {
        Bitmap { bytes: buffer.values(), offset: buffer.offset() }
    }

    #[inline]
    pub fn get(self, row: usize) -> bool {
        let at = self.offset + row;
        self.bytes[at >> 3] >> (at & 7) & 1 == 1
    }
}
