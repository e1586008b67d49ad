//! Tables of ingest: the files read, postings with the hashes of the calls they name, and which ids are
//! mentioned on which days.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Date32Array, RecordBatch, UInt8Array, UInt64Array};
use arrow::datatypes::{DataType, Date32Type, Field, Schema, UInt8Type, UInt64Type};

use super::{TableError, to_batch};
use crate::domain::call::{IdSighting, IdSightingKind, name_hash};
use crate::domain::ledger::Posting;
use crate::domain::period::Day;
use crate::record;

/// One raw file that was read whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileRow {
    /// What rows refer to; counted over all ingests.
    pub number: u32,
    /// `calls SOURCE`, `postings` or `balances`.
    pub kind: String,
    pub path: String,
    /// Bytes as they lie.
    pub size: u64,
    pub sha256: String,
    pub rows: u64,
    pub accepted: u64,
    pub rejects: u64,
    /// Fields nobody asked for: `name=count name=count`.
    pub unknown: String,
    /// The earlier reading of the same bytes, which this one goes on from, by its number.
    pub outgrows: Option<u32>,
    /// Keys of the parts with what stands on a last line that has no end, and may be half a row; apart by a space.
    pub tail: Option<String>,
}

record! {
    "files" => FileRow {
        number: U32, kind: Name, path: Text, size: U64, sha256: Text, rows: U64, accepted: U64, rejects: U64,
        unknown: Text, outgrows: U32, tail: Text,
    }
}

/// A column by its name.
pub(super) fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a dyn Array, TableError> {
    let missing = || TableError { table: "raw", column: name.to_owned(), what: "is missing".into() };
    Ok(batch.column_by_name(name).ok_or_else(missing)?.as_ref())
}

/// The column of [`postings_batch`] that says which call a posting pays for.
pub const CALL_KEY: &str = "call_key";
/// The call key of a posting that pays for calls and names none.
pub const UNNAMED: u64 = 0;

/// What a posting has as its call key: the hash of the id of the call it names, of whatever kind it is;
/// [`UNNAMED`]; or nothing.
pub fn call_key(posting: &Posting) -> Option<u64> {
    let unnamed = posting.kind.pays_for_calls().then_some(UNNAMED);
    posting.call_id.as_deref().map(name_hash).or(unnamed)
}

/// Postings in columns, in the order given, and beside them their call keys: a pass over a day asks
/// many days which of their postings are of its calls, and reads only those.
///
/// # Panics
/// Never: the columns are built to the schema.
pub fn postings_batch(postings: &[Posting]) -> RecordBatch {
    let batch = to_batch(postings);
    let mut fields: Vec<Arc<Field>> = batch.schema().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(CALL_KEY, DataType::UInt64, true)));
    let mut columns = batch.columns().to_vec();
    columns.push(Arc::new(postings.iter().map(call_key).collect::<UInt64Array>()));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns are built to the schema")
}

/// Mentions in columns, in the order given.
///
/// # Panics
/// Never: the columns are built to the schema.
pub fn mentions_batch(mentions: &[IdSighting]) -> RecordBatch {
    let schema = Schema::new(vec![
        Field::new("key", DataType::UInt64, false),
        Field::new("day", DataType::Date32, false),
        Field::new("by", DataType::UInt8, false),
    ]);
    RecordBatch::try_new(
        Arc::new(schema),
        vec![
            Arc::new(UInt64Array::from_iter_values(mentions.iter().map(|m| m.key))),
            Arc::new(Date32Array::from_iter_values(mentions.iter().map(|m| m.day.number()))),
            Arc::new(UInt8Array::from_iter_values(mentions.iter().map(|m| m.by as u8))),
        ],
    )
    .expect("columns are built to the schema")
}

/// # Errors
/// When the batch is not a table of mentions.
pub fn mentions_from(batch: &RecordBatch) -> Result<Vec<IdSighting>, TableError> {
    let key = column(batch, "key")?.as_primitive::<UInt64Type>();
    let day = column(batch, "day")?.as_primitive::<Date32Type>();
    let by = column(batch, "by")?.as_primitive::<UInt8Type>();
    let rows = (0..batch.num_rows()).filter_map(|i| {
        let by = if by.value(i) == IdSightingKind::Call as u8 { IdSightingKind::Call } else { IdSightingKind::Posting };
        Some(IdSighting { key: key.value(i), day: Day::from_number(day.value(i))?, by })
    });
    Ok(rows.collect())
}
