//! One column of a stored table, and one cell of it.

use arrow::datatypes::{DataType, TimeUnit};

use crate::domain::money::{Amount, SCALE};

/// A column: its name, how it is stored, whether it may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
    pub nullable: bool,
}

/// How a column is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text of many distinct values.
    Text,
    /// Text of few distinct values: a dictionary.
    Name,
    /// decimal(38,18).
    Amount,
    /// Microseconds, UTC.
    Instant,
    I64,
    U64,
    U32,
    Bool,
    /// 16 bytes, the highest first.
    Hash,
}

impl Kind {
    pub fn data_type(self) -> DataType {
        match self {
            Kind::Text => DataType::Utf8,
            Kind::Name => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Kind::Amount => DataType::Decimal128(38, SCALE.cast_signed().try_into().unwrap_or(i8::MAX)),
            Kind::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Kind::I64 => DataType::Int64,
            Kind::U64 => DataType::UInt64,
            Kind::U32 => DataType::UInt32,
            Kind::Bool => DataType::Boolean,
            Kind::Hash => DataType::FixedSizeBinary(16),
        }
    }
}

/// Why a batch is not a table of some rows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("table {table}, column {column}: {what}")]
pub struct TableError {
    pub table: &'static str,
    pub column: String,
    pub what: String,
}

/// One cell on its way into or out of a column.
#[derive(Clone, Copy, Debug)]
pub enum Cell<'a> {
    Null,
    /// Stored, but not a value of its kind.
    Broken,
    Text(&'a str),
    Amount(Amount),
    /// An instant's microseconds.
    Instant(i64),
    I64(i64),
    U64(u64),
    U32(u32),
    Bool(bool),
    Hash(u128),
}
