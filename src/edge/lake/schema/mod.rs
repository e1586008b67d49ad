//! Rows of the domain as Arrow columns, both ways.
//!
//! A table of plain rows is a list of its fields (`record!`); columns carry the fields' names. Exact
//! amounts are decimal(38,18), few-valued texts dictionaries, lists JSON text. A column that may be empty
//! may also be missing: files of earlier builds open for ever.

mod cell;
mod charges;
mod columns;
mod known;
mod raw;
mod rollups;
mod tables;
mod values;
mod watches;

#[cfg(test)]
mod tests;

pub use cell::{Column, Kind, TableError};
pub use charges::ChargesTable;
pub(crate) use charges::ROW_PLACE;
pub use columns::{RowReader, RowWriter};
pub(crate) use known::known_columns;
pub use raw::{CALL_KEY, FileRow, UNNAMED, call_key, mentions_batch, mentions_from, postings_batch};
pub use rollups::{rollup_batch, rollup_from};
pub(crate) use tables::CountedRows;
pub use tables::{RejectRow, RepresentationRow, SetAsideRow, WalletDayRow};
pub use values::{Value, column};

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};

/// A row that can be stored. See `record!`.
pub trait Record: Sized {
    const TABLE: &'static str;

    fn columns() -> Vec<Column>;

    /// Puts every column's value, in the order of [`Record::columns`].
    fn write(&self, row: &mut RowWriter);

    /// Takes every column's value, in the order of [`Record::columns`].
    fn read(row: &mut RowReader<'_>) -> Result<Self, TableError>;
}

/// Columns of a table.
pub fn schema<R: Record>() -> SchemaRef {
    let fields: Vec<Field> = R::columns().iter().map(|c| Field::new(c.name, c.kind.data_type(), c.nullable)).collect();
    Arc::new(Schema::new(fields))
}

/// Rows in columns, in the order given.
pub fn to_batch<'a, R: Record + 'a>(rows: impl IntoIterator<Item = &'a R>) -> RecordBatch {
    let mut writer = RowWriter::new(R::TABLE, &R::columns());
    for row in rows {
        writer.begin();
        row.write(&mut writer);
    }
    RecordBatch::try_new(schema::<R>(), writer.finish()).expect("columns are built to the schema")
}

/// Rows of columns, in their order. Columns may come in another order, and others beside them.
///
/// # Errors
/// A column missing or of another type, an empty or impossible value in a row.
pub fn from_batch<R: Record>(batch: &RecordBatch) -> Result<Vec<R>, TableError> {
    let mut reader = RowReader::new(R::TABLE, &R::columns(), batch)?;
    (0..batch.num_rows())
        .map(|row| {
            reader.begin(row);
            R::read(&mut reader)
        })
        .collect()
}

/// Makes a struct a table: `record! { "balances" => Balance { account_id: Name, at: Instant } }`.
/// Every field is named once, with the [`Kind`] it is stored as; whether it may be empty follows from its type.
#[macro_export]
macro_rules! record {
    ($table:literal => $type:ident { $($field:ident : $kind:ident),* $(,)? }) => {
        impl $crate::edge::lake::schema::Record for $type {
            const TABLE: &'static str = $table;

            fn columns() -> Vec<$crate::edge::lake::schema::Column> {
                vec![$($crate::edge::lake::schema::column(
                    stringify!($field),
                    $crate::edge::lake::schema::Kind::$kind,
                    |row: &$type| &row.$field,
                )),*]
            }

            fn write(&self, row: &mut $crate::edge::lake::schema::RowWriter) {
                $(row.put(&self.$field);)*
            }

            fn read(
                row: &mut $crate::edge::lake::schema::RowReader<'_>,
            ) -> Result<$type, $crate::edge::lake::schema::TableError> {
                Ok($type { $($field: row.take()?),* })
            }
        }
    };
}
