//! Columns being built row by row, and read row by row.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBuilder, Decimal128Array, Decimal128Builder, FixedSizeBinaryArray,
    FixedSizeBinaryBuilder, Int64Array, Int64Builder, RecordBatch, StringArray, StringBuilder,
    TimestampMicrosecondArray, TimestampMicrosecondBuilder, UInt32Array, UInt32Builder, UInt64Array, UInt64Builder,
};
use arrow::datatypes::Int32Type;

use super::cell::{Cell, Column, Kind, TableError};
use super::values::Value;
use crate::domain::call::{DictColumn, DictColumnBuilder};
use crate::domain::money::Amount;

pub(super) enum Builder {
    Text(StringBuilder),
    Name(DictColumnBuilder),
    Amount(Decimal128Builder),
    Instant(TimestampMicrosecondBuilder),
    I64(Int64Builder),
    U64(UInt64Builder),
    U32(UInt32Builder),
    Bool(BooleanBuilder),
    Hash(FixedSizeBinaryBuilder),
}

impl Builder {
    fn new(kind: Kind) -> Builder {
        match kind {
            Kind::Text => Builder::Text(StringBuilder::new()),
            Kind::Name => Builder::Name(DictColumnBuilder::default()),
            Kind::Amount => Builder::Amount(Decimal128Builder::new().with_data_type(kind.data_type())),
            Kind::Instant => Builder::Instant(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Kind::I64 => Builder::I64(Int64Builder::new()),
            Kind::U64 => Builder::U64(UInt64Builder::new()),
            Kind::U32 => Builder::U32(UInt32Builder::new()),
            Kind::Bool => Builder::Bool(BooleanBuilder::new()),
            Kind::Hash => Builder::Hash(FixedSizeBinaryBuilder::new(16)),
        }
    }

    /// Whether the cell fits the column.
    fn push(&mut self, cell: Cell<'_>) -> bool {
        match (self, cell) {
            (Builder::Text(b), Cell::Text(v)) => b.append_value(v),
            (Builder::Name(b), Cell::Text(v)) => b.push(Some(v)),
            (Builder::Amount(b), Cell::Amount(v)) => b.append_value(v.raw()),
            (Builder::Instant(b), Cell::Instant(v)) => b.append_value(v),
            (Builder::I64(b), Cell::I64(v)) => b.append_value(v),
            (Builder::U64(b), Cell::U64(v)) => b.append_value(v),
            (Builder::U32(b), Cell::U32(v)) => b.append_value(v),
            (Builder::Bool(b), Cell::Bool(v)) => b.append_value(v),
            (Builder::Hash(b), Cell::Hash(v)) => return b.append_value(v.to_be_bytes()).is_ok(),
            (Builder::Text(b), Cell::Null) => b.append_null(),
            (Builder::Name(b), Cell::Null) => b.push(None),
            (Builder::Amount(b), Cell::Null) => b.append_null(),
            (Builder::Instant(b), Cell::Null) => b.append_null(),
            (Builder::I64(b), Cell::Null) => b.append_null(),
            (Builder::U64(b), Cell::Null) => b.append_null(),
            (Builder::U32(b), Cell::Null) => b.append_null(),
            (Builder::Bool(b), Cell::Null) => b.append_null(),
            (Builder::Hash(b), Cell::Null) => b.append_null(),
            _ => return false,
        }
        true
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Text(b) => Arc::new(b.finish()),
            Builder::Name(b) => Arc::new(b.finish()),
            Builder::Amount(b) => Arc::new(b.finish()),
            Builder::Instant(b) => Arc::new(b.finish()),
            Builder::I64(b) => Arc::new(b.finish()),
            Builder::U64(b) => Arc::new(b.finish()),
            Builder::U32(b) => Arc::new(b.finish()),
            Builder::Bool(b) => Arc::new(b.finish()),
            Builder::Hash(b) => Arc::new(b.finish()),
        }
    }
}

/// Takes the values of one row after another.
pub struct RowWriter {
    table: &'static str,
    columns: Vec<Builder>,
    next: usize,
}

impl RowWriter {
    pub(super) fn new(table: &'static str, columns: &[Column]) -> RowWriter {
        let columns = columns.iter().map(|c| Builder::new(c.kind)).collect::<Vec<_>>();
        RowWriter { table, next: columns.len(), columns }
    }

    pub(super) fn begin(&mut self) {
        assert_eq!(self.next, self.columns.len(), "a row of {} has a value for every column", self.table);
        self.next = 0;
    }

    /// The value of the next column.
    ///
    /// # Panics
    /// When a table's `write` does not fit its `columns`.
    pub fn put<V: Value>(&mut self, value: &V) {
        let (column, at) = (&mut self.columns[self.next], self.next);
        let fits = value.with_cell(&mut |cell| column.push(cell));
        assert!(fits, "column {at} of {} is of another kind", self.table);
        self.next += 1;
    }

    pub(super) fn finish(mut self) -> Vec<ArrayRef> {
        self.columns.iter_mut().map(Builder::finish).collect()
    }
}

enum Source<'a> {
    /// An optional column that the file does not have.
    Missing,
    Text(&'a StringArray),
    Name(DictColumn<'a>),
    Amount(&'a Decimal128Array),
    Instant(&'a TimestampMicrosecondArray),
    I64(&'a Int64Array),
    U64(&'a UInt64Array),
    U32(&'a UInt32Array),
    Bool(&'a BooleanArray),
    Hash(&'a FixedSizeBinaryArray),
}

/// Gives the values of one row after another.
pub struct RowReader<'a> {
    table: &'static str,
    columns: Vec<(&'static str, Source<'a>)>,
    row: usize,
    next: usize,
}

impl<'a> RowReader<'a> {
    pub(super) fn new(
        table: &'static str,
        columns: &[Column],
        batch: &'a RecordBatch,
    ) -> Result<RowReader<'a>, TableError> {
        let columns = columns.iter().map(|c| Ok((c.name, source(table, c, batch)?))).collect::<Result<_, _>>()?;
        Ok(RowReader { table, columns, row: 0, next: 0 })
    }

    pub(super) fn begin(&mut self, row: usize) {
        (self.row, self.next) = (row, 0);
    }

    /// The value of the next column.
    ///
    /// # Errors
    /// Empty where it may not be, or not a value of its type.
    pub fn take<V: Value>(&mut self) -> Result<V, TableError> {
        let (name, column) = &self.columns[self.next];
        self.next += 1;
        V::from_cell(column.cell(self.row)).map_err(|what| TableError {
            table: self.table,
            column: (*name).to_owned(),
            what: format!("row {} {what}", self.row),
        })
    }
}

fn source<'a>(table: &'static str, column: &Column, batch: &'a RecordBatch) -> Result<Source<'a>, TableError> {
    let wrong = |what: String| TableError { table, column: column.name.to_owned(), what };
    let Some(array) = batch.column_by_name(column.name) else {
        return if column.nullable { Ok(Source::Missing) } else { Err(wrong("is missing".to_owned())) };
    };
    if *array.data_type() != column.kind.data_type() {
        return Err(wrong(format!("is {}, not {}", array.data_type(), column.kind.data_type())));
    }
    Ok(match column.kind {
        Kind::Text => Source::Text(array.as_string()),
        Kind::Name => Source::Name(DictColumn::new(array.as_dictionary::<Int32Type>())),
        Kind::Amount => Source::Amount(array.as_primitive()),
        Kind::Instant => Source::Instant(array.as_primitive()),
        Kind::I64 => Source::I64(array.as_primitive()),
        Kind::U64 => Source::U64(array.as_primitive()),
        Kind::U32 => Source::U32(array.as_primitive()),
        Kind::Bool => Source::Bool(array.as_boolean()),
        Kind::Hash => Source::Hash(array.as_fixed_size_binary()),
    })
}

impl Source<'_> {
    fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Source::Missing => Cell::Null,
            Source::Name(names) => names.get(row).map_or(Cell::Null, Cell::Text),
            Source::Text(a) if a.is_valid(row) => Cell::Text(a.value(row)),
            Source::Amount(a) if a.is_valid(row) => Amount::from_raw(a.value(row)).map_or(Cell::Broken, Cell::Amount),
            Source::Instant(a) if a.is_valid(row) => Cell::Instant(a.value(row)),
            Source::I64(a) if a.is_valid(row) => Cell::I64(a.value(row)),
            Source::U64(a) if a.is_valid(row) => Cell::U64(a.value(row)),
            Source::U32(a) if a.is_valid(row) => Cell::U32(a.value(row)),
            Source::Bool(a) if a.is_valid(row) => Cell::Bool(a.value(row)),
            Source::Hash(a) if a.is_valid(row) => {
                a.value(row).try_into().map_or(Cell::Broken, |bytes| Cell::Hash(u128::from_be_bytes(bytes)))
            }
            _ => Cell::Null,
        }
    }
}
