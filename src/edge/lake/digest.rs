//! A table's content digest: the same for the same rows in any order, split over files in any way.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::LakeError;
use super::text;
use crate::domain::hash::{Canonical, CanonicalBytes};

/// Rows, and the sum modulo 2^128 of a hash of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    pub rows: u64,
    #[serde(with = "text::hash")]
    pub hash: u128,
}

impl std::fmt::Display for Digest {
    /// `3 rows 00...0f`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} rows {:032x}", self.rows, self.hash)
    }
}

impl Canonical for Digest {
    fn write(&self, to: &mut CanonicalBytes) {
        let Digest { rows, hash } = self;
        to.record("digest", |to| {
            to.member("rows", rows);
            to.member("hash", hash);
        });
    }
}

impl Digest {
    /// A digest's text, also as builds of the first scheme wrote it: `Digest { rows: 3, hash: 15 }`.
    pub fn parse(text: &str) -> Option<Digest> {
        if let Some((rows, hash)) = text.split_once(" rows ") {
            let is_plain = hash.len() == 32 && hash.bytes().all(|b| b.is_ascii_hexdigit());
            return Some(Digest {
                rows: rows.parse().ok()?,
                hash: is_plain.then(|| u128::from_str_radix(hash, 16).ok())??,
            });
        }
        let (rows, hash) = text.strip_prefix("Digest { rows: ")?.strip_suffix(" }")?.split_once(", hash: ")?;
        Some(Digest { rows: rows.parse().ok()?, hash: hash.parse().ok()? })
    }

    /// The text of the first scheme, which hashes in the documents of its builds were taken over. It is fixed
    /// for ever and written nowhere any more.
    pub(crate) fn text_of_the_first_scheme(self) -> String {
        format!("Digest {{ rows: {}, hash: {} }}", self.rows, self.hash)
    }
}

/// Rows laid out at a time: small enough to stay in the cache.
const BLOCK: usize = 256;

impl Digest {
    /// Digest of the rows of a batch. Columns named in `leave_out` (where a row was read from) do not count;
    /// the order of columns does not either.
    ///
    /// # Errors
    /// Arrow: a column of a type the lake does not use.
    pub fn of(batch: &RecordBatch, leave_out: &[&str]) -> Result<Digest, LakeError> {
        let schema = batch.schema();
        let mut fields: Vec<(&str, &ArrayRef)> =
            schema.fields().iter().map(|f| f.name().as_str()).zip(batch.columns()).collect();
        fields.retain(|(name, _)| !leave_out.contains(name));
        fields.sort_by_key(|(name, _)| *name);
        let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        // Which columns there are is part of every row.
        let head = xxh3_64(names.join("\u{1f}").as_bytes()).to_le_bytes();
        let cells = fields.iter().map(|(name, array)| Cells::of(name, array)).collect::<Result<Vec<_>, _>>()?;
        let stride = head.len() + cells.iter().map(|c| 1 + c.width()).sum::<usize>();
        let mut digest = Digest { rows: batch.num_rows() as u64, hash: 0 };
        let mut block = vec![0u8; stride * BLOCK];
        let mut from = 0;
        while from < batch.num_rows() {
            let rows = BLOCK.min(batch.num_rows() - from);
            block[..stride * rows].fill(0);
            let mut at = head.len();
            for column in &cells {
                column.lay(&mut block[..stride * rows], at, stride, from);
                at += 1 + column.width();
            }
            for row in block[..stride * rows].chunks_exact_mut(stride) {
                row[..head.len()].copy_from_slice(&head);
                digest.hash = digest.hash.wrapping_add(xxh3_128(row));
            }
            from += rows;
        }
        Ok(digest)
    }

    /// Digest of many batches of one table.
    pub fn of_all<'a>(
        batches: impl IntoIterator<Item = &'a RecordBatch>,
        leave_out: &[&str],
    ) -> Result<Digest, LakeError> {
        let mut digest = Digest::default();
        for batch in batches {
            digest.add(Digest::of(batch, leave_out)?);
        }
        Ok(digest)
    }

    /// Takes in a row that is laid out already; equal rows have equal bytes.
    pub(crate) fn add_row(&mut self, bytes: &[u8]) {
        self.rows += 1;
        self.hash = self.hash.wrapping_add(xxh3_128(bytes));
    }

    /// Takes in the rows of another digest of the same table.
    pub fn add(&mut self, other: Digest) {
        self.rows += other.rows;
        self.hash = self.hash.wrapping_add(other.hash);
    }
}

/// A column's values at a fixed width: whole numbers as 8 bytes, text as its 16-byte hash, whether it is
/// stored as a dictionary or not.
struct Cells<'a> {
    array: &'a ArrayRef,
    nulls: Option<NullBuffer>,
    values: Values<'a>,
}

enum Values<'a> {
    Bool,
    /// Any integer, date or instant, widened.
    Whole(Vec<i64>),
    Decimal(&'a [i128]),
    Fixed(usize),
    /// One hash a row.
    Text(Vec<u128>),
}

macro_rules! whole {
    ($array:expr, $type:ty) => {
        Values::Whole($array.as_primitive::<$type>().values().iter().map(|v| i64::from(*v)).collect())
    };
}

impl<'a> Cells<'a> {
    fn of(name: &str, array: &'a ArrayRef) -> Result<Cells<'a>, LakeError> {
        let values = match array.data_type() {
            DataType::Boolean => Values::Bool,
            DataType::Int8 => whole!(array, Int8Type),
            DataType::Int16 => whole!(array, Int16Type),
            DataType::Int32 => whole!(array, Int32Type),
            DataType::Int64 => whole!(array, Int64Type),
            DataType::UInt8 => whole!(array, UInt8Type),
            DataType::UInt16 => whole!(array, UInt16Type),
            DataType::UInt32 => whole!(array, UInt32Type),
            DataType::UInt64 => {
                Values::Whole(array.as_primitive::<UInt64Type>().values().iter().map(|v| v.cast_signed()).collect())
            }
            DataType::Date32 => whole!(array, Date32Type),
            DataType::Timestamp(TimeUnit::Microsecond, _) => whole!(array, TimestampMicrosecondType),
            DataType::Decimal128(38, 18) => Values::Decimal(array.as_primitive::<Decimal128Type>().values()),
            DataType::FixedSizeBinary(width) => Values::Fixed(usize::try_from(*width).unwrap_or(0)),
            DataType::Utf8 => Values::Text(array.as_string::<i32>().iter().map(text_hash).collect()),
            DataType::Dictionary(key, value) if **key == DataType::Int32 && **value == DataType::Utf8 => {
                dictionary(array)
            }
            other => {
                let source = arrow::error::ArrowError::NotYetImplemented(format!("digest of a column of {other}"));
                return Err(LakeError::Arrow { place: name.to_owned(), source });
            }
        };
        Ok(Cells { array, nulls: array.logical_nulls(), values })
    }

    fn width(&self) -> usize {
        match &self.values {
            Values::Bool => 1,
            Values::Whole(_) => 8,
            Values::Decimal(_) | Values::Text(_) => 16,
            Values::Fixed(width) => *width,
        }
    }

    /// Writes the values of a block's rows, each behind a byte that says there is one.
    fn lay(&self, block: &mut [u8], at: usize, stride: usize, from: usize) {
        let width = self.width();
        for (row, bytes) in block.chunks_exact_mut(stride).enumerate() {
            let row = from + row;
            if self.nulls.as_ref().is_some_and(|n| n.is_null(row)) {
                continue;
            }
            bytes[at] = 1;
            let cell = &mut bytes[at + 1..at + 1 + width];
            match &self.values {
                Values::Bool => cell[0] = u8::from(self.array.as_boolean().value(row)),
                Values::Whole(values) => cell.copy_from_slice(&values[row].to_le_bytes()),
                Values::Decimal(values) => cell.copy_from_slice(&values[row].to_le_bytes()),
                Values::Fixed(_) => cell.copy_from_slice(self.array.as_fixed_size_binary().value(row)),
                Values::Text(hashes) => cell.copy_from_slice(&hashes[row].to_le_bytes()),
            }
        }
    }
}

fn text_hash(value: Option<&str>) -> u128 {
    value.map_or(0, |v| xxh3_128(v.as_bytes()))
}

/// Every dictionary entry is hashed once.
fn dictionary(array: &ArrayRef) -> Values<'_> {
    let column = array.as_dictionary::<Int32Type>();
    let entries: Vec<u128> = column.values().as_string::<i32>().iter().map(text_hash).collect();
    let entry = |key: Option<i32>| key.and_then(|k| entries.get(usize::try_from(k).ok()?)).copied().unwrap_or(0);
    Values::Text(column.keys().iter().map(entry).collect())
}
