//! Parquet, row group by row group: columns by the names of the native format, dotted or nested.
//!
//! Only columns a row has are read; others are counted. Binary floats hold no exact amount, so a
//! charge or balance written as one is a reject; decimals, whole numbers and text are exact.

use std::collections::BTreeSet;

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, Int64Array, StringArray, StructArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type, TimeUnit};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::ChunkReader;
use xxhash_rust::xxh3::xxh3_64;

use super::collector::{Collector, Spot};
use super::error::SourceError;
use super::schema::{EntryKind, Schema, Slots};
use super::texts::Texts;
use super::value::Value;
use crate::domain::money::Exact;
use crate::domain::period::Instant;
use crate::edge::blob::Body;

const BATCH: usize = 8192;

pub(crate) fn read(body: Body, collector: &mut Collector<'_>) -> Result<(), SourceError> {
    match body {
        Body::File(file) => read_from(file, collector),
        Body::Bytes(bytes) => read_from(bytes, collector),
    }
}

/// The dotted names of its columns.
pub(crate) fn names(body: &Body) -> Result<Vec<String>, SourceError> {
    fn of<T: ChunkReader + 'static>(body: T) -> Result<Vec<String>, SourceError> {
        let builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new(body))?;
        Ok(builder.parquet_schema().columns().iter().map(|column| column.path().parts().join(".")).collect())
    }
    match body {
        Body::File(file) => of(file.try_clone().map_err(SourceError::Io)?),
        Body::Bytes(bytes) => of(bytes.clone()),
    }
}

/// One row as JSON with dotted names, every column it has.
pub(crate) fn show(body: Body, row: u64) -> Result<Option<String>, SourceError> {
    match body {
        Body::File(file) => show_from(file, row),
        Body::Bytes(bytes) => show_from(bytes, row),
    }
}

fn bad(error: impl std::fmt::Display) -> SourceError {
    SourceError::Parquet(error.to_string())
}

/// The library has been seen to panic on corrupt files: that too is a damaged file.
fn guarded<T, E: std::fmt::Display>(work: impl FnOnce() -> Result<T, E>) -> Result<T, SourceError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(bad),
        Err(_) => Err(bad("its structure makes no sense")),
    }
}

fn read_from<T: ChunkReader + 'static>(body: T, collector: &mut Collector<'_>) -> Result<(), SourceError> {
    let builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new(body))?;
    let mask = chosen(&builder, collector)?;
    let reader = guarded(|| builder.with_projection(mask).with_batch_size(BATCH).build())?;
    let (mut reader, mut row) = (reader, 0u64);
    while let Some(batch) = guarded(|| reader.next().transpose())? {
        let columns = guarded(|| columns_of(&batch, Some(collector.schema)))?;
        let texts = Texts::new();
        let mut slots = Slots::new();
        for at in 0..batch.num_rows() {
            slots.clear();
            for column in &columns {
                slots.put(column.slot, column.cells.value(at));
            }
            let spot = Spot { line: row + 1, offset: row, length: 1 };
            collector.row(Ok(()), &mut slots, &texts, spot, || xxh3_64(row_json(&columns, at).as_bytes()))?;
            row += 1;
        }
    }
    Ok(())
}

/// Which leaf columns to read; the others are counted as unknown.
fn chosen<T: ChunkReader>(
    builder: &ParquetRecordBatchReaderBuilder<T>,
    collector: &mut Collector<'_>,
) -> Result<ProjectionMask, SourceError> {
    let schema = builder.parquet_schema();
    let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
    let (mut leaves, mut slots, mut names) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (index, column) in schema.columns().iter().enumerate() {
        let path = column.path().parts();
        match known(path, collector.schema) {
            Some((_, _, EntryKind::Ignored)) => {}
            Some((name, slot, EntryKind::Leaf | EntryKind::ObjectOrLeaf(_) | EntryKind::Packed(_))) => {
                if !slots.insert(slot) {
                    return Err(SourceError::NotRows(format!("names the column {name} twice")));
                }
                leaves.push(index);
                names.push(name);
            }
            Some((name, _, EntryKind::Object(_) | EntryKind::ObjectOrList(_))) => {
                return Err(SourceError::NotRows(format!("has a column {name} that is no struct")));
            }
            _ => collector.report.count_unknown(&path.join("."), rows),
        }
    }
    let required = collector.schema.required.iter().copied();
    let missing: Vec<&str> = required.filter(|name| !names.iter().any(|n| n == name)).collect();
    if !missing.is_empty() {
        return Err(SourceError::MissingColumns(missing));
    }
    Ok(ProjectionMask::leaves(schema, leaves))
}

/// The field a leaf belongs to: `models.list.element` is a leaf of `models`.
fn known(path: &[String], schema: &'static Schema) -> Option<(String, u8, EntryKind)> {
    let whole = path.join(".");
    if let Some(entry) = schema.find(&whole) {
        return Some((whole, entry.slot, entry.kind));
    }
    let name = path.first()?;
    let entry = schema.find(name)?;
    matches!(entry.kind, EntryKind::Leaf).then(|| (name.clone(), entry.slot, entry.kind))
}

struct Column {
    name: String,
    slot: u8,
    cells: Cells,
}

/// A column's values, of the few types rows are made of.
enum Cells {
    Text(StringArray),
    /// Numbers as text.
    Digits(StringArray),
    /// Lists as JSON.
    Lists(Vec<Option<String>>),
    Bool(BooleanArray),
    Int(Int64Array),
    Decimal(Decimal128Array, i8),
    Float(Float64Array),
    Time {
        counts: Int64Array,
        unit: TimeUnit,
        zoned: bool,
    },
    /// A type no field has.
    Other(ArrayRef),
}

impl Cells {
    fn of(array: &ArrayRef) -> Result<Cells, arrow::error::ArrowError> {
        use DataType as T;
        let to = |data_type: T| cast(array, &data_type);
        Ok(match array.data_type() {
            T::Dictionary(_, values) => return Cells::of(&to(values.as_ref().clone())?),
            T::Utf8 => Cells::Text(array.as_string().clone()),
            T::LargeUtf8 | T::Utf8View => Cells::Text(to(T::Utf8)?.as_string().clone()),
            T::Boolean => Cells::Bool(array.as_boolean().clone()),
            T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 => {
                Cells::Int(to(T::Int64)?.as_primitive::<Int64Type>().clone())
            }
            T::UInt64 => Cells::Decimal(to(T::Decimal128(20, 0))?.as_primitive::<Decimal128Type>().clone(), 0),
            T::Decimal128(_, scale) => Cells::Decimal(array.as_primitive::<Decimal128Type>().clone(), *scale),
            T::Decimal32(precision, scale) | T::Decimal64(precision, scale) => {
                let wide = to(T::Decimal128(*precision, *scale))?;
                Cells::Decimal(wide.as_primitive::<Decimal128Type>().clone(), *scale)
            }
            T::Decimal256(..) => Cells::Digits(to(T::Utf8)?.as_string().clone()),
            T::Float16 | T::Float32 | T::Float64 => Cells::Float(to(T::Float64)?.as_primitive::<Float64Type>().clone()),
            T::Timestamp(unit, zone) => {
                let counts = to(T::Int64)?.as_primitive::<Int64Type>().clone();
                Cells::Time { counts, unit: *unit, zoned: zone.is_some() }
            }
            T::List(_) | T::LargeList(_) => lists(array)?,
            _ => Cells::Other(array.clone()),
        })
    }

    fn value(&self, row: usize) -> Value<'_> {
        match self {
            Cells::Text(texts) if texts.is_valid(row) => Value::Text(texts.value(row)),
            Cells::Digits(texts) if texts.is_valid(row) => Value::Number(texts.value(row)),
            Cells::Lists(lists) => lists[row].as_deref().map_or(Value::Absent, Value::Json),
            Cells::Bool(bools) if bools.is_valid(row) => Value::of_bool(bools.value(row)),
            Cells::Int(ints) if ints.is_valid(row) => Value::Int(ints.value(row)),
            Cells::Decimal(decimals, scale) if decimals.is_valid(row) => {
                Value::Decimal(&decimals.values()[row], i64::from(*scale))
            }
            Cells::Float(floats) if floats.is_valid(row) => Value::Float(floats.value(row)),
            Cells::Time { counts, unit, zoned } if counts.is_valid(row) => time(counts.value(row), *unit, *zoned),
            Cells::Other(array) if !array.is_null(row) && *array.data_type() != DataType::Null => Value::Other,
            _ => Value::Absent,
        }
    }
}

/// Digits past the microsecond are cut.
fn time(count: i64, unit: TimeUnit, zoned: bool) -> Value<'static> {
    let micros = match unit {
        TimeUnit::Second => count.checked_mul(1_000_000),
        TimeUnit::Millisecond => count.checked_mul(1000),
        TimeUnit::Microsecond => Some(count),
        TimeUnit::Nanosecond => Some(count.div_euclid(1000)),
    };
    match micros {
        Some(micros) if zoned => Value::Micros(micros),
        Some(micros) => Value::Local(micros),
        None => Value::Other,
    }
}

fn lists(array: &ArrayRef) -> Result<Cells, arrow::error::ArrowError> {
    let list = cast(array, &DataType::new_list(DataType::Utf8, true))?;
    let list = list.as_list::<i32>();
    let json = list.iter().map(|row| {
        let row = row?;
        let texts: Vec<Option<&str>> = row.as_string::<i32>().iter().collect();
        serde_json::to_string(&texts).ok()
    });
    Ok(Cells::Lists(json.collect()))
}

fn columns_of(batch: &RecordBatch, schema: Option<&'static Schema>) -> Result<Vec<Column>, arrow::error::ArrowError> {
    let mut columns = Vec::new();
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        flatten(field.name(), array, schema, &mut columns)?;
    }
    Ok(columns)
}

/// Members of structs become columns of their own; a null struct has null members.
fn flatten(
    path: &str,
    array: &ArrayRef,
    schema: Option<&'static Schema>,
    columns: &mut Vec<Column>,
) -> Result<(), arrow::error::ArrowError> {
    if let Some(parent) = array.as_any().downcast_ref::<StructArray>() {
        let (fields, children) = parent.flatten();
        for (field, child) in fields.iter().zip(&children) {
            flatten(&format!("{path}.{}", field.name()), child, schema, columns)?;
        }
        return Ok(());
    }
    let slot = match schema {
        Some(schema) => schema
            .find(path)
            .filter(|e| matches!(e.kind, EntryKind::Leaf | EntryKind::ObjectOrLeaf(_) | EntryKind::Packed(_)))
            .map(|e| e.slot),
        None => Some(0),
    };
    if let Some(slot) = slot {
        columns.push(Column { name: path.to_owned(), slot, cells: Cells::of(array)? });
    }
    Ok(())
}

fn row_json(columns: &[Column], row: usize) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let members = columns.iter().filter_map(|column| {
        let value = match column.cells.value(row) {
            Value::Absent => return None,
            Value::Number(text) | Value::Json(text) => text.to_owned(),
            Value::True => "true".to_owned(),
            Value::False => "false".to_owned(),
            Value::Int(whole) => whole.to_string(),
            Value::Decimal(mantissa, scale) => match u32::try_from(scale) {
                Ok(scale) => Exact::new(*mantissa, scale).to_string(),
                Err(_) => format!("{mantissa}e{}", scale.unsigned_abs()),
            },
            Value::Float(float) if float.is_finite() => float.to_string(),
            Value::Micros(micros) => quoted(&Instant::from_micros(micros).to_string()),
            Value::Local(micros) => quoted(Instant::from_micros(micros).to_string().trim_end_matches('Z')),
            Value::Text(text) => quoted(text),
            _ => quoted("(of a type no field has)"),
        };
        Some(format!("{}:{value}", quoted(&column.name)))
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

fn show_from<T: ChunkReader + 'static>(body: T, row: u64) -> Result<Option<String>, SourceError> {
    let row = usize::try_from(row).map_err(bad)?;
    let builder = guarded(|| ParquetRecordBatchReaderBuilder::try_new(body))?;
    let mut reader = guarded(|| builder.with_offset(row).with_limit(1).build())?;
    let Some(batch) = guarded(|| reader.next().transpose())? else { return Ok(None) };
    let columns = guarded(|| columns_of(&batch, None))?;
    Ok((batch.num_rows() > 0).then(|| row_json(&columns, 0)))
}
